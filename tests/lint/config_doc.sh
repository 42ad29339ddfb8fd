#!/bin/bash
# docs/config.md is what the rows of spec/config*.c print.
. "$(dirname "$0")/lint.bash"

program=$top_builddir/manual/config_doc
[[ -x $program ]] || skip "manual/config_doc is not built"
cmp -s docs/config.md <("$program") || fault "docs/config.md: differs from the rows; run \"make docs\""
finish
