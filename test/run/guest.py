#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""guest.py [--glibc | --narrow] [--smp N] [--census] [--check LIST]
         [--share slow | all | one] ARCH BUILD [linux]

Run every guest test program, as few boots as possible, and print one TAP
stream of all their points.

--glibc: those of test/glibc, compiled here by Debian's cross compiler and
linked with its static glibc.  --narrow: those of test/guest with words of half
the width (docs/rv32.md), which are made now.  --census: abi.tbl is held
against what they call (census.py); not in the default tier, whose programs take
the short ways of system calls.  --check: on a kernel with these checkers.
--share: on one of the machines only, by turns: `slow`, those programs that the
default tier leaves out, but for what the census wants; `all`, all others and
none of these; `one`, those without the slowest, on the machine whose turn the
checkers are.  Suite nightly has them all, and with all checkers.

A program that takes the machine down with it fails; the machine is booted
again for those that come after it.  With `linux` they run on Debian's
Linux, the oracle: a test that fails there is wrong.  How many seconds each
took is left beside the log, in a file that ends with `-times.tsv`.
"""
import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
import census  # noqa: E402
from hang import Watched  # noqa: E402
from harness import (BRIEF, BUILD, EVERY, MACHINES, NARROW_ON,  # noqa: E402
                     PATIENCE, TOP, Tap, build_everything, checked_name, kernel_file,
                     use_checkers)
import extensions  # noqa: E402
from driver import build, packages  # noqa: E402
from driver.machine import linux  # noqa: E402
from driver.mutation import choose  # noqa: E402
from driver.disk.initramfs import INSTALLED  # noqa: E402
from driver.testing.tap import Reader  # noqa: E402

# A program may take its time, and says nothing meanwhile; who is silent for
# longer than that is the machine.  There is no limit for all of them together:
# how long they take depends on what else the host does.
PROGRAM_LIMIT = int(60 * PATIENCE)
SILENCE = 120 * PATIENCE     # beside the program's limit
SLOW_KERNELS = ("all", "race")
SLOWER = 10                  # times, at most: the checker for races on i386
DISK_SIZE = 16 << 20         # of the empty disk that `whole_disk`, swap ask
RANDOM = ("random_code", "bad_registers", "random_calls")
PLAIN = {"fork_memory"}     # bounds of what records take
# They take five seconds and more on a kernel with checkers; what they call is
# checked by others, or seldom goes wrong so.  holds.py has long_holds, which
# takes as long as a third of all others.
UNCHECKED = {"cgroup_memory", "cgroup_swap", "clone_rules",
             "core_pipe", "core_reader", "fail_allocs_super", "fallocate",
             "fifo_wakeup", "inotify", "interrupted_calls", "kprobes",
             "long_holds", "shmem_superpages", "tlb_shootdown", "tracing",
             "xv6"}
COUNTED = {"posix_timers"}  # slow, but alone in what it calls


GLIBC_FLAGS = ["-std=gnu11", "-D_GNU_SOURCE", "-O2", "-Wall", "-Wextra",
               "-Wno-unused-parameter", "-static", "-pthread"]


def programs_in(*folders):
    return sorted(n for folder in folders
                  if os.path.isdir(folder) for n in os.listdir(folder)
                  if "." not in n
                  and os.access(os.path.join(folder, n), os.X_OK)
                  and os.path.isfile(os.path.join(folder, n)))


def programs(where):
    guest = os.path.join(where, "test", "guest")
    # the dynamic ones lie beside their libraries, as those about PE programs
    # do; a port may have none
    return programs_in(guest, os.path.join(guest, "rtld"),
                       os.path.join(guest, "pe"))


def narrow_programs(arch, where):
    """Make them. => the folder, the names in it"""
    build.build(arch, ["narrow", "narrow-tests"])
    folder = os.path.join(where, "test", "guest", "narrowed")
    return folder, programs_in(folder, os.path.join(folder, "rtld"))


def narrow_files(where, names):
    """What the guest gets: these programs, and what they may want."""
    narrow = os.path.join(where, "test", "guest", "narrowed")
    for folder, place in ((narrow, "narrow"),
                          (os.path.join(narrow, "rtld"), "narrow"),
                          (os.path.join(where, "user", "narrow"), "lib32")):
        for name in sorted(os.listdir(folder)):
            path = os.path.join(folder, name)
            if os.path.isfile(path) and INSTALLED.fullmatch(name) \
                    and (".so" in name or place == "narrow"
                         and ("." in name or name in names)):
                yield f"{path}:/usr/lectern/{place}/{name}"


def is_newer(target, sources):
    """Was the target made after the last change of all these?"""
    return os.path.exists(target) and all(
        os.path.getmtime(s) < os.path.getmtime(target) for s in sources)


def glibc_programs(arch, build, tap):
    """Compile what is not up to date. => the folder, the names in it"""
    compiler = packages.LINUX_GCC[arch]
    if not shutil.which(compiler):
        print(f"1..0 # SKIP no {compiler}; ./lectern test installs it")
        sys.exit(0)
    source = os.path.join(TOP, "test", "glibc")
    folder = os.path.join(build, "test", "glibc")
    os.makedirs(folder, exist_ok=True)
    headers = [os.path.join(source, "glibc.h"),
               os.path.join(TOP, "test", "guest", "tap.h")]
    names = sorted(n[:-2] for n in os.listdir(source) if n.endswith(".c"))
    for name in filter(tap.wanted, names):
        target = os.path.join(folder, name)
        text = os.path.join(source, name + ".c")
        if is_newer(target, headers + [text]):
            continue
        # several suites may do this at once: into its place in one step
        made = f"{target}.{os.getpid()}"
        done = subprocess.run([compiler, *GLIBC_FLAGS, "-o", made, text],
                              stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True)
        if done.returncode:
            tap.point(False, f"{name} compiles", done.stdout)
            continue
        os.rename(made, target)
    return folder, [n for n in names
                    if os.path.exists(os.path.join(folder, n))]


class Session:
    """One boot: feeds lines to the reader of the program that runs."""

    def __init__(self, tap):
        self.tap = tap
        self.name = None
        self.reader = None
        self.done = []
        self.since = 0
        self.seconds = {}       # of each program
        self.outside = []       # said while no program ran
        self.census = []

    def _found(self, point):
        self.tap.point(point.result != "fail", f"{self.name}: {point.name}",
                       "\n".join(point.notes),
                       (point.notes or [""])[-1]
                       if point.result == "skip" else None)

    def line(self, text):
        if text.startswith("# RUN "):
            self.name = text.split()[2]
            self.reader = Reader(self._found)
            self.since = time.monotonic()
        elif text.startswith("# END ") and self.reader:
            how = text.split(None, 3)[3]
            if how.startswith("exit "):
                self.reader.end(int(how.split()[1]))
            else:
                self.reader.bail = how
                self.reader.end()
            self.done.append(self.name)
            self.seconds[self.name] = time.monotonic() - self.since
            self.name = self.reader = None
        elif text.startswith("# CENSUS "):
            self.census.append(text[9:])
        elif self.reader:
            self.reader.line(text)
        else:
            self.outside.append(text)

    def broken(self, why):
        """The machine ended; whoever ran is to blame."""
        if self.name:
            self.tap.point(False, f"{self.name}: machine survives",
                           "\n".join(self.reader.notes + [
                               f"after the point: {self.reader.last}", why]))
            self.done.append(self.name)
        elif not self.done:
            self.tap.point(False, "machine boots and runs a program",
                           "\n".join(self.outside + [why]))


def need_linux(arch):
    if not linux.known_packages(arch):
        print(f"1..0 # SKIP Debian's Linux for {arch} is not fetched; "
              "./lectern test does that")
        sys.exit(0)


def enabled():
    """The extensions of the kernel under test."""
    return extensions.resolve(os.environ.get("LECTERN_EXTENSIONS", "all"))


def boot_guest(options, names, tap, folder):
    """=> the programs that were tried, the lines of the census"""
    kernel, arch = options.kernel, options.arch
    kind = "oracle" if kernel else checked_name("guest")
    extra = ["--kernel", kernel] if kernel else []
    place = "/usr/lectern/test"
    if folder:
        whose = "narrow" if options.narrow else "glibc"
        kind = f"{whose}-{kind}"
        place = f"/usr/lectern/{whose}"
        files = narrow_files(options.build, names) if options.narrow else (
            f"{folder}/{name}:{place}/{name}" for name in names)
        for file in files:
            extra += ["--add", file]
    # what calls with random flags would only confuse the census
    last = [n for n in names if options.census and n in RANDOM]
    if options.census:
        extra += census.OPTIONS
    if os.environ.get("LECTERN_CHECK"):
        extra += ["--append", "TAP_LIGHT=1"]
    if options.smp:
        kind += f"-{options.smp}"
        extra += ["--smp", str(options.smp)]
    log = os.path.join(BUILD, arch, f"{kind}-test.log")
    session = Session(tap)
    has_disk = kernel or "disk" in enabled()
    limit = PROGRAM_LIMIT * (SLOWER if options.check in SLOW_KERNELS else 1)
    with tempfile.NamedTemporaryFile(prefix="lectern-disk-") as disk:
        disk.truncate(DISK_SIZE)
        run = Watched(
            arch, None if kernel else kernel_file(arch),
            [*extra, "--mem", "512M", "--log", log,
             *(["--disk", disk.name] if has_disk else []), "--",
             *NARROW_ON * options.narrow,
             "/usr/lectern/bin/testrun", "-t", str(limit),
             *(f"{place}/{n}" for n in names if n not in last),
             *(["census"] if options.census else []),
             *(f"{place}/{n}" for n in last)],
            lambda _, line: session.line(line), limit + SILENCE,
            limit + SILENCE)
    with open(log.replace("-test.log", "-times.tsv"), "w") as f:
        for name, took in sorted(session.seconds.items(), key=lambda p: -p[1]):
            f.write(f"{name}\t{took:.1f}\n")
    # 1 only says that a program failed, which its points say better
    if run.why or session.name or run.status not in (0, 1):
        session.broken("\n".join([f"exit status {run.status}", run.why or "",
                                  run.places]).rstrip())
    return session.done, session.census


def with_extensions(arch, names, tap):
    """The programs whose extensions the kernel has; others are skipped."""
    on, port = enabled(), MACHINES[arch].folder
    lacking = extensions.lacking(port)
    needs = extensions.program_needs()
    there = []
    for name in names:
        off = sorted(needs.get(name, set()) - set(on))
        never = sorted(needs.get(name, set()) & lacking)
        if off:
            tap.point(True, name, skip="off, by --extensions: "
                      + " ".join(off))
        elif never:
            tap.point(True, name, skip=f"no {never[0]} on {arch}: "
                      + extensions.why_lacking(never[0], port))
        else:
            there.append(name)
    return there


def without_bounds(names, tap):
    """Checkers have larger stacks and records than a test may bound."""
    for name in PLAIN & set(names):
        tap.point(True, name, skip="its bounds are of a plain kernel")
    return [n for n in names if n not in PLAIN]


def by_turns(options, names, tap):
    """What a slow program finds, and what checkers do, seldom lies in a port:
    the machines share them."""
    if EVERY or tap.only:
        return names
    later = choose.later()
    if BRIEF:
        return [n for n in names if n not in later]
    if options.share == "all":
        return [n for n in names
                if n not in later and tap.turn_of(options.arch, n)]
    if options.share == "one":
        return [n for n in names if n not in later | UNCHECKED
                and tap.checks_on(options.arch)]
    if options.share == "slow":
        return [n for n in names
                if n not in later - COUNTED or tap.turn_of(options.arch, n)]
    return names


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--glibc", action="store_true")
    parser.add_argument("--narrow", action="store_true")
    parser.add_argument("--smp", type=int)
    parser.add_argument("--census", action="store_true")
    parser.add_argument("--share", choices=["slow", "all", "one"])
    parser.add_argument("arch")
    parser.add_argument("build")
    parser.add_argument("--check")
    parser.add_argument("kernel", nargs="?", choices=["", "linux"])
    options = parser.parse_args()
    if options.check:
        use_checkers(options.check)
    if options.kernel == "linux":
        need_linux(options.arch)
    tap = Tap()
    folder = None
    if options.glibc:
        folder, names = glibc_programs(options.arch, options.build, tap)
    elif options.narrow:
        folder, names = narrow_programs(options.arch, options.build)
    else:
        build_everything(options.arch)
        names = programs(options.build)
    left = [n for n in names if tap.wanted(n)]
    whole = not tap.only
    options.census &= not BRIEF and len(enabled()) == len(extensions.load())
    left = by_turns(options, left, tap)
    if not options.kernel:
        left = with_extensions(options.arch, left, tap)
    if os.environ.get("LECTERN_CHECK"):
        left = without_bounds(left, tap)
    lines = []
    while left:
        done, seen = boot_guest(options, left, tap, folder)
        if not done:
            break
        lines += seen
        left = [n for n in left if n not in done]
    if options.census and lines:
        census.judge_lines(tap, options.arch, "guest", lines, whole)
    tap.end()


main()
