#!/usr/bin/env bats
# hooks: programs at six moments of a container's life.

load helpers

# A hook that writes its name, state and circumstances to a file of its own.
recorder() {
    mkdir -p "$BATS_TEST_TMPDIR/hooks"
    cat >"$BATS_TEST_TMPDIR/recorder" <<'END'
#!/bin/sh
exec >>"$2/hooks/order"
echo "$1"
cat >"$2/hooks/$1.state"
pwd >"$2/hooks/$1.cwd"
stat -c %i / >"$2/hooks/$1.root"
grep -c . /proc/self/mountinfo >"$2/hooks/$1.mounts" 2>/dev/null
env >"$2/hooks/$1.env"
END
    chmod 0755 "$BATS_TEST_TMPDIR/recorder"
}

all_hooks() {
    recorder
    edit_config --arg hook "$BATS_TEST_TMPDIR/recorder" --arg dir "$BATS_TEST_TMPDIR" '
        .hooks = (["prestart", "createRuntime", "createContainer", "poststart", "poststop"] |
        map({key: ., value: [{path: $hook, args: ["recorder", ., $dir]}]}) | from_entries) |
        .annotations = {"a/b": "c"}'
}

state_of() { jq -r "$2" "$BATS_TEST_TMPDIR/hooks/$1.state"; }
order() { tr '\n' ' ' <"$BATS_TEST_TMPDIR/hooks/order"; }

@test "hooks run in their order, each with its state on stdin and the bundle as directory" {
    new_bundle
    all_hooks
    set_args /bin/echo program
    run_davit run --bundle "$BUNDLE" "$ID"
    expect_ok
    expect_equal order "$(order)" "prestart createRuntime createContainer poststart poststop "
    for hook in prestart:creating createRuntime:creating createContainer:creating poststart:running poststop:stopped; do
        expect_equal "$hook" "$(state_of "${hook%:*}" .status)" "${hook#*:}"
        expect_equal "$hook id" "$(state_of "${hook%:*}" .id)" "$ID"
        expect_equal "$hook bundle" "$(state_of "${hook%:*}" .bundle)" "$BUNDLE"
        expect_equal "$hook annotation" "$(state_of "${hook%:*}" '.annotations["a/b"]')" c
        expect_equal "$hook directory" "$(cat "$BATS_TEST_TMPDIR/hooks/${hook%:*}.cwd")" "$BUNDLE"
    done
    expect_equal "pid inside" "$(state_of createContainer .pid)" 1
    expect_equal "pid at the end" "$(state_of poststop .pid)" null
    [[ $(state_of createRuntime .pid) -gt 1 ]]
    for hook in prestart poststart; do
        expect_equal "$hook pid" "$(state_of "$hook" .pid)" "$(state_of createRuntime .pid)"
    done
}

@test "the state is one line of JSON without a newline, and slashes are slashes" {
    new_bundle
    all_hooks
    set_args /bin/true
    run_davit run --bundle "$BUNDLE" "$ID"
    expect_ok
    for hook in prestart createContainer poststart poststop; do
        expect_equal "$hook lines" "$(wc -l <"$BATS_TEST_TMPDIR/hooks/$hook.state")" 0
        grep -qF '"bundle":"'"$BUNDLE"'","annotations":{"a/b":"c"}}' "$BATS_TEST_TMPDIR/hooks/$hook.state"
    done
}

@test "args begin with the hook's name for itself, which is its path without them" {
    new_bundle
    ln -s "$(type -P busybox)" "$BATS_TEST_TMPDIR/pwd"
    edit_config --arg dir "$BATS_TEST_TMPDIR" '.annotations = {"run.oci.hooks.stdout": "\($dir)/out"} |
        .hooks = {createRuntime: [{path: "\($dir)/pwd"}, {path: "\($dir)/pwd", args: ["echo", "two", "words"]}],
                  createContainer: [{path: "\($dir)/pwd"}, {path: "\($dir)/pwd", args: ["echo", "inside"]}]}'
    set_args /bin/true
    run_davit run --bundle "$BUNDLE" "$ID"
    expect_ok
    expect_equal output "$(cat "$BATS_TEST_TMPDIR/out")" "$BUNDLE
two words
$BUNDLE
inside"
}

