#!/usr/bin/env bats
# --version: engines parse it, and it must work anywhere.

load helpers

@test "the first line is davit version X.Y.Z, and no other line has that word" {
    run_davit --version
    expect_ok
    [[ $stdout =~ ^davit\ version\ [0-9]+\.[0-9]+\.[0-9]+ ]]
    expect_equal "lines with the word" "$(grep -ci version <<<"$stdout")" 1
    expect_stdout_has "spec: 1."
    grep -qvE '^(davit version [0-9.]+|commit: [0-9a-f]{40,64}|spec: [0-9.]+|built with:( [+-][A-Z]+)+)$' <<<"$stdout" &&
        fail_with "a line of another form"
    [[ ${stdout##*$'\n'} == "built with: +APPARMOR +CAP +EBPF "* ]]
}

@test "it is the same in every form" {
    run_davit --version
    local long=$stdout form
    for form in -v -V version; do
        run_davit "$form"
        expect_ok
        expect_equal "$form" "$stdout" "$long"
    done
}

@test "it prints nothing on stderr and makes no directory" {
    local root=$BATS_TEST_TMPDIR/none
    env -i "$DAVIT" --root "$root" --version >/dev/null 2>"$BATS_TEST_TMPDIR/stderr"
    expect_equal stderr "$(cat "$BATS_TEST_TMPDIR/stderr")" ""
    [[ ! -e $root ]]
}
