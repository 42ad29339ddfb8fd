#!/usr/bin/env bats
# cgroups: where the container is put, what it shares with nobody, and what is left of it.

load helpers
load cgroup

setup() {
    begin
    needs root
}

own_path() { sed -n "s/^[0-9]*:\($1\|.*,$1\|$1,.*\):\(.*\)/\2/p" "/proc/${2:-self}/cgroup"; }

@test "a container has a cgroup of its own in every hierarchy" {
    new_bundle
    start_container
    local pid line
    pid=$(container_pid)
    while read -r line; do
        [[ $line == *:*misc*:* || $line == *:/davit-$ID ]] || fail_with "not in its own cgroup: $line"
    done <"/proc/$pid/cgroup"
}

@test "an absolute path is taken as it is, and what was made for it goes" {
    new_bundle
    edit_config --arg path "/$TAG-above/inner" '.linux.cgroupsPath = $path'
    start_container
    [[ $(own_path pids "$(container_pid)")$(own_path "" "$(container_pid)") == *"/$TAG-above/inner"* ]]
    davit delete --force "$ID"
    [[ -z $(find /sys/fs/cgroup -name "$TAG-above") ]]
}

@test "a parent that two containers share goes with the last one" {
    new_bundle
    edit_config --arg path "/$TAG-shared/one" '.linux.cgroupsPath = $path'
    start_container
    edit_config --arg path "/$TAG-shared/two" '.linux.cgroupsPath = $path'
    davit create --bundle "$BUNDLE" "$ID-b" </dev/null >"$BATS_TEST_TMPDIR/output" 2>&1
    davit delete --force "$ID"
    [[ -n $(find /sys/fs/cgroup -name "$TAG-shared") ]]
    davit delete --force "$ID-b"
    [[ -z $(find /sys/fs/cgroup -name "$TAG-shared") ]]
}

@test "a cgroup mount that another mount covers is not used" {
    new_bundle
    local unified=/sys/fs/cgroup/unified
    mountpoint -q "$unified" || skip "needs a host with both versions of cgroups"
    edit_config '.linux.resources = {pids: {limit: 21}} | .hooks.prestart = [{path: "/usr/bin/find", args: ["find", "'"$unified"'"]}] |
        .annotations["run.oci.hooks.stdout"] = "'"$BATS_TEST_TMPDIR/found"'"'
    set_shell 'cat /sys/fs/cgroup/pids/pids.max; ls -d /sys/fs/cgroup/unified; true'
    local covered="mount -t tmpfs none $unified && exec \"\$@\""
    stdout=$(unshare --mount sh -c "$covered" sh "$DAVIT" --root "$ROOT" run --bundle "$BUNDLE" "$ID" </dev/null 2>&1)
    expect_stdout "21
ls: /sys/fs/cgroup/unified: No such file or directory"
    expect_equal "in what covers it" "$(cat "$BATS_TEST_TMPDIR/found")" "$unified"
}

@test "of cgroup mounts that one of version 2 covers only that one is used" {
    new_bundle
    needs cgroup-v1
    set_shell 'grep -c " cgroup " /proc/self/mountinfo; ls /sys/fs/cgroup/cgroup.procs'
    stdout=$(unshare --mount sh -c 'mount -t cgroup2 none /sys/fs/cgroup && exec "$@"' sh \
        "$DAVIT" --root "$ROOT" run --bundle "$BUNDLE" "$ID" </dev/null 2>&1) || true
    expect_stdout "0
/sys/fs/cgroup/cgroup.procs"
}

