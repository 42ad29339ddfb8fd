#!/usr/bin/env bats
# linux.namespaces: new ones, joined ones, absent ones, and the clocks of a time namespace.

load helpers

setup() {
    begin
    new_bundle
    DONOR=
}

teardown() {
    [[ -z $DONOR ]] || kill -KILL "$DONOR" 2>/dev/null || true
    finish
}

own() { readlink "/proc/self/ns/$1"; }

# A process of its own namespaces; $DONOR is its pid.
start_donor() {
    unshare "$@" sleep 3600 </dev/null >/dev/null 2>&1 3>&- &
    DONOR=$!
    is_sleep() { [[ $(cat "/proc/$DONOR/comm" 2>/dev/null) == sleep ]]; }
    wait_until is_sleep
}

set_namespaces() { edit_config --argjson list "$1" '.linux.namespaces = $list | del(.hostname)'; }

@test "each type in the config is new, and the others are the caller's" {
    needs root
    for type in pid:pid network:net ipc:ipc uts:uts cgroup:cgroup time:time; do
        set_namespaces "[{\"type\":\"mount\"},{\"type\":\"${type%%:*}\"}]"
        edit_config '.linux.namespaces |= unique | .mounts |= map(select(.destination != "/sys" and .destination != "/sys/fs/cgroup" and .destination != "/dev/mqueue"))
            | del(.linux.maskedPaths, .linux.readonlyPaths)'
        in_container 'for n in pid net ipc uts cgroup time; do echo $n $(readlink /proc/self/ns/$n); done'
        expect_ok
        for name in pid net ipc uts cgroup time; do
            inside=$(sed -n "s/^$name //p" <<<"$stdout")
            if [[ $name == "${type##*:}" ]]; then
                [[ $inside != "$(own "$name")" ]] || fail_with "$name is not new"
            else
                expect_equal "$name with a new $type" "$inside" "$(own "$name")"
            fi
        done
    done
}

