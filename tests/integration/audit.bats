#!/usr/bin/env bats
# audit: what watches davit in all of these tests finds each fault that it looks for, and none where there is none.

load helpers

setup() {
    begin
    [[ -n ${DAVIT_TEST_AUDIT-} ]] || skip "needs a compiler, and a kernel that asks before execve"
    AUDITORS=$(dirname "$DAVIT_TEST_AUDIT")
    TITLE="davit:[init] $ID"
}

# leaky FAULT WORD...: a runtime with that fault executes WORD... in the bundle, under a tag of its own.
leaky() {
    (cd "$BATS_TEST_TMPDIR" && DAVIT_TEST_TAG=leaky-$ID-$1 exec -a "$TITLE" \
        "$AUDITORS/leaky" "$1" "$BUNDLE/rootfs" "${@:2}") </dev/null >"$BATS_TEST_TMPDIR/output" 2>&1
}

# Each once: the host's programs are opened together with their loader.
found() { sort -u "$AUDITORS/leaky-$ID-$1" 2>/dev/null; }
is_found() { [[ -n $(found "$1") ]]; }

end_leaky() { kill "$(pgrep -f "^davit:\[init\] $ID ")"; }

# reports FAULT TEXT: of a runtime with that fault the audit says exactly so.
reports() {
    leaky "$1" /bin/true || true    # some have nothing left to execute
    expect_equal "what the audit found of $1" "$(found "$1")" "$TITLE: $2"
}

@test "a runtime that protects itself has no fault" {
    new_bundle
    leaky none /bin/true || fail_with "$(cat "$BATS_TEST_TMPDIR/output")"
    expect_equal "what the audit found" "$(found none)" ""
}

@test "a descriptor that stays open is found, and a directory of the host that execve would close" {
    new_bundle
    reports kept "descriptor 3 stays open in what it executes: /etc"
    reports held "descriptor 3 is of the host: /etc"
}

@test "a working directory and a root of the host are found" {
    new_bundle
    reports cwd "its working directory is not in the container: /etc"
    reports root "its root is the host's"
}

@test "a runtime that can be inspected from inside is found, and one whose file can be written" {
    new_bundle
    reports inspect "a process of the container can inspect it"
    reports write "its program, $AUDITORS/leaky, can be written"
}

@test "a program of the host in a container is found, and the runtime's own" {
    new_bundle
    leaky file /bin/true || true
    [[ $(found file) == *"$TITLE: it executes a file that is not in the container: $(realpath /bin/sh)"* ]] ||
        fail_with "$(found file)"
    leaky program /bin/true || true
    [[ $(found program) == *"$TITLE: it executes davit's own file in a container"* ]] || fail_with "$(found program)"
}

@test "a descriptor that a hook inherits is found" {
    new_bundle
    reports hook "descriptor 3 stays open in what it executes: /etc"
}

@test "a directory of the host in a container that waits for start is found by the next command" {
    new_bundle
    leaky wait /bin/true &
    local shell=$!
    next_command() { "$DAVIT" --version >/dev/null && is_found wait; }
    wait_until next_command
    end_leaky
    wait "$shell" || true
    expect_equal "what the audit found" "$(found wait)" "$TITLE: descriptor 3 is of the host: /etc"
}

@test "a davit that lost its parent is found" {
    new_bundle
    expect_nobody_alone
    (exec -a "$TITLE" "$AUDITORS/leaky" orphan "$BUNDLE/rootfs" /bin/true) </dev/null
    ! nobody_alone || fail_with "nobody is found"
    end_leaky
    expect_nobody_alone
}

# What stands still at a step, below the davit that was called.
stopped_at_step() {
    local pid
    for pid in $(pgrep -P "$davit_pid"); do
        [[ $(cat "/proc/$pid/comm" 2>/dev/null) == davit:stopped ]] && stopped_pid=$pid && return 0
    done
    return 1
}

# at_step STEP WORD...: the findings in $stdout, of a davit whose child stands still there. It may be a first process,
# which does not go on again.
at_step() {
    DAVIT_STOP_AT=$1 "$DAVIT" --root "$ROOT" "${@:2}" </dev/null >"$BATS_TEST_TMPDIR/output" 2>&1 &
    davit_pid=$!
    wait_until stopped_at_step
    stdout=$("$AUDITORS/audit" look "$stopped_pid") || true
    kill -KILL "$stopped_pid"
    ! wait "$davit_pid" || fail_with "the process went on"
}

# Not earlier: it becomes visible to those inside as late as that.
@test "at no step is a process that executes something in a container open to those inside" {
    needs root
    needs fault-injection
    new_bundle
    start_container
    local step
    for step in "exec: keyring" "exec: environment" "exec: user" "exec: program" "init: ready" "init: execute"; do
        at_step "$step" exec "$ID" /bin/true
        [[ -z $stdout ]] || fail_with "at $step"
    done
}

@test "at no step can those inside inspect a container's init, and before its program it holds nothing of the host" {
    needs root
    needs fault-injection
    new_bundle
    set_args /bin/true
    local step
    for step in namespaces keyring mounts switch_root paths user program ready execute; do
        at_step "init: $step" run --bundle "$BUNDLE" "$ID"
        [[ $stdout != *inspect* && $stdout != *written* ]] || fail_with "at $step"
    done
    [[ -z $stdout ]] || fail_with "before its program"
}
