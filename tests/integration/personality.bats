#!/usr/bin/env bats
# personality: the execution domain.

load helpers

@test "LINUX32 shows a 32-bit machine" {
    [[ $(uname -m) == x86_64 ]] || skip "needs an x86_64 host"
    new_bundle
    edit_config '.linux.personality = {domain: "LINUX32"}'
    in_container 'uname -m'
    expect_ok
    expect_stdout i686
    edit_config '.linux.personality = {domain: "LINUX"}'
    in_container 'uname -m'
    expect_ok
    expect_stdout x86_64
}

@test "a flag is refused, since none is known" {
    new_bundle
    edit_config '.linux.personality = {domain: "LINUX", flags: ["ADDR_NO_RANDOMIZE"]}'
    run_davit run --bundle "$BUNDLE" "$ID"
    expect_status 1
    expect_stderr_has 'linux.personality.flags[0]: unknown flag "ADDR_NO_RANDOMIZE"'
}
