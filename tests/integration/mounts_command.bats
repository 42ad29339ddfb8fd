#!/usr/bin/env bats
# shellcheck disable=SC2016,SC2154 # scripts for shells in containers; helpers set what is not assigned here
# davit mounts: more mounts, or fewer, in a container that is there.

load helpers

# add JSON / remove JSON: with the list on standard input; sets status, stdout and stderr as run_davit does.
change() {
    status=0
    davit mounts "$1" "$ID" - <<<"$2" >"$BATS_TEST_TMPDIR/stdout" 2>"$BATS_TEST_TMPDIR/stderr" || status=$?
    stdout=$(cat "$BATS_TEST_TMPDIR/stdout")
    stderr=$(cat "$BATS_TEST_TMPDIR/stderr")
}
add() { change add "$1"; }
remove() { change remove "$1"; }

inside() { davit exec "$ID" /bin/sh -c "$1" </dev/null; }

make_source() {
    SOURCE=$BATS_TEST_TMPDIR/source
    mkdir -p "$SOURCE/directory"
    echo content >"$SOURCE/file"
    echo inner >"$SOURCE/directory/inner"
    ln -s somewhere "$SOURCE/link"
    chmod -R a+rX "$SOURCE"
}

@test "directories and files of the host appear in a running container, and go again" {
    new_bundle
    make_source
    start_container
    list='[{"destination": "/new/directory", "source": "'$SOURCE'/directory", "options": ["bind", "ro"]},
           {"destination": "/new/file", "type": "bind", "source": "'$SOURCE'/file", "options": ["rbind"]}]'
    add "$list"
    expect_ok
    expect_equal output "$stdout$stderr" ""
    expect_equal content "$(inside 'cat /new/directory/inner /new/file')" $'inner\ncontent'
    expect_equal "a write to what is read-only" "$(inside 'touch /new/directory/x 2>&1 || true')" \
        "touch: /new/directory/x: Read-only file system"
    expect_equal "host's mounts" "$(grep -c "$SOURCE" /proc/self/mountinfo)" 0
    remove "$list"
    expect_ok
    expect_equal "what is left" "$(inside 'ls /new/directory; cat /new/file; grep -c " /new" /proc/self/mountinfo || true')" 0
}

@test "the process that runs there sees them, too, and not exec alone" {
    new_bundle
    make_source
    start_container /bin/sh -c 'while ! [ -e /late/inner ]; do sleep 0.1; done; cat /late/inner >/seen; exec sleep 1000'
    add '[{"destination": "/late", "source": "'"$SOURCE"'/directory", "options": ["bind"]}]'
    expect_ok
    wait_until test -s "$BUNDLE/rootfs/seen"
    expect_equal seen "$(cat "$BUNDLE/rootfs/seen")" inner
}

@test "filesystems are made in the container's namespaces, with their options" {
    new_bundle
    start_container
    add '[{"destination": "/t", "type": "tmpfs", "source": "mine", "options": ["size=64k", "mode=1711", "nosuid", "ro"]},
          {"destination": "/t/below", "type": "tmpfs", "source": "tmpfs"},
          {"destination": "/p", "type": "proc", "source": "proc"}]'
    expect_ok
    expect_equal mode "$(inside 'stat -c %a /t')" 1711
    [[ $(inside 'grep " /t " /proc/self/mountinfo') == *"ro,nosuid"*"tmpfs mine"*"size=64k"* ]]
    expect_equal "process 1" "$(inside 'tr "\\0" " " </p/1/cmdline')" "/bin/sleep 3600 "
    inside 'touch /t/below/file'
    [[ $(inside 'touch /t/file 2>&1 || true') == *"Read-only file system" ]]
    remove '[{"destination": "/t"}, {"destination": "p/"}]'
    expect_ok
    expect_equal left "$(inside 'grep -cE " /(t|t/below|p) " /proc/self/mountinfo || true')" 0
}

