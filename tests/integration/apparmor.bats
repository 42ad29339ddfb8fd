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
