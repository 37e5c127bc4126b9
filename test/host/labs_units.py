#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""labs_units.py - the labs: the cutter, the table, keyed lines, points, formats
of results, submissions of every kind, what is exported."""
import contextlib
import gzip
import io
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tarfile
import time
import tracemalloc
import zipfile
from types import SimpleNamespace
from unittest import mock
from xml.etree import ElementTree

sys.dont_write_bytecode = True
import units  # noqa: E402
import labs_submissions  # noqa: E402
import labs_told  # noqa: E402
from units import Failure, TOP  # noqa: E402
from driver.course import (lab_checks, lab_cut, lab_export,  # noqa: E402
                           lab_extract,
                           lab_formats, lab_grade, lab_lines, lab_machine,
                           lab_mutants, lab_prove, lab_sandbox,
                           lab_submission, lab_submit, lab_texts, lab_tree,
                           lab_watch, lab_where, lab_work, labs)
from driver.common import ARCHES, MACHINES  # noqa: E402

HOLE = """int f(void)
{
	/* lab cow: begin */
	int x = 1;

	return x;
	/* lab cow: end, else return 0; */
}
"""
TABLE = """title  A lab
chapter 5
hours 8
files a.c b.c
program p  append=fork=eager mem=64M add=user/bin/echo:/lab/echo
program q  source=p disk=4M
check boots 0 p mandatory
check one  10 p budget=500 budget.i386=700
check two  20 q needs=one hidden
"""


def table(text=TABLE):
    return labs.read_table(labs.Lab("04-cow", "/nowhere"), "lab.tbl", text)


class Cutter(units.Case):
    def test_cut(self):
        text, holes = lab_cut.cut_text("f.c", HOLE, "cow")
        self.assertEqual(holes, 1)
        self.assertEqual(text, "int f(void)\n{\n\t/* TODO (lab cow): write "
                         "this part. */\n\treturn 0;\n}\n")

    def test_other_labs_stay(self):
        self.assertEqual(lab_cut.cut_text("f.c", HOLE, "walk"), (HOLE, 0))

    def test_no_replacement_and_several_lines(self):
        for end, instead in (("", []), (", else a;\\nb;", ["\ta;", "\tb;"])):
            text = HOLE.replace(", else return 0;", end)
            lines = lab_cut.cut_text("f.c", text, "cow")[0].splitlines()
            self.assertEqual(lines[3:-1], instead)

    def test_assembler(self):
        for sign in ("#", "//"):
            text = f"{sign} lab cow: begin\n\tret\n{sign} lab cow: end\n"
            self.assertEqual(lab_cut.cut_out("f.S", text, "cow"), ["\tret"])

    def test_wrong_markers(self):
        for text, why in (
                (HOLE.replace("cow: end", "walk: end"), "f.c:7: no hole of"),
                (HOLE.replace("cow: begin", "cow: began"), "f.c:3: not a"),
                (HOLE + "/* lab cow: begin */\n", "f.c:9: .* never ends"),
                (HOLE + "/* lab cow: end */\n", "f.c:9: no hole"),
                ("/* lab a: begin */\n/* lab b: begin */\n", "f.c:2: .*in ano")
        ):
            with self.assertRaisesRegex(lab_cut.BadMark, why):
                lab_cut.find_holes("f.c", text)

    def test_every_skeleton_differs(self):
        for lab in labs.load_labs().values():
            real = lab_prove.real_texts(lab)
            cut = lab_prove.skeleton_texts(lab, real)
            for path in real:
                self.assertNotEqual(real[path], cut[path], path)
                self.assertNotIn(f"lab {lab.name}: ".encode(), cut[path])


class Table(units.Case):
    def test_all_keys(self):
        lab = table()
        self.assertEqual((lab.number, lab.name, lab.hours), (4, "cow", 8))
        self.assertEqual(lab.files, ["a.c", "b.c"])
        p = lab.programs["p"]
        self.assertEqual((p.append, p.mem, p.adds), (
            ["fork=eager"], "64M", [("user/bin/echo", "/lab/echo")]))
        self.assertEqual(lab.programs["q"].source, "p")
        self.assertEqual((p.disk, lab.programs["q"].disk), (0, 4))
        one, two = lab.checks["one"], lab.checks["two"]
        self.assertEqual(one.case("riscv64"), "one:500")
        self.assertEqual(one.case("i386"), "one:700")
        self.assertTrue(two.hidden and two.needs == ["one"])
        self.assertEqual([c.name for c in lab.public()], ["boots", "one"])

    def test_kernels(self):
        lab = table(TABLE + "program r check=tlb,lock\ncheck three 5 r "
                    "except=i386\n")
        self.assertEqual(lab.kernels("i386"), {"i386": ()})
        self.assertEqual(lab.kernels("arm64"), {
            "arm64": (), "arm64-lock+tlb": ("lock", "tlb")})

    def test_holes_in_ports_are_in_their_machines(self):
        for files, machines in (
                ("a.c b.c", ARCHES), ("a.c arch/i386/b.c", ("i386",)),
                ("user/x/arch/i386/a.S arch/riscv/b.c", ("riscv64", "i386")),
                ("march/i386.c", ARCHES)):
            lab = table(TABLE.replace("a.c b.c", files))
            self.assertEqual(lab.machines, machines)
            self.assertEqual(lab.checks["one"].machines, machines)

    def test_all_machines_but_one(self):
        lab = table(TABLE + "check three 5 p except=i386\n")
        self.assertEqual(lab.checks["three"].machines,
                         tuple(a for a in ARCHES if a != "i386"))

    def test_a_machine_that_a_lab_is_not_for(self):
        lab = table(TABLE.replace("a.c b.c", "arch/i386/b.c"))
        self.assertEqual(lab.machines_for(None), ["i386"])
        self.assertEqual(lab.machines_for("i386"), ["i386"])
        with self.assertRaisesRegex(Failure, "lab 4 is for i386.*not riscv64"):
            lab.machines_for("riscv64")
        options = SimpleNamespace(arch="riscv64", no_install=True, wrong="-",
                                  lab="cow", each=False, no_sandbox=True,
                                  format="own", meta=None, json=None)
        self.patch(lab_grade, find_submissions=lambda *words: [],
                   chosen_lab=lambda *words: lab)
        for module, act, what in ((lab_work, lab_work.check_lab, "cow"),
                                  (lab_prove, lab_prove.prove_lab, "cow"),
                                  (lab_grade, lab_grade.grade_labs, ["."])):
            self.patch(module, load_labs=lambda: {"cow": lab})
            with self.assertRaisesRegex(Failure, "not riscv64"):
                act(options, what)

    def test_mistakes_name_their_line(self):
        for line, why in (("check x 10 r", "no program r"),
                          ("check x ten p", "ten is no number"),
                          ("check one 1 p", "one comes twice"),
                          ("check x 1 p needs=late", "x needs late"),
                          ("check x 1 p except=vax", "no machine vax"),
                          ("check X 1 p", "X is no name"),
                          ("check x 1", "check is ID"),
                          ("title again", "title comes twice"),
                          ("trail maybe", "maybe"), ("hidden 1", "COUNT"),
                          ("program p", "program p comes twice"),
                          ("program z add=x", "add=x is no word"),
                          ("program z check=tbl", "no such checker"),
                          ("colour red", "no key colour")):
            with self.assertRaisesRegex(labs.BadTable, "lab.tbl:10: .*" + why):
                table(TABLE + line + "\n")
        with self.assertRaisesRegex(labs.BadTable, "has no hours"):
            table(TABLE.replace("hours 8\n", ""))

    def test_every_text_has_the_points(self):
        for lab in labs.load_labs().values():
            self.assertEqual(list(lab_texts.text_findings(lab, TOP)), [])

    def test_wrong_points_in_a_text(self):
        lab = table()
        good = "| `boots` | 0 | x |\n| `one` | 10 | x |\n" \
               "| hidden checks | 20 | x |\n"
        for text, count in ((good, 0), (good.replace("10", "9"), 1),
                            (good.replace("`one`", "`two`"), 2),
                            (good.replace("hidden", "other"), 1)):
            self.assertEqual(len(list(lab_texts._points(lab, "t", text))),
                             count, text)

    def test_machines_of_a_wrong_solution(self):
        for paths, machines in (
                (["arch/i386/a.c"], ["i386"]),
                (["arch/riscv/a.c", "mm/b.c"], ["riscv64", "i386"]),
                (["user/rtld/arch/riscv/a.S"], ["riscv64"])):
            text = "Loses: one\nWhy: x\n\n" + "".join(
                f"--- a/{path}\n+++ b/{path}\n" for path in paths)
            wrong = lab_prove.Wrong("w", text, ["one"])
            self.assertEqual(wrong.machines(["riscv64", "i386"]), machines)

    def test_every_lab_is_whole(self):
        for lab in labs.load_labs().values():
            self.assertEqual(lab.points(), 100, lab.name)
            self.assertTrue(any(c.mandatory for c in lab.checks.values()))
            wrong = lab_prove.wrong_solutions(lab)
            self.assertGreaterEqual(len(wrong), 10, lab.name)
            files = [set(o.files) for o in labs.load_labs().values()]
            self.assertEqual(len(set().union(*files)), sum(map(len, files)))

    def test_checks_ask_the_port(self):
        """A new port has a folder in arch/; only lab 13 is for two machines."""
        sources = [os.path.join(folder, name)
                   for folder, _, names in os.walk(labs.labs_folder())
                   for name in names if name.endswith((".c", ".h"))]
        self.assertGreater(len(sources), 50)
        for path in sources:
            if not re.search("/labs/(arch|13-port)/", path):
                self.assertNotRegex(units.read(path),
                                    "__(riscv|i386|x86_64|aarch64)", path)


SECRET = b"s" * lab_lines.SECRET_SIZE
KEY = lab_lines.key_of(SECRET)


def line(number, kind, case, text="", nonce="n1", key=KEY):
    body = f"{nonce} {number} {kind} {case} {text}".encode()
    return b"lab: " + body + b" " + lab_lines.keyed(key, body)


class Lines(units.Case):
    def read(self, *lines):
        reader = lab_lines.Reader(KEY, "n1")
        for each in lines:
            reader.feed(each)
        return reader

    def test_results(self):
        r = self.read(line(1, "begin", "a"), line(2, "note", "a", "took 3"),
                      line(3, "pass", "a"), line(4, "begin", "b"),
                      line(5, "fail", "b", "expected 1"), line(6, "end", "-"))
        self.assertTrue(r.ended and r.results["a"].passed)
        self.assertEqual(r.results["a"].notes, ["took 3"])
        self.assertEqual((r.results["b"].passed, r.results["b"].text),
                         (False, "expected 1"))
        self.assertEqual(r.forged, 0)

    def test_forged_lines_count_for_nothing(self):
        begin = line(1, "begin", "a")
        for forged in (line(2, "pass", "a", key=b"x" * 32),
                       line(3, "pass", "a"), line(2, "pass", "a", nonce="n2"),
                       line(2, "pass", "a").replace(b"pass", b"end "),
                       b"lab: n1 2 pass a  " + b"0" * 64):
            r = self.read(begin, forged)
            self.assertIsNone(r.results["a"].passed, forged)

    def test_replayed_line(self):
        r = self.read(line(1, "begin", "a"), line(1, "begin", "a"))
        self.assertEqual((r.next, r.forged), (2, 1))

    def test_pass_after_fail_changes_nothing(self):
        r = self.read(line(1, "begin", "a"), line(2, "fail", "a", "x"),
                      line(3, "pass", "a"))
        self.assertFalse(r.results["a"].passed)

    def test_beside_other_output(self):
        r = self.read(b"[ 0.1] x" + line(1, "begin", "a") + b"\r")
        self.assertIn("a", r.results)

    def test_lines_of_a_hostile_kernel_cost_little(self):
        """4 MiB of them are what a machine may print."""
        for text in (b"lab: n1 2 pass x " * 3800,
                     (b"lab: n1 2 pass x " + b"0" * 63 + b" ") * 800,
                     b"lab: n1 2 pass x " + b" " * 64000,
                     b"lab: n1 2 pass x " + (b" " + b"0" * 64) * 1000):
            before = time.process_time()
            self.read(*[text] * 64)
            self.assertLess(time.process_time() - before, 10, text[:40])

    def test_stamp(self):
        unset = lab_lines.UNSET
        place = unset.ljust(lab_lines.SECRET_SIZE, b"\0")
        self.assertEqual(lab_lines.stamp_program(b"a" + place + b"b", SECRET),
                         b"a" + SECRET + b"b")
        for data, secret in ((b"none", SECRET), (place * 2, SECRET),
                             (place, b""), (place, place)):
            self.assertRaises(lab_lines.NoKey, lab_lines.stamp_program, data,
                              secret)

    def test_same_code_in_c(self):
        """sha256.c against Python, for messages of many lengths."""
        folder = self.folder()
        labs_c = os.path.join(TOP, "course", "labs")
        units.write(f"{folder}/m.c", """
