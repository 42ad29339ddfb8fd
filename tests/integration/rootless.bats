#!/usr/bin/env bats
# davit run by an ordinary user: with nothing configured, with ranges of ids, and inside a user namespace of somebody
# else's making; and the causes that it names when it cannot.

load helpers

# In the ways of root the user is 64321, who has a line in /etc/subuid as in the way "user".
readonly USER_ID=64321

setup() {
    begin
    XDG=$BATS_TEST_TMPDIR/xdg
    mkdir -m 0700 "$XDG"
    STATE=$XDG/davit
    [[ $WAY == user ]] && return
    needs program setpriv
    chown "$USER_ID:$USER_ID" "$XDG" "$ROOT"
    chmod 0711 "$BATS_TEST_TMPDIR"
    local dir=$BATS_TEST_TMPDIR
    while [[ $dir == "$DAVIT_TEST_WORK"* ]]; do
        chmod a+x "$dir"
        dir=${dir%/*}
    done
}

# davit's environment and options come from the caller.
as_user() {
    if [[ $WAY == user ]]; then
        "$@"
    else
        setpriv --reuid "$USER_ID" --regid "$USER_ID" --clear-groups --inh-caps=-all "$@"
    fi
}

as_user_run() {
    status=0
    as_user env XDG_RUNTIME_DIR="$XDG" "$@" </dev/null >"$BATS_TEST_TMPDIR/stdout" 2>"$BATS_TEST_TMPDIR/stderr" ||
        status=$?
    stdout=$(cat "$BATS_TEST_TMPDIR/stdout")
    stderr=$(cat "$BATS_TEST_TMPDIR/stderr")
}

# What `spec --rootless` writes for the user, and nothing else but the program.
new_user_bundle() {
    mkdir -p "$BUNDLE"
    cp -a --no-preserve=ownership "$DAVIT_TEST_ROOTFS" "$BUNDLE/rootfs"
    [[ $WAY == user ]] || chown -R "$USER_ID:$USER_ID" "$BUNDLE"
    (cd "$BUNDLE" && as_user "$DAVIT" spec --rootless)
    edit_config '.process.terminal = false'
    [[ $WAY == user ]] || chown "$USER_ID" "$BUNDLE/config.json"
}

@test "the bundle of spec --rootless runs for an ordinary user with nothing configured" {
    new_user_bundle
    set_shell 'id -u; id -g; cat /proc/self/uid_map; echo $$; hostname; ls /proc/1 >/dev/null && echo proc
        test -c /dev/null && test -d /sys/class && echo dev and sys'
    as_user_run "$DAVIT" run --bundle "$BUNDLE" "$ID"
    expect_ok
    expect_equal output "$(tr -s ' \n' ' ' <<<"$stdout")" "0 0 0 $USER_ID 1 1 davit proc dev and sys "
    expect_equal warnings "$stderr" ""
}

@test "the state is below XDG_RUNTIME_DIR, for the user alone and kept from cleaners" {
    new_user_bundle
    set_args /bin/sleep 3600
    as_user_run "$DAVIT" create --bundle "$BUNDLE" "$ID"
    expect_ok
    expect_equal mode "$(stat -c %a "$STATE")" 1700
    test -d "$STATE/$ID"
    as_user_run "$DAVIT" list
    expect_stdout_has "$ID"
    as_user_run "$DAVIT" start "$ID"
    expect_ok
    as_user_run "$DAVIT" exec "$ID" /bin/echo inside
    expect_ok
    expect_stdout inside
    as_user_run "$DAVIT" delete --force "$ID"
    expect_ok
}

@test "without XDG_RUNTIME_DIR an ordinary user must name a state root" {
    new_user_bundle
    set_args /bin/true
    status=0
    stderr=$(as_user env -u XDG_RUNTIME_DIR "$DAVIT" run --bundle "$BUNDLE" "$ID" 2>&1 </dev/null) || status=$?
    expect_status 1
    expect_stderr_has "XDG_RUNTIME_DIR"
    expect_stderr_has "--root"
}

# Without mappings in the config davit makes them up: the caller is 0, the ranges of /etc/subuid follow.
without_mappings() {
    edit_config 'del(.linux.uidMappings, .linux.gidMappings)'
    set_shell "${1:-cat /proc/self/uid_map /proc/self/gid_map; id -u}"
}

needs_helpers() {
    [[ $WAY == userns ]] && skip "the helpers do nothing in a user namespace that their owner is not in"
    needs program newuidmap
    needs program newgidmap
}

@test "with newuidmap, newgidmap and ranges a container without mappings gets them all" {
    needs_helpers
    new_user_bundle
    without_mappings
    local first
    first=$(sed -n 's/^davit-test:\([0-9]*\):.*/\1/p' /etc/subuid)
    as_user_run "$DAVIT" run --bundle "$BUNDLE" "$ID"
    expect_ok
    expect_equal maps "$(tr -s ' \n' ' ' <<<"$stdout")" \
        " 0 $USER_ID 1 1 $first 65536 0 $USER_ID 1 1 $first 65536 0 "
}

@test "ranges make other users, and groups can be set" {
    needs_helpers
    new_user_bundle
    without_mappings 'id -u; id -g; id -G; cat /proc/self/setgroups'
    edit_config '.process.user = {uid: 1000, gid: 1001, additionalGids: [50]}'
    as_user_run "$DAVIT" run --bundle "$BUNDLE" "$ID"
    expect_ok
    expect_stdout $'1000\n1001\n1001 50\nallow'
}

@test "ranges in the config that /etc/subuid does not grant are refused in newuidmap's words" {
    needs_helpers
    new_user_bundle
    edit_config '.linux.uidMappings += [{containerID: 1, hostID: 5, size: 10}]'
    set_args /bin/true
    as_user_run "$DAVIT" run --bundle "$BUNDLE" "$ID"
    expect_status 1
    expect_stderr_has "newuidmap "
    expect_hint "the ranges must be granted to you in /etc/subuid: usermod --add-subuids"
}

# Runs SCRIPT as root in a mount namespace of its own: what it covers there is no change to the host.
needs_covering() { [[ $WAY == root ]] || skip "needs root, to cover files of the host in a mount namespace"; }

covered() {
    local script=$1
    shift
    status=0
    unshare --mount sh -ec "$script"'
        exec setpriv --reuid '"$USER_ID"' --regid '"$USER_ID"' --clear-groups env XDG_RUNTIME_DIR="$0" "$@"' \
        "$XDG" "$@" </dev/null >"$BATS_TEST_TMPDIR/stdout" 2>"$BATS_TEST_TMPDIR/stderr" || status=$?
    stdout=$(cat "$BATS_TEST_TMPDIR/stdout")
    stderr=$(cat "$BATS_TEST_TMPDIR/stderr")
}

@test "without helpers one id is mapped, and an error for another one says so" {
    needs_covering
    needs_helpers
    new_user_bundle
    without_mappings
    local hide='for f in newuidmap newgidmap; do mount --bind /dev/null "$(command -v $f)"; done;'
    covered "$hide" "$DAVIT" run --bundle "$BUNDLE" "$ID"
    expect_ok
    expect_equal maps "$(tr -s ' \n' ' ' <<<"$stdout")" " 0 $USER_ID 1 0 $USER_ID 1 0 "
    edit_config '.process.user.uid = 1000'
    covered "$hide" "$DAVIT" run --bundle "$BUNDLE" "$ID"
    expect_status 1
    expect_stderr_has "process.user.uid: 1000 is outside the mapped range 0-0"
    expect_hint "only your own id is mapped: newgidmap is not installed (package uidmap or shadow-utils)"
    edit_config '.process.user.uid = 0 | .linux.uidMappings = [{containerID: 0, hostID: 64321, size: 1},
        {containerID: 1, hostID: 700065536, size: 5}] | .linux.gidMappings = [.linux.uidMappings[0]]'
    covered "$hide" "$DAVIT" run --bundle "$BUNDLE" "$ID"
    expect_status 1
    expect_stderr_has "only newuidmap can map more than the caller's own id, and it is not installed"
    expect_hint "install it (package uidmap or shadow-utils)"
}

