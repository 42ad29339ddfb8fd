#!/usr/bin/env bats
# user: uid, gid, additional groups and umask, as the process sees them.

load helpers

@test "the process has the config's uid and gid, and no group of davit's caller" {
    needs root
    new_bundle
    edit_config '.process.user = {uid: 1000, gid: 1001}'
    in_container 'id -u; id -g; id -G; grep -E "^(Uid|Gid|Groups):" /proc/self/status'
    expect_ok
    [[ $stdout == $'1000\n1001\n1001\nUid:\t1000\t1000\t1000\t1000\nGid:\t1001\t1001\t1001\t1001\nGroups:\t'* ]] ||
        fail_with "ids differ"
}

@test "additional groups are set, each once and no other" {
    needs root
    new_bundle
    edit_config '.process.user = {uid: 1000, gid: 1000, additionalGids: [50, 4000000]}'
    in_container 'grep ^Groups: /proc/self/status'
    expect_ok
    expect_equal groups "$(tr -s '\t ' ' ' <<<"${stdout% }")" "Groups: 50 4000000"
}

@test "run.oci.keep_original_groups leaves the caller's groups" {
    needs root
    needs program setpriv
    new_bundle
    edit_config '.annotations = {"run.oci.keep_original_groups": "1"} | .process.user.additionalGids = [50]'
    set_shell 'grep ^Groups: /proc/self/status'
    status=0
    stdout=$(setpriv --groups 77,78 "$DAVIT" --root "$ROOT" run --bundle "$BUNDLE" "$ID" </dev/null 2>&1) || status=$?
    expect_ok
    expect_equal groups "$(tr -s '\t ' ' ' <<<"${stdout% }")" "Groups: 77 78"
}

@test "a umask is set, and otherwise the caller's stays" {
    new_bundle
    edit_config '.process.user.umask = 63'
    in_container 'umask'
    expect_ok
    expect_stdout 0077
    edit_config 'del(.process.user.umask)'
    umask 0027
    in_container 'umask'
    umask 0022
    expect_ok
    expect_stdout 0027
}

@test "a uid outside the user namespace is refused with its range" {
    needs root
    new_bundle
    edit_config '.process.user.uid = 1000 | .linux.namespaces += [{type: "user"}] |
        .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 10}] | .linux.gidMappings = .linux.uidMappings'
    run_davit run --bundle "$BUNDLE" "$ID"
    expect_status 1
    expect_stderr_has "process.user.uid: 1000 is outside the mapped range 0-9"
}

@test "an additional group outside the user namespace is refused with its place" {
    needs root
    new_bundle
    edit_config '.process.user.additionalGids = [0, 50] | .linux.namespaces += [{type: "user"}] |
        .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 10}] | .linux.gidMappings = .linux.uidMappings'
    run_davit run --bundle "$BUNDLE" "$ID"
    expect_status 1
    expect_stderr_has "process.user.additionalGids[1]: 50 is outside the mapped range 0-9"
}

@test "ids that are no ids are refused" {
    new_bundle
    for value in -1 4294967295 '"0"'; do
        edit_config --argjson value "$value" '.process.user.uid = $value'
        run_davit run --bundle "$BUNDLE" "$ID"
        expect_status 1
        expect_stderr_has "process.user.uid: "
    done
}

@test "a process that names no user is root in the container, without anybody's groups" {
    new_bundle
    edit_config 'del(.process.user)'
    in_container 'grep -E "^(Uid|Gid|Groups):" /proc/self/status | tr -s "\\t " " "'
    expect_ok
    expect_equal ids "$(head -n 2 <<<"$stdout")" $'Uid: 0 0 0 0\nGid: 0 0 0 0'
    [[ $WAY != root || $(tail -n 1 <<<"$stdout") == "Groups: " ]]
}

@test "a process of exec that names no user is the container's" {
    needs root
    new_bundle
    edit_config '.process.user = {uid: 1000, gid: 1001, additionalGids: [7]}'
    start_container
    echo '{"args": ["id"], "cwd": "/"}' >"$BATS_TEST_TMPDIR/process.json"
    run_davit exec --process "$BATS_TEST_TMPDIR/process.json" "$ID"
    expect_ok
    [[ $stdout =~ ^uid=1000[^\ ]*\ gid=1001[^\ ]*\ groups=7 ]] || fail_with "another user"
    edit_config 'del(.process.user)'
    davit delete --force "$ID"
    start_container
    run_davit exec --process "$BATS_TEST_TMPDIR/process.json" "$ID"
    expect_ok
    [[ $stdout =~ ^uid=0[^0-9]*gid=0[^0-9] || $stdout =~ ^uid=0[^0-9]*gid=0$ ]] || fail_with "another user"
    run_davit exec --user 5 "$ID" id
    expect_ok
    expect_stdout_has "uid=5"
}
