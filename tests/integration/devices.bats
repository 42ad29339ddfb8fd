#!/usr/bin/env bats
# devices: those that every container has, those of linux.devices, and what an image may put in their way.

load helpers

# The image's own /dev stays visible.
show_own_dev() {
    edit_config '.mounts |= map(select(.destination | test("^/dev(/shm|/mqueue)?$") | not))'
}

make_decoy() {
    DECOY=$BATS_TEST_TMPDIR/decoy
    mkdir -p "$DECOY/dev"
    echo keep >"$DECOY/dev/ptmx"
    echo secret >"$DECOY/secret"
    chmod 0600 "$DECOY/secret"
    find "$DECOY" -printf '%p %y %U %m %l %s\n' | sort >"$BATS_TEST_TMPDIR/decoy-before"
}

expect_decoy_untouched() {
    find "$DECOY" -printf '%p %y %U %m %l %s\n' | sort >"$BATS_TEST_TMPDIR/decoy-after"
    diff "$BATS_TEST_TMPDIR/decoy-before" "$BATS_TEST_TMPDIR/decoy-after"
}

@test "the host's own /dev keeps its ptmx, however it comes to the container" {
    needs root
    new_bundle
    show_own_dev
    set_args /bin/true
    # shellcheck disable=SC2016 # the other shell expands it
    stdout=$(unshare --mount --propagation private sh -ec '
        mount -t tmpfs -o mode=755 tmpfs /dev
        mkdir /dev/pts /dev/shm
        mknod -m 666 /dev/null c 1 3
        mknod -m 666 /dev/ptmx c 5 2
        mkdir -p "$1/rootfs/dev"
        mount --bind /dev "$1/rootfs/dev"
        "$2" --root "$3" run --bundle "$1" "$4"
        stat -c "%n %F" /dev/ptmx
        test ! -e /dev/core' - "$BUNDLE" "$DAVIT" "$ROOT" "$ID" </dev/null)
    expect_stdout "/dev/ptmx character special file"
}

@test "every container has the default devices and links" {
    new_bundle
    in_container 'for d in null zero full random urandom tty; do stat -c "%n %F %t:%T %a" /dev/$d; done
        for l in fd stdin stdout stderr ptmx; do echo $l $(readlink /dev/$l); done'
    expect_ok
    expect_stdout "/dev/null character special file 1:3 666
/dev/zero character special file 1:5 666
/dev/full character special file 1:7 666
/dev/random character special file 1:8 666
/dev/urandom character special file 1:9 666
/dev/tty character special file 5:0 666
fd /proc/self/fd
stdin /proc/self/fd/0
stdout /proc/self/fd/1
stderr /proc/self/fd/2
ptmx pts/ptmx"
}

@test "linux.devices are made with mode and owner, wherever they are" {
    needs root
    new_bundle
    edit_config '.linux.devices = [
        {"type": "c", "path": "/dev/my/fuse", "major": 10, "minor": 229, "fileMode": 432, "uid": 5, "gid": 6},
        {"type": "u", "path": "/elsewhere/char", "major": 1, "minor": 7},
        {"type": "b", "path": "/dev/block", "major": 7, "minor": 7, "fileMode": 25008},
        {"type": "p", "path": "/dev/fifo", "fileMode": 384, "uid": 7}]'
    in_container 'umask 077; stat -c "%n %F %t:%T %a %u:%g" /dev/my/fuse /elsewhere/char /dev/block /dev/fifo'
    expect_ok
    expect_stdout "/dev/my/fuse character special file a:e5 660 5:6
/elsewhere/char character special file 1:7 666 0:0
/dev/block block special file 7:7 660 0:0
/dev/fifo fifo 0:0 600 7:0"
}

@test "an entry for a default device wins" {
    needs root
    new_bundle
    edit_config '.linux.devices = [{"type": "c", "path": "/dev/null", "major": 1, "minor": 3, "fileMode": 292, "uid": 9}]'
    in_container 'stat -c "%t:%T %a %u" /dev/null'
    expect_ok
    expect_stdout "1:3 444 9"
}

@test "a file in the way of a device is refused by name" {
    needs root
    new_bundle
    mkdir -p "$BUNDLE/rootfs/node"
    touch "$BUNDLE/rootfs/node/file"
    edit_config '.linux.devices = [{"type": "c", "path": "/node/file", "major": 1, "minor": 3}]'
    run_davit create --bundle "$BUNDLE" "$ID"
    expect_error "cannot create $ID: /node/file in the rootfs is a file, not the character device 1:3"
    expect_where "linux.devices[0], $BUNDLE/config.json:"
}

@test "a matching device in the image is taken" {
    needs root
    new_bundle
    mknod "$BUNDLE/rootfs/null" c 1 3
    edit_config '.linux.devices = [{"type": "c", "path": "/null", "major": 1, "minor": 3}]'
    in_container 'echo text >/null && echo written'
    expect_ok
    expect_stdout written
}

@test "what the config mounts in place of a device stays" {
    new_bundle
    echo text >"$BUNDLE/file"
    edit_config '.mounts += [{"destination": "/dev/random", "source": "/dev/urandom", "options": ["bind"]},
            {"destination": "/dev/full", "source": "file", "options": ["bind"]},
            {"destination": "/dev/ptmx", "source": "file", "options": ["bind"]},
            {"destination": "/dev/mine", "source": "/dev/zero", "options": ["bind"]}]
        | .linux.devices += [{"path": "/dev/mine", "type": "c", "major": 1, "minor": 3}]'
    in_container 'stat -c "%n %t:%T" /dev/random /dev/mine /dev/zero; cat /dev/full /dev/ptmx'
    expect_ok
    expect_stdout "/dev/random 1:9
