#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""container_test.py ARCH - the steps of course/container/Containerfile in a
bare Debian, and then as its user what it is for, on every machine and without
installing anything more.  No engine for containers is needed; what one does
beside the steps is not tried."""
import os
import re
import sys

sys.dont_write_bytecode = True
from containerfile import Image, parsed, rules_of  # noqa: E402
from harness import (FINISHED, TOP, Tap, equal, holds,  # noqa: E402
                     matches, read)
from harness_bare import (DEBIAN, clone, inside,  # noqa: E402
                          keep_packages, lacking, settle, workplace)

FILE = "course/container/Containerfile"
BASE = {"bookworm": "debian:12"}
LARGEST = 2500 << 20        # bytes of the image


def builds(image):
    for word, rest in parsed(read(os.path.join(TOP, FILE))):
        try:
            image.follow(word, rest)
        finally:
            keep_packages(image.root)
    equal(image.base, BASE[DEBIAN])


def is_small(image):
    size = image.size()
    print(f"# the image has {size >> 20} MiB")
    holds(size < LARGEST, f"{size} bytes")
    equal(os.listdir(image.root + "/var/lib/apt/lists"), [])
    holds(not os.path.exists(image.root + "/opt/lectern"), "/opt/lectern")


def has_a_plain_user(image):
    equal(image.shell("id -un; pwd").stdout, f"{image.user}\n/lectern\n")
    holds(image.user != "root", image.user)
    holds(image.shell("touch /etc/x").returncode, "it may write to /etc")


def mount_tree(image):
    """What -v TREE:/lectern does."""
    os.rmdir(image.root + image.place)
    clone(image.root)
    inside(image.root, f"chown -R {image.user}: /lectern")


def in_container(image, command):
    """=> the standard output of a command that must succeed"""
    done = image.shell(command)
    equal(done.returncode, 0, done.stdout[-9000:] + done.stderr[-9000:])
    return done.stdout


def runs(image, arch):
    equal(in_container(image, f"./lectern run --no-install --arch {arch} "
                       "-- true"), "")
    equal(in_container(image, f"./lectern run --no-install --arch {arch} "
                       "-- echo hi"), "hi\n")


def tests(image, arch):
    """The suite needs GDB, too; one case of it."""
    text = in_container(image, "LECTERN_ONE=1 ./lectern test --no-install "
                        f"--verbose --arch {arch} --suite gdb")
    matches(text.splitlines()[-1],
            r"^[1-9]\d* passed, 0 failed(, \d+ skip.*)?$")
    equal(lacking(text), [])


def lacks_nothing(image):
    """As the doctor sees it."""
    text = in_container(image, "./lectern doctor")
    equal(re.findall(r"^missing .* needed to .*", text, re.M), [])


def main():
    tap = Tap()
    with workplace() as folder:
        root = os.path.join(folder, "image")
        settle(root, ())
        image = Image(root, TOP, rules_of(read(os.path.join(
            TOP, ".dockerignore"))))
        tap.case("container: every step succeeds", builds, image)
        if tap.failed:
            tap.end()
        tap.case("container: it is small", is_small, image)
        mount_tree(image)
        tap.case("container: its user is not root", has_a_plain_user, image)
        tap.case("container: nothing is missing", lacks_nothing, image)
        for arch in FINISHED:
            tap.case(f"container: run on {arch}", runs, image, arch)
            tap.case(f"container: a test on {arch}", tests, image, arch)
    tap.end()


main()
