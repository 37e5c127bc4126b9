# SPDX-License-Identifier: MIT
"""./lectern bench --activations: kernel threads beside threads that a program
schedules itself over scheduler activations, in instructions under `-icount`, on
one CPU."""
import os
import subprocess

from ..build import build
from ..common import TOP, Failure, build_dir

LIMIT = 300


def rows(arch):
    """Return: {row: {shape: instructions}}, in the program's order"""
    build(arch, ["test/bench/activationbench"])
    program = os.path.join(build_dir(arch), "test", "bench", "activationbench")
    args = [os.path.join(TOP, "lectern"), "run", "--arch", arch, "--icount",
            "--timeout", str(LIMIT), "--log",
            os.path.join(build_dir(arch), "bench-activations.log"),
            "--add", f"{program}:/activationbench", "--", "/activationbench"]
    done = subprocess.run(args, text=True, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE)
    if done.returncode:
        raise Failure(f"activationbench ended with status {done.returncode}",
                      done.returncode)
    found = {}
    for line in done.stdout.splitlines():
        name, shape, cost = line.split("\t")
        found.setdefault(name, {})[shape] = int(cost)
    return found


def bench_activation(arch, tsv):
    found = rows(arch)
    if tsv:
        for name, shapes in found.items():
            for shape, cost in shapes.items():
                print(f"{arch}\t{name}\t{shape}\t{cost}")
        return 0
    shapes = list(next(iter(found.values())))
    print(f"{arch + ', instructions':24}" + "".join(
        f"{shape:>14}" for shape in shapes))
    for name, costs in found.items():
        print(f"{name:24}" + "".join(f"{costs[shape]:14}" for shape in shapes))
    return 0
