#!/usr/bin/env bats
# seccomp: system call filters.

load helpers

rules() {
    edit_config --argjson rules "$1" '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: $rules}'
}

@test "a call is refused with the errno that the profile says, EPERM by default" {
    needs seccomp
    new_bundle
    rules '[{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 28},
            {"names": ["rmdir", "unlinkat"], "action": "SCMP_ACT_ERRNO"}]'
    in_container 'mkdir /tmp/x 2>&1; rmdir /tmp 2>&1; grep "^Seccomp:" /proc/self/status'
    expect_ok
    expect_stdout_has "mkdir: can't create directory '/tmp/x': No space left on device"
    expect_stdout_has "rmdir: '/tmp': Operation not permitted"
    expect_stdout_has $'Seccomp:\t2'
}

@test "it is the same without noNewPrivileges" {
    needs seccomp
    new_bundle
    rules '[{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 28}]'
    edit_config '.process.noNewPrivileges = false'
    in_container 'mkdir /tmp/x 2>&1; grep "^NoNewPrivs:" /proc/self/status'
    expect_ok
    expect_stdout_has "No space left on device"
    expect_stdout_has $'NoNewPrivs:\t0'
}

@test "a profile needs to permit nothing that davit itself does" {
    needs seccomp
    needs root
    new_bundle
    edit_config '.process.user = {uid: 1000, gid: 1000} | .process.noNewPrivileges = false'
    rules '[{"names": ["setresuid", "setresgid", "setgroups", "capset", "accept4", "accept", "recvmsg", "sendmsg",
        "connect", "close_range", "chdir", "fchdir", "openat2", "setsid"], "action": "SCMP_ACT_KILL_PROCESS"}]'
    set_args /bin/sleep 3600
    davit create --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1
    davit start "$ID"
    is_sleeping() { [[ $(cat "/proc/$(container_pid)/comm") == sleep ]]; }
    wait_until is_sleeping
}

@test "operators compare arguments" {
    needs seccomp
    new_bundle
    # chmod modes are the second argument of chmod and fchmodat's third: busybox uses chmod.
    try() { # operator value value2 mode refused
        rules "[{\"names\": [\"chmod\"], \"action\": \"SCMP_ACT_ERRNO\", \"errnoRet\": 28,
                 \"args\": [{\"index\": 1, \"op\": \"$1\", \"value\": $2, \"valueTwo\": $3}]}]"
        in_container "chmod $4 /tmp 2>&1 && echo permitted"
        case $5 in
        refused) expect_stdout_has "No space left on device" ;;
        *) expect_stdout permitted ;;
        esac
    }
    try SCMP_CMP_EQ 448 0 0700 refused
    try SCMP_CMP_EQ 448 0 0755 permitted
    try SCMP_CMP_NE 448 0 0755 refused
    try SCMP_CMP_LT 448 0 0600 refused
    try SCMP_CMP_LE 448 0 0700 refused
    try SCMP_CMP_GE 448 0 0700 refused
    try SCMP_CMP_GT 448 0 0700 permitted
    try SCMP_CMP_MASKED_EQ 2048 2048 4755 refused
    try SCMP_CMP_MASKED_EQ 2048 2048 0755 permitted
}

@test "conditions on different arguments must all hold" {
    needs seccomp
    new_bundle
    rules '[{"names": ["kill"], "action": "SCMP_ACT_ERRNO", "errnoRet": 28, "args": [
        {"index": 0, "op": "SCMP_CMP_EQ", "value": 1}, {"index": 1, "op": "SCMP_CMP_EQ", "value": 0}]}]'
    in_container 'kill -0 1 2>&1; kill -CONT 1 2>&1 && echo permitted'
    expect_ok
    expect_stdout_has "No space left on device"
    expect_stdout_has permitted
}

@test "calls older than the profile's newest get the default" {
    needs seccomp
    [[ $(uname -m) == x86_64 ]] || skip "needs an x86_64 host"
    new_bundle
    edit_config '.linux.seccomp = {defaultAction: "SCMP_ACT_ERRNO", defaultErrnoRet: 28, syscalls: [
        {action: "SCMP_ACT_ALLOW", names: ["execve", "brk", "mmap", "mprotect", "arch_prctl", "set_tid_address",
         "set_robust_list", "rseq", "prlimit64", "readlink", "readlinkat", "getrandom", "uname", "open", "openat", "prctl",
         "close", "access", "getuid", "geteuid", "write", "exit", "exit_group", "fstat", "newfstatat", "stat", "read",
         "rt_sigaction", "rt_sigprocmask", "getpid", "getppid", "ioctl", "getcwd", "fcntl", "dup2", "lseek", "munmap",
         "statx", "clone3", "setuid", "setgid", "getgid", "getegid", "dup", "umask"]}]}'
    set_args /bin/mkdir /tmp/x
    run_davit run --bundle "$BUNDLE" "$ID"
    expect_stderr_has "No space left on device"
}

