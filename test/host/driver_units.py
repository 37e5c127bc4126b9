#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""driver_units.py - parts of ./lectern that need no machine: archives, the
reader of TAP, missing packages, options, symbols of a panic."""
import contextlib
import io
import itertools
import os
import pty
import re
import runpy
import shlex
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
import types
import unittest
from unittest import mock

sys.dont_write_bytecode = True
TOP = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.realpath(__file__))))
sys.path.insert(0, os.path.join(TOP, "tools"))
from driver import (build, common, doctor, files, main, packages, progress,
                    shape)
from driver.bench import bench, bench_malloc, bench_programs
from driver.disk import cpio, debs, image, initramfs
from driver.machine import board, machine, port, run, timetravel
from driver.mutation import (choose, coverage, lines, mutants, mutate, reach,
                             since)
from driver.testing import names, pace, tap, testing
from driver.common import ARCHES, Failure  # noqa: E402
from driver import checks  # noqa: E402
import extensions  # noqa: E402
sys.path.insert(1, os.path.join(TOP, "test", "run"))
import commands_table  # noqa: E402
from fuzz import against, encode, generate, program, sequences, shapes  # noqa: E402
import machines  # noqa: E402
import units  # noqa: E402


class Cpio(unittest.TestCase):
    def archive(self):
        tree = cpio.Archive()
        tree.file("/a/b/c", "text\n", 0o640)
        tree.link("/l", "a/b/c")
        tree.folder("/t", 0o1777)
        tree.char("/dev/null", 1, 3, 0o666)
        return tree.bytes()

    def test_repeats(self):
        self.assertEqual(self.archive(), self.archive())
        self.assertEqual(len(self.archive()) % cpio.PAGE, 0)

    def test_data_begins_at_a_page(self):
        tree = cpio.Archive()
        for n in range(3):
            tree.file(f"/f{n}", bytes([n + 1]) * (cpio.PAGE + n))
        tree.file("/small", "text\n")
        blob = tree.bytes()
        for n in range(3):
            at = blob.index(bytes([n + 1]) * cpio.PAGE)
            self.assertEqual(at % cpio.PAGE, 0)

    @unittest.skipUnless(shutil.which("cpio"), "cpio is not installed")
    def test_is_read_by_cpio(self):
        done = subprocess.run(["cpio", "-tv", "--quiet"],
                              input=self.archive(), stdout=subprocess.PIPE)
        rows = [line.split() for line in done.stdout.decode().splitlines()]
        self.assertEqual(done.returncode, 0)
        # a device has two numbers where others have a size
        modes = {r[9 if r[0][0] == "c" else 8]: r[0] for r in rows}
        self.assertEqual(modes["a/b/c"], "-rw-r-----")
        self.assertEqual(modes["l"], "lrwxrwxrwx")
        self.assertEqual(modes["t"], "drwxrwxrwt")
        self.assertEqual(modes["dev/null"], "crw-rw-rw-")

    def test_run_archive_holds_the_command(self):
        blob = initramfs.run_archive(["echo", "", "a b"], [("TERM", "x")])
        self.assertIn(b"echo\0\0a b\0", blob)
        self.assertIn(b"TERM=x\n", blob)
        self.assertNotIn(b"lectern/cmd", initramfs.run_archive())

    def test_adds_folders_and_keeps_modes(self):
        with tempfile.TemporaryDirectory() as work:
            os.makedirs(os.path.join(work, "d/e"))
            path = os.path.join(work, "d/e/f")
            with open(path, "w") as f:
                f.write("x")
            os.chmod(path, 0o751)
            tree = cpio.Archive()
            tree.host(os.path.join(work, "d"), "/x")
        self.assertEqual(tree.entries["x/e/f"][0] & 0o777, 0o751)


class Machines(unittest.TestCase):
    ROW = ("machine a\n\tfolder\t\ta\n\tbits\t\t32\n\tmeson\t\tx86\n"
           "\ttools\t\tgcc-\n\tqemu\t\tq\n\tboard\t\tb\n\tends\t\tport\n"
           "\tram\t\t0\n\tload\t\t0x10\n\tkernel\t\t0xc0000000\n"
           "\tdirect\t\t0x1000\n\ttables\t\t2 10\n\tgdb\t\tg\n"
           "\tsyscalls\ti386\n")

    def wrong(self, text, why):
        with self.assertRaises(machines.Wrong) as caught:
            machines.parse(text, "t")
        self.assertIn(why, str(caught.exception))

    def test_reads_a_row(self):
        m = machines.parse(self.ROW + "\tobjdumps\tx\n\t\t\ty\n\t# z\n")["a"]
        self.assertEqual((m.bits, m.kernel, m.tables), (32, 0xc0000000, (2, 10)))
        self.assertEqual(m.objdumps, ("x", "y"))
        self.assertEqual((m.linux, m.debian_modules), ("", ()))
        self.assertIn("c = 'gcc-gcc'\n", m.cross_text())

    def test_a_cross_file_is_its_row(self):
        """Or nothing is built, and who asks is told what makes it anew."""
        m = machines.parse(self.ROW)["a"]
        with tempfile.TemporaryDirectory() as top, \
                mock.patch.object(machines, "TOP", top), \
                mock.patch.dict(build.MACHINES, {"a": m}):
            for spoil in (lambda: None,
                          lambda: open(m.cross_path(), "a").write("x")):
                spoil()
                with self.assertRaises(Failure) as caught:
                    build.cross_file("a")
                self.assertIn("tools/machines.py --write",
                              str(caught.exception))
                m.write_cross()
                self.assertEqual(build.cross_file("a"),
                                 os.path.join(top, "cross-a.txt"))

    def test_says_what_is_wrong_where(self):
        self.wrong(self.ROW.replace("bits", "bats"), "t:3: no key bats")
        self.wrong(self.ROW.replace("\t32", "\tmany"),
                   "t:3: bits cannot be many")
        self.wrong(self.ROW.replace("\tqemu\t\tq\n", ""), "a has no qemu")
        self.wrong(self.ROW + self.ROW, "machine a twice")
        self.wrong(self.ROW + "\tbits\t\t64\n", "t:16: bits twice")
        self.wrong("\tbits\t\t64\n", "t:1: neither a machine nor of one")

    def test_each_machine_has_its_port(self):
        for m in machines.MACHINES.values():
            self.assertTrue(os.path.isdir(os.path.join(TOP, "arch", m.folder)))
            self.assertEqual(machines.of_folder(f"arch/{m.folder}/x.c"), m.name)
        self.assertIsNone(machines.of_folder("kernel/x.c"))

    def test_no_tool_has_a_table_of_its_own(self):
        key = re.compile("[{,]\\s*[\"'](%s)[\"']:" % "|".join(machines.MACHINES))
        for where, _, files_ in os.walk(os.path.join(TOP, "tools")):
            for name in files_:
                if name.endswith(".py"):
                    with open(os.path.join(where, name)) as f:
                        self.assertIsNone(key.search(f.read()), name)


class Port(unittest.TestCase):
    """A port begun in a folder of its own."""

    def setUp(self):
        self.top = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.top)
        os.makedirs(os.path.join(self.top, "arch", "riscv"))
        for name in ("arch/machines.tbl", "arch/riscv/meson.build",
                     *port.CONTRACT, *port.ASKED):
            os.makedirs(os.path.dirname(os.path.join(self.top, name)),
                        exist_ok=True)
            shutil.copy(os.path.join(TOP, name), os.path.join(self.top, name))
        for member, value in (("TOP", self.top), ("have", lambda tool: True),
                              ("TABLE", os.path.join(self.top, "arch",
                                                     "machines.tbl"))):
            patch = mock.patch.object(port, member, value)
            patch.start()
            self.addCleanup(patch.stop)
        patch = mock.patch.object(machines, "TOP", self.top)  # its cross file
        patch.start()
        self.addCleanup(patch.stop)

    def new(self, name="wm", like="riscv", *changes):
        options = mock.Mock(what="new", set=list(changes), like=like)
        options.name = name
        with contextlib.redirect_stderr(io.StringIO()):
            return port.port(options)

    def refused(self, why, *arguments):
        with self.assertRaises(Failure) as caught:
            self.new(*arguments)
        self.assertIn(why, str(caught.exception))
        self.assertNotIn("wm", os.listdir(os.path.join(self.top, "arch")))

    def test_makes_a_folder_and_a_row(self):
        self.assertEqual(self.new("wm", "riscv64", "bits=32", "ram=0x40000000",
                                  "kernel=0x80000000", "direct=0x60000000",
                                  "tables=2 10"), 0)
        m = machines.read(port.TABLE)["wm"]
        self.assertEqual((m.folder, m.bits, m.qemu, m.debian),
                         ("wm", 32, "qemu-system-riscv64", ""))
        folder = os.path.join(self.top, "arch", "wm")
        with open(os.path.join(folder, "include", "arch", "page.h")) as f:
            text = f.read()
        self.assertIn("#define USER_TOP\t0xbffff000ul", text)
        self.assertIn("#define VMAP_BASE\t0xe0000000ul", text)
        self.assertNotIn("@", text)

    def test_everything_is_unimplemented(self):
        self.new()
        functions, data = port.contract()
        self.assertEqual(set(port.lacking(os.path.join(self.top, "arch", "wm"))),
                         {name for name, _ in functions + data})
        functions, _ = port.contract(port.CONTRACT)
        self.assertEqual(len(functions), shape.contract(
            open(os.path.join(TOP, "include/lt/arch.h")).read()) + 4)

    def test_each_obligation_has_its_step(self):
        functions, data = port.contract()
        steps = [name for s in port.STEPS for name in s.functions]
        self.assertEqual(sorted(steps), sorted(n for n, _ in functions + data))
        with open(os.path.join(TOP, "topics/selftest/arch.c")) as f:
            cases = re.findall(r'^\t{ "([^"]+)",', f.read(), re.M)
        self.assertEqual([c for s in port.STEPS for c in s.cases], cases)
        with open(os.path.join(TOP, "docs/porting.md")) as f:
            titles = re.findall(r"^## (\d+)\. ([^(\n]*\w)", f.read(), re.M)
        self.assertEqual([(str(i), s.title.lower()) for i, s in
                          enumerate(port.STEPS)],
                         [(n, t.lower()) for n, t in titles])

    def test_refuses(self):
        self.refused("R cannot name a machine", "R")
        self.refused("i386 is taken", "i386")
        self.refused("riscv is taken", "riscv")
        self.refused("--like risc: no machine or port; near it: riscv", "wm",
                     "risc")
        self.refused("--set gd=x: not KEY=VALUE of a row of "
                     "arch/machines.tbl; near it: gdb", "wm", "riscv", "gd=x")
        self.refused("--set bits=many: bits is a number", "wm", "riscv",
                     "bits=many")
        with mock.patch.object(port, "have", lambda tool: False):
            self.refused("no compiler no-gcc; --set tools=PREFIX", "wm",
                         "riscv", "tools=no-")
        self.new()
        with self.assertRaises(Failure):
            self.new()

    def test_tells_the_first_step_that_is_not_done(self):
        text = "x\nok 1 - arch: interrupt switch nests\n"
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            reached = port.steps("wm", ["arch_dump_regs"],
                                 port.Boot(text, 121))
        self.assertEqual(reached, 3)
        for line in ("done  2. an honest end\n", "here  3. traps\n",
                     "        arch_dump_regs stands in unimplemented.c\n",
                     "        ok  interrupt switch nests\n",
                     "        not seen  address layout\n"):
            self.assertIn(line, out.getvalue())


class Applets(unittest.TestCase):
    def test_finds_the_longest_table(self):
        names = sorted({f"app{i:03}" for i in range(120)} | {"ash", "cat"})
        with tempfile.NamedTemporaryFile() as f:
            f.write(b"junk\xff[\0" + b"".join(n.encode() + b"\0"
                                             for n in names) + b"\xff")
            f.flush()
            self.assertEqual(initramfs.applets(f.name),
                             sorted(["["] + names))

    def test_refuses_a_file_without_one(self):
        with tempfile.NamedTemporaryFile() as f:
            self.assertRaises(Failure, initramfs.applets, f.name)


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


class Mutants(unittest.TestCase):
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
                ("f.c f: barrier smp_rmb", "near it: barrier smp_mb"),
                ("f.c g: barrier smp_mb", "f.c has no g with something")):
            with self.assertRaises(mutants.Stale) as caught:
                mutants.called(name, read)
            self.assertIn(why, str(caught.exception))
        with self.assertRaises(mutants.Stale) as caught:
            mutants.called("nowhere.c f: lock x", mutate.read)
        self.assertIn("there is no file nowhere.c", str(caught.exception))

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


class Idle(unittest.TestCase):
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


class Blame(unittest.TestCase):
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


class Kept(unittest.TestCase):
    """What `mutate --resume` knows of earlier runs."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = os.path.join(folder.name, "new", "results.jsonl")
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
        with open(self.path, "a") as f:
            f.write('{"key": "12')
        self.assertEqual(self.kinds(resume=True), ["killed", "survived"])
        with open(self.path, "a") as f:
            f.write("\n")
        self.assertRaises(Failure, self.kinds, resume=True)


