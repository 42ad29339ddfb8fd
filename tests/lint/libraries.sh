#!/bin/bash
# davit links libc, libseccomp, libcap and libyajl, and nothing else.
. "$(dirname "$0")/lint.bash"

[[ -x $DAVIT ]] || skip "there is no davit"
grep -q '__asan_init' "$DAVIT" && skip "a sanitizer brings its own libraries"
while read -r library; do
    case $library in
    libc.so.* | libseccomp.so.* | libcap.so.* | libyajl.so.* | ld-linux*) ;;
    *) fault "davit links $library" ;;
    esac
done < <(readelf -d "$DAVIT" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p')
finish