@test "a name that libseccomp does not know is a warning, also when the filter is cached" {
    needs seccomp
    new_bundle
    rules '[{"names": ["mkdirr", "mkdir"], "action": "SCMP_ACT_ERRNO"}]'
    set_args /bin/true
    for round in cold warm; do
        run_davit --log-level warning run --bundle "$BUNDLE" "$ID"
        expect_ok
        expect_stderr_has "does not know them: mkdirr"
    done
    edit_config '.annotations = {"run.oci.seccomp_fail_unknown_syscall": "1"}'
    run_davit run --bundle "$BUNDLE" "$ID"
    expect_status 1
    expect_stderr_has "linux.seccomp.syscalls: unknown system calls: mkdirr"
}

@test "a killed program is explained by the rule that kills execve" {
    needs seccomp
    new_bundle
    rules '[{"names": ["mkdir"], "action": "SCMP_ACT_ERRNO"}, {"names": ["execve"], "action": "SCMP_ACT_KILL"}]'
    set_args /bin/true
    run_davit run --bundle "$BUNDLE" "$ID"
    expect_status 159
    expect_stderr_has "killed by seccomp (SIGSYS) in execve: rule linux.seccomp.syscalls[1], SCMP_ACT_KILL"
}

@test "start tells that the profile kills the program, whoever is its parent" {
    needs seccomp
    needs kernel 6.15
    new_bundle
    rules '[{"names": ["execve"], "action": "SCMP_ACT_KILL_PROCESS"}]'
    set_args /bin/true
    davit create --bundle "$BUNDLE" "$ID" </dev/null >"$BATS_TEST_TMPDIR/output" 2>&1
    run_davit start "$ID"
    expect_error "cannot start $ID: killed by seccomp (SIGSYS) in execve: rule linux.seccomp.syscalls[0], SCMP_ACT_KILL_PROCESS"
    expect_equal status "$(container_state)" stopped
}

@test "a foreground exec tells that the profile kills the program" {
    needs seccomp
    new_bundle
    rules '[{"names": ["mkdir"], "action": "SCMP_ACT_KILL_PROCESS"}]'
    start_container
    run_davit exec "$ID" mkdir /x
    expect_status 159
    expect_stderr_has "$ID: killed by seccomp (SIGSYS): run it with --seccomp-trace to see in which system call"
}

