# SPDX-License-Identifier: MIT
"""The Debian packages each command needs, and how to get them.

A tool is looked for by its command name, so one that was installed by other
means is as good as Debian's.
"""
import glob
import os
import re
import subprocess

from .common import EXIT_BROKEN, MACHINES, Failure, have, path_of, say
from .progress import Waiting, locked

# command -> Debian packages that contain it
PACKAGES = {
    "meson": ["meson"],
    "ninja": ["ninja-build"],
    "gcc": ["gcc", "libc6-dev"],
    "cc": ["gcc", "libc6-dev"],
    "pkg-config": ["pkg-config"],
    **{command: names.split(",") for m in MACHINES.values()
       for command, names in m.pairs("packages").items()},
    "gdb-multiarch": ["gdb-multiarch"],
    "qemu-img": ["qemu-utils"],
    "clang": ["clang"],
    "clangd": ["clangd"],
    "sparse": ["sparse"],
    "spin": ["spin"],
    "tcc": ["tcc"],
    "genhtml": ["lcov"],
    "i686-w64-mingw32-gcc": ["gcc-mingw-w64-i686-win32"],
    **dict.fromkeys(("nm", "ar", "addr2line", "readelf"), ["binutils"]),
    "make": ["make"],
    "man": ["man-db"],
    "mke2fs": ["e2fsprogs"],
    "e2fsck": ["e2fsprogs"],
    "debugfs": ["e2fsprogs"],
    "dumpe2fs": ["e2fsprogs"],
    "cpio": ["cpio"],
    "dpkg-deb": ["dpkg"],
    "apt-get": ["apt"],
    "mmdebstrap": ["mmdebstrap"],
    "setpriv": ["util-linux"],
    "unshare": ["util-linux"],
    "zsh": ["zsh"],
    "fish": ["fish"],
    "bwrap": ["bubblewrap"],
    "patch": ["patch"],
    "chromium": ["chromium"],
    "chromedriver": ["chromium-driver"],
    "npm": ["npm"],
    "pdftotext": ["poppler-utils"],
}
# program -> package, of every Debian, or that a reader installs first
ALWAYS = {
    **dict.fromkeys(("cp", "dirname", "du", "env", "head", "id", "mkdir",
                     "mktemp", "od", "readlink", "rm", "rmdir", "sha256sum",
                     "sort", "tail"), "coreutils"),
    **dict.fromkeys(("apt-cache", "apt-config", "apt-get"), "apt"),
    **dict.fromkeys(("setpriv", "unshare"), "util-linux"),
    "mount": "mount", "umount": "mount", "pivot_root": "util-linux",
    "chroot": "coreutils", "ln": "coreutils",
    "sh": "dash", "bash": "bash", "diff": "diffutils", "find": "findutils",
    "grep": "grep", "sed": "sed", "tar": "tar", "dpkg-deb": "dpkg",
    "git": "git", "python3": "python3",
    "sudo": "sudo",         # only if it is there
}
# Files, or patterns of file names, that stand for a package without a command.
CMOCKA = "/usr/include/cmocka.h"
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
LIBFUZZER = "/usr/lib/llvm-*/lib/clang/*/lib/linux/libclang_rt.fuzzer-*.a"
# Where Debian's own Python finds its modules.
PYTHON_MODULES = "/usr/lib/python3/dist-packages/"
SPHINX, MYST, FURO = (PYTHON_MODULES + name for name in
                      ("sphinx/__init__.py", "myst_parser/__init__.py",
                       "furo/__init__.py"))
FILES = {CMOCKA: ["libcmocka-dev"], KEYRING: ["debian-archive-keyring"],
         LIBFUZZER: ["libclang-rt-dev"], SPHINX: ["python3-sphinx"],
         MYST: ["python3-myst-parser"], FURO: ["furo"]}

CROSS_GCC = {m.name: m.tool("gcc") for m in MACHINES.values()}
QEMU = {m.name: m.qemu for m in MACHINES.values()}
LINUX_GCC = {m.name: m.linux + "gcc" for m in MACHINES.values() if m.linux}


def for_build(arch):
    # meson needs a compiler of the build machine as well, and shared libraries
    # need a compiler for Linux programs
    linux = [LINUX_GCC[arch]] if arch in LINUX_GCC else []
    return ["meson", "ninja", "gcc", "nm", CROSS_GCC[arch], *linux,
            "dpkg-deb", KEYRING]


def for_run(arch):
    return for_build(arch) + [QEMU[arch]]


FOR_BARE = ["mmdebstrap", KEYRING, "setpriv", "unshare"]
FOR_BOOK = [SPHINX, MYST, FURO]
# any compiler that is called cc; clang will do
FOR_HOST = ["meson", "ninja", "cc", "nm", "pkg-config", CMOCKA]
# What Meson looks for; without them it leaves tests out.
BUILT_WITH = ["clang", LIBFUZZER, *QEMU.values()]
# What a suite needs in addition to building and running.
DISKS = ["mke2fs", "e2fsck", "debugfs"]
# Host tests that need more than a compiler and cmocka.
OF_HOST = {"model": ["spin", "tcc"], "machines": ["cpio"],
           "driver": ["zsh", "fish"], "labs": ["patch", "gcc"],
           "gates": ["patch"], "elf_tools": ["gcc"]}
