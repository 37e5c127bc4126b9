# SPDX-License-Identifier: MIT
"""`./lectern test --fresh`: the README's two commands, or the tests asked for,
in a bare Debian (bare.py).  .ci/run is this on two of them, on one with
--all."""
import collections
import os
import re
import shlex
import signal
import subprocess
import sys
import tempfile
import threading

from .. import packages
from ..common import EXIT_BROKEN, EXIT_USAGE, Failure, say
from ..machine.board import counted
from ..main import complaint
from . import bare
from .pace import JOBS

# what a reader installs before the README's first command
BEGINNING = ("git", "ca-certificates", "python3")
LAST_LINE = re.compile(r"(\d+) passed, (\d+) failed(?:, (\d+) skipped)?")
RUN, TEST = ["run"], ["test"]
RUN_SECONDS = 1800
KERNEL = re.compile("Linux lectern ")   # the answer of the shell of `run`


def add_options(parser):
    parser.add_argument("--fresh", action="store_true",
                        help="do it in a bare Debian with git and python3, "
                             "which is made for it and removed; only root can. "
                             "Without names and suites it is `lectern run`, "
                             "then `lectern test`")
    parser.add_argument("--debian", action="append",
                        choices=tuple(bare.RELEASES),
                        help="with --fresh: the release (default: 12); once "
                             "more for another, in which --all and --werror do "
                             "not count")


def check(options):
    """Raise Failure for options that make no sense here."""
    if options.debian and not options.fresh:
        raise Failure("--debian goes with --fresh", EXIT_USAGE)
    if options.fresh and (options.since or options.sources or options.check
                          or options.coverage):
        raise Failure("--fresh goes with --suite, names, --arch, --all, "
                      "--werror, --jobs, --seconds and --verbose alone",
                      EXIT_USAGE)


def words_of(options):
    """Return: the words of `test` that these options came from"""
    words = []
    for name, usual in (("arch", "all"), ("seconds", None), ("jobs", JOBS)):
        value = getattr(options, name)
        if value != usual:
            words += [f"--{name}", str(value)]
    for suite in options.suite or ():
        words += ["--suite", suite]
    for name in ("all", "werror", "verbose"):
        words += [f"--{name}"] * getattr(options, name)
    return words + options.names


def plans(options):
    """Yield, for each Debian, the commands to do in it and the variables they
    are given."""
    words = words_of(options)
    for i, debian in enumerate(dict.fromkeys(options.debian or ["12"])):
        first = not i
        if options.names or options.suite:
            commands = [TEST + words]
        elif first:
            commands = [RUN, TEST + words]      # --all has all that none has
        else:
            commands = [RUN, TEST + [w for w in words
                                     if w not in ("--all", "--werror")]]
        more = {bare.DONE: "1"} if RUN in commands else {}
        # from the first command on, so that nothing is built twice
        if options.werror and first:
            more["LECTERN_WERROR"] = "1"
        if "LECTERN_PATIENCE" in os.environ:
            more["LECTERN_PATIENCE"] = os.environ["LECTERN_PATIENCE"]
        yield debian, commands, more


def follow(root, words, more):
    """Carry out a command in the tree of a root, and show what it says.
    Return: its exit status, and its last line"""
    last, seen = "", False
    script = "cd /lectern && exec ./lectern " + shlex.join(words)
    with tempfile.TemporaryFile("w+") as typed, subprocess.Popen(
            bare.command_inside(root, script), env=bare.environment(more),
            text=True, errors="replace", stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=type_at(typed) if words == RUN else subprocess.DEVNULL
            ) as child:
        limit = threading.Timer(RUN_SECONDS, child.kill)
        if words == RUN:
            limit.start()
        try:
            for line in child.stdout:
                print(line, end="", flush=True)
                last = line.strip() or last
                seen = seen or bool(KERNEL.match(line))
        except BaseException:
            child.kill()
            raise
        finally:
            limit.cancel()
    if words == RUN and not seen:
        return child.returncode or EXIT_BROKEN, "no shell"
    return child.returncode, last


def type_at(file):
    """Fill a file with what is typed at the shell."""
    file.write("uname -a\npoweroff\n")
    file.seek(0)
    return file


def judge(words, status, last, count):
    """Add the result of a command to the points: a run is one, and so is an end
    that the points of a test do not explain."""
    found = LAST_LINE.fullmatch(last) if words[0] == "test" else None
    points = [int(n or 0) for n in found.groups()] if found else [0, 0, 0]
    if not found or status and not points[1]:
        points[1 if status or words[0] == "test" else 0] += 1
    for result, n in zip(("ok", "fail", "skip"), points):
        count[result] += n


def one_debian(debian, commands, more, count):
    """Make a root, and carry out the commands in it."""
    with bare.workplace() as folder:
        root = os.path.join(folder, "debian")
        bare.settle(root, BEGINNING, debian)
        bare.clone(root)
        for words in commands:
            what = f"Debian {debian}: ./lectern {' '.join(words)}"
            print(f"== {what}", flush=True)
            status, last = follow(root, words, more)
            judge(words, status, last, count)
            print(f"== {what}: exit {status}", flush=True)
            bare.keep_packages(root, debian)


def stopped(number, _):
    sys.exit(128 + number)


def fresh(options):
    """Return: the exit status, after the sum of all points as the last line"""
    why = bare.why_not()
    if why:
        raise Failure(f"--fresh: {why}", EXIT_BROKEN, "build")
    packages.require(packages.FOR_BARE, not options.no_install)
    for each in (signal.SIGHUP, signal.SIGTERM):
        if signal.getsignal(each) != signal.SIG_IGN:    # as by nohup
            signal.signal(each, stopped)
    count = collections.Counter()
    for debian, commands, more in plans(options):
        try:
            one_debian(debian, commands, more, count)
        except (Failure, OSError) as why:
            say(complaint(why) if isinstance(why, OSError) else str(why))
            count["fail"] += 1
    print(counted(count), flush=True)
    return 1 if count["fail"] else 0
