#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""flush_mutants.py [--arch A] [--smp N] [SITE...] - take each flush of
tools/flush_sites.py away, one at a time, build the kernel with --check tlb,
and see whether self-tests and a few programs notice.

Works in a clone or worktree of its own: it changes files, and puts them back.
A SITE is a part of FILE:LINE:FUNCTION.  One line a site: caught, SURVIVED or
"does not build"; the last line counts them.
"""
import argparse
import os
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
import flush_sites  # noqa: E402
from driver import checks  # noqa: E402
from driver.common import Failure  # noqa: E402

GROUPS = "mm,smp,tlb"
PROGRAMS = ("mmap", "cow", "vma", "process", "threads", "ptrace",
            "rubbish", "fetch")


def runs(arch, smp):
    """Does a machine with this kernel do all that it should?"""
    script = "".join(f"/usr/lectern/test/{p} >/dev/null || exit 1; "
                     for p in PROGRAMS)
    done = subprocess.run(
        [os.path.join(flush_sites.ROOT, "lectern"), "run", "--arch", arch,
         "--smp", str(smp), "--check", "tlb", "--timeout", "300", "--append",
         f"selftest={GROUPS} kstack_cache=0", "--", "sh", "-c", script],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        check=False)
    why = [line for line in done.stderr.splitlines()
           if "kernel panic:" in line or "not ok" in line]
    return done.returncode == 0, (why or [f"status {done.returncode}"])[0]


def try_site(path, line, arch, smp):
    place = flush_sites.ROOT / path
    text = place.read_text()
    place.write_text(flush_sites.removed(path, line))
    try:
        checks.kernel(arch, "tlb")
        good, why = runs(arch, smp)
    except Failure:
        return "does not build", ""
    finally:
        place.write_text(text)
    return ("SURVIVED", "") if good else ("caught", why)


def main():
    ap = argparse.ArgumentParser(description=__doc__)
    ap.add_argument("--arch", default="riscv64")
    ap.add_argument("--smp", type=int, default=2)
    ap.add_argument("sites", nargs="*", metavar="SITE")
    options = ap.parse_args()
    count = {}
    for path, line, name in list(flush_sites.sites()):
        site = f"{path}:{line}:{name}"
        if options.sites and not any(s in site for s in options.sites):
            continue
        how, why = try_site(path, line, options.arch, options.smp)
        count[how] = count.get(how, 0) + 1
        print(f"{how}: {site}  {why}", flush=True)
    print(", ".join(f"{n} {how}" for how, n in sorted(count.items())))


if __name__ == "__main__":
    main()
