# SPDX-License-Identifier: MIT
"""`./lectern lab grade`: grade submissions, as many at a time as there are
cores.

A work tree is built once with the skeleton, inside the sandbox, and copied for
each worker.  A submission is laid over the worker's tree, of which it changes
only the files of the lab.  A journal remembers each result, so that a run that
was stopped goes on where it was.
"""
import hashlib
import json
import os
import queue
import shutil
import subprocess
import threading

from .. import packages
from ..common import BUILD, EXIT_USAGE, TOP, Failure, say
from ..progress import Waiting, locked
from . import lab_checks, lab_formats, lab_sandbox
from .lab_prove import real_texts, skeleton_texts
from .lab_submission import (Submission, Unusable, lab_of, open_submission,
                             shown)
from .lab_tree import WorkTree, compiler_errors
from .labs import find_lab, labs_folder, load_labs, read_table

UNCHANGED = "the skeleton is unchanged"


# ---- what is graded ---------------------------------------------------------


def drop_hidden(lab):
    """Remove the tree's own hidden checks, in whose place an overlay's stand;
    it must have as many."""
    gone = [c for c in lab.checks.values() if c.hidden]
    if gone and lab.hidden == (0, 0):
        lab.hidden = len(gone), sum(c.points for c in gone)
    public = {c.program.name for c in lab.public()}
    for check in gone:
        del lab.checks[check.name]
        if check.program.name not in public:
            lab.programs.pop(check.program.name, None)


def overlay_files(lab, overlay):
    """Read the overlay's table into the lab, whose further checks are hidden.
    Return: {path in the tree: bytes} of the table and its programs"""
    folder = os.path.join(overlay, lab.folder)
    table = os.path.join(folder, "lab.tbl")
    if not os.path.isdir(overlay):
        raise Failure(f"--overlay {overlay}: no such folder", EXIT_USAGE)
    if not os.path.exists(table):
        raise Failure(f"--overlay {overlay}: has no {lab.folder}/lab.tbl",
                      EXIT_USAGE)
    drop_hidden(lab)
    before = set(lab.checks)
    with open(table, encoding="utf-8") as f:
        text = f.read()
    read_table(lab, table, text, more=True)
    # the table is one of the files, so that a change of it is noticed
    found = {f"course/labs/{lab.folder}/overlay.tbl": text.encode()}
    programs = os.path.join(folder, "checks")
    for name in sorted(os.listdir(programs)) if os.path.isdir(programs) else ():
        with open(os.path.join(folder, "checks", name), "rb") as f:
            found[f"course/labs/{lab.folder}/checks/{name}"] = f.read()
    for name in set(lab.checks) - before:
        lab.checks[name].hidden = True
    return found


def require_hidden(lab):
    """Raise Failure if checks are missing that the table promises."""
    count, points = lab.hidden
    there = [c for c in lab.checks.values() if c.hidden]
    if (len(there), sum(c.points for c in there)) != (count, points) and count:
        raise Failure(f"lab {lab.name} has {count} hidden checks for {points} "
                      "points, and they are not here: --overlay DIR names the "
                      "folder that lab export wrote for the teacher", EXIT_USAGE)


def find_submissions(places, files, each=False):
    """Return: {name: path}; a folder that holds a file of a lab is one
    submission, any other folder holds submissions.  each: every place is one
    submission"""
    found = {}

    def add(path):
        name, number = shown(os.path.basename(os.path.abspath(path))), 1
        while (f"{name}-{number}" if number > 1 else name) in found:
            number += 1
        found[f"{name}-{number}" if number > 1 else name] = path

    for place in places:
        if not os.path.lexists(place):
            raise Failure(f"{place}: no such file or folder", EXIT_USAGE)
        if each or os.path.isfile(place) or any(
                os.path.lexists(os.path.join(place, f))
                for f in (*files, "lab.json")):
            add(place)
            continue
        for name in sorted(os.listdir(place)):
            if not name.startswith("."):
                add(os.path.join(place, name))
    if not found:
        raise Failure("no submissions there", EXIT_USAGE)
    return found


