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

# Changes the policy of the machine: in a throw-away one alone. tests/vm/run makes that policy, with
# tests/vm/selinux-container-type.cil in it.
begin_enforcing() {
    [[ ${DAVIT_TEST_MACHINE-} == selinux && -e ${DAVIT_TEST_POLICY-} ]] ||
        skip "needs the virtual machine with SELinux, and semodule where it is started"
    # .../policy/etc/selinux/NAME/policy/policy.N
    cp "$DAVIT_TEST_POLICY" "${DAVIT_TEST_POLICY#*/policy}"
    load_policy
    new_bundle
    mount -t tmpfs -o context=system_u:object_r:dvt_file_t:s0 "$TAG" "$BUNDLE/rootfs"
    cp -r --preserve=mode,links "$DAVIT_TEST_ROOTFS/." "$BUNDLE/rootfs/"
    edit_config '.process.selinuxLabel = "system_u:system_r:dvt_t:s0:c1,c2"
        | .linux.mountLabel = "system_u:object_r:dvt_file_t:s0:c1,c2"
        | .mounts |= map(select(.destination == ("/proc", "/dev")))
        | .mounts += [{"destination": "/srv", "type": "tmpfs", "source": "srv"}]'
    setenforce 1
}

end_enforcing() {
    setenforce 0
    umount "$BUNDLE/rootfs"
}

@test "in enforcing mode the policy confines the container, and exec, by their labels, also where /proc is false" {
    begin_enforcing
    # Through a pipe: the policy takes a file of the test's, as stdout, away from the container.
    local first second label=system_u:system_r:dvt_t:s0:c1,c2
    set_shell 'cat /proc/self/attr/current; echo; echo written >/srv/file; cat /srv/file; cat /proc/version'
    first=$("$DAVIT" --root "$ROOT" run --bundle "$BUNDLE" "$ID" </dev/null 2>&1) || true
    set_args /bin/sleep 3600
    { davit create --bundle "$BUNDLE" "$ID-b" && davit start "$ID-b"; } </dev/null >"$BATS_TEST_TMPDIR/said" 2>&1 3>&- || true
    second=$("$DAVIT" --root "$ROOT" exec "$ID-b" sh -c \
        'cat /proc/self/attr/current; echo; cat /proc/version' </dev/null 2>&1) || true
    "$DAVIT" --root "$ROOT" delete --force "$ID-b"
    # CVE-2019-16884: the image has files where the label is written. Seen from outside: a false /proc tells anything.
    local third file
    for file in self/attr/exec self/attr/keycreate thread-self/attr/exec thread-self/attr/keycreate; do
        mkdir -p "$(dirname "$BUNDLE/rootfs/proc/$file")"
        touch "$BUNDLE/rootfs/proc/$file"
    done
    edit_config '.mounts |= map(select(.destination != "/proc")) | .linux.maskedPaths = [] | .linux.readonlyPaths = []'
    { davit create --bundle "$BUNDLE" "$ID-c" && davit start "$ID-c"; } </dev/null >>"$BATS_TEST_TMPDIR/said" 2>&1 3>&- || true
    file=/proc/$(container_pid "$ID-c")
    wait_until grep -q sleep "$file/comm" || true
    third=$(tr -d '\0' <"$file/attr/current")
    "$DAVIT" --root "$ROOT" delete --force "$ID-c"
    file=$(find "$BUNDLE/rootfs/proc" -type f -size +0)
    end_enforcing
    expect_equal "what the container says" "$first" "$label
written
cat: can't open '/proc/version': Permission denied"
    expect_equal "what create and start say" "$(cat "$BATS_TEST_TMPDIR/said")" ""
    expect_equal "what exec says" "$second" "$label
cat: can't open '/proc/version': Permission denied"
    expect_equal "the label where /proc is false" "$third" "$label"
    expect_equal "files of the image that were written" "$file" ""
}
