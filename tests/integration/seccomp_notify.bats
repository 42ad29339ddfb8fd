#!/usr/bin/env bats
# seccomp_notify: SCMP_ACT_NOTIFY: an agent answers system calls.

load helpers

# Receives one listener, writes the container process state to a file, and answers every mkdir with ENOSPC.
agent() {
    python3 - "$BATS_TEST_TMPDIR/agent.sock" "$BATS_TEST_TMPDIR/agent" <<'END'
import array, fcntl, socket, struct, sys
listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
listener.bind(sys.argv[1])
listener.listen(1)
connection, _ = listener.accept()
text, control, _, _ = connection.recvmsg(65536, socket.CMSG_LEN(64))
while True:
    more = connection.recv(65536)
    if not more:
        break
    text += more
fds = array.array("i")
for _, _, content in control:
    fds.frombytes(content)
with open(sys.argv[2], "wb") as out:
    out.write(text)
assert len(fds) == 1
while True:
    request = bytearray(80)
    try:
        fcntl.ioctl(fds[0], 0xC0502100, request)      # SECCOMP_IOCTL_NOTIF_RECV
        answer = struct.pack("QqiI", struct.unpack_from("Q", request)[0], 0, -28, 0)
        fcntl.ioctl(fds[0], 0xC0182101, bytearray(answer))   # SECCOMP_IOCTL_NOTIF_SEND
    except OSError:
        break
END
}

notify() {
    edit_config --arg path "$BATS_TEST_TMPDIR/agent.sock" '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW",
        listenerPath: $path, listenerMetadata: "some=thing",
        syscalls: [{names: ["mkdir", "mkdirat"], action: "SCMP_ACT_NOTIFY"}]} | .annotations = {"a/b": "c"}'
}

begin_agent() {
    agent 3>&- &
    wait_until test -S "$BATS_TEST_TMPDIR/agent.sock"
}

@test "the agent gets the state, and its answers reach the program" {
    needs seccomp
    needs program python3
    [[ $(uname -m) == x86_64 ]] || skip "needs an x86_64 host"
    new_bundle
    notify
    begin_agent
    in_container 'mkdir /tmp/x 2>&1'
    expect_stdout_has "No space left on device"
    state() { jq -r "$1" "$BATS_TEST_TMPDIR/agent"; }
    expect_equal fds "$(state '.fds | join(" ")')" seccompFd
    expect_equal metadata "$(state .metadata)" some=thing
    expect_equal id "$(state .state.id)" "$ID"
    expect_equal status "$(state .state.status)" creating
    expect_equal bundle "$(state .state.bundle)" "$BUNDLE"
    expect_equal annotation "$(state '.state.annotations["a/b"]')" c
    expect_equal pid "$(state '.pid == .state.pid and .pid > 1')" true
}

@test "it works without noNewPrivileges and for an ordinary user" {
    needs seccomp
    needs root
    needs program python3
    [[ $(uname -m) == x86_64 ]] || skip "needs an x86_64 host"
    new_bundle
    notify
    edit_config '.process.noNewPrivileges = false | .process.user = {uid: 1000, gid: 1000}'
    begin_agent
    in_container 'mkdir /tmp/x 2>&1; grep ^CapEff: /proc/self/status'
    expect_stdout_has "No space left on device"
    expect_stdout_has $'CapEff:\t0000000000000000'
}

@test "an agent that cannot be reached fails create" {
    needs seccomp
    new_bundle
    notify
    run_davit create --bundle "$BUNDLE" "$ID"
    expect_status 1
    expect_stderr_has "reaching the seccomp agent: cannot connect to $BATS_TEST_TMPDIR/agent.sock"
    expect_where "linux.seccomp.listenerPath"
}

@test "SCMP_ACT_NOTIFY without an agent is refused" {
    needs seccomp
    new_bundle
    notify
    edit_config 'del(.linux.seccomp.listenerPath, .linux.seccomp.listenerMetadata)'
    run_davit create --bundle "$BUNDLE" "$ID"
    expect_status 1
    expect_stderr_has "linux.seccomp.listenerPath: is required, since the profile uses SCMP_ACT_NOTIFY"
}

@test "listenerPath without SCMP_ACT_NOTIFY is ignored" {
    needs seccomp
    new_bundle
    notify
    edit_config '.linux.seccomp.syscalls = []'
    in_container 'echo fine'
    expect_ok
    expect_stdout fine
}

@test "calls that hand the listener over cannot be notified" {
    needs seccomp
    new_bundle
    notify
    edit_config '.linux.seccomp.syscalls[0].names = ["mkdir", "sendmsg"]'
    run_davit create --bundle "$BUNDLE" "$ID"
    expect_status 1
    expect_stderr_has "linux.seccomp.syscalls[0].names[1]: SCMP_ACT_NOTIFY cannot be used for sendmsg"
}
