#!/usr/bin/env bats
# events: what a container uses, and when it ran out of memory.

load helpers
load cgroup

setup() {
    begin
    needs root
    new_bundle
}

@test "statistics once" {
    edit_config '.linux.resources += {"memory": {"limit": 67108864}, "pids": {"limit": 50}}'
    start_container
    run_davit events --stats "$ID"
    expect_ok
    expect_equal lines "$(wc -l <"$BATS_TEST_TMPDIR/stdout")" 1
    expect_equal type "$(jq -r '.type, .id' <<<"$stdout")" "stats"$'\n'"$ID"
    expect_equal limits "$(jq -c '[.data.memory.usage.limit, .data.pids.limit, .data.pids.current]' <<<"$stdout")" \
        "[67108864,50,1]"
    # In this order in text, for those who read it without a parser.
    [[ $stdout == "{\"type\":\"stats\",\"id\":\"$ID\",\"data\":{"* ]]
    jq -e '(.data | keys) - ["cpu", "cpuset", "memory", "pids", "blkio", "hugetlb", "intel_rdt", "network_interfaces"] == []
        and ["total", "kernel", "user"] - (.data.cpu.usage | keys) == []
        and ["limit", "usage", "failcnt"] - (.data.memory.usage | keys) == []' <<<"$stdout"
    jq -e '.data.cpu.usage.total > 0 and .data.memory.usage.usage > 0 and (.data.memory.raw | length > 5)
        and (.data | has("hugetlb")) and .data.network_interfaces == null' <<<"$stdout"
    davit update --pids-limit -1 "$ID"
    expect_equal "without a limit" "$(davit events --stats "$ID" | jq -c .data.pids)" '{"current":1}'
}

@test "statistics at each interval, until the container ends" {
    start_container
    davit events --interval 100ms "$ID" >"$BATS_TEST_TMPDIR/events" 3>&- &
    local pid=$!
    wait_until has_lines 3
    davit kill "$ID" KILL
    wait_until has_ended "$pid"
    wait "$pid"
    expect_equal types "$(jq -r .type "$BATS_TEST_TMPDIR/events" | sort -u)" stats
}
has_lines() { (($(wc -l <"$BATS_TEST_TMPDIR/events") >= $1)); }
has_ended() { ! kill -0 "$1" 2>/dev/null; }

@test "memory that ran out is an event" {
    needs_controller memory
    edit_config '.linux.resources.memory = {"limit": 33554432, "swap": 33554432}'
    start_container /bin/sh -c 'until [ -e /go ]; do sleep 0.1; done; tail /dev/zero; sleep 3600'
    davit events --interval 1h "$ID" >"$BATS_TEST_TMPDIR/events" 3>&- &
    local pid=$!
    wait_until has_lines 1
    touch "$BUNDLE/rootfs/go"
    wait_until has_oom
    expect_equal oom "$(jq -c 'select(.type == "oom")' "$BATS_TEST_TMPDIR/events" | head -n1)" "{\"type\":\"oom\",\"id\":\"$ID\"}"
    davit kill "$ID" KILL
    wait "$pid"
}
has_oom() { grep -q '"oom"' "$BATS_TEST_TMPDIR/events"; }

@test "a stopped container has no events" {
    start_container
    davit kill "$ID" KILL
    wait_until container_is stopped
    run_davit events --stats "$ID"
    expect_error "container with id $ID is not running"
}

@test "an interval that is no time is refused" {
    local interval
    for interval in soon -1s 0s 1..5s 1d 9999h 1m30; do
        run_davit events --interval "$interval" "$ID"
        expect_error "option --interval: \"$interval\" is not a time"
    done
    expect_hint "written like 500ms, 5s, 1m"
    # As Go writes them; the container is asked for next.
    for interval in 5s 1m30s 1h0m0s 0.5s 2500us 5; do
        run_davit events --stats "--interval=$interval" "$ID"
        expect_error "container does not exist"
    done
}
