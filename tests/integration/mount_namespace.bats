#!/usr/bin/env bats
# Containers in the caller's mount namespace, and in one that they join: their mounts are among those of others, and
# go away with them.

load helpers

setup() {
    begin
    needs root
    new_bundle
    HOLDER=
}

teardown() {
    [[ -z $HOLDER ]] || kill -KILL "$HOLDER" 2>/dev/null || true
    finish
}

is_sleep() { [[ $(cat "/proc/$1/comm" 2>/dev/null) == sleep ]]; }

inherit() { edit_config '.linux.namespaces |= map(select(.type != "mount"))'; }

mounts_of() { awk -v r="$1" '$5 == r || index($5, r "/") == 1' "/proc/${2:-self}/mountinfo"; }

expect_no_mounts() { expect_equal "mounts at the root" "$(mounts_of "$BUNDLE/rootfs" "${1:-self}" | wc -l)" "${2:-0}"; }

# A mount namespace with a tree of its own at the bundle's root; $HOLDER lives in it.
hold_namespace() {
    unshare --mount sh -c "mount -t tmpfs $TAG '$BUNDLE/rootfs' && cp -a '$DAVIT_TEST_ROOTFS/.' '$BUNDLE/rootfs/' &&
        touch '$BUNDLE/rootfs/joined' '$BUNDLE/ready' && exec sleep 3600" </dev/null >/dev/null 2>&1 3>&- &
    HOLDER=$!
    wait_until test -e "$BUNDLE/ready"
    # shellcheck disable=SC2016
    edit_config --arg p "/proc/$HOLDER/ns/mnt" \
        '(.linux.namespaces[] | select(.type == "mount")) += {"path": $p}'
}

@test "in the caller's mount namespace the mounts are there, inside and out, until delete" {
    inherit
    edit_config '.root.readonly = true | .mounts += [{"destination": "/srv/data", "type": "tmpfs", "source": "data"}]'
    start_container
    # shellcheck disable=SC2016
    run_davit exec "$ID" sh -c 'readlink /proc/self/ns/mnt; cat /proc/1/comm; stat -f -c %T /srv/data
        stat -c %F /dev/null /proc/timer_list; touch /x 2>&1; echo 1 2>&1 >/proc/sys/kernel/domainname; echo $(ls /)'
    expect_ok
    expect_stdout "$(readlink /proc/self/ns/mnt)
sleep
tmpfs
character special file
character special file
touch: /x: Read-only file system
sh: can't create /proc/sys/kernel/domainname: Read-only file system
$(cd "$BUNDLE/rootfs" && echo *)"
    mounts_of "$BUNDLE/rootfs/srv/data" | grep -q "$BUNDLE/rootfs/srv/data" || fail_with "the host does not see it"
    davit delete --force "$ID"
    expect_no_mounts
}

@test "in the foreground they are gone when the program ends" {
    inherit
    in_container 'mount | grep -c /proc; exit 3'
    expect_status 3
    expect_no_mounts
}

@test "what was mounted at the root before stays, and is in the container" {
    inherit
    mount -t tmpfs "$TAG" "$BUNDLE/rootfs"
    cp -a "$DAVIT_TEST_ROOTFS/." "$BUNDLE/rootfs/"
    mkdir "$BUNDLE/rootfs/below"
    mount -t tmpfs "$TAG" "$BUNDLE/rootfs/below"
    touch "$BUNDLE/rootfs/below/file"
    edit_config '.process.capabilities |= map_values(. + ["CAP_SYS_ADMIN"])'
    in_container 'ls /below; umount /below; mount -t tmpfs over /; mount -t tmpfs over /'
    local left
    left=$(mounts_of "$BUNDLE/rootfs" | wc -l)
    umount "$BUNDLE/rootfs/below" "$BUNDLE/rootfs"
    expect_ok
    expect_stdout file
    expect_equal "mounts left" "$left" 2
}

@test "a mount that the container puts over its root goes too" {
    inherit
    edit_config '.process.capabilities |= map_values(. + ["CAP_SYS_ADMIN"])
        | .mounts = [{"destination": "/", "type": "bind", "source": "rootfs", "options": ["rbind"]}] + .mounts'
    in_container 'mount -t tmpfs over / && mount -t tmpfs over / && echo covered'
    expect_ok
    expect_stdout covered
    expect_no_mounts
}

@test "below a shared mount no copy is left in another mount namespace" {
    inherit
    mkdir "$BATS_TEST_TMPDIR/shared"
    mount -t tmpfs "$TAG" "$BATS_TEST_TMPDIR/shared"
    mount --make-shared "$BATS_TEST_TMPDIR/shared"
    mv "$BUNDLE" "$BATS_TEST_TMPDIR/shared/bundle"
    BUNDLE=$BATS_TEST_TMPDIR/shared/bundle
    mkdir "$BUNDLE/rootfs/below"
    mount -t tmpfs "$TAG" "$BUNDLE/rootfs/below"
    unshare --mount --propagation unchanged sleep 3600 </dev/null >/dev/null 2>&1 3>&- &
    HOLDER=$!
    wait_until is_sleep $HOLDER
    start_container
    local during after here
    during=$(mounts_of "$BUNDLE/rootfs" "$HOLDER" | wc -l)
    davit delete --force "$ID"
    after=$(mounts_of "$BUNDLE/rootfs" "$HOLDER" | wc -l)
    here=$(mounts_of "$BUNDLE/rootfs" | wc -l)
    kill -KILL "$HOLDER"
    umount --recursive "$BATS_TEST_TMPDIR/shared"
    expect_equal "mounts that the other namespace saw" "$during" 2
    expect_equal "mounts that stay there" "$after" 1
    expect_equal "mounts that stay here" "$here" 1
}