#include "sha256.h"
#include <stdio.h>
#include <string.h>
int main(void)
{
	static char text[1000];
	unsigned char mac[32];
	for (int n = 0; n < 1000; n += 7) {
		memset(text, 'a' + n % 26, n);
		hmac_sha256(mac, (const unsigned char *)
			    "kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk", 32, text, n);
		for (int i = 0; i < 32; i++)
			printf("%02x", mac[i]);
		printf("\\n");
	}
	return 0;
}
""")
        subprocess.run(["gcc", "-Wall", "-Werror", "-fsanitize=undefined",
                        "-I", labs_c, "-o", f"{folder}/m", f"{folder}/m.c",
                        f"{labs_c}/sha256.c"], check=True)
        out = subprocess.run([f"{folder}/m"], capture_output=True, check=True)
        wanted = [lab_lines.keyed(b"k" * 32, bytes([97 + n % 26]) * n)
                  for n in range(0, 1000, 7)]
        self.assertEqual(out.stdout.split(), wanted)

    def folder_with_counter(self):
        """Return: a folder with what stands for a machine's counter"""
        folder = self.folder()
        units.write(f"{folder}/counter.h",
                    "static unsigned long long counter_ns(void)\n"
                    "{\n\tstatic unsigned long long n;\n\n"
                    "\treturn ++n;\n}\n")
        return folder

    def test_texts_of_what_failed(self):
        """check.c on this host, without what would change the host."""
        folder = self.folder()
        labs_c = os.path.join(TOP, "course", "labs")
        units.write(f"{folder}/m.c", """
#include "check.h"
#include <sys/time.h>
int lab_power_off(int how) { (void)how; _exit(0); }
/* no limit: this host's clock does not count instructions */
int lab_timer(__itimer_which_t which, const struct itimerval *restrict t,
	      struct itimerval *restrict old) { return which || !t || old; }
int lab_mount(const char *a, const char *b, const char *c, unsigned long d,
	      const void *e) { return a == b && c == e && d; }
static void child(void *arg)
{
	lab_check(arg != (void *)1, "I am child %d", 1);
}
static void family(void)
{
	pid_t pids[3];
	for (int i = 0; i < 3; i++)
		pids[i] = lab_fork(child, (void *)(intptr_t)i);
	for (int i = 2; i >= 0; i--)
		lab_join(pids[i]);
}
static void errors(void)
{
	lab_equal(-1, -EINVAL, "a call");
}
static void numbers(void)
{
	lab_equal(-1, 4, "a number");
}
static const struct lab_case cases[] = {
	{ "first", family }, { "again", family }, { "errors", errors },
	{ "numbers", numbers },
};
LAB_MAIN(cases)
""")
        subprocess.run(["gcc", "-std=gnu11", "-Wall", "-Werror",
                        "-D_GNU_SOURCE", "-I", labs_c,
                        "-I", self.folder_with_counter(),
                        "-include", "sys/mount.h", "-include", "sys/reboot.h",
                        "-include", "sys/time.h", "-Dreboot=lab_power_off",
                        "-Dmount=lab_mount", "-Dsetitimer=lab_timer",
                        "-o", f"{folder}/m",
                        f"{folder}/m.c", f"{labs_c}/check.c",
                        f"{labs_c}/sha256.c"], check=True)
        with open(f"{folder}/m", "rb") as f:
            program = lab_lines.stamp_program(f.read(), SECRET)
        units.write(f"{folder}/m", program, "wb")
        out = subprocess.run([f"{folder}/m", "n1", "first", "again", "errors",
                              "numbers"], capture_output=True,
                             check=True).stdout
        results = self.read(*out.split(b"\n")).results
        self.assertEqual({n: r.text for n, r in results.items()}, {
            "first": "in a child: I am child 1",
            "again": "in a child: I am child 1",
            "errors": "a call: expected -22 (Invalid argument), found -1 "
                      "(Operation not permitted)",
            "numbers": "a number: expected 4, found -1"})

    def test_console_is_bounded(self):
        console = lab_machine.Console(self.read())
        self.assertTrue(console.take(b"x" * 1000))
        self.assertFalse(console.take(b"y" * lab_machine.OUTPUT_MAX))
        self.assertLessEqual(len(console.rest), lab_machine.LINE_MAX)


