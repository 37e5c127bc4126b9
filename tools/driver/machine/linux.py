# SPDX-License-Identifier: MIT
"""Debian's own Linux kernel on the same machine: the oracle of guest tests, and
the kernel that bench compares with.

`run --kernel linux` boots it with Lectern's initial file system.  A starter
loads the drivers that Debian builds as modules and then becomes Lectern's init,
so commands, streams and exit statuses work in the same way.
"""
import glob
import lzma
import os
import re
import subprocess

from ..disk import debs
from ..common import EXIT_BROKEN, MACHINES, Failure, build_dir
from ..disk.cpio import Archive
from ..packages import LINUX_GCC

# Drivers of disks, loaded after those of the streams (arch/machines.tbl); a
# driver that is built in has no file
OTHER_MODULES = ("binfmt_misc",)
DISK_MODULES = ("virtio_blk", "crc16", "crc32c_generic", "mbcache", "jbd2",
                "ext4")

STARTER = r"""
#include <fcntl.h>
#include <net/if.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	mount("dev", "/dev", "devtmpfs", 0, 0);
	/* the links that udev would add */
	symlink("/proc/self/fd", "/dev/fd");
	symlink("/proc/self/fd/0", "/dev/stdin");
	symlink("/proc/self/fd/1", "/dev/stdout");
	symlink("/proc/self/fd/2", "/dev/stderr");
	/* bring the loopback interface up, as ifup would */
	struct ifreq lo = { .ifr_name = "lo", .ifr_flags = IFF_UP };

	ioctl(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), SIOCSIFFLAGS,
	      &lo);
	mkdir("/dev/shm", 01777);
	mount("shm", "/dev/shm", "tmpfs", 0, 0);
	for (int i = 0; i < 16; i++) {
		char path[32];
		int fd;

		snprintf(path, sizeof(path), "/linux/%d.ko", i);
		fd = open(path, O_RDONLY);
		if (fd < 0)
			break;
		if (syscall(SYS_finit_module, fd, "", 0))
			perror(path);
		close(fd);
	}
	execv("/usr/lectern/bin/init", argv);
	perror("/usr/lectern/bin/init");
	return 1;
}
"""


def known_packages(arch):
    """Return: the kernel packages in the cache"""
    pool = os.path.join(debs.CACHE, "unpacked", arch)
    return sorted(
        n[:-5] for n in (os.listdir(pool) if os.path.isdir(pool) else [])
        if n.endswith(".done") and re.fullmatch(MACHINES[arch].debian_kernel, n[:-5]))


def package(arch):
    """Return: the kernel package: one in the cache, or else the newest"""
    known = known_packages(arch)
    return known[-1] if known else debs.Apt(arch).newest(MACHINES[arch].debian_kernel)


def release(arch):
    """Return: the kernel's version, (major, minor)"""
    major, minor = re.search(r"(\d+)\.(\d+)", package(arch)).groups()
    return int(major), int(minor)


def kernel(arch):
    """Return: the kernel image and the name of its package"""
    name = package(arch)
    boot = os.path.join(debs.unpacked(arch, name), "boot")
    image = next(f for f in sorted(os.listdir(boot))
                 if f.startswith("vmlinu"))
    return os.path.join(boot, image), name


def compiled(arch, name, text):
    """Compile source text into a static program."""
    folder = os.path.join(build_dir(arch), "linux")
    os.makedirs(folder, exist_ok=True)
    target = os.path.join(folder, name)
    source = target + ".c"
    with open(source, "w") as f:
        f.write(text.lstrip())
    done = subprocess.run([LINUX_GCC[arch], "-O2", "-static", "-o", target,
                           source], text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)
    if done.returncode:
        raise Failure(f"compiling {name} failed:\n{done.stdout}",
                      EXIT_BROKEN, "build")
    return target


def module(arch, name):
    root = debs.unpacked(arch, package(arch))
    found = glob.glob(os.path.join(root, "**", f"{name}.ko*"),
                      recursive=True)
    if not found:
        raise Failure(f"no module {name} in {package(arch)}")
    with open(found[0], "rb") as f:
        data = f.read()
    return lzma.decompress(data) if found[0].endswith(".xz") else data


def starter_archive(arch, disks):
    tree = Archive()
    tree.host(compiled(arch, "starter", STARTER), "/init")
    found = [module(arch, name) for name in
             MACHINES[arch].debian_modules]
    for name in OTHER_MODULES + (DISK_MODULES if disks else ()):
        try:
            found.append(module(arch, name))
        except Failure:
            pass
    for number, data in enumerate(found):
        tree.file(f"/linux/{number}.ko", data)
    return tree.bytes()


def use(settings):
    """Change a machine's settings so that it boots Linux."""
    arch = settings.arch
    settings.kernel = kernel(arch)[0]
    settings.machine = MACHINES[arch].debian_board
    settings.append = ([MACHINES[arch].debian_append, "quiet panic=-1"]
                       + settings.append)
    settings.initrds.append(starter_archive(arch, settings.disks))
