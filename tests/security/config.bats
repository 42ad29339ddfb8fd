#!/usr/bin/env bats
# config: paths, texts and numbers of a config, and what the runtime executes, reads and leaves for others.

load helpers

# long N: a text of N bytes.
long() { head -c "$1" /dev/zero | tr '\0' a; }

@test "2.8a CVE-2021-43784: texts as long as a message's length field are refused or kept whole" {
    hostile_bundle
    cp "$BUNDLE/config.json" "$BATS_TEST_TMPDIR/plain.json"
    local length
    for length in 65534 65535 65536 65537 65540; do
        long "$length" >"$BATS_TEST_TMPDIR/text"
        jq --rawfile text "$BATS_TEST_TMPDIR/text" '.process.env += ["LONG=" + $text]
            | .process.args = ["/bin/sh", "-c", "echo ${#LONG}"]' "$BATS_TEST_TMPDIR/plain.json" >"$BUNDLE/config.json"
        run_runtime run --bundle "$BUNDLE" "$ID"
        forget
        held
        ((status != 0)) || [[ $stdout == "$length" ]] || vulnerable "a text of $length bytes became one of $stdout"
        ((length == 65535 || length == 65536)) || continue
        for filter in '(.linux.namespaces[] | select(.type == "uts")).path = "/" + $text' '.hostname = $text' \
            '.mounts += [{"destination": "/mnt", "source": ("/" + $text), "options": ["bind"]}]' \
            '.process.cwd = "/" + $text' '.process.rlimits[0].type = $text' '.root.path = $text' \
            '.linux.cgroupsPath = "/" + $text'; do
            jq --rawfile text "$BATS_TEST_TMPDIR/text" "$filter" "$BATS_TEST_TMPDIR/plain.json" >"$BUNDLE/config.json"
            set_args /bin/true
            run_runtime run --bundle "$BUNDLE" "$ID"
            forget
            held
            # Where cgroups are disabled their path is nothing to anybody.
            ((status != 0)) || [[ $WHICH == crun && $filter == *cgroupsPath* ]] ||
                vulnerable "taken with $length bytes: $filter"
        done
    done
}

@test "2.8b CVE-2021-43784: id maps of 340 lines are written whole, of 341 refused, and nothing is injected" {
    hostile_bundle
    chmod 0755 "$BATS_TEST_TMPDIR" "$BUNDLE"
    chown -R 1000:1000 "$BUNDLE/rootfs"
    cp "$BUNDLE/config.json" "$BATS_TEST_TMPDIR/plain.json"
    local lines
    for lines in 20 340 341 400; do
        jq --argjson n "$lines" '.linux.namespaces += [{"type": "user"}]
            | .linux.uidMappings = [range($n) | {containerID: ., hostID: (1000 + .), size: 1}]
            | .linux.gidMappings = .linux.uidMappings
            | .process.args = ["/bin/sh", "-c", "wc -l </proc/self/uid_map; tail -n 1 /proc/self/uid_map"]' \
            "$BATS_TEST_TMPDIR/plain.json" >"$BUNDLE/config.json"
        run_runtime run --bundle "$BUNDLE" "$ID"
        forget
        held
        read -r counted <<<"$stdout" || true
        ((status != 0)) || [[ $counted == "$lines" ]] || vulnerable "$lines lines became $counted"
        in_davit map_is_right "$lines"
    done
}

map_is_right() { if (($1 <= 340)); then expect_ok; else ((status != 0)) || fail_with "$1 lines were taken"; fi; }

