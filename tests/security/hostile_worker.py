#!/usr/bin/env python3
"""Runs the cases whose seeds come on stdin, one a line, and prints one JSON object for each.

hostile_worker.py DAVIT DIRECTORY TAG [PEER]: to be run by tests/integration/sandbox, in a mount and a pid namespace of its
own, which stand for the host. PEER is another runtime, to show that the checks find what is known of it.
"""
import glob
import json
import os
import shutil
import socket
import stat
import subprocess
import sys
import time

import hostile_cases as cases
import hostile_host as host
from hostile_plant import Planter

COMMAND_LIMIT_SECONDS = 60
SANITIZERS = ("AddressSanitizer", "LeakSanitizer", "runtime error:", "UndefinedBehavior", "stack smashing")
EXACT_TYPES = ("proc", "sysfs", "cgroup")    # never mounted through a link


class Fault(Exception):
    """The case cannot go on: one more thing that is wrong."""


class Skip(Exception):
    """The case cannot be made here."""


def wait_for(condition):
    end = time.monotonic() + COMMAND_LIMIT_SECONDS
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.005)
    return True


def processes():
    return {name for name in os.listdir("/proc") if name.isdigit()}


class Case:
    def __init__(self, worker, seed):
        self.worker, self.seed, self.faults = worker, seed, []
        self.entry, self.recipe, self.hostile = cases.parse_case(seed, worker.names)
        self.id = f"{worker.tag}-{worker.count}"
        self.bundle, self.root = f"{worker.place}/case/bundle", f"{worker.place}/case/root"
        self.rootfs = f"{self.bundle}/rootfs"
        self.owner = cases.USERNS_BASE if self.recipe == "userns" else 0
        self.config = cases.make_config(worker.base, self.entry, self.recipe, worker.place)
        if worker.peer:
            self.config["ociVersion"] = "1.0.2"
        self.listener, self.touched = None, None
        self.planters = []

    def prefix(self, _words):
        """What runs a command of davit's."""
        return []

    def davit(self, *words):
        """Its output goes to a file: a pipe would stay open with the container."""
        name = words[0]
        with open(f"{self.worker.place}/case/output", "w+", errors="replace", encoding="utf-8") as file:
            try:
                done = subprocess.run([*self.prefix(words), *self.worker.command, "--root", self.root, *words], stdin=subprocess.DEVNULL,
                                      stdout=file, stderr=file, timeout=COMMAND_LIMIT_SECONDS, check=False, cwd="/")
            except subprocess.TimeoutExpired:
                raise Fault(f"{name} hangs") from None
            file.seek(0)
            output = file.read()
        if done.returncode < 0 or done.returncode > 128 and done.returncode != 255:
            self.faults.append(f"{name} died: status {done.returncode}: {output[-500:]}")
        for word in SANITIZERS:
            if word in output:
                self.faults.append(f"{name}: {output[-1500:]}")
        if done.returncode and "davit: " not in output and not self.worker.peer:
            self.faults.append(f"{name} failed without a word: status {done.returncode}: {output[-300:]}")
        if host.SECRET in output and not any(p.has_hardlink for p in self.planters):
            self.faults.append(f"{name} shows what is in the decoy")
        self.worker.said.append(f"{name}: {done.returncode} {output.strip()[:300]}")
        return done.returncode

    def terminal_options(self):
        path = f"{self.worker.place}/case/console"
        if self.listener:
            self.listener.close()
            os.unlink(path)
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(path)
        self.listener.listen()
        return ["--console-socket", path] + (["--detach"] if self.worker.peer else [])

    def creation_options(self):
        options = ["--bundle", self.bundle]
        if self.config["process"]["terminal"]:
            options += self.terminal_options()
        if self.recipe == "no-pivot":
            options.append("--no-pivot")
        return options

    # ---- making it ---------------------------------------------------------------------------------------------

    def make_bundle(self):
        shutil.rmtree(f"{self.worker.place}/case", ignore_errors=True)
        os.makedirs(self.rootfs)
        os.mkdir(self.root, 0o700)
        cases.make_shared(f"{self.worker.place}/case/shared")
        cases.make_rootfs(self.rootfs, f"{self.worker.place}/busybox", self.owner)
        if self.entry == "run":
            self.config["process"]["args"][0] = self.config["process"]["args"][0].replace("sleep", "true")
        with open(f"{self.bundle}/config.json", "w", encoding="utf-8") as file:
            json.dump(self.config, file)

    def mount_inside(self, pid, path, directory):
        """A mount that a process in the container made."""
        child = os.fork()
        if child == 0:
            try:
                namespace = os.open(f"/proc/{pid}/ns/mnt", os.O_RDONLY | os.O_CLOEXEC)
                root = os.open(f"/proc/{pid}/root", os.O_RDONLY | os.O_CLOEXEC)
                host.setns(namespace, host.CLONE_NEWNS)
                os.fchdir(root)
                os.chroot(".")
                if directory:
                    host.mount("tmpfs", path, "tmpfs")
                else:
                    host.mount("/plain", path, None, host.MS_BIND)
                os._exit(0)
            except BaseException:
                os._exit(1)
        if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]):
            raise Skip("cannot mount in the container")

    def plant(self, pid=None):
        """Where the running container has a mount of its own, its processes put it there; else it is in the image."""
        for name, kind in self.hostile:
            volume, prefix = cases.host_place(self.config, name, self.worker.place)
            root = volume or (f"/proc/{pid}/root{prefix}" if pid and prefix else self.rootfs)
            if root == self.rootfs:
                prefix = ""
            enter = (lambda path, directory: self.mount_inside(pid, prefix + path[len(root):],
                                                                       directory)) if pid else None
            planter = Planter(root, self.worker.decoy, self.owner, enter)
            self.planters.append(planter)
            try:
                planter.put(name[len(prefix):], kind)
            except OSError as error:
                raise Skip(f"{name} cannot be made a {kind}: {error.strerror}") from None
        self.watch()

    def watch(self):
        self.worker.decoy.arm(any(p.has_hardlink for p in self.planters))
        self.touched = host.Watch()
        for planter in self.planters:
            for path in planter.devices:
                self.touched.add(path, host.IN_OPEN, path)

    # ---- looking at it -----------------------------------------------------------------------------------------

    def pid(self):
        with open(f"{self.root}/{self.id}/state.json", encoding="utf-8") as file:
            return json.load(file)["init"]["pid"]

    def audit_mounts(self, pid):
        """Nothing of the decoy is mounted; what may not go through a link is exactly where the config says."""
        with open(f"/proc/{pid}/mountinfo", encoding="utf-8") as file:
            lines = [line.split() for line in file]
        places = {}
        for fields in lines:
            places.setdefault(fields[4], []).append(fields[fields.index("-") + 1])
            if fields[3].startswith("/decoy") and fields[2] == self.worker.device:
                self.faults.append(f"the decoy is mounted in the container: {' '.join(fields)}")
        for mount in self.config["mounts"]:
            kind = mount.get("type")
            if kind in EXACT_TYPES and mount["destination"] not in places:
                self.faults.append(f"no {kind} on {mount['destination']}")

    def audit_paths(self, _pid, root_fd):
        for path in self.config["linux"]["maskedPaths"]:
            fd = host.open_inside(root_fd, path)
            if fd is None:
                continue
            st = os.fstat(fd)
            if stat.S_ISDIR(st.st_mode):
                is_masked = not os.listdir(f"/proc/self/fd/{fd}") and os.fstatvfs(fd).f_flag & os.ST_RDONLY
            else:
                is_masked = stat.S_ISCHR(st.st_mode) and st.st_rdev == os.makedev(1, 3)
            os.close(fd)
            if not is_masked:
                self.faults.append(f"{path} is not masked: mode {st.st_mode:o}")
        for path in self.config["linux"]["readonlyPaths"]:
            fd = host.open_inside(root_fd, path)
            if fd is None:
                continue
            if not os.fstatvfs(fd).f_flag & os.ST_RDONLY:
                self.faults.append(f"{path} can be written")
            os.close(fd)

    def foreign_descriptors(self, pid, is_running):
        """What is open beyond 0 to 2: nothing in the program, and nothing of the host in the init that waits."""
        with open("/proc/self/mountinfo", encoding="utf-8") as file:
            mounts = {line.split()[0] for line in file}
        found = []
        for fd in os.listdir(f"/proc/{pid}/fd"):
            if int(fd) <= 2:
                continue
            try:
                target = os.readlink(f"/proc/{pid}/fd/{fd}")
                with open(f"/proc/{pid}/fdinfo/{fd}", encoding="ascii") as file:
                    info = dict(line.split(":", 1) for line in file if ":" in line)
            except FileNotFoundError:
                continue
            is_file = not target.startswith(("socket:", "pipe:", "anon_inode:"))
            if is_running or is_file and info["mnt_id"].strip() in mounts and self.recipe != "chroot":
                found.append(f"{fd} ({target})")
        return found

    def audit_descriptors(self, pid, is_running):
        if is_running:    # the program's file is known a moment before execve closes the rest
            wait_for(lambda: not self.foreign_descriptors(pid, True))
        found = self.foreign_descriptors(pid, is_running)
        if found:
            who = "the program" if is_running else "the container's init"
            self.faults.append(f"{who} has descriptors of the host: {', '.join(found)}")

    def audit(self, pid, is_running):
        try:
            self.audit_descriptors(pid, is_running)
            for link in ("root", "cwd", "exe"):
                st = os.stat(f"/proc/{pid}/{link}")
                if (st.st_dev, st.st_ino) in self.worker.decoy_inodes:
                    self.faults.append(f"the container's {link} is the decoy's")
            st, wanted = os.stat(f"/proc/{pid}/root"), os.stat(self.rootfs)
            if (st.st_dev, st.st_ino) != (wanted.st_dev, wanted.st_ino):
                self.faults.append("the container's root is another directory")
            self.audit_mounts(pid)
            if self.recipe == "chroot":
                return
            root_fd = os.open(f"/proc/{pid}/root", host.O_PATH | os.O_CLOEXEC)
            self.audit_paths(pid, root_fd)
            os.close(root_fd)
        except (FileNotFoundError, ProcessLookupError):
            if os.path.exists(f"/proc/{pid}/exe"):
                raise

    # ---- the ways in -------------------------------------------------------------------------------------------

    def run_run(self):
        self.plant()
        self.davit("run", *self.creation_options(), self.id)

    def start(self):
        """Create and start; the pid, or None when it was refused."""
        if self.davit("create", *self.creation_options(), self.id):
            return None
        pid = self.pid()
        self.audit(pid, False)
        if self.davit("start", self.id):
            return None
        program = os.stat(f"{self.worker.place}/busybox")

        def is_started():
            try:
                st = os.stat(f"/proc/{pid}/exe")
            except OSError:
                return True
            return (st.st_dev, st.st_ino) == (program.st_dev, program.st_ino)

        if not wait_for(is_started):
            raise Fault("the program does not start")
        return pid

    def run_create(self):
        self.plant()
        pid = self.start()
        if pid:
            self.audit(pid, True)

    def run_exec(self):
        pid = self.start()
        if not pid or self.faults:
            raise Fault("the benign container does not start")
        self.plant(pid)
        options = ["--user", "alice:staff", "--cwd", "/home/alice"]
        if self.config["process"]["terminal"]:
            options += ["--tty", *self.terminal_options()]
        self.davit("exec", *options, self.id, "true")
        self.davit("exec", "--user", "1000", self.id, "/bin/true")

    def checkpoint(self):
        return self.davit("checkpoint", "--image-path", f"{self.worker.place}/case/images", self.id)

    def run_checkpoint(self):
        pid = self.start()
        if not pid or self.faults:
            raise Fault("the benign container does not start")
        self.plant(pid)
        self.checkpoint()

    def benign_checkpoint(self):
        if not self.start() or self.checkpoint() or self.faults:
            raise Fault("the benign container cannot be checkpointed")

    def run_restore(self):
        """What criu restores is not there; what davit makes and says before is."""
        self.benign_checkpoint()
        self.plant()
        self.worker.forget_requests()
        if self.davit("restore", "--detach", "--bundle", self.bundle, "--image-path", f"{self.worker.place}/case/images", self.id):
            return
        for name, value in self.worker.requests():
            if name == "root" and value != self.rootfs:
                self.faults.append(f"criu was told another root: {value}")
            place = value.split("]:", 1)[-1]
            if name == "external" and not place.startswith((f"{self.root}/{self.id}/criu/", "/dev/", "/sys/fs/cgroup")):
                self.faults.append(f"criu was told a place of the host: {value}")

    def enter(self):
        {"run": self.run_run, "create": self.run_create, "exec": self.run_exec, "checkpoint": self.run_checkpoint,
         "restore": self.run_restore}[self.entry]()

    # ---- the end -----------------------------------------------------------------------------------------------

    def finish(self):
        if os.path.exists(f"{self.root}/{self.id}"):
            if self.davit("delete", "--force", self.id):
                self.faults.append("delete --force failed")
        if not wait_for(lambda: not processes() - self.worker.known):
            self.faults.append("processes are left: " + ", ".join(sorted(processes() - self.worker.known)))
        left = [name for name in os.listdir(self.root) if name != ".cache"]
        if left:
            self.faults.append(f"left in the state directory: {' '.join(left)}")
        groups = glob.glob(f"/sys/fs/cgroup/**/davit-{self.id}", recursive=False) + \
            glob.glob(f"/sys/fs/cgroup/*/davit-{self.id}")
        if groups:
            self.faults.append(f"left: {' '.join(groups)}")
        if self.listener:
            self.listener.close()

    def run(self):
        self.make_bundle()
        before = host.host_view(os.path.dirname(self.rootfs))
        skipped = None
        try:
            self.enter()
        except Skip as skip:
            skipped = str(skip)
        except Fault as fault:
            self.faults.append(str(fault))
        self.finish()
        if self.worker.decoy.watch:
            self.faults += self.worker.decoy.faults()
            self.worker.decoy.watch = None
        if self.touched:
            self.faults += [fault.replace(self.rootfs, "image:") for fault in self.touched.events()]
            self.touched.close()
        for planter in self.planters:
            planter.uproot()
        self.faults += host.differences(before, host.host_view(os.path.dirname(self.rootfs)), self.worker.place)
        return skipped


