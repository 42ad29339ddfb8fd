#!/usr/bin/env bats
# containerd's shim above davit, driven by ctr. One daemon for the file, with directories of its own.

load helpers

setup_file() {
    need containerd ctr runc python3
    make_store
    export ADDRESS=$STORE/containerd.sock
    # Its own limits are short for a machine that is busy with fifty containers.
    cat >"$STORE/config.toml" <<-END_OF_FILE
	version = 2
	root = "$STORE/root"
	state = "$STORE/state"
	disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.snapshotter.v1.btrfs",
	    "io.containerd.snapshotter.v1.zfs", "io.containerd.snapshotter.v1.devmapper"]
	[grpc]
	address = "$ADDRESS"
	[ttrpc]
	address = "$STORE/ttrpc.sock"
	[timeouts]
	"io.containerd.timeout.shim.cleanup" = "60s"
	"io.containerd.timeout.shim.load" = "60s"
	"io.containerd.timeout.shim.shutdown" = "60s"
	"io.containerd.timeout.task.state" = "60s"
	END_OF_FILE
    containerd --config "$STORE/config.toml" --log-level warn >"$STORE/log" 2>&1 3>&- 4>&- &
    echo $! >"$STORE/pid"
    wait_until ctr --address "$ADDRESS" version >/dev/null 2>&1 || { tail -n 30 "$STORE/log"; return 1; }
}

teardown_file() {
    [[ -e ${STORE-}/pid ]] || return 0
    local id
    for id in $(ctr --address "$ADDRESS" tasks list --quiet); do
        ctr --address "$ADDRESS" tasks delete --force "$id" >/dev/null 2>&1 || true
    done
    kill "$(<"$STORE/pid")"
    wait_until no_process "$(<"$STORE/pid")"
    rm -rf "$STORE"
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

background() { # ID
    c_run -d "$1" sleep 1000
    wait_until has_task "$1" RUNNING
}

remove() { # ID
    c tasks kill --signal SIGKILL "$1"
    wait_until has_task "$1" STOPPED
    c tasks delete "$1" >/dev/null 2>&1
    c containers delete "$1"
}

has_task() { # ID STATUS
    c tasks list | grep -qE "^$1 +[0-9]+ +$2"
}

foreground() {
    c_run --rm "f-$NAME" echo hello
    status_of c_run --rm "s-$NAME" sh -c 'exit 6'
    c_run --rm --read-only "r-$NAME" sh -c 'touch /x 2>&1; echo $?'
    c_run --rm --cwd=/tmp --cap-drop=CAP_KILL "u-$NAME" sh -c 'pwd; grep CapEff /proc/self/status'
}
@test "a container prints, and ends with its program's status" {
    both foreground
}

errors() {
    error_of c_run --rm "n-$NAME" no-such-program
    c containers delete "n-$NAME" >/dev/null 2>&1
    error_of c_run --rm "d-$NAME" /etc
    c containers delete "d-$NAME" >/dev/null 2>&1
}
@test "what cannot be executed is told" {
    both errors
}

life() {
    local id=l-$NAME
    background "$id"
    c tasks exec --exec-id e1 "$id" echo from exec
    status_of c tasks exec --exec-id e2 "$id" sh -c 'exit 5'
    error_of c tasks exec --exec-id e3 "$id" no-such-program
    c tasks pause "$id"
    wait_until has_task "$id" PAUSED
    c tasks resume "$id"
    wait_until has_task "$id" RUNNING
    c tasks ps "$id" | wc -l
    c tasks metrics "$id" | awk '$1 ~ /^(memory|cpu|pids)/ { print $1 }'
    c tasks kill --signal SIGKILL "$id"
    wait_until has_task "$id" STOPPED
    status_of c tasks delete "$id" 2>/dev/null
    c containers delete "$id"
}
@test "exec, pause, resume, ps, metrics, kill and delete" {
    both life
}

terminal() {
    on_terminal ctr --address "$ADDRESS" run --runc-binary "$RUNTIME" --env PATH=/bin --rm -t --rootfs "$STORE/rootfs" \
        "t-$NAME" sh -c "$SIZE_SCRIPT"
}
@test "a terminal has the caller's size and follows it" {
    both terminal
}

exec_terminal() {
    background "x-$NAME"
    on_terminal ctr --address "$ADDRESS" tasks exec -t --exec-id e1 "x-$NAME" sh -c "$SIZE_SCRIPT"
    echo "status $?"
    remove "x-$NAME"
}
@test "exec with a terminal has the caller's size and follows it" {
    both exec_terminal
}

killed_shim() {
    local id=k-$NAME pid
    background "$id"
    pid=$(c tasks list | awk -v id="$id" '$1 == id { print $2 }')
    # The shim is the parent of the container's init.
    kill -KILL "$(awk '{ print $4 }' "/proc/$pid/stat")"
    wait_until no_process "$pid"
    echo "init is gone"
    wait_until no_task "$id"
    c containers delete "$id"
    find /run/containerd /run/davit /run/runc -name "$id" 2>/dev/null | wc -l
}
no_task() {
    ! c tasks list | grep -q "^$1 " || { c tasks delete --force "$1" >/dev/null 2>&1; return 1; }
}
@test "a shim that is killed takes its container with it" {
    both killed_shim
}

@test "the configuration of contrib/ is containerd's" {
    { echo 'version = 2'; contrib containerd.toml; } >"$BATS_TEST_TMPDIR/config.toml"
    containerd --config "$BATS_TEST_TMPDIR/config.toml" config dump >"$BATS_TEST_TMPDIR/dump" 2>&1
    grep -A 20 'containerd.runtimes.davit\]' "$BATS_TEST_TMPDIR/dump" | grep -q "BinaryName = \"$DAVIT\""
}

fifty() {
    local i
    for i in {1..50}; do
        c_run --rm "m$i-$NAME" echo "$i" &
    done
    wait
}
sorted_fifty() {
    fifty | sort -n
    c tasks list --quiet | grep -c "^m.*-$NAME"
}
@test "fifty containers at once" {
    both sorted_fifty
}

in_cgroup() {
    c_run --rm --cgroup="/davit-tests-engines/g-$NAME" --memory-limit=67108864 "g-$NAME" sh -c "$LIMITS_SCRIPT"
    find /sys/fs/cgroup -type d -name "g-$NAME" | wc -l
}
@test "a memory limit, and no cgroup left" {
    both in_cgroup
}