@test "cgroup mounts that come and go between two starts are noticed" {
    needs cgroup-v1
    new_bundle
    edit_config 'del(.linux.namespaces[] | select(.type == "cgroup"))'
    set_shell 'sed -n s/.*:pids://p /proc/self/cgroup'
    local pids
    pids=$(hierarchy_root pids)
    stdout=$(unshare --mount sh -c '
        pids=$1 below=$1/$2-below
        shift 2
        "$@"
        mount -t tmpfs none "$pids"
        "$@"
        umount "$pids"
        "$@"
        mkdir "$below"
        mount --bind "$below" "$pids"
        "$@"
        umount "$pids"
        rmdir "$below"
        "$@"' sh "$pids" "$TAG" "$DAVIT" --root "$ROOT" run --bundle "$BUNDLE" "$ID" </dev/null 2>&1)
    expect_stdout "/davit-$ID
$(own_path pids)
/davit-$ID
/$TAG-below/davit-$ID
/davit-$ID"
}

@test "a relative path is below the top where that can be written" {
    new_bundle
    edit_config --arg path "$TAG-relative" '.linux.cgroupsPath = $path'
    start_container
    [[ $(own_path pids "$(container_pid)")$(own_path "" "$(container_pid)") == *"/$TAG-relative"* ]]
}

@test "the root of the cgroups is nobody's" {
    new_bundle
    edit_config '.linux.cgroupsPath = "/a/.."'
    run_davit create --bundle "$BUNDLE" "$ID"
    expect_status 1
    expect_stderr_has 'linux.cgroupsPath: "/a/.." is the root of the cgroups, which no container can own'
}

@test "a cgroup with processes is refused, and they live on" {
    new_bundle
    make_cgroup pids "$TAG-busy"
    sleep 1000 3>&- &
    local pid=$!
    echo "$pid" >"$MADE/cgroup.procs"
    edit_config --arg path "/$TAG-busy" '.linux.cgroupsPath = $path'
    run_davit create --bundle "$BUNDLE" "$ID"
    kill -0 "$pid"
    kill -KILL "$pid"
    drop_cgroup
    expect_status 1
    expect_stderr_has "$TAG-busy is not empty: it has processes already"
    expect_where linux.cgroupsPath
}

@test "an empty cgroup that is there is used" {
    new_bundle
    make_cgroup pids "$TAG-empty"
    edit_config --arg path "/$TAG-empty" '.linux.cgroupsPath = $path'
    start_container
    [[ $(place pids) == "$MADE" ]]
}

@test "v1: a cgroup with others below it takes no new rules for devices, and the error says why" {
    needs cgroup-v1
    new_bundle
    make_cgroup devices "$TAG-above"
    mkdir "$MADE/below"
    edit_config --arg path "/$TAG-above" '.linux.cgroupsPath = $path'
    run_davit create --bundle "$BUNDLE" "$ID"
    rmdir "$MADE/below" "$MADE" 2>/dev/null || true
    expect_status 1
    expect_hint "there are cgroups below it, and then version 1 changes no rule for all devices"
}

@test "a frozen cgroup is refused" {
    new_bundle
    local file=freezer.state value=FROZEN
    if unified_root >/dev/null; then
        MADE=$(unified_root)/$TAG-frozen file=cgroup.freeze value=1
        mkdir "$MADE"
    else
        make_cgroup freezer "$TAG-frozen"
    fi
    echo "$value" >"$MADE/$file"
    edit_config --arg path "/$TAG-frozen" '.linux.cgroupsPath = $path'
    run_davit create --bundle "$BUNDLE" "$ID"
    drop_cgroup
    expect_status 1
    expect_stderr_has "$TAG-frozen is frozen"
}

# A limit whose controller is on cgroup v2 here.
v2_limit() {
    if [[ $(version_of memory) == 2 ]]; then
        CONTROLLER=memory LIMIT='{"memory": {"limit": 67108864}}'
    elif [[ $(version_of hugetlb) == 2 && -d /sys/kernel/mm/hugepages/hugepages-2048kB ]]; then
        CONTROLLER=hugetlb LIMIT='{"hugepageLimits": [{"pageSize": "2MB", "limit": 0}]}'
    else
        skip "needs a controller on cgroup v2"
    fi
}

@test "a cgroup above with processes of its own cannot give controllers" {
    v2_limit
    new_bundle
    MADE=$(unified_root)/$TAG-inner
    mkdir "$MADE"
    sleep 1000 3>&- &
    local pid=$!
    echo "$pid" >"$MADE/cgroup.procs"
    edit_config --arg path "/$TAG-inner/leaf" --argjson limit "$LIMIT" '.linux.cgroupsPath = $path | .linux.resources += $limit'
    run_davit create --bundle "$BUNDLE" "$ID"
    kill -KILL "$pid"
    drop_cgroup
    expect_status 1
    expect_stderr_has "cannot enable the cgroup controller \"$CONTROLLER\" in $MADE, which has processes of its own"
    expect_hint "move processes of $MADE to a leaf (e.g. $MADE/init) first"
}

@test "below a threaded cgroup memory and huge pages cannot be limited" {
    v2_limit
    new_bundle
    MADE=$(unified_root)/$TAG-threads
    mkdir "$MADE" "$MADE/thread"
    echo threaded >"$MADE/thread/cgroup.type"
    edit_config --arg path "/$TAG-threads/leaf" --argjson limit "$LIMIT" '.linux.cgroupsPath = $path | .linux.resources += $limit'
    run_davit create --bundle "$BUNDLE" "$ID"
    rmdir "$MADE/thread"
    drop_cgroup
    expect_status 1
    expect_stderr_has "$CONTROLLER"
}

@test "a controller that is not delegated is named, with the cgroup and with what is there" {
    needs cgroup-v2
    new_bundle
    # For what is below the outer cgroup nothing is enabled, and from the inner one on is all that davit sees.
    MADE=$(unified_root)/$TAG-outer
    mkdir "$MADE" "$MADE/inner" "$BATS_TEST_TMPDIR/cgroup"
    edit_config '.linux.resources.memory.limit = 67108864'
    status=0
    (
        echo "$BASHPID" >"$MADE/inner/cgroup.procs"
        exec unshare --cgroup --mount sh -c 'mount -t cgroup2 none "$1" && mount --move "$1" /sys/fs/cgroup &&
            exec "$2" --root "$3" create --bundle "$4" "$5"' sh "$BATS_TEST_TMPDIR/cgroup" "$DAVIT" "$ROOT" "$BUNDLE" "$ID"
    ) </dev/null >"$BATS_TEST_TMPDIR/stdout" 2>"$BATS_TEST_TMPDIR/stderr" || status=$?
    stdout='' stderr=$(cat "$BATS_TEST_TMPDIR/stderr")
    wait_until rmdir "$MADE/inner"
    drop_cgroup
    expect_error "cannot create $ID: the requested cgroup controller \"memory\" is not available in /sys/fs/cgroup, which has \"\""
    expect_where linux.resources.memory
    expect_hint "who owns the cgroup above must delegate it: cgroup.subtree_control, or Delegate=yes of the systemd unit"
}

@test "with the manager disabled no cgroup is touched" {
    new_bundle
    set_args /bin/sleep 3600
    davit --cgroup-manager=disabled create --bundle "$BUNDLE" "$ID" </dev/null >"$BATS_TEST_TMPDIR/output" 2>&1
    expect_equal cgroups "$(cat "/proc/$(container_pid)/cgroup")" "$(cat /proc/self/cgroup)"
    davit start "$ID"
    local command
    for command in pause ps "update --pids-limit 9"; do
        # shellcheck disable=SC2086  # words
        run_davit $command "$ID"
        expect_status 1
        expect_stderr_has "the container has no cgroup"
    done
    davit exec --detach --pid-file "$BATS_TEST_TMPDIR/pid" "$ID" /bin/sleep 3600 </dev/null >/dev/null 2>&1
    expect_equal "cgroups of exec" "$(cat "/proc/$(cat "$BATS_TEST_TMPDIR/pid")/cgroup")" "$(cat /proc/self/cgroup)"
    run_davit events --stats "$ID"
    expect_ok
    expect_equal statistics "$(jq -c .data.pids <<<"$stdout")" null
    davit kill --all "$ID" KILL
    wait_until container_is stopped
    run_davit kill --all "$ID" KILL
    expect_ok
}

@test "an unknown manager is an error" {
    new_bundle
    run_davit --cgroup-manager=magic run --bundle "$BUNDLE" "$ID"
    expect_error 'option --cgroup-manager: "magic" is not one of cgroupfs, systemd, disabled'
}

@test "cgroups that the container made below its own go with it" {
    new_bundle
    start_container
    local controller
    controller=$(unified_root >/dev/null && echo unified || echo pids)
    mkdir -p "$(place "$controller")/a/b" "$(place "$controller")/c"
    container_pid >"$(place "$controller")/a/b/cgroup.procs"
    davit delete --force "$ID"
    [[ -z $(find /sys/fs/cgroup -name "davit-$ID") ]]
}

@test "a container without a pid namespace leaves no process behind" {
    new_bundle
    edit_config '.linux.namespaces |= map(select(.type != "pid")) | .mounts |= map(select(.type != "proc"))'
    start_container /bin/sh -c 'sleep 3601 & sleep 3602 & wait'
    wait_until has_processes 3
    davit delete --force "$ID"
}
has_processes() { (($(davit ps --format json "$ID" | jq length) >= $1)); }

@test "in a cgroup namespace of its own the container is at the root" {
    new_bundle
    edit_config '.linux.namespaces |= (map(select(.type != "cgroup")) + [{"type": "cgroup"}])'
    in_container 'cat /proc/self/cgroup'
    expect_ok
    local line
    while read -r line; do
        [[ $line == *:/ || $line == *misc* ]] || fail_with "not at the root: $line"
    done <<<"$stdout"
}

@test "the container's user owns its cgroup where it may write to it" {
    needs cgroup-v2
    new_bundle
    edit_config '.linux.namespaces |= (map(select(.type != "cgroup")) + [{"type": "cgroup"}]) | .process.user.uid = 1234
        | .mounts |= (map(select(.destination != "/sys/fs/cgroup")) +
            [{"destination": "/sys/fs/cgroup", "type": "cgroup", "source": "cgroup", "options": ["rw"]}])'
    start_container
    local file directory
    directory=$(place unified)
    expect_equal owner "$(stat -c %u "$directory")" 1234
    for file in "$directory"/*; do
        if grep -qx "${file##*/}" /sys/kernel/cgroup/delegate; then
            expect_equal "owner of ${file##*/}" "$(stat -c %u "$file")" 1234
        else
            expect_equal "owner of ${file##*/}" "$(stat -c %u "$file")" 0
        fi
    done
}

