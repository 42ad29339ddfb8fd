#!/usr/bin/env bats
# stdio: inherited stdin, stdout and stderr.

load helpers

@test "a pipe and a file belong to the process's user" {
    needs root
    new_bundle
    edit_config '.process.user = {uid: 1000, gid: 1000}'
    set_shell 'stat -L -c %u /proc/self/fd/0; stat -L -c %u /proc/self/fd/1; echo again >>/proc/self/fd/1'
    : >"$BATS_TEST_TMPDIR/out"
    true | davit run --bundle "$BUNDLE" "$ID" >"$BATS_TEST_TMPDIR/out"
    expect_equal owners "$(head -n2 "$BATS_TEST_TMPDIR/out" | tr '\n' ' ')" "1000 1000 "
    expect_equal "owner outside" "$(stat -c %u "$BATS_TEST_TMPDIR/out")" 1000
}

@test "the host's /dev/null becomes the container's, and keeps its owner" {
    needs root
    new_bundle
    edit_config '.process.user = {uid: 1000, gid: 1000}'
    before=$(stat -c %u:%g:%i /dev/null)
    set_shell 'stat -L -c %d /proc/self/fd/0 /dev/null | sort -u | wc -l'
    run_davit run --bundle "$BUNDLE" "$ID"
    expect_ok
    expect_stdout 1
    expect_equal "the host's null" "$(stat -c %u:%g:%i /dev/null)" "$before"
}

@test "a symbolic link in place of the container's null is not followed" {
    needs root
    new_bundle
    echo secret >"$BATS_TEST_TMPDIR/secret"
    edit_config '.mounts |= map(select(.destination | startswith("/dev") | not)) | .process.user = {uid: 1000, gid: 1000}'
    mkdir -p "$BUNDLE/rootfs/dev"
    ln -s /etc/passwd "$BUNDLE/rootfs/dev/null"
    set_shell 'cat'
    run_davit run --bundle "$BUNDLE" "$ID"
    [[ $stdout != *root* ]] || fail_with "the link was followed"
    expect_equal "owner of the target" "$(stat -c %u "$BUNDLE/rootfs/etc/passwd")" 0
}
