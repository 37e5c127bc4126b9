#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""mutation_units.py - faults that are planted one by one: which there are, who is
to notice them, what a result means; and which tests reach a line."""
import contextlib
import io
import os
import sys
from unittest import mock

sys.dont_write_bytecode = True
import units  # noqa: E402
from units import Failure  # noqa: E402
from driver.mutation import (choose, coverage, lines, mutants, mutate, reach,
                             since)
from driver.testing import names


C_TEXT = """\
#define ONE(x) do { x < 1; } while (0)
/* a < b in words */
struct s v = {
	.a = 1,
};

static int f(struct s *s, int n)
{
	unsigned k = n + 1;	/* n < 3 */

	mutex_lock(&s->lock);
	if (n < 4 && s->name == "a == b")
		goto out;
	for_each(s, k)
		tlb_flush(s);
	s->count++;
	log_err("%d", n - 1);
	put = task_put(s);
	smp_mb();
out:
	mutex_unlock(&s->lock);
	return -EINVAL;
}
"""


class Mutants(units.Case):
    def all(self, text=C_TEXT):
        return [(m.kind, [(old, new) for _, old, new in
                          mutants.changed(m, text)])
                for m in mutants.mutants("f.c", text)]

    def of(self, kind, text=C_TEXT):
        return [change for k, change in self.all(text) if k == kind]

    def test_comparisons_of_code_alone(self):
        changes = [new for (_, new), in self.of("comparison")]
        self.assertEqual(changes, [
            '\tif (n <= 4 && s->name == "a == b")',
            '\tif (n < 4 && s->name != "a == b")'])

    def test_a_lock_goes_with_its_unlock(self):
        (first, second), = self.of("lock")
        self.assertEqual(first, ("\tmutex_lock(&s->lock);", "\t;"))
        self.assertEqual(second, ("\tmutex_unlock(&s->lock);", "\t;"))

    def test_kinds_of_statements(self):
        self.assertEqual(self.of("flush"), [[("\t\ttlb_flush(s);", "\t\t;")]])
        self.assertEqual(self.of("barrier"), [[("\tsmp_mb();", "\t;")]])
        self.assertEqual(self.of("accounting"),
                         [[("\ts->count++;", "\t;")]])
        self.assertEqual(self.of("statement"),
                         [[("\tput = task_put(s);", "\t;")]])

    def test_conditions_errors_constants(self):
        self.assertEqual([new for (_, new), in self.of("condition")],
                         ['\tif (!(n < 4 && s->name == "a == b"))'])
        self.assertEqual([new for (_, new), in self.of("check")],
                         ['\tif (0 && (n < 4 && s->name == "a == b"))'])
        self.assertEqual(self.of("error"),
                         [[("\treturn -EINVAL;", "\treturn 0;")]])
        self.assertEqual(self.of("off by one"),
                         [[("\tunsigned k = n + 1;	/* n < 3 */",
                            "\tunsigned k = n ;	/* n < 3 */")]])
        self.assertEqual([new for (_, new), in self.of("constant")],
                         ['\tif (n < 5 && s->name == "a == b")'])

    def rights(self, line):
        """=> what a line is when each check of a right in it passes"""
        text = f"int f(void)\n{{\n\t{line}\n}}\n"
        return [new[1:] for (_, new), in self.of("right", text)]

    def test_a_right_that_is_always_there(self):
        for line, *changes in (
                ("if (a && !capable_in(b(c), CAP_KILL))", "if (a && !1)"),
                ("return tracer_may_trace(t) ? 0 : -EPERM;",
                 "return 1 ? 0 : -EPERM;"),
                ("err = a ? inode_permission(i, W_OK) : 0;",
                 "err = a ? 0 : 0;"),
                ("if (c->fsuid == i->uid || uid != KEEP)",
                 "if (1 || uid != KEEP)"),
                ("if (b || HINT(i->gid) != gid)", "if (b || 0)"),
                ("if (s->mount->flags & MS_NODEV)", "if (0)"),
                ("if (!(r.file->mode & FMODE_WRITE))", "if (!(1))"),
                ("n += f->mode & FMODE_WRITE ? 1 : 0;",),
                ("if (p & ~old->cap_permitted)", "if (0)"),
                ("if (p->seals & ~old & F_SEAL_WRITE && n)", "if (0 && n)"),
                ("if (c->cap_effective & BIT(CAP_CHOWN))", "if (1)"),
                ("if (READ_ONCE(s->dumpable) == DUMP_USER)", "if (1)"),
                ("return !c->no_new_privs;", "return !0;"),
                ("if (n >= HINT(p->limits[RLIMIT_NICE].cur))",
                 "if (n >= ~0ul)"),
                ("if (fd >= fd_limit())", "if (fd >= FD_MAX)"),
                ("c->no_new_privs = true;",), ("capable(CAP_KILL);",),
                ("WRITE_ONCE(s->guarded, true);",),
                ("f->mode &= ~FMODE_WRITE;",)):
            self.assertEqual(self.rights(line), changes, line)

    def test_each_check_of_two_passes_alone(self):
        self.assertEqual(
            self.rights("return c->euid == o->uid || own_gid(capable(1));"),
            ["return 1 || own_gid(capable(1));",
             "return c->euid == o->uid || 1;",
             "return c->euid == o->uid || own_gid(1);"])

    def test_words_and_data_are_left_alone(self):
        for _, change in self.all():
            for old, _ in change:
                self.assertNotIn("log_err", old)
                self.assertNotIn("define", old)
                self.assertNotIn(".a = 1", old)

    def test_lines_keep_their_numbers(self):
        text = "int f(void)\n{\n\tg(1,\n\t  2);\n\th();\n}\n"
        for m in mutants.mutants("f.c", text):
            new = mutants.apply(m, text)
            self.assertEqual(new.count("\n"), text.count("\n"))
        self.assertEqual(mutate.span(mutants.mutants("f.c", text)[0], text),
                         (3, 4))

    def test_few_that_live_may_be_let_pass(self):
        for killed, survived, least, wrong in (
                (25, 0, 100, False), (24, 1, 100, True), (18, 7, 72, False),
                (18, 7, 73, True), (0, 0, 100, False), (0, 1, 0, False)):
            self.assertEqual(mutate.too_few(killed, survived, least), wrong)

    def test_equivalents_are_known_by_their_names(self):
        m = next(m for m in mutants.mutants("f.c", C_TEXT)
                 if m.kind == "flush")
        known = mutants.read_equivalents(
            "# why\n\nf.c f: flush tlb_flush\n= nobody\n  looks\n")
        self.assertEqual(known[mutants.name_of(m, C_TEXT)], "nobody looks")
        for bad in ("f.c f: flush tlb_flush\n",
                    "f.c\n- a\n+ b\n= why\n"):
            self.assertRaises(ValueError, mutants.read_equivalents, bad)

    def test_names(self):
        """A function, a kind, and what is between names; none twice."""
        self.assertEqual([n.partition(": ")[2] for n in mutants.names(
            "f.c", C_TEXT) if n.startswith("f.c f: ")], [
            "off by one n + 1", "lock mutex_lock", "check if n",
            "condition if n", "comparison n < 4", "constant n 4",
            "operator n && s", 'comparison name == ""', "flush tlb_flush",
            "accounting s->count", "operator count ++", "statement put",
            "barrier smp_mb", "error EINVAL"])
        text = ("int g(int a)\n{\n\tx[a] = 1;\n\tx[2] = 1;\n\treturn a;\n}\n"
                "\nint h(void)\n{\n\tx[1] = 0;\n\treturn 0;\n}\n")
        self.assertEqual([n for n in mutants.names("f.c", text)
                          if "statement" in n],
                         ["f.c g: statement x", "f.c g: statement x#2",
                          "f.c h: statement x"])

    def test_a_name_that_is_stale_is_told_with_what_is_near(self):
        read = {"f.c": C_TEXT}.__getitem__
        mutant, text = mutants.called("f.c f: barrier smp_mb", read)
        self.assertEqual((mutant.kind, text), ("barrier", C_TEXT))
        for name, why in (
                ("f.c f: barrier smp_rmb", "similar: barrier smp_mb"),
                ("f.c g: barrier smp_mb", "f.c has no g with anything")):
            self.fails(why, mutants.called, name, read, error=mutants.Stale)
        self.fails("there is no file nowhere.c", mutants.called,
                   "nowhere.c f: lock x", mutate.read, error=mutants.Stale)

    def test_a_key_lasts_until_the_function_changes(self):
        """Lines before it and behind it may change, and other functions."""
        def keys(text):
            return [mutants.key(m, text)
                    for m in mutants.mutants("f.c", text)]

        text = "int a(void)\n{\n\treturn 1 < 2;\n}\n"
        known = keys(text)
        self.assertEqual(len(set(known)), len(known))
        moved = "#include <x.h>\n\nint b(void)\n{\n\treturn 3;\n}\n\n"
        self.assertEqual(keys(moved + text + "\nint c;\n")[-len(known):],
                         known)
        changed = keys(text.replace("2", "4"))
        self.assertFalse(set(changed) & set(known))
        self.assertNotEqual(
            mutants.key(mutants.mutants("g.c", text)[0], text), known[0])


class Idle(units.Case):
    """Whoever waits for a processor is not idle."""

    def judge(self, waited):
        """A machine that says nothing for long, and ran not at all."""
        trial = mutate.trial
        with mock.patch.object(trial, "cpu_seconds", lambda pid: 1.0), \
                mock.patch.object(trial, "wanted_seconds") as wanted, \
                mock.patch.object(trial.time, "monotonic") as now:
            wanted.return_value = now.return_value = 0.0
            patience = trial.Patience(1, 60)
            now.return_value = trial.IDLE_SECONDS + 1
            wanted.return_value = waited
            patience.check()

    def test_sleeps(self):
        self.assertRaises(mutate.trial.Wrong, self.judge, 0.01)

    def test_waits(self):
        self.judge(5.0)

    def test_counts_itself(self):
        self.assertGreaterEqual(mutate.trial.wanted_seconds(os.getpid()),
                                mutate.trial.cpu_seconds(os.getpid()))


class Blame(units.Case):
    """A program that fails without the mutant kills none."""

    def worker(self, faults):
        """faults: {(kernel, programs before and it): it fails there}"""
        copy = mock.Mock(elf=lambda arch: "mutant", base=lambda arch: "base")
        boots = []

        class Programs:
            def __init__(self, arch, kernel, limits, smp):
                self.kernel, self.names = kernel, list(limits)
                self.started = 0

            def run(self):
                boots.append((self.kernel, *self.names))
                for n in range(len(self.names)):
                    self.started = n + 1
                    if (self.kernel, *self.names[:n + 1]) in faults:
                        raise mutate.trial.Wrong(self.names[n])

        worker = mutate.Worker.__new__(mutate.Worker)
        worker.copy, worker.sound = copy, {}
        known = reach.Map("riscv64")

        def judge(*names):
            with mock.patch.object(mutate.trial, "Programs", Programs), \
                    mock.patch.object(mutate, "say"):
                worker._programs("riscv64", known, list(names), 1)
        return judge, known.data["broken"], boots

    def test_of_the_mutant(self):
        judge, broken, boots = self.worker({("mutant", "a", "b")})
        self.assertRaises(mutate.trial.Wrong, judge, "a", "b", "c")
        self.assertEqual(boots, [("mutant", "a", "b", "c"),
                                 ("base", "a", "b")])
        self.assertRaises(mutate.trial.Wrong, judge, "a", "b")
        self.assertEqual(boots[2:], [("mutant", "a", "b")])
        self.assertEqual(broken, {})

    def test_of_the_program_before(self):
        """It is asked again by itself."""
        faults = {("mutant", "a", "b"), ("base", "a", "b")}
        judge, broken, boots = self.worker(faults)
        judge("a", "b", "c")
        self.assertEqual(boots[2:], [("mutant", "b", "c")])
        self.assertEqual(broken, {})
        faults.add(("mutant", "b"))
        self.assertRaises(mutate.trial.Wrong, judge, "a", "b", "c")

    def test_of_nobody(self):
        judge, broken, boots = self.worker({("mutant", "a"), ("base", "a")})
        judge("a", "b")
        self.assertEqual(boots[2:], [("mutant", "b")])
        self.assertEqual(broken, {"a": "a"})
        judge("a", "b")
        self.assertEqual(boots[3:], [("mutant", "b")])


class Kept(units.Case):
    """What `mutate --resume` knows of earlier runs."""

    def setUp(self):
        self.path = os.path.join(self.folder(), "new", "results.jsonl")
        self.found = mutants.mutants("f.c", C_TEXT)[:2]
        kept = mutate.Kept(self.path)
        for m, kind in zip(self.found, ("killed", "survived")):
            self.assertIsNone(kept.get(m, C_TEXT))
            kept.put(mutate.Result(m, kind, "so", C_TEXT))

    def kinds(self, text=C_TEXT, **how):
        kept = mutate.Kept(self.path, **how)
        return [r and r.kind for r in (kept.get(m, text)
                                       for m in self.found)]

    def test_what_has_a_result_is_known(self):
        self.assertEqual(self.kinds(), [None, None])
        self.assertEqual(self.kinds(resume=True), ["killed", "survived"])
        self.assertEqual(self.kinds(resume=True, again=True),
                         ["killed", None])

    def test_another_text_is_another_mutant(self):
        other = C_TEXT.replace("{", "{ ;", 1).replace("\t", "  ")
        self.found = mutants.mutants("f.c", other)[:2]
        self.assertEqual(self.kinds(other, resume=True), [None, None])

    def test_the_latest_result_counts(self):
        kept = mutate.Kept(self.path)
        kept.put(mutate.Result(self.found[1], "killed", "now", C_TEXT))
        self.assertEqual(self.kinds(resume=True), ["killed", "killed"])

    def test_a_torn_line_is_left_out_and_a_wrong_one_told(self):
        units.write(self.path, '{"key": "12', "a")
        self.assertEqual(self.kinds(resume=True), ["killed", "survived"])
        units.write(self.path, "\n", "a")
        self.assertRaises(Failure, self.kinds, resume=True)


class Reach(units.Case):
    def made(self):
        found = lines.Lines()
        for n, count in ((1, 5), (2, 0), (4, 1)):
            found.add("no/file.c", n, count, [])
        m = reach.Map("riscv64")
        m.put("t", found, 1.5)
        m.data["texts"]["no/file.c"] = "a\nb\nc\nd\n"
        return m

    def test_lines_that_moved(self):
        m = self.made()
        new = "new\na\nb\nc\nd\n"
        self.assertEqual(m.place("no/file.c", new, 2, 2), [1])
        self.assertEqual(m.place("no/file.c", new, 5, 5), [4])
        # without code: what stands before it
        self.assertEqual(m.place("no/file.c", new, 4, 4), [2])
        self.assertTrue(m.has_code("no/file.c", new, 1))
        self.assertFalse(m.has_code("no/file.c", new, 4))

    def test_tests_of_a_line(self):
        m = self.made()
        self.assertEqual(m.tests("no/file.c", [1]), {"t": 5 / 6})
        self.assertEqual(m.tests("no/file.c", [2]), {})

    def test_what_is_no_program_is_not_run(self):
        places = [(reach.PREFIX + n, "") for n in
                  ("fork", "libx.so", "x.dll")] + [("/bin/echo", "")]
        with mock.patch.object(reach, "programs", lambda *_: places):
            self.assertEqual(list(reach.guest_programs("i386")), ["fork"])

    def test_a_limit_holds_what_fits(self):
        m = self.made()
        self.assertEqual(mutate.upto(m, ["t", "t", "t"], 3.5), ["t", "t"])
        self.assertEqual(mutate.upto(m, ["t"], 1), ["t"])
        m.data["tests"]["long"] = {"lines": {}, "seconds": 50}
        self.assertEqual(mutate.upto(m, ["t", "long", "t"], 4), ["t", "t"])

    def test_selftests_that_changed_are_tried(self):
        m = self.made()
        self.assertEqual(mutate.new_selftests(m, "i386"),
                         ["selftest", "selftest-4"])
        m.data["selftests"] = reach.selftests("i386")
        self.assertEqual(mutate.new_selftests(m, "i386"), [])
        m.data["selftests"] = reach.selftests("riscv64")
        m.data["broken"]["selftest-4"] = "hang"
        self.assertEqual(mutate.new_selftests(m, "i386"), ["selftest"])

    def test_order_of_programs(self):
        """A program that was changed is begun with."""
        m = self.made()
        m.data["tests"]["slow"] = {"lines": {}, "seconds": 9}
        found = {"t": 0.1, "slow": 0.2, "near": 0.5, "selftest": 1}
        self.assertEqual(mutate.in_order(m, found, ["slow", "t", "new"]),
                         (["new", "t", "slow"],
                          ["near", "slow", "t", "new"]))


class Lines(units.Case):
    def test_sums(self):
        a, b = lines.Lines(), lines.Lines()
        a.add("mm/x.c", 1, 0, [0, 0])
        b.add("mm/x.c", 1, 3, [3, 0])
        b.add("fs/y.c", 9, 0, [])
        a.merge(b)
        self.assertEqual(a.totals("mm/"), [1, 1, 2, 1])
        self.assertEqual(a.totals(""), [2, 1, 2, 1])
        self.assertIn("BRDA:1,0,0,3\n", a.tracefile("t"))

    def test_a_size(self):
        self.assertEqual(lines.size_in_bytes("512M"), 512 << 20)

    def test_numbers_as_runs(self):
        self.assertEqual(coverage.runs([9, 3, 4, 5]), "3-5, 9")

    def test_what_is_unreached_has_a_reason_or_is_told(self):
        found = lines.Lines()
        for line, count, function in ((1, 0, "a"), (2, 3, "a"), (4, 0, "b"),
                                      (5, 0, "b"), (7, 1, "c")):
            found.add("mm/x.c", line, count, [], function)
        self.assertEqual(coverage.unreached(found),
                         {("mm/x.c", "a"): [1], ("mm/x.c", "b"): [4, 5]})
        folder = self.folder()
        self.patch(coverage, FOLDER=folder,
                   REASONS=self.file("# why\n\nmm/x.c: b\n  c\n"))
        _, out = units.printed(coverage.tell_unreached, found)
        self.assertEqual(units.read(os.path.join(folder, "unreached.txt")),
                         "# without a reason\nmm/x.c a: 1\n"
                         "# with one in test/unreached.txt\nmm/x.c b: 4-5\n")
        self.assertEqual(out, (
            "not reached: 3 lines, of them 1 in 1 functions without a reason "
            "in test/unreached.txt\n"
            "test/unreached.txt: mm/x.c c is fully reached\n"))


def a_map(arch, tests, texts):
    """A map of `mutate`: {test: (seconds, {file: lines})}"""
    known = reach.Map(arch)
    known.data["tests"] = {
        name: {"seconds": seconds, "lines": {
            file: {str(n): 1 for n in rows} for file, rows in found.items()}}
        for name, (seconds, found) in tests.items()}
    known.data["texts"] = texts
    known.data["code"] = {f: list(range(1, t.count("\n") + 1))
                          for f, t in texts.items()}
    known.data["programs"] = dict.fromkeys(
        n for n in tests if not n.startswith("selftest"))
    return known


class Choices(units.Case):
    """Which tests the default tier and --since choose."""

    def test_most_lines_for_their_seconds(self):
        known = a_map("m", {
            "selftest": (9, {"a.c": [1, 2]}),
            "wide": (4, {"a.c": range(1, 40)}),
            "twin": (8, {"a.c": range(1, 40)}),
            "other": (1, {"b.c": range(1, 5)}),
            "slow": (100, {"c.c": range(1, 900)})}, {})
        self.assertEqual(choose.best(known, 5), ["wide", "other"])
        self.assertEqual(choose.best(known, 20), ["wide", "other", "twin"])
        self.assertEqual(choose.best(known, 0.5), [])

    def test_the_quick_run_always(self):
        known = a_map("m", {
            "quick": (0.4, {}), "wide": (4, {"a.c": range(1, 40)}),
            "library.so": (0.1, {}), "slow": (9, {"b.c": [1]})}, {})
        self.assertIn("quick", choose.best(known, 0))
        self.patch(choose, LATER=self.folder() + "/later")
        self.patch(reach, get=lambda arch: known)
        self.assertEqual(choose.write(5), (2, 3))
        self.assertEqual(choose.later(), {"slow"})

    def test_the_list_names_programs(self):
        self.assertEqual(choose.later() - set(names.programs()), set())

    def since(self, files, tests):
        text = mutate.read("mm/space/fault.c")
        known = a_map("x", tests, {"mm/space/fault.c": text})
        none = a_map("host", {}, {})
        with mock.patch.object(since, "changed", lambda c: files), \
                mock.patch.object(reach, "get", lambda arch: none
                                  if arch == "host" else known), \
                contextlib.redirect_stderr(io.StringIO()) as err:
            return since.choose("HEAD"), err.getvalue()

    def test_what_reaches_the_lines(self):
        tests = {"near": (1, {"mm/space/fault.c": [10]}),
                 "far": (1, {"mm/space/fault.c": [11]}),
                 "selftest": (1, {"mm/space/fault.c": [10]})}
        found, said = self.since({"mm/space/fault.c": {10}}, tests)
        self.assertEqual(found, ["host/tree", "near", "selftest"])
        self.assertIn("left out:", said)
        self.assertIn("disk", said)

    def test_a_test_that_changed(self):
        found, _ = self.since({
            "test/guest/memory/copy_on_write.c": None,
            "test/host/test_vma.c": {3}, "test/run/smp.py": {3},
            "tools/driver/machine/run.py": {1}, "README.md": {1}}, {})
        self.assertEqual(found, [
            "copy_on_write", *sorted(f"host/{n}" for n in names.OF_DRIVER),
            "host/tree", "smp", "test_vma"])
        self.assertEqual(self.since({"test/host/gates_units.py": {1}}, {})[0],
                         ["host/gates", "host/tree"])

    def test_what_no_map_knows_is_told(self):
        _, said = self.since({"mm/space/fault.c": {10}, "user/bin/echo.c": {1}}, {})
        self.assertRegex(said, "left out: mm/space/fault.c, user/bin/echo.c .no map")

    def test_as_many_as_there_is_time_for(self):
        tests = {f"t{n}": (50, {"mm/space/fault.c": [10]}) for n in range(3)}
        found, said = self.since({"mm/space/fault.c": {10}}, tests)
        self.assertEqual(len(found), 2)
        self.assertRegex(said, "left out: t., t. .they reach")

    def test_nothing_has_changed(self):
        with self.assertRaisesRegex(Failure, "nothing has changed since HEAD"):
            self.since({}, {})


if __name__ == "__main__":
    units.main()
