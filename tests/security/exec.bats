#!/usr/bin/env bats
# exec: users, capabilities, directories and programs, in processes that join as in those that begin a container.

load helpers

# climb: a shell's lines that print the host's secret from wherever they run, if any way leads there.
climb() {
    echo "d=.; for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14; do d=\$d/..; cat \$d$DECOY/secret 2>/dev/null; done; echo \"in \$(pwd)\""
}

exec_shell() { run_runtime exec "$ID" /bin/sh -c "$1"; }

@test "2.1d CVE-2016-3697: a number is never looked up as a user's name" {
    hostile_bundle
    printf '1000:x:0:0::/:/bin/sh\nroot:x:0:0::/:/bin/sh\n' >"$BUNDLE/rootfs/etc/passwd"
    printf '1000:x:0:\n' >"$BUNDLE/rootfs/etc/group"
    start_hostile
    held
    run_runtime exec -u 1000:1000 "$ID" id -u
    held
    ((status != 0)) || [[ $stdout == 1000 ]] || vulnerable "the image made user 1000 another one"
    [[ $status == 0 ]]
}

@test "2.1e CVE-2016-8867: a user that is not root has no capability that was not asked for" {
    hostile_bundle
    edit_config '.process.user = {"uid": 1000, "gid": 1000} | .process.noNewPrivileges = false'
    contain 'grep -E "Cap(Prm|Eff|Amb)" /proc/self/status | cut -f2'
    held
    [[ $stdout != *[1-9a-f]* ]] || vulnerable "capabilities without root"
}

# probe [JQ]: execs beside a process that attacks whatever appears, also with each exec stopped where it is weakest. The
# decoy is what the host has and the container has not.
probe() {
    local call
    hostile_bundle
    new_decoy
    # In a user namespace root is nobody outside.
    chmod 0755 "$BATS_TEST_TMPDIR" "$BUNDLE"
    chown -R 100000:100000 "$BUNDLE/rootfs"
    install -m 0755 "$TOOLS/prober" "$BUNDLE/rootfs/bin/prober"
    edit_config "$1"
    start_hostile /bin/prober "$DECOY/secret"
    held
    ((status == 0)) || return 0
    wait_until grep -q ready "$BATS_TEST_TMPDIR/stdout"
    for _ in {1..10}; do run_program runtime exec "$ID" /bin/true; done
    for call in setns execve,execveat close_range,close; do
        run_program timeout 60 strace -f -qq -o /dev/null -e "inject=$call:delay_enter=20000" \
            "${COMMAND[@]}" exec "$ID" /bin/true
    done
    stdout=$(cat "$BATS_TEST_TMPDIR/stdout")
}

run_program() { "$@" </dev/null >"$BATS_TEST_TMPDIR/output" 2>&1 || cat "$BATS_TEST_TMPDIR/output"; }

@test "2.2a CVE-2016-9962: a process that joins cannot be inspected by those of the container" {
    probe .
    held
    [[ $stdout != *"exe "* && $stdout != *host* ]] || vulnerable "the joining process is open to the container"
}

@test "2.2b CVE-2016-9962: nor does it hold anything of the host where ptrace is allowed" {
    probe '.process.capabilities |= map_values(. + ["CAP_SYS_PTRACE"])'
    held
    [[ $stdout != *host* ]] || vulnerable "the joining process leads to the host"
    [[ $stdout != *writable* ]] || vulnerable "the runtime's program can be written"
}

@test "2.2c CVE-2016-9962: nor in a user namespace" {
    probe '.process.capabilities |= map_values(. + ["CAP_SYS_PTRACE"]) | .linux.namespaces += [{"type": "user"}]
        | .linux.uidMappings = [{"containerID": 0, "hostID": 100000, "size": 65536}]
        | .linux.gidMappings = .linux.uidMappings'
    held
    [[ $stdout != *"exe "* && $stdout != *host* ]] || vulnerable "the joining process is open to the container"
}

