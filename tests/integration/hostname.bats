#!/usr/bin/env bats
# hostname: hostname and domainname of the container's uts namespace.

load helpers

@test "the container has its hostname and domainname" {
    new_bundle
    local host
    host=$(uname -n)
    edit_config '.hostname = "inside" | .domainname = "example.org"'
    in_container 'hostname; cat /proc/sys/kernel/domainname'
    expect_ok
    expect_stdout "inside
example.org"
    expect_equal "the host's" "$(uname -n)" "$host"
}

@test "without a uts namespace they are refused" {
    new_bundle
    local member
    for member in hostname domainname; do
        edit_config --arg m "$member" \
            'del(.hostname, .domainname) | .[$m] = "x" | .linux.namespaces |= map(select(.type != "uts"))'
        run_davit create --bundle "$BUNDLE" "$ID"
        expect_error "cannot create $ID: $member without a uts namespace would change the host's"
        expect_hint 'add {"type": "uts"} to linux.namespaces'
    done
}

@test "without a hostname the host's is kept" {
    new_bundle
    edit_config 'del(.hostname)'
    in_container hostname
    expect_ok
    expect_stdout "$(uname -n)"
}

@test "a hostname has at most 64 bytes" {
    new_bundle
    edit_config --arg h "$(printf 'a%.0s' {1..64})" '.hostname = $h'
    in_container 'hostname | tr -d "\n" | wc -c'
    expect_stdout 64
    edit_config '.hostname += "a"'
    run_davit create --bundle "$BUNDLE" "$ID"
    expect_where "hostname, $BUNDLE/config.json:"
    ((status != 0))
}
