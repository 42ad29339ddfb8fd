#!/usr/bin/env bats
# delete: nothing of a container remains, from whatever point it is left at.

load helpers

@test "a stopped container is deleted" {
    new_bundle
    start_container /bin/true
    wait_until container_is stopped
    run_davit delete "$ID"
    expect_ok
    [[ ! -e $ROOT/$ID ]]
    expect_nothing_left
}

@test "a created container is killed and deleted without force" {
    new_bundle
    set_args /bin/sleep 3600
    davit create --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1
    run_davit delete "$ID"
    expect_ok
    expect_nothing_left
}

@test "a running container is left alone without force" {
    new_bundle
    start_container
    run_davit delete "$ID"
    expect_status 1
    expect_error "cannot delete container $ID that is not stopped: running"
    expect_hint "davit kill $ID, or davit delete --force $ID"
    expect_equal status "$(container_state)" running
    run_davit delete --force "$ID"
    expect_ok
    expect_nothing_left
}

@test "a paused container is deleted by force alone" {
    needs root
    new_bundle
    start_container
    davit pause "$ID"
    run_davit delete "$ID"
    expect_error "cannot delete container $ID that is not stopped: paused"
    expect_equal status "$(container_state)" paused
    run_davit delete --force "$ID"
    expect_ok
    expect_nothing_left
}

@test "an unknown container does not exist, which --force forgives" {
    run_davit delete nobody
    expect_status 1
    expect_error "cannot delete nobody: container does not exist"
    run_davit delete --force nobody
    expect_ok
    [[ -z $stderr ]]
}

@test "an id is free again once its container is deleted" {
    new_bundle
    for _ in 1 2; do
        start_container /bin/true
        wait_until container_is stopped
        davit delete "$ID"
    done
}

@test "cgroups that the container made are deleted with it" {
    needs root
    new_bundle
    start_container
    pid=$(container_pid)
    while IFS=: read -r _ controllers path; do
        for mount in "/sys/fs/cgroup/${controllers:-unified}" /sys/fs/cgroup; do
            [[ $path == *"$ID"* && -d $mount$path ]] && mkdir -p "$mount$path/sub/deep" && break
        done
    done <"/proc/$pid/cgroup"
    davit delete --force "$ID"
    expect_nothing_left
}

@test "a stopped container whose cgroups somebody removed answers as before, and is deleted" {
    needs root
    new_bundle
    edit_config --arg path "/$ID" '.linux.cgroupsPath = $path'
    start_container
    davit kill "$ID" KILL
    wait_until container_is stopped
    wait_until gone_from_cgroups
    run_davit state "$ID"
    expect_ok
    run_davit kill --all "$ID" KILL
    expect_ok
    run_davit ps --format json "$ID"
    expect_ok
    expect_stdout '[]'
    run_davit kill "$ID"
    expect_stderr_has "container not running"
    run_davit delete "$ID"
    expect_ok
    expect_equal stderr "$stderr" ""
}

gone_from_cgroups() {
    find /sys/fs/cgroup -depth -name "$ID" -exec rmdir {} \; 2>/dev/null
    [[ -z $(find /sys/fs/cgroup -name "$ID") ]]
}

@test "processes that outlived an init without a pid namespace end" {
    needs root
    new_bundle
    edit_config '.linux.namespaces |= map(select(.type != "pid"))'
    set_shell 'setsid sleep 3600 & exit 0'
    davit create --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1
    davit start "$ID"
    wait_until container_is stopped
    run_davit delete "$ID"
    expect_ok
    expect_nothing_left
}

@test "poststop hooks see a stopped container, and a failing one is a warning" {
    new_bundle
    edit_config --arg out "$BATS_TEST_TMPDIR/hook" '.hooks = {poststop: [
        {path: "/bin/false"},
        {path: "/bin/sh", args: ["sh", "-c", "cat >\($out)"]}]}'
    start_container /bin/true
    wait_until container_is stopped
    run_davit --log-level warning delete "$ID"
    expect_ok
    expect_stderr_has "davit: warning: "
    expect_equal status "$(jq -r .status "$BATS_TEST_TMPDIR/hook")" stopped
    expect_equal id "$(jq -r .id "$BATS_TEST_TMPDIR/hook")" "$ID"
    expect_equal pid "$(jq -c 'has("pid") and .pid != 0' "$BATS_TEST_TMPDIR/hook")" false
}

@test "a damaged container is deleted by force with all of its processes" {
    new_bundle
    for damage in '' '{' 'null' '{"version":1}'; do
        start_container
        pid=$(container_pid)
        printf %s "$damage" >"$ROOT/$ID/state.json"
        run_davit delete "$ID"
        expect_status 1
        expect_stderr_has "state of $ID is damaged"
        [[ -d /proc/$pid ]]
        run_davit delete --force "$ID"
        expect_ok
        expect_nothing_left
    done
}

@test "a bundle that is gone does not hold delete up" {
    new_bundle
    start_container
    rm -rf "$BUNDLE"
    run_davit --log "$BUNDLE/log.json" --log-format json delete --force "$ID"
    expect_ok
    expect_nothing_left
}

@test "the rest of a create that was cut off at its beginning is deleted" {
    mkdir -m 0700 "$ROOT/$ID"
    run_davit state "$ID"
    expect_error "container does not exist"
    expect_hint "creating $ID was cut off; remove the rest: davit delete --force $ID"
    run_davit delete "$ID"
    expect_ok
    [[ ! -e $ROOT/$ID ]]
}

