#!/usr/bin/env bats
# resources: limits are in the files that enforce them, and they bite.

load helpers
load cgroup

setup() {
    begin
    needs root
}

# Starts a container with these resources.
with_resources() {
    new_bundle
    edit_config --argjson resources "$1" '.linux.resources += $resources'
    start_container
}

refuse_resources() {
    new_bundle
    edit_config --argjson resources "$1" '.linux.resources += $resources'
    run_davit create --bundle "$BUNDLE" "$ID"
    expect_status 1
}

@test "memory, reservation and swap" {
    needs_controller memory
    with_resources '{"memory": {"limit": 67108864, "swap": 100663296, "reservation": 33554432}}'
    expect_knob memory memory.limit_in_bytes 67108864 memory.max 67108864
    expect_knob memory memory.soft_limit_in_bytes 33554432 memory.low 33554432
    [[ ! -e $(place memory)/memory.memsw.limit_in_bytes && ! -e $(place memory)/memory.swap.max ]] ||
        expect_knob memory memory.memsw.limit_in_bytes 100663296 memory.swap.max 33554432
}

@test "swappiness and the OOM killer, or a refusal by name" {
    needs_controller memory
    if [[ $(version_of memory) == 1 ]]; then
        with_resources '{"memory": {"swappiness": 7, "disableOOMKiller": true}}'
        expect_equal swappiness "$(cat "$(place memory)/memory.swappiness")" 7
        [[ $(cat "$(place memory)/memory.oom_control") == *"oom_kill_disable 1"* ]]
    else
        refuse_resources '{"memory": {"swappiness": 7}}'
        expect_stderr_has "memory.swappiness cannot be set on cgroup v2"
        expect_where linux.resources.memory.swappiness
    fi
}

@test "the limit of kernel memory is ignored with a warning" {
    needs_controller memory
    new_bundle
    edit_config '.linux.resources.memory = {"kernel": 1048576}'
    set_args /bin/true
    run_davit --log-level warning run --bundle "$BUNDLE" "$ID"
    expect_ok
    expect_stderr_has "warning: memory.kernel is ignored"
}

@test "processor shares, quota, period and burst" {
    needs_controller cpu
    with_resources '{"cpu": {"shares": 512, "quota": 20000, "period": 50000, "burst": 10000}}'
    expect_knob cpu cpu.shares 512 cpu.weight 59
    if [[ $(version_of cpu) == 1 ]]; then
        expect_equal quota "$(cat "$(place cpu)"/cpu.cfs_{quota,period,burst}_us)" $'20000\n50000\n10000'
    else
        expect_equal quota "$(cat "$(place cpu)"/cpu.max{,.burst})" $'20000 50000\n10000'
    fi
}

@test "idle" {
    needs_controller cpu
    with_resources '{"cpu": {"idle": 1, "shares": 512}}'
    expect_knob cpu cpu.idle 1 cpu.idle 1
}

@test "processors and memory nodes" {
    needs_controller cpuset
    with_resources '{"cpu": {"cpus": "0", "mems": "0"}}'
    expect_knob cpuset cpuset.cpus 0 cpuset.cpus 0
    expect_equal affinity "$(sed -n 's/^Cpus_allowed_list:\t//p' "/proc/$(container_pid)/status")" 0
}

@test "processors that the host has not are refused" {
    needs_controller cpuset
    refuse_resources '{"cpu": {"cpus": "4000"}}'
    expect_where linux.resources.cpu.cpus
    expect_hint "the cgroup above has 0"
}

@test "processes" {
    needs_controller pids
    with_resources '{"pids": {"limit": 17}}'
    expect_knob pids pids.max 17 pids.max 17
}

@test "no limit of processes" {
    needs_controller pids
    with_resources '{"pids": {"limit": -1}}'
    expect_knob pids pids.max max pids.max max
}

@test "one process may be all there is" {
    needs_controller pids
    new_bundle
    edit_config '.linux.resources.pids.limit = 1'
    set_args /bin/true
    run_davit run --bundle "$BUNDLE" "$ID"
    expect_ok
}

@test "a bomb of forks stops at the limit" {
    needs_controller pids
    new_bundle
    edit_config '.linux.resources.pids.limit = 10'
    in_container 'i=0; while [ $i -lt 40 ]; do sleep 1000 & i=$((i + 1)); done; echo not reached'
    ((status != 0))
    expect_stderr_has "can't fork"
}

