#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""options_units.py - each option of each command of ./lectern is in a use that
a test makes; here are those uses that need no machine."""
import argparse
import ast
import contextlib
import glob
import io
import json
import os
import re
import subprocess
import sys
import threading
import time
from types import SimpleNamespace
from unittest import mock

sys.dont_write_bytecode = True
import units  # noqa: E402
from units import TOP  # noqa: E402
from driver import build, common, main, packages, update
from driver.bench import bench, bench_malloc
from driver.disk import debs, image
from driver.machine import diff
from driver.mutation import choose, coverage, lines, mutants, mutate, reach
from driver.testing import testing
from driver.common import ARCHES

# (command, option): why no test uses it.  Three at most.
UNUSED = {}
MOST_UNUSED = 3
# of every command, by main.parser() itself
COMMON = {"--help", "--no-install"}
# names of tables whose commands are only understood, and of the above
NO_USES = {"ONLY_READ", "UNUSED", "COMMON"}


def options_of(parser):
    """=> the options of a command and of those below it, as they are longest,
    each with its help text"""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for below in action.choices.values():
                yield from options_of(below)
        elif action.option_strings:
            yield max(action.option_strings, key=len), action.help


def helps():
    """=> [(command, option, help text)]"""
    return [(name, option, text) for name, parser in main.parser()[1].items()
            for option, text in options_of(parser)]


def pairs():
    """=> {(command, option)}"""
    return {(name, option) for name, option, _ in helps()
            if option not in COMMON}


def texts(path):
    """=> the strings of a script that are no comments of it"""
    tree = ast.parse(units.read(path))
    beside = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) or isinstance(node, ast.Assign) and any(
                getattr(t, "id", None) in NO_USES for t in node.targets):
            beside |= {id(n) for n in ([node.value] if isinstance(
                node, ast.Expr) else ast.walk(node))}
    return [n.value for n in ast.walk(tree) if isinstance(n, ast.Constant)
            and isinstance(n.value, str) and id(n) not in beside]


def uses(path):
    """=> the commands that a script calls, and the options that it names"""
    found = texts(path)
    return ({t for t in found if t.isalpha()}
            | {c for t in found for c in re.findall(r"lectern ([a-z]+)", t)},
            {o for t in found
             for o in re.findall(r"(?<![\w-])--[a-z][\w-]*", t)})


def unused():
    """=> the pairs that no script has"""
    scripts = [uses(path) for folder in ("run", "host") for path in glob.glob(
        os.path.join(TOP, "test", folder, "*.py"))]
    return {(command, option) for command, option in pairs() if not any(
        command in commands and option in options
        for commands, options in scripts)}


class Uses(units.Case):
    maxDiff = None

    def test_each_option_is_in_one(self):
        found = sorted(unused())
        self.assertEqual(
            [p for p in found if p not in UNUSED], [],
            "an option that no test of test/run or test/host uses may do "
            "nothing, and nobody knows: add a small use of it, beside those "
            "of its command, that fails when the option does nothing")
        self.assertEqual(found, sorted(UNUSED), "a use is there by now")
        self.assertLessEqual(len(UNUSED), MOST_UNUSED)
        self.assertTrue(all(UNUSED.values()), "a reason")

    def test_each_has_a_help_text(self):
        self.assertEqual([(name, option) for name, option, text in helps()
                          if not text], [])

    def test_what_is_asked(self):
        """Options of commands below a command, too; and no comment, nor what
        is only understood, is a use."""
        # without dashes: this is none
        self.assertLess({("show", "function"), ("run", "disk-format"),
                         ("trace", "event")},
                        {(c, o.lstrip("-")) for c, o in pairs()})
        script = self.file(
            '"""--no"""\nONLY_READ = {"a": "./lectern not --no"}\n'
            'call("first", "--one", "x --two=2")\n'
            'S = "./lectern other --three 1"\n', ".py")
        self.assertEqual(uses(script), ({"first", "other"},
                                        {"--one", "--two", "--three"}))


def works(*words):
    """The command line, which works, but installs nothing.
    => status, standard output, standard error"""
    out, err = io.StringIO(), io.StringIO()
    nothing = mock.Mock()
    with mock.patch.object(packages, "require", nothing), \
            mock.patch.object(mutate, "build", nothing), \
            mock.patch.dict(os.environ), \
            contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = main.main(list(words))
    return status, out.getvalue(), err.getvalue()


class Crowd:
    """How many do something at a time."""

    def __init__(self):
        self.now, self.most, self.lock = 0, 0, threading.Lock()

    def meet(self):
        with self.lock:
            self.now += 1
            self.most = max(self.most, self.now)
        time.sleep(0.2)
        with self.lock:
            self.now -= 1


C_TEXT = """\
int f(struct s *s)
{
	lock(&s->lock);
	s->count++;
	tlb_flush(s);
	return -EINVAL;
}
"""
FILE = "mm/f.c"


class Mutate(units.Case):
    """./lectern mutate of a tree with one file, which it never builds."""

    def setUp(self):
        self.found = mutants.mutants(FILE, C_TEXT)
        self.assertGreater(len(self.found), 2)
        self.maps = {}          # as they were asked for: {machine: anew}
        self.tried = []
        self.patch(mutate, sources=lambda: [FILE], read=lambda name: C_TEXT,
                 equivalents=dict)
        self.patch(mutate.Copy, refresh=lambda copy: None)
        self.patch(mutate.Worker, try_one=self.try_one)
        self.patch(reach, FOLDER=self.folder(), get=self.map_of)
        self.results = os.path.join(reach.FOLDER, "results")

    def map_of(self, arch, renew=False):
        self.maps[arch] = renew
        known = reach.Map(arch)
        found = lines.Lines()
        for n in range(1, C_TEXT.count("\n") + 1):
            found.add(FILE, n, 1, [])
        for name, seconds in (("quick", 0.1), ("first", 2.0), ("second", 2.5)):
            known.put(name, found, seconds)
        known.data["texts"][FILE] = C_TEXT
        return known

    def try_one(self, mutant, text):
        self.tried.append(mutant)
        return mutate.Result(mutant, "killed", "so", text)

    def mutate(self, *words):
        status, out, err = works("mutate", "--results", self.results, *words)
        self.assertEqual(status, 0, err)
        return out

    def test_list(self):
        out = self.mutate("--list", "--kind", "flush")
        self.assertIn("-\ttlb_flush(s);", out)
        self.assertNotIn("EINVAL", out)
        self.assertEqual((self.tried, self.maps), ([], {}))

    def test_results(self):
        """They are where they are wanted, and the next run goes by them."""
        self.mutate("--kind", "flush")
        with open(self.results) as f:
            kept, = map(json.loads, f)
        self.assertEqual((kept["kind"], kept["why"]), ("killed", "so"))
        self.mutate("--resume")
        self.assertEqual(len(self.tried), len(self.found))
        self.mutate("--resume")
        self.assertEqual(len(self.tried), len(self.found))

    def test_since(self):
        """Mutants of the lines that differ from a commit, and of no others."""
        asked = []
        self.patch(mutate, since=lambda commit: asked.append(commit)
                   or {FILE: {5}})
        out = self.mutate("--list", "--since", "v9")
        self.assertIn("-\ttlb_flush(s);", out)
        self.assertNotIn("EINVAL", out)
        self.assertEqual(asked, ["v9"])

    def test_verbose(self):
        """What killed a mutant is told, of each."""
        for words, told in ((), False), (("--verbose",), True):
            out = self.mutate("--kind", "flush", *words)
            self.assertEqual("= so\n" in out, told)

    def at_a_time(self, *words):
        """=> the most mutants that were tried at a time"""
        crowd = Crowd()

        def slow(worker, mutant, text):
            crowd.meet()
            return self.try_one(mutant, text)

        with mock.patch.object(mutate.Worker, "try_one", slow):
            self.mutate(*words)
        return crowd.most

    def test_jobs(self):
        self.assertEqual(self.at_a_time("--jobs", "1"), 1)
        self.assertEqual(self.at_a_time("--jobs", "3"), 3)
        self.assertEqual(works("mutate", "--jobs", "0")[0], 2)

    def test_map(self):
        self.mutate("--kind", "flush")
        self.assertEqual(self.maps, {"host": False, ARCHES[0]: False})
        self.mutate("--kind", "flush", "--map")
        self.assertEqual(self.maps, {"host": True, ARCHES[0]: True})

    def test_later(self):
        """What is quick runs, and of two that reach the same the one for whom
        there is time."""
        path = os.path.join(self.folder(), "later.txt")

        def known(arch):
            made = self.map_of(arch)
            made.data["programs"] = dict.fromkeys(made.data["tests"], "1")
            return made

        self.patch(reach, get=known)
        self.patch(choose, LATER=path)
        self.assertEqual(self.mutate("--later", "3"),
                         "2 of 3 programs run in the default tier\n")
        self.assertEqual(choose.later(), {"second"})
        self.assertIn("./lectern mutate --later 3\n", units.read(path))
        self.mutate("--later", "5")
        self.assertEqual(choose.later(), set())
        self.assertEqual(self.tried, [])

    def put_to(self, *words):
        """=> the tests that a mutant is put to"""
        worker = mutate.Worker("0", main.parse(["mutate", *words])[0], {
            arch: self.map_of(arch) for arch in ("host", ARCHES[0])})
        worker.copy = mock.Mock(ready={ARCHES[0]: "one"})
        tests = []
        programs = dict.fromkeys(("quick", "first", "second"), "1")
        self.patch(reach, guest_programs=lambda arch: programs,
                 selftests=lambda arch: None)
        self.patch(mutate, code_digest=lambda path: "another")
        with mock.patch.object(worker, "_host"), mock.patch.object(
                worker, "_kernel", lambda arch, known, found, fresh:
                tests.extend([*found, *fresh])):
            worker._judge(self.found[0], C_TEXT, ARCHES[0])
        return {name for name in tests if name in programs}

    def test_tier(self):
        self.patch(choose, later=lambda: {"first"})
        self.assertEqual(self.put_to(), {"quick", "first", "second"})
        self.assertEqual(self.put_to("--tier"), {"quick", "second"})


class Maps(units.Case):
    def test_one_is_made_anew(self):
        """For whom --map asks; what is kept does for the others."""
        made = []
        self.patch(reach, load=lambda arch: "kept",
                 make_guest=lambda arch: made.append(arch) or "new")
        self.assertEqual(reach.get("i386"), "kept")
        self.assertEqual(reach.get("i386", True), "new")
        self.assertEqual(made, ["i386"])


class Test(units.Case):
    """./lectern test of tests that are not run."""

    def setUp(self):
        self.built, self.crowd = [], Crowd()
        tests = [(f"host/t{n}", {"is_parallel": True, "suite": ["l:host"],
                                 "cmd": ["t"]}, []) for n in range(6)]
        self.patch(testing, collect=lambda *_: iter(tests), fetch=mock.Mock(),
                 begin_fetching=mock.Mock(), run_test=self.run_test,
                 build_folder=self.build_folder)
        self.patch(testing.Board, summary=lambda board: None)

    def build_folder(self, folder, options):
        self.built.append((folder, build.wanted_werror(None)))

    def run_test(self, name, test, board, only, pace):
        self.crowd.meet()
        board.point(name, testing.Point("runs", "ok"))

    def asked(self, *words):
        os.environ.pop("LECTERN_WERROR", None)
        status, out, err = works("test", "--arch", "host", *words)
        self.assertEqual(status, 0, out + err)
        return out

    def test_jobs(self):
        for jobs in (1, 4):
            self.crowd.most = 0
            self.asked("--jobs", str(jobs), "test_ref")
            self.assertEqual(self.crowd.most, jobs)

    def test_since(self):
        """Alone: it chooses what runs, which is nothing without a change."""
        self.patch(testing.since, changed=lambda commit: {})
        for words, status, why in (((), 2, "nothing has changed since HEAD"),
                                   (("fork",), 2, "--since chooses what")):
            got, _, err = works("test", "--since", "HEAD", *words)
            self.assertEqual(got, status, err)
            self.assertIn(why, err)

    def test_from(self):
        """It says what runs, and wants sources."""
        for words, why in ((("/nowhere",), "no sources of gVisor"),
                           (("/nowhere", "--all"), "--from says what runs"),
                           (("/nowhere", "--suite", "host"), "--from says")):
            got, _, err = works("test", "--from", *words)
            self.assertEqual(got, 2, err)
            self.assertIn(why, err)

    def test_werror(self):
        with mock.patch.dict(os.environ):
            self.asked("test_ref")
            self.asked("--werror", "test_ref")
        self.assertEqual(self.built, [("host", False), ("host", True)])

    def test_werror_is_for_meson(self):
        """Which is told once more when it changes."""
        told = []
        self.patch(build, run_tool=lambda words, what: told.append(words),
                 build_dir=lambda name, folder=self.folder(): folder)
        for werror in (True, False):
            build.configure("host", werror, "host", ())
        self.assertEqual([w for words in told for w in words
                          if "werror" in w],
                         ["-Dwerror=true", "-Dwerror=false"])

    def test_coverage(self):
        """A suite that reached some lines has its row, and what nobody reached
        is written down."""
        found = lines.Lines()
        for n, count in ((1, 5), (2, 0), (3, 1), (4, 0)):
            found.add("mm/f.c", n, count, [])
        folder = self.folder()
        pages = mock.Mock()
        self.patch(coverage, FOLDER=folder, pages=pages,
                 COUNTS=os.path.join(folder, "counts"),
                 clear_host=mock.Mock(), of_host=lambda: found)
        out = self.asked("--coverage", "test_ref")
        self.assertEqual(self.built[0][0], coverage.HOST)
        for row in ("host", "mm", "total"):
            self.assertRegex(out, rf"(?m)^{row} +50\.0 % of +4 lines ")
        self.assertEqual([c.args[0] for c in pages.call_args_list],
                         ["host", "total"])
        self.assertIn("mm/f.c ?: 2, 4\n",
                      units.read(os.path.join(folder, "unreached.txt")))


class Bench(units.Case):
    """./lectern bench with figures that are given."""

    def setUp(self):
        self.patch(bench, programs=lambda arch: dict.fromkeys(
            ("/kbench", "/schedbench"), "p"))

    def test_threshold(self):
        """How much dearer a row may be for status 0."""
        path = os.path.join(self.folder(), "kept")
        bench.save(path, "i386", {"null_getppid": 100.0})
        self.patch(bench, on_lectern=lambda *_: {"null_getppid": 103.0})
        for words, status in (((), 1), (("--threshold", "2.9"), 1),
                              (("--threshold", "3.1"), 0)):
            got, out, err = works("bench", "--arch", "i386", "--compare",
                                    path, *words, "null_getppid")
            self.assertEqual(got, status, out + err)
            self.assertRegex(out, r"null_getppid +100\S* +103\S* +\+3\.00"
                             + " !" * status + "\n")

    def test_sched(self):
        """The rows of schedbench: preempted, shares too, and then not."""
        runs = []

        def started(words, **_):
            runs.append(words)
            worst = 2000 if "preempt=none" in words else 30
            return mock.Mock(stdout=[f"wake_worst\t{worst}\n"],
                             wait=lambda: 0)

        with mock.patch.object(subprocess, "Popen", started):
            status, out, err = works("bench", "--arch", "i386", "--tsv",
                                       "--sched")
        self.assertEqual(status, 0, err)
        self.assertEqual([r[r.index("--") + 1:] for r in runs],
                         [["/schedbench"], ["/schedbench", "0"]])
        self.assertEqual(out, "i386\tpreemptive\twake_worst\t30\n"
                         "i386\tpreempt=none\twake_worst\t2000\n")

    def test_malloc(self):
        """Each shape's best run of all."""
        rates = iter(range(1, 1000))
        self.patch(bench_malloc, built=lambda arch: ("ours", "theirs"),
                 run=lambda arch, program, words: {1: next(rates)})
        status, out, err = works("bench", "--arch", "i386", "--tsv",
                                   "--malloc")
        self.assertEqual(status, 0, err)
        n = len(bench_malloc.SHAPES)
        self.assertEqual(out, "".join(
            f"i386\t{name}\t1\t{n * (bench_malloc.RUNS - 1) + i + 1}\n"
            for i, (name, _, _) in enumerate(bench_malloc.SHAPES)))