@test "2.8c CVE-2021-43784: a zero byte or a newline in a text injects nothing" {
    hostile_bundle
    new_decoy
    cp "$BUNDLE/config.json" "$BATS_TEST_TMPDIR/plain.json"
    local filter
    for filter in '.hostname = "a\u0000b"' '.process.cwd = "/\u0000x"' '.process.args = ["/bin/true\u0000x"]' \
        '.process.env += ["A=1\u0000B=2"]' '.mounts += [{"destination": "/mnt\u0000x", "type": "tmpfs"}]' \
        '.linux.cgroupsPath = "/a\u0000b"' '.root.path = "rootfs\u0000x"' \
        '.mounts += [{"destination": "/mnt", "type": "tmpfs", "options": ["size=1\u0000x"]}]'; do
        jq "$filter" "$BATS_TEST_TMPDIR/plain.json" >"$BUNDLE/config.json"
        run_runtime create --bundle "$BUNDLE" "$ID"
        forget
        held
        in_davit is_refused "$filter"
    done
}

is_refused() { ((status != 0)) || fail_with "taken: $1"; }

@test "2.20a CVE-2026-84042: no program of the image is executed as the runtime's helper" {
    hostile_bundle
    new_decoy
    local name
    mkdir -p "$BUNDLE/rootfs/usr/sbin" "$BUNDLE/rootfs/usr/local/bin" "$BUNDLE/rootfs/sbin"
    for name in newuidmap newgidmap criu pasta passt slirp4netns mount modprobe ip systemctl busctl nsenter hook davit \
        runc crun; do
        for directory in bin usr/bin usr/sbin usr/local/bin sbin; do
            rm -f "$BUNDLE/rootfs/$directory/$name"
            printf '#!/bin/sh\necho IMAGE %s\n' "$name" >"$BUNDLE/rootfs/$directory/$name"
            chmod 0755 "$BUNDLE/rootfs/$directory/$name"
        done
    done
    printf '#!/bin/sh\ncat >/dev/null; echo "$0" >>%s\n' "$BATS_TEST_TMPDIR/ran" >"$BATS_TEST_TMPDIR/hook"
    chmod 0755 "$BATS_TEST_TMPDIR/hook"
    # The same path in the image, for a hook of the host's.
    mkdir -p "$BUNDLE/rootfs$BATS_TEST_TMPDIR"
    printf '#!/bin/sh\necho IMAGE hook\n' >"$BUNDLE/rootfs$BATS_TEST_TMPDIR/hook"
    chmod 0755 "$BUNDLE/rootfs$BATS_TEST_TMPDIR/hook"
    edit_config --arg hook "$BATS_TEST_TMPDIR/hook" '.hooks = {prestart: [{path: $hook}], createRuntime: [{path: $hook}],
        createContainer: [{path: $hook}], poststart: [{path: $hook}], poststop: [{path: $hook}]}'
    set_args /bin/true
    status=0
    stdout=$(timeout 60 strace -f -qq -o "$BATS_TEST_TMPDIR/trace" -e trace=execve,execveat,pivot_root,chroot \
        "${COMMAND[@]}" run --bundle "$BUNDLE" "$ID" </dev/null 2>&1) || status=$?
    stderr=$stdout
    held
    [[ $stdout != *IMAGE* ]] || vulnerable "a program of the image ran as a hook"
    # Each hook that ran was the host's.
    ! grep -qE 'exec.*"(/usr)?/s?bin/(criu|newuidmap|newgidmap|modprobe|systemctl)"' "$BATS_TEST_TMPDIR/trace" ||
        fail_with "helpers: $(grep exec "$BATS_TEST_TMPDIR/trace")"
}

@test "2.21c CVE-2025-23266: hooks inherit neither the image's environment nor its libraries" {
    hostile_bundle
    # Beside the container's root, where a createContainer hook finds it.
    printf '#!/bin/sh\ncat >/dev/null\necho "$1 LD_PRELOAD=$LD_PRELOAD EVIL=$EVIL" >>%s\n' "$BATS_TEST_TMPDIR/hooks" \
        >"$BATS_TEST_TMPDIR/hook"
    chmod 0755 "$BATS_TEST_TMPDIR/hook"
    edit_config --arg hook "$BATS_TEST_TMPDIR/hook" '.process.env += ["LD_PRELOAD=/evil.so", "EVIL=yes"]
        | .hooks = ({prestart: "a", createRuntime: "b", createContainer: "c", poststart: "d", poststop: "e"}
            | with_entries(.value = [{path: $hook, args: ["hook", .key]}]))'
    set_args /bin/true
    run_runtime run --bundle "$BUNDLE" "$ID"
    held
    forget
    ! grep -qE 'evil|yes' "$BATS_TEST_TMPDIR/hooks" ||
        vulnerable "hooks have the image's environment: $(cat "$BATS_TEST_TMPDIR/hooks")"
    grep -q createContainer "$BATS_TEST_TMPDIR/hooks"
}

