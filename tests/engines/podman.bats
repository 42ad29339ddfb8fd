#!/usr/bin/env bats
# shellcheck disable=SC2016,SC2012  # what stands in single quotes is for shells in containers
# podman above davit: what it prints and how it ends is what it does above a peer.

load helpers

setup_file() {
    need podman conmon python3
    export STORE=$BATS_FILE_TMPDIR RUNROOT
    RUNROOT=$(mktemp -d /run/podman.XXXXXX)    # of at most 50 characters
    export CONTAINERS_CONF=$STORE/containers.conf
    cat >"$CONTAINERS_CONF" <<-'END'
	[containers]
	default_ulimits = ["nofile=1024:1024", "nproc=1000:1000"]
	[engine]
	runtime_supports_json = ["crun", "runc", "davit"]
	events_logger = "file"
	END
    make_rootfs "$STORE/rootfs"
    tar -C "$STORE/rootfs" -cf "$STORE/image.tar" .
    RUNTIME=$PEER podman_run import -q "$STORE/image.tar" box >/dev/null
}

teardown_file() {
    [[ ${STORE-} ]] || return 0
    RUNTIME=$DAVIT podman_run rm --all --force --time 0 >/dev/null 2>&1 || true
    RUNTIME=$DAVIT podman_run pod rm --all --force --time 0 >/dev/null 2>&1 || true
}

podman_run() {
    podman --root "$STORE/store" --runroot "$RUNROOT" --storage-driver vfs --cgroup-manager cgroupfs \
        --log-level error --runtime "$RUNTIME" "$@"
}

box() { # podman run options and command
    podman_run run --rm --network none "$@"
}

# A container in the background, named after the runtime, that ends at SIGTERM.
background() {
    podman_run run --detach --name "c-$NAME" --network none box \
        sh -c 'trap "exit 0" TERM; echo started; while :; do sleep 0.1; done' >/dev/null
    wait_until has_started
}

has_started() {
    podman_run logs "c-$NAME" 2>&1 | grep -q started
}

remove() {
    podman_run rm --force --time 0 "c-$NAME" >/dev/null
}

run_and_exit_codes() {
    box box echo hello
    status_of box box sh -c 'exit 3'
    status_of box box sh -c 'kill -9 $$'
}
@test "a container prints, and ends with its program's status" {
    both run_and_exit_codes
}

status_126() {
    local status=0
    box box /etc >/dev/null 2>&1 || status=$?
    echo "a directory: $status"
    status=0
    box box /etc/passwd >/dev/null 2>&1 || status=$?
    echo "not executable: $status"
    status=0
    box box no-such-program >/dev/null 2>&1 || status=$?
    echo "not in PATH: $status"
    status=0
    box box /no/such/program >/dev/null 2>&1 || status=$?
    echo "not there: $status"
    status=0
    podman_run run --no-such-option box true >/dev/null 2>&1 || status=$?
    echo "podman's own: $status"
}
@test "what cannot be executed is 126, what is not there 127, podman's own errors 125" {
    both status_126
}

identity() {
    box --user 1000:1000 box id
    box --user app box id
    box --workdir /home box pwd
    box --env A=b box sh -c 'echo $A $HOME $PATH'
    box --hostname h1 box hostname
    box --umask 0077 box sh -c umask
}
@test "user, working directory, environment, hostname and umask" {
    both identity
}

confinement() {
    box box grep -E '^(Cap|Seccomp:|NoNewPrivs)' /proc/self/status
    box --cap-drop ALL --cap-add NET_RAW box grep ^Cap /proc/self/status
    box --privileged box grep -E '^Seccomp:' /proc/self/status
    box --security-opt no-new-privileges box grep NoNewPrivs /proc/self/status
    box --security-opt seccomp=unconfined box grep ^Seccomp: /proc/self/status
}
@test "capabilities, seccomp and no_new_privs are as above the peer" {
    both confinement
}

files() {
    mkdir -p "$BATS_TEST_TMPDIR/v-$NAME"
    echo inside >"$BATS_TEST_TMPDIR/v-$NAME/f"
    box -v "$BATS_TEST_TMPDIR/v-$NAME:/data:ro" box sh -c 'exec 2>&1; cat /data/f; touch /data/g; echo $?'
    box -v "$BATS_TEST_TMPDIR/v-$NAME:/data" box touch /data/h
    ls "$BATS_TEST_TMPDIR/v-$NAME"
    box --read-only box sh -c 'exec 2>&1; touch /x; touch /tmp/y; echo $?'
    box --tmpfs /scratch:size=1m box sh -c 'grep " /scratch " /proc/self/mounts | cut -d" " -f2-3; touch /scratch/a'
    box -v named:/n box touch /n/a
    box --mount type=tmpfs,destination=/etc,tmpcopyup box grep -c app /etc/passwd
    box --device /dev/null:/dev/mine box ls -l /dev/mine | cut -c1-10
}
@test "volumes, read-only roots, tmpfs and devices" {
    both files
}