@test "without a line in /etc/subuid one id is mapped, and an error for another one says so" {
    needs_covering
    needs_helpers
    new_user_bundle
    without_mappings
    edit_config '.process.user.uid = 1000'
    covered 'mount --bind /dev/null /etc/subuid; mount --bind /dev/null /etc/subgid;' \
        "$DAVIT" run --bundle "$BUNDLE" "$ID"
    expect_status 1
    expect_stderr_has "process.user.uid: 1000 is outside the mapped range 0-0"
    expect_hint "only your own id is mapped: /etc/subgid has no line for davit-test"
}

# A chroot lets no ordinary user make a user namespace, as the sysctls do; they are covered by files that say so.
in_chroot() {
    local files=$1
    shift
    covered 'mkdir -p "$0/root" "$0/sysctls/random"; cp /proc/sys/kernel/random/boot_id "$0/sysctls/random";
        cp /proc/sys/kernel/cap_last_cap "$0/sysctls"; mount --rbind / "$0/root";
        mount --bind "$0/sysctls" "$0/root/proc/sys/kernel"; cd "$0/sysctls"; '"$files"' cd /; set -- chroot --userspec=64321:64321 "$0/root" "$@";
        exec env XDG_RUNTIME_DIR="$0" "$@"; ' "$@"
}

