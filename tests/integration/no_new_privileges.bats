#!/usr/bin/env bats
# no_new_privileges: set-user-id programs give nothing.

load helpers

@test "no_new_privs is as the config says" {
    new_bundle
    edit_config '.process.noNewPrivileges = true'
    in_container 'grep ^NoNewPrivs /proc/self/status'
    expect_ok
    expect_stdout $'NoNewPrivs:\t1'
    edit_config '.process.noNewPrivileges = false'
    in_container 'grep ^NoNewPrivs /proc/self/status'
    expect_ok
    expect_stdout $'NoNewPrivs:\t0'
}
