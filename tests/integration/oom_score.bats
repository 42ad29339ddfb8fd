#!/usr/bin/env bats
# oom_score: oom_score_adj of the process.

load helpers

@test "the value is the config's, and otherwise the caller's" {
    new_bundle
    edit_config '.process.oomScoreAdj = 500'
    in_container 'cat /proc/self/oom_score_adj'
    expect_ok
    expect_stdout 500
    edit_config 'del(.process.oomScoreAdj)'
    in_container 'cat /proc/self/oom_score_adj'
    expect_ok
    expect_stdout "$(cat /proc/self/oom_score_adj)"
}

@test "a value out of range is refused" {
    new_bundle
    edit_config '.process.oomScoreAdj = 1001'
    run_davit run --bundle "$BUNDLE" "$ID"
    expect_status 1
    expect_stderr_has "process.oomScoreAdj"
    expect_stderr_has "1001"
}

@test "a value that may not be lowered is named with the one in force" {
    needs root
    needs program setpriv
    new_bundle
    edit_config '.process.oomScoreAdj = -999'
    set_args /bin/true
    status=0
    stderr=$(setpriv --bounding-set -sys_resource --inh-caps -sys_resource \
        "$DAVIT" --root "$ROOT" run --bundle "$BUNDLE" "$ID" </dev/null 2>&1) || status=$?
    expect_status 1
    expect_stderr_has "setting oom_score_adj to -999 (now $(cat /proc/self/oom_score_adj))"
    expect_hint "a value below the caller's own needs CAP_SYS_RESOURCE"
}
