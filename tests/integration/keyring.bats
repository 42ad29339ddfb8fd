#!/usr/bin/env bats
# keyring: the session keyring of the container.

load helpers

@test "the container has a session keyring of its own" {
    [[ -e /proc/keys ]] || skip "needs a kernel with keyrings"
    new_bundle
    edit_config '.linux.maskedPaths = []'
    in_container 'cat /proc/keys'
    expect_ok
    expect_stdout_has "_ses.$ID"
}

@test "--no-new-keyring keeps the caller's" {
    [[ -e /proc/keys ]] || skip "needs a kernel with keyrings"
    new_bundle
    edit_config '.linux.maskedPaths = []'
    set_shell 'cat /proc/keys'
    run_davit run --no-new-keyring --bundle "$BUNDLE" "$ID"
    expect_ok
    [[ $stdout != *"_ses.$ID"* ]] || fail_with "there is one"
}
