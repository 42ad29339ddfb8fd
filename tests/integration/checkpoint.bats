#!/usr/bin/env bats
# shellcheck disable=SC2153  # helpers.bash sets CREATED
# checkpoint and restore, by a criu that does no more than say what it was asked. criu.bats has the real one.

load helpers
load manager

setup() {
    begin
    needs root
    new_bundle
    IMAGES=$BATS_TEST_TMPDIR/images
    FAKE=$BATS_TEST_TMPDIR/fake
    MANAGER=$BATS_TEST_TMPDIR/manager.sock
}

# Everything that is not what criu does itself is tested with one that does nothing.
use_fake() {
    needs program python3
    mkdir -p "$FAKE"
    cp "$BATS_TEST_DIRNAME/fake_criu.py" "$FAKE/criu"
    chmod 0755 "$FAKE/criu"
    echo "${1-ok}" >"$FAKE/behaviour"
    PATH=$FAKE:$PATH
}
asked() { grep -Fx -- "$1" "$FAKE/requests" >/dev/null || { echo "not asked: $1"; cat "$FAKE/requests"; return 1; }; }
not_asked() { ! grep -E -- "^$1" "$FAKE/requests" || { echo "asked: $1"; return 1; }; }
checkpoint() { run_davit checkpoint --image-path "$IMAGES" "$@" "$ID"; }
restore() { run_davit restore --detach --bundle "$BUNDLE" --image-path "$IMAGES" "$@" "$ID"; }

# ---- the command line --------------------------------------------------------------------------------

@test "engines find out by the help that there are checkpoints" {
    run_davit checkpoint --help
    expect_ok
    run_davit restore --lsm-mount-context
    expect_status 1
    expect_stderr_has "flag needs an argument"
    expect_stderr_has "requires an argument"
}

@test "wrong options are refused before criu is looked for" {
    start_container
    PATH=/usr/bin:/bin
    checkpoint --page-server nowhere
    expect_error "cannot checkpoint $ID: --page-server: \"nowhere\" is not ADDRESS:PORT"
    checkpoint --empty-ns pid
    expect_error "cannot checkpoint $ID: --empty-ns: \"pid\" cannot be left empty"
    checkpoint --parent-path /pre
    expect_error "cannot checkpoint $ID: --parent-path: /pre is absolute"
    checkpoint --manage-cgroups-mode hard
    expect_status 1
    checkpoint --status-fd 9
    expect_error "cannot checkpoint $ID: --status-fd: descriptor 9 is not open"
    checkpoint --pre-dump --lazy-pages
    expect_error "cannot checkpoint $ID: --pre-dump and --lazy-pages are given: one is too many"
}

@test "a criu that cannot be executed is named" {
    start_container
    run_davit --criu "$BATS_TEST_TMPDIR/nothing" checkpoint --image-path "$IMAGES" "$ID"
    expect_error "cannot checkpoint $ID: cannot execute --criu $BATS_TEST_TMPDIR/nothing: No such file or directory (ENOENT)"
    expect_equal status "$(container_state)" running
}

# ---- checkpoint --------------------------------------------------------------------------------------

@test "a checkpoint asks criu for the container's process, and the container is gone" {
    use_fake
    edit_config '.linux.maskedPaths = ["/proc/timer_list"] | .mounts += [{"destination":"/data","type":"bind","source":"/etc","options":["bind","ro"]}]'
    start_container
    local pid
    pid=$(container_pid)
    checkpoint --tcp-established --file-locks --ext-unix-sk
    expect_ok
    asked "type=1"
    asked "pid=$pid"
    asked "images_dir_fd=4"
    asked "work_dir_fd=5"
    asked "log_file=dump.log"
    asked "log_level=4"
    asked "tcp_established=1"
    asked "file_locks=1"
    asked "ext_unix_sk=1"
    asked "manage_cgroups_mode=3"
    asked "orphan_pts_master=1"
    asked "external=mnt[/data]:/data"
    asked "external=mnt[/proc/timer_list]:/proc/timer_list"
    asked "answer.pre-dump=1"
    not_asked leave_running
    not_asked track_mem
    not_asked tcp_close
    not_asked 'external=mnt\[/dev/shm'
    run_davit state "$ID"
    expect_error "container does not exist"
    expect_nothing_left
}

