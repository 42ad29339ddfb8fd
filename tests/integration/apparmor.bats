#!/usr/bin/env bats
# apparmor: the AppArmor profile of the process.

load helpers

apparmor_is_on() { [[ $(cat /sys/module/apparmor/parameters/enabled 2>/dev/null) == Y ]]; }

@test "a profile where AppArmor is off is refused" {
    apparmor_is_on && skip "needs a host without AppArmor"
    new_bundle
    edit_config '.process.apparmorProfile = "docker-default"'
    run_davit create --bundle "$BUNDLE" "$ID"
    expect_error "cannot create $ID: process.apparmorProfile set, but AppArmor is not enabled here"
    expect_where process.apparmorProfile
}

@test "unconfined is granted where AppArmor is off" {
    apparmor_is_on && skip "needs a host without AppArmor"
    new_bundle
    edit_config '.process.apparmorProfile = "unconfined"'
    in_container 'echo fine'
    expect_ok
    expect_stdout fine
}

@test "the process runs under its profile" {
    apparmor_is_on || skip "needs a host with AppArmor"
    needs program apparmor_parser
    needs root
    new_bundle
    profile=davit-test-$TAG
    printf 'profile %s flags=(attach_disconnected) {\n file,\n capability,\n network,\n mount,\n signal,\n ptrace,\n unix,\n deny /tmp/denied w,\n}\n' \
        "$profile" >"$BATS_TEST_TMPDIR/profile"
    apparmor_parser -r "$BATS_TEST_TMPDIR/profile"
    edit_config --arg profile "$profile" '.process.apparmorProfile = $profile'
    in_container 'cat /proc/self/attr/current; echo x 2>/dev/null >/tmp/denied || echo denied'
    apparmor_parser -R "$BATS_TEST_TMPDIR/profile"
    expect_ok
    expect_stdout "$profile (enforce)"$'\ndenied'
}

@test "a profile that is not loaded is refused by its name" {
    apparmor_is_on || skip "needs a host with AppArmor"
    new_bundle
    edit_config '.process.apparmorProfile = "davit-no-such-profile"'
    run_davit create --bundle "$BUNDLE" "$ID"
    expect_status 1
    expect_stderr_has 'setting the AppArmor profile "davit-no-such-profile" through `/proc/self/attr/apparmor/exec`'
    expect_hint "no profile of that name is loaded"
}

load_profile() { # NAME
    printf 'profile %s flags=(attach_disconnected) {\n file,\n capability,\n network,\n mount,\n signal,\n ptrace,\n unix,\n userns,\n}\n' \
        "$1" >"$BATS_TEST_TMPDIR/profile"
    apparmor_parser -r "$BATS_TEST_TMPDIR/profile" 2>/dev/null && return
    sed -i '/userns/d' "$BATS_TEST_TMPDIR/profile"
    apparmor_parser -r "$BATS_TEST_TMPDIR/profile"
}

@test "a profile is in force in a user namespace, in an exec, and where the image's /proc is false, or nothing runs" {
    apparmor_is_on || skip "needs a host with AppArmor"
    needs program apparmor_parser
    needs root
    new_bundle
    local profile=davit-test-$TAG file
    load_profile "$profile"
    edit_config --arg profile "$profile" '.process.apparmorProfile = $profile'
    # Seen from outside: a false /proc could tell anything.
    start_container
    wait_until grep -q sleep "/proc/$(container_pid)/comm"
    expect_equal create "$(tr -d '\0' <"/proc/$(container_pid)/attr/current")" "$profile (enforce)"
    run_davit exec "$ID" cat /proc/self/attr/current
    expect_stdout "$profile (enforce)"
    davit delete --force "$ID"

    edit_config '.linux.namespaces += [{"type": "user"}]
        | .linux.uidMappings = [{"containerID": 0, "hostID": 100000, "size": 65536}] | .linux.gidMappings = .linux.uidMappings'
    start_container
    wait_until grep -q sleep "/proc/$(container_pid)/comm"
    expect_equal "in a user namespace" "$(tr -d '\0' <"/proc/$(container_pid)/attr/current")" "$profile (enforce)"
    davit delete --force "$ID"

    # CVE-2019-16884: the image has files where the label is written.
    for file in self/attr/exec self/attr/apparmor/exec thread-self/attr/exec thread-self/attr/apparmor/exec; do
        mkdir -p "$(dirname "$BUNDLE/rootfs/proc/$file")"
        touch "$BUNDLE/rootfs/proc/$file"
    done
    edit_config '.mounts |= map(select(.destination != "/proc")) | .linux.maskedPaths = [] | .linux.readonlyPaths = []
        | del(.linux.uidMappings, .linux.gidMappings) | .linux.namespaces |= map(select(.type != "user"))'
    start_container
    wait_until grep -q sleep "/proc/$(container_pid)/comm"
    expect_equal "with a false /proc" "$(tr -d '\0' <"/proc/$(container_pid)/attr/current")" "$profile (enforce)"
    davit delete --force "$ID"
    apparmor_parser -R "$BATS_TEST_TMPDIR/profile"
    [[ -z $(find "$BUNDLE/rootfs/proc" -type f -size +0) ]]
}
