#!/bin/bash
# Functions have at most 70 lines, tables in them not counted; files 600; headers 120, or 150 when only their own room
# includes them. spec/config.h is excepted: it is the OCI config.
. "$(dirname "$0")/lint.bash"

mapfile -t files < <(sources tests/unit)
faults_from < <(awk '
    FNR == 1                 { inside = 0; table = 0 }
    /^{$/                    { inside = 1; start = FNR; lines = 0; next }
    /^}/ && inside           { if (lines > 70) printf "%s:%d: a function of %d lines\n", FILENAME, start, lines
                               inside = 0 }
    /^    .*\[\] = \{$/      { table = 1 }
    !table                   { lines++ }
    /^    };$/               { table = 0 }
' "${files[@]}")
for file in "${files[@]}"; do
    lines=$(wc -l <"$file")
    case $file in
    spec/config.h) limit=600 ;;
    tests/*.h) limit=600 ;;
    *internal.h | *private.h) limit=150 ;;
    *.h) limit=120 ;;
    *) limit=600 ;;
    esac
    ((lines <= limit)) || fault "$file: $lines lines, of at most $limit"
done
finish