@test "a container that is created but not started can be given mounts" {
    [[ $WAY != user ]] || skip "an ordinary user may enter a container only once it is started"
    new_bundle
    make_source
    set_shell 'cat /data/inner >/seen'
    davit create --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1
    add '[{"destination": "/data", "source": "'"$SOURCE"'/directory", "options": ["bind"]}]'
    expect_ok
    davit start "$ID"
    wait_until container_is stopped
    expect_equal seen "$(cat "$BUNDLE/rootfs/seen")" inner
}

@test "a paused container can be given mounts" {
    needs root
    new_bundle
    start_container
    davit pause "$ID"
    add '[{"destination": "/t", "type": "tmpfs", "source": "tmpfs"}]'
    expect_ok
    davit resume "$ID"
    expect_equal mounts "$(inside 'grep -c " /t " /proc/self/mountinfo')" 1
}

@test "when one mount fails none of the list stays" {
    new_bundle
    make_source
    start_container
    add '[{"destination": "/one", "type": "tmpfs", "source": "tmpfs"},
          {"destination": "/two", "source": "'"$SOURCE"'/file", "options": ["bind"]},
          {"destination": "/three", "source": "'"$SOURCE"'/none", "options": ["bind"]}]'
    expect_status 1
    expect_error "cannot add mounts to $ID: $SOURCE/none on /three: mounts[2].source \"$SOURCE/none\" does not exist on the host"
    expect_where "mounts[2].source, (standard input):3:"
    expect_equal left "$(inside 'grep -cE " /(one|two|three) " /proc/self/mountinfo || true')" 0
}

@test "symbolic links of the image lead nowhere but into the container" {
    new_bundle
    make_source
    mkdir "$BATS_TEST_TMPDIR/decoy"
    ln -s "$BATS_TEST_TMPDIR/decoy" "$BUNDLE/rootfs/evil"
    ln -s ../../../../../../../../../../../../../tmp "$BUNDLE/rootfs/up"
    start_container
    add '[{"destination": "/evil/x", "source": "'"$SOURCE"'/directory", "options": ["bind"]},
          {"destination": "/up/../up/y", "type": "tmpfs", "source": "tmpfs"}]'
    expect_ok
    expect_equal decoy "$(find "$BATS_TEST_TMPDIR/decoy" -mindepth 1)" ""
    expect_equal inside "$(inside "cat $BATS_TEST_TMPDIR/decoy/x/inner")" inner
}

@test "proc is not mounted behind a symbolic link, nor anything over the root" {
    new_bundle
    ln -s /tmp "$BUNDLE/rootfs/link"
    start_container
    add '[{"destination": "/link/p", "type": "proc", "source": "proc"}]'
    expect_status 1
    expect_stderr_has "/link in the rootfs is a symbolic link, and proc must be mounted on an ordinary directory"
    add '[{"destination": "/./", "type": "tmpfs", "source": "tmpfs"}]'
    expect_status 1
    expect_stderr_has "destination is the container's root"
    remove '[{"destination": "/"}]'
    expect_status 1
    expect_stderr_has "this is the container's root"
}

@test "a source that is a link can be copied as one" {
    new_bundle
    make_source
    start_container
    add '[{"destination": "/copied", "source": "'"$SOURCE"'/link", "options": ["bind", "copy-symlink"]}]'
    expect_ok
    expect_equal link "$(inside 'readlink /copied')" somewhere
}

@test "an id-mapped mount maps, in a container that is there as well" {
    needs root
    new_bundle
    make_source
    touch "$SOURCE/directory/owned"
    chown 1000:1000 "$SOURCE/directory/owned"
    start_container
    add '[{"destination": "/mapped", "source": "'"$SOURCE"'/directory", "options": ["bind", "idmap"],
           "uidMappings": [{"containerID": 1000, "hostID": 5000, "size": 1}],
           "gidMappings": [{"containerID": 1000, "hostID": 6000, "size": 1}]}]'
    [[ $stderr != *"has no id-mapped mounts"* ]] || skip "the filesystem of $SOURCE has no id-mapped mounts"
    expect_ok
    expect_equal owner "$(inside 'stat -c %u:%g /mapped/owned')" 5000:6000
}

