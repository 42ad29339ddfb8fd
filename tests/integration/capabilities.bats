#!/usr/bin/env bats
# capabilities: the five sets, as the kernel shows them.

load helpers

sets() { in_container "grep ^Cap /proc/self/status | tr -s '\t ' ' '"; }

@test "a root process has its bounding set, whatever was inherited" {
    new_bundle
    edit_config '.process.capabilities = {bounding: ["CAP_KILL", "CAP_CHOWN"], effective: ["CAP_KILL"], permitted: ["CAP_KILL"]}'
    sets
    expect_ok
    expect_stdout_has "CapInh: 0000000000000000"
    expect_stdout_has "CapBnd: 0000000000000021"
    expect_stdout_has "CapAmb: 0000000000000000"
    expect_stdout_has "CapEff: 0000000000000020"
}

@test "an ordinary user has the ambient set and no more" {
    needs root
    new_bundle
    edit_config '["CAP_NET_BIND_SERVICE", "CAP_KILL"] as $two | .process.user = {uid: 1000, gid: 1000} |
        .process.capabilities = {bounding: $two, effective: $two, permitted: $two, inheritable: $two,
                                 ambient: ["CAP_NET_BIND_SERVICE"]}'
    sets
    expect_ok
    expect_stdout_has "CapInh: 0000000000000420"
    expect_stdout_has "CapPrm: 0000000000000400"
    expect_stdout_has "CapEff: 0000000000000400"
    expect_stdout_has "CapBnd: 0000000000000420"
    expect_stdout_has "CapAmb: 0000000000000400"
}

@test "without capabilities there are none" {
    new_bundle
    edit_config 'del(.process.capabilities)'
    sets
    expect_ok
    expect_equal sets "$(cut -d' ' -f2 <<<"$stdout" | sort -u)" 0000000000000000
}

@test "an unknown capability is a warning by its name" {
    new_bundle
    edit_config '.process.capabilities.bounding += ["CAP_MAKE_COFFEE"]'
    set_args /bin/true
    run_davit --log-level warning run --bundle "$BUNDLE" "$ID"
    expect_ok
    expect_stderr_has CAP_MAKE_COFFEE
}

@test "a capability that cannot be granted is a warning by its name, and is left out" {
    needs program capsh
    needs root
    new_bundle
    edit_config '.process.capabilities = {bounding: ["CAP_SYS_BOOT", "CAP_KILL"], effective: ["CAP_SYS_BOOT", "CAP_KILL"],
        permitted: ["CAP_SYS_BOOT", "CAP_KILL"]}'
    set_shell "grep ^CapBnd /proc/self/status"
    status=0
    capsh --drop=cap_sys_boot -- -c "exec '$DAVIT' --root '$ROOT' --log-level warning run --bundle '$BUNDLE' '$ID'" \
        </dev/null >"$BATS_TEST_TMPDIR/stdout" 2>"$BATS_TEST_TMPDIR/stderr" || status=$?
    stdout=$(cat "$BATS_TEST_TMPDIR/stdout") stderr=$(cat "$BATS_TEST_TMPDIR/stderr")
    expect_ok
    expect_stdout $'CapBnd:\t0000000000000020'
    expect_stderr_has "process.capabilities.bounding: CAP_SYS_BOOT cannot be granted here and is left out"
}

@test "a late seccomp filter leaves no capability behind" {
    needs seccomp
    new_bundle
    edit_config '.process.noNewPrivileges = false | .linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW"} |
        .process.capabilities = {bounding: ["CAP_KILL"], effective: ["CAP_KILL"], permitted: ["CAP_KILL"]}'
    in_container 'grep -E "^(CapPrm|CapEff|CapBnd|Seccomp):" /proc/self/status | tr -s "\t" " "'
    expect_ok
    expect_stdout $'CapPrm: 0000000000000020\nCapEff: 0000000000000020\nCapBnd: 0000000000000020\nSeccomp: 2'
}
