# SPDX-License-Identifier: MIT
"""`./lectern lab prove LAB`: that a lab's checks tell right from wrong.

The real code must get full marks, the skeleton none, and each wrong solution
of wrong/*.patch must lose the checks that its head names:

    Loses: child many
    Why: a student forgets that the parent's entry must become read-only, too.

    --- a/mm/space/space.c
    ...
"""
import fnmatch
import os
import re
import subprocess

from .. import packages
from ..common import BUILD, EXIT_USAGE, MACHINES, TOP, Failure, say
from ..progress import locked, room
from . import lab_checks, lab_cut, lab_mutants
from .lab_tree import Uncompiled, WorkTree
from .labs import find_lab, load_labs

PATCHED = re.compile(r"^\+\+\+ b/(\S+)", re.M)
PORT = re.compile(r"\barch/(\w+)/")
HEAD = re.compile(r"Loses: ([a-z0-9 -]+)\nWhy: (.+?)\n\n?(?=---|diff)", re.S)


class BadPatch(Failure):
    """A wrong solution that cannot be used."""


class Wrong:
    """A wrong solution: its name, the checks it loses, why, its patch."""

    def __init__(self, name, text, checks):
        self.name, self.text = name, text
        head = HEAD.match(text)
        if not head:
            raise BadPatch(f"{name}: does not begin with Loses: and Why:")
        self.loses, self.why = head[1].split(), head[2]
        for check in self.loses:
            if check not in checks:
                raise BadPatch(f"{name}: the lab has no check {check}")

    def machines(self, arches):
        """Return: those machines that compile a file of the patch"""
        return [arch for arch in arches
                if any(is_compiled(path, arch)
                       for path in PATCHED.findall(self.text))]


def is_compiled(path, arch):
    """False for the sources of another port."""
    found = PORT.search(path)
    return not found or found[1] == MACHINES[arch].folder


def wrong_solutions(lab):
    folder = os.path.join(lab.path, "wrong")
    names = sorted(os.listdir(folder)) if os.path.isdir(folder) else []
    found = []
    for name in names:
        if name.endswith(".patch"):
            with open(os.path.join(folder, name), encoding="utf-8") as f:
                found.append(Wrong(name, f.read(), lab.checks))
    return found


def real_texts(lab, top=TOP):
    """Return: {path: bytes} of a lab's files"""
    found = {}
    for path in lab.files:
        with open(os.path.join(top, path), "rb") as f:
            found[path] = f.read()
    return found


def skeleton_texts(lab, texts):
    return {path: lab_cut.cut_text(path, data.decode(), lab.name)[0].encode()
            for path, data in texts.items()}


def patched_texts(lab, tree, wrong):
    """Return: {path: bytes} after the patch, tried in the copy of the tree"""
    done = subprocess.run(["patch", "-p1", "-s", "-f", "--no-backup-if-mismatch"],
                          input=wrong.text.encode(), cwd=tree.top,
                          capture_output=True)
    if done.returncode:
        raise BadPatch(f"{wrong.name} does not apply to the real code: "
                       + done.stdout.decode().strip().replace("\n", "; "))
    return real_texts(lab, tree.top)