@test "a namespace with a path is joined" {
    needs root
    start_donor --net --uts --ipc
    set_namespaces "[{\"type\":\"mount\"},{\"type\":\"pid\"},{\"type\":\"network\",\"path\":\"/proc/$DONOR/ns/net\"},
        {\"type\":\"uts\",\"path\":\"/proc/$DONOR/ns/uts\"},{\"type\":\"ipc\",\"path\":\"/proc/$DONOR/ns/ipc\"}]"
    in_container 'for n in net uts ipc; do readlink /proc/self/ns/$n; done; echo $$'
    expect_ok
    expect_stdout "$(for n in net uts ipc; do readlink "/proc/$DONOR/ns/$n"; done; echo 1)"
}

@test "a joined pid namespace shows its processes, and davit is the parent" {
    needs root
    set_args /bin/sleep 3600
    davit create --bundle "$BUNDLE" "$ID" </dev/null >"$BATS_TEST_TMPDIR/output" 2>&1
    first=$(container_pid)
    set_namespaces "[{\"type\":\"mount\"},{\"type\":\"pid\",\"path\":\"/proc/$first/ns/pid\"}]"
    set_shell 'readlink /proc/self/ns/pid; ps | grep -c "davit:.init"'
    run_davit run --bundle "$BUNDLE" "$ID-b"
    expect_ok
    [[ $stdout == "$(readlink "/proc/$first/ns/pid")"$'\n'* ]] || fail_with "another pid namespace"
}

@test "a user namespace and what it owns are joined together" {
    needs root
    start_donor --user --map-root-user --net --ipc
    set_namespaces "[{\"type\":\"mount\"},{\"type\":\"pid\"},{\"type\":\"uts\"},{\"type\":\"cgroup\"},
        {\"type\":\"user\",\"path\":\"/proc/$DONOR/ns/user\"},{\"type\":\"network\",\"path\":\"/proc/$DONOR/ns/net\"},
        {\"type\":\"ipc\",\"path\":\"/proc/$DONOR/ns/ipc\"}]"
    edit_config '.linux.uidMappings = [] | .linux.gidMappings = []
        | (.mounts[] | select(.type == "devpts") | .options) -= ["gid=5"]'
    in_container 'for n in user net ipc; do readlink /proc/self/ns/$n; done; echo $$; id -u'
    expect_ok
    expect_stdout "$(for n in user net ipc; do readlink "/proc/$DONOR/ns/$n"; done; echo 1; echo 0)"
}

@test "a new user namespace beside joined ones of the host" {
    needs root
    start_donor --net --ipc
    set_namespaces "[{\"type\":\"mount\"},{\"type\":\"pid\"},{\"type\":\"uts\"},{\"type\":\"user\"},
        {\"type\":\"network\",\"path\":\"/proc/$DONOR/ns/net\"},{\"type\":\"ipc\",\"path\":\"/proc/$DONOR/ns/ipc\"}]"
    edit_config '.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}]
        | .linux.gidMappings = .linux.uidMappings
        | .mounts |= map(select(.destination | startswith("/sys") or . == "/dev/mqueue" | not))'
    chmod 0755 "$BUNDLE" "$BUNDLE/rootfs" "$BATS_TEST_TMPDIR"
    in_container 'for n in net ipc; do readlink /proc/self/ns/$n; done; echo $$; cat /proc/self/uid_map'
    expect_ok
    expect_equal namespaces "$(head -n3 <<<"$stdout")" "$(for n in net ipc; do readlink "/proc/$DONOR/ns/$n"; done; echo 1)"
    expect_equal map "$(tail -n1 <<<"$stdout" | xargs)" "0 100000 65536"
}

@test "as many id ranges as the kernel takes" {
    needs root
    edit_config '.linux.namespaces += [{"type": "user"}]
        | .linux.uidMappings = [range(340) | {containerID: ., hostID: (1000 + 2 * .), size: 1}]
        | .linux.gidMappings = .linux.uidMappings'
    chmod 0755 "$BUNDLE" "$BUNDLE/rootfs" "$BATS_TEST_TMPDIR"
    in_container 'wc -l </proc/self/uid_map; wc -l </proc/self/gid_map'
    expect_ok
    expect_stdout "$(printf '340\n340')"
}

@test "one id range more is refused" {
    needs root
    edit_config '.linux.namespaces += [{"type": "user"}]
        | .linux.uidMappings = [range(341) | {containerID: ., hostID: (1000 + 2 * .), size: 1}]
        | .linux.gidMappings = [{containerID: 0, hostID: 100000, size: 1}]'
    run_davit run --bundle "$BUNDLE" "$ID"
    expect_status 1
    expect_stderr_has "linux.uidMappings: 341 ranges are more than the kernel takes (340)"
    expect_nothing_left
}

@test "a new user namespace without mappings is refused" {
    needs root
    edit_config '.linux.namespaces += [{"type": "user"}]'
    run_davit run --bundle "$BUNDLE" "$ID"
    expect_status 1
    expect_stderr_has "a new user namespace needs id mappings"
    expect_nothing_left
}

@test "a namespace of another type is refused by name" {
    set_namespaces '[{"type":"mount"},{"type":"pid"},{"type":"network","path":"/proc/self/ns/uts"}]'
    run_davit run --bundle "$BUNDLE" "$ID"
    expect_error "cannot create $ID: linux.namespaces[2].path: /proc/self/ns/uts is a uts namespace, wanted network"
    expect_nothing_left
}

@test "a path that is no namespace is refused by name" {
    set_namespaces '[{"type":"mount"},{"type":"network","path":"/etc/passwd"}]'
    run_davit run --bundle "$BUNDLE" "$ID"
    expect_error "cannot create $ID: linux.namespaces[1].path: /etc/passwd is not a namespace, wanted network"
}

@test "a path that does not exist is named" {
    set_namespaces '[{"type":"mount"},{"type":"network","path":"/run/no-such-namespace"}]'
    run_davit run --bundle "$BUNDLE" "$ID"
    expect_status 1
    expect_stderr_has "cannot open the network namespace /run/no-such-namespace: No such file or directory"
    expect_where "linux.namespaces[1].path"
}

@test "a relative path is refused" {
    set_namespaces '[{"type":"mount"},{"type":"network","path":"ns/net"}]'
    run_davit run --bundle "$BUNDLE" "$ID"
    expect_status 1
    expect_stderr_has "ns/net"
    expect_where "linux.namespaces[1]"
}

@test "a type that is given twice is refused" {
    set_namespaces '[{"type":"mount"},{"type":"pid"},{"type":"pid"}]'
    run_davit run --bundle "$BUNDLE" "$ID"
    expect_error "cannot create $ID: linux.namespaces[2]: type pid is given twice"
}

@test "the clocks of a new time namespace are offset" {
    needs root
    edit_config '.linux.namespaces += [{"type": "time"}]
        | .linux.timeOffsets = {boottime: {secs: 1000000}, monotonic: {secs: 2000000, nanosecs: 5}}'
    in_container 'cat /proc/uptime; cat /proc/self/timens_offsets'
    expect_ok
    up=$(cut -d. -f1 /proc/uptime)
    (($(head -n1 <<<"$stdout" | cut -d. -f1) - up >= 999999)) || fail_with "the clock is not offset"
    expect_equal monotonic "$(sed -n 's/ \+/ /gp' <<<"$stdout" | grep monotonic)" "monotonic 2000000 5"
}

@test "clocks are offset in a user namespace as well" {
    needs root
    edit_config '.linux.namespaces += [{"type": "time"}, {"type": "user"}]
        | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings
        | .linux.timeOffsets = {boottime: {secs: 1000000}}'
    chmod 0755 "$BUNDLE" "$BUNDLE/rootfs" "$BATS_TEST_TMPDIR"
    in_container 'cut -d. -f1 /proc/uptime'
    expect_ok
    ((stdout > 1000000)) || fail_with "the clock is not offset"
}

@test "offsets without a new time namespace are refused" {
    edit_config '.linux.timeOffsets = {boottime: {secs: 1}}'
    run_davit run --bundle "$BUNDLE" "$ID"
    expect_status 1
    expect_where "linux.timeOffsets"
}

@test "a cgroup namespace begins at the container's cgroup" {
    needs root
    edit_config '.linux.namespaces |= (map(select(.type != "cgroup")) + [{"type": "cgroup"}])'
    in_container "grep -v '/\$' /proc/self/cgroup || echo root"
    expect_ok
    expect_stdout root
}

@test "an ordinary user's container needs no configuration" {
    [[ $WAY == user ]] || skip "needs an ordinary user"
    in_container 'id -u; cat /proc/self/uid_map | wc -l; echo $$'
    expect_ok
    expect_stdout "$(printf '0\n1\n1')"
}
