# shellcheck shell=bash
# cgroup.bash - where a container's cgroups are, and what their files say, on v1, v2 and hybrid hosts.
#
#   place CONTROLLER [ID]        the container's directory in the hierarchy that has the controller (v1 or v2 name)
#   version_of CONTROLLER        1, 2, or nothing: which version of cgroups the host has it in
#   knob CONTROLLER V1 V2 [ID]   the content of the file V1 or V2, whichever there is
#   expect_knob CONTROLLER V1 VALUE1 V2 VALUE2
#   needs_controller NAME        skips the test when the host has it nowhere
#   hierarchy_root CONTROLLER    where the hierarchy is mounted
#   make_cgroup CONTROLLER NAME / drop_cgroup …   a cgroup of the test's own

v2_name() { case $1 in blkio) echo io ;; *) echo "$1" ;; esac; }

unified_root() {
    local dir
    for dir in /sys/fs/cgroup /sys/fs/cgroup/unified; do
        [[ -e $dir/cgroup.controllers ]] && echo "$dir" && return
    done
    return 1
}

hierarchy_root() {
    local dir
    for dir in /sys/fs/cgroup/"$1" /sys/fs/cgroup/*,"$1" /sys/fs/cgroup/"$1",* /sys/fs/cgroup/*,"$1",*; do
        [[ -e $dir/tasks ]] && echo "$dir" && return
    done
    dir=$(unified_root) && grep -qw "$(v2_name "$1")" "$dir/cgroup.controllers" && echo "$dir"
}

version_of() {
    local dir
    dir=$(hierarchy_root "$1") || return
    [[ -e $dir/tasks ]] && echo 1 || echo 2
}

needs_controller() { hierarchy_root "$1" >/dev/null || skip "needs the cgroup controller $1"; }

place() {
    jq -r '.cgroup.places[]' "$ROOT/${2:-$ID}/state.json" | while IFS=: read -r version names directory; do
        [[ ,$names, == *,$1,* || ,$names, == *,$(v2_name "$1"),* || ($1 == unified && $version == 2) ]] &&
            echo "$directory" && return
    done
}

knob() {
    local file=$2 directory
    directory=$(place "$1" "${4:-$ID}")
    [[ $(version_of "$1") == 2 ]] && file=$3
    cat "$directory/$file"
}

expect_knob() {
    if [[ $(version_of "$1") == 2 ]]; then
        expect_equal "$4" "$(knob "$1" "$2" "$4")" "$5"
    else
        expect_equal "$2" "$(knob "$1" "$2" "$4")" "$3"
    fi
}

make_cgroup() {
    MADE=$(hierarchy_root "$1")/$2
    mkdir -p "$MADE"
}

drop_cgroup() { wait_until rmdir "$MADE"; }