@test "a create that fails takes its mounts away" {
    inherit
    edit_config '.process.args = ["/no/such/program"]'
    run_davit create --bundle "$BUNDLE" "$ID"
    expect_status 1
    expect_no_mounts
    edit_config '.process.args = ["/bin/true"] | .mounts += [{"destination": "/srv", "type": "nosuchfs"}]'
    run_davit create --bundle "$BUNDLE" "$ID"
    expect_status 1
    expect_no_mounts
}

@test "a davit that is killed half-way leaves what delete --force takes away" {
    needs fault-injection
    inherit
    local step
    for step in "runtime: root in a foreign mount namespace" "init: mounts" "init: devices" "runtime: record"; do
        DAVIT_KILL_AT=$step run_davit create --bundle "$BUNDLE" "$ID"
        [[ $status != 0 ]] || fail_with "survived $step"
        run_davit delete --force "$ID"
        expect_ok
        expect_no_mounts
    done
}

@test "a foreground davit that was killed leaves what delete --force takes away" {
    inherit
    set_args /bin/sleep 3600
    "$DAVIT" --root "$ROOT" run --bundle "$BUNDLE" "$ID" </dev/null >"$BATS_TEST_TMPDIR/output" 2>&1 3>&- &
    local runner=$!
    wait_until container_is running
    kill -KILL "$runner"
    wait "$runner" || true
    run_davit delete --force "$ID"
    expect_ok
    expect_no_mounts
}

@test "two containers cannot have one root in one mount namespace" {
    inherit
    start_container
    run_davit create --bundle "$BUNDLE" "$ID-b"
    expect_error "cannot create $ID-b: root $BUNDLE/rootfs: container $ID has its root at $BUNDLE/rootfs in this mount namespace"
    expect_hint 'delete it first, use another root, or add {"type": "mount"} to linux.namespaces'
    run_davit exec "$ID" ls /proc/self/ns/mnt
    expect_ok
    davit delete --force "$ID"
    expect_no_mounts
    edit_config '.process.args = ["/bin/true"]'
    run_davit run --bundle "$BUNDLE" "$ID-b"
    expect_ok
}

@test "mounts are made in a mount namespace that is joined, and exec sees the container's root" {
    hold_namespace
    start_container
    run_davit exec "$ID" sh -c 'readlink /proc/self/ns/mnt; ls -d /joined /proc/1; stat -c %F /dev/null'
    expect_ok
    expect_stdout "$(readlink "/proc/$HOLDER/ns/mnt")
/joined
/proc/1
character special file"
    expect_no_mounts
    davit delete --force "$ID"
    expect_no_mounts "$HOLDER" 1
}

@test "a joined mount namespace that nobody is left in needs no cleaning" {
    hold_namespace
    start_container
    kill -KILL "$HOLDER"
    wait "$HOLDER" 2>/dev/null || true
    HOLDER=
    run_davit delete --force "$ID"
    expect_ok
}

@test "a joined mount namespace is found again when its path is gone" {
    hold_namespace
    nsenter --mount="/proc/$HOLDER/ns/mnt" sleep 3600 </dev/null >/dev/null 2>&1 3>&- &
    local other=$!
    wait_until is_sleep $other
    start_container
    kill -KILL "$HOLDER"
    wait "$HOLDER" 2>/dev/null || true
    HOLDER=$other
    run_davit delete --force "$ID"
    expect_ok
    expect_no_mounts "$HOLDER" 1
}

@test "the root of the container cannot be left for the host's through its hooks or exec" {
    inherit
    start_container
    run_davit exec "$ID" sh -c 'ls /; cd ..; pwd; ls /proc/1/root'
    expect_ok
    expect_stdout "$(ls "$BUNDLE/rootfs")
/
$(ls "$BUNDLE/rootfs")"
    run_davit exec --cwd "/../../.." "$ID" pwd
    expect_ok
    expect_stdout /
}

@test "hooks find the mounts at the root's path" {
    inherit
    # shellcheck disable=SC2016
    edit_config --arg b "$BUNDLE" '.hooks.createContainer = [{"path": "/bin/sh",
        "args": ["sh", "-c", "grep -c \"$1/rootfs/proc \" /proc/self/mountinfo >$1/seen", "sh", $b]}]'
    in_container true
    expect_ok
    expect_equal "mounts seen" "$(cat "$BUNDLE/seen")" 1
}

@test "a user namespace may not mount in the caller's mount namespace, and the error says so" {
    edit_config '.linux.namespaces |= map(select(.type != "mount")) + [{"type": "user"}]
        | .linux.uidMappings = [{"containerID": 0, "hostID": 100000, "size": 65536}]
        | .linux.gidMappings = .linux.uidMappings'
    chmod 0755 "$BATS_TEST_TMPDIR" "$BUNDLE"
    run_davit create --bundle "$BUNDLE" "$ID"
    expect_status 1
    expect_hint 'a user namespace may mount nothing in a mount namespace that belongs to another: add {"type": "mount"} to linux.namespaces'
    expect_no_mounts
}

@test "without anything to mount the root alone is changed" {
    inherit
    edit_config '.mounts = [] | del(.linux.maskedPaths, .linux.readonlyPaths)'
    start_container
    expect_no_mounts
    run_davit exec "$ID" ls /bin/busybox
    expect_ok
}

@test "a terminal works in the caller's mount namespace" {
    inherit
    edit_config '.process.terminal = true | .process.args = ["/bin/sh", "-c", "tty; stat -c %F /dev/console"]'
    needs program script
    run script -qec "'$DAVIT' --root '$ROOT' run --bundle '$BUNDLE' $ID" /dev/null </dev/null
    [[ $status == 0 && $output == *"character special file"* ]] || fail_with "$output"
    expect_no_mounts
}
