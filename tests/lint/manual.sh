#!/bin/bash
# Manual pages and completions, as printed from the tables: programs that read them find no fault.
set -u
pages=${top_builddir:-.}/manual/pages
count=0
failed=0

report() { # result, sentence
    count=$((count + 1))
    if [[ $1 == 0 ]]; then
        echo "ok $count - $2"
    else
        echo "not ok $count - $2"
        failed=1
    fi
}

skip() {
    count=$((count + 1))
    echo "ok $count - $1 # SKIP $2"
}

completes() { # words, expected
    (
        # shellcheck source=/dev/null
        source "$pages/davit.bash"
        # shellcheck disable=SC2317 # what is sourced calls both
        compopt() { :; }
        # shellcheck disable=SC2317
        davit() { printf 'web\ndatabase\n'; }
        read -ra COMP_WORDS <<<"$1"
        [[ $1 == *' ' ]] && COMP_WORDS+=("")
        COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
        COMPREPLY=()
        _davit
        [[ ${COMPREPLY[*]} == "$2" ]] || { echo "# \"$1\" completes to: ${COMPREPLY[*]}"; exit 1; }
    )
}

if [[ ! -d $pages ]]; then
    echo "1..0 # SKIP configured without manual pages"
    exit 0
fi

if command -v groff >/dev/null; then
    warnings=$(for page in "$pages"/*.[15]; do groff -man -ww -Tutf8 "$page" 2>&1 >/dev/null; done)
    [[ -z $warnings ]]
    report $? "roff reads every page without a warning"
else
    skip "roff reads every page without a warning" "groff is missing"
fi

for shell in bash:davit.bash zsh:_davit fish:davit.fish; do
    sentence="${shell%%:*} reads its completion"
    if command -v "${shell%%:*}" >/dev/null; then
        "${shell%%:*}" -n "$pages/${shell#*:}"
        report $? "$sentence"
    else
        skip "$sentence" "${shell%%:*} is missing"
    fi
done

[[ $(find "$pages" -name 'davit-*.1' | wc -l) -eq $(grep -c '^\.BR davit.* (1)' "$pages/davit.1") ]]
report $? "davit(1) names every page of a command"
completes "davit sta" "start state"
report $? "a command is completed"
completes "davit create --bun" "--bundle"
report $? "an option is completed"
completes "davit --root /x start " "web database"
report $? "a container is completed"
completes "davit --log-format " "text json"
report $? "the words of an option are completed"
completes "davit create " ""
report $? "the id of a new container is not completed"
echo "1..$count"
exit "$failed"
