#!/usr/bin/env bats
# shellcheck disable=SC2016,SC2154  # scripts are for shells in containers; run_davit sets status, stdout and stderr
# exec: a further process in a container that is there.

load helpers

setup() {
    begin
    new_bundle
}

exec_in() { # [OPTION…] ID COMMAND…
    run_davit exec "$@"
}

@test "a process sees the container's namespaces, cgroup and root" {
    start_container
    exec_in "$ID" sh -c 'readlink /proc/self/ns/*; cat /proc/self/cgroup'
    expect_ok
    local inside=$stdout
    exec_in "$ID" sh -c 'readlink /proc/1/ns/*; cat /proc/1/cgroup'
    expect_equal "namespaces and cgroups" "$inside" "$stdout"
    exec_in "$ID" hostname
    expect_stdout davit
    exec_in "$ID" sh -c 'ls / | head -3'
    [[ $stdout == bin* ]]
}

@test "a process sees the clocks of the container's time namespace" {
    needs root
    edit_config '.linux.namespaces += [{"type": "time"}] | .linux.timeOffsets = {boottime: {secs: 1000000}}'
    start_container
    exec_in "$ID" sh -c 'cut -d. -f1 /proc/uptime; for p in self 1; do readlink /proc/$p/ns/time; done | uniq | wc -l'
    expect_ok
    (($(head -n1 <<<"$stdout") > 1000000)) || fail_with "the clock is not offset"
    expect_equal "time namespaces" "$(tail -n1 <<<"$stdout")" 1
}

@test "davit itself stays as it was when a process in its memory has joined" {
    needs root
    start_container
    mkfifo "$BATS_TEST_TMPDIR/fifo"
    davit exec --pid-file "$BATS_TEST_TMPDIR/pid" "$ID" cat <"$BATS_TEST_TMPDIR/fifo" >"$BATS_TEST_TMPDIR/out" 2>&1 &
    local job=$! child pid
    exec 8>"$BATS_TEST_TMPDIR/fifo"
    wait_until test -s "$BATS_TEST_TMPDIR/pid"
    child=$(cat "$BATS_TEST_TMPDIR/pid")
    pid=$(ps -o ppid= -p "$child" | tr -d ' ')
    expect_equal "davit's root, directory and namespaces" \
        "$(readlink "/proc/$pid/root" "/proc/$pid/cwd" "/proc/$pid/ns/"*)" \
        "$(readlink /proc/self/root "/proc/$$/cwd" /proc/self/ns/*)"
    expect_equal "davit's cgroups" "$(cat "/proc/$pid/cgroup")" "$(cat /proc/self/cgroup)"
    expect_equal "davit's arguments" "$(tr '\0' ' ' <"/proc/$pid/cmdline" | grep -c "exec .*$ID cat")" 1
    expect_equal "owner of davit's own files" "$(stat -c %u "/proc/$pid/environ")" 0
    [[ $(readlink "/proc/$child/ns/mnt") != "$(readlink /proc/self/ns/mnt)" ]]
    exec 8>&-
    wait "$job"
}

@test "its exit status is davit's, and a signal is 128 and its number" {
    start_container
    exec_in "$ID" sh -c 'exit 7'
    expect_status 7
    exec_in "$ID" sh -c 'kill -9 $$'
    expect_status 137
}

@test "it reads stdin and writes to stdout and stderr as given" {
    start_container
    local out
    out=$(echo from outside | davit exec "$ID" cat)
    expect_equal "what cat wrote" "$out" "from outside"
    exec_in "$ID" sh -c 'echo out; echo err >&2'
    expect_stdout out
    expect_equal stderr "$stderr" err
}

@test "options change user, groups, directory, environment and capabilities" {
    start_container
    echo 'app:x:1000:1001::/home/app:/bin/sh' >>"$BUNDLE/rootfs/etc/passwd"
    printf '%s\n' 'wheel:x:10:app' 'staff:x:50:' >>"$BUNDLE/rootfs/etc/group"
    needs root
    exec_in --user app --additional-gids 77 --cwd /tmp --env A=1 --env A=2 "$ID" sh -c 'id -u; id -g; id -G; pwd; echo $A'
    expect_ok
    expect_stdout $'1000\n1001\n1001 10 77\n/tmp\n2'
    exec_in --user 5:staff "$ID" sh -c 'id -u; id -g'
    expect_stdout $'5\n50'
    exec_in --cap CAP_NET_RAW "$ID" grep CapEff /proc/self/status
    expect_stdout_has 0000000020002420
    exec_in --no-new-privs "$ID" grep NoNewPrivs /proc/self/status
    expect_stdout_has 1
}

