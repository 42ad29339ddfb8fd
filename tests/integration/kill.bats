#!/usr/bin/env bats
# kill: signals for a container, and for nobody else.

load helpers

received() { grep -qx "$1" "$BATS_TEST_TMPDIR/output"; }

# A shell that prints each signal's name. Its sleep is waited for, so that a trap runs at once.
start_listener() {
    new_bundle
    set_shell 'trap "echo term" TERM; trap "echo usr1" USR1; trap "echo hup" HUP; echo ready; while :; do sleep 1 & wait; done'
    davit create --bundle "$BUNDLE" "$ID" </dev/null >"$BATS_TEST_TMPDIR/output" 2>&1
    davit start "$ID"
    wait_until received ready
}

@test "TERM is sent when no signal is named, and when its name is empty" {
    start_listener
    davit kill "$ID"
    wait_until received term
    : >"$BATS_TEST_TMPDIR/output"
    davit kill "$ID" ''
    wait_until received term
}

@test "a signal has a number or a name with or without SIG, in any case" {
    start_listener
    davit kill "$ID" SIGUSR1
    wait_until received usr1
    davit kill "$ID" 1
    wait_until received hup
    davit kill "$ID" term
    wait_until received term
}

@test "what is no signal is refused" {
    new_bundle
    start_container
    run_davit kill "$ID" NOSUCH
    expect_error 'unknown signal "NOSUCH"'
    run_davit kill "$ID" 65
    expect_error 'unknown signal "65"'
    run_davit kill "$ID" -1
    expect_status 1
    expect_equal status "$(container_state)" running
}

@test "signal 0 asks whether it lives" {
    new_bundle
    start_container
    run_davit kill "$ID" 0
    expect_ok
}

@test "a created container is killed" {
    new_bundle
    set_args /bin/sleep 3600
    davit create --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1
    davit kill "$ID" KILL
    wait_until container_is stopped
    run_davit start "$ID"
    expect_status 1
    expect_stderr_has "stopped"
}

@test "a stopped container is not running, which --all forgives" {
    new_bundle
    start_container /bin/true
    wait_until container_is stopped
    run_davit kill "$ID" KILL
    expect_status 1
    expect_error "cannot kill $ID: container not running"
    run_davit kill --all "$ID" KILL
    expect_ok
}

@test "an unknown container does not exist" {
    run_davit kill nobody KILL
    expect_status 1
    expect_error "cannot kill nobody: container does not exist"
}

pids_of() {
    local count
    count=$(grep -lsz "$1" /proc/[0-9]*/cmdline | wc -l)
    [[ $count == "$2" ]]
}

@test "all processes end with an init that has its own pid namespace" {
    new_bundle
    set_shell "sleep 36$$1 & sleep 36$$1 & wait"
    davit create --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1
    davit start "$ID"
    wait_until pids_of "^36$$1" 2
    davit kill "$ID" KILL
    wait_until pids_of "^36$$1" 0
    wait_until container_is stopped
}

@test "KILL reaches every process of a container that shares the host's pid namespace" {
    needs root
    new_bundle
    edit_config '.linux.namespaces |= map(select(.type != "pid"))'
    set_shell "sleep 36$$2 & setsid sleep 36$$2 & wait"
    davit create --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1
    davit start "$ID"
    wait_until pids_of "^36$$2" 2
    davit kill "$ID" KILL
    wait_until pids_of "^36$$2" 0
    wait_until container_is stopped
}

@test "--all sends the signal to every process" {
    needs root
    new_bundle
    set_shell "trap 'exit 0' TERM; setsid sleep 36$$3 & setsid sleep 36$$3 & while :; do sleep 1 & wait; done"
    davit create --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1
    davit start "$ID"
    wait_until pids_of "^36$$3" 2
    davit kill --all "$ID" TERM
    wait_until pids_of "^36$$3" 0
    wait_until container_is stopped
}

@test "--all ends what outlived an init without a pid namespace" {
    needs root
    new_bundle
    edit_config '.linux.namespaces |= map(select(.type != "pid"))'
    set_shell "setsid sleep 36$$4 & wait"
    davit create --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1
    davit start "$ID"
    wait_until pids_of "^36$$4" 1
    kill -KILL "$(container_pid)"
    wait_until container_is stopped
    pids_of "^36$$4" 1
    davit kill --all "$ID" 9
    wait_until pids_of "^36$$4" 0
}

@test "options of kill stand before the id" {
    new_bundle
    start_container
    run_davit kill "$ID" KILL --all
    expect_status 1
    expect_equal status "$(container_state)" running
}

@test "KILL ends a paused container, and TERM waits until it is resumed" {
    needs root
    start_listener
    davit pause "$ID"
    davit kill "$ID" TERM
    expect_equal status "$(container_state)" paused
    davit resume "$ID"
    wait_until received term
    davit pause "$ID"
    davit kill "$ID" KILL
    wait_until container_is stopped
    davit delete "$ID"
    expect_nothing_left
}

@test "dashes between the id and the signal are no argument" {
    new_bundle
    start_container
    davit kill "$ID" -- 0
    run_davit kill "$ID" -- TERM KILL
    expect_error 'kill: unexpected argument "KILL"'
    davit kill "$ID" -- KILL
    wait_until container_is stopped
}

@test "--regex reaches each container with a match, tells of each that failed, and then exits with 1" {
    new_bundle
    local name
    start_container
    for name in a b c; do
        davit create --bundle "$BUNDLE" "$ID-$name" </dev/null >/dev/null 2>&1
    done
    davit kill "$ID-a" KILL
    wait_until container_is stopped "$ID-a"
    mkdir -m 0700 "$ROOT/$ID-broken"
    echo "{" >"$ROOT/$ID-broken/state.json"

    # The one that has stopped and the damaged one are the first in order.
    run_davit kill -r "^$ID-(a|b|broken)\$" KILL
    expect_status 1
    expect_stdout ""
    expect_equal errors "$(grep -c '^davit: ' <<<"$stderr")" 2
    expect_stderr_has "davit: cannot kill $ID-a: container not running"
    expect_stderr_has "davit: cannot kill $ID-broken: state of $ID-broken is damaged"
    wait_until container_is stopped "$ID-b"
    expect_equal "those without a match" "$(container_state "$ID-c") $(container_state)" "created running"

    davit kill --all --regex "$ID-[abc]\$" 9
    wait_until container_is stopped "$ID-c"
    expect_equal "that without a match" "$(container_state)" running

    davit kill --regex nobody-has-this-id 9
    run_davit kill --regex "" 9
    expect_error "option --regex: the expression is empty"
    run_davit kill --regex "$ID(" 9
    expect_error "option --regex: \"$ID(\" is not a regular expression: Unmatched ( or \\("
    expect_equal "after those" "$(container_state)" running
    davit delete --force "$ID-broken"
}
