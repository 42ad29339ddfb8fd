# shellcheck shell=bash
# manager.bash - a service manager that runs davit itself: its socket is $MANAGER.

# Listens as a service manager does, runs davit, and prints what came, in order, but for the number of MAINPID, which is in
# $BATS_TEST_TMPDIR/main-pid; closes barriers.
manager() { # DAVIT'S WORDS…
    python3 - "$MANAGER" "$BATS_TEST_TMPDIR/main-pid" "$DAVIT" --root "$ROOT" "$@" <<-'END'
	import array, os, socket, subprocess, sys, time
	address = sys.argv[1]
	s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
	s.bind("\0" + address[1:] if address[0] == "@" else address)
	s.settimeout(0.1)
	env = dict(os.environ, NOTIFY_SOCKET=address)
	p = subprocess.Popen(sys.argv[3:], env=env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
	end = time.monotonic() + 60
	seen = []
	while time.monotonic() < end:
	    try:
	        data, control, _, _ = s.recvmsg(4096, 1024)
	    except TimeoutError:
	        if p.poll() is not None:
	            break
	        continue
	    for _, _, fds in control:
	        for fd in array.array("i", fds):
	            os.close(fd)
	    seen.append(data.decode())
	for line in seen:
	    if line.startswith("MAINPID="):
	        with open(sys.argv[2], "w") as out:
	            out.write(line[8:])
	        line = "MAINPID"
	    print(line)
	sys.exit(p.wait(60))
	END
}
