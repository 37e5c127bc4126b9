# SPDX-License-Identifier: MIT
"""`./lectern diff -- CMD`: run one command on Lectern and on Debian's Linux,
with the same files, input and machine, and print the differences."""
import difflib
import os
import re
import subprocess
import sys
import tempfile
import threading

from ..common import EXIT_USAGE, TOP, Failure, said_here, say
from ..progress import Waiting

KERNELS = ("linux", "lectern")
# the ends of a run in which CMD itself ran; all others are broken runs
ENDED = re.compile(r"(exit|signal) \d+")
COLOURS = {"-": "31", "+": "32", "@": "36"}
SNIPPET = 16            # bytes shown of output that is not text


def add_options(parser):
    from . import run
    run.add_machine_options(parser)
    p = parser
    p.add_argument("--mask", action="append", default=[], metavar="REGEX",
                   help="ignore differences between matches of REGEX")
    p.add_argument("--context", type=int, default=3, metavar="N",
                   help="show N lines around a difference (default: 3)")
    p.add_argument("--quiet", "-q", action="store_true",
                   help="print nothing; only set the exit status")


class Side:
    """The run of CMD on one of the kernels, and its results."""

    def __init__(self, kernel):
        self.kernel = kernel
        self.words = ""         # the contents of the status file
        self.out = self.err = b""
        self.status = None

    def run(self, arguments, command, data, folder):
        words = os.path.join(folder, self.kernel + ".status")
        log = os.path.join(folder, self.kernel + ".log")
        other = ["--kernel", "linux"] if self.kernel == "linux" else []
        # progress and package messages of the driver are no errors of CMD
        with said_here() as here:
            done = subprocess.run(
                [os.path.join(TOP, "lectern"), "run", *arguments, *other,
                 "--log", log, "--status-file", words, "--", *command],
                input=data, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                **here)
        self.out, self.err, self.status = (done.stdout, done.stderr,
                                           done.returncode)
        try:
            with open(words) as f:
                self.words = f.read().strip()
        except OSError:
            self.words = ""

    def ended(self):
        return ENDED.fullmatch(self.words)


def masked(data, masks):
    for mask in masks:
        data = mask.sub(b"<masked>", data)
    return data


def text_of(data):
    """Return: lines, or None if the bytes are not text"""
    if b"\0" in data:
        return None
    try:
        return data.decode().splitlines(keepends=True)
    except UnicodeDecodeError:
        return None


def at_byte(theirs, ours):
    """Report where two byte strings first differ, with a few bytes of each."""
    where = next((i for i, (a, b) in enumerate(zip(theirs, ours)) if a != b),
                 min(len(theirs), len(ours)))
    return [f"differs at byte {where} of {len(theirs)} and {len(ours)}",
            f"-{theirs[where:where + SNIPPET].hex(' ')}",
            f"+{ours[where:where + SNIPPET].hex(' ')}"]


def difference(name, theirs, ours, context):
    """Return: lines of a report, none if both are equal"""
    if theirs == ours:
        return []
    lines = text_of(theirs), text_of(ours)
    if None in lines:
        return [f"--- linux: {name}", f"+++ lectern: {name}",
                *at_byte(theirs, ours)]
    report = []
    for line in difflib.unified_diff(*lines, f"linux: {name}",
                                     f"lectern: {name}", n=context):
        report.append(line.rstrip("\n"))
        if not line.endswith("\n"):
            report.append("\\ no newline at the end")
    return report


def compare(sides, masks, context):
    """Return: the lines of the report, none if both sides did the same"""
    linux, lectern = sides
    report = []
    for name in ("out", "err"):
        label = {"out": "standard output", "err": "standard error"}[name]
        report += difference(label, masked(getattr(linux, name), masks),
                             masked(getattr(lectern, name), masks), context)
    if linux.words != lectern.words:
        report += ["--- linux: end", "+++ lectern: end",
                   f"-{linux.words}", f"+{lectern.words}"]
    return report


def show(lines):
    colour = sys.stdout.isatty()
    for line in lines:
        code = COLOURS.get(line[:1]) if colour else None
        print(f"\x1b[{code}m{line}\x1b[0m" if code else line)


def broken(sides):
    """Say why a side did not run CMD to its end. Return: the exit status"""
    for side in sides:
        if side.ended():
            continue
        say(f"{side.kernel}: {side.words or 'could not run'}")
        sys.stderr.write(side.err.decode(errors="replace"))
        return side.status or 122
    return 0


def pattern(text):
    try:
        return re.compile(text.encode(), re.MULTILINE)
    except re.error as why:
        raise Failure(f"--mask {text}: {why}", EXIT_USAGE) from None


def diff(options, command):
    """Return: 0 no difference, 1 some, else as `run` if a side could not run"""
    from . import run
    if not command:
        raise Failure("diff needs a command after --", EXIT_USAGE)
    masks = [pattern(m) for m in options.mask]
    if options.context < 0:
        raise Failure(f"--context {options.context}: at least 0", EXIT_USAGE)
    arguments = run.machine_arguments(options)
    data = b"" if os.isatty(0) else sys.stdin.buffer.read()
    sides = [Side(k) for k in KERNELS]
    with tempfile.TemporaryDirectory(prefix="lectern-") as folder, \
            Waiting("running on Linux and on Lectern"):
        threads = [threading.Thread(target=s.run, args=(
            arguments, command, data, folder)) for s in sides]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
    status = broken(sides)
    if status:
        return status
    report = compare(sides, masks, options.context)
    if not options.quiet:
        show(report or [f"no difference: {sides[0].words}, "
                        f"{len(sides[0].out)} bytes of output, "
                        f"{len(sides[0].err)} of errors"])
    return 1 if report else 0
