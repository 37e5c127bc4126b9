# SPDX-License-Identifier: MIT
"""The runs of the machine that `./lectern drill` asks about.  Time is counted
in instructions and addresses are not randomised, so a seed gives one run."""
import os
import subprocess
import tempfile

from ..common import EXIT_BROKEN, TOP, Failure

DRILLED = "/usr/lectern/bin/drilled"
CALLED = "/usr/lectern/bin/called"


class Run:
    """What a run printed."""

    def __init__(self, output, errors):
        self.output, self.errors = output, errors

    def rows(self, word, errors=False):
        """Return: the words of the lines that begin with this word"""
        lines = (self.errors if errors else self.output).splitlines()
        return [line.split()[1:] for line in lines
                if line.split()[:1] == [word]]


def told_reason(errors):
    """Return: the last line that says why a run failed"""
    lines = [line for line in errors.splitlines() if line.strip()]
    return lines[-1].removeprefix("lectern: ") if lines else "no reason given"


def run_guest(arch, command, more=(), no_install=False):
    """Run a command in the guest. Return: Run"""
    words = ["--arch", arch, "--icount", "--append", "noaslr", *more]
    words += ["--no-install"] if no_install else []
    with tempfile.TemporaryDirectory(prefix="lectern-") as folder:
        status = os.path.join(folder, "status")
        done = subprocess.run(
            [os.path.join(TOP, "lectern"), "run", *words, "--status-file",
             status, "--", *command], stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    errors = done.stderr.decode(errors="replace")
    if done.returncode:
        raise Failure("the run on the machine failed: "
                      + told_reason(errors), EXIT_BROKEN)
    return Run(done.stdout.decode(errors="replace"), errors)
