# SPDX-License-Identifier: MIT
"""The folders of the kernel's sources, for all tools that search them."""
import re

WINGS = ("topics", "compat")
CORE = ("kernel", "mm", "fs", "dev", "lib", "include")
PORTABLE = (*CORE, *WINGS)
KERNEL = ("arch", *PORTABLE)
COMPILED = tuple(f for f in KERNEL if f != "include")

# A port's own sources; group 1 is the name of the port's folder.
PORT = re.compile(r"(?:(?:topics|compat)/\w+/)?arch/(\w+)/")


def is_kernel(name):
    """True for a path of the kernel's sources, in git's notation."""
    return name.split("/")[0] in KERNEL


def is_checker(name):
    """True for code of checking kernels only, and for self-tests."""
    return name.startswith(("topics/checkers/", "topics/selftest/"))
