#!/usr/bin/env bats
# pause and resume: every process of a container stops where it is, and goes on.

load helpers
load cgroup

setup() {
    begin
    needs root
    new_bundle
}

count() { wc -c <"$BUNDLE/rootfs/count"; }
has_counted() { (($(count) > $1)); }

start_counting() {
    start_container /bin/sh -c 'while :; do echo -n x >>/count; sleep 0.01; done'
    wait_until has_counted 0
}

@test "a paused container makes no progress, and a resumed one does" {
    start_counting
    davit pause "$ID"
    expect_equal status "$(container_state)" paused
    local before
    before=$(count)
    davit state "$ID" >/dev/null
    sleep 0.3
    expect_equal progress "$(count)" "$before"
    davit resume "$ID"
    expect_equal status "$(container_state)" running
    wait_until has_counted "$before"
}

@test "pausing twice is an error, resuming what runs too" {
    start_container
    run_davit resume "$ID"
    expect_error "cannot resume $ID: container not paused: it is running"
    davit pause "$ID"
    run_davit pause "$ID"
    expect_error "cannot pause $ID: container not running: it is paused"
}

@test "a created container can be paused" {
    set_args /bin/sleep 3600
    davit create --bundle "$BUNDLE" "$ID" </dev/null >"$BATS_TEST_TMPDIR/output" 2>&1
    davit pause "$ID"
    davit resume "$ID"
    expect_equal status "$(container_state)" created
    davit start "$ID"
}

@test "a paused container is not started, and starts once it is resumed" {
    set_args /bin/sleep 3600
    davit create --bundle "$BUNDLE" "$ID" </dev/null >"$BATS_TEST_TMPDIR/output" 2>&1
    davit pause "$ID"
    run_davit start "$ID"
    expect_error "cannot start $ID: cannot start a container in the paused state"
    expect_hint "davit resume $ID first"
    davit resume "$ID"
    davit start "$ID"
    davit pause "$ID"
    run_davit start "$ID"
    expect_error "cannot start $ID: cannot start a container in the paused state"
    expect_equal status "$(container_state)" paused
}

@test "a stopped container cannot be paused" {
    start_container
    davit kill "$ID" KILL
    wait_until container_is stopped
    run_davit pause "$ID"
    expect_error "cannot pause $ID: container not running: it is stopped"
}

@test "a paused container can be killed" {
    start_counting
    davit pause "$ID"
    davit kill "$ID" KILL
    wait_until container_is stopped
}

@test "a paused container can be deleted by force" {
    start_counting
    davit pause "$ID"
    davit delete --force "$ID"
    expect_nothing_left
}

@test "many processes are paused together" {
    start_container /bin/sh -c 'for i in 1 2 3 4 5 6 7 8; do (while :; do :; done) & done; wait'
    for _ in 1 2 3; do
        davit pause "$ID"
        davit resume "$ID"
    done
    davit pause "$ID"
    local pid state
    for pid in $(davit ps --format json "$ID" | jq '.[]'); do
        state=$(sed 's/.*) //; s/ .*//' "/proc/$pid/stat")
        [[ $state == [SD] ]] || fail_with "process $pid is in state $state"
    done
}

# However far it came, the next command goes on from there.
@test "a pause, a kill or a delete that is killed in the middle leaves no frozen cgroup" {
    set_shell 'for i in 1 2 3 4 5 6 7 8; do sleep 3600 & done; wait'
    local i after kinds=(1 2 3)
    [[ -z ${DAVIT_TEST_MACHINE-} ]] || kinds=(2) # emulated, and slow
    for i in "${kinds[@]}"; do
        davit create --bundle "$BUNDLE" "$ID" </dev/null >"$BATS_TEST_TMPDIR/output" 2>&1
        davit start "$ID"
        for after in 0.004 "0.0$((i + 1))"; do
            timeout -s KILL "$after" "$DAVIT" --root "$ROOT" pause "$ID" || true
            [[ $(container_state) == running ]] || davit resume "$ID"
            expect_equal status "$(container_state)" running
            is_thawed
        done
        davit pause "$ID"
        case $i in
        1) timeout -s KILL 0.003 "$DAVIT" --root "$ROOT" resume "$ID" || true ;;
        2) timeout -s KILL 0.006 "$DAVIT" --root "$ROOT" kill --all "$ID" KILL || true ;;
        3) timeout -s KILL 0.01 "$DAVIT" --root "$ROOT" delete --force "$ID" || true ;;
        esac
        davit delete --force "$ID"
        davit list >/dev/null # which removes the rest of a state that was on its way out
        expect_nothing_left
    done
}
is_thawed() {
    if [[ -n $(place unified) ]]; then
        [[ $(cat "$(place unified)/cgroup.freeze") == 0 ]]
    else
        [[ $(cat "$(place freezer)/freezer.state") == THAWED ]]
    fi
}
