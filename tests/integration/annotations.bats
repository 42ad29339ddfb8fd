#!/usr/bin/env bats
# annotations: those that davit acts on have their effect, others pass through, and none that asks for more than that
# is ignored in silence. Those of systemd's units are in cgroups.bats.

load helpers

annotate() { edit_config --arg key "$1" --arg value "$2" '.annotations[$key] = $value'; }

@test "annotations of no meaning to davit pass through to the state" {
    new_bundle
    annotate org.example.key 'a "value"'
    annotate io.kubernetes.cri.container-type sandbox
    annotate bundle /elsewhere
    start_container
    run_davit state "$ID"
    expect_ok
    jq -e '.annotations == {"org.example.key": "a \"value\"", "io.kubernetes.cri.container-type": "sandbox",
        "bundle": "/elsewhere"}' <<<"$stdout" || fail_with "the annotations are others"
    expect_equal bundle "$(jq -r .bundle <<<"$stdout")" "$BUNDLE"
    expect_equal stderr "$stderr" ""
}

@test "what asks for something that davit does not do is told by name" {
    new_bundle
    annotate run.oci.handler krun
    annotate run.oci.seccomp.plugins /usr/lib/plugin.so
    annotate run.oci.systemd.force_cgroup_v1 /sys/fs/cgroup/systemd
    annotate krun.cpus 2
    annotate module.wasm.image/variant compat
    set_args /bin/true
    run_davit --log-level warning run --bundle "$BUNDLE" "$ID"
    expect_ok
    local key
    for key in run.oci.handler run.oci.seccomp.plugins run.oci.systemd.force_cgroup_v1 krun.cpus \
        module.wasm.image/variant; do
        expect_stderr_has "davit: warning: annotation $key ignored: davit does not implement it"
    done
}

@test "what asks for nothing is not worth a warning" {
    new_bundle
    annotate run.oci.handler ""
    annotate run.oci.keep_original_groups 0
    annotate krun.cpus 0
    annotate bundle /elsewhere
    set_args /bin/true
    run_davit --log-level warning run --bundle "$BUNDLE" "$ID"
    expect_ok
    expect_equal stderr "$stderr" ""
}

@test "a cgroup below the container's own has a name, and leads nowhere else" {
    new_bundle
    local key
    for key in run.oci.systemd.subgroup run.oci.delegate-cgroup; do
        annotate "$key" ..
        run_davit create --bundle "$BUNDLE" "$ID"
        expect_error "cannot create $ID: annotations.$key: \"..\" is not a name for a cgroup below the container's"
        annotate "$key" a/b
        run_davit create --bundle "$BUNDLE" "$ID"
        expect_error "cannot create $ID: annotations.$key: \"a/b\" is not a name for a cgroup below the container's"
        annotate "$key" ""
    done
}

@test "cgroups below a unit are no cgroups without systemd, which is told" {
    needs root
    new_bundle
    annotate run.oci.systemd.subgroup inner
    annotate run.oci.delegate-cgroup payload
    set_args /bin/true
    run_davit --log-level warning --cgroup-manager=cgroupfs run --bundle "$BUNDLE" "$ID"
    expect_ok
    expect_stderr_has "annotation run.oci.systemd.subgroup ignored: it needs --cgroup-manager=systemd"
    expect_stderr_has "annotation run.oci.delegate-cgroup ignored: it needs --cgroup-manager=systemd"
}

@test "run.oci.keep_original_groups keeps what the caller has, unless it is 0" {
    needs root
    needs program setpriv
    new_bundle
    edit_config '.process.user.additionalGids = [50]'
    set_shell 'grep ^Groups: /proc/self/status | tr -s " \t" " "'
    local value wanted
    while read -r value wanted; do
        annotate run.oci.keep_original_groups "$value"
        stdout=$(setpriv --groups 77,78 "$DAVIT" --root "$ROOT" run --bundle "$BUNDLE" "$ID" </dev/null)
        expect_equal "groups with $value" "$(tr -s ' ' <<<"${stdout% }")" "Groups: $wanted"
    done <<<$'1 77 78\ntrue 77 78\n0 50'
}

@test "run.oci.hooks.stdout and run.oci.hooks.stderr collect what hooks print" {
    new_bundle
    annotate run.oci.hooks.stdout "$BUNDLE/out"
    annotate run.oci.hooks.stderr "$BUNDLE/err"
    echo before >"$BUNDLE/out"
    edit_config '.hooks.createRuntime = [{path: "/bin/sh", args: ["sh", "-c", "echo one; echo two >&2"]}] |
        .hooks.poststop = [{path: "/bin/sh", args: ["sh", "-c", "echo three; echo four >&2"]}]'
    in_container true
    expect_ok
    expect_equal "the outputs" "$(cat "$BUNDLE/out")" $'before\none\nthree'
    expect_equal "the errors" "$(cat "$BUNDLE/err")" $'two\nfour'
    expect_equal stderr "$stderr" ""
}

@test "a file for hooks that cannot be opened is an error with its name" {
    new_bundle
    annotate run.oci.hooks.stdout "$BUNDLE/no/such/out"
    edit_config '.hooks.createRuntime = [{path: "/bin/true"}]'
    in_container true
    expect_status 1
    expect_stderr_has "cannot open $BUNDLE/no/such/out for the output of hooks"
}

