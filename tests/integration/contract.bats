#!/usr/bin/env bats
# shellcheck disable=SC2016 # what stands in single quotes is Python or jq
# What engines rely on without saying so, byte by byte: a small engine in place of containerd's shim and of conmon.

load helpers
load engine

setup() {
    begin
    new_bundle
}

@test "the pid file holds digits alone, and replaces one that is there" {
    set_args /bin/sleep 3600
    engine '
place = os.path.join(temporary, "place")
os.mkdir(place)
pid_file = os.path.join(place, "pid")
open(pid_file, "w").close()
for stale in (".pid", "pid.tmp", ".pid.tmp"):  # of a runtime that was killed, by the names of others
    open(os.path.join(place, stale), "w").close()
before = set(os.listdir(place))
inotify = libc.inotify_init1(os.O_CLOEXEC | os.O_NONBLOCK)
libc.inotify_add_watch(inotify, place.encode(), 0xFFF)  # everything
must(create("--pid-file", pid_file, stdout=None, stderr=None))
events, seen = os.read(inotify, 65536), []
while events:
    _, mask, _, length = struct.unpack("iIII", events[:16])
    if events[16:16 + length].rstrip(bytes(1)) == b"pid":
        seen.append(mask)
    events = events[16 + length:]
# Moved to its name, and then no more than closed: who polls reads no half of it.
assert [mask for mask in seen if mask != 8] == [0x80], seen
text = open(pid_file, "rb").read()
assert text.isdigit(), text
assert int(text) == state()["pid"]
assert os.stat(pid_file).st_nlink == 1
assert set(os.listdir(place)) == before
'
}

@test "a pid file that is no regular file is written in place" {
    set_args /bin/sleep 3600
    engine '
fifo = os.path.join(temporary, "fifo")
os.mkfifo(fifo)
reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
must(create("--pid-file", fifo, stdout=None, stderr=None))
assert int(os.read(reader, 100)) == state()["pid"]
must(run("delete", "--force", id))
must(create("--pid-file", "/dev/null", stdout=None, stderr=None))
assert os.path.exists("/dev/null") and not os.path.isfile("/dev/null")
must(run("delete", id))
for name in ("/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"):
    with open(os.path.join(temporary, "output"), "w+b") as output:
        link = os.readlink("/dev/stdout")
        must(create("--pid-file", name, stdout=output, stderr=None))
        output.seek(0)
        assert int(output.read()) == state()["pid"]
        assert os.readlink("/dev/stdout") == link
    must(run("delete", id))
result = create("--pid-file", "/dev/fd/99")
assert b"the pid file /dev/fd/99 is not open" in result.stderr, result
assert b"does not exist" in run("state", id).stderr
'
}

@test "a failing create leaves no pid file" {
    set_args /no/such/program
    engine '
pid_file = os.path.join(temporary, "pid")
assert create("--pid-file", pid_file).returncode == 1
assert not os.path.exists(pid_file)
'
}

@test "a failing create says one line on stderr and nothing on stdout, and both pipes end" {
    set_args no-such-program
    engine '
result = create()
assert result.returncode == 1 and result.stdout == b"", result
first = result.stderr.decode().splitlines()[0]
assert first.startswith("davit: ") and "executable file not found in $PATH" in first, first
assert len(result.stderr) <= 8191
'
}

@test "with a terminal no process holds the pipes of create" {
    set_args /bin/sleep 3600
    edit_config '.process.terminal = true'
    engine '
path = os.path.join(temporary, "console")
console = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
console.bind(path)
console.listen(1)
must(create("--console-socket", path))  # returns only when the pipes have ended
connection = console.accept()[0]
must(run("start", id))
# exec has a terminal by --tty alone, whatever the config says.
assert run("exec", id, "tty").stdout == b"not a tty\n"
'
}

@test "the console socket gets one message with exactly one descriptor, a terminal" {
    set_shell 'stty size; echo from inside'
    edit_config '.process.terminal = true | .process.consoleSize = {height: 33, width: 77}'
    engine '
path = os.path.join(temporary, "console")
console = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
console.bind(path)
console.listen(1)
must(create("--console-socket", path))
connection = console.accept()[0]
data, ancillary, flags, _ = connection.recvmsg(4096, socket.CMSG_LEN(4 * 16))
assert 1 <= len(data) < 4096 and len(ancillary) == 1, (data, ancillary)
level, kind, content = ancillary[0]
assert (level, kind, len(content)) == (socket.SOL_SOCKET, socket.SCM_RIGHTS, 4)
master = array.array("i", content)[0]
assert os.isatty(master)
assert connection.recv(100) == b""  # nothing follows
must(run("start", id))
output = b""
try:
    while True:
        piece = os.read(master, 4096)
        if not piece:
            break
        output += piece
except OSError:  # EIO: the other end is gone
    pass
assert b"33 77" in output and b"from inside" in output, output
'
}