@test "a user by number changes no group, an empty option changes nothing" {
    needs root
    edit_config '.process.user = {uid: 1000, gid: 5, additionalGids: [7, 8]}'
    start_container
    echo 'app:x:1000:1001::/home/app:/bin/sh' >>"$BUNDLE/rootfs/etc/passwd"
    echo 'wheel:x:10:app' >>"$BUNDLE/rootfs/etc/group"
    local case
    for case in "1000=1000 5 5 7 8" "0=0 5 5 7 8" "77:88=77 88 88 7 8" "app=1000 1001 1001 10"; do
        exec_in --user "${case%%=*}" --cwd '' --apparmor '' --process-label '' "$ID" sh -c 'echo $(id -u; id -g; id -G)'
        expect_stdout "${case#*=}"
    done
    exec_in --user 77 --additional-gids 9 "$ID" id -G
    expect_stdout "5 7 8 9"
}

@test "a user that is no number and no name of the container is an error, whatever its text" {
    start_container
    local user
    for user in '' -1 4294967295 4294967296 0x0 " 0" 01 nobody-here; do
        exec_in --user "$user" "$ID" id
        expect_status 255
        [[ $stderr == *"exec failed: --user $user: "* ]] || fail_with "user $user"
    done
}

@test "a process file is taken whole, completed with the container's limits" {
    start_container
    local file=$BATS_TEST_TMPDIR/process.json
    echo '{"cwd": "/tmp", "args": ["/bin/sh", "-c", "pwd; id -u; echo $X; ulimit -n"], "env": ["X=y", "PATH=/bin"],
        "user": {"uid": 0, "gid": 0}}' >"$file"
    exec_in --process "$file" "$ID"
    expect_ok
    expect_stdout $'/tmp\n0\ny\n1024'
}

@test "a process file that is wrong says where, and nothing is started" {
    start_container
    local file=$BATS_TEST_TMPDIR/process.json
    printf '{"cwd": "/",\n "args": "id"}' >"$file"
    exec_in --process "$file" --pid-file "$BATS_TEST_TMPDIR/pid" "$ID"
    expect_status 255
    expect_stderr_has "exec failed: "
    expect_stderr_has "args: expected"
    expect_stderr_has "process.json:2"
    [[ ! -e $BATS_TEST_TMPDIR/pid ]]
    exec_in --process "$BATS_TEST_TMPDIR/absent.json" "$ID"
    expect_status 255
    expect_stderr_has "absent.json"
}

@test "a program that is not there, not executable or a directory is named in the engines' words" {
    start_container
    exec_in "$ID" no-such-program
    expect_status 255
    expect_error 'exec failed: exec: "no-such-program": executable file not found in $PATH'
    exec_in "$ID" /no/such
    expect_status 255
    expect_stderr_has 'exec: "/no/such": '
    expect_stderr_has 'no such file or directory'
    exec_in "$ID" /etc
    expect_status 255
    expect_stderr_has 'exec: "/etc": is a directory: permission denied'
    exec_in "$ID" /etc/passwd
    expect_status 255
    expect_stderr_has 'permission denied'
}

@test "an exec that fails leaves no pid file, not even an old one of its own" {
    start_container
    exec_in --detach --pid-file "$BATS_TEST_TMPDIR/pid" "$ID" no-such-program
    expect_status 255
    [[ ! -e $BATS_TEST_TMPDIR/pid ]]
}

@test "in the background it outlives davit, and the pid file names it" {
    start_container
    exec_in --detach --pid-file "$BATS_TEST_TMPDIR/pid" "$ID" sleep 1234
    expect_ok
    local pid
    pid=$(cat "$BATS_TEST_TMPDIR/pid")
    [[ $pid =~ ^[0-9]+$ ]]
    expect_equal "its command" "$(tr '\0' ' ' <"/proc/$pid/cmdline")" "sleep 1234 "
    expect_equal "the size of the pid file" "$(stat -c %s "$BATS_TEST_TMPDIR/pid")" "${#pid}"
}

