#!/usr/bin/env bats
# net_devices: interfaces of the host in the container.

load helpers

# A pair of interfaces whose names are this test's; names have at most 15 characters.
setup() {
    begin
    NEAR=dvn$((BASHPID % 100000))$BATS_TEST_NUMBER
    FAR=dvf$((BASHPID % 100000))$BATS_TEST_NUMBER
}

teardown() {
    ip link del "$NEAR" 2>/dev/null
    finish
}

pair() {
    needs root
    needs program ip
    ip link add "$NEAR" type veth peer name "$FAR" 2>/dev/null || skip "needs a kernel with veth"
    new_bundle
}

devices() { edit_config --arg near "$NEAR" --argjson value "$1" '.linux.netDevices = {($near): $value}'; }

@test "a device moves in, up, with its permanent global addresses" {
    pair
    ip addr add 192.0.2.1/24 dev "$NEAR"
    ip addr add 192.0.2.9/24 dev "$NEAR" valid_lft 3600 preferred_lft 3600
    ip -6 addr add 2001:db8::1/64 dev "$NEAR"
    devices '{}'
    in_container "ip addr show $NEAR"
    expect_ok
    expect_stdout_has "UP"
    expect_stdout_has "inet 192.0.2.1/24"
    expect_stdout_has "inet6 2001:db8::1/64"
    [[ $stdout != *192.0.2.9* ]] || fail_with "a temporary address was kept"
}

@test "a device is renamed, also by a template" {
    pair
    devices '{"name": "ct-eth"}'
    in_container 'ip link show ct-eth'
    expect_ok
    wait_until ip link add "$NEAR" type veth peer name "$FAR"
    devices '{"name": "ct%d"}'
    in_container 'ip link show ct0'
    expect_ok
}

@test "a name that is taken is refused, and the device stays" {
    pair
    devices '{"name": "lo"}'
    run_davit create --bundle "$BUNDLE" "$ID"
    expect_status 1
    expect_error "cannot create $ID: the container's network namespace has a \"lo\""
    expect_where "linux.netDevices.$NEAR"
    ip link show "$NEAR"
}

@test "a device that is not there is named" {
    needs root
    new_bundle
    edit_config '.linux.netDevices = {"nosuchdev0": {}}'
    run_davit create --bundle "$BUNDLE" "$ID"
    expect_error "cannot create $ID: the host has no network device \"nosuchdev0\""
    expect_where "linux.netDevices.nosuchdev0"
}

@test "names that are none, and a missing network namespace, are refused" {
    new_bundle
    edit_config '.linux.netDevices = {"dv0": {name: "a/b"}}'
    run_davit create --bundle "$BUNDLE" "$ID"
    expect_status 1
    expect_stderr_has 'linux.netDevices.dv0.name: "a/b" is not a name for a network interface'
    edit_config '.linux.netDevices = {"dv0": {name: "x"}, "dv1": {name: "x"}}'
    run_davit create --bundle "$BUNDLE" "$ID"
    expect_status 1
    expect_stderr_has '"x" is given to two devices'
    edit_config '.linux.netDevices = {"dv0": {}} | .linux.namespaces |= map(select(.type != "network"))'
    run_davit create --bundle "$BUNDLE" "$ID"
    expect_status 1
    expect_stderr_has "linux.netDevices: the container has no network namespace to move them to"
}
