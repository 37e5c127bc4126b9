#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""reports_units.py - what is measured and drawn: benchmarks, pictures of
memory, the tree's shape, and what the book tells of sizes."""
import glob
import os
import re
import sys
from unittest import mock
from xml.etree import ElementTree

sys.dont_write_bytecode = True
import units  # noqa: E402
from units import Failure, TOP  # noqa: E402
import commands_table  # noqa: E402
import jobs
import tiers_rows
from driver import shape
from driver.common import MACHINES
from driver.bench import bench, bench_malloc, bench_programs
from driver.show import show, show_html, show_record, show_svg, show_text
from driver.tracing import flame_stacks, flame_svg


class Bench(units.Case):
    def test_rows(self):
        self.assertEqual(bench.parse("stat\t12.5\n"), ("stat", 12.5))
        self.assertEqual(bench.parse("x\tn/a mmap errno=12"), ("x", None))
        self.assertIsNone(bench.parse("noise"))

    def test_every_stored_row_has_a_group(self):
        for arch in MACHINES:
            self.assertTrue(bench.baseline(arch), arch)
            for row in bench.baseline(arch):
                self.assertEqual(bench.command([row])[1], "-f", row)

    def test_rows_of_several_groups(self):
        asked = ["sigaction", "fork_call_vma20k"]
        self.assertEqual(
            {g for row in asked for g in bench.command([row])[2].split(",")},
            set(bench.command(asked)[2].split(",")))

    def test_wanted(self):
        self.assertTrue(bench.wanted("fork_exec_wait", ["exec"]))
        self.assertTrue(bench.wanted("clock_gettime", ["null"]))
        self.assertFalse(bench.wanted("stat", ["fork"]))

    def test_mean_of_ratios(self):
        """Of rows that both have, calib left out; nothing without Linux."""
        ours = {"stat": 50.0, "fork": 20.0, "calib_1001_user_insns": 1001.0,
                "lost": None, "new": 7.0}
        theirs = {"stat": 100.0, "fork": 160.0, "lost": 5.0,
                  "calib_1001_user_insns": 1.0, "other": 3.0}
        self.assertAlmostEqual(bench.mean_ratio(ours, theirs), 0.25)
        self.assertIsNone(bench.mean_ratio(ours, {}))
        self.assertRegex(list(bench.table("i386", ours, theirs, "linux"))[-1],
                         r"^geometric mean +0\.250$")
        self.assertNotIn("mean", "".join(bench.table("i386", ours, {}, "l")))

    def test_malloc_tells_each_run(self):
        rates = bench_malloc.rates_of("1\t2300\n2\t2900\nnoise\n")
        self.assertEqual(rates, {1: 2300, 2: 2900})
        self.assertEqual(bench_malloc.progress("arenas", rates),
                         "arenas: 2300 with 1, 2900 with 2")
        self.assertRaises(Failure, bench_malloc.rates_of, "Killed\n")
        told = []
        with mock.patch.multiple(
                bench_malloc, say=told.append,
                built=lambda arch: ("ours", "theirs"),
                run=lambda *words: told.append("run") or rates):
            units.printed(bench_malloc.bench_malloc, "i386", True)
        self.assertEqual(told[:2], ["run", "bare arena: 2300 with 1, "
                                    "2900 with 2"])

    def test_programs_are_chosen_and_marked(self):
        names = [r.name for r in bench_programs.ROWS]
        self.assertEqual(len(set(names)), len(names))
        self.assertEqual(bench_programs.chosen([]), bench_programs.ROWS)
        self.assertEqual([r.name for r in bench_programs.chosen(["fork"])],
                         ["stress_fork"])
        self.assertRaises(Failure, bench_programs.chosen, ["nonesuch"])
        told = list(bench_programs.lines(
            "i386", 1, False, {"a": 3e6, "b": 1e6, "c": None, "d": 5e6},
            {"a": 2e6, "b": 2e6, "c": 1e6}))
        self.assertRegex(told[0], "^i386, 1 CPU, instructions")
        for line, tail in zip(told[1:], (r"3.00 +2.00 +1.50 !",
                                         r"1.00 +2.00 +0.50",
                                         r"n/a +1.00", r"5.00")):
            self.assertRegex(line, tail + "$")
        self.assertEqual(list(bench_programs.tsv(
            "i386", 2, True, {"a": 3e6}, {"a": 2e6})),
            ["i386\t2\ta\t3.00\t2.00\t1.500"])

    def test_programs_take_turns(self):
        """The best of each row's runs, and no disk where time is counted."""
        asked, runs = [], iter([4e6, 9e6, 3e6, None, 5e6, 7e6])

        def boot(arch, program, rows, cpus, wall, options, parse, show):
            asked.append("linux" in options)
            self.assertEqual("disk" in repr(rows), wall)
            return {"fio": next(runs)}

        with mock.patch.object(bench_programs, "boot", boot):
            found = bench_programs.measured(
                "i386", "p", bench_programs.ROWS, 2, True, "", None, None)
            self.assertEqual(found, ({"fio": 3e6}, {"fio": 7e6}))
            self.assertEqual(asked, [False, True] * 3)
            runs = iter([6e6])
            found = bench_programs.measured(
                "i386", "p", bench_programs.ROWS, 1, False, None, None, None)
            self.assertEqual(found, ({"fio": 6e6}, {}))

    def test_figures_are_kept_and_compared(self):
        path = self.file()
        bench.save(path, "i386", {"fork": 1000.0, "x": None, "nul": 80.0})
        old = bench.saved(path, "i386")
        self.assertEqual(old, {"fork": 1000.0, "nul": 80.0})
        self.assertRaises(Failure, bench.saved, path, "riscv64")
        units.write(path, "no figures\n", "a")
        self.assertRaises(Failure, bench.saved, path, "i386")
        for option in ("--save", "--compare"):
            self.assertEqual(units.lectern("bench", option, path, "--smp")[0],
                             2)
        self.assertEqual(units.lectern("bench", "--compare", "/nonesuch")[0], 2)
        self.assertEqual(units.lectern("bench", "--save", "/none/such")[0], 2)
        new = {"fork": 1020.0, "nul": 79.2, "y": 1.0}
        lines, dearer = bench.comparison("i386", old, new, 1)
        self.assertTrue(dearer)
        self.assertRegex(lines[1], r"fork +1000 +1020 +\+2\.00 !$")
        self.assertRegex(lines[2], r"nul +80\.0 +79\.2 +-1\.00$")
        self.assertFalse(bench.comparison("i386", old, new, 2)[1])

    def test_programs_get_their_own_words_only(self):
        """The scheduler's took kbench's -i for 0 seconds."""
        with mock.patch.object(bench.subprocess, "Popen") as popen:
            popen.return_value.stdout = ["worst\t1.5\n"]
            popen.return_value.wait.return_value = 0
            found = bench.on_lectern("riscv64", {}, ["/schedbench"], [],
                                     lambda row, value: None)
        self.assertEqual(found, {"worst": 1.5})
        self.assertEqual(popen.call_args.args[0][-2:], ["--", "/schedbench"])


