#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""tests_units.py - ./lectern test: points that are read and told, how long it still
takes, what names tests, and which cases of a script run where."""
import contextlib
import io
import os
import re
import subprocess
import sys
from unittest import mock

sys.dont_write_bytecode = True
import units  # noqa: E402
from units import TOP  # noqa: E402
from driver.common import ARCHES
from driver.machine import board
from driver.testing import names, pace, tap, testing


class Tap(units.Case):
    def read(self, text, status=0):
        points = []
        reader = tap.Reader(points.append)
        for line in text.splitlines():
            reader.line(line)
        reader.end(status)
        return [(p.name, p.result) for p in points]

    def test_points(self):
        self.assertEqual(
            self.read("1..3\nok 1 - a\nnot ok 2 - b\nok 3 - c # SKIP why\n"),
            [("a", "ok"), ("b", "fail"), ("c", "skip")])

    def test_notes_go_to_their_point(self):
        """cmocka prints its plan first, and notes after their point."""
        for text in ("1..3\nnot ok 1 - a\n# 1 != 2\nok 2 - b\nnot ok 3 - c\n"
                     "# 0\n# at line 8\n# not ok - t\n",
                     "# 1 != 2\nnot ok 1 - a\nok 2 - b\n# 0\n# at line 8\n"
                     "# not ok - t\nnot ok 3 - c\n1..3\n"):
            points = []
            reader = tap.Reader(points.append)
            for line in text.splitlines():
                reader.line(line)
            reader.end(2)
            self.assertEqual([(p.name, p.notes) for p in points], [
                ("a", ["# 1 != 2"]), ("b", []),
                ("c", ["# 0", "# at line 8", "# not ok - t"])])

    def test_last_notes_tell_why_it_ended(self):
        """A sanitizer's report stands behind the last point that passed."""
        for count, why in ((1, "1"), (2, "2 points planned, 1 seen")):
            points = []
            reader = tap.Reader(points.append)
            for line in (f"1..{count}", "ok 1 - a", "ERROR: leaks"):
                reader.line(line)
            reader.end(1)
            self.assertEqual([(p.result, p.notes) for p in points], [
                ("ok", ["ERROR: leaks"]), ("fail", ["ERROR: leaks", why])])

    def test_short_plan_fails(self):
        self.assertEqual(self.read("1..2\nok 1 - a\n")[-1],
                         ("plan", "fail"))

    def test_bail_out_fails(self):
        self.assertEqual(self.read("1..1\nBail out! x\n")[-1][1], "fail")

    def test_silence_fails(self):
        self.assertEqual(self.read("", 0)[-1][1], "fail")

    def test_bad_exit_fails(self):
        self.assertEqual(self.read("1..1\nok 1 - a\n", 1)[-1],
                         ("exit status", "fail"))

    def test_skip_all(self):
        self.assertEqual(self.read("1..0 # SKIP no\n"), [("all", "skip")])

    def test_who_has_nothing_to_do_is_no_point(self):
        for why, idle in (("none of the cases asked for", True),
                          ("another machine has its cases", True),
                          ("no such package", False)):
            found = []
            tap.Reader(found.append).line(f"1..0 # SKIP {why}")
            self.assertEqual([testing.is_idle(p) for p in found], [idle], why)

    def test_a_package_that_was_to_be_fetched_is_no_reason_to_skip(self):
        for why, result in (("libc-bin for i386 is not fetched; x", "fail"),
                            ("libc6 and musl are not fetched", "fail"),
                            ("not known to musl", "skip")):
            for text in (f"1..0 # SKIP {why}\n",
                         f"1..1\nok 1 - a # SKIP {why}\n"):
                points = []
                tap.Reader(points.append).line(text.splitlines()[-1])
                self.assertEqual(testing.judged(points[0]).result, result)


