#!/usr/bin/env bats
# shellcheck disable=SC2016,SC2154  # scripts are for shells in containers; run_davit sets status, stdout and stderr
# foreground: run and exec relay the terminal and signals, and end as their program does.

load helpers

setup() {
    begin
    needs program python3
    new_bundle
}

# A Python script on stdin that drives davit on a terminal: `run` and `execute` are command lines to give to Terminal.
scenario() {
    {
        printf 'import os, signal, sys, time\nsys.path.insert(0, %s)\nfrom terminals import *\n' "'$BATS_TEST_DIRNAME'"
        printf 'DAVIT = ["%s", "--root", "%s"]\n' "$DAVIT" "$ROOT"
        printf 'run = DAVIT + ["run", "--bundle", "%s", "%s"]\n' "$BUNDLE" "$ID"
        printf 'execute = DAVIT + ["exec", "-t", "%s"]\n' "$ID"
        cat
    } >"$BATS_TEST_TMPDIR/scenario.py"
    python3 "$BATS_TEST_TMPDIR/scenario.py"
}

with_terminal() { # SCRIPT
    edit_config '.process.terminal = true'
    set_shell "$1"
}

@test "the program is on a terminal of its own, with the caller's size" {
    with_terminal 'tty; stty size; exit 6'
    scenario <<-'END'
	with Terminal(run, rows=33, columns=99) as t:
	    t.expect("/dev/pts/0")
	    t.expect("33 99")
	    assert t.end() == 6
	    assert t.is_as_before()
	END
}

@test "the size follows the caller's" {
    with_terminal 'trap "stty size" WINCH; trap exit TERM; echo ready; while :; do sleep 0.1; done'
    scenario <<-'END'
	with Terminal(run) as t:
	    t.expect("ready")
	    for rows in (30, 31, 32):
	        t.set_size(rows, 100)
	        t.expect(f"{rows} 100")
	    os.kill(t.pid, signal.SIGTERM)
	    t.end()
	END
}

@test "a terminal that does not control davit, as BuildKit gives, is used all the same" {
    with_terminal 'trap "stty size" WINCH; echo ready; until read -r line && [ "$line" = end ]; do echo "got $line"; done; exit 6'
    scenario <<-'END'
	with Terminal(run, rows=33, columns=99, controls=False) as t:
	    t.expect("ready\r\n")
	    t.send("a word\n")
	    t.expect("got a word\r\n")
	    t.set_size(30, 100)
	    os.kill(t.pid, signal.SIGWINCH)  # nobody else tells
	    t.send("\n")
	    t.expect("30 100")
	    beside = execute + ["sh", "-c", "stty size; read -r line; echo \"got $line\""]
	    with Terminal(beside, rows=20, columns=50, controls=False) as other:
	        other.expect("20 50\r\n")
	        other.send("more\n")
	        other.expect("got more\r\n")
	        assert other.end() == 0
	        assert other.is_as_before()
	    t.send("end\n")
	    assert t.end() == 6
	    assert t.is_as_before()
	END
}

@test "output lines end as on any terminal, and in a file with a line feed alone" {
    with_terminal 'echo one; echo two'
    scenario <<-'END'
	import shlex
	with Terminal(run) as t:
	    t.expect("one\r\ntwo\r\n")
	    t.end()
	path = os.path.join(os.path.dirname(sys.argv[0]), "file")
	with Terminal(["/bin/sh", "-c", f"exec {shlex.join(run)} >{shlex.quote(path)}"]) as t:
	    assert t.end() == 0
	with open(path, "rb") as file:
	    assert file.read() == b"one\ntwo\n"
	END
}

@test "what is typed reaches the program, control characters included" {
    with_terminal 'trap "echo interrupted" INT; echo ready; read line; echo "<$line>"; read line; echo "[$line]"'
    scenario <<-'END'
	with Terminal(run) as t:
	    t.expect("ready")
	    wait_until(t.is_raw, "a raw terminal")
	    t.send("hello\r")
	    t.expect("<hello>")
	    t.send("\x03")
	    t.expect("interrupted")
	    t.send("\r")
	    t.end()
	    assert t.is_as_before()
	END
}

# DAVIT_TEST_TERMINAL_BYTES: how many, where this is too little. A machine that is too slow sends what it can in a minute.
@test "100 MB go through the terminal each way, byte by byte, with a slow reader and other sizes all the time" {
    local bytes=${DAVIT_TEST_TERMINAL_BYTES:-100000000}
    with_terminal "stty raw -echo; echo ready; exec cat"
    BYTES=$bytes scenario <<-'END'
	import random
	import subprocess
	total = int(os.environ["BYTES"])
	random.seed(7)
	block = random.randbytes(999983)  # a prime: no two pieces that begin at a page's border are alike
	twice = block * 2

	def piece(offset, length):
	    begin = offset % len(block)
	    return twice[begin:begin + min(length, total - offset)]

	with Terminal(run) as t:
	    t.expect("ready")
	    wait_until(t.is_raw, "a raw terminal")
	    t.expect("\n")
	    got = len(t.output)
	    assert t.output == piece(0, got)
	    os.set_blocking(t.master, False)
	    sent = rounds = 0
	    begin = time.monotonic()
	    end = begin + LIMIT
	    while got < total:
	        if sent < total and sent > 3000000 and time.monotonic() > begin + 60:
	            total = sent
	        writers = [t.master] if sent < total else []
	        readers, writers, _ = select.select([t.master], writers, [], 1)
	        if writers:
	            try:
	                sent += os.write(t.master, piece(sent, 65536))
	            except BlockingIOError:
	                pass
	        rounds += 1
	        if rounds % 500 == 0:
	            t.set_size(random.randrange(10, 60), random.randrange(40, 200))
	        # A reader that is slow: it lets buffers run full, and takes odd amounts.
	        if rounds % 3 == 0 and sent < total:
	            continue
	        try:
	            data = os.read(t.master, random.randrange(1, 65536)) if readers else b""
	        except BlockingIOError:
	            data = b""
	        if data:
	            assert data == piece(got, len(data)), f"other bytes than were sent, behind {got}"
	            got += len(data)
	            end = time.monotonic() + LIMIT
	        assert time.monotonic() < end, f"nothing more comes, after {sent} bytes there and {got} back"
	    os.set_blocking(t.master, True)
	    t.output = b""
	    subprocess.run(DAVIT + ["kill", run[-1], "KILL"], check=True)
	    assert t.end() == 137
	    assert t.output == b"", t.output
	    assert t.is_as_before()
	END
}