/dev/mine 1:5
/dev/zero 1:5
text
text"
}

@test "without numbers a device is refused" {
    new_bundle
    edit_config '.linux.devices = [{"type": "b", "path": "/dev/x", "major": 1}]'
    run_davit create --bundle "$BUNDLE" "$ID"
    expect_error "cannot create $ID: linux.devices[0].minor: is required for a device of type \"b\""
}

@test "an image whose /dev is a link leads nowhere" {
    needs root
    new_bundle
    make_decoy
    show_own_dev
    local target
    for target in "$DECOY/dev" "../../../../../../../../../..$DECOY/dev"; do
        rm -rf "$BUNDLE/rootfs/dev" "${BUNDLE:?}/rootfs/tmp"
        ln -s "$target" "$BUNDLE/rootfs/dev"
        in_container 'stat -c "%F %t:%T" /dev/null'
        expect_ok
        expect_stdout "character special file 1:3"
        expect_decoy_untouched
    done
}

@test "a create that fails on such an image has made nothing outside either" {
    needs root
    new_bundle
    make_decoy
    show_own_dev
    rm -r "$BUNDLE/rootfs/dev"
    ln -s "$DECOY/dev" "$BUNDLE/rootfs/dev"
    set_args /nosuch
    run_davit create --bundle "$BUNDLE" "$ID"
    ((status != 0))
    expect_decoy_untouched
}

@test "links, fifos, files and other devices in place of null are refused" {
    needs root
    new_bundle
    make_decoy
    show_own_dev
    local null=$BUNDLE/rootfs/dev/null make kind
    while IFS='|' read -r kind make; do
        rm -rf "$null"
        $make
        run_davit create --bundle "$BUNDLE" "$ID"
        expect_error "cannot create $ID: /dev/null in the rootfs is a $kind, not the character device 1:3"
        expect_decoy_untouched
    done <<END
symbolic link|ln -s $DECOY/secret $null
symbolic link|ln -s /proc/sys/kernel/domainname $null
symbolic link|ln -s nowhere $null
fifo|mkfifo $null
file|touch $null
directory|mkdir $null
character device 1:5|mknod $null c 1 5
block device 1:3|mknod $null b 1 3
END
}

@test "an image's links in /dev for console, ptmx and fd reach nothing" {
    needs root
    new_bundle
    make_decoy
    show_own_dev
    local name
    for name in console fd stdin core ptmx; do
        ln -s "$DECOY/created-$name" "$BUNDLE/rootfs/dev/$name"
    done
    in_container 'echo fine'
    expect_decoy_untouched
    expect_stdout fine
}

@test "an image's own ptmx node gives way to the container's pts" {
    needs root
    new_bundle
    show_own_dev
    mknod "$BUNDLE/rootfs/dev/ptmx" c 5 2
    in_container 'readlink /dev/ptmx'
    expect_ok
    expect_stdout pts/ptmx
}

@test "a /dev bound from the host stays as it is" {
    needs root
    new_bundle
    mkdir "$BUNDLE/dev"
    cp -a /dev/null "$BUNDLE/dev/null"
    echo keep >"$BUNDLE/dev/ptmx"
    edit_config '.mounts |= map(select(.destination | startswith("/dev") | not))
        | .mounts += [{"destination": "/dev", "source": "dev", "options": ["bind"]}]'
    in_container 'ls /dev; cat /dev/ptmx'
    expect_ok
    expect_stdout "null
ptmx
keep"
    expect_equal "the host's directory" "$(ls "$BUNDLE/dev")" $'null\nptmx'
}

@test "a user namespace has the host's nodes" {
    needs root
    new_bundle
    edit_config '.linux.namespaces += [{"type": "user"}]
        | .linux.uidMappings = [{"containerID": 0, "hostID": 100000, "size": 65536}]
        | .linux.gidMappings = .linux.uidMappings
        | .linux.devices = [{"type": "c", "path": "/dev/full", "major": 1, "minor": 7},
                            {"type": "p", "path": "/dev/a/fifo"}]'
    in_container 'for d in null zero full random urandom tty; do stat -c "%F %t:%T" /dev/$d; done; stat -c %F /dev/a/fifo
        echo x >/dev/null && head -c 1 /dev/zero | wc -c'
    expect_ok
    expect_stdout "character special file 1:3
character special file 1:5
character special file 1:7
character special file 1:8
character special file 1:9
character special file 5:0
fifo
1"
}

@test "a node that the host has not is named in a user namespace" {
    needs root
    new_bundle
    edit_config '.linux.namespaces += [{"type": "user"}]
        | .linux.uidMappings = [{"containerID": 0, "hostID": 100000, "size": 65536}]
        | .linux.gidMappings = .linux.uidMappings
        | .linux.devices = [{"type": "c", "path": "/dev/davit-nosuch", "major": 1, "minor": 99}]'
    run_davit create --bundle "$BUNDLE" "$ID"
    expect_error "cannot create $ID: cannot open /dev/davit-nosuch of the host: No such file or directory (ENOENT)"
    expect_where "linux.devices[0], $BUNDLE/config.json:"
}

@test "a read-only /dev gets its devices first" {
    new_bundle
    edit_config '(.mounts[] | select(.destination == "/dev") | .options) += ["ro"]'
    in_container 'stat -c "%t:%T" /dev/null; touch /dev/x 2>/dev/null || echo read-only; echo x >/dev/null && echo ok'
    expect_ok
    expect_stdout "1:3
read-only
ok"
}