class Watching(units.Case):
    """Which commands are stopped, and which only wait for their turn."""

    def setUp(self):
        self.patch(lab_watch, ASLEEP_SECONDS=3)

    def asleep_after(self, script, cpu=1000, wall=1000):
        """Return: seconds until the command counts as asleep, or None if it
        ends by itself"""
        child = subprocess.Popen(["sh", "-c", script], start_new_session=True)
        begin = time.monotonic()
        watch = lab_watch.Watch(child.pid, cpu, wall)
        try:
            while child.poll() is None:
                if watch.is_hopeless():
                    return time.monotonic() - begin
                time.sleep(0.05)
            return None
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
            child.wait()

    def test_sleeps_forever(self):
        for script in ("sleep 1000", "sleep 1000 | (sleep 1000; true)"):
            self.assertGreater(self.asleep_after(script), 3)

    def test_works(self):
        """A process far below that runs is enough, and so is one that runs
        now and then."""
        busy = "i=0; while [ $i -lt 400000 ]; do i=$((i+1)); done"
        for script in (busy * 1, f"(({busy})& wait); true",
                       "for i in 1 2 3 4 5 6; do sleep 1; done"):
            self.assertIsNone(self.asleep_after(script), script)

    def test_processes_that_are_born_and_die(self):
        """None is there for long, and none uses a CPU for long."""
        self.assertGreater(self.asleep_after(
            "while :; do sleep 0.5; done", wall=3), 3)
        self.assertIsNotNone(self.asleep_after(
            "while :; do (i=0; while [ $i -lt 9999 ]; do i=$((i+1)); done); "
            "done", cpu=1))

    def test_waits_for_a_cpu(self):
        child = subprocess.Popen(["sh", "-c", "while :; do :; done"])
        try:
            self.assertIsNone(lab_watch.activity(child.pid))
        finally:
            child.kill()
            child.wait()

    def test_a_build_writes_to_its_folders_alone(self):
        top = self.folder()
        for name in ("tree", "riscv64"):
            os.mkdir(f"{top}/{name}")
        units.write(f"{top}/riscv64.sources", "")
        self.patch(lab_sandbox, bare=list)      # what else a sandbox shows
        words = lab_sandbox.for_build(top)(["true"])
        places = [(words[i - 2], words[i - 1].removeprefix(top))
                  for i, word in enumerate(words)
                  if word.startswith(lab_sandbox.INSIDE + "/")]
        self.assertEqual(places, [("--bind", "/riscv64"),
                                  ("--ro-bind", "/tree")])
        self.assertNotIn(top, words)

    def test_a_build_that_sleeps_is_stopped(self):
        self.assertEqual(lab_sandbox.run_limited(["sleep", "1000"]),
                         (None, "the compiler made no progress"))


def result_of(passed, text=""):
    found = lab_lines.Result()
    found.passed, found.text = passed, text
    return found


class Points(units.Case):
    def judge(self, **by_machine):
        lab = table()
        return {v.check.name: v for v in lab_checks.judge(
            list(lab.checks.values()), by_machine)}

    def test_all_machines_must_pass(self):
        good = {n: result_of(True) for n in ("boots", "one", "two")}
        v = self.judge(riscv64=good, i386={**good,
                                           "one": result_of(False, "why")})
        self.assertEqual([x.state for x in v.values()],
                         ["pass", "fail", "skip"])
        self.assertEqual(v["one"].machines, {"i386": "why"})
        self.assertIn("one", v["two"].machines[""])
        self.assertEqual(sum(x.points for x in v.values()), 0)

    def test_mandatory_gates(self):
        v = self.judge(riscv64={"boots": result_of(False, "panic"),
                                "one": result_of(True),
                                "two": result_of(True)})
        self.assertEqual(sum(x.points for x in v.values()), 0)
        self.assertEqual(v["one"].state, "skip")

    def test_full_marks(self):
        v = self.judge(riscv64={n: result_of(True)
                                for n in ("boots", "one", "two")})
        self.assertEqual(sum(x.points for x in v.values()), 30)

    def test_notes_that_differ_from_run_to_run(self):
        good = {n: result_of(True) for n in ("boots", "one", "two")}
        for each in good.values():
            each.notes = ["took 5 instructions"]
        v = self.judge(riscv64=good)
        self.assertEqual(v["one"].notes, {"riscv64": good["one"].notes})
        self.assertEqual(v["two"].notes, {})        # its machine has a disk

    def test_what_did_not_run_is_no_pass(self):
        v = self.judge(riscv64={"boots": result_of(True)})
        self.assertEqual(sum(x.points for x in v.values()), 0)


class Machines(units.Case):
    """Which machines run, and what is said of checks that none got to."""

    def run_on(self, *machines):
        """machines: (results by check, why it ended) of one after the other.
        Return: {check: what is said of it}, the number of machines that ran"""
        def boot(arch, kernel, program, cases, **more):
            results, reason = machines[len(ran)]
            ran.append(cases)
            return lab_machine.Ended(
                {name: result_of(passed) for name, passed in results.items()},
                reason, reason == "end")
        ran = []
        self.patch(lab_machine, boot=boot)
        lab = table(TABLE + "check three 0 p\n")
        found = lab_checks.run_machine(lab, list(lab.checks.values()), "i386",
                                       "/f", "/k/".__add__)
        return {n: r.text or r.passed for n, r in found.items()}, len(ran)

    def test_a_panic_at_boot_is_told_once(self):
        said, ran = self.run_on(({}, "the kernel panicked: x"))
        self.assertEqual(ran, 1)
        self.assertEqual(said.pop("boots"),
                         "it did not begin: the kernel panicked: x")
        self.assertEqual(said, dict.fromkeys(("one", "two", "three"),
                                             "not reached: see boots"))

    def test_nothing_runs_behind_a_mandatory_check_that_hangs(self):
        said, ran = self.run_on(({"boots": None}, lab_machine.STUCK))
        self.assertEqual(ran, 1)
        self.assertEqual(said["boots"], lab_machine.STUCK)
        self.assertEqual(said["two"], "not reached: see boots")

    def test_another_machine_goes_on_behind_other_checks(self):
        said, ran = self.run_on(({"boots": True, "one": None}, "panic"),
                                ({"three": True}, "end"), ({}, "no"))
        self.assertEqual(ran, 3)
        self.assertEqual(said, {"boots": True, "one": "panic", "three": True,
                                "two": "it did not begin: no"})

    def test_two_stuck_machines_are_enough(self):
        stuck = lab_machine.STUCK + "; more"
        said, ran = self.run_on(({"boots": True, "one": None}, stuck),
                                ({"three": None}, stuck), ({}, "no"))
        self.assertEqual(ran, 3)
        self.assertEqual((said["one"], said["three"]), (stuck, stuck))


