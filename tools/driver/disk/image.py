# SPDX-License-Identifier: MIT
"""`./lectern image debian`: a root file system of Debian packages.

The packages and all their dependencies are fetched with checked signatures and
unpacked.  The few files that their maintainer scripts would make are written
here, so no program of the other architecture runs.  The image is ext2, labelled
so that `run --disk` boots from it.

It is written under another name, checked by e2fsck and then renamed: a file
with the final name is always a complete image.
"""
import contextlib
import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile

from .. import packages
from . import debs
from ..common import ARCHES, CACHE, EXIT_USAGE, NAMED, Failure, added_pair, say
from ..progress import Waiting, locked

DEFAULT = ["bash", "coreutils", "dash", "grep", "sed", "mawk", "findutils",
           "mount", "ncurses-bin", "procps", "util-linux"]
# essential packages of Debian that others need without saying so
ALWAYS = ["base-files", "base-passwd", "libc-bin", "ncurses-base"]
LABEL = "lectern-root"
SLACK_MB = 64
FOLDERS = {"proc": 0o555, "sys": 0o555, "dev": 0o755, "run": 0o755,
           "tmp": 0o1777, "root": 0o700, "home": 0o755, "var/tmp": 0o1777,
           "mnt": 0o755, "etc": 0o755, "srv": 0o755, "opt": 0o755,
           "media": 0o755, "run/lock": 0o1777, "usr/local/bin": 0o755,
           "usr/local/sbin": 0o755, "var/log": 0o755, "var/mail": 0o2775}
# directories that are links in Debian
MOVED = {"var/run": "/run", "var/lock": "/run/lock", "var/spool/mail":
         "../mail"}
# default files of base-files, and where they go
DEFAULTS = {"profile": "etc/profile", "motd": "etc/motd",
            "dot.profile": "root/.profile", "dot.bashrc": "root/.bashrc"}
# links that update-alternatives makes
ALTERNATIVES = (("usr/bin/awk", "mawk"), ("usr/bin/cc", "gcc"),
                ("usr/bin/nawk", "mawk"), ("usr/bin/pager", "more"),
                ("usr/bin/vi", "vim.tiny"))


def add_options(p):
    p.add_argument("kind", choices=("debian",))
    p.add_argument("--arch", choices=NAMED, default=ARCHES[0],
                   help=f"machine (default: {ARCHES[0]})")
    p.add_argument("--packages", default=",".join(DEFAULT), metavar="P,...",
                   help="default: " + ",".join(DEFAULT))
    p.add_argument("-o", "--output", required=True, metavar="F",
                   help="the image file; an older one is replaced only at the "
                        "end")
    p.add_argument("--add", action="append", default=[],
                   metavar="HOST[:GUEST]",
                   help="a file or directory to add; replaces what is there")
    p.add_argument("--size", metavar="SIZE",
                   help="size of the image, such as 512M (default: the files "
                        f"and {SLACK_MB} MiB)")
    p.add_argument("--refresh", action="store_true",
                   help="ask the mirror again for the packages; otherwise the "
                        "earlier answer is used")


def plan_file(arch, names):
    """Return: the file that stores which .deb files a set of names needs"""
    suite = debs.suite_of(arch)
    text = " ".join([suite] + sorted(names))
    return os.path.join(debs.folder(arch), "plans",
                        hashlib.sha256(text.encode()).hexdigest()[:16])


def remembered(arch, names):
    """Return: the .deb files chosen earlier, if all of them still exist"""
    try:
        with open(plan_file(arch, names)) as f:
            files = [exact(arch, w) for w in f.read().split()]
    except OSError:
        return None
    return files if files and None not in files else None


def remember(arch, names, wanted):
    path = plan_file(arch, names)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path + ".new", "w") as f:
        f.write("\n".join(wanted) + "\n")
    os.rename(path + ".new", path)


