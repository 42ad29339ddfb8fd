# shellcheck shell=bash
# helpers.bash - what every integration test needs. A test file begins with `load helpers`.
#
# Before each test a state root ($ROOT), an id ($ID) and a place for a bundle ($BUNDLE) are made; after it, containers
# that it created are deleted, and mounts, cgroups, processes, state directories and descriptors must be as before.
# Meanwhile every program that davit executes is audited (audit.c): what it finds fails the test.
# A file with a setup or teardown of its own calls `begin` first and `finish` last.
#
#   new_bundle [DIR]             a busybox bundle in $BUNDLE: rootfs/ and config.json from `davit spec`, no terminal
#   edit_config [OPTION...] JQ   changes $BUNDLE/config.json
#   set_args WORD...             sets process.args;  set_shell SCRIPT  sets them to /bin/sh -c SCRIPT
#   davit WORD...                runs davit --root $ROOT
#   run_davit WORD...            the same, and sets $status, $stdout and $stderr; never fails by itself
#   in_container SCRIPT          runs SCRIPT by /bin/sh in a new container of $BUNDLE; sets the same three
#   start_container [WORD...]    create and start $ID in the background (default: it sleeps until killed)
#   container_state, container_pid       of $ID or of the one given
#   expect_ok / expect_status N / expect_stdout TEXT / expect_stdout_has TEXT / expect_stderr_has TEXT
#   expect_error TEXT            failed, and the first line on stderr is "davit: TEXT", exactly
#   expect_hint TEXT / expect_where TEXT  its further lines;  expect_equal WHAT GOT WANTED
#   expect_nothing_left          as at the end of the test, but now
#   wait_until COMMAND...        polls until it succeeds, for at most 30 s
#   DAVIT_TEST_KEPT=N "$DAVIT" … create --preserve-fds N …  for the audit, which knows it of `davit` and of other commands
#   needs WHAT [NAME]            skips the test unless: root, host, cgroup-v1, cgroup-v2, systemd, seccomp, selinux,
#                                fault-injection, user-namespaces, program NAME, capability NAME, kernel VERSION

WAY=${DAVIT_TEST_WAY:-root}
TAG=${DAVIT_TEST_TAG:-dt$$}

setup() { begin; }
teardown() { finish; }

begin() {
    ROOT=$BATS_TEST_TMPDIR/root
    BUNDLE=$BATS_TEST_TMPDIR/bundle
    ID=$TAG-$BATS_TEST_NUMBER
    CREATED=$BATS_TEST_TMPDIR/created
    : >"$CREATED"
    mkdir -p "$ROOT"
    chmod 0700 "$ROOT"
    audited_before=$(audit_findings | wc -l)
    take_snapshot before
}

finish() {
    local id audited=0
    expect_nobody_alone || audited=1
    while read -r id; do
        "$DAVIT" --root "$ROOT" delete --force "$id" >/dev/null 2>"$BATS_TEST_TMPDIR/delete" ||
            { echo "delete --force $id failed: $(cat "$BATS_TEST_TMPDIR/delete")"; }
    done < <(sort -u "$CREATED")
    expect_clean_audit || audited=1
    expect_nothing_left || { remove_leftovers; return 1; }
    return "$audited"
}

# ---- audit -------------------------------------------------------------------------------------------

audit_findings() {
    [[ -e ${DAVIT_TEST_AUDIT:-/none/none} ]] || return 0
    cat "$DAVIT_TEST_AUDIT"
}

