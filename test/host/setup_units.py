#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""setup_units.py - what other systems and editors are given, without a machine:
the files of .vscode, the merged compile_commands.json, the Containerfile, the
bytes and sums of a release, what a site links to and loads, what a bare Debian
is told and judged by."""
import collections
import contextlib
import errno
import fcntl
import glob
import io
import json
import os
import re
import subprocess
import sys
from unittest import mock

sys.dont_write_bytecode = True
import units  # noqa: E402
from units import TOP, Failure  # noqa: E402
from driver import doctor, main, packages
from driver.common import ARCHES
from driver.course import compile_db, editor, release, site, site_links
from driver.disk import debs
from driver.testing import bare, fresh
import containerfile
import site_pages

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


class SiteLinks(units.Case):
    """What the command refuses: a site of two pages, with one thing planted."""

    def faults(self, planted="", name="index.html"):
        folder = self.folder()
        units.write(folder + "/index.html",
                    '<h1 id="top">A</h1><a href="b/two.html#here">b</a>')
        units.write(folder + "/b/two.html",
                    '<p id="here"><a href="../">a</a><img src="x%20y.svg">')
        units.write(folder + "/b/x y.svg", "<svg/>")
        with open(os.path.join(folder, name), "a") as f:
            f.write(planted)
        return site_links.faults(folder)

    def test_a_whole_site(self):
        self.assertEqual(self.faults(), [])

    def test_dead_links(self):
        for link, why in (
                ("b/gone.html", "there is no b/gone.html"),
                ("b", "there is no b/index.html"),
                ("b/two.html#gone", "b/two.html has no such place"),
                ("#gone", "index.html has no such place"),
                ("/b/two.html", "begins at the root"),
                ("../x.html", "leads out of the site"),
                ("http://[x", "not an address")):
            with self.subTest(link):
                found, = self.faults(f'<a href="{link}">x</a>')
                self.assertTrue(found.startswith(f"index.html: {link}: "),
                                found)
                self.assertIn(why, found)

    def test_where_a_form_leads(self):
        self.assertIn("a dead link", *self.faults('<form action="gone">'))

    def test_links_that_are_none_of_ours(self):
        for link in ("https://x.org/y", "mailto:a@b", "#top", "",
                     "b/two.html#run=ls&amp;chapter=5"):
            self.assertEqual(self.faults(f'<a href="{link}">x</a>'), [], link)

    def test_loads_from_elsewhere(self):
        for planted, name in (
                ('<script src="//x.org/a"></script>', "index.html"),
                ('<img src="a.png" srcset="//x.org/a 2x">', "index.html"),
                ('<link rel="stylesheet" href="//x.org/a">', "index.html"),
                ('<link rel="next prefetch" href="//x.org/a">', "index.html"),
                ('<p style="background: url(//x.org/a)">', "index.html"),
                ('<style>@import "//x.org/a";</style>', "index.html"),
                ('<script>fetch("//x.org/a")</script>', "index.html"),
                ('<image xlink:href="//x.org/a"/>', "b/x y.svg"),
                ("a { b: url( '//x.org/a' ) }", "a.css"),
                ('import "//x.org/a";', "a.js"),
                ("import x from '//x.org/a'", "a.mjs"),
                ('x.open("GET", "//x.org/a")', "a.js"),
                ("new WebSocket(`//x.org/a`)", "a.js"),
                ('s.src="//x.org/a"', "a.js")):
            for scheme in ("", "https:"):
                with self.subTest(planted, scheme=scheme):
                    found = self.faults(planted.replace("//", scheme + "//"),
                                        name)
                    self.assertIn(f"{name}: {scheme}//x.org/a: is loaded from "
                                  "elsewhere", found)

    def test_what_is_loaded_is_there(self):
        for planted, name in (
                ('<img src="gone.png">', "index.html"),
                ("a { b: url(gone.png) }", "a.css"),
                ('import { x } from "./gone.js";', "a.js")):
            self.assertIn("a dead link", *self.faults(planted, name))

    def test_what_only_looks_like_a_load(self):
        for planted, name in (
                ("/* url(//x.org/a) */ a { b: url(data:x) }", "a.css"),
                ('<img src="data:image/png;base64,x">', "index.html"),
                ('<link rel="next" href="b/two.html">', "index.html"),
                ('// see "https://x.org/a"', "a.js"),
                ("fetch(`https://${server}/a`)", "a.js"),
                ('<script></script>fetch("//x.org/a")', "index.html")):
            self.assertEqual(self.faults(planted, name), [], planted)


class Site(units.Case):
    def made(self):
        folder = os.path.join(self.folder(), "www")
        units.write(folder + "/book/index.html", "old")
        site.write_mark(folder)
        return folder

    def refused(self, folder):
        status, out, err = units.lectern("site", "--no-install", "-o", folder)
        self.assertEqual((status, out, err.count("\n")), (2, "", 1), err)
        return err

    def test_only_a_site_is_replaced(self):
        folder = self.made()
        site.check_output(folder)
        site.check_output(folder + "/none")
        site.check_output(self.folder())
        units.write(folder + "/book/notes", "mine")
        self.assertIn("book/notes is no part of a site", self.refused(folder))
        self.assertEqual(units.read(folder + "/book/notes"), "mine")
        os.remove(folder + "/book/notes")
        os.remove(os.path.join(folder, site.MARK))
        self.assertIn("book/index.html is no part", self.refused(folder))
        self.assertIn("not a folder", self.refused(
            folder + "/book/index.html"))
        self.assertIn("no name", self.refused(""))
        for there in (folder + "/book/index.html/www", "/proc/none/www"):
            self.assertIn(f"-o {there}: ", self.refused(there))

    def run_with(self, folder, fill):
        with mock.patch.object(site, "fill", fill), \
                mock.patch.object(site.packages, "require"), \
                contextlib.redirect_stdout(io.StringIO()):
            return main.main([*"site -o".split(), folder])

    def test_the_old_site_stays_until_the_new_one_is_whole(self):
        def stopped(new):
            units.write(new + "/book/index.html", "half")
            raise Failure("stopped")

        def whole(new):
            units.write(new + "/index.html", "new")
            site.write_mark(new)
        folder = self.made()
        with contextlib.redirect_stderr(io.StringIO()):
            self.assertEqual(self.run_with(folder, stopped), 122)
        self.assertEqual(units.read(folder + "/book/index.html"), "old")
        link = os.path.join(self.folder(), "link")
        os.symlink(folder, link)
        self.assertEqual(self.run_with(link, whole), 0)
        self.assertEqual(sorted(os.listdir(folder)),
                         [site.MARK, "index.html"])
        self.assertEqual(os.listdir(os.path.dirname(folder)), ["www"])

    def test_a_fault_is_told_with_file_and_link(self):
        folder = self.made()
        units.write(folder + "/a.html", '<a href="gone">x</a><img src="//x/y">')
        with contextlib.redirect_stderr(io.StringIO()) as said, \
                self.assertRaisesRegex(Failure, "^a.html: //x/y: is loaded"):
            site.check(folder)
        self.assertEqual(said.getvalue(),
                         "lectern: a.html: gone: a dead link, there is no "
                         "gone\n")

    def test_where_a_file_of_the_tree_is(self):
        for path, place in (
                ("docs/gdb.md", "docs/gdb.html"), ("README.md", "README.html"),
                ("course/book/05-fork.md", "book/05-fork.html"),
                ("course/book/index.md", "book/index.html"),
                ("course/book/CHAPTERS.md", "course/book/CHAPTERS.html"),
                ("LICENSE-docs", "LICENSE-docs"),
                ("course/labs/01-traps/wrong/demands.md", None),
                ("mm/vma.h", None)):
            self.assertEqual(site_pages.place_of(os.path.join(TOP, path)),
                             place, path)

    def test_every_page_is_in_a_list_of_contents(self):
        names = ["README", "docs/setup", "docs/other", "course/term"]
        self.assertEqual(site.others("Sources <README>\ndocs/setup\n", names),
                         ["docs/other"])


class Fresh(units.Case):
    """`test --fresh`: what is done in which Debian, and how it ends."""

    def plans(self, *words):
        options, _ = main.parse(["test", "--fresh", *words])
        fresh.check(options)
        return [(debian, [" ".join(c) for c in commands], dict(more))
                for debian, commands, more in fresh.plans(options)]

    def setUp(self):
        saved = mock.patch.dict(os.environ)
        saved.start()
        self.addCleanup(saved.stop)
        os.environ.pop("LECTERN_PATIENCE", None)

    def test_the_commands_of_the_readme(self):
        self.assertEqual(self.plans(), [("12", ["run", "test"], {bare.DONE: "1"})])

    def test_as_ci_does(self):
        self.assertEqual(
            self.plans("--debian", "12", "--debian", "13", "--all",
                       "--werror", "--arch", "i386"),
            [("12", ["run", "test --arch i386 --all --werror"],
              {bare.DONE: "1", "LECTERN_WERROR": "1"}),
             ("13", ["run", "test --arch i386"], {bare.DONE: "1"})])

    def test_what_is_named_comes_alone(self):
        self.assertEqual(self.plans("--suite", "smp", "--debian", "13", "x"),
                         [("13", ["test --suite smp x"], {})])

    def test_what_does_not_go_with_it(self):
        for words in (["--since", "HEAD"], ["--coverage"],
                      ["--check", "all"]):
            with self.subTest(words), self.assertRaises(Failure):
                self.plans(*words)
        options, _ = main.parse(["test", "--debian", "13"])
        with self.assertRaises(Failure):
            fresh.check(options)

    def test_ci_says_why_it_runs_in_place(self):
        top = self.folder()
        for name, text in ((".ci/run", units.read(".ci/run")),
                           ("tools/driver/testing/bare.py",
                            "import os\nprint(os.environ['WHY'])\n"),
                           ("lectern", "#!/bin/sh\necho ./lectern $*\n")):
            units.write(os.path.join(top, name), text)
            os.chmod(os.path.join(top, name), 0o755)
        for why, said in (
                ("", "./lectern test --fresh --debian 12 --debian 13 --all "
                 "--werror -v\n"),
                ("no", "CI runs in place: no\n./lectern test --all --werror "
                 "-v\n")):
            self.assertEqual(subprocess.check_output(
                [top + "/.ci/run", "-v"], text=True,
                env={**os.environ, "WHY": why}), said)

    def test_why_there_can_be_no_root(self):
        with mock.patch.object(os, "geteuid", lambda: 0), \
                mock.patch.object(bare, "have", lambda _: True):
            with mock.patch.object(bare, "ROOTS", self.file() + "/x"):
                self.assertIn("Not a directory; LECTERN_BUILD",
                              bare.why_not().replace(")", ""))
            with mock.patch.object(bare, "APART", ["false"]):
                self.assertEqual(bare.why_not(),
                                 "nothing can be mounted here (no word)")
        with mock.patch.object(os, "geteuid", lambda: 1):
            self.assertIn("only root", bare.why_not())

    def judged(self, *ends):
        count = collections.Counter()
        for words, status, last in ends:
            fresh.judge(words, status, last, count)
        return count["ok"], count["fail"], count["skip"]

    def test_the_sum(self):
        self.assertEqual(self.judged(
            (["run"], 0, "# "), (["test"], 0, "40 passed, 0 failed"),
            (["test"], 1, "7 passed, 2 failed, 3 skipped")), (48, 2, 3))

    def test_no_space_for_a_root_is_a_failure_and_the_next_is_made(self):
        made = mock.Mock(side_effect=[OSError(errno.ENOSPC, "no", "/x"), None])
        said = []
        options, _ = main.parse("test --fresh --debian 12 --debian 13".split())
        with mock.patch.multiple(fresh, one_debian=made, say=said.append), \
                mock.patch.object(bare, "why_not", lambda: ""), \
                mock.patch.object(packages, "require"), \
                mock.patch.object(fresh.signal, "signal"):
            found = units.printed(fresh.fresh, options)
        self.assertEqual(found, (1, "0 passed, 1 failed\n"))
        self.assertEqual(made.call_count, 2)
        self.assertRegex("\n".join(said), "^/x: no; LECTERN_BUILD.*$")

    def test_an_end_without_a_count_is_a_failure(self):
        for words, status, last in (
                (["run"], 122, ""), (["test"], 122, "lectern: no space"),
                (["test"], 0, ""), (["test"], -9, "5 of 9 tests")):
            with self.subTest(words, status=status):
                self.assertEqual(self.judged((words, status, last))[1], 1)
        self.assertEqual(self.judged((["test"], 2, "5 passed, 0 failed")),
                         (5, 1, 0))

    def test_the_last_root_is_removed_if_nobody_uses_it(self):
        folder = self.folder()
        with mock.patch.object(bare, "ROOTS", folder):
            left, used = (os.path.join(folder, f"root-{name}d")
                          for name in ("left", "used"))
            for root in (left, used):
                os.makedirs(root + "/debian/proc")
            with open(used + ".lock", "w") as lock, \
                    mock.patch.object(bare, "ENOUGH", 1):
                fcntl.flock(lock, fcntl.LOCK_EX)
                with bare.workplace() as mine:
                    self.assertFalse(os.path.exists(left))
                    self.assertTrue(os.path.exists(used))
                self.assertFalse(os.path.exists(mine))
            with mock.patch.object(bare, "ENOUGH", 1 << 62), \
                    self.assertRaisesRegex(Failure, "MiB are free"):
                with bare.workplace():
                    pass

    def test_a_disk_that_can_hold_no_root(self):
        for flags, free, said in ((os.ST_NODEV | os.ST_NOSUID, 1 << 21, "^$"),
                                  (os.ST_NOEXEC, 1 << 21, "mounted noexec"),
                                  (0, 1000, "1024 MiB are free")):
            self.assertRegex(bare.unfit(mock.Mock(
                f_flag=flags, f_bavail=free, f_frsize=1024)), said)

    def test_a_tool_that_fails_says_what_troubles_the_host(self):
        for said, told in (
                ("tar: a: Cannot write: No space left on device\ntar: end",
                 "x: tar: a: Cannot write: No space left on device; "
                 "LECTERN_BUILD=DIR builds elsewhere"),
                ("one\ntwo", "x: two"), ("", "x: no word")):
            with self.assertRaises(Failure) as why:
                bare._run(["sh", "-c", f"echo '{said}' >&2; exit 2"], "x")
            self.assertEqual(str(why.exception), told)
        self.assertEqual(bare._run(["sh", "-c", "echo hi"], "x"), "hi\n")

    def test_why_none_was_made(self):
        for said, told in (
                ("I: x\ntar: x: No space left on device\nE: tar",
                 "tar: x: No space left on device; LECTERN_BUILD=DIR builds "
                 "elsewhere"),
                ("mkdir: x: Read-only file system\nE: mkdir",
                 "mkdir: x: Read-only file system; LECTERN_BUILD=DIR"),
                ("W: Download is performed unsandboxed as root as file 'x' "
                 "(13: Permission denied)\nE: unable to mount",
                 "unable to mount"),
                ("W: GPG error: NO_PUBKEY 7\nE: update failed", "keyring"),
                ("W: Could not resolve 'host'\nE: Failed to fetch http",
                 "cannot be reached: Could not resolve 'host'"),
                ("I: ok\nE: unable to mount", "unable to mount")):
            with self.subTest(said):
                self.assertIn(told, bare.why_failed(said))


class Forges(units.Case):
    """What forges run on a push and on a tag: the README's commands, after
    apt-get has fetched what a bare Debian must have for them."""
    TESTS = ["echo poweroff | ./lectern run", "./lectern test"]
    SITE = ["./lectern site -o public"]

    def commands(self, text):
        """Return: what the lines of a workflow run, one command each"""
        lines = re.findall(r"^ *- (?:run: )?((?:apt-get|echo|\./).*)$", text,
                           re.M)
        return [c for line in lines for c in line.split(" && ")]

    def check(self, text):
        text = re.sub("^ *#.*$", "", text, flags=re.M)
        commands = self.commands(text)
        self.assertEqual(text.count("lectern"),
                         sum("./lectern" in c for c in commands))
        self.assertIn("image: debian:13" if "script:" in text
                      else "container: debian:13", text)
        self.assertEqual(commands[:2], [
            "apt-get update",
            "apt-get install -y " + " ".join(fresh.BEGINNING)])
        readme = re.findall(r"`?(\./lectern [a-z]+)", units.read("README.md"))
        for command in commands[2:]:
            words = command.replace("echo poweroff | ", "").split()
            self.assertIn(" ".join(words[:2]), readme)
            main.parse(words[1:])       # Failure if it is not accepted
        return commands[2:]

    def test_the_commands_of_each_file(self):
        for name, commands in (
                (".github/workflows/test.yml", self.TESTS),
                (".github/workflows/site.yml", self.SITE),
                (".gitlab-ci.yml", self.TESTS + self.SITE)):
            with self.subTest(name):
                self.assertEqual(self.check(units.read(name)), commands)

    def test_the_site_on_tags_alone(self):
        self.assertIn('on:\n  push:\n    tags: ["*"]\n',
                      units.read(".github/workflows/site.yml"))
        self.assertRegex(units.read(".gitlab-ci.yml"),
                         r"\npages:\n  rules:\n    - if: \$CI_COMMIT_TAG\n")

    def test_the_folder_of_the_site_is_what_is_shown(self):
        for name, shown in ((".github/workflows/site.yml", "path: public"),
                            (".gitlab-ci.yml", "paths: [public]")):
            self.assertIn(shown, units.read(name))

    def test_another_command_is_noticed(self):
        text = units.read(".gitlab-ci.yml")
        for old, new in (("./lectern test", "./lectern test --nonesuch"),
                         ("./lectern test", "make lectern"),
                         ("python3", "python3 gcc"),
                         ("debian:13", "debian:12")):
            with self.subTest(new), self.assertRaises(
                    (AssertionError, Failure)):
                self.check(text.replace(old, new))

    def test_a_tree_of_another_user(self):
        """git takes the tree for safe beside what the caller had set."""
        given = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "a.b",
                 "GIT_CONFIG_VALUE_0": "c"}
        with mock.patch.dict(os.environ, given):
            main.trust_tree()
            said = [subprocess.run(
                ["git", "config", "--get-all", key], text=True, cwd="/",
                capture_output=True).stdout.split() for key in
                ("a.b", "safe.directory")]
        self.assertEqual(said[0], ["c"])
        self.assertIn(TOP, said[1])


units.main()