def fetch(arch, names, refresh=False):
    """Return: the .deb files of the packages and of their dependencies"""
    files = None if refresh else remembered(arch, names)
    if files:
        return files
    apt = debs.Apt(arch)
    try:
        wanted = apt.closure(names)
        lack = [w for w in wanted if not exact(arch, w)]
        if lack:
            say(f"fetching {len(lack)} packages for {arch}")
            apt.download(lack)
    except (subprocess.CalledProcessError, Failure) as why:
        text = getattr(why, "stderr", None) or str(why)
        if isinstance(text, bytes):
            text = text.decode(errors="replace")
        unknown = re.findall(r"Unable to locate package (\S+)", text)
        if unknown:
            raise Failure(f"--packages: Debian has no {', '.join(unknown)} "
                          f"for {arch}", EXIT_USAGE) from None
        raise Failure(f"the packages cannot be fetched: "
                      f"{debs.complaint(text)}; check the network (packages "
                      f"already fetched are in {debs.folder(arch)})") from None
    remember(arch, names, wanted)
    return [exact(arch, w) for w in wanted]


def exact(arch, wanted):
    """Return: the cached .deb of name=version, or None"""
    name, _, version = wanted.partition("=")
    version = version.replace(":", "%3a")
    for suffix in (arch, "all"):
        path = os.path.join(debs.folder(arch),
                            f"{name}_{version}_{suffix}.deb")
        if os.path.exists(path):
            return path
    return None


def unpack(files, root):
    # base-files first: it has the links bin -> usr/bin through which every
    # other package is unpacked
    files = sorted(files, key=lambda f: ("/base-files_" not in f, f))
    for link in ("bin", "sbin", "lib"):
        os.makedirs(os.path.join(root, "usr", link), exist_ok=True)
        os.symlink(f"usr/{link}", os.path.join(root, link))
    for deb in files:
        tar = subprocess.Popen(["dpkg-deb", "--fsys-tarfile", deb],
                               stdout=subprocess.PIPE)
        # --keep-directory-symlink: /bin stays a link
        done = subprocess.run(["tar", "-x", "-p", "-C", root,
                               "--keep-directory-symlink"],
                              stdin=tar.stdout)
        if tar.wait() or done.returncode:
            raise Failure(f"{os.path.basename(deb)} could not be unpacked")


def refuse_too_small(files, wanted):
    """Raise Failure, before anything is unpacked, if the packages say that
    they need more than so many MiB; make() knows exactly."""
    need = 0
    for deb in files:
        done = subprocess.run(["dpkg-deb", "-f", deb, "Installed-Size"],
                              stdout=subprocess.PIPE, text=True)
        need += int(done.stdout.strip() or 0)           # KiB
    if wanted << 10 < need:
        raise Failure(f"--size {wanted}M: the files need more than "
                      f"{need >> 10}M", EXIT_USAGE)


def finish(root, files):
    """Write what the maintainer scripts and dpkg would have made."""
    def at(path):
        return os.path.join(root, path)

    for path, mode in FOLDERS.items():
        os.makedirs(at(path), exist_ok=True)
        os.chmod(at(path), mode)
    for name in ("passwd", "group"):
        source = at(f"usr/share/base-passwd/{name}.master")
        if os.path.exists(source) and not os.path.exists(at(f"etc/{name}")):
            shutil.copy(source, at(f"etc/{name}"))
    for name, place in DEFAULTS.items():
        source = at(f"usr/share/base-files/{name}")
        if os.path.exists(source) and not os.path.exists(at(place)):
            shutil.copy(source, at(place))
    for link, target in MOVED.items():
        if os.path.isdir(at(link)) and not os.path.islink(at(link)):
            os.rmdir(at(link))
        os.makedirs(os.path.dirname(at(link)), exist_ok=True)
        os.symlink(target, at(link))
    for link, target in ALTERNATIVES:
        if (not os.path.lexists(at(link))
                and os.path.exists(at(os.path.join("usr/bin", target)))):
            os.symlink(target, at(link))
    shell = at("usr/bin/sh")
    if not os.path.lexists(shell):
        for target in ("dash", "bash"):
            if os.path.exists(at(f"usr/bin/{target}")):
                os.symlink(target, shell)
                break
    end_commands(root)
    register(root, files)
    with open(at("etc/hostname"), "w") as f:
        f.write("lectern\n")
    with open(at("etc/hosts"), "w") as f:
        f.write("127.0.0.1\tlocalhost lectern\n")


