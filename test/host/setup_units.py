#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""setup_units.py - what other systems and editors are given, without a machine:
the files of .vscode, the merged compile_commands.json, the Containerfile, the
bytes and sums of a release."""
import glob
import json
import os
import re
import sys
from unittest import mock

sys.dont_write_bytecode = True
import units  # noqa: E402
from units import TOP, Failure  # noqa: E402
from driver import doctor, main, packages
from driver.common import ARCHES
from driver.course import compile_db, editor, release
from driver.disk import debs
import containerfile

CONTAINERFILE = "course/container/Containerfile"


class Editor(units.Case):
    """The files that VS Code reads."""

    def of_file(self, name):
        return json.loads(units.read(f".vscode/{name}"))

    def filled(self, words, inputs):
        text = json.dumps(words).replace("${workspaceFolder}", TOP)
        text = text.replace("${fileBasenameNoExtension}", "signals")
        for item in inputs:
            text = text.replace("${input:%s}" % item["id"], item["default"])
        self.assertNotIn("${", text)
        return json.loads(text)

    def test_all_are_json(self):
        names = glob.glob(os.path.join(TOP, ".vscode", "*"))
        self.assertGreaterEqual(len(names), 4)
        for name in names:
            json.loads(units.read(name))

    def check_tasks(self, found):
        for task in found["tasks"]:
            words = self.filled([task["command"], *task["args"]],
                                found["inputs"])
            self.assertEqual(words[0], os.path.join(TOP, "lectern"))
            main.parse(words[1:])       # Failure if it is not accepted

    def test_every_command_is_accepted(self):
        found = self.of_file("tasks.json")
        self.check_tasks(found)
        found["tasks"][0]["args"].append("--nonesuch")
        self.fails("no option --nonesuch", self.check_tasks, found)

    def test_labs_only_where_there_are_any(self):
        commands = {n: c for n, c in main.COMMANDS.items() if n != "lab"}
        with mock.patch.object(main, "COMMANDS", commands):
            self.assertNotIn("${input:lab}", editor.tasks_file())
        with mock.patch.object(main, "COMMANDS", {**commands, "lab": ()}):
            self.assertIn("${input:lab}", editor.tasks_file())

    def test_each_machine_has_its_two(self):
        tasks = {t["label"]: t for t in self.of_file("tasks.json")["tasks"]}
        entries = self.of_file("launch.json")["configurations"]
        self.assertEqual([e["name"] for e in entries], [
            f"{what} on {arch}" for arch in ARCHES
            for what in ("kernel", "program")])
        for entry in entries:
            first = tasks[entry["preLaunchTask"]]
            self.assertIn(str(editor.PORT), first["args"])
            self.assertTrue(entry["miDebuggerServerAddress"].endswith(
                f":{editor.PORT}"))
            self.assertTrue(re.search(
                first["problemMatcher"]["background"]["endsPattern"],
                units.read("tools/driver/machine/run.py")))


class CompileCommands(units.Case):
    """One file for clangd of those of all build folders."""

    def setUp(self):
        self.top = self.folder()
        self.build = os.path.join(self.top, "build")
        made = os.path.join(self.build, compile_db.NAME)
        self.patch(compile_db, TOP=self.top, BUILD=self.build, MADE=made,
                   LINK=os.path.join(self.top, compile_db.NAME),
                   STAMP=made + ".stamp", of_custom_targets=lambda name: [],
                   build_dir=lambda name: os.path.join(self.build, name))
        for arch in ARCHES:
            self.set_up(arch, "kernel/a.c", f"arch/{arch}/b.c")

    def set_up(self, name, *sources):
        folder = os.path.join(self.build, name)
        units.write(os.path.join(folder, compile_db.NAME), json.dumps([
            {"directory": folder, "file": "../../" + source,
             "command": f"gcc -Werror -D{name} -c ../../{source}"}
            for source in sources]))

    def found(self):
        return {compile_db.source_of(e): e["command"] for e in
                json.loads(units.read(compile_db.LINK))}

    def of(self, path):
        return self.found()[os.path.join(self.top, path)]

    def test_the_chosen_machine_comes_first(self):
        for arch in ARCHES:
            compile_db.offer(arch)
            self.assertIn(f"-D{arch} ", self.of("kernel/a.c"))
            for other in ARCHES:
                self.assertIn(f"-D{other} ", self.of(f"arch/{other}/b.c"))

    def test_is_made_again_only_after_a_change(self):
        compile_db.offer(ARCHES[0])
        with mock.patch.object(compile_db, "merge_entries",
                               side_effect=ValueError):
            compile_db.offer(ARCHES[0])
            self.set_up(ARCHES[0], "kernel/c.c")
            os.utime(os.path.join(self.build, ARCHES[0], compile_db.NAME),
                     ns=(1, 1))
            self.assertRaises(ValueError, compile_db.offer, ARCHES[0])

    def test_a_file_of_the_users_is_kept(self):
        units.write(compile_db.LINK, "mine")
        compile_db.offer(ARCHES[0])
        self.assertEqual(units.read(compile_db.LINK), "mine")
        os.remove(compile_db.LINK)
        own = self.file("mine, too")
        os.symlink(own, compile_db.LINK)
        compile_db.offer(ARCHES[0])
        self.assertEqual(os.readlink(compile_db.LINK), own)

    def test_a_link_to_nothing_is_replaced(self):
        os.symlink("gone/compile_commands.json", compile_db.LINK)
        compile_db.offer(ARCHES[0])
        self.assertIn("-D", self.of("kernel/a.c"))

    def test_a_damaged_one_is_left_out(self):
        units.write(os.path.join(self.build, ARCHES[1], compile_db.NAME), "{")
        compile_db.offer(ARCHES[1])
        # one of all machines, and one of each other machine
        self.assertEqual(len(self.found()), len(ARCHES))

    def test_flags_of_gcc_alone(self):
        for before, after in (
                ("gcc -Wall -Werror -O2", "gcc -Wall -O2"),
                ("gcc -Werror=vla -O2", "gcc -Werror=vla -O2"),
                ("gcc -fcallgraph-info=su -c a.c", "gcc -c a.c"),
                ("gcc -march=rv64imac_zicsr_zifencei -c a.c",
                 "gcc -march=rv64imac -c a.c"),
                ("gcc -march=rv64gc -c a.c", "gcc -march=rv64gc -c a.c"),
                ("gcc -mmemset-strategy=a:1:b,c:-1:d -c a.c",
                 "gcc -c a.c")):
            self.assertEqual(compile_db.for_clang(before), after)


class Container(units.Case):
    def test_its_packages_are_the_drivers(self):
        status, out, _ = units.lectern("doctor", "--packages")
        self.assertEqual(status, 0)
        have = out.split()
        for need in doctor.usual_needs() | {"gdb-multiarch"}:
            for name in packages.packages_of([need]):
                self.assertIn(name, have)
        self.assertNotIn("chromium", have)
        # there is no second list
        text = re.sub("#.*|apt-get", "", units.read(CONTAINERFILE))
        self.assertEqual(set(text.split()) & set(have), set())

    def test_packages_go_alone(self):
        status, out, err = units.lectern("doctor", "--packages", "--shape")
        self.assertEqual((status, out, err.count("\n")), (2, "", 1))

    def test_the_file_is_understood(self):
        steps = containerfile.parsed(units.read(CONTAINERFILE))
        self.assertEqual(steps[0], ("FROM", "debian:12"))
        self.assertEqual([rest for word, rest in steps if word == "USER"],
                         ["student"])
        runs = [rest for word, rest in steps if word == "RUN"]
        self.assertTrue(runs and not any("\n" in r or "\\" in r
                                         for r in runs))

    def test_other_instructions_are_refused(self):
        for text in ("FROM a\nADD b c\n", "RUN a\n", "", "FROM a\nRUN\n"):
            self.assertRaises(ValueError, containerfile.parsed, text)

    def test_what_an_engine_is_sent(self):
        rules = containerfile.rules_of(units.read(".dockerignore"))
        for path, sent in (("lectern", True), ("tools/driver/main.py", True),
                           ("arch/machines.tbl", True), ("build/x", False),
                           ("arch/riscv/mmu.c", False), (".git/config", False),
                           ("tools/driver/__pycache__/a.pyc", False)):
            self.assertEqual(containerfile.is_sent(path, rules), sent, path)

    def test_the_archive_without_lists(self):
        line = "'http://h/{}/InRelease' h_InRelease 0 \n"
        for places, found in (
                (["debian/dists/bookworm"], "http://h/debian"),
                (["debian-security/dists/bookworm-security",
                  "d/dists/stable"], "http://h/d"),
                (["ubuntu/dists/noble"], None), ([], None)):
            self.assertEqual(debs.archive_without_lists(
                "".join(map(line.format, places))), found)


class Release(units.Case):
    def made(self):
        folder = os.path.join(self.folder(), "lectern-1")
        units.write(folder + "/a/b", "text")
        units.write(folder + "/c", "more")
        release.write_sums(folder)
        return folder

    def packed(self, folder, when):
        path = self.file()
        release.pack_folder(folder, path, when)
        with open(path, "rb") as f:
            return f.read()

    def test_the_same_bytes(self):
        one, two = self.made(), self.made()
        os.utime(two + "/c", (1, 1))
        os.chmod(two + "/c", 0o700)
        self.assertEqual(self.packed(one, 7), self.packed(two, 7))
        self.assertNotEqual(self.packed(one, 7), self.packed(two, 8))

    def test_verify(self):
        folder = self.made()
        self.assertEqual(release.faults(folder), [])
        units.write(folder + "/c", "mord")
        os.remove(folder + "/a/b")
        units.write(folder + "/new\nline", "")
        self.assertEqual(release.faults(folder), [
            "a/b: missing", "c: changed", "new\nline: extra: no sum for it"])
        status, out, err = units.lectern("release", "--verify", folder)
        self.assertEqual((status, out), (1, ""))
        self.assertEqual(err.count("lectern: "), err.count("\n"))

    def test_a_folder_in_place_of_a_file(self):
        folder = self.made()
        os.remove(folder + "/c")
        units.write(folder + "/c/d", "")
        self.assertEqual(release.faults(folder), [
            "c: not a regular file", "c/d: extra: no sum for it"])

    def test_slips(self):
        folder = self.made()
        for words, status in (
                (["-o", folder], 2), (["-o", folder + "/c"], 2),
                (["-o", ""], 2), (["--verify", folder + "/c"], 2),
                (["--verify", folder, "-o", "x"], 2),
                (["--verify", folder, "--no-page"], 2),
                (["--verify", folder + "/none"], 2),
                (["--verify", folder + "/a"], 1), (["x"], 2)):
            found, out, err = units.lectern("release", *words)
            self.assertEqual((found, out, err.count("\n")), (status, "", 1),
                             err)
        self.assertEqual(release.faults(folder), [])

    def test_the_time(self):
        for text in ("", "x", "-1", "1.5", "٣", str(1 << 40)):
            with mock.patch.dict(os.environ, SOURCE_DATE_EPOCH=text):
                self.fails("SOURCE_DATE_EPOCH", release.epoch, error=Failure)
        with mock.patch.dict(os.environ, SOURCE_DATE_EPOCH="12"):
            self.assertEqual(release.epoch(), 12)
        with mock.patch.object(release, "ask_git", lambda *words: ""), \
                mock.patch.dict(os.environ):
            os.environ.pop("SOURCE_DATE_EPOCH", None)
            self.assertEqual(release.epoch(), 0)

    def test_an_old_release_is_replaced(self):
        new, old = self.made(), self.folder()
        units.write(old + "/gone", "")
        release.write_sums(old)
        plain = self.folder()
        units.write(plain + "/x", "1")
        release.write_sums(plain)
        release.put(plain, old)
        self.assertEqual(sorted(os.listdir(old)), [release.SUMS, "x"])
        self.assertEqual(release.faults(old), [])
        self.fails("would be in its way", release.put, plain, new)
        self.assertEqual(release.faults(new), [])

    def test_names_that_leave_the_folder(self):
        for name in ("../x", "/x", "a/../../x", "./x", "a//b", ".."):
            self.assertFalse(release.stays_inside(name), name)
        for name in ("x", "a/b", "..x", "a b"):
            self.assertTrue(release.stays_inside(name), name)


units.main()
