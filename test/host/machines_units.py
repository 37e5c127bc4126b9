#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""machines_units.py - what machines are built and started of: their table, a port
that is begun, packages, builds, archives, images."""
import argparse
import contextlib
import io
import os
import re
import shutil
import struct
import subprocess
import sys
import time
import unittest
from unittest import mock

sys.dont_write_bytecode = True
import units  # noqa: E402
from units import TOP, Failure  # noqa: E402
from driver import (build, common, doctor, files, main, packages, progress,
                    shape)
from driver.common import ARCHES
from driver.disk import cpio, debs, image, initramfs
from driver.machine import machine, port
from driver.testing import names, testing
import machines
import vdso


class Cpio(units.Case):
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
        work = self.folder()
        path = os.path.join(work, "d/e/f")
        units.write(path, "x")
        os.chmod(path, 0o751)
        tree = cpio.Archive()
        tree.host(os.path.join(work, "d"), "/x")
        self.assertEqual(tree.entries["x/e/f"][0] & 0o777, 0o751)


class Applets(units.Case):
    def test_finds_the_longest_table(self):
        names = sorted({f"app{i:03}" for i in range(120)} | {"ash", "cat"})
        path = self.file(b"junk\xff[\0" + b"".join(
            n.encode() + b"\0" for n in names) + b"\xff")
        self.assertEqual(initramfs.applets(path), sorted(["["] + names))

    def test_refuses_a_file_without_one(self):
        self.assertRaises(Failure, initramfs.applets, self.file())


class Machines(units.Case):
    ROW = ("machine a\n\tfolder\t\ta\n\tbits\t\t32\n\tmeson\t\tx86\n"
           "\ttools\t\tgcc-\n\tqemu\t\tq\n\tboard\t\tb\n\tends\t\tport\n"
           "\tram\t\t0\n\tload\t\t0x10\n\tkernel\t\t0xc0000000\n"
           "\tdirect\t\t0x1000\n\ttables\t\t2 10\n\tgdb\t\tg\n"
           "\tsyscalls\ti386\n")

    def test_reads_a_row(self):
        m = machines.parse(self.ROW + "\tobjdumps\tx\n\t\t\ty\n\t# z\n")["a"]
        self.assertEqual((m.bits, m.kernel, m.tables), (32, 0xc0000000, (2, 10)))
        self.assertEqual(m.objdumps, ("x", "y"))
        self.assertEqual((m.linux, m.debian_modules), ("", ()))
        self.assertIn("c = 'gcc-gcc'\n", m.cross_text())

    def test_a_cross_file_is_its_row(self):
        """Or nothing is built, and who asks is told what makes it anew."""
        m = machines.parse(self.ROW)["a"]
        top = self.folder()
        self.patch(machines, TOP=top)
        with mock.patch.dict(build.MACHINES, {"a": m}):
            for spoil in (lambda: None,
                          lambda: units.write(m.cross_path(), "x", "a")):
                spoil()
                self.fails("tools/machines.py --write", build.cross_file, "a")
                m.write_cross()
                self.assertEqual(build.cross_file("a"),
                                 os.path.join(top, "cross-a.txt"))

    def test_says_what_is_wrong_where(self):
        for text, why in (
                (self.ROW.replace("bits", "bats"), "t:3: no key bats"),
                (self.ROW.replace("\t32", "\tmany"),
                 "t:3: bits cannot be many"),
                (self.ROW.replace("\tqemu\t\tq\n", ""), "a has no qemu"),
                (self.ROW + self.ROW, "machine a twice"),
                (self.ROW + "\tbits\t\t64\n", "t:16: bits twice"),
                ("\tbits\t\t64\n", "t:1: neither a machine nor part of one")):
            self.fails(why, machines.parse, text, "t", error=machines.Wrong)

    def test_each_machine_has_its_port(self):
        for m in machines.MACHINES.values():
            self.assertTrue(os.path.isdir(os.path.join(TOP, "arch", m.folder)))
            self.assertEqual(machines.of_folder(f"arch/{m.folder}/x.c"), m.name)
        self.assertIsNone(machines.of_folder("kernel/x.c"))

    def test_a_row_adds_arguments_of_qemu(self):
        rows = machines.parse(self.ROW + "\tqemu_args\t-cpu x -y\n")
        self.patch(machine, MACHINES=rows)
        self.assertEqual(machine._base_args(machine.Settings("a"), "")[0][:5],
                         ["-M", "b", "-cpu", "x", "-y"])

    def test_a_port_says_what_its_code_looks_like(self):
        m = machines.parse(self.ROW)["a"]
        self.patch(machines, TOP=self.folder(), MACHINES={"a": m})
        self.assertIsNone(m.port())
        self.assertIsNone(machines.of_elf(7))
        folder = os.path.join(machines.TOP, "arch/a")
        units.write(os.path.join(folder, "tools.py"), "ELF_MACHINE = 7\n")
        units.write(os.path.join(folder, "include/arch/page.h"),
                    "#define X\t0x10\n#define Y\t1\n#define X\t14\n")
        machines._load.cache_clear()
        self.assertEqual(machines.of_elf(7), m.port())
        self.assertIsNone(machines.of_elf(8))
        self.assertEqual((m.page_constant("X"), m.page_constant("Y")), (14, 1))

    def test_a_finished_port_says_which_instructions_flush(self):
        for m in machines.FINISHED.values():
            self.assertTrue(m.port().FLUSHES, m.name)

    def test_a_port_under_way_is_taken_by_name_only(self):
        under_way = self.ROW.replace("machine a", "machine b") + "\tstep\t\t0\n"
        rows = machines.parse(self.ROW + under_way)
        self.assertEqual([*machines.finished(rows)], ["a"])
        self.assertEqual(rows["b"].step, 0)
        self.assertEqual([*machines.FINISHED], [
            name for name, m in machines.MACHINES.items() if m.step == ""])
        self.assertEqual(ARCHES, tuple(machines.FINISHED))
        self.patch(testing, ARCHES=("i386",), MACHINES=mock.Mock(),
                   names=mock.Mock(folders=lambda names, suite, every: every))
        for arch, found in (("all", ("host", "i386")), ("b", ("b",))):
            self.assertEqual(testing.chosen_folders(mock.Mock(
                all=False, arch=arch, sources=None)), found)

    def test_a_machine_without_packages_has_a_guest(self):
        """A port may boot before its row names a suite of Debian's."""
        for suites, packages, why in (
                ({}, {}, "no `debian`"), ({"wm": "s"}, {}, "no `busybox`")):
            self.patch(debs, SUITE=suites, cached=lambda *_: "a.deb",
                       extract=lambda _, to: os.makedirs(to),
                       CACHE=self.folder())
            self.patch(initramfs, BUSYBOX=packages, programs=lambda *_: ())
            said = io.StringIO()
            with contextlib.redirect_stderr(said):
                data, whole = initramfs.base_archive("wm", ())
            self.assertIn(why, said.getvalue())
            self.assertFalse(whole)
            self.assertIn(b"dev/console", data)

    def test_the_vdso_has_words_of_every_assembler(self):
        """.dword and .word are not the same everywhere."""
        for m in machines.FINISHED.values():
            text = vdso.Image(vdso.Table(os.path.join(
                TOP, "arch", m.folder, "vdso.tbl"))).text()
            used = set(re.findall(r"^\t\.(\w+)", text, re.M))
            self.assertIn("quad" if m.bits == 64 else "long", used)
            self.assertLessEqual(used, {"quad", "long", "short", "byte",
                                        "zero", "asciz", "balign"})

    def test_no_tool_has_a_table_of_its_own(self):
        key = re.compile("[{,]\\s*[\"'](%s)[\"']:" % "|".join(machines.MACHINES))
        for where, _, files_ in os.walk(os.path.join(TOP, "tools")):
            for name in files_:
                if name.endswith(".py"):
                    self.assertIsNone(key.search(units.read(
                        os.path.join(where, name))), name)


