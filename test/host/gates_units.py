#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""gates_units.py - what fails when the tree breaks a rule of its own says what
is wrong, why it matters, and what mends it; and ./lectern update mends it."""
import glob
import os
import re
import subprocess
import sys
from pathlib import Path
from unittest import mock

sys.dont_write_bytecode = True
import units  # noqa: E402
from units import TOP  # noqa: E402
from driver import shape, update
import abi
import check_tree
import extensions
import layers
import narrow
import starts
import syscalls

CALLS = "kernel/syscall/syscalls.tbl"


class Copy(units.Case):
    """A copy of some files of the tree, which a test may spoil."""

    def copy(self, *names):
        self.top = self.copied(*names)

    def text(self, name):
        return units.read(os.path.join(self.top, name))

    def put(self, name, text):
        units.write(os.path.join(self.top, name), text)


class Update(Copy):
    def setUp(self):
        self.copy(*update.MADE, update.SLEEPERS, narrow.WHITE_LIST, *(
            f"kernel/syscall/{name}.tbl"
            for name in ("syscalls", "abi", "tiers")))
        self.patch(update, TOP=self.top,
                   CALLS=os.path.join(self.top, "kernel/syscall"),
                   DOCS=os.path.join(self.top, "build/docs"))

    def run_it(self, check=False):
        """=> status, the lines that it prints"""
        status, out = units.printed(update.update, mock.Mock(
            check=check, pictures=False))
        return status, out.splitlines()

    def free(self, n):
        """=> numbers that no machine's call has"""
        used = {nr for c in update.calls() for nr in c.nr.values()}
        return [nr for nr in range(511, 0, -1) if nr not in used][:n]

    def test_once_is_enough(self):
        self.run_it()
        self.assertEqual(self.run_it(), (0, [update.FRESH]))
        self.assertEqual(self.run_it(True), (0, [update.FRESH]))

    def test_what_is_made_of_another_follows_it(self):
        made = {"first": lambda old: "new", "second":
                lambda old: update.read("first")}
        with mock.patch.multiple(update, MADE=made, PAGES={}):
            self.put("first", "old")
            self.put("second", "old")
            self.assertEqual(self.run_it(), (0, ["first", "second"]))
            self.assertEqual(self.run_it(), (0, [update.FRESH]))

    def test_a_new_call(self):
        nr, = self.free(1)
        self.put(CALLS, self.text(CALLS) + f"trial {nr} {nr} sys_trial\n"
                 "lt_trial 0x4c540fff 0x4c540fff sys_trial\n")
        status, lines = self.run_it(True)
        self.assertEqual(status, 1)
        for name in ("test/guest/signals/blocking.h", "test/rv32/without.tbl"):
            self.assertIn(f"{name} is not up to date with its sources", lines)
        self.assertIn("./lectern update", lines[-1])
        self.assertEqual(self.run_it(True), (status, lines))
        status, lines = self.run_it()
        self.assertEqual(status, 0)
        self.assertIn(os.path.relpath(os.path.join(
            self.top, "build", "docs", "syscalls.md")), lines)
        self.assertIn("  lt_trial, trial: taken for calls that never sleep; ",
                      "\n".join(lines))
        self.assertIn("  trial: not available to 32-bit programs",
                      "\n".join(lines))
        self.assertEqual(self.run_it(True), (0, [update.FRESH]))
        self.assertRegex(self.text("test/guest/signals/blocking.h"),
                         r'[ "]trial[ "]')
        self.assertRegex(self.text("test/rv32/without.tbl"),
                         r"\nundecided:\n(  \w+\n)*  trial\n")

    def test_the_call_of_the_page(self):
        """CONTRIBUTING.md's steps up to `update`: all is in step then, also
        for who has taken them already, or has another call of that number."""
        steps = units.read("CONTRIBUTING.md").partition(
            "## Your first system call")[2]
        line = re.search(r"^    (lt_answer .*\n)", steps, re.M)[1]
        name, nr, _, handler, _ = line.split()
        table = os.path.join(self.top, CALLS)
        if not re.search(rf"^{name}\b", self.text(CALLS), re.M):
            self.put(CALLS, self.text(CALLS)
                     + line.replace(nr, syscalls.free(table)))
        self.assertRegex(steps, rf"long {handler}\(int question\)")
        self.assertEqual(self.run_it()[0], 0)
        self.assertEqual(self.run_it(True), (0, [update.FRESH]))
        self.assertIn(name, self.text("build/docs/syscalls.md"))

    def test_a_second_new_call(self):
        for name, nr in zip(("trial_one", "trial_two"), self.free(2)):
            self.put(CALLS, self.text(CALLS) + f"{name} {nr} - sys_answer\n")
            self.run_it()
        self.assertIn("\n  trial_one\n  trial_two\n", self.text("test/rv32/without.tbl"))

    def test_a_call_that_went(self):
        self.put(CALLS, re.sub(r"^vhangup.*\n", "", self.text(CALLS),
                               flags=re.M))
        self.run_it()
        self.assertNotIn(" vhangup",
                         self.text("test/guest/signals/blocking.h"))
        self.assertNotIn("vhangup", self.text("build/docs/syscalls.md"))

    def test_a_wrong_line_is_told(self):
        self.put(CALLS, self.text(CALLS) + "answer 500\n")
        last = self.text(CALLS).count("\n")
        self.fails(f"{CALLS}:{last}: expected a name", self.run_it)

    def test_a_wrong_line_of_what_only_a_page_is_made_of(self):
        table = "kernel/syscall/abi.tbl"
        self.put(table, self.text(table) + "strange\n")
        self.fails("abi.tbl", self.run_it, True)


