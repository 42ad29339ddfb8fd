#!/usr/bin/env bats
# run: create, start, and in the foreground everything up to the end.

load helpers

setup() {
    begin
    new_bundle
}

# In the background, as a supervisor has it; $davit_pid is davit's own.
run_in_background() {
    "$DAVIT" --root "$ROOT" run --bundle "$BUNDLE" "$ID" </dev/null >"$BATS_TEST_TMPDIR/output" 2>&1 &
    davit_pid=$!
    echo "$ID" >>"$CREATED"
}

gone() { [[ ! -e /proc/$pid ]] || [[ $(cut -d' ' -f3 "/proc/$pid/stat" 2>/dev/null) == Z ]]; }

@test "run prints what the program prints and exits with its status" {
    in_container 'echo out; echo err >&2; exit 7'
    expect_status 7
    expect_stdout out
    expect_equal stderr "$stderr" err
    expect_nothing_left
}

@test "a program that a signal ended gives 128 and the signal" {
    set_shell 'sleep 3600 & kill -SEGV $!; wait $!; exit $?'
    run_davit run --bundle "$BUNDLE" "$ID"
    expect_status 139
}

@test "stdin goes to the program" {
    set_args /bin/cat
    expect_equal output "$(echo hello | davit run --bundle "$BUNDLE" "$ID")" hello
}

@test "a missing program is an error of run, and nothing is left" {
    set_args nosuch
    run_davit run --bundle "$BUNDLE" "$ID"
    expect_error "cannot create $ID: exec: \"nosuch\": executable file not found in \$PATH"
    expect_status 1
    expect_nothing_left
}

@test "a config without a process cannot be run" {
    edit_config 'del(.process)'
    run_davit run --bundle "$BUNDLE" "$ID"
    expect_status 1
    expect_stderr_has 'missing, required by "run"'
    expect_nothing_left
}

@test "--detach returns as soon as the program runs" {
    set_args /bin/sleep 3600
    davit run --detach --bundle "$BUNDLE" --pid-file "$BATS_TEST_TMPDIR/pid" "$ID" </dev/null >"$BATS_TEST_TMPDIR/output" 2>&1
    expect_equal status "$(container_state)" running
    expect_equal pid "$(cat "$BATS_TEST_TMPDIR/pid")" "$(container_pid)"
    expect_equal program "$(tr '\0' ' ' <"/proc/$(container_pid)/cmdline")" "/bin/sleep 3600 "
}

@test "--keep leaves a stopped container until delete" {
    set_args /bin/true
    run_davit run --keep --bundle "$BUNDLE" "$ID"
    expect_ok
    expect_equal status "$(container_state)" stopped
    davit delete "$ID"
    expect_nothing_left
}

@test "signals to davit go to the program" {
    set_shell 'trap "echo term; exit 3" TERM; echo ready; while :; do sleep 1 & wait; done'
    run_in_background
    wait_until grep -q ready "$BATS_TEST_TMPDIR/output"
    kill -TERM "$davit_pid"
    code=0
    wait "$davit_pid" || code=$?
    expect_equal status "$code" 3
    grep -q term "$BATS_TEST_TMPDIR/output"
    expect_nothing_left
}

@test "a container dies with its killed davit, and its id can be run again" {
    set_shell 'echo ready; exec sleep 3600'
    run_in_background
    wait_until grep -q ready "$BATS_TEST_TMPDIR/output"
    pid=$(container_pid)
    kill -KILL "$davit_pid"
    wait "$davit_pid" || true
    wait_until gone
    in_container 'echo again'
    expect_ok
    expect_stdout again
    expect_nothing_left
}

@test "it dies with its davit as well when it has changed its user" {
    needs root
    ln -sf busybox "$BUNDLE/rootfs/bin/start-stop-daemon"
    set_shell 'exec start-stop-daemon -S -c 1000:1000 -x /bin/sleep -- 3600'
    edit_config '.process.capabilities |= map_values(. + ["CAP_SETUID", "CAP_SETGID"])'
    run_in_background
    pid=
    has_changed() { pid=$(container_pid 2>/dev/null) && [[ $(cat "/proc/$pid/comm" 2>/dev/null) == sleep ]]; }
    wait_until has_changed
    kill -KILL "$davit_pid"
    wait "$davit_pid" || true
    wait_until gone
    davit delete "$ID"
    expect_nothing_left
}

@test "what the program leaves behind ends with it" {
    in_container 'sleep 3600 & sleep 3600 & exit 0'
    expect_ok
    expect_nothing_left
}

@test "processes that outlive the program without a pid namespace end too" {
    needs root
    edit_config '.linux.namespaces |= map(select(.type != "pid"))'
    in_container '(sleep 3600 </dev/null >/dev/null 2>&1 &) ; exit 4'
    expect_status 4
    expect_nothing_left
}

@test "kill and state work while run is in the foreground" {
    set_shell 'echo ready; exec sleep 3600'
    run_in_background
    wait_until grep -q ready "$BATS_TEST_TMPDIR/output"
    expect_equal status "$(container_state)" running
    davit kill "$ID" KILL
    code=0
    wait "$davit_pid" || code=$?
    expect_equal status "$code" 137
    expect_nothing_left
}

@test "delete --force under a foreground run is no error of run" {
    set_shell 'echo ready; exec sleep 3600'
    run_in_background
    wait_until grep -q ready "$BATS_TEST_TMPDIR/output"
    davit delete --force "$ID"
    code=0
    wait "$davit_pid" || code=$?
    expect_equal status "$code" 137
    expect_equal messages "$(cat "$BATS_TEST_TMPDIR/output")" ready
}

@test "davit's own file cannot be written to from inside" {
    needs root
    mount -t tmpfs writable "$BATS_TEST_TMPDIR/root" 2>/dev/null || skip "needs to mount"
    umount "$BATS_TEST_TMPDIR/root"
    set_args /bin/sleep 3600
    davit create --bundle "$BUNDLE" "$ID" </dev/null >"$BATS_TEST_TMPDIR/output" 2>&1
    ! (exec 9>"/proc/$(container_pid)/exe") 2>/dev/null || fail_with "init's /proc/PID/exe can be opened for writing"
    davit delete --force "$ID"
}
