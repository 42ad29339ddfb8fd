#!/bin/bash
# --help of davit and of every command: on stdout, status 0, nothing on stderr, at most 80 columns.
. "$(dirname "$0")/lint.bash"

[[ -x $DAVIT ]] || skip "there is no davit"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

check_help() {
    "$DAVIT" "$@" --help >"$scratch/out" 2>"$scratch/err" || fault "davit $* --help: exit status $?"
    [[ -s $scratch/out ]] || fault "davit $* --help: nothing on stdout"
    [[ ! -s $scratch/err ]] || fault "davit $* --help: on stderr: $(head -n1 "$scratch/err")"
    faults_from < <(LC_ALL=C.UTF-8 awk -v what="davit $* --help" 'length > 80 { printf "%s: wide: %s\n", what, $0 }' \
        "$scratch/out")
    cmp -s "$scratch/out" <("$DAVIT" "$@" -h 2>&1) || fault "davit $* -h: differs from --help"
}

check_help
mapfile -t commands < <("$DAVIT" --help | awk '/^Commands:/ { inside = 1; next } /^[^ ]/ { inside = 0 }
    inside && /^  [a-z]/ { print $1 }')
((${#commands[@]} > 5)) || fault "davit --help lists no commands"
for command in "${commands[@]}"; do
    check_help "$command"
done
finish
