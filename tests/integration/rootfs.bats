#!/usr/bin/env bats
# rootfs: the container's root, whatever the path's form and the host's mounts.

load helpers

@test "a relative, an absolute and a linked root path all work" {
    new_bundle
    ln -s rootfs "$BUNDLE/link"
    local path
    for path in rootfs ./rootfs/ "../${BUNDLE##*/}/rootfs" "$BUNDLE/rootfs" link; do
        edit_config --arg p "$path" '.root.path = $p'
        in_container 'test -x /bin/busybox && echo yes'
        expect_ok
        expect_stdout yes
    done
}

@test "a root that is a file says so" {
    new_bundle
    edit_config '.root.path = "config.json"'
    run_davit create --bundle "$BUNDLE" "$ID"
    expect_error "cannot create $ID: root.path \"config.json\" is not a directory (bundle $BUNDLE)"
    expect_where "root.path, $BUNDLE/config.json:"
}

@test "a read-only root cannot be written, what is mounted in it can" {
    new_bundle
    edit_config '.root.readonly = true | .mounts += [{"destination": "/tmp", "type": "tmpfs", "source": "tmpfs"}]'
    in_container 'touch /file 2>&1; touch /tmp/file && echo ok'
    expect_ok
    expect_stdout "touch: /file: Read-only file system
ok"
    [[ ! -e $BUNDLE/rootfs/file ]]
}

@test "a writable root can be written" {
    new_bundle
    in_container 'echo text >/file'
    expect_ok
    expect_equal content "$(cat "$BUNDLE/rootfs/file")" text
}

@test "nothing of the host's root is left in the container" {
    new_bundle
    in_container 'ls /..; cut -d" " -f5 /proc/self/mountinfo | grep -c "^/$"; grep -c "$0" /proc/self/mountinfo'
    expect_equal "names at the top" "$(head -n 1 <<<"$stdout")" bin
    expect_equal "mounts on /" "$(grep -c '^1$' <<<"$stdout")" 1
}

@test "--no-pivot covers the host's root instead, without its procfs" {
    needs root
    new_bundle
    set_shell 'ls /; grep -c " - proc " /proc/self/mountinfo; ls /../bin/busybox'
    run_davit run --no-pivot --bundle "$BUNDLE" "$ID"
    expect_ok
    expect_stdout_has /bin/busybox
    [[ $stdout != *boot* ]]
}

@test "a root inside a shared mount leaves nothing on the host" {
    needs root
    new_bundle
    mount -t tmpfs "$TAG" "$BUNDLE/rootfs"
    mount --make-shared "$BUNDLE/rootfs"
    cp -a "$DAVIT_TEST_ROOTFS/." "$BUNDLE/rootfs/"
    local before
    before=$(wc -l </proc/self/mountinfo)
    in_container 'echo ran'
    local result=$stdout after
    after=$(wc -l </proc/self/mountinfo)
    umount "$BUNDLE/rootfs"
    expect_equal output "$result" ran
    expect_equal mounts "$after" "$before"
}

@test "mounts below the root on the host come along" {
    needs root
    new_bundle
    mkdir "$BUNDLE/rootfs/below"
    mount -t tmpfs "$TAG" "$BUNDLE/rootfs/below"
    touch "$BUNDLE/rootfs/below/file"
    in_container 'ls /below'
    umount "$BUNDLE/rootfs/below"
    expect_stdout file
}

@test "the container's root may be the host's" {
    needs root
    new_bundle
    edit_config '.root = {"path": "/", "readonly": true}'
    export DAVIT_TEST_HOST_ROOT=1
    in_container 'head -c 4 /etc/os-release >/dev/null && touch /davit-test 2>/dev/null || echo read-only'
    expect_ok
    expect_stdout read-only
    [[ ! -e /davit-test ]]
}

@test "a root that a user namespace cannot reach works" {
    needs root
    new_bundle
    chmod 0700 "$BUNDLE"
    edit_config '.linux.namespaces += [{"type": "user"}]
        | .linux.uidMappings = [{"containerID": 0, "hostID": 100000, "size": 65536}]
        | .linux.gidMappings = .linux.uidMappings | .mounts |= map(select(.destination != "/sys"))
        | .mounts |= map(select(.type != "cgroup"))'
    in_container 'id -u; ls /bin/busybox'
    expect_ok
    expect_stdout "0
/bin/busybox"
}

@test "without a mount namespace the root is changed and nothing is mounted" {
    needs root
    new_bundle
    edit_config '.linux.namespaces |= map(select(.type != "mount")) | .mounts = [] | del(.linux.maskedPaths)
        | del(.linux.readonlyPaths)'
    local before
    before=$(wc -l </proc/self/mountinfo)
    in_container 'ls / | head -n 1; test -e /dev/null || echo no devices'
    expect_ok
    expect_stdout "bin
no devices"
    expect_equal mounts "$(wc -l </proc/self/mountinfo)" "$before"
}

@test "hooks find the root and its mounts at the path on the host" {
    needs root
    new_bundle
    # shellcheck disable=SC2016
    edit_config --arg b "$BUNDLE" '.hooks.createContainer = [{"path": "/bin/sh",
        "args": ["sh", "-c", "grep -c \"$1/rootfs/proc \" /proc/self/mountinfo >$1/seen", "sh", $b]}]'
    in_container true
    expect_ok
    expect_equal "mounts seen" "$(cat "$BUNDLE/seen")" 1
}

@test "the host can unmount the root while a foreground davit waits" {
    needs root
    new_bundle
    mount -t tmpfs "$TAG" "$BUNDLE/rootfs"
    cp -a "$DAVIT_TEST_ROOTFS/." "$BUNDLE/rootfs/"
    set_args /bin/sleep 3600
    "$DAVIT" --root "$ROOT" run --bundle "$BUNDLE" "$ID" </dev/null >"$BATS_TEST_TMPDIR/output" 2>&1 3>&- &
    wait_until container_is running
    wait_until umount "$BUNDLE/rootfs"
    davit kill "$ID" KILL
    wait $! || true
}

@test "a joined mount namespace has its own tree" {
    needs root
    new_bundle
    unshare --mount sh -c "mount -t tmpfs $TAG '$BUNDLE/rootfs' && cp -a '$DAVIT_TEST_ROOTFS/.' '$BUNDLE/rootfs/' &&
        touch '$BUNDLE/rootfs/joined' '$BUNDLE/ready' && exec sleep 3600" 3>&- &
    local holder=$!
    wait_until test -e "$BUNDLE/ready"
    edit_config --arg p "/proc/$holder/ns/mnt" '.mounts = [] | del(.linux.maskedPaths) | del(.linux.readonlyPaths)
        | (.linux.namespaces[] | select(.type == "mount")) += {"path": $p}'
    in_container 'ls -d /joined'
    kill "$holder"
    wait "$holder" || true
    expect_ok
    expect_stdout /joined
}
