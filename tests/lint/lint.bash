# shellcheck shell=bash
# lint.bash - what the lints share: where the tree is, and how a fault is told.

top_srcdir=${top_srcdir:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}
top_builddir=${top_builddir:-$top_srcdir}
DAVIT=${DAVIT:-$top_builddir/davit}
cd "$top_srcdir" || exit 1
faults=0

fault() {
    echo "$*"
    faults=$((faults + 1))
}

# Reads faults, one a line.
faults_from() {
    local line
    while IFS= read -r line; do
        fault "$line"
    done
}

# Automake counts 77 as skipped.
skip() {
    echo "skipped: $*"
    exit 77
}

sources() { find base spec libcontainer cmd "$@" -name '*.[ch]' | sort; }

finish() {
    ((faults == 0)) && exit 0
    echo "$faults faults"
    exit 1
}
