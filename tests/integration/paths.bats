#!/usr/bin/env bats
# paths: what is masked cannot be read, what is read-only cannot be written, and no image changes that.

load helpers

@test "masked files are the null device, masked directories are empty and cannot be written" {
    new_bundle
    mkdir -p "$BUNDLE/rootfs/hidden/below"
    echo secret >"$BUNDLE/rootfs/secret"
    edit_config '.linux.maskedPaths = ["/secret", "/hidden", "/proc/timer_list", "/proc/acpi", "/nosuch", "/etc/passwd/x"]'
    in_container 'stat -c "%F %t:%T" /secret; cat /secret; ls -a /hidden; touch /hidden/x 2>&1
        test -e /proc/timer_list && stat -c "%t:%T" /proc/timer_list; true'
    expect_ok
    expect_equal "lines" "$(head -n 4 <<<"$stdout")" "character special file 1:3
.
..
touch: /hidden/x: Read-only file system"
    [[ $stdout != *secret* ]]
}

@test "all masked directories share one filesystem" {
    new_bundle
    mkdir -p "$BUNDLE/rootfs/"{a,b,c}
    edit_config '.linux.maskedPaths = ["/a", "/b", "/c"]'
    in_container 'stat -c %d /a /b /c | sort -u | wc -l; grep -cE " /(a|b|c) ro," /proc/self/mountinfo'
    expect_ok
    expect_stdout "1
3"
}

@test "read-only paths cannot be written, with all below them" {
    new_bundle
    mkdir -p "$BUNDLE/rootfs/fixed/below" "$BUNDLE/data"
    echo text >"$BUNDLE/rootfs/file"
    edit_config '.mounts += [{"destination": "/fixed/below", "source": "data", "options": ["bind"]}]
        | .linux.readonlyPaths = ["/fixed", "/file", "/proc/sys", "/nosuch"]'
    in_container 'touch /fixed/x 2>&1; touch /fixed/below/x 2>&1; echo more 2>&1 >/file; cat /file
        echo x 2>&1 >/proc/sys/kernel/domainname; touch /elsewhere && echo writable'
    expect_stdout_has "touch: /fixed/x: Read-only file system"
    expect_stdout_has "touch: /fixed/below/x: Read-only file system"
    expect_stdout_has "/file: Read-only file system"
    expect_stdout_has "/proc/sys/kernel/domainname: Read-only file system"
    expect_stdout_has writable
    expect_equal file "$(cat "$BUNDLE/rootfs/file")" text
}

@test "the root itself can be a read-only path, with all below it, and is not masked" {
    new_bundle
    ln -s . "$BUNDLE/rootfs/dot"
    edit_config '.mounts += [{"destination": "/m", "type": "tmpfs"}] | .linux.readonlyPaths = ["/"]'
    in_container 'touch /x 2>&1; touch /m/x 2>&1; cat /etc/passwd >/dev/null && echo read'
    expect_stdout "touch: /x: Read-only file system
touch: /m/x: Read-only file system
read"
    edit_config '.linux.readonlyPaths = ["/dot"]'
    in_container 'touch /x 2>&1'
    expect_stdout "touch: /x: Read-only file system"
    edit_config '.linux.readonlyPaths = [] | .linux.maskedPaths = ["/m", "//"]'
    run_davit create --bundle "$BUNDLE" "$ID"
    expect_error "cannot create $ID: masking //: linux.maskedPaths[1]: this is the container's root, and nothing would be left"
    expect_where "linux.maskedPaths[1], $BUNDLE/config.json:"
}

@test "paths are masked in what is seen, and not in a mount that a later one covers" {
    new_bundle
    mkdir -p "$BUNDLE/other/"{bin,etc,proc,sys,dev,sub}
    cp -a "$BUNDLE/rootfs/bin/." "$BUNDLE/other/bin/"
    echo secret >"$BUNDLE/other/etc/secret"
    edit_config '.mounts = [.mounts[] | select(.destination == "/proc")]
        + [{"destination": "/proc", "source": "other", "options": ["bind"]}]
        | .linux.maskedPaths = ["/proc/etc"] | .linux.readonlyPaths = ["/proc/sub"]'
    in_container 'ls /proc/etc; touch /proc/sub/x 2>&1; touch /proc/sys/x && echo made'
    expect_stdout "touch: /proc/sub/x: Read-only file system
made"
    edit_config '.mounts = [.mounts[] | select(.type == "proc")]
        + [{"destination": "/", "source": "other", "options": ["bind"]}]
        | .linux.maskedPaths = ["/proc/kcore", "/etc"] | .linux.readonlyPaths = ["/proc/bus"]'
    in_container 'ls /proc /etc'
    expect_ok
    expect_stdout "/etc:

/proc:"
}

@test "the default config protects what hostile containers write to" {
    needs root
    new_bundle
    in_container 'for f in /proc/sys/kernel/domainname /proc/sysrq-trigger /proc/irq/default_smp_affinity /proc/bus/x \
        /proc/asound/x /proc/fs/x /proc/timer_stats /proc/latency_stats; do
        if (: >>$f) 2>/dev/null && [ ! -c $f ]; then echo "$f can be written"; fi; done; echo done'
    expect_stdout "done"
}

