#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""check_sources.py ROOT [STAMP DIGEST] - has the set of source files changed?

Sources are found by looking into their folders when Meson configures, and
Meson cannot see that a file came or went.  Without STAMP: print a digest of
the set.  With it: fail, saying what to do, when DIGEST is another one.
"""
import hashlib
import os
import sys

from folders import COMPILED

FOLDERS = (*COMPILED, "user", "test/guest", "test/stress")


def digest(root):
    found = []
    for top in FOLDERS:
        for folder, _, files in os.walk(os.path.join(root, top)):
            folder = os.path.relpath(folder, root)
            found += [f"{folder}/{f}" for f in files
                      if f.endswith((".c", ".S"))]
    return hashlib.sha256("\n".join(sorted(found)).encode()).hexdigest()[:16]


def main():
    now = digest(sys.argv[1])
    if len(sys.argv) == 2:
        print(now)
        return 0
    stamp, before = sys.argv[2:4]
    if now != before:
        print("source files came or went since the build was configured; "
              "run:\n    meson setup --reconfigure "
              + os.path.dirname(os.path.abspath(stamp)))
        return 1
    if not os.path.exists(stamp):
        with open(stamp, "w") as f:
            f.write("/* The set of source files is as configured. */\n")
    return 0


sys.exit(main())
