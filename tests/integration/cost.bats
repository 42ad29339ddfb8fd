#!/usr/bin/env bats
# cost: what a start asks of the kernel, counted. Time would say what else the machine does.

load helpers

# Calls of all processes; with AddressSanitizer most of them are its own.
calls_of() {
    local counts=$BATS_TEST_TMPDIR/counts
    strace -qq -f -c -U calls,name -o "$counts" "$@" </dev/null >/dev/null
    awk '$2 == "total" { print $1 }' "$counts"
}

@test "a run of the default bundle makes no more system calls than it did" {
    needs root
    needs program strace
    ! grep -q __asan_init "$DAVIT" || skip "needs a davit without sanitizers"
    new_bundle
    set_args /bin/true
    "$DAVIT" --root "$ROOT" run --bundle "$BUNDLE" "$ID" </dev/null # what is cached is there
    local calls places
    calls=$(calls_of "$DAVIT" --root "$ROOT" run --bundle "$BUNDLE" "$ID")
    places=$(grep -c : /proc/self/cgroup)
    ((calls > 100 && calls <= 640 + 14 * places)) || fail_with "$calls system calls, and $places cgroups to make"
}
