# SPDX-License-Identifier: MIT
"""./lectern bench --disk: the throughput of an ext2 disk, in MiB/s, beside
Debian's Linux with the same binary and the same kind of disk.

The two kernels take turns, and each figure is the median of several runs.  Wall
clock figures also depend on the load of the host, so a second figure is given:
MiB for each second of CPU time that QEMU used.
"""
import os
import re
import statistics
import subprocess
import sys
import tempfile

from ..common import TOP, Failure, build_dir

LIMIT = 900
RUNS = 3
SIZE = 64              # MiB of the file


def seconds_of(pid):
    """Return: CPU seconds of a process and all its children"""
    total, todo = 0, [pid]
    while todo:
        one = todo.pop()
        try:
            with open(f"/proc/{one}/stat") as f:
                fields = f.read().rpartition(")")[2].split()
            with open(f"/proc/{one}/task/{one}/children") as f:
                todo += map(int, f.read().split())
        except (OSError, ValueError):
            continue
        total += int(fields[11]) + int(fields[12])
    return total / os.sysconf("SC_CLK_TCK")


def measure(arch, program, kernel, image, runs_of):
    """One run of diskbench; its figures go to runs_of[row]."""
    args = [os.path.join(TOP, "lectern"), "run", "--arch", arch,
            "--mem", "512M", "--timeout", str(LIMIT), "--log",
            os.path.join(build_dir(arch), "bench-disk.log"),
            "--disk", image, "--add", f"{program}:/diskbench"]
    if kernel == "linux":
        args += ["--kernel", "linux"]
    child = subprocess.Popen(
        args + ["--", "/diskbench", "/dev/vda", str(SIZE)], text=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    before = 0
    for line in child.stdout:
        if line.startswith("# "):
            before = seconds_of(child.pid)
        m = re.fullmatch(r"(\w+)\t([\d.]+)\n", line)
        if m:
            spent = max(seconds_of(child.pid) - before, 0.01)
            runs_of.setdefault(m.group(1), []).append(
                (float(m.group(2)), spent))
            if sys.stderr.isatty() or os.environ.get("LECTERN_VERBOSE"):
                print(f"{kernel} {line.rstrip()} {spent:.2f}",
                      file=sys.stderr)
    if child.wait():
        raise Failure(f"diskbench on {kernel} ended with status "
                      f"{child.returncode}", child.returncode)


def medians(runs_of):
    """Return: {row: (MiB/s, CPU seconds)}"""
    return {row: tuple(statistics.median(v) for v in zip(*runs))
            for row, runs in runs_of.items()}


def table(arch, ours, theirs):
    yield (f"{arch + ' row':20}{'MiB/s':>10}{'linux':>10}{'ratio':>8}"
           f"{'CPU s':>10}{'linux':>10}{'ratio':>8}")
    for row, (rate, spent) in ours.items():
        line = f"{row:20}{rate:10.1f}"
        if row in theirs:
            r, s = theirs[row]
            line += (f"{r:10.1f}{rate / r:8.2f}{spent:10.2f}{s:10.2f}"
                     f"{s / spent:8.2f}")
        else:
            line += f"{'':18}{spent:10.2f}"
        yield line


def bench_disk(arch, program, against, tsv, runs=RUNS):
    kernels = ["lectern"] + ([against] if against else [])
    found = {k: {} for k in kernels}
    with tempfile.TemporaryDirectory(prefix="lectern-disk-") as work:
        image = os.path.join(work, "disk.img")
        for _ in range(runs):
            for kernel in kernels:
                if os.path.exists(image):
                    os.unlink(image)
                subprocess.run(["/sbin/mke2fs", "-q", "-F", "-t", "ext2", "-b",
                                "4096", image, f"{SIZE * 2}M"], check=True,
                               stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE)
                measure(arch, program, kernel, image, found[kernel])
    got = {k: medians(v) for k, v in found.items()}
    if tsv:
        for kernel, rows in got.items():
            for row, (rate, spent) in rows.items():
                print(f"{arch}\t{kernel}\t{row}\t{rate:.1f}\t{spent:.2f}")
    else:
        print("\n".join(table(arch, got["lectern"], got.get("linux", {}))))
    return 0
