#!/usr/bin/env bats
# shellcheck disable=SC2016,SC2154 # scripts for shells in containers; helpers set what is not assigned here
# davit run under supervisors, by the examples of contrib/: each restarts it, hands signals to it, and learns of its end.

load helpers

setup() {
    begin
    needs root
    new_bundle
    # What the program did, one word a line; it waits in a child, so that TERM is handled at once.
    set_shell 'trap "echo terminated >>/log; exit 7" TERM; trap "exit 3" USR1; echo started >>/log
        while :; do sleep 0.1; done'
    : >"$BUNDLE/rootfs/log"
    ln -s "$BUNDLE" "$BATS_TEST_TMPDIR/$ID"
    echo "$ID" >>"$CREATED"
    SUPERVISOR=
}

teardown() {
    # A test that failed half-way.
    [[ -z $SUPERVISOR ]] || ! kill -KILL "$SUPERVISOR" 2>/dev/null || wait "$SUPERVISOR" || true
    finish
}

# example NAME: the file of contrib/, with this davit, this state root and this bundle.
example() {
    sed -e "s,@bindir@/davit,'$DAVIT' --root '$ROOT',g" -e "s,/var/lib/davit/,$BATS_TEST_TMPDIR/,g" \
        "$BATS_TEST_DIRNAME/../../contrib/$1.in"
}

# A service directory for runsv and supervise.
service_directory() {
    SERVICE=$BATS_TEST_TMPDIR/service/$ID
    mkdir -p "$SERVICE"
    example runit-run >"$SERVICE/run"
    printf '#!/bin/sh\necho "$*" >>%s/ends\n' "$BATS_TEST_TMPDIR" >"$SERVICE/finish"
    : >"$BATS_TEST_TMPDIR/ends"
    chmod +x "$SERVICE/run" "$SERVICE/finish"
}

in_background() { "$@" </dev/null >"$BATS_TEST_TMPDIR/supervisor.log" 2>&1 3>&- & SUPERVISOR=$!; }

started() { (($(grep -c started "$BUNDLE/rootfs/log") >= $1)); }
# The Nth start, and its first process.
expect_started() { wait_until started "$1" && wait_until container_is running; }
ended_with() { grep -qxe "$1" "$BATS_TEST_TMPDIR/ends"; }
is_gone() { [[ ! -e /proc/$1 || $(cut -d' ' -f3 <"/proc/$1/stat" 2>/dev/null) != [^ZX] ]]; }
# The container had TERM, and is gone.
expect_terminated() {
    expect_equal "what the program did last" "$(tail -n 1 "$BUNDLE/rootfs/log")" terminated
    run_davit state "$ID"
    expect_error "container does not exist"
}
log_has() { grep -q "$1" "$BATS_TEST_TMPDIR/supervisor.log"; }

# davit is killed by PID; its container must be gone, and the next one be there.
expect_no_orphan() { # DAVIT'S PID, NUMBER OF THE NEXT START
    local init
    init=$(container_pid)
    [[ $(tr '\0' ' ' <"/proc/$1/cmdline") == *" run "* ]]
    kill -KILL "$1"
    wait_until is_gone "$init"
    expect_started "$2"
    [[ $(container_pid) != "$init" ]]
}

@test "runit restarts a container, stops it by TERM, learns its exit status, and no kill leaves an orphan" {
    needs program runsv
    service_directory
    in_background runsv "$SERVICE"
    expect_started 1

    davit kill "$ID" USR1
    wait_until ended_with "3 0"
    expect_started 2

    wait_until sv term "$SERVICE"
    wait_until ended_with "7 0"
    expect_started 3

    expect_no_orphan "$(cat "$SERVICE/supervise/pid")" 4
    wait_until ended_with "-1 9"

    sv exit "$SERVICE"
    wait "$SUPERVISOR"
    SUPERVISOR=
    expect_terminated
}

@test "daemontools restarts a container, stops it by TERM, and no kill leaves an orphan" {
    needs program supervise
    service_directory
    in_background supervise "$SERVICE"
    expect_started 1

    davit kill "$ID" USR1
    expect_started 2

    svc -t "$SERVICE"
    expect_started 3
    expect_equal terminated "$(grep -c terminated "$BUNDLE/rootfs/log")" 1

    local pid
    pid=$(svstat "$SERVICE")
    pid=${pid##*(pid }
    expect_no_orphan "${pid%%)*}" 4

    svc -dx "$SERVICE"
    wait "$SUPERVISOR"
    SUPERVISOR=
    expect_terminated
}

@test "supervisord restarts a container, stops it by TERM, learns its exit status, and no kill leaves an orphan" {
    needs program supervisord
    local conf=$BATS_TEST_TMPDIR/supervisord.conf
    {
        printf '[supervisord]\nnodaemon=true\nlogfile=/dev/null\nlogfile_maxbytes=0\nuser=root\n'
        printf 'pidfile=%s/supervisord.pid\nchildlogdir=%s\n' "$BATS_TEST_TMPDIR" "$BATS_TEST_TMPDIR"
        printf '[unix_http_server]\nfile=%s/control\n[supervisorctl]\nserverurl=unix://%s/control\n' \
            "$BATS_TEST_TMPDIR" "$BATS_TEST_TMPDIR"
        printf '[rpcinterface:supervisor]\n'
        printf 'supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface\n'
        # A test does not wait until what was started counts as running.
        example supervisord.conf | sed "s/^\[program:web\]/[program:$ID]\nstartsecs=0/"
    } >"$conf"
    control() { supervisorctl -c "$conf" "$@" >>"$BATS_TEST_TMPDIR/control.log" 2>&1; }
    in_background supervisord -c "$conf"
    expect_started 1

    davit kill "$ID" USR1
    wait_until log_has "exited: $ID (exit status 3; not expected)"
    expect_started 2

    wait_until control signal TERM "$ID"
    wait_until log_has "exited: $ID (exit status 7; not expected)"
    expect_started 3

    expect_no_orphan "$(supervisorctl -c "$conf" pid "$ID")" 4
    wait_until log_has "exited: $ID (terminated by SIGKILL; not expected)"

    control stop "$ID"
    expect_terminated
    kill -TERM "$SUPERVISOR"
    wait "$SUPERVISOR" || true
    SUPERVISOR=
}
