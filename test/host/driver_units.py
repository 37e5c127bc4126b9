#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""driver_units.py - the command line and what it starts, without a machine: slips,
words that are completed, lists of extensions, the terminal, GDB's line."""
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
import subprocess
import sys
import threading
from unittest import mock

sys.dont_write_bytecode = True
import units  # noqa: E402
from units import TOP, Failure  # noqa: E402
from driver import build, checks, common, doctor, main, progress
from driver.bench import bench
from driver.common import ARCHES, NAMED
from driver.disk import debs
from driver.machine import guard, machine, run, timetravel
from driver.testing import testing
import commands_table
import extensions


class Launcher(units.Case):
    """./lectern itself, before there is Python."""

    def start(self, command, path=os.environ["PATH"]):
        return subprocess.run(
            [*command, "--version"], cwd="/", capture_output=True, text=True,
            env=dict(os.environ, PATH=path))

    def test_finds_its_tree(self):
        """From another folder, by a link with a blank in its name."""
        link = os.path.join(self.folder(), "a b")
        os.symlink(os.path.join(TOP, "lectern"), link)
        for command in ([link], ["sh", link]):
            done = self.start(command)
            self.assertEqual((done.returncode, done.stdout, done.stderr),
                             (0, main.version() + "\n", ""))

    def test_tells_that_python_is_missing(self):
        work = self.folder()
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


