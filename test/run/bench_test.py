#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""bench_test.py ARCH - ./lectern bench: its rows, and that they repeat."""
import functools
import os
import re
import sys

sys.dont_write_bytecode = True
from harness import (TOP, Skip, Tap, equal, holds, need_tools,  # noqa: E402
                     out_of, read, run)
from driver.bench import bench, bench_bomb, bench_container, bench_programs
from driver.disk import debian, debs
from driver.common import MACHINES  # noqa: E402
from driver.packages import LINUX_GCC  # noqa: E402
from driver.show.elf import Elf  # noqa: E402
from driver.tracing import profile  # noqa: E402

ARCH = sys.argv[1]


def rows():
    done = run("bench", "--tsv", "null", "calib", arch=ARCH, status=0)
    return out_of(done)


def prints_rows():
    found = {}
    for line in rows().splitlines():
        m = re.fullmatch(rf"{ARCH}\t(\w+)\t([\d.]+)\t[\d.]+\t[\d.]+", line)
        holds(m, f"arch row instructions linux ratio: {line!r}")
        found[m.group(1)] = float(m.group(2))
    equal(sorted(found), ["calib_1001_user_insns", "clock_gettime",
                          "null_getppid"])
    holds(1000 < found["calib_1001_user_insns"] < 1010,
          f"the clock counts instructions: {found}")


def repeats():
    equal(rows(), rows(), "two runs")


def profiles_a_row():
    """One of a group whose name is not in the row's; and not what the row
    prepares each time before its clock runs."""
    done = run("bench", "--profile", "file_read_fault_stride16",
               arch=ARCH, status=0)
    holds(re.search(r"^ *[\d.]+% .* vm_fault$", out_of(done),
                    re.M), "the function that maps: " + out_of(done))
    holds(not re.search(r"\b(sys_mmap|sys_munmap|vm_zap)\w*$", out_of(done),
                        re.M), "what maps and unmaps: " + out_of(done))


def notes_each_row():
    """Where its time begins and ends."""
    with open(bench.programs(ARCH)["/kbench"], "rb") as f:
        notes = profile.notes_of(Elf(f.read(), "kbench"))
    for row in bench.stored():
        places = notes.get(profile.note_for(row, notes), ((), ()))
        holds(all(places), f"{row}: {places}")


def starts_cost_less_than_under_others():
    """Of a program with 50 libraries; and prelinked, a third of that."""
    if not all(debs.is_unpacked(ARCH, name) for name in ("libc6", "musl")):
        raise Skip("libc6 and musl are not fetched; ./lectern test does that")
    done = run("bench", "--tsv", "--starts", arch=ARCH, status=0)
    cost = {row: float(figure) for row, figure in re.findall(
        r"\tstart_(\w+)\t([\d.]+)", out_of(done))}
    holds(cost["lazy"] < min(cost["lazy_glibc"], cost["musl"])
          and cost["eager"] < min(cost["eager_glibc"], cost["musl"])
          and cost["static"] < cost["prelinked"] < cost["eager"] / 3, cost)
    holds(cost["debian_true"] <= linux_true() / 2,
          f"{cost['debian_true']}, and {linux_true()} on Linux")


def linux_true():
    """What Debian's `true` takes on Linux, as docs/rtld.md has it."""
    figures = re.search(r"^\| Debian's `true` \|(.*)\|$",
                        read(os.path.join(TOP, "docs/rtld.md")), re.M)
    theirs = [float(word.replace(",", ""))
              for word in figures.group(1).split("|")[1::2]]
    return dict(zip(MACHINES, theirs))[ARCH]


def containers_cost_less_than_on_linux():
    """A third for name spaces and back, a half from a container's start to its
    shell."""
    if not debian.is_fetched(ARCH, bench_container.PACKAGES):
        raise Skip("Debian's packages are not fetched; ./lectern test does "
                   "that")
    done = run("bench", "--tsv", "--containers", arch=ARCH, status=0)
    cost = {row: float(figure) for row, figure in re.findall(
        r"\t(\w+)\t([\d.]+)", out_of(done))}
    for row, part in (("unshare_and_back", 1 / 3),
                      ("container_to_shell", 1 / 2),
                      ("bwrap_to_shell", 1 / 2)):
        theirs = linux_spaces(row)
        holds(cost[row] <= theirs * part,
              f"{row}: {cost[row]}, and {theirs} on Linux")


def programs_of_debian_are_measured():
    """One of them, on one CPU, twice."""
    name = bench_programs.TESTED
    if not debian.is_fetched(ARCH, bench_programs.packages_of(
            bench_programs.chosen([name]))):
        raise Skip("Debian's packages are not fetched; ./lectern test does "
                   "that")
    done = run("bench", "--tsv", "--programs", "--cpus", "1", name, arch=ARCH,
               status=0)
    m = re.fullmatch(rf"{ARCH}\t1\t{name}\t([\d.]+)\n", out_of(done))
    holds(m and 10 < float(m.group(1)) < 1000,
          f"millions of instructions: {out_of(done)!r}")


