#!/usr/bin/env bats
# idmap_mounts: id-mapped bind mounts, with and without a user namespace.

load helpers

setup() {
    begin
    needs root
    case $(stat -f -c %T "$BATS_TEST_TMPDIR") in
    ext2/ext3 | xfs | btrfs) ;;
    tmpfs) needs kernel 6.3 ;;
    *) skip "needs a working directory on a filesystem with id-mapped mounts" ;;
    esac
    new_bundle
    SOURCE=$BATS_TEST_TMPDIR/source
    mkdir -p "$SOURCE/below" "$BUNDLE/rootfs/t"
    chmod 0777 "$SOURCE"
    touch "$SOURCE/zero" "$SOURCE/five"
    chown 5:6 "$SOURCE/five"
}

add_mount() { edit_config --arg s "$SOURCE" ".mounts += [{\"destination\": \"/t\", \"source\": \$s, $1}]"; }

add_user_namespace() {
    edit_config '.linux.namespaces += [{"type": "user"}]
        | .linux.uidMappings = [{"containerID": 0, "hostID": 100000, "size": 65536}]
        | .linux.gidMappings = .linux.uidMappings'
}

@test "mappings of the mount apply without a user namespace" {
    add_mount '"options": ["bind", "idmap"],
        "uidMappings": [{"containerID": 0, "hostID": 1000, "size": 10}],
        "gidMappings": [{"containerID": 0, "hostID": 2000, "size": 10}]'
    in_container 'stat -c "%n %u:%g" /t/zero /t/five'
    expect_ok
    expect_stdout "/t/zero 1000:2000
/t/five 1005:2006"
}

@test "mappings without the word idmap are obeyed, too" {
    add_mount '"options": ["bind"],
        "uidMappings": [{"containerID": 0, "hostID": 1000, "size": 10}],
        "gidMappings": [{"containerID": 0, "hostID": 2000, "size": 10}]'
    in_container 'stat -c "%u:%g" /t/zero'
    expect_ok
    expect_stdout 1000:2000
}

@test "mappings may stand in the option" {
    add_mount '"options": ["bind", "idmap=uids=0-3000-1#5-4000-1;gids=0-5000-10"]'
    in_container 'stat -c "%u:%g" /t/zero /t/five'
    expect_ok
    expect_stdout "3000:5000
4000:5006"
}

@test "ids with @ in the option are those of the container, whatever ranges they are in" {
    add_user_namespace
    edit_config '.linux.uidMappings = [{"containerID": 0, "hostID": 100000, "size": 8},
        {"containerID": 8, "hostID": 300000, "size": 1000}]'
    add_mount '"options": ["bind", "idmap=uids=@0-3-10;gids=@0-7-100"]'
    in_container 'stat -c "%u:%g" /t/zero /t/five'
    expect_ok
    expect_stdout "3:7
8:13"
    edit_config 'del(.mounts[-1])'
    add_mount '"options": ["bind", "idmap=uids=@0-1005-4;gids=@0-7-100"]'
    run_davit create --bundle "$BUNDLE" "$ID"
    expect_error "cannot create $ID: mounts[$(jq '.mounts | length - 1' "$BUNDLE/config.json")]: idmap: the mappings of \
the user namespace have no id 1008"
}

@test "idmap takes the user namespace's own mapping" {
    add_user_namespace
    add_mount '"options": ["bind", "idmap"]'
    in_container 'stat -c "%u:%g" /t/zero /t/five; touch /t/new'
    expect_ok
    expect_stdout "0:0
5:6"
    expect_equal "owner on the host" "$(stat -c %u:%g "$SOURCE/new")" 0:0
}

@test "without idmap a user namespace sees nobody's files" {
    add_user_namespace
    add_mount '"options": ["bind"]'
    in_container 'stat -c "%u:%g" /t/zero'
    expect_ok
    expect_stdout 65534:65534
}

@test "a mount's own mapping wins over the user namespace's" {
    add_user_namespace
    add_mount '"options": ["bind", "idmap"],
        "uidMappings": [{"containerID": 0, "hostID": 100007, "size": 10}],
        "gidMappings": [{"containerID": 0, "hostID": 100008, "size": 10}]'
    in_container 'stat -c "%u:%g" /t/zero'
    expect_ok
    expect_stdout 7:8
}

@test "ridmap maps mounts below, idmap does not" {
    mount -t tmpfs "$TAG" "$SOURCE/below"
    touch "$SOURCE/below/file"
    local word result=
    for word in idmap ridmap; do
        edit_config '.mounts |= map(select(.destination != "/t"))'
        add_mount "\"options\": [\"rbind\", \"$word\"],
            \"uidMappings\": [{\"containerID\": 0, \"hostID\": 1000, \"size\": 10}],
            \"gidMappings\": [{\"containerID\": 0, \"hostID\": 1000, \"size\": 10}]"
        in_container 'stat -c "%u" /t/zero /t/below/file'
        result+="$word: ${stdout//$'\n'/ } "
    done
    umount "$SOURCE/below"
    expect_equal owners "$result" "idmap: 1000 0 ridmap: 1000 1000 "
}

