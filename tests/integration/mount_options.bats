#!/usr/bin/env bats
# mount_options: each word of config.md's table, seen from inside the container.

load helpers

# Options of a tmpfs on /t as the container sees them.
tmpfs_has() {
    edit_config --argjson o "$1" '.mounts += [{"destination": "/t", "type": "tmpfs", "source": "t", "options": $o}]'
    in_container 'grep " /t " /proc/self/mountinfo | cut -d" " -f6'
    edit_config '.mounts |= map(select(.destination != "/t"))'
    expect_ok
    expect_equal "$1" "$stdout" "$2"
}

@test "attributes of a new filesystem" {
    new_bundle
    tmpfs_has '[]' rw,relatime
    tmpfs_has '["defaults", "async", "suid", "dev", "exec", "rw", "silent", "loud"]' rw,relatime
    tmpfs_has '["ro"]' ro,relatime
    tmpfs_has '["ro", "rw"]' rw,relatime
    tmpfs_has '["nosuid", "nodev", "noexec", "nodiratime"]' rw,nosuid,nodev,noexec,nodiratime,relatime
    tmpfs_has '["nosuid", "suid"]' rw,relatime
    tmpfs_has '["noatime"]' rw,noatime
    tmpfs_has '["noatime", "relatime"]' rw,relatime
    tmpfs_has '["strictatime"]' rw
    tmpfs_has '["strictatime", "nostrictatime"]' rw,relatime
    tmpfs_has '["nosymfollow"]' rw,relatime,nosymfollow
    tmpfs_has '["rro"]' ro,relatime
    tmpfs_has '["rnosuid", "rnoexec"]' rw,nosuid,noexec,relatime
}

@test "options of the filesystem reach it" {
    new_bundle
    edit_config '.mounts += [{"destination": "/t", "type": "tmpfs", "source": "name",
        "options": ["size=64k,nr_inodes=20", "mode=710", "sync"]}]'
    in_container 'grep " /t " /proc/self/mountinfo | sed "s/.* - //"; stat -c %a /t'
    expect_ok
    expect_stdout_has "tmpfs name rw,sync"
    expect_stdout_has size=64k
    expect_stdout_has nr_inodes=20
    expect_stdout_has $'\n710'
}

@test "a tmpfs has the mode of the directory that it covers" {
    new_bundle
    mkdir "$BUNDLE/rootfs/t"
    chmod 1733 "$BUNDLE/rootfs/t"
    edit_config '.mounts += [{"destination": "/t", "type": "tmpfs", "source": "t"}]'
    in_container 'stat -c %a /t'
    expect_stdout 1733
}

@test "an unknown option is named, with the one that was meant and the kernel's words" {
    new_bundle
    edit_config '.mounts = [{"destination": "/t", "type": "tmpfs", "source": "tmpfs", "options": ["rdonly"]}]'
    run_davit create --bundle "$BUNDLE" "$ID"
    expect_error "cannot create $ID: tmpfs on /t: mounts[0].options[0] \"rdonly\" is not a known option (did you mean \
\"ro\"?); kernel: tmpfs: Unknown parameter 'rdonly'"
    expect_where "mounts[0].options[0], $BUNDLE/config.json:"
}

@test "a wrong value is told in the kernel's words" {
    new_bundle
    edit_config '.mounts = [{"destination": "/t", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "size=x"]}]'
    run_davit create --bundle "$BUNDLE" "$ID"
    expect_stderr_has "tmpfs refuses the option \"size=x\"; kernel: tmpfs: Bad value for 'size'"
    expect_where "mounts[0].options[1], $BUNDLE/config.json:"
}

@test "an unknown option of a bind mount is no reason to mount it writable" {
    new_bundle
    edit_config '.mounts = [{"destination": "/t", "source": "/tmp", "options": ["bind", "rdonly"]}]'
    run_davit create --bundle "$BUNDLE" "$ID"
    expect_error "cannot create $ID: mounts[0].options[1] \"rdonly\" is not a known option (did you mean \"ro\"?)"
}

@test "options of a filesystem on a bind mount are ignored with a warning" {
    new_bundle
    mkdir "$BUNDLE/data"
    edit_config '.mounts += [{"destination": "/t", "source": "data", "options": ["bind", "mode=755", "size=1k", "ro"]}]'
    set_shell 'grep " /t " /proc/self/mountinfo | cut -d" " -f6'
    run_davit --log-level warning run --bundle "$BUNDLE" "$ID"
    expect_ok
    expect_stdout_has ro,
    expect_stderr_has '"size" is ignored: a bind mount has no options of a filesystem'
}

