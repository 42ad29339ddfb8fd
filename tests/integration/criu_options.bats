#!/usr/bin/env bats
# shellcheck disable=SC2016,SC2153,SC2154  # scripts are for shells in containers; run_davit sets status, stdout and stderr
# What checkpoint and restore are asked for by options, done by criu itself. checkpoint.bats has what criu is asked.

load helpers
load criu

setup_file() { ask_criu; }
setup() { begin_criu; }
teardown() { finish_criu; }

# A port of the machine, where nothing else listens.
PORT=27183
is_listening() { grep -q ":$(printf %04X $PORT) 0*:0000 0A" /proc/net/tcp; }

start() { davit run --detach --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1; }

goes_on() { # [ID]
    local counted
    counted=$(count)
    wait_until has_counted $((counted + 2))
    expect_equal status "$(container_state "${1:-$ID}")" running
}

# What cannot be written is told in criu's words, and the container runs on.
expect_refused() { # CRIU'S WORDS
    expect_status 1
    expect_stderr_has "cannot checkpoint $ID: criu: "
    expect_stderr_has "$1"
    goes_on
}

# ---- memory ------------------------------------------------------------------------------------------

@test "memory goes to a page server" {
    start_counting
    mkdir -m 0700 "$IMAGES"
    criu page-server --images-dir "$IMAGES" --address 127.0.0.1 --port $PORT >"$BATS_TEST_TMPDIR/server" 2>&1 3>&- &
    local server=$!
    wait_until is_listening
    run_davit checkpoint --page-server 127.0.0.1:$PORT --image-path "$BATS_TEST_TMPDIR/rest" "$ID"
    expect_ok
    wait "$server"
    compgen -G "$IMAGES/pages-*.img"
    if compgen -G "$BATS_TEST_TMPDIR/rest/pages-*.img"; then fail_with "memory is in the checkpoint"; fi
    cp "$BATS_TEST_TMPDIR"/rest/* "$IMAGES"
    restore
    expect_ok
    goes_on
    davit delete --force "$ID"
}

@test "memory is fetched when it is used, once --status-fd has said that it can be" {
    start_counting
    mkfifo "$BATS_TEST_TMPDIR/status"
    davit checkpoint --lazy-pages --page-server 127.0.0.1:$PORT --status-fd 9 --image-path "$IMAGES" "$ID" \
        9<>"$BATS_TEST_TMPDIR/status" >"$BATS_TEST_TMPDIR/output" 2>&1 3>&- </dev/null &
    local dump=$! daemon
    timeout 120 head -c 1 "$BATS_TEST_TMPDIR/status" >"$BATS_TEST_TMPDIR/byte"
    expect_equal bytes "$(stat -c %s "$BATS_TEST_TMPDIR/byte")" 1
    criu lazy-pages --page-server --address 127.0.0.1 --port $PORT --images-dir "$IMAGES" >"$BATS_TEST_TMPDIR/server" 2>&1 3>&- &
    daemon=$!
    wait_until test -S "$IMAGES/lazy-pages.socket"
    run_davit restore --lazy-pages --detach --bundle "$BUNDLE" --image-path "$IMAGES" "$ID-other"
    expect_ok
    goes_on "$ID-other"
    wait "$dump"
    wait "$daemon"
    davit delete --force "$ID-other"
}

@test "what a pre-dump has and is written again is freed there" {
    start_counting
    run_davit checkpoint --pre-dump --image-path "$BATS_TEST_TMPDIR/pre" "$ID"
    expect_ok
    checkpoint --parent-path ../pre --auto-dedup
    expect_ok
    restore --auto-dedup
    expect_ok
    goes_on
    davit delete --force "$ID"
}

# ---- what reaches beyond the container ---------------------------------------------------------------

@test "TCP connections are kept, closed, or an error" {
    set_shell 'mkfifo /in /back; exec 9<>/in 8<>/back
        nc -l -p 5000 </back >/out & while ! grep -q ":1388 0*:0000 0A" /proc/net/tcp /proc/net/tcp6; do sleep 0.1; done; nc 127.0.0.1 5000 </in &
        i=0; while :; do i=$((i + 1)); echo $i >&9; echo $i >/count; sleep 0.1; done'
    start
    wait_until grep -sqx 3 "$BUNDLE/rootfs/out"
    checkpoint
    expect_refused "Connected TCP socket, consider using --tcp-established option."
    checkpoint --tcp-established
    expect_ok
    local counted
    counted=$(count)
    restore --tcp-established
    expect_ok
    wait_until grep -qx $((counted + 3)) "$BUNDLE/rootfs/out"
    checkpoint --tcp-established
    expect_ok
    restore --tcp-close
    expect_ok
    davit delete --force "$ID"
}

@test "locks of files are kept, or an error" {
    needs program flock
    set_shell "$count_script"
    share_usr
    edit_config '.process.args = ["flock", "/lock"] + .process.args'
    start
    wait_until has_counted 2
    checkpoint
    expect_refused "Some file locks are hold by dumping tasks!"
    checkpoint --file-locks
    expect_ok
    flock -n "$BUNDLE/rootfs/lock" true
    restore --file-locks
    expect_ok
    goes_on
    if flock -n "$BUNDLE/rootfs/lock" true; then fail_with "it is not locked"; fi
    davit delete --force "$ID"
}

# criu looks for the other end by the path that it was bound to, and only when its network namespace is the same.
@test "a datagram socket with its other end outside is kept, or an error" {
    share_usr
    mkdir "$BUNDLE/sockets"
    edit_config --arg d "$BUNDLE/sockets" 'del(.linux.namespaces[] | select(.type == "network")) |
        .mounts += [{"destination":$d,"type":"bind","source":$d,"options":["rbind"]}]'
    python3 -c 'import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1] + "/log")
with open(sys.argv[1] + "/lines", "wb", 0) as out:
    while True:
        out.write(s.recv(100))' "$BUNDLE/sockets" 3>&- &
    local server=$!
    wait_until test -S "$BUNDLE/sockets/log"
    set_args python3 -c 'import socket, sys, time
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.connect(sys.argv[1])
i = 0
while True:
    i += 1
    s.send(b"%d\n" % i)
    with open("/count.new", "w") as file:
        file.write("%d\n" % i)
    __import__("os").rename("/count.new", "/count")
    time.sleep(0.1)' "$BUNDLE/sockets/log"
    start
    wait_until has_counted 2
    checkpoint
    expect_refused "External socket is used. Consider using --ext-unix-sk option."
    checkpoint --ext-unix-sk
    expect_ok
    local counted
    counted=$(count)
    restore --ext-unix-sk
    expect_ok
    wait_until grep -qx $((counted + 2)) "$BUNDLE/sockets/lines"
    davit delete --force "$ID"
    kill "$server"
}

@test "a file without a name is kept by a link, or an error" {
    set_shell "exec 9>/big; head -c 2000000 /dev/zero >&9; ln /big /other; rm /big; $count_script"
    start
    wait_until has_counted 2
    checkpoint
    expect_refused "Use link-remap option."
    checkpoint --link-remap
    expect_ok
    restore --link-remap
    expect_ok
    goes_on
    davit delete --force "$ID"
}

@test "a container of a caller's terminal is restored on another one" {
    needs program script
    local davit="$DAVIT --root $ROOT" first second
    set_shell "$count_script"
    script -qec "$davit run --bundle $BUNDLE $ID" /dev/null </dev/null >"$BATS_TEST_TMPDIR/first" 2>&1 3>&- &
    first=$!
    wait_until has_counted 2
    checkpoint --shell-job
    expect_ok
    script -qec "$davit restore --shell-job --bundle $BUNDLE --image-path $IMAGES $ID" /dev/null \
        </dev/null >"$BATS_TEST_TMPDIR/second" 2>&1 3>&- &
    second=$!
    wait_until container_is running
    goes_on
    [[ $(readlink "/proc/$(container_pid)/fd/1") == /dev/pts/* ]]
    davit delete --force "$ID"
    wait "$first" "$second" || true
}

# ---- namespaces and cgroups --------------------------------------------------------------------------

@test "a pid namespace that was joined is joined again" {
    # An init that reaps: a zombie of its session would keep the number of a process taken.
    start_container /bin/sh -c 'while :; do sleep 0.2; done'
    local other
    other=$(container_pid)
    ID=$ID-b
    new_bundle "$BATS_TEST_TMPDIR/second"
    edit_config --arg p "/proc/$other/ns/pid" '(.linux.namespaces[] | select(.type == "pid")).path = $p'
    start_counting
    checkpoint
    expect_ok
    restore
    expect_ok
    goes_on
    expect_equal pid "$(readlink "/proc/$(container_pid)/ns/pid")" "$(readlink "/proc/$other/ns/pid")"
    davit delete --force "$ID"
}

@test "an empty network namespace is the restorer's to set up" {
    start_counting
    checkpoint --empty-ns network
    expect_ok
    restore --empty-ns network
    expect_ok
    expect_equal interfaces "$(nsenter -t "$(container_pid)" -n ip -o link | grep -c '^1: lo: <LOOPBACK>')" 1
    davit delete --force "$ID"
}

@test "cgroups are managed in each way but strict, which takes that there is none" {
    local mode
    start_counting
    checkpoint --manage-cgroups-mode strict
    expect_ok
    restore --manage-cgroups-mode strict
    expect_error "cannot restore $ID: criu: cg: Abort restore of existing cgroups"
    expect_nothing_left
    restore --manage-cgroups-mode full
    expect_ok
    for mode in soft ignore; do
        checkpoint --manage-cgroups-mode $mode
        expect_ok
        restore --manage-cgroups-mode $mode
        expect_ok
        goes_on
        expect_equal "$mode" "$(cat "/proc/$(container_pid)/cgroup")" "0::/davit-$ID"
    done
    davit delete --force "$ID"
}

@test "a user namespace is restored, from below directories that are root's alone" {
    local closed=$BATS_TEST_TMPDIR/closed
    mkdir -m 0700 "$closed"
    mv "$BUNDLE" "$closed/bundle"
    BUNDLE=$closed/bundle IMAGES=$closed/images
    mkdir "$BUNDLE/data" "$BUNDLE/rootfs/data"
    echo data >"$BUNDLE/data/file"
    edit_config --arg d "$BUNDLE/data" '.linux.namespaces += [{"type":"user"}] |
        .linux.uidMappings = [{containerID: 0, hostID: 700000000, size: 65536}] | .linux.gidMappings = .linux.uidMappings |
        .mounts += [{"destination":"/data","type":"bind","source":$d,"options":["rbind","ro"]}]'
    chown -R 700000000:700000000 "$BUNDLE/rootfs"
    start_counting
    mounts_of "$(container_pid)" >"$BATS_TEST_TMPDIR/mounts.before"
    checkpoint
    expect_ok
    restore
    expect_ok
    goes_on
    mounts_of "$(container_pid)" >"$BATS_TEST_TMPDIR/mounts.after"
    diff "$BATS_TEST_TMPDIR/mounts.before" "$BATS_TEST_TMPDIR/mounts.after"
    expect_equal owner "$(stat -c '%u %g' "/proc/$(container_pid)")" "700000000 700000000"
    expect_equal map "$(awk '{ print $1, $2, $3 }' "/proc/$(container_pid)/uid_map")" "0 700000000 65536"
    run_davit exec "$ID" cat /data/file
    expect_stdout data
    davit delete --force "$ID"
    expect_equal images "$(stat -c '%a %g' "$IMAGES")" '700 0'
    expect_nothing_left
}
