# SPDX-License-Identifier: MIT
"""Bare Debians: folders with nothing but what is asked for, and commands in
them, which see a machine of their own as in a container.

mmdebstrap makes them.  The mirror, the proxies and the certificates are this
machine's; what apt fetches there is kept in build/cache for the next.  All is
mounted in the commands' own name space, so that nothing stays mounted however
they end.  A root that a stopped run has left is removed by the next run.
"""
import contextlib
import fcntl
import glob
import os
import re
import shutil
import subprocess
import tempfile
import time

from ..build import host_trouble
from ..common import (CACHE, ELSEWHERE, EXIT_BROKEN, TOP, Failure, have,
                      write)
from ..disk.debs import KEYRING, complaint, mirror
from ..progress import Waiting

RELEASES = {"12": "bookworm", "13": "trixie"}
ROOTS = os.path.join(CACHE, "fresh")
OLD_SECONDS = 24 * 3600     # an archive of a root is made anew after so long
ENOUGH = 1 << 30            # bytes without which no root is begun
# In the environment of both commands of the README in a root: suite `fresh`,
# which does them again as a user, need not repeat all.
DONE = "LECTERN_FRESH"
PATH = "/usr/sbin:/usr/bin:/sbin:/bin"
# What a container has: its own root, processes, devices and terminals.
# $1: the root; $2: the script.  Its mounts go with it.
ENTER = """\
mount --make-rprivate /
mount --bind "$1" "$1"
cd "$1"
mkdir -p proc sys dev .host
mount -t proc proc proc
mount -t sysfs -o ro sysfs sys
mount -t tmpfs -o mode=755 dev dev
for each in null zero full random urandom tty; do
	: >dev/$each
	mount --bind /dev/$each dev/$each
done
mkdir dev/pts dev/shm
mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts dev/pts
mount -t tmpfs -o mode=1777,nosuid,nodev shm dev/shm
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
for each in 0:stdin 1:stdout 2:stderr; do
	ln -s "fd/${each%:*}" "dev/${each#*:}"
done
pivot_root . .host
cd /
umount -l /.host
rmdir /.host
unset OLDPWD
exec sh -c "$2"
"""
# the end of its caller is its own, and that of all that it has started
APART = ["setpriv", "--pdeathsig", "KILL", "unshare", "--mount", "--pid",
         "--ipc", "--uts", "--fork", "--kill-child", "--mount-proc"]
TRY = ('mount --make-rprivate / && mount -t tmpfs tmpfs "$1" && mkdir "$1/p" '
       '&& mount -t proc proc "$1/p"')
KEEP = 'APT::Keep-Downloaded-Packages "true";\nBinary::apt-get::' + \
    'APT::Keep-Downloaded-Packages "true";\nDir::Cache::pkgcache "";\n'
CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"
# settings of npm's that say how to reach what it fetches
OF_NPM = ("registry", "proxy", "https-proxy")


def why_not():
    """Return: why no command can have a root of its own here; "" if it can"""
    if os.geteuid():
        return "only root can make a bare Debian"
    if not have("unshare") or not have("setpriv"):
        return "unshare and setpriv of util-linux are missing"
    try:
        os.makedirs(ROOTS, exist_ok=True)
    except OSError as why:
        return f"{ROOTS} cannot be made ({why.strerror})" + ELSEWHERE
    done = subprocess.run([*APART, "sh", "-ec", TRY, "sh", ROOTS], text=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                          stderr=subprocess.PIPE)
    if done.returncode == 0:
        return ""
    said = done.stderr.strip().splitlines() or ["no word"]
    return f"nothing can be mounted here ({said[0]})"


def remove(folder):
    """Remove a root and its lock; what cannot be removed is left to the next
    run."""
    with Waiting("removing a bare Debian"):
        done = subprocess.run(["rm", "-rf", "--one-file-system", folder])
    if done.returncode == 0:
        os.unlink(folder + ".lock")


def _sweep():
    """Remove the roots of runs that were stopped; a living one has a lock."""
    for folder in glob.glob(os.path.join(ROOTS, "root-*[!k]")):
        with open(folder + ".lock", "w") as lock:
            with contextlib.suppress(BlockingIOError):
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                remove(folder)


def unfit(disk):
    """disk: what statvfs says.  Return: why it cannot hold a root; "" if it
    can"""
    if disk.f_flag & os.ST_NOEXEC:
        return "mounted noexec, so no program of a root would start"
    if disk.f_bavail * disk.f_frsize < ENOUGH:
        return f"less than {ENOUGH >> 20} MiB are free"
    return ""


@contextlib.contextmanager
def workplace():
    """A folder for roots, which everybody may enter, and which no other run
    uses."""
    os.makedirs(ROOTS, exist_ok=True)
    with open(os.path.join(ROOTS, "lock"), "w") as others:
        fcntl.flock(others, fcntl.LOCK_EX)
        _sweep()
        why = unfit(os.statvfs(ROOTS))
        if why:
            raise Failure(f"{ROOTS}: {why}{ELSEWHERE}", EXIT_BROKEN, "build")
        folder = tempfile.mkdtemp(prefix="root-", suffix="d", dir=ROOTS)
        lock = open(folder + ".lock", "w")
        fcntl.flock(lock, fcntl.LOCK_EX)
    try:
        os.chmod(folder, 0o755)
        yield folder
    finally:
        remove(folder)
        lock.close()