@test "2.2d CVE-2016-9962: nor has it more rights than the container, for who may trace it" {
    probe '.process.capabilities |= map_values(. + ["CAP_SYS_PTRACE"]) | .process.noNewPrivileges = false
        | .linux.seccomp = {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
            {"names": ["clone3"], "action": "SCMP_ACT_ERRNO", "errnoRet": 38},
            {"names": ["swapon"], "action": "SCMP_ACT_ERRNO"}]}'
    held
    [[ $stdout != *rights* && $stdout != *unfiltered* ]] || vulnerable "the joining process is worth a theft: $stdout"
}

@test "2.3a CVE-2019-5736: the program of a waiting container cannot be written when it has ended" {
    hostile_bundle
    set_args /bin/true
    run_runtime create --bundle "$BUNDLE" "$ID"
    held
    local before pid
    before=$(sha256sum <"$RUNTIME")
    pid=$(pid_of)
    exec 9<"/proc/$pid/exe"
    forget
    wait_until test ! -e "/proc/$pid/exe"
    wait_until is_not_busy
    exec 9<&-
    [[ $stderr == *"Read-only file system"* || $stderr == *"Operation not permitted"* ]] ||
        vulnerable "the runtime's program can be opened for writing"
    expect_equal "the runtime's checksum" "$(sha256sum <"$RUNTIME")" "$before"
}

# While a program runs every file of it is busy, which proves nothing.
is_not_busy() {
    stderr=$( (: >>/proc/self/fd/9) 2>&1 || true)
    [[ $stderr != *"Text file busy"* ]]
}

@test "2.3b CVE-2019-5736: a program that is the runtime itself cannot be written from the container" {
    hostile_bundle
    new_decoy
    local before
    before=$(sha256sum <"$RUNTIME")
    install -m 0755 "$TOOLS/prober" "$BUNDLE/rootfs/bin/prober"
    printf '#!/proc/self/exe\n' >"$BUNDLE/rootfs/entry"
    chmod 0755 "$BUNDLE/rootfs/entry"
    start_hostile /bin/prober "$DECOY/secret"
    held
    wait_until grep -q ready "$BATS_TEST_TMPDIR/stdout"
    for _ in {1..10}; do
        run_program runtime exec "$ID" /entry
        run_program runtime exec "$ID" /proc/self/exe
    done
    stdout=$(cat "$BATS_TEST_TMPDIR/stdout")
    [[ $stdout != *writable* && $stdout != *host* ]] || vulnerable "the runtime can be written from the container"
    expect_equal "the runtime's checksum" "$(sha256sum <"$RUNTIME")" "$before"
}

@test "2.3c CVE-2019-5736: a container's first program is not the runtime either" {
    hostile_bundle
    printf '#!/proc/self/exe\n' >"$BUNDLE/rootfs/entry"
    chmod 0755 "$BUNDLE/rootfs/entry"
    for program in /entry /proc/self/exe; do
        set_args "$program" --version
        run_runtime run --bundle "$BUNDLE" "$ID"
        forget
        held
    done
}

@test "2.3d CVE-2019-5736: the image's loader and libraries are not the runtime's" {
    hostile_bundle
    mkdir -p "$BUNDLE/rootfs/lib64" "$BUNDLE/rootfs/lib/x86_64-linux-gnu"
    for name in lib64/ld-linux-x86-64.so.2 lib/x86_64-linux-gnu/libc.so.6 lib/x86_64-linux-gnu/libseccomp.so.2; do
        printf '#!/bin/sh\necho LOADED\n' >"$BUNDLE/rootfs/$name"
        chmod 0755 "$BUNDLE/rootfs/$name"
    done
    edit_config '.process.env += ["LD_LIBRARY_PATH=/lib/x86_64-linux-gnu", "LD_PRELOAD=/lib/x86_64-linux-gnu/libc.so.6",
        "GCONV_PATH=/lib", "LOCPATH=/lib"]'
    set_args /bin/true
    run_runtime create --bundle "$BUNDLE" "$ID"
    held
    if ((status == 0)) && grep -q "$BUNDLE/rootfs" "/proc/$(pid_of)/maps"; then
        vulnerable "the waiting runtime has mapped files of the image"
    fi
}

