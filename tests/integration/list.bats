#!/usr/bin/env bats
# list: all containers of a state root.

load helpers

@test "no container is an empty list" {
    run_davit list --format json
    expect_ok
    expect_stdout "[]"
    run_davit list -q
    expect_ok
    expect_stdout ""
}

@test "containers are shown by id with pid and status" {
    new_bundle
    start_container
    run_davit list
    expect_ok
    read -r -a head <<<"$(head -n1 <<<"$stdout")"
    expect_equal head "${head[*]}" "ID PID STATUS BUNDLE CREATED OWNER"
    read -r -a line <<<"$(tail -n1 <<<"$stdout")"
    expect_equal line "${line[*]:0:4}" "$ID $(container_pid) running $BUNDLE"
}

@test "the list in JSON has what state has" {
    new_bundle
    start_container
    run_davit list --format json
    expect_ok
    expect_equal entry "$(jq -c '.[0]' <<<"$stdout")" "$(davit state "$ID" | jq -c .)"
    expect_equal number "$(jq length <<<"$stdout")" 1
}

@test "members come in the order that scripts know from other runtimes" {
    new_bundle
    edit_config '.annotations = {"a.b": "c"}'
    start_container
    run_davit list --format json
    expect_equal members "$(jq -r '.[0] | keys_unsorted | join(" ")' <<<"$stdout")" \
        "ociVersion id pid status bundle rootfs created owner annotations"
    expect_stdout_has "\"id\":\"$ID\",\"pid\":$(container_pid),\"status\":\"running\",\"bundle\":\"$BUNDLE\""
}

@test "ids alone, in order" {
    new_bundle
    set_args /bin/sleep 3600
    davit create --bundle "$BUNDLE" "$ID-b" </dev/null >/dev/null 2>&1
    davit create --bundle "$BUNDLE" "$ID-a" </dev/null >/dev/null 2>&1
    run_davit list --quiet
    expect_ok
    expect_stdout "$ID-a"$'\n'"$ID-b"
}

@test "a damaged container is left out with a warning and the others are shown" {
    new_bundle
    start_container
    mkdir -m 0700 "$ROOT/broken"
    echo "{" >"$ROOT/broken/state.json"
    run_davit list -q
    expect_ok
    expect_stdout "$ID"
    expect_stderr_has "davit: warning: broken is left out: state of broken is damaged ($ROOT/broken/state.json, 2 bytes)"
    run_davit --log-level error list -q
    [[ -z $stderr ]]
    davit delete --force broken
}

@test "a state root that was named and is not there is an error" {
    run_davit --root "$ROOT/none" list
    expect_status 1
    expect_error "cannot open the state root $ROOT/none: No such file or directory (ENOENT)"
}

@test "five thousand containers take little memory to list, and nothing from the others" {
    new_bundle
    start_container
    python3 - "$ROOT" "$ID" <<-'END'
	import json, os, sys
	root, template = sys.argv[1:]
	with open(f"{root}/{template}/state.json", encoding="utf-8") as f:
	    state = json.load(f)
	state["init"]["startTime"] += 1
	for member in ("cgroup", "begun"):
	    state.pop(member, None)
	for i in range(5000):
	    state["id"] = f"many-{i}"
	    os.mkdir(f"{root}/many-{i}", 0o700)
	    with open(f"{root}/many-{i}/state.json", "w", encoding="utf-8") as f:
	        json.dump(state, f)
	END
    run_davit state "$ID"
    expect_ok
    expect_equal status "$(jq -r .status <<<"$stdout")" running
    run_davit delete --force many-77
    expect_ok
    for format in table json; do
        # What a sanitizer keeps of freed memory is not davit's.
        ASAN_OPTIONS=${ASAN_OPTIONS-}:quarantine_size_mb=1 python3 - "$DAVIT" --root "$ROOT" list --format $format <<-'END' >"$BATS_TEST_TMPDIR/list"
	import resource, subprocess, sys
	subprocess.run(sys.argv[1:], check=True)
	kib = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
	sys.exit(f"it took {kib} KiB" if kib > 64 * 1024 else 0)
	END
        expect_equal "lines in $format" "$(grep -o 'many-[0-9]*' "$BATS_TEST_TMPDIR/list" | sort -u | wc -l)" 4999
    done
    rm -rf "$ROOT"/many-*
}
