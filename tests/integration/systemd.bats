#!/usr/bin/env bats
# systemd: containers as units of systemd, of the system's manager and of a user's.

load helpers
load cgroup
load criu

USER_ID=64321

setup() {
    begin
    needs root
    needs systemd
    new_bundle
    set_args /bin/sleep 3600
    RUNTIME_DIR=
}

teardown() {
    if [[ -n $RUNTIME_DIR ]]; then
        as_user "$DAVIT" --root "$RUNTIME_DIR/root" delete --force "$ID"
        rm -rf "$RUNTIME_DIR/root" "$RUNTIME_DIR/bundle"
    fi
    finish
}

in_unit() { edit_config --arg path "$1" '.linux.cgroupsPath = $path'; }

create() {
    run_davit --systemd-cgroup create --bundle "$BUNDLE" "$ID"
    expect_ok
}

# What systemd knows of a unit, one property a line, in the order of their names.
properties() {
    local unit=$1 names=()
    shift
    for name in "$@"; do names+=(-p "$name"); done
    systemctl show "$unit" "${names[@]}" | sort
}

# No unit of that name is loaded.
no_unit() { [[ $(systemctl show -p LoadState --value "$1") == not-found ]]; }

# The path in systemd's own hierarchy of what a process is in.
unit_path_of() { sed -nE 's/^(0:|[0-9]+:name=systemd):(.*)/\2/p' "/proc/$1/cgroup" | sort -u | head -n 1; }

# ---- the unit ----------------------------------------------------------------------------------------

@test "a unit has slice, limits and annotations, changes with update, and goes with the container" {
    in_unit "$TAG-a.slice:tst:$ID"
    edit_config '.linux.resources += {"memory": {"limit": 67108864}, "pids": {"limit": 33}, "cpu": {"quota": 50000, "period": 100000}}
        | .annotations = {"org.systemd.property.TimeoutStopUSec": "uint64 5000000", "org.systemd.property.Description": "\"mine\""}'
    create
    local memory=MemoryMax
    [[ $(version_of memory) == 2 ]] || memory=MemoryLimit
    expect_equal properties \
        "$(properties "tst-$ID.scope" $memory TasksMax CPUQuotaPerSecUSec Slice Description TimeoutStopUSec Delegate)" \
        "$(printf '%s\n' $memory=67108864 TasksMax=33 CPUQuotaPerSecUSec=500ms "Slice=$TAG-a.slice" Description=mine \
            TimeoutStopUSec=5s Delegate=yes | sort)"
    expect_equal path "$(unit_path_of "$(container_pid)")" "/$TAG.slice/$TAG-a.slice/tst-$ID.scope"
    davit update --memory 100M --pids-limit 44 "$ID"
    expect_equal properties "$(properties "tst-$ID.scope" $memory TasksMax)" "$memory=104857600"$'\nTasksMax=44'
    expect_knob pids pids.max 44 pids.max 44
    davit delete --force "$ID"
    no_unit "tst-$ID.scope"
    systemctl stop "$TAG.slice" "$TAG-a.slice"
}

@test "the root slice" {
    in_unit "-:tst:$ID"
    create
    expect_equal path "$(unit_path_of "$(container_pid)")" "/tst-$ID.scope"
}

@test "a container may be a slice, and a reload leaves it in there" {
    in_unit "$TAG.slice:tst:$TAG-own.slice"
    edit_config '.linux.resources.pids.limit = 33'
    create
    local pid
    pid=$(container_pid)
    expect_equal path "$(unit_path_of "$pid")" "/$TAG.slice/$TAG-own.slice"
    expect_equal state "$(properties "$TAG-own.slice" ActiveState TasksMax)" $'ActiveState=active\nTasksMax=33'
    systemctl daemon-reload
    expect_equal path "$(unit_path_of "$pid")" "/$TAG.slice/$TAG-own.slice"
    expect_knob pids pids.max 33 pids.max 33
    davit delete --force "$ID"
    no_unit "$TAG-own.slice"
    systemctl stop "$TAG.slice"
}

@test "a path that names no unit is refused" {
    in_unit "/a/b"
    run_davit --systemd-cgroup create --bundle "$BUNDLE" "$ID"
    expect_error "cannot create $ID: linux.cgroupsPath: \"/a/b\" names no systemd unit: it must be \"slice:prefix:name\""
    in_unit "a.slice:b:-.slice"
    run_davit --systemd-cgroup create --bundle "$BUNDLE" "$ID"
    expect_error "cannot create $ID: linux.cgroupsPath: \"-.slice\" is the root of the cgroups, which no container can own"
}

