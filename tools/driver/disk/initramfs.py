# SPDX-License-Identifier: MIT
"""The initial file system: one base archive, and a small one for each run.

The base holds Debian's busybox with links for its applets, the project's own
programs and the directories that programs expect.  A run's archive holds the
command, its environment and the files of --add; the kernel unpacks one archive
after the other.
"""
import glob
import os
import re
import shutil
import subprocess
import tempfile

from . import debian, debs
from ..common import MACHINES, Failure, build_dir, say
from .cpio import PAGE, Archive

BUSYBOX = {m.name: m.busybox for m in MACHINES.values() if m.busybox}

# Where each applet is linked, as busybox installs itself; the others go to
# /usr/bin.
BIN = """arch ash base64 cat chgrp chmod chown cp cpio cttyhack date dd df
dmesg dnsdomainname dumpkmap echo ed egrep false fatattr fgrep getopt grep
gunzip gzip hostname ionice ipcalc kill link linux32 linux64 ln login ls lsattr
lzop mkdir mknod mktemp more mount mt mv netstat nuke pidof ping ping6 ps pwd
readlink resume rev rm rmdir rpm run-parts sed setpriv sh sleep stat stty su
sync tar touch true umount uname uncompress usleep vi watch zcat""".split()
SBIN = """acpid adjtimex arp blockdev depmod devmem fdisk findfs freeramdisk
fstrim getty halt hwclock ifconfig ifdown ifup init insmod ip ipneigh klogd
loadkmap logread losetup lsmod mdev mkdosfs mke2fs mkswap modinfo modprobe
nameif pivot_root poweroff reboot rmmod route run-init start-stop-daemon
sulogin swapoff swapon switch_root sysctl syslogd tc tunctl udhcpc uevent
vconfig watchdog""".split()
USR_SBIN = """arping brctl chroot crond fsfreeze httpd i2cdetect i2cdump i2cget
i2cset i2ctransfer loadfont nologin partprobe rdate telnetd ubirename
udhcpd""".split()

PATH = "/usr/lectern/bin:/usr/sbin:/usr/bin:/sbin:/bin"

TEXTS = {
    "/etc/passwd": "root:x:0:0:root:/root:/bin/sh\n"
                   "daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin\n"
                   "bin:x:2:2:bin:/bin:/usr/sbin/nologin\n"
                   "nobody:x:65534:65534:nobody:/nonexistent:"
                   "/usr/sbin/nologin\n",
    "/etc/group": "root:x:0:\ndaemon:x:1:\nbin:x:2:\ntty:x:5:\n"
                  "nogroup:x:65534:\n",
    "/etc/hostname": "lectern\n",
    "/etc/hosts": "127.0.0.1\tlocalhost lectern\n",
    "/etc/shells": "/bin/sh\n",
    "/etc/profile": f"export PATH={PATH}\nexport PS1='\\u@\\h:\\w\\$ '\n"
                    "umask 022\n",
}


def applets(binary):
    """Return: a busybox binary's applet names, its longest sorted name table"""
    with open(binary, "rb") as f:
        data = f.read()
    best = []
    for run in re.finditer(rb"(?:[!-~]{1,31}\0){100,}", data):
        names = run.group().rstrip(b"\0").split(b"\0")
        # "[" and the bytes before it may run together with other data
        while names and not re.fullmatch(rb"\[{1,2}|[a-z0-9_-]+", names[0]):
            names.pop(0)
        if b"ash" in names and b"cat" in names and len(names) > len(best):
            best = names
    if not best:
        raise Failure(f"no applet table in {binary}")
    found = sorted({n.decode() for n in best if re.fullmatch(
        rb"\[{1,2}|[a-z0-9][a-z0-9_.-]*", n)} | {"["})
    return [n for n in found if n not in ("busybox", "linuxrc")]


def add_busybox(tree, arch):
    root = debs.unpacked(arch, "busybox-static")
    if arch not in BUSYBOX:
        raise Failure(f"the row of {arch} in arch/machines.tbl has no "
                      "`busybox`")
    binary = os.path.join(root, BUSYBOX[arch])
    with open(binary, "rb") as f:
        tree.file("/bin/busybox", f.read(), 0o755)
    for name in applets(binary):
        if name in BIN:
            tree.link(f"/bin/{name}", "busybox")
        elif name in SBIN:
            tree.link(f"/sbin/{name}", "../bin/busybox")
        elif name in USR_SBIN:
            tree.link(f"/usr/sbin/{name}", "../../bin/busybox")
        else:
            tree.link(f"/usr/bin/{name}", "../../bin/busybox")
    # paths that scripts use literally
    tree.link("/bin/env", "busybox")


# Programs and libraries; other files of a build directory have other endings.
INSTALLED = re.compile(r"[^.]+(\.exe|\.dll|\.elf|\.so(\.\d+)?)?")