@test "the caller's subreaper inherits the container's process" {
    set_shell 'exit 7'
    engine '
must(create(stdout=None, stderr=None))
pid = state()["pid"]
assert int(open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()[1]) == os.getpid()
must(run("start", id))
assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 7
assert state()["status"] == "stopped" and state()["pid"] == 0
must(run("delete", id))
'
}

@test "later calls work with XDG_RUNTIME_DIR alone in the environment, set or empty" {
    set_args /bin/sleep 3600
    engine '
must(create(stdout=None, stderr=None))
for environment in ({"XDG_RUNTIME_DIR": ""}, {}, {"XDG_RUNTIME_DIR": "/run/user/0"}):
    assert json.loads(must(run("state", id, env=environment)).stdout)["status"] == "created"
must(run("start", id, env={"XDG_RUNTIME_DIR": ""}))
must(run("kill", "--all", id, "9", env={}))
wait_until(lambda: state()["status"] == "stopped")
must(run("delete", "--force", id, env={}))
'
}

@test "root finds its containers in /run/davit, whatever the environment is" {
    needs root
    set_args /bin/sleep 3600
    mkdir "$BATS_TEST_TMPDIR/xdg"
    stdout=$(DAVIT=$DAVIT BUNDLE=$BUNDLE ID=$ID XDG=$BATS_TEST_TMPDIR/xdg unshare --mount bash -euc '
        mount -t tmpfs tmpfs /run
        XDG_RUNTIME_DIR=$XDG "$DAVIT" create --bundle "$BUNDLE" "$ID" </dev/null >/dev/null
        stat -c "%a %n" /run/davit "/run/davit/$ID"
        for value in "" /nowhere "$XDG"; do
            env -i "XDG_RUNTIME_DIR=$value" HOME=/nowhere USER=nobody "$DAVIT" state "$ID" | jq -r .status
        done
        env -i "$DAVIT" delete --force "$ID"
        find "$XDG" /run/davit -mindepth 1 -not -path "*/.cache*"')
    expect_equal "what root sees" "$stdout" "700 /run/davit
700 /run/davit/$ID
created
created
created"
}

@test "what the engine set close-on-exec is missing without harm" {
    set_args /bin/sleep 3600
    engine '
environment = {**os.environ, "DAVIT_TEST_KEPT": "4", "_OCI_SYNCPIPE": "33", "_OCI_STARTPIPE": "34", "_OCI_ATTACHPIPE": "35"}
must(create("--preserve-fds", "4", stdout=None, stderr=None, env=environment))
'
}

@test "kill of what has stopped says container not running, and with --all succeeds" {
    set_args /bin/true
    engine '
must(create(stdout=None, stderr=None))
pid = state()["pid"]
must(run("start", id))
os.waitpid(pid, 0)
result = run("kill", id, "9")
assert result.returncode != 0 and b"container not running" in result.stderr, result
must(run("kill", "--all", id, "9"))
must(run("delete", id))
for words in (("state", id), ("kill", id, "9"), ("delete", id), ("start", id)):
    result = run(*words)
    assert result.returncode != 0 and b"does not exist" in result.stderr, result
must(run("delete", "--force", id))
'
}

@test "state has the keys that engines read and none that would overwrite theirs" {
    set_args /bin/sleep 3600
    edit_config '.annotations = {"io.example": "value"}'
    engine '
must(create(stdout=None, stderr=None))
s = state()
assert s["id"] == id and s["status"] == "created" and s["bundle"] == bundle and os.path.isabs(s["rootfs"]), s
assert s["annotations"] == {"io.example": "value"} and s["ociVersion"].startswith("1."), s
assert s["created"].endswith("Z") and s["created"][10] == "T", s
forbidden = {"started", "finished", "exitcode", "oomkilled", "seccompkilled", "error", "initpid", "initstarttime",
             "checkpointedtime", "containermonitorprocess"}
assert not forbidden & {key.lower() for key in s}, s
'
}

@test "an engine that dies in the middle of create leaves what delete --force removes" {
    set_args /bin/sleep 3600
    edit_config --arg file "$BATS_TEST_TMPDIR/reached" \
        '.hooks.createRuntime = [{path: "/bin/sh", args: ["sh", "-c", "touch \($file); exec sleep 3600"]}]'
    engine '
reached = os.path.join(temporary, "reached")


def die_with_engine():
    libc.prctl(1, signal.SIGKILL, 0, 0, 0)  # PR_SET_PDEATHSIG


with open(os.environ["CREATED"], "a", encoding="ascii") as file:
    print(id, file=file)
engine = os.fork()
if engine == 0:
    subprocess.run([davit, "--root", root, "create", "--bundle", bundle, id], preexec_fn=die_with_engine,
                   stdin=subprocess.DEVNULL)
    os._exit(0)
wait_until(lambda: os.path.exists(reached))
os.kill(engine, signal.SIGKILL)
os.waitpid(engine, 0)
must(run("delete", "--force", id, stdout=None, stderr=None))
assert run("state", id).returncode == 1
'
}

@test "the error of a failing create or exec is the log's only line, with a time that engines can read" {
    set_args no-such-program
    engine '
import datetime
log = os.path.join(temporary, "log.json")
result = subprocess.run([davit, "--root", root, "--log", log, "--log-format", "json", "create", "--bundle", bundle,
                         id], stderr=subprocess.PIPE, timeout=120)
assert result.returncode == 1 and b"executable file not found" in result.stderr, result
document = json.loads(open(log).read())
assert list(document)[:3] == ["level", "msg", "time"] and document["level"] == "error", document
assert "exec: \"no-such-program\": executable file not found in $PATH" in document["msg"], document
moment = document["time"]
assert moment.endswith("Z")
datetime.datetime.fromisoformat(moment[:26])

os.unlink(log)
config_file = os.path.join(bundle, "config.json")
config = json.load(open(config_file))
config["process"]["args"] = ["/bin/sleep", "3600"]
json.dump(config, open(config_file, "w"))
must(create(stdout=None, stderr=None))
must(run("start", id))
result = run("--log", log, "--log-format=json", "exec", id, "no-such-program")
document = json.loads(open(log).read())
assert result.returncode == 255 and document["level"] == "error", (result, document)
assert document["msg"].startswith("exec failed: exec: \"no-such-program\": executable file not found"), document
must(run("delete", "--force", id))

# conmon reads 8191 bytes of stderr, once.
os.unlink(log)
config["hooks"] = {"createRuntime": [{"path": "/bin/sh", "args":
                                      ["sh", "-c", "head -c 1000000 /dev/zero | tr \"\\0\" x; echo; echo end; exit 3"]}]}
json.dump(config, open(config_file, "w"))
result = run("--log", log, "--log-format=json", "create", "--bundle", bundle, id)
assert result.returncode == 1 and len(result.stderr) <= 8191, len(result.stderr)
document = json.loads(open(log).read())
assert "error running createRuntime hook #0: /bin/sh: exited with status 3: xxx" in document["msg"], document
'
}

@test "a create that succeeds writes nothing to its log" {
    set_args /bin/sleep 3600
    edit_config '.process.capabilities.bounding += ["CAP_TOMORROW"]'
    engine '
log = os.path.join(temporary, "log.json")
with open(os.environ["CREATED"], "a", encoding="ascii") as file:
    print(id, file=file)
subprocess.run([davit, "--root", root, "--log", log, "--log-format", "json", "create", "--bundle", bundle, id],
               stdin=subprocess.DEVNULL, check=True, timeout=120)
assert os.path.getsize(log) == 0
'
}

@test "features and --version are whole when stdout and stderr are one pipe, and make no state root" {
    engine '
runtime_dir = os.path.join(temporary, "runtime")
os.mkdir(runtime_dir)
for environment in ({}, {"XDG_RUNTIME_DIR": ""}, {"XDG_RUNTIME_DIR": runtime_dir}):
    def merged(*words):
        return subprocess.run([davit, *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, env=environment, cwd="/", timeout=120, check=True).stdout
    features = json.loads(merged("features"))
    assert features["ociVersionMin"] and features["ociVersionMax"], features
    assert "rro" in features["mountOptions"] and "user" in features["linux"]["namespaces"]
    assert features["linux"]["mountExtensions"]["idmap"]["enabled"] is True
    version = merged("--version").decode().splitlines()
    assert version[0].split()[:2] == ["davit", "version"], version
    assert [line for line in version if "version" in line] == version[:1], version
assert os.listdir(runtime_dir) == []
'
}

@test "create works with XDG_RUNTIME_DIR alone in the environment, and finds no program by davit's own PATH" {
    set_args /bin/sleep 3600
    engine '
must(create(stdout=None, stderr=None, env={"XDG_RUNTIME_DIR": ""}))
must(run("start", id, env={"XDG_RUNTIME_DIR": ""}))
environment = open("/proc/%d/environ" % state()["pid"]).read()
assert "XDG_RUNTIME_DIR" not in environment, environment
'
}

@test "stdin may be closed, and stdout and stderr one descriptor of /dev/null that cannot be written" {
    set_shell 'ls -l /proc/self/fd >/seen 2>&1; exec sleep 3600'
    engine '
def no_stdin():
    os.close(0)


null = os.open("/dev/null", os.O_RDONLY)
must(create(stdin=None, stdout=null, stderr=null, preexec_fn=no_stdin))
must(run("start", id))
seen = os.path.join(bundle, "rootfs/seen")
wait_until(lambda: os.path.exists(seen) and os.path.getsize(seen) > 0)
'
}

@test "every other call ends its pipes, too" {
    set_args /bin/sleep 3600
    engine '
must(create(stdout=None, stderr=None))
must(run("start", id))
result = run("ps", "--format", "json", id)
assert result.stdout == b"[%d]\n" % state()["pid"] or b"cgroup" in result.stderr, result  # an ordinary user has none
quiet = [("kill", id, "0"), ("kill", id, "CONT")]
if b"cgroup" not in result.stderr:
    quiet += [("pause", id), ("resume", id), ("update", "--resources=-", id)]
for words in (*quiet, ("kill", id, "9")):
    result = must(run(*words, stdin=None, input=b"{}"))
    assert result.stdout == result.stderr == b"", (words, result)
wait_until(lambda: state()["status"] == "stopped")
result = must(run("delete", id))
assert result.stdout == result.stderr == b"", result
'
}

@test "a hook that leaves a daemon behind keeps no pipe of create" {
    set_args /bin/sleep 3600
    edit_config --arg file "$BATS_TEST_TMPDIR/daemon" \
        '.hooks.createRuntime = [{path: "/bin/sh", args: ["sh", "-c", "sleep 3600 & echo $! >\($file)"]}]'
    engine '
path = os.path.join(temporary, "console")
config = json.load(open(os.path.join(bundle, "config.json")))
config["process"]["terminal"] = True
json.dump(config, open(os.path.join(bundle, "config.json"), "w"))
console = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
console.bind(path)
console.listen(1)
must(create("--console-socket", path))
daemon = int(open(os.path.join(temporary, "daemon")).read())
for fd in os.listdir(f"/proc/{daemon}/fd"):
    assert not os.readlink(f"/proc/{daemon}/fd/{fd}").startswith(root), fd
os.kill(daemon, signal.SIGKILL)
'
}

@test "exec in the background on a terminal ends its pipes, and hands over one descriptor" {
    set_args /bin/sleep 3600
    engine '
must(create(stdout=None, stderr=None))
must(run("start", id))
path, pid_file, process = (os.path.join(temporary, name) for name in ("console", "exec.pid", "process.json"))
console = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
console.bind(path)
console.listen(1)
json.dump({"terminal": True, "user": {"uid": 0, "gid": 0}, "cwd": "/", "args": ["sh", "-c", "tty; exit 5"],
           "env": ["PATH=/bin"]}, open(process, "w"))
must(run("exec", "--process", process, "--console-socket", path, "--detach", "--pid-file", pid_file, id))
os.unlink(process)  # as engines do at once
connection = console.accept()[0]
data, ancillary, _, _ = connection.recvmsg(4096, socket.CMSG_LEN(64))
assert len(data) >= 1 and len(ancillary) == 1 and len(ancillary[0][2]) == 4, (data, ancillary)
master = array.array("i", ancillary[0][2])[0]
output = b""
try:
    while piece := os.read(master, 4096):
        output += piece
except OSError:
    pass
assert b"/dev/pts/" in output, output
pid = int(open(pid_file).read())
assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 5  # a child of the subreaper
'
}

@test "exec replaces a pid file that is there and empty, and when it fails writes none" {
    set_args /bin/sleep 3600
    engine '
must(create(stdout=None, stderr=None))
must(run("start", id))
with tempfile.NamedTemporaryFile(dir=temporary) as file:
    must(run("exec", "--detach", "--pid-file", file.name, id, "/bin/sleep", "3600", stdout=None, stderr=None))
    text = open(file.name, "rb").read()
    assert text.isdigit(), text
    os.kill(int(text), signal.SIGKILL)
    os.waitpid(int(text), 0)
with tempfile.NamedTemporaryFile(dir=temporary) as file:
    result = run("exec", "--detach", "--pid-file", file.name, id, "/no/such/program")
    assert result.returncode == 255 and b"no such file or directory" in result.stderr, result
    assert result.stderr.startswith(b"davit: exec failed: "), result.stderr
    assert os.path.getsize(file.name) == 0
absent = os.path.join(temporary, "absent.pid")
assert run("exec", "--detach", "--pid-file", absent, id, "no-such-program").returncode == 255
assert not os.path.exists(absent)
'
}

@test "exec in the foreground has its pid file while it runs, and ends as its program does" {
    set_args /bin/sleep 3600
    engine '
must(create(stdout=None, stderr=None))
must(run("start", id))
pid_file = os.path.join(temporary, "exec.pid")
runtime = subprocess.Popen([davit, "--root", root, "exec", "--pid-file", pid_file, id, "/bin/sh", "-c", "read x; exit 6"],
                           stdin=subprocess.PIPE)
wait_until(lambda: os.path.exists(pid_file))
pid = int(open(pid_file).read())  # whole at any moment: no empty file is ever seen
assert os.path.exists(f"/proc/{pid}")
runtime.communicate(b"go\n", timeout=60)
assert runtime.returncode == 6
'
}

@test "init is in its cgroup when create returns" {
    needs root
    set_args /bin/sleep 3600
    edit_config --arg id "$ID" '.linux.cgroupsPath = "/\($id)"'
    engine '
must(create(stdout=None, stderr=None))
lines = open("/proc/%d/cgroup" % state()["pid"]).read().split()
assert any(line.endswith("/" + id) for line in lines), lines
'
}

@test "a bundle that is half gone, and its log with it, does not keep delete --force from its work" {
    set_args /bin/sleep 3600
    engine '
import shutil
must(create(stdout=None, stderr=None))
shutil.rmtree(bundle)
log = os.path.join(bundle, "log.json")
result = run("--log", log, "--log-format", "json", "delete", "--force", id)
assert result.returncode == 0, result
assert b"does not exist" in run("state", id).stderr
must(run("--log", log, "--log-format", "json", "delete", "--force", id))
'
}

@test "options with one dash, with = and as two words are the same" {
    set_args /bin/sleep 3600
    engine '
pid_file = os.path.join(temporary, "pid")
with open(os.environ["CREATED"], "a", encoding="ascii") as file:
    print(id, file=file)
log = os.path.join(temporary, "log")
must(subprocess.run([davit, "-root", root, "--log=" + log, "-log-format=json", "--rootless=auto", "--systemd-cgroup=false",
                     "create", "-bundle", bundle, "-no-new-keyring", "--no-pivot=false", "-pid-file=" + pid_file, id],
                    stdin=subprocess.DEVNULL, timeout=120))
assert open(pid_file, "rb").read().isdigit()
must(run("start", id))
must(run("kill", "-a", id, "9"))
wait_until(lambda: state()["status"] == "stopped")
must(run("delete", "-force", id))
'
}

@test "a run that an engine watches can be killed by its id, and stays until it is deleted" {
    set_args /bin/sleep 3600
    engine '
with open(os.environ["CREATED"], "a", encoding="ascii") as file:
    print(id, file=file)
runtime = subprocess.Popen([davit, "--root", root, "run", "--bundle", bundle, "--keep", id], stdin=subprocess.DEVNULL,
                           start_new_session=True, preexec_fn=lambda: libc.prctl(1, signal.SIGKILL, 0, 0, 0))


wait_until(is_executing)
must(run("kill", id, "9"))
assert runtime.wait(60) == 137
assert state()["status"] == "stopped" and state()["pid"] == 0
must(run("delete", id))
'
}

@test "without --root each call finds the container, whatever XDG_RUNTIME_DIR says" {
    needs root
    set_args /bin/sleep 3600
    # In a mount namespace where nothing else is below /run.
    unshare --mount sh -ec 'mount -t tmpfs none /run
        env -i XDG_RUNTIME_DIR= "$1" create --bundle "$2" "$3" </dev/null >/dev/null 2>&1
        env -i XDG_RUNTIME_DIR=/run/user/0 "$1" start "$3"
        env -i "$1" list -q
        ls -A /run
        env -i XDG_RUNTIME_DIR=/run/user/0 PATH=/bin "$1" --cgroup-manager=disabled --systemd-cgroup=false kill --all "$3" 9
        env -i XDG_RUNTIME_DIR= "$1" delete --force "$3"
        ls -A /run/davit' sh "$DAVIT" "$BUNDLE" "$ID" 3>&- >"$BATS_TEST_TMPDIR/seen"
    expect_equal seen "$(tr '\n' ' ' <"$BATS_TEST_TMPDIR/seen")" "$ID davit .cache "
}
