# SPDX-License-Identifier: MIT
"""A root of Debian packages in memory: `run --packages P,...`.

The packages and all their dependencies are resolved and fetched once, by the
same private apt that `image` uses, and kept unpacked in build/cache.  A run
lays the project's own programs over that tree and gives both to the kernel as
its initial file system.  Manuals and translations are left out, because the
tree occupies the guest's memory.
"""
import hashlib
import os
import re
import shutil
import stat

from .. import packages
from . import debs
from ..common import CACHE, EXIT_USAGE, Failure, say
from .cpio import Archive
from .image import ALWAYS, fetch, finish, unpack
from ..progress import Waiting, locked

# files that no program needs to run
LEFT_OUT = ("usr/share/doc", "usr/share/man", "usr/share/locale",
            "usr/share/info", "usr/share/lintian", "usr/share/bug",
            "usr/share/doc-base", "usr/share/bash-completion")
# directories that are links to the ones of the same name under /usr
MERGED = ("bin", "sbin", "lib")


def names(text):
    """Check the package names of --packages. Return: a sorted list"""
    found = sorted({n for n in text.split(",") if n})
    for n in found:
        if not re.fullmatch(r"[a-z0-9][a-z0-9.+-]+", n):
            raise Failure(f"--packages: {n!r} is not a package name",
                          EXIT_USAGE)
    return found


def key(arch, wanted):
    """Return: a name for one set of packages of one suite"""
    suite = debs.suite_of(arch)
    text = " ".join([arch, suite] + sorted(wanted))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def folder(arch, wanted):
    return os.path.join(CACHE, "roots", arch, key(arch, wanted))


def is_fetched(arch, wanted):
    return os.path.exists(folder(arch, wanted) + ".done")


def root(arch, wanted, install=True):
    """Return: a directory of the packages' files, made if it is not cached"""
    target = folder(arch, wanted)
    done = target + ".done"
    packages.require(["dpkg-deb", "apt-get", debs.KEYRING], install)
    with locked("debs"):
        if os.path.exists(done):
            return target
        with Waiting(f"fetching and unpacking packages for {arch}"):
            files = fetch(arch, ALWAYS + list(wanted))
            shutil.rmtree(target, ignore_errors=True)
            os.makedirs(target)
            unpack(files, target)
            finish(target, files)
        for part in LEFT_OUT:
            shutil.rmtree(os.path.join(target, part), ignore_errors=True)
        with open(done, "w") as f:
            f.write("\n".join(map(os.path.basename, files)) + "\n")
    say(f"{len(files)} packages for {arch} unpacked")
    return target


def merged(source):
    """Return: the top directories of a root that are links into /usr"""
    return tuple(m for m in MERGED
                 if os.path.islink(os.path.join(source, m)))


def archive(arch, wanted, install=True):
    """Return: the root's files as an archive in bytes, kept beside the root"""
    source = root(arch, wanted, install)
    path = source + ".cpio"
    with locked("debs"):
        if not os.path.exists(path):
            with open(path + ".new", "wb") as f:
                f.write(_pack(source))
            os.rename(path + ".new", path)
    with open(path, "rb") as f:
        return f.read()


def _pack(source):
    """Make an archive of a directory; hard links stay hard links."""
    tree, seen = Archive(), {}
    for where, folders, files in os.walk(source):
        inside = "/" + os.path.relpath(where, source)
        for name in sorted(folders + files):
            path = os.path.join(where, name)
            info = os.lstat(path)
            guest = os.path.join(inside, name)
            if stat.S_ISDIR(info.st_mode):
                tree.folder(guest, stat.S_IMODE(info.st_mode))
            elif info.st_nlink > 1 and info.st_ino in seen:
                tree.same(guest, seen[info.st_ino])
            else:
                tree.host(path, guest)
                seen[info.st_ino] = guest
    return tree.bytes()
