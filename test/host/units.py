# SPDX-License-Identifier: MIT
"""What the unit tests of the tools share: where the tools are, files that last
as long as a test, the command line without a machine; and main(), which runs
the tests of a script and prints TAP."""
import contextlib
import io
import os
import shutil
import sys
import tempfile
import unittest
from unittest import mock

TOP = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.realpath(__file__))))
for folder in ("test/run", "tools"):
    sys.path.insert(1, os.path.join(TOP, folder))
from driver import build, main as driver_main, packages  # noqa: E402
from driver.common import Failure  # noqa: E402
from driver.testing import testing  # noqa: E402


def read(path):
    """=> the text of a file; its path may begin at the root of the tree"""
    with open(os.path.join(TOP, path)) as f:
        return f.read()


def write(path, text, mode="w"):
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    with open(path, mode) as f:
        f.write(text)


def printed(function, *arguments, **named):
    """=> what a function returns, and what it prints"""
    with contextlib.redirect_stdout(io.StringIO()) as out:
        return function(*arguments, **named), out.getvalue()


def lectern(*words):
    """The command line with nothing to install, build or boot, which fails
    the test.  => status, standard output, standard error"""
    out, err = io.StringIO(), io.StringIO()
    never = mock.Mock(side_effect=AssertionError("it begins to work"))
    with mock.patch.object(packages, "require", never), \
            mock.patch.object(build, "build", never), \
            mock.patch.object(testing, "build", never), \
            mock.patch.dict(os.environ), \
            contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            status = driver_main.main(list(words))
        except SystemExit as end:
            status = end.code
    return status, out.getvalue(), err.getvalue()


class Case(unittest.TestCase):
    """A test with files, folders and members of modules of its own."""

    def folder(self):
        """=> the path of an empty one"""
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        return folder.name

    def file(self, content="", suffix=""):
        """=> the path of one with this text, or these bytes"""
        with tempfile.NamedTemporaryFile(suffix=suffix, delete=False) as f:
            f.write(content.encode() if isinstance(content, str) else content)
        self.addCleanup(os.unlink, f.name)
        return f.name

    def copied(self, *names):
        """=> a folder with copies of these files of the tree"""
        top = self.folder()
        for name in names:
            path = os.path.join(top, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            shutil.copy(os.path.join(TOP, name), path)
        return top

    def patch(self, where, **members):
        """Until the test is over a module or a class has other members."""
        patch = mock.patch.multiple(where, **members)
        patch.start()
        self.addCleanup(patch.stop)

    def fails(self, why, function, *arguments, error=Failure, **named):
        """It raises, and what it says has `why` in it."""
        with self.assertRaises(error) as caught:
            function(*arguments, **named)
        self.assertIn(why, str(caught.exception))


class Result(unittest.TextTestResult):
    """Prints TAP."""
    number = 0

    def point(self, good, test, note=""):
        self.number += 1
        for line in note.splitlines():
            print(f"# {line}")
        print(f"{'' if good else 'not '}ok {self.number} - "
              + test.id().partition(".")[2].replace("#", ""))

    def addSuccess(self, test):
        self.point(True, test)

    def addSkip(self, test, reason):
        self.number += 1
        print(f"ok {self.number} - {test.id()} # SKIP {reason}")

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self.point(False, test, self._exc_info_to_string(err, test))

    addError = addFailure

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err:
            self.point(False, subtest, self._exc_info_to_string(err, subtest))


def main():
    suite = unittest.defaultTestLoader.loadTestsFromModule(
        sys.modules["__main__"])
    result = Result(unittest.runner._WritelnDecorator(sys.stderr), True, 0)
    suite.run(result)
    print(f"1..{result.number}")
    sys.exit(0 if result.wasSuccessful() else 1)
