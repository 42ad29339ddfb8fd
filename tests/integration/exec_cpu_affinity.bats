#!/usr/bin/env bats
# exec_cpu_affinity: processors of exec.

load helpers

affinity() { edit_config --argjson a "$1" '.process.execCPUAffinity = $a'; }

last_cpu() { awk '/^Cpus_allowed_list/ {n = split($2, all, /[-,]/); print all[n]}' /proc/self/status; }

@test "exec runs on the final processors, and init does not" {
    new_bundle
    cpu=$(last_cpu)
    affinity "{\"initial\": \"$cpu\", \"final\": \"$cpu\"}"
    start_container
    run_davit exec "$ID" /bin/sh -c 'awk "/^Cpus_allowed_list/ {print \$2}" /proc/self/status'
    expect_ok
    expect_stdout "$cpu"
    expect_equal init "$(awk '/^Cpus_allowed_list/ {print $2}' "/proc/$(container_pid)/status")" \
        "$(awk '/^Cpus_allowed_list/ {print $2}' /proc/self/status)"
}

@test "a list that is none is refused with its place" {
    new_bundle
    affinity '{"initial": "0", "final": "3-1"}'
    run_davit run --bundle "$BUNDLE" "$ID"
    expect_status 1
    expect_stderr_has "process.execCPUAffinity.final"
}

@test "processors that are not there are named" {
    new_bundle
    affinity '{"final": "8000"}'
    start_container
    run_davit exec "$ID" /bin/true
    expect_status 255
    expect_stderr_has "cannot run on processors 8000: Invalid argument"
}
