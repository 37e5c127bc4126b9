# SPDX-License-Identifier: MIT
"""Configure and build with Meson.  A terminal shows a progress bar; a pipe gets
no output unless the build fails.

A build directory is locked while in use, so that several commands may start at
once.  Meson learns about new and removed files only by configuring again, which
happens when the list of source files has changed since the last time.
"""
import contextlib
import glob
import hashlib
import os
import re
import shutil
import subprocess
import time

from folders import COMPILED

from . import packages
from .common import (ELSEWHERE, EXIT_BROKEN, MACHINES, TOP, Failure,
                     build_dir, say)
from .course import compile_db
from .progress import Waiting, locked

SOURCE_DIRS = (*COMPILED, "user", "test", "tools", "course")

GIST_LINES = 40


def source_list():
    """Return: a digest of the names of all sources"""
    found = []
    for top in SOURCE_DIRS:
        for folder, _, files in os.walk(os.path.join(TOP, top)):
            found += [os.path.join(folder, f) for f in files
                      if f.endswith((".c", ".S", ".py", ".tbl"))]
    return hashlib.sha256("\n".join(sorted(found)).encode()).hexdigest()


def _gist(text):
    """Return: the part of a tool's output that says what went wrong"""
    # whole compiler commands say nothing useful
    lines = [line for line in text.rstrip().splitlines() if len(line) < 400]
    first = next((i for i, line in enumerate(lines)
                  if "ERROR" in line or line.startswith("FAILED")),
                 max(0, len(lines) - GIST_LINES))
    return "\n".join(lines[first:][:GIST_LINES])


# what Meson and ninja print when the files of a build directory are broken
DAMAGE = re.compile(r"ninja: error: build\.ninja:|Try with a fresh build tree"
                    r"|references functions or classes that don't exist"
                    r"|generated with Meson version"
                    r"|Unhandled python exception")
FUTURE = re.compile("Clock skew detected. File (.*) has a time stamp"
                    "|(build.ninja)' still dirty after 100 tries")
# Faults of the host; a compiler's message around them adds nothing.  A warning
# of apt's, that it works as root, is none.
HOST_TROUBLE = re.compile("^(?!W: Download is performed unsandboxed).*("
                          "No space left on device|Read-only file system|"
                          "Disk quota exceeded|Permission denied).*", re.M)
STEP = re.compile(r"\[(\d+)/(\d+)\]")


def host_trouble(text):
    """Return: the line of a tool's output that tells a fault of the host, and
    what helps; "" if none does"""
    found = HOST_TROUBLE.search(text)
    return found[0].strip() + ELSEWHERE if found else ""


def tool_failure(what, command, text):
    """Return: the Failure for a tool that failed with this output"""
    trouble = host_trouble(text)
    if trouble:
        return Failure(f"{what}: {trouble}", EXIT_BROKEN, "build")
    future = FUTURE.search(text)
    if future:
        place = os.path.normpath(future[1] or future[2])
        return Failure(
            f"{what}: {place} has a time stamp in the future, as when a clock "
            "jumped; repair it with: find . -newermt now -exec touch {} +",
            EXIT_BROKEN, "build")
    why = Failure(f"{what} failed ({' '.join(command)}):\n" + _gist(text),
                  EXIT_BROKEN, "build")
    why.lost = re.findall(r"^FAILED: (?:\[\S+\] )?(\S+)", text, re.M)
    return why


def run_tool(command, what):
    """Run a tool and show its progress; Failure with its error if it fails."""
    out = []
    with Waiting(what) as waiting, subprocess.Popen(
            command, stdin=subprocess.DEVNULL, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            errors="replace") as child:
        for line in child.stdout:
            out.append(line)
            step = STEP.match(line)
            if step:
                waiting.steps = int(step[1]), int(step[2])
    if child.returncode:
        raise tool_failure(what, command, "".join(out))


def cross_file(arch):
    """Return: the path of a machine's cross file for Meson"""
    machine = MACHINES[arch]
    if machine.cross_is_stale():
        raise Failure(f"{os.path.basename(machine.cross_path())} differs from "
                      "arch/machines.tbl, so the build would be for "
                      "another machine; generate it again: "
                      "tools/machines.py --write", EXIT_BROKEN, "build")
    return machine.cross_path()


