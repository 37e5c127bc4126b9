# SPDX-License-Identifier: MIT
"""The map of `./lectern mutate`: which test reaches which line.

It is measured on a kernel with `lines`: the self-tests in boots of their own,
the guest programs in one boot that waits after each until the counters are
read, the host tests by gcc's own files.  It is stored in build/mutate/ with the
text of every source, so that lines are found again after others were inserted
before them.
"""
import difflib
import glob
import gzip
import hashlib
import json
import os
import subprocess
import threading
from concurrent import futures

from .. import checks, packages
from . import coverage, lines, trial
from ..build import EVERYTHING, build
from ..common import BUILD, MACHINES, TOP, build_dir, say
from ..disk.initramfs import programs
from ..progress import Waiting
from ..testing.pace import Pace, in_words

FOLDER = os.path.join(BUILD, "mutate")
PREFIX = "/usr/lectern/test/"
ROOM = 300                      # CPU seconds for a program without a known time


def _source_of(name):
    """Return: a program's source; its folder names the topic"""
    found = glob.glob(f"test/guest/**/{name}.c", root_dir=TOP, recursive=True)
    return found[0] if found else ""


def guest_programs(arch):
    """Return: {name: digest of its source}"""
    found = {}
    for guest, _ in programs(arch, True):
        name = guest[len(PREFIX):]
        # the folder also has libraries and files of the loader tests
        if guest.startswith(PREFIX) and "." not in name:
            found[name] = hashlib.sha256(
                _text(_source_of(name)).encode()).hexdigest()
    return found


def selftests(arch):
    """Return: a digest of the self-tests' sources"""
    folder = os.path.join(TOP, "topics", "selftest")
    names = [f"topics/selftest/{n}" for n in sorted(os.listdir(folder))]
    port = MACHINES[arch].folder
    return hashlib.sha256("\0".join(
        _text(n) for n in names + [f"topics/selftest/arch/{port}/machine.c"]
        ).encode()).hexdigest()


def _text(name):
    try:
        with open(os.path.join(TOP, name)) as f:
            return f.read()
    except OSError:
        return ""


class Map:
    """tests: {name: {"lines": {file: {line: count}}, "seconds": ...}}."""

    def __init__(self, arch, data=None):
        self.arch = arch
        self.data = data or {"tests": {}, "texts": {}, "broken": {},
                             "programs": {}}
        self._shifts = {}
        self._total = {}

    # --- writing the map

    def put(self, name, found, seconds):
        self.data["tests"][name] = {
            "seconds": seconds,
            "lines": {file: {str(n): c for n, c in rows.items() if c}
                      for file, rows in found.files.items()
                      if any(rows.values())}}
        for file, rows in found.files.items():
            if file not in self.data["texts"]:
                self.data["texts"][file] = _text(file)
            known = self.data.setdefault("code", {}).setdefault(file, [])
            known += sorted(set(rows) - set(known))

    def save(self):
        os.makedirs(FOLDER, exist_ok=True)
        path = path_of(self.arch)
        with gzip.open(path + ".new", "wt", compresslevel=3) as f:
            json.dump(self.data, f)
        os.rename(path + ".new", path)

    # --- reading the map

    def _old_line(self, file, text, line):
        """Return: a line's number when the map was made; None if it is new"""
        if file not in self._shifts:
            old = self.data["texts"].get(file, "")
            table = None
            if old != text:
                table = {}
                for a, b, n in difflib.SequenceMatcher(
                        None, old.split("\n"), text.split("\n"),
                        False).get_matching_blocks():
                    for i in range(n):
                        table[b + i + 1] = a + i + 1
            self._shifts[file] = table
        table = self._shifts[file]
        return line if table is None else table.get(line)

    def has_code(self, file, text, line):
        """True if a line may contain code; a new line always may."""
        old = self._old_line(file, text, line)
        return old is None or old in self._code(file)

    def _code(self, file):
        return self.data.get("code", {}).get(file, ())

    def knows(self, file):
        return file in self.data["texts"]

    def place(self, file, text, first, last):
        """Return: the lines of the map for some lines of a text: the lines
        themselves, or the nearest one before them that has code"""
        code = self._code(file)
        found = [old for old in (self._old_line(file, text, n)
                                 for n in range(first, last + 1))
                 if old in code]
        line = first
        while not found and line > max(1, first - 40):
            line -= 1
            old = self._old_line(file, text, line)
            if old in code:
                found = [old]
        return found

    def total(self, test):
        if test not in self._total:
            self._total[test] = sum(
                sum(rows.values()) for rows in
                self.data["tests"][test]["lines"].values())
        return self._total[test]

    def tests(self, file, places):
        """Return: {test: the share of these lines in all that it runs}"""
        found = {}
        for test, what in self.data["tests"].items():
            rows = what["lines"].get(file, {})
            count = max((rows.get(str(n), 0) for n in places), default=0)
            if count:
                found[test] = count / self.total(test)
        return found

    def seconds(self, test):
        return self.data["tests"].get(test, {}).get("seconds", 5.0)


def path_of(arch):
    return os.path.join(FOLDER, f"map-{arch}.json.gz")


def load(arch):
    try:
        with gzip.open(path_of(arch), "rt") as f:
            return Map(arch, json.load(f))
    except (OSError, ValueError):
        return None


