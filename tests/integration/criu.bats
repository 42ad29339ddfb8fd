#!/usr/bin/env bats
# checkpoint and restore by criu itself, where it works on the kernel. checkpoint.bats has all that does not need it.

load helpers
load criu

setup_file() { ask_criu; }
setup() { begin_criu; }
teardown() { finish_criu; }

@test "a container goes on where it was, among the same mounts, in its cgroup" {
    mkdir -p "$BUNDLE/data/below"
    echo data >"$BUNDLE/data/file"
    mkdir -p "$BUNDLE/rootfs/var" && ln -s ../run "$BUNDLE/rootfs/var/run"
    edit_config --arg d "$BUNDLE/data" '.mounts += [
        {"destination":"/data","type":"bind","source":$d,"options":["rbind","ro"]},
        {"destination":"/var/run/secrets","type":"bind","source":$d,"options":["bind","rw"]},
        {"destination":"/etc/file","type":"bind","source":"\($d)/file","options":["bind","ro","nosuid"]},
        {"destination":"/slave","type":"bind","source":$d,"options":["rbind","rslave"]}]'
    start_counting
    mounts_of "$(container_pid)" >"$BATS_TEST_TMPDIR/mounts.before"
    checkpoint
    expect_ok
    expect_nothing_left
    local counted
    counted=$(count)
    restore --pid-file "$BATS_TEST_TMPDIR/pid"
    expect_ok
    wait_until has_counted $((counted + 2))
    (($(count) < counted + 1000)) || fail_with "counts from $(count), it had been $counted"
    expect_equal pid "$(container_pid)" "$(cat "$BATS_TEST_TMPDIR/pid")"
    mounts_of "$(container_pid)" >"$BATS_TEST_TMPDIR/mounts.after"
    diff "$BATS_TEST_TMPDIR/mounts.before" "$BATS_TEST_TMPDIR/mounts.after"
    grep -q "$ID" "/proc/$(container_pid)/cgroup"
    run_davit exec "$ID" cat /data/file /var/run/secrets/file /etc/file
    expect_stdout $'data\ndata\ndata'
    davit delete --force "$ID"
    expect_nothing_left
}

@test "pipes of the container are those of restore" {
    set_shell 'i=0; while :; do i=$((i + 1)); echo line $i; echo problem $i >&2; sleep 0.1; done'
    davit run --detach --bundle "$BUNDLE" "$ID" </dev/null 2>"$BATS_TEST_TMPDIR/errors" | cat >"$BATS_TEST_TMPDIR/lines.before" &
    wait_until grep -q 'line 3' "$BATS_TEST_TMPDIR/lines.before"
    davit checkpoint --image-path "$IMAGES" "$ID"
    local last
    last=$(sed -n '$s/line //p' "$BATS_TEST_TMPDIR/lines.before")
    davit restore --detach --bundle "$BUNDLE" --image-path "$IMAGES" "$ID" </dev/null 2>>"$BATS_TEST_TMPDIR/errors" |
        cat >"$BATS_TEST_TMPDIR/lines.after" &
    wait_until grep -q "line $((last + 3))" "$BATS_TEST_TMPDIR/lines.after"
    expect_equal "begins anew" "$(grep -cx 'line 1' "$BATS_TEST_TMPDIR/lines.after")" 0
}

@test "a terminal goes to the console socket of restore" {
    set_shell 'i=0; while :; do i=$((i + 1)); echo line $i; sleep 0.1; done'
    edit_config '.process.terminal = true | .process.consoleSize = {height: 33, width: 77}'
    receive_terminal "$BATS_TEST_TMPDIR/first"
    davit run --detach --console-socket "$BATS_TEST_TMPDIR/first" --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1
    wait_until grep -q 'line 3' "$BATS_TEST_TMPDIR/first.lines"
    checkpoint
    expect_ok
    local last
    last=$(sed -n 's/line \([0-9]*\).*/\1/p' "$BATS_TEST_TMPDIR/first.lines" | tail -n 1)
    receive_terminal "$BATS_TEST_TMPDIR/second"
    restore --console-socket "$BATS_TEST_TMPDIR/second"
    expect_ok
    wait_until grep -q "line $((last + 5))" "$BATS_TEST_TMPDIR/second.lines"
    grep -q 'size 33x77' "$BATS_TEST_TMPDIR/second.lines"
    expect_equal "begins anew" "$(grep -c 'line 1[^0-9]' "$BATS_TEST_TMPDIR/second.lines")" 0
}

@test "what cannot be dumped is told in criu's words, and the container runs on" {
    set_shell 'exec 9>/big; head -c 2000000 /dev/zero >&9; rm /big; echo ready >/state; while :; do sleep 1; done'
    davit run --detach --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1
    wait_until test -s "$BUNDLE/rootfs/state"
    checkpoint
    expect_status 1
    expect_stderr_has "cannot checkpoint $ID: criu: "
    expect_stderr_has "Can't dump ghost file"
    expect_hint "all of it is in $IMAGES/dump.log"
    expect_equal status "$(container_state)" running
}

@test "a pre-dump and what has changed since make a checkpoint, which another id can be restored to" {
    start_counting
    run_davit checkpoint --pre-dump --image-path "$BATS_TEST_TMPDIR/pre" "$ID"
    expect_ok
    # By which davit knows that a link to a parent leads to a pre-dump.
    [[ -f $BATS_TEST_TMPDIR/pre/inventory.img ]]
    expect_equal status "$(container_state)" running
    checkpoint --parent-path ../pre --leave-running
    expect_ok
    expect_equal status "$(container_state)" running
    local counted
    counted=$(count)
    wait_until has_counted "$counted"
    davit delete --force "$ID"
    run_davit restore --detach --bundle "$BUNDLE" --image-path "$IMAGES" "$ID-other"
    expect_ok
    grep -q "$ID-other" "/proc/$(container_pid "$ID-other")/cgroup"
    counted=$(count)
    wait_until has_counted "$counted"
    davit delete --force "$ID-other"
    expect_nothing_left
}

@test "namespaces that were joined are joined again" {
    unshare --net --ipc --uts sh -c 'hostname joined; exec sleep 3600' 3>&- &
    local holder=$!
    holds() { [[ $(nsenter --uts -t "$holder" hostname) == joined ]]; }
    wait_until holds
    edit_config --arg p "/proc/$holder/ns" 'del(.hostname) |
        (.linux.namespaces[] | select(.type == "network")).path = "\($p)/net" |
        (.linux.namespaces[] | select(.type == "ipc")).path = "\($p)/ipc" |
        (.linux.namespaces[] | select(.type == "uts")).path = "\($p)/uts"'
    start_counting
    checkpoint
    expect_ok
    restore
    expect_ok
    local kind
    for kind in net ipc uts; do
        expect_equal "$kind" "$(readlink "/proc/$(container_pid)/ns/$kind")" "$(readlink "/proc/$holder/ns/$kind")"
    done
    davit delete --force "$ID"
    kill "$holder"
}
