#!/bin/bash
# Files and functions that the documentation names in backquotes exist.
. "$(dirname "$0")/lint.bash"

tree='^(base|spec|libcontainer|cmd|tests|docs|scripts|contrib|\.ci)/'
for page in docs/architecture.md docs/add-a-*.md CONTRIBUTING.md README.md; do
    [[ -e $page ]] || continue
    while read -r name; do
        compgen -G "$name" >/dev/null || fault "$page: there is no $name"
    done < <(grep -oE '`[A-Za-z_.]+/[A-Za-z0-9_./*-]*`' "$page" | tr -d '`' | grep -E "$tree" | sort -u)
    while read -r name; do
        grep -rqE "\b$name\b" --include='*.[ch]' base spec libcontainer cmd || fault "$page: nothing is called $name"
    done < <(grep -oE '`[a-z]+_[a-z_]+(\(\)|\[\])?`' "$page" | tr -d '`()[]' | sort -u)
done
finish
