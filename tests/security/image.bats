#!/usr/bin/env bats
# image: an image's files are links, devices or worse where the runtime writes, mounts or looks.

load helpers

# with_dev_link TARGET: a bundle whose /dev is that link, and without mounts there.
with_dev_link() {
    hostile_bundle
    edit_config '.mounts |= map(select(.destination | startswith("/dev") | not))'
    rmdir "$BUNDLE/rootfs/dev"
    ln -s "$1" "$BUNDLE/rootfs/dev"
}

@test "2.1a CVE-2015-3627: links in the image's /dev lead no descriptor to the host" {
    hostile_bundle nodev
    new_decoy
    for name in stdin stdout stderr fd core; do ln -s "$DECOY/secret" "$BUNDLE/rootfs/dev/$name"; done
    contain 'cat /dev/stdin; cat /dev/fd; echo x >/dev/stdout; ls -l /dev'
    held
    forget
    edit_config '.process.terminal = true'
    run_on_terminal run --bundle "$BUNDLE" "$ID"
    held
}

@test "2.1b CVE-2015-3629: a second start does not follow the links that the first left" {
    hostile_bundle
    new_decoy
    mkdir -p "$BUNDLE/rootfs/mnt/below"
    edit_config '.root.readonly = false
        | .mounts += [{"destination": "/etc/hosts", "source": "'"$BUNDLE/config.json"'", "options": ["bind"]},
            {"destination": "/mnt/below", "type": "tmpfs", "source": "tmpfs"}]'
    contain "cat /etc/hosts >/dev/null && rm -rf /etc/passwd; ls -d /mnt/below"
    expect_ok
    # What the container's processes can do to the image once its mounts are gone.
    rm "$BUNDLE/rootfs/etc/hosts"
    ln -s "$DECOY/secret" "$BUNDLE/rootfs/etc/hosts"
    rm -r "$BUNDLE/rootfs/mnt"
    ln -s "$DECOY" "$BUNDLE/rootfs/mnt"
    forget
    contain "cut -d' ' -f5 /proc/self/mountinfo; cat /etc/hosts | head -n 1"
    held
}

@test "2.1c CVE-2015-3630: what the default config protects below /proc cannot be written" {
    hostile_bundle
    (cd "$BUNDLE" && rm config.json && "$RUNTIME" spec)
    edit_config '.process.terminal = false | .root.readonly = false'
    # Opened for writing, and not written.
    contain 'for f in /proc/asound/x /proc/asound/cards /proc/timer_stats /proc/latency_stats /proc/fs/x \
            /proc/sys/kernel/domainname /proc/irq/default_smp_affinity /proc/bus/x /proc/sysrq-trigger; do
        if (: >>$f) 2>/dev/null && [ ! -c $f ]; then echo "OPEN $f"; fi; done; echo done'
    held
    [[ $stdout != *OPEN* ]] || vulnerable "the container can write below /proc"
}

@test "2.5a CVE-2019-18837: a mount's target that is a link stays inside the root" {
    hostile_bundle
    new_decoy
    local link target
    cp "$BUNDLE/config.json" "$BATS_TEST_TMPDIR/plain.json"
    mkdir "$BUNDLE/data"
    for link in "$DECOY" ../../decoy "../../../../../../../../../../../../..$DECOY"; do
        ln -sfn "$link" "$BUNDLE/rootfs/evil"
        for target in /evil /evil/newdir/x //evil/./newdir/ /evil/../evil/dev; do
            jq --arg target "$target" --arg data "$BUNDLE/data" --arg file "$BATS_TEST_TMPDIR/plain.json" '
                .process.args = ["/bin/true"] | .mounts += [
                    {"destination": $target, "type": "tmpfs", "source": "tmpfs"},
                    {"destination": ($target + "/bind"), "source": $data, "options": ["bind"]},
                    {"destination": ($target + "/file"), "source": $file, "options": ["bind"]}]' \
                "$BATS_TEST_TMPDIR/plain.json" >"$BUNDLE/config.json"
            run_runtime run --bundle "$BUNDLE" "$ID"
            forget
            held
        done
    done
}

