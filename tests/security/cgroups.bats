#!/usr/bin/env bats
# cgroups: what a container that may make cgroups does below its own.

load helpers

# below PID: the directory of each hierarchy of the host that the process has a cgroup of its own in.
below() {
    local controllers path mount
    while IFS=: read -r _ controllers path; do
        [[ $path != / ]] || continue
        for mount in "/sys/fs/cgroup/${controllers#name=}" /sys/fs/cgroup/unified /sys/fs/cgroup; do
            if [[ -e $mount$path/cgroup.procs ]]; then echo "$mount$path"; break; fi
        done
    done <"/proc/$1/cgroup"
}

@test "2.22h hardening: cgroups of any name and depth, and frozen ones, keep nobody from killing and deleting" {
    hostile_bundle
    local pid init directory directories deep is_dead left
    deep=.hidden/$(printf 'd/%.0s' {1..150})...
    edit_config '.linux.namespaces |= map(select(.type != "pid"))'
    start_hostile
    ((status == 0)) || skip "needs a runtime that has cgroups here: $stderr"
    init=$(pid_of)
    # In a new cpuset nobody can be before it is set up.
    mapfile -t directories < <(below "$init" | grep -F "$ID" | grep -v '/cpuset[/,]')
    ((${#directories[@]})) || in_davit fail_with "no cgroups are found"
    ((${#directories[@]})) || skip "needs a runtime that has cgroups here"
    sleep 3600 3>&- &
    pid=$!
    for directory in "${directories[@]}"; do
        mkdir -p "$directory/$deep" "$directory/...." "$directory/-rf"
        echo "$pid" >"$directory/$deep/cgroup.procs" || true
        [[ ! -e $directory/$deep/freezer.state ]] || echo FROZEN >"$directory/$deep/freezer.state"
    done
    run_runtime delete --force "$ID"
    is_dead=1 left=''
    wait_for_seconds 10 is_dead "$pid" || is_dead=''
    for directory in "${directories[@]}"; do
        [[ ! -e $directory ]] || left+=" $directory"
    done
    # shellcheck disable=SC2086  # several words
    tidy "$pid" $left
    [[ $is_dead ]] || vulnerable "a process of the container is left"
    [[ ! $left ]] || vulnerable "left:$left"
    in_davit expect_equal "status of delete" "$status" 0
    VERDICT=safe
}

is_dead() { ! grep -qs '^State:.[^ZX]' "/proc/$1/status"; }

# tidy PID DIRECTORY...: whatever the runtime has done.
tidy() {
    local pid=$1 file
    shift
    while read -r file; do echo THAWED >"$file"; done < <((($# == 0)) || find "$@" -name freezer.state)
    kill -KILL "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
    wait_for_seconds 10 is_removed "$@" || true
}

is_removed() {
    (($# == 0)) || find "$@" -depth -type d -exec rmdir {} + 2>/dev/null || true
    (($# == 0)) || [[ -z $(ls -d "$@" 2>/dev/null) ]]
}