@test "a host that forbids user namespaces is told by its sysctl" {
    needs_covering
    new_user_bundle
    set_args /bin/true
    in_chroot 'echo 0 >unprivileged_userns_clone;' "$DAVIT" run --bundle "$BUNDLE" "$ID"
    expect_status 1
    expect_stderr_has "user namespaces of ordinary users are forbidden (sysctl kernel.unprivileged_userns_clone=0)"
    expect_hint "allow them: sysctl kernel.unprivileged_userns_clone=1"
}

@test "AppArmor's restriction of user namespaces is told by its sysctl, and the profile that lifts it" {
    needs_covering
    new_user_bundle
    set_args /bin/true
    in_chroot 'echo 1 >apparmor_restrict_unprivileged_userns;' "$DAVIT" run --bundle "$BUNDLE" "$ID"
    expect_status 1
    expect_stderr_has "AppArmor restricts user namespaces of ordinary users"
    expect_stderr_has "(sysctl kernel.apparmor_restrict_unprivileged_userns=1)"
    expect_hint 'install the profile /etc/apparmor.d/davit: "abi <abi/4.0>, profile davit '
}

@test "user namespaces that are refused for another reason name what else there is" {
    needs_covering
    new_user_bundle
    set_args /bin/true
    in_chroot '' "$DAVIT" run --bundle "$BUNDLE" "$ID"
    expect_status 1
    expect_stderr_has "cannot make the container's namespaces: Operation not permitted (EPERM)"
    expect_hint "user namespaces are forbidden here: davit may be in a chroot, or below a seccomp filter"
}

@test "a limit of 0 on user namespaces is told by its sysctl" {
    [[ $WAY == user ]] && skip "needs a user namespace with a limit of its own"
    new_user_bundle
    set_args /bin/true
    edit_config 'del(.linux.uidMappings, .linux.gidMappings) | .linux.uidMappings =
        [{containerID: 0, hostID: 0, size: 1}] | .linux.gidMappings = .linux.uidMappings'
    chown 0:0 "$ROOT"
    status=0
    stderr=$(unshare --user --map-root-user sh -c 'echo 0 >/proc/sys/user/max_user_namespaces; exec "$@"' sh \
        "$DAVIT" --root "$ROOT" run --bundle "$BUNDLE" "$ID" 2>&1 </dev/null) || status=$?
    expect_status 1
    expect_stderr_has "cannot create a new user namespace: limit user.max_user_namespaces=0 reached"
    expect_hint "raise it: sysctl user.max_user_namespaces=10000"
}

@test "a /proc that is masked outside is named as what forbids a new one" {
    needs_covering
    new_user_bundle
    set_args /bin/true
    covered 'mount --bind /dev/null /proc/version; mount --bind /dev/null /proc/meminfo;' "$DAVIT" run --bundle "$BUNDLE" "$ID"
    expect_status 1
    expect_stderr_has "kernel refuses a new /proc: the surrounding container masks /proc/version, /proc/meminfo"
    expect_hint "unmask them outside, or bind-mount /proc"
}

@test "a used up quota of keys is told with its numbers" {
    needs_covering
    local id=64399
    new_user_bundle
    set_args /bin/true
    edit_config --argjson id "$id" '.linux.uidMappings[0].hostID = $id | .linux.gidMappings[0].hostID = $id'
    chown -R "$id:$id" "$BUNDLE" "$XDG"
    cat >"$BATS_TEST_TMPDIR/keys.py" <<'PYTHON'
import ctypes, os, sys
libc = ctypes.CDLL(None, use_errno=True)
os.setgid(int(sys.argv[1]))
os.setuid(int(sys.argv[1]))
libc.syscall(250, 1, None)          # a session keyring of its own
for number in range(1000000):
    if libc.syscall(248, b"user", b"davit%d" % number, b"x", 1, -3) < 0:
        break
os.execv(sys.argv[2], sys.argv[2:])
PYTHON
    [[ $(uname -m) == x86_64 ]] || skip "the numbers of its system calls are x86_64's"
    status=0
    stderr=$(XDG_RUNTIME_DIR=$XDG python3 "$BATS_TEST_TMPDIR/keys.py" "$id" "$DAVIT" run --bundle "$BUNDLE" "$ID" \
        2>&1 </dev/null) || status=$?
    expect_status 1
    expect_stderr_has "kernel key quota for uid "
    expect_stderr_has " used up ("
    expect_stderr_has ", sysctl kernel.keys.maxkeys)"
    expect_hint "raise kernel.keys.maxkeys, or use --no-new-keyring"
}

# ---- as an engine's user namespace has it ------------------------------------------------------------

