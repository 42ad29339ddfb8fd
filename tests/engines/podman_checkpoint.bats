#!/usr/bin/env bats
# shellcheck disable=SC2016  # what stands in single quotes is for shells in containers
# podman's checkpoints above davit, by criu itself: where that works on the kernel. No peer is asked: what podman keeps is
# compared with what the container had.

load helpers
load podman

export RUNTIME=$DAVIT

setup_file() {
    local said
    if ! { command -v podman && command -v conmon && command -v criu; } >/dev/null; then
        said="needs podman, conmon and criu"
    elif ! said=$(criu check 2>&1); then
        said="criu does not work here: $(grep -m1 Error <<<"$said")"
    else
        make_podman_store
        import_image
        return
    fi
    echo "$said" >"$BATS_FILE_TMPDIR/no-criu"
}

setup() {
    [[ ! -e $BATS_FILE_TMPDIR/no-criu ]] || skip "$(cat "$BATS_FILE_TMPDIR/no-criu")"
}

teardown_file() {
    remove_store
}

# Counts in memory and prints: a restored one goes on where it was, in its log.
count_script='i=0; while :; do i=$((i + 1)); echo $i; sleep 0.2; done'
last_count() { podman_run logs --tail 1 "$1" | tr -d '\r'; }
has_counted() { (($(last_count "$1") > $2)); }
is_running() { [[ $(podman_run inspect --format '{{.State.Running}}' "$1") == "$2" ]]; }

goes_on() { # CONTAINER COUNT
    wait_until has_counted "$1" "$2"
    (($(last_count "$1") < $2 + 1000))
}

@test "a container is checkpointed, restored, and left running, with what was asked for kept" {
    podman_run run --detach --name c --network none box sh -c "$count_script"
    wait_until has_counted c 2
    podman_run container checkpoint --keep c
    wait_until is_running c false
    local counted
    counted=$(last_count c)
    ls "$STORE"/store/vfs-containers/*/userdata/dump.log
    podman_run container restore --keep c
    is_running c true
    goes_on c "$counted"
    podman_run exec c true
    podman_run container checkpoint --leave-running c
    is_running c true
    podman_run rm --force --time 0 c
}

@test "a checkpoint is exported, and imported under another name, with the files of the container" {
    podman_run run --detach --name d --network none box sh -c "echo kept >/file; $count_script"
    wait_until has_counted d 2
    podman_run container checkpoint --export "$STORE/d.tar.gz" d
    local counted
    counted=$(last_count d)
    podman_run rm --force --time 0 d
    podman_run container restore --import "$STORE/d.tar.gz" --name e
    goes_on e $((counted - 1))
    [[ $(podman_run exec e cat /file) == kept ]]
    podman_run rm --force --time 0 e
}