@test "2.9a CVE-2022-27650 CVE-2022-29162: exec --cap raises neither inheritable nor ambient capabilities" {
    hostile_bundle
    edit_config '.process.capabilities = {}'
    start_hostile
    held
    run_runtime exec --cap CAP_KILL "$ID" grep -E 'Cap(Inh|Amb)' /proc/self/status
    held
    [[ $stdout != *[1-9]* ]] || vulnerable "inheritable capabilities"
    in_davit expect_ok
}

@test "2.9b CVE-2022-24769: the default config has no inheritable capabilities" {
    hostile_bundle
    (cd "$BUNDLE" && rm config.json && "$RUNTIME" spec)
    expect_equal inheritable "$(jq -c '.process.capabilities.inheritable // [] | length' "$BUNDLE/config.json")" 0 ||
        vulnerable "spec prints inheritable capabilities"
}

@test "2.9c CVE-2022-29162: a file's inheritable capabilities give a user none" {
    hostile_bundle
    setcap cap_net_raw+ei "$BUNDLE/rootfs/bin/busybox" || skip "needs file capabilities"
    edit_config '.process.user = {"uid": 1000, "gid": 1000}
        | .process.capabilities.bounding += ["CAP_NET_RAW"]'
    set_args /bin/grep -E 'Cap(Inh|Prm|Eff|Amb)' /proc/self/status
    run_runtime run --bundle "$BUNDLE" "$ID"
    held
    [[ $stdout != *2000* ]] || vulnerable "the user has CAP_NET_RAW"
}

@test "2.11a CVE-2024-21626: a working directory that is a descriptor of the runtime's is refused or inside" {
    hostile_bundle
    new_decoy
    set_shell "$(climb)"
    for n in {3..14}; do
        edit_config --arg cwd "/proc/self/fd/$n" '.process.cwd = $cwd'
        run_runtime run --bundle "$BUNDLE" "$ID"
        forget
        held
    done
}

@test "2.11b CVE-2024-21626: exec into a link of the image to a descriptor is refused or inside" {
    hostile_bundle
    new_decoy
    for n in {3..14}; do ln -s "/proc/self/fd/$n/" "$BUNDLE/rootfs/cwd$n"; done
    start_hostile
    held
    for n in {3..14}; do
        run_runtime exec --cwd "/cwd$n" "$ID" /bin/sh -c "$(climb)"
        held
    done
    run_runtime exec --cwd "/proc/1/cwd/../../../../../../.." "$ID" /bin/sh -c "$(climb)"
    held
}

@test "2.11c CVE-2024-21626: a program below a descriptor of the runtime's is none of the host's" {
    hostile_bundle
    new_decoy
    printf '#!/bin/sh\ncat %s\necho "decoy secret"\n' "$DECOY/secret" >"$DECOY/program"
    chmod 0755 "$DECOY/program"
    decoy_snapshot >"$BATS_TEST_TMPDIR/decoy.before"
    for n in {3..14}; do
        set_args "/proc/self/fd/$n/../../../../../../../../../../../..$DECOY/program"
        run_runtime run --bundle "$BUNDLE" "$ID"
        forget
        held
    done
}

@test "2.11d CVE-2024-21626: a directory that the runtime's caller has open is no working directory" {
    hostile_bundle
    new_decoy
    exec 9<"$DECOY"
    for cwd in /proc/self/fd/9 /proc/1/fd/9 /proc/thread-self/fd/9; do
        edit_config --arg cwd "$cwd" '.process.cwd = $cwd'
        contain "cat secret; $(climb)"
        forget
        held
    done
    exec 9<&-
}

@test "2.11e CVE-2024-21626: nor is one that it hands over" {
    hostile_bundle
    new_decoy
    edit_config '.process.cwd = "/proc/self/fd/3"'
    set_shell "cat secret; $(climb)"
    run_runtime run --preserve-fds 1 --bundle "$BUNDLE" "$ID" 3<"$DECOY"
    held
}