def _run(command, what):
    """Run a command; Failure with the trouble of the host in its complaint, or
    with the end of that."""
    done = subprocess.run(command, text=True, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if done.returncode:
        said = host_trouble(done.stderr) or (
            done.stderr.strip().splitlines() or ["no word"])[-1]
        raise Failure(f"{what}: {said}", EXIT_BROKEN, "build")
    return done.stdout


def archive(debian, packages, scratch):
    """An archive of a Debian with these packages, made once a day.  scratch: a
    folder for what is made meanwhile. Return: its path"""
    release = RELEASES[debian]
    path = os.path.join(ROOTS, "-".join([release, *packages]) + ".tar")
    with open(path + ".lock", "w") as lock, \
            Waiting(f"making a bare Debian {debian}"):
        fcntl.flock(lock, fcntl.LOCK_EX)
        if os.path.exists(path) and \
                time.time() - os.path.getmtime(path) < OLD_SECONDS:
            return path
        new = os.path.join(scratch, "new.tar")
        done = subprocess.run(
            [*APART, "mmdebstrap", "--variant=minbase",
             *(f"--include={package}" for package in packages),
             # as in images of containers: a crash of the host may cost them
             "--dpkgopt=force-unsafe-io", "--skip=output/dev", release, new,
             f"deb [signed-by={KEYRING}] {mirror()} {release} main"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, text=True, errors="replace",
            env=dict(os.environ, TMPDIR=scratch))
        if done.returncode:
            raise Failure(f"no bare Debian {debian} was made "
                          f"({why_failed(done.stderr)})", EXIT_BROKEN, "build")
        os.rename(new, path)
    return path


def why_failed(text):
    """Return: the cause of mmdebstrap's end, in a line"""
    trouble = host_trouble(text)
    if trouble:
        return trouble
    if re.search(r"NO_PUBKEY|public key is not available", text):
        return ("this machine's keyring does not know it: apt-get install "
                "debian-archive-keyring")
    if re.search(r"Failed to fetch|Could not resolve|connect", text):
        found = re.search(r"(Could not \w+.*|Failed to fetch.*|.*connect.*)",
                          text)
        return f"the mirror cannot be reached: {' '.join(found[1].split())}"
    return complaint(text)[:200]


def settle(root, packages, debian="12"):
    """Make a root, from which the mirror can be reached as from here."""
    os.makedirs(root)
    tar = archive(debian, packages, os.path.dirname(root))
    _run(["tar", "-x", "-C", root, "-f", tar], f"unpacking a bare Debian "
         f"{debian}")
    for path in ("/etc/resolv.conf", "/etc/hosts"):
        if os.path.exists(path):
            shutil.copyfile(path, root + path)
    settings = _run(["apt-config", "dump", "Acquire"], "apt-config")
    write(root + "/etc/apt/apt.conf.d/99fresh", KEEP + "".join(
        line + "\n" for line in settings.splitlines()
        if re.match(r"Acquire::(http|https|ftp|Check-)", line)))
    if os.path.exists(CERTIFICATES) and os.path.exists(root + CERTIFICATES):
        shutil.copyfile(CERTIFICATES, root + CERTIFICATES)
        write(root + "/etc/npmrc", _of_npm())
    kept = archives(debian)
    os.makedirs(kept, exist_ok=True)
    for source in (kept, "/var/cache/apt/archives"):
        link_packages(source, root + "/var/cache/apt/archives")


def _of_npm():
    """Return: how npm reaches its registry from here, as its settings"""
    lines = [f"cafile={CERTIFICATES}"]
    for name in OF_NPM if have("npm") else ():
        value = subprocess.run(["npm", "config", "get", name], text=True,
                               stdin=subprocess.DEVNULL, capture_output=True
                               ).stdout.strip()
        if value and value not in ("null", "undefined"):
            lines.append(f"{name}={value}")
    return "\n".join(lines) + "\n"


def archives(debian):
    """Return: the folder of packages that apt has fetched for a release"""
    return os.path.join(ROOTS, "archives-" + debian)


def keep_packages(root, debian="12"):
    """Keep what apt has fetched in a root for the next one."""
    link_packages(root + "/var/cache/apt/archives", archives(debian))


def link_packages(source, target):
    """What one apt has fetched the other need not, if both are on one disk."""
    if not os.path.isdir(source):
        return
    os.makedirs(target, exist_ok=True)
    for name in os.listdir(source):
        if name.endswith(".deb"):
            with contextlib.suppress(OSError):
                os.link(os.path.join(source, name),
                        os.path.join(target, name))


def clone(root):
    """Put this tree into /lectern, with what is not committed yet."""
    tree = root + "/lectern"
    if not os.path.exists(os.path.join(TOP, ".git")):
        shutil.copytree(TOP, tree, symlinks=True,
                        ignore=lambda folder, _: ["build"] if folder == TOP
                        else [])
        return
    what = "cloning the tree"
    _run(["git", "clone", "-q", TOP, tree], what)
    files = _run(["git", "-C", TOP, "ls-files", "-coz", "--exclude-standard"],
                 what)
    _run(["env", "-C", TOP, "cp", "-P", "--parents", "-t", tree,
          *(f for f in files.split("\0")
            if f and os.path.lexists(os.path.join(TOP, f)))], what)


def command_inside(root, script):
    """Return: the words of a command that runs a script of sh's in a root"""
    return [*APART, "sh", "-ec", ENTER, "sh", root, script]


def environment(more=()):
    """Return: the environment of such a command: nothing of this one's.  more:
    pairs of further variables"""
    return {"PATH": PATH, "HOME": "/root", **dict(more)}


if __name__ == "__main__":      # for .ci/run
    print(why_not())
