#!/usr/bin/env bats
# mount_propagation: of single mounts, of the root, and never to the host unasked.

load helpers

# The optional fields of a mount, "shared", "master" or nothing, without their numbers.
FIELDS='fields() { grep " $1 " /proc/self/mountinfo | head -n 1 | sed "s/ - .*//" | cut -d" " -f7- | sed "s/:[0-9]*//g"; };'

setup() {
    begin
    needs root
    new_bundle
    SHARED=$BATS_TEST_TMPDIR/shared
    mkdir "$SHARED"
    mount -t tmpfs "$TAG" "$SHARED"
    mount --make-shared "$SHARED"
}

teardown() {
    umount -R "$SHARED" 2>/dev/null || true
    finish
}

add_shared() {
    edit_config --arg s "$SHARED" --argjson o "$1" '.mounts += [{"destination": "/t", "source": $s, "options": $o}]'
}

@test "a bind mount is private unless told otherwise" {
    add_shared '["rbind"]'
    in_container "$FIELDS"' fields /t'
    expect_ok
    expect_stdout ""
}

@test "slave and rslave mounts receive from the host" {
    local word
    for word in slave rslave; do
        add_shared "[\"rbind\", \"$word\"]"
        in_container "$FIELDS"' fields /t'
        expect_stdout master
        edit_config '.mounts |= map(select(.destination != "/t"))'
    done
    add_shared '["rbind", "rslave"]'
    start_container
    mkdir "$SHARED/new"
    mount -t tmpfs "$TAG" "$SHARED/new"
    touch "$SHARED/new/file"
    [[ -e /proc/$(container_pid)/root/t/new/file ]]
    davit delete --force "$ID"
}

@test "shared and rshared mounts send to the host" {
    add_shared '["rbind", "rshared"]'
    edit_config '.process.capabilities |= map_values(. + ["CAP_SYS_ADMIN"])'
    in_container "$FIELDS"' fields /t; mkdir /t/new; mount -t tmpfs x /t/new; touch /t/new/file'
    expect_ok
    expect_stdout shared
    [[ -e $SHARED/new/file ]]
}

@test "private and unbindable mounts are that" {
    add_shared '["rbind", "private"]'
    in_container "$FIELDS"' fields /t'
    expect_stdout ""
    edit_config '.mounts |= map(select(.destination != "/t"))'
    add_shared '["bind", "unbindable"]'
    in_container "$FIELDS"' fields /t'
    expect_stdout unbindable
}

@test "a new filesystem may be shared" {
    edit_config '.mounts += [{"destination": "/t", "type": "tmpfs", "source": "t", "options": ["shared"]}]'
    in_container "$FIELDS"' fields /t'
    expect_stdout shared
}

@test "a user namespace never sends mounts to the host" {
    add_shared '["rbind", "rshared"]'
    mkdir -p "$BUNDLE/rootfs/t"
    edit_config '.linux.namespaces += [{"type": "user"}]
        | .linux.uidMappings = [{"containerID": 0, "hostID": 100000, "size": 65536}]
        | .linux.gidMappings = .linux.uidMappings | .linux.rootfsPropagation = "shared"
        | .process.capabilities |= map_values(. + ["CAP_SYS_ADMIN"])'
    chmod 0777 "$SHARED"
    in_container 'mkdir /t/new; mount -t tmpfs x /t/new && echo mounted'
    expect_ok
    expect_stdout mounted
    expect_equal "mounts on the host" "$(grep -c "$SHARED/new" /proc/self/mountinfo)" 0
}

@test "an id-mapped mount of a shared source sends nothing to the host" {
    add_shared '["rbind", "idmap=uids=0-0-100;gids=0-0-100"]'
    edit_config '.linux.rootfsPropagation = "shared" | .process.capabilities |= map_values(. + ["CAP_SYS_ADMIN"])'
    in_container 'mkdir /t/new; mount -t tmpfs x /t/new && echo mounted'
    expect_ok
    expect_stdout mounted
    expect_equal "mounts on the host" "$(grep -c "$SHARED/new" /proc/self/mountinfo)" 0
}
