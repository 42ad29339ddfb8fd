#!/usr/bin/env bats
# terminal: the container's pty.

load helpers

# Receives the terminal of a create, as an engine does, and copies what comes to a file until the end.
console() {
    python3 - "$BATS_TEST_TMPDIR/socket" "$BATS_TEST_TMPDIR/console" <<'END'
import array, fcntl, os, socket, struct, sys, termios
listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
listener.bind(sys.argv[1])
listener.listen(1)
connection, _ = listener.accept()
data, control, _, _ = connection.recvmsg(4096, socket.CMSG_LEN(64))
rest = connection.recv(16)
fds = array.array("i")
for level, kind, content in control:
    fds.frombytes(content)
rows, columns = struct.unpack("HHHH", fcntl.ioctl(fds[0], termios.TIOCGWINSZ, bytes(8)))[:2]
with open(sys.argv[2], "wb") as out:
    out.write(b"payload %d rest %d fds %d size %dx%d\n" % (len(data) > 0, len(rest), len(fds), rows, columns))
    while True:
        try:
            text = os.read(fds[0], 4096)
        except OSError:
            break
        if not text:
            break
        out.write(text)
END
}

on_console() {
    set_shell "$1"
    edit_config '.process.terminal = true'
    console 3>&- &
    receiver=$!
    wait_until test -S "$BATS_TEST_TMPDIR/socket"
    davit create --console-socket "$BATS_TEST_TMPDIR/socket" --bundle "$BUNDLE" "$ID" >"$BATS_TEST_TMPDIR/out" 2>&1 \
        </dev/null
    davit start "$ID"
    wait "$receiver"
    raw_output=$(cat "$BATS_TEST_TMPDIR/console")
    output=${raw_output//$'\r'/}
}

expect_output_has() { [[ $output == *"$1"* ]] || fail_with "expected on the console: $1, got: $output"; }

on_terminal() { run script -qec "$1 '$DAVIT' --root '$ROOT' run --bundle '$BUNDLE' '$ID'" /dev/null; }

@test "the console socket gets one message with one descriptor, sized before" {
    needs program python3
    new_bundle
    edit_config '.process.consoleSize = {height: 33, width: 77}'
    on_console 'tty; tty <&1; tty <&2; tty </dev/tty; stty size'
    expect_output_has "payload 1 rest 0 fds 1 size 33x77"
    expect_equal terminals "$(grep -c '^/dev/pts/0$' <<<"$output")" 3
    expect_output_has "/dev/tty"
    expect_output_has "33 77"
}

@test "output lines reach the console socket as any terminal ends them" {
    needs program python3
    new_bundle
    on_console 'echo one; echo two'
    [[ $raw_output == *$'one\r\ntwo\r'* ]] || fail_with "carriage returns are missing: ${raw_output@Q}"
}

@test "/dev/console is the terminal, which belongs to the user" {
    needs program python3
    needs root
    new_bundle
    edit_config '.process.user = {uid: 1000, gid: 1000}'
    on_console 'echo hello >/dev/console; stat -c "%t %u" /dev/console /dev/pts/0'
    expect_output_has hello
    expect_equal owners "$(grep -c '^88 1000$' <<<"$output")" 2
}

@test "a symbolic link in place of /dev/console is refused" {
    needs program script
    new_bundle
    edit_config '.mounts |= map(select(.destination != "/dev")) | .process.terminal = true'
    mkdir -p "$BUNDLE/rootfs/dev/pts"
    ln -s /etc/passwd "$BUNDLE/rootfs/dev/console"
    set_args /bin/true
    on_terminal exec
    ((status != 0))
    expect_output_has "/dev/console in the container's root filesystem is a symbolic link"
}

@test "a terminal without a devpts is explained" {
    needs program script
    new_bundle
    edit_config '.mounts |= map(select(.destination != "/dev/pts")) | .process.terminal = true'
    set_args /bin/true
    on_terminal exec
    ((status != 0))
    expect_output_has "mounts needs an entry of type devpts at /dev/pts"
}

@test "in the foreground the caller's terminal is copied, with its size" {
    needs program script
    new_bundle
    edit_config '.process.terminal = true'
    set_shell 'tty; stty size; exit 3'
    on_terminal "stty rows 21 cols 65;"
    ((status == 3))
    expect_output_has /dev/pts/0
    expect_output_has "21 65"
}

@test "a terminal without a console socket is refused" {
    new_bundle
    edit_config '.process.terminal = true'
    run_davit create --bundle "$BUNDLE" "$ID"
    expect_error "cannot create $ID: process.terminal is true: give --console-socket, or set it to false"
}

@test "a terminal in the foreground needs the caller to have one" {
    new_bundle
    edit_config '.process.terminal = true'
    run_davit run --bundle "$BUNDLE" "$ID"
    expect_error "cannot create $ID: process.terminal is true: give --console-socket, or set it to false (stdin is not a terminal)"
}

@test "a console socket without a terminal is refused" {
    new_bundle
    set_args /bin/true
    run_davit create --console-socket "$BATS_TEST_TMPDIR/socket" --bundle "$BUNDLE" "$ID"
    expect_error "cannot create $ID: --console-socket is given, but process.terminal is false"
}

@test "a console socket with a path longer than an address holds works" {
    needs program python3
    new_bundle
    local deep
    deep=$BATS_TEST_TMPDIR/$(printf 'd%.0s' {1..120})
    mkdir "$deep"
    edit_config '.process.terminal = true'
    set_args /bin/echo arrived
    (cd "$deep" && BATS_TEST_TMPDIR=. console) 3>&- &
    receiver=$!
    wait_until test -S "$deep/socket"
    davit create --console-socket "$deep/socket" --bundle "$BUNDLE" "$ID" </dev/null >"$BATS_TEST_TMPDIR/out" 2>&1
    davit start "$ID"
    wait "$receiver"
    grep arrived "$deep/console"
}

@test "exec --tty without a terminal says what to leave out or to give" {
    new_bundle
    start_container
    run_davit exec --tty "$ID" true
    expect_status 255
    expect_error "exec failed: --tty is given, but neither stdin nor stdout nor stderr is a terminal"
    expect_hint "leave --tty out, call davit on a terminal"
    run_davit exec -td "$ID" true
    expect_error "exec failed: --tty and --detach are given, and nobody takes the terminal"
    expect_hint "give --console-socket PATH, or leave --tty out"
    run_davit exec --console-socket "$BATS_TEST_TMPDIR/socket" "$ID" true
    expect_error "exec failed: --console-socket is given without --tty"
    expect_hint "add --tty, or leave --console-socket out"
    run_davit exec --process <(jq .process.terminal=true "$BUNDLE/config.json" | jq .process) "$ID"
    expect_error "exec failed: process.terminal is true: give --console-socket, or set it to false (stdin is not a terminal)"
}
