# SPDX-License-Identifier: MIT
"""Scripts that need a bare Debian (tools/driver/testing/bare.py), and commands
in it."""
import contextlib
import os
import re
import shutil
import subprocess
import sys

from harness import PATIENCE
from driver.testing import bare
from driver.testing.bare import clone, keep_packages, settle  # noqa: F401

DEBIAN = bare.RELEASES["12"]
LIMIT = 1800 * PATIENCE


def why_not():
    """What this cannot be done without, and is not here."""
    if os.geteuid() == 0 and not shutil.which("mmdebstrap"):
        return "mmdebstrap is not installed"
    return bare.why_not()


@contextlib.contextmanager
def workplace():
    """A folder for roots; without what they need the script is skipped."""
    why = why_not()
    if why:
        print(f"1..0 # SKIP {why}")
        sys.exit()
    with bare.workplace() as folder:
        yield folder


def lacking(text):
    """=> the tests that were skipped for want of a package"""
    return re.findall(r"^skip .*\b(?:not found|not installed|is missing|"
                      r"not fetched|lacks?)\b.*", text, re.M)


def inside(root, script, more=()):
    """A script of sh's in the root, with nothing of this one's environment
    but LECTERN_PATIENCE; more: pairs of further variables.
    => CompletedProcess"""
    return subprocess.run(
        bare.command_inside(root, script),
        env=bare.environment({"LECTERN_PATIENCE": str(PATIENCE),
                              **dict(more)}),
        text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, timeout=LIMIT, errors="replace")