class Proof:
    """Judges solutions of a lab in a copy of the tree."""

    def __init__(self, lab, arches):
        self.lab, self.arches = lab, arches
        self.tree = WorkTree(os.path.join(BUILD, "labs", "prove"))
        self.tree.prepare({arch: lab.kernels(arch) for arch in arches})
        self.real = real_texts(lab)
        self.checks = list(lab.checks.values())
        self.tree.lay(self.real)
        for arch in arches:
            self._build(arch, lab_checks.targets_of(lab, self.checks))
        self.bad = 0

    def _build(self, arch, programs):
        self.tree.build(arch, ["lectern.elf", *programs])
        for name in self.lab.kernels(arch):
            if name != arch:
                self.tree.build(name, ["lectern.elf"])

    def judge(self, texts, arches=None):
        """Return: [Verdict] of a solution; Uncompiled if it is none"""
        self.tree.lay(texts)
        by_machine = {}
        for arch in arches or self.arches:
            adds = [t for c in self.checks for t, _ in c.program.adds]
            self._build(arch, adds)
            by_machine[arch] = lab_checks.run_machine(
                self.lab, self.checks, arch, self.tree.build_dir(arch),
                self.tree.kernel)
        return lab_checks.judge(self.checks, by_machine)

    def machines_of(self, path):
        """Return: those machines that compile a file"""
        return [arch for arch in self.arches if is_compiled(path, arch)]

    def tell(self, good, text, verdicts=()):
        self.bad += not good
        room()
        print(("ok      " if good else "WRONG   ") + text, flush=True)
        for v in verdicts:
            for arch, why in v.machines.items():
                print(f"          {v.check.name} {arch}: {why}", flush=True)

    def prove_real(self):
        verdicts = self.judge(self.real)
        lost = [v for v in verdicts if v.state != "pass"]
        self.tell(not lost, "the real code gets full marks", lost)

    def prove_skeleton(self):
        texts = skeleton_texts(self.lab, self.real)
        if texts == self.real:
            self.tell(False, "no file of the lab has a marker of it")
            return
        try:
            got = [v for v in self.judge(texts) if v.points]
        except Uncompiled as why:
            self.tell(False, f"the skeleton does not compile: {why}")
            return
        self.tell(not got, "the skeleton scores 0")
        for v in got:
            print(f"          {v.check.name} gets {v.points}")

    def prove_wrong(self, wrong):
        self.tree.lay(self.real)
        arches = wrong.machines(self.arches)
        try:
            texts = patched_texts(self.lab, self.tree, wrong)
            if not arches:
                self.tell(True, f"{wrong.name} is for another machine")
                return
            verdicts = self.judge(texts, arches)
        except (BadPatch, Uncompiled) as why:
            self.tell(False, f"{wrong.name}: {why}")
            return
        lost = {v.check.name for v in verdicts if v.state != "pass"}
        fails = [v for v in verdicts if v.state == "fail"]
        kept = [name for name in wrong.loses if name not in lost]
        self.tell(not kept, f"{wrong.name} loses {', '.join(wrong.loses)}"
                  if not kept else f"{wrong.name} keeps {', '.join(kept)}",
                  fails)


def prove_lab(options, word):
    lab = find_lab(word, load_labs())
    wrongs = wrong_solutions(lab)
    if options.wrong:
        wrongs = [w for w in wrongs
                  if fnmatch.fnmatch(w.name.removesuffix(".patch"),
                                     options.wrong)]
        if not wrongs and options.wrong != "-":
            raise Failure(f"lab {lab.name} has no wrong solution called "
                          f"{options.wrong}", EXIT_USAGE)
    arches = lab.machines_for(options.arch)
    lab_mutants.check_options(options)
    if options.mutants == 0:
        lab_mutants.show(lab, real_texts(lab))
        return 0
    chosen = None
    if options.mutants or options.mutant:
        chosen = lab_mutants.choose(
            lab, real_texts(lab), options,
            lambda path: any(is_compiled(path, arch) for arch in arches))
    packages.require([need for arch in arches
                      for need in packages.for_run(arch)] + ["patch"],
                     not options.no_install)
    with locked("lab-prove"):
        proof = Proof(lab, arches)
        if chosen:
            lab_mutants.prove(proof, chosen)
            wrongs = []
        elif not options.wrong or options.wrong == "-":
            proof.prove_real()
            proof.prove_skeleton()
        for wrong in wrongs:
            proof.prove_wrong(wrong)
        proof.tree.lay(proof.real)
    say(f"lab {lab.number}: {proof.bad or 'nothing'} wrong on "
        + ", ".join(arches))
    return 1 if proof.bad else 0
