#!/usr/bin/env bats
# Many containers of one bundle at once.

load helpers

SHELLS=8
COUNT=50

# each COMMAND...: in $SHELLS shells at the same time, COMMAND N for every N of 1 to $COUNT.
each() {
    local shell pid pids=()
    for ((shell = 0; shell < SHELLS; shell++)); do
        (
            for ((n = shell + 1; n <= COUNT; n += SHELLS)); do
                "$@" "$n" </dev/null >"$BATS_TEST_TMPDIR/out.$n" 2>&1 || { echo "failed: $* $n"; exit 1; }
            done
        ) &
        pids+=($!)
    done
    local failed=
    for pid in "${pids[@]}"; do
        wait "$pid" || failed=1
    done
    [[ -z $failed ]] || { cat "$BATS_TEST_TMPDIR"/out.*; return 1; }
}

create_one() { "$DAVIT" --root "$ROOT" create --bundle "$BUNDLE" "$ID-$1"; }
start_one() { "$DAVIT" --root "$ROOT" start "$ID-$1"; }
delete_one() { "$DAVIT" --root "$ROOT" delete --force "$ID-$1"; }

statuses() { davit list --format json | jq -c '[.[].status] | group_by(.) | map({(.[0]): length}) | add'; }

@test "fifty containers of one bundle are made, live and go, from eight shells" {
    new_bundle
    set_args /bin/sleep 3600
    edit_config '.root.readonly = true'
    for ((n = 1; n <= COUNT; n++)); do echo "$ID-$n" >>"$CREATED"; done
    each create_one
    expect_equal "after create" "$(statuses)" '{"created":50}'
    each start_one
    expect_equal "after start" "$(statuses)" '{"running":50}'
    expect_equal "different processes" "$(davit list --format json | jq '[.[].pid] | unique | length')" 50
    each delete_one
    expect_equal "after delete" "$(davit list --quiet)" ""
    expect_nothing_left
}