@test "without systemd its manager cannot be used" {
    [[ ! -d /run/systemd/system ]] || skip "needs a host without systemd"
    new_bundle
    run_davit --systemd-cgroup create --bundle "$BUNDLE" "$ID"
    expect_status 1
    if built_with SYSTEMD; then
        expect_hint "is systemd the init of this host, and dbus running?"
    else
        expect_error "cannot create $ID: this davit is built without the systemd cgroup manager"
    fi
}

# A machine with little time does fewer, which shows the same.
@test "five hundred containers come and go, and no cgroup and no inode is left" {
    new_bundle
    set_args /bin/true
    local i cgroups inodes end=$((SECONDS + 40))
    mount -t tmpfs -o mode=700 "$TAG" "$ROOT"
    for ((i = 0; i < 500 && (i < 2 || SECONDS < end); i++)); do
        "$DAVIT" --root "$ROOT" create --bundle "$BUNDLE" "$ID" </dev/null
        "$DAVIT" --root "$ROOT" delete --force "$ID"
        ((i > 0)) || { cgroups=$(count_cgroups) inodes=$(stat -f -c %d "$ROOT"); }
    done
    expect_equal cgroups "$(count_cgroups)" "$cgroups"
    expect_equal inodes "$(stat -f -c %d "$ROOT")" "$inodes"
    umount "$ROOT"
}
count_cgroups() { find /sys/fs/cgroup -type d -name "*$ID*" | wc -l; }