def set_up_with(folder, cross):
    """True if the build directory was set up with this cross file."""
    try:
        with open(os.path.join(folder, "meson-private", "cmd_line.txt")) as f:
            return cross in f.read()
    except OSError:
        return False


def prebuilt_options():
    """Return: options for a tree for students (docs/labs.md): the files of all
    labs but those that were started are objects, which lie in the tree"""
    listing = os.path.join(TOP, "course", "prebuilt", "sources")
    try:
        with open(listing) as f:
            return ["-Dprebuilt=" + ",".join(f.read().split())]
    except FileNotFoundError:
        return []


def configure(name, werror, arch, more):
    """Set up or renew build/NAME; the caller holds its lock."""
    folder = build_dir(name)
    cross = cross_file(arch) if arch in MACHINES else ""
    stamp = os.path.join(folder, ".sources")
    options = [f"-Dwerror={str(werror).lower()}", *more, *prebuilt_options()]
    want = source_list() + " " + " ".join(options)
    # configure again when a tool appears that allows to build more
    want += " " + " ".join(filter(packages.present, packages.BUILT_WITH))
    compiler = "" if cross else f" CC={os.environ.get('CC', '')};"
    want += MACHINES[arch].cross_text() if cross else compiler
    ninja = os.path.join(folder, "build.ninja")
    ready = (os.path.exists(ninja) and os.path.getsize(ninja) > 0
             and set_up_with(folder, cross))
    with contextlib.suppress(OSError), open(stamp) as f:
        before = f.read()
        if ready and before == want:
            return
        if compiler not in before:
            throw_away(name, "was made with another compiler")
            ready = False
    command = ["meson", "setup", *options]
    if ready:
        command.append("--reconfigure")
    elif os.path.isdir(folder):
        # meson cannot use half a configuration
        for part in ("meson-private", "meson-info", "meson-logs"):
            shutil.rmtree(os.path.join(folder, part), ignore_errors=True)
    if arch in MACHINES:
        command += ["--cross-file", cross]
    run_tool(command + [folder, TOP], f"configuring {name}")
    # a program whose source was renamed would stay
    run_tool(["ninja", "-C", folder, "-t", "cleandead"], f"tidying {name}")
    with open(stamp, "w") as f:
        f.write(want)


# The environment variable that names the present run of `test` and its tree,
# for the commands that the tests start.  Nobody changes a source during the
# run, so what one command found up to date is up to date for the others, which
# saves them most of a second each.
TEST_RUN = "LECTERN_TEST_RUN"


def begin_test_run():
    os.environ[TEST_RUN] = f"{TOP} {os.getpid()} {time.time_ns()}"


class Built:
    """The targets of a build directory that the present run of `test` found up
    to date; the caller holds the directory's lock."""

    def __init__(self, name, werror, options):
        self.path = os.path.join(build_dir(name), ".test-run")
        run = os.environ.get(TEST_RUN, "")
        self.run = run.startswith(TOP + " ") and " ".join(
            [run, str(werror), *options])

    def _lines(self):
        try:
            with open(self.path) as f:
                lines = f.read().splitlines()
        except OSError:
            return []
        return lines if lines[:1] == [self.run] else []

    def has(self, targets):
        return bool(self.run) and set(targets) <= set(self._lines()[1:])

    def add(self, targets):
        if self.run:
            lines = self._lines() or [self.run]
            with open(self.path, "w") as f:
                f.write("\n".join([*lines, *targets]) + "\n")
        elif os.path.exists(self.path):
            os.remove(self.path)        # it may describe an older state


# The kernel and the programs of user/bin; the rest of user/; test programs.
USUAL, MORE, GUEST_TESTS = "all", "more", "guest-tests"
EVERYTHING = (USUAL, MORE, GUEST_TESTS)
# Suites whose tests need only the first.
NEED_USUAL = {"busybox", "glibc", "fuzz-calls", "judges", "editor",
              "judges-oracle", "tiers", "foreign", "container"}


