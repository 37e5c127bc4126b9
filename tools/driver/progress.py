# SPDX-License-Identifier: MIT
"""Progress messages on standard error: on a terminal one line that is redrawn,
elsewhere a line every 20 seconds.

    with Waiting("building") as waiting:
        waiting.text = "12/615"         # whenever there is more to say

Waits may be nested: the innermost one is shown.  Driver commands started
meanwhile show nothing, because this process does.  If a program uses the same
terminal, nothing is redrawn: an ordinary line comes now and then.
"""
import contextlib
import fcntl
import os
import sys
import threading
import time

from .common import BUILD, draw, say

FIRST_SECONDS = 0.5     # shorter waits are not shown
EACH_SECONDS = 20       # between lines that are not redrawn
TOLD = "LECTERN_TOLD"   # tells child processes to show nothing
BAR = 30

_lock = threading.Lock()
_under_way = []
_ticker = None
_quiet = TOLD in os.environ


def bar(done, of):
    """Return: a progress bar"""
    full = BAR * done // max(of, 1)
    return f"[{'#' * full}{'.' * (BAR - full)}]"


class Waiting:
    """One wait; text and steps, (done, of), say how far it is.  beside: a
    program writes to the terminal meanwhile."""

    def __init__(self, what, beside=False):
        self.what = what
        self.text = ""
        self.steps = None
        self.beside = beside

    def __enter__(self):
        self.begin = self.told = time.monotonic()
        with _lock:
            _under_way.append(self)
            os.environ[TOLD] = "1"
        _start()
        return self

    def __exit__(self, *_):
        with _lock:
            _under_way.remove(self)
            if not _under_way and not _quiet:
                del os.environ[TOLD]
            draw("")

    def words(self, now):
        """Return: the message for the user"""
        steps = "{}/{}".format(*self.steps) if self.steps else ""
        return " ".join(filter(None, (self.what, self.text, steps))) + \
            f", {now - self.begin:.0f} s"

    def drawn(self, now):
        """Return: the message with a bar"""
        picture = bar(*self.steps) + " " if self.steps else ""
        return picture + self.words(now)


def room():
    """Clear the drawn line for a line of output, which counts as a message."""
    with _lock:
        draw("")
        if _under_way:
            _under_way[-1].told = time.monotonic()


def _tell(terminal, now):
    """Show the innermost wait, if it is time."""
    with _lock:
        it = _under_way[-1] if _under_way else None
        if it is None or now - it.begin < FIRST_SECONDS:
            return
        if terminal and not it.beside:
            draw(f"lectern: {it.drawn(now)}")
        elif now - max(w.told for w in _under_way) >= EACH_SECONDS:
            it.told = now
            say(it.words(now))


def _tick():
    terminal = sys.stderr.isatty()
    while True:
        time.sleep(0.2)
        _tell(terminal, time.monotonic())


def _start():
    global _ticker
    if _ticker is None and not _quiet:
        _ticker = threading.Thread(target=_tick, daemon=True)
        _ticker.start()


@contextlib.contextmanager
def locked(name):
    """Lock a part of the build folder for the time of the context."""
    os.makedirs(BUILD, exist_ok=True)
    with open(os.path.join(BUILD, f".lock-{name}"), "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            with Waiting(f"waiting for another command that uses {name}"):
                fcntl.flock(lock, fcntl.LOCK_EX)
        yield
