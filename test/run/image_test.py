#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""image_test.py ARCH - ./lectern image: a whole image that boots to bash, or
none at all: bad words, too little room, no place to put it, a signal."""
import os
import signal
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
from harness import (LECTERN, PATIENCE, Console, Skip, Tap,  # noqa: E402
                     equal, holds, run, write)

ARCH = sys.argv[1]
WORK = tempfile.TemporaryDirectory()


def path(name):
    return os.path.join(WORK.name, name)


def make_image(*options):
    done = run("image", "debian", *options, arch=None, timeout=900)
    if b"cannot be fetched" in done.stderr:
        raise Skip("Debian's packages are not to be had")
    return done


def of(arch, *rest):
    return ("--arch", arch, "--packages", "bash", *rest)


def refuses(why, *options):
    done = make_image(*options)
    equal(done.returncode, 2, options)
    holds(why in done.stderr, done.stderr)
    equal(os.listdir(WORK.name), [], "left behind")


def bad_words():
    out = ("-o", path("no.img"))
    refuses(b"not a package name", "--packages", "Upper", *out)
    refuses(b"not a size", *of(ARCH, "--size", "much"), *out)
    refuses(b"No such file", *of(ARCH, "-o", path("none/no.img")))
    refuses(b"is a directory", *of(ARCH, "-o", WORK.name))


def unknown_package():
    refuses(b"Debian has no nonesuch-package", "--arch", ARCH, "--packages",
            "nonesuch-package", "-o", path("no.img"))


def added_files():
    """--add is refused where it would not be seen, and on an image it is."""
    refuses(b"no such file", *of(ARCH, "--add", path("none"), "-o",
                                 path("no.img")))
    with tempfile.TemporaryDirectory() as mine:
        os.makedirs(os.path.join(mine, "tree", "sub"))
        for name in ("one", "tree/sub/two"):
            write(os.path.join(mine, name), name + "\n")
        os.symlink("one", os.path.join(mine, "link"))
        os.symlink("sub/two", os.path.join(mine, "tree", "two"))
        refuses(b"/etc: Is a dir", *of(ARCH, "--add", mine + "/one:/etc", "-o",
                                 path("no.img")))
        made = os.path.join(mine, "made.img")
        done = make_image(*of(ARCH, "--output", made,
                              "--add", mine + "/link:/bin/one",
                              "--add", mine + "/one:/etc/hostname",
                              "--add", mine + "/one:/var/lock/../one",
                              "--add", mine + "/tree:/srv/new/tree"))
        equal(done.returncode, 0, done.stderr)
        hidden = run("run", "--disk", made, "--add", mine + "/one",
                     "--", "true", arch=ARCH, status=2)
        holds(b"hides the initial file system" in hidden.stderr,
              hidden.stderr)
        seen = run("run", "--disk", made, "--", "bash", "-c",
                   "cd /srv/new/tree; for f in /usr/bin/one /etc/hostname "
                   "/run/one sub/two two; do read -r x <$f; echo $x; done; "
                   "[ -L two ] && [ -L /var/run ]", arch=ARCH)
        equal((seen.stdout, seen.returncode),
              (b"one\n" * 3 + b"tree/sub/two\n" * 2, 0), seen.stderr)


def too_small():
    refuses(b"the files need", *of(ARCH, "--size", "2M", "-o",
                                   path("no.img")))


def ended_by_signal():
    child = subprocess.Popen(
        [LECTERN, "image", "debian", *of(ARCH, "-o", path("no.img"))],
        stderr=subprocess.PIPE)
    for line in child.stderr:
        if b"unpacking" in line:
            child.send_signal(signal.SIGTERM)
    status = child.wait(600 * PATIENCE)
    if status == 122:
        raise Skip("Debian's packages are not to be had")
    # it may have been done already: then it is whole
    equal(os.listdir(WORK.name), ["no.img"] if status == 0 else [])
    holds(status in (0, 130), status)
    for name in os.listdir(WORK.name):
        os.unlink(path(name))


def boots_to_bash():
    done = make_image(*of(ARCH, "-o", path("yes.img")))
    equal(done.returncode, 0, done.stderr)
    equal(os.listdir(WORK.name), ["yes.img"])
    with Console("--arch", ARCH, "--disk", path("yes.img")) as c:
        c.login()
        equal(c.command("echo ${BASH_VERSINFO[0]}"), "5")
        equal(c.command("while read -r a b c; do [ $b = / ] && echo $a; done "
                        "</proc/mounts"), "/dev/vda")
        equal(c.command(": >/kept; echo $?"), "0")
        c.send("poweroff\r")
        equal(c.leave(), 0)
    check = subprocess.run(["/sbin/e2fsck", "-fn", path("yes.img")],
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    equal(check.returncode, 0, check.stdout)


tap = Tap()
for case in (bad_words, unknown_package, added_files, too_small, ended_by_signal,
             boots_to_bash):
    tap.case(case.__name__.replace("_", " "), case)
tap.end()
