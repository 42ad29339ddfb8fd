#!/usr/bin/env bats
# mounts: what is mounted where, made where it is missing, and refused with its reason.

load helpers

# Where files for bind mounts come from: readable by whoever davit runs as.
make_source() {
    SOURCE=$BATS_TEST_TMPDIR/source
    mkdir -p "$SOURCE/directory/below"
    echo content >"$SOURCE/file"
    echo inner >"$SOURCE/directory/inner"
    ln -s file "$SOURCE/link"
    chmod -R a+rX "$SOURCE"
}

add_mount() { edit_config --arg s "${SOURCE-}" ".mounts += [$1]"; }

@test "directories and files are mounted, and made where they are missing" {
    new_bundle
    make_source
    add_mount '{"destination": "/new/a/directory", "source": ($s + "/directory"), "options": ["bind"]},
               {"destination": "/new/b/file", "source": ($s + "/file"), "options": ["bind"]}'
    in_container 'cat /new/a/directory/inner /new/b/file; echo more >>/new/b/file'
    expect_ok
    expect_stdout "inner
content"
    expect_equal "the source" "$(tail -n 1 "$SOURCE/file")" more
}

@test "what is made for mounts, devices and the working directory has one mode under every umask" {
    new_bundle
    make_source
    add_mount '{"destination": "/new/a/directory", "source": ($s + "/directory"), "options": ["bind"]},
               {"destination": "/new/b/t", "type": "tmpfs"}, {"destination": "/file", "source": ($s + "/file"), "options": ["bind"]}'
    edit_config '.process.cwd = "/job/here" | .process.user.umask = 18
        | .linux.devices += [{"path": "/place/fifo", "type": "p", "fileMode": 438}]'
    local mask
    for mask in 077 000; do
        umask "$mask"
        in_container 'stat -c "%n %a" /new /new/a /new/b /new/b/t /dev/shm /job /job/here /place /place/fifo'
        umask 022
        expect_ok
        expect_stdout "/new 755
/new/a 755
/new/b 755
/new/b/t 1777
/dev/shm 1777
/job 755
/job/here 755
/place 755
/place/fifo 666"
        expect_equal "mode of the file" "$(stat -c %a "$BUNDLE/rootfs/file")" 644
        rm -rf "$BUNDLE/rootfs/"{new,work,place,file}
    done
}

@test "a relative source is below the bundle, a relative destination below /" {
    new_bundle
    mkdir "$BUNDLE/data"
    echo here >"$BUNDLE/data/file"
    add_mount '{"destination": "inside", "source": "data", "options": ["rbind"]}'
    in_container 'cat /inside/file'
    expect_stdout here
}

@test "mounts are made in the listed order" {
    new_bundle
    add_mount '{"destination": "/t", "type": "tmpfs", "source": "one"},
               {"destination": "/t/x", "type": "tmpfs", "source": "two"},
               {"destination": "/t", "type": "tmpfs", "source": "three"}'
    in_container 'grep -E " /t(/x)? " /proc/self/mountinfo | sed "s/.* - tmpfs //" | cut -d" " -f1 | tr "\n" " "; ls /t'
    expect_ok
    expect_stdout "one two three "
}

@test "rbind takes mounts below the source along, bind does not" {
    needs root
    new_bundle
    make_source
    mount -t tmpfs "$TAG" "$SOURCE/directory/below"
    touch "$SOURCE/directory/below/mounted"
    add_mount '{"destination": "/one", "source": ($s + "/directory"), "options": ["bind"]},
               {"destination": "/all", "source": ($s + "/directory"), "options": ["rbind"]}'
    in_container 'ls /one/below /all/below'
    umount "$SOURCE/directory/below"
    expect_stdout "/all/below:
mounted

/one/below:"
}

@test "a missing source is named with its place in the config" {
    new_bundle
    add_mount '{"destination": "/a", "source": "/nosuch/dir", "options": ["bind"]}'
    run_davit create --bundle "$BUNDLE" "$ID"
    local n
    n=$(jq '.mounts | length - 1' "$BUNDLE/config.json")
    expect_error "cannot create $ID: /nosuch/dir on /a: mounts[$n].source \"/nosuch/dir\" does not exist on the host"
    expect_where "mounts[$n].source, $BUNDLE/config.json:"
}

