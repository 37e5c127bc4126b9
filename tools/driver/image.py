# SPDX-License-Identifier: MIT
"""`./lectern image debian`: a root file system of Debian packages.

The packages with all that they depend on are fetched with checked signatures
and unpacked; the few files that their maintainer scripts would have made are
written here, so no program of the other architecture runs.  The image is
ext2, labelled so that `run --disk` boots from it.
"""
import os
import re
import shutil
import subprocess
import tempfile

from . import debs, packages
from .build import locked
from .common import ARCHES, CACHE, EXIT_USAGE, Failure, say

DEFAULT = ["bash", "coreutils", "dash", "grep", "sed", "mawk", "findutils",
           "procps", "util-linux"]
ALWAYS = ["base-files", "base-passwd", "libc-bin"]
LABEL = "lectern-root"
SLACK_MB = 64
FOLDERS = {"proc": 0o555, "sys": 0o555, "dev": 0o755, "run": 0o755,
           "tmp": 0o1777, "root": 0o700, "home": 0o755, "var/tmp": 0o1777,
           "mnt": 0o755, "etc": 0o755}
# links that update-alternatives makes
ALTERNATIVES = (("usr/bin/awk", "mawk"), ("usr/bin/cc", "gcc"), ("usr/bin/nawk", "mawk"),
                ("usr/bin/pager", "more"), ("usr/bin/vi", "vim.tiny"))


def add_options(p):
    p.add_argument("kind", choices=("debian",))
    p.add_argument("--arch", choices=ARCHES, default="riscv64")
    p.add_argument("--packages", default=",".join(DEFAULT), metavar="P,...",
                   help="default: " + ",".join(DEFAULT))
    p.add_argument("-o", "--output", required=True, metavar="F")


def fetch(arch, names):
    """=> the .deb files of the packages and what they depend on"""
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
        raise Failure(f"the packages cannot be fetched: {text.strip()}; "
                      f"those that are stand in {debs.folder(arch)}"
                      ) from None
    return [exact(arch, w) for w in wanted]


def exact(arch, wanted):
    """The cached .deb of name=version, or None."""
    name, _, version = wanted.partition("=")
    version = version.replace(":", "%3a")
    for suffix in (arch, "all"):
        path = os.path.join(debs.folder(arch),
                            f"{name}_{version}_{suffix}.deb")
        if os.path.exists(path):
            return path
    return None


def unpack(files, root):
    # base-files first: it brings the links bin -> usr/bin that every other
    # package is unpacked through
    files = sorted(files, key=lambda f: ("/base-files_" not in f, f))
    for link in ("bin", "sbin", "lib"):
        os.makedirs(os.path.join(root, "usr", link), exist_ok=True)
        os.symlink(f"usr/{link}", os.path.join(root, link))
    for deb in files:
        tar = subprocess.Popen(["dpkg-deb", "--fsys-tarfile", deb],
                               stdout=subprocess.PIPE)
        # --keep-directory-symlink: /bin stays the link it is
        done = subprocess.run(["tar", "-x", "-p", "-C", root,
                               "--keep-directory-symlink"],
                              stdin=tar.stdout)
        if tar.wait() or done.returncode:
            raise Failure(f"{os.path.basename(deb)} does not unpack")


def finish(root, files):
    """What the maintainer scripts and dpkg would have made."""
    def at(path):
        return os.path.join(root, path)

    for path, mode in FOLDERS.items():
        os.makedirs(at(path), exist_ok=True)
        os.chmod(at(path), mode)
    for name in ("passwd", "group"):
        source = at(f"usr/share/base-passwd/{name}.master")
        if os.path.exists(source) and not os.path.exists(at(f"etc/{name}")):
            shutil.copy(source, at(f"etc/{name}"))
    for name in ("profile", "motd"):
        source = at(f"usr/share/base-files/{name}")
        if os.path.exists(source) and not os.path.exists(at(f"etc/{name}")):
            shutil.copy(source, at(f"etc/{name}"))
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
    register(root, files)
    with open(at("etc/hostname"), "w") as f:
        f.write("lectern\n")
    with open(at("etc/hosts"), "w") as f:
        f.write("127.0.0.1\tlocalhost lectern\n")


def register(root, files):
    """What dpkg knows of the packages, as if it had unpacked them."""
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


def make(root, path):
    """An ext2 image of a folder, with room to write."""
    used = files = 0
    for where, folders, names in os.walk(root):
        files += len(folders) + len(names)
        for n in names:
            used += (os.lstat(os.path.join(where, n)).st_size + 4095) & ~4095
    size = (used >> 20) * 115 // 100 + files * 4 // 1024 + SLACK_MB
    if os.path.exists(path):
        os.unlink(path)
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


def image(options):
    names = [n for n in options.packages.split(",") if n]
    for n in names:
        if not re.fullmatch(r"[a-z0-9][a-z0-9.+-]+", n):
            raise Failure(f"--packages: {n!r} is no package name",
                          EXIT_USAGE)
    packages.require(["mke2fs", "dpkg-deb", "apt-get", debs.KEYRING],
                     not options.no_install)
    os.makedirs(CACHE, exist_ok=True)
    with locked("debs"):
        files = fetch(options.arch, ALWAYS + names)
    with tempfile.TemporaryDirectory(dir=CACHE) as work:
        root = os.path.join(work, "root")
        os.makedirs(root)
        unpack(files, root)
        finish(root, files)
        size, count = make(root, options.output)
    say(f"{options.output}: {size} MiB, {count} files of {len(files)} "
        f"packages")
    return 0