class Reach(unittest.TestCase):
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


class Lines(unittest.TestCase):
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
        with tempfile.TemporaryDirectory() as folder:
            page = os.path.join(folder, "page")
            with open(page, "w") as f:
                f.write("# why\n\nmm/x.c: b\n  c\n")
            out = io.StringIO()
            with mock.patch.multiple(coverage, REASONS=page, FOLDER=folder), \
                    contextlib.redirect_stdout(out):
                coverage.tell_unreached(found)
            with open(os.path.join(folder, "unreached.txt")) as f:
                self.assertEqual(f.read(), "# without a reason\nmm/x.c a: 1\n"
                                 "# with one in test/unreached.txt\n"
                                 "mm/x.c b: 4-5\n")
        self.assertEqual(out.getvalue(), (
            "not reached: 3 lines, of them 1 in 1 functions without a reason "
            "in test/unreached.txt\n"
            "test/unreached.txt: mm/x.c c is reached whole\n"))


class Tap(unittest.TestCase):
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


class Board(unittest.TestCase):
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
                             "1 skipped, 61 s, 43 s of a processor "
                             "[1 of 2 tests]")
            with contextlib.redirect_stdout(io.StringIO()) as out:
                b.summary()
            self.assertEqual("--verbose" in out.getvalue(), not each)

    def test_one_mistake_on_two_machines_is_told_once(self):
        b = board.Board(False)
        for arch in "riscv64", "i386":
            p = tap.Point("builds", "fail", [
                f"building {arch} failed:", "x.c:1: error", "| int ("])
            with contextlib.redirect_stdout(io.StringIO()):
                b.point(f"{arch}/build", p)
        self.assertEqual([notes for _, notes in b.failed], [
            ["building riscv64 failed:", "x.c:1: error", "| int ("],
            ["building i386 failed:",
             "[and then the same as riscv64/build: builds]"]])

    def test_many_failures_keep_the_end_short(self):
        b = board.Board(False)
        with contextlib.redirect_stdout(io.StringIO()):
            for i in range(500):
                b.point("t", tap.Point(f"p{i}", "fail", ["why", f"{i}"] * 45))
        with contextlib.redirect_stdout(io.StringIO()) as out:
            b.summary()
        lines = out.getvalue().splitlines()
        self.assertLess(len(lines), 440)
        self.assertIn("[400 more]", lines)
        self.assertEqual(lines[-3:], ["  t: p19", "  [480 more]",
                                      "0 passed, 500 failed"])


class Paces(unittest.TestCase):
    """How long the tests still take."""

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        for name in ("TABLE", "BUILD"):
            patch = mock.patch.object(pace, name, os.path.join(
                self.folder.name, "times.tbl" * (name == "TABLE")))
            patch.start()
            self.addCleanup(patch.stop)
        self.addCleanup(self.folder.cleanup)
        with open(pace.TABLE, "w") as f:
            f.write("# a comment\nm/a 100 200\nm/b 60 -\n")
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


class Choices(unittest.TestCase):
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
        with tempfile.TemporaryDirectory() as folder, \
                mock.patch.object(choose, "LATER", folder + "/later"), \
                mock.patch.object(reach, "get", lambda arch: known):
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
        self.assertEqual(found, ["copy_on_write", "host/driver", "host/tree",
                                 "smp", "test_vma"])

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


class Sequences(unittest.TestCase):
    """Programs of several steps that the fuzzer makes."""

    def setUp(self):
        import abi
        self.tables = abi.Tables(os.path.join(TOP, "kernel", "syscall"))

    def generator(self, arch="riscv64", user=True, seed=1):
        return generate.Generator(self.tables, shapes.Shapes(), arch, user,
                                  seed)

    def test_each_step_is_a_call(self):
        for arch in ARCHES:
            made = self.generator(arch)
            encoder = encode.Encoder(self.tables, arch)
            for steps in made.sequences.table.values():
                for line in steps * 5:
                    made.begin()
                    call = made.sequences.step(line)
                    self.assertTrue(call or "fork" in line or "pause" in line,
                                    line)
                    if call:
                        encoder.group(call)
                        self.assertEqual(
                            str(program.parse_call(str(call))), str(call))

    def test_each_sequence_makes_programs(self):
        for arch, user in itertools.product(ARCHES, (False, True)):
            made = self.generator(arch, user)
            encoder = encode.Encoder(self.tables, arch)
            for name, steps in made.sequences.table.items():
                made.sequences.only = name
                for _ in range(9):
                    calls = made.program()
                    text = program.text(calls)
                    self.assertEqual(program.text(
                        program.parse(text)[0][1]), text)
                    self.assertLessEqual(len(calls), encode.MAX_CALLS)
                    encoder.program(calls)
                made.mutate(calls, [calls])

    def test_what_only_users_may_try(self):
        for user in (False, True):
            table = self.generator(user=user).sequences.table
            self.assertEqual("covered" in table, user)
            self.assertIn("mounts", table)
            for steps in () if user else table.values():
                self.assertNotRegex("".join(steps), "/keep/[^m]")

    def test_unknown_names_and_lines_are_refused(self):
        with self.assertRaisesRegex(Failure, "there are .*mounts"):
            sequences.Sequences(self.generator(), (), "nothing")
        with tempfile.NamedTemporaryFile("w") as f:
            f.write("# text\nsequence a root\n")
            f.flush()
            with self.assertRaisesRegex(program.BadProgram, ":2: "):
                sequences.read_table(f.name)

    def test_the_secret_is_the_executors(self):
        from fuzz import vm
        with open(os.path.join(TOP, "test", "calls", "keep.c")) as f:
            turned = re.search(r"turned.4. = \{(.*)\}", f.read()).group(1)
        self.assertEqual([255 - int(b, 16) for b in turned.split(",")],
                         list(vm.SECRET[:4]))


