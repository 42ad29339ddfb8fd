"""What the hostile root file systems are made of: recipes (configs), entries (ways in) and kinds (what lies in wait).

A case is one name below the root, taken by one hostile kind, seen by one entry with one recipe:
"create:image-dev:/dev/null:absolute-file". A mixed case has several names and kinds that a number chooses:
"run:spec:#17". Either text is the seed that reproduces it. The names come from davit's own traces (hostile.names).
"""
import copy
import json
import os
import random
import subprocess

ENTRIES = ("run", "create", "exec", "checkpoint", "restore")
CRIU_ENTRIES = ENTRIES[3:]    # by a criu that does nothing itself
HERE = os.path.dirname(os.path.abspath(__file__))
NAMES = os.path.join(HERE, "hostile.names")
USERNS_BASE, USERNS_SIZE = 700000000, 65536

# Where links lead: to the decoy's directory or one of its files, as the host sees it.
KINDS = (
    "absolute-dir", "absolute-file", "relative-dir", "relative-file", "climbing-dir", "climbing-file",
    "dangling", "dangling-relative", "loop", "chain-dir", "chain-file", "magic-dir", "magic-file",
    "long-link", "long-directory", "fifo", "socket", "device", "directory", "regular", "hardlink",
    "mount-dir", "mount-file", "setuid", "unreadable",
)
SYMLINKS = KINDS[:KINDS.index("long-directory")]


def base_config(davit, place):
    """What `davit spec` writes."""
    subprocess.run([davit, "spec", "--bundle", place, "--file", "example.json"], check=True)
    with open(f"{place}/example.json", encoding="utf-8") as file:
        config = json.load(file)
    os.unlink(f"{place}/example.json")
    return config


def mount(destination, kind=None, source=None, options=None):
    entry = {"destination": destination}
    if kind:
        entry["type"] = kind
    if source:
        entry["source"] = source
    if options:
        entry["options"] = options
    return entry


def is_below(config_mount, *places):
    return any(config_mount["destination"] == p or config_mount["destination"].startswith(p + "/") for p in places)


def image_dev(config, _host):
    """The image's own /dev, masked and protected files of the image, an ordinary user, a terminal."""
    config["mounts"] = [m for m in config["mounts"] if not is_below(m, "/dev", "/sys") or is_below(m, "/dev/pts")]
    config["process"]["terminal"] = True
    config["process"]["user"] = {"uid": 1000, "gid": 1000}
    config["process"]["cwd"] = "/home/alice"
    config["process"]["args"][0] = "sleep"
    config["linux"]["devices"] = [
        {"path": "/dev/extra/node", "type": "c", "major": 1, "minor": 5, "fileMode": 0o640, "uid": 7, "gid": 8},
        {"path": "/opt/pipe", "type": "p", "uid": 7, "gid": 8}]
    config["linux"]["maskedPaths"] = ["/etc/secret", "/etc/secrets", "/proc/timer_list", "/proc/acpi"]
    config["linux"]["readonlyPaths"] = ["/etc/frozen", "/etc/frozen.conf", "/proc/sys"]


def bare(config, _host):
    """No mounts at all: what is masked and protected is the image's; the root is read-only."""
    config["mounts"] = []
    config["root"]["readonly"] = True
    config["process"]["cwd"] = "/home/alice"


def volumes(config, host):
    """Mounts of every kind on names of the image, some of which are missing."""
    config["mounts"] = [
        mount("/a/proc", "proc", "proc"),
        mount("/a/sys", "sysfs", "sysfs", ["ro"]),
        mount("/a/cgroup", "cgroup", "cgroup", ["ro"]),
        mount("/a/mqueue", "mqueue", "mqueue"),
        mount("/data/dir", "bind", f"{host}/volume", ["rbind", "ro"]),
        mount("/data/file", "bind", f"{host}/volume/file", ["bind"]),
        mount("/new/one/dir", "bind", f"{host}/volume", ["bind", "nosuid"]),
        mount("/new/two/file", "bind", f"{host}/volume/file", ["bind"]),
        mount("/cache", "tmpfs", "tmpfs", ["tmpcopyup", "mode=0755"]),
        mount("/new/tmp", "tmpfs", "tmpfs", ["size=1m"]),
        mount("/plain", "bind", f"{host}/volume/file", ["bind", "dest-nofollow"]),
        mount("/link", "bind", f"{host}/volume/link", ["bind", "copy-symlink"]),
        mount("/data/dir", "none", None, ["remount", "bind", "ro", "noexec"]),
    ]
    config["linux"]["maskedPaths"] = ["/data/dir/masked", "/a/proc/timer_list"]
    config["linux"]["readonlyPaths"] = ["/cache", "/a/proc/sys"]


