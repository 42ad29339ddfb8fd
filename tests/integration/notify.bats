#!/usr/bin/env bats
# shellcheck disable=SC2016,SC2154  # scripts are for shells in containers; run_davit sets status, stdout and stderr
# notify: a service manager that runs davit itself learns when the program is ready, and hands sockets through.

load helpers
load manager

setup() {
    begin
    needs program python3
    new_bundle
    # busybox cannot send datagrams to a socket file: python as the program's helper, from outside, would not be the same
    # path, so the manager's half is python and the program's is this host's python through the container's own socket.
    MANAGER=$BATS_TEST_TMPDIR/manager.sock
}

# A program that says READY on its NOTIFY_SOCKET: a static one would be needed in the image, so the container shares the
# host's /usr for python.
say_ready() { # SCRIPT behind it
    share_usr
    set_args /bin/sh -c '/usr/bin/python3 -c "
import os, socket
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.connect(os.environ[\"NOTIFY_SOCKET\"])
s.send(b\"STATUS=beginning\")
s.send(b\"READY=1\nSTATUS=here\")
" && '"$1"
}

@test "a run in the background returns when the program is ready, and names it" {
    needs root
    say_ready 'echo $NOTIFY_SOCKET >/tmp/socket; exec sleep 1000'
    echo "$ID" >>"$CREATED"
    out=$(manager run --detach --bundle "$BUNDLE" "$ID")
    expect_equal "what the manager got" "$out" $'READY=1\nMAINPID\nBARRIER=1'
    wait_until test -s "$BUNDLE/rootfs/tmp/socket"
    expect_equal "the variable inside" "$(cat "$BUNDLE/rootfs/tmp/socket")" /run/notify/notify.sock
}

@test "a run in the foreground tells while it stays the main process, and ends as its program does" {
    needs root
    say_ready 'grep " /run/notify " /proc/self/mountinfo | cut -d" " -f6 >/tmp/options; exit 5'
    MANAGER=@$TAG-manager
    local code=0
    out=$(manager run --bundle "$BUNDLE" "$ID") || code=$?
    expect_equal "what the manager got" "$out" $'READY=1\nBARRIER=1'
    expect_equal "davit's status" "$code" 5
    expect_equal "the mount's options" "$(cut -d, -f1-4 "$BUNDLE/rootfs/tmp/options")" ro,nosuid,nodev,noexec
}

@test "a program that ends before it was ready keeps nobody waiting" {
    set_shell 'exit 0'
    echo "$ID" >>"$CREATED"
    out=$(manager run --detach --bundle "$BUNDLE" "$ID")
    expect_equal "what the manager got" "$out" ""
}

@test "start waits for readiness when create had a service manager, too" {
    needs root
    say_ready 'exec sleep 1000'
    echo "$ID" >>"$CREATED"
    manager create --bundle "$BUNDLE" "$ID" >/dev/null 2>&1
    rm -f "$MANAGER"
    out=$(manager start "$ID")
    expect_equal "what the manager got" "$out" $'READY=1\nMAINPID\nBARRIER=1'
}

@test "without a service manager there is no variable and no mount" {
    in_container 'echo "<$NOTIFY_SOCKET>"; ls -d /run/notify 2>/dev/null || echo none'
    expect_ok
    expect_stdout $'<>\nnone'
}

@test "sockets for davit reach the program, in front of what is preserved" {
    set_shell 'echo $LISTEN_FDS $LISTEN_PID $LISTEN_FDNAMES; cat <&3; cat <&4; ls /proc/self/fd/5 2>/dev/null || echo no more'
    run_activated() {
        exec 3< <(echo three) 4< <(echo four) 5< <(echo five)
        export LISTEN_FDS=1 LISTEN_FDNAMES=web
        LISTEN_PID=$BASHPID exec "$DAVIT" --root "$ROOT" run --preserve-fds 1 --bundle "$BUNDLE" "$ID"
    }
    out=$(run_activated </dev/null)
    expect_equal "what the program saw" "$out" $'1 1 web\nthree\nfour\nno more'
}

# podman is activated itself, says so in process.env, and leaves what is meant for it in davit's environment.
@test "sockets that an engine preserves are counted once" {
    edit_config '.process.env += ["LISTEN_FDS=1", "LISTEN_PID=1", "LISTEN_FDNAMES=engine"]'
    set_shell 'echo $LISTEN_FDS $LISTEN_PID $LISTEN_FDNAMES; cat <&3; ls /proc/self/fd/4 2>/dev/null || echo no more'
    out=$(LISTEN_FDS=1 LISTEN_PID=$$ LISTEN_FDNAMES=engine "$DAVIT" --root "$ROOT" run --preserve-fds 1 \
        --bundle "$BUNDLE" "$ID" </dev/null 3< <(echo three) 4< <(echo four))
    expect_equal "what the program saw" "$out" $'1 1 engine\nthree\nno more'
}

@test "sockets that were meant for another process are not taken" {
    set_shell 'echo "<$LISTEN_FDS>"; ls /proc/self/fd/3 >/dev/null 2>&1 && cat /proc/self/fd/3 || echo none'
    out=$(LISTEN_FDS=1 LISTEN_PID=1 "$DAVIT" --root "$ROOT" run --bundle "$BUNDLE" "$ID" </dev/null 3< <(echo three))
    [[ $out == "<>"* && $out != *three* ]] || fail_with "the program saw: $out"
}

@test "a service manager's address that is none is refused before there is a container" {
    local name
    for name in relative vsock:2:1234 "$(printf '/%0120d' 0)"; do
        NOTIFY_SOCKET=$name run_davit create --bundle "$BUNDLE" "$ID"
        expect_status 1
        expect_stderr_has ": NOTIFY_SOCKET is "
        run_davit state "$ID"
        expect_status 1
    done
}