class Port(units.Case):
    """A port begun in a folder of its own."""

    def setUp(self):
        self.top = self.copied("arch/machines.tbl", "arch/riscv/meson.build",
                               *port.CONTRACT, *port.ASKED)
        self.patch(port, TOP=self.top, have=lambda tool: True,
                   TABLE=os.path.join(self.top, "arch", "machines.tbl"))
        self.patch(machines, TOP=self.top)          # its cross file

    def new(self, name="wm", like="riscv", *changes):
        options = mock.Mock(what="new", set=list(changes), like=like)
        options.name = name
        with contextlib.redirect_stderr(io.StringIO()):
            return port.port(options)

    def refused(self, why, *arguments):
        self.fails(why, self.new, *arguments)
        self.assertNotIn("wm", os.listdir(os.path.join(self.top, "arch")))

    def test_makes_a_folder_and_a_row(self):
        self.assertEqual(self.new("wm", "riscv64", "bits=32", "ram=0x40000000",
                                  "kernel=0x80000000", "direct=0x60000000",
                                  "tables=2 10", "qemu_args=-cpu x"), 0)
        self.assertEqual(machines.read(port.TABLE)["wm"].qemu_args, "-cpu x")
        m = machines.read(port.TABLE)["wm"]
        self.assertEqual((m.folder, m.bits, m.qemu, m.debian, m.packages),
                         ("wm", 32, "qemu-system-riscv64", "", ()))
        self.assertEqual(m.step, 0)
        folder = os.path.join(self.top, "arch", "wm")
        text = units.read(os.path.join(folder, "include/arch/page.h"))
        self.assertIn("#define USER_TOP\t0xbffff000ul", text)
        self.assertIn("#define VMAP_BASE\t0xe0000000ul", text)
        self.assertNotIn("@", text)

    def test_the_window_begins_with_an_entry_of_the_root(self):
        """And ends before the last one."""
        four = ("tables=4 9", "kernel=0xffff800000000000")
        self.new("wm", "riscv", "direct=0x10000000", *four)
        text = units.read(os.path.join(self.top,
                                       "arch/wm/include/arch/page.h"))
        self.assertIn("VMAP_BASE\t0xffff808000000000ul", text)
        self.assertIn("VMAP_END\t0xffff808100000000ul", text)
        self.fails("leave no entry of the root table (tables=4 9) above",
                   self.new, "vm", "riscv", "direct=0x40000000", four[0],
                   "kernel=0xffffffff80000000")
        self.assertNotIn("vm", os.listdir(os.path.join(self.top, "arch")))
        self.assertNotIn("vm", machines.read(port.TABLE))

    def test_has_no_flags_that_its_compiler_refuses(self):
        self.new()
        self.new("pc", "riscv", "tools=")
        of_risc, of_pc = (
            units.read(os.path.join(self.top, "arch", name, "meson.build"))
            for name in ("wm", "pc"))
        self.assertIn("-march=rv64", of_risc)
        self.assertIn("\nkernel_arch_args = []\n", of_pc)

    def test_everything_is_unimplemented(self):
        self.new()
        functions, data = port.contract()
        self.assertEqual(set(port.lacking(os.path.join(self.top, "arch", "wm"))),
                         {name for name, _ in functions + data})
        functions, _ = port.contract(port.CONTRACT)
        # no port needs to have what is behind a constant
        self.assertNotIn("arch_tlb_range", [name for name, _ in functions])
        self.assertEqual(len(functions) + 1, shape.contract(
            units.read("include/lt/arch.h")) + 4)

    def test_each_obligation_has_its_step(self):
        functions, data = port.contract()
        steps = [name for s in port.STEPS for name in s.functions]
        self.assertEqual(sorted(steps), sorted(n for n, _ in functions + data))
        cases = re.findall(r'^\t{ "([^"]+)",',
                           units.read("topics/selftest/arch.c"), re.M)
        self.assertEqual([c for s in port.STEPS for c in s.cases], cases)
        titles = re.findall(r"^## (\d+)\. ([^(\n]*\w)",
                            units.read("docs/porting.md"), re.M)
        self.assertEqual([(str(i), s.title.lower()) for i, s in
                          enumerate(port.STEPS)],
                         [(n, t.lower()) for n, t in titles])

    def test_refuses(self):
        self.refused("R cannot name a machine", "R")
        self.refused("i386 is taken", "i386")
        self.refused("riscv is taken", "riscv")
        self.refused("--like risc: no machine or port; similar: riscv", "wm",
                     "risc")
        self.refused("--set gd=x: not KEY=VALUE of a row of "
                     "arch/machines.tbl; similar: gdb", "wm", "riscv", "gd=x")
        self.refused("--set bits=many: bits must be a number", "wm", "riscv",
                     "bits=many")
        self.refused("--set syscalls=vax: kernel/syscall/syscalls.tbl has no "
                     "such column; until step 8 of the guide, any of generic "
                     "i386 will do", "wm", "riscv", "syscalls=vax")
        with mock.patch.object(port, "have", lambda tool: False):
            self.refused("no compiler no-gcc; --set tools=PREFIX", "wm",
                         "riscv", "tools=no-")
        self.new()
        with self.assertRaises(Failure):
            self.new()

    def test_tells_the_first_step_that_is_not_done(self):
        text = ("x\nok 1 - arch: interrupt switch nests\n"
                "end of kernel panic\n")
        reached, out = units.printed(port.steps, "wm", ["arch_dump_regs"],
                                     port.Boot(text, 121))
        self.assertEqual(reached, 3)
        self.assertEqual(units.printed(port.steps, "wm", ["arch_dump_regs"],
                                       port.Boot(text, 0))[0], 2)
        for line in ("done  2. an honest end\n", "here  3. traps\n",
                     "        arch_dump_regs is still in unimplemented.c\n",
                     "        ok  interrupt switch nests\n",
                     "        not seen  address layout\n"):
            self.assertIn(line, out)

    def test_shows_what_qemu_says(self):
        """It may refuse the kernel's image: then nothing else is said."""
        self.patch(packages, require=lambda *_: None)
        for words, shown in (("x: fread() failed", True), ("", False)):
            self.patch(port, build_kernel=lambda name: True,
                       lacking=lambda folder: [],
                       boot=lambda name: port.Boot("", None, words))
            status, out = units.printed(
                port.check, argparse.Namespace(name="riscv64"))
            self.assertEqual(status, 1)
            self.assertEqual(f"QEMU: {words}\n" in out, shown)

    def test_wants_a_line_while_the_devices_are_not_mapped(self):
        cases = [c for s in port.STEPS[:5] for c in s.cases]
        text = "".join(f"ok {n} - arch: {case}\n"
                       for n, case in enumerate(cases, 1))
        for said, step, how in (("", 4, "not seen"),
                                (port.AFTER_KMAP_SAID + "\n", 5, "ok")):
            reached, out = units.printed(port.steps, "wm", [],
                                         port.Boot(said + text, 121))
            self.assertEqual(reached, step)
            self.assertIn(f"        {how}  {port.AFTER_KMAP}\n", out)
        self.assertIn(f'"{port.AFTER_KMAP_SAID}"',
                      units.read("topics/selftest/selftest.c"))


