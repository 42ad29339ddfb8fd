#!/usr/bin/env bats
# User namespaces and what goes with them: id maps, joins by path, every combination of types, time offsets.

load helpers

# A bundle with a user namespace of 1000 ids, whose root may own the root file system.
new_user_bundle() {
    new_bundle
    [[ $WAY == user ]] && return
    local first=100000
    [[ $WAY == userns ]] && first=0
    edit_config --argjson first "$first" '
        .linux.namespaces += [{type: "user"}] |
        .linux.uidMappings = [{containerID: 0, hostID: $first, size: 1000}] | .linux.gidMappings = .linux.uidMappings'
    chown -R "$first:$first" "$BUNDLE/rootfs"
    chmod 0755 "$BUNDLE"
}

@test "root of a new user namespace is the mapped user outside" {
    new_user_bundle
    local outside
    outside=$(jq '.linux.uidMappings[0].hostID' "$BUNDLE/config.json")
    start_container
    run_davit exec "$ID" /bin/sh -c 'id -u; cat /proc/self/uid_map'
    expect_ok
    expect_equal "ids inside" "$(tr -s ' \n' ' ' <<<"$stdout")" \
        "0 0 $outside $(jq '.linux.uidMappings[0].size' "$BUNDLE/config.json") "
    expect_equal "uid outside" "$(stat -c %u "/proc/$(container_pid)")" "$outside"
}

# The kernel takes 340 lines, and less than a page of text in one write.
map_ranges() {
    edit_config --argjson count "$1" '
        .linux.uidMappings = [range($count) | {containerID: (. * 2), hostID: (. + 1000), size: 1}] |
        .linux.gidMappings = .linux.uidMappings |
        .linux.namespaces |= (map(select(.type != "user")) + [{type: "user"}]) |
        .mounts |= map(select(.type != "devpts"))'
}

@test "340 ranges are mapped" {
    [[ $WAY == user ]] && skip "needs a caller who may map any id"
    new_bundle
    map_ranges 340
    chown -R 1000:1000 "$BUNDLE/rootfs"
    in_container 'for map in uid_map gid_map; do wc -l </proc/self/$map; tail -n1 /proc/self/$map; done'
    expect_ok
    expect_equal maps "$(tr -s ' \n' ' ' <<<"$stdout")" "340 678 1339 1 340 678 1339 1 "
}

@test "341 ranges are refused by the name of the map" {
    new_bundle
    map_ranges 341
    run_davit run --bundle "$BUNDLE" "$ID"
    expect_status 1
    expect_stderr_has "linux.uidMappings: 341 ranges are more than the kernel takes (340)"
    edit_config '.linux.uidMappings |= .[:1]'
    run_davit run --bundle "$BUNDLE" "$ID"
    expect_status 1
    expect_stderr_has "linux.gidMappings: 341 ranges are more than the kernel takes (340)"
}

@test "ranges that are more text than the kernel takes are refused as that" {
    [[ $WAY == user ]] && skip "needs a caller who may map any id"
    new_bundle
    edit_config '.linux.uidMappings = [range(340) | {containerID: (. * 2), hostID: (1000000000 + .), size: 1}] |
        .linux.gidMappings = .linux.uidMappings | .linux.namespaces += [{type: "user"}]'
    run_davit run --bundle "$BUNDLE" "$ID"
    expect_status 1
    expect_stderr_has "linux.uidMappings: 340 ranges are 5725 bytes of text, and the kernel takes 4095 at once"
}

@test "ranges that overlap are refused with the reason" {
    [[ $WAY == user ]] && skip "needs a caller who may map any id"
    new_user_bundle
    edit_config '.linux.uidMappings = [{containerID: 0, hostID: 1000, size: 10}, {containerID: 5, hostID: 2000, size: 1}]'
    run_davit run --bundle "$BUNDLE" "$ID"
    expect_status 1
    expect_stderr_has "ids of the user namespace: "
    expect_where "linux.uidMappings"
    expect_hint "the ranges overlap"
}

@test "a new user namespace without mappings is refused, of root" {
    [[ $WAY == user ]] && skip "an ordinary user is mapped unasked"
    new_bundle
    edit_config '.linux.namespaces += [{type: "user"}]'
    run_davit run --bundle "$BUNDLE" "$ID"
    expect_status 1
    expect_stderr_has "Mappings: a new user namespace needs id mappings"
}

@test "additional groups are set where the namespace allows setgroups" {
    [[ $WAY == user ]] && skip "needs a caller who may map any id"
    new_user_bundle
    edit_config '.process.user = {uid: 5, gid: 6, additionalGids: [7, 8]}'
    in_container 'cat /proc/self/setgroups; id -u; id -g; id -G'
    expect_ok
    expect_stdout $'allow\n5\n6\n6 7 8'
}