@test "a container in a user namespace is given sources that its root may not reach" {
    needs root
    new_bundle
    edit_config '.linux.namespaces += [{type: "user"}] |
        .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] |
        .linux.gidMappings = .linux.uidMappings'
    chown -R 100000:100000 "$BUNDLE/rootfs"
    chmod a+x "$BATS_TEST_TMPDIR" "$BUNDLE"
    make_source
    start_container
    mkdir "$BATS_TEST_TMPDIR/closed"
    cp "$SOURCE/file" "$BATS_TEST_TMPDIR/closed"
    chmod 0700 "$BATS_TEST_TMPDIR/closed"
    add '[{"destination": "/file", "source": "'"$BATS_TEST_TMPDIR"'/closed/file", "options": ["bind", "ro"]},
          {"destination": "/t", "type": "tmpfs", "source": "tmpfs"}]'
    expect_ok
    expect_equal content "$(inside 'cat /file; touch /t/mine; stat -c %u /t/mine')" $'content\n0'
}

@test "the layers of an overlay are looked up on the host" {
    needs root
    new_bundle
    make_source
    mkdir -p "$BUNDLE/rootfs$SOURCE/directory" "$SOURCE/other"
    touch "$SOURCE/other/also"
    start_container
    add '[{"destination": "/o", "type": "overlay", "source": "overlay",
           "options": ["lowerdir='"$SOURCE/directory:$SOURCE/other"'", "ro"]}]'
    expect_ok
    expect_equal content "$(inside 'ls /o')" $'also\ninner'
}

@test "what is not there cannot be removed" {
    new_bundle
    start_container
    remove '[{"destination": "/bin"}]'
    expect_status 1
    expect_error "cannot remove mounts from $ID: mounts[0] /bin: nothing is mounted on /bin"
    remove '[{"destination": "/no/such/place"}]'
    expect_error "cannot remove mounts from $ID: mounts[0] /no/such/place: nothing is mounted on /no/such/place"
}

@test "a stopped container is refused, and an unknown one" {
    new_bundle
    start_container /bin/true
    wait_until container_is stopped
    add '[]'
    expect_status 1
    expect_error "cannot add mounts to $ID: container not running: it is stopped"
    run_davit mounts remove nobody /dev/null
    expect_status 1
    run_davit mounts remove nobody - <<<"[]"
    expect_status 1
    expect_stderr_has "davit: "
}

@test "a list that is none is refused with its place" {
    new_bundle
    start_container
    add '{"destination": "/x"}'
    expect_error "(standard input) is not a JSON array of mounts"
    add '[{"destination": 5}]'
    expect_status 1
    expect_where "mounts[0].destination, (standard input):1:18"
    add '[{"type": "tmpfs"}]'
    expect_stderr_has "mounts[0].destination"
    add '[{"destination": "/x", "type": "cgroup", "source": "cgroup"}]'
    expect_stderr_has "cgroup can be mounted only when a container is created"
    run_davit mounts add "$ID" "$BATS_TEST_TMPDIR/none"
    expect_error "cannot open $BATS_TEST_TMPDIR/none: No such file or directory (ENOENT)"
    run_davit mounts change "$ID" -
    expect_error 'mounts: "change" is neither add nor remove'
    run_davit mounts add "$ID"
    expect_error "mounts: a further argument is missing"
}

@test "a container without a mount namespace of its own has none that could be changed" {
    needs root
    new_bundle
    edit_config '.linux.namespaces |= map(select(.type != "mount")) | .mounts = [] |
        .linux.maskedPaths = [] | .linux.readonlyPaths = []'
    start_container
    add '[{"destination": "/t", "type": "tmpfs", "source": "tmpfs"}]'
    expect_status 1
    expect_error "cannot add mounts to $ID: the container has no mount namespace of its own"
}