class Packages(units.Case):
    def test_names_what_is_missing(self):
        self.patch(packages, have=lambda c: False)
        self.fails("qemu-system-riscv64, meson not found; install it with: "
                   "apt-get install qemu-system-misc meson",
                   packages.require, ["qemu-system-riscv64", "meson"], False)

    def test_clang_brings_its_sanitizers_apart(self):
        for name, more in (("clang-19", [packages.LIBFUZZER]), ("gcc-14", [])):
            top = self.folder()
            units.write(f"{top}/{name}", "")
            os.chmod(f"{top}/{name}", 0o755)
            os.symlink(name, top + "/cc")
            for words in ({"CC": f"ccache {top}/cc"}, {"CC": "", "PATH": top}):
                with mock.patch.dict(os.environ, words):
                    self.assertEqual(packages.for_test(["host"], set()),
                                     packages.FOR_HOST + more)

    def test_every_need_has_a_package(self):
        for need in packages.for_test(("host", *ARCHES), set(names.SUITES)):
            self.assertTrue(packages.packages_of([need]), need)

    def test_the_doctor_knows_every_need(self):
        self.patch(doctor, path_of=lambda tool: None)
        _, text = self.examine()
        needs = packages.for_test(("host", *ARCHES), set(names.SUITES))
        for package in packages.packages_of([*needs, "genhtml", "sparse"]):
            self.assertRegex(text.partition("apt-get install")[2]
                             + text, rf"\b{re.escape(package)}\b")
        self.assertIn("debugfs", text)

    def examined(self, gone):
        """=> the doctor's status, and what it says, where these are missing"""
        with mock.patch.object(doctor, "path_of", lambda tool: None
                               if tool in gone else "/bin/true"), \
                mock.patch.object(doctor, "version", lambda tool: "1"), \
                mock.patch.object(packages, "present",
                                  lambda need: need not in gone):
            return self.examine()

    def examine(self):
        return units.printed(doctor.doctor, mock.Mock(
            shape=False, since=None, extensions=False, packages=False))

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
        self.installing(apt)
        self.patch(packages, have=lambda c: c == "apt-get" or state["there"])
        packages.require(["meson"])
        self.assertIn("meson", calls[0])

    def installing(self, apt):
        self.patch(packages, _apt=apt, _privilege=lambda: [],
                   have=lambda c: c == "apt-get", say=mock.Mock(),
                   locked=mock.MagicMock())

    def test_tells_why_nothing_was_installed(self):
        """Lists that are not there are fetched; without a network not."""
        calls = []

        def apt(command):
            calls.append(command[-1])
            return "no mirror" if command[-1] == "update" else "no package"
        self.installing(apt)
        self.fails("the packages were not installed (no mirror); by hand: "
                   "apt-get update && apt-get install meson pkg-config",
                   packages.require, ["meson", "pkg-config"])
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
        work = self.folder()
        sudo = os.path.join(work, "sudo")
        self.patch(os, geteuid=lambda: 1000)
        self.patch(packages, _at_terminal=lambda: False)
        with mock.patch.dict(os.environ, PATH=work):
            self.assertIsNone(packages._privilege())
            for status, means in ((1, None), (0, ["sudo", "-n"])):
                units.write(sudo,
                            f"#!/bin/sh\n[ $1 = -n ] && exit {status}\n")
                os.chmod(sudo, 0o755)
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
            if script == "harness.py" or script[-3:] != ".py" \
                    or "brief=" not in units.read(path):
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
            return set(packages.for_test(
                folders, names.suites_of(wanted.names, wanted.suite, folders),
                names.host_tests_in(wanted.names, wanted.suite)))
        host = needs("--arch", "host", "tree", "driver")
        self.assertLessEqual({"pkg-config", packages.CMOCKA, "zsh"}, host)
        self.assertFalse(host & {"gdb-multiarch", "chromium", *ARCHES,
                                 packages.QEMU[ARCHES[0]], "mke2fs"})
        self.assertEqual(needs("test_vma"), set(packages.FOR_HOST))
        self.assertEqual(needs("model") - set(packages.FOR_HOST),
                         {"spin", "tcc"})
        self.assertLessEqual({"clang"}, needs("fuzz_elf"))
        machine = needs("--arch", ARCHES[0], "fork")
        self.assertEqual(machine, set(packages.for_run(ARCHES[0])))
        for words, more in ((["show"], {"gdb-multiarch", "qemu-img"}),
                            (["page"], {"chromium", "chromedriver"}),
                            (["--suite", "page"],
                             {"chromium", "chromedriver"}),
                            (["image"], set(packages.OF_SUITE["driver"]))):
            self.assertEqual(needs("--arch", ARCHES[0], *words) - machine,
                             more, words)


