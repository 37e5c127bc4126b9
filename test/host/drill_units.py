#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""drill_units.py - exercises from live state: how answers are marked, what a
seed chooses, and the textbooks' rules by known examples.  That the rules agree
with the machine is the matter of test/run/drill_test.py."""
import random
import sys

sys.dont_write_bytecode = True
import units  # noqa: E402
from driver.course import (drill, drill_cow, drill_marks,  # noqa: E402
                           drill_plt, drill_replacement, drill_sched,
                           drill_stack, drill_walk)
from driver.course.drill_marks import Question, Sheet  # noqa: E402
from machines import MACHINES  # noqa: E402

KNOWN = {
    "number": ("12", ["12", " 12 ", "0xc", "012"], ["13", "-12"]),
    "hex": ("0x1f", ["1F", "0x1f", "0X1F"], ["31", "0"]),
    "size": ("4096", ["4096", "4K", "4 KiB", "0x1000"], ["4M", "4"]),
    "word": ("B", ["b", " B "], ["A", "A B"]),
    "yes": ("yes", ["yes", "Y"], ["no", "n"]),
    "list": ("A B A", ["a, b, a", "A B A"], ["A A B", "A B"]),
    "set": ("1 3", ["3 1", "1,3"], ["1", "none", "1 2 3"]),
    "walk": ("0x80001234", ["80001234", "0x80001234"],
             ["fault 0 absent", "0x80001235"]),
    "percent": ("41.0", ["41", "41.9 %", "40.1%"], ["43", "39.9"]),
}
NO_ANSWERS = {"number": "twelve", "hex": "xyz", "size": "4Q", "yes": "maybe",
              "walk": "fault 0 because", "percent": "half", "list": "  ",
              "set": "", "word": ","}
LECTURE = [1, 2, 3, 4, 1, 2, 5, 1, 2, 3, 4, 5]


class Marks(units.Case):
    def test_each_kind(self):
        self.assertEqual(set(KNOWN), set(drill_marks.FORMS))
        self.assertEqual(set(KNOWN), set(drill_marks.READERS))
        for kind, (answer, right, wrong) in KNOWN.items():
            q = Question("?", kind, answer, [])
            for text in right:
                self.assertTrue(drill_marks.is_right(q, text), (kind, text))
            for text in wrong:
                self.assertFalse(drill_marks.is_right(q, text), (kind, text))

    def test_fault(self):
        q = Question("?", "walk", "fault 1 permission", [])
        self.assertTrue(drill_marks.is_right(q, "Fault 1 Permission"))
        self.assertFalse(drill_marks.is_right(q, "fault 0 permission"))
        self.assertFalse(drill_marks.is_right(q, "fault 1 absent"))

    def test_nothing_of_a_set(self):
        q = Question("?", "set", "none", [])
        self.assertTrue(drill_marks.is_right(q, "none"))
        self.assertFalse(drill_marks.is_right(q, "2"))

    def test_no_answer_of_its_form(self):
        for kind, text in NO_ANSWERS.items():
            q = Question("?", kind, KNOWN[kind][0], [])
            right, told = drill_marks.mark_one(q, text)
            self.assertFalse(right)
            self.assertIn(drill_marks.FORMS[kind], told)

    def test_answers_of_a_file(self):
        self.assertEqual(
            drill_marks.read_answers("# me\n\n1: 0x1 \n2) yes\n 3. a b", "f",
                                     3), {1: "0x1 ", 2: "yes", 3: "a b"})
        for text, why in (("1 0x1", "f:1: not a line"),
                          ("1: a\n4: b", "f:2: there is no question 4"),
                          ("0: a", "f:1: there is no question 0"),
                          ("1: a\n1: b", "f:2: question 1 is answered twice")):
            self.fails(why, drill_marks.read_answers, text, "f", 3)

    def test_score(self):
        sheets = [Sheet(["g"], [Question("?", "number", 1, ["so"]),
                                Question("?", "number", 2, ["thus"])])]
        status, text = units.printed(drill.mark_file, sheets,
                                     {1: "1", 2: "2"})
        self.assertEqual((status, text.splitlines()[-1]), (0, "2 of 2 right"))
        status, text = units.printed(drill.mark_file, sheets, {1: "3"})
        self.assertEqual((status, text.splitlines()[-1]), (1, "0 of 2 right"))
        self.assertIn("so", text)
        self.assertIn("2. no answer", text)
        # what was not answered is not told
        self.assertNotIn("thus", text)

    def test_disagreement_is_an_internal_error(self):
        drill_marks.agree("x", 1, 1)
        self.fails("internal error: x: by the rule 1, on the machine "
                   "2", drill_marks.agree, "x", 1, 2)


class CommandLine(units.Case):
    def test_refused(self):
        for words, why in (
                (["wolk"], "no topic wolk; similar: walk"),
                (["walk", "--seed", "x"], "--seed x: not a number"),
                (["walk", "--seed", "-1"], "seed"),
                (["walk", "--seed", "4294967296"], "--seed 4294967296"),
                (["walk", "--count", "0"], "--count 0"),
                (["walk", "--seeds", "1..2"], "--seeds goes with --json"),
                (["walk", "--json", "--seed", "1", "--seeds", "1..2"],
                 "without --seed"),
                (["walk", "--json", "--seeds", "2..1"], "--seeds 2..1"),
                (["walk", "--json", "--seeds", "1..20000"], "more than"),
                (["walk", "--check", "/nowhere/x"],
                 "--check /nowhere/x: No such file or directory"),
                (["walk", "--check", self.file(b"\xff\xfe")], "not text"),
                (["walk", "--check", self.file("hello\n")],
                 ":1: not a line"),
                (["walk", "--check", "--answers"], "--check goes without"),
                (["walk", "--check", "--json"], "--check goes without")):
            status, _, err = units.lectern("drill", *words)
            self.assertEqual(status, 2, words)
            self.assertEqual(err.count("\n"), 1, err)
            self.assertIn(why, err)

    def test_count_goes_over_sheets(self):
        made = []

        class Topic:
            @staticmethod
            def make_sheet(maker):
                made.append(maker.rng.random())
                return Sheet([], [Question("?", "number", i, [])
                                  for i in range(4)])

        self.patch(drill.importlib, import_module=lambda *names: Topic)
        sheets = drill.make_sheets("cow", 5, 10, "i386")
        self.assertEqual([len(s.questions) for s in sheets], [4, 4, 2])
        self.assertEqual(len(set(made)), 3)
        self.assertEqual([n for n, _, _ in drill.numbered(sheets)],
                         [*range(1, 11)])

    def test_answers_only_if_asked_for(self):
        sheets = [Sheet(["given"], [Question("what?", "number", 987, ["s"])])]
        self.assertNotIn("987", drill.sheet_text(sheets, False))
        self.assertIn("= 987", drill.sheet_text(sheets, True))
        record = drill.sheet_record("cow", "i386", 3, sheets)
        self.assertEqual(record["questions"][0]["answer"], "987")


class Seeds(units.Case):
    def plans(self, seed):
        rng = random.Random(seed)
        return (drill_cow.plan_steps(rng), drill_stack.plan_command(rng),
                drill_replacement.plan_string(rng, 3),
                drill_plt.Plan(rng).command(),
                [t.word() for t in drill_sched.plan_rt(rng, "rr")],
                drill_walk.Plan(rng, drill_walk.Format("i386")).command())

    def test_a_seed_is_an_exercise(self):
        self.assertEqual(self.plans("a"), self.plans("a"))
        for one, other in zip(self.plans("a"), self.plans("b")):
            self.assertNotEqual(one, other)


class Rules(units.Case):
    def faults(self, policy, frames, string):
        return sum(drill_replacement.Played(policy, frames, string).fault)

    def test_belady(self):
        """As docs/swap.md has them, of the kernel."""
        for policy in drill_replacement.RULES:
            self.assertEqual([self.faults(policy, n, LECTURE)
                              for n in (3, 4)], [9, 10], policy)
        best = drill_replacement.ask_best(LECTURE, 3)
        self.assertEqual(best.answer, "7")

    def test_second_chance(self):
        string = [1 if i % 2 else 2 + i // 2 % 7 for i in range(64)]
        self.assertLess(self.faults("clock", 4, string),
                        self.faults("fifo", 4, string))

    def test_victims(self):
        """By hand, with three frames."""
        for policy, string, gone in (
                ("clock", [1, 5, 4, 3, 4, 1, 2], [1, 5, 3]),
                ("wsclock", [4, 2, 3, 5, 4, 3, 2], [4, 2, 5])):
            played = drill_replacement.Played(policy, 3, string)
            self.assertEqual([*filter(None, played.gone)], gone, policy)

    def test_family(self):
        family = drill_cow.Family()
        for step in ("Aw0", "AfB", "Bw0", "Aw0", "Ar1", "Aw1", "Aw1"):
            family.do(step)
        self.assertEqual(family.faults, [1, 0, 1, 1, 1, 1, 0])
        self.assertEqual(family.copies, [0, 0, 1, 0, 0, 0, 0])
        self.assertEqual(family.states[1]["A"][0][0],
                         family.states[1]["B"][0][0])
        self.assertNotEqual(family.states[-1]["A"][0][0],
                            family.states[-1]["B"][0][0])

    def test_family_is_no_trivial_one(self):
        # the first plan of the last seed copies nothing
        for seed in [*range(50), 1676]:
            steps, family = drill_cow.plan_family(random.Random(seed))
            self.assertEqual(len(steps), drill_cow.STEPS)
            self.assertTrue(any(family.copies))
            stores = [i for i, s in enumerate(steps) if s[1] == "w"]
            self.assertTrue(any(family.faults[i] and not family.copies[i]
                                and "nobody else" in family.log[i][1]
                                for i in stores))

    def test_family_differs_from_machine(self):
        family = drill_cow.Family()
        for step in ("Aw0", "AfB", "Bw0"):
            family.do(step)

        def seen(*frames):
            """States of A and B with these frames at page 0."""
            return [{who: [(frame, mapped), (0, 0), (0, 0)]
                     for who, frame, mapped in state} for state in frames]

        first, both = [("A", 16, 1)], [("A", 16, 2), ("B", 16, 2)]
        last = [("A", 16, 1), ("B", 17, 1)]
        good = seen(first, both, last)
        drill_cow.compare_family(family, [1, 0, 1], good)
        for why, faults, states in (
                ("faults of the steps", [1, 0, 0], good),
                ("number of steps", [1, 0, 1], good[:2]),
                ("processes after step 2", [1, 0, 1],
                 seen(first, first, last)),
                ("step 1, process A, mappings of page 0", [1, 0, 1],
                 seen([("A", 16, 2)], both, last)),
                ("step 1, process A, page 0 is present", [1, 0, 1],
                 seen([("A", 0, 0)], both, last)),
                ("step 2, process A, frame of page 0:", [1, 0, 1],
                 seen(first, [("A", 18, 2), ("B", 18, 2)], last)),
                ("step 3, process B, frame of page 0 is another's", [1, 0, 1],
                 seen(first, both, [("A", 16, 1), ("B", 16, 1)]))):
            self.fails("internal error: " + why, drill_cow.compare_family,
                       family, faults, states)

    def test_real_time(self):
        tasks = [drill_sched.Task("A", 5, 0, 60),
                 drill_sched.Task("B", 9, 20, 40),
                 drill_sched.Task("C", 5, 10, 50)]
        slices, _ = drill_sched.simulate_rt("fifo", tasks)
        self.assertEqual(slices, [("A", 0, 20), ("B", 20, 60), ("A", 60, 100),
                                  ("C", 100, 150)])
        tasks = [drill_sched.Task("A", 5, 0, 150),
                 drill_sched.Task("B", 5, 1, 120)]
        slices, _ = drill_sched.simulate_rt("rr", tasks)
        self.assertEqual(slices, [("A", 0, 100), ("B", 100, 200),
                                  ("A", 200, 250), ("B", 250, 270)])
        self.fails("internal error", drill_sched.compare_slices, slices,
                   [("A", 0, 100), ("B", 100, 200), ("A", 200, 260),
                    ("B", 260, 270)])

    def test_trace(self):
        line = (" x-1 [000] d..1. 0.0{}: sched_switch: prev_comm={} prev_pid=1"
                " prev_prio=0 prev_state=S ==> next_comm={} next_pid=2 ")
        mark = " x-1 [000] ..... 0.0{}: tracing_mark_write: {}"
        text = "\n".join([line.format("40000", "x", "A"),
                          mark.format("50000", "begin"),
                          line.format("50010", "x", "A"),
                          line.format("60010", "A", "swapper/0"),
                          line.format("70010", "swapper/0", "A"),
                          mark.format("80000", "end")])
        run = units.mock.Mock(output=text)
        found = drill_sched.read_trace(run, {"A"})
        self.assertEqual([(w, round(b, 2), round(e, 2)) for w, b, e in
                          drill_sched.joined_slices(found)],
                         [("A", 0.01, 10.01), ("A", 20.01, 30)])
        self.assertEqual(drill_sched.joined_slices(
            [("A", 0, 5), ("B", 5, 5.1), ("A", 5.1, 9), ("B", 9, 12)]),
            [("A", 0, 9), ("B", 9, 12)])

    def test_shares(self):
        tasks = [drill_sched.Task("A", 0, 0, 0), drill_sched.Task("B", 5, 0,
                                                                  0)]
        due = drill_sched.due_shares(tasks)
        self.assertAlmostEqual(due["A"], 75.3, 1)
        drill_sched.compare_shares(tasks, [("A", 0, 75), ("B", 75, 100)],
                                   "fair")
        self.fails("internal error", drill_sched.compare_shares, tasks,
                   [("A", 0, 70), ("B", 70, 100)], "fair")

    def test_dump(self):
        words = [2, 0x1040, 0x1042, 0, 0x1044, 0, 6, 4096, 0, 0]
        words += [0] * (16 - len(words)) + [0x61006162, 0x0063]
        words[17] = 0x623d63
        pairs = [(0x1000 + 4 * i, w) for i, w in enumerate(words)]
        dump = drill_stack.Dump(pairs, 4)
        self.assertEqual((dump.argc, dump.argv_at, dump.envp_at, dump.auxv_at),
                         (2, 0x1004, 0x1010, 0x1018))
        self.assertEqual(dump.auxv, [(6, 4096), (0, 0)])
        self.assertEqual(dump.string(0x1040), "ba")
        self.assertEqual(dump.string(0x1044), "c=b")


class Walks(units.Case):
    """Each machine's entries, by hand: a table, a page, a superpage."""

    def entry(self, form, frame, *names):
        return frame << form.shift | sum(form.names[n] for n in names)

    def walk(self, form, access, *leaf, level=0, frame=0x77):
        """=> the walk of an address with index 1 in each table, offset 4, and
        a leaf of this level"""
        # a table has no bits but V on riscv64, needs W and U on i386, and T on
        # arm64
        table = [form.valid] + (["W", "U"] if "PS" in form.names else []) \
            + [n for n in ("T",) if n in form.names]
        tables, va = {}, 4
        for i in range(form.levels):
            va += form.span(i)
            tables[i] = (i, {1: self.entry(form, i - 1, *table)})
        tables[level] = (level, {1: self.entry(form, frame, *leaf)})
        return drill_walk.Walk(tables, form, form.levels - 1, access, va)

    def test_a_bit_has_one_name(self):
        for arch in MACHINES:
            names = drill_walk.Format(arch).names
            for name, bits in names.items():
                self.assertEqual([other for other in names
                                  if names[other] & bits], [name], arch)

    def test_each_machine(self):
        for arch in MACHINES:
            form = drill_walk.Format(arch)
            page = [n for n in (form.valid, "R", "T") if n in form.names]
            constant = [n for n in ("RO",) if n in form.names]
            writable = [n for n in ("W",) if n in form.names]
            for answer, access, *bits in (
                    ("0x77004", "r", form.user, *page, *constant),
                    ("fault 0 permission", "w", form.user, *page, *constant),
                    ("0x77004", "w", form.user, *page, *writable),
                    ("fault 0 permission", "r", *page, *writable),
                    ("fault 0 absent", "r")):
                self.assertEqual(self.walk(form, access, *bits).answer, answer,
                                 (arch, bits))
            if "X" in form.names:
                self.assertEqual(self.walk(form, "r", form.valid, "U",
                                           "X").answer, "fault 0 permission")

    def test_superpage(self):
        for arch in MACHINES:
            form = drill_walk.Format(arch)
            names = [n for n in ("R", "PS") if n in form.names]
            walk = self.walk(form, "r", form.valid, form.user, *names, level=1,
                             frame=0x4000)
            self.assertEqual(walk.answer, "0x4001004")
            self.assertEqual(walk.size, form.span(1))


if __name__ == "__main__":
    units.main()