expect_clean_audit() {
    local findings
    mapfile -t -s "${audited_before:-0}" findings < <(audit_findings)
    ((${#findings[@]} == 0)) || { echo "the audit found:"; printf '    %s\n' "${findings[@]}"; return 1; }
}

# The auditor lets this be executed while no davit has lost its parent, but those that wait for start.
nobody_alone() { "$(dirname "$DAVIT_TEST_AUDIT")/left" 2>/dev/null; }

expect_nobody_alone() {
    [[ -n ${DAVIT_TEST_AUDIT-} && -z ${DAVIT_TEST_ON_HOST-} ]] || return 0
    wait_for_seconds 30 nobody_alone || { echo "a davit remains that nobody waits for"; return 1; }
}

# ---- snapshots ---------------------------------------------------------------------------------------

snapshot_mounts() {
    local line
    while read -r line; do
        [[ -n ${DAVIT_TEST_ON_HOST:-} && $line != *"$TAG"* ]] || echo "mount: $line"
    done </proc/self/mountinfo
}

snapshot_processes() {
    local dir stat state command words
    for dir in /proc/[0-9]*; do
        { read -r stat <"$dir/stat"; } 2>/dev/null || continue
        state=${stat##*) }
        [[ $state == Z* ]] && continue
        # By the shell alone: a program for each process of the host, twice for each test, is most of a test's time.
        { mapfile -d '' -t words <"$dir/cmdline"; } 2>/dev/null || continue
        command=
        ((${#words[@]} == 0)) || command="${words[*]} "
        [[ -n ${DAVIT_TEST_ON_HOST:-} && $command != *"$TAG"* ]] && continue
        # The clock of bats itself, which starts beside the test.
        [[ $command == "sleep ${BATS_TEST_TIMEOUT:-none} " ]] && continue
        # Subshells of the test and of what formats its results come and go; killing one would end the file.
        [[ $command == */bats-core/* || $command == "cat " ]] && continue
        stat=${stat%%) *}
        echo "process: ${dir#/proc/} ${stat#*(}: ${command:0:120}"
    done
}

# Descriptors of the test's shell, but only of what davit works with: bats opens and closes its own.
snapshot_descriptors() {
    local fd target
    for fd in "/proc/$$/fd/"*; do
        target=$(readlink "$fd") || continue
        if [[ $target == "$ROOT"* || $target == /sys/fs/cgroup* || $target == [a-z]*:\[*\] && $target != pipe:* ]]; then
            echo "descriptor: ${fd##*/} $target"
        fi
    done
}

# No pipes here: their processes would be in the snapshot.
take_snapshot() {
    local file=$BATS_TEST_TMPDIR/$1
    snapshot_processes >"$file.unsorted"
    {
        snapshot_mounts
        snapshot_descriptors
        find /sys/fs/cgroup -type d -name "*$TAG*" -printf 'cgroup: %p\n' 2>/dev/null || true
        find "$ROOT" -mindepth 1 -maxdepth 1 ! -name .cache -printf 'state: %p\n' 2>/dev/null || true
    } >>"$file.unsorted"
    sort "$file.unsorted" >"$file"
}

# A mount point that somebody else removes, elsewhere, takes its mount out of every namespace: not ours to judge.
nothing_left() {
    take_snapshot after
    comm -13 "$BATS_TEST_TMPDIR/before" "$BATS_TEST_TMPDIR/after" >"$BATS_TEST_TMPDIR/left"
    comm -23 "$BATS_TEST_TMPDIR/before" "$BATS_TEST_TMPDIR/after" | grep '^mount:' |
        grep -Ev ' /(tmp|var|run)/' >"$BATS_TEST_TMPDIR/gone" || true
    ! [[ -s $BATS_TEST_TMPDIR/left || -s $BATS_TEST_TMPDIR/gone ]]
}

expect_nothing_left() {
    wait_for_seconds 10 nothing_left && return 0
    echo "left behind by the test:"
    sed 's/^/    /' "$BATS_TEST_TMPDIR/left"
    sed 's/^/    gone: /' "$BATS_TEST_TMPDIR/gone"
    return 1
}

# The next test must not suffer for this one. Everything named here appeared during the test.
remove_leftovers() {
    local kind rest fields
    while read -r kind rest; do
        case $kind in
        process:) kill -KILL "${rest%% *}" 2>/dev/null ;;
        mount:)
            read -ra fields <<<"$rest"
            umount -l "${fields[4]}" 2>/dev/null
            ;;
        cgroup:) [[ -e $rest/freezer.state ]] && echo THAWED >"$rest/freezer.state" ;;
        esac
    done <"$BATS_TEST_TMPDIR/left"
    find /sys/fs/cgroup -depth -type d -name "*$TAG*" 2>/dev/null | while read -r rest; do
        wait_for_seconds 2 rmdir "$rest" 2>/dev/null
    done
    rm -rf "$ROOT"
}

# ---- waiting, needing --------------------------------------------------------------------------------

wait_for_seconds() {
    local end=$((SECONDS + $1 + 1))
    shift
    until "$@"; do
        ((SECONDS < end)) || return 1
        sleep 0.1
    done
}

wait_until() {
    wait_for_seconds 30 "$@" || { echo "waited 30 s in vain for: $*"; return 1; }
}

needs() {
    case $1 in
    root) [[ $WAY == root ]] || skip "needs root" ;;
    host) [[ -n ${DAVIT_TEST_ON_HOST:-} ]] || skip "needs the host's namespaces" ;;
    cgroup-v2) [[ -e /sys/fs/cgroup/cgroup.controllers ]] || skip "needs cgroup v2" ;;
    cgroup-v1) [[ ! -e /sys/fs/cgroup/cgroup.controllers ]] || skip "needs cgroup v1" ;;
    systemd)
        built_with SYSTEMD || skip "needs a davit with the systemd driver"
        [[ -d /run/systemd/system ]] || skip "needs a host run by systemd"
        # systemd knows processes by their numbers in its own pid namespace.
        [[ -n ${DAVIT_TEST_ON_HOST:-} ]] || skip "needs the host's namespaces"
        ;;
    seccomp) built_with SECCOMP || skip "needs a davit with seccomp" ;;
    selinux) built_with SELINUX || skip "needs a davit with SELinux" ;;
    fault-injection) grep -q DAVIT_STOP_AT "$DAVIT" || skip "needs a davit with fault injection" ;;
    user-namespaces) unshare --user true 2>/dev/null || skip "needs user namespaces" ;;
    program) command -v "$2" >/dev/null || skip "needs the program $2" ;;
    capability) capsh --has-p="cap_$2" >/dev/null 2>&1 || skip "needs CAP_${2^^}" ;;
    kernel) [[ $(printf '%s\n' "$2" "$(uname -r)" | sort -V | head -n1) == "$2" ]] || skip "needs Linux $2" ;;
    *) echo "needs: \"$1\" is not known"; return 1 ;;
    esac
}