limits() {
    box --memory 64m --pids-limit 77 --cpus 0.5 box sh -c 'cat /sys/fs/cgroup/memory/memory.limit_in_bytes \
        /sys/fs/cgroup/pids/pids.max /sys/fs/cgroup/cpu/cpu.cfs_quota_us /sys/fs/cgroup/memory.max 2>/dev/null'
    box --ulimit nofile=100:200 --ulimit nproc=1000:1000 box sh -c 'ulimit -n; ulimit -Hn'
    box --sysctl net.ipv4.ip_forward=1 box cat /proc/sys/net/ipv4/ip_forward
    box --oom-score-adj 500 box cat /proc/self/oom_score_adj
}
@test "limits, ulimits and sysctls" {
    both limits
}

life() {
    background
    podman_run exec "c-$NAME" echo from exec
    status_of podman_run exec "c-$NAME" sh -c 'exit 5'
    status_of podman_run exec "c-$NAME" no-such-program 2>/dev/null
    podman_run exec --user app --workdir /tmp --env X=y "c-$NAME" sh -c 'id -un; pwd; echo $X'
    echo input | podman_run exec -i "c-$NAME" cat
    podman_run inspect --format '{{.State.Status}}' "c-$NAME"
    podman_run pause "c-$NAME" >/dev/null
    podman_run inspect --format '{{.State.Status}}' "c-$NAME"
    podman_run unpause "c-$NAME" >/dev/null
    podman_run top "c-$NAME" pid | head -2 | tail -1
    podman_run stats --no-stream --format '{{.Name}}' "c-$NAME" | sed "s/$NAME/NAME/"
    podman_run stop --time 20 "c-$NAME" >/dev/null
    podman_run inspect --format '{{.State.Status}} {{.State.ExitCode}}' "c-$NAME"
    podman_run start "c-$NAME" >/dev/null
    podman_run kill --signal KILL "c-$NAME" >/dev/null
    podman_run wait "c-$NAME"
    remove
}
@test "exec, pause, top, stats, stop, start, kill and wait" {
    both life
}

terminal() {
    on_terminal podman --root "$STORE/store" --runroot "$RUNROOT" --storage-driver vfs --cgroup-manager cgroupfs \
        --runtime "$RUNTIME" run --rm -it --network none box \
        sh -c 'tty; echo READY; until stty size 2>/dev/null | grep -q "40 100"; do sleep 0.1; done; stty size 2>&1; exit 4'
}
@test "a terminal has the caller's size and follows it" {
    both terminal
}

exec_terminal() {
    background
    on_terminal podman --root "$STORE/store" --runroot "$RUNROOT" --storage-driver vfs --cgroup-manager cgroupfs \
        --runtime "$RUNTIME" exec -it "c-$NAME" \
        sh -c 'echo READY; until stty size 2>/dev/null | grep -q "40 100"; do sleep 0.1; done; stty size 2>&1; exit 4'
    remove
}
@test "exec with a terminal has the caller's size and follows it" {
    both exec_terminal
}

init_process() {
    need catatonit
    box --init box sh -c 'cat /proc/1/comm; exit 7'
}
@test "--init puts a small init before the program" {
    both init_process
}

from_rootfs() {
    podman_run run --rm --network none --rootfs "$STORE/rootfs" echo from a directory
}
@test "--rootfs runs a directory" {
    both from_rootfs
}

pod() {
    need catatonit
    podman_run pod create --name "p-$NAME" --network none >/dev/null
    podman_run run --detach --pod "p-$NAME" --name "c-$NAME" box sleep 1000 >/dev/null
    podman_run run --rm --pod "p-$NAME" box hostname | sed "s/$NAME/NAME/"
    podman_run pod ps --format '{{.Status}}'
    podman_run pod rm --force --time 0 "p-$NAME" >/dev/null
}
@test "the containers of a pod share its namespaces" {
    both pod
}

health() {
    podman_run run --detach --name "c-$NAME" --network none --health-cmd 'test -e /tmp/ok' --health-interval disable \
        box sleep 1000 >/dev/null
    status_of podman_run healthcheck run "c-$NAME" >/dev/null
    podman_run exec "c-$NAME" touch /tmp/ok
    status_of podman_run healthcheck run "c-$NAME"
    remove
}
@test "a health check runs in the container" {
    both health
}

own_users() {
    box --uidmap 0:100000:65536 --gidmap 0:100000:65536 box sh -c 'cat /proc/self/uid_map; id -u; touch /made; stat -c %u /made'
}
@test "a user namespace of its own" {
    both own_users
}

many() {
    local i
    for i in 1 2 3 4 5 6; do
        box box echo "$i" &
    done
    wait
}
sorted_many() {
    many | sort
}
@test "six containers at once" {
    both sorted_many
}

@test "nothing is left of a container that was removed" {
    RUNTIME=$DAVIT NAME=davit
    local id
    id=$(podman_run run --detach --network none box sleep 1000)
    [[ $(find /sys/fs/cgroup -type d -name "libpod-$id" | wc -l) -gt 0 ]]
    [[ -d /run/davit/$id ]]
    podman_run rm --force --time 0 "$id" >/dev/null
    [[ -z $(find /sys/fs/cgroup -type d -name "libpod-$id") ]]
    [[ ! -e /run/davit/$id ]]
}
