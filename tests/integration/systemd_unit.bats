#!/usr/bin/env bats
# shellcheck disable=SC2016,SC2154 # scripts for shells in containers; helpers set what is not assigned here
# davit run as a unit of systemd, by contrib/davit@.service.

load helpers

setup() {
    begin
    needs systemd
    new_bundle
    ln -s "$BUNDLE" "$BATS_TEST_TMPDIR/$ID"
    echo "$ID" >>"$CREATED"
    : >"$BUNDLE/rootfs/log"
    UNIT=dt-davit@$ID.service
    FILE=/run/systemd/system/dt-davit@.service
    sed -e "s,@bindir@/davit,$DAVIT --root $ROOT,g" -e "s,/var/lib/davit/,$BATS_TEST_TMPDIR/,g" \
        "$BATS_TEST_DIRNAME/../../contrib/davit@.service.in" >"$FILE"
    systemctl daemon-reload
}

teardown() {
    if [[ ${UNIT-} ]]; then
        systemctl kill --signal=KILL "$UNIT" 2>/dev/null || true
        systemctl stop "$UNIT" 2>/dev/null || true
        systemctl reset-failed "$UNIT" 2>/dev/null || true
        rm -f "$FILE"
        systemctl daemon-reload
    fi
    finish
}

# Emulated machines are slow.
patiently() { wait_for_seconds 120 "$@" || fail_with "waited 120 s in vain for: $*"; }

program() {
    set_shell 'trap "echo terminated >>/log; exit 7" TERM; trap "exit 3" USR1; echo started >>/log
        while :; do sleep 0.1; done'
}
of_unit() { systemctl show --value --property="$1" "$UNIT"; }
started() { (($(grep -c started "$BUNDLE/rootfs/log") >= $1)); }
expect_started() { patiently started "$1" && patiently container_is running; }
is_gone() { [[ ! -e /proc/$1 || $(cut -d' ' -f3 <"/proc/$1/stat" 2>/dev/null) != [^ZX] ]]; }
is() { [[ $(of_unit "$1") == "$2" ]]; }

@test "the unit's stop is the program's TERM, and its status the program's" {
    program
    systemctl start "$UNIT"
    expect_started 1
    [[ $(tr '\0' ' ' <"/proc/$(of_unit MainPID)/cmdline") == *" run "* ]]
    systemctl stop "$UNIT"
    expect_equal "what the program did last" "$(tail -n 1 "$BUNDLE/rootfs/log")" terminated
    expect_equal status "$(of_unit ExecMainStatus)" 7
    run_davit state "$ID"
    expect_error "container does not exist"
}

@test "the unit is started anew when the program fails, and when davit is killed, and then nothing is left behind" {
    program
    systemctl start "$UNIT"
    expect_started 1
    davit kill "$ID" USR1
    expect_started 2
    local init
    init=$(container_pid)
    systemctl kill --kill-who=main --signal=KILL "$UNIT"
    patiently is_gone "$init"
    expect_started 3
    patiently is NRestarts 2
    [[ $(container_pid) != "$init" ]]
    expect_equal active "$(of_unit ActiveState)" active
}

@test "a unit of type notify is started when its program says that it is ready, and keeps davit as its main process" {
    needs program python3
    share_usr
    mkfifo "$BUNDLE/rootfs/gate"
    set_args /bin/sh -c 'echo started >>/log; read word </gate; /usr/bin/python3 -c "
import os, socket
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.connect(os.environ[\"NOTIFY_SOCKET\"])
s.send(b\"READY=1\")
"; read word </gate; exit 9'
    mkdir -p "$FILE.d"
    printf '[Service]\nType=notify\nRestart=no\n' >"$FILE.d/notify.conf"
    systemctl daemon-reload
    systemctl start --no-block "$UNIT"
    patiently started 1
    expect_equal "before it is ready" "$(of_unit ActiveState)" activating
    echo go >"$BUNDLE/rootfs/gate"
    patiently is ActiveState active
    [[ $(tr '\0' ' ' <"/proc/$(of_unit MainPID)/cmdline") == *" run "* ]]
    echo go >"$BUNDLE/rootfs/gate"
    patiently is ActiveState failed
    expect_equal status "$(of_unit ExecMainStatus)" 9
    rm -r "$FILE.d"
}