class Build(units.Case):
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

    def without_environment(self, *names):
        """Until the test is over these variables are not there."""
        environment = mock.patch.dict(os.environ)
        environment.start()
        self.addCleanup(environment.stop)
        for name in names:
            os.environ.pop(name, None)

    def built_in_a_run(self):
        """=> a function that builds, and tells how often ninja was asked"""
        ninja, top = mock.Mock(), self.folder()
        self.without_environment(build.TEST_RUN, "LECTERN_WERROR")
        self.patch(progress, BUILD=top)
        self.patch(build, build_dir=lambda _: top, configure=mock.Mock(),
                   run_tool=ninja)

        def builds(*args, **kw):
            before = ninja.call_count
            build.build("i386", *args, **kw)
            return ninja.call_count - before
        return builds

    def test_who_names_programs_gets_no_others_built(self):
        for words, found in ((["copy_on_write", "brk"],
                              {"copy_on_write", "brk"}),
                             (["fork"], {"fork_exit_wait", "fork_memory"}),
                             ([], set()), (["brk", "driver"], set()),
                             (["brk", "a shell"], set()),
                             (["rtld_lazy"], set()),
                             (["fail_allocs_exec"], set())):
            self.assertEqual(names.alone(words), found, words)
        builds = self.built_in_a_run()
        build.begin_test_run()
        self.assertEqual(builds(build.targets_of_programs({"brk"}),
                                enough_for=build.EVERYTHING), 1)
        self.assertEqual([builds(build.EVERYTHING), builds()], [0, 0])

    def test_a_run_of_tests_builds_once(self):
        """Its commands trust what the first of them built, with the same
        options; another run's or none's do not."""
        builds = self.built_in_a_run()
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

    def build_folder(self, ninja):
        """A build folder whose steps do this. => its path"""
        top = self.folder()
        path = os.path.join(top, "i386")
        os.makedirs(path)
        self.without_environment(build.TEST_RUN)
        self.patch(build, build_dir=lambda name: path, configure=mock.Mock(),
                   run_tool=ninja, say=mock.Mock())
        self.patch(progress, BUILD=top)
        return path

    def test_a_damaged_folder_is_made_anew(self):
        for said, again in (
                ("ninja: error: build.ninja:86: unexpected EOF", True),
                ("Coredata file 'x' is corrupted. Try with a fresh build "
                 "tree.", True),
                ("x.c:1: error: 'build' undeclared", False)):
            fails = build.tool_failure("building", ["ninja"], said + "\n")
            ninja = mock.Mock(side_effect=[fails, None])
            path = self.build_folder(ninja)
            with contextlib.suppress(Failure):
                build.build("i386", ["x"])
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
            self.build_folder(ninja)
            build.begin_test_run()
            with self.assertRaises(Failure) as caught:
                build.build("i386", ["guest-tests"], without_tests=tests)
            self.assertEqual(build.only_tests_lost(caught.exception),
                             kept or not tests)
            build.build("i386", ["guest-tests"])
            self.assertEqual(ninja.call_count, 2 - kept)

    def test_a_folder_of_a_later_time_is_made_anew(self):
        log = os.path.join(self.build_folder(mock.Mock()), ".ninja_log")
        for later, kept in ((-1000, True), (86400, False)):
            units.write(log, "")
            os.utime(log, (time.time() + later,) * 2)
            build.build("i386", ["x"])
            self.assertEqual(os.path.exists(log), kept)

    def test_another_compiler_begins_anew(self):
        top = self.folder()

        def meson(command, _):
            if command[0] == "meson":
                for name in "build.ninja", "meson-private/cmd_line.txt":
                    units.write(os.path.join(top, "host", name), "x")

        ran, told = mock.Mock(side_effect=meson), mock.Mock()
        self.without_environment()
        self.patch(build, build_dir=lambda name: os.path.join(top, name),
                   say=told, run_tool=ran)
        for compiler, steps, said in (("gcc", 2, 0), ("gcc", 0, 0),
                                      ("clang", 2, 1)):
            os.environ["CC"] = compiler
            ran.reset_mock()
            build.configure("host", False, "host", [])
            self.assertEqual((ran.call_count, told.call_count), (steps, said),
                             compiler)

    def test_a_file_of_a_later_time_is_named(self):
        for said, what in (("ERROR: Clock skew detected. File /t/meson.build "
                            "has a time stamp 9.3s in the future.",
                            "/t/meson.build"),
                           ("ninja: error: manifest 'build.ninja' still dirty "
                            "after 100 tries, perhaps system time is not set",
                            "build.ninja")):
            text = str(build.tool_failure("building x", ["ninja"], said))
            self.assertRegex(text, rf"^building x: {what} has a time stamp in "
                             r".*find \. -newermt now -exec touch \{\} \+$")

    def test_gist_shows_the_error(self):
        text = "[1/2] fine\nFAILED: x.o\n" + "cc " * 300 + "\nx.c:1: error\n"
        self.assertEqual(build._gist(text), "FAILED: x.o\nx.c:1: error")


