#!/usr/bin/env bats
# shellcheck disable=SC2016,SC2012  # what stands in single quotes is for shells in containers
# dockerd above davit, without bridge and iptables. One daemon for the file, with directories of its own.

load helpers

setup_file() {
    need dockerd containerd docker python3
    export STORE=$BATS_FILE_TMPDIR
    export DOCKER_HOST=unix://$STORE/docker.sock DOCKER_CONFIG=$STORE/client
    make_rootfs "$STORE/rootfs"
    dockerd --data-root "$STORE/data" --exec-root "$STORE/exec" --pidfile "$STORE/pid" --host "$DOCKER_HOST" \
        --bridge none --iptables=false --ip6tables=false --storage-driver vfs --log-level error \
        --exec-opt native.cgroupdriver=cgroupfs --cgroup-parent /davit-tests-engines \
        --add-runtime "peer=$PEER" --add-runtime "davit=$DAVIT" >"$STORE/log" 2>&1 3>&- 4>&- &
    if ! wait_until docker version >/dev/null 2>&1; then
        cat "$STORE/log"
        return 1
    fi
    tar -C "$STORE/rootfs" -c . | docker import - box >/dev/null
}

teardown_file() {
    [[ -e ${STORE-}/pid ]] || return 0
    docker ps --all --quiet | xargs -r docker rm --force >/dev/null
    local pid
    pid=$(<"$STORE/pid")
    kill "$pid"
    wait_until no_process "$pid"
}

no_process() {
    [[ ! -d /proc/$1 ]]
}

box() {
    docker run --runtime "$NAME" --rm --network none "$@"
}

background() {
    docker run --runtime "$NAME" --detach --name "c-$NAME" --network none box \
        sh -c 'trap "exit 0" TERM; echo started; while :; do sleep 0.1; done' >/dev/null
    wait_until has_started
}

has_started() {
    docker logs "c-$NAME" 2>&1 | grep -q started
}

run_and_exit_codes() {
    box box echo hello
    status_of box box sh -c 'exit 3'
    local status=0
    box box no-such-program >/dev/null 2>"$BATS_TEST_TMPDIR/e" || status=$?
    echo "not in PATH: $status"
    # shellcheck disable=SC2016  # the words of the error
    grep -o 'executable file not found in $PATH' "$BATS_TEST_TMPDIR/e" | head -1
    status=0
    box box /etc >/dev/null 2>&1 || status=$?
    echo "a directory: $status"
    status=0
    box box /no/such >/dev/null 2>&1 || status=$?
    echo "not there: $status"
}
@test "a container prints, and ends with its program's status" {
    both run_and_exit_codes
}

life() {
    background
    docker exec "c-$NAME" echo from exec
    status_of docker exec "c-$NAME" sh -c 'exit 5'
    status_of docker exec "c-$NAME" no-such-program >/dev/null 2>&1
    echo input | docker exec -i --user app "c-$NAME" sh -c 'cat; id -un'
    docker update --memory 64m --memory-swap 64m "c-$NAME" >/dev/null && echo updated
    docker top "c-$NAME" | grep -c "trap"
    docker stats --no-stream --format '{{.Name}}' "c-$NAME" | sed "s/$NAME/NAME/"
    docker pause "c-$NAME" >/dev/null
    docker inspect --format '{{.State.Status}}' "c-$NAME"
    docker unpause "c-$NAME" >/dev/null
    docker stop --time 20 "c-$NAME" >/dev/null
    docker inspect --format '{{.State.Status}} {{.State.ExitCode}}' "c-$NAME"
    docker rm "c-$NAME" >/dev/null
}
@test "exec, update, top, stats, pause, stop and rm" {
    both life
}

confinement() {
    box box grep -E '^(Cap|Seccomp:|NoNewPrivs)' /proc/self/status
    box --memory 64m --pids-limit 77 box sh -c 'cat /sys/fs/cgroup/memory/memory.limit_in_bytes \
        /sys/fs/cgroup/pids/pids.max /sys/fs/cgroup/memory.max 2>/dev/null'
    box --read-only --tmpfs /scratch box sh -c 'touch /x 2>&1; touch /scratch/y; echo $?'
    box --init box cat /proc/1/comm
    # shellcheck disable=SC2016  # for the shell in the container
    box --user app --workdir /tmp --env A=b --hostname h box sh -c 'id -un; pwd; echo $A; hostname'
}
@test "confinement, limits and identity are as above the peer" {
    both confinement
}

terminal() {
    on_terminal docker run --runtime "$NAME" --rm -it --network none box \
        sh -c 'echo READY; until stty size 2>/dev/null | grep -q "40 100"; do sleep 0.1; done; stty size 2>&1; exit 4'
}
@test "a terminal has the caller's size and follows it" {
    both terminal
}

health() {
    docker run --runtime "$NAME" --detach --name "c-$NAME" --network none --health-cmd 'test -e /etc/passwd' \
        --health-interval 1s box sleep 1000 >/dev/null
    wait_until is_healthy
    docker inspect --format '{{.State.Health.Status}}' "c-$NAME"
    docker rm --force "c-$NAME" >/dev/null
}
is_healthy() {
    [[ $(docker inspect --format '{{.State.Health.Status}}' "c-$NAME") == healthy ]]
}
@test "a health check runs in the container" {
    both health
}
