# SPDX-License-Identifier: MIT
"""What every command of the driver shares: places, machines, messages."""
import contextlib
import difflib
import os
import shutil
import sys

sys.path.insert(1, os.path.dirname(os.path.dirname(os.path.realpath(
    __file__))))
from machines import FINISHED, MACHINES, of_folder  # noqa: E402, F401

TOP = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.realpath(__file__))))
# LECTERN_BUILD is for a tree that cannot be written; child processes see it too
BUILD = os.path.abspath(os.environ.get("LECTERN_BUILD")
                        or os.path.join(TOP, "build"))
if "LECTERN_BUILD" in os.environ:
    os.environ["LECTERN_BUILD"] = BUILD
CACHE = os.path.join(BUILD, "cache")
ELSEWHERE = "; LECTERN_BUILD=DIR builds elsewhere"

ARCHES = tuple(FINISHED)        # machines of commands for all of them
NAMED = tuple(MACHINES)         # and, if a command names one, ports under way
DEFAULT = ARCHES[0]             # the machine of a command without --arch

# The wall-clock limits of tests find hangs, and must never stop a test that
# merely runs slowly.  They are written for an idle host, and multiplied by this
# number, or by LECTERN_PATIENCE.
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
        self.lost = []          # the targets that a build could not make


_drawn = False


def draw(text):
    """Show a line at the end of the terminal; the next one replaces it."""
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


# If a command of ours is started with a program's output as its standard error,
# this variable names the descriptor for the driver's own messages.  The command
# removes it, so its children do not inherit it.
SAID_TO = "LECTERN_SAID_TO"
_said_to = os.environ.pop(SAID_TO, None)


@contextlib.contextmanager
def said_here():
    """Return: arguments for subprocess, so that a ./lectern started with them
    prints its messages here, whatever its standard error is"""
    with open(os.dup(2), "wb") as said:
        yield {"pass_fds": [said.fileno()],
               "env": {**os.environ, SAID_TO: str(said.fileno())}}


def say(message):
    """Print one line for the user; never on stdout."""
    draw("")
    if _said_to:
        os.write(int(_said_to), f"lectern: {message}\n".encode())
        return
    print(f"lectern: {message}", file=sys.stderr, flush=True)


COLOURS = {"red": 31, "green": 32, "yellow": 33}


def coloured(text, colour, stream):
    """Return: the text, in a colour if the stream is a terminal with colours"""
    if (os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
            or not stream.isatty()):
        return text
    return f"\x1b[{COLOURS[colour]}m{text}\x1b[0m"


def near(word, names):
    """Return: "; similar: A, B" or an empty string"""
    close = difflib.get_close_matches(word, sorted(names), 4, 0.6)
    return f"; similar: {', '.join(close)}" if close else ""


def path_of(command):
    """Return: a command's path, in root's directories too; None if missing"""
    return shutil.which(command) or shutil.which(command,
                                                 path="/usr/sbin:/sbin")


def have(command):
    return path_of(command) is not None


def write(path, text):
    """Write a file, and make its folder if that does not exist."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as f:
        f.write(text)


def build_dir(arch):
    return os.path.join(BUILD, arch)


def kernel_elf(arch):
    return os.path.join(build_dir(arch), "lectern.elf")


def added_pair(text):
    """Parse HOST[:GUEST] of --add. Return: both paths, the guest's absolute"""
    host, _, guest = text.partition(":")
    if not guest:
        guest = "/" + os.path.basename(os.path.realpath(host))
    if not guest.startswith("/"):
        guest = "/" + guest
    if not os.path.exists(host):
        raise Failure(f"--add {host}: no such file or directory", EXIT_USAGE,
                      "build")
    return host, guest