@test "attributes of a bind mount change the mount and not its source" {
    new_bundle
    mkdir "$BUNDLE/data"
    edit_config '.mounts += [{"destination": "/t", "source": "data", "options": ["bind", "ro", "noexec", "noatime"]}]'
    in_container 'grep " /t " /proc/self/mountinfo | cut -d" " -f6; touch /t/x 2>&1'
    expect_stdout_has noexec
    [[ $WAY != root ]] || expect_stdout_has noatime # locked in a user namespace
    expect_stdout_has "touch: /t/x: Read-only file system"
    touch "$BUNDLE/data/still-writable"
}

@test "recursive attributes reach mounts below, plain ones do not" {
    needs root
    new_bundle
    mkdir -p "$BUNDLE/data/below"
    mount -t tmpfs "$TAG" "$BUNDLE/data/below"
    edit_config '.mounts += [
        {"destination": "/plain", "source": "data", "options": ["rbind", "ro", "nosuid"]},
        {"destination": "/deep", "source": "data", "options": ["rbind", "rro", "rnosuid", "rnodev", "rnoexec"]},
        {"destination": "/top", "source": "data", "options": ["rbind", "rro", "rw"]}]'
    in_container 'for m in /plain /plain/below /deep /deep/below /top /top/below; do
        grep " $m " /proc/self/mountinfo | cut -d" " -f5,6 | sed "s/,relatime//"; done'
    umount "$BUNDLE/data/below"
    expect_stdout "/plain ro,nosuid
/plain/below rw
/deep ro,nosuid,nodev,noexec
/deep/below ro,nosuid,nodev,noexec
/top rw
/top/below ro"
}

@test "a read-only tmpfs takes later mounts and then is read-only" {
    new_bundle
    mkdir "$BUNDLE/data"
    edit_config '.mounts += [{"destination": "/t", "type": "tmpfs", "source": "t", "options": ["ro"]},
        {"destination": "/t/data", "source": "data", "options": ["bind"]}]'
    in_container 'touch /t/data/file && touch /t/file 2>&1'
    expect_stdout "touch: /t/file: Read-only file system"
    [[ -e $BUNDLE/data/file ]]
}

@test "tmpcopyup begins with what was there" {
    needs root
    new_bundle
    mkdir -p "$BUNDLE/rootfs/t/a/b"
    echo text >"$BUNDLE/rootfs/t/a/b/file"
    chmod 0604 "$BUNDLE/rootfs/t/a/b/file"
    chown 5:6 "$BUNDLE/rootfs/t/a/b/file"
    touch -d @1000000000 "$BUNDLE/rootfs/t/a/b/file"
    ln -s nowhere "$BUNDLE/rootfs/t/link"
    mkfifo "$BUNDLE/rootfs/t/fifo"
    edit_config '.mounts += [{"destination": "/t", "type": "tmpfs", "source": "t", "options": ["tmpcopyup"]}]'
    in_container 'stat -c "%F %a %u:%g %Y" /t/a/b/file; cat /t/a/b/file; readlink /t/link; stat -c %F /t/fifo
        rm -r /t/a; ls /t'
    expect_ok
    expect_stdout "regular file 604 5:6 1000000000
text
nowhere
fifo
fifo
link"
    [[ -e $BUNDLE/rootfs/t/a/b/file ]]
}

@test "tmpcopyup does not leave the directory through links" {
    new_bundle
    mkdir "$BUNDLE/rootfs/t"
    ln -s / "$BUNDLE/rootfs/t/root"
    edit_config '.mounts += [{"destination": "/t", "type": "tmpfs", "source": "t", "options": ["tmpcopyup", "ro"]}]'
    in_container 'find /t | sort; readlink /t/root; touch /t/x 2>/dev/null || echo read-only'
    expect_ok
    expect_stdout "/t
/t/root
/
read-only"
}

@test "remount changes what is mounted" {
    new_bundle
    mkdir "$BUNDLE/data"
    edit_config '.mounts += [{"destination": "/t", "source": "data", "options": ["bind"]},
        {"destination": "/t", "options": ["remount", "bind", "ro", "noexec"]},
        {"destination": "/u", "type": "tmpfs", "source": "u", "options": ["size=64k"]},
        {"destination": "/u", "options": ["remount", "size=128k"]}]'
    in_container 'grep " /t " /proc/self/mountinfo | cut -d" " -f6; grep -c "size=128k" /proc/self/mountinfo'
    expect_ok
    expect_stdout_has ro,
    expect_stdout_has noexec
    expect_stdout_has $'\n1'
}

@test "remount makes a mount of the kernel's filesystems read-only, and not what others see of them" {
    new_bundle
    edit_config '.mounts += [{"destination": "/p", "type": "proc", "source": "proc"},
        {"destination": "/p", "options": ["remount", "ro"]}]'
    in_container 'grep " /p " /proc/self/mountinfo | sed -E "s/.* (r[ow])[^ ]* .*- proc proc (r[ow]).*/\\1 \\2/"
        echo name 2>&1 >/p/self/comm; echo name >/proc/self/comm && echo written'
    expect_ok
    expect_stdout "ro rw