@test "a null device that is a link is never what masks" {
    needs root
    new_bundle
    edit_config '.mounts |= map(select(.destination | test("^/dev(/shm|/mqueue)?$") | not))
        | .linux.maskedPaths = ["/proc/timer_list"]'
    ln -s /proc/sys/kernel/domainname "$BUNDLE/rootfs/dev/null"
    in_container 'stat -c "%F %t:%T" /proc/timer_list'
    if ((status == 0)); then
        expect_stdout "character special file 1:3"
    else
        expect_error "cannot create $ID: /dev/null in the rootfs is a symbolic link, not the character device 1:3"
    fi
}

@test "a null device that a mount brings is never what masks" {
    needs root
    new_bundle
    mkdir "$BUNDLE/dev"
    ln -s /proc/sys/kernel/domainname "$BUNDLE/dev/null"
    edit_config '.mounts |= map(select(.destination | startswith("/dev") | not))
        | .mounts += [{"destination": "/dev", "source": "dev", "options": ["bind"]}]
        | .linux.maskedPaths = ["/etc/passwd"]'
    in_container 'stat -c "%F %t:%T" /etc/passwd'
    expect_ok
    expect_stdout "character special file 1:3"
}

@test "links in masked and read-only paths stay inside the root" {
    new_bundle
    echo outside >"$BATS_TEST_TMPDIR/outside"
    ln -s "$BATS_TEST_TMPDIR/outside" "$BUNDLE/rootfs/absolute"
    ln -s /etc/passwd "$BUNDLE/rootfs/link"
    edit_config '.linux.maskedPaths = ["/absolute", "/link"] | .linux.readonlyPaths = ["/absolute"]'
    in_container 'stat -c "%t:%T" /etc/passwd'
    expect_ok
    expect_stdout 1:3
    expect_equal outside "$(cat "$BATS_TEST_TMPDIR/outside")" outside
}

@test "a loop of links cannot be masked, and that is an error" {
    new_bundle
    ln -s loop "$BUNDLE/rootfs/loop"
    edit_config '.linux.maskedPaths = ["/loop"]'
    run_davit create --bundle "$BUNDLE" "$ID"
    expect_stderr_has "masking /loop: "
    expect_stderr_has ELOOP
    expect_where "linux.maskedPaths[0], $BUNDLE/config.json:"
    ((status != 0))
}

@test "relative paths are refused" {
    new_bundle
    edit_config '.linux.maskedPaths = ["/a", "b"]'
    run_davit create --bundle "$BUNDLE" "$ID"
    expect_error "cannot create $ID: linux.maskedPaths[1]: \"b\" is not an absolute path"
}

@test "masks hold in a user namespace" {
    needs root
    new_bundle
    mkdir "$BUNDLE/rootfs/hidden"
    edit_config '.linux.namespaces += [{"type": "user"}]
        | .linux.uidMappings = [{"containerID": 0, "hostID": 100000, "size": 65536}]
        | .linux.gidMappings = .linux.uidMappings | .linux.maskedPaths = ["/etc/passwd", "/hidden"]'
    touch "$BUNDLE/rootfs/hidden/file"
    in_container 'stat -c "%t:%T" /etc/passwd; ls /hidden'
    expect_ok
    expect_stdout 1:3
}

@test "a procfs keeps its masks when its directory in the image is exchanged meanwhile" {
    new_bundle
    set_shell 'stat -c %F /moved/keys; stat -c %t:%T /moved/keys; ls -A /moved/fs;
        echo x >/moved/sys/kernel/domainname'
    printf '#!/bin/sh\nmv rootfs/proc rootfs/moved && mkdir rootfs/proc\n' >"$BUNDLE/hook"
    chmod 0755 "$BUNDLE/hook"
    edit_config --arg hook "$BUNDLE/hook" '.hooks = {createRuntime: [{path: $hook}]}
        | .linux.maskedPaths = ["/proc/keys", "/proc/fs"] | .linux.readonlyPaths = ["/proc/sys"]'
    run_davit run --bundle "$BUNDLE" "$ID"
    expect_stdout "character special file
1:3"
    expect_stderr_has "Read-only file system"
}

@test "a masked path that is an absolute link in a volume is masked where it leads" {
    new_bundle
    mkdir "$BUNDLE/volume" "$BUNDLE/rootfs/real"
    touch "$BUNDLE/rootfs/real/file"
    ln -s /real "$BUNDLE/volume/link"
    set_shell 'ls -A /volume/link/ /real'
    edit_config --arg source "$BUNDLE/volume" '.linux.maskedPaths = ["/volume/link"]
        | .mounts += [{destination: "/volume", source: $source, options: ["bind"]}]'
    run_davit run --bundle "$BUNDLE" "$ID"
    expect_ok
    [[ $stdout != *file* ]]
}
