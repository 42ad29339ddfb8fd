#!/usr/bin/env bats
# The command line itself: what stands before and behind a command, whatever the command does.

load helpers

@test "without a command davit says so and how to learn more" {
    status=0
    stderr=$("$DAVIT" 2>&1) || status=$?
    expect_status 1
    expect_error "no command is given"
    expect_hint "davit --help lists the commands"
}

@test "an unknown command is named, and its neighbour too" {
    run_davit strat "$ID"
    expect_status 1
    expect_error 'unknown command "strat"'
    expect_hint "did you mean start?"
}

@test "an unknown option is named, and its neighbour too" {
    run_davit create --bundel "$BUNDLE" "$ID"
    expect_status 1
    expect_error "unknown option --bundel"
    expect_hint "did you mean --bundle?"
    run_davit --rot x list
    expect_error "unknown option --rot"
}

@test "a value that is missing is called by both names that engines look for" {
    run_davit create --pid-file
    expect_status 1
    expect_stderr_has "flag needs an argument"
    expect_stderr_has "requires an argument"
}

@test "help exits with 0 and prints to stdout alone, for davit and for every command" {
    run_davit --help
    expect_ok
    expect_equal stderr "$stderr" ""
    local command commands option
    commands=$(awk '/^Commands:/ {on = 1; next} /^$/ {on = 0} on && /^  [a-z]/ {print $1}' <<<"$stdout")
    [[ $(wc -w <<<"$commands") -ge 5 ]]
    for command in $commands; do
        for option in --help -h; do
            run_davit "$command" "$option"
            expect_ok
            expect_stdout_has "Usage: davit [GLOBAL OPTION...] $command"
            [[ $stdout == $'NAME:\n'*"davit $command - "* ]] || fail_with "no name first"
            expect_equal stderr "$stderr" ""
        done
        run_davit h "$command"
        expect_ok
        expect_stdout "$(davit help "$command")"
    done
}

@test "there is no help of a command that there is not" {
    local words
    for words in "foo -h" "foo --help" "help foo"; do
        # shellcheck disable=SC2086 # several words
        run_davit $words
        expect_error "No help topic for 'foo': unknown command \"foo\""
    done
    run_davit foo
    expect_error 'unknown command "foo"'
}

@test "an option with an empty value is as one that is not given, but for --root and exec --user" {
    run_davit --log '' list --quiet
    expect_ok
    run_davit --log "" create --pid-file= --console-socket '' --bundle '' "$ID"
    expect_error "cannot create $ID: cannot open $PWD/config.json: No such file or directory (ENOENT)"
    run "$DAVIT" --root '' list
    expect_equal output "$output" "davit: --root is empty"
    new_bundle
    start_container
    run_davit exec --user '' "$ID" true
    expect_error 'exec failed: --user : user "" has no user'
}

@test "too few and too many arguments are told from each other" {
    run_davit create
    expect_error "create: an argument is missing"
    expect_hint "usage: davit create [OPTION...] ID"
    run_davit start a b
    expect_error 'start: unexpected argument "b"'
}

@test "exec reports what it cannot begin with 255, other commands with 1" {
    run_davit exec --nonsense
    expect_status 255
    run_davit create --nonsense
    expect_status 1
}

@test "an error goes to the log as one JSON object and to stderr as text" {
    local log=$BATS_TEST_TMPDIR/log.json
    run_davit --log "$log" --log-format=json create --bundle "$BATS_TEST_TMPDIR/nowhere" "$ID"
    expect_status 1
    expect_stderr_has "davit: "
    expect_equal "lines of the log" "$(wc -l <"$log")" 1
    expect_equal level "$(jq -r .level "$log")" error
    [[ $stderr == *"$(jq -r .msg "$log")"* ]]
    date -d "$(jq -r .time "$log")" >/dev/null
}

@test "the log is there also when an option is wrong" {
    local log=$BATS_TEST_TMPDIR/log.json
    run_davit --log "$log" --log-format json --nonsense list
    expect_status 1
    expect_equal level "$(jq -r .level "$log")" error
    rm "$log"
    run_davit --log "$log" --log-format json create --nonsense
    expect_equal msg "$(jq -r .msg "$log")" "unknown option --nonsense"
}

@test "the log is appended to, with file: before its path or without" {
    local log=$BATS_TEST_TMPDIR/log
    (umask 022 && "$DAVIT" --log "file:$log" bogus) || true
    run_davit --log "$log" bogus
    expect_equal lines "$(grep -c 'unknown command' "$log")" 2
    expect_equal mode "$(stat -c %a "$log")" 644
}

@test "a log that cannot be opened is an error, but does not keep delete from its work" {
    run_davit --log "$BATS_TEST_TMPDIR/no/log.json" list
    expect_status 1
    expect_stderr_has "$BATS_TEST_TMPDIR/no/log.json"
    run_davit --log "$BATS_TEST_TMPDIR/no/log.json" delete --force "$ID"
    expect_ok
}

@test "words that there are not are refused with those that there are" {
    run_davit --log-format xml list
    expect_error 'option --log-format: "xml" is not one of text, json'
    run_davit --cgroup-manager mine list
    expect_error 'option --cgroup-manager: "mine" is not one of cgroupfs, systemd, disabled'
}

@test "what older engines send is taken and has no effect" {
    run_davit --criu /usr/sbin/criu --rootless=true --systemd-cgroup=false list
    expect_ok
}

@test "a state root of / is refused" {
    status=0
    stderr=$("$DAVIT" --root / list 2>&1) || status=$?
    expect_status 1
}

@test "ids that could leave their directory are refused" {
    mkdir -p "$BUNDLE"
    local id
    for id in .. . .hidden a/b "" "$(printf 'a%.0s' {1..300})" 'a b' $'a\nb'; do
        run_davit create --bundle "$BUNDLE" -- "$id"
        expect_status 1
        expect_equal "state directories" "$(find "$ROOT" -mindepth 1 -maxdepth 1 ! -name .cache | wc -l)" 0
    done
}

@test "a signal that there is not is refused" {
    run_davit kill "$ID" NONSENSE
    expect_error 'unknown signal "NONSENSE"'
}

@test "list is empty without containers, in each of its forms" {
    run_davit list
    expect_ok
    [[ $stdout =~ ^ID\ +PID\ +STATUS\ +BUNDLE\ +CREATED\ +OWNER$ ]]
    run_davit list --format json
    expect_stdout "[]"
    run_davit list -q
    expect_stdout ""
}

@test "list wants a state root that was named to be there" {
    run_davit --root "$BATS_TEST_TMPDIR/none" list
    expect_status 1
    expect_stderr_has "$BATS_TEST_TMPDIR/none"
}

@test "list tells of one bad entry and goes on" {
    mkdir -p "$ROOT/broken-$TAG"
    echo nonsense >"$ROOT/broken-$TAG/state.json"
    run_davit --log-level warning list --format json
    local listed=$status entries=$stdout
    rm -r "$ROOT/broken-$TAG"
    expect_equal status "$listed" 0
    expect_equal entries "$entries" "[]"
    expect_stderr_has "broken-$TAG is left out"
}