# Moving a process by cgroup.procs waits 10 ms for an RCU grace period (cgroup v2: CLONE_INTO_CGROUP; v1: tasks).
@test "neither create nor run nor exec moves a process through cgroup.procs" {
    needs program strace
    new_bundle
    set_args /bin/true
    local trace=$BATS_TEST_TMPDIR/trace
    strace -qq -f -e trace=open,openat,clone3 -o "$trace" "$DAVIT" --root "$ROOT" run --bundle "$BUNDLE" "$ID" </dev/null
    expect_direct_entry "$trace"
    start_container
    strace -qq -f -e trace=open,openat,clone3 -o "$trace" "$DAVIT" --root "$ROOT" exec "$ID" /bin/true </dev/null
    expect_direct_entry "$trace"
}
expect_direct_entry() {
    ! grep 'cgroup\.procs.*O_\(WRONLY\|RDWR\)' "$1" || fail_with "cgroup.procs is written to"
    ! unified_root >/dev/null || grep -q CLONE_INTO_CGROUP "$1" || fail_with "the child is not born in its cgroup"
}

@test "exec --cgroup enters a cgroup below the container's, on v1 one for each controller" {
    new_bundle
    start_container
    local directories directory
    mapfile -t directories < <(jq -r '.cgroup.places[]' "$ROOT/$ID/state.json" | sed 's/^[^:]*:[^:]*://')
    for directory in "${directories[@]}"; do
        mkdir "$directory/below"
        # On v1 a cgroup without processors and memory takes nobody in.
        if [[ -e $directory/cpuset.mems && -e $directory/tasks ]]; then
            cat "$directory/cpuset.cpus" >"$directory/below/cpuset.cpus"
            cat "$directory/cpuset.mems" >"$directory/below/cpuset.mems"
        fi
    done
    # Each hierarchy's line of the process itself, with the last part of its path.
    run_davit exec --cgroup below "$ID" cat /proc/self/cgroup
    expect_ok
    expect_equal "hierarchies that were entered" "$(grep -c '/below$' <<<"$stdout")" "${#directories[@]}"
    run_davit exec --cgroup /nowhere "$ID" true
    expect_status 255
    expect_stderr_has "exec failed: the container has no cgroup ${directories[0]}/nowhere"
    run_davit exec --cgroup nonsense:below "$ID" true
    expect_error "exec failed: --cgroup nonsense:below names no known controller"
    if [[ $(version_of pids) == 1 ]]; then
        mkdir "$(place pids)/other"
        run_davit exec --cgroup pids:/other --cgroup "freezer,memory:below" "$ID" cat /proc/self/cgroup
        expect_ok
        expect_equal hierarchies "$(grep -c '/other$' <<<"$stdout") $(grep -c '/below$' <<<"$stdout")" "1 2"
    else
        run_davit exec --cgroup pids:below "$ID" true
        expect_error "exec failed: --cgroup pids:below: its controllers have no cgroup v1 here"
    fi
}