def targets_of_programs(programs):
    """Return: the targets of these programs of test/guest, and no others"""
    return (USUAL, MORE, *sorted("test/guest/" + p for p in programs))


def targets_of_suites(suites):
    """Return: what the tests of these suites need, built before the first"""
    return (USUAL,) if set(suites) <= NEED_USUAL else EVERYTHING


def set_up(name, werror=None, arch=None, options=()):
    """Have Meson configure build/NAME, without building anything."""
    with locked(name):
        configure(name, wanted_werror(werror), arch or name, options)


def wanted_werror(werror):
    """Return: werror, or the choice of the present run of `test` if None"""
    return bool(os.environ.get("LECTERN_WERROR")) if werror is None else werror


def is_ahead(name):
    """True if something was built at a time that lies in the future: ninja
    would miss every change until then."""
    try:
        made = os.path.getmtime(os.path.join(build_dir(name), ".ninja_log"))
    except OSError:
        return False
    return made > time.time() + 60


def throw_away(name, why):
    say(f"{build_dir(name)} {why}: building from scratch")
    shutil.rmtree(build_dir(name))


def make(name, targets, werror, arch, options, words=()):
    """Have Meson configure a directory, and bring these targets up to date, if
    any; words are further arguments of ninja."""
    configure(name, werror, arch or name, options)
    if targets:
        run_tool(["ninja", "-C", build_dir(name), *words, *targets],
                 f"building {name}")


def only_tests_lost(why):
    """True if only test programs failed to build."""
    return bool(why.lost) and all(
        lost.startswith("test/guest/") for lost in why.lost)


def build(name, targets=(USUAL,), werror=None, arch=None, options=(),
          without_tests=False, enough_for=()):
    """Bring these targets of build/NAME up to date.  arch: the machine, NAME if
    none; options: for Meson.  without_tests: if only test programs fail to
    build (only_tests_lost()), later commands of this run of `test` do without
    them; enough_for: targets to count as up to date, too, because this build
    has all that their users need."""
    werror = wanted_werror(werror)
    with locked(name):
        built = Built(name, werror, options)
        if built.has(targets):
            return
        # a cache returns the object without the compiler's other output files
        os.environ["CCACHE_DISABLE"] = "1"
        if is_ahead(name):
            throw_away(name, "was built when the clock was ahead")
        try:
            # with -k 0, one failure does not stop the other targets
            make(name, targets, werror, arch, options,
                 ["-k", "0"] * without_tests)
        except Failure as why:
            if without_tests and only_tests_lost(why):
                built.add(targets)
            if not DAMAGE.search(str(why)):
                raise
            throw_away(name, "is damaged, perhaps by a crash")
            make(name, targets, werror, arch, options)
        built.add([*targets, *enough_for])
    # tests of several machines would change it again and again
    if name in MACHINES and not os.environ.get(TEST_RUN):
        with contextlib.suppress(OSError):      # the tree may be read-only
            compile_db.offer(name)


TESTS = "/usr/lectern/test"
LIBRARIES = "/usr/lectern/lib"


def names_tests(words):
    """True if a command names a test program, or the runner of them all."""
    return any(TESTS in word or "testrun" in word for word in words)


def names_more(words):
    """True if a command names a program of user/ outside user/bin, or its
    libraries."""
    names = [os.path.basename(path)[:-2] for path in
             glob.glob(os.path.join(TOP, "user", "more", "*.c"))]
    named = re.compile(rf"\b({'|'.join([*names, 'pe'])})\b|{LIBRARIES}\b")
    return any(map(named.search, words))


def build_to_run(arch, command, append=(), added=False):
    """Build what a machine needs to run a command (None: a shell) with these
    words for the kernel.  added: files are added to the machine, and may be
    programs that need our libraries.  Return: the targets"""
    words = [*(command or ()), *append]
    tests = names_tests(words)
    more = tests or added or not command or names_more(words)
    targets = [USUAL] + [MORE] * more + [GUEST_TESTS] * tests
    build(arch, targets)
    return targets
