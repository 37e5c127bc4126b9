# SPDX-License-Identifier: MIT
"""What the QEMU tests share: TAP output, calls of the driver as a user makes
them, and a terminal to type at."""
import fcntl
import hashlib
import os
import pty
import re
import select
import shutil
import signal
import struct
import subprocess
import sys
import termios
import time
import traceback

TOP = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.realpath(__file__))))
sys.path.insert(1, os.path.join(TOP, "tools"))
from driver import common  # noqa: E402
from machines import FINISHED, MACHINES  # noqa: E402, F401

BUILD = os.path.abspath(os.environ.get("LECTERN_BUILD")
                        or os.path.join(TOP, "build"))
# The driver under test; the oracle puts another one in its place.
LECTERN = os.environ.get("LECTERN_DRIVER", os.path.join(TOP, "lectern"))
PATIENCE = float(os.environ.get("LECTERN_PATIENCE") or common.PATIENCE)
# Try every configuration here instead of sharing them among the machines
# (Tap.turn) or leaving them to suite nightly.
EVERY = bool(os.environ.get("LECTERN_EVERY"))
# Run only the cases of the default tier (docs/testing.md), unless cases are
# asked for by name.
BRIEF = os.environ.get("LECTERN_TIER") == "default"
# Run no case; only check that every case named for the default tier exists.
DRY = bool(os.environ.get("LECTERN_DRY"))
# Commands print no progress lines among their output.
os.environ["LECTERN_TOLD"] = "1"
# Run only the first case of each script, as suite fresh does.
ONE = bool(os.environ.get("LECTERN_ONE"))
# The files of a test must survive the end of QEMU, but not a crash of the host:
# with many writers a flush takes seconds.
os.environ.setdefault("LECTERN_DISK_CACHE", "unsafe")


def use_checkers(names):
    """Make all machines started later run a kernel with these checkers."""
    if os.environ.get("LECTERN_LINES"):
        names += ",lines"
    os.environ["LECTERN_CHECK"] = names


def checked_name(name):
    """Return: a log's file name, which says whether the kernel checks itself"""
    return name + ("-check" if os.environ.get("LECTERN_CHECK") else "")


def kernel_file(arch):
    """Return: the kernel file that the machines run, for its symbols.  A kernel
    with checkers is built here, because a caller that watches a machine would
    take a long build for a hang."""
    from driver import checks
    return checks.kernel(arch, os.environ.get("LECTERN_CHECK", ""))


def build_everything(arch):
    """Build everything, for a test that looks into build/ARCH itself: the test
    programs and the rest of user/ are otherwise built only when needed."""
    from driver.build import EVERYTHING, build
    build(arch, EVERYTHING)


def processor_seconds():
    """Return: CPU seconds of this process and of the children it waited for"""
    used = os.times()
    return sum(used[:4])


class Skip(Exception):
    """Raised by a case that cannot be tried here."""