@test "criu gets a clean environment and no descriptors but its own" {
    use_fake
    start_container
    SECRET=1 checkpoint --leave-running
    expect_ok
    asked "environment=LC_ALL PATH"
    # Its directory of descriptors is one more while it looks.
    asked "descriptors=0 1 2 3 4 5 6"
}

@test "a container that is left running runs on, and the images say what it had" {
    use_fake
    start_container
    checkpoint --leave-running
    expect_ok
    asked "leave_running=1"
    expect_equal status "$(container_state)" running
    expect_equal descriptors "$(jq -c 'length' "$IMAGES/descriptors.json")" 3
    expect_equal stdin "$(jq -r '.[0]' "$IMAGES/descriptors.json")" /dev/null
    expect_equal mode "$(stat -c %a "$IMAGES")" 700
}

@test "a pre-dump tracks memory and leaves the container running" {
    use_fake
    start_container
    checkpoint --pre-dump
    expect_ok
    asked "type=4"
    asked "track_mem=1"
    expect_equal status "$(container_state)" running
    run_davit checkpoint --image-path "$BATS_TEST_TMPDIR/second" --parent-path ../images "$ID"
    expect_ok
    asked "parent_img=../images"
}

@test "a kernel that cannot track memory is told before anything is stopped" {
    use_fake refuse-features
    start_container
    checkpoint --pre-dump
    expect_error "cannot checkpoint $ID: --pre-dump: this kernel has no tracking of changed memory for criu"
    checkpoint --lazy-pages
    expect_error "cannot checkpoint $ID: --lazy-pages: this kernel has no userfaultfd for criu"
    not_asked 'type=1$'
}

@test "an old criu is refused" {
    use_fake old
    start_container
    checkpoint
    expect_error "cannot checkpoint $ID: $FAKE/criu is too old: version 2.12, and 3.0 is needed"
}

@test "a parent that is not there is an error" {
    use_fake
    start_container
    checkpoint --parent-path ../nothing
    expect_error "cannot checkpoint $ID: --parent-path ../nothing below $IMAGES: No such file or directory (ENOENT)"
}

@test "a byte comes to --status-fd when pages can be fetched" {
    use_fake
    start_container
    davit checkpoint --image-path "$IMAGES" --leave-running --status-fd 9 "$ID" 9>"$BATS_TEST_TMPDIR/status"
    expect_equal bytes "$(stat -c %s "$BATS_TEST_TMPDIR/status")" 1
}

@test "a failed dump says what criu said, and the container runs on unfrozen" {
    use_fake fail
    start_container
    checkpoint
    expect_error "cannot checkpoint $ID: criu: inet: Connected TCP socket, consider using it; Dump files (pid: 7) failed with -1"
    expect_hint "all of it is in $IMAGES/dump.log"
    [[ -s $IMAGES/dump.log ]]
    expect_equal status "$(container_state)" running
}

@test "a criu that dies does not leave the container frozen" {
    use_fake die
    start_container
    checkpoint --work-path "$BATS_TEST_TMPDIR/work"
    expect_error "cannot checkpoint $ID: criu: vdso: Failed to fill self vdso symtable"
    expect_equal status "$(container_state)" running
}

@test "a container that was paused stays paused when its dump fails" {
    use_fake fail
    start_container
    davit pause "$ID"
    checkpoint
    expect_status 1
    expect_equal status "$(container_state)" paused
}

