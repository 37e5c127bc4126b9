# SPDX-License-Identifier: MIT
"""Bounds for what a student has written: bubblewrap (no network, nothing of the
host but its tools), limits of memory, time and file size, a small /tmp.

Work trees appear at one path in every sandbox, so a build folder can be copied
for each worker and stays usable.
"""
import os
import resource
import signal
import subprocess
import time

from ..common import Failure
from .lab_watch import Watch

INSIDE = "/lectern"
MEMORY = 2 << 30                # of each process of a build
FILE_SIZE = 256 << 20
TMP_SIZE = 256 << 20
BUILD_CPU = 60                  # seconds of one compiler or linker
BUILD_CPU_ALL = 600             # of all of a build together
BUILD_WALL = 3600               # by the clock, also on a busy host
BUILD_OUTPUT = 1 << 20
TOOLS = ("/usr", "/bin", "/lib", "/lib32", "/lib64", "/sbin",
         "/etc/alternatives", "/etc/ld.so.cache")


def bare():
    """Return: the words of a sandbox with the host's tools and nothing else"""
    words = ["bwrap", "--unshare-all", "--die-with-parent", "--new-session",
             "--clearenv", "--setenv", "PATH", "/usr/bin:/bin:/usr/sbin:/sbin",
             "--setenv", "LC_ALL", "C.UTF-8", "--setenv", "HOME", "/tmp",
             "--setenv", "CCACHE_DISABLE", "1", "--hostname", "lectern"]
    for path in TOOLS:
        if os.path.islink(path):
            words += ["--symlink", os.readlink(path), path]
        elif os.path.exists(path):
            words += ["--ro-bind", path, path]
    return [*words, "--proc", "/proc", "--dev", "/dev",
            "--size", str(TMP_SIZE), "--tmpfs", "/tmp"]


def for_build(folder):
    """Return: a function that puts a command into a sandbox, in which the
    folder is INSIDE; only its build folders can be written, what else is
    written there is gone with the command"""
    def wrap(command):
        words = [*bare(), "--dir", INSIDE]
        with os.scandir(folder) as places:
            for place in sorted(places, key=lambda p: p.name):
                if place.is_dir(follow_symlinks=False):
                    words += ["--ro-bind" if place.name == "tree" else "--bind",
                              place.path, os.path.join(INSIDE, place.name)]
        return [*words, "--chdir", INSIDE, "--", *command]
    return wrap


def for_machine(kernel, *more):
    """Return: a function that puts QEMU into a sandbox with its kernel"""
    def wrap(command, work):
        words = bare()
        for path in (kernel, *more):
            words += ["--ro-bind", path, path]
        return [*words, "--bind", work, work, "--chdir", work, "--", *command]
    return wrap


def set_limits(cpu):
    """Limit this process; between fork and exec of a child."""
    for what, most in ((resource.RLIMIT_AS, MEMORY),
                       (resource.RLIMIT_FSIZE, FILE_SIZE),
                       (resource.RLIMIT_CPU, cpu), (resource.RLIMIT_CORE, 0),
                       (resource.RLIMIT_NOFILE, 1024)):
        resource.setrlimit(what, (most, most))


def run_limited(command):
    """Run a command of a build. Return: its status and its output, cut to
    BUILD_OUTPUT; status None if it reached a limit"""
    try:
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL,
                                 stdout=subprocess.PIPE,
                                 stderr=subprocess.STDOUT,
                                 start_new_session=True,
                                 preexec_fn=lambda: set_limits(BUILD_CPU))
    except OSError as why:
        raise Failure(f"{command[0]}: {why.strerror}") from None
    out, watch = b"", Watch(child.pid, BUILD_CPU_ALL, BUILD_WALL)
    os.set_blocking(child.stdout.fileno(), False)
    try:
        while child.poll() is None:
            out = _more(child, out)
            if watch.is_hopeless():
                return None, "the compiler made no progress"
            if len(out) > BUILD_OUTPUT:
                return None, "the compiler printed too much"
            time.sleep(0.02)
        out = _more(child, out)
        return child.returncode, out.decode(errors="replace")
    finally:
        kill(child)


def kill(child):
    """End a command, which leads its own group, with all of that group."""
    try:
        os.killpg(child.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    child.wait()
    child.stdout.close()


def _more(child, out):
    while len(out) <= BUILD_OUTPUT:
        try:
            data = child.stdout.read(1 << 16)
        except BlockingIOError:
            return out
        if not data:
            return out
        out += data
    return out


def probe():
    """Raise Failure if no sandbox can be made here."""
    done = subprocess.run([*bare(), "--", "true"], capture_output=True)
    if done.returncode:
        why = done.stderr.decode(errors="replace").strip().splitlines()
        raise Failure("bwrap cannot make a sandbox here: "
                      + (why[-1] if why else f"status {done.returncode}")
                      + "; --no-sandbox runs without one, in a container that "
                      "is thrown away")