class Mirror(units.Case):
    """A mirror that takes over a new release has lists that do not fit."""

    def asked(self, names, whole, codename):
        """=> the suites that are asked for, and whether one could be used"""
        suites = []

        def fetch(apt, suite):
            suites.append(suite)
            if suite not in whole:
                raise Failure("out of step")
            units.write(os.path.join(apt.pool, "state", "lists", "InRelease"),
                        f"Suite: {suite}\nCodename: {codename}\n\n")

        self.patch(debs, CACHE=self.folder())
        self.patch(debs.Apt, _fetch_index=fetch)
        with mock.patch.dict(debs.SUITE, {"any": "new"}), \
                mock.patch.dict(debs.OTHER_NAME, names, clear=True), \
                mock.patch.dict(os.environ):
            os.environ.pop("DEB_SUITE", None)
            apt = debs.Apt("any")
            with contextlib.suppress(Failure):
                apt.update()
            return suites, apt.updated

    def test_the_other_name_is_asked_after_the_first(self):
        names = {"new": "stable"}
        for known, whole, asked, used in (
                (names, ("new", "stable"), ["new"], True),
                (names, ("stable",), ["new", "stable"], True),
                (names, (), ["new", "stable"], False),
                ({}, ("stable",), ["new"], False)):
            self.assertEqual(self.asked(known, whole, "new"), (asked, used))

    def test_another_release_by_that_name_is_not_taken(self):
        self.assertEqual(self.asked({"new": "stable"}, ("stable",), "newer"),
                         (["new", "stable"], False))


