# SPDX-License-Identifier: MIT
"""The Debian packages each command needs, and how to get them.

A tool is looked for by its command name, so that one installed by other
means is as good as Debian's.
"""
import os
import subprocess
import sys

from .common import EXIT_BROKEN, MACHINES, Failure, have, say

# command -> Debian packages that bring it
PACKAGES = {
    "meson": ["meson"],
    "ninja": ["ninja-build"],
    "gcc": ["gcc", "libc6-dev"],
    **{command: names.split(",") for m in MACHINES.values()
       for command, names in m.pairs("packages").items()},
    "gdb-multiarch": ["gdb-multiarch"],
    "qemu-img": ["qemu-utils"],
    "clang": ["clang"],
    "sparse": ["sparse"],
    "spin": ["spin"],
    "genhtml": ["lcov"],
    "i686-w64-mingw32-gcc": ["gcc-mingw-w64-i686-win32"],
    "nm": ["binutils"],
    "mke2fs": ["e2fsprogs"],
    "e2fsck": ["e2fsprogs"],
    "debugfs": ["e2fsprogs"],
    "cpio": ["cpio"],
    "dpkg-deb": ["dpkg"],
    "apt-get": ["apt"],
    "xz": ["xz-utils"],
    "zsh": ["zsh"],
    "fish": ["fish"],
    "chromium": ["chromium"],
    "chromedriver": ["chromium-driver"],
}
# Files that stand for a package without a command.
FILES = {
    "/usr/include/cmocka.h": ["libcmocka-dev"],
    "/usr/share/keyrings/debian-archive-keyring.gpg":
        ["debian-archive-keyring"],
}

CROSS_GCC = {m.name: m.tool("gcc") for m in MACHINES.values()}
QEMU = {m.name: m.qemu for m in MACHINES.values()}
LINUX_GCC = {m.name: m.linux + "gcc" for m in MACHINES.values() if m.linux}


def for_build(arch):
    # meson asks for a compiler of the build machine as well
    # shared libraries are made by a compiler of Linux programs
    linux = [LINUX_GCC[arch]] if arch in LINUX_GCC else []
    return ["meson", "ninja", "gcc", "nm", CROSS_GCC[arch], *linux,
            "dpkg-deb", "/usr/share/keyrings/debian-archive-keyring.gpg"]


def for_run(arch):
    return for_build(arch) + [QEMU[arch]]


# What a suite needs besides what it takes to build and to run.
DISKS = ["mke2fs", "e2fsck", "debugfs"]
OF_SUITE = {"host": ["spin", "/usr/include/cmocka.h", "clang"],
            "disk": DISKS, "driver": DISKS + ["apt-get", "xz"],
            "fuzz": ["clang", "/usr/include/cmocka.h"],
            "pe": ["i686-w64-mingw32-gcc"],
            "gdb": ["gdb-multiarch", "qemu-img", "chromium", "chromedriver"]}


def for_test(folders, suites):
    """What the tests of these suites in these build folders need."""
    need = ["meson", "ninja", "gcc"]
    for suite in sorted(suites):
        need += OF_SUITE.get(suite, [])
    for arch in (f for f in folders if f in QEMU):
        need += for_run(arch)
    return need


def present(thing):
    return os.path.exists(thing) if thing.startswith("/") else have(thing)


def missing(needs):
    """The needs that are not met, each once, in order."""
    return [n for n in dict.fromkeys(needs) if not present(n)]


def packages_of(needs):
    found = []
    for n in needs:
        found += PACKAGES.get(n) or FILES.get(n) or []
    return list(dict.fromkeys(found))


def _privilege():
    if os.geteuid() == 0:
        return []
    return ["sudo"] if have("sudo") else None


def require(needs, install=True):
    """Make every need present, or fail naming what to install."""
    lack = missing(needs)
    if not lack:
        return
    packages = packages_of(lack)
    line = "apt-get install " + " ".join(packages)
    what = f"{', '.join(lack)} not found"
    root = _privilege()
    if not install or root is None or not have("apt-get"):
        raise Failure(f"{what}; install it with: {line}", EXIT_BROKEN, "build")
    say(f"{what}; running: {' '.join(root + [line])}")
    env = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    command = root + ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get",
                      "-q", "-y", "--no-install-recommends", "install"]
    if not _apt(command + packages, env):
        _apt(root + ["apt-get", "-q", "update"], env)
        if not _apt(command + packages, env):
            raise Failure(f"the packages did not install; by hand: {line}",
                          EXIT_BROKEN, "build")
    lack = missing(needs)
    if lack:
        raise Failure(f"{', '.join(lack)} still not found after {line}",
                      EXIT_BROKEN, "build")


def _apt(command, env):
    return subprocess.run(command, env=env, stdin=subprocess.DEVNULL,
                          stdout=sys.stderr).returncode == 0