class Differences(unittest.TestCase):
    """What the fuzzer lets differ from Linux."""

    def known(self, line, arch="riscv64"):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "tbl")
            with open(path, "w") as f:
                f.write("# a comment\n\n" + line + "\n")
            return against.Known(arch, path)

    def test_the_table_names_calls(self):
        calls = set()
        with open(os.path.join(TOP, "kernel", "syscall",
                               "syscalls.tbl")) as f:
            for line in f:
                calls |= set(line.split()[:3])
        for arch in ARCHES:
            known = against.Known(arch)
            self.assertGreater(len(known.pairs), 20)
            self.assertEqual(known.names - calls, set())

    def test_malformed_lines_are_refused(self):
        for line in ("result getpid", "bytes read.buf reason",
                     "bytes read.buf 0-x a reason", "bytes read.buf 8-0 why",
                     "bytes read.buf 4 why", "differs read EINVAL 0",
                     "differs read( EINVAL 0 a reason", "state [ a reason",
                     "stat mode a reason", "differs:vax read 0 1 a reason",
                     ":i386 read 0 1 a reason", "state x"):
            with self.assertRaises(Failure, msg=line) as why:
                self.known(line)
            self.assertIn("tbl:3: ", str(why.exception))

    def test_a_machine_has_lines_of_its_own(self):
        line = "differs:i386 rseq EINVAL 0 a reason"
        self.assertTrue(self.known(line, "i386").pair(
            ["rseq"], "EINVAL", "0"))
        self.assertFalse(self.known(line).pair(["rseq"], "EINVAL", "0"))

    def test_a_line_may_ask_what_both_wrote(self):
        option = "getsockopt.value getsockopt(r0, 1, 7, &0x60000000, &0)"
        for arch in ARCHES:
            known = against.Known(arch)
            for linux, lectern, found in (
                    ("bytes@1=00500000", "bytes=00400300", True),
                    ("bytes@1=00100000", "bytes=00200000", False),
                    ("bytes@1=00000500", "bytes=00800600", arch == "i386"),
                    ("bytes@1", "bytes", False)):
                self.assertEqual(known.pair([option], linux, lectern), found,
                                 linux)

    def test_what_both_wrote_is_told(self):
        known = self.known("differs read.buf bytes@5=61620064 bytes=61630064 "
                           "why")
        call = program.Call("read", [3, program.Ptr(0x60000000, [])])
        encoder = types.SimpleNamespace(
            calls={"read": (0, types.SimpleNamespace(
                args=[("fd",), ("buf",)]))})
        compare = against.Compare(None, types.SimpleNamespace(rets={}),
                                  encoder, known)

        def ran(data):
            return types.SimpleNamespace(
                pid=1, out={0: [(0x60000000, data)]}, end=0, state="",
                calls=[(against.DONE, 0, 8)])

        ours, theirs = ran(b"1234ac\0d"), ran(b"1234ab\0d")
        self.assertIsNone(compare.programs([call], theirs, ours))
        found = compare.programs([call], ours, theirs)
        self.assertEqual((found.name, found.linux), ("read.buf", "bytes@5"))

    def test_a_line_may_ask_for_a_call_before(self):
        known = self.known(r"differs read\safter\svmsplice 1 2 a reason")
        for before, found in (("pipe", False), ("vmsplice", True)):
            names = against.after(
                "read", [program.Call(before, [])])
            self.assertEqual(known.pair(["read", *names], "1", "2"), found)

    def test_batches_have_room(self):
        coded = [bytes(against.MAX_BATCH // 2 - 1)] * 5 \
            + [bytes(against.MAX_BATCH + 1)]
        self.assertEqual([len(p) for p in against.parts(coded)],
                         [2, 2, 1, 1])
        self.assertEqual(list(against.parts([])), [])

    def test_areas_that_change_are_hidden(self):
        self.assertEqual(against.hide(b"abcdef", 100, [(102, 2), (200, 9)]),
                         b"abZZef")
        self.assertEqual(against.hide(b"abc", 100, [(90, 11)]), b"Zbc")

    def test_answers_below_zero(self):
        done = [(against.DONE, 0, v) for v in (-22, -95, -0x48000000)]
        self.assertEqual([against.answer(c) for c in done[:2]],
                         ["EINVAL", "ENOTSUP"])
        self.assertFalse(against.failed(done[2][2]))
        self.assertEqual(against.errno_of("EOPNOTSUPP"), "ENOTSUP")

    def test_bytes_are_masked(self):
        known = self.known("bytes read.buf 2-4,6-9 a reason")
        self.assertEqual(known.mask("read.buf", b"abcdefgh", 0),
                         b"abZZefZZ")
        self.assertEqual(known.mask("read.buf", b"abcd", 3), b"ZbcZ")

    def test_lines_of_maps_are_not_counted(self):
        known = self.known("state ^map\\s.*$ a reason")
        self.assertEqual(known.lines("map a\nfd 3\nmap b\n"), ["fd 3"])


class Launcher(unittest.TestCase):
    """./lectern itself, before there is Python."""

    def start(self, command, path=os.environ["PATH"]):
        return subprocess.run(
            [*command, "--version"], cwd="/", capture_output=True, text=True,
            env=dict(os.environ, PATH=path))

    def test_finds_its_tree(self):
        """From another folder, by a link with a blank in its name."""
        with tempfile.TemporaryDirectory() as work:
            link = os.path.join(work, "a b")
            os.symlink(os.path.join(TOP, "lectern"), link)
            for command in ([link], ["sh", link]):
                done = self.start(command)
                self.assertEqual((done.returncode, done.stdout, done.stderr),
                                 (0, main.version() + "\n", ""))

    def test_tells_that_python_is_missing(self):
        with tempfile.TemporaryDirectory() as work:
            os.symlink(shutil.which("sh"), os.path.join(work, "sh"))
            done = self.start([os.path.join(TOP, "lectern")], work)
        self.assertEqual((done.returncode, done.stdout), (122, ""))
        self.assertRegex(done.stderr, r"\Alectern: python3 is missing.*"
                         r"apt-get install python3\n\Z")

    def test_tells_that_python_is_old(self):
        err = io.StringIO()
        with mock.patch.object(sys, "version_info", (3, 8, 1)), \
                contextlib.redirect_stderr(err), \
                self.assertRaises(SystemExit) as end:
            runpy.run_path(os.path.join(TOP, "tools", "lectern.py"))
        self.assertEqual(end.exception.code, 122)
        self.assertRegex(err.getvalue(), r"\Alectern: Python 3\.9 is needed"
                         r", and this is 3\.8 .*\n\Z")


class Packages(unittest.TestCase):
    def test_names_what_is_missing(self):
        with mock.patch.object(packages, "have", lambda c: False):
            with self.assertRaises(Failure) as caught:
                packages.require(["qemu-system-riscv64", "meson"], False)
        self.assertEqual(
            str(caught.exception), "qemu-system-riscv64, meson not found; "
            "install it with: apt-get install qemu-system-misc meson")

    def test_every_need_has_a_package(self):
        for need in packages.for_test(("host", *ARCHES), set(names.SUITES)):
            self.assertTrue(packages.packages_of([need]), need)

    def test_the_doctor_knows_every_need(self):
        out = io.StringIO()
        with mock.patch.object(doctor, "path_of", lambda tool: None), \
                contextlib.redirect_stdout(out):
            doctor.doctor(mock.Mock(shape=False, since=None,
                                    extensions=False))
        text = out.getvalue()
        needs = packages.for_test(("host", *ARCHES), set(names.SUITES))
        for package in packages.packages_of([*needs, "genhtml", "sparse"]):
            self.assertRegex(text.partition("apt-get install")[2]
                             + text, rf"\b{re.escape(package)}\b")
        self.assertIn("debugfs", text)

    def examined(self, gone):
        """=> the doctor's status, and what it says, where these are missing"""
        out = io.StringIO()
        with mock.patch.object(doctor, "path_of", lambda tool: None
                               if tool in gone else "/bin/true"), \
                mock.patch.object(doctor, "version", lambda tool: "1"), \
                mock.patch.object(packages, "present",
                                  lambda need: need not in gone), \
                contextlib.redirect_stdout(out):
            status = doctor.doctor(mock.Mock(shape=False, since=None,
                                             extensions=False))
        return status, out.getvalue()

    def test_the_doctor_fails_for_what_everybody_needs(self):
        for gone, use in (("pkg-config", "needed to test"),
                          ("meson", "needed to run and to test"),
                          (packages.CROSS_GCC["i386"], "needed to run and"),
                          (packages.CMOCKA, "needed to test")):
            status, text = self.examined({gone})
            self.assertEqual(status, 1, gone)
            self.assertRegex(text, rf"missing .* {use}")
            self.assertIn("apt-get install "
                          + packages.packages_of([gone])[0], text)

    def test_the_doctor_is_content_without_what_few_need(self):
        status, text = self.examined(set())
        self.assertEqual(status, 0)
        self.assertNotIn("missing", text)
        for gone in ("chromium", "sparse", "genhtml", "make"):
            status, text = self.examined({gone})
            self.assertEqual(status, 0, gone)
            self.assertRegex(text, rf"missing  {gone} .*needed only for")

    def test_the_doctor_is_content_after_the_tests(self):
        """What only a suite on demand asks for is optional."""
        usual = packages.for_test(("host", *ARCHES), set(names.SUITES))
        for need in packages.for_test(("host", *ARCHES), set(names.ON_DEMAND)):
            if need not in usual and need in packages.PACKAGES:
                self.assertIn(need, doctor.OPTIONAL)

    def test_installs_as_root(self):
        calls = []
        state = {"there": False}

        def apt(command):
            calls.append(command)
            state["there"] = "install" in command
            return ""
        with self.installing(apt), mock.patch.object(
                packages, "have", lambda c: c == "apt-get" or state["there"]):
            packages.require(["meson"])
        self.assertIn("meson", calls[0])

    def installing(self, apt):
        stack = contextlib.ExitStack()
        for name, value in (("_apt", apt), ("_privilege", lambda: []),
                            ("have", lambda c: c == "apt-get"),
                            ("say", mock.Mock()),
                            ("locked", mock.MagicMock())):
            stack.enter_context(mock.patch.object(packages, name, value))
        return stack

    def test_tells_why_nothing_was_installed(self):
        """Lists that are not there are fetched; without a network not."""
        calls = []

        def apt(command):
            calls.append(command[-1])
            return "no mirror" if command[-1] == "update" else "no package"
        with self.installing(apt), self.assertRaises(Failure) as why:
            packages.require(["meson", "pkg-config"])
        self.assertEqual(str(why.exception), "the packages did not install "
                         "(no mirror); by hand: apt-get update && apt-get "
                         "install meson pkg-config")
        self.assertEqual(calls, ["pkg-config", "update"])

    def test_the_complaint_of_apt(self):
        def said(script):
            return packages._apt(["sh", "-c", script])
        self.assertEqual(said("echo E: no; true"), "")
        self.assertEqual(said("echo a; echo E: first; echo E: x; false"),
                         "first")
        self.assertEqual(said("echo sudo: no; exit 1"), "sudo: no")

    def test_whoever_may_not_install_is_told_how_to(self):
        """No sudo, or one that wants a password that nobody can type."""
        with tempfile.TemporaryDirectory() as work, \
                mock.patch.object(os, "geteuid", lambda: 1000), \
                mock.patch.dict(os.environ, PATH=work), \
                mock.patch.object(packages, "_at_terminal", lambda: False):
            self.assertIsNone(packages._privilege())
            for status, means in ((1, None), (0, ["sudo", "-n"])):
                with open(os.path.join(work, "sudo"), "w") as f:
                    f.write(f"#!/bin/sh\n[ $1 = -n ] && exit {status}\n")
                os.chmod(f.name, 0o755)
                self.assertEqual(packages._privilege(), means)

    def test_who_names_a_suite_on_one_machine_gets_it_whole(self):
        for words, every in ((["--all"], False), (["--suite", "small"], False),
                             (["--arch", ARCHES[0]], False),
                             (["--arch", ARCHES[0], "--suite", "small"], True)):
            with mock.patch.dict(os.environ):
                os.environ.pop(testing.EVERY, None)
                testing.set_environment(main.parse(["test", *words])[0])
                self.assertEqual(testing.EVERY in os.environ, every, words)

    def test_the_default_tier_names_cases_that_there_are(self):
        """What a script has in its Tap(brief=...) is there on each machine."""
        folder = os.path.join(TOP, "test", "run")
        for script in sorted(os.listdir(folder)):
            path = os.path.join(folder, script)
            if script == "harness.py" or script[-3:] != ".py":
                continue
            with open(path) as f:
                if "brief=" not in f.read():
                    continue
            for arch in ARCHES:
                done = subprocess.run(
                    [sys.executable, path, arch, common.build_dir(arch)],
                    env=dict(os.environ, LECTERN_DRY="1", LECTERN_ONLY="",
                             LECTERN_TIER="default"), text=True,
                    stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT)
                self.assertEqual(done.returncode, 0, done.stdout)

    def test_a_command_needs_what_it_uses(self):
        """No browser and no debugger for what asks for neither."""
        def needs(*words):
            wanted = main.parse(["test", *words])[0]
            folders = testing.chosen_folders(wanted)
            return set(packages.for_test(folders, names.suites_of(
                wanted.names, wanted.suite, folders)))
        host = needs("--arch", "host", "tree", "driver")
        self.assertLessEqual({"pkg-config", packages.CMOCKA, "zsh"}, host)
        self.assertFalse(host & {"gdb-multiarch", "chromium", *ARCHES,
                                 packages.QEMU[ARCHES[0]], "mke2fs"})
        machine = needs("--arch", ARCHES[0], "fork")
        self.assertEqual(machine, set(packages.for_run(ARCHES[0])))
        for words, more in ((["show"], {"gdb-multiarch", "qemu-img"}),
                            (["page"], {"chromium", "chromedriver"}),
                            (["--suite", "page"],
                             {"chromium", "chromedriver"}),
                            (["image"], set(packages.OF_SUITE["driver"]))):
            self.assertEqual(needs("--arch", ARCHES[0], *words) - machine,
                             more, words)


def lectern(*args):
    """The command line with nothing to install, build or boot, which fails
    the test.  => status, standard output, standard error"""
    out, err = io.StringIO(), io.StringIO()
    never = mock.Mock(side_effect=AssertionError("it begins to work"))
    with mock.patch.object(packages, "require", never), \
            mock.patch.object(build, "build", never), \
            mock.patch.object(testing, "build", never), \
            contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            status = main.main(list(args))
        except SystemExit as end:
            status = end.code
    return status, out.getvalue(), err.getvalue()


class Names(unittest.TestCase):
    """What names tests, before there is a build folder."""

    def refuses(self, *args):
        status, out, err = lectern(*args)
        self.assertEqual((status, out), (2, ""), err)
        return err.splitlines()[-1]

    def test_unknown_ones_are_refused_with_near_ones(self):
        self.assertRegex(self.refuses("test", "frok"), "frok; near it:.*fork")
        self.assertRegex(self.refuses("test", "--suite", "gest"),
                         "no suite gest; near it: guest")
        self.assertIn("there are host,", self.refuses("test", "--suite", "q"))
        self.assertRegex(self.refuses("bench", "nul_getppid"),
                         "no row is called nul_getppid; near it: null_getppid")
        self.refuses("test", "--arch", "riscv64", "test_buddy")
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
            with open(os.path.join(TOP, "test", folder, "meson.build")) as f:
                for text in re.findall(r"suite: (\[[^]]*\]|'[^']*')|"
                                       r"(?<=[,\s])(\[[^][]*\]),\s*\d+\]",
                                       f.read()):
                    text = "".join(text)
                    found |= set(re.findall(r"'([^']+)'", text))
        self.assertEqual(found - {"names", "later"},
                         {*names.SUITES, *names.ON_DEMAND})

    def test_meson_has_the_same_tiers(self):
        with open(os.path.join(TOP, "meson.build")) as f:
            text = f.read()
        demand, later = (set(re.findall(r"'([^']+)'", part)) for part in (
            re.search(r"^demand = \[([^]]*)", text, re.M)[1],
            re.search(r"exclude_suites: \[([^]]*)", text)[1]))
        self.assertEqual(demand, set(names.ON_DEMAND))
        self.assertEqual(later, {*names.LATER, "later"})


class Scripts(unittest.TestCase):
    """Which cases of a script of test/run run where."""

    SCRIPT = """
import os, sys
sys.path.insert(0, os.path.join(sys.argv[1], "test", "run"))
from harness import Tap
tap = Tap(shared=sys.argv[2], each=("all %s",))
for name in ["all b", *map(str, range(12))]:
    tap.case(name, lambda: None)
tap.end()
"""

    def cases(self, arch, each="b", **env):
        """=> the names that ran, and those that failed"""
        done = subprocess.run(
            [sys.executable, "-c", self.SCRIPT % each, TOP, arch], text=True,
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

    def test_who_asks_gets_all(self):
        self.assertEqual(len(self.cases(ARCHES[0], LECTERN_EVERY="1")[0]), 13)
        for arch in ARCHES:
            self.assertEqual(self.cases(arch, LECTERN_ONLY="=7")[0], ["7"])

    def test_a_name_that_is_no_case_fails(self):
        self.assertEqual(self.cases(ARCHES[0], "c")[1],
                         ["all c, which the script names, is a case"])


class Slips(unittest.TestCase):
    """What a user may mistype, told in one line."""

    def refuses(self, *args):
        status, out, err = lectern(*args)
        self.assertEqual((status, out, err.count("\n")), (2, "", 1), err)
        return err

    def test_commands(self):
        self.assertIn("near it: run", self.refuses("rnu"))
        self.assertIn("lectern help", self.refuses("nonesuch"))

    def test_a_command_without_its_dashes(self):
        self.assertIn("after --: lectern run -- ls -l 'a b'",
                      self.refuses("run", "--smp", "2", "ls", "-l", "a b"))
        self.assertIn("takes no ls", self.refuses("build", "ls"))
        self.refuses("run", "--")
        self.refuses("bench", "--", "true")

    def test_options(self):
        self.assertIn("--arhc; near it: --arch",
                      self.refuses("run", "--arhc=i386"))

    def test_too_many_cpus(self):
        self.assertIn("the kernel supports 8",
                      self.refuses("run", "--smp", "9"))
        with mock.patch.dict(os.environ, LECTERN_SMP="many"):
            self.assertIn("LECTERN_SMP many", self.refuses("run"))

    def test_what_the_parser_refuses(self):
        self.assertIn("choose from", self.refuses("build", "--arch", "vax"))
        self.refuses("run", "--append")
        self.refuses("image", "debian")
        self.assertIn("COMMAND; see lectern --help", self.refuses())

    def test_fuzz_distils_by_what_is_reached(self):
        status, _, err = lectern("fuzz", "--distil", "/tmp/x", "--no-cover")
        self.assertEqual(status, 2)
        self.assertIn("not with --no-cover", err)

    def test_fuzz_ends_by_programs_or_by_minutes(self):
        for words, why in ((("--programs", "0"), "at least 1"),
                           (("--programs", "9", "--minutes", "1"), "instead"),
                           (("--minutes", "-1"), "at least")):
            status, _, err = lectern("fuzz", *words)
            self.assertEqual(status, 2)
            self.assertIn(why, err)

    def test_times(self):
        for bad in ("nan", "-1", "inf", "soon"):
            self.assertEqual(lectern("run", "--timeout", bad)[0], 2)

    def test_version_and_help(self):
        status, out, _ = lectern("--version")
        self.assertEqual((status, out.split()[0]), (0, "Lectern"))
        for args in (["help"], ["--help"], ["help", "run"]):
            status, out, _ = lectern(*args)
            self.assertEqual(status, 0)
            self.assertIn("usage: lectern", out)

    def one_line(self, error):
        with mock.patch.object(main, "do", side_effect=error):
            status, _, err = lectern("doctor")
        self.assertEqual((status, err.count("\n")), (122, 1), err)
        return err

    def test_no_room(self):
        full = OSError(28, "No space left on device")
        with mock.patch.object(main, "do", side_effect=full):
            self.assertEqual(lectern("doctor"), (
                122, "", "lectern: No space left on device; LECTERN_BUILD=DIR "
                "builds elsewhere\n"))

    def test_no_traceback(self):
        self.assertIn("read-only", self.one_line(
            OSError(30, "read-only", common.BUILD + "/x")))
        self.assertIn("LECTERN_BUILD=DIR", self.one_line(
            PermissionError(13, "no right", common.BUILD + "/x")))
        self.assertIn("no room", self.one_line(OSError(28, "no room")))
        self.assertIn("strip ended with 1", self.one_line(
            subprocess.CalledProcessError(1, ["/bin/strip"])))
        self.assertIn("KeyError: 'x'", self.one_line(KeyError("x")))


def told_commands(path):
    """What a page tells to type: the words behind ./lectern, line by line."""
    for line in commands_table.commands(path):
        for command in re.findall(r"\./lectern (.*)", line):
            lexer = shlex.shlex(command, posix=True, punctuation_chars=True)
            lexer.whitespace_split = True
            yield list(itertools.takewhile(
                lambda word: word.strip("();<>|&"), lexer))


class Words(unittest.TestCase):
    """What is told of the command line elsewhere."""

    def test_commands_of_the_documents(self):
        seen = 0
        for page in commands_table.PAGES:
            for argv in told_commands(page):
                self.check(page, argv)
                seen += 1
        self.assertGreater(seen, 40)

    def test_each_is_run_or_has_a_reason(self):
        """By test/run/commands.py; and its table has no other."""
        told = {line: page for page in commands_table.PAGES
                for line in commands_table.commands(page)}
        known = commands_table.known()
        self.assertEqual({p: c for c, p in told.items() if c not in known}, {},
                         "test/run/commands_table.py does not know")
        self.assertEqual(known - set(told), set(), "no page tells")

    def test_finds_commands(self):
        with tempfile.TemporaryDirectory() as top, \
                mock.patch.object(commands_table, "TOP", top):
            for page in ("README.md", "x.md"):
                with open(os.path.join(top, page), "w") as f:
                    f.write("Text ./lectern no; `./lectern a\nb`, `man c`.\n\n"
                            "    $ echo 1 | ./lectern run  # why\n    1\n"
                            "    (gdb) lt-ps\n\n    cat x; ./lectern y \\\n z"
                            "\n\n    main  kernel/main.c\n    cp a b\n")
            self.assertEqual(commands_table.commands("README.md"), [
                "echo 1 | ./lectern run", "lt-ps", "cat x; ./lectern y   z",
                "cp a b", "./lectern a b", "man c"])
            self.assertEqual(commands_table.commands("x.md"), [
                "echo 1 | ./lectern run", "cat x; ./lectern y   z",
                "./lectern a b", "man c"])

    def check(self, page, argv):
        if "--help" in argv:
            return
        try:
            options, _ = main.parse(argv)
            if argv[0] == "test" and \
                    not set(argv) & set(commands_table.TO_WRITE):
                testing.chosen_folders(options)
            elif argv[0] == "bench":
                bench.check_named(options)
        except (Failure, SystemExit) as why:
            self.fail(f"{page}: ./lectern {shlex.join(argv)}: {why}")

    def completed(self, *typed):
        script = lectern("completion", "bash")[1] + """
            COMP_WORDS=(./lectern "$@"); COMP_CWORD=$#; _lectern
            echo "${COMPREPLY[*]}" """
        return subprocess.run(["bash", "-c", script, "bash", *typed],
                              stdout=subprocess.PIPE, text=True,
                              check=True).stdout.split()

    def test_completion(self):
        self.assertEqual(self.completed("be"), ["bench"])
        self.assertEqual(self.completed("run", "--ico"), ["--icount"])
        self.assertEqual(self.completed("run", "--arch", ""), list(ARCHES))
        self.assertEqual(self.completed("run", "--", "--ico"), [])
        self.assertEqual(self.completed("run", "--arch", "=", "r"),
                         ["riscv64"])
        self.assertEqual(self.completed("test", "--suite", "gu"), ["guest"])
        self.assertEqual(self.completed("test", "test_bu"), ["test_buddy"])
        self.assertEqual(self.completed("bench", "null_getpp"),
                         ["null_getppid"])
        self.assertEqual(self.completed("build", "--extensions", "all,-sock"),
                         ["all,-sockets"])
        self.assertEqual(self.completed("run", "--disk", ""), [])
        self.assertEqual(self.completed("port", ""),
                         ["--no-install", "new", "check", "--like", "--set"])
        status, out, _ = lectern("completion", "fish")
        self.assertEqual(status, 0)
        self.assertIn("-l icount -d 'deterministic", out)


# what is typed -> what the Tab key makes of it
TYPED = {"./lectern be": "bench", "./lectern run --arch i": "i386",
         "./lectern run --ico": "--icount", "./lectern help mut": "mutate",
         "./lectern test --suite sel": "selftest",
         "./lectern test copy_on_w": "copy_on_write",
         "./lectern test test_budd": "test_buddy",
         "./lectern run --extensions non": "none",
         "./lectern run --extensions all,-sock": "all,-sockets",
         "./lectern run --check addr": "address",
         "./lectern port chec": "check"}
SHELLS = {"bash": (["--norc", "--noprofile", "-i"], "source <(%s)"),
          "zsh": (["-f", "-i"], "source <(%s)"),
          "fish": (["--no-config", "-i"], "%s | source")}


class Completion(unittest.TestCase):
    """By the shells themselves, at a terminal."""

    def typed_at(self, shell):
        """=> what the shell's Tab makes of each line of TYPED"""
        if not shutil.which(shell):
            self.skipTest(f"{shell} is not installed")
        arguments, source = SHELLS[shell]
        text = source % f"./lectern completion {shell}" + "\r"
        for line in TYPED:
            # printed by the shell that completed it
            text += line + "\t\x01echo '@@' \x05 '@@'\r"
        pid, terminal = pty.fork()
        if pid == 0:
            os.chdir(TOP)
            os.environ["TERM"] = "dumb"
            os.execvp(shell, [shell, *arguments])
        late = threading.Timer(100, os.kill, (pid, signal.SIGKILL))
        late.start()
        seen = ""
        try:
            os.write(terminal, (text + "exit\r").encode())
            while True:
                seen += os.read(terminal, 65536).decode(errors="replace")
        except OSError:
            pass            # it has left
        late.cancel()
        os.waitpid(pid, 0)
        return re.findall(r"^\r?@@ (.*?) +@@\r?$", seen, re.M), seen

    def completes(self, shell):
        found, seen = self.typed_at(shell)
        want = [line.rpartition(" ")[0] + " " + word
                for line, word in TYPED.items()]
        self.assertEqual(found, want, seen)

    def test_bash(self):
        self.completes("bash")

    def test_zsh(self):
        self.completes("zsh")

    def test_fish(self):
        self.completes("fish")


class Files(unittest.TestCase):
    def named(self, data):
        f = tempfile.NamedTemporaryFile()
        self.addCleanup(f.close)
        f.write(data)
        f.flush()
        return f.name

    def test_what_is_no_disk(self):
        for data, what in ((b"hello\n", "text"), ("é".encode() * 5000, "text"),
                           (b"\x7fELF\2\1\1", "ELF"), (b"\x1f\x8b8", "gzip")):
            path = self.named(data)
            with self.assertRaisesRegex(Failure, what):
                files.disk_format(path)
            self.assertEqual(files.disk_format(path, "raw"), "raw")
        for bad in ("/nonesuch", "/"):
            self.assertRaises(Failure, files.disk_format, bad, "raw")

    def test_what_may_be_one(self):
        for data in (b"", bytes(5000), b"\xeb\x3c\x90" + bytes(600),
                     b"\xff" * 5000):
            self.assertEqual(files.disk_format(self.named(data)), "raw")
        self.assertEqual(files.disk_format(self.named(b"QFI\xfb")), "qcow2")

    def test_kernels(self):
        def elf(kind, machine_):
            return b"\x7fELF" + bytes([kind]) + bytes(13) + machine_ + bytes(9)

        def loaded(at):
            """The head of one with a part at this address."""
            head = bytearray(elf(2, b"\xf3\0") + bytes(100))
            head[32:40] = struct.pack("<Q", 64)
            head[54:58] = struct.pack("<HH", 56, 1)
            head[64:68] = struct.pack("<I", 1)
            head[88:96] = struct.pack("<Q", at)
            return self.named(bytes(head))

        ours = loaded(0x80200000)
        files.check_kernel(ours, ours, 0x80200000)
        for program in (loaded(0x10000), self.named(elf(2, b"\xf3\0"))):
            with self.assertRaisesRegex(Failure, "a program, not a kernel"):
                files.check_kernel(program, ours, 0x80200000)
        files.check_kernel(self.named(bytes(0x202) + b"HdrS"), ours)
        with open(ours, "rb") as f:
            booted = self.named(f.read() + b"\x02\xb0\xad\x1b")
        files.check_kernel(booted, booted)
        with self.assertRaisesRegex(Failure, "no Multiboot header"):
            files.check_kernel(ours, booted)
        for data, what in ((elf(1, b"\3\0"), "another machine"),
                           (b"#!/bin/sh\n", "text, not a kernel"),
                           (bytes(9000), "not a kernel")):
            with self.assertRaisesRegex(Failure, what):
                files.check_kernel(self.named(data), ours)


class Terminal(unittest.TestCase):
    """What is for a person's eyes alone."""

    def stream(self, is_tty):
        stream = io.StringIO()
        stream.isatty = lambda: is_tty
        return stream

    def test_colours(self):
        def red(stream, **env):
            with mock.patch.dict(os.environ, env, clear=True):
                return common.coloured("x", "red", stream)
        self.assertEqual(red(self.stream(True)), "\x1b[31mx\x1b[0m")
        self.assertEqual(red(self.stream(False)), "x")
        self.assertEqual(red(self.stream(True), NO_COLOR="1"), "x")
        self.assertEqual(red(self.stream(True), TERM="dumb"), "x")

    def told(self, is_tty, what, seconds):
        """What is told of a thing that takes so long."""
        with mock.patch.object(sys, "stderr", self.stream(is_tty)) as err:
            with what:
                now = what.begin + seconds
                progress._tell(is_tty, now)
                progress._tell(is_tty, now + 1)
        return err.getvalue()

    def test_a_wait_is_drawn_on_a_terminal(self):
        self.assertEqual(self.told(True, progress.Waiting("w"), 0.1),
                         "\r\x1b[Klectern: w, 1 s\r\x1b[K")
        what = progress.Waiting("building")
        what.steps = 1, 4
        self.assertRegex(self.told(True, what, 6),
                         r"^\r\x1b\[Klectern: \[#{7}\.+\] building 1/4, 6 s"
                         r"\r\x1b\[K.* 7 s\r\x1b\[K$")

    def test_a_wait_is_told_elsewhere(self):
        """Every 20 seconds; and where a program has the terminal."""
        for tty, what in ((False, progress.Waiting("w")),
                          (True, progress.Waiting("w", beside=True))):
            self.assertEqual(self.told(tty, what, 5), "")
            self.assertEqual(self.told(tty, what, 20.5), "lectern: w, 20 s\n")

    def test_only_the_innermost_is_told(self):
        inner = progress.Waiting("inner")
        with progress.Waiting("outer"):
            self.assertNotIn("outer", self.told(False, inner, 25))

    def test_output_is_a_sign_of_life(self):
        what = progress.Waiting("w")
        with mock.patch.object(sys, "stderr", self.stream(False)) as err, what:
            what.begin = what.told = what.begin - 30
            progress.room()
            progress._tell(False, what.begin + 40)
        self.assertEqual(err.getvalue(), "")

    def test_what_is_started_tells_nothing(self):
        script = ("import sys; sys.path.insert(0, sys.argv[1])\n"
                  "from driver import progress\n"
                  "with progress.Waiting('w'): print(progress._ticker)\n")
        environment = {k: v for k, v in os.environ.items()
                       if k != progress.TOLD}

        def ticker():
            return subprocess.run(
                [sys.executable, "-c", script, os.path.join(TOP, "tools")],
                env=environment, stdout=subprocess.PIPE, text=True,
                check=True).stdout
        self.assertIn("Thread", ticker())
        environment[progress.TOLD] = "1"
        self.assertEqual(ticker(), "None\n")

    def test_a_build_tells_how_far_it_is(self):
        texts = []
        with mock.patch.object(build, "Waiting", mock.MagicMock()) as made:
            waiting = made.return_value.__enter__.return_value
            type(waiting).steps = mock.PropertyMock(side_effect=texts.append)
            build.run_tool(
                ["sh", "-c", "echo '[1/4] a.o'; echo '[4/4] b'"], "x")
        self.assertEqual(texts, [(1, 4), (4, 4)])

    def test_a_full_disk_is_one_line(self):
        with self.assertRaises(Failure) as why:
            build.run_tool(
                ["sh", "-c", "echo '[1/2] cc'; echo 'x.o: No space "
                 "left on device'; echo more; exit 1"], "building x")
        self.assertEqual(str(why.exception),
                         "building x: x.o: No space left on device; "
                         "LECTERN_BUILD=DIR builds elsewhere")

    def screen(self, *parts, everything=False, end=True):
        shown = []
        screen = run.Screen(shown.append, everything)
        for part in parts:
            screen.write(part)
        if end:
            screen.release()
        return b"".join(shown)

    def test_the_firmware_is_not_shown(self):
        parts = (b"OpenSBI\r\nBoot\r\n[0.0] Lec", b"tern 1\r\n", b"$ ")
        self.assertEqual(self.screen(*parts), b"[0.0] Lectern 1\r\n$ ")
        self.assertEqual(self.screen(*parts, everything=True),
                         b"".join(parts))
        self.assertEqual(self.screen(b"no kernel"), b"no kernel")


class Extensions(unittest.TestCase):
    """Lists of extensions, of a table that is not the tree's."""
    TABLE = """# a comment
wing first  what is taught
ext2  a file system
  needs disk
disk  disks
  options root io_inject
wing other  what is not
pty  terminals
port  what the driver needs
  kept
"""

    def setUp(self):
        with tempfile.NamedTemporaryFile("w", suffix=".tbl") as f:
            f.write(self.TABLE)
            f.flush()
            self.table = extensions.load(f.name)

    def names(self, text):
        return " ".join(extensions.resolve(text, self.table))

    def wrong(self, text):
        with self.assertRaises(extensions.Bad) as found:
            extensions.resolve(text, self.table)
        return str(found.exception)

    def test_lists(self):
        every = "disk ext2 port pty"
        for text in ("all", "", "all,pty"):
            self.assertEqual(self.names(text), every)
        self.assertEqual(self.names("none"), "port")
        self.assertEqual(self.names("pty"), "port pty")
        self.assertEqual(self.names("-pty"), "disk ext2 port")
        self.assertEqual(self.names(" none, disk "), "disk port")
        self.assertEqual(self.names("all,-ext2,-disk"), "port pty")
        self.assertEqual(self.names("none,-port"), "")

    def test_lists_of_wings(self):
        self.assertEqual(self.names("first"), "disk ext2 port")
        self.assertEqual(self.names("other"), "port pty")
        self.assertEqual(self.names("-first"), "port pty")
        self.assertEqual(self.names("-other"), "disk ext2 port")
        self.assertEqual(self.names("none,-other"), "port")
        self.assertEqual(self.names("first,-ext2"), "disk port")
        self.assertEqual(self.names("-first,disk"), "disk port pty")
        self.assertEqual(self.wrong("firs"),
                         "no extension firs; near it: first")
        self.assertEqual({w: sorted(n) for w, n in
                          extensions.wings(self.table).items()},
                         {"first": ["disk", "ext2"], "other": ["port", "pty"]})
        self.assertEqual(self.table["disk"].folder, "first/disk")

    def test_slips(self):
        self.assertEqual(self.wrong("ptty"),
                         "no extension ptty; near it: pty")
        self.assertEqual(self.wrong("-ptty"),
                         "no extension ptty; near it: pty")
        self.assertEqual(self.wrong("pty,-pty"), "pty and -pty")
        self.assertEqual(self.wrong("all,none"), "all and none")
        self.assertEqual(self.wrong("-disk"),
                         "ext2 needs disk, which is off")
        self.assertEqual(self.wrong("ext2"),
                         "ext2 needs disk, which is off")

    def test_a_set_has_a_folder_and_a_list_of_its_own(self):
        tags = {}
        for text in ("all", "none", "pty", "-pty", "disk", "-ext2"):
            on = extensions.resolve(text, self.table)
            tags[text] = extensions.tag(on, self.table)
            again = extensions.listed(on, self.table)
            self.assertEqual(extensions.resolve(again, self.table), on)
        self.assertEqual(tags["all"], "")
        self.assertEqual(tags["none"], "none")
        self.assertEqual(len(set(tags.values())), len(tags))

    def test_what_it_needs_comes_with_it(self):
        self.assertEqual(extensions.needed("ext2", self.table), "disk,ext2")
        self.assertEqual(extensions.needed("pty", self.table), "pty")

    def test_what_needs_it_goes_with_it(self):
        self.assertEqual(extensions.without("disk", self.table),
                         "-disk,-ext2")
        self.assertEqual(extensions.without("pty", self.table), "-pty")

    def test_options_of_the_command_line(self):
        on = extensions.resolve("-disk,-ext2", self.table)
        owner = extensions.option_owner
        self.assertEqual(owner(["quiet", "root=/dev/vda"], on, self.table),
                         ("root=/dev/vda", "disk"))
        self.assertIsNone(owner(["rootfstype=ext2"], on, self.table))
        self.assertIsNone(owner(["root=/dev/vda"], ["disk"], self.table))

    def test_a_bad_table_is_refused(self):
        wing = "wing w  x\n"
        for text in ("one space\n", "  needs disk\n", "a  b\n",
                     wing + "a  b\n  wants c\n", wing + "  needs disk\n",
                     wing + "a  b\na  c\n", wing + "a_b  c\n"):
            with tempfile.NamedTemporaryFile("w", suffix=".tbl") as f:
                f.write(text)
                f.flush()
                with self.assertRaises(extensions.Bad):
                    extensions.load(f.name)

    def test_the_driver_refuses_before_it_builds(self):
        disk = tempfile.NamedTemporaryFile()
        self.addCleanup(disk.close)
        cases = {
            "run --extensions ttyy": "--extensions ttyy: no extension ttyy",
            "build --extensions -ttyy": "--extensions -ttyy: no extension",
            "test --extensions tty,-tty": "--extensions tty,-tty: tty and",
            "bench --extensions ttyy": "no extension ttyy; near it: tty",
            "run --kernel linux --extensions all": "--extensions is for",
            "run --extensions sockets,-sockets": "sockets and -sockets",
            "build --extensions -filelock": "poll needs filelock, which is",
            "test --extensions none,ext2": "ext2 needs disk, which is off",
            "run --extensions none --append asmp": "asmp: extension scheduling "
                "is off",
            "run --extensions none --check lock": "extension checkers is "
                "off",
            "test --extensions none --check lock": "extension checkers is "
                "off",
            "run --extensions none --disk " + disk.name: "extension disk is",
            "bench --extensions none --disk": "extension disk is off",
            "bench --cpus 1": "--cpus is for --programs",
            "bench --extensions -scheduling,-futexes,-selftest,-cgroups,"
            "-cgrouplimits --smp": "extension scheduling is off",
            "run --extensions none,-virtio": "extension virtio is off",
        }
        for words, said in cases.items():
            err = io.StringIO()
            with mock.patch.object(build, "run_tool", side_effect=Exception), \
                    mock.patch.object(packages, "require",
                                      side_effect=Exception), \
                    mock.patch.dict(os.environ), \
                    contextlib.redirect_stderr(err):
                self.assertEqual(main.main(words.split()), 2, words)
            self.assertIn(said, err.getvalue())
            self.assertEqual(err.getvalue().count("\n"), 1, words)

    def test_options_of_what_is_off(self):
        with self.assertRaisesRegex(Failure, "checkers is off"):
            checks.agree(["race"], ["disk"])
        checks.agree([], [])
        table = extensions.load()
        for ext in table.values():
            for word in ext.options:
                with self.assertRaisesRegex(Failure, f"{ext.name} is off"):
                    checks.options_agree([word], set(table) - {ext.name})


class Options(unittest.TestCase):
    def test_sizes(self):
        self.assertEqual(machine.memory_size("128"), "128M")
        self.assertEqual(machine.memory_size("1G"), "1G")
        for bad in ("", "0", "-1M", "1T5", "lots"):
            self.assertRaises(Failure, machine.memory_size, bad)

    def test_gdb_address(self):
        self.assertEqual(run.gdb_address("1234"), "127.0.0.1:1234")
        self.assertEqual(run.gdb_address("0.0.0.0:1"), "0.0.0.0:1")
        self.assertRaises(Failure, run.gdb_address, "x:y")
        self.assertRegex(run.gdb_address(""), r"127\.0\.0\.1:\d+")

    def test_added(self):
        self.assertEqual(run.added_pair("/etc/passwd"),
                         ("/etc/passwd", "/passwd"))
        self.assertEqual(run.added_pair("/etc/passwd:x/y"),
                         ("/etc/passwd", "/x/y"))
        self.assertRaises(Failure, run.added_pair, "/nonesuch")


class Places(unittest.TestCase):
    def test_sources_have_names_from_the_root(self):
        for where, name in (
                ("/dev/lib/other/build/x-y/../../kernel/a.c:3", "kernel/a.c:3"),
                ("build/x/../../include/lt/list.h:9", "include/lt/list.h:9"),
                (TOP + "/build/x/syscall_table.c:1",
                 "build/x/syscall_table.c:1"),
                ("mm/space/vma.c:1", "mm/space/vma.c:1"), ("??:0", "??:0")):
            self.assertEqual(run.source_name(where), name)


class Console(unittest.TestCase):
    def type(self, *chunks, tty=True):
        """What reaches the guest; None: the machine was ended."""
        ready = mock.Mock()
        quit_ = mock.Mock()
        feed = list(chunks) + [b""]
        read = run.keyboard(ready, tty, quit_)
        out = b""
        with mock.patch.object(run.os, "read", lambda *_: feed.pop(0)):
            while True:
                data = read()
                if not data:
                    break
                out += data
        return None if quit_.called else out

    def test_escape_ends(self):
        self.assertIsNone(self.type(b"ls\r\x01x"))
        self.assertIsNone(self.type(b"\x01", b"x"))

    def test_escape_twice_is_itself(self):
        self.assertEqual(self.type(b"a\x01\x01b"), b"a\x01b")

    def test_end_of_a_pipe_is_control_d(self):
        self.assertEqual(self.type(b"ls\n\x01x", tty=False),
                         b"ls\n\x01x\x04")


class Bench(unittest.TestCase):
    def test_rows(self):
        self.assertEqual(bench.parse("stat\t12.5\n"), ("stat", 12.5))
        self.assertEqual(bench.parse("x\tn/a mmap errno=12"), ("x", None))
        self.assertIsNone(bench.parse("noise"))

    def test_every_stored_row_has_a_group(self):
        for arch in ("riscv64", "i386"):
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
                run=lambda *words: told.append("run") or rates), \
                contextlib.redirect_stdout(io.StringIO()):
            bench_malloc.bench_malloc("i386", True)
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
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "kept")
            bench.save(path, "i386", {"fork": 1000.0, "x": None, "nul": 80.0})
            old = bench.saved(path, "i386")
            self.assertEqual(old, {"fork": 1000.0, "nul": 80.0})
            self.assertRaises(Failure, bench.saved, path, "riscv64")
            with open(path, "a") as f:
                f.write("no figures\n")
            self.assertRaises(Failure, bench.saved, path, "i386")
            for option in ("--save", "--compare"):
                self.assertEqual(lectern("bench", option, path,
                                         "--smp")[0], 2)
        self.assertEqual(lectern("bench", "--compare", "/nonesuch")[0], 2)
        self.assertEqual(lectern("bench", "--save", "/none/such")[0], 2)
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


class Images(unittest.TestCase):
    def test_the_machine_can_be_ended(self):
        """By a command where no package brings one."""
        with tempfile.TemporaryDirectory() as root:
            os.makedirs(os.path.join(root, "usr/sbin"))
            with open(os.path.join(root, "usr/sbin/halt"), "w") as f:
                f.write("Debian's")
            image.end_commands(root)
            self.assertEqual(sorted(os.listdir(root + "/usr/bin")),
                             ["poweroff", "reboot"])
            with open(root + "/usr/bin/poweroff") as f:
                self.assertEqual(f.read(), "#!/bin/sh\nkill -USR2 1\n")

    def test_labelled_root_is_known(self):
        with tempfile.NamedTemporaryFile() as f:
            block = bytearray(2048)
            block[1024 + 56:1024 + 58] = b"\x53\xef"
            block[1024 + 120:1024 + 132] = image.LABEL.encode()
            f.write(block)
            f.flush()
            self.assertTrue(machine.is_root_image(f.name))
            f.seek(1024 + 120)
            f.write(bytes(16))
            f.flush()
            self.assertFalse(machine.is_root_image(f.name))

    def test_formats(self):
        with tempfile.NamedTemporaryFile() as f:
            f.write(b"QFI\xfb" + bytes(100))
            f.flush()
            self.assertEqual(files.disk_format(f.name), "qcow2")


class Pictures(unittest.TestCase):
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
        from driver.show import (show, show_html, show_record, show_svg,
                                 show_text)
        self.show, self.html, self.svg, self.text, self.record = \
            show, show_html, show_svg, show_text, show_record
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
        drawn = self.svg.space(self.moments[:1], "riscv64")
        # and in the legend
        self.assertEqual(drawn.count('class="table shared"'), 2)
        self.assertEqual(drawn.count('class="link again"'), 1)
        self.assertIn(">[256] T4, the same</text>", drawn)
        told = self.text.space(self.moments[:1], "riscv64")
        self.assertIn("T4, as above", told)
        self.assertIn("shared by 2 trees", told)

    def test_lines_pass_no_words(self):
        from xml.etree import ElementTree
        root = ElementTree.fromstring(self.svg.space(self.moments, "riscv64"))
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
        drawn = self.svg.space(self.moments, "riscv64")
        for words in ("a table in several trees", "a table drawn before",
                      "changed since the moment before"):
            self.assertEqual(drawn.count(f">{words}</text>"), 1)

    def test_what_changed_is_marked(self):
        first, later = (self.svg.space([m], "riscv64") for m in self.moments)
        self.record.compare(self.moments)
        marks = [[a.change for p in m.processes for a in p.areas]
                 for _, m in self.moments]
        self.assertEqual(marks, [[""] * 4, ["changed, 3 pages"]])
        self.assertEqual(self.moments[1][1].processes[0].gone, 2)
        self.assertEqual(first, self.svg.space(self.moments[:1], "riscv64"))
        marked = self.svg.space(self.moments[1:], "riscv64")
        self.assertEqual(marked.count('class="changed"'),
                         later.count('class="changed"') + 1)
        told = self.text.space(self.moments[1:], "riscv64")
        self.assertIn("0 of 4 pages, changed, 3 pages\n", told)
        self.assertIn("2 areas are gone", told)

    def test_a_heading_stands_once(self):
        page = self.html.page(
            "Space", self.moments, "riscv64",
            lambda m: self.svg.space_body([m], "riscv64", titled=False),
            lambda m: self.text.space([m], "riscv64"))
        self.assertEqual(page.count('class="title"'), 0)
        self.assertIn('id="told" class="heard"', page)

    def test_pictures_have_a_background(self):
        from driver.tracing import flame_stacks, flame_svg
        for drawn in (self.svg.space(self.moments, "riscv64"),
                      flame_svg.draw(flame_stacks.Node("x", False, None),
                                     "a program")):
            self.assertIn('<rect width="100%" height="100%" class="page"/>',
                          drawn)
            self.assertIn("@media(prefers-color-scheme:dark)", drawn)

    def test_flags_are_explained(self):
        told = self.text.space(self.moments[:1], "riscv64")
        self.assertNotIn("anoned", told)
        for flag in ("anon", "growsdown"):
            self.assertIn(f", {flag}", told)
            self.assertIn(f"  {flag}: ", told)
        self.assertNotIn("  nohuge: ", told)

    def test_a_walk(self):
        told = self.text.walk(self.moments[:1], 0x20001234, "riscv64")
        self.assertIn("level 0: entry 1 of T4 (frame 0x01003) = "
                      "0x00000000900004d7 [V R W U A D], frame 0x240001: a page",
                      told)
        self.assertIn("physical address 0x240001234", told)
        told = self.text.walk(self.moments[:1], 0x40001234, "riscv64")
        self.assertIn("a superpage\n  physical address 0x280001234", told)
        told = self.text.walk(self.moments[:1], 0x20003000, "riscv64")
        self.assertIn("no translation: a page fault", told)
        told = self.text.walk(self.moments[:1], 0x30000000, "riscv64")
        self.assertIn("in no area", told)
        self.assertIn("= 0, nothing is there", told)

    def test_pictures_are_well_formed(self):
        from xml.etree import ElementTree
        for text in (self.svg.space(self.moments, "riscv64"),
                     self.svg.walk(self.moments, 0x20001234, "riscv64")):
            ElementTree.fromstring(text)
        page = self.html.page(
            "A <title>", self.moments, "riscv64",
            lambda m: self.svg.space_body([m], "riscv64"),
            lambda m: self.text.space([m], "riscv64"))
        self.assertIn("A &lt;title&gt;", page)
        self.assertNotIn("http", re.sub('xmlns="[^"]*"', "", page))

    def test_what_is_no_record_is_told(self):
        with self.assertRaises(Failure):
            self.record.read("moment 8 fork\nhello", "riscv64", {})

    def test_moments_are_sorted(self):
        self.assertEqual(self.show.sort_moments(
            ["fork", "SIGSEGV", "main", "a.c:12"]),
            (["fork", "11"], ["main", "a.c:12"]))
        with self.assertRaises(Failure):
            self.show.sort_moments(["SIGNONE"])
        with self.assertRaises(Failure):
            self.show.sort_moments(["a b"])


class Tour(unittest.TestCase):
    """docs/tour.md, where it tells how many."""

    # what it says, and where that stands
    COUNTS = ((r"compares ([\d,]+) random", "test/host/test_vma.c",
               r'option\("OPS", (\d+)\)'),
              (r"fewer than (\d+) pages", "topics/sharedtables/tableshare.c",
               r"define SHARE_MIN\s+(\d+)"))

    def setUp(self):
        with open(os.path.join(TOP, "docs", "tour.md")) as f:
            self.tour = f.read()

    def test_what_a_command_counts_is_not_told(self):
        found = re.findall(
            r"\S*(?:\d|dozen|ten|teen|twelve|ty|hundred|thousand)\S*"
            r"\s+(?:instructions|lines)\b|\d+ on i386", self.tour)
        self.assertEqual(found, [])

    def test_counts_are_those_of_the_sources(self):
        for said, path, pattern in self.COUNTS:
            with open(os.path.join(TOP, path)) as f:
                there = re.search(pattern, f.read())[1]
            self.assertEqual(re.search(said, self.tour)[1].replace(",", ""),
                             there, path)


class Shape(unittest.TestCase):
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
        with mock.patch.object(shape, "_git", lambda *words: None):
            self.assertIsNone(shape.earlier())
            with self.assertRaises(Failure) as caught:
                shape.earlier("v9")
        self.assertIn("--since v9", str(caught.exception))


class Build(unittest.TestCase):
    def targets(self, command, **kw):
        with mock.patch.object(build, "build") as made:
            found = build.build_to_run("i386", command, **kw)
        self.assertEqual(made.call_args.args[1], found)
        return found

    def test_a_run_builds_what_it_names(self):
        usual = ["all"]
        more, every = usual + ["more"], usual + ["more", "guest-tests"]
        self.assertEqual(self.targets(["echo", "nmap"]), usual)
        self.assertEqual(self.targets(None), more)      # a shell
        self.assertEqual(self.targets(None, append=["quiet"]), more)
        self.assertEqual(self.targets(["/x"], added=True), more)
        for word in ("nm", "pe", "/usr/lectern/lib/libc.so.6"):
            self.assertEqual(self.targets(["sh", "-c", f"exec {word} x"]),
                             more)
        for word in ("/usr/lectern/test/cow", "/usr/lectern/bin/testrun"):
            self.assertEqual(self.targets([word]), every)
        self.assertEqual(self.targets(
            ["true"], append=["init=/usr/lectern/test/cow"]), every)

    def test_a_suite_has_what_it_runs(self):
        self.assertEqual(build.targets_of_suites({"busybox"}), ("all",))
        for suites in ({"guest"}, {"busybox", "guest"}):
            self.assertIn("guest-tests", build.targets_of_suites(suites))
        self.assertLessEqual(build.NEED_USUAL, {
            *names.SUITES, *names.ON_DEMAND})

    @contextlib.contextmanager
    def built_in_a_run(self):
        """=> a function that builds, and tells how often ninja was asked"""
        with tempfile.TemporaryDirectory() as top, \
                mock.patch.dict(os.environ), \
                mock.patch.object(progress, "BUILD", top), \
                mock.patch.object(build, "build_dir", lambda _: top), \
                mock.patch.object(build, "configure"), \
                mock.patch.object(build, "run_tool") as ninja:
            def builds(*args, **kw):
                before = ninja.call_count
                build.build("i386", *args, **kw)
                return ninja.call_count - before

            for name in build.TEST_RUN, "LECTERN_WERROR":
                os.environ.pop(name, None)
            yield builds

    def test_who_names_programs_gets_no_others_built(self):
        for words, found in ((["copy_on_write", "brk"],
                              {"copy_on_write", "brk"}),
                             (["fork"], {"fork_exit_wait", "fork_memory"}),
                             ([], set()), (["brk", "driver"], set()),
                             (["brk", "a shell"], set()),
                             (["rtld_lazy"], set()),
                             (["fail_allocs_exec"], set())):
            self.assertEqual(names.alone(words), found, words)
        with self.built_in_a_run() as builds:
            build.begin_test_run()
            self.assertEqual(builds(build.targets_of_programs({"brk"}),
                                    enough_for=build.EVERYTHING), 1)
            self.assertEqual([builds(build.EVERYTHING), builds()], [0, 0])

    def test_a_run_of_tests_builds_once(self):
        """Its commands trust what the first of them built, with the same
        options; another run's or none's do not."""
        with self.built_in_a_run() as builds:
            self.assertEqual([builds(), builds()], [1, 1])
            build.begin_test_run()
            self.assertEqual([builds(), builds()], [1, 0])
            self.assertEqual([builds(["narrow"]), builds(["narrow"])], [1, 0])
            self.assertEqual(builds(["all", "narrow"]), 0)
            self.assertEqual(builds(["all", "more"]), 1)
            self.assertEqual(builds(), 0)
            self.assertEqual([builds(werror=True), builds()], [1, 1])
            self.assertEqual(builds(options=["-Dcheck=slab"]), 1)
            build.begin_test_run()
            self.assertEqual([builds(), builds()], [1, 0])
            os.environ[build.TEST_RUN] = "/another/tree 1 2"
            self.assertEqual([builds(), builds()], [1, 1])

    def folder(self, ninja):
        """A build folder whose steps do this. => a context, its path"""
        stack = contextlib.ExitStack()
        top = stack.enter_context(tempfile.TemporaryDirectory())
        path = os.path.join(top, "i386")
        os.makedirs(path)
        stack.enter_context(mock.patch.dict(os.environ))
        os.environ.pop(build.TEST_RUN, None)
        for name, value in (("build_dir", lambda name: path),
                            ("configure", mock.Mock()), ("run_tool", ninja),
                            ("say", mock.Mock())):
            stack.enter_context(mock.patch.object(build, name, value))
        stack.enter_context(mock.patch.object(progress, "BUILD", top))
        return stack, path

    def test_a_damaged_folder_is_made_anew(self):
        for said, again in (
                ("ninja: error: build.ninja:86: unexpected EOF", True),
                ("Coredata file 'x' is corrupted. Try with a fresh build "
                 "tree.", True),
                ("x.c:1: error: 'build' undeclared", False)):
            fails = build.tool_failure("building", ["ninja"], said + "\n")
            ninja = mock.Mock(side_effect=[fails, None])
            stack, path = self.folder(ninja)
            with stack:
                try:
                    build.build("i386", ["x"])
                except Failure:
                    pass
                self.assertEqual(build.say.called, again, said)
                self.assertEqual(os.path.exists(path), not again)
                self.assertEqual(ninja.call_count, 1 + again)

    def test_a_broken_program_of_the_tests_is_left_out(self):
        """When only such are lost, they are built no more in this run."""
        for lost, tests, kept in (
                (["test/guest/cow.p/x.c.o", "test/guest/brk"], True, True),
                (["test/guest/cow.p/x.c.o", "mm.p/fault.c.o"], True, False),
                ([], True, False), (["test/guest/brk"], False, False)):
            fails = build.tool_failure("building", ["ninja"], "".join(
                f"FAILED: {name} \nx.c:1: error\n" for name in lost))
            ninja = mock.Mock(side_effect=[fails, None])
            stack, _ = self.folder(ninja)
            with stack:
                build.begin_test_run()
                with self.assertRaises(Failure) as caught:
                    build.build("i386", ["guest-tests"], without_tests=tests)
                self.assertEqual(build.only_tests_lost(caught.exception),
                                 kept or not tests)
                build.build("i386", ["guest-tests"])
                self.assertEqual(ninja.call_count, 2 - kept)

    def test_a_folder_of_a_later_time_is_made_anew(self):
        stack, path = self.folder(mock.Mock())
        with stack:
            log = os.path.join(path, ".ninja_log")
            for later, kept in ((-1000, True), (86400, False)):
                open(log, "w").close()
                os.utime(log, (time.time() + later,) * 2)
                build.build("i386", ["x"])
                self.assertEqual(os.path.exists(log), kept)

    def test_another_compiler_begins_anew(self):
        with tempfile.TemporaryDirectory() as top, \
                mock.patch.dict(os.environ), \
                mock.patch.object(build, "build_dir",
                                  lambda name: os.path.join(top, name)), \
                mock.patch.object(build, "say") as told, \
                mock.patch.object(build, "run_tool") as ran:
            def meson(command, _):
                if command[0] == "meson":
                    os.makedirs(os.path.join(top, "host"), exist_ok=True)
                    with open(os.path.join(top, "host", "build.ninja"),
                              "w") as f:
                        f.write("x")
                    os.makedirs(os.path.join(top, "host", "meson-private"),
                                exist_ok=True)
                    open(os.path.join(top, "host", "meson-private",
                                      "cmd_line.txt"), "w").close()
            ran.side_effect = meson
            for compiler, steps, said in (("gcc", 2, 0), ("gcc", 0, 0),
                                          ("clang", 2, 1)):
                os.environ["CC"] = compiler
                ran.reset_mock()
                build.configure("host", False, "host", [])
                self.assertEqual((ran.call_count, told.call_count),
                                 (steps, said), compiler)

    def test_a_file_of_a_later_time_is_named(self):
        for said, what in (("ERROR: Clock skew detected. File /t/meson.build "
                            "has a time stamp 9.3s in the future.",
                            "/t/meson.build"),
                           ("ninja: error: manifest 'build.ninja' still dirty "
                            "after 100 tries, perhaps system time is not set",
                            "build.ninja")):
            text = str(build.tool_failure("building x", ["ninja"], said))
            self.assertRegex(text, rf"^building x: {what} is of a later time "
                             r".*find \. -newermt now -exec touch \{\} \+$")

    def test_gist_shows_the_error(self):
        text = "[1/2] fine\nFAILED: x.o\n" + "cc " * 300 + "\nx.c:1: error\n"
        self.assertEqual(build._gist(text), "FAILED: x.o\nx.c:1: error")


class Complaints(unittest.TestCase):
    """Of tools, as one line."""

    def test_apts(self):
        for said, line in (("apt-get update: E: Failed to  fetch x\nE: Some "
                            "index files\n", "Failed to fetch x"),
                           ("a\nb\n", "b"), ("", "no word")):
            self.assertEqual(debs.complaint(said), line)

    def test_another_qemu_is_told(self):
        for version, said in (("7.2.9", ""), (
                "4.2.0", "; it is of version 4.2.0, and 7.2 is what is known "
                "to do")):
            with mock.patch.object(doctor, "version", lambda tool: version):
                self.assertEqual(run.of_another_qemu(
                    mock.Mock(arch=ARCHES[0])), said)


class Mirror(unittest.TestCase):
    """A mirror that takes over a new release has lists that do not fit."""

    def asked(self, names, whole, codename):
        """=> the suites that are asked for, and whether one could be used"""
        suites = []

        def fetch(apt, suite):
            suites.append(suite)
            if suite not in whole:
                raise Failure("out of step")
            lists = os.path.join(apt.pool, "state", "lists")
            os.makedirs(lists)
            with open(os.path.join(lists, "InRelease"), "w") as f:
                f.write(f"Suite: {suite}\nCodename: {codename}\n\n")

        with tempfile.TemporaryDirectory() as folder, \
                mock.patch.object(debs, "CACHE", folder), \
                mock.patch.dict(debs.SUITE, {"any": "new"}), \
                mock.patch.dict(debs.OTHER_NAME, names, clear=True), \
                mock.patch.dict(os.environ), \
                mock.patch.object(debs.Apt, "_fetch_index", fetch):
            os.environ.pop("DEB_SUITE", None)
            apt = debs.Apt("any")
            with contextlib.suppress(Failure):
                apt.update()
            return suites, apt.updated

    def test_the_other_name_is_asked_after_the_first(self):
        names = {"new": "stable"}
        self.assertEqual(self.asked(names, ("new", "stable"), "new"),
                         (["new"], True))
        self.assertEqual(self.asked(names, ("stable",), "new"),
                         (["new", "stable"], True))
        self.assertEqual(self.asked(names, (), "new"),
                         (["new", "stable"], False))
        self.assertEqual(self.asked({}, ("stable",), "new"),
                         (["new"], False))

    def test_another_release_by_that_name_is_not_taken(self):
        self.assertEqual(self.asked({"new": "stable"}, ("stable",), "newer"),
                         (["new", "stable"], False))


class ReplayOptions(unittest.TestCase):
    """What cannot be recorded is refused in a line, before anything is built."""

    def refused(self, *words):
        text = io.StringIO()
        with contextlib.redirect_stderr(text), \
                mock.patch.object(build, "build", self.fail), \
                mock.patch.object(packages, "require", self.fail):
            try:
                status = main.main(["gdb", *words])
            except SystemExit as end:
                status = end.code
        self.assertEqual(status, common.EXIT_USAGE, text.getvalue())
        self.assertEqual(text.getvalue().count("\n"), 1, text.getvalue())
        return text.getvalue()

    def test_two_who_serve_gdb(self):
        for other in ("--stub", "--gdb"):
            self.assertIn(f"--replay and {other}", self.refused(
                "--replay", other, "--", "echo"))

    def test_more_than_a_recording_holds(self):
        for words, named in ((("--smp", "2"), "--smp 2"),
                             (("--disk", "image"), "--disk"),
                             (("--kernel", "vmlinux"), "--kernel"),
                             (("--qemu-args=-netdev user",), "--qemu-args")):
            self.assertIn(f"--replay and {named}", self.refused(
                *words, "--replay", "--", "echo"))

    def test_nothing_to_record(self):
        self.assertIn("a command after --", self.refused("--replay"))


class TimeTravel(unittest.TestCase):
    """Between GDB and a QEMU that is slow, or takes nothing any more."""

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        path = os.path.join(self.folder.name, "qemu")
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(path)
        listener.listen()
        self.travel = timetravel.TimeTravel("i386", path)
        self.qemu, _ = listener.accept()
        listener.close()
        self.gdb = socket.create_connection(("127.0.0.1", self.travel.port))
        for s in (self.qemu, self.gdb):
            s.settimeout(60)
            self.addCleanup(s.close)

    @staticmethod
    def packet(text):
        return b"$%s#%02x" % (text, sum(text) & 255)

    def takes(self, sock, want):
        data = b""
        while len(data) < len(want):
            more = sock.recv(len(want) - len(data))
            if not more:
                break
            data += more
        self.assertEqual(data, want)

    def test_what_stopped_the_machine_comes_again(self):
        g = self.packet(b"g")
        self.gdb.sendall(g)
        self.takes(self.gdb, b"+")
        self.takes(self.qemu, g)
        self.qemu.sendall(self.packet(b"T02thread:p01.01;"))
        self.takes(self.qemu, b"+" + g)
        self.qemu.sendall(b"+" + self.packet(b"00"))
        self.takes(self.qemu, b"+")
        self.takes(self.gdb, self.packet(b"T02thread:p01.01;")
                   + self.packet(b"00"))

    def test_a_slow_one_is_asked_once(self):
        g = self.packet(b"g")
        with mock.patch.object(timetravel.time, "monotonic",
                               itertools.count(step=20).__next__):
            self.gdb.sendall(g)
            self.takes(self.gdb, b"+")
            self.takes(self.qemu, g)
            self.qemu.settimeout(0.4)
            with self.assertRaises(TimeoutError):
                self.qemu.recv(1)

    def test_one_that_hangs_is_told_and_gdb_sees_the_end(self):
        told = []
        hang = b"qRcmd," + b"loadvm init".hex().encode()
        with mock.patch.object(timetravel, "SILENCE_SECONDS", 0.1), \
                mock.patch.object(timetravel, "say", told.append):
            self.gdb.sendall(self.packet(hang))
            self.takes(self.gdb, b"+")
            self.assertEqual(self.gdb.recv(1), b"")
        self.assertRegex(told[0], "QEMU hangs.*'loadvm init'")

    def test_what_nobody_understands_ends_it_too(self):
        told = []
        with mock.patch.object(timetravel, "say", told.append):
            self.gdb.sendall(self.packet(b"qRcmd,zz"))
            self.takes(self.gdb, b"+")
            self.assertEqual(self.gdb.recv(1), b"")
        self.assertIn("ValueError", told[0])


if __name__ == "__main__":
    units.main()
