#!/usr/bin/env bats
# proc: what lies at or below /proc and /sys, and which of it the runtime trusts. What needs AppArmor or SELinux is in
# tests/integration/apparmor.bats and selinux.bats, which run in virtual machines that have them.

load helpers

# false_files DIRECTORY: what procfs has, as empty files; also for mounts in the middle of it.
false_files() {
    local name
    for name in self/attr/exec self/attr/current self/attr/apparmor/exec thread-self/attr/exec sys/kernel/domainname \
        sys/kernel/shm_rmid_forced self/oom_score_adj self/setgroups self/uid_map attr/exec exec oom_score_adj \
        kernel/shm_rmid_forced shm_rmid_forced; do
        mkdir -p "$(dirname "$1/$name")"
        touch "$1/$name"
    done
}

@test "2.4a CVE-2019-16884 CVE-2015-3631: a mount over what sysctls, labels and maps are written through gets nothing" {
    hostile_bundle
    false_files "$BUNDLE/false"
    edit_config '.linux.sysctl = {"kernel.shm_rmid_forced": "1"} | .process.oomScoreAdj = 100'
    local at
    cp "$BUNDLE/config.json" "$BATS_TEST_TMPDIR/plain.json"
    for at in /proc/self /proc/self/attr /proc/thread-self /proc/sys /proc/1 /proc/sys/kernel; do
        for mount in '"type": "tmpfs", "source": "tmpfs"' "\"source\": \"$BUNDLE/false\", \"options\": [\"bind\"]"; do
            jq --arg at "$at" '.process.args = ["/bin/true"] | .mounts += [{"destination": $at, '"$mount"'}]' \
                "$BATS_TEST_TMPDIR/plain.json" >"$BUNDLE/config.json"
            run_runtime run --bundle "$BUNDLE" "$ID"
            forget
            held
            [[ -z $(find "$BUNDLE/false" -type f -size +0) ]] || vulnerable "written into a false file, below $at"
        done
    done
}

@test "2.4b CVE-2019-16884: a /proc that is no procfs writes no label, sysctl or map into the image's files" {
    hostile_bundle
    new_decoy
    local kind
    false_files "$BUNDLE/false"
    false_files "$BUNDLE/rootfs/proc"
    cp "$BUNDLE/config.json" "$BATS_TEST_TMPDIR/plain.json"
    for kind in absent bind; do
        jq --arg false "$BUNDLE/false" --arg kind "$kind" '.mounts |= map(select(.destination != "/proc"))
            | .linux.maskedPaths = [] | .linux.readonlyPaths = [] | .process.args = ["/bin/true"]
            | .linux.sysctl = {"kernel.shm_rmid_forced": "1"} | .process.oomScoreAdj = 100
            | if $kind == "bind" then .mounts += [{"destination": "/proc", "source": $false, "options": ["bind"]}]
              else . end' "$BATS_TEST_TMPDIR/plain.json" >"$BUNDLE/config.json"
        run_runtime run --bundle "$BUNDLE" "$ID"
        forget
        held
        [[ -z $(find "$BUNDLE/false" "$BUNDLE/rootfs/proc" -type f -size +0) ]] ||
            vulnerable "written into false files ($kind): $(find "$BUNDLE"/{false,rootfs/proc} -type f -size +0)"
    done
}