@test "a unit that failed under the same name is forgotten, one that lives is not touched" {
    [[ $(version_of pids) == 2 ]] || skip "needs cgroup v2: on v1 delete resets the unit already"
    edit_config '.annotations = {"org.systemd.property.CollectMode": "\"inactive\"",
        "org.systemd.property.TimeoutStopUSec": "uint64 1000"}'
    create
    davit start "$ID"
    # The first process of a pid namespace ignores TERM, so that this takes too long.
    systemctl stop "davit-$ID.scope"
    unit_is failed
    davit delete --force "$ID"
    edit_config 'del(.annotations)'
    unit_is failed
    create
    unit_is active
    run_davit --root "$ROOT/other" --systemd-cgroup create --bundle "$BUNDLE" "$ID"
    expect_error "cannot create $ID: systemd has a unit davit-$ID.scope already"
    expect_where linux.cgroupsPath
    expect_hint "systemctl status davit-$ID.scope shows whose it is"
    expect_equal status "$(container_state)" created
    rm -r "$ROOT/other"
}
unit_is() { [[ $(systemctl show -p ActiveState --value "davit-$ID.scope") == "$1" ]]; }

@test "a job that fails is reported with the unit's result and the journal's line" {
    [[ $(version_of pids) == 2 ]] || skip "needs cgroup v2, where a slice can be full"
    in_unit "$TAG.slice:tst:$ID"
    systemctl start "$TAG.slice"
    echo 0 >"/sys/fs/cgroup/$TAG.slice/cgroup.max.descendants"
    run_davit --systemd-cgroup create --bundle "$BUNDLE" "$ID"
    systemctl stop "$TAG.slice"
    expect_error "cannot create $ID: systemd could not start tst-$ID.scope: the job's result is failed, Result=resources"
    expect_hint "systemd says in its journal: tst-$ID.scope: "
    expect_stderr_has "Resource temporarily unavailable"
    no_unit "tst-$ID.scope"
}

@test "a daemon-reload leaves limits and devices as they are" {
    edit_config '.linux.resources = {"memory": {"limit": 67108864}, "devices": [{"allow": false, "access": "rwm"},
            {"allow": true, "type": "c", "major": 511, "minor": 7, "access": "rw"}]}
        | .process.capabilities |= map_values(. + ["CAP_MKNOD"])'
    set_shell 'mknod /yes c 511 7; mknod /no c 511 8; until [ -e /go ]; do sleep 0.1; done
        for node in /yes /no /dev/null; do (: <$node) && echo "$node opened"; done'
    davit --systemd-cgroup create --bundle "$BUNDLE" "$ID" </dev/null >"$BATS_TEST_TMPDIR/output" 2>&1
    davit start "$ID"
    systemctl daemon-reload
    # What is changed of a unit makes systemd write its other limits again.
    systemctl set-property --runtime "davit-$ID.scope" CPUWeight=50
    expect_knob memory memory.limit_in_bytes 67108864 memory.max 67108864
    touch "$BUNDLE/rootfs/go"
    wait_until container_is stopped
    grep -q "can't open /yes: No such device or address" "$BATS_TEST_TMPDIR/output"
    grep -q "can't open /no: Operation not permitted" "$BATS_TEST_TMPDIR/output"
    grep -qx "/dev/null opened" "$BATS_TEST_TMPDIR/output"
}

@test "processes that are killed together are that for systemd, too, where it has a policy for scopes" {
    needs cgroup-v2
    edit_config '.linux.resources.unified = {"memory.oom.group": "1"}'
    create
    expect_equal file "$(cat "/sys/fs/cgroup/system.slice/davit-$ID.scope/memory.oom.group")" 1
    # Before version 253 it has none.
    [[ $(systemctl show --property OOMPolicy --value "davit-$ID.scope") == @(|kill) ]]
}

@test "the container lives in the subgroup of the annotation, and so does what is executed in it" {
    edit_config '.annotations = {"run.oci.systemd.subgroup": "payload"}'
    create
    davit start "$ID"
    expect_equal path "$(unit_path_of "$(container_pid)")" "/system.slice/davit-$ID.scope/payload"
    run_davit exec "$ID" cat /proc/self/cgroup
    expect_ok
    expect_equal "cgroups" "$(sort <<<"$stdout")" "$(davit exec "$ID" cat /proc/1/cgroup | sort)"
    davit pause "$ID"
    expect_equal status "$(container_state)" paused
    davit resume "$ID"
}

