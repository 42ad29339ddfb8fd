#!/usr/bin/env bats
# shellcheck disable=SC2016 # what stands in single quotes is Python or jq
# What each engine calls, in its own words and order, and what it makes of the answers.

load helpers
load engine

setup() {
    begin
    new_bundle
}

@test "containerd's shim: a task from create to delete, with its log" {
    set_args /bin/sleep 3600
    engine '
root = os.path.join(temporary, "k8s.io")  # a root that nobody has made
log = os.path.join(bundle, "log.json")


def shim(*words, **options):
    return run("--log", log, "--log-format", "json", *words, **options)


def last_error():
    errors = [entry["msg"] for entry in map(json.loads, open(log)) if entry["level"] == "error"]
    return errors[-1] if errors else None


pid_file = os.path.join(bundle, "init.pid")
must(shim("create", "--bundle", bundle, "--pid-file", pid_file, "--no-new-keyring", id, stdout=None, stderr=None))
assert os.stat(root).st_mode & 0o777 == 0o700
pid = int(open(pid_file).read())
must(shim("start", id))
process, exec_file = os.path.join(temporary, "runc-process1"), os.path.join(bundle, "exec1.pid")
json.dump({"user": {"uid": 0, "gid": 0}, "cwd": "/", "args": ["sleep", "3600"], "env": ["PATH=/bin"]}, open(process, "w"))
must(shim("exec", "--process", process, "--detach", "--pid-file", exec_file, id, stdout=None, stderr=None))
other = int(open(exec_file).read())
listed = shim("ps", "--format", "json", id)
if listed.returncode == 0:
    assert sorted(json.loads(listed.stdout)) == sorted([pid, other]), (listed, pid, other)
    must(shim("update", "--resources=-", id, stdin=None, input=b"{}"))
    must(shim("pause", id))
    must(shim("resume", id))
    assert last_error() is None
must(shim("kill", id, "9"))
assert {os.waitpid(-1, 0)[0], os.waitpid(-1, 0)[0]} == {pid, other}
result = shim("kill", id, "9")
assert result.returncode == 1 and last_error() == "cannot kill %s: container not running" % id, (result, last_error())
must(shim("kill", "--all", id, "9"))
must(shim("delete", id))
assert shim("delete", id).returncode == 1 and "does not exist" in last_error()
must(shim("delete", "--force", id))
assert run("state", id).returncode == 1
'
}

@test "conmon, podman and CRI-O: create, exec in both ways, signals, delete" {
    set_shell 'trap "exit 3" USR1; touch /ready; while :; do sleep 0.1; done'
    engine '
pid_file, exec_file, process = (os.path.join(temporary, name) for name in ("pidfile", "exec.pid", "exec-process"))
with open(os.environ["CREATED"], "a", encoding="ascii") as file:
    print(id, file=file)
# Both descriptors of --preserve-fds are gaps.
must(run("create", "--bundle", bundle, "--pid-file", pid_file, "--no-new-keyring", "--preserve-fds", "2", id,
         cwd=bundle, stdout=None, stderr=None, pass_fds=()))
pid = int(open(pid_file).read())
must(run("start", id, env={"XDG_RUNTIME_DIR": "", "PATH": "/bin"}))
assert state()["status"] == "running"
wait_until(lambda: os.path.exists(os.path.join(bundle, "rootfs/ready")))


def write_process(*args):
    json.dump({"user": {"uid": 0, "gid": 0}, "cwd": "/", "args": args, "env": ["PATH=/bin"]}, open(process, "w"))


write_process("sh", "-c", "exit 9")
must(run("exec", "--pid-file", exec_file, "--process", process, "--detach", id, stdout=None, stderr=None))
os.unlink(process)
assert os.waitstatus_to_exitcode(os.waitpid(int(open(exec_file).read()), 0)[1]) == 9
write_process("sh", "-c", "echo out; echo err >&2; exit 7")
result = run("exec", "--process", process, id, env={"XDG_RUNTIME_DIR": "/run/user/0"})
assert (result.returncode, result.stdout, result.stderr) == (7, b"out\n", b"err\n"), result
# What was said at create holds; what is said now is left out of account.
must(run("--cgroup-manager", "disabled", "kill", id, "0", env={}))
must(run("--systemd-cgroup", "kill", id, "USR1"))
assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 3
for words in (("kill", id, "KILL"), ("kill", id, "15")):
    result = run(*words)
    assert result.returncode == 1 and b"container not running" in result.stderr, result
must(run("kill", "-a", id, "9"))
assert state()["status"] == "stopped"
must(run("--cgroup-manager", "disabled", "delete", "--force", id, env={"XDG_RUNTIME_DIR": ""}))
must(run("delete", "--force", id))
'
}