built_with() { "$DAVIT" --version | grep -q -- "+$1\\b"; }

# ---- bundles -----------------------------------------------------------------------------------------

new_bundle() {
    BUNDLE=${1:-$BUNDLE}
    mkdir -p "$BUNDLE"
    cp -a --no-preserve=ownership "$DAVIT_TEST_ROOTFS" "$BUNDLE/rootfs"
    if [[ $WAY == user ]]; then
        (cd "$BUNDLE" && "$DAVIT" spec --rootless)
    else
        (cd "$BUNDLE" && "$DAVIT" spec)
    fi
    edit_config '.process.terminal = false | .root.readonly = false'
}

edit_config() {
    jq "$@" "$BUNDLE/config.json" >"$BUNDLE/config.json.new"
    mv "$BUNDLE/config.json.new" "$BUNDLE/config.json"
}

# Shares the host's /usr with the container: for programs, such as python, that no small image has.
share_usr() {
    edit_config '.mounts += [{destination: "/usr", type: "bind", source: "/usr", options: ["rbind", "ro"]}] |
        .process.env += ["PATH=/bin:/usr/bin"]'
    local name
    for name in lib lib64; do
        rm -rf "${BUNDLE:?}/rootfs/$name"
        ln -s "usr/$name" "$BUNDLE/rootfs/$name"
    done
}