class Update(units.Case):
    def test_pictures(self):
        """Each machine's, by the script that compares them; what it says is
        believed."""
        script = os.path.join(self.folder(), "show.py")
        self.patch(update, SHOW=script, MADE={}, PAGES={})
        for last in (0, 1):
            units.write(script, (
                "import sys\nwith open(__file__ + '.told', 'a') as f:"
                f"\n    print(*sys.argv[1:], file=f)\nsys.exit({last})\n"))
            status, out, err = works("update", "--pictures")
            self.assertEqual((bool(status), out), (bool(last), ""), err)
        self.assertIn(f"the pictures of {ARCHES[0]} could not be made", err)
        self.assertEqual(units.read(script + ".told").splitlines(), [
            f"--make {arch}" for arch in [*ARCHES, ARCHES[0]]])
        os.unlink(script + ".told")
        self.assertEqual(works("update")[:2], (0, update.FRESH + "\n"))
        self.assertFalse(os.path.exists(script + ".told"))


class Diff(units.Case):
    """./lectern diff of runs that are given."""

    def diff(self, theirs, ours, *words):
        def ran(side, arguments, command, data, folder):
            self.assertEqual((command, data), (["cmd"], b""))
            side.out = theirs if side.kernel == "linux" else ours
            side.words, side.status = "exit 0", 0

        self.patch(diff.Side, run=ran)
        with open(os.devnull) as nothing, \
                mock.patch.object(sys, "stdin", nothing):
            return works("diff", *words, "--", "cmd")

    def test_quiet(self):
        status, out, _ = self.diff(b"a\n", b"b\n")
        self.assertEqual((status, out[-6:]), (1, "-a\n+b\n"))
        for option in ("--quiet", "-q"):
            self.assertEqual(self.diff(b"a\n", b"b\n", option)[:2], (1, ""))
            self.assertEqual(self.diff(b"a\n", b"a\n", option)[:2], (0, ""))

    def test_what_the_driver_says_is_no_difference(self):
        folder = self.folder()
        self.patch(diff, TOP=folder)
        driver = os.path.join(folder, "lectern")
        units.write(driver, """#!/usr/bin/env bash
case $* in *linux*) ;; *) echo "# fetching" >&$LECTERN_SAID_TO ;; esac
echo error >&2
while [ $1 != --status-file ]; do shift; done
echo exit 0 >$2
""")
        os.chmod(driver, 0o755)
        with open(os.devnull) as nothing, \
                mock.patch.object(sys, "stdin", nothing):
            self.assertEqual(works("diff", "--", "cmd")[:2], (
                0, "no difference: exit 0, 0 bytes of output, 6 of errors\n"))

    def test_what_is_said_elsewhere(self):
        """By the command line itself, which leaves standard error alone."""
        inside, outside = os.pipe()
        with open(inside) as reader:
            done = subprocess.run(
                [os.path.join(TOP, "lectern"), "rnu"], pass_fds=[outside],
                env={**os.environ, common.SAID_TO: str(outside)},
                stderr=subprocess.PIPE)
            os.close(outside)
            self.assertIn("similar: run", reader.read())
        self.assertEqual((done.returncode, done.stderr), (2, b""))


