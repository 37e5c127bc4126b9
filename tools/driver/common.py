# SPDX-License-Identifier: MIT
"""What every command of the driver shares: places, machines, messages."""
import contextlib
import difflib
import os
import shutil
import sys

sys.path.insert(1, os.path.dirname(os.path.dirname(os.path.realpath(
    __file__))))
from machines import MACHINES, of_folder  # noqa: E402, F401

TOP = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.realpath(__file__))))
# elsewhere where the tree cannot be written; those who are started know too
BUILD = os.path.abspath(os.environ.get("LECTERN_BUILD")
                        or os.path.join(TOP, "build"))
if "LECTERN_BUILD" in os.environ:
    os.environ["LECTERN_BUILD"] = BUILD
CACHE = os.path.join(BUILD, "cache")
ELSEWHERE = "; LECTERN_BUILD=DIR builds elsewhere"

ARCHES = tuple(MACHINES)        # rows of arch/machines.tbl; the first is
DEFAULT = ARCHES[0]             # what a command without --arch takes

# Wall-clock limits of tests find hangs, and nothing else may ever meet them:
# written for a quiet machine, they are this many times longer unless
# LECTERN_PATIENCE says how many.
PATIENCE = 4

# Exit statuses of `run`, besides CMD's own.
EXIT_USAGE = 2
EXIT_TIMEOUT = 120
EXIT_PANIC = 121
EXIT_BROKEN = 122


class Failure(Exception):
    """A user-visible failure: a message, and the status to exit with."""

    def __init__(self, message, status=EXIT_BROKEN, kind="qemu"):
        super().__init__(message)
        self.status = status
        self.kind = kind
        self.lost = []          # what a build could not make


_drawn = False


def draw(text):
    """A line at the terminal's end that the next one takes the place of."""
    global _drawn
    if text or _drawn:
        sys.stderr.write("\r\x1b[K" + text[:columns() - 1])
        sys.stderr.flush()
    _drawn = bool(text)


def columns():
    try:
        return os.get_terminal_size(2).columns or 80
    except OSError:
        return 80


# For a command of another's whose standard error is a program's output: the
# descriptor that takes what the driver says.  Not for those below it.
SAID_TO = "LECTERN_SAID_TO"
_said_to = os.environ.pop(SAID_TO, None)


@contextlib.contextmanager
def said_here():
    """=> what subprocess is told, so that a ./lectern says what it has to say
    here, whatever its standard error is"""
    with open(os.dup(2), "wb") as said:
        yield {"pass_fds": [said.fileno()],
               "env": {**os.environ, SAID_TO: str(said.fileno())}}


def say(message):
    """One line for the person at the terminal; never on stdout."""
    draw("")
    if _said_to:
        os.write(int(_said_to), f"lectern: {message}\n".encode())
        return
    print(f"lectern: {message}", file=sys.stderr, flush=True)


COLOURS = {"red": 31, "green": 32, "yellow": 33}


def coloured(text, colour, stream):
    """The text in a colour, on a terminal that is to have some."""
    if (os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
            or not stream.isatty()):
        return text
    return f"\x1b[{COLOURS[colour]}m{text}\x1b[0m"


def near(word, names):
    """=> "; near it: A, B" or nothing"""
    close = difflib.get_close_matches(word, sorted(names), 4, 0.6)
    return f"; near it: {', '.join(close)}" if close else ""


def path_of(command):
    """Where a command is, also where only root looks; None: nowhere."""
    return shutil.which(command) or shutil.which(command,
                                                 path="/usr/sbin:/sbin")


def have(command):
    return path_of(command) is not None


def build_dir(arch):
    return os.path.join(BUILD, arch)


def kernel_elf(arch):
    return os.path.join(build_dir(arch), "lectern.elf")


def added_pair(text):
    """HOST[:GUEST] of --add. => the two paths, the guest's absolute"""
    host, _, guest = text.partition(":")
    if not guest:
        guest = "/" + os.path.basename(os.path.realpath(host))
    if not guest.startswith("/"):
        guest = "/" + guest
    if not os.path.exists(host):
        raise Failure(f"--add {host}: no such file or folder", EXIT_USAGE,
                      "build")
    return host, guest
