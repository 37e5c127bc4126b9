#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""release_test.py ARCH - ./lectern release: the same bytes twice, its commands
of plain QEMU as its README has them, its script, and whether --verify finds
each fault."""
import os
import re
import shlex
import shutil
import subprocess
import sys
import tarfile
import tempfile

sys.dont_write_bytecode = True
from harness import (BUILD, EVERY, LECTERN, PATIENCE, Console,  # noqa: E402
                     Tap, equal, errors_of, holds, matches, out_of, read,
                     read_bytes, run, write)
from driver import packages  # noqa: E402
from driver.machine.machine import free_port  # noqa: E402
from machines import FINISHED, MACHINES  # noqa: E402

ARCH = sys.argv[1]
WORK = tempfile.TemporaryDirectory()
SUMS = "SHA256SUMS"
WHEN = "1700000000"


def path(*names):
    return os.path.join(WORK.name, *names)


def makes(name, **environment):
    run("release", "--no-page", "--output", path(name), status=0, timeout=1200,
        env={**os.environ, "SOURCE_DATE_EPOCH": WHEN, **environment})


def archive(name):
    found, = (f for f in os.listdir(path(name)) if f.endswith(".tar.gz"))
    return path(name, found)


def is_made():
    makes("first")
    run("release", "--verify", path("first"), status=0)
    with tarfile.open(archive("first")) as tar:
        for it in tar:
            equal((it.uid, it.gid, it.mtime, it.uname),
                  (0, 0, int(WHEN), "root"), it.name)
        tar.extractall(path("out"))


def is_reproducible():
    """Also with another time zone, umask and language; the initial file system
    is made anew, and by night everything, in another folder."""
    for m in FINISHED:
        stamp = os.path.join(BUILD, m, "initramfs.cpio.list")
        if os.path.exists(stamp):
            os.remove(stamp)
    elsewhere = {"LECTERN_BUILD": path("build")} if EVERY else {}
    old = os.umask(0o077)
    try:
        makes("second", TZ="Asia/Tokyo", LC_ALL="C", **elsewhere)
    finally:
        os.umask(old)
    for name in os.listdir(path("first")):
        equal(read_bytes(path("second", name)) == read_bytes(
            path("first", name)), True, name)


def has_the_licences():
    top = os.path.dirname(LECTERN)
    for name in ("LICENSE", "LICENSE-docs"):
        equal(read(os.path.join(unpacked(), name)),
              read(os.path.join(top, name)))


def replaces_itself():
    """A release in the same folder is replaced, anything else is kept."""
    write(path("second", "notes"), "mine\n")
    done = run("release", "--no-page", "-o", path("second"), status=2)
    matches(errors_of(done), r"^lectern: -o .*notes is no part of a release")
    equal(read(path("second", "notes")), "mine\n")
    os.remove(path("second", "notes"))
    makes("second")
    run("release", "--verify", path("second"), status=0)


def unpacked():
    top, = os.listdir(path("out"))
    return path("out", top)


def plain_commands():
    """=> the commands of the README inside, as lists of words"""
    text = re.sub(r"\\\n\s*", "", read(os.path.join(unpacked(), "README.md")))
    return [shlex.split(line) for line in text.splitlines()
            if line.startswith("    qemu-")]


def runs_on(arch):
    command, = (c for c in plain_commands() if c[0] == MACHINES[arch].qemu)
    equal(len(plain_commands()), len(FINISHED))
    old = os.getcwd()
    os.chdir(unpacked())
    try:
        with Console(command=command) as console:
            console.login()
            equal(console.command("echo $((6*7)); hostname"), "42\nlectern")
            matches(console.command("ls /usr/lectern/bin"), "echo")
            console.send("poweroff\r")
            console.leave()
    finally:
        os.chdir(old)


# ---- run ---------------------------------------------------------------------

def path_with(*commands):
    """=> a PATH that has these commands alone"""
    folder = tempfile.mkdtemp(dir=WORK.name)
    for name in commands:
        os.symlink(shutil.which(name), os.path.join(folder, name))
    return folder


def script():
    return os.path.join(unpacked(), "run")


def script_boots(arch):
    """It needs QEMU and nothing else, and the folder of the archive need not be
    the present one.  Further words go to QEMU."""
    with Console(command=["/usr/bin/env",
                          "PATH=" + path_with(MACHINES[arch].qemu),
                          script(), arch, "-smp", "2"]) as console:
        console.login()
        equal(console.command("echo $((6*7)); nproc"), "42\n2")
        console.send("poweroff\r")
        console.leave()


def script_says(*words, status):
    """=> what it says in one go, where no command is in PATH"""
    done = subprocess.run([script(), *words], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True, timeout=60,
                          env={"PATH": path_with()})
    equal(done.returncode, status, done.stderr)
    return done.stdout if status == 0 else done.stderr


def script_refuses():
    names = " ".join(FINISHED)
    see = "; see ./run --help\n"
    equal(script_says(status=2), f"run: no machine; there are {names}{see}")
    equal(script_says("vax", "-smp", "2", status=2),
          f"run: no machine vax; there are {names}{see}")
    equal(script_says("-smp", "2", status=2), f"run: no option -smp{see}")
    for port in ("", "here"):
        equal(script_says(f"--gdb={port}", ARCH, status=2),
              f"run: --gdb={port}: not the number of a port{see}")
    matches(script_says("--help", status=0),
            rf"\Ausage: \./run (.|\n)*\n  MACHINE .* {names}\n")


def script_names_the_package():
    for arch in FINISHED:
        need = MACHINES[arch].qemu
        package, = packages.PACKAGES[need]
        equal(script_says(arch, status=127),
              f"run: {need} is not here; Debian and Ubuntu have it: apt-get "
              f"install {package}\n")


def script_waits_for_gdb(arch):
    """GDB stops at the first function, with the archive's kernel."""
    port = free_port()
    with Console(command=["/usr/bin/env", script(), f"--gdb={port}",
                          arch]) as console:
        console.expect(f"waits for: gdb-multiarch -ex 'target remote :{port}'"
                       rf" {arch}/lectern\.elf")
        done = subprocess.run(
            ["gdb-multiarch", "-nx", "-batch",
             "-ex", "set tcp connect-timeout 60",
             "-ex", f"target remote :{port}", "-ex", "break kernel_main",
             "-ex", "continue", "-ex", "kill",
             os.path.join(unpacked(), arch, "lectern.elf")],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, timeout=60 * PATIENCE)
        matches(done.stdout, r"Breakpoint 1, .*kernel_main")
        console.leave()


