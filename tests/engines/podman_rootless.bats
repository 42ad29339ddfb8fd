#!/usr/bin/env bats
# shellcheck disable=SC2016  # what stands in single quotes is for shells in containers
# podman of an ordinary user above davit. The user, with ids to give to containers, is in the /etc/passwd and /etc/subuid
# that the runner puts over the host's for as long as the file runs.

load helpers
load podman

ORDINARY_USER=davit-test

setup_file() {
    need podman conmon python3 newuidmap setpriv
    grep -q "^$ORDINARY_USER:" /etc/subuid || skip "needs $ORDINARY_USER in /etc/subuid"
    # ping is allowed to all groups by default, of which a user has but one.
    make_podman_store 'default_sysctls = []'
    mkdir -m 0700 "$STORE/home" "$STORE/xdg" "$STORE/store" "$STORE/run" "$STORE/v"
    chown "$ORDINARY_USER:" "$STORE"/{home,xdg,store,run,v}
    become_ordinary
    import_image
}

teardown_file() {
    become_ordinary
    remove_store
}

setup() {
    become_ordinary
}

become_ordinary() {
    local id
    id=$(id -u "$ORDINARY_USER")
    as_whom=(setpriv --reuid "$id" --regid "$id" --clear-groups env --chdir / -i "PATH=$PATH" "HOME=$STORE/home"
        "USER=$ORDINARY_USER" "XDG_RUNTIME_DIR=$STORE/xdg" "CONTAINERS_CONF=$CONTAINERS_CONF" TERM=xterm)
}

run_and_exit_codes() {
    box box echo hello
    status_of box box sh -c 'exit 3'
    error_of box box no-such-program
    error_of box box /etc/passwd
    error_of box --no-such-option box true
    box --init box cat /proc/1/comm
}
@test "a container prints, and ends with its program's status" {
    both run_and_exit_codes
}

identity() {
    box box sh -c 'cat /proc/self/uid_map; id; grep -E "^(Cap|Seccomp:|NoNewPrivs)" /proc/self/status'
    box --user app --workdir /tmp --hostname h1 --env A=b box sh -c 'id; pwd; hostname; echo $A'
    box --userns keep-id box sh -c 'id -u; cat /proc/self/uid_map'
}
@test "ids, capabilities and environment" {
    both identity
}

files() {
    box -v "$STORE/v:/data" box sh -c 'rm -f /data/*; touch /data/root; su app -s /bin/sh -c "touch /tmp/x"; chown app /data/root'
    stat -c %u "$STORE/v/root"
    box -v "$STORE/v:/data:ro" box sh -c 'touch /data/g 2>&1; echo $?'
    box --read-only --tmpfs /scratch box sh -c 'touch /x 2>&1; touch /scratch/y; echo $?'
    box -v "named-$NAME:/n" box sh -c 'touch /n/a; ls /n'
    box box sh -c 'ls /dev | grep -v core; mknod /dev/own c 1 3 2>&1; echo $?'
}
@test "volumes, read-only roots, tmpfs and devices" {
    both files
}

life() {
    background
    podman_run exec "c-$NAME" echo from exec
    status_of podman_run exec "c-$NAME" sh -c 'exit 5'
    error_of podman_run exec "c-$NAME" no-such-program
    echo input | podman_run exec -i --user app "c-$NAME" sh -c 'cat; id -un'
    podman_run top "c-$NAME" pid user | awk '$1 == 1'
    podman_run stop --time 60 "c-$NAME" >/dev/null
    wait_until is_in_state exited && state
    podman_run start "c-$NAME" >/dev/null
    podman_run kill --signal KILL "c-$NAME" >/dev/null
    podman_run wait "c-$NAME"
    remove
}
@test "exec, top, stop, start, kill and wait" {
    both life
}

terminal() {
    # podman hands SIGWINCH on, too: by a kill that may find the program gone, of which the runtime tells.
    podman_on_terminal run --rm -it --sig-proxy=false --network none box sh -c "tty; $SIZE_SCRIPT"
}
@test "a terminal has the caller's size and follows it" {
    both terminal
}

pod() {
    podman_run pod create --name "p-$NAME" --hostname podded --network none >/dev/null
    podman_run run --detach --pod "p-$NAME" --name "c-$NAME" box sleep 1000 >/dev/null
    box --pod "p-$NAME" box hostname
    podman_run pod rm --force --time 0 "p-$NAME" >/dev/null
}
@test "the containers of a pod share its namespaces" {
    need catatonit
    both pod
}