@test "who takes more memory than he may is killed, and the statistics count it" {
    needs_controller memory
    new_bundle
    edit_config '.linux.resources.memory = {"limit": 33554432, "swap": 33554432}'
    start_container /bin/sh -c 'tail /dev/zero; echo $? >/status; sleep 3600'
    wait_until test -s "$BUNDLE/rootfs/status"
    expect_equal status "$(cat "$BUNDLE/rootfs/status")" 137
    ((1 == $(sed -n 's/^oom_kill //p' <<<"$(knob memory memory.oom_control memory.events)")))
    davit delete --force "$ID"
    set_args /bin/tail /dev/zero
    run_davit run --bundle "$BUNDLE" "$ID"
    expect_status 137
}

@test "a limit too low to start says so" {
    needs_controller memory
    new_bundle
    edit_config '.linux.resources.memory = {"limit": 65536, "swap": 65536}'
    run_davit run --bundle "$BUNDLE" "$ID"
    expect_error "cannot create $ID: the container's init was killed by SIGKILL before its program ran"
    expect_hint "OOM, limit 64 KiB"
}

# The processor time that the container used, in us, and its periods and those that it was stopped in.
quota_counters() {
    local stat
    stat=$(cat "$(place cpu)/cpu.stat")
    periods=$(sed -n 's/^nr_periods //p' <<<"$stat") throttled=$(sed -n 's/^nr_throttled //p' <<<"$stat")
    if [[ $(version_of cpu) == 2 ]]; then
        used=$(sed -n 's/^usage_usec //p' <<<"$stat")
    else
        used=$(($(cat "$(place cpuacct)/cpuacct.usage") / 1000))
    fi
}

# In ten periods of 100 ms or more: between 40 % and 60 % of them, if the machine had that much for the container.
# More than 60 % is wrong in any case. (What the two files of v1 say is a moment apart: hence one period's quota.)
uses_half() {
    local before_used before_periods before_throttled permille
    quota_counters
    before_used=$used before_periods=$periods before_throttled=$throttled
    wait_until has_periods "$((before_periods + 10))"
    permille=$(((used - before_used) / 100 / (periods - before_periods)))
    echo "$permille of 1000, stopped in $((throttled - before_throttled)) of $((periods - before_periods)) periods"
    ((permille <= 600 + 50 * 10 / (periods - before_periods))) || touch "$BATS_TEST_TMPDIR/too-much"
    ((permille >= 400))
}
has_periods() { quota_counters && ((periods >= $1)); }

@test "a quota of half a processor halves what a spinner gets" {
    needs_controller cpu
    new_bundle
    # The shares give it a processor on a busy machine too, so that it is the quota that stops it.
    edit_config '.linux.resources.cpu = {"quota": 50000, "period": 100000, "shares": 262144}'
    start_container /bin/sh -c 'while :; do :; done'
    wait_until has_periods 3
    wait_until uses_half || skip "needs half a processor: this machine is too busy"
    [[ ! -e $BATS_TEST_TMPDIR/too-much ]]
}

@test "huge pages" {
    needs_controller hugetlb
    [[ -d /sys/kernel/mm/hugepages/hugepages-2048kB ]] || skip "needs huge pages of 2MB"
    with_resources '{"hugepageLimits": [{"pageSize": "2MB", "limit": 4194304}]}'
    expect_knob hugetlb hugetlb.2MB.rsvd.limit_in_bytes 4194304 hugetlb.2MB.rsvd.max 4194304
    expect_knob hugetlb hugetlb.2MB.limit_in_bytes 4194304 hugetlb.2MB.max 4194304
}

@test "huge pages of a size that there is not" {
    needs_controller hugetlb
    refuse_resources '{"hugepageLimits": [{"pageSize": "3MB", "limit": 4194304}]}'
    expect_stderr_has "this kernel has no hugetlb.3MB."
}