class Board(units.Case):
    def test_gist_keeps_both_ends(self):
        notes = [str(i) for i in range(100)]
        self.assertEqual(board.gist(notes, 100), notes)
        short = board.gist(notes, 10)
        self.assertEqual(short, ["0", "1", "2", "[91 lines left out]", "94",
                                 "95", "96", "97", "98", "99"])
        for room in (1, 2, 3):
            self.assertEqual(len(board.gist(notes, room)), room)
        self.assertLess(len(board.gist(["x" * 100000], 5)[0]), 500)

    def test_shares_what_others_leave(self):
        self.assertEqual(board.shares([50, 2, 50], 42), [20, 2, 20])
        self.assertEqual(board.shares([1, 2], 400), [1, 2])
        self.assertEqual(board.shares([], 400), [])
        self.assertLessEqual(sum(board.shares([9] * 100, 300)), 300)

    def test_a_line_a_test_or_a_point(self):
        for each in (False, True):
            b = board.Board(False, each)
            with contextlib.redirect_stdout(io.StringIO()) as out:
                for result in ("ok", "ok", "skip"):
                    b.point("m/t", tap.Point("p", result, ["why"]))
                b.finished("m/t", 61.4, 43.4, "1 of 2 tests")
            lines = out.getvalue().splitlines()
            self.assertEqual(lines.count("ok   m/t: p"), 2 * each)
            self.assertEqual(lines.count("skip m/t: p (why)"), each)
            self.assertEqual(lines[-1], "ok   m/t: 2 passed, 0 failed, "
                             "1 skipped, 61 s, 43 s of CPU time "
                             "[1 of 2 tests]")
            _, out = units.printed(b.summary)
            self.assertEqual("--verbose" in out, not each)

    def test_one_mistake_on_two_machines_is_told_once(self):
        b = board.Board(False)
        for arch in "riscv64", "i386":
            p = tap.Point("builds", "fail", [
                f"building {arch} failed:", "x.c:1: error", "| int ("])
            units.printed(b.point, f"{arch}/build", p)
        self.assertEqual([notes for _, notes in b.failed], [
            ["building riscv64 failed:", "x.c:1: error", "| int ("],
            ["building i386 failed:",
             "[then the same as riscv64/build: builds]"]])

    def test_many_failures_keep_the_end_short(self):
        b = board.Board(False)
        for i in range(500):
            units.printed(b.point, "t", tap.Point(
                f"p{i}", "fail", ["why", f"{i}"] * 45))
        lines = units.printed(b.summary)[1].splitlines()
        self.assertLess(len(lines), 440)
        self.assertIn("[400 more]", lines)
        self.assertEqual(lines[-3:], ["  t: p19", "  [480 more]",
                                      "0 passed, 500 failed"])


class Paces(units.Case):
    """How long the tests still take."""

    def setUp(self):
        self.patch(pace, BUILD=self.folder(),
                   TABLE=self.file("# a comment\nm/a 100 200\nm/b 60 -\n"))
        self.now = 0

    def pace(self, tier="default", jobs=1):
        return pace.Pace(tier, jobs, lambda: self.now)

    def test_each_tier_has_its_column(self):
        self.assertEqual((self.pace().of("m/a"), self.pace("all").of("m/a"),
                          self.pace("all").of("m/b")),
                         (100, 200, pace.UNKNOWN))

    def test_what_is_left_follows_the_machine(self):
        p = self.pace()
        p.plan(["m/a", "m/b"])
        self.assertEqual(p.left(), 160)
        p.begin("m/a")
        self.now = 50
        self.assertEqual(p.left(), 110)
        self.now = 260                  # it took 2.6 times as long
        self.assertEqual(p.end("m/a"), 260)
        self.assertEqual(p.left(), 60 * (60 + 260) / (60 + 100))
        self.assertEqual(p.words(), "1 of 2 tests, some 2 min left")

    def test_what_another_machine_did_tells_nothing_of_this_one(self):
        p = self.pace()
        p.plan(["m/a", "m/b"])
        p.begin("m/a")
        self.now = 1
        p.end("m/a")
        self.assertEqual(p.left(), 60)

    def test_a_long_test_is_not_shared_out(self):
        p = self.pace(jobs=2)
        p.plan(["m/a"])
        self.assertEqual(p.left(), 100)

    def test_the_next_run_knows_this_one(self):
        p = self.pace()
        p.plan(["m/b"])
        p.begin("m/b")
        self.now = 7
        p.end("m/b")
        p.keep()
        self.assertEqual(self.pace().of("m/b"), 7)
        self.assertEqual(self.pace().of("m/a"), 100)

    def test_suites_share_the_cpu_time(self):
        p = self.pace()
        for name, used in (("m/a", 60), ("n/a", 100), ("m/b", 20), ("m/c", 5)):
            p.begin(name)
            p.end(name, used)
        self.assertEqual(
            p.by_suite({"m/a": "guest", "n/a": "guest", "m/b": "disk",
                        "m/c": "smp"}),
            "minutes of CPU time: guest 3, others 0")