OF_SUITE = {"host": [need for needs in OF_HOST.values() for need in needs],
            "fuzz": ["clang", LIBFUZZER],
            "disk": DISKS,
            "driver": DISKS + ["apt-get", "gdb-multiarch", "man",
                                "patch"],
            "pe": ["i686-w64-mingw32-gcc"],
            "programs": ["gdb-multiarch"],
            "gdb": ["gdb-multiarch"],
            "tools": ["gdb-multiarch", "qemu-img"],
            "editor": ["gdb-multiarch", "clangd"],
            "page": ["chromium", "chromedriver"],
            "browser": ["chromium", "chromedriver", "npm"],
            "live": ["chromium", "chromedriver"],
            "book": FOR_BOOK + ["gdb-multiarch", "npm"],
            "labs": ["patch"], "porting": ["patch"], "labs-whole": ["patch", "bwrap"],
            "glibc-tests": ["make"],
            "judges": ["mke2fs"], "judges-oracle": ["mke2fs"],
            "bench": ["mke2fs"],
            "fresh": FOR_BARE, "container": FOR_BARE}


def sanitizers():
    """Return: what the host's compiler links tests with, if it is a package of
    its own: clang's is"""
    words = os.environ.get("CC", "").split() or ["cc"]
    path = os.path.realpath(path_of(words[-1]) or "")
    return [LIBFUZZER] if os.path.basename(path).startswith("clang") else []


def for_test(folders, suites, host_tests=None):
    """Return: what the tests of these suites in these build folders need.
    host_tests: the tests of suite host, if not all are meant"""
    need = []
    for folder in folders:
        need += for_run(folder) if folder in QEMU else FOR_HOST + sanitizers()
    for suite in sorted(suites):
        if suite == "host" and host_tests is not None:
            for test in host_tests:
                need += OF_HOST.get(test, [])
        else:
            need += OF_SUITE.get(suite, [])
    return need


def present(thing):
    return bool(glob.glob(thing)) if thing.startswith("/") else have(thing)


def missing(needs):
    """Return: the needs that are not met, each once, in order"""
    return [n for n in dict.fromkeys(needs) if not present(n)]


def packages_of(needs):
    found = []
    for n in needs:
        found += PACKAGES.get(n) or FILES.get(n) or []
    return list(dict.fromkeys(found))


def _names(needs):
    """Return: the needs in words; without a command, the package's name"""
    return ", ".join(FILES[n][0] if n in FILES else n for n in needs)


def _privilege():
    """Return: the prefix that makes a command run as root; None if none does"""
    if os.geteuid() == 0:
        return []
    if not have("sudo"):
        return None
    there = _at_terminal()
    # without a terminal nobody could type a password
    sudo = ["sudo"] if there else ["sudo", "-n"]
    allowed = subprocess.run([*sudo, "true"], stdin=subprocess.DEVNULL,
                             stderr=None if there else subprocess.DEVNULL)
    return sudo if allowed.returncode == 0 else None


def _at_terminal():
    try:
        os.close(os.open("/dev/tty", os.O_RDWR))
        return True
    except OSError:
        return False


def require(needs, install=True):
    """Make every need present; Failure that names what to install if not."""
    lack = missing(needs)
    if not lack:
        return
    line = "apt-get install " + " ".join(packages_of(lack))
    what = f"{_names(lack)} not found"
    root = _privilege() if install and have("apt-get") else None
    if root is None:
        raise Failure(f"{what}; install it with: {line}", EXIT_BROKEN, "build")
    say(f"{what}; running: {' '.join(root + [line])}")
    # another command may be installing the same
    with locked("packages"):
        _install(root, packages_of(missing(needs)))
    lack = missing(needs)
    if lack:
        raise Failure(f"{_names(lack)} still not found after {line}",
                      EXIT_BROKEN, "build")


def _install(root, packages):
    """Install packages by apt, whose lists may be old or missing."""
    apt = [*root, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q",
           "-y", "-o", "DPkg::Lock::Timeout=600"]
    install = [*apt, "--no-install-recommends", "-o", "APT::Status-Fd=1",
               "install", *packages]
    if not packages or not _apt(install):
        return
    why = _apt([*apt, "-o", "APT::Update::Error-Mode=any", "update"]) \
        or _apt(install)
    if why:
        raise Failure(f"the packages were not installed ({why}); by hand: "
                      f"apt-get update && apt-get install {' '.join(packages)}",
                      EXIT_BROKEN, "build")


def _apt(command):
    """Return: apt's complaint; "" if it succeeded"""
    said = []
    with Waiting(f"apt-get {'update' if command[-1] == 'update' else 'install'}"
                 ) as waiting, subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, errors="replace",
            env=dict(os.environ, LC_ALL="C")) as child:
        for line in child.stdout:
            said.append(line)
            step = re.match(r"(dl|pm)status:[^:]*:(\d+)", line)
            if step:
                waiting.text = "fetches" if step[1] == "dl" else "unpacks"
                waiting.steps = int(step[2]), 100
    if child.returncode == 0:
        return ""
    complaints = [s[3:].strip() for s in said if s.startswith("E: ")]
    return (complaints or ["".join(said[-1:]).strip() or "no word"])[0]