@test "throttled disks" {
    needs_controller blkio
    local disk
    disk=$(cat /sys/block/*/dev | head -n1)
    [[ -n $disk ]] || skip "needs a disk"
    new_bundle
    edit_config --arg disk "$disk" '($disk | split(":") | map(tonumber)) as $n | .linux.resources.blockIO = {
        "throttleReadBpsDevice": [{"major": $n[0], "minor": $n[1], "rate": 1048576}],
        "throttleWriteIOPSDevice": [{"major": $n[0], "minor": $n[1], "rate": 100}]}'
    start_container
    if [[ $(version_of blkio) == 1 ]]; then
        expect_equal read "$(cat "$(place blkio)/blkio.throttle.read_bps_device")" "$disk 1048576"
        expect_equal write "$(cat "$(place blkio)/blkio.throttle.write_iops_device")" "$disk 100"
    else
        expect_equal max "$(cat "$(place blkio)/io.max")" "$disk rbps=1048576 wbps=max riops=max wiops=100"
    fi
}

@test "a device that the host has not is named, and not the file" {
    needs_controller blkio
    new_bundle
    edit_config '.linux.resources.blockIO = {throttleReadBpsDevice: [{major: 511, minor: 99, rate: 1000}]}'
    run_davit create --bundle "$BUNDLE" "$ID"
    expect_status 1
    expect_stderr_has 'cannot write "511:99 '
    expect_stderr_has 'No such device (ENODEV)'
    expect_hint 'the host has no device 511:99 that can be limited'
    expect_where 'linux.resources.blockIO.throttleReadBpsDevice[0]'
}

@test "what the kernel demands of swap, quota and burst is said" {
    new_bundle
    if [[ $(version_of memory) == 1 && -e $(hierarchy_root memory)/memory.memsw.limit_in_bytes ]]; then
        edit_config '.linux.resources = {memory: {limit: 50000000, swap: 40000000}}'
        run_davit create --bundle "$BUNDLE" "$ID"
        expect_status 1
        expect_hint 'swap counts memory and swap together: it must be at least memory.limit, which must be set'
    fi
    needs_controller cpu
    edit_config '.linux.resources = {cpu: {quota: 500}}'
    run_davit create --bundle "$BUNDLE" "$ID"
    expect_status 1
    expect_where linux.resources.cpu.quota
    expect_hint 'a quota has at least 1000 microseconds, a period 1000 to 1000000, and their ratio may not exceed that of a cgroup above'
}

@test "unified is written as it stands" {
    unified_root >/dev/null || skip "needs cgroup v2"
    with_resources '{"unified": {"cgroup.max.depth": "7", "cgroup.max.descendants": "9"}}'
    expect_equal depth "$(cat "$(place unified)"/cgroup.max.{depth,descendants})" $'7\n9'
}

@test "unified memory.high and memory.oom.group" {
    [[ $(version_of memory) == 2 ]] || skip "needs memory on cgroup v2"
    with_resources '{"unified": {"memory.high": "33554432", "memory.oom.group": "1"}}'
    expect_equal files "$(cat "$(place memory)"/memory.{high,oom.group})" $'33554432\n1'
}

@test "unified names no file outside the cgroup" {
    unified_root >/dev/null || skip "needs cgroup v2"
    refuse_resources '{"unified": {"../memory.max": "7"}}'
    expect_stderr_has "is not the name of a limit's file in a cgroup"
}

@test "unified with a controller that there is not" {
    unified_root >/dev/null || skip "needs cgroup v2"
    refuse_resources '{"unified": {"magic.max": "7"}}'
    expect_error "cannot create $ID: the requested cgroup controller \"magic\" is not available on this host's cgroup v2"
    expect_where 'linux.resources.unified["magic.max"]'
}

@test "unified with a file that the kernel has not" {
    unified_root >/dev/null || skip "needs cgroup v2"
    refuse_resources '{"unified": {"cgroup.magic": "7"}}'
    expect_stderr_has "this kernel has no cgroup.magic in "
}

@test "a controller that the host has not is named" {
    hierarchy_root rdma >/dev/null && skip "needs a host without the controller rdma"
    refuse_resources '{"rdma": {"mlx5_1": {"hcaHandles": 3}}}'
    expect_error "cannot create $ID: the requested cgroup controller \"rdma\" is not available on this host"
    expect_where linux.resources.rdma
}

@test "what asks for nothing needs no controller" {
    with_resources '{"memory": {"limit": 0, "swap": 0, "reservation": 0}, "cpu": {"shares": 0, "quota": 0, "period": 0},
        "blockIO": {"weight": 0}, "network": {"classID": 0}}'
}