@test "2.5b CVE-2019-18837: chains and loops of links, and components of 255 and 256 bytes, stay inside" {
    hostile_bundle
    new_decoy
    local length name
    for length in 39 40 41; do
        mkdir -p "$BUNDLE/rootfs/chain$length"
        ln -s "$DECOY" "$BUNDLE/rootfs/chain$length/1"
        for ((i = 2; i <= length; i++)); do ln -s "$((i - 1))" "$BUNDLE/rootfs/chain$length/$i"; done
    done
    ln -s loop "$BUNDLE/rootfs/loop"
    name=$(printf 'x%.0s' {1..255})
    ln -s "$DECOY" "$BUNDLE/rootfs/$name"
    cp "$BUNDLE/config.json" "$BATS_TEST_TMPDIR/plain.json"
    for target in chain39/39 chain40/40 chain41/41 loop loop/x "$name" "$name/x" "${name}x" "chain39/39/new"; do
        jq --arg target "/$target" '.process.args = ["/bin/true"]
            | .mounts += [{"destination": $target, "type": "tmpfs", "source": "tmpfs"}]' \
            "$BATS_TEST_TMPDIR/plain.json" >"$BUNDLE/config.json"
        run_runtime run --bundle "$BUNDLE" "$ID"
        forget
        held
    done
    in_davit expect_equal verdict "$VERDICT" safe
}

@test "2.6a CVE-2019-19921 CVE-2023-27561 CVE-2023-28642: /proc that is a link is no place for a procfs" {
    hostile_bundle
    mkdir -p "$BUNDLE/rootfs/bad-proc/self/attr" "$BUNDLE/rootfs/a"
    cp "$BUNDLE/config.json" "$BATS_TEST_TMPDIR/plain.json"
    local kind at
    for at in /proc /proc/ /x/../proc; do
        for kind in absolute relative file fifo; do
            rm -rf "$BUNDLE/rootfs/proc"
            case $kind in
            absolute) ln -s /bad-proc "$BUNDLE/rootfs/proc" ;;
            relative) ln -s bad-proc "$BUNDLE/rootfs/proc" ;;
            file) touch "$BUNDLE/rootfs/proc" ;;
            fifo) mkfifo "$BUNDLE/rootfs/proc" ;;
            esac
            jq --arg at "$at" '(.mounts[] | select(.type == "proc")).destination = $at
                | .process.args = ["/bin/sh", "-c", "cut -d\" \" -f5,9 /bad-proc/self/mountinfo"]' \
                "$BATS_TEST_TMPDIR/plain.json" >"$BUNDLE/config.json"
            run_runtime run --bundle "$BUNDLE" "$ID"
            forget
            held
            [[ $stdout != *bad-proc* ]] || vulnerable "procfs is mounted where the image says: $kind, $at"
        done
    done
}

@test "2.6b CVE-2023-27561: /sys that is a link is no place for a sysfs" {
    hostile_bundle
    mkdir -p "$BUNDLE/rootfs/bad-sys"
    rmdir "$BUNDLE/rootfs/sys"
    ln -s /bad-sys "$BUNDLE/rootfs/sys"
    contain 'cut -d" " -f5 /proc/self/mountinfo'
    held
    [[ $stdout != *bad-sys* ]] || vulnerable "sysfs is mounted where the image says"
}

@test "2.6c CVE-2019-19921: a volume whose link leads /proc elsewhere is refused or harmless" {
    hostile_bundle
    mkdir -p "$BUNDLE/volume/real" "$BUNDLE/rootfs/a"
    ln -s real "$BUNDLE/volume/proc"
    edit_config --arg volume "$BUNDLE/volume" '.mounts |= [{"destination": "/a", "source": $volume, "options": ["bind"]}]
        + map(if .type == "proc" then .destination = "/a/proc" else . end)'
    contain 'cut -d" " -f5 /a/proc/self/mountinfo /a/real/self/mountinfo | grep /a/'
    held
    [[ -z $(ls -A "$BUNDLE/volume/real") ]] || vulnerable "a mount lies in the volume on the host"
}

# What runtimes write into an image, or have written.
written_names() {
    printf '%s\n' dev/{null,zero,full,random,urandom,tty,console,ptmx,fd,stdin,stdout,stderr,core,pts,shm,mqueue} \
        etc/{hosts,resolv.conf,hostname,mtab} run/notify .krun_config.json run/.containerenv .dockerenv \
        proc sys .pivot_root .oldroot lost+found sys/fs/cgroup
}

# instead NAME KIND [TARGET]: what the image has at that name.
instead() {
    local at=$BUNDLE/rootfs/$1
    rm -rf "${at:?}"
    mkdir -p "$(dirname "$at")"
    case $2 in
    link) ln -s "$3" "$at" ;;
    fifo) mkfifo "$at" ;;
    directory) mkdir "$at" ;;
    device) mknod "$at" c 1 5 || skip "needs to make device nodes" ;;
    esac
}