@test "buildah and BuildKit: a step of a build, and what runs beside it" {
    set_shell 'echo built; exit 4'
    engine '
pid_file = os.path.join(bundle, "pid")
output, error = os.pipe(), os.pipe()
with open(os.environ["CREATED"], "a", encoding="ascii") as file:
    print(id, file=file)
# buildah reads its pipes to their end, which is the end of the program.
must(run("create", "--bundle", bundle, "--pid-file", pid_file, id, cwd=bundle, stdout=output[1], stderr=error[1]))
os.close(output[1])
os.close(error[1])
must(run("start", id))
assert os.read(output[0], 100) == b"built\n"
assert os.read(output[0], 100) == os.read(error[0], 100) == b""
assert os.waitstatus_to_exitcode(os.waitpid(int(open(pid_file).read().strip()), 0)[1]) == 4
assert state()["status"] == "stopped"
result = run("kill", id, "SIGKILL")
assert result.returncode == 1 and b"container not running" in result.stderr, result
must(run("delete", id))

config_file = os.path.join(bundle, "config.json")
config = json.load(open(config_file))
config["process"]["args"] = ["/bin/sleep", "3600"]
json.dump(config, open(config_file, "w"))
log, process, exec_file = (os.path.join(temporary, name) for name in ("runc-log.json", "process", "exec.pid"))
globals_ = [davit, "--root", root, "--log", log, "--log-format", "json"]
runtime = subprocess.Popen([*globals_, "run", "--bundle", bundle, "--keep", id], stdin=subprocess.DEVNULL,
                           start_new_session=True)


wait_until(is_executing)
json.dump({"user": {"uid": 0, "gid": 0}, "cwd": "/", "args": ["sleep", "3600"], "env": ["PATH=/bin"]}, open(process, "w"))
beside = subprocess.Popen([*globals_, "exec", "--process", process, "--pid-file", exec_file, id], stdin=subprocess.DEVNULL)
wait_until(lambda: os.path.exists(exec_file))
os.kill(int(open(exec_file).read()), signal.SIGKILL)
assert beside.wait(60) == 137
must(run("kill", id, "9"))
assert runtime.wait(60) == 137
must(run("delete", id))
assert os.path.getsize(log) == 0
'
}

@test "a program that cannot be executed fails start, and its process ends with 255" {
    printf 'garbage' >"$BUNDLE/rootfs/garbage"
    chmod +x "$BUNDLE/rootfs/garbage"
    set_args /garbage
    engine '
must(create(stdout=None, stderr=None))
pid = state()["pid"]
result = run("start", id)
assert result.returncode == 1 and b"exec format error" in result.stderr, result
assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 255
assert state()["status"] == "stopped"
must(run("delete", id))
'
}

@test "hooks that leave daemons behind keep no pipe of start and delete" {
    set_args /bin/sleep 3600
    edit_config --arg file "$BATS_TEST_TMPDIR/daemons" \
        '.hooks.poststart = [{path: "/bin/sh", args: ["sh", "-c", "sleep 3600 & echo $! >>\($file)"]}]
        | .hooks.poststop = .hooks.poststart'
    engine '
must(create(stdout=None, stderr=None))
must(run("start", id))
must(run("kill", id, "9"))
wait_until(lambda: state()["status"] == "stopped")
must(run("delete", id))
daemons = open(os.path.join(temporary, "daemons")).read().split()
assert len(daemons) == 2, daemons
for daemon in daemons:
    os.kill(int(daemon), signal.SIGKILL)
'
}

@test "engines make the right exit status of what a failure says" {
    set_args /bin/sleep 3600
    echo data >"$BUNDLE/rootfs/etc/data"
    engine '
import re


def docker(text):
    """dockerd, which knows no case; its client derives the same from the text as it stands."""
    found = []
    for said in (text.lower(), text):
        if "permission denied" in said or "is a directory" in said:
            found.append(126)
        elif any(part in said for part in ("not a directory", "executable file not found", "no such file or directory")):
            found.append(127)
        else:
            found.append(125)
    assert found[0] == found[1], text
    return found[0]


def podman_exec(text):
    if re.search("(?i)permission denied|operation not permitted", text):
        return 126
    return 127 if re.search("(?i)executable file not found in|no such file or directory|open executable", text) else 125


def podman_run(text):
    return 127 if any(part in text for part in ("not found", "no such file", "executable path is empty")) else 126


must(create(stdout=None, stderr=None))
must(run("start", id))  # an ordinary user cannot enter it before
config_file = os.path.join(bundle, "config.json")
config = json.load(open(config_file))
for program, status in (("no-such-program", 127), ("/no/such/program", 127), ("./no-such-program", 127),
                        ("/bin/busybox/program", 127), ("/etc/data", 126), ("/etc", 126), ("", 127)):
    config["process"]["args"] = [program]
    json.dump(config, open(config_file, "w"))
    result = run("create", "--bundle", bundle, id + "-b")
    text = result.stderr.decode().splitlines()[0]
    assert result.returncode == 1 and podman_run(text) == status, (program, text)
    if program:
        assert docker(text) == status, (program, text)
        result = run("exec", id, program)
        text = result.stderr.decode().splitlines()[0]
        assert result.returncode == 255 and text.startswith("davit: exec failed: "), (program, result)
        assert docker(text) == podman_exec(text) == status, (program, text)

# What has nothing to do with the program must not be taken for it.
config["process"]["args"] = ["/bin/sleep", "3600"]
faults = [lambda c: c["mounts"].append({"destination": "/mnt", "type": "bind", "source": "/no/such", "options": ["bind"]}),
          lambda c: c["linux"].update(maskedPaths=["relative"]),
          lambda c: c["linux"]["namespaces"].append({"type": "uts"}),
          lambda c: c["mounts"].append({"destination": "/mnt", "type": "nosuchfs", "source": "x"}),
          lambda c: c["root"].update(path="no-such-rootfs"),
          lambda c: c.update(hooks={"createRuntime": [{"path": "/bin/false"}]})]
for fault in faults:
    wrong = json.loads(json.dumps(config))
    fault(wrong)
    json.dump(wrong, open(config_file, "w"))
    result = run("create", "--bundle", bundle, id + "-b")
    text = result.stderr.decode().splitlines()[0]
    assert result.returncode == 1 and docker(text) == 125, text
'
}
