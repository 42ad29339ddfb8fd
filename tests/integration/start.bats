#!/usr/bin/env bats
# start: lets a created container go, once.

load helpers

setup() {
    begin
    new_bundle
    set_args /bin/sleep 3600
}

create() { davit create --bundle "$BUNDLE" "$ID" </dev/null >"$BATS_TEST_TMPDIR/output" 2>&1; }

@test "start runs the program in the process that waited" {
    create
    pid=$(container_pid)
    davit start "$ID"
    expect_equal pid "$(container_pid)" "$pid"
    expect_equal program "$(tr '\0' ' ' <"/proc/$pid/cmdline")" "/bin/sleep 3600 "
    expect_equal status "$(container_state)" running
}

@test "a running container is not started again" {
    create
    davit start "$ID"
    run_davit start "$ID"
    expect_error "cannot start $ID: cannot start an already running container"
    expect_equal status "$(container_state)" running
}

@test "a stopped container is not started" {
    set_args /bin/true
    create
    davit start "$ID"
    wait_until container_is stopped
    run_davit start "$ID"
    expect_error "cannot start $ID: cannot start a container that has stopped"
}

@test "a created container whose init was killed is not started" {
    create
    kill -KILL "$(container_pid)"
    wait_until container_is stopped
    run_davit start "$ID"
    expect_error "cannot start $ID: cannot start a container that has stopped"
}

@test "an unknown container is not started" {
    run_davit start "$ID"
    expect_status 1
    expect_stderr_has "does not exist"
}

@test "start reports why execve failed, in its own words" {
    printf 'no shebang\n' >"$BUNDLE/rootfs/text"
    chmod 0755 "$BUNDLE/rootfs/text"
    set_args /text
    create
    run_davit start "$ID"
    expect_status 1
    expect_stderr_has "exec format error"
    expect_stderr_has 'start it with /bin/sh /text'
    wait_until container_is stopped
}

@test "of starts at the same time exactly one wins" {
    create
    for i in 1 2 3 4; do
        "$DAVIT" --root "$ROOT" start "$ID" </dev/null >/dev/null 2>"$BATS_TEST_TMPDIR/err.$i" &
        pids[i]=$!
    done
    won=0
    for i in 1 2 3 4; do
        if wait "${pids[i]}"; then won=$((won + 1)); fi
    done
    expect_equal winners "$won" 1
    expect_equal status "$(container_state)" running
}

@test "a failing poststart hook stops the container" {
    edit_config '.hooks.poststart = [{path: "/bin/false"}]'
    create
    run_davit start "$ID"
    expect_status 1
    expect_stderr_has "poststart"
    wait_until container_is stopped
}

@test "start has waited for startContainer hooks, whose failure is its own" {
    edit_config '.hooks.startContainer = [{path: "/bin/false"}]'
    create
    run_davit start "$ID"
    expect_status 1
    expect_stderr_has "startContainer"
    wait_until container_is stopped
}