@test "the compiled filter is cached for davit's user alone, and a damaged entry is not used" {
    needs seccomp
    new_bundle
    rules '[{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 28}]'
    in_container 'true'
    expect_ok
    entry=$(echo "$ROOT"/.cache/seccomp/*)
    [[ -f $entry ]]
    expect_equal mode "$(stat -c %a "$entry")" 600
    for damage in "truncate -s 100" "truncate -s 0" "chmod 0666" "rm -f"; do
        $damage "$entry"
        in_container 'mkdir /tmp/x 2>&1'
        expect_stdout_has "No space left on device"
        expect_equal "entries" "$(find "$ROOT/.cache/seccomp" -type f | wc -l)" 1
        chmod 0600 "$entry"
    done
}

@test "--seccomp-trace reports each refused call once, and the profile goes on refusing" {
    needs seccomp
    needs root
    new_bundle
    rules '[{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 28}]'
    set_shell 'mkdir /tmp/x; mkdir /tmp/y; echo end'
    run_davit run --seccomp-trace --bundle "$BUNDLE" "$ID"
    expect_ok
    expect_stdout end
    expect_equal reports "$(grep -c 'seccomp: mkdir(' <<<"$stderr")" 1
    expect_stderr_has "by mkdir["
    expect_stderr_has "refused with ENOSPC"
    expect_equal refusals "$(grep -c "No space left on device" <<<"$stderr")" 2
}

@test "--seccomp-trace and an agent cannot both listen" {
    needs seccomp
    new_bundle
    rules '[{"names": ["mkdir"], "action": "SCMP_ACT_NOTIFY"}]'
    edit_config '.linux.seccomp.listenerPath = "/nobody"'
    run_davit run --seccomp-trace --bundle "$BUNDLE" "$ID"
    expect_error "cannot create $ID: --seccomp-trace cannot watch a profile with SCMP_ACT_NOTIFY"
    expect_hint "the kernel allows one listener, and that is the profile's agent: for the trace, put another action in place of SCMP_ACT_NOTIFY"
}

@test "flags are the kernel's" {
    needs seccomp
    new_bundle
    for flag in SECCOMP_FILTER_FLAG_TSYNC SECCOMP_FILTER_FLAG_LOG SECCOMP_FILTER_FLAG_SPEC_ALLOW; do
        edit_config --arg flag "$flag" '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", flags: [$flag]}'
        in_container 'grep "^Seccomp:" /proc/self/status'
        expect_ok
        expect_stdout $'Seccomp:\t2'
    done
}

@test "every architecture of the specification is accepted" {
    needs seccomp
    new_bundle
    edit_config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", architectures: (["X86", "X86_64", "X32", "ARM", "AARCH64",
        "MIPS", "MIPS64", "MIPS64N32", "MIPSEL", "MIPSEL64", "MIPSEL64N32", "PPC", "PPC64", "PPC64LE", "S390", "S390X",
        "PARISC", "PARISC64", "RISCV64", "LOONGARCH64", "M68K", "SH", "SHEB"] | map("SCMP_ARCH_" + .)),
        syscalls: [{names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO", errnoRet: 28}]}'
    in_container 'mkdir /tmp/x 2>&1'
    expect_stdout_has "No space left on device"
}

@test "wrong profiles are refused with their place" {
    needs seccomp
    new_bundle
    refused() {
        edit_config --argjson profile "$1" '.linux.seccomp = $profile'
        run_davit run --bundle "$BUNDLE" "$ID"
        expect_status 1
        expect_stderr_has "$2"
    }
    refused '{"defaultAction": "SCMP_ACT_NOTIFY"}' "linux.seccomp.defaultAction: SCMP_ACT_NOTIFY cannot be the default action"
    refused '{"defaultAction": "SCMP_ACT_ALLOW", "defaultErrnoRet": 1}' "linux.seccomp.defaultErrnoRet: SCMP_ACT_ALLOW takes no errno"
    refused '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": [], "action": "SCMP_ACT_ERRNO"}]}' \
        "linux.seccomp.syscalls[0].names"
    refused '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["kill"], "action": "SCMP_ACT_KILL", "errnoRet": 1}]}' \
        "linux.seccomp.syscalls[0].errnoRet"
    refused '{"defaultAction": "SCMP_ACT_ALLOW", "listenerMetadata": "x"}' \
        "linux.seccomp.listenerMetadata: is given without listenerPath"
    refused '{"defaultAction": "SCMP_ACT_DENY"}' "linux.seccomp.defaultAction"
    refused '{"defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_VAX"]}' "linux.seccomp.architectures[0]"
}

# execs_beneath JQ-RULES DEFAULT: how exec's filter was loaded, into a container that has it as well.
execs_beneath() {
    new_bundle
    edit_config --argjson rules "$1" --arg action "$2" \
        '.process.noNewPrivileges = false | .linux.seccomp = {defaultAction: $action, syscalls: $rules}'
    start_container
    run_davit --debug exec "$ID" /bin/true
    ((status == 0))
}

@test "exec's filter is loaded before its process can be seen, where it permits what is to come" {
    needs seccomp
    ! grep -q __asan_init "$DAVIT" || skip "needs a davit without sanitizers, which make calls of their own"
    # As davit's and a static program's: everything else is deadly, so whatever davit calls beyond its own list ends it.
    execs_beneath '[{"action": "SCMP_ACT_ALLOW", "names": ["capget", "capset", "clone", "exit_group", "prctl", "getpid",
        "pidfd_open", "poll", "ppoll", "sendmsg", "recvmsg", "setsid", "ioctl", "fcntl", "close", "close_range",
        "prlimit64", "brk", "mmap", "munmap", "execve", "arch_prctl", "getrandom", "getuid", "mprotect", "readlink",
        "readlinkat", "rseq", "set_robust_list", "set_tid_address", "clock_nanosleep", "nanosleep", "futex"]}]' \
        SCMP_ACT_KILL_PROCESS
    [[ $stderr != *"loaded last"* ]]
}

@test "a profile that forbids what exec still has to do is loaded last" {
    needs seccomp
    execs_beneath '[{"names": ["clone", "fork", "setsid", "sendmsg"], "action": "SCMP_ACT_KILL_PROCESS"}]' SCMP_ACT_ALLOW
    expect_stderr_has "seccomp: loaded last, since it refuses davit's clone"
}

@test "an exec has the container's filter" {
    needs seccomp
    new_bundle
    rules '[{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 28}]'
    start_container
    run_davit exec "$ID" /bin/mkdir /tmp/x
    ((status != 0))
    expect_stderr_has "No space left on device"
}

@test "a davit without seccomp refuses a profile" {
    built_with SECCOMP && skip "needs a davit without seccomp"
    new_bundle
    rules '[]'
    run_davit run --bundle "$BUNDLE" "$ID"
    expect_status 1
    expect_stderr_has "linux.seccomp: set, but this davit was built without seccomp"
}
