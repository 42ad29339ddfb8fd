#!/bin/bash
# What base/banned.h cannot see: arguments. A line that has a reason says so: /* lint: REASON */.
. "$(dirname "$0")/lint.bash"

# Prints "file:line: statement" for each statement that calls one of the functions in $1, comments left out.
calls() {
    mapfile -t files < <(sources | grep '\.c$')
    awk -v pattern="(^|[^a-zA-Z0-9_>.\"])($1)[(]" '
        FNR == 1 { statement = "" }
        /lint:/ { statement = ""; next }
        /^ *(\/\*|\*)/ { next }
        { line = $0; gsub(/"([^"\\]|\\.)*"/, "\"\"", line); sub(/\/\*.*/, "", line) }
        statement == "" && line ~ pattern { start = FNR }
        statement != "" || line ~ pattern { statement = statement " " line }
        statement != "" && line ~ /[;{]/ { printf "%s:%d:%s\n", FILENAME, start, statement; statement = "" }
    ' "${files[@]}"
}

faults_from < <(calls 'open|openat|socket|socketpair|accept4|pipe2|eventfd|signalfd|timerfd_create|memfd_create|epoll_create1|inotify_init1|dup3|open_tree|fsopen|sys_open_tree|sys_fsopen|fsmount|sys_fsmount' |
    grep -vE 'CLOEXEC|flags|how' | sed 's/$/ -- without CLOEXEC/')
faults_from < <(calls 'fopen|popen|creat|pipe|accept|epoll_create|inotify_init' |
    grep -vE 'fopen.*"[a-z+]*e' | sed 's/$/ -- its descriptor survives execve/')
faults_from < <(calls 'mount|chmod|chown|lchown|umount|setxattr|lsetxattr|mknod|utimes' |
    sed 's/$/ -- takes a path that may have changed since: use a descriptor/')
faults_from < <(calls 'malloc|calloc|realloc|strdup|asprintf|vasprintf' | grep -v '^base/arena.c:' |
    sed 's/$/ -- memory comes from the arena/')
faults_from < <(grep -rnE '\b(goto +[a-z_]+;)|\b(TODO|FIXME|XXX)\b' --include='*.[ch]' base spec libcontainer cmd |
    sed 's/$/ -- not in this tree/')
finish