# ---- one result -------------------------------------------------------------


def empty_result(lab, name, status, problem):
    """Return: a result without points, in our own format"""
    return {"version": 1, "lab": lab.name, "submission": name, "student": "",
            "status": status, "problem": problem, "points": 0,
            "of": lab.points(), "checks": [], "replaced": [], "ignored": 0}


def add_verdicts(result, verdicts):
    for v in verdicts:
        result["checks"].append({
            "id": v.check.name, "points": v.points, "of": v.check.points,
            "state": v.state, "hidden": v.check.hidden,
            "found": dict(sorted(v.machines.items())),
            "notes": dict(sorted(v.notes.items()))})
    result["points"] = sum(c["points"] for c in result["checks"])


def all_lost(lab, text):
    """Return: verdicts of checks that could not run"""
    verdicts = [lab_checks.Verdict(c) for c in lab.checks.values()]
    for v in verdicts:
        v.fail("", text)
    return verdicts


def note_foreign(result, submission, top):
    """Report what else was in the submission: files of the tree that differ
    are replaced, others ignored."""
    known = [p for p in submission.foreign
             if len(p) < 200 and os.path.isfile(os.path.join(top, p))
             and not p.startswith(("/", "..")) and "/../" not in p]
    result["replaced"] = sorted(shown(p) for p in known)[:20]
    result["ignored"] = len(submission.foreign)


# ---- the grader -------------------------------------------------------------


def is_of_labs(name):
    """True for what a student's code may not see: texts, checks, answers."""
    parts = name.split("/")
    return parts[:2] == ["course", "labs"] and len(parts) > 3