class Demands(units.Case):
    """wrong/demands.md: what a lab asks for, and what notices it."""
    ROW = re.compile(r"^\| (?!asked for)([^-|][^|]*) \| ([^|]*) \| ([^|]*) \|$",
                     re.M)

    def test_tables(self):
        for lab in labs.load_labs().values():
            path = os.path.join(lab.path, "wrong", "demands.md")
            wrongs = {w.name.removesuffix(".patch"): w
                      for w in lab_prove.wrong_solutions(lab)}
            seen, checks = set(), set()
            for _, named, losers in self.ROW.findall(units.read(path)):
                named = set(re.findall(r"`([a-z0-9-]+)`", named))
                losers = set(filter(None, losers.split(", ")))
                self.assertLessEqual(losers, set(wrongs), path)
                self.assertLessEqual(named, set(lab.checks), path)
                self.assertTrue(named, path)
                for name in losers:
                    self.assertTrue(named & set(wrongs[name].loses),
                                    f"{path}: {name}")
                seen |= losers
                checks |= named
            self.assertEqual(seen, set(wrongs), path)
            self.assertEqual(checks, set(lab.checks), path)


class Mutants(units.Case):
    """One-line faults in the parts of a lab."""
    TEXT = (b"int f(int a)\n{\n\tg(a);\n\t/* lab cow: begin */\n"
            b"\th(a);\n\tif (a)\n\t\treturn 1;\n"
            b"\t/* lab cow: end */\n\treturn k(a + 1);\n}\n")

    def proof(self, points):
        """A proof in which each solution gets so many points."""
        def judge(texts, arches):
            tried.append(texts["a.c"])
            if points is None:
                raise lab_tree.Uncompiled("no")
            return [SimpleNamespace(
                state="pass" if points else "fail", points=points,
                check=SimpleNamespace(name="one", points=5, mandatory=False))]
        tried, said = [], []
        lab = SimpleNamespace(name="cow", path="/nowhere")
        return SimpleNamespace(
            lab=lab, real={"a.c": self.TEXT}, judge=judge, tried=tried,
            said=said, machines_of=lambda path: ["i386"],
            tell=lambda good, text: said.append((good, text)))

    def test_only_the_parts(self):
        proof = self.proof(5)
        found = lab_mutants.of_lab(proof.lab, proof.real)
        self.assertEqual(sorted(found), [
            "a.c f: check if a", "a.c f: condition if a",
            "a.c f: constant return 1", "a.c f: statement h"])

    def prove(self, points, reasons, compiled="a.c", **options):
        proof = self.proof(points)
        self.patch(lab_mutants, kept=lambda lab: reasons)
        lab_mutants.prove(proof, lab_mutants.choose(
            proof.lab, proof.real, SimpleNamespace(**{
                "mutant": None, "mutants": None, "seed": 1, **options}),
            lambda path: path.endswith(compiled)))
        return proof

    def test_who_keeps_all_points_needs_a_reason(self):
        name = "a.c f: statement h"
        for points, reasons, good, said in (
                (5, {}, False, "keeps all points"),
                (5, {name: "why"}, True, "keeps all points: why"),
                (0, {}, True, "loses one"),
                (0, {name: "why"}, False, "though"),
                (None, {}, True, "does not compile")):
            proof = self.prove(points, reasons, mutant="statement h")
            self.assertEqual(proof.said[-1][0], good, said)
            self.assertIn(said, proof.said[-1][1])
            self.assertNotIn(b"h(a)", proof.tried[0])
            self.assertIn(b"g(a)", proof.tried[0])

    def test_a_reason_for_nothing(self):
        proof = self.prove(0, {"a.c f: statement gone": "why"}, mutants=1)
        self.assertIn((False, "wrong/kept.txt: no mutant is called "
                       "a.c f: statement gone"), proof.said)
        self.assertEqual(len(proof.tried), 1)

    def test_a_sample_of_what_is_compiled(self):
        for compiled, tried in (("a.c", 1), ("b.c", 0)):
            proof = self.prove(0, {}, compiled=compiled, mutants=1)
            self.assertEqual(len(proof.tried), tried)

    def test_a_text_in_no_name(self):
        with self.assertRaisesRegex(Failure, "no mutant's name holds 'x'"):
            self.prove(0, {}, mutant="x")

    def test_a_machine_that_does_not_compile_it(self):
        proof = self.proof(5)
        proof.machines_of = lambda path: []
        found = lab_mutants.of_lab(proof.lab, proof.real)
        self.patch(lab_mutants, kept=lambda lab: {})
        lab_mutants.prove(proof, found)
        self.assertEqual({good for good, _ in proof.said}, {True})
        self.assertIn("is for another machine", proof.said[0][1])

    def test_an_option_that_would_be_ignored(self):
        for given in ({"mutants": 0, "mutant": "x"}, {"seed": 1},
                      {"mutants": 5, "wrong": "x"}, {"mutant": "x",
                                                     "wrong": "x"}):
            options = {"mutants": None, "mutant": None, "seed": None,
                       "wrong": None, **given}
            with self.assertRaises(Failure, msg=given):
                lab_mutants.check_options(SimpleNamespace(**options))


class Looks(units.Case):
    def test_functions_by_number(self):
        said = lab_where.tell([0x80, 0x105, 0x10c, 0x200, 0x999, 0x998, 0x997],
                              [0x100, 0x200, 0x300], ["a", "b", "c"])
        self.assertEqual(said, "; in 7 looks the CPU was in c (3), a (2), "
                         "b (1), code that is not the kernel's (1)")

    def test_answers_of_the_monitor(self):
        for line, value in ((b" pc       ffffffc000200124\r\n x1", 0x0124),
                            (b"EIP=c0101234 EFL=00000046 [---", 0x1234),
                            (b" PC=ffffff8040200124 X00=00", 0x0124)):
            found = lab_where.COUNTER.search(line)
            self.assertEqual(int(found[1], 16) & 0xffff, value)


class Told(units.Case):
    """What `lab check` prints below the checks."""

    def check(self, passed):
        def run(lab, checks, arches, told):
            return lab_checks.judge(checks, {"i386": {
                c.name: result_of(passed) for c in checks}})
        self.patch(lab_checks, build_and_run=run)
        self.patch(lab_work.packages, require=lambda *words: None)
        options = SimpleNamespace(arch="i386", no_install=True, trail=False)
        return units.printed(lab_work.check_lab, options, "cow")

    def test_how_to_see_more_of_a_failure(self):
        status, out = self.check(False)
        self.assertEqual(status, 1)
        self.assertIn("LAB_CONSOLE=FILE ./lectern lab check 4", out)

    def test_success(self):
        status, out = self.check(True)
        self.assertEqual(status, 0)
        self.assertIn("public checks passed: 90 points", out)
        self.assertNotIn("LAB_CONSOLE", out)


