#!/usr/bin/env bats
# features: engines decide by it what they may ask for.

load helpers

@test "stdout and stderr together are one JSON document" {
    "$DAVIT" features >"$BATS_TEST_TMPDIR/merged" 2>&1
    expect_equal documents "$(jq -s length "$BATS_TEST_TMPDIR/merged")" 1
    expect_equal type "$(jq -r type "$BATS_TEST_TMPDIR/merged")" object
}

@test "it works without any environment and makes no directory" {
    (cd / && env -i "$DAVIT" --root "$BATS_TEST_TMPDIR/none" features) | jq -e .ociVersionMax >/dev/null
    [[ ! -e $BATS_TEST_TMPDIR/none ]]
}

expect_true() {
    local question
    for question in "$@"; do
        jq -e "$question" <<<"$stdout" >/dev/null || fail_with "not so: $question" || return
    done
}

@test "what containerd, docker and CRI-O ask for is there" {
    run_davit features
    expect_ok
    expect_true '.ociVersionMin == "1.0.0"' '.ociVersionMax | startswith("1.")' \
        '.mountOptions | index("rro")' '.mountOptions | index("idmap")' \
        '.linux.namespaces | index("user")' '.linux.mountExtensions.idmap.enabled' \
        '.linux.cgroup.v1 and .linux.cgroup.v2' '.linux.netDevices.enabled' \
        '.hooks | index("createContainer")' '.linux.capabilities | index("CAP_CHECKPOINT_RESTORE")' \
        '.linux.intelRdt.enabled != null' '.linux.apparmor.enabled' \
        '.linux.memoryPolicy.modes | index("MPOL_BIND")' \
        '.annotations["org.opencontainers.runc.checkpoint.enabled"] == "true"'
    # Each member that the specification has.
    expect_true '["ociVersionMin", "ociVersionMax", "hooks", "mountOptions", "linux", "annotations",
            "potentiallyUnsafeConfigAnnotations"] - keys == []' \
        '["prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop"] - .hooks == []' \
        '["pid", "network", "mount", "ipc", "uts", "user", "cgroup", "time"] - .linux.namespaces == []' \
        '["v1", "v2", "systemd", "systemdUser", "rdma"] - (.linux.cgroup | keys) == []' \
        '["enabled", "schemata", "monitoring"] - (.linux.intelRdt | keys) == []' \
        '["enabled", "actions", "operators", "archs", "knownFlags", "supportedFlags"] - (.linux.seccomp | keys) == []
            or .linux.seccomp.enabled == false' \
        '(.linux.selinux.enabled | type) == "boolean"' '.linux.memoryPolicy.flags | length > 0' \
        '[.annotations[] | type] | unique == ["string"]'
}

@test "seccomp's words are listed when it is built in" {
    needs seccomp
    run_davit features
    expect_true '.linux.seccomp.enabled' '.linux.seccomp.actions | index("SCMP_ACT_NOTIFY")' \
        '.linux.seccomp.archs | index("SCMP_ARCH_RISCV64")' '.linux.seccomp.operators | length == 7' \
        '.linux.seccomp.supportedFlags | index("SECCOMP_FILTER_FLAG_LOG")' \
        '.annotations["io.github.seccomp.libseccomp.version"]'
}

@test "annotations that davit acts on are marked as potentially unsafe" {
    run_davit features
    expect_true '.potentiallyUnsafeConfigAnnotations | index("org.systemd.property.")'
}

@test "--probe tells what this host can do, with a reason for each no" {
    run_davit features --probe
    expect_ok
    expect_true '.kernel | length > 0' '[.probes[] | select(.available | not) | .reason] | all(. != null)' \
        '.probes | map(.name) | index("user-namespaces")' '.probes | map(.name) | index("cgroups")'
    if [[ $WAY == root ]]; then
        expect_true '.probes[] | select(.name == "kernel") | .available' \
            '.probes[] | select(.name == "system-calls") | .available'
    fi
}

@test "--probe leaves the caller's own namespaces alone" {
    local before after
    before=$(readlink /proc/self/ns/user /proc/self/ns/mnt /proc/self/ns/pid)
    run_davit features --probe
    after=$(readlink /proc/self/ns/user /proc/self/ns/mnt /proc/self/ns/pid)
    expect_equal namespaces "$after" "$before"
}
