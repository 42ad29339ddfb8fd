# shellcheck shell=bash
# helpers.bash - what the tests of known escapes share, on top of the integration tests' own.
#
# Each test is named "ID NUMBER: sentence", ID being its row of docs/security.md, and runs any runtime with runc's command
# line: $RUNTIME, davit by default. It ends with a verdict, which the runner collects:
#   safe          the container ran, and what was attacked is as before
#   refused       the runtime would not start it, and what was attacked is as before
#   vulnerable    the attack worked: the test has failed, and its output begins with VULNERABLE
#   broken        the test failed by anything else
#
#   hostile_bundle [nodev]       a busybox bundle; nodev: without mounts on /dev but /dev/pts, so that the image's is used
#   new_decoy [NAME...]          a directory of the host, $DECOY, that nothing may change
#   runtime WORD...              runs the runtime;  run_runtime WORD... also sets $status, $stdout and $stderr
#   run_on_terminal WORD...      the same, on a terminal
#   contain SCRIPT               runs SCRIPT by /bin/sh in a new container of $BUNDLE
#   held                         whatever the runtime did, it was no escape: see held_or_refused
#   start_hostile [WORD...]      creates and starts $ID (default: it sleeps until it is killed)
#   vulnerable TEXT              the attack worked
#   decoy_untouched, mounts_untouched
#   in_davit COMMAND...          an expectation of davit alone

load ../integration/helpers

RUNTIME=${DAVIT_TEST_RUNTIME:-$DAVIT}
TOOLS=${DAVIT_TEST_TOOLS-}

# crun 1.8.1 cannot work with hybrid cgroups, but knows cgroup v2 when it sees no other. The mount goes with this file's
# namespace.
setup_file() {
    [[ $(basename "$RUNTIME") == crun && ! -e /sys/fs/cgroup/cgroup.controllers ]] || return 0
    mount -t cgroup2 none /sys/fs/cgroup
}

setup() {
    WHICH=$(basename "$RUNTIME")
    VERDICT=''
    needs root
    begin
    COMMAND=("$RUNTIME" --root "$ROOT")
    [[ $WHICH != crun ]] || COMMAND+=(--cgroup-manager=disabled)
    host_mounts >"$BATS_TEST_TMPDIR/mounts"
}

teardown() {
    local result=0
    [[ -n ${BATS_TEST_SKIPPED-} ]] && return 0
    if [[ $WHICH == davit* ]]; then
        finish || result=1
    else
        finish_other
    fi
    if [[ $VERDICT != vulnerable && ( -z ${BATS_TEST_COMPLETED-} || $result != 0 ) ]]; then
        VERDICT=broken
    fi
    if [[ -n ${DAVIT_TEST_VERDICTS-} ]]; then
        echo "${VERDICT:-safe}" >"$DAVIT_TEST_VERDICTS/${BATS_TEST_DESCRIPTION%% *}"
    fi
    return "$result"
}

# What another runtime leaves is not this suite's subject.
finish_other() {
    local id
    while read -r id; do
        runtime kill "$id" KILL
        runtime delete --force "$id"
    done < <(sort -u "$CREATED") >/dev/null 2>&1
    wait_for_seconds 2 nothing_left || remove_leftovers
} >/dev/null 2>&1

# ---- bundles -----------------------------------------------------------------------------------------

hostile_bundle() {
    new_bundle
    edit_config '.ociVersion = "1.0.2" | .process.noNewPrivileges = false'
    if [[ ${1-} == nodev ]]; then
        edit_config '.mounts |= map(select(.destination | test("^/dev(/shm|/mqueue)?$") | not))'
    fi
}

new_decoy() {
    DECOY=$BATS_TEST_TMPDIR/decoy
    mkdir -p "$DECOY/dev" "$DECOY/empty" "${@/#/$DECOY/}"
    echo "of the host" >"$DECOY/dev/ptmx"
    echo "decoy secret" >"$DECOY/secret"
    chmod 0600 "$DECOY/secret"
    decoy_snapshot >"$BATS_TEST_TMPDIR/decoy.before"
}