@test "type bind without the option says which option" {
    new_bundle
    edit_config '.mounts = [{"destination": "/a", "type": "bind", "source": "/tmp"}]'
    run_davit create --bundle "$BUNDLE" "$ID"
    expect_error "cannot create $ID: mounts[0]: type \"bind\" is not a filesystem; add option \"bind\" or \"rbind\""
}

@test "an unknown filesystem type is named" {
    new_bundle
    edit_config '.mounts = [{"destination": "/a", "type": "tempfs", "source": "x"}]'
    run_davit create --bundle "$BUNDLE" "$ID"
    expect_error "cannot create $ID: mounts[0] x on /a: filesystem type \"tempfs\" is unknown to this kernel"
}

@test "a directory over a file, and a file over a directory, name both" {
    new_bundle
    make_source
    edit_config --arg s "$SOURCE" \
        '.mounts = [{"destination": "/etc/passwd", "source": ($s + "/directory"), "options": ["bind"]}]'
    run_davit create --bundle "$BUNDLE" "$ID"
    expect_error "cannot create $ID: $SOURCE/directory on /etc/passwd: mounts[0]: source is a directory but \
/etc/passwd in the rootfs is a file"
    edit_config --arg s "$SOURCE" '.mounts = [{"destination": "/etc", "source": ($s + "/file"), "options": ["bind"]}]'
    run_davit create --bundle "$BUNDLE" "$ID"
    expect_error "cannot create $ID: $SOURCE/file on /etc: mounts[0]: source is a file but /etc in the rootfs is a \
directory"
}

@test "links of the image are followed inside the root only" {
    new_bundle
    mkdir -p "$BATS_TEST_TMPDIR/decoy"
    ln -s "$BATS_TEST_TMPDIR/decoy" "$BUNDLE/rootfs/absolute"
    ln -s ../../../../../../../../../../decoy "$BUNDLE/rootfs/relative"
    ln -s . "$BUNDLE/rootfs/dot"
    add_mount '{"destination": "/absolute/new/x", "type": "tmpfs", "source": "x"},
               {"destination": "/relative//./new/", "type": "tmpfs", "source": "x"},
               {"destination": "/dot/dot/a/../b", "type": "tmpfs", "source": "x"}'
    in_container 'cut -d" " -f5 /proc/self/mountinfo | grep -E "new|/b$" | sed "s,.*/decoy,DECOY,"'
    expect_ok
    expect_stdout "DECOY/new/x
DECOY/new
/b"
    expect_equal "the decoy" "$(find "$BATS_TEST_TMPDIR/decoy" -mindepth 1)" ""
}

@test "a loop of links, a long chain and long names end in an error" {
    new_bundle
    ln -s loop "$BUNDLE/rootfs/loop"
    local i
    for i in {1..41}; do
        ln -s "chain$((i - 1))" "$BUNDLE/rootfs/chain$i"
    done
    mkdir "$BUNDLE/rootfs/chain0"
    edit_config '.mounts = [{"destination": "/loop/x", "type": "tmpfs", "source": "x"}]'
    run_davit create --bundle "$BUNDLE" "$ID"
    expect_error "cannot create $ID: mounts[0] x on /loop/x: cannot open /loop/x inside the container's root: Too many \
levels of symbolic links (ELOOP)"
    edit_config '.mounts = [{"destination": "/chain41/x", "type": "tmpfs", "source": "x"}]'
    run_davit create --bundle "$BUNDLE" "$ID"
    expect_stderr_has ELOOP
    edit_config --arg n "$(printf 'a%.0s' {1..256})" '.mounts = [{"destination": ("/" + $n), "type": "tmpfs"}]'
    run_davit create --bundle "$BUNDLE" "$ID"
    expect_stderr_has ENAMETOOLONG
}

