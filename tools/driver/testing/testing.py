# SPDX-License-Identifier: MIT
"""`./lectern test`: every check of the project, one line each.

The tests are Meson's (suites host, guest, busybox, ...), run here instead of
by `meson test` so that each point of their TAP output is a line and is
counted (board.py).
"""
import json
import os
import re
import runpy
import subprocess
import sys
import threading
import time

from .. import checks, packages
from ..bench import bench_container, bench_programs
from ..disk import debian, debs
from ..machine import linux
from ..mutation import coverage, since
from . import names
from ..machine.board import Board
from ..build import (EVERYTHING, USUAL, begin_test_run, build,
                     only_tests_lost, set_up, targets_of_programs,
                     targets_of_suites)
from ..common import (ARCHES, DEFAULT, EXIT_USAGE, PATIENCE, TOP, Failure,
                      build_dir, say)
from .pace import Pace
from ..progress import Waiting
from .tap import Point, Reader
from ..words import meant


def introspect(folder):
    done = subprocess.run(["meson", "introspect", "--tests", folder],
                          stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout)


def suite_of(test):
    return test["suite"][0].partition(":")[2] if test["suite"] else ""


def is_idle(point):
    """Does a script only say that it has no case of this name, or on this
    machine?"""
    return point.result == "skip" and point.notes in (
        ["none of the cases asked for"], ["another machine has its cases"])


def judged(point):
    """No reason to skip is a package that should have been fetched."""
    if point.result == "skip" and any(
            re.search(r"\b(is|are) not fetched\b", n) for n in point.notes):
        point.result = "fail"
    return point


def wait_for(child):
    """Wait until a test is over. => its exit status, the seconds of a
    processor that it used, and all that it waited for"""
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    return child.returncode, used.ru_utime + used.ru_stime


def run_test(name, test, board, only, pace):
    """One Meson test, its TAP points put on the board as they come."""
    env = dict(os.environ, **test["env"])
    env["LECTERN_ONLY"] = "\n".join(only)
    env["CMOCKA_MESSAGE_OUTPUT"] = "TAP"
    if "LECTERN_LINES" in env:
        env["LECTERN_LINES"] = coverage.counts_folder(suite_of(test))
    pace.begin(name)
    child = subprocess.Popen(test["cmd"], env=env, text=True,
                             errors="replace", stdin=subprocess.DEVNULL,
                             stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT,
                             cwd=test["workdir"] or TOP)
    late = []
    notes = []

    def expire():
        late.append(True)
        child.terminate()
        time.sleep(5)
        child.kill()

    # for what is whole as the set-up `all` of Meson has it
    limit = (test["timeout"] or 30) * (1 if brief() else 4)
    limit *= max(1, float(env.get("LECTERN_PATIENCE") or 0) / PATIENCE)
    # a long run by hand; it watches over itself
    limit += 100 * int(env.get("LECTERN_STRESS_SECONDS") or 0)
    timer = threading.Timer(limit, expire)
    timer.daemon = True
    timer.start()
    try:
        if test["protocol"] == "tap":
            reader = Reader(lambda p: is_idle(p)
                            or board.point(name, judged(p)))
            for line in child.stdout:
                reader.line(line)
            notes = reader.notes
            status, used = wait_for(child)
            if not late:
                reader.end(status)
        else:
            notes = child.stdout.read().splitlines()
            status, used = wait_for(child)
            result = {0: "ok", 77: "skip"}.get(status, "fail")
            if not late:
                board.point(name, Point(f"exit {status}", result, notes))
    finally:
        timer.cancel()
    if late:
        board.point(name, Point("time", "fail",
                                notes + [f"not done in {limit} s"]))
    took = pace.end(name)
    board.finished(name, took, used, pace.words())


# what --check runs when no suite is named
CHECKED = ("selftest", "guest", "glibc", "busybox", "smp", "disk")
# the mark in test/run/meson.build of a test that only --all runs
LATER = "later"
# What a suite calls of extensions beside its subject; others need them all.
SUITE_NEEDS = {"guest": {"virtio", "proc"}, "glibc": {"virtio", "proc"},
               "busybox": {"virtio", "proc"}, "extensions": set(),
               "core": set(), "host": set(), "fuzz": set(),
               "selftest": {"selftest"}, "disk": {"disk", "ext2", "proc"}}
