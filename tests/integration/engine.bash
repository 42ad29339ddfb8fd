# shellcheck shell=bash
# engine.bash - a small engine in place of containerd's shim, conmon and others: Python that calls davit as they do.

# engine SCRIPT: Python with what the tests share; $DAVIT, $ROOT, $BUNDLE and $ID are in its environment.
engine() {
    needs program python3
    DAVIT=$DAVIT ROOT=$ROOT BUNDLE=$BUNDLE ID=$ID CREATED=$CREATED python3 - 3>&- <<END
import array, ctypes, json, os, select, signal, socket, struct, subprocess, sys, tempfile, time

davit, root, bundle, id = (os.environ[name] for name in ("DAVIT", "ROOT", "BUNDLE", "ID"))
temporary = os.path.dirname(bundle)
libc = ctypes.CDLL(None, use_errno=True)
libc.prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER


def run(*words, **options):
    """One call of davit with pipes that are read to their end."""
    options = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "timeout": 120,
               **options}
    return subprocess.run([davit, "--root", root, *words], **options)


def create(*words, **options):
    with open(os.environ["CREATED"], "a", encoding="ascii") as file:
        print(id, file=file)
    return run("create", "--bundle", bundle, *words, id, **options)


def must(result):
    assert result.returncode == 0, result
    return result


def state():
    return json.loads(must(run("state", id)).stdout)


def is_executing():
    """Its program, sleep, and no longer davit: what is killed before is no program that a signal ended."""
    result = run("state", id)
    if result.returncode != 0 or json.loads(result.stdout)["status"] != "running":
        return False
    with open("/proc/%d/cmdline" % json.loads(result.stdout)["pid"], "rb") as file:
        return b"sleep" in file.read()


def wait_until(condition):
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end, "waited 30 s in vain"
        time.sleep(0.05)


$1
END
}
