#!/usr/bin/env bats
# devices_cgroup: which nodes can be opened, by opening them. No driver has the number 511: a node that may be opened
# answers "No such device or address", one that may not "Operation not permitted".

load helpers
load cgroup

setup() {
    begin
    needs root
    new_bundle
    edit_config '.process.capabilities |= map_values(. + ["CAP_MKNOD"])'
}

with_rules() { edit_config --argjson rules "$1" '.linux.resources.devices = $rules'; }

# The shell's own words for opening a node, in each way.
try='rm -f /n; mknod /n $0 511 7
for way in r w rw; do
    case $way in
    r) (: </n) ;;
    w) (: >/n) ;;
    rw) (: <>/n) ;;
    esac 2>&1 | sed -e "s/.*Operation not permitted/no/" -e "s/.*No such device or address/yes/" -e "s/^/$way /"
done'

tried() {
    set_args /bin/sh -c "$try" "${1:-c}"
    run_davit run --bundle "$BUNDLE" "$ID"
    expect_ok
    tr '\n' ' ' <<<"$stdout" | sed 's/ *$//'
}

@test "without rules nothing but the default devices can be used" {
    with_rules '[]'
    expect_equal opened "$(tried)" "r no w no rw no"
    in_container 'echo x >/dev/null && head -c1 /dev/zero >/dev/null && : </dev/random && echo fine'
    expect_stdout fine
}

@test "what is allowed can be used, in the ways that are allowed" {
    with_rules '[{"allow": false, "access": "rwm"}, {"allow": true, "type": "c", "major": 511, "minor": 7, "access": "r"}]'
    expect_equal opened "$(tried)" "r yes w no rw no"
}

@test "reading and writing may be allowed one after the other" {
    with_rules '[{"allow": false, "access": "rwm"}, {"allow": true, "type": "c", "major": 511, "minor": 7, "access": "r"},
        {"allow": true, "type": "c", "major": 511, "minor": 7, "access": "w"}]'
    expect_equal opened "$(tried)" "r yes w yes rw yes"
}

@test "any minor" {
    with_rules '[{"allow": false, "access": "rwm"}, {"allow": true, "type": "c", "major": 511, "access": "rw"}]'
    expect_equal opened "$(tried)" "r yes w yes rw yes"
}

@test "a block device is not the character device of its number" {
    with_rules '[{"allow": false, "access": "rwm"}, {"allow": true, "type": "b", "major": 511, "access": "rw"}]'
    expect_equal opened "$(tried c)" "r no w no rw no"
    expect_equal opened "$(tried b)" "r yes w yes rw yes"
}

@test "all is allowed" {
    with_rules '[{"allow": true, "access": "rwm"}]'
    expect_equal opened "$(tried)" "r yes w yes rw yes"
}

@test "all but one is allowed" {
    with_rules '[{"allow": true, "access": "rwm"}, {"allow": false, "type": "c", "major": 511, "minor": 7, "access": "rwm"}]'
    set_shell 'mknod /n c 511 7 2>/dev/null || echo not made'
    run_davit run --bundle "$BUNDLE" "$ID"
    expect_stdout "not made"
}

@test "a wrong rule is named" {
    with_rules '[{"allow": true, "type": "x", "access": "r"}]'
    run_davit create --bundle "$BUNDLE" "$ID"
    expect_status 1
    expect_where 'linux.resources.devices[0].type'
}

@test "one program filters, after a hundred updates" {
    needs cgroup-v2
    start_container
    local i end=$((SECONDS + 40))
    expect_equal programs "$(tests/integration/device_programs "$(place unified)")" 1
    for ((i = 0; i < 100 && SECONDS < end; i++)); do "$DAVIT" --root "$ROOT" update --pids-limit "$((i + 10))" "$ID"; done
    expect_equal programs "$(tests/integration/device_programs "$(place unified)")" 1
    expect_knob pids "" "" pids.max $((i + 9))
}

# davit NAME INJECTION... - creates a container while strace makes bpf(2) fail.
create_with_bpf() {
    needs cgroup-v2
    needs program strace
    status=0
    strace -qq -e trace=bpf -e "inject=bpf:$1" -o /dev/null "$DAVIT" --root "$ROOT" "${@:2}" create --bundle "$BUNDLE" "$ID" \
        </dev/null >"$BATS_TEST_TMPDIR/stdout" 2>"$BATS_TEST_TMPDIR/stderr" || status=$?
    stdout='' stderr=$(cat "$BATS_TEST_TMPDIR/stderr")
}

@test "a kernel without programs for devices is told from its answer" {
    create_with_bpf error=EINVAL
    expect_error "cannot create $ID: cannot load the program that filters devices: Invalid argument (EINVAL)"
    expect_hint "device control on cgroup v2 needs Linux 4.15 or newer, with CONFIG_CGROUP_BPF"
}

@test "a program that the kernel refuses is one line, and the verifier's words are for debugging" {
    create_with_bpf error=EACCES:when=1
    expect_error "cannot create $ID: cannot load the program that filters devices: Permission denied (EACCES)"
    [[ $stderr != *verifier* && $(wc -l <<<"$stderr") -le 3 ]] || fail_with "too many words"
    create_with_bpf error=EACCES:when=1 --debug
    expect_stderr_has "debug: verifier: "
    expect_stderr_has "cannot load the program that filters devices: Permission denied (EACCES)"
}