# What suites take of Debian's beside busybox: its loaders, its Linux, and the
# programs of suite `programs`, as those on demand do.
LOADERS = ("libc6", "libc-bin", "musl")
OF_LOADERS = {"loaders", "bench", "tools"}
OF_LINUX = {"diff", *names.ON_DEMAND}
OF_PROGRAMS = {"programs", "bench", *names.ON_DEMAND}
# where the suite `programs` says which Debian packages it runs
GDBSERVER = ("gdbserver",)
PROGRAMS = os.path.join(TOP, "test", "run", "programs_core.py")


def collect(folders, options):
    """(name, test, names to hand on) of every test asked for."""
    for folder in folders:
        for test in introspect(build_dir(folder)):
            suite = suite_of(test)
            if options.suite and suite not in options.suite:
                continue
            if not options.suite and not options.names \
                    and not is_usual(test, options):
                continue
            name = f"{folder}/{test['name']}"
            only = names.asked(options.names, options.suite, name, suite,
                               script_of(test))
            if only is not None:
                yield name, test, only


def lacking(suite):
    """The extensions that a suite needs and that are off, by name."""
    on = set(checks.parts(None))
    return sorted(SUITE_NEEDS.get(suite, set(checks.extensions.load())) - on)


def runnable(tests, board):
    """Those whose extensions are there; the others are points."""
    for test in tests:
        off = lacking(suite_of(test[1]))
        if not off:
            yield test
            continue
        more = f" and {len(off) - 1} more" if len(off) > 1 else ""
        board.point(test[0], Point(f"extension {off[0]}{more}", "skip",
                                   ["off, by --extensions"]))


def is_usual(test, options):
    """Does it run when neither suites nor names are asked for?"""
    suite = suite_of(test)
    if options.coverage:
        return suite in coverage.SUITES
    if options.check:
        return suite in CHECKED
    if options.all:
        return suite in names.SUITES
    return suite in names.DEFAULT and not is_later(test)


def is_later(test):
    """Is it marked as one that only --all runs, or who asks for it?"""
    return any(s.endswith(":" + LATER) for s in test["suite"])


def script_of(test):
    """The script of a test that takes the names of single cases."""
    if "names" not in test["suite"][-1]:
        return None
    return next((a for a in test["cmd"] if a.endswith(".py")), None)


class Running(Waiting):
    """Tests under way, and how long it will be."""

    def __init__(self, pace):
        super().__init__("testing")
        self.pace = pace

    def words(self, now):
        return f"{self.what} {self.pace.words()}: {self.pace.names()}"


