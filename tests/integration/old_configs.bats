#!/usr/bin/env bats
# Configs in the shape that engines of past years wrote, for runtime-spec 1.0, 1.1 and 1.2, run unchanged; deprecated
# members behave as the specification says.

load helpers

# What the caller lacks is taken out, as the engines themselves did for him: ranges of ids, cgroups, devices.
adapt() {
    [[ $WAY == root ]] && return
    edit_config 'del(.linux.resources, .linux.cgroupsPath, .process.oomScoreAdj) |
        .linux.namespaces |= map(select(.type != "network")) |
        .mounts |= map(select(.type != "cgroup" and .type != "sysfs") |
            if .options then .options |= map(select(startswith("gid=") | not)) else . end)'
    [[ $WAY == userns ]] || edit_config --argjson id "$(id -u)" '.linux.namespaces += [{type: "user"}] |
        .linux.uidMappings = [{containerID: 0, hostID: $id, size: 1}] | .linux.gidMappings = .linux.uidMappings'
}

bundle_of() {
    new_bundle
    cat >"$BUNDLE/config.json"
    adapt
}

engine_run() {
    run_davit --log-level warning run --bundle "$BUNDLE" "$ID"
    expect_ok
    expect_stdout "$1"
    expect_equal warnings "$stderr" ""
}

@test "a config as docker 19.03 wrote it, of runtime-spec 1.0.1" {
    bundle_of <<'JSON'
{"ociVersion":"1.0.1-dev","process":{"user":{"uid":0,"gid":0},"args":["/bin/sh","-c","echo $HOSTNAME; hostname"],
"env":["PATH=/usr/bin:/bin","HOSTNAME=4d1f"],"cwd":"/","capabilities":{"bounding":["CAP_CHOWN","CAP_KILL"],
"effective":["CAP_CHOWN","CAP_KILL"],"inheritable":["CAP_CHOWN","CAP_KILL"],"permitted":["CAP_CHOWN","CAP_KILL"]},
"oomScoreAdj":0},"root":{"path":"rootfs"},"hostname":"4d1f","mounts":[
{"destination":"/proc","type":"proc","source":"proc","options":["nosuid","noexec","nodev"]},
{"destination":"/dev","type":"tmpfs","source":"tmpfs","options":["nosuid","strictatime","mode=755","size=65536k"]},
{"destination":"/dev/pts","type":"devpts","source":"devpts","options":["nosuid","noexec","newinstance","ptmxmode=0666","mode=0620","gid=5"]},
{"destination":"/sys","type":"sysfs","source":"sysfs","options":["nosuid","noexec","nodev","ro"]},
{"destination":"/sys/fs/cgroup","type":"cgroup","source":"cgroup","options":["ro","nosuid","noexec","nodev"]},
{"destination":"/dev/mqueue","type":"mqueue","source":"mqueue","options":["nosuid","noexec","nodev"]},
{"destination":"/dev/shm","type":"tmpfs","source":"shm","options":["nosuid","noexec","nodev","mode=1777","size=67108864"]}],
"hooks":{"prestart":[{"path":"/bin/true","args":["libnetwork-setkey","-exec-root=/var/run/docker","4d1f","a"]}]},
"linux":{"sysctl":{"net.ipv4.ip_unprivileged_port_start":"0"},"resources":{"devices":[{"allow":false,"access":"rwm"},
{"allow":true,"type":"c","major":1,"minor":5,"access":"rwm"},{"allow":true,"type":"c","major":1,"minor":3,"access":"rwm"},
{"allow":false,"type":"c","major":10,"minor":229,"access":"rwm"}],
"memory":{"disableOOMKiller":false},"cpu":{"shares":0},"pids":{"limit":0},"blockIO":{"weight":0}},
"namespaces":[{"type":"mount"},{"type":"network"},{"type":"uts"},{"type":"pid"},{"type":"ipc"}],
"maskedPaths":["/proc/asound","/proc/acpi","/proc/kcore","/proc/keys","/proc/latency_stats","/proc/timer_list","/proc/timer_stats","/proc/sched_debug","/proc/scsi","/sys/firmware"],
"readonlyPaths":["/proc/bus","/proc/fs","/proc/irq","/proc/sys","/proc/sysrq-trigger"]}}
JSON
    [[ $WAY == root ]] || edit_config 'del(.linux.sysctl)'
    engine_run $'4d1f\n4d1f'
}

