#!/usr/bin/env bats
# check: what is wrong with a bundle, before anybody runs it.

load helpers

@test "every fault is reported with its place" {
    new_bundle
    edit_config '.root.path = "rootfz" | .process.args = []'
    run_davit check --bundle "$BUNDLE"
    expect_status 1
    expect_stdout_has 'root.path "rootfz": no such directory'
    expect_stdout_has "process.args: must have at least one element"
    [[ $stdout =~ config.json:[0-9]+:[0-9]+:\ error:\ process.args ]]
}

@test "a misspelt member is a warning, and a fault with --strict" {
    new_bundle
    edit_config '.process.noNewPrivilege = true'
    run_davit check --bundle "$BUNDLE"
    expect_ok
    expect_stdout_has 'warning: process.noNewPrivilege: unknown member (did you mean "noNewPrivileges"?)'
    run_davit check --strict --bundle "$BUNDLE"
    expect_status 1
}

@test "a file that is no JSON is reported with line and column" {
    mkdir -p "$BUNDLE/rootfs"
    printf '{\n  "ociVersion": oops\n}\n' >"$BUNDLE/config.json"
    run_davit check --bundle "$BUNDLE"
    expect_status 1
    [[ $stdout =~ config.json:2:[0-9]+:\ error: ]]
}

@test "a missing file is an error of davit's" {
    mkdir -p "$BUNDLE"
    run_davit check --bundle "$BUNDLE"
    expect_status 1
    expect_stderr_has "config.json"
    expect_stderr_has "No such file or directory"
}