# A test waits for its machine's clock or a disk a third of its time.
JOBS = max(1, (os.cpu_count() or 1) * 3 // 2)


def run_all(tests, board, jobs, pace):
    """So many at a time, the long ones first, so that the end is not one of them
    alone; those that measure or time things (is_parallel: false in Meson) by
    themselves."""
    tests = sorted(tests, key=lambda t: -pace.of(t[0]))
    pace.plan(t[0] for t in tests)
    queue = [t for t in tests if t[1]["is_parallel"]]
    lock = threading.Lock()

    def worker():
        while True:
            with lock:
                if not queue:
                    return
                name, test, only = queue.pop(0)
            run_test(name, test, board, only, pace)

    workers = [threading.Thread(target=worker, daemon=True)
               for _ in range(jobs)]
    with Running(pace):
        for w in workers:
            w.start()
        for w in workers:
            w.join()
        for name, test, only in tests:
            if not test["is_parallel"]:
                run_test(name, test, board, only, pace)


def fetch(arches, suites):
    """Debian's packages that tests of these suites need: without them they
    fail (judged)."""
    for arch in arches:
        try:
            debs.unpacked(arch, "busybox-static")
            for package in LOADERS if suites & OF_LOADERS else ():
                debs.unpacked(arch, package)
            if suites & OF_LINUX:
                debs.unpacked(arch, linux.package(arch))
            if suites & OF_PROGRAMS:
                debian.root(arch, runpy.run_path(PROGRAMS)["PACKAGES"])
                debian.root(arch, GDBSERVER)
            if "bench" in suites:
                debian.root(arch, bench_container.PACKAGES)
                debian.root(arch, bench_programs.packages_of(
                    bench_programs.chosen([bench_programs.TESTED])))
        except Failure as why:
            say(str(why))


def begin_fetching(arches, options, folders):
    """The network has no need of processors: what whole suites want is fetched
    while they are built.  => the thread that does it"""
    whole = not (options.names or options.check or options.coverage)
    thread = threading.Thread(target=fetch, daemon=True, args=(
        arches if whole else (),
        names.suites_of((), options.suite, folders, usual(options))))
    thread.start()
    return thread


def add_options(parser):
    parser.add_argument("--arch", choices=ARCHES + ("all", "host"),
                        default="all")
    meant(parser.add_argument(
        "--suite", action="append", metavar="S",
        help=", ".join(names.SUITES) + "; on demand: "
             + ", ".join(names.ON_DEMAND)),
        lambda: [*names.SUITES, *names.ON_DEMAND])
    parser.add_argument("--all", action="store_true",
                        help="every suite but those on demand, whole: what a "
                             "change must pass; without it, what catches most "
                             "in ten minutes")
    parser.add_argument("--since", metavar="COMMIT",
                        help="what reaches the lines that have changed since "
                             "then, by the map of lectern mutate")
    parser.add_argument("--seconds", type=int, metavar="N",
                        help="how long suite stress runs in each of its "
                             "configurations")
    parser.add_argument("--jobs", type=int, metavar="N",
                        default=JOBS,
                        help="tests at a time (default: one and a half for "
                             "each processor)")
    parser.add_argument("--werror", action="store_true",
                        help="warnings fail the build, as in CI")
    parser.add_argument("--verbose", "-v", action="store_true",
                        help="show the notes of passing tests too")
    checks.add_option(parser)
    parser.add_argument("--coverage", action="store_true",
                        help="count the lines and branches of the kernel "
                             "that the tests reach: build/coverage")
    meant(parser.add_argument("names", nargs="*", metavar="NAME",
                              help="a test, a suite or a test program"),
          names.offered)


def count_lines(options, folders):
    """From here on the kernel and the host tests count their lines.
    => the folders of the build, host tests' replaced"""
    options.check = ",".join(filter(None, [options.check, "lines"]))
    os.environ["LECTERN_LINES"] = coverage.COUNTS
    coverage.begin()
    return tuple(coverage.HOST if f == "host" else f for f in folders)


def chosen_folders(options):
    """The build folders that hold what is asked for."""
    names.check(options.names, options.suite)
    if options.all and chosen(options):
        raise Failure("--all is every suite: it stands alone, or with --arch",
                      EXIT_USAGE)
    every = {"all": ("host",) + ARCHES,
             "host": ("host",)}.get(options.arch, (options.arch,))
    found = names.folders(options.names, options.suite, every)
    if not found:
        what = " ".join(options.names or options.suite)
        raise Failure(f"--arch {options.arch} has no {what}", EXIT_USAGE)
    return found


def chosen(options):
    """Does somebody choose what runs?"""
    return bool(options.names or options.suite or options.check
                or options.coverage)


TIER = "LECTERN_TIER"
# Each machine runs all of what else they share (docs/testing.md).
EVERY = "LECTERN_EVERY"


def brief():
    """Does each test run only what the default tier holds of it?"""
    return os.environ.get(TIER) == "default"


def choose_since(options):
    """The names that --since stands for."""
    if options.all or chosen(options):
        raise Failure("--since chooses what runs: it stands alone, or with "
                      "--arch", EXIT_USAGE)
    packages.require(packages.for_test(("host", DEFAULT), {"host"}),
                     not options.no_install)
    options.names = since.choose(options.since)


def usual(options):
    """The suites that run when no other is asked for."""
    return (names.SUITES if options.all or options.check or options.coverage
            else names.DEFAULT)


def check_options(options):
    """Before anything is installed."""
    checks.agree(checks.parse(options.check or ""),
                 checks.parts(options.extensions))


def set_environment(options):
    """What the tests should know of the options."""
    os.environ[TIER] = ("all" if options.all or chosen(options)
                        else "default")
    if options.suite and options.arch in ARCHES:
        os.environ[EVERY] = "1"     # no other machine has a share in it
    if options.seconds:
        os.environ["LECTERN_STRESS_SECONDS"] = str(options.seconds)
    if options.werror:
        os.environ["LECTERN_WERROR"] = "1"
    if options.check:
        os.environ["LECTERN_CHECK"] = options.check
    if options.extensions is not None:
        os.environ["LECTERN_EXTENSIONS"] = options.extensions


# In the environment: of each suite one test, of that one case, and nothing
# built but what those need.  Suite fresh tries a bare Debian so.
ONE = "LECTERN_ONE"


def one_of(tests, pace):
    """Of each suite the test that is over first, compiled ones before
    scripts."""
    best = {}
    for test in tests:
        name, about, _ = test
        if os.path.exists(about["cmd"][0]):
            rank = script_of(about) is not None, pace.of(name)
            key = name.partition("/")[0], suite_of(about)
            best[key] = min(best.get(key, (rank, test)), (rank, test),
                            key=lambda pair: pair[0])
    return [test for _, test in best.values()]


def one_target(folder):
    return ["test/host/test_ref"] if folder == "host" else \
        [USUAL, "test/guest/brk"]


def programs_of(folder, options):
    """=> the targets that tests asked for are, or have as arguments"""
    ids = {i for _, test, _ in collect([folder], options)
           for i in test["depends"]}
    done = subprocess.run(["meson", "introspect", "--targets",
                           build_dir(folder)],
                          stdout=subprocess.PIPE, text=True, check=True)
    return [os.path.relpath(file, build_dir(folder))
            for target in json.loads(done.stdout) if target["id"] in ids
            for file in target["filename"]]


def build_folder(folder, options):
    say(f"building {folder}")
    if ONE in os.environ:
        build(folder, one_target(folder), enough_for=EVERYTHING)
        return
    if folder == coverage.HOST:
        coverage.build_host()
    elif folder in ARCHES:
        programs = () if options.suite else names.alone(options.names)
        targets = targets_of_suites(names.suites_of(
            options.names, options.suite, [folder], usual(options)))
        if programs:
            build(folder, targets_of_programs(programs), enough_for=targets)
        else:
            build(folder, targets, without_tests=True)
        checks.kernel(folder, options.check or "")
    else:
        set_up(folder)
        build(folder, programs_of(folder, options))


def build_all(folders, options, board):
    """=> the folders that could be built; each is a point"""
    ready = []
    for folder in folders:
        result = Point("builds", "ok")
        try:
            build_folder(folder, options)
            ready.append(folder)
        except Failure as why:
            result = Point("builds", "fail", str(why).splitlines())
            if only_tests_lost(why):
                ready.append(folder)    # the others are tried all the same
        board.point(f"{folder}/build", result)
    return ready


def test(options):
    if options.since:
        choose_since(options)
    folders = chosen_folders(options)
    arches = [a for a in folders if a in ARCHES]
    check_options(options)
    packages.require(packages.for_test(folders, names.suites_of(
        options.names, options.suite, folders, usual(options)))
        + (["genhtml"] if options.coverage else []), not options.no_install)
    if options.coverage:
        folders = count_lines(options, folders)
    board = Board(options.verbose, chosen(options))
    set_environment(options)
    begin_test_run()
    fetching = begin_fetching(arches, options, folders)
    ready = build_all(folders, options, board)
    fetching.join()
    tests = list(collect(ready, options))
    points = sum(board.count.values())
    tests = list(runnable(tests, board))
    fetch(arches, {suite_of(t) for _, t, _ in tests})
    jobs = max(1, options.jobs)
    pace = Pace(os.environ[TIER], jobs)
    if ONE in os.environ:
        tests = one_of(tests, pace)
    run_all(tests, board, jobs, pace)
    if not chosen(options):
        pace.keep()
    if ready and sum(board.count.values()) == points:
        raise Failure("no test is called " + " or ".join(
            options.names or options.suite or ()), EXIT_USAGE)
    if options.coverage:
        coverage.report()
    board.summary()
    sys.stdout.flush()
    return 1 if board.count["fail"] or not tests else 0