class Names(units.Case):
    """What names tests, before there is a build folder."""

    def refuses(self, *args):
        status, out, err = units.lectern(*args)
        self.assertEqual((status, out), (2, ""), err)
        return err.splitlines()[-1]

    def test_unknown_ones_are_refused_with_near_ones(self):
        self.assertRegex(self.refuses("test", "frok"), "frok; similar:.*fork")
        self.assertRegex(self.refuses("test", "--suite", "gest"),
                         "no suite gest; similar: guest")
        self.assertIn("there are host,", self.refuses("test", "--suite", "q"))
        self.assertRegex(self.refuses("bench", "nul_getppid"),
                         "no row is called nul_getppid; similar: null_getppid")
        self.assertRegex(
            self.refuses("test", "--arch", "riscv64", "test_buddy"),
            "test_buddy runs on the host, .*: leave out --arch riscv64$")
        self.refuses("test", "--suite", "guest", "frok")

    def asked(self, words, suite, script, suites=None):
        return names.asked(words, suites, "m/x", suite,
                           os.path.join(TOP, "test", "run", script))

    def test_a_program_comes_first(self):
        for word in ("fork", "signals"):
            names.check([word], None)
            self.assertEqual(names.suites_of([word], None, ARCHES), {"guest"})
            self.assertTrue(self.asked([word], "guest", "guest.py"))
            for suite, script in (("small", "small.py"),
                                  ("check", "guest.py"),
                                  ("oracle", "guest.py"),
                                  ("judges", "judges.py")):
                self.assertIsNone(self.asked([word], suite, script), suite)
        self.assertEqual(self.asked(["signals"], "guest", "guest.py"),
                         ["=signals"])
        self.assertEqual(names.folders(["signals"], None, ("host", "i386")),
                         ("i386",))

    def test_a_suite_is_asked_for(self):
        self.assertEqual(self.asked(["signals"], "oracle", "guest.py",
                                    ["oracle"]), ["=signals"])
        self.assertEqual(self.asked(["threads"], "smp", "smp.py", ["smp"]),
                         ["threads"])
        self.assertEqual(self.asked(["smp"], "smp", "smp.py"), [])

    def test_sources_choose_their_judge_and_names_its_programs(self):
        self.patch(testing, introspect=lambda _: [
            {"name": name, "suite": ["lectern:judges", "lectern:names"],
             "cmd": [script]} for name, script in (
                 ("judges-bash", "judges.py"), ("judges-gvisor", "gvisor.py"))])
        for words in ([], ["pty_test"]):
            options = mock.Mock(suite=None, names=words, sources="dir",
                                all=False, since=None)
            testing.choose_sources(options)
            self.assertEqual(
                [(name, only) for name, _, only
                 in testing.collect(["arm64"], options)],
                [("arm64/judges-gvisor", words)])

    def test_cases_by_a_part_of_their_name(self):
        self.assertEqual(self.asked(["fork bombs"], "small", "small.py"),
                         ["fork bombs"])
        self.assertIsNone(self.asked(["fork bombs"], "disk", "disk.py"))
        self.assertEqual(self.asked(["8 CPUs"], "smp", "smp.py"), ["8 CPUs"])
        self.assertEqual(self.asked(["boots to"], "driver", "image_test.py"),
                         ["boots to"])
        self.assertEqual(self.asked(["panics"], "driver", "driver_test.py"),
                         ["panics"])

    def test_host_tests_need_no_machine(self):
        for word in ("tree", "test_buddy", "host", "fuzz_elf"):
            self.assertEqual(names.folders([word], None, ("host", *ARCHES)),
                             ("host",))

    def test_the_table_of_suites_is_whole(self):
        found = set()
        for folder in ("host", "fuzz", "model", "run"):
            for text in re.findall(r"suite: (\[[^]]*\]|'[^']*')|"
                                   r"(?<=[,\s])(\[[^][]*\]),\s*\d+\]",
                                   units.read(f"test/{folder}/meson.build")):
                found |= set(re.findall(r"'([^']+)'", "".join(text)))
        self.assertEqual(found - {"names", "later"},
                         {*names.SUITES, *names.ON_DEMAND})

    def test_meson_has_the_same_tiers(self):
        text = units.read("meson.build")
        demand, later = (set(re.findall(r"'([^']+)'", part)) for part in (
            re.search(r"^demand = \[([^]]*)", text, re.M)[1],
            re.search(r"exclude_suites: \[([^]]*)", text)[1]))
        self.assertEqual(demand, set(names.ON_DEMAND))
        self.assertEqual(later, {*names.LATER, "later"})