@test "a config as podman 3 wrote it, of runtime-spec 1.0.2" {
    bundle_of <<'JSON'
{"ociVersion":"1.0.2-dev","process":{"terminal":false,"user":{"uid":0,"gid":0,"additionalGids":[]},"args":["/bin/sh","-c","umask; ulimit -n"],
"env":["PATH=/usr/bin:/bin","TERM=xterm","container=podman"],"cwd":"/","capabilities":{"bounding":["CAP_CHOWN"],
"effective":["CAP_CHOWN"],"inheritable":["CAP_CHOWN"],"permitted":["CAP_CHOWN"],"ambient":["CAP_CHOWN"]},
"rlimits":[{"type":"RLIMIT_NOFILE","hard":512,"soft":512}]},"root":{"path":"rootfs"},"hostname":"box","mounts":[
{"destination":"/proc","type":"proc","source":"proc","options":["nosuid","noexec","nodev"]},
{"destination":"/dev","type":"tmpfs","source":"tmpfs","options":["nosuid","strictatime","mode=755","size=65536k"]},
{"destination":"/sys","type":"sysfs","source":"sysfs","options":["nosuid","noexec","nodev","ro"]},
{"destination":"/dev/pts","type":"devpts","source":"devpts","options":["nosuid","noexec","newinstance","ptmxmode=0666","mode=0620","gid=5"]},
{"destination":"/run","type":"tmpfs","source":"tmpfs","options":["rw","rprivate","nosuid","nodev","tmpcopyup"]},
{"destination":"/sys/fs/cgroup","type":"cgroup","source":"cgroup","options":["rprivate","nosuid","noexec","nodev","relatime","ro"]},
{"destination":"/tmp","type":"bind","source":"/tmp","options":["rbind","rw","rprivate"]}],
"annotations":{"io.container.manager":"libpod","io.kubernetes.cri-o.TTY":"false","io.podman.annotations.autoremove":"FALSE",
"io.podman.annotations.init":"FALSE","io.podman.annotations.privileged":"FALSE","org.opencontainers.image.stopSignal":"15"},
"linux":{"resources":{"devices":[{"allow":false,"access":"rwm"}],"pids":{"limit":2048}},
"namespaces":[{"type":"pid"},{"type":"network"},{"type":"ipc"},{"type":"uts"},{"type":"mount"},{"type":"cgroup"}],
"maskedPaths":["/proc/acpi","/proc/kcore","/proc/keys","/proc/latency_stats","/proc/timer_list","/proc/timer_stats","/proc/sched_debug","/proc/scsi","/sys/firmware","/sys/fs/selinux","/sys/dev/block"],
"readonlyPaths":["/proc/asound","/proc/bus","/proc/fs","/proc/irq","/proc/sys","/proc/sysrq-trigger"]}}
JSON
    umask 0022
    engine_run $'0022\n512'
}

@test "a config as containerd 1.7 wrote it, of runtime-spec 1.1" {
    bundle_of <<'JSON'
{"ociVersion":"1.1.0","process":{"user":{"uid":0,"gid":0,"additionalGids":[0]},"args":["/bin/sh","-c","cat /proc/sys/kernel/domainname; echo ok"],
"env":["PATH=/usr/bin:/bin"],"cwd":"/","capabilities":{"bounding":["CAP_CHOWN"],"effective":["CAP_CHOWN"],"permitted":["CAP_CHOWN"]},
"noNewPrivileges":true,"rlimits":[{"type":"RLIMIT_NOFILE","hard":1024,"soft":1024}]},"root":{"path":"rootfs"},"domainname":"old.example","mounts":[
{"destination":"/proc","type":"proc","source":"proc","options":["nosuid","noexec","nodev"]},
{"destination":"/dev","type":"tmpfs","source":"tmpfs","options":["nosuid","strictatime","mode=755","size=65536k"]},
{"destination":"/dev/pts","type":"devpts","source":"devpts","options":["nosuid","noexec","newinstance","ptmxmode=0666","mode=0620","gid=5"]},
{"destination":"/dev/shm","type":"tmpfs","source":"shm","options":["nosuid","noexec","nodev","mode=1777","size=65536k"]},
{"destination":"/sys","type":"sysfs","source":"sysfs","options":["nosuid","noexec","nodev","ro"]},
{"destination":"/run","type":"tmpfs","source":"tmpfs","options":["nosuid","strictatime","mode=755","size=65536k"]}],
"linux":{"resources":{"devices":[{"allow":false,"access":"rwm"},{"allow":true,"type":"c","major":1,"minor":3,"access":"rwm"}],
"memory":{"limit":268435456,"checkBeforeUpdate":false},"cpu":{"shares":256,"quota":0,"period":100000},"unified":{}},
"namespaces":[{"type":"pid"},{"type":"ipc"},{"type":"uts"},{"type":"mount"},{"type":"network"}],
"maskedPaths":["/proc/acpi","/proc/kcore"],"readonlyPaths":["/proc/bus","/proc/sys"]}}
JSON
    [[ $WAY == user ]] && edit_config 'del(.process.user.additionalGids)'
    engine_run $'old.example\nok'
}

