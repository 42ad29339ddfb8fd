#!/usr/bin/env bats
# memory_policy: NUMA memory policy.

load helpers

policy() { edit_config --argjson p "$1" '.linux.memoryPolicy = $p'; }
has_numa() { [[ -e /proc/self/numa_maps ]]; }

@test "the policy is the config's" {
    has_numa || skip "needs a kernel with NUMA"
    new_bundle
    try() { # policy text
        policy "$1"
        in_container 'cut -d" " -f2 /proc/self/numa_maps | sort -u'
        expect_ok
        expect_stdout_has "$2"
    }
    try '{"mode": "MPOL_BIND", "nodes": "0"}' "bind:0"
    try '{"mode": "MPOL_INTERLEAVE", "nodes": "0", "flags": ["MPOL_F_STATIC_NODES"]}' "interleave=static:0"
    try '{"mode": "MPOL_PREFERRED", "nodes": "0"}' "prefer:0"
    try '{"mode": "MPOL_LOCAL"}' "local"
    try '{"mode": "MPOL_PREFERRED", "nodes": ""}' "local"
    try '{"mode": "MPOL_DEFAULT"}' "default"
}

@test "nodes that the mode does not take, or lacks, are refused" {
    new_bundle
    refused() {
        policy "$1"
        run_davit run --bundle "$BUNDLE" "$ID"
        expect_status 1
        expect_stderr_has "$2"
    }
    refused '{"mode": "MPOL_DEFAULT", "nodes": "0"}' "linux.memoryPolicy.nodes: MPOL_DEFAULT takes no nodes"
    refused '{"mode": "MPOL_BIND"}' "linux.memoryPolicy.nodes: MPOL_BIND needs at least one node"
    refused '{"mode": "MPOL_BIND", "nodes": "0-"}' "linux.memoryPolicy.nodes"
    refused '{"mode": "MPOL_BIND", "nodes": "0", "flags": ["MPOL_F_STATIC_NODES", "MPOL_F_RELATIVE_NODES"]}' \
        "MPOL_F_STATIC_NODES and MPOL_F_RELATIVE_NODES exclude each other"
    refused '{"mode": "MPOL_SOMEWHERE"}' "linux.memoryPolicy.mode"
}

@test "a node that is not there is explained" {
    has_numa || skip "needs a kernel with NUMA"
    new_bundle
    policy '{"mode": "MPOL_BIND", "nodes": "900"}'
    run_davit run --bundle "$BUNDLE" "$ID"
    expect_status 1
    expect_stderr_has "cannot set the memory policy MPOL_BIND: Invalid argument"
    expect_hint "a node may not exist"
}
