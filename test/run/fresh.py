#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""fresh.py ARCH - the first two commands of the README in a bare Debian with
git and python3: as a user with sudo, and as root; then a test by its name.  The
second is cut to one program a suite (LECTERN_ONE), and to one machine, and the
host for the user.  Nothing may be skipped for want of a package.

A build says little the second time, so on every change the commit says which of
the machines is tried, and root begins with what the user built; all is tried
from nothing with LECTERN_EVERY, as in suite nightly.

A root of Debian's is made once; who is to try it gets a copy, and what apt
fetches is kept in build/cache for the others.  The mirror is this machine's.
"""
import contextlib
import fcntl
import os
import re
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
from harness import (BUILD, EVERY, MACHINES, PATIENCE, TOP, Tap,  # noqa: E402
                     equal, holds, write)
from driver.disk.debs import KEYRING, mirror  # noqa: E402

ARCH = sys.argv[1]
DEBIAN = "bookworm"
CACHE = os.path.join(BUILD, "cache", "fresh")
BARE = ("git", "python3")       # what the README asks for
LIMIT = 1800 * PATIENCE
USER = "reader"
ARCHIVES = os.path.join(CACHE, "archives")
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
WANT = r"\b(not found|not installed|is missing|not fetched|lacks?)\b"


def why_not():
    """What this cannot be done without, and is not here."""
    if os.geteuid():
        return "only root makes a root of Debian's"
    if not shutil.which("mmdebstrap"):
        return "mmdebstrap is not installed"
    done = subprocess.run(["unshare", "--mount", "true"], text=True,
                          stderr=subprocess.PIPE)
    return done.stderr.strip()


def bare():
    """An archive of a Debian with nothing but BARE, made once. => its path"""
    path = os.path.join(CACHE, DEBIAN + ".tar")
    os.makedirs(CACHE, exist_ok=True)
    with open(path + ".lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not os.path.exists(path):
            done = subprocess.run(
                ["mmdebstrap", "--quiet", "--variant=minbase",
                 "--include=" + ",".join(BARE + ("sudo",)),
                 "--skip=output/dev", DEBIAN, path + ".new.tar",
                 f"deb [signed-by={KEYRING}] {mirror()} {DEBIAN} main"],
                stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
            equal(done.returncode, 0, done.stderr)
            os.rename(path + ".new.tar", path)
    return path


def settle(root):
    """A root for one user, and the way to the mirror."""
    os.makedirs(root)
    subprocess.run(["tar", "-x", "-C", root, "-f", bare()], check=True)
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


def take_over(root, built):
    """What another user has built, in the same place."""
    subprocess.run(["cp", "-a", built + "/lectern", root], check=True)
    inside(root, "chown -R root: /lectern")


def admit(root):
    """USER, who may use sudo without a password, owns the clone."""
    inside(root, f"useradd -m {USER} && chown -R {USER}: /lectern")
    write(os.path.join(root, "etc/sudoers.d", USER),
          f"{USER} ALL=(ALL) NOPASSWD: ALL\n")


def link_packages(source, target):
    """What one apt has fetched the other need not."""
    os.makedirs(target, exist_ok=True)
    for name in os.listdir(source):
        if name.endswith(".deb"):
            with contextlib.suppress(FileExistsError):
                os.link(os.path.join(source, name),
                        os.path.join(target, name))


def inside(root, script):
    """A script of sh's in the root, with nothing of this one's environment
    but LECTERN_PATIENCE. => CompletedProcess"""
    environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root",
                   "LECTERN_PATIENCE": str(PATIENCE)}
    return subprocess.run(
        ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-ec",
         ENTER, "sh", root, script], env=environment, text=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, timeout=LIMIT, errors="replace")


def run_as(root, user, command):
    """A command in the clone. => its output"""
    script = f"cd /lectern && {command}"
    if user != "root":
        script = f"exec su {user} -c '{script}'"
    done = inside(root, script)
    link_packages(root + "/var/cache/apt/archives", ARCHIVES)
    text = done.stdout[-20000:] + done.stderr[-10000:]
    print("".join(f"# {line}\n" for line in text.splitlines()[-25:]), end="")
    equal(done.returncode, 0, text)
    return done.stdout


def runs(root, user):
    equal(run_as(root, user, f"./lectern run --arch {ARCH} -- echo hi"),
          "hi\n")


def passes(root, user):
    if EVERY:
        return passes_on("all", root, user)
    for arch in [ARCH] + ["host"] * (user != "root"):
        passes_on(arch, root, user)


def passes_on(arch, root, user):
    text = run_as(root, user,
                  f"LECTERN_ONE=1 ./lectern test --verbose --arch {arch}")
    holds(re.search(r"^\d+ passed, 0 failed(, \d+ skipped)?$",
                    text.splitlines()[-1]), text)
    holds("\nok   " in text, text)     # one line a point
    lacking = [line for line in text.splitlines()
               if line.startswith("skip ") and re.search(WANT, line)]
    equal(lacking, [], "skipped for want of a package")


def names_one(root, user):
    """What a student types next: one test of the guest's, and nothing else of
    them is built."""
    text = run_as(root, user, f"./lectern test --arch {ARCH} signals")
    holds(re.fullmatch(r"[1-9]\d* passed, 0 failed", text.splitlines()[-1]),
          text)
    made = os.listdir(f"{root}/lectern/build/{ARCH}/test/guest")
    holds("signals" in made and "mmap" not in made, sorted(made))


def is_ours(tap):
    """Is this the machine that is tried on this commit?"""
    if EVERY or tap.only:
        return True
    done = subprocess.run(["git", "-C", TOP, "rev-parse", "HEAD"], text=True,
                          stdout=subprocess.PIPE, check=True)
    return ARCH == list(MACHINES)[int(done.stdout, 16) % len(MACHINES)]


def main():
    tap = Tap()
    why = why_not()
    if why:
        print(f"1..0 # SKIP {why}")
        return
    os.makedirs(CACHE, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE) as folder:
        os.chmod(folder, 0o755)
        built = None
        for user in (USER, "root"):
            names = [f"{user}: lectern {what}"
                     for what in ("run", "test", "test NAME")]
            if not is_ours(tap) or not any(map(tap.wanted, names)):
                continue
            root = os.path.join(folder, user)
            settle(root)
            if built and not EVERY:
                take_over(root, built)
            else:
                clone(root)
            if user != "root":
                admit(root)
            for name, case in zip(names, (runs, passes, names_one)):
                tap.case(name, case, root, user)
            built = root
    tap.end()


main()
