#!/usr/bin/env bats
# cgroup_mounts: what a mount of type cgroup shows on each layout, with and without a cgroup namespace.

load helpers
load cgroup

setup() {
    begin
    needs root
    new_bundle
}

add_cgroup_namespace() {
    edit_config '.linux.namespaces |= map(select(.type != "cgroup")) | .linux.namespaces += [{"type": "cgroup"}]'
}

drop_cgroup_namespace() { edit_config '.linux.namespaces |= map(select(.type != "cgroup"))'; }

@test "v1: each hierarchy of the host has a directory" {
    needs cgroup-v1
    local have
    have=$(awk '$(NF-2) == "cgroup" || $(NF-2) == "cgroup2" {n = split($5, p, "/"); print p[n]}' /proc/self/mountinfo | sort -u)
    drop_cgroup_namespace
    in_container 'cut -d" " -f5 /proc/self/mountinfo | sed -n "s,^/sys/fs/cgroup/,,p" | sort -u'
    expect_ok
    expect_equal hierarchies "$stdout" "$have"
}

@test "v1: without a cgroup namespace the container's own cgroups are mounted" {
    needs cgroup-v1
    drop_cgroup_namespace
    edit_config '.linux.cgroupsPath = "/'"$ID"'-own"'
    in_container 'grep " /sys/fs/cgroup/pids " /proc/self/mountinfo | cut -d" " -f4; cat /sys/fs/cgroup/pids/cgroup.procs'
    expect_ok
    expect_equal root "$(head -n 1 <<<"$stdout")" "/$ID-own"
    expect_equal "first process" "$(sed -n 2p <<<"$stdout")" 1
}

@test "v1: in a container that has no cgroup namespace another one mounts its own cgroups" {
    needs cgroup-v1
    drop_cgroup_namespace
    set_shell 'grep " /sys/fs/cgroup/pids " /proc/self/mountinfo | cut -d" " -f4; cat /sys/fs/cgroup/pids/cgroup.procs'
    make_cgroup pids "$TAG-outer"
    stdout=$(unshare --mount sh -c 'mount --bind "$1" "$2"; shift 2; exec "$@"' sh "$MADE" "$(hierarchy_root pids)" \
        "$DAVIT" --root "$ROOT" run --bundle "$BUNDLE" "$ID" </dev/null 2>&1) || true
    drop_cgroup
    expect_equal root "$(head -n 1 <<<"$stdout")" "/$TAG-outer/davit-$ID"
    expect_equal "first process" "$(sed -n 2p <<<"$stdout")" 1
}

@test "v1: in a cgroup namespace the root is the container's own cgroup" {
    needs cgroup-v1
    add_cgroup_namespace
    in_container 'grep " /sys/fs/cgroup/pids " /proc/self/mountinfo | cut -d" " -f4
        grep pids /proc/self/cgroup | cut -d: -f3; cat /sys/fs/cgroup/pids/cgroup.procs'
    expect_ok
    expect_equal "root, path, first process" "$(head -n 3 <<<"$stdout")" "/
/
1"
}

@test "v2: in a cgroup namespace the root is the container's own cgroup" {
    needs cgroup-v2
    add_cgroup_namespace
    in_container 'grep " /sys/fs/cgroup " /proc/self/mountinfo | cut -d" " -f4; cat /sys/fs/cgroup/cgroup.procs'
    expect_ok
    expect_equal "root, first process" "$(head -n 2 <<<"$stdout")" "/
1"
}

@test "v2: without a cgroup namespace the host's options stay as they are" {
    needs cgroup-v2
    drop_cgroup_namespace
    local before
    before=$(grep ' - cgroup2 ' /proc/self/mountinfo | sed 's/.* - //' | sort -u)
    in_container 'test -e /sys/fs/cgroup/cgroup.controllers && echo mounted'
    expect_ok
    expect_stdout mounted
    expect_equal options "$(grep ' - cgroup2 ' /proc/self/mountinfo | sed 's/.* - //' | sort -u)" "$before"
}

@test "a read-only mount is read-only in every hierarchy" {
    local namespace
    for namespace in add drop; do
        "${namespace}_cgroup_namespace"
        in_container 'for d in /sys/fs/cgroup /sys/fs/cgroup/*/; do mkdir "$d/new" 2>/dev/null && echo "$d"; done; echo done'
        expect_stdout "done"
    done
}

@test "a writable mount in a cgroup namespace takes new cgroups" {
    add_cgroup_namespace
    edit_config '(.mounts[] | select(.type == "cgroup") | .options) |= (. - ["ro"] + ["rw"])'
    in_container 'cd /sys/fs/cgroup; test -e pids && cd pids; mkdir new && rmdir new && echo made'
    expect_ok
    expect_stdout made
}

@test "a user namespace sees its cgroups" {
    add_cgroup_namespace
    edit_config '.linux.namespaces += [{"type": "user"}]
        | .linux.uidMappings = [{"containerID": 0, "hostID": 100000, "size": 65536}]
        | .linux.gidMappings = .linux.uidMappings'
    in_container 'cd /sys/fs/cgroup; test -e pids && cd pids; head -n 1 cgroup.procs'
    expect_ok
    expect_stdout 1
}

@test "links of an image in place of the mount point are refused" {
    edit_config '.mounts |= map(select(.destination != "/sys"))'
    rm -r "$BUNDLE/rootfs/sys"
    mkdir -p "$BUNDLE/rootfs/sys/fs" "$BATS_TEST_TMPDIR/decoy"
    ln -s "$BATS_TEST_TMPDIR/decoy" "$BUNDLE/rootfs/sys/fs/cgroup"
    run_davit create --bundle "$BUNDLE" "$ID"
    expect_stderr_has "/sys/fs/cgroup in the rootfs is a symbolic link"
    expect_equal decoy "$(find "$BATS_TEST_TMPDIR/decoy" -mindepth 1)" ""
    ((status != 0))
}