@test "a createRuntime hook finds the namespaces made, and init in its cgroup below its limits" {
    needs root
    new_bundle
    edit_config --arg dir "$BATS_TEST_TMPDIR" --arg path "/$ID" \
        '.linux.cgroupsPath = $path | .linux.resources = {pids: {limit: 33}} |
         .hooks.createRuntime = [{path: "/bin/sh", args: ["sh", "-c", "
            pid=$(sed \"s/.*\\\"pid\\\":\\([0-9]*\\).*/\\1/\")
            cat /proc/$pid/cgroup >\($dir)/cgroup
            cat /sys/fs/cgroup/pids/\($path)/pids.max /sys/fs/cgroup/\($path)/pids.max >\($dir)/limit
            readlink /proc/$pid/ns/net /proc/$pid/ns/mnt /proc/$pid/ns/pid >\($dir)/theirs
            readlink /proc/self/ns/net /proc/self/ns/mnt /proc/self/ns/pid >\($dir)/ours; true"]}]'
    set_args /bin/true
    run_davit run --bundle "$BUNDLE" "$ID"
    expect_ok
    grep -q ":/$ID$" "$BATS_TEST_TMPDIR/cgroup"
    expect_equal limit "$(cat "$BATS_TEST_TMPDIR/limit")" 33
    expect_equal shared "$(grep -cxFf "$BATS_TEST_TMPDIR/ours" "$BATS_TEST_TMPDIR/theirs")" 0
}

@test "startContainer hooks run inside, as the process's user, before the program" {
    needs root
    new_bundle
    edit_config '.process.user = {uid: 1000, gid: 1000} | .process.cwd = "/tmp" |
        .hooks = {startContainer: [{path: "/bin/sh",
            args: ["sh", "-c", "id -u >/tmp/hook; pwd >>/tmp/hook; cat >>/tmp/hook"]}]} |
        .mounts += [{destination: "/tmp", type: "tmpfs", source: "tmpfs", options: ["mode=1777"]}]'
    in_container 'cat /tmp/hook'
    expect_ok
    [[ $stdout == $'1000\n/tmp\n{'*'"status":"created","pid":1,'* ]] || fail_with "another record"
}

@test "a hook has its own environment, else davit's caller's, and never the container's" {
    new_bundle
    all_hooks
    edit_config '.process.env += ["LD_PRELOAD=/evil.so"] |
        .hooks.createRuntime[0].env = ["ONLY=this", "PATH=/bin:/usr/bin"]'
    set_args /bin/true
    CALLER=yes run_davit run --bundle "$BUNDLE" "$ID"
    expect_ok
    for hook in prestart createRuntime createContainer poststart poststop; do
        run grep LD_PRELOAD "$BATS_TEST_TMPDIR/hooks/$hook.env"
        ((status == 1))
    done
    grep -x CALLER=yes "$BATS_TEST_TMPDIR/hooks/createContainer.env"
    grep -x ONLY=this "$BATS_TEST_TMPDIR/hooks/createRuntime.env"
    run grep CALLER "$BATS_TEST_TMPDIR/hooks/createRuntime.env"
    ((status == 1))
}

@test "createContainer hooks are in the container's namespaces, and the host's files are still there" {
    new_bundle
    edit_config --arg file "$BATS_TEST_TMPDIR/name" \
        '.hostname = "inside" | .hooks = {createContainer: [{path: "/bin/sh", args: ["sh", "-c", "uname -n >\($file)"]}],
                                          createRuntime: [{path: "/bin/sh", args: ["sh", "-c", "uname -n >\($file).host"]}]}'
    set_args /bin/true
    run_davit run --bundle "$BUNDLE" "$ID"
    expect_ok
    expect_equal inside "$(cat "$BATS_TEST_TMPDIR/name")" inside
    expect_equal outside "$(cat "$BATS_TEST_TMPDIR/name.host")" "$(uname -n)"
}

@test "a hook inherits no descriptor but 0, 1 and 2" {
    new_bundle
    edit_config --arg file "$BATS_TEST_TMPDIR/fds" '
        .hooks = (["prestart", "createRuntime", "createContainer", "poststart", "poststop"] | map({key: .,
            value: [{path: "/bin/sh", args: ["sh", "-c", "ls /proc/self/fd | tr \"\\n\" \" \" >\($file).\(.)"]}]}) | from_entries)'
    set_args /bin/true
    run_davit run --preserve-fds 5 --bundle "$BUNDLE" "$ID" 7</etc/passwd
    expect_ok
    for hook in prestart createRuntime createContainer poststart poststop; do
        expect_equal "descriptors of $hook" "$(cat "$BATS_TEST_TMPDIR/fds.$hook")" "0 1 2 3 "   # 3 is what ls reads
    done
}

@test "a failing hook fails create with its output, leaves nothing, and poststop hooks run" {
    new_bundle
    all_hooks
    edit_config '.hooks.createRuntime = [{path: "/bin/sh", args: ["sh", "-c", "echo oops >&2; exit 3"]}]'
    run_davit create --bundle "$BUNDLE" "$ID"
    expect_error "cannot create $ID: error running createRuntime hook #0: /bin/sh: exited with status 3: oops"
    expect_where "hooks.createRuntime[0]"
    expect_equal order "$(order)" "prestart poststop "
    expect_nothing_left
}

@test "a failing createContainer hook fails create" {
    new_bundle
    edit_config '.hooks = {createContainer: [{path: "/bin/true"},
        {path: "/bin/sh", args: ["sh", "-c", "echo no; exit 1"]}]}'
    run_davit create --bundle "$BUNDLE" "$ID"
    expect_error "cannot create $ID: error running createContainer hook #1: /bin/sh: exited with status 1: no"
}

@test "behind a failing hook of any kind poststop hooks run, and run leaves nothing" {
    new_bundle
    all_hooks
    edit_config '.hooks.prestart = [] | .hooks.createRuntime = []'
    set_args /bin/sleep 1000
    cp "$BUNDLE/config.json" "$BATS_TEST_TMPDIR/config.json"
    local kind verb=create
    for kind in createContainer startContainer poststart; do
        jq --arg kind "$kind" '.hooks[$kind] = [{path: "/bin/sh", args: ["sh", "-c", "echo no; exit 1"]}]' \
            "$BATS_TEST_TMPDIR/config.json" >"$BUNDLE/config.json"
        run_davit run --bundle "$BUNDLE" "$ID"
        expect_error "cannot $verb $ID: error running $kind hook #0: /bin/sh: exited with status 1: no"
        verb=run
        expect_equal "last behind $kind" "$(tail -n 1 "$BATS_TEST_TMPDIR/hooks/order")" poststop
        expect_nothing_left
        : >"$BATS_TEST_TMPDIR/hooks/order"
    done
}

@test "a hook that is too slow dies with all that it started" {
    new_bundle
    edit_config --arg file "$BATS_TEST_TMPDIR/pids" '.hooks = {createRuntime: [{path: "/bin/sh",
        args: ["sh", "-c", "sleep 3600 & echo $! $$ >\($file); wait"], timeout: 5}]}'
    run_davit create --bundle "$BUNDLE" "$ID"
    expect_error "cannot create $ID: error running createRuntime hook #0: /bin/sh: did not end within 5 s and was killed"
    read -r child shell <"$BATS_TEST_TMPDIR/pids"
    wait_until test ! -e "/proc/$child/exe"
    wait_until test ! -e "/proc/$shell/exe"
}

