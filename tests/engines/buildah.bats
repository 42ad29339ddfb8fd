#!/usr/bin/env bats
# buildah above davit: a build of two steps, and a working container.

load helpers

setup_file() {
    need buildah
    make_store
    tar -C "$STORE/rootfs" -cf "$STORE/root.tar" .
    export BUILDAH_ISOLATION=oci
}

teardown_file() {
    rm -rf "${STORE:?}"
}

buildah_run() {
    buildah --root "$STORE/store-$NAME" --runroot "$STORE/run-$NAME" --storage-driver vfs "$@"
}

bud() { # [OPTION]… CONTEXT
    buildah_run bud --runtime "$RUNTIME" --cgroup-parent /davit-tests-engines --network none \
        --ulimit nofile=1024:1024 --ulimit nproc=1000:1000 "$@"
}

build() {
    local context=$STORE/context-$NAME
    mkdir -p "$context"
    cp "$STORE/root.tar" "$context"
    cat >"$context/Containerfile" <<-'END_OF_FILE'
	FROM scratch AS first
	ADD root.tar /
	RUN echo one >/one && id -u
	FROM first
	USER app
	WORKDIR /tmp
	RUN cat /one >two && id -un && pwd
	RUN test "$(cat two)" = one
	CMD ["cat", "/tmp/two"]
	END_OF_FILE
    # Blobs are copied side by side, so what is told of them has no order.
    bud --tag built "$context" 2>&1 | grep -E '^(STEP|[0-9a-z/]+$)' | grep -vE '^[0-9a-f]{64}$'
    buildah_run images --format '{{.Name}}' | sort
}
@test "a build of two steps" {
    both build
}

failing_build() {
    local context=$STORE/fail-$NAME
    mkdir -p "$context"
    cp "$STORE/root.tar" "$context"
    printf 'FROM scratch\nADD root.tar /\nRUN exit 3\n' >"$context/Containerfile"
    status_of bud "$context" >"$BATS_TEST_TMPDIR/failing" 2>&1
    grep -oE '^status.*|exit status 3' "$BATS_TEST_TMPDIR/failing" | sort -u
}
@test "a step that fails ends the build with its status" {
    both failing_build
}

working_container() {
    local id
    id=$(buildah_run from --cgroup-parent /davit-tests-engines --ulimit nofile=1024:1024 --ulimit nproc=1000:1000 scratch)
    buildah_run add --quiet "$id" "$STORE/root.tar" / >/dev/null
    buildah_run run --runtime "$RUNTIME" --network none "$id" sh -c 'echo inside; id -u'
    buildah_run run --runtime "$RUNTIME" --network none --user app "$id" id -un
    status_of buildah_run run --runtime "$RUNTIME" --network none "$id" sh -c 'exit 7' 2>/dev/null
    buildah_run rm "$id" >/dev/null
}
@test "commands run in a working container" {
    both working_container
}