class Pictures(units.Case):
    """./lectern show, of a record that no kernel has written."""

    # a parent and its child: one leaf table is both's, one is swapped from
    RECORD = """\
moment 8 fork
process 8 a program
space
00010000-00012000 r-xp 00000000 00:0d 6                  /bin/it
ref 2 shadow 0 flags
20000000-20004000 rw-p 00000000 00:00 0
ref 2 shadow 0 flags anon
40000000-40400000 rw-p 00000000 00:00 0                  [heap]
ref 1 shadow 0 flags growsdown anon
tables
table 2 0 1000 0 1
table 1 0 1001 400401 1
table 0 0 1002 400801 1
page 10000 0 2 800000db f 3
table 0 20000000 1003 400c01 2
page 20000000 0 2 900000d7 a 2
page 20003000 0 1 1208 n 0
table 1 40000000 1004 401001 1
page 40000000 1 1 a00000d7 a 1
process 9 a child
space
20000000-20004000 rw-p 00000000 00:00 0
ref 2 shadow 0 flags anon
tables
table 2 0 1010 0 1
table 1 0 1011 404401 1
table 0 20000000 1003 400c01 2
page 20000000 0 2 900000d7 a 2
page 20003000 0 1 1208 n 0
end
moment 8 signal 11
process 8 a program
space
20000000-20004000 rw-p 00000000 00:00 0
ref 1 shadow 0 flags
tables
table 2 0 1000 0 1
end
"""

    def setUp(self):
        self.moments = list(enumerate(show_record.read(
            self.RECORD, "riscv64", show.SIGNALS), 1))

    def test_moments_are_told_by_name(self):
        self.assertEqual([m.title for _, m in self.moments],
                         ["fork in process 8 (a program)",
                          "signal SIGSEGV in process 8 (a program)"])

    def test_each_page_has_its_state(self):
        areas = self.moments[0][1].processes[0].areas
        self.assertEqual([list(a.runs()) for a in areas[:2]],
                         [[(0x10, 2, "s")],
                          [(0x20000, 2, "c"), (0x20003, 1, "w")]])
        self.assertEqual([a.resident for a in areas], [2, 2, 512])
        self.assertEqual(areas[1].rows()[0][2], "cc.w" + " " * 60)

    def test_rows_that_are_alike_are_told_once(self):
        heap = self.moments[0][1].processes[0].areas[2]
        self.assertEqual([(n, text[0]) for n, _, text in heap.rows()],
                         [(8, "O"), (8, ".")])

    def test_a_shared_table_is_drawn_once(self):
        drawn = show_svg.space(self.moments[:1], "riscv64")
        # and in the legend
        self.assertEqual(drawn.count('class="table shared"'), 2)
        self.assertEqual(drawn.count('class="link again"'), 1)
        self.assertIn(">[256] T4, the same</text>", drawn)
        told = show_text.space(self.moments[:1], "riscv64")
        self.assertIn("T4, as above", told)
        self.assertIn("shared by 2 trees", told)

    def test_lines_pass_no_words(self):
        root = ElementTree.fromstring(show_svg.space(self.moments, "riscv64"))
        self.assertLess(int(root.get("width")), 1600)
        words = [(float(e.get("x")), float(e.get("y")), e.text)
                 for e in root.iter() if e.tag.endswith("text")]
        for e in root.iter():
            if not e.get("class", "").startswith("link"):
                continue
            x0, y0, x1, y1 = map(float, re.findall(r"[\d.]+", e.get("d")))
            for i in range(101):
                x, y = x0 + (x1 - x0) * i / 100, y0 + (y1 - y0) * i / 100
                for left, base, text in words:
                    self.assertFalse(
                        left < x < left + 6.7 * len(text)
                        and base - 9 < y < base + 2, f"{text}: {e.get('d')}")

    def test_legends_have_all_that_is_drawn(self):
        drawn = show_svg.space(self.moments, "riscv64")
        for words in ("a table in several trees", "a table drawn before",
                      "changed since the moment before"):
            self.assertEqual(drawn.count(f">{words}</text>"), 1)

    def test_what_changed_is_marked(self):
        first, later = (show_svg.space([m], "riscv64") for m in self.moments)
        show_record.compare(self.moments)
        marks = [[a.change for p in m.processes for a in p.areas]
                 for _, m in self.moments]
        self.assertEqual(marks, [[""] * 4, ["changed, 3 pages"]])
        self.assertEqual(self.moments[1][1].processes[0].gone, 2)
        self.assertEqual(first, show_svg.space(self.moments[:1], "riscv64"))
        marked = show_svg.space(self.moments[1:], "riscv64")
        self.assertEqual(marked.count('class="changed"'),
                         later.count('class="changed"') + 1)
        told = show_text.space(self.moments[1:], "riscv64")
        self.assertIn("0 of 4 pages, changed, 3 pages\n", told)
        self.assertIn("2 areas are gone", told)

    def test_a_heading_stands_once(self):
        page = show_html.page(
            "Space", self.moments, "riscv64",
            lambda m: show_svg.space_body([m], "riscv64", titled=False),
            lambda m: show_text.space([m], "riscv64"))
        self.assertEqual(page.count('class="title"'), 0)
        self.assertIn('id="told" class="heard"', page)

    def test_pictures_have_a_background(self):
        for drawn in (show_svg.space(self.moments, "riscv64"),
                      flame_svg.draw(flame_stacks.Node("x", False, None),
                                     "a program")):
            self.assertIn('<rect width="100%" height="100%" class="page"/>',
                          drawn)
            self.assertIn("@media(prefers-color-scheme:dark)", drawn)

    def test_flags_are_explained(self):
        told = show_text.space(self.moments[:1], "riscv64")
        self.assertNotIn("anoned", told)
        for flag in ("anon", "growsdown"):
            self.assertIn(f", {flag}", told)
            self.assertIn(f"  {flag}: ", told)
        self.assertNotIn("  nohuge: ", told)

    def test_a_walk(self):
        told = show_text.walk(self.moments[:1], 0x20001234, "riscv64")
        self.assertIn("level 0: entry 1 of T4 (frame 0x01003) = "
                      "0x00000000900004d7 [V R W U A D], frame 0x240001: a page",
                      told)
        self.assertIn("physical address 0x240001234", told)
        told = show_text.walk(self.moments[:1], 0x40001234, "riscv64")
        self.assertIn("a superpage\n  physical address 0x280001234", told)
        told = show_text.walk(self.moments[:1], 0x20003000, "riscv64")
        self.assertIn("no translation: a page fault", told)
        told = show_text.walk(self.moments[:1], 0x30000000, "riscv64")
        self.assertIn("in no area", told)
        self.assertIn("= 0, nothing is there", told)

    def test_pictures_are_well_formed(self):
        for text in (show_svg.space(self.moments, "riscv64"),
                     show_svg.walk(self.moments, 0x20001234, "riscv64")):
            ElementTree.fromstring(text)
        page = show_html.page(
            "A <title>", self.moments, "riscv64",
            lambda m: show_svg.space_body([m], "riscv64"),
            lambda m: show_text.space([m], "riscv64"))
        self.assertIn("A &lt;title&gt;", page)
        self.assertNotIn("http", re.sub('xmlns="[^"]*"', "", page))

    def test_a_time_that_is_none(self):
        status, _, err = units.lectern("show", "space", "--timeout", "nan",
                                       "--", "x")
        self.assertEqual(status, 2)
        self.assertIn("--timeout: invalid", err)

    def test_what_is_no_record_is_told(self):
        with self.assertRaises(Failure):
            show_record.read("moment 8 fork\nhello", "riscv64", {})

    def test_moments_are_sorted(self):
        self.assertEqual(show.sort_moments(
            ["fork", "SIGSEGV", "main", "a.c:12"]),
            (["fork", "11"], ["main", "a.c:12"]))
        with self.assertRaises(Failure):
            show.sort_moments(["SIGNONE"])
        with self.assertRaises(Failure):
            show.sort_moments(["a b"])