@test "only a running container can be checkpointed" {
    use_fake
    set_args /bin/sleep 3600
    davit create --bundle "$BUNDLE" "$ID" </dev/null >"$BATS_TEST_TMPDIR/output" 2>&1
    checkpoint
    expect_error "cannot checkpoint $ID: container not running: it is created"
    davit kill "$ID" KILL
    wait_until container_is stopped
    checkpoint
    expect_error "cannot checkpoint $ID: container not running: it is stopped"
    run_davit checkpoint --image-path "$IMAGES" "$ID-none"
    expect_error "cannot checkpoint $ID-none: container does not exist"
}

@test "a directory that others can write to is refused" {
    use_fake
    start_container
    mkdir -m 0777 "$IMAGES"
    checkpoint
    expect_error "cannot checkpoint $ID: --image-path: $IMAGES may be written by others: others could change what is restored from it"
    expect_hint "chmod go-w $IMAGES"
    chmod 0700 "$IMAGES"
    chown 1234 "$IMAGES"
    checkpoint
    expect_error "cannot checkpoint $ID: --image-path: $IMAGES belongs to another user: others could change what is restored from it"
    not_asked 'type=1$'
}

@test "a namespace that was joined by its path is criu's to leave alone" {
    use_fake
    edit_config '(.linux.namespaces[] | select(.type == "network")).path = "/proc/self/ns/net"'
    start_container
    checkpoint
    expect_ok
    asked "external=net[$(stat -Lc %i /proc/self/ns/net)]:extRootNetNS"
    restore
    expect_ok
    asked "inherit_fd=extRootNetNS 7" # behind stdout, a file
}

@test "the root of a user namespace reaches all that criu restores from, and the images for as long as that takes" {
    # What is in closed directories above the root is covered.
    FAKE=$DAVIT_TEST_WORK/fake-$BATS_TEST_NUMBER
    use_fake
    mkdir -p "$BUNDLE/data" "$BUNDLE/rootfs/data"
    edit_config --arg d "$BUNDLE/data" '.linux.namespaces += [{"type":"user"}] |
        .linux.uidMappings = [{"containerID":0,"hostID":700000000,"size":65536}] | .linux.gidMappings = .linux.uidMappings |
        .mounts += [{"destination":"/data","type":"bind","source":$d,"options":["rbind"]}]'
    start_container
    run_davit checkpoint --pre-dump --image-path "$BATS_TEST_TMPDIR/pre" "$ID"
    expect_ok
    checkpoint
    expect_ok
    asked "external=mnt[/data]:/data"
    ln -s ../pre "$IMAGES/parent"
    # A parent that is no checkpoint is somebody else's directory.
    mkdir -m 0700 "$BATS_TEST_TMPDIR/closed" "$BATS_TEST_TMPDIR/foreign"
    ln -s ../foreign "$BATS_TEST_TMPDIR/pre/parent"
    local foreign
    foreign=$(stat -c '%a %g %z' "$BATS_TEST_TMPDIR/foreign")
    mv "$BUNDLE" "$BATS_TEST_TMPDIR/closed/bundle"
    BUNDLE=$BATS_TEST_TMPDIR/closed/bundle
    edit_config --arg d "$BUNDLE/data" '.mounts[-1].source = $d'
    restore
    expect_ok
    asked "images=710 700000000"
    not_asked unreachable=
    asked "root=$BUNDLE/rootfs"
    expect_equal images "$(stat -c '%a %g' "$IMAGES" "$BATS_TEST_TMPDIR/pre")" $'700 0\n700 0'
    expect_equal foreign "$(stat -c '%a %g %z' "$BATS_TEST_TMPDIR/foreign")" "$foreign"
}

@test "a user namespace that was joined is refused, for it could not be restored" {
    use_fake
    unshare --user --map-root-user sleep 3600 3>&- &
    local holder=$!
    maps() { [[ $(cat "/proc/$holder/uid_map") ]]; }
    wait_until maps
    edit_config --arg p "/proc/$holder/ns/user" '(.mounts[] | select(.destination == "/dev/pts")).options -= ["gid=5"] |
        .linux.namespaces += [{"type":"user","path":$p}]'
    start_container
    checkpoint
    expect_error "cannot checkpoint $ID: its user namespace was joined by a path: criu could not restore it"
    expect_equal status "$(container_state)" running
    davit delete --force "$ID"
    kill "$holder"
}