class Grader:
    """Grades submissions of one lab."""

    def __init__(self, lab, arches, overlay, sandboxed, jobs):
        self.lab, self.arches = lab, arches
        self.more = overlay_files(lab, overlay) if overlay else {}
        require_hidden(lab)
        self.checks = list(lab.checks.values())
        self.skeleton = skeleton_texts(lab, real_texts(lab))
        self.folders = [f for arch in arches for f in lab.kernels(arch)]
        self.sandboxed = sandboxed
        self.jobs = jobs if sandboxed else 1
        self.folder = os.path.join(BUILD, "labs", "grade")
        self.programs = WorkTree(os.path.join(self.folder, "checks"))

    def tree(self, name):
        folder = os.path.join(self.folder, name)
        if not self.sandboxed:
            return WorkTree(folder)
        return WorkTree(folder, lab_sandbox.INSIDE,
                        lab_sandbox.for_build(folder))

    def prepare(self):
        """Build the check programs, the skeleton, and a copy for each worker.
        Return: the workers' trees"""
        self.programs.prepare({arch: {arch: ()} for arch in self.arches},
                              more=self.more)
        # a build folder knows where it is, and that is another place in there
        base = self.tree("base" if self.sandboxed else "without-sandbox")
        base.prepare({arch: self.lab.kernels(arch) for arch in self.arches},
                     without=is_of_labs)
        base.lay({**all_real_texts(), **self.skeleton})
        self.base = base
        adds = [t for c in self.checks for t, _ in c.program.adds
                if not t.startswith("course/")]
        self.adds = list(dict.fromkeys(adds))
        for arch in self.arches:
            self.programs.build(arch, [t for t in lab_checks.targets_of(
                self.lab, self.checks) if t.startswith("course/")])
            for name in self.lab.kernels(arch):
                base.build(name, self.targets(name))
        self.digest = self._digest(base)
        return [self._copy(base, f"worker-{n}") if self.sandboxed else base
                for n in range(1, self.jobs + 1)]

    def targets(self, name):
        """Return: what is built in a build folder; a machine's name is that of
        the folder that has programs, too"""
        return ["lectern.elf", *self.adds * (name in self.arches)]

    def _digest(self, base):
        """Return: a digest of all that decides about a result"""
        sums = hashlib.sha256()
        for top in (base.top, os.path.join(self.programs.top, "course")):
            for folder, names, files in sorted(os.walk(top)):
                names.sort()
                for name in sorted(files):
                    path = os.path.join(folder, name)
                    with open(path, "rb") as f:
                        sums.update(os.path.relpath(path, top).encode()
                                    + b"\0" + f.read() + b"\0")
        return sums.hexdigest()

    def _copy(self, base, name):
        """Return: a worker's new copy of the base"""
        tree = self.tree(name)
        shutil.rmtree(tree.folder, ignore_errors=True)
        with Waiting(f"copying the build for {name}"):
            subprocess.run(["cp", "-a", "--reflink=auto", base.folder,
                            tree.folder], check=True)
        tree.remember(self.folders)
        return tree

    def key(self, name, content):
        return hashlib.sha256("\0".join([self.digest, *self.arches, name,
                                        content]).encode()).hexdigest()

    def grade(self, tree, name, submission):
        """Return: the result of a submission that was read"""
        result = empty_result(self.lab, name, "graded", "")
        result["student"] = shown(submission.student)
        note_foreign(result, submission, tree.top)
        texts = {**self.skeleton, **submission.texts}
        if texts == self.skeleton:
            result["problem"] = UNCHANGED
            add_verdicts(result, all_lost(self.lab, UNCHANGED))
            return result
        self._clear(tree)
        tree.lay(texts)
        by_machine = {}
        for arch in self.arches:
            wrong = self._build(tree, arch)
            if wrong:
                result["status"], result["problem"] = "not compiled", wrong
                add_verdicts(result, all_lost(self.lab, "did not compile"))
                return result
            by_machine[arch] = self._run(tree, arch)
        add_verdicts(result, lab_checks.judge(self.checks, by_machine))
        return result

    def _clear(self, tree):
        """Remove all that the submission before has left, on every machine,
        before the first compiler of this one starts: it could read that."""
        if self.sandboxed:
            tree.restore(self.base)
        for folder in self.folders:
            tree.forget(folder, self.lab.files)

    def _build(self, tree, arch):
        """Return: what is wrong; None if all was built"""
        for name in self.lab.kernels(arch):
            status, text = lab_sandbox.run_limited(
                tree.ninja(name, self.targets(name), 1))
            if status:
                return compiler_errors(text, tree.inside)
            if status is None:
                return text
        return None

    def _run(self, tree, arch):
        sandbox = lab_sandbox.for_machine if self.sandboxed else None
        return lab_checks.run_machine(
            self.lab, self.checks, arch, tree.build_dir(arch), tree.kernel,
            sandbox, programs=self.programs.build_dir(arch))


def all_real_texts():
    """Return: {path: bytes} of the files of all labs"""
    found = {}
    for lab in load_labs().values():
        found.update(real_texts(lab))
    return found


# ---- the run ----------------------------------------------------------------


class Journal:
    """The results so far, in a file of lines; a line cut short is ignored."""

    def __init__(self, path):
        self.path, self.known = path, {}
        self.lock = threading.Lock()
        with open(path, "a+", encoding="utf-8") as f:
            f.seek(0)
            line = ""
            for line in f:
                self._load(line)
            if line and not line.endswith("\n"):
                f.write("\n")       # of a run that was killed

    def _load(self, line):
        try:
            entry = json.loads(line)
            self.known[entry["key"]] = entry["result"]
        except (ValueError, KeyError, TypeError):
            pass

    def add(self, key, result):
        with self.lock, open(self.path, "a", encoding="utf-8") as f:
            f.write(json.dumps({"key": key, "result": result},
                               sort_keys=True) + "\n")
            f.flush()
            os.fsync(f.fileno())
        self.known[key] = result


