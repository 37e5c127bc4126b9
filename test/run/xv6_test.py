#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""xv6_test.py ARCH - programs of xv6's, as a user starts them: lt-personality,
its words and statuses, and a shell of xv6's that reads what is piped to it.
The rules of the shim are tried by test/guest/topics/personality."""
import os
import sys
import tempfile

sys.dont_write_bytecode = True
from harness import (MACHINES, Tap, equal, holds, limit, run,  # noqa: E402
                     write)
import extensions  # noqa: E402

HOME = "/usr/lectern/xv6/"


def in_guest(arch, *command, data=b"", added=()):
    return run("run", "--timeout", limit(60), *added, "--", *command,
               arch=arch, data=data)


def shell(arch):
    done = in_guest(arch, "sh", "-c", f"cd {HOME}; for t in echo cat wc; do "
                    "ln -s box $t; done; exec lt-personality xv6 -- "
                    f"{HOME}sh", data=b"echo a b | cat | wc\nexit 4\n")
    equal(done.stdout, b"1 2 4\n", done.stderr)
    equal(done.returncode, 4 if arch == "riscv64" else 0, "status")


def alone(arch):
    """Without a word of xv6's in the command its programs are not there."""
    done = in_guest(arch, "ls", "/usr/lectern")
    holds(b"xv6" not in done.stdout, done.stdout)


def words(arch):
    for command, status, says in (
            ([], 2, "usage: lt-personality"),
            (["xv6", HOME + "sh"], 2, "usage"),
            (["v7", "--", HOME + "sh"], 2, "usage"),
            (["xv6", "--", "/none"], 127, "/none: No such file"),
            (["xv6", "--", "/bin/busybox", "xv6"], 126, "not a program"),
            (["xv6", "--", HOME + "trial", *["x"] * 31], 126, "31 at most"),
            (["xv6", "--", HOME + "trial", "time"], 0, "passed")):
        done = in_guest(arch, "lt-personality", *command)
        equal(done.returncode, status, " ".join(command))
        holds(says.encode() in done.stdout + done.stderr, done.stderr)


def from_outside(arch):
    """A file that a user adds."""
    with tempfile.TemporaryDirectory() as work:
        name = os.path.join(work, "text")
        write(name, "no program\n", 0o755)
        done = in_guest(arch, "lt-personality", "xv6", "--", "/x",
                        added=["--add", f"{name}:/x"])
        equal(done.returncode, 126, done.stderr)


def main():
    arch = sys.argv[1]
    port = MACHINES[arch].folder
    if "personality" in extensions.lacking(port):
        print("1..0 # SKIP", extensions.why_lacking("personality", port))
        return
    tap = Tap()
    tap.case("a shell of xv6's, its tools and status", shell, arch)
    tap.case("lt-personality says what is wrong", words, arch)
    tap.case("a file that is none", from_outside, arch)
    tap.case("other images do not have them", alone, arch)
    tap.end()


main()
