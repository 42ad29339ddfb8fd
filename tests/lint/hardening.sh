#!/bin/bash
# The program is position independent, its relocations are read-only, its stack is not executable and guarded, and the
# C library's checked functions are used.
. "$(dirname "$0")/lint.bash"

[[ -x $DAVIT ]] || skip "there is no davit"
grep -q '__asan_init' "$DAVIT" && skip "a sanitizer has its own ways"
[[ $(readelf -h "$DAVIT" | sed -n 's/ *Type: *\([A-Z]*\).*/\1/p') == DYN ]] || fault "davit is not position independent"
segments=$(readelf -lW "$DAVIT")
dynamic=$(readelf -dW "$DAVIT")
grep -q ' GNU_RELRO ' <<<"$segments" || fault "davit has no read-only relocations (-z relro)"
grep -qE '\(FLAGS(_1)?\).*NOW' <<<"$dynamic" || fault "davit binds lazily (-z now)"
grep -qE ' GNU_STACK .* RW ' <<<"$segments" || fault "davit's stack is executable (-z noexecstack)"
grep -qE ' LOAD .* RWE ' <<<"$segments" && fault "a segment of davit is both writable and executable"
grep -qE '\((RPATH|RUNPATH)\)' <<<"$dynamic" && fault "davit looks for libraries at a path of its own"
# A static program, and a compiler without optimization, have no such symbols.
if grep -q '(NEEDED)' <<<"$dynamic"; then
    symbols=$(readelf --dyn-syms -W "$DAVIT")
    grep -q '__stack_chk_fail' <<<"$symbols" || fault "davit has no stack protector"
    grep -qE '__[a-z]+_chk\b' <<<"$symbols" || fault "davit has no fortified functions"
fi
finish