@test "hooks of the container's own, too, have no more than their time" {
    new_bundle
    edit_config '.hooks = {startContainer: [{path: "/bin/sh", args: ["sh", "-c", "sleep 3600"], timeout: 2}]}'
    set_args /bin/true
    run_davit run --bundle "$BUNDLE" "$ID"
    expect_error "cannot run $ID: error running startContainer hook #0: /bin/sh: did not end within 2 s and was killed"
}

@test "what hooks print is not davit's output" {
    new_bundle
    edit_config '.hooks = (["prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop"] |
        map({key: ., value: [{path: "/bin/sh", args: ["sh", "-c", "echo noise; echo noise >&2"]}]}) | from_entries)'
    set_args /bin/echo program
    run_davit run --bundle "$BUNDLE" "$ID"
    expect_ok
    expect_stdout program
    expect_equal stderr "$stderr" ""
}

@test "what a hook leaves behind does not hold davit up" {
    new_bundle
    edit_config --arg file "$BATS_TEST_TMPDIR/pid" \
        '.hooks = {createRuntime: [{path: "/bin/sh", args: ["sh", "-c", "sleep 3600 & echo $! >\($file)"]}]}'
    set_args /bin/true
    davit create --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1
    kill "$(cat "$BATS_TEST_TMPDIR/pid")"
}

