#!/usr/bin/env bats
# shellcheck disable=SC2154 # run_davit sets status, stdout and stderr
# --log: files, the journal and syslog, and what stands in each.

load helpers

# listen SOCKET DAVIT'S WORDS…: prints the first datagram that davit sends to the socket, which is made in a mount
# namespace where nothing else is in its directory.
listen() {
    unshare --mount -- sh -c 'mount -t tmpfs none "$0" && exec "$@"' "$1" python3 -c '
import os, socket, subprocess, sys
path, command = sys.argv[1], sys.argv[2:]
os.makedirs(os.path.dirname(path), exist_ok=True)
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(path)
s.settimeout(60)
subprocess.run(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE)
sys.stdout.write(s.recv(65536).decode())
' "${@:2}" 3>&-
}

@test "the journal gets an error as fields of an entry" {
    needs root
    needs program python3
    run listen /run /run/systemd/journal/socket "$DAVIT" --root "$ROOT" --log journald:web state nobody
    expect_equal entry "$output" $'PRIORITY=3\nSYSLOG_IDENTIFIER=davit\nID=web\nMESSAGE=container does not exist'
}

@test "syslog gets an error with its priority and the name that was given" {
    needs root
    needs program python3
    run listen /dev /dev/log "$DAVIT" --root "$ROOT" --log syslog:web state nobody
    [[ $output =~ ^\<27\>web\[[0-9]+\]:\ container\ does\ not\ exist$ ]] || fail_with "syslog got: $output"
}

@test "a journal that is not there is an error, but does not keep delete from its work" {
    [[ ! -e /run/systemd/journal/socket ]] || skip "needs a host without a journal"
    run_davit --log journald:web list
    expect_status 1
    expect_stderr_has "cannot connect to /run/systemd/journal/socket"
    run_davit --log journald:web delete --force "$ID"
    expect_ok
}

@test "what stands before another colon is part of a path" {
    cd "$BATS_TEST_TMPDIR"
    run_davit --log other:file state nobody
    expect_status 1
    [[ -s $BATS_TEST_TMPDIR/other:file ]]
}

@test "a line of text tells the time, the level and the message" {
    run_davit --log "$BATS_TEST_TMPDIR/log" state nobody
    local line
    line=$(cat "$BATS_TEST_TMPDIR/log")
    [[ $line == *error*"container does not exist"* && $(wc -l <"$BATS_TEST_TMPDIR/log") == 1 ]] || fail_with "$line"
}

@test "only errors are logged unless more is asked for" {
    new_bundle
    edit_config '.process.capabilities.bounding += ["CAP_TOMORROW"]'
    set_args /bin/true
    run_davit --log "$BATS_TEST_TMPDIR/log" --log-format json run --bundle "$BUNDLE" "$ID"
    expect_ok
    [[ ! -s $BATS_TEST_TMPDIR/log ]]
    run_davit --log "$BATS_TEST_TMPDIR/log" --log-format json --log-level warning run --bundle "$BUNDLE" "$ID"
    expect_ok
    expect_equal levels "$(jq -r .level "$BATS_TEST_TMPDIR/log" | sort -u)" warning
    run_davit --log "$BATS_TEST_TMPDIR/log" --log-format json --debug run --bundle "$BUNDLE" "$ID"
    expect_ok
    grep -q '"level":"debug"' "$BATS_TEST_TMPDIR/log"
    jq -e -s 'all(.msg and .time and .level)' "$BATS_TEST_TMPDIR/log" >/dev/null
}

@test "a log or a pid file that is a fifo without a reader is an error, and davit waits for nobody" {
    new_bundle
    set_args /bin/true
    local fifo=$BATS_TEST_TMPDIR/fifo
    mkfifo "$fifo"
    run_davit --log "$fifo" create --bundle "$BUNDLE" "$ID" </dev/null
    expect_error "cannot open the log $fifo: No such device or address (ENXIO)"
    expect_hint "it is a fifo that nobody reads"
    run_davit create --pid-file "$fifo" --bundle "$BUNDLE" "$ID"
    expect_status 1
    expect_stderr_has "cannot open the pid file $fifo: No such device or address (ENXIO)"
    run_davit state "$ID"
    expect_status 1
}

@test "a reader that leaves while davit works ends neither davit nor the container" {
    new_bundle
    mkfifo "$BUNDLE/rootfs/go"
    set_shell 'echo up; read x </go; echo all the same'
    local fifo=$BATS_TEST_TMPDIR/fifo out=$BATS_TEST_TMPDIR/out
    mkfifo "$fifo"
    exec 9<>"$fifo"
    davit --debug --log "$fifo" run --bundle "$BUNDLE" "$ID" >"$out" 2>&1 </dev/null 9>&- &
    wait_until grep -q up "$out"
    exec 9>&-
    echo go >"$BUNDLE/rootfs/go"
    wait $!
    expect_equal output "$(cat "$out")" $'up\nall the same'
}

@test "a pid file takes the place of a link, and nothing is written where it leads" {
    new_bundle
    set_args /bin/true
    echo secret >"$BATS_TEST_TMPDIR/decoy"
    mkfifo "$BATS_TEST_TMPDIR/fifo"
    local target
    for target in decoy fifo nowhere; do
        ln -sf "$BATS_TEST_TMPDIR/$target" "$BATS_TEST_TMPDIR/pid"
        davit create --pid-file "$BATS_TEST_TMPDIR/pid" --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1
        [[ ! -L $BATS_TEST_TMPDIR/pid && $(cat "$BATS_TEST_TMPDIR/pid") =~ ^[0-9]+$ ]] || fail_with "a link to $target"
        davit delete --force "$ID"
    done
    expect_equal decoy "$(cat "$BATS_TEST_TMPDIR/decoy")" secret
    [[ ! -e $BATS_TEST_TMPDIR/nowhere ]]
}