class Submissions(units.Case):
    FILES = ["mm/a.c", "mm/b.c"]

    def take(self, path):
        return lab_submission.Submission(
            lab_submission.open_submission(path), self.FILES)

    def refused(self, path, why):
        with self.assertRaisesRegex(lab_submission.Unusable, why) as caught:
            self.take(path)
        self.assertNotIn("\n", str(caught.exception))

    def test_folder(self):
        top = self.folder()
        units.write(f"{top}/x/mm/a.c", "A")
        units.write(f"{top}/x/meson.build", "evil")
        units.write(f"{top}/x/a\nb", "")
        found = self.take(top)
        self.assertEqual(found.texts, {"mm/a.c": b"A"})
        self.assertEqual(sorted(found.foreign), ["a\nb", "meson.build"])

    def test_links(self):
        top = self.folder()
        os.makedirs(f"{top}/mm")
        os.symlink("/etc/passwd", f"{top}/mm/a.c")
        self.refused(top, "mm/a.c is a link")
        other = self.folder()
        os.symlink(f"{top}/mm", f"{other}/mm")
        units.write(f"{other}/lab.json", "{}")
        self.refused(other, "mm is a link")

    def test_a_folder_or_a_pipe_in_place_of_a_file(self):
        top = self.folder()
        os.makedirs(f"{top}/mm/a.c")
        units.write(f"{top}/lab.json", "[1]")
        self.assertEqual(self.take(top).texts, {})
        os.rmdir(f"{top}/mm/a.c")
        os.mkfifo(f"{top}/mm/a.c")
        self.refused(top, "no ordinary file")

    def test_too_many_and_too_large(self):
        top = self.folder()
        for i in range(lab_submission.FILES_MAX + 1):
            units.write(f"{top}/f{i}", "")
        self.refused(top, "more than 5000 files")
        top = self.folder()
        units.write(f"{top}/mm/a.c", "x" * (lab_submission.FILE_MAX + 1))
        self.refused(top, "larger than 1 MiB")

    def test_archives(self):
        top = self.folder()
        for name, mode in (("t.tar", "w"), ("t.tar.gz", "w:gz"),
                           ("t.tar.xz", "w:xz")):
            with tarfile.open(f"{top}/{name}", mode) as archive:
                member = tarfile.TarInfo("./alice/mm/b.c")
                member.size = 1
                archive.addfile(member, io.BytesIO(b"B"))
                up = tarfile.TarInfo("../../etc/evil")
                archive.addfile(up, io.BytesIO())
            found = self.take(f"{top}/{name}")
            self.assertIn(found.texts, ({}, {"mm/b.c": b"B"}))
            self.assertIn("../../etc/evil", found.foreign)
        with zipfile.ZipFile(f"{top}/t.zip", "w") as archive:
            archive.writestr("mm/a.c", "Z")
        self.assertEqual(self.take(f"{top}/t.zip").texts, {"mm/a.c": b"Z"})

    def test_damaged_archives(self):
        top = self.folder()
        with zipfile.ZipFile(f"{top}/good.zip", "w") as archive:
            archive.writestr("mm/a.c", "Z" * 5000)
        data = open(f"{top}/good.zip", "rb").read()
        for cut in range(0, len(data), 97):
            units.write(f"{top}/cut.zip", data[:cut], "wb")
            with self.assertRaises(lab_submission.Unusable):
                self.take(f"{top}/cut.zip")
        units.write(f"{top}/x.tar.gz", b"\x1f\x8b123", "wb")
        self.refused(f"{top}/x.tar.gz", "neither|damaged")

    def test_bomb(self):
        top = self.folder()
        with zipfile.ZipFile(f"{top}/b.zip", "w",
                             zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("mm/a.c", b"\0" * (200 << 20))
        self.refused(f"{top}/b.zip", "larger than 1 MiB")

    def test_bomb_of_a_header(self):
        """A header of a tar archive may be as large as a file."""
        top, size = self.folder(), 200 << 20
        head = tarfile.TarInfo("pax")
        head.type, head.size = tarfile.XHDTYPE, size
        with gzip.open(f"{top}/b.tar.gz", "wb") as f:
            f.write(head.tobuf())
            for _ in range(size >> 20):
                f.write(bytes(1 << 20))
        tracemalloc.start()
        self.refused(f"{top}/b.tar.gz", "more than 64 MiB")
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        self.assertLess(most, 150 << 20)

    def test_folders_are_counted(self):
        top = self.folder()
        with tarfile.open(f"{top}/d.tar.gz", "w:gz") as archive:
            for i in range(lab_submission.FILES_MAX + 1):
                member = tarfile.TarInfo(f"d{i}")
                member.type = tarfile.DIRTYPE
                archive.addfile(member)
        self.refused(f"{top}/d.tar.gz", "more than 5000 files")
        for i in range(lab_submission.FILES_MAX + 1):
            os.makedirs(f"{top}/in/d{i}")
        self.refused(f"{top}/in", "more than 5000 files")

    def test_whatever_is_damaged(self):
        """Each byte of an archive in turn: read, or refused in one line."""
        top, text = self.folder(), bytes(random.Random(1).choices(
            b"abcdefgh", k=900))
        for name, mode in (("t.tar.gz", "w:gz"), ("t.tar.xz", "w:xz"),
                           ("t.tar.bz2", "w:bz2"), ("t.zip", None)):
            path = f"{top}/{name}"
            if mode:
                with tarfile.open(path, mode) as archive:
                    member = tarfile.TarInfo("mm/a.c")
                    member.size = len(text)
                    archive.addfile(member, io.BytesIO(text))
            else:
                with zipfile.ZipFile(path, "w", 8) as archive:
                    archive.writestr("mm/a.c", text)
            good = open(path, "rb").read()
            refused = 0
            for i in range(len(good)):
                units.write(path, good[:i] + bytes([good[i] ^ 0x5a])
                            + good[i + 1:], "wb")
                try:
                    self.assertLessEqual(len(self.take(path).texts), 1)
                except lab_submission.Unusable as why:
                    self.assertNotIn("\n", str(why))
                    self.assertNotIn(top, str(why))
                    refused += 1
            self.assertGreater(refused, len(good) // 2, name)

    def test_zip_in_a_tar(self):
        """An archive is of the kind that its first bytes say."""
        top, inner = self.folder(), io.BytesIO()
        with zipfile.ZipFile(inner, "w") as archive:
            archive.writestr("mm/a.c", "Z")
        with tarfile.open(f"{top}/t.tar", "w") as archive:
            for name, data in (("mm/a.c", b"T"), ("z", inner.getvalue())):
                member = tarfile.TarInfo(name)
                member.size = len(data)
                archive.addfile(member, io.BytesIO(data))
        self.assertEqual(self.take(f"{top}/t.tar").texts, {"mm/a.c": b"T"})

    def test_odd_members(self):
        """Devices, hard links, absolute names: nothing of them is read."""
        for kind, why in ((tarfile.CHRTYPE, "no ordinary file"),
                          (tarfile.FIFOTYPE, "no ordinary file"),
                          (tarfile.LNKTYPE, "a link"),
                          (tarfile.SYMTYPE, "a link")):
            top = self.folder()
            with tarfile.open(f"{top}/t.tar", "w") as archive:
                member = tarfile.TarInfo("mm/a.c")
                member.type, member.linkname = kind, "/etc/passwd"
                archive.addfile(member)
            self.refused(f"{top}/t.tar", "mm/a.c is " + why)
        with tarfile.open(f"{top}/e.tar", "w") as archive:
            pass
        self.assertEqual(self.take(f"{top}/e.tar").texts, {})

    def test_submit_is_read_back(self):
        top = self.folder()
        data = lab_submit.archive_of({"mm/a.c": b"A", "lab.json":
                                      b'{"lab": "cow", "student": "Ann"}'})
        units.write(f"{top}/s.tar.gz", data, "wb")
        found = self.take(f"{top}/s.tar.gz")
        self.assertEqual((found.texts, found.student, found.foreign),
                         ({"mm/a.c": b"A"}, "Ann", []))
        self.assertEqual(data, lab_submit.archive_of(
            {"lab.json": b'{"lab": "cow", "student": "Ann"}',
             "mm/a.c": b"A"}))

    def test_names_are_shown_in_one_line(self):
        self.assertEqual(lab_submission.shown("a\nb\x1b\u202e\udcff"),
                         "a\\nb\\x1b\\u202e\\udcff")

    def test_names_of_people_keep_their_letters(self):
        name = "Zo\u00eb M\u00fcller \u674e"
        self.assertEqual(lab_submission.shown(name), name)
        result = {**RESULT, "submission": name, "student": name}
        self.assertEqual(lab_formats.file_names([result]),
                         [name.replace(" ", "_")])
        self.assertIn(name, lab_formats.table_csv(table(), [result]))
        self.assertIn(name, lab_formats.report(result))
        self.assertIn(name, lab_formats.junit([result]))
        long = lab_formats.file_names([{"submission": "\u674e" * 80}])[0]
        self.assertLess(len(long.encode()), 250)

    def test_which_are_submissions(self):
        top = self.folder()
        units.write(f"{top}/ann/mm/a.c", "")
        os.makedirs(f"{top}/bob")
        self.assertEqual(set(lab_grade.find_submissions([top], self.FILES)),
                         {"ann", "bob"})
        self.assertEqual(set(lab_grade.find_submissions(
            [f"{top}/ann", f"{top}/ann"], self.FILES)), {"ann", "ann-2"})
        self.assertRaises(Failure, lab_grade.find_submissions,
                          [f"{top}/bob"], self.FILES)
        units.write(f"{top}/eve/in/mm/a.c", "")
        self.assertEqual(set(lab_grade.find_submissions(
            [f"{top}/{n}" for n in ("ann", "bob", "eve")], self.FILES, True)),
            {"ann", "bob", "eve"})
        self.assertRaises(Failure, lab_grade.find_submissions,
                          [f"{top}/none"], self.FILES)


RESULT = {"version": 1, "lab": "cow", "submission": "ann\x01<&\"", "student":
          "=1+1", "status": "graded", "problem": "", "points": 10, "of": 30,
          "replaced": ["meson.build"], "ignored": 1, "checks": [
              {"id": "one", "points": 10, "of": 10, "state": "pass",
               "hidden": False, "found": {}, "notes": {"i386": ["took 3"]}},
              {"id": "two", "points": 0, "of": 20, "state": "fail",
               "hidden": True, "found": {"riscv64": "<expected> 1"},
               "notes": {}}]}


class Extracts(units.Case):
    """What each student wrote, for programs that look for copies."""

    @classmethod
    def setUpClass(cls):
        cls.lab = labs.load_labs()["cow"]
        cls.skeleton = lab_prove.skeleton_texts(
            cls.lab, lab_prove.real_texts(cls.lab))
        cls.file = cls.lab.files[0]

    def submitted(self, top, name, change):
        """Write a submission whose first file is change(the skeleton's)."""
        units.write(f"{top}/{name}/{self.file}",
                    change(self.skeleton[self.file].decode()))

    def extract(self, top, *more):
        status, out, err = units.lectern("lab", "extract", top, *more)
        self.assertEqual(status, 0, err)
        return out, err

    def read(self, out, name):
        with open(os.path.join(out, name, self.file.replace("/", "-"))) as f:
            return f.read()

    def test_only_what_the_skeleton_does_not_have(self):
        top, out = self.folder(), self.folder()
        todo = re.compile(r".*TODO \(lab cow\).*\n")
        self.submitted(top, "alice", lambda text: todo.sub(
            "\tcopy();\n\treturn 7;\n", text, 1))
        # no marker is left, and the work is elsewhere
        self.submitted(top, "b o b", lambda text: todo.sub("", text)
                       + "int elsewhere;\n")
        said, _ = self.extract(top, "--lab", "cow", "--out", out)
        self.assertIn("2 extracts", said)
        self.assertEqual(sorted(os.listdir(out)), ["alice", "b_o_b"])
        self.assertEqual(self.read(out, "alice"),
                         "\tcopy();\n\treturn 7;\n\n")
        self.assertEqual(self.read(out, "b_o_b"), "int elsewhere;\n\n")

    def test_what_cannot_be_taken_is_told(self):
        top, out = self.folder(), self.folder()
        self.submitted(top, "same", str)
        self.submitted(top, "good", lambda text: text + "x\n")
        os.makedirs(f"{top}/link/{os.path.dirname(self.file)}")
        os.symlink("/etc/passwd", f"{top}/link/{self.file}")
        with tarfile.open(f"{top}/far.tar", "w") as archive:
            for name in ("/" + self.file, "../" + self.file):
                member = tarfile.TarInfo(name)
                member.size = 4
                archive.addfile(member, io.BytesIO(b"evil"))
        said, err = self.extract(top, "--lab", "4", "--out", out)
        self.assertIn("1 extracts", said)
        self.assertIn("3 submissions left out", said)
        self.assertIn("same: left out: the skeleton is unchanged", err)
        self.assertIn(f"link: left out: {self.file} is a link", err)
        self.assertIn("far.tar: left out: holds no file of the lab", err)
        self.assertEqual(os.listdir(out), ["good"])

    def test_nothing_is_written_over(self):
        top = self.folder()
        self.submitted(top, "good", lambda text: text + "x\n")
        status, _, err = units.lectern("lab", "extract", top, "--lab", "4",
                                       "--out", top)
        self.assertEqual(status, 2)
        self.assertIn("is not empty", err)

    def test_folders_have_plain_names_of_their_own(self):
        taken = set()
        self.assertEqual([lab_extract.plain_name(name, taken) for name in
                          ("-r", "a/..", "../x", "zoë m", "Zoë_m", ".")],
                         ["r", "a_..", "_x", "zoë_m", "Zoë_m-2", "_"])

    def test_a_long_file_takes_no_time(self):
        given = b"\n" * 500 + b"end\n"
        self.assertEqual(
            lab_extract.new_lines(given, b"}\n" * (1 << 19)).count(b"}"),
            1 << 19)


class Formats(units.Case):
    def test_gradescope(self):
        out = lab_formats.gradescope(RESULT)
        self.assertEqual(out["score"], 10)
        self.assertEqual([t["visibility"] for t in out["tests"]],
                         ["visible", "after_published"])
        self.assertEqual([t["status"] for t in out["tests"]],
                         ["passed", "failed"])

    def test_classroom50(self):
        meta = {key: "x" for key in lab_formats.META}
        out = lab_formats.classroom50(RESULT, meta)
        self.assertEqual(out["schema"], "classroom50/result/v1")
        self.assertEqual((out["score"], out["max-score"]), (10, 30))
        # its releases are public: nothing of a hidden check
        self.assertEqual(out["tests"][1]["output"], "")
        self.assertTrue({*lab_formats.META, "schema", "score", "max-score",
                         "tests"} == set(out))

    def test_meta(self):
        top = self.folder()
        for text in ("no json", "[]", '{"classroom": 1}'):
            units.write(f"{top}/m", text)
            self.assertRaises(Failure, lab_formats.read_meta, f"{top}/m")

    def test_junit(self):
        root = ElementTree.fromstring(lab_formats.junit([RESULT]))
        suite = root[0]
        self.assertEqual((suite.get("tests"), suite.get("failures")),
                         ("2", "1"))
        self.assertEqual(suite[1][0].get("message"), "riscv64: <expected> 1")
        empty = {**RESULT, "checks": [], "problem": "no file"}
        self.assertEqual(ElementTree.fromstring(
            lab_formats.junit([empty]))[0].get("failures"), "1")

    def test_table(self):
        lab = table()
        rows = lab_formats.table_csv(lab, [RESULT]).splitlines()
        self.assertEqual(rows[0].split(",")[-3:], ["boots", "one", "two"])
        self.assertIn(",'=1+1,cow,graded,10,30,0,10,0", rows[1])

    def test_report(self):
        text = lab_formats.report(RESULT)
        self.assertIn("replaced by the grader's own: meson.build", text)
        self.assertRegex(text, r"FAIL two +0 of 20 \(hidden\)")

    def test_no_two_reports_in_one_file(self):
        names = lab_formats.file_names([{"submission": n} for n in
                                        ("a b", "a_b", "..", "a?b")])
        self.assertEqual(names, ["a_b", "a_b-2", "submission", "a_b-3"])

    def test_written_files(self):
        top = self.folder()
        lab_formats.write_results(
            SimpleNamespace(format="gradescope", json=f"{top}/j", meta=None),
            table(), [RESULT], top)
        self.assertEqual(json.load(open(f"{top}/j"))["score"], 10)
        self.assertEqual(sorted(os.listdir(f"{top}/reports")),
                         ["ann____.results.json", "ann____.txt"])


class Generated(units.Case):
    """Submissions that are made to try the grader."""

    def test_each_kind_once(self):
        lab, top = labs.load_labs()["cow"], self.folder()
        expected = labs_submissions.make(lab, 0, f"{top}/in")
        self.assertEqual(len(os.listdir(f"{top}/in")), len(expected))
        families = {name.split("-")[1] for name in expected}
        self.assertEqual(families, set(labs_submissions.FAMILIES))
        found = lab_grade.find_submissions([f"{top}/in"], lab.files)
        self.assertEqual(len(found), len(expected))
        for name, path in found.items():
            with contextlib.suppress(lab_submission.Unusable):
                lab_submission.Submission(
                    lab_submission.open_submission(path), lab.files)

    def test_as_many_as_asked_for(self):
        for name in ("plt", "switch"):
            expected = labs_submissions.make(
                labs.load_labs()[name], 25, self.folder() + "/in")
            self.assertEqual(len(expected), 25)

    def test_judge(self):
        expected = {"1-right": (30, 30, []), "2-wrong": (0, 29, ["one"])}

        def found(first, second, **state):
            return len(list(labs_submissions.findings(expected, [
                {**RESULT, "submission": "1-right.tar.gz", "points": first,
                 "checks": []},
                {**RESULT, "submission": "2-wrong", "points": second,
                 "checks": [{"id": "one", "state": state.get("one", "fail")}]},
            ])))
        self.assertEqual(found(30, 20), 0)
        self.assertEqual(found(20, 30), 2)
        self.assertEqual(found(30, 20, one="pass"), 1)
        self.assertEqual(len(list(labs_submissions.findings(expected, []))), 2)


class Leftovers(units.Case):
    """Nothing of a submission is there when the next one's compilers start."""

    def setUp(self):
        self.base = lab_tree.WorkTree(self.folder())
        for name in ("a.o", "d/b.o", "e/c.o", "build.ninja"):
            path = f"{self.base.folder}/m/{name}"
            os.makedirs(os.path.dirname(path), exist_ok=True)
            units.write(path, "the base's")
        self.tree = lab_tree.WorkTree(self.folder() + "/w")
        shutil.copytree(self.base.folder, self.tree.folder)
        self.tree.remember(["m"])
        self.place = self.tree.folder + "/m"

    def spoil(self):
        """All that a program can do that runs in the build folder."""
        times = os.stat(f"{self.place}/a.o")
        units.write(f"{self.place}/a.o", "a student")
        os.utime(f"{self.place}/a.o", ns=(times.st_atime_ns,
                                          times.st_mtime_ns))
        os.remove(f"{self.place}/d/b.o")
        shutil.rmtree(f"{self.place}/e")
        os.symlink("d", f"{self.place}/e")
        os.makedirs(f"{self.place}/new/far")
        units.write(f"{self.place}/new/far/x", "left")
        os.remove(f"{self.place}/build.ninja")
        os.makedirs(f"{self.place}/build.ninja/x")

    def test_all_is_as_before(self):
        for _ in range(2):
            self.spoil()
            self.tree.restore(self.base)
            done = subprocess.run(["diff", "-r", "--no-dereference",
                                   self.base.folder, self.tree.folder],
                                  capture_output=True, text=True)
            self.assertEqual(done.stdout + done.stderr, "")

    def test_gone_on_every_machine_before_the_first_compiler(self):
        done = []
        self.patch(lab_grade, lab_sandbox=None)     # none is entered
        grader = lab_grade.Grader.__new__(lab_grade.Grader)
        grader.lab, grader.arches = labs.load_labs()["cow"], ["a", "b"]
        grader.folders = ["a", "b"]
        grader.sandboxed, grader.base = True, None
        grader.skeleton = {"f": b"skeleton"}
        tree = SimpleNamespace(
            top="/nowhere", lay=lambda texts: done.append("lay"),
            restore=lambda base: done.append("restore"),
            forget=lambda arch, files: done.append("forget " + arch))
        grader._build = lambda tree, arch: done.append("build") or "wrong"
        grader.grade(tree, "x", SimpleNamespace(student="", foreign=[],
                                                texts={"f": b"mine"}))
        self.assertEqual(done, ["restore", "forget a", "forget b",
                                "lay", "build"])


class Compiler(units.Case):
    def test_errors_have_no_paths_of_this_machine(self):
        text = ("FAILED: libkernel.a.p/mm_a.c.o\n../tree/mm/a.c:1:2: error: "
                "no \u2018x\u2019\n/lectern/tree/mm/b.c:3:4: fatal error: "
                "y\n/tmp/ccAb12.s:7: Error: bad\nnote\n")
        self.assertEqual(lab_tree.compiler_errors(text, "/lectern"),
                         "mm/a.c:1:2: error: no ?x?\n"
                         "mm/b.c:3:4: fatal error: y\n"
                         "assembler.s:7: Error: bad")
        self.assertEqual(lab_tree.compiler_errors(
            "ld: /a/b/i386/../tree/mm/a.c:9: undefined reference to `f'",
            "/a/b"), "ld: mm/a.c:9: undefined reference to `f'")
        self.assertEqual(lab_tree.compiler_errors("Killed", "/x"),
                         "the build failed")

    def test_objects(self):
        self.assertEqual(lab_tree.object_name("mm/a.c"),
                         "libkernel.a.p/mm_a.c.o")
        self.assertEqual(lab_tree.object_name("user/rtld/plt.c"),
                         "user/rtld/rtld-rtld_plt_c.o")
        self.assertEqual([arch for arch in MACHINES if lab_export.is_compiled(
            "arch/i386/switch.S", arch)], ["i386"])


class Texts(units.Case):
    def test_each_command_is_tried_in_the_tree_for_students(self):
        """Or has a reason; and none is tried that no page tells."""
        told = labs_told.told()
        tried = {*labs_told.ANY_TIME, *labs_told.WITH_LAB, *labs_told.NOT_RUN}
        self.assertEqual({c: p for c, p in told.items() if c not in tried}, {},
                         "test/run/labs_told.py does not know")
        self.assertEqual(tried - set(told), set(), "no page tells")


class Trail(units.Case):
    def test_leaves_branch_and_index_alone(self):
        top = self.folder()
        units.write(f"{top}/a.c", "1")
        for words in ("init -q", "add a.c",
                      "-c user.name=x -c user.email=x commit -qm one"):
            subprocess.run(["git", "-C", top, *words.split()], check=True)
        head = lab_work.git(top, "rev-parse", "HEAD")
        lab = SimpleNamespace(files=["a.c"])
        for text in ("2", "3"):
            units.write(f"{top}/a.c", text)
            with mock.patch.object(lab_work, "say"):
                lab_work.leave_trail(top, lab, "work " + text)
        self.assertEqual(lab_work.git(top, "rev-parse", "HEAD"), head)
        self.assertEqual(lab_work.git(top, "diff", "--cached"), b"")
        self.assertEqual(lab_work.git(top, "log", "--format=%s",
                                      lab_work.TRAIL).split(b"\n")[:3],
                         [b"work 3", b"work 2", b"one"])
        self.assertEqual(lab_work.git(top, "show", lab_work.TRAIL + ":a.c"),
                         b"3")


class Start(units.Case):
    """In a clone with one file that has a hole."""

    def clone(self):
        top = self.folder()
        units.write(f"{top}/a.c", HOLE)
        for words in ("init -q", "add a.c",
                      "-c user.name=x -c user.email=x commit -qm one"):
            subprocess.run(["git", "-C", top, *words.split()], check=True)
        self.patch(lab_work, say=lambda text: None, BUILD=top + "/build",
                   TOP=top, load_labs=lambda: {"cow": lab})
        lab = SimpleNamespace(files=["a.c"], name="cow", number=4, title="T",
                              folder="04-cow")
        return top

    def start(self, **named):
        options = SimpleNamespace(force=False, with_earlier=False)
        vars(options).update(named)
        return lab_work.start_lab(options, "cow")

    def test_refuses_unsaved_work(self):
        top = self.clone()
        self.start()
        skeleton = units.read(f"{top}/a.c")
        self.assertIn("TODO (lab cow)", skeleton)
        units.write(f"{top}/a.c", "my work")
        self.fails("a.c: not committed", self.start)
        self.assertEqual(units.read(f"{top}/a.c"), "my work")
        self.start(force=True)
        self.assertEqual(units.read(f"{top}/a.c"), skeleton)
        self.assertEqual(units.read(f"{top}/build/labs/saved-1/a.c"),
                         "my work")

    def test_real_code_after_commits(self):
        top = self.clone()
        self.start()
        subprocess.run(["git", "-C", top, "-c", "user.name=x", "-c",
                        "user.email=x", "commit", "-qam", "work"], check=True)
        self.assertEqual(lab_work.real_text(top, "a.c"), HOLE)


class Journals(units.Case):
    def test_cut_line_is_ignored(self):
        path = self.folder() + "/j"
        lab_grade.Journal(path).add("k", {"points": 1})
        units.write(path, '{"key": "half', "a")
        found = lab_grade.Journal(path)
        self.assertEqual(found.known, {"k": {"points": 1}})
        # what comes after it counts
        found.add("n", {"points": 2})
        self.assertEqual(set(lab_grade.Journal(path).known), {"k", "n"})


class Export(units.Case):
    def test_tells_students_no_answer(self):
        handed, to = lab_export.Handed(), os.path.join(self.folder(), "tree")
        handed.lay(to)
        self.assertEqual(handed.search(to), [])
        hidden = next(path for path in handed.gone if "/checks/" in path)
        with open(os.path.join(TOP, hidden), encoding="utf-8") as f:
            units.write(f"{to}/docs/more.md", f.read())
        self.assertEqual([f.partition(":")[0] for f in handed.search(to)],
                         ["docs/more.md"])

    def test_split(self):
        mine, theirs = lab_export.split_table(TABLE, table())
        self.assertNotIn("two", mine)
        self.assertIn("hidden    1 20", mine)
        self.assertEqual([line.split()[:2] for line in theirs.splitlines()],
                         [["program", "q"], ["check", "two"]])
        students = table(mine)
        self.assertEqual(students.hidden, (1, 20))
        self.assertRaises(Failure, lab_grade.require_hidden, students)
        labs.read_table(students, "overlay", theirs, more=True)
        lab_grade.require_hidden(students)

    def test_solutions_of_ports(self):
        """They go to the teacher's folder alone."""
        gone, to = lab_export.left_out({}), self.folder()
        porting = "porting/riscv32/"
        self.assertNotIn(f"course/{porting}row", gone)
        lab_export.write_overlay(to, {})
        for name in ("solution/trap.S", "wrong/4-no-flush.patch"):
            self.assertIn(f"course/{porting}{name}", gone)
            self.assertTrue(os.path.exists(f"{to}/{porting}{name}"))

    def overlay(self, text):
        """Return: an overlay with this table"""
        top = self.folder()
        units.write(f"{top}/04-cow/lab.tbl", text)
        return top

    def test_overlay_over_the_whole_tree(self):
        """Its hidden checks stand in the place of the tree's own."""
        _, theirs = lab_export.split_table(TABLE, table())
        lab, top = table(), self.overlay(theirs.replace("20", "15"))
        self.assertRaises(Failure, self.graded, lab, top)
        units.write(f"{top}/04-cow/lab.tbl", theirs)
        units.write(f"{top}/04-cow/checks/q.c", "Q")
        for lab in (table(), table(lab_export.split_table(TABLE, table())[0])):
            more = self.graded(lab, top)
            self.assertEqual(list(lab.checks), ["boots", "one", "two"])
            self.assertTrue(lab.checks["two"].hidden)
            self.assertIs(lab.checks["two"].program, lab.programs["q"])
            self.assertEqual(more["course/labs/04-cow/checks/q.c"], b"Q")
            # a budget that changes is a check that changes
            self.assertIn(theirs.encode(), more.values())

    def graded(self, lab, overlay):
        more = lab_grade.overlay_files(lab, overlay)
        lab_grade.require_hidden(lab)
        return more

    def test_overlay_without_what_it_should_have(self):
        for text, why in (("", "2 hidden|1 hidden check"),
                          ("check one 1 p hidden\n", "one comes twice")):
            with self.assertRaisesRegex(Failure, why):
                self.graded(table(), self.overlay(text))
        for place in ("/nowhere", self.folder()):
            with self.assertRaisesRegex(Failure, "no such folder|has no 04-c"):
                self.graded(table(), place)

    def test_search_finds_an_answer(self):
        lab = table()
        answer = "a_line_of_the_answer();\nanother_line_of_it();\n" \
                 "and_a_third_one();\n"
        text = f"/* lab cow: begin */\n{answer}/* lab cow: end */\n"
        runs = lab_export.answer_runs({"cow": lab}, {"cow": {
            "a.c": text.encode()}})
        self.assertIs(lab_export.search_text("x\n  " + answer, runs), lab)
        self.assertIsNone(lab_export.search_text("and_a_third_one();", runs))

    def test_ports_that_hold_answers(self):
        """Each file of a port in no lab that holds one becomes an object."""
        found = labs.load_labs()
        paths = [path for lab in found.values() for path in lab.files]
        runs = lab_export.answer_runs(found, {
            lab.name: lab_prove.real_texts(lab) for lab in found.values()})
        alike = lab_export.like_answers(paths, runs)
        self.assertIn("arch/arm64/signal.c", alike)
        self.assertFalse(set(alike) & set(paths))
        self.assertEqual(lab_export.like_answers(paths, {}), [])
        # `lab start` keeps them objects
        top = self.folder()
        lab = next(iter(found.values()))
        units.write(f"{top}/{lab_work.LISTING}", "\n".join(paths + alike))
        for path in lab.files:
            for place in (path, f"{lab_work.SKELETONS}/{path}"):
                units.write(f"{top}/{place}", "x")
        with contextlib.redirect_stderr(io.StringIO()):
            lab_work.start_exported(SimpleNamespace(
                force=False, with_earlier=False), top, lab, found)
        listed = units.read(f"{top}/{lab_work.LISTING}").split()
        self.assertEqual(set(listed), set(paths + alike) - set(lab.files))


class Command(units.Case):
    def test_usage(self):
        empty = self.folder()
        for words, why in ((("start",), "usage: lectern lab start LAB"),
                           (("start", "99"), "no lab 99"),
                           (("check", "cwo"), "similar: cow"),
                           (("grade",), "PLACE"),
                           (("grade", "/nowhere"), "no such file"),
                           (("grade", empty, "--lab", "99"), "no submissions"),
                           (("grade", "--each", empty, "--lab", "99"),
                            "no lab 99"),
                           (("extract",), "PLACE"),
                           (("extract", "/nowhere"), "no such file"),
                           (("export", "/tmp"), "needs --students"),
                           (("grade", "x", "--jobs", "0"), "0 is no number")):
            status, _, err = units.lectern("lab", *words)
            self.assertEqual(status, 2, words)
            self.assertIn(why, err)
            self.assertEqual(len(err.splitlines()), 1)

    def test_words_after_options(self):
        for words in (("start", "--force", "99"), ("start", "99", "--force"),
                      ("--force", "start", "99")):
            self.assertIn("no lab 99", units.lectern("lab", *words)[2])
        self.assertIn("has no option --colour",
                      units.lectern("lab", "list", "--colour", "x")[2])

    def test_list(self):
        status, out, _ = units.lectern("lab", "list")
        self.assertEqual(status, 0)
        self.assertIn("Copy-on-write fork", out)


class Term(units.Case):
    """The page for teachers tells of each lab what is in the tree."""

    def rows(self):
        for lab in labs.load_labs().values():
            cut = [part for name in lab.files for part in
                   lab_cut.cut_out(name, units.read(name), lab.name)]
            if not cut:
                self.skipTest("a tree for students has no answers")
            lines = sum(bool(line.strip()) for part in cut
                        for line in part.splitlines())
            wrong = len(os.listdir(os.path.join(
                TOP, "course/labs", lab.folder, "wrong")))
            yield (f"| {lab.number} {lab.name} | {lab.hours} | {lines} | "
                   f"{wrong} |")

    def test_its_table(self):
        page = units.read("course/term.md")
        self.assertIn("\n" + "\n".join(self.rows()) + "\n\n", page)


if __name__ == "__main__":
    units.main()