# A socket at $1 that takes one message and writes what came: its text, the descriptors' kinds, and the pid of a pidfd.
receiver() {
    cat >"$BATS_TEST_TMPDIR/receiver.py" <<'PYTHON'
import array, os, socket, sys
server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
server.bind(sys.argv[1])
server.listen(1)
connection, _ = server.accept()
text, fds = b"", array.array("i")
while True:
    data, ancillary, _, _ = connection.recvmsg(65536, socket.CMSG_LEN(64))
    for _, _, payload in ancillary:
        fds.frombytes(payload[:len(payload) - len(payload) % fds.itemsize])
    text += data
    if not data:
        break
with open(sys.argv[2] + ".new", "w", encoding="utf-8") as out:
    out.write(text.decode() + "\n")
    for fd in fds:
        out.write(os.readlink(f"/proc/self/fd/{fd}") + "\n")
        for line in open(f"/proc/self/fdinfo/{fd}", encoding="ascii"):
            if line.startswith("Pid:"):
                out.write(f"pid {line.split()[1]}\n")
os.rename(sys.argv[2] + ".new", sys.argv[2])
PYTHON
    python3 "$BATS_TEST_TMPDIR/receiver.py" "$1" "$2" 3>&- &
    wait_until test -S "$1"
}

@test "run.oci.pidfd_receiver gets the pidfd of the first process" {
    new_bundle
    annotate run.oci.pidfd_receiver "$BATS_TEST_TMPDIR/pidfd"
    receiver "$BATS_TEST_TMPDIR/pidfd" "$BATS_TEST_TMPDIR/got"
    start_container
    wait_until test -s "$BATS_TEST_TMPDIR/got"
    expect_equal message "$(cat "$BATS_TEST_TMPDIR/got")" \
        "$(printf 'standard\nanon_inode:[pidfd]\npid %s' "$(container_pid)")"
}

@test "a receiver that nobody listens at is an error by the annotation's name, and nothing stays" {
    new_bundle
    annotate run.oci.pidfd_receiver "$BATS_TEST_TMPDIR/nobody"
    set_args /bin/true
    run_davit run --bundle "$BUNDLE" "$ID"
    expect_status 1
    expect_stderr_has "run.oci.pidfd_receiver: "
    expect_stderr_has "$BATS_TEST_TMPDIR/nobody"
}

notify_profile='{"defaultAction": "SCMP_ACT_ALLOW",
    "syscalls": [{"names": ["swapoff"], "action": "SCMP_ACT_NOTIFY"}]}'

@test "run.oci.seccomp.receiver, or RUN_OCI_SECCOMP_RECEIVER, is the agent's socket" {
    needs seccomp
    new_bundle
    edit_config --argjson profile "$notify_profile" '.linux.seccomp = $profile'
    set_args /bin/true
    annotate run.oci.seccomp.receiver "$BATS_TEST_TMPDIR/agent"
    receiver "$BATS_TEST_TMPDIR/agent" "$BATS_TEST_TMPDIR/got"
    run_davit run --bundle "$BUNDLE" "$ID"
    expect_ok
    wait_until test -s "$BATS_TEST_TMPDIR/got"
    jq -e '.fds == ["seccompFd"] and .pid > 0' <(head -n1 "$BATS_TEST_TMPDIR/got") || fail_with "the message is another"
    edit_config 'del(.annotations)'
    receiver "$BATS_TEST_TMPDIR/agent2" "$BATS_TEST_TMPDIR/got2"
    export RUN_OCI_SECCOMP_RECEIVER=$BATS_TEST_TMPDIR/agent2
    run_davit run --bundle "$BUNDLE" "$ID"
    unset RUN_OCI_SECCOMP_RECEIVER
    expect_ok
    wait_until test -s "$BATS_TEST_TMPDIR/got2"
}

@test "run.oci.seccomp_fail_unknown_syscall makes an unknown call an error" {
    needs seccomp
    new_bundle
    edit_config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW",
        syscalls: [{names: ["no_such_call"], action: "SCMP_ACT_ERRNO"}]}'
    in_container true
    expect_ok
    annotate run.oci.seccomp_fail_unknown_syscall 1
    in_container true
    expect_status 1
    expect_stderr_has "no_such_call"
}

# One instruction: ret SECCOMP_RET_ALLOW.
@test "run.oci.seccomp_bpf_data is loaded instead of a profile" {
    needs seccomp
    new_bundle
    annotate run.oci.seccomp_bpf_data "$(printf '\x06\x00\x00\x00\x00\x00\xff\x7f' | base64)"
    in_container 'grep -E "^Seccomp:" /proc/self/status | tr -s "\t" " "'
    expect_ok
    expect_stdout "Seccomp: 2"
}

@test "filters that are no filters are refused by the annotation's name" {
    needs seccomp
    new_bundle
    annotate run.oci.seccomp_bpf_data "not base64 !"
    in_container true
    expect_status 1
    expect_where "annotations.run.oci.seccomp_bpf_data"
}

@test "a kind of label that is none is refused" {
    new_bundle
    edit_config '.linux.mountLabel = "system_u:object_r:container_file_t:s0"'
    annotate run.oci.mount_context_type nocontext
    in_container true
    expect_status 1
    expect_stderr_has "nocontext"
}
