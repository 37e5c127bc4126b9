# SPDX-License-Identifier: MIT
"""What a student does: list the labs, start one, run its public checks."""
import os
import shutil
import subprocess
import tempfile

from .. import packages
from ..common import ARCHES, BUILD, EXIT_USAGE, TOP, Failure, say
from ..progress import Waiting
from . import lab_checks, lab_cut
from .labs import find_lab, load_labs

BASE = "refs/lectern/labs"      # the commit that holds the real code


def list_labs(options):
    for lab in load_labs().values():
        print(f"{lab.number:3} {lab.name:12} {lab.title}; about {lab.hours} "
              f"hours, chapter {lab.chapter}"
              + (lab.machines != ARCHES) * f"; {', '.join(lab.machines)}")
    return 0


# ---- start ------------------------------------------------------------------


def git(top, *words, check=True, env=None):
    """Return: the output of git as bytes; None if it failed and may"""
    done = subprocess.run(["git", "-C", top, *words], capture_output=True,
                          env=env)
    if done.returncode and check:
        why = done.stderr.decode(errors="replace").strip().splitlines()
        raise Failure(f"git {words[0]}: {why[-1] if why else 'failed'}")
    return None if done.returncode else done.stdout


def base_commit(top):
    """Return: the commit with the real code: HEAD when the first lab was
    started, remembered in a ref of this clone"""
    if git(top, "rev-parse", "-q", "--verify", BASE, check=False) is None:
        if git(top, "rev-parse", "-q", "--verify", "HEAD", check=False) is None:
            raise Failure("lab start needs a clone made by git, or a tree made "
                          "by lectern lab export", EXIT_USAGE)
        git(top, "update-ref", BASE, "HEAD")
    return BASE


def real_text(top, path):
    """Return: the real code of a file: the present commit's, or, if that is a
    student's work, which has no markers, the one before any lab"""
    text = git(top, "show", f"HEAD:{path}").decode()
    if lab_cut.find_holes(path, text):
        return text
    return git(top, "show", f"{base_commit(top)}:{path}").decode()


def read_file(top, path):
    try:
        with open(os.path.join(top, path), encoding="utf-8") as f:
            return f.read()
    except FileNotFoundError:
        return None


def write_file(top, path, text):
    """Replace a file in one step, so that a full disk loses nothing."""
    place = os.path.join(top, path)
    with open(place + ".new", "w", encoding="utf-8") as f:
        f.write(text)
    os.replace(place + ".new", place)


def unsaved(top, paths):
    """Return: those of the files that hold work which no commit has"""
    found = git(top, "status", "--porcelain", "-z", "--", *paths)
    return sorted(line[3:].decode() for line in found.split(b"\0") if line)


def save_work(top, paths):
    """Copy files to a new folder below the build folder. Return: its name"""
    number = 1
    while True:
        folder = os.path.join(BUILD, "labs", f"saved-{number}")
        try:
            os.makedirs(folder)
            break
        except FileExistsError:
            number += 1
    for path in paths:
        if os.path.exists(os.path.join(top, path)):
            place = os.path.join(folder, path)
            os.makedirs(os.path.dirname(place), exist_ok=True)
            shutil.copy2(os.path.join(top, path), place)
    return folder


def refuse_unsaved(top, paths, force):
    """Raise Failure if files hold unsaved work; with force, save it."""
    dirty = unsaved(top, paths)
    if not dirty:
        return
    if not force:
        raise Failure(f"{', '.join(dirty)}: not committed, and start would "
                      "write over it; commit it, or say --force, which saves a "
                      "copy first", EXIT_USAGE)
    say(f"saved {', '.join(dirty)} in {save_work(top, dirty)}")


def cut_files(top, lab):
    """Write the skeletons of a lab's files. Return: the number of holes"""
    total = 0
    for path in lab.files:
        text, holes = lab_cut.cut_text(path, real_text(top, path), lab.name)
        write_file(top, path, text)
        say(f"{path}: cut {holes} part{'s' * (holes != 1)}")
        total += holes
    return total


def restore_earlier(top, lab, labs, force):
    """Put the real code of earlier labs back."""
    paths = sorted({path for other in labs.values()
                    if other.number < lab.number for path in other.files
                    if path not in lab.files
                    and read_file(top, path) != real_text(top, path)})
    if not paths:
        return
    refuse_unsaved(top, paths, force)
    for path in paths:
        write_file(top, path, real_text(top, path))
        say(f"{path}: the real code again")


def clone_to(folder):
    if os.path.exists(folder) and (not os.path.isdir(folder)
                                   or os.listdir(folder)):
        raise Failure(f"{folder} is there already, and not empty", EXIT_USAGE)
    git(TOP, "clone", "-q", TOP, os.path.abspath(folder))
    say(f"{folder}: a clone of this tree")
    return os.path.abspath(folder)


# In a tree for students (lab_export.py) there is no history: the skeletons lie
# in a folder, and a list names the files whose objects are used instead.
SKELETONS = os.path.join("course", "skeletons")
LISTING = os.path.join("course", "prebuilt", "sources")


def is_exported(top):
    return os.path.isdir(os.path.join(top, SKELETONS))