class Slips(units.Case):
    """What a user may mistype, told in one line."""

    def refuses(self, *args):
        status, out, err = units.lectern(*args)
        self.assertEqual((status, out, err.count("\n")), (2, "", 1), err)
        return err

    def test_commands(self):
        self.assertIn("similar: run", self.refuses("rnu"))
        self.assertIn("lectern help", self.refuses("nonesuch"))

    def test_a_command_without_its_dashes(self):
        self.assertIn("after --: lectern run -- ls -l 'a b'",
                      self.refuses("run", "--smp", "2", "ls", "-l", "a b"))
        self.assertIn("takes no ls", self.refuses("build", "ls"))
        self.refuses("run", "--")
        self.refuses("bench", "--", "true")

    def test_options(self):
        self.assertIn("--arhc; similar: --arch",
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
        status, _, err = units.lectern("fuzz", "--distil", "/tmp/x", "--no-cover")
        self.assertEqual(status, 2)
        self.assertIn("not with --no-cover", err)

    def test_fuzz_ends_by_programs_or_by_minutes(self):
        for words, why in ((("--programs", "0"), "at least 1"),
                           (("--programs", "9", "--minutes", "1"), "give only one"),
                           (("--minutes", "-1"), "at least")):
            status, _, err = units.lectern("fuzz", *words)
            self.assertEqual(status, 2)
            self.assertIn(why, err)

    def test_times(self):
        for bad in ("nan", "-1", "inf", "soon"):
            self.assertEqual(units.lectern("run", "--timeout", bad)[0], 2)

    def test_version_and_help(self):
        status, out, _ = units.lectern("--version")
        self.assertEqual((status, out.split()[0]), (0, "Lectern"))
        for args in (["help"], ["--help"], ["help", "run"]):
            status, out, _ = units.lectern(*args)
            self.assertEqual(status, 0)
            self.assertIn("usage: lectern", out)

    def one_line(self, error):
        with mock.patch.object(main, "do", side_effect=error):
            status, _, err = units.lectern("doctor")
        self.assertEqual((status, err.count("\n")), (122, 1), err)
        return err

    def test_no_room(self):
        full = OSError(28, "No space left on device")
        with mock.patch.object(main, "do", side_effect=full):
            self.assertEqual(units.lectern("doctor"), (
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


class Words(units.Case):
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
        top = self.folder()
        self.patch(commands_table, TOP=top)
        for page in ("README.md", "x.md"):
            units.write(os.path.join(top, page), (
                "Text ./lectern no; `./lectern a\nb`, `man c`.\n\n"
                "    $ echo 1 | ./lectern run  # why\n    1\n"
                "    (gdb) lt-ps\n\n    cat x; ./lectern y \\\n z"
                "\n\n    main  kernel/main.c\n    cp a b\n"))
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
        script = units.lectern("completion", "bash")[1] + """
            COMP_WORDS=(./lectern "$@"); COMP_CWORD=$#; _lectern
            echo "${COMPREPLY[*]}" """
        return subprocess.run(["bash", "-c", script, "bash", *typed],
                              stdout=subprocess.PIPE, text=True,
                              check=True).stdout.split()

    def test_completion(self):
        for typed, made in (
                ("be", "bench"), ("run --ico", "--icount"),
                ("run --arch ", " ".join(NAMED)), ("run -- --ico", ""),
                ("run --arch = r", "riscv64"), ("test --suite gu", "guest"),
                ("test test_bu", "test_buddy"),
                ("bench null_getpp", "null_getppid"),
                ("build --extensions all,-sock", "all,-sockets"),
                ("run --disk ", ""),
                ("port ", "--no-install new check --like --set")):
            self.assertEqual(self.completed(*typed.split(" ")), made.split(),
                             typed)
        status, out, _ = units.lectern("completion", "fish")
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
# What tells a terminal the window's title, where a command begins, colours.
ESCAPES = r"\x1b(?:\][^\x07\x1b]*(?:\x07|\x1b\\)|\[[\d;?=><]*[a-zA-Z])"


class Completion(units.Case):
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
        printed = re.sub(ESCAPES, "", seen).replace("\r", "\n")
        return re.findall(r"^@@ (.*?) +@@$", printed, re.M), seen

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


class Terminal(units.Case):
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
            self.assertEqual(self.told(tty, what, 20.2), "lectern: w, 20 s\n")

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
        self.fails("building x: x.o: No space left on device; "
                   "LECTERN_BUILD=DIR builds elsewhere", build.run_tool,
                   ["sh", "-c", "echo '[1/2] cc'; echo 'x.o: No space "
                    "left on device'; echo more; exit 1"], "building x")

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


class Extensions(units.Case):
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
        self.table = extensions.load(self.file(self.TABLE, ".tbl"))

    def names(self, text):
        return " ".join(extensions.resolve(text, self.table))

    def wrong(self, text):
        with self.assertRaises(extensions.Bad) as found:
            extensions.resolve(text, self.table)
        return str(found.exception)

    def stand_for(self, lists):
        for text, names in lists.items():
            self.assertEqual(self.names(text), names, text)

    def test_lists(self):
        every = "disk ext2 port pty"
        self.stand_for({
            "all": every, "": every, "all,pty": every, "none": "port",
            "pty": "port pty", "-pty": "disk ext2 port",
            " none, disk ": "disk port", "all,-ext2,-disk": "port pty",
            "none,-port": ""})

    def test_what_a_port_lacks(self):
        """The extensions whose part it has not, and what needs them."""
        top = self.folder()
        os.makedirs(os.path.join(top, "first/disk/arch/new"))
        self.patch(extensions, TOP=top)
        self.table["disk"].ported = True
        for port, names in (("new", set()), ("newer", {"disk", "ext2"})):
            self.assertEqual(extensions.lacking(port, self.table), names)
        self.table["disk"].learn("never newer it has no wires".split())
        for port, why in (("newer", "it has no wires"),
                          ("newest", "the port has no part of it yet")):
            self.assertEqual(extensions.why_lacking("ext2", port, self.table),
                             why)

    def test_lists_of_wings(self):
        self.stand_for({
            "first": "disk ext2 port", "other": "port pty",
            "-first": "port pty", "-other": "disk ext2 port",
            "none,-other": "port", "first,-ext2": "disk port",
            "-first,disk": "disk port pty"})
        self.assertEqual(self.wrong("firs"),
                         "no extension firs; similar: first")
        self.assertEqual({w: sorted(n) for w, n in
                          extensions.wings(self.table).items()},
                         {"first": ["disk", "ext2"], "other": ["port", "pty"]})
        self.assertEqual(self.table["disk"].folder, "first/disk")

    def test_slips(self):
        for text, why in (
                ("ptty", "no extension ptty; similar: pty"),
                ("-ptty", "no extension ptty; similar: pty"),
                ("pty,-pty", "pty and -pty exclude each other"), ("all,none", "all and none exclude each other"),
                ("-disk", "ext2 needs disk, which is off"),
                ("ext2", "ext2 needs disk, which is off")):
            self.assertEqual(self.wrong(text), why)

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
            with self.assertRaises(extensions.Bad):
                extensions.load(self.file(text, ".tbl"))

    def test_the_driver_refuses_before_it_builds(self):
        cases = {
            "run --extensions ttyy": "--extensions ttyy: no extension ttyy",
            "build --extensions -ttyy": "--extensions -ttyy: no extension",
            "test --extensions tty,-tty": "--extensions tty,-tty: tty and",
            "bench --extensions ttyy": "no extension ttyy; similar: tty",
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
            "run --extensions none --disk " + self.file(): "extension disk is",
            "bench --extensions none --disk": "extension disk is off",
            "bench --cpus 1": "--cpus is for --programs",
            "bench --extensions -scheduling,-futexes,-selftest,-cgroups,"
            "-cgrouplimits --smp": "extension scheduling is off",
            "run --extensions none,-virtio": "extension virtio is off",
        }
        for words, said in cases.items():
            status, _, err = units.lectern(*words.split())
            self.assertEqual((status, err.count("\n")), (2, 1), words)
            self.assertIn(said, err)

    def test_options_of_what_is_off(self):
        with self.assertRaisesRegex(Failure, "checkers is off"):
            checks.agree(["race"], ["disk"])
        checks.agree([], [])
        table = extensions.load()
        for ext in table.values():
            for word in ext.options:
                with self.assertRaisesRegex(Failure, f"{ext.name} is off"):
                    checks.options_agree([word], set(table) - {ext.name})


class Options(units.Case):
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


class Places(units.Case):
    def test_sources_have_names_from_the_root(self):
        for where, name in (
                ("/dev/lib/other/build/x-y/../../kernel/a.c:3", "kernel/a.c:3"),
                ("build/x/../../include/lt/list.h:9", "include/lt/list.h:9"),
                (TOP + "/build/x/syscall_table.c:1",
                 "build/x/syscall_table.c:1"),
                ("mm/space/vma.c:1", "mm/space/vma.c:1"), ("??:0", "??:0")):
            self.assertEqual(run.source_name(where), name)


class Console(units.Case):
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


class Guarded(units.Case):
    """What GDB sees of what a machine sends, in whatever pieces it comes."""

    def test_takes_requests_out(self):
        stop, memory = b"$T02thread:p01.01;#03", b"+$746f#9e"
        request, held = guard.framed(b"Fopen,40/f,601"), b"$T02#b6"
        sent = stop + request + b"+" + held + memory + request + held + stop
        for size in range(1, len(sent) + 1):
            known = guard.Filter()
            taken = [known.take(sent[i:i + size])
                     for i in range(0, len(sent), size)]
            self.assertEqual(
                (b"".join(data for data, _ in taken), sum(n for _, n in taken)),
                (stop + b"+" + memory + stop, 2), size)


class ReplayOptions(units.Case):
    """What cannot be recorded is refused in a line, before anything is built."""

    def refused(self, *words):
        status, _, err = units.lectern("gdb", *words)
        self.assertEqual((status, err.count("\n")), (common.EXIT_USAGE, 1),
                         err)
        return err

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


class TimeTravel(units.Case):
    """Between GDB and a QEMU that is slow, or takes nothing any more."""

    def setUp(self):
        path = os.path.join(self.folder(), "qemu")
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

    def test_a_machine_gets_no_file_of_the_host(self):
        """It goes on at once; a byte more would stop it."""
        stop, g = self.packet(b"S05"), self.packet(b"g")
        self.qemu.sendall(self.packet(b"Fopen,100/5,601,1a4"))
        self.takes(self.qemu, b"+" + self.packet(b"F-1,1,C") + b"+"
                   + self.packet(b"c"))
        self.qemu.sendall(b"+" + self.packet(b"T02") + b"+" + stop)
        self.takes(self.gdb, stop)
        self.gdb.sendall(g)
        self.takes(self.qemu, b"+" + g)

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


class Complaints(units.Case):
    """Of tools, as one line."""

    def test_apts(self):
        for said, line in (("apt-get update: E: Failed to  fetch x\nE: Some "
                            "index files\n", "Failed to fetch x"),
                           ("a\nb\n", "b"), ("", "no word")):
            self.assertEqual(debs.complaint(said), line)

    def test_another_qemu_is_told(self):
        for version, said in (("7.2.9", ""), ("10.0.13", ""), ("10.0", ""), *(
                (other, f"; its version is {other}, which was not tried: "
                 "7.2 and 10.0 were") for other in ("4.2.0", "7.20.1"))):
            with mock.patch.object(doctor, "version", lambda tool: version):
                self.assertEqual(run.of_another_qemu(
                    mock.Mock(arch=ARCHES[0])), said)

    def test_too_little_memory_is_told(self):
        settings = mock.Mock(mem="8M", initrds=[b""], kernel="kernel")
        for words in ("Some ROM regions are overlapping",
                      "qemu: Not enough space for DTB after kernel/initrd",
                      "qemu: No enough memory to place DTB after kernel"):
            machine = mock.Mock(settings=settings)
            machine.errors.return_value = words
            with self.assertRaises(run.Outcome) as told:
                run.judge(machine, b"", "", False)
            self.assertEqual(
                (told.exception.status, told.exception.message),
                (common.EXIT_USAGE, run.too_little(settings)))


if __name__ == "__main__":
    units.main()