@test "the directory of a service manager's socket is external" {
    use_fake
    set_args /bin/sleep 3600
    NOTIFY_SOCKET=$BATS_TEST_TMPDIR/manager davit run --detach --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1 3>&- &
    wait_until container_is running
    checkpoint
    expect_ok
    asked "external=mnt[/run/notify]:/run/notify"
    wait "$!" || true
    restore
    expect_ok
    asked "external=mnt[/run/notify]:$ROOT/$ID/criu/empty"
}

@test "the annotation names criu's own configuration" {
    use_fake
    edit_config '.annotations["org.criu.config"] = "/etc/criu/mine.conf"'
    start_container
    checkpoint
    expect_ok
    asked "config_file=/etc/criu/mine.conf"
}

# ---- restore -----------------------------------------------------------------------------------------

@test "a restored container runs, with its pid file, its cgroup and the time of its creation" {
    use_fake
    start_container
    local created
    created=$(davit state "$ID" | jq -r .created)
    checkpoint
    expect_ok
    restore --pid-file "$BATS_TEST_TMPDIR/pid" --no-pivot --no-new-keyring --no-subreaper --preserve-fds 1
    expect_ok
    asked "type=2"
    asked "rst_sibling=1"
    asked "notify_scripts=1"
    asked "log_file=restore.log"
    asked "root=$BUNDLE/rootfs"
    asked "answer.post-restore=1"
    expect_equal status "$(container_state)" running
    expect_equal pid "$(container_pid)" "$(cat "$BATS_TEST_TMPDIR/pid")"
    expect_equal created "$(davit state "$ID" | jq -r .created)" "$created"
    expect_equal "in its cgroup" "$(davit ps --format json "$ID" | jq "index($(container_pid)) != null")" true
    davit pause "$ID"
    expect_equal status "$(container_state)" paused
    davit resume "$ID"
    davit kill "$ID" KILL
    wait_until container_is stopped
    davit delete "$ID"
}

@test "in the foreground restore waits, hands signals on and ends with the program's status" {
    use_fake
    start_container
    checkpoint
    "$DAVIT" --root "$ROOT" restore --bundle "$BUNDLE" --image-path "$IMAGES" "$ID" </dev/null >"$BATS_TEST_TMPDIR/output" 2>&1 &
    local waiting=$! status=0
    wait_until container_is running
    davit kill "$ID" TERM
    wait "$waiting" || status=$?
    expect_equal status "$status" 7
    run_davit state "$ID"
    expect_error "container does not exist"
}

@test "what was a pipe is given to the restored process by its old name" {
    use_fake
    set_args /bin/sleep 3600
    davit run --detach --bundle "$BUNDLE" "$ID" </dev/null 2>&1 | cat >/dev/null &
    wait_until container_is running
    checkpoint
    expect_ok
    local pipe
    pipe=$(jq -r '.[1]' "$IMAGES/descriptors.json")
    [[ $pipe == pipe:\[* ]] || fail_with "not a pipe: $pipe"
    davit restore --detach --bundle "$BUNDLE" --image-path "$IMAGES" "$ID" </dev/null 2>&1 | cat >/dev/null &
    wait_until container_is running
    asked "inherit_fd=$pipe 6"
}

@test "hooks of the runtime run before the restored process goes on" {
    use_fake
    start_container
    checkpoint
    expect_ok
    edit_config --arg f "$BATS_TEST_TMPDIR/hook" '.hooks.createRuntime = [{"path":"/bin/sh","args":["sh","-c","cat >\($f)"]}]'
    restore
    expect_ok
    expect_equal pid "$(jq .pid "$BATS_TEST_TMPDIR/hook")" "$(container_pid)"
}

@test "of the hooks those of the runtime run at a restore, and poststop ones at the end" {
    use_fake
    local kinds='["prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop"]'
    start_container
    checkpoint
    edit_config --arg f "$BATS_TEST_TMPDIR/hooks" --argjson kinds "$kinds" '.hooks = ([$kinds[] | {key: ., value:
        [{path: "/bin/sh", args: ["sh", "-c", "echo $0 $(jq -r .status) >>\($f)", .]}]}] | from_entries)'
    restore
    expect_ok
    expect_equal hooks "$(cat "$BATS_TEST_TMPDIR/hooks")" $'prestart creating\ncreateRuntime creating'
    davit delete --force "$ID"
    expect_equal hooks "$(tail -n 1 "$BATS_TEST_TMPDIR/hooks")" 'poststop stopped'
}

