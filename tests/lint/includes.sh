#!/bin/bash
# Who may include whom: base <- spec <- libcontainer <- cmd; aspects never each other; a library has one user.
. "$(dirname "$0")/lint.bash"

# Rooms that a room may not use.
declare -A forbidden=(
    [base]='spec|libcontainer|cmd'
    [spec]='libcontainer|cmd'
    [libcontainer]='cmd'
)
for room in base spec libcontainer; do
    faults_from < <(grep -rnE "^#include \"(${forbidden[$room]})/" --include='*.[ch]' "$room" |
        awk -v room="$room" '{ print $0 " -- " room "/ may not use it (docs/architecture.md)" }')
done

# An aspect is one file, or several that begin with its name: seccomp.c, seccomp_cache.c, seccomp_filter.h.
while IFS=: read -r file _ line; do
    user=$(basename "$file" .c)
    used=${line#*aspects/}
    used=${used%.h*}
    [[ $used == aspects || ${user%%_*} == "${used%%_*}" || ${user%%_*}s == "${used%%_*}" ||
        ${user%%_*} == "${used%%_*}s" ]] ||
        fault "$file: an aspect includes another one: $line"
done < <(grep -rnE '^#include "libcontainer/aspects/' --include='*.c' libcontainer/aspects)

# one_user PATTERN FILES: only files that match may include the library's header.
one_user() {
    faults_from < <(grep -rnE "^#include <($1)" --include='*.[ch]' base spec libcontainer cmd | grep -vE "^($2):" |
        awk -v user="$2" '{ print $0 " -- only " user " may include it" }')
}
one_user 'yajl/' 'spec/schema[a-z_]*.[ch]'
one_user 'seccomp\.h' 'libcontainer/aspects/seccomp_compile.c|spec/features.c'
one_user 'sys/capability\.h' 'libcontainer/aspects/capabilities.c'
one_user 'systemd/' 'libcontainer/cgroup/(bus|systemd)[a-z_]*.[ch]'
one_user 'selinux/' 'libcontainer/aspects/selinux.c'

# Self-contained headers: a file includes its own one first. Headers of several files are found by #pragma once.
while read -r file; do
    own=${file%.c}.h
    [[ -e $own ]] || continue
    first=$(grep -m1 '^#include' "$file")
    [[ $first == "#include \"$own\"" ]] || fault "$file: its first include is not its own header $own"
done < <(sources | grep '\.c$')
while read -r file; do
    grep -q '^#pragma once' "$file" || fault "$file: a header without #pragma once"
done < <(sources | grep '\.h$')
finish