@test "what the program wrote last is not lost when it ends at once" {
    with_terminal 'seq 1 20000'
    scenario <<-'END'
	with Terminal(run) as t:
	    t.end()
	    assert t.output.split() == [str(n).encode() for n in range(1, 20001)], t.output[-100:]
	END
}

@test "a run whose caller's terminal is only stdout or stderr has its size" {
    with_terminal 'stty size; cat'
    scenario <<-'END'
	with Terminal(["sh", "-c", 'echo typed | "$0" "$@" | cat'] + run, rows=44, columns=55) as t:
	    t.expect("44 55")
	    t.expect("typed")
	    assert t.end() == 0
	END
}

@test "lines end with CR LF on a terminal and with LF in a pipe" {
    with_terminal 'echo one; echo two'
    scenario <<-'END'
	with Terminal(run) as t:
	    t.end()
	    assert t.output == b"one\r\ntwo\r\n", t.output
	with Terminal(["sh", "-c", '"$0" "$@" | od -c'] + run) as t:
	    t.expect("o   n   e  \\n   t   w   o  \\n")
	    t.end()
	END
}

@test "exec has a terminal of its own, too, and ends as its program does" {
    start_container
    scenario <<-'END'
	with Terminal(execute + ["sh", "-c", "tty; stty size; read x; echo got $x; exit 9"], rows=20, columns=70) as t:
	    t.expect("/dev/pts/")
	    t.expect("20 70")
	    wait_until(t.is_raw, "a raw terminal")
	    t.send("word\r")
	    t.expect("got word")
	    assert t.end() == 9
	    assert t.is_as_before()
	END
}

@test "the terminal is given back when davit is killed by a signal that it hands on" {
    with_terminal 'trap "exit 3" TERM; echo ready; while :; do sleep 0.1; done'
    scenario <<-'END'
	with Terminal(run) as t:
	    t.expect("ready")
	    wait_until(t.is_raw, "a raw terminal")
	    os.kill(t.pid, signal.SIGTERM)
	    assert t.end() == 3
	    assert t.is_as_before()
	END
}

@test "each signal is handed on, and the status is the program's" {
    set_shell 'for s in HUP INT QUIT USR1 USR2 ALRM CONT TERM; do trap "echo $s" $s; done
        trap "echo TERM; exit 5" TERM; echo ready; while :; do sleep 0.05; done'
    scenario <<-'END'
	import subprocess
	p = subprocess.Popen(run, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
	assert p.stdout.readline() == b"ready\n"
	for name in ("HUP", "INT", "QUIT", "USR1", "USR2", "ALRM", "CONT", "TERM"):
	    p.send_signal(getattr(signal, "SIG" + name))
	    line = p.stdout.readline()
	    assert line == name.encode() + b"\n", (name, line)
	assert p.wait(LIMIT) == 5
	END
}

@test "a program that a signal kills ends davit with 128 and its number" {
    set_shell 'kill -9 $$; sleep 100'
    edit_config '.linux.namespaces |= map(select(.type != "pid"))'
    run_davit run --bundle "$BUNDLE" "$ID"
    expect_status 137
}

@test "a container dies with its davit, and the next run of that id works" {
    set_shell 'echo ready; sleep 1000'
    scenario <<-'END'
	import subprocess
	p = subprocess.Popen(run, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
	assert p.stdout.readline() == b"ready\n"
	pid = int(subprocess.run(["sh", "-c", '"$0" "$@" | jq .pid'] + DAVIT + ["state", run[-1]],
	                         capture_output=True).stdout)
	p.kill()
	p.wait()
	def gone():
	    try:
	        return open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()[0] in "ZX"
	    except FileNotFoundError:
	        return True
	wait_until(gone, "the end of the container's init")
	END
    in_container 'echo again'
    expect_ok
    expect_stdout again
}

@test "without a terminal the standard descriptors are the caller's own" {
    set_shell 'cat; echo err >&2'
    local out
    out=$(echo in | davit run --bundle "$BUNDLE" "$ID" 2>"$BATS_TEST_TMPDIR/err")
    expect_equal stdout "$out" in
    expect_equal stderr "$(cat "$BATS_TEST_TMPDIR/err")" err
}
