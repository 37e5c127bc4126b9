#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""elf_tools.py ELFDUMP NM - what elfdump and nm of user/more say of Debian's
files, against readelf and nm of GNU, line by line; and of files that are torn.

The files are those that the compilers of Linux programs bring for both
machines, which the build needs anyway: libraries, programs, objects, and
members of libc.a; what tests have fetched; and a few that are made here, of
what is rare in those.  The programs are built with the sanitizers, so that a
read outside a torn file ends them.
"""
import concurrent.futures
import difflib
import glob
import os
import random
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
TOP = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.realpath(__file__))))
sys.path.insert(0, os.path.join(TOP, "test", "run"))
from harness import BRIEF, BUILD, EVERY, FINISHED, Tap  # noqa: E402

ELFDUMP, NM = sys.argv[1:3]
FILES = 300
MEMBERS = 120                   # of each libc.a
LARGEST = 4 << 20
# of those files every so many-th is looked at
STEP = 1 if EVERY else 30 if BRIEF else 4
TORN = 50 if BRIEF else 500     # files that are torn, of at most 10 kB
LINUX = {m.name: m.linux for m in FINISHED.values() if m.linux}
ENV = dict(os.environ, LC_ALL="C")


def is_elf(path):
    try:
        with open(path, "rb") as f:
            return f.read(4) == b"\x7fELF" and os.path.getsize(path) < LARGEST
    except OSError:
        return False


def members(prefix, folder):
    """Objects of the C library: every so many-th."""
    archive = f"/usr/{prefix.rstrip('-')}/lib/libc.a"
    if not os.path.exists(archive):
        return []
    os.makedirs(folder)
    subprocess.run([prefix + "ar", "x", archive], cwd=folder, check=True)
    found = sorted(glob.glob(os.path.join(folder, "*.o")))
    return found[::len(found) // MEMBERS or 1]


def unpacked(machine):
    """Of the packages that tests have fetched, as far as they are there."""
    found = []
    for place, _, names in os.walk(os.path.join(BUILD, "cache", "unpacked",
                                                machine)):
        found += [os.path.join(place, n) for n in sorted(names)]
    found = [p for p in found if not os.path.islink(p) and is_elf(p)]
    return found[::len(found) // MEMBERS or 1]


def debian_files(folder):
    """=> [(path, prefix of the tools for it)]"""
    found = []
    for machine, prefix in LINUX.items():
        name = prefix.rstrip("-")
        own = []
        for top in (f"/usr/{name}", f"/usr/lib/gcc-cross/{name}"):
            for place, _, names in os.walk(top):
                own += [os.path.join(place, n) for n in sorted(names)]
        own = [p for p in own if not os.path.islink(p) and is_elf(p)]
        own += unpacked(machine)
        own += members(prefix, os.path.join(folder, name))
        found += [(path, prefix) for path in own]
    return found


def status_and_lines(*command):
    done = subprocess.run(command, stdout=subprocess.PIPE, env=ENV,
                          stderr=subprocess.PIPE)
    return done.returncode, done.stdout.decode(errors="replace"), \
        done.stderr.decode(errors="replace")


def differs(ours, theirs, path):
    """=> the first lines that differ, or nothing"""
    status, text, errors = status_and_lines(*ours, path)
    _, wanted, _ = status_and_lines(*theirs, path)
    if text == wanted and not status:
        return ""
    lines = list(difflib.unified_diff(wanted.splitlines(), text.splitlines(),
                                      lineterm="", n=0))[2:6]
    return "\n".join([f"{path}: {status}", *lines, errors[:400]])


def compare_tools(tap, pool, all_files):
    # alone, two of them begin with other words, and so do a few files
    few = all_files[::10 if EVERY else 3]
    for letter, what, of in (("l", "segments", few), ("S", "sections", few),
                             ("hlSdsrn", "all there is", all_files)):
        bad = list(filter(None, pool.map(lambda f: differs(
            [ELFDUMP, "-W", "-" + letter], [f[1] + "readelf", "-W",
                                            "-" + letter], f[0]), of)))
        tap.point(not bad, f"elfdump -{letter} as readelf: {what} of "
                  f"{len(of)} files", "\n".join(bad[:4]))
    # what the letters change is the order and the choice
    for letter, of in (("p", all_files), ("D", few), ("n", few), ("gu", few)):
        bad = list(filter(None, pool.map(lambda f: differs(
            [NM, "-" + letter], [f[1] + "nm", "-" + letter], f[0]), of)))
        tap.point(not bad, f"nm -{letter} as GNU's", "\n".join(bad[:4]))


# Indirect functions: names shorter and longer than the column of values, in one
# version, in an older one, in none, local, from elsewhere; and others.
CALLED = ["f", "eight_ch", "nine_char", "fourteen_chars", "fifteen_letters",
          "a_name_that_is_longer"]
VERSIONS = ("OLD { };\n"
            "NEW { global: f; eight_ch; fourteen_chars; plain; };\n")


def indirect_source():
    lines = ["\t.data"]
    for name in [*CALLED, "own", "old"]:
        lines += [f"\t.type {name}, %gnu_indirect_function",
                  f"{name}:\t.dc.a {name}"]
    lines += ["\t.globl " + name for name in [*CALLED, "old", "plain"]]
    lines += ["\t.symver old, f@OLD, remove",
              "\t.type elsewhere, %gnu_indirect_function",
              "\t.dc.a elsewhere, absent, .data",
              "\t.type plain, %function", "plain:\t.dc.a plain"]
    return "\n".join(lines) + "\n"


def indirect_files(folder):
    """An object and a library of each compiler that is here: REL and RELA, of
    32 bits and 64.  => [path]"""
    source, versions = (os.path.join(folder, n) for n in ("i.s", "i.map"))
    for path, text in (source, indirect_source()), (versions, VERSIONS):
        with open(path, "w") as f:
            f.write(text)
    compilers = [["gcc"], *([prefix + "gcc"] for prefix in LINUX.values()),
                 [LINUX["riscv64"] + "gcc", "-march=rv32g", "-mabi=ilp32"]]
    found = []
    for number, compiler in enumerate(compilers):
        if shutil.which(compiler[0]):
            made = os.path.join(folder, f"i{number}")
            for path, options in (
                    (made + ".o", ["-c", source]),
                    (made + ".so", ["-shared", "-nostdlib", made + ".o",
                                    "-Wl,--version-script=" + versions])):
                subprocess.run([*compiler, *options, "-o", path], check=True)
                found.append(path)
    return found


def compare_indirect(tap, folder):
    files = indirect_files(folder)
    bad = list(filter(None, (differs([ELFDUMP, "-Wr"], ["readelf", "-Wr"], path)
                             for path in files)))
    tap.point(files and not bad, "elfdump -r as readelf: indirect functions",
              "\n".join(bad[:4]))


def tear(data, rng):
    """A file with some bytes changed, or cut."""
    data = bytearray(data)
    if rng.random() < 0.2:
        return data[:rng.randrange(len(data))]
    for _ in range(rng.randrange(1, 6)):
        at = rng.randrange(64 if rng.random() < 0.5 else len(data))
        if rng.random() < 0.3:
            # the tables of the headers are at the end
            at = len(data) - 1 - rng.randrange(min(2000, len(data)))
        data[at] = rng.choice((0, 1, 0x7f, 0x80, 0xff, rng.randrange(256)))
    return data


def torn(tap, all_files, folder):
    """Whatever a file has in it, there is an exit status of 0 or 1, and with 1
    a message of one line."""
    rng = random.Random(1)
    small = [p for p, _ in all_files if os.path.getsize(p) < 10000]
    bad, path = [], os.path.join(folder, "torn")
    for number in range(TORN):
        with open(rng.choice(small), "rb") as f:
            data = tear(f.read(), rng)
        with open(path, "wb") as f:
            f.write(data)
        command = [ELFDUMP, "-a"] if number % 3 else [NM, "-D"]
        status, _, errors = status_and_lines(*command, path)
        if status not in (0, 1) or status and len(errors.splitlines()) != 1:
            bad.append(f"{number}: {status}\n{errors[:1500]}")
    tap.point(not bad, f"{TORN} torn files are read or refused",
              "\n".join(bad[:2]))


def refused_files(tap, folder):
    for what, words, status, text in (
            ("no file", [ELFDUMP, "-h", "nonesuch"], 1,
             "elfdump: nonesuch: No such file or directory\n"),
            ("a folder", [NM, folder], 1,
             f"nm: {folder}: is not an ordinary file\n"),
            ("a device", [ELFDUMP, "-a", "/dev/zero"], 1,
             "elfdump: /dev/zero: is not an ordinary file\n"),
            ("a text", [ELFDUMP, "-a", __file__], 1,
             f"elfdump: {__file__}: Not an ELF file - it has the wrong magic "
             "bytes at the start\n"),
            ("an option", [ELFDUMP, "-q", ELFDUMP], 2,
             "elfdump: -q: no such option\nusage: elfdump [-ehlSdsrnaW] "
             "FILE...\n"),
            ("nothing", [NM], 2, "usage: nm [-Dgunp] FILE...\n"),
            ("a file without symbols", [NM, "-D", small_object(folder)], 0,
             f"nm: {folder}/none.o: no symbols\n")):
        got = status_and_lines(*words)
        good = got == (status, "", text)
        tap.point(good, f"refused: {what}", "" if good else str(got))


def small_object(folder):
    path = os.path.join(folder, "none.o")
    subprocess.run(["gcc", "-x", "c", "-c", "/dev/null", "-o", path],
                   check=True)
    return path


def main():
    tap = Tap()
    with tempfile.TemporaryDirectory(prefix="lectern-elf-") as folder, \
            concurrent.futures.ThreadPoolExecutor(2) as pool:
        version = status_and_lines("readelf", "--version")[1].split("\n")[0]
        other = f"{version}: its words may be others than 2.40's" \
            if " 2.40" not in version else ""
        all_files = debian_files(folder)
        lack = f"{len(all_files)} files of Debian's here" \
            if len(all_files) < FILES else other
        if tap.wanted("indirect"):
            if other:
                tap.point(True, "elfdump -r as readelf", skip=other)
            else:
                compare_indirect(tap, folder)
        if tap.wanted("compare"):
            if lack:
                tap.point(True, "elfdump and nm as GNU's", skip=lack)
            else:
                compare_tools(tap, pool, all_files[::STEP])
        if tap.wanted("torn"):
            torn(tap, all_files, folder)
        if tap.wanted("refused"):
            refused_files(tap, folder)
    tap.end()


main()