# check: files, and what is said of them
BROKEN = {
    "portable": ({"kernel/x.c": "int a;\n#ifdef __riscv\n"},
                 "kernel/x.c:2: portable code names '__riscv'"),
    "machines": ({"tools/named.tbl": "tools/a.py\twhy\nmm/*\twhy\n",
                  "tools/a.py": "# i386\n", "docs/x.md": "i386\n",
                  "user/x/arch/y.S": "# i386\n", "mm/x.c": "int a;\n",
                  "lib/x.c": "\n/* as riscv64 does */\n"},
                 "lib/x.c:2: names 'riscv64'\n"
                 "tools/named.tbl: mm/* names no machine"),
    "spdx": ({"kernel/x.c": "int a;\n"}, "kernel/x.c:1: no SPDX"),
    "coverage": ({"docs/coverage.md":
                  "| A1 | x | `mm/none.c:f` | `mm/x.c:g` | done |\n",
                  "mm/x.c": ""},
                 "docs/coverage.md:1: A1: mm/none.c does not exist"),
    "chapters": ({"docs/coverage.md": "| A1 | x |\n| A2 | y |\n",
                  "course/book/01-x.md": "# X (A9)\n\n## A2\n\n## Y (A1)\n"},
                 "course/book/01-x.md: docs/coverage.md has no row A9\n"
                 "docs/coverage.md: A2: no chapter has it in a heading"),
    "labs": ({"kernel/x.c": "/* lab y: begin */\nint a;\n"
                            "/* lab y: end */\n"},
             "kernel/x.c: a marker of lab y, which does not exist"),
    "starts": ({"test/run/meson.build":
                "'x': ['x.py', [], ['smp'], 600],\n",
                "test/run/x.py": "C = ['nm', '-n']\nsubprocess.run(\n"
                                 "    ['cowsay', 'x'])\nrun(['patch', '-s'])\n",
                "tools/y.sh": "for i in 1; do\n\tls | xmllint x; done\n",
                "tools/driver/main.py": 'COMMANDS = {\n'
                                        '    "dance": ("steps", ""),\n}\n',
                "tools/driver/steps.py": "from . import walk\n"
                "def add_options(p):\n    pass\n"
                "def dance():\n    walk.walk()\n"
                "    packages.require(packages.FOR_BARE + ['patch'])\n",
                "tools/driver/walk.py": "from .steps import A\nrun(['patch'])\n"
                "if have('tcc'):\n    run(['tcc'])\n"
                "def other():\n    run(['fish'])\n"
                "def walk():\n    run(['spin'])\n"
                "    return ['setpriv', '--x', 'mmdebstrap', 'y']\n"},
               "test/run/x.py:2: starts cowsay, which is on no list\n"
               "tools/y.sh:2: starts ls, which is on no list\n"
               "tools/y.sh:2: starts xmllint, which is on no list\n"
               "test/run/x.py: starts patch, which suite smp does not install\n"
               "tools/driver/walk.py:8: starts spin, which command dance does "
               "not require"),
    "links": ({"docs/x.md": "[a](gone.md)\n"},
              "docs/x.md: dead link gone.md"),
    "names": ({"docs/x.md": "`f_one()`, `kernel/x.c`\n\n`mm/x.c`\n",
               "kernel/x.c": "/* of f_one() */\n"},
              "kernel/x.c:1: nothing is called f_one\n"
              "docs/x.md:1: nothing is called f_one\n"
              "docs/x.md:3: there is no mm/x.c"),
    "judges": ({}, "docs/judges.md: does not exist"),
    "barriers": ({}, "docs/barriers.md: does not exist"),
    "inherited": ({"include/uapi/inherit.h": 'row(a, "task.one task.none")',
                   "kernel/current.h": "\nstruct task {\n\tint one;\n\t"
                   "long (*two)(int three);\n};\n",
                   "kernel/task/task.h": "\nstruct process {\n\tint a, *b;"
                   "\n\tstruct list c[3];\n};\n"},
                  "include/uapi/inherit.h: no row has process.a\n"
                  "include/uapi/inherit.h: no row has process.b\n"
                  "include/uapi/inherit.h: no row has process.c\n"
                  "include/uapi/inherit.h: no row has task.two\n"
                  "include/uapi/inherit.h: there is no task.none"),
    "unreached": ({"test/unreached.txt": "# why\n\nmm/x.c: g\n  f\n",
                   "mm/x.c": "int g;\n"},
                  "test/unreached.txt:3: no f in mm/x.c"),
    "hot": ({"arch/hot.ld": "*(.text.nobody)\n"},
            "arch/hot.ld: no function nobody"),
    "extensions": ({"tools/extensions.tbl": None, CALLS: None,
                    "topics/strange/x.c": ""},
                   "tools/extensions.tbl: topics/strange is not both"),
    "idiom": ({"kernel/x.c": "int a;\n\n/* f() => what */\n"},
              "kernel/x.c:3: '=>' in a comment"),
    "mistakes": ({"test/mutants.txt": "mm/x.c f: lock l\n= why\n",
                  "test/planted.txt": None, "test/flushes.txt": None},
                 "test/mutants.txt: mm/x.c f: lock l: there is no file mm/x.c"),
    "needs": ({"test/guest/needs.tbl": "nobody: strange\n",
               "tools/extensions.tbl": None},
              "test/guest/needs.tbl: no program nobody"),
    "narrow": ({CALLS: "a 1 1 sys_a\n", narrow.WHITE_LIST: "",
                "test/rv32/without.tbl": "gone: b\n"},
               "test/rv32/without.tbl: a is neither here nor in"),
}


