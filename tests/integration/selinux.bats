#!/usr/bin/env bats
# selinux: the SELinux label of the process.

load helpers

selinux_is_on() { [[ -e /sys/fs/selinux/enforce ]]; }

@test "a label where SELinux is off is refused" {
    needs selinux
    selinux_is_on && skip "needs a host without SELinux"
    new_bundle
    edit_config '.process.selinuxLabel = "system_u:system_r:container_t:s0"'
    run_davit create --bundle "$BUNDLE" "$ID"
    expect_error "cannot create $ID: process.selinuxLabel set, but SELinux is not enabled here"
    expect_where process.selinuxLabel
}

@test "a mount label where SELinux is off is refused" {
    needs selinux
    selinux_is_on && skip "needs a host without SELinux"
    new_bundle
    edit_config '.linux.mountLabel = "system_u:object_r:container_file_t:s0"'
    run_davit create --bundle "$BUNDLE" "$ID"
    expect_error "cannot create $ID: linux.mountLabel is set, but SELinux is not enabled here"
}

@test "a davit without SELinux refuses a label" {
    built_with SELINUX && skip "needs a davit without SELinux"
    new_bundle
    edit_config '.process.selinuxLabel = "system_u:system_r:container_t:s0"'
    run_davit create --bundle "$BUNDLE" "$ID"
    expect_status 1
    expect_stderr_has "process.selinuxLabel: set, but this davit was built without SELinux"
}

@test "the process has its label" {
    selinux_is_on || skip "needs a host with SELinux"
    needs root
    new_bundle
    label=$(tr -d '\0' </proc/self/attr/current)
    # "label" alone is a word of jq.
    edit_config --arg wanted "$label" '.process.selinuxLabel = $wanted'
    in_container 'tr -d "\0" </proc/self/attr/current'
    expect_ok
    expect_stdout "$label"
}

@test "a label that the policy does not know is refused" {
    selinux_is_on || skip "needs a host with SELinux"
    new_bundle
    edit_config '.process.selinuxLabel = "no_u:no_r:no_such_t:s0"'
    run_davit create --bundle "$BUNDLE" "$ID"
    expect_status 1
    # Whichever comes first: the session keyring's label, or the program's.
    expect_stderr_has '"no_u:no_r:no_such_t:s0"'
    expect_stderr_has 'Invalid argument (EINVAL)'
    expect_where process.selinuxLabel
}