@test "proc and sysfs are mounted on ordinary directories only" {
    new_bundle
    local name kind
    for name in proc sys; do
        rmdir "$BUNDLE/rootfs/$name"
        kind=$name
        [[ $name == sys ]] && kind=sysfs
        ln -s /etc "$BUNDLE/rootfs/$name"
        edit_config --arg d "/$name" --arg k "$kind" '.mounts = [{"destination": $d, "type": $k, "source": $k}]'
        run_davit create --bundle "$BUNDLE" "$ID"
        expect_error "cannot create $ID: $kind on /$name: mounts[0]: /$name in the rootfs is a symbolic link, and $kind \
must be mounted on an ordinary directory"
        rm "$BUNDLE/rootfs/$name"
        mkfifo "$BUNDLE/rootfs/$name"
        run_davit create --bundle "$BUNDLE" "$ID"
        expect_stderr_has "/$name in the rootfs is a fifo"
        rm "$BUNDLE/rootfs/$name"
        mkdir "$BUNDLE/rootfs/$name"
    done
}

@test "a link in an ancestor of /proc, and odd spellings of it, change nothing" {
    new_bundle
    ln -s / "$BUNDLE/rootfs/a"
    edit_config '.mounts = [{"destination": "/a/proc", "type": "proc", "source": "proc"}]'
    run_davit create --bundle "$BUNDLE" "$ID"
    expect_stderr_has "/a in the rootfs is a symbolic link"
    local spelling
    for spelling in /proc/ //proc /x/../proc proc; do
        edit_config --arg d "$spelling" '.mounts = [{"destination": $d, "type": "proc", "source": "proc"}]'
        in_container 'test -e /proc/self/status && echo mounted'
        expect_stdout mounted
    done
}

@test "a bind target that the container replaces by a link stays inside at the next start" {
    new_bundle
    make_source
    mkdir -p "$BATS_TEST_TMPDIR/decoy"
    echo untouched >"$BATS_TEST_TMPDIR/decoy/hosts"
    ln -s "$BATS_TEST_TMPDIR/decoy/hosts" "$BUNDLE/rootfs/etc/hosts"
    add_mount '{"destination": "/etc/hosts", "source": ($s + "/file"), "options": ["bind"]}'
    in_container 'cat /etc/hosts; echo changed >>/etc/hosts'
    expect_ok
    expect_stdout content
    expect_equal decoy "$(cat "$BATS_TEST_TMPDIR/decoy/hosts")" untouched
}

@test "copy-symlink makes the link anew, src-nofollow mounts it" {
    new_bundle
    make_source
    add_mount '{"destination": "/copied", "source": ($s + "/link"), "options": ["bind", "copy-symlink"]},
               {"destination": "/mounted", "source": ($s + "/link"), "options": ["bind", "src-nofollow"]}'
    in_container 'readlink /copied; readlink /mounted; cut -d" " -f5 /proc/self/mountinfo | grep -E "copied|mounted"'
    expect_ok
    expect_stdout "file
file
/mounted"
}

@test "dest-nofollow covers a link itself" {
    new_bundle
    make_source
    ln -s /etc/passwd "$BUNDLE/rootfs/link"
    add_mount '{"destination": "/link", "source": ($s + "/file"), "options": ["bind", "dest-nofollow"]}'
    in_container 'cat /link; head -n 1 /etc/passwd'
    expect_ok
    expect_stdout "content
root:x:0:0:root:/root:/bin/sh"
}

@test "a mount on / becomes the root" {
    new_bundle
    edit_config --arg r "$DAVIT_TEST_ROOTFS" '.mounts = [{"destination": "/", "source": $r, "options": ["bind", "ro"]},
        {"destination": "/proc", "type": "proc", "source": "proc"},
        {"destination": "/dev", "type": "tmpfs", "source": "tmpfs"}]'
    rm "$BUNDLE/rootfs/etc/passwd"
    in_container 'head -n 1 /etc/passwd; touch /x 2>/dev/null || echo read-only'
    expect_ok
    expect_stdout "root:x:0:0:root:/root:/bin/sh
read-only"
}

@test "many mounts need no descriptors" {
    new_bundle
    edit_config '.mounts += [range(300) | {"destination": "/many/\(.)", "type": "tmpfs", "source": "x"}]
        | .process.rlimits = [{"type": "RLIMIT_NOFILE", "soft": 64, "hard": 64}]'
    set_shell 'grep -c /many/ /proc/self/mountinfo'
    (
        ulimit -n 128
        run_davit run --bundle "$BUNDLE" "$ID"
        expect_ok
        expect_stdout 300
    )
}

