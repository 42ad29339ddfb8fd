#!/usr/bin/env bats
# spec: a config.json to begin with.

load helpers

@test "the example runs as it is, but for the terminal" {
    new_bundle
    edit_config '.root.readonly = true'
    set_args /bin/echo hello
    run_davit run --bundle "$BUNDLE" "$ID"
    expect_ok
    expect_stdout hello
}

@test "the example has no faults" {
    new_bundle
    rm "$BUNDLE/config.json"
    run_davit spec --bundle "$BUNDLE"
    expect_ok
    expect_stdout ""
    run_davit check --strict --bundle "$BUNDLE"
    expect_ok
    expect_stdout_has "no faults"
}

@test "an existing file is left alone" {
    mkdir -p "$BUNDLE"
    echo mine >"$BUNDLE/config.json"
    run_davit spec --bundle "$BUNDLE"
    expect_error "config.json exists already"
    expect_equal content "$(cat "$BUNDLE/config.json")" mine
}

@test "it is indented by tabs, as peers do" {
    mkdir -p "$BUNDLE"
    run_davit spec --bundle "$BUNDLE" --file other.json
    expect_ok
    grep -q "^$(printf '\t')\"ociVersion\": \"1" "$BUNDLE/other.json"
}

@test "for an ordinary user the root inside is the present user outside" {
    new_bundle
    rm "$BUNDLE/config.json"
    run_davit spec --rootless --bundle "$BUNDLE"
    expect_ok
    local question
    for question in ".linux.uidMappings == [{containerID: 0, hostID: $(id -u), size: 1}]" \
        '[.linux.namespaces[].type] | index("user") and (index("network") | not)' \
        '.linux.resources == null' '[.mounts[].options // [] | .[]] | all(startswith("gid=") | not)' \
        '.mounts[] | select(.destination == "/sys") | .options | index("rbind")'; do
        jq -e "$question" "$BUNDLE/config.json" >/dev/null || fail_with "not so: $question"
    done
    run_davit check --strict --bundle "$BUNDLE"
    expect_ok
}
