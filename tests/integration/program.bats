#!/usr/bin/env bats
# program: which file is executed, and why it could not be: the texts that engines and people look for.

load helpers

expect_exec_error() {
    expect_status 1
    expect_error "cannot $1 $ID: $2"
}

@test "a name is looked up in the container's PATH" {
    new_bundle
    mkdir "$BUNDLE/rootfs/opt"
    printf '#!/bin/sh\necho "from $0"\n' >"$BUNDLE/rootfs/opt/tool"
    chmod 0755 "$BUNDLE/rootfs/opt/tool"
    edit_config '.process.env = ["PATH=/nosuch:/etc/passwd:/opt:/bin"]'
    set_args tool
    run_davit run --bundle "$BUNDLE" "$ID"
    expect_ok
    expect_stdout "from /opt/tool"
}

@test "a name that is nowhere in PATH fails at create" {
    new_bundle
    set_args nosuch
    run_davit create --bundle "$BUNDLE" "$ID"
    expect_exec_error create 'exec: "nosuch": executable file not found in $PATH'
}

@test "an absolute path that is missing fails at create" {
    new_bundle
    set_args /nosuch
    run_davit create --bundle "$BUNDLE" "$ID"
    expect_exec_error create 'exec: "/nosuch": no such file or directory'
    expect_hint "/nosuch: no such file in the container"
}

@test "a file without the right to execute is named with its mode" {
    needs root
    new_bundle
    printf '#!/bin/sh\n' >"$BUNDLE/rootfs/run.sh"
    chmod 0644 "$BUNDLE/rootfs/run.sh"
    set_args /run.sh
    run_davit create --bundle "$BUNDLE" "$ID"
    expect_exec_error create \
        'exec: "/run.sh": permission denied: /run.sh is not executable (mode 0644 root:root, process uid 0)'
}

@test "a program that its user may not execute fails at create" {
    needs root
    new_bundle
    printf '#!/bin/sh\n' >"$BUNDLE/rootfs/run.sh"
    chmod 0700 "$BUNDLE/rootfs/run.sh"
    edit_config '.process.user = {uid: 1000, gid: 1000}'
    set_args /run.sh
    run_davit create --bundle "$BUNDLE" "$ID"
    expect_exec_error create \
        'exec: "/run.sh": permission denied: /run.sh is not executable (mode 0700 root:root, process uid 1000)'
}

@test "a directory is called one" {
    new_bundle
    set_args /etc
    run_davit create --bundle "$BUNDLE" "$ID"
    expect_exec_error create 'exec: "/etc": is a directory: permission denied'
    expect_hint 'process.args[0] "/etc" is a directory'
}

@test "an empty list of arguments is refused" {
    new_bundle
    set_args
    edit_config '.process.args = []'
    run_davit create --bundle "$BUNDLE" "$ID"
    expect_status 1
    expect_stderr_has "process.args: must have at least one element"
}

@test "davit itself cannot be the program" {
    new_bundle
    set_args /proc/self/exe
    run_davit create --bundle "$BUNDLE" "$ID"
    expect_status 1
    expect_stderr_has 'exec: "/proc/self/exe": permission denied'
}

script() {
    printf "$2" >"$BUNDLE/rootfs$1"
    chmod 0755 "$BUNDLE/rootfs$1"
    set_args "$1"
    run_davit run --bundle "$BUNDLE" "$ID"
}

@test "a script whose interpreter is missing is explained" {
    new_bundle
    script /run.sh '#!/usr/bin/nosuch\n'
    expect_exec_error run 'exec: "/run.sh": no such file or directory: /run.sh exists, but its interpreter /usr/bin/nosuch (line 1) is not in the container'
}

@test "a script with CRLF line ends is explained" {
    new_bundle
    script /run.sh '#!/bin/sh\r\necho\r\n'
    expect_status 1
    expect_stderr_has 'interpreter "/bin/sh\r": the script has Windows (CRLF) line ends'
}

@test "a script without an interpreter line is explained" {
    new_bundle
    script /run.sh 'echo hello\n'
    expect_exec_error run 'exec: "/run.sh": exec format error: /run.sh is a text file without "#!"; start it with /bin/sh /run.sh'
}

# A 64-bit ELF header of machine $1 (two octal escapes), with a loader $2 when given.
elf() {
    printf '\177ELF\2\1\1\0\0\0\0\0\0\0\0\0\2\0'"$1"'\1\0\0\0\0\0\100\0\0\0\0\0\100\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\100\0\70\0\1\0\0\0\0\0\0\0'
    printf '\3\0\0\0\4\0\0\0\170\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0'
    printf "\\$(printf %o $((${#2} + 1)))"'\0\0\0\0\0\0\0'"\\$(printf %o $((${#2} + 1)))"'\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0%s\0' "$2"
    head -c 4096 /dev/zero
}

@test "a program of another machine is explained" {
    [[ $(uname -m) == x86_64 ]] || skip "needs an x86_64 host"
    grep -qs enabled /proc/sys/fs/binfmt_misc/qemu-aarch64 && skip "needs a host without an aarch64 emulator"
    new_bundle
    elf '\267\0' /lib/none >"$BUNDLE/rootfs/armbin"
    chmod 0755 "$BUNDLE/rootfs/armbin"
    set_args /armbin
    run_davit run --bundle "$BUNDLE" "$ID"
    expect_exec_error run 'exec: "/armbin": exec format error: /armbin is an aarch64 program; this host runs x86_64 and has no emulator registered'
}

@test "a program whose ELF loader is missing is explained" {
    [[ $(uname -m) == x86_64 ]] || skip "needs an x86_64 host"
    new_bundle
    elf '\76\0' /lib64/ld-nosuch.so.2 >"$BUNDLE/rootfs/dynls"
    chmod 0755 "$BUNDLE/rootfs/dynls"
    set_args /dynls
    run_davit run --bundle "$BUNDLE" "$ID"
    expect_exec_error run 'exec: "/dynls": no such file or directory: /dynls needs ELF loader /lib64/ld-nosuch.so.2, not in this rootfs (glibc binary in a musl image?)'
}
