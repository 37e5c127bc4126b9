# SPDX-License-Identifier: MIT
"""`./lectern test`: every test of the project, one line each.

The tests are Meson's (suites host, guest, busybox, ...).  They run here and not
in `meson test`, so that each point of their TAP output is printed and counted
(board.py).
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
from . import fresh, names
from ..machine.board import Board
from ..build import (EVERYTHING, USUAL, begin_test_run, build,
                     only_tests_lost, set_up, targets_of_programs,
                     targets_of_suites)
from ..common import (ARCHES, DEFAULT, EXIT_USAGE, MACHINES, NAMED, PATIENCE,
                      TOP, Failure,
                      build_dir, say)
from .pace import JOBS, Pace
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
    """True if a script only reports that it has no case of this name, or none
    on this machine."""
    return point.result == "skip" and point.notes in (
        ["none of the cases asked for"], ["another machine has its cases"])


def judged(point):
    """Turn a skip into a failure if its reason is a package not fetched."""
    if point.result == "skip" and any(
            re.search(r"\b(is|are) not fetched\b", n) for n in point.notes):
        point.result = "fail"
    return point


def wait_for(child):
    """Wait until a test has ended. Return: its exit status, and the CPU seconds
    that it and its children used"""
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    return child.returncode, used.ru_utime + used.ru_stime


def run_test(name, test, board, only, pace):
    """Run one Meson test, and put its TAP points on the board."""
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

    # for tests that run every case, as in Meson's set-up `all`
    limit = (test["timeout"] or 30) * (1 if brief() else 4)
    limit *= max(1, float(env.get("LECTERN_PATIENCE") or 0) / PATIENCE)
    # a long run by hand, which watches its time itself
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
    took = pace.end(name, used)
    board.finished(name, took, used, pace.words())


# the suites of --check when none is named
CHECKED = ("selftest", "guest", "glibc", "busybox", "smp", "disk")
# mark of tests in test/run/meson.build that only --all runs
LATER = "later"
# Extensions that a suite needs; suites not listed here need all of them.
SUITE_NEEDS = {"guest": {"virtio", "proc"}, "glibc": {"virtio", "proc"},
               "busybox": {"virtio", "proc"}, "extensions": set(),
               "core": set(), "host": set(), "fuzz": set(),
               "selftest": {"selftest"}, "disk": {"disk", "ext2", "proc"}}
# Debian packages that suites need besides busybox: the loaders, the Linux
# kernel, and the programs of suite `programs`; suites on demand need them, too.
LOADERS = ("libc6", "libc-bin", "musl")
OF_LOADERS = {"loaders", "bench", "tools"}
OF_LINUX = {"diff", *names.ON_DEMAND}
OF_PROGRAMS = {"programs", "bench", *names.ON_DEMAND}
# the file with the Debian packages that suite `programs` runs
GDBSERVER = ("gdbserver",)
PROGRAMS = os.path.join(TOP, "test", "run", "programs_core.py")


# The test that --from chooses; names are its programs then.
JUDGE_OF_SOURCES = "judges-gvisor"


def collect(folders, options):
    """Yield (name, test, names of its cases) of every test asked for."""
    for folder in folders:
        for test in introspect(build_dir(folder)):
            suite = suite_of(test)
            if options.suite and suite not in options.suite:
                continue
            if options.sources and test["name"] != JUDGE_OF_SOURCES:
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
    """Return: the extensions that a suite needs but that are off, sorted"""
    on = set(checks.parts(None))
    return sorted(SUITE_NEEDS.get(suite, set(checks.extensions.load())) - on)


def runnable(tests, board):
    """Yield tests whose extensions are on; report the others as skipped."""
    for test in tests:
        off = lacking(suite_of(test[1]))
        if not off:
            yield test
            continue
        more = f" and {len(off) - 1} more" if len(off) > 1 else ""
        board.point(test[0], Point(f"extension {off[0]}{more}", "skip",
                                   ["off, by --extensions"]))


def is_usual(test, options):
    """True if a test runs when neither suites nor names are given."""
    suite = suite_of(test)
    if options.coverage:
        return suite in coverage.SUITES
    if options.check:
        return suite in CHECKED
    if options.all:
        return suite in names.SUITES
    return suite in names.DEFAULT and not is_later(test)


def is_later(test):
    """True if a test is marked to run only with --all or by name."""
    return any(s.endswith(":" + LATER) for s in test["suite"])


def script_of(test):
    """Return: the script of a test that accepts names of single cases"""
    if "names" not in test["suite"][-1]:
        return None
    return next((a for a in test["cmd"] if a.endswith(".py")), None)


class Running(Waiting):
    """Shows the tests that run, and the remaining time."""

    def __init__(self, pace):
        super().__init__("testing")
        self.pace = pace

    def words(self, now):
        return f"{self.what} {self.pace.words()}: {self.pace.names()}"


def run_all(tests, board, jobs, pace):
    """Run up to `jobs` tests at a time, long ones first, so that no long test
    is left at the end.  Tests that measure or time something (is_parallel:
    false in Meson) run by themselves afterwards."""
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
    """Fetch Debian's packages for the tests of these suites, which fail without
    them (judged)."""
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
    """Fetch what whole suites need while they are built, because the network
    needs no CPUs.  Return: the thread that fetches"""
    whole = not (options.names or options.check or options.coverage)
    thread = threading.Thread(target=fetch, daemon=True, args=(
        arches if whole else (),
        names.suites_of((), options.suite, folders, usual(options))))
    thread.start()
    return thread


def add_options(parser):
    parser.add_argument("--arch", choices=NAMED + ("all", "host"),
                        default="all",
                        help="machine, or host for tests without one "
                             "(default: all)")
    meant(parser.add_argument(
        "--suite", action="append", metavar="S",
        help=", ".join(names.SUITES) + "; on demand: "
             + ", ".join(names.ON_DEMAND)),
        lambda: [*names.SUITES, *names.ON_DEMAND])
    parser.add_argument("--all", action="store_true",
                        help="run every suite except those on demand, "
                             "completely: what a change must pass (default: "
                             "what finds most faults in ten minutes)")
    parser.add_argument("--since", metavar="COMMIT",
                        help="run the tests that reach lines changed since "
                             "COMMIT, by the map of lectern mutate")
    parser.add_argument("--seconds", type=int, metavar="N",
                        help="let suite stress run N seconds in each of its "
                             "configurations")
    parser.add_argument("--from", dest="sources", metavar="DIR",
                        help="run gVisor's tests of system calls, or the NAMEs "
                             "of them, from its sources in DIR")
    parser.add_argument("--jobs", type=int, metavar="N",
                        default=JOBS,
                        help="run N tests at a time (default: one and a half "
                             "for each CPU)")
    parser.add_argument("--werror", action="store_true",
                        help="let warnings fail the build, as in CI")
    parser.add_argument("--verbose", "-v", action="store_true",
                        help="show the notes of passing tests, too")
    fresh.add_options(parser)
    checks.add_option(parser)
    parser.add_argument("--coverage", action="store_true",
                        help="count the lines and branches of the kernel "
                             "that the tests reach: build/coverage")
    meant(parser.add_argument("names", nargs="*", metavar="NAME",
                              help="a test, a suite or a test program"),
          names.offered)


def count_lines(options, folders):
    """Make the kernel and the host tests count their lines from now on.
    Return: the build folders, that of the host tests replaced"""
    options.check = ",".join(filter(None, [options.check, "lines"]))
    os.environ["LECTERN_LINES"] = coverage.COUNTS
    coverage.begin()
    return tuple(coverage.HOST if f == "host" else f for f in folders)


def choose_sources(options):
    """Choose the judge whose sources --from names, and nothing else."""
    if options.suite or options.all or options.since:
        raise Failure("--from says what runs: combine it only with --arch and "
                      "names of gVisor's programs", EXIT_USAGE)
    options.suite = ["judges"]


def chosen_folders(options):
    """Return: the build folders that contain what is asked for"""
    if options.sources:
        choose_sources(options)
    names.check(options.names, options.suite)
    if options.all and chosen(options):
        raise Failure("--all runs every suite: combine it only with --arch",
                      EXIT_USAGE)
    every = {"all": ("host",) + ARCHES,
             "host": ("host",)}.get(options.arch, (options.arch,))
    found = names.folders(options.names, options.suite, every)
    if not found:
        what = " ".join(options.names or options.suite)
        if names.folders(options.names, options.suite, ("host",)):
            raise Failure(f"{what} runs on the host, not on a machine: leave "
                          f"out --arch {options.arch}", EXIT_USAGE)
        raise Failure(f"--arch {options.arch} has no {what}", EXIT_USAGE)
    return found


def chosen(options):
    """True if the options choose what runs."""
    return bool(options.names or options.suite or options.check
                or options.coverage)


TIER = "LECTERN_TIER"
# Makes each machine run all configurations (docs/testing.md).
EVERY = "LECTERN_EVERY"


def brief():
    """True if each test runs only its part of the default tier."""
    return os.environ.get(TIER) == "default"


def choose_since(options):
    """Set the names that --since stands for."""
    if options.all or chosen(options):
        raise Failure("--since chooses what runs: combine it only with --arch",
                      EXIT_USAGE)
    packages.require(packages.for_test(("host", DEFAULT), {"host"}),
                     not options.no_install)
    options.names = since.choose(options.since)


def usual(options):
    """Return: the suites that run if no other is named"""
    return (names.SUITES if options.all or options.check or options.coverage
            else names.DEFAULT)


def check_options(options):
    """Check options before anything is installed."""
    checks.agree(checks.parse(options.check or ""),
                 checks.parts(options.extensions))
    if options.sources and not os.path.isfile(
            os.path.join(options.sources, "test/syscalls/linux/BUILD")):
        raise Failure(f"--from {options.sources}: no sources of gVisor: "
                      "test/syscalls/linux/BUILD is missing", EXIT_USAGE)


def set_environment(options):
    """Pass options to the tests by the environment."""
    os.environ[TIER] = ("all" if options.all or chosen(options)
                        else "default")
    if options.suite and options.arch in MACHINES:
        os.environ[EVERY] = "1"     # no other machine takes a share
    if options.seconds:
        os.environ["LECTERN_STRESS_SECONDS"] = str(options.seconds)
    if options.werror:
        os.environ["LECTERN_WERROR"] = "1"
    if options.check:
        os.environ["LECTERN_CHECK"] = options.check
    if options.extensions is not None:
        os.environ["LECTERN_EXTENSIONS"] = options.extensions
    if options.sources:
        os.environ["LECTERN_GVISOR"] = os.path.abspath(options.sources)


# In the environment: run one test of each suite, of it one case, and build only
# what these need.  Suite fresh uses it in a bare Debian.
ONE = "LECTERN_ONE"


def one_of(tests, pace):
    """Return: the fastest test of each suite, compiled ones before scripts"""
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
    """Return: the targets that tests asked for consist of or depend on"""
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
    elif folder in MACHINES:
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
    """Return: the folders that could be built; each one is a point"""
    ready = []
    for folder in folders:
        result = Point("builds", "ok")
        try:
            build_folder(folder, options)
            ready.append(folder)
        except Failure as why:
            result = Point("builds", "fail", str(why).splitlines())
            if only_tests_lost(why):
                ready.append(folder)    # the other tests can still run
        board.point(f"{folder}/build", result)
    return ready


def test(options):
    fresh.check(options)
    if options.fresh:
        chosen_folders(options)         # mistakes are told before
        return fresh.fresh(options)
    if options.since:
        choose_since(options)
    folders = chosen_folders(options)
    arches = [a for a in folders if a in MACHINES]
    check_options(options)
    packages.require(packages.for_test(folders, names.suites_of(
        options.names, options.suite, folders, usual(options)),
        names.host_tests_in(options.names, options.suite))
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
        say(pace.by_suite({name: suite_of(t) for name, t, _ in tests}))
    if ready and sum(board.count.values()) == points:
        raise Failure("no test is called " + " or ".join(
            options.names or options.suite or ()) + " on "
            + " or ".join(folders), EXIT_USAGE)
    if options.coverage:
        coverage.report()
    board.summary()
    sys.stdout.flush()
    return 1 if board.count["fail"] or not tests else 0