@test "the directory of message queues belongs to root of a new user namespace" {
    new_user_bundle
    in_container 'stat -c "%u:%g %a" /dev/mqueue'
    expect_ok
    expect_stdout "0:0 1777"
}

@test "additional groups are ignored with a warning where setgroups is denied" {
    [[ $WAY == user ]] || skip "needs an ordinary user"
    new_bundle
    edit_config '.process.user.additionalGids = [0]'
    set_shell 'cat /proc/self/setgroups'
    run_davit --log-level warning run --bundle "$BUNDLE" "$ID"
    expect_ok
    expect_stdout deny
    expect_stderr_has "process.user.additionalGids ignored: this user namespace does not allow setgroups"
}

@test "stdin, stdout and stderr belong to the process's user, who can open them anew" {
    [[ $WAY == user ]] && skip "an ordinary user cannot give files away"
    new_user_bundle
    edit_config '.process.user = {uid: 5, gid: 6}'
    set_shell 'echo to stdout >/proc/self/fd/1; echo to stderr >/proc/self/fd/2; stat -L -c %u /proc/self/fd/1'
    local out
    out=$( (davit run --bundle "$BUNDLE" "$ID" </dev/null | cat) 2>&1)
    expect_equal output "$(sort <<<"$out")" $'5\nto stderr\nto stdout'
}

@test "devices are bound from the host, as mknod is not permitted" {
    new_user_bundle
    edit_config '.linux.devices = [{path: "/dev/nothing", type: "c", major: 1, minor: 3},
        {path: "/dev/full", type: "c", major: 1, minor: 7, fileMode: 438}]'
    in_container 'for d in null zero full random urandom tty nothing; do stat -c "%n %t:%T" /dev/$d; done
        echo gone >/dev/nothing && head -c 3 /dev/zero | wc -c; grep -c " /dev/nothing " /proc/self/mountinfo'
    expect_ok
    expect_stdout $'/dev/null 1:3\n/dev/zero 1:5\n/dev/full 1:7\n/dev/random 1:8\n/dev/urandom 1:9\n/dev/tty 5:0
/dev/nothing 1:3\n3\n1'
}

@test "the host's sysfs stands in where the network namespace is not the container's" {
    new_user_bundle
    edit_config '.linux.namespaces |= map(select(.type != "network")) |
        (.mounts[] | select(.destination == "/sys")) |=
            {destination: "/sys", type: "sysfs", source: "sysfs", options: ["nosuid", "noexec", "nodev", "ro"]}'
    in_container 'test -d /sys/class/net && awk "\$5 == \"/sys\" { print \$6, \$9 }" /proc/self/mountinfo
        touch /sys/file 2>&1'
    expect_status 1
    [[ $stdout == *ro,nosuid,nodev,noexec*sysfs* && $stdout == *"Read-only file system"* ]] ||
        fail_with "/sys is another"
}

@test "flags that the host has on a source stay locked, which the debug log tells" {
    [[ $WAY == user ]] && skip "an ordinary user cannot mount the source"
    new_user_bundle
    mkdir "$BUNDLE/source"
    mount -t tmpfs -o nosuid,nodev,noexec,mode=755 locked "$BUNDLE/source"
    edit_config --arg source "$BUNDLE/source" '.mounts += [{destination: "/mnt", source: $source, type: "bind",
        options: ["bind", "suid", "dev", "exec"]}]'
    set_shell 'grep " /mnt " /proc/self/mountinfo'
    run_davit --debug run --bundle "$BUNDLE" "$ID"
    umount "$BUNDLE/source"
    expect_ok
    expect_stdout_has "nosuid,nodev,noexec"
    expect_stderr_has 'source is mounted nosuid,nodev,noexec and a user namespace may not clear them'
}

# ---- every combination -------------------------------------------------------------------------------

readonly TYPES=(user pid network ipc uts cgroup time)
readonly SHOW='for n in user pid net ipc uts cgroup time; do readlink /proc/self/ns/$n; done'

# The types of $1, a number of one bit each, as a list for jq.
types_of() {
    local i list=
    for i in "${!TYPES[@]}"; do
        (($1 >> i & 1)) && list+="{\"type\": \"${TYPES[i]}\"},"
    done
    echo "[$list{\"type\": \"mount\"}]"
}