decoy_snapshot() {
    find "$DECOY" -printf '%p %y %U:%G %m %n %s %l\n' | sort
    find "$DECOY" -type f -exec sha256sum {} + | sort
}

# Of mounts whose source is not of this test alone, nothing may appear on the host.
host_mounts() { sed -E 's/^[0-9]+ [0-9]+ //' /proc/self/mountinfo; }

# ---- running -----------------------------------------------------------------------------------------

runtime() {
    local word
    for word in "$@"; do
        [[ $word == create || $word == run ]] && echo "${*: -1}" >>"$CREATED"
    done
    "${COMMAND[@]}" "$@"
}

run_runtime() {
    status=0
    runtime "$@" </dev/null >"$BATS_TEST_TMPDIR/stdout" 2>"$BATS_TEST_TMPDIR/stderr" || status=$?
    stdout=$(tr -d '\0' <"$BATS_TEST_TMPDIR/stdout")
    stderr=$(cat "$BATS_TEST_TMPDIR/stderr")
}

# On a terminal of its own; both streams are in $stdout.
run_on_terminal() {
    local words=("${COMMAND[@]}" "$@")
    echo "${*: -1}" >>"$CREATED"
    status=0
    script -qec "${words[*]@Q}" /dev/null </dev/null >"$BATS_TEST_TMPDIR/stdout" 2>&1 || status=$?
    stdout=$(tr -d '\0\r' <"$BATS_TEST_TMPDIR/stdout")
    stderr=$stdout
}

contain() {
    set_shell "$1"
    run_runtime run --bundle "$BUNDLE" "$ID"
}

# A container that is created and one that is started inherit the standard streams: files, no pipes of ours.
start_hostile() {
    if (($#)); then set_args "$@"; else set_args /bin/sleep 3600; fi
    run_runtime create --bundle "$BUNDLE" "$ID"
    ((status == 0)) || return 0
    runtime start "$ID" </dev/null >>"$BATS_TEST_TMPDIR/stdout" 2>&1 || status=$?
}

pid_of() { runtime state "${1:-$ID}" | jq -r .pid; }

in_davit() {
    if [[ $WHICH == davit* ]]; then "$@"; fi
}

# ---- verdicts ----------------------------------------------------------------------------------------

vulnerable() {
    VERDICT=vulnerable
    echo "VULNERABLE: $*"
    echo "status: ${status-}"
    echo "stdout: ${stdout-}"
    echo "stderr: ${stderr-}"
    return 1
}

decoy_untouched() {
    decoy_snapshot >"$BATS_TEST_TMPDIR/decoy.after"
    cmp -s "$BATS_TEST_TMPDIR/decoy.before" "$BATS_TEST_TMPDIR/decoy.after" ||
        vulnerable "the host's directory has changed: $(diff "$BATS_TEST_TMPDIR"/decoy.{before,after})"
}

mounts_untouched() {
    host_mounts >"$BATS_TEST_TMPDIR/mounts.after"
    if [[ -n $(comm -13 <(sort "$BATS_TEST_TMPDIR/mounts") <(sort "$BATS_TEST_TMPDIR/mounts.after")) ]]; then
        vulnerable "mounts have appeared on the host: $(diff "$BATS_TEST_TMPDIR"/mounts{,.after})"
    fi
}

# After a run: the oracles, and what a refusal looks like. A test of several runs is refused when all of them are.
held() {
    if [[ -n ${DECOY-} ]]; then
        decoy_untouched
    fi
    mounts_untouched
    [[ $stdout$stderr != *"decoy secret"* ]] || vulnerable "the host's secret was read"
    if ((status == 0)); then
        VERDICT=safe
    else
        : "${VERDICT:=refused}"
        in_davit is_clear_refusal
    fi
}

# davit ends by itself, and says why in a line of its own.
is_clear_refusal() {
    ((status < 128 || status == 255)) || fail_with "davit ended by a signal"
    [[ $stderr == *"davit: "* ]] || fail_with "davit gives no reason"
    [[ $stderr != *Sanitizer* ]] || fail_with "a sanitizer found a fault"
}

# forget: the next run of the same test begins with a container of the same name.
forget() { runtime delete --force "$ID" >/dev/null 2>&1 || true; }
