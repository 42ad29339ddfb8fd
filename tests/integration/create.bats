#!/usr/bin/env bats
# create: a container whose init waits, and nothing at all when it fails.

load helpers

setup() {
    begin
    new_bundle
    set_args /bin/sleep 3600
}

create() { davit create "$@" --bundle "$BUNDLE" "$ID" </dev/null >"$BATS_TEST_TMPDIR/output" 2>&1; }

@test "a created container waits, and its program has not run" {
    set_shell 'echo ran >/ran; exec sleep 3600'
    create
    expect_equal status "$(container_state)" created
    [[ ! -e $BUNDLE/rootfs/ran ]]
    davit start "$ID"
    wait_until test -e "$BUNDLE/rootfs/ran"
}

@test "the process that waits is named after its container" {
    create
    expect_equal arguments "$(tr '\0' ' ' <"/proc/$(container_pid)/cmdline" | sed 's/ *$//')" "davit:[init] $ID"
}

@test "the process that waits holds no file of the host" {
    create
    for fd in "/proc/$(container_pid)/fd/"*; do
        ((${fd##*/} > 2)) || continue
        target=$(readlink "$fd")
        case $target in
        "$ROOT"* | "$BUNDLE"* | /sys/fs/cgroup*) fail_with "descriptor ${fd##*/} is $target" ;;
        esac
    done
}

@test "the process that waits cannot be inspected by those that it may meet" {
    needs root
    create
    expect_equal owner "$(stat -c %u "/proc/$(container_pid)/maps")" 0
    ! setpriv --reuid 64321 --regid 64321 --clear-groups readlink "/proc/$(container_pid)/exe" || fail_with "readable"
}

@test "the pid file has the digits of init and nothing else" {
    create --pid-file "$BATS_TEST_TMPDIR/pid"
    expect_equal bytes "$(od -An -c "$BATS_TEST_TMPDIR/pid" | tr -d ' ')" "$(container_pid | od -An -c | tr -d ' ' | sed 's/\\n$//')"
}

@test "an old pid file is replaced" {
    echo old >"$BATS_TEST_TMPDIR/pid"
    create --pid-file "$BATS_TEST_TMPDIR/pid"
    expect_equal pid "$(cat "$BATS_TEST_TMPDIR/pid")" "$(container_pid)"
}

@test "a pid file that is a device is written in place" {
    create --pid-file /dev/null
    [[ -c /dev/null ]]
}

@test "a pid file in a missing directory undoes the container" {
    run_davit create --bundle "$BUNDLE" --pid-file "$BATS_TEST_TMPDIR/no/pid" "$ID"
    expect_status 1
    expect_stderr_has "for the pid file"
    expect_nothing_left
}

@test "an id is taken until its container is deleted" {
    create
    run_davit create --bundle "$BUNDLE" "$ID"
    expect_error "cannot create $ID: container with given ID already exists"
    expect_hint "choose another id"
    davit delete "$ID"
    create
}

@test "a missing bundle is named" {
    run_davit create --bundle "$BATS_TEST_TMPDIR/none" "$ID"
    expect_error "cannot create $ID: cannot open the bundle $BATS_TEST_TMPDIR/none: No such file or directory (ENOENT)"
    expect_nothing_left
}

@test "a failing create leaves nothing and runs poststop hooks" {
    edit_config --arg out "$BATS_TEST_TMPDIR/hook" '.process.args = ["/no/such/program"]
        | .hooks.poststop = [{path: "/bin/sh", args: ["sh", "-c", "cat >" + $out]}]'
    run_davit create --bundle "$BUNDLE" "$ID"
    expect_status 1
    expect_stderr_has 'exec: "/no/such/program": no such file or directory'
    expect_equal "state of the hook" "$(jq -r .status "$BATS_TEST_TMPDIR/hook")" stopped
    expect_nothing_left
}

@test "a config without a process can be created, and start says what is missing" {
    edit_config 'del(.process)'
    create
    expect_equal status "$(container_state)" created
    run_davit start "$ID"
    expect_status 1
    expect_stderr_has "process"
    expect_equal status "$(container_state)" created
}

@test "later changes of config.json have no effect" {
    set_shell 'echo one >/out'
    create
    set_shell 'echo two >/out'
    davit start "$ID"
    wait_until test -s "$BUNDLE/rootfs/out"
    expect_equal output "$(cat "$BUNDLE/rootfs/out")" one
}

@test "nobody but init keeps the caller's stdout open" {
    needs root
    set_args /bin/sleep 3600
    davit create --bundle "$BUNDLE" "$ID" </dev/null >"$BATS_TEST_TMPDIR/output" 2>&1
    holders=0
    for fd in /proc/[0-9]*/fd/1; do
        [[ $(readlink "$fd" 2>/dev/null) != "$BATS_TEST_TMPDIR/output" ]] || holders=$((holders + 1))
    done
    expect_equal holders "$holders" 1
}
