#!/usr/bin/env bats
# Options of create, run and spec that belong to no aspect.

load helpers

setup() {
    begin
    new_bundle
    set_args /bin/sleep 3600
}

@test "--config is relative to the caller's directory, --bundle defaults to it" {
    mkdir "$BATS_TEST_TMPDIR/elsewhere"
    cd "$BATS_TEST_TMPDIR/elsewhere"
    jq '.process.args = ["/bin/echo", "another config"]' "$BUNDLE/config.json" >other.json
    local form
    for form in "--config other.json" "-f other.json" "--config=$PWD/other.json"; do
        # shellcheck disable=SC2086
        run_davit run --bundle "$BUNDLE" $form "$ID"
        expect_ok
        expect_stdout "another config"
    done
    mv other.json "$BUNDLE/"
    cd "$BUNDLE"
    run_davit run -f other.json "$ID"
    expect_ok
    expect_stdout "another config"
    run_davit create --config none.json "$ID"
    expect_error "cannot create $ID: cannot open none.json: No such file or directory (ENOENT)"
}

@test "--pid-file is relative to the caller's directory, whatever the bundle" {
    cd "$BATS_TEST_TMPDIR"
    davit create --pid-file=pid -b"$BUNDLE" "$ID" </dev/null >/dev/null 2>&1
    expect_equal "the pid file" "$(cat pid)" "$(container_pid)"
}

@test "--pidfd-socket gets one pidfd, of init from create and of the process from exec" {
    needs program python3
    cat >"$BATS_TEST_TMPDIR/receive.py" <<'END'
import array, re, socket, subprocess, sys
path, command = sys.argv[1], sys.argv[2:]
server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
server.bind(path)
server.listen(1)
subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
connection = server.accept()[0]
data, control, _, _ = connection.recvmsg(100, socket.CMSG_LEN(4 * 16))
fds = array.array("i")
fds.frombytes(control[0][2])
assert len(control) == 1 and len(fds) == 1, control
with open(f"/proc/self/fdinfo/{fds[0]}", encoding="ascii") as info:
    print(data.decode(), re.search(r"^Pid:\s*(\d+)", info.read(), re.M)[1])
END
    receive() { python3 "$BATS_TEST_TMPDIR/receive.py" "$BATS_TEST_TMPDIR/$1" "$DAVIT" --root "$ROOT" "${@:2}"; }
    echo "$ID" >>"$CREATED"
    stdout=$(receive one create --pidfd-socket "$BATS_TEST_TMPDIR/one" --bundle "$BUNDLE" "$ID")
    expect_stdout "standard $(container_pid)"
    davit start "$ID"
    stdout=$(receive two exec --detach --pid-file "$BATS_TEST_TMPDIR/pid" --pidfd-socket "$BATS_TEST_TMPDIR/two" "$ID" \
        /bin/sleep 3600)
    expect_stdout "setns $(cat "$BATS_TEST_TMPDIR/pid")"
}

@test "--strict refuses what the specification does not know, which is ignored without" {
    edit_config '.process.noNewPrivilege = true'
    local command
    for command in create run; do
        run_davit "$command" --strict --bundle "$BUNDLE" "$ID"
        expect_status 1
        expect_error "cannot create $ID: process.noNewPrivilege: unknown member"
        expect_hint 'did you mean "noNewPrivileges"?'
    done
    davit create --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1
}

@test "run --keep leaves the state and, for those who count, the cgroup" {
    needs root
    set_shell 'exit 9'
    echo "$ID" >>"$CREATED"
    run_davit run --keep --bundle "$BUNDLE" "$ID"
    expect_status 9
    expect_equal status "$(container_state)" stopped
    local place places
    mapfile -t places < <(jq -r '.cgroup.places[]' "$ROOT/$ID/state.json")
    ((${#places[@]}))
    for place in "${places[@]}"; do [[ -d ${place#*:*:} ]]; done
    davit delete "$ID"
    for place in "${places[@]}"; do [[ ! -e ${place#*:*:} ]]; done
}

@test "a log whose path has a colon is a file" {
    cd "$BATS_TEST_TMPDIR"
    run_davit --log run:1/log list
    expect_status 1
    expect_stderr_has "cannot open the log run:1/log"
    run_davit --log other:log --log-format json state "$ID"
    expect_equal msg "$(jq -r .msg other:log)" "container does not exist"
}

@test "spec writes to the bundle and by the name that it is given" {
    mkdir "$BATS_TEST_TMPDIR/new"
    davit spec --bundle "$BATS_TEST_TMPDIR/new" -f mine.json
    jq -e '.process.args == ["sh"] and .process.terminal and .root == {path: "rootfs", readonly: true}
        and ([.linux.namespaces[].type] - ["pid", "network", "ipc", "uts", "mount", "cgroup"] == [])
        and (.mounts | length >= 7) and (.process.capabilities | has("inheritable") or has("ambient") | not)' \
        "$BATS_TEST_TMPDIR/new/mine.json"
    davit spec --rootless --bundle "$BATS_TEST_TMPDIR/new"
    jq -e '[.linux.namespaces[].type] | index("user") and (index("network") | not)' "$BATS_TEST_TMPDIR/new/config.json"
    jq -e --argjson id "$(id -u)" '.linux.uidMappings == [{containerID: 0, hostID: $id, size: 1}]
        and (.linux | has("resources") | not)
        and ([.mounts[].options[]? | select(test("^[ug]id="))] == [])
        and (.mounts[] | select(.destination == "/sys") | .options | index("rbind"))' \
        "$BATS_TEST_TMPDIR/new/config.json"
}
