# helpers.bash - what the engines' suites share. Each scenario is a function that runs twice, with $RUNTIME a peer that is
# known to work and then davit; what both print, and how they end, must be the same.
#
#   both SCENARIO         runs it above both, compares
#   status_of COMMAND…    a line "status N", for a command that may fail
#   on_terminal COMMAND…  on a pseudo-terminal, for a command that runs $SIZE_SCRIPT
#   wait_until COMMAND…   polls up to two minutes
#
# No output may depend on timing: what takes its time is waited for, and then printed.

# shellcheck disable=SC2034  # read by the suites

bats_require_minimum_version 1.5.0

# The distribution's own packages, before what else is installed here.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/sbin:/usr/local/bin
PEER=${PEER:?the path of a runtime that is known to work}
SECOND_PEER=$(command -v runc)
DAVIT=${DAVIT:?the path of davit}

need() {
    local program
    for program in "$@"; do
        command -v "$program" >/dev/null || skip "needs $program"
    done
}

# Sets STORE, where the file's engine keeps everything: in memory, since engines give up on a disk that is slow to sync,
# and with a short name, since sockets are in it. tests/engines/run gives each run a /run of its own.
make_store() {
    export STORE
    STORE=$(mktemp -d /run/engine.XXXXXX)
    chmod 0755 "$STORE"
    make_rootfs "$STORE/rootfs"
}

# An image's root: busybox alone.
make_rootfs() { # DIRECTORY
    mkdir -p "$1"/{bin,dev,etc,home/app,proc,root,run,sys,tmp,usr/bin,var}
    cp "$(command -v busybox)" "$1/bin/busybox"
    local name
    for name in $("$1/bin/busybox" --list); do
        [[ $name == busybox ]] || ln -s busybox "$1/bin/$name"
    done
    printf '%s\n' root:x:0:0:root:/root:/bin/sh app:x:1000:1000:app:/home/app:/bin/sh >"$1/etc/passwd"
    printf '%s\n' root:x:0: app:x:1000: wheel:x:10:app >"$1/etc/group"
    chmod 1777 "$1/tmp"
}

wait_until() { # COMMAND [ARG]…
    local end=$((SECONDS + 120))
    until "$@"; do
        ((SECONDS < end)) || { echo "in vain: $*"; return 1; }
        sleep 0.1
    done
}

# A file of contrib/ as `make install` puts it, for a davit where the one under test is.
contrib() { # NAME
    sed "s,@bindir@,$(dirname "$DAVIT"),g" "$DAVIT_TEST_CONTRIB/$1.in"
}

no_process() { # PID
    [[ ! -d /proc/$1 || $(awk '{ print $3 }' "/proc/$1/stat" 2>/dev/null) == Z ]]
}

# What differs from run to run and means nothing: ids, times, names.
normalize() {
    sed -E "s/-$NAME\\b/-NAME/g" | sed -E 's/[0-9a-f]{64}/ID/g; s/\b[0-9a-f]{11,12}\b/ID/g; s/[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+(Z|[+-][0-9:]+)?/TIME/g'
}

# A scenario that has a line "SCENARIO: reason" in the file `differences` beside this one has another peer.
both() { # SCENARIO
    local scenario=$1 peer=$PEER name=peer
    if grep -q "^$scenario: " "${BATS_TEST_DIRNAME}/differences"; then
        peer=$SECOND_PEER name=second
    fi
    RUNTIME=$peer in_turn "$scenario" "$name"
    RUNTIME=$DAVIT in_turn "$scenario" davit
    diff -u --label "$(basename "$peer")" --label davit "$BATS_TEST_TMPDIR/$name.out" "$BATS_TEST_TMPDIR/davit.out"
}

in_turn() { # SCENARIO NAME
    local status=0
    NAME=$2
    # A function in a condition runs without errexit; a scenario's status is that of its last command, and every
    # command's output counts.
    ("$1") >"$BATS_TEST_TMPDIR/$2.raw" 2>&1 || status=$?
    { normalize <"$BATS_TEST_TMPDIR/$2.raw"; echo "status $status"; } >"$BATS_TEST_TMPDIR/$2.out"
    echo "--- above $2:"
    cat "$BATS_TEST_TMPDIR/$2.out"
}

status_of() { # COMMAND [ARG]…
    local status=0
    "$@" || status=$?
    echo "status $status"
}

# The words of an error that engines tell apart, and those that they put to it, in small letters.
TOLD_ERRORS='executable file not found in \$path|permission denied|no such file or directory|unknown flag: .*'
TOLD_ERRORS+='|oci runtime (create|exec) failed|oci permission denied|oci runtime attempted.*'
error_of() { # COMMAND [ARG]…
    local status=0
    "$@" >"$BATS_TEST_TMPDIR/error" 2>&1 || status=$?
    # crun names the file, and puts the cause to it.
    tr '[:upper:]' '[:lower:]' <"$BATS_TEST_TMPDIR/error" |
        sed -E 's/executable file [^ ]+ not found/executable file not found/; s/(in \$path): no such file or directory/\1/' |
        grep -oE "$TOLD_ERRORS" | sort -u
    echo "status $status"
}

# The limits of the cgroup that a container sees, whichever version it is.
LIMITS_SCRIPT='cat /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/pids/pids.max \
    /sys/fs/cgroup/cpu/cpu.cfs_quota_us /sys/fs/cgroup/memory.max /sys/fs/cgroup/pids.max /sys/fs/cgroup/cpu.max 2>/dev/null'

# Its terminal has the size it began with; then it follows a change, and takes a line. Nothing is printed after the line, so
# that nothing is read from a terminal that is about to go.
SIZE_SCRIPT='stty -echo; until [ "$(stty size 2>/dev/null)" = "24 80" ]; do sleep 0.1; done; echo READY
    until [ "$(stty size 2>/dev/null)" = "40 100" ]; do sleep 0.1; done; echo 40 100
    read -r line; test "$line" = "an answer" && exit 4'

on_terminal() { # COMMAND [ARG]…
    python3 "${BATS_TEST_DIRNAME}/on_terminal.py" "$@"
}

# Ends, with SIGTERM, with status 0; prints started when it listens. Its children come and go.
SERVICE_SCRIPT='trap "exit 0" TERM; echo started; while :; do sleep 0.1; done'
