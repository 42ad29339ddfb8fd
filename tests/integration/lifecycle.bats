#!/usr/bin/env bats
# A container's life as engines drive it, alone and many at a time.

load helpers

setup() {
    begin
    new_bundle
}

@test "creating, created, running, stopped, gone" {
    edit_config --arg state "$BATS_TEST_TMPDIR/state" \
        '.hooks.createRuntime = [{path: "/bin/sh", args: ["sh", "-c", "cat >" + $state]}]'
    set_shell 'exit 0'
    davit create --bundle "$BUNDLE" "$ID" </dev/null >"$BATS_TEST_TMPDIR/output" 2>&1
    expect_equal "status in a hook" "$(jq -r .status "$BATS_TEST_TMPDIR/state")" creating
    expect_equal "pid in a hook" "$(jq -r .pid "$BATS_TEST_TMPDIR/state")" "$(container_pid)"
    expect_equal status "$(container_state)" created
    davit start "$ID"
    wait_until container_is stopped
    davit delete "$ID"
    run_davit state "$ID"
    expect_status 1
    expect_stderr_has "does not exist"
    expect_nothing_left
}

@test "init is handed over to the caller's subreaper" {
    needs program python3
    set_args /bin/sleep 3600
    echo "$ID" >>"$CREATED"
    python3 - "$DAVIT" "$ROOT" "$BUNDLE" "$ID" "$BATS_TEST_TMPDIR/pid" <<'P'
import ctypes, os, subprocess, sys
davit, root, bundle, name, pid_file = sys.argv[1:]
ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)
subprocess.run([davit, "--root", root, "create", "--bundle", bundle, "--pid-file", pid_file, name], check=True,
               stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
pid = int(open(pid_file).read())
with open(f"/proc/{pid}/stat") as f:
    parent = int(f.read().rsplit(")", 1)[1].split()[1])
assert parent == os.getpid(), f"init's parent is {parent}"
subprocess.run([davit, "--root", root, "kill", name, "KILL"], check=True)
ended, status = os.waitpid(pid, 0)
assert os.waitstatus_to_exitcode(status) == -9
P
}

@test "fifty containers of one bundle from eight shells leave nothing" {
    set_args /bin/sleep 3600
    shell_of() {
        local i
        for ((i = $1; i < 50; i += 8)); do
            "$DAVIT" --root "$ROOT" create --bundle "$BUNDLE" "$TAG-many-$i" </dev/null >/dev/null 2>>"$BATS_TEST_TMPDIR/errors.$1" || return
            "$DAVIT" --root "$ROOT" start "$TAG-many-$i" </dev/null 2>>"$BATS_TEST_TMPDIR/errors.$1" || return
        done
    }
    for ((s = 0; s < 50; s++)); do echo "$TAG-many-$s" >>"$CREATED"; done
    shells=()
    for s in 0 1 2 3 4 5 6 7; do
        shell_of "$s" &
        shells+=($!)
    done
    for s in "${shells[@]}"; do wait "$s" || fail_with "$(cat "$BATS_TEST_TMPDIR"/errors.*)"; done
    expect_equal running "$("$DAVIT" --root "$ROOT" list --format json | jq '[.[] | select(.status == "running")] | length')" 50
    shells=()
    for s in 0 1 2 3 4 5 6 7; do
        for ((i = s; i < 50; i += 8)); do
            "$DAVIT" --root "$ROOT" delete --force "$TAG-many-$i" 2>>"$BATS_TEST_TMPDIR/errors.$s"
        done &
        shells+=($!)
    done
    for s in "${shells[@]}"; do wait "$s" || fail_with "$(cat "$BATS_TEST_TMPDIR"/errors.*)"; done
    expect_nothing_left
}

@test "containers that come and go in a row leave nothing" {
    set_args /bin/true
    for _ in 1 2 3 4 5 6 7 8 9 10; do
        run_davit run --bundle "$BUNDLE" "$ID"
        expect_ok
    done
    expect_nothing_left
}
