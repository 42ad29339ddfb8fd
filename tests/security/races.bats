#!/usr/bin/env bats
# races: a volume's paths are exchanged while the runtime works on them, between two calls of its own and not by chance:
# before each call that names the path. tests/security/hostile-run --races does so with davit for every path there is.

load helpers

# raced ONE OTHER PATTERN [--flip] WORD...: the runtime once for each call that names PATTERN, with ONE and OTHER exchanged
# before it; calls `judge` after each. Old runtimes have threads, and do not repeat themselves exactly.
raced() {
    local one=$1 other=$2 pattern=$3 points point
    shift 3
    "$TOOLS/race" --list "$BATS_TEST_TMPDIR/list" "${COMMAND[@]}" "$@" "$ID" </dev/null \
        >"$BATS_TEST_TMPDIR/stdout" 2>&1 || true
    echo "$ID" >>"$CREATED"
    forget
    mapfile -t points < <(grep -E "$pattern" "$BATS_TEST_TMPDIR/list" | cut -d' ' -f1 | head -n 40)
    ((${#points[@]})) || { echo "no call names $pattern: $(head -n 40 "$BATS_TEST_TMPDIR/list")"; return 1; }
    for point in "${points[@]}"; do
        for mode in '' --flip; do
            prepare
            status=0
            # shellcheck disable=SC2086  # no mode, no word
            timeout 100 "$TOOLS/race" --at "$point" $mode "$one" "$other" "${COMMAND[@]}" "$@" "$ID" </dev/null \
                >"$BATS_TEST_TMPDIR/stdout" 2>"$BATS_TEST_TMPDIR/stderr" || status=$?
            stdout=$(cat "$BATS_TEST_TMPDIR/stdout") stderr=$(cat "$BATS_TEST_TMPDIR/stderr")
            forget
            ((status != 99)) || continue
            held
            judge
        done
    done
}
judge() { :; }

@test "2.7a CVE-2021-30465: a mount's target that is exchanged leads no mount to the host" {
    hostile_bundle
    new_decoy
    mkdir -p "$BUNDLE/volume"
    edit_config --arg volume "$BUNDLE/volume" '.process.args = ["/bin/cat", "/v/a/1/secret", "/v/a/1/../secret"]
        | .mounts += [{"destination": "/v", "source": $volume, "options": ["bind"]},
            {"destination": "/v/a/1", "type": "tmpfs", "source": "tmpfs"},
            {"destination": "/v/a/2", "source": $volume, "options": ["bind"]}]'
    prepare() {
        rm -rf "$BUNDLE/volume/a" "$BUNDLE/volume/b"
        mkdir -p "$BUNDLE/volume/a/1" "$BUNDLE/volume/a/2"
        ln -s "$DECOY" "$BUNDLE/volume/b"
    }
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
    raced "$BUNDLE/volume/a" "$BUNDLE/volume/b" '(v/a|volume/a|\bnew\b|\bfile\b)' run --bundle "$BUNDLE"
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
    raced "$BUNDLE/dev/null" "$BUNDLE/dev/other" '(\bdev/null|[ "/]null)' run --bundle "$BUNDLE"
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
        for n in 0 1 2 3; do ln -s /proc/sys/kernel/domainname "$BUNDLE/dev/other/$n"; done
    }
    prepare
    # The points of a run on a terminal, which is that of script.
    local words points point
    on_terminal() {
        words=("$TOOLS/race" "$@" "${COMMAND[@]}" run --bundle "$BUNDLE" "$ID")
        status=0
        timeout 100 script -qec "${words[*]@Q}" /dev/null </dev/null >"$BATS_TEST_TMPDIR/stdout" 2>&1 || status=$?
        stdout=$(tr -d '\0\r' <"$BATS_TEST_TMPDIR/stdout") stderr=$stdout
        forget
    }
    on_terminal --list "$BATS_TEST_TMPDIR/list"
    echo "$ID" >>"$CREATED"
    mapfile -t points < <(grep -E 'pts|console' "$BATS_TEST_TMPDIR/list" | cut -d' ' -f1 | head -n 40)
    ((${#points[@]}))
    for point in "${points[@]}"; do
        prepare
        on_terminal --at "$point" "$BUNDLE/dev/pts" "$BUNDLE/dev/other"
        ((status != 99)) || continue
        held
        ((status != 0)) || [[ $stdout == *console=88* ]] || vulnerable "the console is another file: $stdout"
    done
}