@test "a hook that fails stops the restore, and nothing is left" {
    use_fake
    start_container
    checkpoint
    edit_config '.hooks.prestart = [{"path":"/bin/false"}]'
    restore
    expect_error "cannot restore $ID: error running prestart hook #0: /bin/false: exited with status 1"
    run_davit state "$ID"
    expect_error "container does not exist"
    expect_nothing_left
}

@test "a mount point that a further mount of the same name changes is made at the restore, too" {
    use_fake
    mkdir -p "$BUNDLE/data"
    edit_config --arg d "$BUNDLE/data" '.mounts += [
        {"destination":"/new/data","type":"bind","source":$d,"options":["rbind"]},
        {"destination":"/new/data","type":"none","options":["remount","bind","ro"]}]'
    start_container
    checkpoint
    rm -r "$BUNDLE/rootfs/new"
    restore
    expect_ok
    [[ -d $BUNDLE/rootfs/new/data ]]
}

@test "a failed restore says what criu said, keeps its log and leaves nothing" {
    use_fake
    start_container
    checkpoint
    echo fail >"$FAKE/behaviour"
    restore --work-path "$BATS_TEST_TMPDIR/work"
    expect_error "cannot restore $ID: criu: inet: Connected TCP socket, consider using it; Dump files (pid: 7) failed with -1"
    expect_hint "all of it is in $BATS_TEST_TMPDIR/work/restore.log"
    run_davit state "$ID"
    expect_error "container does not exist"
    expect_nothing_left
}

@test "a directory without a checkpoint is an error, and so is none" {
    use_fake
    restore
    expect_error "cannot restore $ID: --image-path: cannot open $IMAGES: No such file or directory (ENOENT)"
    expect_hint "--image-path names the directory that davit checkpoint wrote to"
    mkdir -m 0700 "$IMAGES"
    restore
    expect_error "cannot restore $ID: there is no checkpoint in $IMAGES: it has no inventory.img"
}

@test "an id that is taken cannot be restored to" {
    use_fake
    start_container
    checkpoint --leave-running
    restore
    expect_error "cannot restore $ID: container with given ID already exists"
    expect_equal status "$(container_state)" running
}

# ---- service managers --------------------------------------------------------------------------------

@test "a restore in the background tells a service manager that the program is ready, and names it" {
    use_fake
    start_container
    checkpoint
    echo "$ID" >>"$CREATED"
    out=$(manager restore --detach --bundle "$BUNDLE" --image-path "$IMAGES" "$ID")
    expect_equal "what the manager got" "$out" $'READY=1\nMAINPID\nBARRIER=1'
    expect_equal pid "$(cat "$BATS_TEST_TMPDIR/main-pid")" "$(container_pid)"
}

@test "a restore in the foreground tells a service manager, and stays the main process" {
    use_fake
    start_container
    checkpoint
    (manager restore --bundle "$BUNDLE" --image-path "$IMAGES" "$ID" >"$BATS_TEST_TMPDIR/told" || echo "status $?" >>"$BATS_TEST_TMPDIR/told") 3>&- &
    local waiting=$!
    wait_until container_is running
    davit kill "$ID" TERM
    wait "$waiting"
    expect_equal "what the manager got" "$(cat "$BATS_TEST_TMPDIR/told")" $'READY=1\nBARRIER=1\nstatus 7'
}