class Scripts(units.Case):
    """Which cases of a script of test/run run where."""

    HEAD = """
import os, sys
sys.path.insert(0, os.path.join(sys.argv[1], "test", "run"))
from harness import Tap
"""
    SCRIPT = """
tap = Tap(shared=sys.argv[2], each=("all %s",))
for name in ["all b", *map(str, range(12))]:
    tap.case(name, lambda: None)
tap.end()
"""

    def cases(self, arch, each="b", **env):
        return self.ran(arch, self.SCRIPT % each, **env)

    def ran(self, arch, script, **env):
        """=> the names that ran, and those that failed"""
        done = subprocess.run(
            [sys.executable, "-c", self.HEAD + script, TOP, arch], text=True,
            stdout=subprocess.PIPE, env={
                **{k: v for k, v in os.environ.items()
                   if not k.startswith("LECTERN_")}, **env})
        return [re.findall(rf"^{word}ok \d+ - (.*)", done.stdout, re.M)
                for word in ("", "not ")]

    def test_the_machines_share_the_cases(self):
        ran = [self.cases(arch)[0] for arch in ARCHES]
        names = ["all b", *map(str, range(12))]
        self.assertEqual(set().union(*ran), set(names))
        for one in ran:
            self.assertIn("all b", one)
            self.assertLess(len(one), len(names))
        self.assertEqual(sum(map(len, ran)), len(names) + len(ARCHES) - 1)

    def test_each_machine_has_a_turn(self):
        """Whether there are fewer configurations than machines, or more."""
        for of in range(1, len(ARCHES) + 3):
            script = ("for n in range(%d):\n"
                      "    if tap.turn(sys.argv[2], n, %d):\n"
                      "        tap.case(str(n), lambda: None)\n" % (of, of))
            ran = [self.ran(arch, "tap = Tap()\n" + script)[0]
                   for arch in ARCHES]
            self.assertTrue(all(ran), ran)
            self.assertEqual(set().union(*ran), set(map(str, range(of))))
            self.assertEqual(sum(map(len, ran)), max(of, len(ARCHES)))

    def test_who_asks_gets_all(self):
        self.assertEqual(len(self.cases(ARCHES[0], LECTERN_EVERY="1")[0]), 13)
        for arch in ARCHES:
            self.assertEqual(self.cases(arch, LECTERN_ONLY="=7")[0], ["7"])

    def test_a_name_that_is_no_case_fails(self):
        self.assertEqual(self.cases(ARCHES[0], "c")[1],
                         ["all c, which the script names, is a case"])


if __name__ == "__main__":
    units.main()
