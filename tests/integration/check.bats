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

@test "an annotation that asks for what davit does not do is a warning, any other is none" {
    new_bundle
    edit_config '.annotations = {"run.oci.handler": "krun", "run.oci.keep_original_groups": "1", "com.example.x": "y"}'
    run_davit check --bundle "$BUNDLE"
    expect_ok
    expect_stdout_has 'warning: annotations.run.oci.handler: annotation run.oci.handler ignored: davit does not implement it'
    [[ $stdout != *keep_original* && $stdout != *example* ]] || fail_with "too much is said"
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

@test "a sound bundle has no faults, named as an argument too" {
    new_bundle
    run_davit check "$BUNDLE"
    expect_ok
    expect_stdout "$BUNDLE/config.json: no faults"
}

@test "faults of the config, the root and the host come together, in the order of the file" {
    new_bundle
    cat >"$BUNDLE/config.json" <<'END'
{"ociVersion": "1.0.0",
 "process": {"cwd": "/", "args": ["nosuch"],
  "rlimits": [{"type": "RLIMIT_NOFILE", "soft": 100, "hard": 1}]},
 "root": {"path": "rootfs", "readOnly": true},
 "hooks": {"poststop": [{"path": "/nosuch/hook"}]},
 "linux": {"namespaces": [{"type": "pid"}, {"type": "pid"}]}}
END
    run_davit check "$BUNDLE"
    expect_status 1
    local lines
    mapfile -t lines <<<"${stdout//"$BUNDLE/"/}"
    expect_equal "number of findings" "${#lines[@]}" 5
    [[ ${lines[0]} == 'config.json:2:35: error: process.args[0]: exec: "nosuch": executable file not found in $PATH'* ]]
    [[ ${lines[1]} == "config.json:3:15: error: process.rlimits[0]: soft 100 > hard 1"* ]]
    expect_equal "a misspelt member" "${lines[2]}" \
        'config.json:4:29: warning: root.readOnly: unknown member (did you mean "readonly"?)'
    expect_equal "a hook" "${lines[3]}" \
        'config.json:5:34: error: hooks.poststop[0].path "/nosuch/hook" does not exist on the host'
    [[ ${lines[4]} == "config.json:6:44: error: linux.namespaces[1]"* ]]
}

@test "every wrong value is reported, not only the first" {
    new_bundle
    printf '{"root": 7,\n "hostname": [],\n "linux": {"namespaces": [{"type": "pidd"}]}}' >"$BUNDLE/config.json"
    run_davit check "$BUNDLE"
    expect_status 1
    expect_stdout_has "config.json:1:10: error: root: expected an object, got a number"
    expect_stdout_has "config.json:2:14: error: hostname: expected a string, got an array"
    expect_stdout_has 'config.json:3:36: error: linux.namespaces[0].type: unknown value "pidd" (did you mean "pid"?)'
    expect_stdout_has "config.json:1:1: error: ociVersion: is required"
}

@test "scripts and their interpreters are looked at" {
    new_bundle
    printf '#!/usr/bin/nosuch\n' >"$BUNDLE/rootfs/lost"
    printf '#!/bin/sh\r\n' >"$BUNDLE/rootfs/crlf"
    chmod 0755 "$BUNDLE/rootfs/lost" "$BUNDLE/rootfs/crlf"
    set_args /lost
    run_davit check "$BUNDLE"
    expect_stdout_has "/lost exists, but its interpreter /usr/bin/nosuch (line 1) is not in the container"
    set_args /crlf
    run_davit check "$BUNDLE"
    expect_stdout_has 'its interpreter "/bin/sh\r": the script has Windows (CRLF) line ends'
}
