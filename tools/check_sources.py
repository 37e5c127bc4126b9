#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""check_sources.py ROOT [STAMP DIGEST] - detect added and removed source files.

Meson looks for the sources in their directories when it configures, and cannot
see later that a file was added or removed.  Without STAMP: print a digest of
the set of source files.  With STAMP: fail, and say what to do, if the digest of
the set is not DIGEST.
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
        print("source files were added or removed since the build was "
              "configured; "
              "run:\n    meson setup --reconfigure "
              + os.path.dirname(os.path.abspath(stamp)))
        return 1
    if not os.path.exists(stamp):
        with open(stamp, "w") as f:
            f.write("/* The set of source files is as configured. */\n")
    return 0


sys.exit(main())