# The table of users: what exec -u takes, and as whom the process then runs; - is a refusal.
users() {
    cat <<-'END'
	0 0:0
	1 1:0
	1:2 1:2
	:2 -
	1: -
	1x -
	x -
	-1 -
	4294967295 -
	4294967296 -
	99999999999999999999 -
	18446744073709551616 -
	1:-1 -
	1:4294967295 -
	1:4294967296 -
	0x1 -
	1:2:3 -
	1,2 -
	END
}

@test "2.17a CVE-2026-30892 CVE-2024-40635: exec -u runs as exactly the user that it names, or not at all" {
    hostile_bundle
    start_hostile
    held
    local user wanted
    while read -r user wanted; do
        run_runtime exec -u "$user" "$ID" sh -c 'echo $(id -u):$(id -g)'
        if ((status == 0)) && [[ $stdout != "$wanted" && ( $stdout == 0:* || $wanted != - ) ]]; then
            vulnerable "-u $user runs as $stdout"
        fi
        in_davit expect_user "$user" "$wanted"
    done < <(users)
    for user in '1 ' ' 1' '' '+1' '01x'; do
        run_runtime exec -u "$user" "$ID" sh -c 'echo $(id -u):$(id -g)'
        ((status != 0)) || [[ $stdout != 0:* ]] || vulnerable "-u \"$user\" runs as $stdout"
        in_davit is_refused "$user"
    done
    status=0
}

expect_user() {
    if [[ $2 == - ]]; then is_refused "$1"; else expect_equal "-u $1" "$stdout" "$2"; fi
}
is_refused() { ((status != 0)) || fail_with "-u \"$1\" was taken"; }

@test "2.17b CVE-2026-30892: the same in a process's own document" {
    hostile_bundle
    start_hostile
    held
    local id
    for id in -1 4294967295 4294967296 99999999999999999999 1.5 '"1"' 1e30; do
        for key in uid gid; do
            jq --argjson id 0 '{args: ["/bin/sh", "-c", "echo $(id -u):$(id -g)"], cwd: "/",
                user: {uid: 1000, gid: 1000}}' <<<null | sed "s/\"$key\": 1000/\"$key\": $id/" >"$BATS_TEST_TMPDIR/process"
            run_runtime exec --process "$BATS_TEST_TMPDIR/process" "$ID"
            ((status != 0)) || [[ $stdout != *0:* && $stdout != *:0 ]] || vulnerable "$key $id runs as $stdout"
            in_davit is_refused "$key $id"
        done
    done
    status=0
}

@test "2.21a CVE-2015-1334: a false /proc below the joined root deceives no exec" {
    hostile_bundle
    new_decoy
    edit_config '.mounts |= map(select(.destination != "/proc")) | .linux.maskedPaths = [] | .linux.readonlyPaths = []'
    mkdir -p "$BUNDLE/rootfs/proc/self/attr" "$BUNDLE/rootfs/proc/self/fd" "$BUNDLE/rootfs/proc/1/ns"
    for name in self/attr/exec self/attr/current self/uid_map self/setgroups self/oom_score_adj 1/ns/mnt self/exe; do
        ln -s "$DECOY/secret" "$BUNDLE/rootfs/proc/$name"
    done
    start_hostile
    held
    run_runtime exec "$ID" /bin/sh -c 'echo in'
    held
    run_runtime exec --cwd /proc/self/fd "$ID" /bin/sh -c "$(climb)"
    held
}

@test "2.21b CVE-2016-10124: a process with the caller's terminal as stdin cannot type into it" {
    hostile_bundle
    start_hostile
    held
    # A session of its own has no terminal to push characters into: fields 6 and 7 of stat.
    run_on_terminal exec "$ID" /bin/sh -c 'read -r p c s pp pg session tty rest </proc/self/stat; echo "terminal=$tty;"'
    in_davit expect_ok
    ((status != 0)) || [[ $stdout == *"terminal=0;"* ]] || vulnerable "the caller's terminal controls the container"
    status=0
}