@test "2.13a CVE-2025-24965: a link where the runtime writes into the image is not followed to the host" {
    hostile_bundle nodev
    new_decoy
    cp "$BUNDLE/config.json" "$BATS_TEST_TMPDIR/plain.json"
    local name links=("$DECOY/new" "$DECOY/secret" "$DECOY/empty") count=0
    while read -r name; do
        instead "$name" link "${links[count++ % 3]}"
        jq --arg at "/$name" --arg source "$BATS_TEST_TMPDIR/plain.json" '.process.args = ["/bin/true"]
            | if $at | startswith("/etc/") then .mounts += [{"destination": $at, "source": $source, "options": ["bind"]}]
              else . end' "$BATS_TEST_TMPDIR/plain.json" >"$BUNDLE/config.json"
        run_runtime run --bundle "$BUNDLE" "$ID"
        forget
        held
        instead "$name" nothing
    done < <(written_names)
}

@test "2.13b CVE-2025-24965: a fifo, a directory or a device where the runtime writes stops nothing for ever" {
    hostile_bundle nodev
    new_decoy
    set_args /bin/true
    local name kinds=(fifo directory device) count=0
    while read -r name; do
        instead "$name" "${kinds[count++ % 3]}"
        run_runtime run --bundle "$BUNDLE" "$ID"
        forget
        held
        instead "$name" nothing
    done < <(written_names)
}

@test "2.13c CVE-2025-24965: a hard link to a host's file is neither written nor given away" {
    hostile_bundle nodev
    new_decoy
    local name
    for name in null console ptmx stdin stdout full; do
        rm -f "$BUNDLE/rootfs/dev/$name"
        ln "$DECOY/secret" "$BUNDLE/rootfs/dev/$name"
        decoy_snapshot >"$BATS_TEST_TMPDIR/decoy.before"
        set_args /bin/true
        edit_config '.process.user = {"uid": 1000, "gid": 1000}'
        run_runtime run --bundle "$BUNDLE" "$ID"
        forget
        expect_equal "owner and mode with dev/$name" "$(stat -c '%u:%g %a %s' "$DECOY/secret")" "0:0 600 13" ||
            vulnerable "the host's file was given away"
        if ((status == 0)); then VERDICT=safe; else VERDICT=${VERDICT:-refused}; fi
        rm -f "$BUNDLE/rootfs/dev/$name"
    done
}

@test "2.14a CVE-2025-31133: a null device that is a link to procfs is never what masks" {
    hostile_bundle nodev
    edit_config '.linux.maskedPaths = ["/proc/timer_list"]'
    ln -s /proc/sys/kernel/domainname "$BUNDLE/rootfs/dev/null"
    contain 'stat -c "%F %t:%T" /proc/timer_list; grep timer_list /proc/self/mountinfo'
    held
    ((status != 0)) || [[ $stdout == "character special file 1:3"* ]] || vulnerable "another file masks"
}

@test "2.14b CVE-2025-31133: a null device that is a file, a fifo or another device is never what masks" {
    local kind
    hostile_bundle nodev
    edit_config '.linux.maskedPaths = ["/etc/passwd"]'
    for kind in file fifo device directory absent link-to-zero dangling; do
        rm -rf "$BUNDLE/rootfs/dev/null" "$BUNDLE/rootfs/dev/zero"
        case $kind in
        file) echo x >"$BUNDLE/rootfs/dev/null" ;;
        fifo) mkfifo "$BUNDLE/rootfs/dev/null" ;;
        device) mknod "$BUNDLE/rootfs/dev/null" c 1 5 ;;
        directory) mkdir "$BUNDLE/rootfs/dev/null" ;;
        link-to-zero) ln -s zero "$BUNDLE/rootfs/dev/null" ;;
        dangling) ln -s nothing "$BUNDLE/rootfs/dev/null" ;;
        esac
        contain 'stat -c "%F %t:%T" /etc/passwd'
        forget
        held
        ((status != 0)) || [[ $stdout == "character special file 1:3" ]] || vulnerable "with a $kind another file masks"
    done
}

@test "2.14c CVE-2025-31133: a null device that a mount brings is never what masks" {
    hostile_bundle nodev
    mkdir "$BUNDLE/dev"
    ln -s /proc/sys/kernel/domainname "$BUNDLE/dev/null"
    edit_config --arg dev "$BUNDLE/dev" '.mounts |= map(select(.destination | startswith("/dev") | not))
        | .mounts += [{"destination": "/dev", "source": $dev, "options": ["bind"]}]
        | .linux.maskedPaths = ["/etc/passwd"]'
    contain 'stat -c "%F %t:%T" /etc/passwd'
    held
    ((status != 0)) || [[ $stdout == "character special file 1:3" ]] || vulnerable "another file masks"
}