def files_from_source(lab, labs, before, with_earlier):
    """Return: the lab files that are compiled: this lab's, and those of earlier
    ones that the student has worked on"""
    earlier = set() if with_earlier else {
        path for other in labs.values() if other.number < lab.number
        for path in other.files} - before
    return set(lab.files) | earlier


def start_exported(options, top, lab, labs):
    """Begin a lab in a tree for students."""
    changed = [path for path in lab.files if read_file(top, path)
               not in (None, read_file(top, f"{SKELETONS}/{path}"))]
    if changed and not options.force:
        raise Failure(f"{', '.join(changed)}: holds your work, and start would "
                      "write over it; say --force, which saves a copy first",
                      EXIT_USAGE)
    if changed:
        say(f"saved {', '.join(changed)} in {save_work(top, changed)}")
    for path in lab.files:
        write_file(top, path, read_file(top, f"{SKELETONS}/{path}"))
    every = [path for other in labs.values() for path in other.files]
    before = set(read_file(top, LISTING).split())
    source = files_from_source(lab, labs, before, options.with_earlier)
    others = sorted(before - set(every))        # of no lab
    write_file(top, LISTING, "".join(path + "\n" for path in every + others
                                     if path not in source))
    say(f"{', '.join(lab.files)}: the skeleton; other labs' files: "
        + ("the real code, as objects" if options.with_earlier else
           "your code of earlier labs that you started, else objects"))


def tell_next(lab):
    say(f"lab {lab.number}, {lab.title}: search for "
        f"\"TODO (lab {lab.name})\"; then: ./lectern lab check {lab.number}")
    say(f"the text is course/labs/{lab.folder}/text.md")


def start_lab(options, word, folder=None):
    labs = load_labs()
    lab = find_lab(word, labs)
    if is_exported(TOP):
        if folder:
            raise Failure("this tree has no history to clone; start the lab "
                          "here, or copy the tree", EXIT_USAGE)
        start_exported(options, TOP, lab, labs)
        tell_next(lab)
        return 0
    top = clone_to(folder) if folder else TOP
    base_commit(top)
    refuse_unsaved(top, lab.files, options.force)
    if options.with_earlier:
        restore_earlier(top, lab, labs, options.force)
    if not cut_files(top, lab):
        raise Failure(f"no file of lab {lab.name} has a marker of it")
    tell_next(lab)
    return 0


# ---- check ------------------------------------------------------------------


def verdict_lines(verdicts):
    """Return: the report: a line a check, and what was found"""
    lines = []
    for v in verdicts:
        word = {"pass": "pass", "fail": "FAIL", "skip": "----"}[v.state]
        lines.append(f"{word} {v.check.name:16} "
                     f"{v.points:3} of {v.check.points}")
        lines += [f"     {arch + ': ' if arch else ''}{text}"
                  for arch, text in v.machines.items()]
        lines += [f"     {arch}: {note}" for arch, notes in v.notes.items()
                  for note in notes]
    return lines


TRAIL = "refs/lectern/trail"


def leave_trail(top, lab, text):
    """Record the lab's files as they are in a ref of this clone, which git
    pushes only if it is named.  Branch and index stay as they are."""
    if git(top, "rev-parse", "-q", "--verify", "HEAD", check=False) is None:
        say("no trail: this tree is no clone with a commit")
        return
    with tempfile.TemporaryDirectory() as work:
        env = {**os.environ, "GIT_INDEX_FILE": os.path.join(work, "index"),
               **{f"GIT_{who}_{what}": value for who in ("AUTHOR", "COMMITTER")
                  for what, value in (("NAME", "lectern lab check"),
                                      ("EMAIL", "lab@localhost"))}}
        git(top, "read-tree", "HEAD", env=env)
        git(top, "add", "-f", "--", *lab.files, env=env)
        tree = git(top, "write-tree", env=env).decode().strip()
        last = git(top, "rev-parse", "-q", "--verify", TRAIL, check=False)
        parent = (last or git(top, "rev-parse", "HEAD")).decode().strip()
        new = git(top, "commit-tree", tree, "-p", parent, "-m", text,
                  env=env).decode().strip()
    git(top, "update-ref", TRAIL, new)
    say(f"recorded in {TRAIL}")


def check_lab(options, word):
    lab = find_lab(word, load_labs())
    arches = lab.machines_for(options.arch)
    for arch in arches:
        packages.require(packages.for_run(arch), not options.no_install)
    checks = lab.public()
    with Waiting(f"checking lab {lab.number}") as waiting:
        def told(text):
            waiting.text = text
        verdicts = lab_checks.build_and_run(lab, checks, arches, told)
    print("\n".join(verdict_lines(verdicts)))
    good = all(v.state == "pass" for v in verdicts)
    points = sum(v.points for v in verdicts)
    of = sum(c.points for c in checks)
    print(f"public checks passed: {points} points" if good else
          f"public checks: {points} of {of} points\n"
          f"LAB_CONSOLE=FILE ./lectern lab check {lab.number} appends to FILE "
          "what the machines print")
    hidden = lab.points() - of + lab.hidden[1]
    if hidden:
        print(f"{hidden} more points are for checks that only the grader has")
    if lab.trail or options.trail:
        leave_trail(TOP, lab, f"lab {lab.name}: {points} of {of} points")
    return 0 if good else 1
