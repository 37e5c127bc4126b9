#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""fuzzing_units.py - ./lectern fuzz: programs of several steps that it makes, and
what it lets differ from Linux."""
import itertools
import os
import re
import sys
import types

sys.dont_write_bytecode = True
import units  # noqa: E402
from units import TOP, Failure  # noqa: E402
from driver.common import ARCHES, MACHINES
from fuzz import against, encode, generate, program, sequences, shapes


class Sequences(units.Case):
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
        with self.assertRaisesRegex(program.BadProgram, ":2: "):
            sequences.read_table(self.file("# text\nsequence a root\n"))

    def test_the_secret_is_the_executors(self):
        from fuzz import vm
        turned = re.search(r"turned.4. = \{(.*)\}",
                           units.read("test/calls/keep.c"))[1]
        self.assertEqual([255 - int(b, 16) for b in turned.split(",")],
                         list(vm.SECRET[:4]))


class Differences(units.Case):
    """What the fuzzer lets differ from Linux."""

    def known(self, line, bits=64, release=(6, 12)):
        return against.Known(
            bits, release, [self.file("# a comment\n\n" + line + "\n", "tbl")])

    def every(self):
        """Yield (word size, what may differ) of each machine and Linux."""
        for arch in ARCHES:
            bits = MACHINES[arch].bits
            for release in (6, 1), (6, 12):
                yield bits, against.Known(bits, release, against.tables_of(arch))

    def test_the_table_names_calls(self):
        calls = {word for line in units.read(
            "kernel/syscall/syscalls.tbl").splitlines()
            for word in line.split()[:3]}
        for _, known in self.every():
            self.assertGreater(len(known.pairs), 20)
            self.assertEqual(known.names - calls, set())

    def test_malformed_lines_are_refused(self):
        for line in ("result getpid", "bytes read.buf reason",
                     "bytes read.buf 0-x a reason", "bytes read.buf 8-0 why",
                     "bytes read.buf 4 why", "differs read EINVAL 0",
                     "differs read( EINVAL 0 a reason", "state [ a reason",
                     "stat mode a reason", "differs:vax read 0 1 a reason",
                     "differs:6.9 read 0 1 a reason",
                     "differs:>6 read 0 1 a reason",
                     ":32 read 0 1 a reason", "state x"):
            self.fails("tbl:3: ", self.known, line)

    def test_lines_ask_for_word_size_and_linux(self):
        for condition, bits, release, holds in (
                ("32", 32, (6, 1), True), ("32", 64, (6, 1), False),
                ("64", 64, (6, 1), True), ("<6.9", 64, (6, 1), True),
                ("<6.9", 64, (6, 9), False), ("<6.9", 64, (6, 12), False),
                (">=6.9", 64, (6, 12), True), (">=6.9", 64, (6, 9), True),
                (">=6.9", 64, (6, 1), False)):
            known = self.known(f"differs:{condition} rseq EINVAL 0 a reason",
                               bits, release)
            self.assertEqual(known.pair(["rseq"], "EINVAL", "0"), holds,
                             (condition, bits, release))

    def test_machines_have_tables_of_their_own(self):
        own = [t for arch in ARCHES for t in against.tables_of(arch)[1:]]
        self.assertEqual(len(own), len(set(own)))
        for path in own:
            self.assertTrue(against.Known(64, (6, 12), [path]).pairs, path)

    def test_a_line_may_ask_what_both_wrote(self):
        option = "getsockopt.value getsockopt(r0, 1, 7, &0x60000000, &0)"
        for bits, known in self.every():
            for linux, lectern, found in (
                    ("bytes@1=00500000", "bytes=00400300", True),
                    ("bytes@1=00100000", "bytes=00200000", False),
                    ("bytes@1=00000500", "bytes=00800600", bits == 32),
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


if __name__ == "__main__":
    units.main()