def figures(*options):
    """=> what `bench --tsv` prints, a list of words a line"""
    done = run("bench", "--tsv", *options, arch=ARCH, timeout=600, status=0)
    found = [line.split("\t") for line in out_of(done).splitlines()]
    holds(found and all(words.pop(0) == ARCH for words in found), found)
    return found


def superpages_spare_faults():
    """And flushes and instructions; 64 MiB are touched in either shape."""
    found = {name: list(map(int, costs))
             for name, *costs in figures("--superpages")}
    for kind in ("memory", "memfd"):
        pages, huge = found[kind + "_pages"], found[kind + "_superpages"]
        holds(pages[0] >= 16384 and huge[0] < 100, f"faults: {found}")
        # tables are there, for the day when one is split
        holds(all(h < p for h, p in zip(huge[2:], pages[2:])), found)


def forks_share_tables():
    """A fork of much memory costs a fraction of one that copies the tables, and
    a small one as much."""
    found = {name: (float(shared), float(eager))
             for name, shared, eager in figures("--forks")}
    holds(len(found) > 4 and all("fork" in n or n.startswith("cow")
                                 for n in found), found)
    for row, part in (("fork_call_16M", 1 / 4), ("fork_call_64M", 1 / 8)):
        shared, eager = found[row]
        holds(shared < eager * part, f"{row}: {found}")
    shared, eager = found["fork_call_tiny"]
    holds(eager / 2 < shared <= eager, found)


def activations_beside_threads():
    """A thread that the program makes itself is much cheaper."""
    found = {(row, shape): int(cost)
             for row, shape, cost in figures("--activations")}
    equal(len(found), 2 * len({row for row, _ in found}), "two shapes each")
    row = "create, run, end"
    holds(found[row, "activations"] * 5 < found[row, "one-to-one"], found)


def root_lists_beside_a_bomb():
    """However long it takes, each `ls` ends, and then the bomb."""
    done = run("bench", "--tsv", "--bomb", "2", arch=ARCH, timeout=600,
               status=0)
    found = re.findall(rf"^{ARCH}\t(.+)\t(\w+)\t[\d.]+$", out_of(done),
                       re.M)
    equal(sorted(found), sorted(
        (f"{cpus}, {mem}", row) for cpus in ("1 CPU", "2 CPUs", "4 CPUs")
        for mem in ("128M", "256M") for row in bench_bomb.ROWS))


def linux_spaces(row):
    """What it takes on Linux, as docs/namespaces.md has it."""
    figures = re.search(rf"^\| `{row}` \|(.*)\|$",
                        read(os.path.join(TOP, "docs/namespaces.md")), re.M)
    theirs = [float(word.replace(",", ""))
              for word in figures.group(1).split("|")[1::2]]
    return dict(zip(MACHINES, theirs))[ARCH]


# The most that a program may take from fork to its end, of what Linux takes.
PROGRAMS = {"fork_exec_wait": 1 / 5, "fork_exec_wait_nolibc": 1 / 7}


@functools.cache
def all_rows():
    done = run("bench", "--tsv", arch=ARCH, timeout=500, status=0)
    return {row: float(figure) for row, figure in re.findall(
        r"\t(\w+)\t([\d.]+)", out_of(done))}


def programs_stay_cheap():
    cost, kept = all_rows(), bench.baseline(ARCH)
    for row, part in PROGRAMS.items():
        holds(cost[row] <= kept[row] * part,
              f"{row}: {cost[row]}, Linux {kept[row]}")


def costs_a_sixth_of_linux():
    """By the geometric mean of all rows that Linux's figures are kept of."""
    kept = bench.baseline(ARCH)
    lost = sorted(set(kept) - set(all_rows()))
    equal(lost, [], "rows that were not measured")
    mean = bench.mean_ratio(all_rows(), kept)
    holds(mean <= 1 / 6, f"geometric mean {mean:.3f}")


def refuses_unknown_rows():
    equal(run("bench", "nonesuch_row", arch=ARCH).returncode, 2)


def main():
    tap = Tap(shared=ARCH)
    need_tools(LINUX_GCC[ARCH])
    for case in (prints_rows, repeats, notes_each_row, profiles_a_row,
                 programs_stay_cheap,
                 costs_a_sixth_of_linux,
                 starts_cost_less_than_under_others,
                 containers_cost_less_than_on_linux,
                 programs_of_debian_are_measured, superpages_spare_faults,
                 forks_share_tables, activations_beside_threads,
                 refuses_unknown_rows):
        tap.case(case.__name__, case)
    if tap.turn(ARCH, 1):
        tap.case("root_lists_beside_a_bomb", root_lists_beside_a_bomb)
    tap.end()


main()
