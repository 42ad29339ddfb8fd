#!/usr/bin/env bats
# Commands at the same time: locks and renames keep them apart.

load helpers

setup() {
    begin
    new_bundle
    set_args /bin/sleep 3600
}

# Runs davit, with its errors in a file of the given name.
quiet() {
    local name=$1
    shift
    "$DAVIT" --root "$ROOT" "$@" </dev/null >"$BATS_TEST_TMPDIR/$name.out" 2>"$BATS_TEST_TMPDIR/$name.err"
}

@test "of creates of one id at the same time exactly one wins" {
    for _ in 1 2 3; do
        pids=()
        for i in 1 2 3 4; do
            quiet "$i" create --bundle "$BUNDLE" "$ID" &
            pids+=($!)
        done
        won=0
        for i in 1 2 3 4; do
            if wait "${pids[i - 1]}"; then
                won=$((won + 1))
            else
                grep -q "container with given ID already exists" "$BATS_TEST_TMPDIR/$i.err" ||
                    fail_with "it failed otherwise: $(cat "$BATS_TEST_TMPDIR/$i.err")"
            fi
        done
        expect_equal winners "$won" 1
        expect_equal status "$(container_state)" created
        davit delete "$ID"
        expect_nothing_left
    done
}

@test "of starts at the same time exactly one wins" {
    davit create --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1
    pids=()
    for i in 1 2 3; do
        quiet "$i" start "$ID" &
        pids+=($!)
    done
    won=0
    for pid in "${pids[@]}"; do
        if wait "$pid"; then won=$((won + 1)); fi
    done
    expect_equal winners "$won" 1
    expect_equal status "$(container_state)" running
}

@test "a delete by force while it is being created leaves nothing" {
    for _ in 1 2 3; do
        quiet create create --bundle "$BUNDLE" "$ID" &
        wait_until test -e "$ROOT/$ID"
        quiet delete delete --force "$ID"
        wait $! || true
        davit delete --force "$ID"
        expect_nothing_left
    done
}

create_and_delete() {
    local n
    for n in 1 2 3; do
        quiet "$1-$n" run --detach --bundle "$BUNDLE" "$ID-$1-$n" || return
    done
    for n in 1 2 3; do
        quiet "$1-$n" kill "$ID-$1-$n" KILL && quiet "$1-$n" delete --force "$ID-$1-$n" || return
    done
}

@test "containers come and go in several shells while others look" {
    pids=()
    for i in 1 2 3 4; do
        create_and_delete "$i" &
        pids+=($!)
    done
    for _ in 1 2 3 4 5 6; do
        run_davit --log-level warning list --format json
        expect_ok
        expect_equal warnings "$stderr" ""
        jq -e . <<<"$stdout" >/dev/null
    done
    for pid in "${pids[@]}"; do
        wait "$pid" || { cat "$BATS_TEST_TMPDIR"/*.err; return 1; }
    done
    expect_nothing_left
}

@test "an id that somebody is creating exists already, without a wait for the end of that" {
    mkdir -m 0700 "$ROOT/$ID"
    exec {claim}<"$ROOT/$ID"
    flock "$claim"
    local begin=$SECONDS
    run_davit create --bundle "$BUNDLE" "$ID"
    local took=$((SECONDS - begin))
    exec {claim}<&-
    expect_status 1
    expect_error "cannot create $ID: container with given ID already exists"
    # Whoever wants the lock waits 10 s for it.
    ((took < 9)) || fail_with "it took $took s"
    davit delete --force "$ID"
}