@test "2.21d CVE-2022-0811: a sysctl's key or value reaches no other file" {
    hostile_bundle
    new_decoy
    cp "$BUNDLE/config.json" "$BATS_TEST_TMPDIR/plain.json"
    local key before
    before=$(cat /proc/sys/kernel/domainname)
    for key in '../../../../../..'"$DECOY"'/secret' 'net/../kernel/domainname' 'net.../kernel/domainname' \
        'kernel/../../sys/kernel/domainname' 'net.ipv4/../../vm/swappiness' '/kernel/domainname' \
        'net.ipv4.\nip_forward' 'net.ipv4.ip_forward+kernel.shm_rmid_forced=1' 'kernel.shm_rmid_forced/' '' '.' '..'; do
        jq --arg key "$key" '.linux.sysctl = {($key): "1"} | .process.args = ["/bin/true"]' \
            "$BATS_TEST_TMPDIR/plain.json" >"$BUNDLE/config.json"
        run_runtime run --bundle "$BUNDLE" "$ID"
        forget
        held
        in_davit is_refused "$key"
    done
    for key in '1\n2' '1+kernel.domainname=x' $'1\nkernel.domainname=x'; do
        jq --arg value "$key" '.linux.sysctl = {"kernel.shm_rmid_forced": $value} | .process.args = ["/bin/true"]' \
            "$BATS_TEST_TMPDIR/plain.json" >"$BUNDLE/config.json"
        run_runtime run --bundle "$BUNDLE" "$ID"
        forget
        held
        in_davit is_refused "$key"
    done
    expect_equal domainname "$(cat /proc/sys/kernel/domainname)" "$before" || vulnerable "a sysctl reached the host"
}

@test "2.21e CVE-2026-57231: an entry of env without = takes nothing from the runtime's own environment" {
    hostile_bundle
    export HOST_SECRET="decoy secret"
    edit_config '.process.env += ["HOST_SECRET"]'
    contain 'env'
    held
}

