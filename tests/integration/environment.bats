#!/usr/bin/env bats
# environment: variables, HOME, the working directory.

load helpers

@test "the process has the config's variables and none of davit's caller" {
    new_bundle
    edit_config '.process.env = ["PATH=/bin", "A=1", "B=x=y z", "EMPTY="]'
    SECRET=1 in_container 'env | grep -vE "^(SHLVL|PWD|OLDPWD|_)="'
    expect_ok
    expect_equal variables "$(sort <<<"$stdout")" "$(printf '%s\n' A=1 'B=x=y z' EMPTY= HOME=/root PATH=/bin | sort)"
}

@test "the last of equal names wins" {
    new_bundle
    edit_config '.process.env += ["A=1", "A=2", "AB=3"]'
    in_container 'echo "$A $AB"; tr "\0" "\n" </proc/1/environ | grep -c "^A="'
    expect_ok
    expect_stdout $'2 3\n1'
}

@test "signals that davit's caller ignores or blocks are neither to the program, and davit waits all the same" {
    new_bundle
    set_args /bin/grep -E 'Sig(Blk|Ign)' /proc/self/status
    local careless=(env --ignore-signal='HUP,INT,PIPE,USR1,CHLD' --block-signal='TERM,USR2,CHLD,RTMIN')
    local none=$'SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000'
    local out
    out=$("${careless[@]}" "$DAVIT" --root "$ROOT" run --bundle "$BUNDLE" "$ID" </dev/null)
    expect_equal "signals of run" "$out" "$none"
    set_args /bin/sleep 3600
    edit_config '.hooks = {poststart: [{path: "/bin/true"}], poststop: [{path: "/bin/true"}]}'
    echo "$ID" >>"$CREATED"
    "${careless[@]}" "$DAVIT" --root "$ROOT" run --detach --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1
    expect_equal "signals of run --detach" "$(grep -E 'Sig(Blk|Ign)' "/proc/$(container_pid)/status")" "$none"
    out=$("${careless[@]}" "$DAVIT" --root "$ROOT" exec "$ID" grep -E 'Sig(Blk|Ign)' /proc/self/status </dev/null)
    expect_equal "signals of exec" "$out" "$none"
    if [[ $WAY == root ]]; then # others may have no cgroup
        out=$("${careless[@]}" "$DAVIT" --root "$ROOT" ps "$ID" | wc -l)
        expect_equal "lines of ps" "$out" 2
    fi
    "${careless[@]}" "$DAVIT" --root "$ROOT" delete --force "$ID"
}

@test "HOME comes from the container's passwd, and is / for an unknown user" {
    needs root
    new_bundle
    edit_config '.process.user = {uid: 1000, gid: 1000} | .process.env += ["HOME="]'
    in_container 'echo "$HOME"'
    expect_ok
    expect_stdout /home/alice
    edit_config '.process.user.uid = 4711'
    in_container 'echo "$HOME"'
    expect_ok
    expect_stdout /
    edit_config '.process.env += ["HOME=/tmp"]'
    in_container 'echo "$HOME"'
    expect_ok
    expect_stdout /tmp
}

@test "a passwd that is a fifo or a link out of the container does not matter" {
    new_bundle
    rm "$BUNDLE/rootfs/etc/passwd"
    mkfifo "$BUNDLE/rootfs/etc/passwd"
    in_container 'echo "$HOME"'
    expect_ok
    expect_stdout /
    rm "$BUNDLE/rootfs/etc/passwd"
    echo "root:x:0:0::/evil:" >"$BATS_TEST_TMPDIR/passwd"
    ln -s "$BATS_TEST_TMPDIR/passwd" "$BUNDLE/rootfs/etc/passwd"
    in_container 'echo "$HOME"'
    expect_ok
    expect_stdout /
}

@test "an entry without a name or a value sign is refused" {
    new_bundle
    edit_config '.process.env += ["TERM"]'
    run_davit run --bundle "$BUNDLE" "$ID"
    expect_status 1
    expect_stderr_has 'process.env[2]: "TERM" is not of the form NAME=VALUE'
}

@test "the working directory is the config's" {
    new_bundle
    edit_config '.process.cwd = "/tmp"'
    in_container 'pwd'
    expect_ok
    expect_stdout /tmp
}

@test "a missing working directory is made, in a root that becomes read-only too" {
    new_bundle
    edit_config '.process.cwd = "/srv/deep/er" | .root.readonly = true'
    in_container 'pwd; stat -c "%a %u:%g" .; touch x 2>&1'
    expect_status 1
    expect_stdout_has $'/srv/deep/er\n755 0:0\n'
    expect_stdout_has 'Read-only file system'
}

@test "a missing working directory behind a link of the image is made inside the root" {
    new_bundle
    ln -s /../../outside/there "$BUNDLE/rootfs/leads"
    edit_config '.process.cwd = "/leads/x"'
    in_container 'readlink /proc/self/cwd'
    expect_ok
    expect_stdout /outside/there/x
    [[ -d $BUNDLE/rootfs/outside/there/x ]]
}

@test "a working directory that cannot be made is named with the cause" {
    new_bundle
    edit_config '.process.cwd = "/proc/none/x"'
    run_davit run --bundle "$BUNDLE" "$ID"
    expect_status 1
    expect_stderr_has 'process.cwd "/proc/none/x" does not exist in the container, and cannot be made: No such file'
    edit_config '.process.cwd = "/etc/passwd/x"'
    run_davit run --bundle "$BUNDLE" "$ID"
    expect_status 1
    expect_stderr_has 'process.cwd "/etc/passwd/x" is no directory in the container'
}

@test "a relative working directory is refused" {
    new_bundle
    edit_config '.process.cwd = "work"'
    run_davit run --bundle "$BUNDLE" "$ID"
    expect_status 1
    expect_stderr_has 'process.cwd: "work" is not an absolute path'
}

@test "a working directory through a magic link is refused" {
    new_bundle
    for link in /proc/self/cwd /proc/self/fd/7 /proc/1/root; do
        edit_config --arg link "$link" '.process.cwd = $link'
        run_davit run --bundle "$BUNDLE" "$ID"
        expect_status 1
        expect_stderr_has "$link"
    done
}

@test "a working directory that root alone may enter is entered" {
    needs root
    new_bundle
    mkdir -m 0700 "$BUNDLE/rootfs/private"
    edit_config '.process.cwd = "/private" | .process.user = {uid: 1000, gid: 1000}'
    in_container 'readlink /proc/self/cwd'
    expect_ok
    expect_stdout /private
}

@test "exec --cwd is named when the directory is missing" {
    new_bundle
    start_container
    run_davit exec --cwd /nosuch "$ID" /bin/true
    expect_status 255
    expect_error 'exec failed: --cwd "/nosuch" does not exist in the container'
}
