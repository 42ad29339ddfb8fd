#!/usr/bin/env bats
# fds: which descriptors the process keeps.

load helpers

listing() { set_shell 'ls /proc/self/fd | sort -n | tr "\n" " "'; }

@test "the process has 0, 1 and 2 only, whatever davit's caller has open" {
    new_bundle
    listing
    exec 7</etc 8</dev/zero
    run_davit run --bundle "$BUNDLE" "$ID"
    exec 7<&- 8<&-
    expect_ok
    expect_stdout "0 1 2 3 "   # 3 is the directory that ls reads
}

@test "--preserve-fds keeps a range, with its gaps" {
    new_bundle
    set_shell 'for fd in 3 4 5 6 7 8; do [ -e /proc/self/fd/$fd ] && echo -n "$fd "; done; head -c3 <&5'
    echo abcdef >"$BATS_TEST_TMPDIR/file"
    status=0
    stdout=$("$DAVIT" --root "$ROOT" run --preserve-fds 3 --bundle "$BUNDLE" "$ID" \
        </dev/null 3>&- 4>&- 5<"$BATS_TEST_TMPDIR/file" 6</etc/passwd 2>&1) || status=$?
    expect_ok
    expect_stdout "5 abc"
}

# Like an engine that asks for more than it hands over.
with_gaps() { DAVIT_TEST_KEPT=6 "$DAVIT" --root "$ROOT" "$@" </dev/null >"$BATS_TEST_TMPDIR/output" 2>&1 3>&- 4>&- 5>&- 6>&- 7>&- 8>&-; }

@test "in the gaps of --preserve-fds nothing of davit's own is open while init waits" {
    needs root
    new_bundle
    set_args /bin/sleep 3600
    echo "$ID" >>"$CREATED"
    with_gaps create --preserve-fds 6 --bundle "$BUNDLE" "$ID" || fail_with "$(cat "$BATS_TEST_TMPDIR/output")"
    local fd directory
    for fd in "/proc/$(container_pid)/fd"/*; do
        for directory in "$BUNDLE" "$ROOT" "$ROOT/$ID" /sys/fs/cgroup; do
            [[ ! $fd -ef $directory ]] || fail_with "$fd is $directory"
        done
    done
}

@test "an exec keeps no descriptor of davit's either" {
    new_bundle
    start_container
    run_davit exec "$ID" /bin/sh -c 'ls /proc/self/fd | sort -n | tr "\n" " "'
    expect_ok
    expect_stdout "0 1 2 3 "
}

@test "a startContainer hook finds no directory of the host behind the descriptors of the container's init" {
    needs root
    new_bundle
    set_shell 'cat /tmp/seen'
    edit_config '.mounts += [{destination: "/tmp", type: "tmpfs", source: "tmpfs"}]
        | .process.capabilities |= map_values(. + ["CAP_SYS_PTRACE"])
        | .hooks = {startContainer: [{path: "/bin/sh", args: ["sh", "-c",
              "for fd in /proc/1/fd/*; do stat -L -c %d:%i $fd; done >/tmp/seen 2>&1"]}]}'
    run_davit run --bundle "$BUNDLE" "$ID"
    expect_ok
    # With that capability it does see what init has: the container's own root among it.
    expect_stdout_has "$(stat -c %d:%i "$BUNDLE/rootfs")"
    local directory
    for directory in "$BUNDLE" "$ROOT" /sys/fs/cgroup; do
        [[ $stdout != *"$(stat -c %d:%i "$directory")"* ]] || fail_with "sees $directory"
    done
}
