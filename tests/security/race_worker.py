#!/usr/bin/env python3
"""Runs the races whose seeds come on stdin, one a line, and prints one JSON object for each; with --list prints the
seeds of all.

race_worker.py [--list] DAVIT DIRECTORY TAG RACE: to be run by tests/integration/sandbox. RACE is the program of race.c.

A seed is "create:image-dev:1.57:/dev/null:relative-file:flip": at the 57th path call of the second process the name
is exchanged with a link to the decoy's file, for the time of that call; with "stay" it stays.
"""
import json
import os
import stat
import sys

import hostile_cases as cases
import hostile_host as host
from hostile_plant import Planter
from hostile_worker import Case, Skip, Worker

NOTHING_EXCHANGED = 99
MODES = ("stay", "flip")
RESOLVE_IN_ROOT = 0x10


class RaceCase(Case):
    def __init__(self, worker, seed):
        words = seed.split(":")
        worker.names = {(words[0], words[1]): []}
        super().__init__(worker, f"{words[0]}:{words[1]}:#0")
        self.seed = seed
        self.point, self.name, self.kind, self.mode = words[2:] if len(words) == 6 else (None,) * 4
        self.words = None
        self.was_raced = False

    def plant(self, pid=None):
        """The other file waits where its exchange is a rename within one mount."""
        if self.point is None:
            self.words = ["--list", self.log()]
        else:
            volume, prefix = cases.host_place(self.config, self.name, self.worker.place)
            place = volume or (f"/proc/{pid}/root{prefix}" if pid and prefix else self.rootfs)
            name = place + self.name[len(prefix) if place != self.rootfs else 0:]
            planter = Planter(place, self.worker.decoy, self.owner)
            self.planters.append(planter)
            # A link leads from where it will be, not from where it waits.
            planter.target = lambda path, kind: Planter.target(planter, name, kind)
            try:
                planter.put("/.other", self.kind)
            except OSError as error:
                raise Skip(f"the other file cannot be made: {error.strerror}") from None
            self.words = ["--at", self.point] + (["--flip"] if self.mode == "flip" else []) + [name, f"{place}/.other"]
        self.watch()

    def log(self):
        return f"{self.worker.place}/race.list"

    def prefix(self, words):
        if words[0] != self.entry or self.words is None or self.was_raced:
            return []
        self.was_raced = True
        return [self.worker.race, *self.words]

    def davit(self, *words):
        is_raced = bool(words[0] == self.entry and self.words and not self.was_raced)
        status = super().davit(*words)
        if is_raced and status == NOTHING_EXCHANGED:
            self.faults = [fault for fault in self.faults if "without a word" not in fault]
            raise Skip("there is nothing to exchange")
        return status

    def watch(self):
        super().watch()
        # The program's file is opened as the container's own user, by the container's device rules.
        if self.name and self.name.startswith(("/bin", "/usr")):
            self.touched.close()
            self.touched = None

    def audit_mounts(self, pid):
        """The image's directories may be anywhere by now: what counts is that the decoy is not among the mounts."""
        mounts, self.config["mounts"] = self.config["mounts"], []
        super().audit_mounts(pid)
        self.config["mounts"] = mounts

    def audit_paths(self, pid, root_fd):
        """Wherever a procfs is, its masked and read-only files are masked and read-only."""
        with open(f"/proc/{pid}/mountinfo", encoding="utf-8") as file:
            lines = [line.split() for line in file]
        mounts = self.config["mounts"]
        wanted = next((m["destination"] for m in mounts if m.get("type") == "proc"), None)
        linux = self.config["linux"]
        kept = linux["maskedPaths"], linux["readonlyPaths"]
        for fields in lines:
            if wanted is None or fields[3] != "/" or fields[fields.index("-") + 1] != "proc":
                continue
            linux["maskedPaths"], linux["readonlyPaths"] = (
                [fields[4] + path[len(wanted):] for path in paths if path.startswith(wanted + "/")] for paths in kept)
            super().audit_paths(pid, root_fd)
        linux["maskedPaths"], linux["readonlyPaths"] = kept


def points(case):
    """[(point, name), ...] of a listed run."""
    inside, found = set(), []
    with open(case.log(), encoding="utf-8", errors="replace") as file:
        for line in file:
            point, call, resolve, _cwd, directory, path, *_ = line.rstrip("\n").split("\t")
            process = point.split(".")[0]
            if call in ("pivot_root", "chroot", "setns"):
                if call != "setns" or int(resolve, 16) & host.CLONE_NEWNS:
                    inside.add(process)
                continue
            name = cases.name_below(case.rootfs, process in inside, int(resolve, 16) & RESOLVE_IN_ROOT, directory, path)
            if call.startswith("exec"):
                inside.discard(process)
            if name and name != "/":
                found.append((point, name))
    return found


def seeds_of(case):
    """Each part of each name, at each call that uses it."""
    for point, full in points(case):
        for name in cases.with_parents(full):
            volume, prefix = cases.host_place(case.config, name, case.worker.place)
            if prefix and not volume and case.entry != "exec":
                continue    # in a mount of davit's, where nobody else is yet
            place = (volume or case.rootfs) + name[len(prefix) if volume else 0:]
            try:
                is_directory = stat.S_ISDIR(os.lstat(place).st_mode)
            except OSError:
                is_directory = False
            for kind in ("relative-dir",) if is_directory else ("relative-file", "device"):
                for mode in MODES:
                    yield f"{case.entry}:{case.recipe}:{point}:{name}:{kind}:{mode}"


class RaceWorker(Worker):
    def __init__(self, davit, directory, tag, race):
        super().__init__(davit, directory, tag)
        self.race = race

    def make_case(self, seed):
        return RaceCase(self, seed)

    def list_all(self):
        for entry in cases.ENTRIES:
            for recipe in () if entry in cases.CRIU_ENTRIES else cases.recipes_of(entry):
                self.count += 1
                case = RaceCase(self, f"{entry}:{recipe}")
                case.run()
                if case.faults:
                    sys.exit(f"race: {entry} {recipe}: {case.faults} {self.said}")
                yield from seeds_of(case)


def main():
    words = [word for word in sys.argv[1:] if word != "--list"]
    worker = RaceWorker(*words)
    if "--list" in sys.argv:
        for seed in worker.list_all():
            print(seed)
        return
    for line in sys.stdin:
        print(json.dumps(worker.run(line.strip())), flush=True)


if __name__ == "__main__":
    main()
