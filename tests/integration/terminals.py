"""terminals.py - a pseudo-terminal with a program on it, for tests of davit in the foreground.

    with Terminal([DAVIT, "run", …]) as t:
        t.expect("ready")
        t.send("x\n")
        assert t.end() == 0

A script of a test reads its words from sys.argv. Every wait ends after LIMIT seconds with what was printed so far."""

import errno
import fcntl
import os
import pty
import select
import signal
import struct
import termios
import time

LIMIT = 60


def wait_until(condition, what):
    end = time.monotonic() + LIMIT
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"in vain: {what}")
        time.sleep(0.02)


class Terminal:
    def __init__(self, command, rows=24, columns=80, controls=True):
        self.output = b""
        self.master, slave = pty.openpty()
        self.set_size(rows, columns)
        self.slave_name = os.ttyname(slave)
        self.mode = termios.tcgetattr(slave)
        self.slave = slave
        self.pid = os.fork()
        if self.pid == 0:
            os.setsid()
            if controls:
                fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
            for fd in (0, 1, 2):
                os.dup2(slave, fd)
            os.closerange(3, 256)
            os.execvp(command[0], command)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self.master)
        os.close(self.slave)

    def set_size(self, rows, columns):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def is_raw(self):
        return not termios.tcgetattr(self.slave)[3] & (termios.ICANON | termios.ECHO | termios.ISIG)

    def is_as_before(self):
        return termios.tcgetattr(self.slave)[:4] == self.mode[:4]

    def send(self, text):
        os.write(self.master, text.encode() if isinstance(text, str) else text)

    def read(self, seconds):
        """Takes what is printed; False when nothing came in time or the terminal is gone."""
        if not select.select([self.master], [], [], seconds)[0]:
            return False
        try:
            data = os.read(self.master, 65536)
        except OSError as e:
            if e.errno == errno.EIO:
                return False
            raise
        self.output += data
        return bool(data)

    def expect(self, text):
        text = text.encode()
        end = time.monotonic() + LIMIT
        while text not in self.output:
            if time.monotonic() > end:
                raise AssertionError(f"{text!r} was not printed, but {self.output!r}")
            self.read(0.2)
        before, self.output = self.output.split(text, 1)
        return before

    def end(self):
        """Waits for the program's end; its status as a shell gives it."""
        limit = time.monotonic() + LIMIT
        while True:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                break
            if time.monotonic() > limit:
                raise AssertionError(f"no end, but {self.output!r}")
            self.read(0.05)
        self.pid = 0
        while self.read(0.05):
            pass
        code = os.waitstatus_to_exitcode(status)
        return code if code >= 0 else 128 - code
