# SPDX-License-Identifier: MIT
"""`./lectern lab`: what a student and a teacher do with the labs.  Each action
is a function of a module beside this one."""
import argparse
import importlib

from ..common import ARCHES, EXIT_USAGE, Failure

# action: (module, function, arguments, what it does)
ACTIONS = {
    "list": ("lab_work", "list_labs", "", "list the labs"),
    "start": ("lab_work", "start_lab", "LAB [DIR]",
              "cut a lab's parts out of the kernel, here or in a clone"),
    "check": ("lab_work", "check_lab", "LAB", "run a lab's public checks"),
    "submit": ("lab_submit", "submit_lab", "LAB [FILE]",
               "write an archive of a lab's files, to hand in"),
    "grade": ("lab_grade", "grade_labs", "PLACE...",
              "grade submissions: folders of them, folders, archives"),
    "extract": ("lab_extract", "extract_labs", "PLACE...",
                "write what each student wrote, for MOSS and JPlag"),
    "export": ("lab_export", "export_tree", "DIR",
               "write the tree for students, without answers"),
    "prove": ("lab_prove", "prove_lab", "LAB",
              "for a lab's author: holes score 0, wrong solutions lose"),
}


def at_least_one(text):
    if not text.isdigit() or not 1 <= int(text) <= 256:
        raise argparse.ArgumentTypeError(f"{text} is no number from 1 to 256")
    return int(text)


def at_most_all(text):
    if not text.isdigit():
        raise argparse.ArgumentTypeError(f"{text} is no number of mutants")
    return int(text)


def add_options(parser):
    p = parser
    p.add_argument("action", choices=ACTIONS, metavar="ACTION",
                   help="; ".join(f"{name} {words}: {what}".replace(" :", ":")
                                  for name, (_, _, words, what)
                                  in ACTIONS.items()))
    p.add_argument("words", nargs="*", metavar="WHAT",
                   help="a lab's number or name, a folder")
    p.add_argument("--arch", choices=ARCHES,
                   help="check, prove, grade: this machine alone")
    p.add_argument("--force", action="store_true",
                   help="start: over unsaved work, which is saved first")
    p.add_argument("--with-earlier", action="store_true",
                   help="start: put the real code of earlier labs back")
    p.add_argument("--student", metavar="NAME", default="",
                   help="submit: a name for the manifest")
    p.add_argument("--trail", action="store_true",
                   help="check: record the work in a ref of this clone, even "
                        "if the lab does not ask for it")
    p.add_argument("--students", action="store_true",
                   help="export: the tree that students get")
    p.add_argument("--lab", metavar="LAB",
                   help="grade, extract: the lab, if the submissions do not say")
    p.add_argument("--each", action="store_true",
                   help="grade, extract: each PLACE is one submission, "
                        "whatever it holds")
    p.add_argument("--overlay", metavar="DIR",
                   help="grade: the folder with hidden checks; export: write "
                        "hidden checks and answers there")
    p.add_argument("--json", metavar="FILE", help="grade: write the results")
    p.add_argument("--format", choices=("own", "gradescope", "classroom50",
                                        "junit"), default="own",
                   help="grade: of --json and of the files in --out")
    p.add_argument("--meta", metavar="FILE",
                   help="grade: what Classroom 50 knows of the submission")
    p.add_argument("--out", metavar="DIR",
                   help="grade: the folder for tables, reports, the journal; "
                        "extract: an empty folder, for a folder of each "
                        "student")
    p.add_argument("--jobs", type=at_least_one, metavar="N",
                   help="grade: machines at a time (default: one a core)")
    p.add_argument("--no-sandbox", action="store_true",
                   help="grade: without bubblewrap, in a container that is "
                        "thrown away")
    p.add_argument("--mutants", type=at_most_all, metavar="N",
                   help="prove: instead, try N one-line faults in the parts "
                        "that a student writes; 0 lists them")
    p.add_argument("--mutant", metavar="TEXT",
                   help="prove: instead, try the faults whose names hold this")
    p.add_argument("--seed", type=int, metavar="S",
                   help="prove: of the choice of --mutants")
    p.add_argument("--wrong", metavar="PATTERN",
                   help="prove: only the wrong solutions of these names; - "
                        "for none")


def lab(options):
    module, name, words, _ = ACTIONS[options.action]
    least = sum(not w.startswith("[") for w in words.split())
    many = "..." in words
    if len(options.words) < least or (not many and len(options.words)
                                     > len(words.split())):
        raise Failure(f"usage: lectern lab {options.action} {words}".rstrip(),
                      EXIT_USAGE)
    act = getattr(importlib.import_module("." + module, __package__), name)
    return act(options, options.words) if many else \
        act(options, *options.words)
