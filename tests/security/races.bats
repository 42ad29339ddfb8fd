#!/usr/bin/env bats
# races: a volume's paths are exchanged while the runtime works on them, between two calls of its own and not by chance:
# before each call that names the path. tests/security/hostile-run --races does so with davit for every path there is.

load helpers

# raced ONE OTHER PATTERN [--flip] WORD...: the runtime once for each call that names PATTERN, with ONE and OTHER exchanged
# before it; calls `judge` after each. A point is what is called, not when: old runtimes have threads.
raced() {
    local one=$1 other=$2 pattern=$3 points point
    shift 3
    "$TOOLS/race" --brief --list "$BATS_TEST_TMPDIR/list" "${COMMAND[@]}" "$@" "$ID" </dev/null \
        >"$BATS_TEST_TMPDIR/stdout" 2>&1 || { echo "fails undisturbed: $(cat "$BATS_TEST_TMPDIR/stdout")"; return 1; }
    echo "$ID" >>"$CREATED"
    forget
    mapfile -t points < <(points_of "$pattern")
    ((${#points[@]})) || { echo "no call names $pattern: $(head -n 40 "$BATS_TEST_TMPDIR/list")"; return 1; }
    for point in "${points[@]}"; do
        for mode in '' --flip; do
            prepare
            status=0
            # shellcheck disable=SC2086  # no mode, no word
            timeout 100 "$TOOLS/race" --brief --at "$point" $mode "$one" "$other" "${COMMAND[@]}" "$@" "$ID" </dev/null \
                >"$BATS_TEST_TMPDIR/stdout" 2>"$BATS_TEST_TMPDIR/stderr" || status=$?
            stdout=$(cat "$BATS_TEST_TMPDIR/stdout") stderr=$(cat "$BATS_TEST_TMPDIR/stderr")
            forget
            ((status != 99)) || continue
            held
            judge
        done
    done
}
# shellcheck disable=SC2317  # raced calls it
judge() { :; }

# points_of PATTERN: those of the list whose path or source it is.
points_of() {
    awk -F'\t' -v pattern="$1" '{ name = ($5 == "-" ? "" : $5 "/") $6; gsub("//+", "/", name) }
        name ~ pattern || $7 ~ pattern { print $8 }' "$BATS_TEST_TMPDIR/list"
}

@test "2.6d CVE-2019-19921 CVE-2023-27561: a /proc that becomes a link is no place for a procfs" {
    hostile_bundle
    edit_config '.process.args = ["/bin/sh", "-c", "cut -d\" \" -f5,9 /proc/self/mountinfo /bad-proc/self/mountinfo; true"]'
    prepare() {
        rm -rf "${BUNDLE:?}/rootfs/proc" "$BUNDLE/rootfs/bad-proc" "$BUNDLE/rootfs/other"
        mkdir "$BUNDLE/rootfs/proc" "$BUNDLE/rootfs/bad-proc"
        ln -s bad-proc "$BUNDLE/rootfs/other"
    }
    judge() { [[ $stdout != *bad-proc* ]] || vulnerable "procfs is mounted where the image's link leads"; }
    prepare
    raced "$BUNDLE/rootfs/proc" "$BUNDLE/rootfs/other" 'rootfs/proc' run --bundle "$BUNDLE"
}

@test "2.7a CVE-2021-30465: a mount's target that is exchanged leads no mount to the host" {
    hostile_bundle
    new_decoy 1
    mkdir -p "$BUNDLE/volume"
    touch "$BUNDLE/volume/proof"
    # The last mount shows what the runtime has mounted on the host's directory, if it has: in a namespace of its own.
    edit_config --arg volume "$BUNDLE/volume" --arg decoy "$DECOY/1" '.process.args = ["/bin/ls", "/last"]
        | .mounts += [{"destination": "/v", "source": $volume, "options": ["bind"]},
            {"destination": "/v/a/1", "source": $volume, "options": ["bind"]},
            {"destination": "/last", "source": $decoy, "options": ["bind"]}]'
    prepare() {
        rm -rf "$BUNDLE/volume/a" "$BUNDLE/volume/b"
        mkdir -p "$BUNDLE/volume/a/1"
        ln -s "$DECOY" "$BUNDLE/volume/b"
    }
    judge() { [[ $stdout != *proof* ]] || vulnerable "a mount lies on the host's directory"; }
    prepare
    raced "$BUNDLE/volume/a" "$BUNDLE/volume/b" '(v|volume)/a' run --bundle "$BUNDLE"
}

@test "2.12b CVE-2024-45310: a mount's target that is made while its parent is exchanged is not made on the host" {
    hostile_bundle
    new_decoy
    mkdir -p "$BUNDLE/volume"
    edit_config --arg volume "$BUNDLE/volume" --arg file "$BUNDLE/config.json" '.process.args = ["/bin/true"]
        | .mounts += [{"destination": "/v", "source": $volume, "options": ["bind"]},
            {"destination": "/v/a/new/directory", "type": "tmpfs", "source": "tmpfs"},
            {"destination": "/v/a/file", "source": $file, "options": ["bind"]}]'
    prepare() {
        rm -rf "$BUNDLE/volume/a" "$BUNDLE/volume/b"
        mkdir -p "$BUNDLE/volume/a"
        ln -s "$DECOY" "$BUNDLE/volume/b"
    }
    prepare
    raced "$BUNDLE/volume/a" "$BUNDLE/volume/b" '(v|volume)/a' run --bundle "$BUNDLE"
}

@test "2.14e CVE-2025-31133: a null device that is exchanged never masks" {
    hostile_bundle nodev
    mkdir -p "$BUNDLE/dev"
    edit_config --arg dev "$BUNDLE/dev" '.mounts |= map(select(.destination | startswith("/dev") | not))
        | .mounts += [{"destination": "/dev", "source": $dev, "options": ["bind"]}]
        | .linux.maskedPaths = ["/etc/passwd"] | .process.args = ["/bin/stat", "-c", "%t:%T", "/etc/passwd"]'
    prepare() {
        rm -rf "${BUNDLE:?}/dev"
        mkdir "$BUNDLE/dev"
        mknod "$BUNDLE/dev/null" c 1 3
        ln -s /proc/sys/kernel/domainname "$BUNDLE/dev/other"
    }
    judge() { ((status != 0)) || [[ $stdout == 1:3 ]] || vulnerable "another file masks: $stdout"; }
    prepare
    raced "$BUNDLE/dev/null" "$BUNDLE/dev/other" '/null$' run --bundle "$BUNDLE"
}

@test "2.15a CVE-2025-52565: a console is the terminal's own, whatever /dev/pts has become" {
    hostile_bundle
    mkdir -p "$BUNDLE/dev"
    edit_config --arg dev "$BUNDLE/dev" '.mounts |= map(select(.destination | startswith("/dev") | not))
        | .mounts += [{"destination": "/dev", "source": $dev, "options": ["bind"]},
            {"destination": "/dev/pts", "type": "devpts", "source": "devpts",
             "options": ["newinstance", "ptmxmode=0666", "mode=0620"]}]
        | .process.terminal = true | .process.args = ["/bin/stat", "-c", "console=%t", "/dev/console"]'
    prepare() {
        rm -rf "${BUNDLE:?}/dev"
        mkdir -p "$BUNDLE/dev/pts" "$BUNDLE/dev/other"
        mknod "$BUNDLE/dev/null" c 1 3
        ln -s pts/ptmx "$BUNDLE/dev/ptmx"
        touch "$BUNDLE/dev/console"
        for n in 0 1 2 3; do ln -s /proc/sys/kernel/domainname "$BUNDLE/dev/other/$n"; done
    }
    prepare
    # The points of a run on a terminal, which is that of script.
    local words points point
    on_terminal() {
        words=("$TOOLS/race" --brief "$@" "${COMMAND[@]}" run --bundle "$BUNDLE" "$ID")
        status=0
        timeout 100 script -qec "${words[*]@Q}" /dev/null </dev/null >"$BATS_TEST_TMPDIR/stdout" 2>&1 || status=$?
        stdout=$(tr -d '\0\r' <"$BATS_TEST_TMPDIR/stdout") stderr=$stdout
        forget
    }
    on_terminal --list "$BATS_TEST_TMPDIR/list"
    ((status == 0)) || { echo "fails undisturbed: $stdout"; return 1; }
    echo "$ID" >>"$CREATED"
    mapfile -t points < <(points_of 'pts|console')
    ((${#points[@]}))
    for point in "${points[@]}"; do
        prepare
        on_terminal --at "$point" --flip "$BUNDLE/dev/pts" "$BUNDLE/dev/other"
        ((status != 99)) || continue
        held
        ((status != 0)) || [[ $stdout == *console=88* ]] || vulnerable "the console is another file: $stdout"
    done
}

# What is written is harmless, and the domain name is the container's own.
@test "2.16d CVE-2025-52881: what is meant for a sysctl is not written into another file of procfs" {
    hostile_bundle
    edit_config '.linux.sysctl = {"kernel.shm_rmid_forced": "1"} | .linux.namespaces += [{"type": "uts"}, {"type": "ipc"}]
        | .linux.namespaces |= unique_by(.type) | .domainname = "untouched"
        | .process.args = ["/bin/sh", "-c", "cat /proc/sys/kernel/domainname; true"]'
    prepare() {
        rm -rf "${BUNDLE:?}/rootfs/proc" "$BUNDLE/rootfs/other"
        mkdir -p "$BUNDLE/rootfs/proc" "$BUNDLE/rootfs/other/sys/kernel"
        # Where the one is exchanged with the other, the procfs is at the other's name.
        ln -s /other/sys/kernel/domainname "$BUNDLE/rootfs/other/sys/kernel/shm_rmid_forced"
    }
    judge() { [[ $stdout != 1* ]] || vulnerable "the sysctl was written into the domain name"; }
    prepare
    raced "$BUNDLE/rootfs/proc" "$BUNDLE/rootfs/other" 'rootfs/proc|proc/sys|shm_rmid' run --bundle "$BUNDLE"
}

@test "2.22i hardening: a file that becomes a device while tmpcopyup copies it is not opened" {
    [[ $WHICH == davit* ]] || skip "is of davit's own copying"
    hostile_bundle
    edit_config '.process.args = ["/bin/true"]
        | .mounts += [{"destination": "/t", "type": "tmpfs", "source": "tmpfs", "options": ["tmpcopyup"]}]'
    prepare() {
        rm -rf "${BUNDLE:?}/rootfs/t" "$BUNDLE/device"
        mkdir "$BUNDLE/rootfs/t"
        echo text >"$BUNDLE/rootfs/t/watchdog"
        mknod "$BUNDLE/device" c 240 0
    }
    # What opening it says: there is no such device, or the cgroup forbids it.
    judge() { [[ $stderr != *"cannot open watchdog"* ]] || vulnerable "the device was opened"; }
    prepare
    raced "$BUNDLE/rootfs/t/watchdog" "$BUNDLE/device" 'watchdog$' run --bundle "$BUNDLE"
    rm -f "$BUNDLE/device"
}
