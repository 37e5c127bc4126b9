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

from driver.common import MACHINES, TOP, Failure

RUN = os.path.join(TOP, "test", "run")
TIERS = os.path.join(RUN, "tiers")
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


def tier_lines(name):
    """Return: (NAME, REST) of each line `NAME: REST` of a file of tiers/"""
    with open(os.path.join(TIERS, name)) as f:
        return [tuple(line.rstrip("\n").split(": ", 1)) for line in f
                if re.match(r"[^#\s].*: ", line)]


def tiers():
    """Return: the module with the packages of each tier, as a tree"""
    return parsed(os.path.join(RUN, "tiers_rows.py"))


def judged(tier):
    """Return: the packages of JUDGED[tier] of tiers_rows.py"""
    for node in tiers().body:
        if isinstance(node, ast.Assign) and node.targets[0].id == "JUDGED":
            return ast.literal_eval(node.value)[tier]
    raise Failure("test/run/tiers_rows.py: no table JUDGED")


def jobs_of_tiers():
    yield "busybox-static", "each of its applets", "tiers"
    for package in judged("t1"):
        yield package, "each of its programs", "tiers"
    for package in judged("t2"):
        yield package, "what its programs do, and how they fail", "tiers"
    for tier in constants(tiers(), "OF_PACKAGES"):
        for package, script in tier_lines(tier + ".tbl"):
            if not script.startswith("# "):
                raise Failure(f"test/run/tiers/{tier}.tbl: {package}: its "
                              "first line does not tell the job")
            yield package, script[2:], "tiers"


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
    """Return: (NAME, reason) of each program or package that does not run"""
    return [line for path in sorted(glob.glob(os.path.join(TIERS, "*.out")))
            for line in tier_lines(os.path.basename(path))]


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
        out="\n".join(table_row(", ".join(names.split()), why)
                      for names, why in left_out()))