@test "two deletes at the same time: both end and one of them at most complains" {
    new_bundle
    start_container
    davit delete --force "$ID" &
    davit delete --force "$ID"
    wait $!
    expect_nothing_left
}

# Where create and start can be cut off, as their debug log names it.
steps_of_create() {
    davit --debug --log "$BATS_TEST_TMPDIR/steps" create --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1
    davit --debug --log "$BATS_TEST_TMPDIR/steps" start "$ID" </dev/null >/dev/null 2>&1
    davit delete --force "$ID"
    sed -nE 's/.* debug: ((runtime|init): .*): [0-9]+ us$/\1/p' "$BATS_TEST_TMPDIR/steps"
    printf '%s\n' 'runtime: reserved' 'runtime: spawn' 'runtime: spawned' 'runtime: map ids' 'runtime: record' \
        'runtime: recorded' 'runtime: hand over' 'init: cgroup' 'init: namespaces' 'init: ready'
}

@test "delete --force leaves nothing of a create that was killed in any of its steps" {
    needs fault-injection
    new_bundle
    set_args /bin/sleep 3600
    mapfile -t steps < <(steps_of_create)
    ((${#steps[@]} > 20))
    for step in "${steps[@]}"; do
        echo "step: $step"
        DAVIT_KILL_AT=$step "$DAVIT" --root "$ROOT" create --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1 || true
        run_davit delete --force "$ID"
        expect_ok
        expect_nothing_left
    done
}

@test "a start that was killed errs towards running, so that a plain delete kills no living container" {
    needs fault-injection
    new_bundle
    set_args /bin/sleep 3600
    for step in "runtime: record start" "runtime: go"; do
        davit create --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1
        DAVIT_KILL_AT=$step "$DAVIT" --root "$ROOT" start "$ID" </dev/null >/dev/null 2>&1 || true
        if [[ $step == *go ]]; then
            expect_equal status "$(container_state)" running
            run_davit delete "$ID"
            expect_error "cannot delete container $ID that is not stopped: running"
        else
            expect_equal status "$(container_state)" created
        fi
        run_davit delete --force "$ID"
        expect_ok
        expect_nothing_left
    done
}

@test "a recorded cgroup that is none, or a whole hierarchy, is refused, and deleting by force passes it over" {
    needs root
    new_bundle
    start_container
    local foreign=$BATS_TEST_TMPDIR/foreign whole
    mkdir "$foreign"
    sleep 1000 3>&- &
    local other=$!
    echo "$other" | tee "$foreign/cgroup.procs" "$foreign/tasks" >/dev/null
    whole=$(awk '$9 == "cgroup" || $9 == "cgroup2" { print $5; exit }' /proc/self/mountinfo)
    local place
    for place in "$foreign" "${whole:-/sys/fs/cgroup}"; do
        cp "$ROOT/$ID/state.json" "$BATS_TEST_TMPDIR/good"
        jq -c --arg place "2::$place" '.cgroup.manager = "cgroupfs" | .cgroup.places += [$place]' "$BATS_TEST_TMPDIR/good" \
            >"$ROOT/$ID/state.json"
        run_davit exec "$ID" true
        expect_error "exec failed: the container's record has a cgroup that is none: $place"
        run_davit kill --all "$ID" KILL
        expect_error "cannot kill $ID: the container's record has a cgroup that is none: $place"
        cp "$BATS_TEST_TMPDIR/good" "$ROOT/$ID/state.json"
    done
    jq -c --arg place "2::$foreign" '.cgroup.manager = "cgroupfs" | .cgroup.places += [$place] | .cgroup.made += [$place[3:]]' \
        "$BATS_TEST_TMPDIR/good" >"$ROOT/$ID/state.json"
    rm "$foreign"/*
    run_davit --log-level warning delete --force "$ID"
    expect_ok
    expect_stderr_has "warning: the container's record has a cgroup that is none: 2::$foreign"
    [[ -d $foreign ]]
    kill "$other"
}

@test "--regex deletes each container with a match, tells of each that it must not, and then exits with 1" {
    new_bundle
    local name
    for name in a b c; do
        set_args /bin/sleep 3600
        davit create --bundle "$BUNDLE" "$ID-$name" </dev/null >/dev/null 2>&1
    done
    davit start "$ID-a"
    mkdir -m 0700 "$ROOT/$ID-broken"
    echo "{" >"$ROOT/$ID-broken/state.json"
    run_davit --log "$BATS_TEST_TMPDIR/log" --log-format json delete --regex "$ID-.+r?"
    expect_status 1
    expect_stderr_has "davit: cannot delete container $ID-a that is not stopped: running"
    expect_stderr_has "davit: cannot delete $ID-broken: state of $ID-broken is damaged"
    expect_equal "errors in the log" "$(jq -r .level "$BATS_TEST_TMPDIR/log")" error$'\n'error
    expect_equal "what is left" "$(davit --log-level error list -q)" "$ID-a"
    davit delete -rf "$ID"
    expect_equal "what is left" "$(find "$ROOT" -mindepth 1 -maxdepth 1 ! -name .cache)" ""
    davit delete --regex=true "$ID"
}