# --- making the map ----------------------------------------------------------


def _selftests(made, arch, kernel, smp):
    name = "selftest" if smp == 1 else f"selftest-{smp}"

    def look(boot):
        layout = boot.machine.layout
        made.put(name, lines.of_counters(
            layout, layout.read(boot.machine.memory.map)), boot.used)

    try:
        trial.selftest(arch, kernel, smp, ROOM, look)
    except trial.Wrong as why:
        made.data["broken"][name] = str(why)


class _Snaps:
    """Finds the counts that each program added.  gcov takes a second to find
    the lines, so the pool does that while other programs run."""

    def __init__(self, made, waiting, pool):
        self.made, self.before, self.waiting = made, None, waiting
        self.pool, self.under_way = pool, []
        self.lock = threading.Lock()        # guards made

    def __call__(self, name, boot):
        layout = boot.machine.layout
        now = layout.read(boot.machine.memory.map)
        if name:
            added = now.__class__("Q", [b - a if b > a else 0 for a, b in
                                        zip(self.before, now)])
            self.under_way.append(self.pool.submit(
                self._put, name, layout, added, boot.patience.used()))
        # the counts of this reading belong to no program
        self.before = now

    def _put(self, name, layout, added, seconds):
        found = lines.of_counters(layout, added)
        with self.lock:
            self.made.put(name, found, seconds)
            self.waiting.steps = (len(self.made.data["tests"]),
                                  len(self.made.data["programs"]))

    def end(self):
        for future in self.under_way:
            future.result()


def _boot_guests(made, arch, kernel, snaps):
    names = sorted(made.data["programs"])
    while names:
        run = trial.Programs(arch, kernel, dict.fromkeys(names, ROOM), 1,
                             snaps, strict=False)
        try:
            run.run()
            break
        except trial.Wrong as why:
            if not run.name:
                raise
            made.data["broken"][run.name] = str(why)
            names = names[names.index(run.name) + 1:]


def _guests(made, arch, kernel, waiting):
    with futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        snaps = _Snaps(made, waiting, pool)
        _boot_guests(made, arch, kernel, snaps)
        snaps.end()


# a kernel that counts its lines takes about twice as long
SLOWER = 2


def tell_cost(arch, wanted):
    """Say what a map costs, by the times of the tests that it runs."""
    pace = Pace("all", os.cpu_count())
    seconds = SLOWER * sum(s for name, s in pace.expected.items()
                           if wanted(name))
    say(f"making the map of {arch}, once: which test reaches which line. That "
        "builds all its tests and what counts lines, some minutes, and runs "
        f"them, some {in_words(seconds)} more")


def make_guest(arch):
    tell_cost(arch, lambda name: name in (f"{arch}/guest", f"{arch}/selftest"))
    build(arch, EVERYTHING)
    made = Map(arch)
    made.data["programs"] = guest_programs(arch)
    made.data["selftests"] = selftests(arch)
    kernel = checks.kernel(arch, "lines")
    with Waiting(f"running the tests of {arch}") as waiting:
        for smp in (1, 4):
            _selftests(made, arch, kernel, smp)
        _guests(made, arch, kernel, waiting)
    for name, why in sorted(made.data["broken"].items()):
        say(f"{arch}: {name} fails on a kernel that counts its lines: {why}")
    made.save()
    return made


def host_tests(folder):
    """Return: {name: its program} of the host tests in C"""
    from ..testing.testing import introspect, suite_of
    return {t["name"]: t["cmd"] for t in introspect(folder)
            if suite_of(t) == "host" and not t["cmd"][0].endswith("python3")}


def _run_host(command, folder):
    """Run a host test with counters in a folder. Return: its exit status"""
    env = dict(os.environ, GCOV_PREFIX=folder)
    return subprocess.run(command, stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL, env=env,
                          cwd=build_dir(coverage.HOST)).returncode


def _reached(folder):
    """Return: Lines of the counters in a folder"""
    data = lines.data_below(folder)
    for path in data:
        note = path[:-len(".gcda")] + ".gcno"
        os.symlink(note[len(folder):], note)
    return lines.gcov("host", folder, data)


def _put_host(made, name, command):
    """Run a host test, and store what it reaches."""
    with lines.work_folder() as folder:
        start = os.times()
        status = _run_host(command, folder)
        seconds = os.times().children_user - start.children_user
        if status:
            made.data["broken"][name] = f"exit {status}"
            say(f"host: {name} fails without a mutant; left out")
        else:
            made.put(name, _reached(folder), seconds)


def make_host():
    tell_cost("host", lambda name: name.startswith("host/test_"))
    packages.require(packages.FOR_HOST)
    coverage.build_host()
    made = Map("host")
    tests = sorted(host_tests(build_dir(coverage.HOST)).items())
    with Waiting("running the host tests") as waiting:
        for n, (name, command) in enumerate(tests):
            waiting.steps = n, len(tests)
            _put_host(made, name, command)
    made.save()
    return made


def get(arch, renew=False):
    """Return: the map, made if there is none or if renew is set"""
    made = None if renew else load(arch)
    return made or (make_host() if arch == "host" else make_guest(arch))
