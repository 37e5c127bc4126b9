#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""gates_units.py - what fails when the tree breaks a rule of its own says what
is wrong, why it matters, and what mends it; and ./lectern update mends it."""
import contextlib
import io
import os
import re
import shutil
import sys
import tempfile
import unittest
from unittest import mock

sys.dont_write_bytecode = True
TOP = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.realpath(__file__))))
sys.path.insert(0, os.path.join(TOP, "tools"))
from driver import update  # noqa: E402
from driver.common import Failure  # noqa: E402
import narrow  # noqa: E402
import units  # noqa: E402

CALLS = "kernel/syscall/syscalls.tbl"


class Copy(unittest.TestCase):
    """A copy of some files of the tree, which a test may spoil."""

    def copy(self, *names):
        self.top = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.top)
        for name in names:
            path = os.path.join(self.top, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            shutil.copy(os.path.join(TOP, name), path)

    def text(self, name):
        with open(os.path.join(self.top, name)) as f:
            return f.read()

    def put(self, name, text):
        path = os.path.join(self.top, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as f:
            f.write(text)


class Update(Copy):
    def setUp(self):
        self.copy(*update.MADE, update.SLEEPERS, narrow.WHITE_LIST, *(
            f"kernel/syscall/{name}.tbl"
            for name in ("syscalls", "abi", "tiers")))
        for member, value in (("TOP", self.top), ("CALLS", os.path.join(
                self.top, "kernel", "syscall"))):
            patch = mock.patch.object(update, member, value)
            patch.start()
            self.addCleanup(patch.stop)

    def run_it(self, check=False):
        """=> status, the lines that it prints"""
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            status = update.update(mock.Mock(check=check, pictures=False))
        return status, out.getvalue().splitlines()

    def test_everything_is_in_step(self):
        self.assertEqual(self.run_it(True), (0, []))
        self.assertEqual(self.run_it(), (0, []))

    def test_a_new_call(self):
        self.put(CALLS, self.text(CALLS) + "answer 500 500 sys_answer\n"
                 "lt_answer 0x4c540fff 0x4c540fff sys_answer\n")
        status, lines = self.run_it(True)
        self.assertEqual(status, 1)
        for name in ("test/guest/signals/blocking.h", "test/rv32/without.tbl",
                     "docs/syscalls.md"):
            self.assertIn(f"{name} is not what its sources make of it", lines)
        self.assertIn("./lectern update", lines[-1])
        self.assertEqual(self.run_it(True), (status, lines))
        status, lines = self.run_it()
        self.assertEqual(status, 0)
        self.assertIn("docs/syscalls.md", lines)
        self.assertIn("  answer, lt_answer taken for calls that never sleep; ",
                      "\n".join(lines))
        self.assertIn("  answer not there for programs of 32 bits",
                      "\n".join(lines))
        self.assertEqual(self.run_it(True), (0, []))
        self.assertRegex(self.text("test/guest/signals/blocking.h"),
                         r'[ "]answer[ "]')
        self.assertIn("\nundecided:\n  answer\n",
                      self.text("test/rv32/without.tbl"))

    def test_a_second_new_call(self):
        for row in ("one 500 - sys_answer\n", "two 501 - sys_answer\n"):
            self.put(CALLS, self.text(CALLS) + row)
            self.run_it()
        self.assertIn("\nundecided:\n  one\n  two\n",
                      self.text("test/rv32/without.tbl"))

    def test_a_call_that_went(self):
        self.put(CALLS, re.sub(r"^vhangup.*\n", "", self.text(CALLS),
                               flags=re.M))
        self.run_it()
        self.assertNotIn(" vhangup",
                         self.text("test/guest/signals/blocking.h"))
        self.assertNotIn("vhangup", self.text("docs/syscalls.md"))

    def test_a_wrong_line_is_told(self):
        self.put(CALLS, self.text(CALLS) + "answer 500\n")
        with self.assertRaises(Failure) as caught:
            self.run_it()
        self.assertRegex(str(caught.exception),
                         rf"^{CALLS}:\d+: want name, two numbers")


if __name__ == "__main__":
    units.main()