expect_new_exactly() {
    local i own inside
    mapfile -t inside <<<"$stdout"
    mapfile -t own < <(eval "$SHOW")
    for i in "${!TYPES[@]}"; do
        if (($1 >> i & 1)); then
            [[ ${inside[i]} != "${own[i]}" ]] || fail_with "${TYPES[i]} is the caller's; wanted: $(types_of "$1")"
        else
            [[ ${inside[i]} == "${own[i]}" ]] || fail_with "${TYPES[i]} is new; wanted: $(types_of "$1")"
        fi
    done
}

# With a user namespace or without one; with bit 1, the time namespace has offsets.
run_combinations() {
    local mask user=$1 first=$2 last=$3
    [[ $user == 0 && $WAY == user ]] && skip "an ordinary user always gets a user namespace"
    new_user_bundle
    set_shell "$SHOW"
    edit_config 'del(.hostname)'
    ((user)) || edit_config 'del(.linux.uidMappings, .linux.gidMappings)'
    cp "$BUNDLE/config.json" "$BUNDLE/base.json"
    for ((mask = first; mask < last; mask++)); do
        jq --argjson list "$(types_of $((mask << 1 | user)))" '.linux.namespaces = $list |
            if any(.linux.namespaces[]; .type == "ipc") then . else del(.mounts[] | select(.type == "mqueue")) end |
            if any(.linux.namespaces[]; .type == "time") then .linux.timeOffsets = {boottime: {secs: 7}} else . end' \
            "$BUNDLE/base.json" >"$BUNDLE/config.json"
        run_davit run --bundle "$BUNDLE" "$ID"
        expect_ok || return
        expect_new_exactly $((mask << 1 | user)) || return
    done
}

@test "pid, network, ipc and uts namespaces combine freely beside a user namespace" { run_combinations 1 0 16; }

@test "so do they with a cgroup namespace" { run_combinations 1 16 32; }

@test "so do they with a time namespace" { run_combinations 1 32 48; }

@test "so do they with both" { run_combinations 1 48 64; }

@test "pid, network, ipc and uts namespaces combine freely without a user namespace" { run_combinations 0 0 16; }

@test "so do they with a cgroup namespace, without a user namespace" { run_combinations 0 16 32; }

@test "so do they with a time namespace, without a user namespace" { run_combinations 0 32 48; }

@test "so do they with both, without a user namespace" { run_combinations 0 48 64; }

# ---- joined by path ----------------------------------------------------------------------------------

# The namespace files of $ID as a list for jq: of the types given.
paths_of() {
    local pid type list=
    pid=$(container_pid)
    for type in "$@"; do
        list+="{\"type\": \"$type\", \"path\": \"/proc/$pid/ns/${type/network/net}\"},"
    done
    echo "[$list{\"type\": \"mount\"}]"
}

# The second bundle joins namespaces of $ID; the remaining are the caller's.
join_bundle() {
    BUNDLE=$BATS_TEST_TMPDIR/second
    new_user_bundle
    set_shell "$SHOW"
    edit_config --argjson list "$(paths_of "$@")" 'del(.hostname, .linux.uidMappings, .linux.gidMappings) |
        .linux.namespaces = $list | .mounts |= map(select(.type != "mqueue"))'
}

expect_joined() {
    local i own its inside
    mapfile -t inside <<<"$stdout"
    mapfile -t own < <(eval "$SHOW")
    mapfile -t its < <(eval "${SHOW//self/$(container_pid)}")
    for i in "${!TYPES[@]}"; do
        if [[ " $* " == *" ${TYPES[i]} "* ]]; then
            [[ ${inside[i]} == "${its[i]}" ]] || fail_with "${TYPES[i]} was not joined beside: $*"
        else
            [[ ${inside[i]} == "${own[i]}" ]] || fail_with "${TYPES[i]} is not the caller's beside: $*"
        fi
    done
}

start_holder() {
    new_user_bundle
    edit_config --argjson list "$(types_of "$1")" 'del(.hostname) | .linux.namespaces = $list |
        .mounts |= map(select(.type != "mqueue"))'
    (($1 & 1)) || edit_config 'del(.linux.uidMappings, .linux.gidMappings)'
    start_container
}

@test "each type is joined by its path" {
    [[ $WAY == user ]] && skip "an ordinary user joins them along with their user namespace"
    start_holder 126
    local type
    for type in "${TYPES[@]:1}"; do
        join_bundle "$type"
        run_davit run --bundle "$BUNDLE" "$ID-2"
        expect_ok
        expect_joined "$type"
        rm -r "$BUNDLE"
    done
    join_bundle "${TYPES[@]:1}"
    run_davit run --bundle "$BUNDLE" "$ID-2"
    expect_ok
    expect_joined "${TYPES[@]:1}"
}

