#!/usr/bin/env bats
# rlimits: resource limits of the process.

load helpers

@test "soft and hard limits are the config's" {
    new_bundle
    edit_config '.process.rlimits = [{type: "RLIMIT_NOFILE", soft: 100, hard: 200}, {type: "RLIMIT_CORE", soft: 0, hard: 4096}]'
    in_container 'grep -E "^Max (open files|core file size)" /proc/self/limits | tr -s " "'
    expect_ok
    expect_stdout $'Max core file size 0 4096 bytes \nMax open files 100 200 files '
}

@test "a limit of no open files at all works" {
    new_bundle
    edit_config '.process.rlimits = [{type: "RLIMIT_NOFILE", soft: 0, hard: 0}]'
    set_args /bin/sh -c 'ulimit -n'
    run_davit run --bundle "$BUNDLE" "$ID"
    expect_ok
    expect_stdout 0
}

@test "a soft limit above the hard one is refused" {
    new_bundle
    edit_config '.process.rlimits = [{type: "RLIMIT_NOFILE", soft: 100, hard: 1}]'
    run_davit run --bundle "$BUNDLE" "$ID"
    expect_status 1
    expect_stderr_has "process.rlimits[0]: soft 100 > hard 1"
}

@test "a limit that stands twice is refused" {
    new_bundle
    edit_config '{type: "RLIMIT_NOFILE", soft: 1, hard: 1} as $one | .process.rlimits = [$one, $one]'
    run_davit run --bundle "$BUNDLE" "$ID"
    expect_status 1
    expect_stderr_has "process.rlimits[1].type: RLIMIT_NOFILE is limited twice"
}

@test "an unknown limit is refused by its name" {
    new_bundle
    edit_config '.process.rlimits = [{type: "RLIMIT_NOSUCH", soft: 1, hard: 1}]'
    run_davit run --bundle "$BUNDLE" "$ID"
    expect_status 1
    expect_stderr_has RLIMIT_NOSUCH
}

@test "a hard limit that may not be raised is named with the one in force" {
    needs program setpriv
    needs program prlimit
    new_bundle
    edit_config '.process.rlimits = [{type: "RLIMIT_NOFILE", soft: 500, hard: 600}]'
    status=0
    stderr=$(prlimit --nofile=400:400 setpriv --bounding-set -sys_resource --inh-caps -sys_resource \
        "$DAVIT" --root "$ROOT" run --bundle "$BUNDLE" "$ID" </dev/null 2>&1) || status=$?
    expect_status 1
    expect_stderr_has "cannot raise RLIMIT_NOFILE to 600: the hard limit in force is 400"
    expect_where "process.rlimits[0].hard"
}
