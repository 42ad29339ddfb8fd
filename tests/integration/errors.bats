#!/usr/bin/env bats
# The whole of an error: what it says, where, and what to do next. Errors of one aspect are in that aspect's file.

load helpers

@test "a script with Windows line ends is told by its interpreter's name" {
    new_bundle
    printf '#!/bin/sh\r\necho\r\n' >"$BUNDLE/rootfs/run.sh"
    chmod 0755 "$BUNDLE/rootfs/run.sh"
    set_args /run.sh
    run_davit run --bundle "$BUNDLE" "$ID"
    expect_error "cannot run $ID: exec: \"/run.sh\": no such file or directory: /run.sh exists, but not its interpreter \
\"/bin/sh\\r\": the script has Windows (CRLF) line ends"
}

@test "no argument at all is told by its member, line and an example" {
    new_bundle
    edit_config '.process.args = []'
    local line
    line=$(grep -n '"args"' "$BUNDLE/config.json")
    run_davit create --bundle "$BUNDLE" "$ID"
    expect_error "cannot create $ID: process.args: must have at least one element"
    expect_where "process.args, $BUNDLE/config.json:${line%%:*}:"
    expect_hint 'name the program to run: ["/bin/sh"]'
}

@test "three hundred bind mounts in a user namespace need no more descriptors than one" {
    needs user-namespaces
    new_bundle
    set_shell 'grep -c " /many/" /proc/self/mountinfo'
    edit_config '.mounts += [range(300) | {destination: "/many/\(.)", source: "/proc/version", options: ["bind"]}]
        | del(.process.rlimits)
        | if [.linux.namespaces[].type] | index("user") then . else
              .linux.namespaces += [{type: "user"}]
              | .linux.uidMappings = [{containerID: 0, hostID: 0, size: 65536}]
              | .linux.gidMappings = .linux.uidMappings
          end'
    (
        ulimit -n 256
        run_davit run --bundle "$BUNDLE" "$ID"
        expect_ok
        expect_stdout 300
    )
}

@test "a soft limit above the hard one is told with both" {
    new_bundle
    edit_config '.process.rlimits = [{type: "RLIMIT_NOFILE", soft: 100, hard: 1}]'
    run_davit create --bundle "$BUNDLE" "$ID"
    expect_error "cannot create $ID: process.rlimits[0]: soft 100 > hard 1"
    expect_where "process.rlimits[0], $BUNDLE/config.json:"
}

@test "exec in a container whose end davit saw tells when and how it ended" {
    new_bundle
    set_shell 'kill -KILL $$; exit 137'
    echo "$ID" >>"$CREATED"
    run_davit run --keep --bundle "$BUNDLE" "$ID"
    expect_status 137
    run_davit exec "$ID" true
    expect_status 255
    expect_stderr_has "; cannot exec in a stopped container"
    local pattern="^davit: exec failed: container $ID stopped at [0-9-]+T[0-9:.]+Z \(exit 137\); cannot exec"
    [[ $stderr =~ $pattern ]]
    expect_equal "members of state" "$(davit state "$ID" | jq 'has("ended") or has("exitCode")')" false
}

@test "a second start is told that the container runs, not which file is missing" {
    new_bundle
    start_container
    run_davit start "$ID"
    expect_status 1
    expect_error "cannot start $ID: cannot start an already running container"
    expect_hint "container is already running; davit exec $ID runs a further program in it"
}

@test "what is no id is refused before anything is made" {
    new_bundle
    local id
    for id in ../x .. . .hidden; do
        run_davit create --bundle "$BUNDLE" "$id"
        expect_error "cannot create $id: \"$id\" is not a valid container id: it begins with a dot"
    done
}

@test "a damaged state says what delete --force will kill, and that does" {
    needs root
    new_bundle
    start_container
    local pid cgroup hint
    pid=$(container_pid)
    cgroup=$(jq -r .cgroup.path "$ROOT/$ID/state.json")
    hint="use delete --force, which will kill pid $pid in cgroup $cgroup"
    : >"$ROOT/$ID/state.json"
    for command in state delete start; do
        run_davit "$command" "$ID"
        expect_status 1
        expect_stderr_has "state of $ID is damaged ($ROOT/$ID/state.json, 0 bytes)"
        expect_hint "$hint"
    done
    echo '{"version": 1, "id": oops' >"$ROOT/$ID/state.json"
    run_davit kill "$ID"
    expect_stderr_has "state of $ID is damaged ($ROOT/$ID/state.json, 26 bytes)"
    expect_hint "$hint"
    run_davit delete --force "$ID"
    expect_ok
    [[ ! -e /proc/$pid ]]
    [[ ! -e $ROOT/$ID ]]
}


@test "a wrong type is told with its line and column, and what was expected" {
    new_bundle
    printf '{"ociVersion": "1.0.0",\n "process": {"user": {"uid": "root"}}\n}\n' >"$BUNDLE/config.json"
    run_davit create --bundle "$BUNDLE" "$ID"
    expect_error "cannot create $ID: process.user.uid: expected an integer, got a string"
    expect_where "process.user.uid, $BUNDLE/config.json:2:30"
}

@test "a namespace that there is not is told with those that there are" {
    new_bundle
    edit_config '.linux.namespaces = [{type: "foo"}]'
    run_davit create --bundle "$BUNDLE" "$ID"
    expect_error "cannot create $ID: linux.namespaces[0].type: unknown value \"foo\""
    expect_where "linux.namespaces[0].type, $BUNDLE/config.json:"
    expect_hint "one of pid, network, mount, ipc, uts, user, cgroup, time"
}
