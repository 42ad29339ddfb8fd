"""Puts what is hostile in the place of a name."""
import os
import shutil
import socket
import stat

import hostile_host as host
from hostile_cases import SYMLINKS


def forced_directory(path, owner=0):
    """The directories up to a name; what is in the way of one goes."""
    place = ""
    for part in path.strip("/").split("/"):
        place += "/" + part
        try:
            if stat.S_ISDIR(os.lstat(place).st_mode):
                continue
            os.unlink(place)
        except FileNotFoundError:
            pass
        os.mkdir(place)
        if owner:
            os.lchown(place, owner, owner)


class Planter:
    """One image (or the root of one running container) with hostile files in it."""

    def __init__(self, root, decoy, owner=0, enter=None):
        self.root, self.decoy, self.owner, self.enter = root, decoy, owner, enter
        self.mounts, self.volumes, self.sockets = [], [], []
        self.chains = 0
        self.has_hardlink = False
        self.devices = []    # nobody may open these

    def clear(self, path):
        try:
            st = os.lstat(path)
        except OSError:
            return
        if stat.S_ISDIR(st.st_mode):
            shutil.rmtree(path)
        else:
            os.unlink(path)

    def target(self, path, kind):
        """Where a link leads: the decoy, by some way."""
        way, _, what = kind.partition("-")
        goal = self.decoy.file if what == "file" else f"{self.decoy.directory}/dir"
        if way in ("absolute", "magic"):
            return goal if way == "absolute" else f"/proc/self/cwd/../../../../../../..{goal}"
        if way == "relative":
            return os.path.relpath(goal, os.path.dirname(path))
        if way == "climbing":
            return "../" * 24 + goal.lstrip("/")
        if kind == "dangling":
            return f"{self.decoy.directory}/absent/below"
        if kind == "dangling-relative":
            return os.path.relpath(f"{self.decoy.directory}/absent", os.path.dirname(path))
        if kind == "long-link":
            return os.path.relpath(f"{self.decoy.directory}/{host.LONG}", os.path.dirname(path))
        return os.path.basename(path)    # loop

    def chain(self, path, kind):
        """Forty links, the last of which leads to the decoy."""
        self.chains += 1
        place = f"{self.root}/chain{self.chains}"
        os.mkdir(place)
        os.symlink(self.target(f"{place}/39", "relative" + kind[len("chain"):]), f"{place}/39")
        for number in range(38, 0, -1):
            os.symlink(f"{number + 1}", f"{place}/{number}")
        os.symlink(os.path.relpath(f"{place}/1", os.path.dirname(path)), path)

    def cover(self, path, kind):
        """A mount point: a volume that others share, not the decoy, since davit may write there."""
        directory = kind == "mount-dir"
        volume = f"{os.path.dirname(self.decoy.directory)}/mounted{len(self.volumes)}"
        self.volumes.append(volume)
        if directory:
            os.mkdir(path)
            os.mkdir(volume)
        else:
            for name in (path, volume):
                with open(name, "w", encoding="ascii"):
                    pass
        if self.enter:
            self.enter(path, directory)
        else:
            host.mount(volume, path, None, host.MS_BIND)
        self.mounts.append(path)

    def put(self, name, kind):
        path = self.root + name
        forced_directory(os.path.dirname(path), self.owner)
        self.clear(path)
        if kind.startswith("chain-"):
            self.chain(path, kind)
        elif kind in SYMLINKS:
            os.symlink(self.target(path, kind), path)
        elif kind in ("mount-dir", "mount-file"):
            self.cover(path, kind)
            return
        elif kind == "fifo":
            os.mkfifo(path, 0o666)
        elif kind == "socket":
            listener = socket.socket(socket.AF_UNIX)
            directory = os.open(os.path.dirname(path), host.O_PATH)
            listener.bind(f"/proc/self/fd/{directory}/{os.path.basename(path)}")
            os.close(directory)
            listener.listen()
            self.sockets.append(listener)
        elif kind == "device":
            os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(1, 7))
            self.devices.append(path)
        elif kind in ("directory", "long-directory"):
            os.makedirs(path if kind == "directory" else f"{path}/{host.LONG}")
        elif kind == "hardlink":
            os.link(self.decoy.file, path)
            self.has_hardlink = True
            return    # whose owner is the decoy's
        else:
            with open(path, "w", encoding="ascii") as file:
                file.write("#!/bin/true\nalice:x:1000:1000::/home/alice:/bin/sh\n")
            os.chmod(path, {"setuid": 0o6755, "unreadable": 0}.get(kind, 0o644))
        if self.owner:
            os.lchown(path, self.owner, self.owner)
            if kind == "setuid":
                os.chmod(path, 0o6755)

    def uproot(self):
        for listener in self.sockets:
            listener.close()
        if not self.enter:
            for path in reversed(self.mounts):
                host.unmount(path)
        for volume in self.volumes:
            self.clear(volume)