def shared(config, host):
    """A volume that others change meanwhile, and mounts on names in it (CVE-2021-30465)."""
    config["mounts"] += [
        mount("/v", "bind", f"{host}/case/shared", ["rbind"]),
        mount("/v/a/tmp", "tmpfs", "tmpfs"),
        mount("/v/a/new/tmp", "tmpfs", "tmpfs"),
        mount("/v/a/dir", "bind", f"{host}/volume", ["rbind"]),
        mount("/v/a/file", "bind", f"{host}/volume/file", ["bind"]),
        mount("/v/a/new/file", "bind", f"{host}/volume/file", ["bind"]),
        mount("/v/a/proc", "proc", "proc"),
    ]
    config["linux"]["maskedPaths"] = ["/v/a/secret", "/v/a/proc/timer_list", "/v/a/secrets"]
    config["linux"]["readonlyPaths"] = ["/v/a/frozen", "/v/a/proc/sys"]
    config["process"]["cwd"] = "/v/a/work"


def userns(config, host):
    """A user namespace, where devices are the host's, bound over files of the image."""
    image_dev(config, host)
    config["process"]["terminal"] = False
    config["linux"]["namespaces"].append({"type": "user"})
    config["linux"]["uidMappings"] = [{"containerID": 0, "hostID": USERNS_BASE, "size": USERNS_SIZE}]
    config["linux"]["gidMappings"] = config["linux"]["uidMappings"]


def chroot(config, _host):
    """The host's mount namespace: nothing can be mounted, the root is entered by chroot."""
    config["mounts"] = []
    config["linux"]["namespaces"] = [n for n in config["linux"]["namespaces"] if n["type"] != "mount"]
    config["linux"]["maskedPaths"] = config["linux"]["readonlyPaths"] = []
    config["root"]["readonly"] = False
    config["process"]["cwd"] = "/home/alice"


def no_pivot(config, host):
    image_dev(config, host)
    config["process"]["terminal"] = False


RECIPES = {"spec": lambda config, host: None, "image-dev": image_dev, "bare": bare, "volumes": volumes, "shared": shared,
           "userns": userns, "chroot": chroot, "no-pivot": no_pivot}
RUNNING_RECIPES = ("spec", "image-dev", "bare", "userns")
CRIU_RECIPES = ("spec", "image-dev", "volumes", "shared", "userns")


def recipes_of(entry):
    return CRIU_RECIPES if entry in CRIU_ENTRIES else RUNNING_RECIPES if entry == "exec" else tuple(RECIPES)


def make_config(base, entry, recipe, host):
    config = copy.deepcopy(base)
    config["process"]["terminal"] = False
    config["process"]["args"] = ["/bin/sleep", "1000"]
    config["root"] = {"path": "rootfs", "readonly": False}
    config["process"]["env"] = ["PATH=/usr/local/bin:/bin"]
    RECIPES[recipe](config, host)
    if entry in CRIU_ENTRIES:
        config["process"]["terminal"] = False
    return config


def name_below(rootfs, is_inside, in_root, directory, path):
    """The name below the container's root that a call used, or None: `directory` is where its descriptor leads
    ("-" without one), `is_inside` whether the process has entered the root, `in_root` whether openat2 was told to
    take the directory for the root."""
    if not path and directory.startswith(os.path.dirname(os.path.dirname(rootfs))) and not directory.startswith(rootfs):
        return None    # davit's own output
    if directory == rootfs or directory.startswith(rootfs + "/"):
        directory = directory[len(rootfs):]
    elif in_root and directory in ("", "/"):
        directory = ""
    elif not is_inside or not (path if directory == "-" else directory).startswith("/"):
        return None
    elif directory == "/":    # a procfs of davit's own
        return None
    full = os.path.normpath(f"/{path}" if path.startswith("/") and not in_root else f"/{directory}/{path}")
    full = "/" + full.lstrip("/")
    if full.startswith(("/dev/pts/", "/sys/fs/cgroup/", "/a/cgroup/")) and full != "/dev/pts/ptmx":
        return None    # in a file system that davit has just made
    return full