# signals that make process 1 end the machine, for roots without the commands
END_SIGNALS = {"poweroff": "USR2", "halt": "USR1", "reboot": "TERM"}


def end_commands(root):
    """Write the commands into usr/bin, which is on every PATH."""
    os.makedirs(os.path.join(root, "usr/bin"), exist_ok=True)
    for name, number in END_SIGNALS.items():
        path = os.path.join(root, "usr/bin", name)
        if not any(os.path.lexists(os.path.join(root, folder, name))
                   for folder in ("usr/bin", "usr/sbin")):
            with open(path, "w") as f:
                f.write(f"#!/bin/sh\nkill -{number} 1\n")
            os.chmod(path, 0o755)


def register(root, files):
    """Write dpkg's records of the packages, as if it had unpacked them."""
    base = os.path.join(root, "var/lib/dpkg")
    for part in ("info", "updates", "triggers", "alternatives"):
        os.makedirs(os.path.join(base, part), exist_ok=True)
    stanzas = []
    for deb in files:
        def ask(*command):
            return subprocess.run(["dpkg-deb", *command], text=True,
                                  check=True, stdout=subprocess.PIPE).stdout

        fields = ask("-f", deb)
        head, _, rest = fields.partition("\n")
        stanzas.append(f"{head}\nStatus: install ok installed\n{rest}")
        name = head.partition(": ")[2]
        if "\nMulti-Arch: same" in fields:
            name += ":" + re.search(r"^Architecture: (\S+)", fields,
                                    re.M).group(1)
        paths = [line.split(None, 5)[5].split(" -> ")[0]
                 for line in ask("-c", deb).splitlines()]
        with open(os.path.join(base, "info", name + ".list"), "w") as f:
            f.write("".join((p.rstrip("/")[1:] or "/.") + "\n"
                            for p in paths))
    with open(os.path.join(base, "status"), "w") as f:
        f.write("\n".join(stanzas))
    open(os.path.join(base, "available"), "a").close()


def place_in(root, path):
    """Return: where path leads in a process with root as its root directory"""
    parts, here, links = path.split("/")[::-1], [], 0
    while parts:
        part = parts.pop()
        at = os.path.join(root, *here, part)
        if part == "..":
            here = here[:-1]
        elif parts and os.path.islink(at):
            links += 1
            if links > 40:
                raise Failure(f"--add: {path}: a loop of links", EXIT_USAGE)
            target = os.readlink(at)
            here = [] if target.startswith("/") else here
            parts += target.split("/")[::-1]
        elif part not in ("", "."):
            here.append(part)
    return os.path.join(root, *here)


def add(root, host, guest):
    """Copy a file or directory to its place in root; replace what is there."""
    host = os.path.realpath(host)   # a link means its target
    place = place_in(root, guest)
    try:
        os.makedirs(os.path.dirname(place), exist_ok=True)
        if os.path.isdir(host):
            shutil.copytree(host, place, symlinks=True, dirs_exist_ok=True)
            return
        if os.path.lexists(place):
            os.unlink(place)
        shutil.copy2(host, place)
    except shutil.Error as why:
        raise Failure(f"--add {host}: {why.args[0][0][2]}",
                      EXIT_USAGE) from None
    except OSError as why:
        raise Failure(f"--add {host}: {guest}: {why.strerror}",
                      EXIT_USAGE) from None


