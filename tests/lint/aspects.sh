#!/bin/bash
# Every aspect has a bats file of its name, and is in one of the lists of sequence.c.
. "$(dirname "$0")/lint.bash"

while IFS=: read -r file _ line; do
    name=${line#const struct aspect }
    name=${name%% *}
    grep -qE "&$name\b" libcontainer/launch/sequence.c || fault "$file: $name is in no list of sequence.c"
    [[ $file == libcontainer/aspects/* ]] || continue
    stem=$(basename "$file" .c)
    stem=${stem%_none}
    [[ -e tests/integration/$stem.bats || -e tests/integration/${stem%s}.bats || -e tests/integration/${stem}s.bats ]] ||
        fault "$file: there is no tests/integration/$stem.bats"
done < <(grep -rnE '^const struct aspect [a-z_]+ = *\{' --include='*.c' libcontainer)
finish
