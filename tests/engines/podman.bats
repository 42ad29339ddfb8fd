#!/usr/bin/env bats
# shellcheck disable=SC2016,SC2012  # what stands in single quotes is for shells in containers
# podman above davit: what it prints and how it ends is what it does above a peer.

load helpers
load podman

setup_file() {
    need podman conmon runc python3
    make_podman_store
    # Where --userns=auto takes ids from.
    for name in subuid subgid; do
        { cat "/etc/$name"; echo containers:800000000:1048576; } >"$STORE/$name"
        mount --bind "$STORE/$name" "/etc/$name"
    done
    import_image
}

teardown_file() {
    umount /etc/subuid /etc/subgid
    remove_store
}

run_and_exit_codes() {
    box box echo hello
    status_of box box sh -c 'exit 3'
    status_of box box sh -c 'sleep 1000 & kill -9 $!; wait $!'
    echo input | box -i box cat
}
@test "a container prints, and ends with its program's status" {
    both run_and_exit_codes
}

errors() {
    error_of box box /etc
    error_of box box /etc/passwd
    error_of box box no-such-program
    error_of box box /no/such/program
    error_of box --no-such-option box true
}
@test "what cannot be executed is 126, what is not there 127, podman's own errors 125" {
    both errors
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
    printf '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO"}]}' \
        >"$STORE/seccomp.json"
    box --security-opt "seccomp=$STORE/seccomp.json" box sh -c 'mkdir /x 2>&1; touch /y; echo $?'
    box box sh -c 'cat /proc/kcore /proc/timer_list 2>&1 | wc -c; (echo 1 >/proc/sys/kernel/sysrq) 2>&1; ls /sys/firmware | wc -l'
}
@test "capabilities, seccomp, no_new_privs and masks are as above the peer" {
    both confinement
}

files() {
    mkdir -p "$STORE/v-$NAME"
    echo inside >"$STORE/v-$NAME/f"
    box -v "$STORE/v-$NAME:/data:ro" box sh -c 'exec 2>&1; cat /data/f; touch /data/g; echo $?'
    box -v "$STORE/v-$NAME:/data" box touch /data/h
    ls "$STORE/v-$NAME"
    box --read-only box sh -c 'exec 2>&1; touch /x; touch /tmp/y; echo $?'
    box --tmpfs /scratch:size=1m box sh -c 'grep " /scratch " /proc/self/mounts | cut -d" " -f2-3; touch /scratch/a'
    box -v "named-$NAME:/n" box touch /n/a
    box -v "named-$NAME:/n" box ls /n
    box --mount type=tmpfs,destination=/etc,tmpcopyup box grep -c app /etc/passwd
}
@test "volumes, read-only roots and tmpfs" {
    both files
}

devices() {
    box --device /dev/null:/dev/mine box sh -c 'ls -l /dev/mine | cut -c1-10; echo x >/dev/mine && echo written'
    box --device /dev/zero:/dev/mine:r box sh -c 'head -c 3 /dev/mine | wc -c; (echo x >/dev/mine) 2>&1; echo $?'
    # /dev/core: some runtimes make it where the kernel has no /proc/kcore, others do not.
    box box sh -c 'ls /dev | grep -v core; mknod /dev/own c 1 3 && (echo x >/dev/own) 2>&1; echo $?'
}
@test "devices, with their permissions" {
    both devices
}

limits() {
    box --memory 64m --pids-limit 77 --cpus 0.5 box sh -c "$LIMITS_SCRIPT"
    box --ulimit nofile=100:200 --ulimit nproc=1000:1000 box sh -c 'ulimit -n; ulimit -Hn'
    box --sysctl net.ipv4.ip_forward=1 box cat /proc/sys/net/ipv4/ip_forward
    box --oom-score-adj 500 box cat /proc/self/oom_score_adj
    status_of box --memory 16m box sh -c 'x=a; while :; do x=$x$x; done' 2>/dev/null
}
@test "limits, ulimits and sysctls" {
    both limits
}

life() {
    background
    podman_run exec "c-$NAME" echo from exec
    status_of podman_run exec "c-$NAME" sh -c 'exit 5'
    error_of podman_run exec "c-$NAME" no-such-program
    error_of podman_run exec "c-$NAME" /etc/passwd
    podman_run exec --user app --workdir /tmp --env X=y "c-$NAME" sh -c 'id -un; pwd; echo $X'
    echo input | podman_run exec -i "c-$NAME" cat
    podman_run exec --privileged "c-$NAME" grep CapEff /proc/self/status
    podman_run pause "c-$NAME" >/dev/null
    state
    podman_run unpause "c-$NAME" >/dev/null
    podman_run top "c-$NAME" pid user | awk '$1 == 1'
    podman_run stats --no-stream --format '{{.Name}}' "c-$NAME"
    podman_run stop --time 60 "c-$NAME" >/dev/null
    wait_until is_in_state exited && state
    podman_run start "c-$NAME" >/dev/null
    podman_run kill --signal KILL "c-$NAME" >/dev/null
    podman_run wait "c-$NAME"
    remove
}
@test "exec, pause, top, stats, stop, start, kill and wait" {
    both life
}

updates() {
    background --memory 64m
    podman_run update --memory 48m --cpus 0.25 "c-$NAME" >/dev/null
    podman_run exec "c-$NAME" sh -c "$LIMITS_SCRIPT"
    remove
}
@test "update changes limits" {
    both updates
}

