#!/usr/bin/env bats
# shellcheck disable=SC2016,SC2012  # what stands in single quotes is for shells in containers
# containerd's shim above davit, driven by ctr. One daemon for the file, with directories of its own.

load helpers

setup_file() {
    need containerd ctr python3
    export STORE=$BATS_FILE_TMPDIR
    export ADDRESS=$STORE/containerd.sock
    make_rootfs "$STORE/rootfs"
    cat >"$STORE/config.toml" <<-END
	version = 2
	root = "$STORE/root"
	state = "$STORE/state"
	disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.snapshotter.v1.btrfs",
	    "io.containerd.snapshotter.v1.zfs", "io.containerd.snapshotter.v1.devmapper"]
	[grpc]
	address = "$ADDRESS"
	[ttrpc]
	address = "$STORE/ttrpc.sock"
	END
    containerd --config "$STORE/config.toml" --log-level warn >"$STORE/log" 2>&1 3>&- 4>&- &
    echo $! >"$STORE/pid"
    wait_until ctr --address "$ADDRESS" version >/dev/null 2>&1
}

teardown_file() {
    [[ -e ${STORE-}/pid ]] || return 0
    local id
    for id in $(ctr --address "$ADDRESS" tasks list --quiet); do
        ctr --address "$ADDRESS" tasks delete --force "$id" >/dev/null 2>&1 || true
    done
    kill "$(<"$STORE/pid")"
    wait_until has_ended
}

has_ended() {
    [[ ! -d /proc/$(<"$STORE/pid") ]]
}

c() {
    ctr --address "$ADDRESS" "$@"
}

c_run() { # OPTION… ID COMMAND…
    local options=()
    while [[ $1 == -* ]]; do
        options+=("$1")
        shift
    done
    local id=$1
    shift
    c run --runc-binary "$RUNTIME" --env PATH=/bin:/usr/bin "${options[@]}" --rootfs "$STORE/rootfs" "$id" "$@"
}

has_task() { # ID STATUS
    c tasks list | grep -qE "^$1 +[0-9]+ +$2"
}

foreground() {
    c_run --rm "f-$NAME" echo hello
    local status=0
    c_run --rm "s-$NAME" sh -c 'exit 6' || status=$?
    echo "status $status"
    status=0
    c_run --rm "n-$NAME" no-such-program 2>"$BATS_TEST_TMPDIR/n" || status=$?
    # shellcheck disable=SC2016  # the words of the error
    grep -o 'executable file not found in $PATH' "$BATS_TEST_TMPDIR/n" | head -1
    echo "status $status"
    c containers delete "n-$NAME" 2>/dev/null || true
}
@test "a container prints, and ends with its program's status" {
    both foreground
}

life() {
    local id=l-$NAME status=0
    c_run -d "$id" sleep 1000
    wait_until has_task "$id" RUNNING
    c tasks exec --exec-id e1 "$id" echo from exec
    c tasks exec --exec-id e2 "$id" sh -c 'exit 5' || status=$?
    echo "status $status"
    c tasks pause "$id"
    wait_until has_task "$id" PAUSED
    c tasks resume "$id"
    wait_until has_task "$id" RUNNING
    c tasks ps "$id" | wc -l
    c tasks metrics "$id" >/dev/null && echo metrics
    c tasks kill --signal SIGKILL "$id"
    wait_until has_task "$id" STOPPED
    c tasks delete "$id" || echo "deleted with status $?"
    c containers delete "$id"
}
@test "exec, pause, resume, ps, metrics, kill and delete" {
    both life
}

terminal() {
    on_terminal ctr --address "$ADDRESS" run --runc-binary "$RUNTIME" --env PATH=/bin --rm -t --rootfs "$STORE/rootfs" "t-$NAME" \
        sh -c 'echo READY; until stty size 2>/dev/null | grep -q "40 100"; do sleep 0.1; done; stty size'
}
@test "a terminal has the caller's size and follows it" {
    both terminal
}

killed_shim() {
    local id=k-$NAME pid
    c_run -d "$id" sleep 1000
    wait_until has_task "$id" RUNNING
    pid=$(c tasks list | awk -v id="$id" '$1 == id { print $2 }')
    # The shim is the parent of the container's init.
    kill -KILL "$(awk '{ print $4 }' "/proc/$pid/stat")"
    wait_until no_process "$pid"
    echo "init is gone"
    wait_until no_task "$id"
    c containers delete "$id"
}
no_process() {
    [[ ! -d /proc/$1 || $(awk '{ print $3 }' "/proc/$1/stat" 2>/dev/null) == Z ]]
}
no_task() {
    ! c tasks list | grep -q "^$1 " || { c tasks delete --force "$1" >/dev/null 2>&1; return 1; }
}
@test "a shim that is killed takes its container with it" {
    both killed_shim
}

ten_at_once() {
    local i
    for i in 1 2 3 4 5 6 7 8 9 10; do
        c_run --rm "m$i-$NAME" echo "$i" &
    done
    wait
}
sorted_ten() {
    ten_at_once | sort -n
}
@test "ten containers at once" {
    both sorted_ten
}

in_cgroup() {
    c_run --rm --cgroup "/davit-tests-engines/g-$NAME" --memory-limit 67108864 "g-$NAME" \
        cat /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/memory.max 2>/dev/null
    find /sys/fs/cgroup -type d -name "g-$NAME" | wc -l
}
@test "a memory limit, and no cgroup left" {
    both in_cgroup
}
