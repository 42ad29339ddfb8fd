#!/usr/bin/env bats
# config: what create and run say of a config.json that is wrong, and where in the file.

load helpers

@test "create names the member, the file, the line and the column" {
    new_bundle
    printf '{"ociVersion": "1.0.0",\n "root": {"path": "rootfs"},\n "process": {"cwd": "/", "args": []}}' \
        >"$BUNDLE/config.json"
    run_davit create --bundle "$BUNDLE" "$ID"
    expect_error "cannot create $ID: process.args: must have at least one element"
    expect_where "process.args, $BUNDLE/config.json:3:34"
}

@test "run without a process says so" {
    new_bundle
    edit_config 'del(.process)'
    run_davit run --bundle "$BUNDLE" "$ID"
    expect_error "cannot create $ID: process: missing, required by \"run\""
}

@test "a root that is not there is named with its bundle" {
    new_bundle
    edit_config '.root.path = "rootfz"'
    run_davit create --bundle "$BUNDLE" "$ID"
    expect_error "cannot create $ID: root.path \"rootfz\": no such directory (bundle $BUNDLE)"
}

@test "an absolute program that is not there is no question of the PATH" {
    new_bundle
    set_args /nosuch
    run_davit create --bundle "$BUNDLE" "$ID"
    expect_error "cannot create $ID: exec: \"/nosuch\": no such file or directory"
    expect_hint "/nosuch: no such file in the container"
    expect_where "process.args[0], $BUNDLE/config.json:"
}

@test "wrong types and unknown words are told in the config's terms" {
    new_bundle
    edit_config '.linux.namespaces[0].type = "foo"'
    run_davit create --bundle "$BUNDLE" "$ID"
    expect_error "cannot create $ID: linux.namespaces[0].type: unknown value \"foo\""
    expect_hint "one of pid, network, mount, ipc, uts, user, cgroup, time"
    edit_config '.linux.namespaces[0].type = "pid" | .process.user.uid = "0"'
    run_davit create --bundle "$BUNDLE" "$ID"
    expect_error "cannot create $ID: process.user.uid: expected an integer, got a string"
}

@test "a file that ends in the middle is told by its last line" {
    new_bundle
    printf '{"ociVersion": "1.0.0",\n "root": {' >"$BUNDLE/config.json"
    run_davit create --bundle "$BUNDLE" "$ID"
    expect_error "cannot create $ID: root: not valid JSON: ends in the middle"
    expect_where "root, $BUNDLE/config.json:2:11"
}

@test "a misspelt protection is a warning, and refused with --strict" {
    new_bundle
    edit_config '.process.noNewPrivilege = true'
    set_args /bin/true
    run_davit --log-level warning run --bundle "$BUNDLE" "$ID"
    expect_ok
    expect_stderr_has 'process.noNewPrivilege: unknown member, did you mean "noNewPrivileges"?'
    run_davit run --strict --bundle "$BUNDLE" "$ID"
    expect_error "cannot create $ID: process.noNewPrivilege: unknown member"
    expect_hint 'did you mean "noNewPrivileges"?'
}

@test "the log has the error with its place as JSON" {
    new_bundle
    edit_config '.process.cwd = 7'
    run_davit --log "$BATS_TEST_TMPDIR/log" --log-format json create --bundle "$BUNDLE" "$ID"
    expect_status 1
    expect_equal "the log" "$(jq -r '[.level, .msg, .code, .path] | join("|")' "$BATS_TEST_TMPDIR/log")" \
        "error|cannot create $ID: process.cwd: expected a string, got a number|invalid-config|process.cwd"
    expect_equal "file" "$(jq -r .file "$BATS_TEST_TMPDIR/log")" "$BUNDLE/config.json"
    jq -e '.line > 1 and .column > 1' "$BATS_TEST_TMPDIR/log"
}

@test "a config of an older version of the specification runs" {
    new_bundle
    set_args /bin/true
    local version
    for version in 1.0.0 1.0.2-dev 1.1.0 1.2.1; do
        edit_config --arg v "$version" '.ociVersion = $v'
        run_davit run --bundle "$BUNDLE" "$ID"
        expect_ok
    done
}