@test "the container has no descriptor of a mount or of the host" {
    new_bundle
    make_source
    add_mount '{"destination": "/a", "source": ($s + "/directory"), "options": ["rbind", "ro"]}'
    in_container 'ls /proc/self/fd'
    expect_ok
    expect_stdout "0
1
2
3"
}

@test "read-only /sys of a user namespace is read-only below, too" {
    needs root
    new_bundle
    edit_config '.linux.namespaces |= map(select(.type != "network")) | .linux.namespaces += [{"type": "user"}]
        | .linux.uidMappings = [{"containerID": 0, "hostID": 100000, "size": 65536}]
        | .linux.gidMappings = .linux.uidMappings'
    in_container 'grep " /sys" /proc/self/mountinfo | cut -d" " -f6 | grep -cv "^ro,"; mkdir /sys/fs/cgroup/x 2>/dev/null'
    expect_stdout 0
}

@test "a source that a user namespace cannot reach is mounted" {
    needs root
    new_bundle
    make_source
    chmod 0700 "$SOURCE"
    edit_config '.linux.namespaces += [{"type": "user"}]
        | .linux.uidMappings = [{"containerID": 0, "hostID": 100000, "size": 65536}]
        | .linux.gidMappings = .linux.uidMappings'
    mkdir "$BUNDLE/rootfs/a"
    add_mount '{"destination": "/a", "source": ($s + "/directory"), "options": ["bind"]}'
    in_container 'cat /a/inner'
    expect_ok
    expect_stdout inner
}

# Exchanges $1 and $2 again and again while the file $3 is there.
swap() {
    python3 - "$@" 3>&- <<'END'
import ctypes, os, sys
libc = ctypes.CDLL(None)
a, b, flag = (name.encode() for name in sys.argv[1:])
while os.path.exists(flag):
    for _ in range(100):
        libc.renameat2(-100, a, -100, b, 2)
END
}

@test "a volume whose directories become links meanwhile leads nowhere" {
    needs root
    new_bundle
    local volume=$BATS_TEST_TMPDIR/volume decoy=$BATS_TEST_TMPDIR/decoy flag=$BATS_TEST_TMPDIR/flag i
    mkdir -p "$volume/a" "$decoy"
    echo secret >"$decoy/secret"
    ln -s "$decoy" "$volume/b"
    edit_config --arg v "$volume" '.mounts += [{"destination": "/v", "source": $v, "options": ["rbind"]}]
        + [range(10) | {"destination": "/v/a/t\(.)", "type": "tmpfs", "source": "t"}]
        + [range(10) | {"destination": "/v/a/new\(.)/file", "source": "/etc/hostname", "options": ["bind"]}]
        + [{"destination": "/v/a/proc", "type": "proc", "source": "proc"}]'
    touch "$flag"
    swap "$volume/a" "$volume/b" "$flag" &
    for i in {1..15}; do
        in_container 'cat /v/a/secret /v/b/secret 2>/dev/null'
        [[ $stdout != *secret* ]] || break
    done
    rm "$flag"
    wait $!
    expect_equal output "$stdout" ""
    expect_equal decoy "$(ls "$decoy")" secret
    expect_equal "mounts on the host" "$(grep -c "$decoy" /proc/self/mountinfo)" 0
}

@test "a read-only copy of /sys has no cgroups that can be written, but where its options ask for them" {
    needs root
    new_bundle
    local script='cut -d" " -f5,6 /proc/self/mountinfo | grep -E "^/sys" | grep -vc " ro"'
    edit_config '.mounts |= map(if .destination == "/sys" then {"destination": "/sys", "source": "/sys",
        "options": ["rbind", "nosuid", "noexec", "nodev", "ro"]} else . end) | .mounts |= map(select(.type != "cgroup"))'
    in_container "$script"
    expect_stdout 0
    edit_config '(.mounts[] | select(.destination == "/sys")).options += ["rrw", "ro"]'
    in_container "$script"
    expect_ok
    ((stdout > 0))
}
