#!/usr/bin/env bats
# intel_rdt: linux.intelRdt. Groups are tested on a made-up resctrl tree by the unit tests; few hosts have a real one.

load helpers

@test "a host without resctrl refuses it by name" {
    ! grep -q ' resctrl ' /proc/mounts || skip "this host has resctrl"
    new_bundle
    edit_config '.linux.intelRdt = {"closID": "gold", "schemata": ["L3:0=ff"]}'
    run_davit create --bundle "$BUNDLE" "$ID"
    expect_error "cannot create $ID: no resctrl filesystem is mounted at /sys/fs/resctrl"
}

@test "a schema of several lines is refused with its place" {
    new_bundle
    edit_config '.linux.intelRdt = {"l3CacheSchema": "L3:0=ff\nL3:1=ff"}'
    run_davit create --bundle "$BUNDLE" "$ID"
    expect_error "cannot create $ID: linux.intelRdt.l3CacheSchema: \"L3:0=ff\\nL3:1=ff\" has more than one line"
    expect_where "linux.intelRdt.l3CacheSchema"
}

@test "bandwidth is asked for with MB:" {
    new_bundle
    edit_config '.linux.intelRdt = {"memBwSchema": "0=50"}'
    run_davit create --bundle "$BUNDLE" "$ID"
    expect_error "cannot create $ID: linux.intelRdt.memBwSchema: \"0=50\" does not begin with \"MB:\""
    expect_where "linux.intelRdt.memBwSchema"
}
