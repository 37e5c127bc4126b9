# SPDX-License-Identifier: MIT
"""What the driver waits for, told on standard error to who waits: on a
terminal a line that is drawn anew, elsewhere a line every 20 seconds.

    with Waiting("building riscv64") as waiting:
        waiting.text = "12/615"         # whenever there is more to say

Several may be under way, one in another: the innermost is told.  Commands of
ours that are started meanwhile tell nothing, as who started them does.  Where
a program has the terminal too, nothing is drawn: it gets a line now and then.
"""
import contextlib
import fcntl
import os
import sys
import threading
import time

from .common import BUILD, draw, say

FIRST_SECONDS = 0.5     # what takes less is not worth a line
EACH_SECONDS = 20       # where lines stay
TOLD = "LECTERN_TOLD"   # in the environment of what is started
BAR = 30

_lock = threading.Lock()
_under_way = []
_ticker = None
_quiet = TOLD in os.environ


def bar(done, of):
    """How far something is, as a picture."""
    full = BAR * done // max(of, 1)
    return f"[{'#' * full}{'.' * (BAR - full)}]"


class Waiting:
    """One thing that is waited for; text and steps, (done, of), say how far
    it is.  beside: a program writes to the terminal meanwhile."""

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
        """What somebody who waits is told."""
        steps = "{}/{}".format(*self.steps) if self.steps else ""
        return " ".join(filter(None, (self.what, self.text, steps))) + \
            f", {now - self.begin:.0f} s"

    def drawn(self, now):
        """The same with a bar."""
        picture = bar(*self.steps) + " " if self.steps else ""
        return picture + self.words(now)


def room():
    """A line of output comes, which is a sign of life as well."""
    with _lock:
        draw("")
        if _under_way:
            _under_way[-1].told = time.monotonic()


def _tell(terminal, now):
    """Of the innermost, if it is time."""
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
    """A part of the build folder is for nobody else meanwhile."""
    os.makedirs(BUILD, exist_ok=True)
    with open(os.path.join(BUILD, f".lock-{name}"), "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            with Waiting(f"another command works at {name}: waiting for it"):
                fcntl.flock(lock, fcntl.LOCK_EX)
        yield
