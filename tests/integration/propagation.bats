#!/usr/bin/env bats
# propagation: linux.rootfsPropagation, how the root's mount and the host's tell each other of new mounts.

load helpers

# The optional fields of a mount, "shared", "master" or nothing, without their numbers.
FIELDS='fields() { grep " $1 " /proc/self/mountinfo | head -n 1 | sed "s/ - .*//" | cut -d" " -f7- | sed "s/:[0-9]*//g"; };'

setup() {
    begin
    needs root
    new_bundle
}

@test "the root is private, shared, a slave or unbindable as it is told" {
    mount --bind "$BUNDLE/rootfs" "$BUNDLE/rootfs"
    mount --make-shared "$BUNDLE/rootfs"
    local word wanted got=
    for word in private: shared:shared slave:master unbindable:unbindable; do
        wanted=${word#*:}
        edit_config --arg p "${word%:*}" '.linux.rootfsPropagation = $p'
        in_container "$FIELDS"' fields /'
        got+="${word%:*}=$stdout=$wanted "
    done
    edit_config 'del(.linux.rootfsPropagation)'
    in_container "$FIELDS"' fields /'
    got+="unset=$stdout="
    umount "$BUNDLE/rootfs"
    expect_equal propagation "$got" "private== shared=shared=shared slave=master=master \
unbindable=unbindable=unbindable unset=="
}

@test "a shared root sends nothing to the host" {
    mount --bind "$BUNDLE/rootfs" "$BUNDLE/rootfs"
    mount --make-shared "$BUNDLE/rootfs"
    edit_config '.linux.rootfsPropagation = "shared" | .process.capabilities |= map_values(. + ["CAP_SYS_ADMIN"])'
    local before after
    before=$(wc -l </proc/self/mountinfo)
    in_container 'mkdir -p /t; mount -t tmpfs x /t && echo mounted'
    after=$(wc -l </proc/self/mountinfo)
    umount "$BUNDLE/rootfs"
    expect_stdout mounted
    expect_equal mounts "$after" "$before"
}

@test "an unknown rootfsPropagation is refused" {
    edit_config '.linux.rootfsPropagation = "public"'
    run_davit create --bundle "$BUNDLE" "$ID"
    expect_where "linux.rootfsPropagation, $BUNDLE/config.json:"
    ((status != 0))
}
