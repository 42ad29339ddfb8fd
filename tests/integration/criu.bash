# shellcheck shell=bash
# criu.bash - what the files have in common that run the real criu, where it works on the kernel.

# A file's setup_file, setup and teardown: criu is asked once, and tests that it cannot run take no snapshots.
ask_criu() {
    local said
    if [[ $WAY != root ]]; then
        echo "needs root"
    elif ! command -v criu >/dev/null; then
        echo "needs the program criu"
    elif ! said=$(criu check 2>&1); then
        echo "criu does not work here: $(grep -m1 Error <<<"$said")"
    fi >"$BATS_FILE_TMPDIR/no-criu"
}

begin_criu() {
    [[ ! -s $BATS_FILE_TMPDIR/no-criu ]] || skip "$(cat "$BATS_FILE_TMPDIR/no-criu")"
    begin
    new_bundle
    IMAGES=$BATS_TEST_TMPDIR/images
}

finish_criu() {
    [[ -s $BATS_FILE_TMPDIR/no-criu ]] || finish
}

# criu takes its time in an emulated machine.
wait_until() {
    wait_for_seconds 120 "$@" 2>/dev/null || { echo "waited in vain for: $*"; return 1; }
}

# For one test of a file. Old versions do not know new kernels: `criu check` says so.
needs_criu() {
    needs program criu
    local said
    said=$(criu check 2>&1) || skip "criu does not work here: $(grep -m1 Error <<<"$said")"
}

# Counts in memory, so that a restored one must go on where it was.
count_script='i=0; while :; do i=$((i + 1)); echo $i >/count; sleep 0.1; done'
count() { cat "$BUNDLE/rootfs/count" 2>/dev/null; }
has_counted() { local now; now=$(count) && ((${now:-0} > $1)); }
start_counting() {
    set_shell "$count_script"
    davit run --detach --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1
    wait_until has_counted 2
}

# What the container sees of its mounts, without the numbers that are given anew.
mounts_of() { awk '{ $1 = $2 = $3 = ""; sub(/\(deleted\)/, ""); print }' "/proc/$1/mountinfo" | sort; }

checkpoint() { run_davit checkpoint --image-path "$IMAGES" "$@" "$ID"; }
restore() { run_davit restore --detach --bundle "$BUNDLE" --image-path "$IMAGES" "$@" "$ID"; }

# In the background, an engine's end of a console socket: what comes by the terminal goes to SOCKET.lines.
receive_terminal() {
    python3 - "$1" <<'END' 3>&- &
import array, fcntl, os, socket, struct, sys, termios
listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
listener.bind(sys.argv[1])
listener.listen(1)
connection, _ = listener.accept()
_, control, _, _ = connection.recvmsg(4096, socket.CMSG_LEN(64))
master = array.array("i", control[0][2])[0]
with open(sys.argv[1] + ".lines", "wb", 0) as out:
    try:
        while text := os.read(master, 4096):
            out.write(text)
            out.write(b"size %dx%d\n" % struct.unpack("HHHH", fcntl.ioctl(master, termios.TIOCGWINSZ, bytes(8)))[:2])
    except OSError:
        pass
END
    wait_until test -S "$1"
}
