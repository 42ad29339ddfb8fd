#!/usr/bin/env bats
# davit can be killed at any moment: init dies with a half-done create, and delete --force leaves nothing.

load helpers

setup() {
    begin
    needs fault-injection
    new_bundle
    set_args /bin/sleep 3600
}

init_is_gone() { ! grep -lsz "davit:\[init\] $ID" /proc/[0-9]*/cmdline >/dev/null; }

kill_davit_at() {
    DAVIT_KILL_AT=$1 run_davit create --bundle "$BUNDLE" "$ID"
    expect_status 137
    wait_until init_is_gone
    run_davit delete --force "$ID"
    expect_ok
    expect_equal messages "$stderr" ""
    expect_nothing_left || fail_with "after a kill at $1"
}

@test "killed before its child exists" {
    for step in reserved rootfs mounts cgroup spawn; do kill_davit_at "runtime: $step"; done
}

@test "killed right behind the fork" {
    for _ in 1 2 3; do kill_davit_at "runtime: spawned"; done
}

@test "killed while it attaches the child" {
    for step in "attach cgroup" "attach oom_score" "attach rlimits"; do kill_davit_at "runtime: $step"; done
}

@test "killed around the record" {
    for step in record recorded "hand over"; do kill_davit_at "runtime: $step"; done
}

# The child of davit that stands still; its pid in $init_pid.
stopped_at_step() {
    local pid
    for pid in $(pgrep -P "$davit_pid"); do
        [[ $(cat "/proc/$pid/comm" 2>/dev/null) == davit:stopped ]] && init_pid=$pid && return 0
    done
    return 1
}

# Init stands still in a step when davit is killed.
kill_davit_while_init_is_at() {
    DAVIT_STOP_AT="init: $1" "$DAVIT" --root "$ROOT" create --bundle "$BUNDLE" "$ID" </dev/null >"$BATS_TEST_TMPDIR/output" 2>&1 &
    davit_pid=$!
    wait_until stopped_at_step
    kill -KILL "$davit_pid"
    wait "$davit_pid" 2>/dev/null || true
    wait_until init_is_gone
    run_davit delete --force "$ID"
    expect_ok
    expect_nothing_left || fail_with "after a kill while init was at $1"
}

@test "killed while init makes its namespaces and its root" {
    for step in namespaces rootfs mounts devices; do kill_davit_while_init_is_at "$step"; done
}

@test "killed while init gives up its rights" {
    for step in switch_root paths user program ready; do kill_davit_while_init_is_at "$step"; done
}

@test "an init that is killed is explained with its step, and nothing is left" {
    DAVIT_STOP_AT="init: mounts" "$DAVIT" --root "$ROOT" create --bundle "$BUNDLE" "$ID" </dev/null >"$BATS_TEST_TMPDIR/output" 2>&1 &
    davit_pid=$!
    wait_until stopped_at_step
    kill -KILL "$init_pid"
    ! wait "$davit_pid" || fail_with "create succeeded"
    grep -q "cannot create $ID: the container's init was killed by SIGKILL before its program ran" "$BATS_TEST_TMPDIR/output"
    grep -q "where  init: mounts" "$BATS_TEST_TMPDIR/output"
    expect_nothing_left
}

@test "a step that fails undoes everything before it" {
    for step in "runtime: cgroup" "runtime: spawn" "runtime: attach cgroup" "init: namespaces" "init: mounts" \
        "init: user" "runtime: record" "runtime: hand over"; do
        DAVIT_FAIL_AT=$step run_davit create --bundle "$BUNDLE" "$ID"
        expect_error "cannot create $ID: DAVIT_FAIL_AT asked for this failure"
        expect_where "$step"
        expect_nothing_left || fail_with "after a failure in $step"
    done
}

@test "killed in start, the container counts as running and is not deleted without force" {
    davit create --bundle "$BUNDLE" "$ID" </dev/null >"$BATS_TEST_TMPDIR/output" 2>&1
    DAVIT_KILL_AT="runtime: go" run_davit start "$ID"
    expect_status 137
    expect_equal status "$(container_state)" running
    run_davit delete "$ID"
    expect_status 1
    expect_stderr_has "cannot delete container $ID that is not stopped: running"
    davit delete --force "$ID"
    expect_nothing_left
}

@test "killed before it recorded a start, the container can still be started" {
    davit create --bundle "$BUNDLE" "$ID" </dev/null >"$BATS_TEST_TMPDIR/output" 2>&1
    DAVIT_KILL_AT="runtime: record start" run_davit start "$ID"
    expect_status 137
    expect_equal status "$(container_state)" created
    davit start "$ID"
    expect_equal status "$(container_state)" running
}

@test "an id whose run was killed is free for the next run" {
    for step in "runtime: reserved" "runtime: spawned" "runtime: recorded" "runtime: running"; do
        DAVIT_KILL_AT=$step run_davit run --bundle "$BUNDLE" "$ID"
        expect_status 137
        set_args /bin/true
        run_davit run --bundle "$BUNDLE" "$ID"
        expect_ok
        set_args /bin/sleep 3600
        expect_nothing_left || fail_with "after a kill at $step"
    done
}
