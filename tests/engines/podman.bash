# podman.bash - what the suites of podman for root and for an ordinary user share. A suite sets the array `as_whom`, words
# that stand before podman.

# shellcheck disable=SC2034  # read by the suites

as_whom=()

make_podman_store() { # LINE of the section containers…
    make_store
    # podman's runroot has at most 50 characters; attaching to a container that a loaded machine is slow to start is waited
    # for. Without CAP_SYS_RESOURCE no limit can be above the caller's.
    export CONTAINERS_CONF=$STORE/containers.conf
    {
        printf '[containers]\ndefault_ulimits = ["nofile=1024:1024", "nproc=1000:1000"]\n'
        printf '%s\n' "$@"
        printf '[engine]\nruntime_supports_json = ["crun", "runc", "davit"]\nevents_logger = "file"\n'
    } >"$CONTAINERS_CONF"
    tar -C "$STORE/rootfs" -cf "$STORE/image.tar" .
}

# Sets podman_words, a podman with stores of this file's own: for what runs a command of its own.
set_podman_words() {
    podman_words=("${as_whom[@]}" podman --root "$STORE/store" --runroot "$STORE/run" --storage-driver vfs
        --cgroup-manager cgroupfs --log-level error --runtime "$RUNTIME")
}

podman_run() {
    local podman_words
    set_podman_words
    "${podman_words[@]}" "$@"
}

podman_on_terminal() {
    local podman_words
    set_podman_words
    on_terminal "${podman_words[@]}" "$@"
}

import_image() {
    RUNTIME=$PEER podman_run import -q "$STORE/image.tar" box >/dev/null
}

remove_store() {
    [[ ${STORE-} ]] || return 0
    RUNTIME=$DAVIT podman_run rm --all --force --time 0 >/dev/null 2>&1 || true
    RUNTIME=$DAVIT podman_run pod rm --all --force --time 0 >/dev/null 2>&1 || true
    rm -rf "$STORE"
}

box() { # podman run options and command
    podman_run run --rm --network none "$@"
}

# A container in the background, named after the runtime, that ends at SIGTERM.
background() { # [OPTION of podman run]…
    podman_run run --detach --name "c-$NAME" --network none "$@" box sh -c "$SERVICE_SCRIPT" >/dev/null
    wait_until has_started "c-$NAME"
}

has_started() { # CONTAINER
    podman_run logs "$1" 2>&1 | grep -q started
}

state() {
    podman_run inspect --format '{{.State.Status}} {{.State.ExitCode}}' "c-$NAME"
}

is_in_state() { # STATUS
    [[ $(state) == "$1 "* ]]
}

remove() {
    podman_run rm --force --time 0 "c-$NAME" >/dev/null
}