def with_parents(name):
    """/a/b is /a and /a/b."""
    names = []
    while name != "/":
        names.append(name)
        name = os.path.dirname(name)
    return names


# What a benign image has; everything hostile is put in place of it, or beside it.
DIRECTORIES = ("bin", "dev", "etc", "etc/secrets", "etc/frozen", "proc", "sys", "tmp", "home/alice", "data/dir", "cache",
               "cache/below", "a", "usr/local/bin")
FILES = {
    "etc/passwd": "root:x:0:0:root:/root:/bin/sh\nalice:x:1000:1000::/home/alice:/bin/sh\n",
    "etc/group": "root:x:0:\nalice:x:1000:\nstaff:x:50:alice\n",
    "etc/secret": "masked\n", "etc/frozen.conf": "protected\n", "data/file": "", "plain": "", "cache/file": "cached\n",
}


def host_place(config, name, host):
    """(directory, prefix): where the host has the name, if not in the rootfs: in a volume, behind prefix."""
    for entry in sorted(config["mounts"], key=lambda m: -len(m["destination"])):
        if name.startswith(entry["destination"] + "/"):
            is_volume = entry.get("source", "").startswith(f"{host}/case/")
            return (entry["source"] if is_volume else None), entry["destination"]
    return None, ""


def make_shared(directory):
    """What the volume of the recipe `shared` holds."""
    for name in ("tmp", "dir", "proc", "work", "secrets", "frozen"):
        os.makedirs(f"{directory}/a/{name}")
    for name in ("file", "secret"):
        with open(f"{directory}/a/{name}", "w", encoding="ascii"):
            pass


def make_rootfs(root, program, owner):
    for name in DIRECTORIES:
        os.makedirs(f"{root}/{name}")
    os.link(program, f"{root}/bin/busybox")
    for name in ("sleep", "true"):
        os.symlink("busybox", f"{root}/bin/{name}")
    for name, text in FILES.items():
        with open(f"{root}/{name}", "w", encoding="ascii") as file:
            file.write(text)
    if owner:
        for place, names, files in os.walk(root):
            for name in [place] + [os.path.join(place, n) for n in files + names]:
                if not name.endswith("/bin/busybox"):
                    os.lchown(name, owner, owner)


def load_names():
    """{(entry, recipe): [name, ...]} as hostile-names wrote it."""
    names = {}
    with open(NAMES, encoding="ascii") as file:
        for line in file:
            if line.strip() and not line.startswith("#"):
                entry, recipe, name = line.split()
                names.setdefault((entry, recipe), []).append(name)
    return names


def single_cases(names):
    """Every name with every kind."""
    return [f"{entry}:{recipe}:{name}:{kind}" for (entry, recipe), list_ in sorted(names.items())
            for name in list_ for kind in KINDS]


def mixed_cases(names, count, seed):
    """Several hostile names in one image."""
    numbers = random.Random(seed)
    ways = sorted(names)
    return ["{}:{}:#{}".format(*numbers.choice(ways), numbers.randrange(1 << 30)) for _ in range(count)]


def parse_case(seed, names):
    """The entry, the recipe and [(name, kind), ...] of a seed."""
    entry, recipe, rest = seed.split(":", 2)
    if not rest.startswith("#"):
        return entry, recipe, [tuple(rest.rsplit(":", 1))]
    numbers = random.Random(rest)
    known = names[(entry, recipe)]
    chosen = numbers.sample(known, min(len(known), numbers.randint(2, 5)))
    # A name below another hostile one cannot be put there: shorter names go last.
    chosen.sort(key=lambda name: -name.count("/"))
    return entry, recipe, [(name, numbers.choice(KINDS)) for name in chosen]
