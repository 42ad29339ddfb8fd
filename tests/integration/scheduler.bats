#!/usr/bin/env bats
# scheduler: the scheduler of the process.

load helpers

# A real-time policy in a cgroup of v1 without real-time budget is refused by the kernel.
scheduler() { edit_config --argjson s "$1" '.process.scheduler = $s'; }

@test "policy and nice value are the config's" {
    needs program chrt
    new_bundle
    scheduler '{"policy": "SCHED_BATCH", "nice": 5}'
    start_container
    expect_equal policy "$(chrt -p "$(container_pid)" | sed -n 's/.*policy: //p' | head -n1)" SCHED_BATCH
    expect_equal nice "$(awk '{print $19}' "/proc/$(container_pid)/stat")" 5
}

@test "SCHED_IDLE and SCHED_OTHER are set" {
    needs program chrt
    new_bundle
    scheduler '{"policy": "SCHED_IDLE"}'
    start_container
    expect_equal policy "$(chrt -p "$(container_pid)" | sed -n 's/.*policy: //p' | head -n1)" SCHED_IDLE
}

@test "a real-time policy is set, or its refusal explained" {
    needs program chrt
    needs root
    new_bundle
    scheduler '{"policy": "SCHED_FIFO", "priority": 7, "flags": ["SCHED_FLAG_RESET_ON_FORK"]}'
    set_args /bin/sleep 3600
    run_davit create --bundle "$BUNDLE" "$ID"
    if ((status)); then
        expect_stderr_has "cannot set the scheduler SCHED_FIFO: Operation not permitted"
        expect_hint "this needs CAP_SYS_NICE, and for real-time policies on cgroup v1 a linux.resources.cpu.realtimeRuntime"
    else
        expect_equal priority "$(chrt -p "$(container_pid)" | sed -n 's/.*priority: //p' | head -n1)" 7
    fi
}

@test "numbers that the policy does not have are refused" {
    new_bundle
    refused() {
        scheduler "$1"
        run_davit run --bundle "$BUNDLE" "$ID"
        expect_status 1
        expect_stderr_has "$2"
    }
    refused '{"policy": "SCHED_OTHER", "priority": 5}' "process.scheduler.priority: SCHED_OTHER has no priority"
    refused '{"policy": "SCHED_FIFO"}' "process.scheduler.priority: SCHED_FIFO needs a priority from 1 to 99"
    refused '{"policy": "SCHED_BATCH", "runtime": 5}' "process.scheduler: SCHED_BATCH has no runtime, deadline and period"
    refused '{"policy": "SCHED_OTHER", "nice": 20}' "process.scheduler.nice"
    refused '{"policy": "SCHED_FAST"}' "process.scheduler.policy"
}

@test "SCHED_ISO is refused with the reason" {
    needs root
    new_bundle
    scheduler '{"policy": "SCHED_ISO"}'
    run_davit run --bundle "$BUNDLE" "$ID"
    expect_status 1
    expect_hint "Linux has never implemented SCHED_ISO; choose another policy"
}