class Tap:
    """Prints the points of one test program.  brief: names of cases, or parts
    of them, that are the only ones to run in the default tier.  shared: the
    machine under test, if each case runs on one machine only and the machines
    take turns.  each: cases (named like brief) that run on every machine all
    the same, because they depend on the port."""

    def __init__(self, brief=None, shared=None, each=()):
        self.number = 0
        self.failed = 0
        only = filter(None, os.environ.get("LECTERN_ONLY", "").split("\n"))
        # a name that begins with = must match as a whole
        self.only = [re.compile(f"^{re.escape(o[1:])}$" if o[0] == "="
                                else re.escape(o)) for o in only]
        self.brief = brief if BRIEF and not self.only else None
        self.shared, self.each = shared, each
        self.met = set()        # the entries of brief or each that matched
        self.first = None       # the first case that was wanted

    def wanted(self, name):
        if ONE:
            self.first = self.first or (name if self._wanted(name) else None)
            return name == self.first
        return self._wanted(name) and not DRY

    def _wanted(self, name):
        if self.brief is not None:
            found = {b for b in self.brief if b in name}
            self.met |= found
            return bool(found)
        if self.shared:
            found = {e for e in self.each if e in name}
            self.met |= found
            if not found and not self.turn_of(self.shared, name):
                return False
        return not self.only or any(o.search(name) for o in self.only)

    def turn(self, arch, n, of=None):
        """Share configurations that take minutes each, and say little about a
        machine, among the machines.  of: their number; then each machine has at
        least one of them.  Return: True if the n-th one is this machine's;
        always True with EVERY (suite nightly), if cases are asked for by name,
        and for a port under way, with which nobody shares."""
        every = list(FINISHED)
        if EVERY or ONE or self.only or arch not in every:
            return True
        return n % len(every) == every.index(arch) % (of or len(every))

    def checks_on(self, arch):
        """Return: True on the one machine whose tests build a kernel with
        checkers on every change.  The build takes minutes, and what checkers
        find is seldom in the port."""
        return self.turn(arch, 0)

    def turn_of(self, arch, name):
        """Like turn(), by a name instead of a number: the machines need not
        list the configurations in the same order."""
        return self.turn(arch, hashlib.sha1(name.encode()).digest()[0])

    def point(self, good, name, notes="", skip=None):
        self.number += 1
        self.failed += not good
        for line in str(notes).splitlines():
            print(f"# {line}")
        tail = f" # SKIP {skip}" if skip is not None else ""
        name = name.replace("#", "")
        print(f"{'' if good else 'not '}ok {self.number} - {name}{tail}",
              flush=True)

    def case(self, name, function, *args):
        """Run one case; an exception in it is a failure.  If the case took a
        second or more, a note says how long."""
        if not self.wanted(name):
            return
        since, before = time.monotonic(), processor_seconds()
        try:
            function(*args)
        except Skip as why:
            self.point(True, name, skip=str(why))
        except AssertionError as why:
            self.point(False, name, str(why) or traceback.format_exc())
        except Exception:
            self.point(False, name, traceback.format_exc())
        else:
            took = time.monotonic() - since
            self.point(True, name, "" if took < 1 else
                       f"{took:.1f} s, {processor_seconds() - before:.1f} s "
                       "of CPU time")

    def end(self):
        told = self.each if self.brief is None else self.brief
        for name in set(told) - self.met if not (ONE or self.only) else ():
            self.point(False, f"{name}, which the script names, is a case")
        if self.number == 0:
            print("1..0 # SKIP " + ("none of the cases asked for" if self.only
                                    else "another machine has its cases"))
        else:
            print(f"1..{self.number}")
        sys.exit(1 if self.failed else 0)


def need_package(arch, *names):
    """End the program as skipped if a package is not in the cache: a plain
    `meson test` fetches nothing."""
    from driver.disk import debs
    for name in names:
        if not debs.is_unpacked(arch, name):
            print(f"1..0 # SKIP {name} for {arch} is not fetched; "
                  "./lectern test does that")
            sys.exit(0)


def need_tools(*names):
    """End the program as skipped if a tool is not installed."""
    for name in names:
        if not shutil.which(name):
            print(f"1..0 # SKIP {name} is not installed")
            sys.exit(0)


def run(*args, arch=None, data=b"", timeout=120, status=None, **kw):
    """Run ./lectern with these arguments; it must end with this status, if
    one is given.  Return: CompletedProcess, in bytes"""
    args = list(args)
    if arch:
        args[1:1] = ["--arch", arch]
    if isinstance(data, str):
        data = data.encode()
    done = subprocess.run([LECTERN, *args], input=data,
                          stdout=kw.pop("stdout", subprocess.PIPE),
                          stderr=kw.pop("stderr", subprocess.PIPE),
                          timeout=timeout * PATIENCE, **kw)
    if status is not None:
        equal(done.returncode, status, f"{args}\n{done.stdout}\n{done.stderr}")
    return done


# Put before a command that starts 32-bit programs on riscv64 (docs/rv32.md).
NARROW_ON = ("/bin/sh", "-c",
             'echo 1 >/proc/sys/abi/rv32 && exec "$@"', "sh")


def out_of(done):
    """=> what a command wrote on its standard output, as text"""
    return done.stdout.decode(errors="replace")


def errors_of(done):
    return done.stderr.decode(errors="replace")


def said_by(done):
    return out_of(done) + errors_of(done)


def read(path):
    """=> the text of a file"""
    with open(path, errors="replace") as f:
        return f.read()


def read_bytes(path):
    with open(path, "rb") as f:
        return f.read()


def write(path, content, mode=None):
    """A file of this text, or of these bytes."""
    with open(path, "wb") as f:
        f.write(content.encode() if isinstance(content, str) else content)
    if mode is not None:
        os.chmod(path, mode)


def equal(got, want, what=""):
    if got != want:
        raise AssertionError(f"{what}\n  got  {got!r}\n  want {want!r}")


def holds(condition, what):
    if not condition:
        raise AssertionError(what)


def matches(text, *patterns):
    """Each of these regular expressions is found in it."""
    for pattern in patterns:
        holds(re.search(pattern, text, re.M), f"no {pattern!r} in:\n{text}")