@test "idmap works where the user namespace cannot reach the source" {
    add_user_namespace
    mkdir "$SOURCE/private"
    mv "$SOURCE/zero" "$SOURCE/private/"
    chmod 0700 "$SOURCE"
    SOURCE+=/private
    add_mount '"options": ["bind", "idmap", "ro"]'
    in_container 'stat -c "%u:%g" /t/zero; touch /t/new 2>/dev/null || echo read-only'
    expect_ok
    expect_stdout "0:0
read-only"
}

@test "without any mapping idmap is refused" {
    add_mount '"options": ["bind", "idmap"]'
    local n
    n=$(jq '.mounts | length - 1' "$BUNDLE/config.json")
    run_davit create --bundle "$BUNDLE" "$ID"
    expect_error "cannot create $ID: mounts[$n]: idmap has no mapping: neither the mount nor a user namespace gives one"
    expect_hint "give the mount uidMappings and gidMappings, or the container a user namespace"
}

@test "uidMappings without gidMappings are refused" {
    add_mount '"options": ["bind"], "uidMappings": [{"containerID": 0, "hostID": 1000, "size": 10}]'
    run_davit create --bundle "$BUNDLE" "$ID"
    expect_stderr_has "uidMappings without gidMappings"
    ((status != 0))
}

@test "a filesystem without id-mapped mounts is named" {
    SOURCE=/proc
    add_mount '"options": ["rbind", "idmap=uids=0-1000-1;gids=0-1000-1"]'
    run_davit create --bundle "$BUNDLE" "$ID"
    expect_stderr_has "cannot id-map the source: Invalid argument (EINVAL)"
    expect_hint 'the filesystem of /proc (proc) has no id-mapped mounts'
    ((status != 0))
}

# A tree that another container owns too: whatever lies in it, mounts below it land inside, and on nobody's files.
@test "a hostile tree that is id-mapped leads mounts below it nowhere else" {
    local decoy=$BATS_TEST_TMPDIR/decoy name
    mkdir -p "$decoy" "$BUNDLE/rootfs/inside"
    echo secret >"$decoy/secret"
    chmod 0600 "$decoy/secret"
    ln -s "$decoy" "$SOURCE/absolute"
    ln -s "../../../../../../../..$decoy" "$SOURCE/relative"
    ln -s /inside "$SOURCE/within"
    ln -s /proc/self/root "$SOURCE/magic"
    ln -s loop "$SOURCE/loop"
    mkfifo "$SOURCE/fifo"
    mknod "$SOURCE/null" c 1 3
    ln "$SOURCE/five" "$SOURCE/hard"
    local before
    before=$(find "$decoy" -printf '%p %y %U %m %l\n')
    add_mount '"options": ["bind", "idmap"],
        "uidMappings": [{"containerID": 0, "hostID": 0, "size": 10}],
        "gidMappings": [{"containerID": 0, "hostID": 0, "size": 10}]'
    cp "$BUNDLE/config.json" "$BATS_TEST_TMPDIR/plain.json"
    for name in absolute/new relative/new within/new magic/new loop/new fifo/new null/new absolute loop fifo null hard magic; do
        jq --arg d "/t/$name" '.mounts += [{destination: $d, type: "tmpfs", source: "tmpfs"}]' \
            "$BATS_TEST_TMPDIR/plain.json" >"$BUNDLE/config.json"
        in_container 'echo inside'
        if ((status == 0)); then
            [[ $stdout == inside ]] || fail_with "$name: it said $stdout"
        else
            [[ $stderr == *mounts* ]] || fail_with "$name: it was not refused for its mount: $stderr"
        fi
        expect_equal "the decoy after $name" "$(find "$decoy" -printf '%p %y %U %m %l\n')" "$before"
    done
}

@test "a setuid file of an id-mapped tree is its mapped owner's" {
    share_usr
    cp /usr/bin/id "$SOURCE/id"
    chmod 4755 "$SOURCE/id"
    add_mount '"options": ["bind", "idmap"],
        "uidMappings": [{"containerID": 0, "hostID": 1000, "size": 10}],
        "gidMappings": [{"containerID": 0, "hostID": 1000, "size": 10}]'
    edit_config '.process.user = {uid: 7, gid: 7} | .process.noNewPrivileges = false'
    in_container '/t/id -u'
    expect_ok
    expect_stdout 1000
}

@test "what is missing in an id-mapped tree that has no place for root is an error with the reason" {
    add_mount '"options": ["bind", "idmap"],
        "uidMappings": [{"containerID": 0, "hostID": 1000, "size": 10}],
        "gidMappings": [{"containerID": 0, "hostID": 1000, "size": 10}]'
    edit_config '.mounts += [{destination: "/t/new", type: "tmpfs", source: "tmpfs"}]'
    in_container true
    expect_status 1
    expect_stderr_has "mounts[$(jq '.mounts | length - 1' "$BUNDLE/config.json")] tmpfs on /t/new: cannot make the directory /t/new"
    expect_hint "an id-mapped mount there has no place for whoever makes it"
    [[ ! -e $SOURCE/new ]]
}
