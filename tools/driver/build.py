# SPDX-License-Identifier: MIT
"""Configure and build with Meson: a bar on a terminal, no word in a pipe
unless it fails.

A build folder is locked while in use, so that several runs may start at
once.  Meson learns about new and removed files only by configuring again,
which happens when the list of source files differs from the last one.
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
from .common import (ARCHES, ELSEWHERE, EXIT_BROKEN, MACHINES, TOP, Failure,
                     build_dir, say)
from .progress import Waiting, locked

SOURCE_DIRS = (*COMPILED, "user", "test", "tools")

GIST_LINES = 40


def source_list():
    """A digest of which sources exist."""
    found = []
    for top in SOURCE_DIRS:
        for folder, _, files in os.walk(os.path.join(TOP, top)):
            found += [os.path.join(folder, f) for f in files
                      if f.endswith((".c", ".S", ".py", ".tbl"))]
    return hashlib.sha256("\n".join(sorted(found)).encode()).hexdigest()


def _gist(text):
    """The part of a tool's output that says what went wrong."""
    # whole compiler commands tell the reader nothing
    lines = [line for line in text.rstrip().splitlines() if len(line) < 400]
    first = next((i for i, line in enumerate(lines)
                  if "ERROR" in line or line.startswith("FAILED")),
                 max(0, len(lines) - GIST_LINES))
    return "\n".join(lines[first:][:GIST_LINES])


# what Meson and ninja say of a build folder whose own files are broken
DAMAGE = re.compile(r"ninja: error: build\.ninja:|Try with a fresh build tree"
                    r"|references functions or classes that don't exist"
                    r"|generated with Meson version"
                    r"|Unhandled python exception")
FUTURE = re.compile("Clock skew detected. File (.*) has a time stamp"
                    "|(build.ninja)' still dirty after 100 tries")
# what the host may lack; a compiler's own words around it say no more
HOST_TROUBLE = re.compile(".*(No space left on device|Read-only file system|"
                          "Disk quota exceeded|Permission denied).*")
STEP = re.compile(r"\[(\d+)/(\d+)\]")


def tool_failure(what, command, text):
    """=> the Failure of a tool that said this"""
    trouble = HOST_TROUBLE.search(text)
    if trouble:
        return Failure(f"{what}: {trouble[0].strip()}{ELSEWHERE}",
                       EXIT_BROKEN, "build")
    future = FUTURE.search(text)
    if future:
        place = os.path.normpath(future[1] or future[2])
        return Failure(
            f"{what}: {place} is of a later time than now, as when a clock has "
            "jumped; mend it with: find . -newermt now -exec touch {} +",
            EXIT_BROKEN, "build")
    why = Failure(f"{what} failed ({' '.join(command)}):\n" + _gist(text),
                  EXIT_BROKEN, "build")
    why.lost = re.findall(r"^FAILED: (?:\[\S+\] )?(\S+)", text, re.M)
    return why


def run_tool(command, what):
    """Run a tool, telling how far it is, or Failure with what went wrong."""
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
    """=> the path of what Meson is to know of a machine"""
    machine = MACHINES[arch]
    if machine.cross_is_stale():
        raise Failure(f"{os.path.basename(machine.cross_path())} is not what "
                      "arch/machines.tbl says, so the build would be of "
                      "another machine; make it anew: "
                      "tools/machines.py --write", EXIT_BROKEN, "build")
    return machine.cross_path()


def set_up_with(folder, cross):
    """Was the build folder set up with this cross file?"""
    try:
        with open(os.path.join(folder, "meson-private", "cmd_line.txt")) as f:
            return cross in f.read()
    except OSError:
        return False


def configure(name, werror, arch, more):
    """Set up or renew build/NAME; the caller holds its lock."""
    folder = build_dir(name)
    cross = cross_file(arch) if arch in ARCHES else ""
    stamp = os.path.join(folder, ".sources")
    options = [f"-Dwerror={str(werror).lower()}", *more]
    want = source_list() + " " + " ".join(options)
    # what is built where it is there, and could be there since
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
        # half a configuration is of no use to meson
        for part in ("meson-private", "meson-info", "meson-logs"):
            shutil.rmtree(os.path.join(folder, part), ignore_errors=True)
    if arch in ARCHES:
        command += ["--cross-file", cross]
    run_tool(command + [folder, TOP], f"configuring {name}")
    # a program whose source has another name now would stay
    run_tool(["ninja", "-C", folder, "-t", "cleandead"], f"tidying {name}")
    with open(stamp, "w") as f:
        f.write(want)