@test "a further cgroup below belongs to the container's user" {
    needs cgroup-v2
    edit_config '.annotations = {"run.oci.systemd.subgroup": "payload", "run.oci.delegate-cgroup": "mine"}
        | .linux.namespaces |= (map(select(.type != "cgroup")) + [{"type": "cgroup"}]) | .process.user.uid = 1234
        | .mounts |= (map(select(.destination != "/sys/fs/cgroup")) +
            [{"destination": "/sys/fs/cgroup", "type": "cgroup", "source": "cgroup", "options": ["rw"]}])'
    create
    davit start "$ID"
    local unit="/sys/fs/cgroup/system.slice/davit-$ID.scope"
    expect_equal path "/sys/fs/cgroup$(unit_path_of "$(container_pid)")" "$unit/payload/mine"
    expect_equal owners "$(stat -c %u "$unit/payload/mine" "$unit/payload/mine/cgroup.procs" "$unit/payload/mine/cgroup.freeze")" \
        $'1234\n1234\n0'
    # The container sees no more than it.
    expect_equal root "$(davit exec "$ID" cat /proc/self/cgroup)" "0::/"
}

@test "many units come and go, and none is left" {
    local i end=$((SECONDS + 30))
    for ((i = 0; i < 30 && SECONDS < end; i++)); do
        "$DAVIT" --root "$ROOT" --systemd-cgroup create --bundle "$BUNDLE" "$ID" </dev/null
        "$DAVIT" --root "$ROOT" delete --force "$ID"
    done
    expect_equal cgroups "$(find /sys/fs/cgroup -type d -name "*$ID*")" ""
    expect_equal units "$(systemctl list-units --all --no-legend "davit-$ID*")" ""
}

# ---- a user's manager --------------------------------------------------------------------------------

as_user() {
    setpriv --reuid "$USER_ID" --regid "$USER_ID" --clear-groups \
        env -u DBUS_SESSION_BUS_ADDRESS HOME=/ XDG_RUNTIME_DIR="/run/user/$USER_ID" "$@"
}

run_as_user() {
    status=0
    as_user "$@" </dev/null >"$BATS_TEST_TMPDIR/stdout" 2>"$BATS_TEST_TMPDIR/stderr" || status=$?
    stdout=$(cat "$BATS_TEST_TMPDIR/stdout")
    stderr=$(cat "$BATS_TEST_TMPDIR/stderr")
}
davit_as_user() { run_as_user "$DAVIT" --root "$RUNTIME_DIR/root" "$@"; }

# A user with a manager, and a bundle of his own.
needs_user_manager() {
    needs cgroup-v2
    [[ -n ${DAVIT_TEST_MACHINE-} ]] || skip "needs a machine of its own, to add a user to"
    id davit-test >/dev/null 2>&1 || useradd --uid "$USER_ID" --no-create-home --shell /bin/sh davit-test
    systemctl start "user@$USER_ID.service"
    RUNTIME_DIR=/run/user/$USER_ID/$TAG
    BUNDLE=$RUNTIME_DIR/bundle
    as_user mkdir -p "$BUNDLE" "$RUNTIME_DIR/root"
    as_user cp -r --preserve=mode,links "$DAVIT_TEST_ROOTFS" "$BUNDLE/rootfs"
    as_user sh -c 'cd "$1" && "$2" spec --rootless' sh "$BUNDLE" "$DAVIT"
    edit_config '.process.terminal = false | .root.readonly = false | .process.args = ["/bin/sleep", "3600"]'
}

user_show() {
    local unit=$1 names=()
    shift
    for name in "$@"; do names+=(-p "$name"); done
    as_user systemctl --user show "$unit" "${names[@]}" | sort
}

@test "an ordinary user's container is a unit of the user's manager" {
    needs_user_manager
    edit_config '.linux.resources = {"pids": {"limit": 33}, "memory": {"limit": 67108864}}'
    davit_as_user --systemd-cgroup create --bundle "$BUNDLE" "$ID"
    expect_ok
    davit_as_user start "$ID"
    local pid below="/user.slice/user-$USER_ID.slice/user@$USER_ID.service/user.slice/davit-$ID.scope"
    davit_as_user state "$ID"
    pid=$(jq .pid <<<"$stdout")
    expect_equal path "$(unit_path_of "$pid")" "$below"
    expect_equal properties "$(user_show "davit-$ID.scope" MemoryMax TasksMax Delegate)" \
        $'Delegate=yes\nMemoryMax=67108864\nTasksMax=33'
    davit_as_user update --pids-limit 44 --memory 100M "$ID"
    expect_ok
    expect_equal properties "$(user_show "davit-$ID.scope" MemoryMax TasksMax)" $'MemoryMax=104857600\nTasksMax=44'
    expect_equal files "$(cat "/sys/fs/cgroup$below/"{memory,pids}.max)" $'104857600\n44'
    # From another session, which only the manager can move it from.
    davit_as_user exec "$ID" sh -c 'cat /proc/1/cgroup /proc/self/cgroup | uniq | wc -l'
    expect_ok
    expect_stdout 1
    davit_as_user pause "$ID"
    expect_ok
    davit_as_user state "$ID"
    expect_equal status "$(jq -r .status <<<"$stdout")" paused
    davit_as_user delete --force "$ID"
    expect_ok
    expect_equal loaded "$(user_show "davit-$ID.scope" LoadState)" LoadState=not-found
    [[ ! -e /sys/fs/cgroup$below ]]
}

