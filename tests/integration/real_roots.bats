#!/usr/bin/env bats
# Roots as people have them: a Debian that mmdebstrap made, and an OCI image that umoci made and unpacked.

load helpers

# Debian is made once for all runs of the suite; where that failed it is not tried again. Seconds, but on a slow mirror.
setup_file() {
    CACHE=${DAVIT_TEST_CACHE:-$BATS_FILE_TMPDIR}
    export DEBIAN_ROOT=$CACHE/debian DEBIAN_LOG=$CACHE/debian.log
    [[ $WAY == root && ! -e $DEBIAN_LOG ]] && command -v mmdebstrap >/dev/null || return 0
    mkdir -p "$CACHE"
    local sources=()
    for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.{list,sources}; do
        [[ -s $file ]] && sources+=("$file")
    done
    timeout --kill-after=5 90 mmdebstrap --quiet --variant=minbase --include=python3-minimal \
        --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
        '' "$DEBIAN_ROOT.new" "${sources[@]}" >"$DEBIAN_LOG" 2>&1 </dev/null &&
        mv "$DEBIAN_ROOT.new" "$DEBIAN_ROOT" && return 0
    [[ $? != 124 ]] || echo "not within 90 s" >>"$DEBIAN_LOG"
    rm -rf "$DEBIAN_ROOT.new"
}

# in_debian WORD...: runs the words in a container whose read-only root all tests share.
in_debian() {
    needs root
    needs program mmdebstrap
    [[ -d $DEBIAN_ROOT ]] || skip "needs a Debian root, which mmdebstrap could not make: $(tail -n 1 "$DEBIAN_LOG")"
    mkdir -p "$BUNDLE"
    (cd "$BUNDLE" && "$DAVIT" spec)
    edit_config --arg root "$DEBIAN_ROOT" '.process.terminal = false | .root.path = $root'
    set_args "$@"
    run_davit run --bundle "$BUNDLE" "$ID"
    expect_ok
}

@test "Debian's bash runs, with its pipes, jobs and users" {
    in_debian bash -c 'set -o pipefail
        getent passwd root | cut -d: -f6
        sleep 1000 & kill %1; wait %1; echo "job: $?"
        id -un nobody'
    expect_stdout "/root
job: 143
nobody"
}

@test "Debian's apt-get tells its version" {
    in_debian apt-get --version
    [[ $stdout == "apt "[0-9]* ]]
}

@test "Debian's perl runs, and forks" {
    in_debian perl -e 'my $pid = open(my $from, "-|") // die;
        if (!$pid) { print "from the child"; exit 3 } print <$from>; close $from; print ": ", $? >> 8, "\n"'
    expect_stdout "from the child: 3"
}

@test "Debian's python3 runs, with threads" {
    in_debian python3 -c 'import threading, os
numbers = []
threads = [threading.Thread(target=numbers.append, args=(n,)) for n in range(20)]
[t.start() for t in threads]
[t.join() for t in threads]
print(sum(numbers), os.getpid(), os.uname().nodename)'
    expect_stdout "190 1 davit"
}

# umoci's config.json is its own, but for the terminal and the program that it names.
@test "an OCI image made and unpacked by umoci runs with the config that umoci wrote" {
    needs program umoci
    cd "$BATS_TEST_TMPDIR"
    local rootless=()
    [[ $WAY == root ]] || rootless=(--rootless)
    umoci init --layout image
    umoci new --image image:box
    umoci unpack "${rootless[@]}" --image image:box first
    cp -a --no-preserve=ownership "$DAVIT_TEST_ROOTFS/." first/rootfs/
    echo "of the image" >first/rootfs/etc/origin
    umoci repack --image image:box first
    umoci config --image image:box --config.entrypoint /bin/cat --config.cmd /etc/origin --config.env TEA=green
    umoci unpack "${rootless[@]}" --image image:box "$BUNDLE"
    expect_equal arguments "$(jq -c .process.args "$BUNDLE/config.json")" '["/bin/cat","/etc/origin"]'
    edit_config '.process.terminal = false'
    run_davit run --bundle "$BUNDLE" "$ID"
    expect_ok
    expect_stdout "of the image"
    in_container 'echo "$TEA $(id -u)"'
    expect_ok
    expect_stdout "green 0"
}