@test "2.10a CVE-2023-25809: an ordinary user's container cannot write to the host's cgroups" {
    local user=64321 share filter control
    hostile_bundle
    chmod 0755 "$BATS_RUN_TMPDIR" "$BATS_RUN_TMPDIR/test" "$BATS_TEST_TMPDIR" "$BUNDLE"
    mkdir -p "$BATS_TEST_TMPDIR/user"
    (cd "$BUNDLE" && rm config.json && "$RUNTIME" spec --rootless)
    cat >"$BUNDLE/rootfs/bin/look" <<-'END'
	#!/bin/sh
	for d in /sys/fs/cgroup /sys/fs/cgroup/*/; do
	    [ "$(stat -f -c %t $d)" != 1021994 ] || continue    # a tmpfs, of the container's own
	    said=$(mkdir $d/davit-x 2>&1) && said=made
	    case $said in *Read-only*) ;; *) echo "$d is writable: $said" ;; esac
	done
	echo done
	END
    chmod 0755 "$BUNDLE/rootfs/bin/look"
    edit_config --argjson user $user '.process.terminal = false | .process.args = ["/bin/look"]
        | .linux |= (.uidMappings = [{"containerID": 0, "hostID": $user, "size": 1}] | .gidMappings = .uidMappings)'
    chown -R $user:$user "$BUNDLE" "$BATS_TEST_TMPDIR/user"
    cp "$BUNDLE/config.json" "$BATS_TEST_TMPDIR/plain.json"
    COMMAND=(setpriv "--reuid=$user" "--regid=$user" --clear-groups env "XDG_RUNTIME_DIR=$BATS_TEST_TMPDIR/user"
        "${COMMAND[@]/#$ROOT/$BATS_TEST_TMPDIR/user/root}")
    # What a config asks for itself is found: the test sees what it looks for.
    control='.mounts += [{"destination": "/sys/fs/cgroup", "source": "/sys/fs/cgroup", "options": ["rbind", "rw"]}]'
    for share in with without control; do
        filter=.
        [[ $share != without ]] || filter='.linux.namespaces |= map(select(.type != "cgroup"))'
        [[ $share != control ]] || filter=$control
        jq "$filter" "$BATS_TEST_TMPDIR/plain.json" >"$BUNDLE/config.json"
        run_runtime run --bundle "$BUNDLE" "$ID"
        forget
        if [[ $share == control ]]; then
            [[ $stdout == *writable* ]] || { echo "not seen where it is: $stdout $stderr"; return 1; }
            continue
        fi
        held
        expect_ok
        [[ $stdout == "done" ]] || vulnerable "the host's cgroups can be written $share a namespace"
    done
}

# traced WORD...: the runtime under strace, into $trace.
traced() {
    trace=$BATS_TEST_TMPDIR/trace
    status=0
    timeout 100 strace -f -qq -s 300 -o "$trace" "$@" </dev/null >"$BATS_TEST_TMPDIR/stdout" 2>"$BATS_TEST_TMPDIR/stderr" ||
        status=$?
    stdout=$(cat "$BATS_TEST_TMPDIR/stdout") stderr=$(cat "$BATS_TEST_TMPDIR/stderr")
}

# A config with all that is written through procfs.
written_config() {
    hostile_bundle
    mkdir -p "$BUNDLE/data"
    edit_config --arg data "$BUNDLE/data" '.process.oomScoreAdj = 100 | .linux.sysctl = {"kernel.shm_rmid_forced": "1"}
        | .process.args = ["/bin/cat", "/proc/sys/kernel/shm_rmid_forced"]
        | .mounts += [{"destination": "/new/a", "source": $data, "options": ["bind"]},
            {"destination": "/new/b", "type": "tmpfs", "source": "tmpfs"}]'
}

@test "2.16a CVE-2025-52881: nothing is written through a path that begins at /proc" {
    written_config
    traced -e trace=open,openat,openat2,creat,execve "${COMMAND[@]}" run --bundle "$BUNDLE" "$ID"
    echo "$ID" >>"$CREATED"
    held
    [[ $status == 0 ]]
    local written='(AT_FDCWD, |open\()"/proc/[^"]*/?(attr/|sys/|uid_map|gid_map|setgroups|oom_score_adj|timens_offsets)[^"]*"'
    # The container's own program ends the list.
    ! grep -E "$written.*O_(WRONLY|RDWR)" "$trace" >"$BATS_TEST_TMPDIR/found" ||
        vulnerable "written by name: $(head -n 5 "$BATS_TEST_TMPDIR/found")"
}

@test "2.12a CVE-2024-45310: no call names a path below the root file system" {
    written_config
    edit_config '.process.args = ["/bin/true"]'
    traced -e trace=%file,mount,move_mount,open_tree "${COMMAND[@]}" run --bundle "$BUNDLE" "$ID"
    echo "$ID" >>"$CREATED"
    held
    [[ $status == 0 ]]
    ! grep -E "(openat2?|open|mkdir|mkdirat|mknod|mknodat|mount|chown|fchownat|symlink|symlinkat|unlink|unlinkat)\(.*\"$BUNDLE/rootfs/[^\"]" \
        "$trace" >"$BATS_TEST_TMPDIR/found" || vulnerable "by name: $(head -n 5 "$BATS_TEST_TMPDIR/found")"
}

@test "2.16b CVE-2025-52881: where the runtime's own /proc is false, nothing of the host is written" {
    written_config
    cat >"$BATS_TEST_TMPDIR/inside" <<-'END'
	mkdir "$1/tmp-proc"
	mount -t tmpfs none "$1/tmp-proc"
	ln -s /proc/sys/kernel/domainname "$1/tmp-proc/exec"
	ln -s /proc/sys/kernel/domainname "$1/tmp-proc/current"
	mount --bind "$1/tmp-proc" /proc/self/attr 2>/dev/null || mount --bind "$1/tmp-proc" /proc/1/attr
	mount --bind "$1/tmp-proc" /proc/sys/net
	before=$(cat /proc/sys/kernel/domainname)
	shift
	"$@" </dev/null
	status=$?
	[ "$(cat /proc/sys/kernel/domainname)" = "$before" ] || echo WRITTEN
	exit $status
	END
    edit_config '.linux.sysctl += {"net.ipv4.ip_forward": "1"} | .linux.namespaces += [{"type": "network"}]
        | .linux.namespaces |= unique_by(.type)'
    status=0
    unshare --mount --uts --propagation private sh "$BATS_TEST_TMPDIR/inside" "$BATS_TEST_TMPDIR" "${COMMAND[@]}" \
        run --bundle "$BUNDLE" "$ID" </dev/null >"$BATS_TEST_TMPDIR/stdout" 2>"$BATS_TEST_TMPDIR/stderr" || status=$?
    echo "$ID" >>"$CREATED"
    stdout=$(cat "$BATS_TEST_TMPDIR/stdout") stderr=$(cat "$BATS_TEST_TMPDIR/stderr")
    held
    [[ $stdout != *WRITTEN* ]] || vulnerable "the host's domain name was written"
    ((status != 0)) || [[ $stdout == 1* ]] || vulnerable "the sysctl has no effect"
}

@test "2.16c hardening: a kernel without fsopen, openat2 or open_tree is refused, or nothing is lost" {
    [[ $WHICH == davit* ]] || skip "is of davit's own calls"
    local call
    for call in fsopen fsmount open_tree move_mount mount_setattr openat2 close_range execveat; do
        written_config
        traced -e "inject=$call:error=ENOSYS" -e trace=none "${COMMAND[@]}" run --bundle "$BUNDLE" "$ID"
        echo "$ID" >>"$CREATED"
        forget
        held
        ((status != 0)) || expect_stdout 1
        rm -rf "$BUNDLE"
    done
}

@test "2.21h CVE-2016-8649: descriptors in the waiting and in the running process are none of the host's" {
    hostile_bundle
    set_args /bin/sleep 3600
    run_runtime create --bundle "$BUNDLE" "$ID"
    held
    local pid link fd hosts
    pid=$(pid_of)
    hosts=$(cut -d' ' -f1 /proc/self/mountinfo)
    for fd in "/proc/$pid/fd/"*; do
        link=$(readlink "$fd") || continue
        ((${fd##*/} > 2)) || continue
        [[ $link == *:\[* || $link == anon_inode:* || $link == */exec.fifo ]] && continue
        ! grep -qx "$(sed -n 's/^mnt_id:\t//p' "/proc/$pid/fdinfo/${fd##*/}")" <<<"$hosts" ||
            vulnerable "the waiting process has $link of the host"
    done
    run_runtime start "$ID"
    wait_until grep -q sleep "/proc/$pid/cmdline"
    expect_equal descriptors "$(find "/proc/$pid/fd" -type l | wc -l)" 3 || vulnerable "more than three descriptors"
}