terminal() {
    # podman hands SIGWINCH on, too: by a kill that may find the program gone, of which the runtime tells.
    podman_on_terminal run --rm -it --sig-proxy=false --network none box sh -c "tty; $SIZE_SCRIPT"
}
@test "a terminal has the caller's size and follows it" {
    both terminal
}

exec_terminal() {
    background
    podman_on_terminal exec -it "c-$NAME" sh -c "$SIZE_SCRIPT"
    echo "status $?"
    remove
}
@test "exec with a terminal has the caller's size and follows it" {
    both exec_terminal
}

init_process() {
    box --init box sh -c 'cat /proc/1/comm; exit 7'
}
@test "--init puts a small init before the program" {
    need catatonit
    both init_process
}

from_rootfs() {
    podman_run run --rm --network none --rootfs "$STORE/rootfs" echo from a directory
}
@test "--rootfs runs a directory" {
    both from_rootfs
}

pod() {
    podman_run pod create --name "p-$NAME" --hostname podded --network none --share net,uts,ipc,pid >/dev/null
    podman_run run --detach --pod "p-$NAME" --name "c-$NAME" box sleep 1000 >/dev/null
    box --pod "p-$NAME" box sh -c 'hostname; ps | grep -c "[s]leep 1000"'
    wait_until pod_is Running && echo running
    # The pid namespace ends with the first of them, so the other may be gone before it is killed, and this is told.
    podman_run pod stop --time 0 "p-$NAME" >/dev/null 2>&1
    wait_until pod_is Exited && echo exited
    podman_run pod start "p-$NAME" >/dev/null
    wait_until pod_is Running && echo running
    podman_run pod rm --force --time 0 "p-$NAME" >/dev/null 2>&1
}
pod_is() { # STATUS
    [[ $(podman_run pod ps --filter "name=p-$NAME" --format '{{.Status}}') == "$1" ]]
}
@test "the containers of a pod share its namespaces" {
    need catatonit
    both pod
}

kube() {
    cat >"$STORE/kube.yaml" <<-END_OF_FILE
	apiVersion: v1
	kind: Pod
	metadata:
	  name: k-$NAME
	spec:
	  containers:
	  - name: main
	    image: localhost/box:latest
	    imagePullPolicy: Never
	    command: ["/bin/sh", "-c", "id -u; echo \$GREETING; cat /shared/f; $SERVICE_SCRIPT"]
	    env: [{name: GREETING, value: hello}]
	    resources: {limits: {memory: 64Mi}}
	    securityContext: {runAsUser: 1000, readOnlyRootFilesystem: true}
	    volumeMounts: [{name: shared, mountPath: /shared}]
	  volumes:
	  - name: shared
	    hostPath: {path: $STORE/v-kube}
	END_OF_FILE
    sed -i "s/trap \"exit 0\" TERM/trap 'exit 0' TERM/" "$STORE/kube.yaml"
    mkdir -p "$STORE/v-kube"
    echo "of the host" >"$STORE/v-kube/f"
    podman_run play kube --network none "$STORE/kube.yaml" >/dev/null
    wait_until has_started "k-$NAME-main"
    podman_run logs "k-$NAME-main"
    podman_run exec "k-$NAME-main" /bin/sh -c "$LIMITS_SCRIPT" | head -1
    podman_run play kube --down "$STORE/kube.yaml" >/dev/null
    podman_run pod ps --quiet | wc -l
}
@test "play kube makes a pod from a file" {
    need catatonit
    both kube
}

health() {
    podman_run run --detach --name "c-$NAME" --network none --health-cmd 'test -e /tmp/ok' --health-interval disable \
        box sleep 1000 >/dev/null
    status_of podman_run healthcheck run "c-$NAME"
    podman_run exec "c-$NAME" touch /tmp/ok
    status_of podman_run healthcheck run "c-$NAME"
    remove
}
@test "a health check runs in the container" {
    both health
}

own_users() {
    box --uidmap 0:100000:65536 --gidmap 0:100000:65536 box \
        sh -c 'cat /proc/self/uid_map; id -u; touch /made; stat -c %u /made'
    box --userns=auto:size=4096 box sh -c 'awk "{ print \$1, \$3 }" /proc/self/uid_map; id -u; touch /made; stat -c %u /made'
}
@test "a user namespace of its own, of given and of allotted ids" {
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

drop_in() {
    # Read as podman reads it from /etc; the names of runtimes are all that is given.
    local RUNTIME=davit
    cp -a /etc/containers "$STORE/etc"
    mkdir -p "$STORE/etc/containers.conf.d"
    contrib containers.conf >"$STORE/etc/containers.conf.d/50-davit.conf"
    mount --bind "$STORE/etc" /etc/containers
    unset CONTAINERS_CONF
    box --ulimit nofile=1024:1024 --ulimit nproc=1000:1000 box echo hello
    box --ulimit nofile=1024:1024 --ulimit nproc=1000:1000 --cgroups disabled box echo without cgroups
    podman_run info --format '{{.Host.OCIRuntime.Name}} {{.Host.OCIRuntime.Path}}'
    umount /etc/containers
}
@test "the drop-in of contrib/ gives podman a runtime by name" {
    [[ $(drop_in) == "hello"$'\n'"without cgroups"$'\n'"davit $DAVIT" ]]
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
