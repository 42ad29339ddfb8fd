#!/usr/bin/env bats
# loopback: the loopback interface.

load helpers

@test "a new network namespace has its loopback interface up, with its address" {
    new_bundle
    in_container 'ip addr show lo'
    expect_ok
    expect_stdout_has "LOOPBACK,UP"
    expect_stdout_has "inet 127.0.0.1/8"
}

@test "a joined network namespace is left as it is" {
    needs root
    needs program ip
    new_bundle
    unshare --net sleep 3600 3>&- &
    holder=$!
    is_apart() { [[ $(readlink "/proc/$holder/ns/net") != "$(readlink /proc/self/ns/net)" ]]; }
    wait_until is_apart
    edit_config --arg path "/proc/$holder/ns/net" \
        '.linux.namespaces |= map(if .type == "network" then .path = $path else . end)'
    in_container 'ip link show lo'
    kill "$holder"
    expect_ok
    [[ $stdout != *"LOOPBACK,UP"* ]] || fail_with "it was brought up"
}