class Jobs(units.Case):
    """The list of what runs is made of the tests' tables."""

    def setUp(self):
        self.top = self.copied(*(
            os.path.relpath(path, TOP) for kind in (
                "tiers/t*", "tiers_rows.py", "programs_*.py", "judges_*.py")
            for path in glob.glob(os.path.join(jobs.RUN, kind))))
        run = os.path.join(self.top, "test/run")
        self.patch(jobs, RUN=run)
        self.patch(tiers_rows, HERE=os.path.join(run, "tiers"))

    def append(self, name, text):
        path = os.path.join(jobs.RUN, name)
        units.write(path, units.read(path) + text)

    def test_each_kind_of_table(self):
        self.append("tiers/t4.tbl", "one-package: # a | job\n\ttrue\n")
        self.append("tiers/t1.out", "two: does | not\n")
        self.append("programs_full.py",
                    "PACKAGES = ('p-a', 'p-b')\n"
                    "case('p-a, p-b: a case', '', '')\n"
                    "case('no-such-package: a case', '', '')\n")
        page = jobs.docs()
        self.assertIn("\n| one-package | a \\| job | tiers |\n", page)
        self.assertIn("\n| p-a | a case | programs-full |\n", page)
        self.assertIn("\n| p-b | a case | programs-full |\n", page)
        self.assertIn("\n| two | does \\| not |\n", page)
        self.assertNotIn("no-such", page)
        self.assertRegex(page, r"\n\| fio \| stress-ng .* \| judges \|\n")
        self.assertRegex(page, r"\n\| sed \| each of its programs; .*\n")
        count = int(re.search(r"^(\d+) packages", page, re.M)[1])
        rows = page.partition("| package |")[2].partition("##")[0]
        self.assertEqual(rows.count("\n|") - 1, count)
        self.assertGreaterEqual(count, 120)

    def test_a_row_without_its_job(self):
        self.append("tiers/t3.tbl", "one-package: true\n")
        with self.assertRaisesRegex(Failure, "t3.tbl: one-package: its first"):
            jobs.docs()

    def test_lines_that_are_no_rows(self):
        for name, text, why in (
                ("t3.tbl", "one-package\n", r"t3.tbl:\d+: no row"),
                ("t3.tbl", "a: # b\na: # c\n", "t3.tbl: twice: a"),
                ("t1.out", "one-program\n", r"t1.out:\d+: no reason")):
            path = os.path.join(tiers_rows.HERE, name)
            before = units.read(path)
            self.append("tiers/" + name, text)
            with self.assertRaisesRegex(Failure, why):
                jobs.docs()
            units.write(path, before)