class Worker:
    def __init__(self, davit, directory, tag, peer=None):
        self.davit, self.peer, self.tag, self.count = davit, peer, tag, 0
        self.place = f"{directory}/place"
        self.command = [peer or davit]
        if os.path.basename(self.command[0]) == "crun":    # which knows no hybrid cgroups
            self.command += ["--cgroup-manager", "disabled"]
        os.mkdir(self.place)
        host.mount("tmpfs", self.place, "tmpfs", host.MS_STRICTATIME, "mode=0755")
        host.mount("tmpfs", "/dev", "tmpfs", 0, "mode=0755")
        host.make_devices("/dev")
        st = os.stat(self.place)
        self.device = f"{os.major(st.st_dev)}:{os.minor(st.st_dev)}"
        shutil.copy(shutil.which("busybox"), f"{self.place}/busybox")
        os.makedirs(f"{self.place}/volume/masked")
        with open(f"{self.place}/volume/file", "w", encoding="ascii") as file:
            file.write("shared\n")
        os.symlink("file", f"{self.place}/volume/link")
        self.names = cases.load_names()
        self.base = cases.base_config(davit, self.place)
        self.make_criu()
        self.make_decoy()
        self.known = processes()
        self.said = []

    def make_criu(self):
        os.mkdir(f"{self.place}/criu")
        shutil.copy(os.path.join(os.path.dirname(__file__), "../integration/fake_criu.py"), f"{self.place}/criu/criu")
        os.chmod(f"{self.place}/criu/criu", 0o755)
        os.environ["PATH"] = f"{self.place}/criu:{os.environ['PATH']}"

    def forget_requests(self):
        os.truncate(f"{self.place}/criu/requests", 0)

    def requests(self):
        """What criu was asked: (name, value)."""
        with open(f"{self.place}/criu/requests", encoding="utf-8") as file:
            return [line.rstrip("\n").split("=", 1) for line in file]

    def make_decoy(self):
        shutil.rmtree(f"{self.place}/decoy", ignore_errors=True)
        self.decoy = host.Decoy(self.place)
        self.decoy_inodes = set()
        for place, directories, files in os.walk(self.decoy.directory):
            for name in directories + files + [""]:
                st = os.stat(os.path.join(place, name))
                self.decoy_inodes.add((st.st_dev, st.st_ino))

    def make_case(self, seed):
        return Case(self, seed)

    def run(self, seed):
        self.count += 1
        self.said = []
        begin = time.monotonic()
        case = self.make_case(seed)
        skipped = case.run()
        result = "failed" if case.faults else "skipped" if skipped else "passed"
        if case.faults:
            self.make_decoy()
        return {"seed": seed, "result": result, "faults": case.faults, "reason": skipped, "said": self.said,
                "ms": round((time.monotonic() - begin) * 1000)}


def main():
    worker = Worker(*sys.argv[1:])
    for line in sys.stdin:
        print(json.dumps(worker.run(line.strip())), flush=True)


if __name__ == "__main__":
    main()
