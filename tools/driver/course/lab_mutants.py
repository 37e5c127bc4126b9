# SPDX-License-Identifier: MIT
"""`./lectern lab prove LAB --mutants N`: whether a lab's checks notice one-line
faults in the parts that a student writes.

The faults are those of `./lectern mutate`.  Each must cost points, or stand in
the lab's wrong/kept.txt with the reason why nobody can see it, in the form of
test/mutants.txt.
"""
import os
import random

from ..common import EXIT_USAGE, Failure, say
from ..mutation import mutants
from . import lab_cut
from .lab_tree import Uncompiled

KEPT = os.path.join("wrong", "kept.txt")


def of_lab(lab, texts):
    """Return: {name: mutant} of what lies in a lab's parts; texts: {path: bytes}
    of the real code"""
    found = {}
    for path, data in texts.items():
        if not path.endswith(".c"):
            continue
        text = data.decode()
        holes = [h for h in lab_cut.find_holes(path, text) if h.lab == lab.name]
        for name, mutant in mutants.names(path, text).items():
            if any(h.begin < mutant.line - 1 < h.end for h in holes):
                found[name] = mutant
    return found


def kept(lab):
    """Return: {name: reason} of the mutants that need not cost a point"""
    path = os.path.join(lab.path, KEPT)
    try:
        with open(path, encoding="utf-8") as f:
            return mutants.read_equivalents(f.read())
    except FileNotFoundError:
        return {}
    except ValueError as why:
        raise Failure(f"{path}: {why}", EXIT_USAGE) from None


def check_options(options):
    """Failure for options of which one would be ignored."""
    if options.mutants == 0 and options.mutant:
        raise Failure("--mutants 0 lists all, --mutant chooses: give one of "
                      "them", EXIT_USAGE)
    if options.seed is not None and not options.mutants:
        raise Failure("--seed is for the choice of --mutants N", EXIT_USAGE)
    if options.wrong and (options.mutants is not None or options.mutant):
        raise Failure("--wrong and mutants are proved one after the other: "
                      "give one of them", EXIT_USAGE)


def choose(lab, texts, options, is_compiled):
    """Return: {name: mutant} of those to try, all or a sample, in the order of
    the code; Failure if the options name none.  is_compiled: tells of a path
    whether a machine of this run compiles it, as a sample's files all are"""
    found = of_lab(lab, texts)
    names = [n for n in found if not options.mutant or options.mutant in n]
    if not names:
        raise Failure(f"no mutant's name holds {options.mutant!r}; --mutants 0 "
                      "lists all", EXIT_USAGE)
    if options.mutants is not None:
        names = [n for n in names if is_compiled(found[n].file)]
    if options.mutants is not None and options.mutants < len(names):
        seed = options.seed
        if seed is None:
            seed = random.randrange(1 << 32)
        say(f"{options.mutants} of {len(names)} mutants, --seed {seed}")
        chosen = set(random.Random(seed).sample(names, options.mutants))
        names = [n for n in names if n in chosen]
    return {name: found[name] for name in names}


def show(lab, texts):
    """Print the names of all mutants of a lab."""
    print("\n".join(of_lab(lab, texts)))


def prove(proof, chosen):
    """Try mutants of a lab's parts in a Proof (lab_prove.py), each on the
    machines that compile its file, until one costs points."""
    reasons = kept(proof.lab)
    for name in sorted(set(reasons) - set(of_lab(proof.lab, proof.real))):
        proof.tell(False, f"{KEPT}: no mutant is called {name}")
    for name, mutant in chosen.items():
        _prove_one(proof, name, mutant, reasons.get(name))


def _prove_one(proof, name, mutant, reason):
    arches = proof.machines_of(mutant.file)
    if not arches:
        proof.tell(True, f"{name} is for another machine")
        return
    text = proof.real[mutant.file].decode()
    texts = {**proof.real,
             mutant.file: mutants.apply(mutant, text).encode()}
    for arch in arches:
        try:
            lost = [v for v in proof.judge(texts, [arch]) if v.state != "pass"
                    and (v.check.points or v.check.mandatory)]
        except Uncompiled:
            proof.tell(True, f"{name} does not compile")
            return
        if lost:
            proof.tell(not reason, f"{name} loses "
                       + ", ".join(v.check.name for v in lost)
                       + (f", though {KEPT} lists it" if reason else ""))
            return
    proof.tell(bool(reason), f"{name} keeps all points"
               + (f": {reason}" if reason else ""))