@test "a user namespace is joined by its path, alone and with each other type" {
    start_holder 127
    local types
    for types in user "user pid" "user network" "user ipc" "user uts" "user cgroup" "user time" "${TYPES[*]}"; do
        # shellcheck disable=SC2086  # words
        join_bundle $types
        run_davit run --bundle "$BUNDLE" "$ID-2"
        expect_ok
        # shellcheck disable=SC2086
        expect_joined $types
        rm -r "$BUNDLE"
    done
}

@test "new namespaces are made inside a joined user namespace" {
    start_holder 1
    join_bundle user
    edit_config '.linux.namespaces += [{type: "pid"}, {type: "network"}, {type: "ipc"}, {type: "uts"}] |
        .hostname = "inside" | .process.args[2] += "; hostname; echo $$"'
    run_davit run --bundle "$BUNDLE" "$ID-2"
    expect_ok
    expect_stdout_has $'\ninside\n1'
    expect_equal "user namespace" "$(head -n1 <<<"$stdout")" "$(readlink "/proc/$(container_pid)/ns/user")"
}

@test "the caller's own user namespace by path is no join" {
    [[ $WAY == user ]] && skip "an ordinary user has no rights in it"
    new_bundle
    edit_config '.linux.namespaces += [{type: "user", path: "/proc/self/ns/user"}]'
    in_container 'readlink /proc/self/ns/user'
    expect_ok
    expect_stdout "$(readlink /proc/self/ns/user)"
}

@test "a path to a namespace of another type is refused with both names" {
    new_user_bundle
    edit_config '.linux.namespaces |= map(select(.type != "network")) + [{type: "network", path: "/proc/self/ns/uts"}]'
    run_davit run --bundle "$BUNDLE" "$ID"
    expect_status 1
    expect_stderr_has "/proc/self/ns/uts is a uts namespace, wanted network"
}

@test "a user namespace may lie in another one" {
    needs user-namespaces
    new_bundle
    [[ $WAY == user ]] || edit_config '.linux.namespaces += [{type: "user"}]'
    edit_config '.linux.uidMappings = [{containerID: 0, hostID: 0, size: 1}] | .linux.gidMappings = .linux.uidMappings |
        .linux.namespaces |= map(select(.type != "network" and .type != "cgroup")) | del(.linux.resources) |
        .mounts |= map(select(.type != "devpts"))'
    set_shell 'id -u; wc -l </proc/self/uid_map'
    status=0
    stdout=$(unshare --user --map-root-user --mount --pid --fork --mount-proc \
        "$DAVIT" --root "$ROOT" run --bundle "$BUNDLE" "$ID" 2>&1 </dev/null) || status=$?
    expect_ok
    expect_stdout $'0\n1'
}

# ---- time --------------------------------------------------------------------------------------------

@test "the clocks of a time namespace go by its offsets" {
    new_user_bundle
    edit_config '.linux.namespaces += [{type: "time"}] |
        .linux.timeOffsets = {boottime: {secs: 300000000}, monotonic: {secs: 5, nanosecs: 6}}'
    in_container 'cut -d. -f1 /proc/uptime; tr -s " \n" " " </proc/self/timens_offsets'
    expect_ok
    [[ ${stdout%%$'\n'*} -ge 300000000 ]] || fail_with "the uptime has no offset"
    [[ $stdout == *"monotonic 5 6 boottime 300000000 0"* ]] || fail_with "the offsets differ"
}

@test "exec enters the container's time namespace" {
    new_user_bundle
    edit_config '.linux.namespaces += [{type: "time"}] | .linux.timeOffsets = {boottime: {secs: 300000000}}'
    start_container
    run_davit exec "$ID" /bin/sh -c 'cut -d. -f1 /proc/uptime'
    expect_ok
    ((stdout >= 300000000)) || fail_with "the uptime has no offset"
}

@test "offsets without a new time namespace are refused" {
    new_bundle
    edit_config '.linux.timeOffsets = {boottime: {secs: 1}}'
    run_davit run --bundle "$BUNDLE" "$ID"
    expect_error "cannot create $ID: linux.timeOffsets: offsets need a new time namespace in linux.namespaces"
}

@test "an offset that the kernel does not take is refused with its place" {
    new_user_bundle
    edit_config '.linux.namespaces += [{type: "time"}] | .linux.timeOffsets = {boottime: {secs: -4000000000}}'
    run_davit run --bundle "$BUNDLE" "$ID"
    expect_status 1
    expect_stderr_has "setting the clocks of the time namespace"
    expect_where "linux.timeOffsets"
}
