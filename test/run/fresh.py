#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""fresh.py ARCH - the first two commands of the README in a bare Debian with
git and python3, as a user with sudo; then a test by its name.  The second is
cut to one program a suite (LECTERN_ONE), and to one machine and the host.
Nothing may be skipped for want of a package.  As root it is done by night and
by name: .ci/run does all of it as root.  In the bare Debian of .ci/run, where
the machine's tests have all run, those of the host remain, as what a user may
install and build says little the second time.

A build says little the second time, so on every change the commit says which of
the machines is tried, and root begins with what the user built; all is tried
from nothing with LECTERN_EVERY, as in suite nightly.

A root of Debian's is made once; who is to try it gets a copy, and what apt
fetches is kept in build/cache for the others.  The mirror is this machine's.
"""
import os
import re
import subprocess
import sys

sys.dont_write_bytecode = True
from harness import (EVERY, FINISHED, TOP, Skip, Tap, equal,  # noqa: E402
                     holds, write)
from harness_bare import (bare, clone, inside, keep_packages, lacking,  # noqa: E402
                          settle, workplace)

ARCH = sys.argv[1]
BARE = ("git", "python3", "sudo")       # what the README asks for, and sudo
USER = "reader"


def take_over(root, built):
    """What another user has built, in the same place."""
    subprocess.run(["cp", "-a", built + "/lectern", root], check=True)
    inside(root, "chown -R root: /lectern")


def admit(root):
    """USER, who may use sudo without a password, owns the clone."""
    inside(root, f"useradd -m {USER} && chown -R {USER}: /lectern")
    write(os.path.join(root, "etc/sudoers.d", USER),
          f"{USER} ALL=(ALL) NOPASSWD: ALL\n")


def run_as(root, user, command):
    """A command in the clone. => its output"""
    script = f"cd /lectern && {command}"
    if user != "root":
        script = f"exec su {user} -c '{script}'"
    done = inside(root, script)
    keep_packages(root)
    text = done.stdout[-20000:] + done.stderr[-10000:]
    print("".join(f"# {line}\n" for line in text.splitlines()[-25:]), end="")
    equal(done.returncode, 0, text)
    return done.stdout


def runs(root, user):
    equal(run_as(root, user, f"./lectern run --arch {ARCH} -- echo hi"),
          "hi\n")


def passes(root, user):
    passes_on("all" if EVERY else ARCH, root, user)


def passes_on_host(root, user):
    passes_on("host", root, user)


def is_repetition(root, user):
    raise Skip("`lectern test --fresh`, in whose Debian this runs, does it")


def passes_on(arch, root, user):
    text = run_as(root, user,
                  f"LECTERN_ONE=1 ./lectern test --verbose --arch {arch}")
    holds(re.search(r"^\d+ passed, 0 failed(, \d+ skipped)?$",
                    text.splitlines()[-1]), text)
    holds("\nok   " in text, text)     # one line a point
    equal(lacking(text), [], "skipped for want of a package")


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
    return ARCH == list(FINISHED)[int(done.stdout, 16) % len(FINISHED)]


def main():
    tap = Tap()
    repeated = bare.DONE in os.environ and not (EVERY or tap.only)
    cases = {"run": runs,
             "test": is_repetition if repeated else passes,
             "test --arch host": passes_on_host,
             "test NAME": names_one}
    with workplace() as folder:
        built = None
        for user in (USER, "root"):
            names = {f"{user}: lectern {what}": case
                     for what, case in cases.items()
                     if "host" not in what or not (EVERY or user == "root")}
            if user == "root" and not (EVERY or tap.only) \
                    or not is_ours(tap) or not any(map(tap.wanted, names)):
                continue
            root = os.path.join(folder, user)
            settle(root, BARE)
            if built and not EVERY:
                take_over(root, built)
            else:
                clone(root)
            if user != "root":
                admit(root)
            for name, case in names.items():
                tap.case(name, case, root, user)
            built = root
    tap.end()


main()
