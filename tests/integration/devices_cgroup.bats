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

@test "one program filters, after any number of updates" {
    needs cgroup-v2
    needs program bpftool
    start_container
    for i in 1 2 3 4 5; do davit update --pids-limit "$((i + 10))" "$ID"; done
    expect_equal programs "$(bpftool -j cgroup show "$(place unified)" | jq length)" 1
}