class Image(units.Case):
    """./lectern image of packages that are given: no root is made."""

    def setUp(self):
        self.cache = self.folder()
        self.version = 1
        self.used = []
        steps = {name: mock.Mock() for name in ("finish", "check")}
        self.patch(debs, CACHE=self.cache, Apt=lambda arch: self)
        self.patch(image, CACHE=self.cache, make=lambda *_: (1, 2),
                 unpack=lambda files, root: self.used.append(sorted(
                     map(os.path.basename, files))), **steps)

    def test_too_small_is_told_before_anything_is_unpacked(self):
        top = self.folder()
        os.makedirs(f"{top}/p/DEBIAN")
        units.write(f"{top}/p/DEBIAN/control",
                    "Package: p\nVersion: 1\nArchitecture: all\n"
                    "Maintainer: x <x@x>\nInstalled-Size: 3000\n"
                    "Description: x\n")
        subprocess.run(["dpkg-deb", "-b", f"{top}/p", f"{top}/p.deb"],
                       check=True, stdout=subprocess.DEVNULL)
        image.refuse_too_small([f"{top}/p.deb"], 3)
        self.fails("--size 2M: the files need more than 2M",
                   image.refuse_too_small, [f"{top}/p.deb"], 2)
        self.patch(image, unpack=lambda *_: self.fail("unpacked"),
                   fetch=lambda *_: [f"{top}/p.deb"])
        self.fails("the files need", image.image, SimpleNamespace(
            packages="bash", size="2M", add=[], no_install=True, arch="i386",
            output=f"{top}/o", refresh=False))

    def closure(self, names):
        return [f"{name}={self.version}" for name in names]

    def download(self, wanted):
        for each in wanted:
            name, _, version = each.partition("=")
            units.write(os.path.join(debs.folder("i386"),
                                     f"{name}_{version}_all.deb"), "")

    def image(self, *words):
        os.makedirs(debs.folder("i386"), exist_ok=True)
        status, _, err = works(
            "image", "debian", "--arch", "i386", "--packages", "bash",
            "--output", os.path.join(self.cache, "x.img"), *words)
        self.assertEqual(status, 0, err)
        return next(n for n in self.used[-1] if n.startswith("bash_"))

    def test_refresh(self):
        """A newer package is found by who asks the mirror again."""
        self.assertEqual(self.image(), "bash_1_all.deb")
        self.version = 2
        self.assertEqual(self.image(), "bash_1_all.deb")
        self.assertEqual(self.image("--refresh"), "bash_2_all.deb")
        self.assertEqual(self.image(), "bash_2_all.deb")


class NoInstall(units.Case):
    """What is missing is named, and no apt is started."""

    # but for `diff`, which hands it on to `run`
    WORDS = {"run": [], "gdb": [], "bench": [],
             "test": ["--arch", "i386", "fork"], "fuzz": [], "mutate": [],
             "trace": ["--", "true"], "profile": ["--", "true"],
             "image": ["debian", "--output", "/tmp/never.img"], "build": []}

    def test_names_what_is_missing(self):
        installed = []
        self.patch(packages, have=lambda name: name == "apt-get",
                 _privilege=lambda: [], present=lambda name: False,
                 _install=lambda root, names: installed.append(names))
        for command, words in self.WORDS.items():
            for option in ([], ["--no-install"]):
                del installed[:]
                out, err = io.StringIO(), io.StringIO()
                with contextlib.redirect_stdout(out), \
                        contextlib.redirect_stderr(err):
                    status = main.main([command, *option, *words])
                self.assertEqual(status, 122, err.getvalue())
                self.assertEqual(bool(installed), not option, command)
                self.assertIn("apt-get install", err.getvalue())


if __name__ == "__main__":
    units.main()
