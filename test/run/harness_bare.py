# SPDX-License-Identifier: MIT
"""A bare Debian in a folder, made once by mmdebstrap, and commands in it.  What
apt fetches there is kept in build/cache for the others.  The mirror is this
machine's."""
import contextlib
import fcntl
import os
import re
import shutil
import subprocess
import sys
import tempfile

from harness import BUILD, PATIENCE, TOP, equal, write
from driver.disk.debs import KEYRING, mirror

DEBIAN = "bookworm"
CACHE = os.path.join(BUILD, "cache", "fresh")
ARCHIVES = os.path.join(CACHE, "archives")
LIMIT = 1800 * PATIENCE
# Its mounts go with it.
ENTER = """\
mount --make-rprivate /
mkdir -p "$1/proc" "$1/dev"
mount -t proc proc "$1/proc"
mount --rbind /dev "$1/dev"
exec chroot "$1" sh -c "$2"
"""
KEEP = 'APT::Keep-Downloaded-Packages "true";\nBinary::apt-get::' + \
    'APT::Keep-Downloaded-Packages "true";\nDir::Cache::pkgcache "";\n'


def why_not():
    """What this cannot be done without, and is not here."""
    if os.geteuid():
        return "only root makes a root of Debian's"
    if not shutil.which("mmdebstrap"):
        return "mmdebstrap is not installed"
    done = subprocess.run(["unshare", "--mount", "true"], text=True,
                          stderr=subprocess.PIPE)
    return done.stderr.strip()


@contextlib.contextmanager
def workplace():
    """A folder for roots, which everybody may enter; without what they need the
    script is skipped."""
    why = why_not()
    if why:
        print(f"1..0 # SKIP {why}")
        sys.exit()
    os.makedirs(CACHE, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE) as folder:
        os.chmod(folder, 0o755)
        yield folder


def lacking(text):
    """=> the tests that were skipped for want of a package"""
    return re.findall(r"^skip .*\b(?:not found|not installed|is missing|"
                      r"not fetched|lacks?)\b.*", text, re.M)


def bare(packages):
    """An archive of a Debian with these packages, made once. => its path"""
    name = "-".join([DEBIAN, *(packages or ["alone"])])
    path = os.path.join(CACHE, name + ".tar")
    os.makedirs(CACHE, exist_ok=True)
    with open(path + ".lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not os.path.exists(path):
            done = subprocess.run(
                ["mmdebstrap", "--quiet", "--variant=minbase",
                 *(f"--include={package}" for package in packages),
                 "--skip=output/dev", DEBIAN, path + ".new.tar",
                 f"deb [signed-by={KEYRING}] {mirror()} {DEBIAN} main"],
                stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
            equal(done.returncode, 0, done.stderr)
            os.rename(path + ".new.tar", path)
    return path


def settle(root, packages):
    """A root for one user, and the way to the mirror."""
    os.makedirs(root)
    subprocess.run(["tar", "-x", "-C", root, "-f", bare(packages)],
                   check=True)
    for path in ("/etc/resolv.conf", "/etc/hosts"):
        if os.path.exists(path):
            shutil.copyfile(path, root + path)
    proxies = subprocess.run(["apt-config", "dump", "Acquire"], text=True,
                             stdout=subprocess.PIPE, check=True).stdout
    write(os.path.join(root, "etc/apt/apt.conf.d/99fresh"), KEEP + "".join(
        line + "\n" for line in proxies.splitlines()
        if re.match(r"Acquire::(http|https|ftp|Check-)", line)))
    os.makedirs(ARCHIVES, exist_ok=True)
    link_packages(ARCHIVES, root + "/var/cache/apt/archives")


def clone(root):
    """This tree, with what is not committed yet."""
    subprocess.run(["git", "clone", "-q", TOP, root + "/lectern"], check=True)
    files = subprocess.run(["git", "-C", TOP, "ls-files", "-coz",
                            "--exclude-standard"], check=True,
                           stdout=subprocess.PIPE).stdout
    subprocess.run(["cp", "-P", "--parents", "-t", root + "/lectern",
                    *(f for f in os.fsdecode(files).split("\0")
                      if f and os.path.lexists(os.path.join(TOP, f)))],
                   cwd=TOP, check=True)


def link_packages(source, target):
    """What one apt has fetched the other need not."""
    os.makedirs(target, exist_ok=True)
    for name in os.listdir(source):
        if name.endswith(".deb"):
            with contextlib.suppress(FileExistsError):
                os.link(os.path.join(source, name),
                        os.path.join(target, name))


def inside(root, script, more=()):
    """A script of sh's in the root, with nothing of this one's environment
    but LECTERN_PATIENCE; more: pairs of further variables.
    => CompletedProcess"""
    environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root",
                   "LECTERN_PATIENCE": str(PATIENCE), **dict(more)}
    return subprocess.run(
        ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-ec",
         ENTER, "sh", root, script], env=environment, text=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, timeout=LIMIT, errors="replace")