@test "root of a user namespace reaches the manager of the user that it is outside" {
    needs_user_manager
    edit_config '.linux |= (.uidMappings[0].hostID = 0 | .gidMappings[0].hostID = 0)'
    run_as_user unshare --user --map-root-user "$DAVIT" --root "$RUNTIME_DIR/root" --systemd-cgroup \
        create --bundle "$BUNDLE" "$ID"
    expect_ok
    expect_equal state "$(user_show "davit-$ID.scope" ActiveState)" ActiveState=active
    run_as_user unshare --user --map-root-user "$DAVIT" --root "$RUNTIME_DIR/root" delete --force "$ID"
    expect_ok
    expect_equal loaded "$(user_show "davit-$ID.scope" LoadState)" LoadState=not-found
}

@test "without a session of the user the error says whose, and what to install" {
    needs_user_manager
    local command=("$DAVIT" --root "$RUNTIME_DIR/root" --systemd-cgroup create --bundle "$BUNDLE" "$ID")
    run_as_user env XDG_RUNTIME_DIR=/nosuch "${command[@]}"
    expect_error "cannot create $ID: no systemd user session for uid $USER_ID: cannot connect to unix:path=/nosuch/bus: No such file or directory (ENOENT)"
    expect_hint "install dbus-user-session, loginctl enable-linger"
    run_as_user env -u XDG_RUNTIME_DIR "${command[@]}"
    expect_error "cannot create $ID: no systemd user session for uid $USER_ID: neither DBUS_SESSION_BUS_ADDRESS nor XDG_RUNTIME_DIR is set"
    edit_config '.linux |= (.uidMappings[0].hostID = 0 | .gidMappings[0].hostID = 0)'
    run_as_user unshare --user --map-root-user env XDG_RUNTIME_DIR=/nosuch "${command[@]}"
    expect_error "cannot create $ID: no systemd user session for uid $USER_ID: cannot connect to unix:path=/nosuch/bus: No such file or directory (ENOENT)"
}

@test "the system's manager refuses an ordinary user, and the error says whom to ask" {
    needs_user_manager
    run_as_user env DBUS_SESSION_BUS_ADDRESS=unix:path=/run/dbus/system_bus_socket \
        "$DAVIT" --root "$RUNTIME_DIR/root" --systemd-cgroup create --bundle "$BUNDLE" "$ID"
    expect_error "cannot create $ID: systemd refuses to start davit-$ID.scope: Interactive authentication required.: Permission denied (EACCES)"
    expect_hint "no systemd user session for uid $USER_ID (install dbus-user-session, loginctl enable-linger), or polkit forbids it"
    [[ ! -e $RUNTIME_DIR/root/$ID ]]
}

# ---- checkpoints -------------------------------------------------------------------------------------

@test "a restored container has a unit of its own, with the limits of its configuration" {
    needs_criu
    IMAGES=$BATS_TEST_TMPDIR/images
    in_unit "system.slice:tst:$ID"
    edit_config '.linux.resources += {"pids": {"limit": 33}}'
    set_shell "$count_script"
    davit --systemd-cgroup run --detach --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1
    wait_until has_counted 2
    checkpoint
    expect_ok
    no_unit "tst-$ID.scope"
    local counted
    counted=$(count)
    run_davit --systemd-cgroup restore --detach --bundle "$BUNDLE" --image-path "$IMAGES" "$ID"
    ((status == 0)) || tail -n 30 "$IMAGES/restore.log"
    expect_ok
    wait_until has_counted $((counted + 2))
    expect_equal properties "$(properties "tst-$ID.scope" TasksMax ActiveState)" $'ActiveState=active\nTasksMax=33'
    expect_equal path "$(unit_path_of "$(container_pid)")" "/system.slice/tst-$ID.scope"
    davit delete --force "$ID"
    no_unit "tst-$ID.scope"
}