class Gates(Copy):
    def found(self, name, files):
        """=> what a check says of a tree of these files, of the real tree
        where there is no text"""
        self.copy(*(path for path in files if files[path] is None))
        for path, text in files.items():
            if text is not None:
                self.put(path, text)
        root = Path(self.top)
        return check_tree.findings(name, root, [
            p for p in root.rglob("*") if p.is_file()])

    def test_each_says_what_is_wrong(self):
        self.assertEqual(set(BROKEN), set(check_tree.CHECKS))
        for name, (files, said) in BROKEN.items():
            self.assertIn(said, "\n".join(self.found(name, files)), name)

    def test_a_planted_mistake_names_files(self):
        files = {"test/mutants.txt": "", "test/flushes.txt": None,
                 "test/planted.txt": "a: what\nmm/x.c f: lock l\n$ true\n"
                                     "= f\\+1.*mm/y\\.c:\\d+\n"}
        said = "test/planted.txt: a: there is no file mm/y.c"
        self.assertIn(said, self.found("mistakes", files))
        self.assertNotIn(said, self.found("mistakes", {**files, "mm/y.c": ""}))

    def test_starts_of_each_kind(self):
        """What is c1, c2, ... is a program, and no n is."""
        for name, text in (
                ("x.py", "subprocess.run(['c1', 'n'])\nPopen(('c2', a))\n"
                 "run_tool(['c3'] + n, 'n')\nsubprocess.run('c4 n | c5')\n"
                 "os.system(f'c6 {n} && c7')\nA = ['setpriv', '--n', 'N']\n"
                 "B = [*A, 'c8', 'n', '--n']\nC = [*A, 'sh', '-c', 'c9']\n"
                 "def d():\n    e = ['c10']\n    e = ['c11', 'n']\n"
                 "    subprocess.check_output(e)\nwhich('c12')\n"
                 "subprocess.call(['sudo', '-n', 'env', 'N=1', '/bin/c13'])\n"
                 "os.execvp('c14', n)\nF = ['n', 'n']\n"),
                ("x.sh", "c1 n; N=1 c2 | c3\nif ! c4; then c5 n; fi # n\n"
                 "N=$(c6 'n; n')\n\"$(c7 n)\" && { /bin/c8; }\n"
                 "trap 'c9 \"$n\"' EXIT\nsh -c \"c10 n\"\n"
                 "xargs -n 1 c11\nwhile read n; do c12; done\n"
                 "n() {\n\texec c13 \\\n\t\tn\n}\nn\n"),
                ("meson.build", "a = find_program('c1', 'c2')\n"
                 "run_command(\n\t'c3', 'n')\nrun_command(['c4', 'n'])\n"
                 "custom_target('n', command: [\n\t'/bin/c5', 'n'])\n")):
            found = starts.of_file(Path(name), text)
            self.assertEqual(
                sorted({p for _, p in found} - {"setpriv", "sudo", "env", "sh",
                                                "xargs"}),
                sorted(f"c{n}" for n in range(1, text.count("c") + 1)
                       if re.search(rf"\bc{n}\b", text)), name)

    # what each function starts is called like it
    WALK = ("from . import far\nBY = {'x': None}\n"
            "def zsh():\n    run(['zsh'])\n"
            "class Spin:\n    def go(self):\n        run(['spin'])\n"
            "def tcc():\n    packages.require([])\n    run(['tcc'])\n"
            "def cpio():\n    far.cpio()\n"
            "ROW = [cpio]\n"
            "def fish(name):\n    importlib.import_module(name)\n"
            "if __name__ == '__main__':\n    run(['make'])\n")

    def test_starts_by_functions_of_other_files(self):
        files = {"tools/driver/walk.py": self.WALK,
                 "tools/driver/far.py": "def cpio():\n    subprocess.run(\n"
                                        "        ['cpio', '-i'])\n",
                 "tools/driver/walk_fish.py": "def f():\n    run(['fish'])\n",
                 "tools/driver/now.py": "X = 1\nrun(['make'])\n",
                 "test/host/beside.py": "from driver import walk\n"
                                        "from driver.walk import zsh\n"}
        top = "from driver import far, now, walk\nfrom beside import zsh\n"
        for text, programs in (
                ("", []), ("walk.BY", []),
                ("zsh()", ["zsh"]), ("walk.zsh()", ["zsh"]),
                ("walk.far.cpio", ["cpio"]),
                ("import beside\nbeside.walk.zsh()", ["zsh"]),
                ("now.X", ["make"]), ("x = walk.Spin()", ["spin"]),
                ("class T(walk.Spin):\n    pass", ["spin"]),
                ("def t():\n    for f in walk.ROW:\n        f()", ["cpio"]),
                ("walk.fish('')", ["fish"]),
                # a command requires what it starts
                ("walk.tcc()", []), ("def tcc():\n    run(['tcc'])", ["tcc"]),
                # what a part of a test replaces, and what another does not
                ("def t():\n    self.patch(far, cpio=1)\n    walk.cpio()", []),
                ("def t():\n    self.patch(walk, far=1)\n    walk.cpio()", []),
                ("def t():\n    mock.patch.object(walk, 'far')\n"
                 "    walk.cpio()", []),
                ("def t():\n    mock.patch.object(far.subprocess, 'run')\n"
                 "    walk.cpio()\n    walk.zsh()", ["zsh"]),
                ("def t():\n    mock.patch.object(walk.Spin, 'zsh')\n"
                 "    walk.Spin(walk.zsh)", ["spin", "zsh"]),
                ("class T:\n    def t():\n        self.patch(walk, far=1)\n"
                 "    def u():\n        walk.cpio()", ["cpio"])):
            found = self.found("starts", {
                **files, "test/host/x_units.py": top + text + "\n"})
            self.assertEqual([re.fullmatch(
                r"test/host/x_units\.py: starts (\w+)( by \S+:\d+)?, which "
                "test x of suite host does not install", line)[1]
                for line in found if "x_units" in line], programs, text)

    def test_none_has_a_traceback(self):
        for name in check_tree.CHECKS:
            for line in self.found(name, {}):
                self.assertNotIn("the check itself failed", line, name)
        with mock.patch.dict(check_tree.CHECKS, {"links": (
                lambda root, files: 1 // 0, "")}):
            line, = self.found("links", {})
        self.assertRegex(line, "the check itself failed, ZeroDivisionError: .*"
                               r" at .*gates_units\.py:\d+$")

    def test_a_bad_line_of_a_table_is_one_line(self):
        self.copy()
        self.put("t", "wing w  what\nstrange b\n")
        self.fails("t:2: unknown line, see the table's head: strange b",
                   extensions.load, os.path.join(self.top, "t"),
                   error=extensions.Bad)
        self.assertEqual(self.found("extensions", {
            "tools/extensions.tbl": "strange b\n", CALLS: None})[0],
            "tools/extensions.tbl:1: unknown line, see the table's head: "
            "strange b")

    def test_what_mends_it_stands_behind(self):
        self.copy()
        self.put("kernel/x.c", "/* SPDX-License-Identifier: MIT */\nint cr3;\n")
        tool = [sys.executable, os.path.join(TOP, "tools", "check_tree.py"),
                "portable", "--root", self.top]
        done = subprocess.run(tool, capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertRegex(done.stderr, "^git is needed .*\n$")
        subprocess.run(["git", "init", "-q", self.top], check=True)
        done = subprocess.run(tool, capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stderr), (1, ""))
        self.assertRegex(done.stdout, r"^kernel/x\.c:2: portable code names "
                         r"'cr3'\n  Portable code runs on every machine: .*\n"
                         r"  \(again: tools/check_tree\.py portable\)\n$")

    def test_lines_of_calls(self):
        self.copy()
        for line, why in (
                ("a 1", "t:2: expected a name, 2 numbers (generic i386)"),
                ("a one 2 sys_a", "t:2: one 2 are not 2 numbers"),
                ("a 1 3 sys_a x:strange", "t:2: no argument type strange; "
                                          "there are fd "),
                ("a 1 3 sys_a", "t:2: number 1 of riscv64 is taken by b; one "
                                "of Lectern's own calls may have 0x4c540001"),
                ("a 1@vax 3 sys_a", "t:2: no machine vax; there are riscv64 "),
                ("a 512 3 sys_a", "t:2: number 512 is neither below 512 nor"),
        ):
            self.put("t", f"b 1 1 sys_b\n{line}\n")
            self.fails(why, syscalls.load, os.path.join(self.top, "t"),
                       error=SystemExit)

    def test_a_machine_may_have_a_column_of_its_own(self):
        self.copy()
        self.put("t", "a 1 - 3 sys_a int\n")
        self.patch(syscalls, COLUMNS=("generic", "i386", "vax"),
                   TITLES={**syscalls.TITLES, "vax": "vax"})
        calls = syscalls.load(os.path.join(self.top, "t"))
        self.assertEqual(calls[0].nr, {"generic": 1, "i386": None, "vax": 3})
        page = syscalls.docs(calls).splitlines()
        self.assertIn("| a | 1 |  | 3 | `sys_a` |  | int |", page)
        self.assertEqual({line.count("|") for line in page
                          if line.startswith("|")}, {8})

    def test_a_call_of_one_machine(self):
        """Of those with the same column."""
        self.copy()
        self.put("t", "a 5@riscv64 6 sys_a\nrestart_syscall 7 8 sys_r\n")
        path = os.path.join(self.top, "t")
        one, _ = syscalls.load(path)
        rows = syscalls.MACHINES
        other = mock.Mock(syscalls="generic")
        other.name = "vax"
        self.assertEqual([one.number(m) for m in (rows["riscv64"], other,
                                                  rows["i386"])], [5, None, 6])
        for machine, found in (("riscv64", True), ("arm64", False)):
            out = os.path.join(self.top, "f.h")
            with mock.patch.object(sys, "argv", [
                    "x", "--table", path, "--column", "generic", "--machine",
                    machine, "--fuzz", out]), \
                    mock.patch.dict(syscalls.MACHINES, {machine: other}):
                syscalls.main()
            self.assertEqual('"a"' in units.read(out), found)

    def test_a_flag_with_another_number_on_one_machine(self):
        self.copy()
        path = os.path.join(self.top, "t")
        flag = "A 3:1/3:2@riscv64 yes a note\n"
        self.put("t", f"set s bits\n{flag}others - EINVAL\n")
        for machine, value in ((None, 1), ("i386", 1), ("riscv64", 2)):
            one = abi.load(path, machine)[0]["s"]
            self.assertEqual(one.split([value]), one.members)
            self.assertEqual(one.split([3 - value]), [one.others])
        self.assertEqual(abi.number_text(one.members[0]),
                         "3:1; 3:2 on riscv64")
        for note, here in (("", True), ("other: a", True), ("i386; b", False),
                           ("riscv64", True), ("64 bits", True),
                           ("32 bits; c", False)):
            member = abi.Member("A", "1", "yes", note, "bits", None)
            self.assertEqual(member.is_on(abi.MACHINES["riscv64"]), here)
        self.put("t", f"set s bits\n{flag.replace('riscv64', 'vax')}")
        self.fails("t:2: no machine vax; there are riscv64 ", abi.load, path,
                   None, error=SystemExit)

    def test_a_census_asks_for_calls_of_its_machine(self):
        self.copy()
        self.put("t", "a 5@riscv64 6 sys_a\nrestart_syscall 7 8 sys_r\n")
        tables = mock.Mock(calls=syscalls.load(os.path.join(self.top, "t")))
        other = mock.Mock(syscalls="generic")
        other.name = "vax"
        for machine, silent in ((syscalls.MACHINES["riscv64"],
                                 ["a", "restart_syscall"]),
                                (other, ["restart_syscall"])):
            self.assertEqual(abi.Census(tables, machine).silent(), silent)

    def test_layers(self):
        with mock.patch.object(layers, "sources", lambda: ["nowhere/x.c"]):
            self.assertEqual(layers.check()[2], [
                "nowhere/x.c: in no layer; add it or its folder to "
                "tools/layers.tbl, with its contents"])
        table = layers.Table()
        table.places["kernel/nowhere.c"] = 0
        with mock.patch.object(layers, "Table", lambda: table):
            self.assertEqual(layers.check()[2], [
                "tools/layers.tbl: kernel/nowhere.c does not exist; remove its "
                "line, or correct it"])
        table = layers.Table()
        arrows = layers.Arrows(table)
        arrows.use("mm/space/fault.c", "task_find", "kernel/task/task.c")
        self.assertEqual(layers.complaints(arrows), [
            "mm/space/fault.c: layer mm uses task_find of the higher layer task"])
        self.fails("build them: ./lectern build", layers.nm,
                   "/nowhere/libkernel.a.p", error=layers.Bad)

    def circles(self, *uses):
        """uses: "USER SYMBOL OWNER" """
        return layers.circles(layers.between_extensions(
            use.split() for use in uses))

    def test_circles(self):
        there, back = "topics/a/x.c b_go topics/b/y.c", \
            "topics/b/with_a.c topics/a/a.h topics/a/a.h"
        told = ["circle of extensions: topics/a uses b_go of topics/b, "
                "topics/b uses topics/a/a.h of topics/a"]
        self.assertEqual(self.circles(there, back), told)
        self.assertEqual(self.circles(
            there, "topics/a/z.c b_stop topics/b/y.c", back), told)
        self.assertEqual(self.circles(
            there, "topics/b/y.c c_go compat/c/arch/riscv/z.c",
            "compat/c/z.c a_go topics/a/x.c"), [
                "circle of extensions: compat/c uses a_go of topics/a, "
                "topics/a uses b_go of topics/b, "
                "topics/b uses c_go of compat/c"])
        # one that uses a circle is in none; every circle is told of
        self.assertEqual(self.circles(
            "compat/0/x.c b_go topics/b/y.c", there, back,
            "topics/b/y.c d_go topics/d/z.c", "topics/d/z.c b_go topics/b/y.c",
        ), [*told, "circle of extensions: topics/d uses b_go of topics/b, "
            "topics/b uses d_go of topics/d"])

    def test_no_circles(self):
        self.assertEqual(self.circles(
            "topics/a/x.c b_go topics/b/y.c", "topics/a/x.c c_go topics/c/z.c",
            "topics/b/y.c c_go topics/c/z.c", "topics/a/x.c a_go topics/a/y.c",
            "topics/c/z.c fork kernel/process/fork.c",
            "kernel/process/fork.c a_go topics/a/x.c"), [])

    def test_check_refuses_circles(self):
        uses = [("topics/a/x.c", "b.h", "topics/b/b.h"),
                ("topics/b/y.c", "a.h", "topics/a/a.h")]
        with mock.patch.object(layers, "include_uses", lambda files: uses), \
                mock.patch.object(layers, "intrusions", lambda files: []):
            self.assertEqual(layers.check()[2], [
                "circle of extensions: topics/a uses b.h of topics/b, "
                "topics/b uses a.h of topics/a"])


class Grown(Copy):
    """A few lines more in the core, as a lab may add, fail nothing."""
    MORE = "\tint more = 0;\n\n\tmore++;\n\tmore--;\n"
    GATES = (["tools/check_tree.py"], ["tools/lectern.py", "update", "--check"],
             ["tools/lectern.py", "doctor", "--shape"],
             *([os.path.relpath(path, TOP)] for path in sorted(
                 glob.glob(os.path.join(TOP, "test/host/*_units.py")))
               if not path.endswith(("gates_units.py", "options_units.py"))))

    def grow(self, folder):
        """Put them into the longest function, which is in some file."""
        length, path, name = max(
            (length, path, name) for path in shape.sources(folder, self.top)
            for name, length in shape.functions(
                open(path).readlines()) if path.endswith(".c"))
        head, brace, rest = re.fullmatch(
            rf"(.*^\w[^\n;]*\b{name}\([^;]*?\))(\n{{\n)(.*)",
            units.read(path), re.M | re.S).groups()
        self.put(path, head + brace + self.MORE + rest)

    def test_four_lines(self):
        listed = subprocess.run(["git", "-C", TOP, "ls-files", "-co",
                                 "--exclude-standard"],
                                capture_output=True, text=True)
        if listed.returncode:
            self.skipTest("no git")
        self.copy(*(name for name in listed.stdout.splitlines()
                    if os.path.exists(os.path.join(TOP, name))))
        subprocess.run(["git", "init", "-q", self.top], check=True)
        for folder in ("kernel", "mm", "fs", "dev", "lib"):
            self.grow(folder)
        for gate in self.GATES:
            done = subprocess.run(
                [sys.executable, os.path.join(self.top, gate[0]), *gate[1:]],
                cwd=self.top, text=True, capture_output=True, env={
                    **os.environ, "LECTERN_BUILD":
                    os.path.join(self.top, "build")})
            said = re.sub(r"^ok .*\n", "", done.stdout, flags=re.M)
            self.assertEqual(done.returncode, 0, f"{gate}\n{said}")


if __name__ == "__main__":
    units.main()
