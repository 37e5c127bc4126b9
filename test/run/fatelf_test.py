#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""fatelf_test.py ARCH - one file with a program for each machine (row E16):
what tools/fatelf.py makes of all builds' user/bin runs on this one, and can
be taken apart again."""
import os
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
from harness import (BUILD, NARROW_ON, TOP, Tap, equal, holds,  # noqa: E402
                     out_of, read_bytes, run, write)
from driver.common import FINISHED, MACHINES  # noqa: E402

TOOL = os.path.join(TOP, "tools", "fatelf.py")


def glued(*args):
    done = subprocess.run([sys.executable, TOOL, *args], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return done.returncode, done.stdout


def data(name):
    return read_bytes(name)


ORDER = sorted(FINISHED, reverse=True)
# (what the tool calls it, its program): each machine's, and such of half the
# width
KINDS = [(m if part == "bin" else m.replace(
              str(MACHINES[m].bits), str(MACHINES[m].bits // 2)),
          os.path.join(BUILD, m, "user", part))
         for m in ORDER for part in ("bin", "narrow")
         if part == "bin" or MACHINES[m].narrow]


def program_of(arch, name):
    return os.path.join(dict(KINDS)[arch], name)


def makes(arch, folder):
    """And only that: what is no program any more goes."""
    old = os.path.join(folder, f"removed.{arch}")
    os.makedirs(folder, exist_ok=True)
    write(old, "of an earlier build")
    done = run("build", "--universal", timeout=1000, status=0)
    holds(not os.path.exists(old), "an old one is left")
    sources = os.listdir(os.path.join(TOP, "user", "bin"))
    # the test of another machine may do the same
    equal(sorted(n for n in os.listdir(folder) if "." not in n),
          sorted(n[:-2] for n in sources if n.endswith(".c")))
    for words in (["--arch", "i386"], ["--extensions", "none"]):
        equal(run("build", "--universal", *words).returncode, 2, words)


def runs(arch, folder):
    done = run("run", "--add", f"{folder}:/universal", "--", "/universal/lsh",
               "-c", "/universal/echo one file; /universal/ls /universal",
               arch=arch, status=0)
    lines = out_of(done).split("\n")
    equal(lines[0], "one file")
    holds("echo" in lines and "ls" in lines, lines)


def tells(folder):
    code, text = glued("info", os.path.join(folder, "echo"))
    equal(code, 0)
    equal([line.split()[0] for line in text.splitlines()],
          [kind for kind, _ in KINDS])


def gives_back(folder, work):
    for arch, _ in KINDS:
        out = os.path.join(work, "out")
        equal(glued("extract", os.path.join(folder, "echo"), arch, out)[0], 0)
        equal(data(out) == data(program_of(arch, "echo")), True, arch)


def runs_narrow(arch, work):
    """Programs of half the width stand for those that are not there, on the
    machine that runs such."""
    for kind, folder in KINDS:
        if not folder.endswith("narrow"):
            continue
        fat = os.path.join(work, "one")
        equal(glued("glue", fat, os.path.join(folder, "echo"))[0], 0)
        own = kind[:5] == arch[:5]
        done = run("run", "--add", f"{fat}:/one", "--",
                   *NARROW_ON * own, "/one", "alone", arch=arch)
        if own:
            equal((done.returncode, done.stdout), (0, b"alone\n"), kind)
        else:
            holds(done.returncode, f"{kind} here")


def refuses(folder, arch, work):
    echo, fat = program_of(arch, "echo"), os.path.join(folder, "echo")
    out, cut = os.path.join(work, "bad"), os.path.join(work, "cut")
    write(cut, data(fat)[:20])
    for words, status, says in (
            ([], 2, "glue OUT FILE"), (["sew", fat], 2, "glue OUT FILE"),
            (["info"], 2, "glue OUT FILE"), (["info", echo], 1, "not a FatELF"),
            (["info", cut], 1, "cut short"),
            (["info", "/nonesuch"], 1, "No such file"),
            (["glue", out, echo, echo], 1, "are both for"),
            (["glue", out, TOOL], 1, "not an ELF file"),
            (["extract", fat, "vax", out], 1, "no program for vax"),
            (["universal", out, work], 1, "no such folder")):
        code, text = glued(*words)
        equal(code, status, " ".join(words))
        holds(says in text, text)
        holds(not os.path.exists(out), "nothing is left")
    equal(glued("--help")[0], 0)


def main():
    arch = sys.argv[1]
    tap = Tap()
    with tempfile.TemporaryDirectory() as work:
        folder = os.path.join(BUILD, "universal")
        tap.case("the build glues what all machines have", makes, arch, folder)
        tap.case("one file runs here", runs, arch, folder)
        tap.case("half the width, where it can", runs_narrow, arch, work)
        tap.case("info tells of every machine", tells, folder)
        tap.case("extract gives back", gives_back, folder, work)
        tap.case("bad input is refused", refuses, folder, arch, work)
    tap.end()


main()
