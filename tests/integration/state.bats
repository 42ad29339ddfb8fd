#!/usr/bin/env bats
# state: what engines read of a container, at each moment of its life.

load helpers

@test "a container goes from created to running to stopped" {
    new_bundle
    set_args /bin/sleep 3600
    davit create --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1
    expect_equal status "$(container_state)" created
    [[ $(cat "/proc/$(container_pid)/comm") == davit* ]]
    davit start "$ID"
    expect_equal status "$(container_state)" running
    pid=$(container_pid)
    expect_equal program "$(tr '\0' ' ' <"/proc/$pid/cmdline")" "/bin/sleep 3600 "
    davit kill "$ID" KILL
    wait_until container_is stopped
    expect_equal pid "$(container_pid)" 0
}

@test "a stopped container answers until it is deleted" {
    new_bundle
    start_container /bin/true
    wait_until container_is stopped
    run_davit state "$ID"
    expect_ok
    expect_equal bundle "$(jq -r .bundle <<<"$stdout")" "$BUNDLE"
    davit delete "$ID"
    run_davit state "$ID"
    expect_status 1
    expect_stderr_has "container does not exist"
}

@test "the state has the members that engines read, and none that they take for their own" {
    new_bundle
    edit_config '.annotations = {"org.example/key": "value \"x\""}'
    start_container
    run_davit state "$ID"
    expect_ok
    expect_equal members "$(jq -r 'keys_unsorted | join(" ")' <<<"$stdout")" \
        "ociVersion id pid status bundle rootfs created owner annotations"
    expect_equal id "$(jq -r .id <<<"$stdout")" "$ID"
    expect_equal rootfs "$(jq -r .rootfs <<<"$stdout")" "$BUNDLE/rootfs"
    expect_equal annotation "$(jq -r '.annotations["org.example/key"]' <<<"$stdout")" 'value "x"'
    [[ $(jq -r .created <<<"$stdout") =~ ^20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{9}Z$ ]]
    [[ $(jq -r .owner <<<"$stdout") == "$(id -un)" ]]
    [[ -z $stderr ]]
}

@test "an unknown container does not exist" {
    run_davit state nobody
    expect_status 1
    expect_error "container does not exist"
    [[ -z $stdout ]]
}

@test "what is no id is called so" {
    run_davit state ../x
    expect_status 1
    expect_error '"../x" is not a valid container id: it begins with a dot'
    run_davit state a/b
    expect_error '"a/b" is not a valid container id: invalid character `/` in the ID'
}

@test "an edit of config.json after create changes nothing" {
    new_bundle
    edit_config '.annotations = {"a": "old"}'
    start_container
    edit_config '.annotations = {"a": "new"}'
    expect_equal annotation "$(davit state "$ID" | jq -r .annotations.a)" old
}

@test "a pid that belongs to somebody else by now is not taken for the container's" {
    new_bundle
    start_container
    file=$ROOT/$ID/state.json
    cp "$file" "$BATS_TEST_TMPDIR/state.json"
    jq '.init.startTime += 1' "$BATS_TEST_TMPDIR/state.json" >"$file"
    expect_equal status "$(container_state)" stopped
    run_davit kill "$ID" 0
    expect_error "cannot kill $ID: container not running"
    cp "$BATS_TEST_TMPDIR/state.json" "$file"
    expect_equal status "$(container_state)" running
}

@test "a damaged state is an error that names the file and the way out" {
    new_bundle
    start_container
    pid=$(container_pid)
    : >"$ROOT/$ID/state.json"
    run_davit state "$ID"
    expect_status 1
    expect_error "state of $ID is damaged ($ROOT/$ID/state.json, 0 bytes): it is empty"
    expect_hint "use delete --force, which will kill pid $pid"
}

@test "the state of a newer davit is refused" {
    new_bundle
    start_container
    file=$ROOT/$ID/state.json
    cp "$file" "$BATS_TEST_TMPDIR/state.json"
    jq '.version = 99' "$BATS_TEST_TMPDIR/state.json" >"$file"
    run_davit state "$ID"
    expect_error "state of $ID was written by a newer davit (version 99, this one knows 1)"
    expect_hint "use the davit that created it"
    run_davit delete --force "$ID"
    expect_status 1
    cp "$BATS_TEST_TMPDIR/state.json" "$file"
}