class Files(units.Case):
    def test_what_is_no_disk(self):
        for data, what in ((b"hello\n", "text"), ("é".encode() * 5000, "text"),
                           (b"\x7fELF\2\1\1", "ELF"), (b"\x1f\x8b8", "gzip")):
            path = self.file(data)
            with self.assertRaisesRegex(Failure, what):
                files.disk_format(path)
            self.assertEqual(files.disk_format(path, "raw"), "raw")
        for bad in ("/nonesuch", "/"):
            self.assertRaises(Failure, files.disk_format, bad, "raw")

    def test_what_may_be_one(self):
        for data in (b"", bytes(5000), b"\xeb\x3c\x90" + bytes(600),
                     b"\xff" * 5000):
            self.assertEqual(files.disk_format(self.file(data)), "raw")
        self.assertEqual(files.disk_format(self.file(b"QFI\xfb")), "qcow2")

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
            return self.file(bytes(head))

        ours = loaded(0x80200000)
        files.check_kernel(ours, ours, 0x80200000)
        for program in (loaded(0x10000), self.file(elf(2, b"\xf3\0"))):
            with self.assertRaisesRegex(Failure, "a program, not a kernel"):
                files.check_kernel(program, ours, 0x80200000)
        files.check_kernel(self.file(bytes(0x202) + b"HdrS"), ours)
        with open(ours, "rb") as f:
            booted = self.file(f.read() + b"\x02\xb0\xad\x1b")
        files.check_kernel(booted, booted)
        with self.assertRaisesRegex(Failure, "no Multiboot header"):
            files.check_kernel(ours, booted)
        for data, what in ((elf(1, b"\3\0"), "another machine"),
                           (b"#!/bin/sh\n", "text, not a kernel"),
                           (bytes(9000), "not a kernel")):
            with self.assertRaisesRegex(Failure, what):
                files.check_kernel(self.file(data), ours)


    def test_a_flat_image_is_the_memory_of_an_elf_file(self):
        """With a gap between its parts, and without a part that has no bytes
        in the file."""
        head = bytearray(b"\x7fELF\2" + bytes(59) + bytes(3 * 56))
        head[32:40] = struct.pack("<Q", 64)
        head[54:58] = struct.pack("<HH", 56, 3)
        for i, (at, data) in enumerate(((0x4010, b"late"), (0x9000, b""),
                                        (0x4000, b"early"))):
            head[64 + 56 * i:64 + 56 * (i + 1)] = struct.pack(
                "<IIQQQQQQ", 1, 5, len(head), 0xff000000 + at, at, len(data),
                0x1000, 0x1000)
            head += data
        elf, folder = self.file(bytes(head)), self.folder()
        want = b"early" + bytes(11) + b"late"
        self.assertEqual(files.flat(elf), want)
        path = files.to_boot(mock.Mock(image="flat"), elf, folder)
        with open(path, "rb") as f:
            self.assertEqual(f.read(), want)
        self.assertEqual(files.to_boot(mock.Mock(image=""), elf, folder), elf)
        linux = self.file(bytes(0x38) + b"ARM\x64")
        self.assertEqual(files.to_boot(mock.Mock(image="flat"), linux, folder),
                         linux)
        files.check_kernel(linux, linux)


class Images(units.Case):
    def test_the_machine_can_be_ended(self):
        """By a command where no package brings one."""
        root = self.folder()
        units.write(root + "/usr/sbin/halt", "Debian's")
        image.end_commands(root)
        self.assertEqual(sorted(os.listdir(root + "/usr/bin")),
                         ["poweroff", "reboot"])
        self.assertEqual(units.read(root + "/usr/bin/poweroff"),
                         "#!/bin/sh\nkill -USR2 1\n")

    def test_labelled_root_is_known(self):
        block = bytearray(2048)
        block[1024 + 56:1024 + 58] = b"\x53\xef"
        block[1024 + 120:1024 + 132] = image.LABEL.encode()
        self.assertTrue(machine.is_root_image(self.file(block)))
        block[1024 + 120:] = bytes(len(block) - 1024 - 120)
        self.assertFalse(machine.is_root_image(self.file(block)))

    def test_formats(self):
        self.assertEqual(files.disk_format(
            self.file(b"QFI\xfb" + bytes(100))), "qcow2")


if __name__ == "__main__":
    units.main()