/bin/sh: can't create /p/self/comm: Read-only file system
written"
}

@test "remount of a plain directory says what it needs" {
    new_bundle
    edit_config '.mounts = [{"destination": "/etc", "options": ["remount", "ro"]}]'
    run_davit create --bundle "$BUNDLE" "$ID"
    ((status != 0))
    expect_hint '"remount" changes a mount that is there: is something mounted on /etc?'
}

@test "a disk is mounted that the container's rules for devices forbid it" {
    needs root
    needs program mkfs.ext4
    new_bundle
    local image=$BATS_TEST_TMPDIR/image device
    truncate -s 8M "$image"
    mkfs.ext4 -q "$image"
    device=$(losetup --find --show "$image" 2>/dev/null) || skip "needs a loop device"
    edit_config --arg d "$device" '.mounts += [{"destination": "/t", "type": "ext4", "source": $d,
        "options": ["ro", "noatime", "nosuid"]}]'
    in_container 'grep " /t " /proc/self/mountinfo | cut -d" " -f6; ls /t'
    losetup --detach "$device"
    expect_ok
    expect_stdout "ro,nosuid,noatime
lost+found"
}

@test "overlay takes names with a comma or a colon behind a backslash, in lists of any length" {
    needs root
    new_bundle
    # Not below the work directory, the length of whose name nobody knows.
    local top long
    top=$(mktemp -d /tmp/davit.XXXXXX)
    long=$top/$(printf 'x%.0s' {1..120})
    mkdir -p "$top/a,b" "$top/c:d" "$long/a,b" "$long/c:d"
    touch "$top/a,b/one" "$top/c:d/two" "$long/a,b/three" "$long/c:d/four"
    edit_config --arg l "lowerdir=$top/a\\,b:$top/c\\:d" --arg m "lowerdir=$long/a\\,b:$long/c\\:d" \
        '.mounts += [{"destination": "/t", "type": "overlay", "source": "overlay", "options": [$l, "ro"]},
            {"destination": "/u", "type": "overlay", "source": "overlay", "options": [$m, "ro"]}]'
    [[ $(uname -r) =~ ^([7-9]|6\.([89]|[1-9][0-9]))\. ]] || edit_config 'del(.mounts[-1])'
    in_container 'ls /t; test ! -e /u || ls /u'
    rm -rf --one-file-system "$top"
    expect_ok
    expect_stdout_has "one
two"
    [[ ! -e $BUNDLE/rootfs/u ]] || expect_stdout_has "four
three"
}

@test "overlay takes long lists of layers" {
    needs root
    new_bundle
    local i layers=
    for i in {1..12}; do
        mkdir -p "$BATS_TEST_TMPDIR/layer$i"
        touch "$BATS_TEST_TMPDIR/layer$i/file$i"
        layers+=:$BATS_TEST_TMPDIR/layer$i
    done
    ((${#layers} > 256)) || skip "the working directory's name is too short for a long list"
    needs kernel 6.8
    edit_config --arg l "lowerdir=${layers#:}" \
        '.mounts += [{"destination": "/t", "type": "overlay", "source": "overlay", "options": [$l, "ro"]}]'
    in_container 'ls /t | wc -l'
    expect_ok
    expect_stdout 12
}

@test "locked flags of the source stay in a user namespace" {
    needs root
    new_bundle
    mkdir "$BUNDLE/data" "$BUNDLE/rootfs/t"
    mount -t tmpfs -o nosuid,nodev,ro "$TAG" "$BUNDLE/data"
    edit_config '.linux.namespaces += [{"type": "user"}]
        | .linux.uidMappings = [{"containerID": 0, "hostID": 100000, "size": 65536}]
        | .linux.gidMappings = .linux.uidMappings
        | .mounts += [{"destination": "/t", "source": "data", "options": ["rbind", "rw", "suid", "dev", "noexec"]}]'
    in_container 'grep " /t " /proc/self/mountinfo | cut -d" " -f6'
    umount "$BUNDLE/data"
    expect_ok
    expect_stdout ro,nosuid,nodev,noexec,relatime
}

@test "a label without SELinux is refused" {
    [[ ! -e /sys/fs/selinux/enforce ]] || skip "needs a host without SELinux"
    new_bundle
    edit_config '.linux.mountLabel = "system_u:object_r:container_file_t:s0"'
    run_davit create --bundle "$BUNDLE" "$ID"
    expect_error "cannot create $ID: linux.mountLabel is set, but SELinux is not enabled here"
}