@test "2.14d CVE-2025-31133: output goes where the caller wants it, whatever the image's null device is" {
    hostile_bundle nodev
    ln -s /proc/sys/kernel/domainname "$BUNDLE/rootfs/dev/null"
    contain 'echo hello; cat /proc/sys/kernel/domainname >&2'
    held
    ((status != 0)) || [[ $stdout == hello ]] || vulnerable "stdout went into the image's link"
}

@test "2.18a CVE-2026-41579 CVE-2026-47766: a /dev that is an absolute link makes nothing on the host" {
    new_decoy
    with_dev_link "$DECOY/dev"
    contain 'ls /dev'
    held
}

@test "2.18b CVE-2026-41579 CVE-2026-47766: a /dev that is a relative link makes nothing on the host" {
    new_decoy
    with_dev_link ../../decoy/dev
    contain 'ls /dev'
    held
}

@test "2.18c CVE-2026-41579 CVE-2026-47766: nor at create and start, with a read-only root and a terminal's console" {
    new_decoy
    with_dev_link "$DECOY/dev"
    edit_config '.root.readonly = true'
    start_hostile
    held
}

@test "2.18d CVE-2026-41579: links at /dev/pts, /dev/shm, /dev/mqueue and in the cgroups' directory make nothing" {
    hostile_bundle nodev
    new_decoy
    local name
    cp "$BUNDLE/config.json" "$BATS_TEST_TMPDIR/plain.json"
    for name in pts shm mqueue; do
        rm -rf "$BUNDLE/rootfs/dev/$name"
        ln -s "$DECOY/empty" "$BUNDLE/rootfs/dev/$name"
        jq --arg at "/dev/$name" '.mounts += [{"destination": $at, "type": "tmpfs", "source": "tmpfs"}]
            | .process.args = ["/bin/true"]' "$BATS_TEST_TMPDIR/plain.json" >"$BUNDLE/config.json"
        run_runtime run --bundle "$BUNDLE" "$ID"
        forget
        held
        rm -rf "$BUNDLE/rootfs/dev/$name"
    done
    mkdir -p "$BUNDLE/volume"
    for name in cpu cpuacct memory unified systemd; do ln -s "$DECOY/empty" "$BUNDLE/volume/$name"; done
    jq --arg volume "$BUNDLE/volume" '.process.args = ["/bin/true"]
        | .mounts += [{"destination": "/sys/fs/cgroup", "source": $volume, "options": ["bind"]},
            {"destination": "/sys/fs/cgroup", "type": "cgroup", "source": "cgroup"}]' \
        "$BATS_TEST_TMPDIR/plain.json" >"$BUNDLE/config.json"
    run_runtime run --bundle "$BUNDLE" "$ID"
    held
}

@test "2.19a CVE-2026-88264: a /dev/console that is a link makes no file on the host" {
    hostile_bundle nodev
    new_decoy
    ln -s "$DECOY/console-created" "$BUNDLE/rootfs/dev/console"
    edit_config '.process.terminal = true'
    set_args /bin/true
    run_on_terminal run --bundle "$BUNDLE" "$ID"
    held
}

@test "2.19b CVE-2026-88265: a null device that is a link to a host's file is neither read nor given away" {
    hostile_bundle nodev
    new_decoy
    local how
    ln -s "$DECOY/secret" "$BUNDLE/rootfs/dev/null"
    edit_config '.process.user = {"uid": 1000, "gid": 1000}'
    for how in null closed file pipe; do
        set_shell 'cat <&0; sleep 3600'
        status=0
        case $how in
        null) runtime run --detach --bundle "$BUNDLE" "$ID" </dev/null >"$BATS_TEST_TMPDIR/out" 2>&1 || status=$? ;;
        closed) runtime run --detach --bundle "$BUNDLE" "$ID" <&- >"$BATS_TEST_TMPDIR/out" 2>&1 || status=$? ;;
        file) runtime run --detach --bundle "$BUNDLE" "$ID" <"$BUNDLE/config.json" >"$BATS_TEST_TMPDIR/out" 2>&1 ||
            status=$? ;;
        pipe) runtime run --detach --bundle "$BUNDLE" "$ID" < <(:) >"$BATS_TEST_TMPDIR/out" 2>&1 || status=$? ;;
        esac
        stdout=$(cat "$BATS_TEST_TMPDIR/out") stderr=$stdout
        held
        forget
    done
}