# Build directories, and their directories below /usr/lectern.
BIN_FOLDERS = (("user/bin", "bin"),)
MORE_FOLDERS = (("user/rtld", "lib"), ("user/pe", "bin"))
TEST_FOLDERS = (("test/guest", "test"), ("test/guest/rtld", "test"),
                ("test/guest/pe", "test"))


def _built(arch, folders):
    """Yield (guest path, host file) of each program and library built."""
    for folder, guest in folders:
        for path in sorted(glob.glob(os.path.join(build_dir(arch), folder,
                                                  "*"))):
            name = os.path.basename(path)
            if os.path.isfile(path) and INSTALLED.fullmatch(name):
                yield f"/usr/lectern/{guest}/{name}", path


def programs(arch, tests):
    """Yield the programs of every image, or of every one with test programs."""
    return _built(arch, BIN_FOLDERS
                  + (MORE_FOLDERS + TEST_FOLDERS if tests else ()))


def more_programs(arch, command, tests):
    """Yield the programs that an image has only if a word of the command names
    them, or if the command is a shell, because boot pays for each file.  tests:
    the image has the test programs, and with them MORE_FOLDERS."""
    if not tests:
        yield from _built(arch, MORE_FOLDERS)
    words = None if command is None else set(
        re.findall(r"[\w-]+", " ".join(command)))
    for path in sorted(glob.glob(os.path.join(build_dir(arch),
                                              "user/more/*"))):
        name = os.path.basename(path)
        if os.path.isfile(path) and INSTALLED.fullmatch(name) \
                and (words is None or name in words):
            yield f"/usr/lectern/bin/{name}", path
    if words is None or "xv6" in words:
        for path in sorted(glob.glob(os.path.join(
                build_dir(arch), "user/more/xv6/*"))):
            if os.path.isfile(path) and INSTALLED.fullmatch(
                    os.path.basename(path)):
                yield f"/usr/lectern/xv6/{os.path.basename(path)}", path


def is_elf(path):
    with open(path, "rb") as f:
        return f.read(4) == b"\x7fELF"


def stripped(arch, found):
    """Yield (guest path, bytes) of programs, without debugging information,
    which would fill most of the guest's memory.  They are padded to whole
    pages: the kernel uses whole pages in place, but copies a partial one."""
    found = list(found)
    with tempfile.TemporaryDirectory() as work:
        copies = [os.path.join(work, str(i)) for i in range(len(found))]
        for (_, host), copy in zip(found, copies):
            shutil.copy(host, copy)
        ours = [copy for copy in copies if is_elf(copy)]
        if ours:
            subprocess.run([MACHINES[arch].tool("strip"), "-s", *ours], check=True)
        for (guest, _), copy in zip(found, copies):
            with open(copy, "rb") as f:
                data = f.read()
            # a script stays as it is: padding would become part of its text
            yield guest, data + bytes(-len(data) % PAGE if is_elf(copy) else 0)


def base_archive(arch, tests, over=None):
    """Return: the base archive, and whether it is complete

    tests: include the test programs; None: no programs of ours at all.  over:
    the root of Debian packages that the archive is laid over, or None.
    """
    tree = Archive()
    if over:
        tree = Archive(debian.merged(over), lambda path: os.path.lexists(
            os.path.join(over, path)))
    for path, mode in (("/dev", 0o755), ("/proc", 0o555), ("/sys", 0o555),
                       ("/tmp", 0o1777), ("/root", 0o700), ("/run", 0o755),
                       ("/var/tmp", 0o1777), ("/var/log", 0o755),
                       ("/mnt", 0o755), ("/home", 0o755), ("/bin", 0o755),
                       ("/sbin", 0o755), ("/usr/bin", 0o755),
                       ("/usr/sbin", 0o755), ("/usr/lectern/bin", 0o755)):
        tree.folder(path, mode)
    tree.char("/dev/console", 5, 1)
    tree.char("/dev/null", 1, 3, 0o666)
    for path, text in TEXTS.items():
        tree.file(path, text)
    found = () if tests is None else programs(arch, tests)
    for guest, data in stripped(arch, found):
        tree.file(guest, data, 0o755)
    try:
        add_busybox(tree, arch)
    except Failure as why:
        say(f"{why}; this time the guest has no busybox")
        return tree.bytes(), False
    return tree.bytes(), True


def run_archive(command=None, env=(), added=(), more=()):
    """Return: the archive of one run: added files, command, environment

    added is a list of (host path, guest path), more a list of
    (guest path, bytes) of programs.
    """
    tree = Archive()
    for guest, data in more:
        tree.file(guest, data, 0o755)
    for host, guest in added:
        try:
            # a link named on the command line means its target
            tree.host(os.path.realpath(host), guest)
        except OSError as why:
            raise Failure(f"--add {host}: {why.strerror}", 2,
                          "build") from None
    tree.file("/etc/lectern/env", "".join(f"{k}={v}\n" for k, v in env))
    if command:
        tree.file("/etc/lectern/cmd",
                  b"".join(os.fsencode(a) + b"\0" for a in command))
    return tree.bytes()
