#!/bin/bash
# The tree's .clang-format, as clang-format 14 reads it: other versions differ in details.
. "$(dirname "$0")/lint.bash"

formatter=$(command -v clang-format-14 || command -v clang-format) || skip "clang-format is missing"
[[ $("$formatter" --version) == *"version 14."* ]] || skip "clang-format is not version 14"
mapfile -t files < <(sources tests)
faults_from < <("$formatter" -n -Werror "${files[@]}" 2>&1 | grep 'error:')
finish
