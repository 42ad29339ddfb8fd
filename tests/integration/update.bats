#!/usr/bin/env bats
# update: other limits for a container that lives, all of them or none.

load helpers
load cgroup

setup() {
    begin
    needs root
    new_bundle
}

@test "options change what they name and nothing else" {
    edit_config '.linux.resources += {"memory": {"limit": 67108864}, "pids": {"limit": 50}}'
    start_container
    run_davit update --memory 128m --cpu-share 512 "$ID"
    expect_ok
    expect_knob memory memory.limit_in_bytes 134217728 memory.max 134217728
    expect_knob cpu cpu.shares 512 cpu.weight 59
    expect_knob pids pids.max 50 pids.max 50
}

@test "each option reaches its file" {
    start_container
    run_davit update --memory 67108864 --memory-reservation 32m --memory-swap 128m --cpu-quota 20000 --cpu-period 50000 \
        --cpuset-cpus 0 --cpuset-mems 0 --pids-limit 44 "$ID"
    expect_ok
    expect_knob memory memory.limit_in_bytes 67108864 memory.max 67108864
    expect_knob memory memory.soft_limit_in_bytes 33554432 memory.low 33554432
    expect_knob cpuset cpuset.cpus 0 cpuset.cpus 0
    expect_knob cpuset cpuset.mems 0 cpuset.mems 0
    expect_knob pids pids.max 44 pids.max 44
    expect_knob cpu cpu.cfs_quota_us 20000 cpu.max "20000 50000"
    expect_knob cpu cpu.cfs_period_us 50000 cpu.max "20000 50000"
}

@test "a document on standard input, from which members may be missing" {
    start_container
    echo '{"memory": {"limit": 67108864}}' >"$BATS_TEST_TMPDIR/in"
    davit update --resources - "$ID" <"$BATS_TEST_TMPDIR/in"
    expect_knob memory memory.limit_in_bytes 67108864 memory.max 67108864
}

@test "a document in a file; options beside it are left out of account" {
    start_container
    echo '{"pids": {"limit": 31}}' >"$BATS_TEST_TMPDIR/in"
    davit update --resources="$BATS_TEST_TMPDIR/in" --pids-limit 77 "$ID"
    expect_knob pids pids.max 31 pids.max 31
}

@test "a document that is wrong says where" {
    start_container
    echo '{"memory": {"limit": "1G"}}' >"$BATS_TEST_TMPDIR/in"
    run_davit update --resources "$BATS_TEST_TMPDIR/in" "$ID"
    expect_status 1
    expect_stderr_has "memory.limit: expected an integer, got a string"
}

@test "a period keeps the quota, a quota keeps the period" {
    edit_config '.linux.resources.cpu = {"quota": 20000, "period": 50000}'
    start_container
    davit update --cpu-period 100000 "$ID"
    expect_knob cpu cpu.cfs_quota_us 20000 cpu.max "20000 100000"
    davit update --cpu-quota 30000 "$ID"
    expect_knob cpu cpu.cfs_period_us 100000 cpu.max "30000 100000"
}

@test "memory can be raised above the old limit of memory plus swap" {
    edit_config '.linux.resources.memory = {"limit": 33554432, "swap": 33554432}'
    start_container
    run_davit update --memory 256m --memory-swap 256m "$ID"
    expect_ok
    expect_knob memory memory.limit_in_bytes 268435456 memory.max 268435456
}

@test "no limit at all" {
    edit_config '.linux.resources.memory = {"limit": 33554432}'
    start_container
    davit update --memory -1 --pids-limit -1 "$ID"
    expect_knob pids pids.max max pids.max max
    [[ $(version_of memory) == 1 ]] || expect_knob memory "" "" memory.max max
}