@test "a created container can be entered, a stopped or paused one not" {
    set_args /bin/sleep 3600
    davit create --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1
    if [[ $WAY == root ]]; then
        exec_in "$ID" echo early
        expect_ok
        expect_stdout early
    fi
    davit kill "$ID" KILL
    wait_until container_is stopped
    exec_in "$ID" echo late
    expect_status 255
    expect_error "exec failed: cannot exec in a stopped container"
}

@test "a container that does not exist is named so" {
    exec_in "$TAG-none" true
    expect_status 255
    expect_stderr_has "does not exist"
}

@test "descriptors of the caller do not reach the process, but those that are preserved do" {
    start_container
    exec_in "$ID" sh -c 'ls /proc/self/fd' 7</dev/null 3</dev/null
    expect_ok
    expect_stdout $'0\n1\n2\n3'
    local out
    out=$(davit exec --preserve-fds 2 "$ID" sh -c 'cat <&3; cat <&4' 3< <(echo three) 4< <(echo four))
    expect_equal "what was preserved" "$out" $'three\nfour'
}

@test "a gap among the preserved descriptors is no error" {
    start_container
    local out
    out=$(davit exec --preserve-fds 3 "$ID" sh -c 'cat <&5; ls /proc/self/fd/4 2>/dev/null || echo gap' 5< <(echo five) 3<&- 4<&-)
    expect_equal "what was preserved" "$out" $'five\ngap'
}

@test "the working directory is never one outside the container" {
    start_container
    local path
    for path in /proc/self/fd/7 /proc/self/fd/8/../../..; do
        exec_in --cwd "$path" "$ID" pwd 7</ 8</
        expect_status 255
    done
    exec_in --cwd relative "$ID" pwd
    expect_status 255
    expect_stderr_has 'cwd "relative" is not an absolute path'
}

@test "the container's environment comes along, with the last of duplicates" {
    edit_config '.process.env += ["A=1", "A=2"]'
    start_container
    exec_in "$ID" sh -c 'echo $A $HOME'
    expect_stdout "2 /root"
}

@test "no_new_privs, seccomp and capabilities are as for the container's own program" {
    needs seccomp
    edit_config '.process.noNewPrivileges = true |
        .linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO"}]}'
    start_container
    exec_in "$ID" sh -c 'grep -E "^(Cap|NoNewPrivs|Seccomp:)" /proc/1/status >/tmp/a
        grep -E "^(Cap|NoNewPrivs|Seccomp:)" /proc/self/status | cmp - /tmp/a && echo same; mkdir /tmp/x'
    expect_stdout same
    expect_stderr_has "Operation not permitted"
}

@test "many at once all run" {
    start_container
    local i pids=()
    for i in 1 2 3 4 5 6 7 8; do
        davit exec "$ID" sh -c "echo $i" >"$BATS_TEST_TMPDIR/out.$i" &
        pids+=($!)
    done
    for i in "${pids[@]}"; do
        wait "$i"
    done
    expect_equal "their outputs" "$(sort "$BATS_TEST_TMPDIR"/out.* | tr -d '\n')" 12345678
}

@test "a davit that is killed takes its process with it" {
    start_container
    "$DAVIT" --root "$ROOT" exec "$ID" sleep 4321 </dev/null >/dev/null 2>&1 &
    local davit_pid=$!
    wait_until sleeps
    kill -KILL "$davit_pid"
    wait_until not_sleeping
}
sleeps() { davit exec "$ID" ps | grep -q '[s]leep 4321'; }
not_sleeping() { ! sleeps; }

@test "a fifo that the container puts in the place of its passwd is told, and not opened" {
    start_container
    rm "$BUNDLE/rootfs/etc/passwd"
    mkfifo "$BUNDLE/rootfs/etc/passwd"
    # Whoever opened it would let this one through.
    timeout 60 sh -c 'echo >"$0"' "$BUNDLE/rootfs/etc/passwd" &
    local writer=$!
    run_davit exec --user alice "$ID" true
    expect_status 255
    expect_error "exec failed: reading the container's /etc/passwd: it is a fifo, not a file"
    kill -0 "$writer"
    cat "$BUNDLE/rootfs/etc/passwd" >/dev/null
    wait "$writer"
}

@test "a device that the container puts in the place of its group file is told, and not opened" {
    needs root
    start_container
    rm "$BUNDLE/rootfs/etc/group"
    mknod "$BUNDLE/rootfs/etc/group" c 1 7 || skip "needs mknod"
    run_davit exec --user alice "$ID" true
    expect_status 255
    expect_error "exec failed: reading the container's /etc/group: it is a character device, not a file"
}
