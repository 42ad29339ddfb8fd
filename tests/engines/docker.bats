#!/usr/bin/env bats
# dockerd above davit, without bridge and iptables. One daemon for the file, with directories of its own.

load helpers

setup_file() {
    need dockerd containerd docker runc jq python3
    make_store
    export DOCKER_HOST=unix://$STORE/docker.sock DOCKER_CONFIG=$STORE/client DOCKER_BUILDKIT=0
    # A containerd that dockerd starts itself must be there within 15 seconds, whatever the machine is busy with.
    containerd --root "$STORE/containerd" --state "$STORE/state" --address "$STORE/containerd.sock" --log-level warn \
        >"$STORE/containerd.log" 2>&1 3>&- 4>&- &
    echo $! >"$STORE/containerd.pid"
    wait_until ctr --address "$STORE/containerd.sock" version >/dev/null 2>&1
    defaults_to peer
    dockerd --containerd "$STORE/containerd.sock" --config-file "$STORE/daemon.json" --data-root "$STORE/data" \
        --exec-root "$STORE/exec" --pidfile "$STORE/pid" --host "$DOCKER_HOST" --bridge none --iptables=false \
        --ip6tables=false --storage-driver vfs --log-level error --exec-opt native.cgroupdriver=cgroupfs \
        --cgroup-parent /davit-tests-engines >"$STORE/log" 2>&1 3>&- 4>&- &
    wait_until docker version >/dev/null 2>&1 || { tail -n 30 "$STORE/log"; return 1; }
    tar -C "$STORE/rootfs" -c . | docker import - box >/dev/null
}

teardown_file() {
    [[ -e ${STORE-}/pid ]] || return 0
    docker ps --all --quiet | xargs -r docker rm --force >/dev/null
    local pid
    for pid in "$(<"$STORE/pid")" "$(<"$STORE/containerd.pid")"; do
        kill "$pid"
        wait_until no_process "$pid"
    done
    rm -rf "$STORE"
}

# The configuration is contrib's, with the peers and a default runtime beside davit.
defaults_to() { # RUNTIME'S NAME
    contrib docker-daemon.json | jq --arg default "$1" --arg peer "$PEER" --arg second "$SECOND_PEER" \
        '."default-runtime" = $default | .runtimes += {peer: {path: $peer}, second: {path: $second}}' >"$STORE/daemon.json"
}

box() {
    docker run --runtime "$NAME" --rm --network none "$@"
}

background() {
    docker run --runtime "$NAME" --detach --name "c-$NAME" --network none box sh -c "$SERVICE_SCRIPT" >/dev/null
    wait_until has_started
}

has_started() {
    docker logs "c-$NAME" 2>&1 | grep -q started
}

state() {
    docker inspect --format '{{.State.Status}} {{.State.ExitCode}}' "c-$NAME"
}

remove() {
    docker rm --force "c-$NAME" >/dev/null
}

run_and_exit_codes() {
    box box echo hello
    status_of box box sh -c 'exit 3'
    echo input | box -i box cat
}
@test "a container prints, and ends with its program's status" {
    both run_and_exit_codes
}

errors() {
    error_of box box no-such-program
    error_of box box /etc
    error_of box box /etc/passwd
    error_of box box /no/such
}
@test "what cannot be executed is 126, what is not there 127" {
    both errors
}

life() {
    background
    docker exec "c-$NAME" echo from exec
    status_of docker exec "c-$NAME" sh -c 'exit 5'
    error_of docker exec "c-$NAME" no-such-program
    echo input | docker exec -i --user app "c-$NAME" sh -c 'cat; id -un'
    docker update --memory 64m --memory-swap 64m --cpus 0.5 --pids-limit 99 "c-$NAME" >/dev/null && echo updated
    docker exec "c-$NAME" sh -c "$LIMITS_SCRIPT"
    docker top "c-$NAME" | grep -c "trap"
    docker stats --no-stream --format '{{.Name}}' "c-$NAME"
    docker pause "c-$NAME" >/dev/null
    state
    docker unpause "c-$NAME" >/dev/null
    docker stop --time 60 "c-$NAME" >/dev/null
    state
    docker start "c-$NAME" >/dev/null
    docker kill "c-$NAME" >/dev/null
    docker wait "c-$NAME"
    remove
}
@test "exec, update, top, stats, pause, stop, start, kill, wait and rm" {
    both life
}

confinement() {
    box box grep -E '^(Cap|Seccomp:|NoNewPrivs)' /proc/self/status
    box --memory 64m --pids-limit 77 box sh -c "$LIMITS_SCRIPT"
    box --read-only --tmpfs /scratch box sh -c 'touch /x 2>&1; touch /scratch/y; echo $?'
    box --init box cat /proc/1/comm
    # shellcheck disable=SC2016  # for the shell in the container
    box --user app --workdir /tmp --env A=b --hostname h box sh -c 'id -un; pwd; echo $A; hostname'
    box --cap-drop ALL --security-opt no-new-privileges box grep -E '^(CapEff|NoNewPrivs)' /proc/self/status
    box --volume named:/n box sh -c 'touch /n/a; ls /n'
}
@test "confinement, limits and identity are as above the peer" {
    both confinement
}

shared_namespaces() {
    background
    box --pid "container:c-$NAME" --ipc host box sh -c 'grep -c trap /proc/1/cmdline'
    box --pid host box sh -c 'test "$(readlink /proc/self/ns/pid)" = "$(readlink /proc/1/ns/pid)"; echo $?'
    remove
}
@test "namespaces are shared with another container, or the host" {
    both shared_namespaces
}

terminal() {
    on_terminal docker run --runtime "$NAME" --rm -it --network none box sh -c "$SIZE_SCRIPT"
}
@test "a terminal has the caller's size and follows it" {
    both terminal
}

exec_terminal() {
    background
    on_terminal docker exec -it "c-$NAME" sh -c "$SIZE_SCRIPT"
    echo "status $?"
    remove
}
@test "exec with a terminal has the caller's size and follows it" {
    both exec_terminal
}

health() {
    docker run --runtime "$NAME" --detach --name "c-$NAME" --network none --health-cmd 'test -e /etc/passwd' \
        --health-interval 1s --health-timeout 60s box sleep 1000 >/dev/null
    wait_until is_healthy && echo healthy
    remove
}
is_healthy() {
    [[ $(docker inspect --format '{{.State.Health.Status}}' "c-$NAME") == healthy ]]
}
@test "a health check runs in the container" {
    both health
}

build() {
    local context=$STORE/context-$NAME
    defaults_to "$NAME"
    kill -HUP "$(<"$STORE/pid")"
    wait_until has_default
    mkdir -p "$context"
    printf '%s\n' 'FROM box' 'RUN echo one >/one && id -u' 'USER app' 'RUN cat /one && id -un' 'CMD ["cat", "/one"]' \
        >"$context/Dockerfile"
    docker build --no-cache --network none --tag "built-$NAME" "$context" | grep -vE '^( --->|Sending|Removing|Successfully)'
    box "built-$NAME"
    printf '%s\n' 'FROM box' 'RUN exit 9' >"$context/Dockerfile"
    status_of docker build --network none "$context" 2>&1 | grep -oE 'non-zero code: 9|^status.*'
}
has_default() {
    [[ $(docker info --format '{{.DefaultRuntime}}') == "$NAME" ]]
}
@test "a build's steps run above the default runtime" {
    both build
}