class Run:
    """Grades a list of submissions with some workers."""

    def __init__(self, grader, journal, waiting):
        self.grader, self.journal, self.waiting = grader, journal, waiting
        self.left, self.results = queue.Queue(), {}
        self.trouble = []

    def _read(self, name, path):
        """Return: a submission and its digest, or a result and None"""
        try:
            source = open_submission(path)
            submission = Submission(source, self.grader.lab.files)
            if not submission.texts:
                raise Unusable("holds no file of the lab")
        except Unusable as why:
            return empty_result(self.grader.lab, name, "not graded",
                                str(why)), None
        sums = hashlib.sha256(repr((sorted(submission.texts.items()),
                                    submission.student,
                                    sorted(submission.foreign))).encode(
                                        errors="backslashreplace"))
        return submission, sums.hexdigest()

    def _one(self, tree, name, path):
        found, content = self._read(name, path)
        if content is None:
            return found
        key = self.grader.key(name, content)
        if key not in self.journal.known:
            self.journal.add(key, self.grader.grade(tree, name, found))
        return self.journal.known[key]

    def _work(self, tree):
        while not self.trouble:
            try:
                name, path = self.left.get_nowait()
            except queue.Empty:
                return
            try:
                self.results[name] = self._one(tree, name, path)
            except BaseException as why:      # the host's trouble: stop all
                self.trouble.append(why)
                return
            self.waiting.steps = len(self.results), self.total

    def go(self, trees, submissions):
        """Return: the results, by name"""
        self.total = len(submissions)
        for item in submissions.items():
            self.left.put(item)
        threads = [threading.Thread(target=self._work, args=(tree,),
                                    daemon=True) for tree in trees]
        for thread in threads:
            thread.start()
        for thread in threads:
            while thread.is_alive():
                thread.join(0.5)
        if self.trouble:
            raise self.trouble[0]
        return [self.results[name] for name in sorted(self.results)]


def chosen_lab(options, submissions, labs):
    """Return: the lab of --lab, or the one that all submissions are for"""
    if options.lab:
        return find_lab(options.lab, labs)
    found = {}
    for path in submissions.values():
        try:
            lab = lab_of(open_submission(path), labs)
        except Unusable:
            continue
        if lab:
            found[lab.name] = lab
    if len(found) != 1:
        raise Failure("the submissions do not say which lab they are for"
                      if not found else "the submissions are for several labs: "
                      + ", ".join(sorted(found)) + "; say which with --lab",
                      EXIT_USAGE)
    return found.popitem()[1]


def grade_labs(options, places):
    labs = load_labs()
    if os.path.isdir(os.path.join(TOP, "course", "prebuilt")):
        raise Failure("this tree is for students; grade in the whole one",
                      EXIT_USAGE)
    submissions = find_submissions(places, [f for lab in labs.values()
                                            for f in lab.files], options.each)
    lab = chosen_lab(options, submissions, labs)
    lab_formats.check_choice(options, submissions)
    arches = lab.machines_for(options.arch)
    need = [n for arch in arches for n in packages.for_run(arch)]
    packages.require(need + ["bwrap"] * (not options.no_sandbox),
                     not options.no_install)
    if not options.no_sandbox:
        lab_sandbox.probe()
    grader = Grader(lab, arches, options.overlay, not options.no_sandbox,
                    min(options.jobs or os.cpu_count(), len(submissions)))
    out = options.out or os.path.join(BUILD, "labs", "grades", lab.folder)
    os.makedirs(out, exist_ok=True)
    with locked("lab-grade"):
        trees = grader.prepare()
        with Waiting(f"grading lab {lab.number}") as waiting:
            run = Run(grader, Journal(os.path.join(out, "journal.jsonl")),
                      waiting)
            results = run.go(trees, submissions)
    lab_formats.write_results(options, lab, results, out)
    print(lab_formats.table_text(lab, results), end="")
    say(f"{len(results)} submissions graded; reports and tables in {out}")
    return 0
