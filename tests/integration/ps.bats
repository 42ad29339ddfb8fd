#!/usr/bin/env bats
# ps: who is in a container, as the host sees it.

load helpers
load cgroup

setup() {
    begin
    needs root
    new_bundle
}

has_processes() { (($(davit ps --format json "$ID" | jq length) == $1)); }

@test "numbers as JSON on one line" {
    start_container /bin/sh -c 'sleep 3600 & sleep 3600 & wait'
    wait_until has_processes 3
    run_davit ps --format json "$ID"
    expect_ok
    expect_equal lines "$(wc -l <"$BATS_TEST_TMPDIR/stdout")" 1
    jq -e --argjson pid "$(container_pid)" 'index($pid) != null' <<<"$stdout"
}

@test "processes in cgroups below are shown too" {
    start_container /bin/sh -c 'sleep 3600 & wait'
    wait_until has_processes 2
    local controller other
    controller=$(unified_root >/dev/null && echo unified || echo freezer)
    other=$(davit ps --format json "$ID" | jq --argjson pid "$(container_pid)" 'map(select(. != $pid))[0]')
    mkdir "$(place "$controller")/below"
    echo "$other" >"$(place "$controller")/below/cgroup.procs"
    has_processes 2
}

@test "a table as ps of the host prints it" {
    needs program ps
    start_container /bin/sleep 3611
    run_davit ps "$ID"
    expect_ok
    [[ $stdout == UID*PID*CMD*3611 ]]
    expect_equal lines "$(wc -l <<<"$stdout")" 2
}

@test "arguments of ps, apart or as one" {
    needs program ps
    start_container /bin/sleep 3611
    run_davit ps "$ID" -eo pid,comm
    expect_ok
    expect_equal shown "$(tail -n1 <<<"$stdout" | tr -s ' ' | sed 's/^ //')" "$(container_pid) sleep"
    run_davit ps "$ID" "-eo pid,comm"
    expect_equal shown "$(tail -n1 <<<"$stdout" | tr -s ' ' | sed 's/^ //')" "$(container_pid) sleep"
}

@test "a table without the column PID cannot be filtered" {
    needs program ps
    start_container
    run_davit ps "$ID" -eo comm
    expect_error "ps printed no column PID to choose the container's processes by"
}

@test "nobody is left in a stopped container" {
    start_container
    davit kill "$ID" KILL
    wait_until container_is stopped
    run_davit ps --format json "$ID"
    expect_ok
    expect_stdout "[]"
}

@test "a container without cgroups cannot tell" {
    set_args /bin/sleep 3600
    davit --cgroup-manager=disabled create --bundle "$BUNDLE" "$ID" </dev/null >"$BATS_TEST_TMPDIR/output" 2>&1
    run_davit ps --format json "$ID"
    expect_error "cannot list the processes of $ID: the container has no cgroup"
}
