# SPDX-License-Identifier: MIT
"""./lectern bench --containers: namespaces and containers by Debian's programs
(test/bench/boxbench.c), in instructions under `-icount`; with --against linux
on Debian's Linux too, with the same root."""
import os
import subprocess

from ..common import TOP, Failure, build_dir

PACKAGES = ("bubblewrap", "coreutils", "dash", "mount", "util-linux")
LIMIT = 600


def rows(arch, made, parse, options):
    """Return: {row: instructions}"""
    args = [os.path.join(TOP, "lectern"), "run", "--arch", arch, "--icount",
            "--mem", "1G", "--timeout", str(LIMIT), "--log",
            os.path.join(build_dir(arch), "bench-containers.log"),
            "--packages", ",".join(PACKAGES), *options]
    for name in ("boxbench", "tiny"):
        args += ["--add", f"{made['/' + name]}:/{name}"]
    done = subprocess.run([*args, "--", "/boxbench", "/tiny"], text=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    if done.returncode:
        raise Failure(f"boxbench ended with status {done.returncode}",
                      done.returncode)
    return dict(filter(None, map(parse, done.stdout.splitlines())))


def bench_containers(arch, made, parse, against):
    """against: the command line of the other kernel, or None.
    Return: our rows, and those of Linux"""
    ours = rows(arch, made, parse, [])
    return ours, rows(arch, made, parse, [
        "--kernel", "linux", "--append", against]) if against else {}
