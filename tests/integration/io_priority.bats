#!/usr/bin/env bats
# io_priority: the I/O priority of the process.

load helpers

@test "class and priority are the config's" {
    needs program ionice
    new_bundle
    edit_config '.process.ioPriority = {class: "IOPRIO_CLASS_BE", priority: 6}'
    start_container
    expect_equal priority "$(ionice -p "$(container_pid)")" "best-effort: prio 6"
}

@test "the idle class is set" {
    needs program ionice
    new_bundle
    edit_config '.process.ioPriority = {class: "IOPRIO_CLASS_IDLE", priority: 0}'
    start_container
    expect_equal priority "$(ionice -p "$(container_pid)")" "idle"
}

@test "a priority above 7 and an unknown class are refused" {
    new_bundle
    edit_config '.process.ioPriority = {class: "IOPRIO_CLASS_BE", priority: 8}'
    run_davit run --bundle "$BUNDLE" "$ID"
    expect_status 1
    expect_stderr_has "process.ioPriority.priority"
    edit_config '.process.ioPriority = {class: "IOPRIO_CLASS_FAST", priority: 1}'
    run_davit run --bundle "$BUNDLE" "$ID"
    expect_status 1
    expect_stderr_has "process.ioPriority.class"
}

@test "a class without a priority has the highest one" {
    needs program ionice
    new_bundle
    edit_config '.process.ioPriority = {class: "IOPRIO_CLASS_BE"}'
    start_container
    expect_equal priority "$(ionice -p "$(container_pid)")" "best-effort: prio 0"
}
