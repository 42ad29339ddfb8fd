# helpers.bash - what the engines' suites share. Each scenario is a function that runs twice, with $RUNTIME a peer that is
# known to work and then davit; what both print, and how they end, must be the same.
#
#   both SCENARIO         runs it above both, compares
#   podman_run …          podman with stores of this file's own
#   wait_until COMMAND…   polls up to 60 seconds

# shellcheck disable=SC2034  # read by the suites

bats_require_minimum_version 1.5.0

PEER=${PEER:-$(command -v runc)}
DAVIT=${DAVIT:?the path of davit}

need() {
    local program
    for program in "$@"; do
        command -v "$program" >/dev/null || skip "needs $program"
    done
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
    local end=$((SECONDS + 60))
    until "$@"; do
        ((SECONDS < end)) || { echo "in vain: $*"; return 1; }
        sleep 0.1
    done
}

# What differs from run to run and means nothing: ids, times, names.
normalize() {
    sed -E "s/-$NAME\\b/-NAME/g" | sed -E 's/[0-9a-f]{64}/ID/g; s/\b[0-9a-f]{11,12}\b/ID/g; s/[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+(Z|[+-][0-9:]+)?/TIME/g'
}

# A difference that is meant, with its reason, is a line "SCENARIO: reason" in the file `differences` beside this one:
# then both must only end alike.
both() { # SCENARIO
    local scenario=$1 reason
    RUNTIME=$PEER in_turn "$scenario" peer
    RUNTIME=$DAVIT in_turn "$scenario" davit
    reason=$(sed -n "s/^$scenario: //p" "${BATS_TEST_DIRNAME}/differences")
    if [[ $reason ]]; then
        diff "$BATS_TEST_TMPDIR/peer.status" "$BATS_TEST_TMPDIR/davit.status"
        return
    fi
    diff -u --label "$(basename "$PEER")" --label davit "$BATS_TEST_TMPDIR/peer.out" "$BATS_TEST_TMPDIR/davit.out"
}

in_turn() { # SCENARIO NAME
    local status=0
    NAME=$2
    # A function in a condition runs without errexit; a scenario's status is that of its last command, and every
    # command's output counts.
    ("$1") >"$BATS_TEST_TMPDIR/$2.raw" 2>&1 || status=$?
    echo "status $status" >"$BATS_TEST_TMPDIR/$2.status"
    { normalize <"$BATS_TEST_TMPDIR/$2.raw"; echo "status $status"; } >"$BATS_TEST_TMPDIR/$2.out"
    echo "--- above $2:"
    cat "$BATS_TEST_TMPDIR/$2.out"
}

# A line "status N" for a command that may fail, so that both runs show it.
status_of() { # COMMAND [ARG]…
    local status=0
    "$@" || status=$?
    echo "status $status"
}

# Runs a command on a pseudo-terminal of its own and writes what it prints; the size changes once it has printed READY.
on_terminal() { # COMMAND [ARG]…
    python3 "${BATS_TEST_DIRNAME}/on_terminal.py" "$@"
}