def unbalanced(before, after, slack):
    """=> a line for each count of the kernel's audit that has changed by more
    than its slack, which most have none of"""
    before, after = (dict(line.split() for line in text.splitlines())
                     for text in (before, after))
    return [f"{key}: {count} before, {after.get(key)} after"
            for key, count in before.items()
            if abs(int(count) - int(after.get(key, -1))) > slack.get(key, 0)]


def limit(seconds):
    """Return: a time limit as the driver prints it"""
    return str(int(seconds * PATIENCE))


def qemu_is_gone(word):
    """Wait until no QEMU has this word in its command line. Return: True if
    that came in time"""
    end = time.monotonic() + 60 * PATIENCE
    while any(word.encode() in words for words in _qemus()):
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def _qemus():
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as f:
                words = f.read()
        except OSError:
            continue
        if b"qemu" in words.partition(b"\0")[0]:
            yield words


class Console:
    """A shell on the guest's console, typed at through a pseudo-terminal."""

    PROMPT = "@@> "

    def __init__(self, *args, command=None, rows=24, columns=80):
        self.text = ""
        self.seen = 0
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.environ["TERM"] = "vt100"
            self.fd = 0
            self.resize(rows, columns)
            argv = command or [LECTERN, "run", *args]
            os.execvp(argv[0], argv)
        self.status = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.status is None:
            os.kill(self.pid, signal.SIGTERM)
            try:
                self.leave(10)
            except AssertionError:
                os.kill(self.pid, signal.SIGKILL)
                os.waitpid(self.pid, 0)
        os.close(self.fd)

    def _read(self, limit):
        ready, _, _ = select.select([self.fd], [], [], limit)
        if not ready:
            return False
        try:
            data = os.read(self.fd, 65536)
        except OSError:
            data = b""
        self.text += data.decode(errors="replace")
        # the shell asks for the cursor's position and for bracketed paste;
        # the tests ignore both
        self.text = (self.text[:self.seen]
                     + re.sub(r"\x1b\[(6n|\?2004[hl]\r?)", "",
                              self.text[self.seen:]))
        return bool(data)

    def resize(self, rows, columns):
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ,
                    struct.pack("HHHH", rows, columns, 0, 0))

    def send(self, text):
        if isinstance(text, str):
            text = text.encode()
        while text:
            text = text[os.write(self.fd, text[:256]):]

    def expect(self, pattern, limit=15):
        """Wait for a pattern after the last match. Return: the match"""
        end = time.monotonic() + limit * PATIENCE
        while True:
            found = re.search(pattern, self.text[self.seen:])
            if found:
                self.seen += found.end()
                return found
            left = end - time.monotonic()
            if left <= 0 or not self._read(left):
                if time.monotonic() >= end or left > 0:
                    raise AssertionError(
                        f"no {pattern!r} on the console; the end of it:\n"
                        + self.text[-700:].replace("\r", ""))

    def login(self, limit=90):
        """Wait for the shell and give it a prompt that is easy to find."""
        self.expect(r"[#$] $", limit)
        # split, so that the prompt's text is not in the echo of this line
        self.send("PS1='@''@> '\r")
        self.expect(re.escape(self.PROMPT))

    def sync(self):
        """Get an empty prompt, after keys of which one may be left unread."""
        self.send("echo in ''step\r")
        self.expect(r"in step\s*\n")
        self.expect(re.escape(self.PROMPT))

    def command(self, line, limit=30):
        """Type a line. Return: its output, up to the next prompt"""
        self.send(line + "\r")
        start = self.seen
        self.expect(re.escape(self.PROMPT), limit)
        out = self.text[start:self.seen - len(self.PROMPT)]
        out = out.replace("\r", "")
        return out.partition("\n")[2].rstrip("\n")

    def start(self, command):
        """Type a command that runs until more input comes, and wait until it
        is a job that has the terminal."""
        # split, so that the printed text is not in the echo of this line
        self.send(f"sh -c 'echo it \"\"runs; exec {command}'\r")
        self.expect(r"it runs\s*\n")

    def leave(self, limit=30):
        """Wait for the driver to end. Return: its exit status"""
        end = time.monotonic() + limit * PATIENCE
        while self.status is None:
            done, status = os.waitpid(self.pid, os.WNOHANG)
            if done:
                self.status = os.waitstatus_to_exitcode(status)
                while self._read(0):
                    pass
                break
            if time.monotonic() > end:
                raise AssertionError("the driver does not end:\n"
                                     + self.text[-800:])
            self._read(0.1)
        return self.status