@test "when one limit is refused those before it are put back" {
    edit_config '.linux.resources += {"memory": {"limit": 67108864}, "pids": {"limit": 50}, "cpu": {"shares": 2048}}'
    start_container
    echo '{"memory": {"limit": 134217728}, "cpu": {"shares": 512, "cpus": "4000"}, "pids": {"limit": 7}}' \
        >"$BATS_TEST_TMPDIR/in"
    run_davit update --resources "$BATS_TEST_TMPDIR/in" "$ID"
    expect_status 1
    expect_where linux.resources.cpu.cpus
    expect_knob memory memory.limit_in_bytes 67108864 memory.max 67108864
    expect_knob cpu cpu.shares 2048 cpu.weight 174
    expect_knob pids pids.max 50 pids.max 50
}

@test "a limit below what is in use says so" {
    needs_controller memory
    start_container /bin/sh -c 'tail -c 41943040 /dev/zero | { sleep 3600; cat; }'
    wait_until uses_memory
    echo '{"memory": {"limit": 8388608, "swap": 8388608, "checkBeforeUpdate": true}}' >"$BATS_TEST_TMPDIR/in"
    local before after
    before=$(knob memory memory.limit_in_bytes memory.max)
    run_davit update --resources "$BATS_TEST_TMPDIR/in" "$ID"
    after=$(knob memory memory.limit_in_bytes memory.max)
    expect_equal limit "$after" "$before"
    expect_status 1
    # On v1 it is the kernel that refuses.
    local refusal="memory limit 8 MiB is below the [0-9.]+ MiB that the container already uses"
    [[ $stderr =~ ^"davit: cannot update $ID: "("linux.resources.memory.limit: ")?$refusal(": Device or resource busy (EBUSY)")?$'\n' ]] ||
        fail_with "another error"
    expect_hint "$([[ $(version_of memory) == 1 ]] && echo "set at least " || echo "free memory in the container first")"
}
uses_memory() { (($(knob memory memory.usage_in_bytes memory.current) > 30000000)); }

@test "device rules are left alone" {
    edit_config '.process.capabilities |= map_values(. + ["CAP_MKNOD"])
        | .linux.resources.devices = [{"allow": false, "access": "rwm"}, {"allow": true, "type": "c", "major": 511, "access": "rw"}]'
    set_shell 'mknod /n c 511 7; until [ -e /go ]; do sleep 0.1; done; : </n'
    davit create --bundle "$BUNDLE" "$ID" </dev/null >"$BATS_TEST_TMPDIR/output" 2>&1
    davit start "$ID"
    echo '{"devices": [{"allow": false, "access": "rwm"}], "pids": {"limit": 20}}' >"$BATS_TEST_TMPDIR/in"
    davit update --resources "$BATS_TEST_TMPDIR/in" "$ID"
    touch "$BUNDLE/rootfs/go"
    wait_until container_is stopped
    [[ $(cat "$BATS_TEST_TMPDIR/output") == *"No such device or address"* ]]
}

@test "created and paused containers can be updated, stopped ones not" {
    set_args /bin/sleep 3600
    davit create --bundle "$BUNDLE" "$ID" </dev/null >"$BATS_TEST_TMPDIR/output" 2>&1
    davit update --pids-limit 21 "$ID"
    davit start "$ID"
    davit pause "$ID"
    davit update --pids-limit 22 "$ID"
    expect_knob pids pids.max 22 pids.max 22
    davit resume "$ID"
    davit kill "$ID" KILL
    wait_until container_is stopped
    run_davit update --pids-limit 23 "$ID"
    expect_error "cannot update $ID: container not running"
}

@test "limits of kernel memory are ignored with a warning" {
    start_container
    run_davit --log-level warning update --kernel-memory 1048576 "$ID"
    expect_ok
    expect_stderr_has "warning: --kernel-memory is ignored"
}

@test "what is no number is an error of the command line" {
    run_davit update --pids-limit many "$ID"
    expect_status 1
    expect_stderr_has "option --pids-limit"
}

@test "cache shares need a container that has a class of service" {
    start_container
    run_davit update --l3-cache-schema "L3:0=f" "$ID"
    expect_error "cannot update $ID: the container has no class of service of its own to change"
}

@test "an unknown container is an error" {
    run_davit update --pids-limit 5 "$ID"
    expect_status 1
    expect_stderr_has "does not exist"
}
