#!/usr/bin/env bats
# sysctl: parameters of the container's namespaces are set, those of the host are refused.

load helpers

@test "parameters of the network and ipc namespaces are set" {
    new_bundle
    edit_config '.linux.sysctl = {"net.ipv4.ip_forward": "1", "net/ipv4/conf/lo/forwarding": "1",
        "kernel.shmmax": "1000000", "fs.mqueue.msg_max": "12"}'
    in_container 'cd /proc/sys; cat net/ipv4/ip_forward net/ipv4/conf/lo/forwarding kernel/shmmax fs/mqueue/msg_max'
    if [[ $WAY == root ]]; then
        expect_ok
        expect_stdout "1
1
1000000
12"
    else
        ((status == 0)) || expect_stderr_has "sysctl "
    fi
}

@test "network parameters are set in a user namespace" {
    needs root
    new_bundle
    edit_config '.linux.namespaces += [{"type": "user"}]
        | .linux.uidMappings = [{"containerID": 0, "hostID": 100000, "size": 65536}]
        | .linux.gidMappings = .linux.uidMappings | .linux.sysctl = {"net.ipv4.ip_forward": "1"}'
    in_container 'cat /proc/sys/net/ipv4/ip_forward'
    expect_ok
    expect_stdout 1
}

@test "a parameter of the host is refused, with the reason" {
    new_bundle
    edit_config '.linux.sysctl = {"kernel.pid_max": "100"}'
    run_davit create --bundle "$BUNDLE" "$ID"
    expect_error "cannot create $ID: linux.sysctl.kernel.pid_max: sysctl \"kernel.pid_max\" belongs to no namespace: it \
would change the host"
    expect_hint "set it on the host with sysctl(8)"
}

@test "a parameter without its namespace is refused" {
    new_bundle
    edit_config '.linux.namespaces |= map(select(.type != "network")) | .linux.sysctl = {"net.ipv4.ip_forward": "1"}'
    run_davit create --bundle "$BUNDLE" "$ID"
    expect_error "cannot create $ID: linux.sysctl.net.ipv4.ip_forward: sysctl \"net.ipv4.ip_forward\" belongs to the \
network namespace, and the container has none of its own"
    expect_hint 'add {"type": "network"} to linux.namespaces'
}

@test "names cannot leave their directory" {
    new_bundle
    local name
    for name in net/../kernel/domainname net..x /net/x 'net.x+kernel.domainname' $'net.x\ny'; do
        edit_config --arg n "$name" '.linux.sysctl = {($n): "1"}'
        run_davit create --bundle "$BUNDLE" "$ID"
        ((status != 0))
        expect_stderr_has "sysctl "
    done
}

@test "an unknown parameter and a wrong value are named" {
    needs root
    new_bundle
    edit_config '.linux.sysctl = {"net.davit": "1"}'
    run_davit create --bundle "$BUNDLE" "$ID"
    expect_stderr_has "sysctl net.davit = \"1\": "
    expect_stderr_has ENOENT
    expect_hint "this kernel has no such parameter"
    edit_config '.linux.sysctl = {"net.ipv4.ip_forward": "abc"}'
    run_davit create --bundle "$BUNDLE" "$ID"
    expect_stderr_has "sysctl net.ipv4.ip_forward = \"abc\": "
    expect_hint "the kernel does not take this value"
}

@test "a procfs of the image takes nothing that is meant for the kernel" {
    needs root
    new_bundle
    mkdir -p "$BUNDLE/rootfs/proc/sys/net/ipv4"
    echo decoy >"$BUNDLE/rootfs/proc/sys/net/ipv4/ip_forward"
    edit_config '.mounts |= map(select(.destination != "/proc")) | .linux.sysctl = {"net.ipv4.ip_forward": "1"}
        | .linux.maskedPaths = [] | .linux.readonlyPaths = []'
    in_container 'cat /proc/sys/net/ipv4/ip_forward'
    expect_ok
    expect_stdout decoy
}