@test "a failing poststop hook is a warning, and the next one runs" {
    new_bundle
    edit_config --arg file "$BATS_TEST_TMPDIR/ran" '.hooks = {poststop: [{path: "/bin/sh", args: ["sh", "-c", "exit 1"]},
        {path: "/bin/sh", args: ["sh", "-c", "echo >\($file)"]}]}'
    set_args /bin/true
    run_davit --log-level warning run --bundle "$BUNDLE" "$ID"
    expect_ok
    expect_stderr_has "error running poststop hook #0: /bin/sh: exited with status 1"
    [[ -e $BATS_TEST_TMPDIR/ran ]]
}

@test "a hook that cannot be executed is named" {
    new_bundle
    edit_config '.hooks = {prestart: [{path: "/nosuch/hook"}]}'
    run_davit create --bundle "$BUNDLE" "$ID"
    expect_status 1
    expect_stderr_has "error running prestart hook #0: /nosuch/hook: cannot be executed: No such file or directory"
}

@test "a relative path and a timeout of nothing are refused" {
    new_bundle
    edit_config '.hooks = {prestart: [{path: "hook"}]}'
    run_davit create --bundle "$BUNDLE" "$ID"
    expect_status 1
    expect_stderr_has "hooks.prestart[0].path"
    edit_config '.hooks = {poststop: [{path: "/bin/true", timeout: 0}]}'
    run_davit create --bundle "$BUNDLE" "$ID"
    expect_status 1
    expect_stderr_has "hooks.poststop[0].timeout"
}

@test "run.oci.hooks.stdout and stderr get the output of hooks" {
    new_bundle
    edit_config --arg dir "$BATS_TEST_TMPDIR" '
        .annotations = {"run.oci.hooks.stdout": "\($dir)/out", "run.oci.hooks.stderr": "\($dir)/err"} |
        .hooks = {prestart: [{path: "/bin/sh", args: ["sh", "-c", "echo to-out; echo to-err >&2"]}]}'
    set_args /bin/true
    run_davit run --bundle "$BUNDLE" "$ID"
    expect_ok
    expect_equal stdout "$(cat "$BATS_TEST_TMPDIR/out")" to-out
    expect_equal stderr "$(cat "$BATS_TEST_TMPDIR/err")" to-err
}

@test "a hook gets a state that is longer than a pipe holds, whether it reads it or not" {
    new_bundle
    recorder
    edit_config --arg hook "$BATS_TEST_TMPDIR/recorder" --arg dir "$BATS_TEST_TMPDIR" \
        '.annotations = {long: ([range(20000)] | map("0123456789") | add)} |
         .hooks = {prestart: [{path: "/bin/sh", args: ["sh", "-c", "exit 0"]},
                              {path: $hook, args: ["recorder", "prestart", $dir]}]}'
    set_args /bin/true
    run_davit run --bundle "$BUNDLE" "$ID"
    expect_ok
    expect_equal length "$(state_of prestart '.annotations.long | length')" 200000
}