# Names the run of `test` under way and its tree, for the commands that its
# tests are: nobody changes a source meanwhile, so what one of them found up to
# date is so for the others, who save most of a second.
TEST_RUN = "LECTERN_TEST_RUN"


def begin_test_run():
    os.environ[TEST_RUN] = f"{TOP} {os.getpid()} {time.time_ns()}"


class Built:
    """What the run of `test` under way has found up to date in a folder; the
    caller holds its lock."""

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
            os.remove(self.path)        # it may be of another state now


# The kernel and the programs of user/bin; the rest of user/; programs of tests.
USUAL, MORE, GUEST_TESTS = "all", "more", "guest-tests"
EVERYTHING = (USUAL, MORE, GUEST_TESTS)
# Suites whose tests need the first only.
NEED_USUAL = {"busybox", "glibc", "fuzz-calls", "judges",
              "judges-oracle", "tiers", "foreign"}


def targets_of_programs(programs):
    """What these programs of test/guest need, and no others of it."""
    return (USUAL, MORE, *sorted("test/guest/" + p for p in programs))


def targets_of_suites(suites):
    """What tests of these need, built before the first begins."""
    return (USUAL,) if set(suites) <= NEED_USUAL else EVERYTHING


def set_up(name, werror=None, arch=None, options=()):
    """Have Meson know build/NAME, without building anything."""
    with locked(name):
        configure(name, wanted_werror(werror), arch or name, options)


def wanted_werror(werror):
    """None is what the tests under way want."""
    return bool(os.environ.get("LECTERN_WERROR")) if werror is None else werror


def is_ahead(name):
    """Was something built in what is the future?  ninja would not see what has
    changed since."""
    try:
        made = os.path.getmtime(os.path.join(build_dir(name), ".ninja_log"))
    except OSError:
        return False
    return made > time.time() + 60


def throw_away(name, why):
    say(f"{build_dir(name)} {why}: made anew")
    shutil.rmtree(build_dir(name))


def make(name, targets, werror, arch, options, words=()):
    """Have Meson know a folder, and bring these targets up to date, if any,
    with these words to ninja."""
    configure(name, werror, arch or name, options)
    if targets:
        run_tool(["ninja", "-C", build_dir(name), *words, *targets],
                 f"building {name}")


def only_tests_lost(why):
    """Did a build fail in programs of the tests alone?"""
    return bool(why.lost) and all(
        lost.startswith("test/guest/") for lost in why.lost)


def build(name, targets=(USUAL,), werror=None, arch=None, options=(),
          without_tests=False, enough_for=()):
    """Bring these targets of build/NAME up to date, which is of `arch` (none:
    NAME is one), with these options of Meson's.  without_tests: when only
    programs of the tests cannot be built (only_tests_lost()), those commands
    that this run of `test` has yet to make do without them; enough_for: what
    they need no more of than is built now."""
    werror = wanted_werror(werror)
    with locked(name):
        built = Built(name, werror, options)
        if built.has(targets):
            return
        # a cache gives back the object without what the compiler wrote beside
        os.environ["CCACHE_DISABLE"] = "1"
        if is_ahead(name):
            throw_away(name, "was made when the clock was ahead")
        try:
            # what can be built is, whatever fails beside it
            make(name, targets, werror, arch, options,
                 ["-k", "0"] * without_tests)
        except Failure as why:
            if without_tests and only_tests_lost(why):
                built.add(targets)
            if not DAMAGE.search(str(why)):
                raise
            throw_away(name, "is damaged, as by a crash")
            make(name, targets, werror, arch, options)
        built.add([*targets, *enough_for])


TESTS = "/usr/lectern/test"
LIBRARIES = "/usr/lectern/lib"


def names_tests(words):
    """Does a command name a program of the tests, or who runs them all?"""
    return any(TESTS in word or "testrun" in word for word in words)


def names_more(words):
    """Does a command name a program of user/ that is not of user/bin, or its
    libraries?"""
    names = [os.path.basename(path)[:-2] for path in
             glob.glob(os.path.join(TOP, "user", "more", "*.c"))]
    named = re.compile(rf"\b({'|'.join([*names, 'pe'])})\b|{LIBRARIES}\b")
    return any(map(named.search, words))


def build_to_run(arch, command, append=(), added=False):
    """What a machine needs for a command, none being a shell, and for words to
    the kernel; files that are added to it may be programs which want our
    libraries.  => the targets"""
    words = [*(command or ()), *append]
    tests = names_tests(words)
    more = tests or added or not command or names_more(words)
    targets = [USUAL] + [MORE] * more + [GUEST_TESTS] * tests
    build(arch, targets)
    return targets
