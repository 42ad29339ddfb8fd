#!/usr/bin/env bats
# shellcheck disable=SC2016,SC2012  # what stands in single quotes is for shells in containers
# buildah above davit: a two-step build.

load helpers

setup_file() {
    need buildah
    export STORE=$BATS_FILE_TMPDIR
    make_rootfs "$STORE/rootfs"
    export BUILDAH_ISOLATION=oci
}

buildah_run() {
    buildah --root "$STORE/store-$NAME" --runroot "$STORE/run-$NAME" --storage-driver vfs "$@"
}

build() {
    local context=$BATS_TEST_TMPDIR/$NAME
    mkdir -p "$context"
    tar -C "$STORE/rootfs" -cf "$context/root.tar" .
    cat >"$context/Containerfile" <<-'END'
	FROM scratch AS first
	ADD root.tar /
	RUN echo one >/one && id -u
	FROM first
	USER app
	WORKDIR /tmp
	RUN cat /one >two && id -un && pwd
	RUN test "$(cat two)" = one
	CMD ["cat", "/tmp/two"]
	END
    buildah_run bud --runtime "$RUNTIME" --cgroup-parent /davit-tests-engines --network none \
        --ulimit nofile=1024:1024 --ulimit nproc=1000:1000 --tag built "$context" 2>&1 | grep -v '^ID$'
    buildah_run images --format '{{.Name}}' | sort
}
@test "a build of two steps" {
    both build
}

failing_build() {
    local context=$BATS_TEST_TMPDIR/fail-$NAME
    mkdir -p "$context"
    tar -C "$STORE/rootfs" -cf "$context/root.tar" .
    printf 'FROM scratch\nADD root.tar /\nRUN exit 3\n' >"$context/Containerfile"
    local status=0
    buildah_run bud --runtime "$RUNTIME" --network none --ulimit nofile=1024:1024 --ulimit nproc=1000:1000 "$context" \
        >/dev/null 2>&1 || status=$?
    echo "status $status"
}
@test "a step that fails ends the build with its status" {
    both failing_build
}