def make(root, path, wanted=None):
    """Make an ext2 image of a directory, with free space; wanted: total MiB."""
    used = files = 0
    for where, folders, names in os.walk(root):
        files += len(folders) + len(names)
        for n in names:
            used += (os.lstat(os.path.join(where, n)).st_size + 4095) & ~4095
    size = (used >> 20) * 115 // 100 + files * 4 // 1024 + SLACK_MB
    if wanted and wanted < size - SLACK_MB:
        raise Failure(f"--size {wanted}M: the files need "
                      f"{size - SLACK_MB}M", EXIT_USAGE)
    size = wanted or size
    mke2fs = shutil.which("mke2fs") or "/sbin/mke2fs"
    done = subprocess.run(
        [mke2fs, "-q", "-F", "-t", "ext2", "-O",
         "^resize_inode,^dir_index,^ext_attr", "-b", "4096", "-I", "256",
         "-N", str(files * 5 // 4 + 4096), "-m", "0", "-L", LABEL, "-E",
         "root_owner=0:0", "-d", root, path, f"{size}M"],
        text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode:
        raise Failure(f"mke2fs: {done.stdout.strip()}")
    return size, files


def check(path):
    """Raise Failure if e2fsck would change anything in the image."""
    e2fsck = shutil.which("e2fsck") or "/sbin/e2fsck"
    done = subprocess.run([e2fsck, "-fn", path], text=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)
    if done.returncode:
        raise Failure(f"e2fsck: {done.stdout.strip()}")


@contextlib.contextmanager
def whole_file(path):
    """Make a new file beside path, which takes that name only at the end."""
    folder = os.path.dirname(os.path.abspath(path))
    if os.path.isdir(path):
        raise Failure(f"--output {path}: is a directory", EXIT_USAGE)
    try:
        fd, new = tempfile.mkstemp(prefix=os.path.basename(path) + ".",
                                   suffix=".new", dir=folder)
    except OSError as why:
        raise Failure(f"--output {path}: {why.strerror}",
                      EXIT_USAGE) from None
    os.close(fd)
    try:
        yield new
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(new, 0o666 & ~umask)
        os.rename(new, path)
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(new)


@contextlib.contextmanager
def signals_as_interrupt():
    """Let the program clean up before a signal ends it."""
    def caught(number, frame):
        raise KeyboardInterrupt

    caught_ones = (signal.SIGTERM, signal.SIGHUP)
    old = {s: signal.signal(s, caught) for s in caught_ones}
    try:
        yield
    finally:
        for number, handler in old.items():
            signal.signal(number, handler)


def size_of(text):
    """Parse --size. Return: MiB, or None when it was not given"""
    if text is None:
        return None
    found = re.fullmatch(r"([1-9][0-9]*)([MG]?)", text.upper())
    if not found:
        raise Failure(f"--size {text}: not a size such as 512M or 2G",
                      EXIT_USAGE)
    return int(found.group(1)) * (1024 if found.group(2) == "G" else 1)


@contextlib.contextmanager
def step(text):
    """Show the present step: a line each in a pipe, one that changes on a
    terminal."""
    if not sys.stderr.isatty():
        say(text)
    with Waiting(text):
        yield


def image(options):
    names = [n for n in options.packages.split(",") if n]
    for n in names:
        if not re.fullmatch(r"[a-z0-9][a-z0-9.+-]+", n):
            raise Failure(f"--packages: {n!r} is not a package name",
                          EXIT_USAGE)
    wanted = size_of(options.size)
    added = [added_pair(text) for text in options.add]
    packages.require(["mke2fs", "dpkg-deb", "apt-get", debs.KEYRING],
                     not options.no_install)
    os.makedirs(CACHE, exist_ok=True)
    with signals_as_interrupt(), whole_file(options.output) as new, \
            tempfile.TemporaryDirectory(dir=CACHE) as work:
        with locked("debs"), \
                step(f"choosing packages for {options.arch}"):
            files = fetch(options.arch, ALWAYS + names, options.refresh)
        if wanted:
            refuse_too_small(files, wanted)
        root = os.path.join(work, "root")
        os.makedirs(root)
        with step(f"unpacking {len(files)} packages"):
            unpack(files, root)
            finish(root, files)
            for host, guest in added:
                add(root, host, guest)
        with step("making the file system"):
            size, count = make(root, new, wanted)
        with step("checking it"):
            check(new)
    say(f"{options.output}: {size} MiB, {count} files of {len(files)} "
        f"packages")
    return 0
