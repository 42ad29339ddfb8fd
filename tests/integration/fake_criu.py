#!/usr/bin/env python3
"""Stands in for criu where that does not work: `criu swrk 3`, as davit calls it.

What it is asked is written beside it, to the file "requests", one field a line: "options.pid=12". The file "behaviour"
says what it does: ok (default), fail (as criu: a log, and the response), die (no response), old (an old version),
refuse-features. A failing one leaves the container frozen."""

import ctypes
import os
import signal
import socket
import sys

HERE = os.path.dirname(os.path.abspath(sys.argv[0]))
DESCRIPTORS = sorted(os.listdir("/proc/self/fd"), key=int)
REQUESTS = os.open(f"{HERE}/requests", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
DUMP, RESTORE, PRE_DUMP, NOTIFY, FEATURES, VERSION = 1, 2, 4, 6, 9, 10
CLONE_PARENT = 0x8000
SYS_CLONE = {"x86_64": 56}.get(os.uname().machine, 220)

OPTIONS = {
    1: "images_dir_fd", 2: "pid", 3: "leave_running", 4: "ext_unix_sk", 5: "tcp_established", 7: "shell_job",
    8: "file_locks", 9: "log_level", 10: "log_file", 11: "ps", 12: "notify_scripts", 13: "root", 14: "parent_img",
    15: "track_mem", 16: "auto_dedup", 17: "work_dir_fd", 18: "link_remap", 25: "cg_root", 26: "rst_sibling",
    27: "inherit_fd", 29: "ext_sharing", 30: "ext_masters", 34: "manage_cgroups_mode", 37: "external", 38: "empty_ns",
    39: "join_ns", 44: "freeze_cgroup", 46: "tcp_skip_in_flight", 48: "lazy_pages", 50: "orphan_pts_master",
    51: "config_file", 52: "tcp_close", 53: "lsm_profile", 60: "cgroup_yard", 63: "lsm_mount_context", 64: "network_lock",
}
NESTED = ("ps", "cg_root", "inherit_fd", "join_ns")


def varint(number):
    out = b""
    while number >= 0x80:
        out += bytes([number & 0x7F | 0x80])
        number >>= 7
    return out + bytes([number])


def encode(field, value):
    if isinstance(value, int):
        return varint(field << 3) + varint(value)
    return varint(field << 3 | 2) + varint(len(value)) + value


def decode(data):
    def take_varint(at):
        value = shift = 0
        while True:
            value |= (data[at] & 0x7F) << shift
            shift += 7
            at += 1
            if not data[at - 1] & 0x80:
                return value, at

    at = 0
    while at < len(data):
        key, at = take_varint(at)
        value, at = take_varint(at)
        if key & 7 == 2:
            value, at = data[at:at + value], at + value
        yield key >> 3, value


def shown(value):
    return value.decode() if isinstance(value, bytes) else str(value)


def note(text):
    os.write(REQUESTS, f"{text}\n".encode())


def read_request(data):
    kind, options = 0, []
    for field, value in decode(data):
        if field == 1:
            kind = value
        elif field == 2:
            for number, inner in decode(value):
                name = OPTIONS.get(number, str(number))
                if name in NESTED:
                    inner = " ".join(shown(v) for _, v in decode(inner)).encode()
                options.append((name, shown(inner)))
    return kind, options


def behaviour():
    try:
        with open(f"{HERE}/behaviour", encoding="utf-8") as source:
            return source.read().strip()
    except FileNotFoundError:
        return "ok"


class Criu:
    def __init__(self):
        self.socket = socket.socket(fileno=3)

    def respond(self, kind, success, more=b""):
        self.socket.send(encode(1, kind) + encode(2, int(success)) + more)

    def notify(self, script, pid=None):
        inner = encode(1, script.encode()) + (encode(2, pid) if pid else b"")
        self.respond(NOTIFY, True, encode(5, inner))
        answer = dict(decode(self.socket.recv(65536)))
        note(f"answer.{script}={answer.get(3)}")
        return bool(answer.get(3))

    def write_log(self, options, lines):
        with open(f"/proc/self/fd/{options['work_dir_fd']}/{options['log_file']}", "w", encoding="utf-8") as log:
            log.write("".join(line + "\n" for line in lines))

    def freeze(self, options):
        directory = options.get("freeze_cgroup")
        if not directory:
            return
        name, word = ("cgroup.freeze", "1") if os.path.exists(f"{directory}/cgroup.freeze") else ("freezer.state", "FROZEN")
        with open(f"{directory}/{name}", "w", encoding="utf-8") as file:
            file.write(word)

    def fail(self, kind, options):
        self.write_log(options, [
            "(00.000001) Version: 3.17.1",
            "(00.046893) Error (criu/sk-inet.c:191): inet: Connected TCP socket, consider using it",
            "(00.046901) Error (criu/cr-dump.c:1669): Dump files (pid: 7) failed with -1",
            "(00.051000) Error (criu/cr-dump.c:2098): Dumping FAILED.",
        ])
        self.respond(kind, False, encode(7, 95))

    def dump(self, kind, options):
        how = behaviour()
        if how in ("fail", "die"):
            self.freeze(options)
        if how == "die":
            print("Error (criu/vdso.c:613): vdso: Failed to fill self vdso symtable", file=sys.stderr, flush=True)
            sys.exit(1)
        if how == "fail":
            self.fail(kind, options)
            return
        self.write_log(options, ["(00.000001) Version: 3.17.1"])
        self.notify("pre-dump")
        self.notify("status-ready")
        with open(f"/proc/self/fd/{options['images_dir_fd']}/inventory.img", "w", encoding="utf-8"):
            pass
        if kind == DUMP and "leave_running" not in options:
            os.kill(int(options["pid"]), signal.SIGKILL)
        self.respond(kind, True, encode(3, b""))

    def note_unreachable(self, options, externals):
        """What somebody cannot reach who is nobody on this host, but in the group that has the images."""
        images = f"/proc/self/fd/{options['images_dir_fd']}"
        st = os.stat(images)
        note(f"images={st.st_mode & 0o7777:o} {st.st_gid}")
        child = os.fork()
        if child == 0:
            os.setgroups([])
            os.setgid(st.st_gid)
            os.setuid(4000000)
            for path in [f"{images}/inventory.img", options["root"]] + [e.split("]:", 1)[1] for e in externals]:
                try:
                    os.stat(path)
                except PermissionError:
                    note(f"unreachable={path}")
                except FileNotFoundError:
                    pass
            os._exit(0)
        os.waitpid(child, 0)

    def restore(self, kind, options, externals):
        if behaviour() == "fail":
            self.fail(kind, options)
            return
        self.write_log(options, ["(00.000001) Version: 3.17.1"])
        self.note_unreachable(options, externals)
        libc = ctypes.CDLL(None, use_errno=True)
        pid = libc.syscall(SYS_CLONE, CLONE_PARENT | signal.SIGCHLD, 0, 0, 0, 0)
        if pid == 0:
            os.execv("/bin/sh", ["sh", "-c", "trap 'exit 7' TERM; while :; do sleep 0.1; done"])
        for script in ("setup-namespaces", "post-restore"):
            if not self.notify(script, pid):
                os.kill(pid, signal.SIGKILL)
                self.fail(kind, options)
                return
        self.respond(kind, True, encode(4, encode(1, pid)))

    def serve(self):
        while data := self.socket.recv(65536):
            kind, options = read_request(data)
            note(f"type={kind}")
            for name, value in options:
                note(f"{name}={value}")
            if kind == VERSION:
                version = (2, 12) if behaviour() == "old" else (3, 17)
                self.respond(kind, True, encode(10, encode(1, version[0]) + encode(2, version[1]) + encode(4, 1)))
            elif kind == FEATURES:
                has = int(behaviour() != "refuse-features")
                self.respond(kind, True, encode(8, encode(1, has) + encode(2, has)))
            elif kind in (DUMP, PRE_DUMP):
                self.dump(kind, dict(options))
            elif kind == RESTORE:
                self.restore(kind, dict(options), [value for name, value in options if name == "external"])
                return


assert sys.argv[1:] == ["swrk", "3"], sys.argv
note("environment=" + " ".join(sorted(os.environ)))
note("descriptors=" + " ".join(DESCRIPTORS))
Criu().serve()
