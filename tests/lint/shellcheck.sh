#!/bin/bash
# Every shell script and every bats file.
. "$(dirname "$0")/lint.bash"

command -v shellcheck >/dev/null || skip "shellcheck is missing"
mapfile -t files < <({
    find tests scripts contrib .ci -type f \( -name '*.sh' -o -name '*.bash' -o -name '*.bats' \)
    grep -rlE --binary-files=without-match '^#!/bin/(ba)?sh' tests scripts contrib .ci autogen.sh
} 2>/dev/null | sort -u)
# SC1091: sourced files are checked by themselves. SC2030, SC2031: each bats test is a function in a subshell.
# SC2016: dollars in single quotes are meant for jq, awk and containers. SC2034, SC2154: $status,
# $stdout and $stderr belong to helpers.bash. SC2059: tests write escape sequences.
faults_from < <(shellcheck --severity=style --exclude=SC1091,SC2016,SC2030,SC2031,SC2034,SC2059,SC2154,SC2312 --format=gcc "${files[@]}")
finish
