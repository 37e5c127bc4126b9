# SPDX-License-Identifier: MIT
"""The list of what runs: Debian's packages, and the job that each does in the
tests.  It is read out of the tests' tables and never written by hand:

  tiers/t1.tbl, t2.tbl   packages whose programs each have a row
  tiers/t3.tbl and on    a row a package, its first line tells the job
  programs_*.py          cases that are called PACKAGE[, PACKAGE]...: JOB
  judges_*.py            packages that the module's first lines name
"""
import ast
import glob
import os
import re
import sys

from driver.common import MACHINES, TOP, Failure

RUN = os.path.join(TOP, "test", "run")
sys.path.append(RUN)
import tiers_rows  # noqa: E402

PAGE = """\
# What runs

Made by `./lectern update` from the tables of the tests: do not edit.

{count} packages of Debian, unchanged, and the small job that each does in the
tests. The suites `tiers` compare what is printed with Debian's own Linux, on
the same machine; the others know what must be printed, and that Linux prints
it, too. What no row names was not tried here, and may run as well.

| machine | Debian |
| --- | --- |
{machines}

| package | job | suite |
| --- | --- | --- |
{rows}

## Known not to run

`docs/absent.md` lists what the kernel lacks by choice, and `docs/roadmap.md`
where it still differs from Linux. Of the packages above, and of those that were
tried:

| program or package | why |
| --- | --- |
{out}
"""


def constants(tree, name):
    """Return: the strings in the value of a module's variable"""
    return [leaf.value for node in tree.body if isinstance(node, ast.Assign)
            and name in [getattr(t, "id", "") for t in node.targets]
            for leaf in ast.walk(node.value)
            if isinstance(leaf, ast.Constant) and isinstance(leaf.value, str)]


def parsed(path):
    with open(path) as f:
        return ast.parse(f.read(), path)


def case_names(tree):
    return [node.args[0].value for node in ast.walk(tree)
            if isinstance(node, ast.Call) and node.args
            and getattr(node.func, "id", "") == "case"
            and isinstance(node.args[0], ast.Constant)]


def jobs_of_programs():
    for path in sorted(glob.glob(os.path.join(RUN, "programs_*.py"))):
        tree = parsed(path)
        known = set(constants(tree, "PACKAGES"))
        suite = os.path.basename(path)[:-3].replace("_", "-")
        for name in case_names(tree):
            head, _, job = name.partition(": ")
            for package in set(head.split(", ")) & known:
                yield package, job, suite.replace("-core", "")


def jobs_of_judges():
    for path in sorted(glob.glob(os.path.join(RUN, "judges_*.py"))):
        tree = parsed(path)
        # "Cases of the suite `judges`: WHAT, ..."
        told = " ".join(ast.get_docstring(tree).split()).partition(": ")[2]
        for package in constants(tree, "PACKAGES"):
            if re.search(rf"(?<![\w-]){re.escape(package)}(?![\w-])", told):
                yield package, told.partition(". ")[0].rstrip("."), "judges"


def jobs_of_tiers():
    yield "busybox-static", "each of its applets", "tiers"
    for package in tiers_rows.JUDGED["t1"]:
        yield package, "each of its programs", "tiers"
    for package in tiers_rows.JUDGED["t2"]:
        yield package, "what its programs do, and how they fail", "tiers"
    for tier in tiers_rows.OF_PACKAGES:
        for row in tiers_rows.rows_of(tier):
            if not row.script.startswith("# "):
                raise Failure(f"test/run/tiers/{tier}.tbl: {row.name}: its "
                              "first line does not tell the job")
            yield row.name, row.script.split("\n")[0][2:], "tiers"


def all_jobs():
    """Return: {package: {suite: [job]}}"""
    found = {}
    for source in (jobs_of_tiers, jobs_of_programs, jobs_of_judges):
        for package, job, suite in source():
            jobs = found.setdefault(package, {}).setdefault(suite, [])
            if job not in jobs:
                jobs.append(job)
    return found


def left_out():
    """Return: (names, reason) of the programs and packages that do not run"""
    return [found for tier in tiers_rows.JUDGED
            for found in tiers_rows.left_out(tier)]


def table_row(*cells):
    return "| " + " | ".join(c.replace("|", r"\|") for c in cells) + " |"


def docs():
    found = all_jobs()
    return PAGE.format(
        count=len(found),
        machines="\n".join(table_row(m.name, m.debian)
                           for m in MACHINES.values() if m.debian),
        rows="\n".join(
            table_row(package, "; ".join(sum(suites.values(), [])),
                      ", ".join(suites))
            for package, suites in sorted(found.items())),
        out="\n".join(table_row(", ".join(names), why)
                      for names, why in left_out()))
