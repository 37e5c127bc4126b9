# SPDX-License-Identifier: MIT
"""What every command of the driver shares: places, machines, messages."""
import os
import shutil
import sys

TOP = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.realpath(__file__))))
BUILD = os.path.join(TOP, "build")
CACHE = os.path.join(BUILD, "cache")

ARCHES = ("riscv64", "i386")
CROSS = {"riscv64": "cross-riscv.txt", "i386": "cross-i386.txt"}

# Exit statuses of `run`, besides CMD's own.
EXIT_USAGE = 2
EXIT_TIMEOUT = 120
EXIT_PANIC = 121
EXIT_BROKEN = 122


class Failure(Exception):
    """A user-visible failure: a message, and the status to exit with."""

    def __init__(self, message, status=EXIT_BROKEN, kind="qemu"):
        super().__init__(message)
        self.status = status
        self.kind = kind


def say(message):
    """One line for the person at the terminal; never on stdout."""
    print(f"lectern: {message}", file=sys.stderr, flush=True)


def have(command):
    return shutil.which(command) is not None


def build_dir(arch):
    return os.path.join(BUILD, arch)


def kernel_elf(arch):
    return os.path.join(build_dir(arch), "lectern.elf")


def added_pair(text):
    """HOST[:GUEST] of --add. => the two paths, the guest's absolute"""
    host, _, guest = text.partition(":")
    if not guest:
        guest = "/" + os.path.basename(os.path.realpath(host))
    if not guest.startswith("/"):
        guest = "/" + guest
    if not os.path.exists(host):
        raise Failure(f"--add {host}: no such file or folder", EXIT_USAGE,
                      "build")
    return host, guest