@test "a config as containerd 2.0 wrote it, of runtime-spec 1.2" {
    bundle_of <<'JSON'
{"ociVersion":"1.2.0","process":{"user":{"uid":0,"gid":0},"args":["/bin/echo","ok"],"env":["PATH=/bin"],"cwd":"/",
"scheduler":{"policy":"SCHED_OTHER","nice":5},"ioPriority":{"class":"IOPRIO_CLASS_BE","priority":4}},"root":{"path":"rootfs"},"mounts":[
{"destination":"/proc","type":"proc","source":"proc","options":["nosuid","noexec","nodev"]},
{"destination":"/dev","type":"tmpfs","source":"tmpfs","options":["nosuid","strictatime","mode=755","size=65536k"]},
{"destination":"/run","type":"tmpfs","source":"tmpfs","options":["nosuid"]}],
"features":{},"annotations":{"io.kubernetes.cri.container-type":"container","io.kubernetes.cri.container-name":"c"},
"linux":{"resources":{"cpu":{"burst":0}},"namespaces":[{"type":"pid"},{"type":"ipc"},{"type":"uts"},{"type":"mount"},{"type":"network"}]}}
JSON
    edit_config 'del(.features, .linux.resources)'
    engine_run ok
}

@test "versions of the specification that do not break it are taken, others refused" {
    new_bundle
    set_args /bin/true
    local version
    for version in 1.0.0 1.0.0-rc5 1.0.2-dev 1.1.0 1.2.1 1.3.0; do
        edit_config --arg version "$version" '.ociVersion = $version'
        run_davit run --bundle "$BUNDLE" "$ID"
        expect_ok
    done
    for version in 2.0.0 0.5.0 one; do
        edit_config --arg version "$version" '.ociVersion = $version'
        run_davit run --bundle "$BUNDLE" "$ID"
        expect_status 1
        expect_stderr_has "ociVersion"
    done
}

@test "prestart hooks, deprecated for createRuntime, run before these in the runtime's namespace" {
    new_bundle
    edit_config --arg out "$BUNDLE/order" '
        .hooks = {prestart: [{path: "/bin/sh", args: ["sh", "-c", "echo prestart >>\($out)"]}],
                  createRuntime: [{path: "/bin/sh", args: ["sh", "-c", "echo createRuntime >>\($out)"]}]}'
    in_container true
    expect_ok
    expect_equal order "$(cat "$BUNDLE/order")" $'prestart\ncreateRuntime'
}

@test "members that the specification took back or left to other platforms are passed over" {
    new_bundle
    edit_config '.process.user.username = "ContainerUser" | .process.commandLine = "cmd" |
        .process.consoleSize = {height: 10, width: 20} | .solaris = {} | .windows = {layerFolders: []} |
        .process.apparmorProfile = "" | .process.selinuxLabel = ""'
    in_container 'id -u'
    expect_ok
    expect_stdout 0
}

@test "limits of kernel memory, deprecated, change nothing" {
    needs root
    new_bundle
    edit_config '.linux.resources.memory = {limit: 104857600, kernel: 1048576, kernelTCP: 52428800}'
    in_container 'echo ok'
    expect_ok
    expect_stdout ok
}

@test "seccomp profiles with a list of names of one, and capabilities in any version, run" {
    needs seccomp
    new_bundle
    edit_config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", architectures: ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"],
        syscalls: [{names: ["mkdir"], action: "SCMP_ACT_ERRNO", args: []},
                   {names: ["swapon"], action: "SCMP_ACT_KILL", args: null}]}'
    in_container 'mkdir /tmp/x 2>&1 || echo refused'
    expect_ok
    expect_stdout_has refused
}
