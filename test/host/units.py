# SPDX-License-Identifier: MIT
"""Runs the unit tests of a script and prints TAP."""
import sys
import unittest


class Result(unittest.TextTestResult):
    """Prints TAP."""
    number = 0

    def point(self, good, test, note=""):
        self.number += 1
        for line in note.splitlines():
            print(f"# {line}")
        print(f"{'' if good else 'not '}ok {self.number} - "
              + test.id().partition(".")[2])

    def addSuccess(self, test):
        self.point(True, test)

    def addSkip(self, test, reason):
        self.number += 1
        print(f"ok {self.number} - {test.id()} # SKIP {reason}")

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self.point(False, test, self._exc_info_to_string(err, test))

    addError = addFailure


def main():
    suite = unittest.defaultTestLoader.loadTestsFromModule(
        sys.modules["__main__"])
    result = Result(unittest.runner._WritelnDecorator(sys.stderr), True, 0)
    suite.run(result)
    print(f"1..{result.number}")
    sys.exit(0 if result.wasSuccessful() else 1)