# Not jq --args: it takes a word that begins with a dash for an option of its own.
set_args() {
    local word words=()
    for word in "$@"; do
        words+=(--arg "word$((100 + ${#words[@]}))" "$word")
    done
    edit_config "${words[@]}" '.process.args = [$ARGS.named | to_entries | sort_by(.key)[] | .value]'
}
set_shell() { set_args /bin/sh -c "$1"; }

# ---- running davit -----------------------------------------------------------------------------------

# Containers that outlive their command are deleted at the end of the test; of others nothing may be left.
davit() {
    local word last='' keeps='' kept=0
    for word in "$@"; do
        [[ $word == create || $word == -d || $word == --detach || $word == --keep ]] && keeps=1
        [[ $word == exec ]] && break
    done
    for word in "$@"; do
        [[ $last != --preserve-fds ]] || kept=$word
        last=$word
    done
    DAVIT_TEST_KEPT=$kept "$DAVIT" --root "$ROOT" "$@" || return
    if [[ -n $keeps && ${*: -1} == "$TAG"* && $word != exec ]]; then
        echo "${*: -1}" >>"$CREATED"
    fi
}

run_davit() {
    status=0
    davit "$@" </dev/null >"$BATS_TEST_TMPDIR/stdout" 2>"$BATS_TEST_TMPDIR/stderr" || status=$?
    stdout=$(cat "$BATS_TEST_TMPDIR/stdout")
    stderr=$(cat "$BATS_TEST_TMPDIR/stderr")
}

in_container() {
    set_shell "$1"
    run_davit run --bundle "$BUNDLE" "$ID"
}

start_container() {
    if (($#)); then set_args "$@"; else set_args /bin/sleep 3600; fi
    davit create --bundle "$BUNDLE" "$ID" </dev/null >"$BATS_TEST_TMPDIR/output" 2>&1 ||
        { cat "$BATS_TEST_TMPDIR/output"; return 1; }
    davit start "$ID"
}

container_state() { davit state "${1:-$ID}" | jq -r .status; }
container_pid() { davit state "${1:-$ID}" | jq -r .pid; }
container_is() { [[ $(container_state "${2:-$ID}" 2>/dev/null) == "$1" ]]; }

# ---- expectations ------------------------------------------------------------------------------------

fail_with() {
    printf '%s\n' "$@"
    echo "status: ${status-}"
    echo "stdout: ${stdout-}"
    echo "stderr: ${stderr-}"
    return 1
}

expect_status() { [[ $status == "$1" ]] || fail_with "expected status $1"; }
expect_ok() { expect_status 0; }
expect_stdout() { [[ $stdout == "$1" ]] || fail_with "expected on stdout: $1"; }
expect_stdout_has() { [[ $stdout == *"$1"* ]] || fail_with "expected in stdout: $1"; }
expect_stderr_has() { [[ $stderr == *"$1"* ]] || fail_with "expected in stderr: $1"; }

expect_error() {
    ((status != 0)) || fail_with "expected to fail with: $1" || return
    local lines
    mapfile -t lines < <(grep -v '^davit: warning: ' <<<"$stderr")
    [[ ${lines[0]-} == "davit: $1" ]] || fail_with "expected the error: davit: $1"
}

expect_line() {
    local line
    while IFS= read -r line; do
        [[ $line =~ ^\ *$1\ +(.*)$ && ${BASH_REMATCH[1]} == "$2"* ]] && return 0
    done <<<"$stderr"
    fail_with "expected a line \"$1\" with: $2"
}
expect_hint() { expect_line hint "$1"; }
expect_where() { expect_line where "$1"; }

expect_equal() { [[ $2 == "$3" ]] || fail_with "$1: got \"$2\", expected \"$3\""; }