def agrees_with_sha256sum():
    for folder in (path("first"), unpacked()):
        done = subprocess.run(["sha256sum", "--check", "--quiet", "--strict",
                               SUMS], cwd=folder, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True)
        equal((done.returncode, done.stdout), (0, ""))


def holds_no_place_of_this_machine():
    tree = os.path.dirname(LECTERN)
    # a tree at /lectern is no part of /usr/lectern
    named = re.compile(rb"(?<![\w.-])" + re.escape(tree).encode() + b"/")
    for here, _, names in os.walk(unpacked()):
        for name in names:
            holds(not named.search(read_bytes(os.path.join(here, name))),
                  f"{name} names {tree}")


# ---- --verify ----------------------------------------------------------------

def spoilt(spoil):
    """=> what --verify says, with status 1, of a copy that is spoilt"""
    copy = path("copy")
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(unpacked(), copy)
    spoil(copy)
    done = run("release", "--verify", copy, status=1)
    equal(out_of(done), "")
    return errors_of(done)


def change_byte(folder):
    with open(os.path.join(folder, ARCH, "lectern.elf"), "r+b") as f:
        f.seek(4096)
        byte = f.read(1)
        f.seek(4096)
        f.write(bytes([byte[0] ^ 1]))


def link_away(folder):
    os.remove(os.path.join(folder, "LICENSE"))
    os.symlink("/etc/passwd", os.path.join(folder, "LICENSE"))


def line_in_sums(line):
    def spoil(folder):
        with open(os.path.join(folder, SUMS), "a") as f:
            f.write(line + "\n")
    return spoil


def finds_each_fault():
    equal(spoilt(change_byte), f"lectern: {ARCH}/lectern.elf: changed\n")
    equal(spoilt(lambda d: os.remove(os.path.join(d, "LICENSE"))),
          "lectern: LICENSE: missing\n")
    equal(spoilt(lambda d: write(os.path.join(d, ARCH, "new"), "")),
          f"lectern: {ARCH}/new: extra: no sum for it\n")
    equal(spoilt(lambda d: os.mkdir(os.path.join(d, "empty"))),
          "lectern: empty: extra: no sum for it\n")
    equal(spoilt(link_away), "lectern: LICENSE: not a regular file\n")


def refuses_bad_sums():
    zero = "0" * 64
    for line in ("nonsense", f"{zero}  ../../etc/passwd",
                 f"{zero}  /etc/passwd", f"{zero}  LICENSE"):
        matches(spoilt(line_in_sums(line)),
                rf"\Alectern: [^\n]*{SUMS}:\d+: [^\n]*\n\Z")
    matches(spoilt(lambda d: write(os.path.join(d, SUMS), "")),
            "no sum in it")
    matches(spoilt(lambda d: os.remove(os.path.join(d, SUMS))),
            "No such file")


def main():
    tap = Tap()
    if not tap.turn(ARCH, 1) and not tap.only:
        print("1..0 # SKIP another machine has its cases")
        return
    tap.case("release: is made", is_made)
    tap.case("release: its licences", has_the_licences)
    tap.case("release: the same bytes again", is_reproducible)
    tap.case("release: replaces only a release", replaces_itself)
    for name in FINISHED:
        tap.case(f"release: plain QEMU, {name}", runs_on, name)
        tap.case(f"release: ./run {name}", script_boots, name)
        tap.case(f"release: ./run --gdb {name}", script_waits_for_gdb, name)
    tap.case("release: ./run refuses", script_refuses)
    tap.case("release: ./run without QEMU", script_names_the_package)
    tap.case("release: sha256sum agrees", agrees_with_sha256sum)
    tap.case("release: no place of this machine",
             holds_no_place_of_this_machine)
    tap.case("release: finds each fault", finds_each_fault)
    tap.case("release: refuses bad sums", refuses_bad_sums)
    tap.end()


main()