@test "inside a user namespace that somebody made, a config without one runs in that" {
    needs user-namespaces
    new_user_bundle
    set_shell 'readlink /proc/self/ns/user; id -u'
    edit_config 'del(.linux.uidMappings, .linux.gidMappings) | .linux.namespaces |= map(select(.type != "user"))'
    as_user_run unshare --user --map-root-user --mount \
        sh -c 'readlink /proc/self/ns/user; exec "$@"' sh "$DAVIT" run --bundle "$BUNDLE" "$ID"
    expect_ok
    expect_equal "user namespaces" "$(sed -n 2,3p <<<"$stdout")" "$(head -n1 <<<"$stdout")"$'\n0'
}

@test "inside a user namespace that somebody made, exec and a pod's member enter a container's pid namespace" {
    needs user-namespaces
    new_user_bundle
    edit_config 'del(.linux.uidMappings, .linux.gidMappings) | .linux.namespaces |= map(select(.type != "user"))'
    set_args sleep 1000
    # The pid namespace around davit belongs to another user namespace: a davit that entered one could not come back.
    as_user_run unshare --user --map-root-user --mount sh -ec '
        davit=$0 bundle=$1 id=$2
        "$davit" run --detach --bundle "$bundle" "$id" </dev/null >/dev/null 2>&1
        "$davit" exec "$id" readlink /proc/self/ns/pid
        "$davit" exec "$id" readlink /proc/1/ns/pid
        "$davit" exec "$id" sh -c "exit 5" || echo "status $?"
        jq --arg path "/proc/$("$davit" state "$id" | jq .pid)/ns/pid" \
            ".process.args = [\"readlink\", \"/proc/self/ns/pid\"]
            | (.linux.namespaces[] | select(.type == \"pid\")).path = \$path" "$bundle/config.json" >"$bundle/new"
        mv "$bundle/new" "$bundle/config.json"
        "$davit" run --bundle "$bundle" "$id-member"
        "$davit" delete --force "$id"' "$DAVIT" "$BUNDLE" "$ID"
    expect_ok
    local inside
    inside=$(head -n 1 <<<"$stdout")
    [[ $inside == pid:* ]]
    expect_equal "what was seen" "$stdout" "$inside"$'\n'"$inside"$'\nstatus 5\n'"$inside"
}

@test "a lower oom_score_adj than the caller's is left as it is, with a warning" {
    new_user_bundle
    edit_config '.process.oomScoreAdj = -500'
    set_shell 'cat /proc/self/oom_score_adj'
    as_user_run "$DAVIT" --log-level warning run --bundle "$BUNDLE" "$ID"
    expect_ok
    expect_stderr_has "process.oomScoreAdj ignored: -500 is lower than the caller's own value"
}

@test "devices of the host are bound, and rules for devices are no error" {
    new_user_bundle
    edit_config '.linux.resources.devices = [{allow: false, access: "rwm"}, {allow: true, type: "c", major: 1, minor: 3,
        access: "rwm"}] | .linux.devices = [{path: "/dev/nothing", type: "c", major: 1, minor: 3}]'
    set_shell 'stat -c %t:%T /dev/nothing /dev/full'
    as_user_run "$DAVIT" run --bundle "$BUNDLE" "$ID"
    expect_ok
    expect_stdout $'1:3\n1:7'
}

@test "without permission for cgroups a container without limits runs, and one with limits is refused" {
    [[ $WAY == userns ]] && skip "the cgroups may belong to the user namespace"
    new_user_bundle
    set_args /bin/true
    as_user_run "$DAVIT" run --bundle "$BUNDLE" "$ID"
    expect_ok
    edit_config '.linux.resources = {pids: {limit: -1}, memory: {limit: -1, swap: 0}, cpu: {shares: 0, quota: -1}}'
    as_user_run "$DAVIT" run --bundle "$BUNDLE" "$ID"
    expect_ok
    edit_config '.linux.resources = {pids: {limit: 10}}'
    as_user_run "$DAVIT" run --bundle "$BUNDLE" "$ID"
    expect_status 1
    expect_stderr_has "cannot make the cgroup "
    expect_hint "its parent must be delegated to this user (systemd: Delegate=yes), or use --cgroup-manager=disabled"
    edit_config '.linux.resources = null | .linux.cgroupsPath = "/davit-not-mine"'
    as_user_run "$DAVIT" run --bundle "$BUNDLE" "$ID"
    expect_status 1
}

@test "the systemd driver without a session of the user says what is missing" {
    needs systemd
    new_user_bundle
    set_args /bin/true
    edit_config '.linux.cgroupsPath = "user.slice:davit:test"'
    as_user_run env -u DBUS_SESSION_BUS_ADDRESS "$DAVIT" --systemd-cgroup run --bundle "$BUNDLE" "$ID"
    expect_status 1
    expect_stderr_has "no systemd user session for uid "
    expect_hint "install dbus-user-session, loginctl enable-linger"
}