class Chapters(units.Case):
    """The chapters of the book, where they tell how many."""

    # what it says, and where that stands
    COUNTS = ((r"compares ([\d,]+) random", "test/host/test_vma.c",
               r'option\("OPS", (\d+)\)'),
              (r"fewer than (\d+) pages", "topics/sharedtables/tableshare.c",
               r"define SHARE_MIN\s+(\d+)"))

    def setUp(self):
        self.book = "\n".join(units.read(page)
                              for page in commands_table.BOOK)

    def test_what_a_command_counts_is_not_told(self):
        found = re.findall(
            r"\S*(?:\d|dozen|ten|teen|twelve|ty|hundred|thousand)\S*"
            r"\s+(?:instructions|lines)\b|\d+ on i386", self.book)
        self.assertEqual(found, [])

    def test_counts_are_those_of_the_sources(self):
        for said, path, pattern in self.COUNTS:
            there = re.search(pattern, units.read(path))[1]
            self.assertEqual(re.search(said, self.book)[1].replace(",", ""),
                             there, path)


class Shape(units.Case):
    def test_functions(self):
        text = ["static int one(int a,\n", "\t\tint b)\n", "{\n", "\tx();\n",
                "}\n", "\n", "struct s {\n", "\tint a;\n", "};\n"]
        self.assertEqual(list(shape.functions(text)), [("one", 3)])

    def test_code_lines(self):
        self.assertEqual(shape.code_lines(
            "/* one */ int a;\n\n/*\n * two\n */\n// three\n"
            'char *s = "/* no comment";\n#define X 1\n'), 3)
        self.assertEqual(shape.code_lines(
            "#include <x.h>\n# words\n\tnop\t# more\n", True), 2)

    def test_table(self):
        self.assertEqual(shape.parts(
            "# words\na 7  what it is\n\tx y\n\tz\n\nb 2  more\n\tx\n"),
            [("a", 7, ["x", "y", "z"]), ("b", 2, ["x"])])
        self.assertEqual(shape.contract(
            "/* arch_no() */\nvoid arch_a(int arch_x);\nint arch_b(void);\n"
            "void arch_a(int);\n"), 2)

    def test_circles(self):
        """Of those that include each other, over any number of steps."""
        graph = {"a": {"b"}, "b": {"c"}, "c": {"a", "d"}, "d": {"e"},
                 "e": {"d"}, "f": {"a"}}
        self.assertEqual(shape.largest_circle(graph), ["a", "b", "c"])
        self.assertEqual(shape.largest_circle({"a": {"b"}}), ["a"])
        self.assertIn("mm/frames/page", shape.includes()["mm/space/fault"])

    def test_compares_with_an_earlier_commit(self):
        """What was not there then has grown from nothing; nothing fails."""
        size = {"reader": 7, "contract": 40}
        with mock.patch.object(shape, "earlier", lambda since: "abc"), \
                mock.patch.object(shape, "weights_at", lambda c: {"reader": 9}):
            text = shape.report_parts(size, {"reader": 5, "contract": ""})
        self.assertRegex(text, r"part +size +goal +since abc\n"
                         r"reader +7 +5 +-2\ncontract +40 +\+40\n")

    def test_a_goal_is_a_band(self):
        goals = {"reader": 100, "contract": ""}
        self.assertEqual(shape.heavy({"reader": 110, "contract": 40}, goals),
                         [])
        line, = shape.heavy({"reader": 111, "contract": 40}, goals)
        self.assertIn("\nwarning: reader has 111 lines",
                      shape.warnings([line]))
        self.assertEqual(shape.warnings([]), "")
        self.assertEqual(shape.over_goal("mm", {"long": [], "files": [
            (shape.LONG_IN_CORE + 4, "mm/a.c"),
            (2 * shape.LONG_IN_CORE, "mm/b.c")]}),
            [f"mm/b.c has {2 * shape.LONG_IN_CORE} lines"])

    def test_without_git_there_is_no_trend(self):
        self.patch(shape, _git=lambda *words: None)
        self.assertIsNone(shape.earlier())
        self.fails("--since v9", shape.earlier, "v9")
        for words, why in ((["--shape"], "--since v9: git"),
                           ([], "--since goes with --shape")):
            status, _, err = units.lectern("doctor", *words, "--since", "v9")
            self.assertIn(why, err)
            self.assertNotEqual(status, 0)


if __name__ == "__main__":
    units.main()
