"""System calls that python lacks, and the host as a case sees it: decoys, mounts, devices, what must stay as it was."""
import ctypes
import os
import select
import stat
import struct

libc = ctypes.CDLL(None, use_errno=True)
MS_BIND, MS_NOATIME, MS_STRICTATIME, MNT_DETACH = 0x1000, 0x400, 1 << 24, 2
CLONE_NEWNS = 0x20000
SYS_OPENAT2, RESOLVE_NO_MAGICLINKS, RESOLVE_IN_ROOT, O_PATH = 437, 0x02, 0x10, 0o10000000
IN_ACCESS, IN_MODIFY, IN_ATTRIB, IN_OPEN, IN_IGNORED = 0x1, 0x2, 0x4, 0x20, 0x8000
IN_TREE = 0x3c0 | 0xc00    # moved, created, deleted
SECRET = "the decoy's secret"
WORD = {IN_ACCESS: "read", IN_MODIFY: "written", IN_ATTRIB: "changed in mode, owner or links", IN_OPEN: "opened"}


def check(result, what):
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result


def mount(source, target, kind=None, flags=0, data=None):
    encoded = [text.encode() if text else None for text in (source, target, kind)]
    check(libc.mount(*encoded, ctypes.c_ulong(flags), data.encode() if data else None), f"mount {target}")


def unmount(target):
    return libc.umount2(target.encode(), MNT_DETACH) == 0


def setns(fd, kind):
    check(libc.setns(fd, kind), "setns")


def open_inside(root_fd, path, flags=O_PATH):
    """The path as the container's root resolves it; None when there is no such file."""
    how = struct.pack("QQQ", flags | os.O_CLOEXEC, 0, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS)
    fd = libc.syscall(SYS_OPENAT2, root_fd, path.encode(), how, len(how))
    return None if fd < 0 else fd


class Watch:
    """Inotify on inodes: tells of every touch, also of one that changes nothing."""

    def __init__(self):
        self.fd = check(libc.inotify_init1(0o4000 | 0o2000000), "inotify_init1")
        self.names = {}

    def add(self, path, mask, name):
        number = libc.inotify_add_watch(self.fd, path.encode(), mask | 0x02000000)    # IN_DONT_FOLLOW
        if number >= 0:
            self.names[number] = name

    def events(self):
        seen = []
        while select.select([self.fd], [], [], 0)[0]:
            data = os.read(self.fd, 65536)
            while data:
                number, mask, _, length = struct.unpack_from("iIII", data)
                below = data[16:16 + length].rstrip(b"\0").decode(errors="replace")
                data = data[16 + length:]
                if not mask & IN_IGNORED:
                    words = [word for bit, word in WORD.items() if mask & bit] or ["changed in its entries"]
                    seen.append(f"{self.names.get(number, '?')}{'/' + below if below else ''} was {words[0]}")
        return sorted(set(seen))

    def close(self):
        os.close(self.fd)


LONG = "n" * 255


class Decoy:
    """A harmless directory of the host that hostile links lead to. Nothing may touch it."""

    def __init__(self, place):
        self.directory = f"{place}/decoy"
        self.file = f"{self.directory}/secret"
        for name in ("", "dir", "dir/below", LONG, "dev", "dev/pts"):
            os.makedirs(f"{self.directory}/{name}", exist_ok=True)
        self.files = ["secret", "ptmx", "dir/file", "console", "passwd", "group", "null", f"{LONG}/file"]
        for name in self.files:
            with open(f"{self.directory}/{name}", "w", encoding="ascii") as file:
                file.write(f"{SECRET}\nalice:x:4242:4242::/decoy:/bin/sh\n")
            os.chmod(f"{self.directory}/{name}", 0o600)
        self.links = {}    # of the file, made by the case: their number is known
        self.before = self.snapshot()
        self.watch = None

    def snapshot(self):
        lines = []
        for place, directories, files in os.walk(self.directory):
            for name in [""] + sorted(directories + files):
                path = os.path.join(place, name) if name else place
                st = os.lstat(path)
                line = (os.path.relpath(path, self.directory), st.st_ino, st.st_mode, st.st_uid, st.st_gid, st.st_rdev)
                if stat.S_ISREG(st.st_mode):
                    with open(path, "rb") as file:
                        line += (file.read(), st.st_mtime_ns)
                lines.append(line)
        return sorted(lines, key=lambda line: line[0])

    def arm(self, has_hardlink):
        """A hard link's file is the image's as well: there it may be opened, but not changed."""
        self.watch = Watch()
        for name in (".", "dir", "dir/below", LONG, "dev", "dev/pts"):
            self.watch.add(f"{self.directory}/{name}", IN_TREE | IN_OPEN | IN_ATTRIB, f"decoy/{name}")
        for name in self.files:
            mask = IN_MODIFY if has_hardlink and name == "secret" else IN_ACCESS | IN_MODIFY | IN_OPEN | IN_ATTRIB
            self.watch.add(f"{self.directory}/{name}", mask, f"decoy/{name}")

    def faults(self):
        found = self.watch.events()
        self.watch.close()
        before, after = ({line[0]: line for line in view} for view in (self.before, self.snapshot()))
        for name in sorted(before.keys() | after.keys()):
            if before.get(name) != after.get(name):
                how = "is gone" if name not in after else "appeared" if name not in before else "has changed"
                found.append(f"decoy/{name} {how}")
        return found


def make_devices(place):
    """A /dev of the worker's own, in the host's place: what happens to its nodes is this case's doing, or nobody's."""
    for name, numbers in {"null": (1, 3), "zero": (1, 5), "full": (1, 7), "random": (1, 8), "urandom": (1, 9),
                          "tty": (5, 0)}.items():
        os.mknod(f"{place}/{name}", stat.S_IFCHR | 0o666, os.makedev(*numbers))
        os.chmod(f"{place}/{name}", 0o666)
    for name in ("pts", "shm", "mqueue"):
        os.mkdir(f"{place}/{name}")
    os.symlink("/proc/self/fd", f"{place}/fd")


def host_view(place):
    """What no container may change: mounts, device nodes, and the directory around the bundle."""
    with open("/proc/self/mountinfo", encoding="utf-8") as file:
        view = [line.rstrip() for line in file]
    for directory in ("/dev", place):
        for name in sorted(os.listdir(directory)):
            st = os.lstat(f"{directory}/{name}")
            view.append(f"{directory}/{name} {st.st_mode:o} {st.st_uid}:{st.st_gid} {st.st_rdev:x}")
    return view


def differences(before, after, place):
    """A mount point that somebody else removes takes its mount out of every namespace: not the case's doing."""
    gone = [line for line in before if line not in set(after)]
    foreign = [line for line in gone if any(f" {top}/" in line for top in ("/tmp", "/var", "/run")) and place not in line]
    return ([f"host: appeared: {line}" for line in after if line not in set(before)] +
            [f"host: gone: {line}" for line in gone if line not in foreign])