@test "2.21f CVE-2021-41103 CVE-2020-15257: the state is root's alone, and no abstract socket is open" {
    hostile_bundle
    start_hostile
    held
    local mode
    chmod 0755 "$ROOT"
    while read -r mode path; do
        (((8#$mode & 8#077) == 0)) || in_davit fail_with "others may use $path: $mode"
    done < <(find "$ROOT" -mindepth 1 -maxdepth 1 -printf '%m %p\n')
    # What this container's runtime has open: abstract sockets begin with @.
    for name in davit runc crun; do
        ! grep -E "@.*($name|$ID)" /proc/net/unix || vulnerable "an abstract socket is open"
    done
    run_runtime exec "$ID" /bin/sh -c 'cat /proc/net/unix | grep @; ls /run /proc/1/fd'
}

@test "2.21g CVE-2015-1331: a state directory that is a link, or another's, is not used" {
    [[ $WHICH == davit* ]] || skip "is of davit's own store"
    hostile_bundle
    new_decoy
    set_args /bin/true
    ln -s "$DECOY/empty" "$ROOT/$ID"
    run_runtime create --bundle "$BUNDLE" "$ID"
    held
    is_refused "a container's directory that is a link"
    rm -f "$ROOT/$ID"
}

@test "2.22a hardening: ids that are paths, options or no names are refused" {
    hostile_bundle
    local id
    set_args /bin/true
    for id in .. . a/b /a '' ' ' 'a b' $'a\nb' ../x "$(long 2000)" 'a$b' 'ä'; do
        run_runtime run --bundle "$BUNDLE" -- "$id"
        runtime delete --force -- "$id" >/dev/null 2>&1 || true
        if ((status == 0)) && [[ $id == *[/]* || $id == .* ]]; then vulnerable "\"$id\" is an id"; fi
        in_davit is_refused "$id"
    done
    # Not behind --: an id that looks like an option.
    run_runtime run --bundle "$BUNDLE" -x
    in_davit is_refused -x
    [[ -z $(find "$BATS_TEST_TMPDIR" -maxdepth 1 -name x) ]]
    : >"$CREATED"
    status=0
}

@test "2.22b hardening: a cgroup path cannot leave the cgroups' tree, nor an exec's sub-cgroup the container's" {
    hostile_bundle
    local path
    set_args /bin/true
    cp "$BUNDLE/config.json" "$BATS_TEST_TMPDIR/plain.json"
    mkdir -p "$BATS_TEST_TMPDIR/elsewhere"
    for path in "/../../../../../../../../..$BATS_TEST_TMPDIR/elsewhere/$TAG" "../../../../../../..$BATS_TEST_TMPDIR/elsewhere/$TAG" \
        "/$TAG-a/../../../../../../../..$BATS_TEST_TMPDIR/elsewhere/$TAG"; do
        jq --arg path "$path" '.linux.cgroupsPath = $path' "$BATS_TEST_TMPDIR/plain.json" >"$BUNDLE/config.json"
        run_runtime run --bundle "$BUNDLE" "$ID"
        forget
        held
        [[ -z $(ls -A "$BATS_TEST_TMPDIR/elsewhere") ]] || vulnerable "a cgroup path made a directory outside"
    done
    find /sys/fs/cgroup -depth -type d -name "*$TAG*" -exec rmdir {} + 2>/dev/null || true
    # Cut off at the tree's top, such a path has parents, which runtimes leave.
    for path in /sys/fs/cgroup /sys/fs/cgroup/*/; do
        (cd "$path" && rmdir -p "${BATS_TEST_TMPDIR#/}/elsewhere") 2>/dev/null || true
    done
    cp "$BATS_TEST_TMPDIR/plain.json" "$BUNDLE/config.json"
    start_hostile
    for path in ../../.. /../.. a/../../..; do
        run_runtime exec --cgroup "$path" "$ID" cat /proc/self/cgroup
        in_davit is_refused "exec --cgroup $path"
    done
    status=0
}

@test "2.22c GHSA-5g49-rx9x-qfc6: resource keys that are paths write no other file" {
    hostile_bundle
    new_decoy
    set_args /bin/true
    cp "$BUNDLE/config.json" "$BATS_TEST_TMPDIR/plain.json"
    local resources
    for resources in '{"hugepageLimits": [{"pageSize": "../../x", "limit": 1}]}' \
        '{"hugepageLimits": [{"pageSize": "2MB/../../x", "limit": 1}]}' \
        '{"unified": {"../cgroup.procs": "1"}}' '{"unified": {"../../../../../..'"$DECOY"'/secret": "1"}}' \
        '{"rdma": {"../x hca_handle=1": {"hcaHandles": 1}}}'; do
        jq --argjson r "$resources" '.linux.resources = $r' "$BATS_TEST_TMPDIR/plain.json" >"$BUNDLE/config.json"
        run_runtime run --bundle "$BUNDLE" "$ID"
        forget
        held
        in_davit is_refused "$resources"
    done
}

@test "2.22d hardening: the host's null device keeps its owner when it is a user's stdin and stdout" {
    hostile_bundle
    local before
    before=$(stat -c '%u:%g %a %t:%T' /dev/null)
    edit_config '.process.user = {"uid": 1000, "gid": 1000}'
    set_args /bin/true
    status=0
    runtime run --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>/dev/null || status=$?
    if [[ $(stat -c '%u:%g %a %t:%T' /dev/null) != "$before" ]]; then
        chown 0:0 /dev/null
        vulnerable "the host's null device was given away"
    fi
    stdout='' stderr=''
    expect_ok
}

@test "2.22e hardening: environment of a megabyte, and the names that runtimes keep for themselves, reach the process unread" {
    hostile_bundle
    long 100000 >"$BATS_TEST_TMPDIR/text"
    edit_config --rawfile text "$BATS_TEST_TMPDIR/text" '.process.env += [range(10) | "LONG\(.)=" + $text]
        + ["_LIBCONTAINER_INITPIPE=9", "_LIBCONTAINER_FIFOFD=9", "_LIBCONTAINER_LOGPIPE=9", "_DAVIT_SEALED=1",
           "LD_PRELOAD=/evil.so", "GCONV_PATH=/evil", "LISTEN_FDS=3", "NOTIFY_SOCKET=/evil", "TWICE=1", "TWICE=2"]'
    contain 'echo ${#LONG9} $_LIBCONTAINER_INITPIPE $_DAVIT_SEALED'
    held
    in_davit expect_stdout "100000 9 1"
}

@test "2.22f hardening: the runtime's own environment cannot take its protection away" {
    [[ $WHICH == davit* ]] || skip "is of davit's own protection"
    hostile_bundle
    set_args /bin/true
    export _DAVIT_SEALED=1
    run_runtime create --bundle "$BUNDLE" "$ID"
    unset _DAVIT_SEALED
    held
    ((status != 0)) || [[ $(readlink "/proc/$(pid_of)/exe") != "$DAVIT" ]] || {
        exec 9<"/proc/$(pid_of)/exe"
        forget
        ! (: >>/proc/self/fd/9) 2>/dev/null || vulnerable "davit waits in the container as the host's own file"
        exec 9<&-
    }
}

# Where cgroup v2 is all there is: what a process cannot reach from its root is not among its mounts.
only_cgroup2() {
    local place=$1 name
    shift
    mkdir -p "$place"
    mount --bind / "$place"
    for name in proc dev tmp run; do mount --rbind "/$name" "$place/$name"; done
    mount -t sysfs sysfs "$place/sys"
    mount -t cgroup2 none "$place/sys/fs/cgroup"
    exec chroot "$place" "$@"
}

@test "2.22g hardening: where no program can filter devices nothing runs, and nothing is left" {
    hostile_bundle
    edit_config '.linux.resources.devices = [{"allow": false, "access": "rwm"}]'
    set_args /bin/echo ran
    local plain=("$RUNTIME" --root "$ROOT") way ways=(error=EPERM error=EINVAL)
    # Loading it, and attaching it.
    in_davit eval 'ways+=(error=EACCES:when=1 error=ENOMEM:when=2)'
    for way in none "${ways[@]}"; do
        COMMAND=(unshare --mount bash -ec "$(declare -f only_cgroup2); only_cgroup2 \"\$@\"" bash "$BATS_TEST_TMPDIR/root")
        [[ $way == none ]] ||
            COMMAND+=(strace -f -qq -e trace=bpf -e "inject=bpf:$way" -o "$BATS_TEST_TMPDIR/trace")
        COMMAND+=("${plain[@]}")
        rm -f "$BATS_TEST_TMPDIR/trace"
        run_runtime run --bundle "$BUNDLE" "$ID"
        if [[ $way == none ]]; then
            [[ $stdout == ran || $stderr == *"filters devices"* ]] || in_davit fail_with "fails undisturbed: $stderr"
            [[ $stdout == ran ]] || skip "needs a runtime that filters devices here: $stderr"
            continue
        fi
        [[ -s $BATS_TEST_TMPDIR/trace ]] || { echo "no program is loaded"; return 1; }
        held
        [[ $stdout != *ran* ]] || vulnerable "it ran without the program ($way)"
        in_davit expect_equal "left in the state directory" "$(find "$ROOT" -mindepth 1 -maxdepth 1 -not -name .cache)" ""
        in_davit expect_stderr_has "the program that filters devices"
        forget
    done
    COMMAND=("${plain[@]}")
}
