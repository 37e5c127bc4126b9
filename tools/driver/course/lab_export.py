# SPDX-License-Identifier: MIT
"""`./lectern lab export --students DIR`: the tree to hand out.

It has the skeletons of all labs, and only as objects the real code of their
files and of those that are like them; no wrong solutions, no hidden checks, no
history.  What was left out goes to the teacher's overlay.  At the end the tree
is searched for answers.
"""
import os
import platform
import re
import shutil
import subprocess

from .. import checks, packages
from ..build import build as build_folder
from ..common import ARCHES, EXIT_USAGE, MACHINES, TOP, Failure, build_dir, say
from ..progress import Waiting
from . import lab_cut
from .lab_prove import is_compiled, real_texts, skeleton_texts
from .lab_tree import object_name, tracked_files, underscored
from .labs import load_labs

PREBUILT = "course/prebuilt"
SKELETONS = "course/skeletons"
# solutions of the porting exercise, right and wrong
PORTING = re.compile(r"course/porting/\w+/(solution|wrong)/")
BREAKS = "course/book/breaks/"
LISTING = PREBUILT + "/sources"
INSTEAD = ("/* SPDX-License-Identifier: MIT */\n"
           "/* Handed out as an object: the source shows answers of a lab. */\n")
HOST = "host"           # the build folder of tests without a machine
HOST_LIBRARIES = ("mm", "mm2")
RUN = 3                 # lines in a row that count as an answer
SHORTEST = 12           # characters of a line that says something


def split_table(text, lab):
    """Return: the tables for students and for the overlay"""
    hidden = {c.name for c in lab.checks.values() if c.hidden}
    public = {c.program.name for c in lab.public()}
    mine, theirs = [], []
    for line in text.splitlines():
        words = line.split()
        gone = words[:1] == ["check"] and words[1] in hidden or \
            words[:1] == ["program"] and words[1] not in public
        (theirs if gone else mine).append(line)
    if hidden:
        points = sum(lab.checks[name].points for name in hidden)
        mine.append(f"hidden    {len(hidden)} {points}")
    return "\n".join(mine) + "\n", "\n".join(theirs) + "\n"


def hidden_programs(lab):
    """Return: the files of checks/ that only hidden checks use"""
    public = {c.program.source for c in lab.public()}
    return {f"course/labs/{lab.folder}/checks/{p.source}.c"
            for p in lab.programs.values() if p.source not in public}


def breaks_of_labs(labs):
    """Return: the book's patches of the labs' files: their diffs hold answers,
    and do not apply to skeletons"""
    ours = {path for lab in labs.values() for path in lab.files}
    for name in tracked_files():
        if name.startswith(BREAKS) and name.endswith(".patch"):
            with open(os.path.join(TOP, name), encoding="utf-8") as f:
                if ours & set(re.findall(r"^\+\+\+ b/(\S+)", f.read(), re.M)):
                    yield name


def left_out(labs):
    """Return: the files that students do not get"""
    found = set(breaks_of_labs(labs))
    found |= set(filter(PORTING.match, tracked_files()))
    for lab in labs.values():
        found |= hidden_programs(lab)
        folder = os.path.join(lab.path, "wrong")
        if os.path.isdir(folder):
            found |= {f"course/labs/{lab.folder}/wrong/{name}"
                      for name in os.listdir(folder)}
    return found


def write_bytes(top, path, data):
    place = os.path.join(top, path)
    os.makedirs(os.path.dirname(place), exist_ok=True)
    with open(place, "wb") as f:
        f.write(data)


def copy_whole(to, without):
    for name in tracked_files():
        if name not in without:
            place = os.path.join(to, name)
            os.makedirs(os.path.dirname(place), exist_ok=True)
            shutil.copy2(os.path.join(TOP, name), place, follow_symlinks=False)


def write_objects(to, paths, labs):
    """Copy the objects of the real code, without what the debugger knows of its
    lines.  A kernel with checkers has objects of its own."""
    for arch in ARCHES:
        mine = [path for path in paths if is_compiled(path, arch)]
        folders = {}
        for lab in labs.values():
            folders |= lab.kernels(arch)
        for name, checkers in folders.items():
            _write_folder(to, arch, name, checkers, [
                path for path in mine
                if not checkers or not path.startswith("user/")])


def _write_folder(to, arch, name, checkers, paths):
    if checkers:
        checks.kernel(arch, ",".join(checkers))
    else:
        build_folder(name, list(map(object_name, paths)))
    for path in paths:
        _write_object(os.path.join(build_dir(name), object_name(path)),
                      os.path.join(to, PREBUILT, name), path,
                      MACHINES[arch].tool("objcopy"))


def _write_object(made, folder, path, objcopy):
    """Copy the object of a source to where a build of the tree looks for it."""
    os.makedirs(folder, exist_ok=True)
    done = subprocess.run([objcopy, "--strip-debug", made, os.path.join(
        folder, underscored(path) + ".o")], capture_output=True, text=True)
    if done.returncode:
        raise Failure(f"objcopy: {done.stderr.strip()}")


def write_host_objects(to, paths):
    """Copy the objects that host tests of mm are linked with, for computers of
    this kind (test/host/meson.build)."""
    build_folder(HOST, ["build.ninja"])         # as the sources say now
    known = subprocess.run(["ninja", "-C", build_dir(HOST), "-t", "targets",
                            "all"], capture_output=True, text=True, check=True)
    targets = {line.partition(":")[0] for line in known.stdout.splitlines()}
    for library in HOST_LIBRARIES:
        made = {path: f"test/host/lib{library}.a.p/.._.._"
                f"{path.replace('/', '_')}.o" for path in paths}
        made = {path: name for path, name in made.items() if name in targets}
        if not made:
            raise Failure(f"no object of a lab is in test/host's {library}")
        build_folder(HOST, list(made.values()))
        for path, name in made.items():
            _write_object(os.path.join(build_dir(HOST), name),
                          os.path.join(to, PREBUILT, HOST + "-"
                                       + platform.machine(), library),
                          path, "objcopy")


def write_overlay(to, labs):
    """Write what only the teacher has: hidden checks, answers, wrong ones."""
    for name in filter(PORTING.match, tracked_files()):
        place = os.path.join(to, name.removeprefix("course/"))
        os.makedirs(os.path.dirname(place), exist_ok=True)
        shutil.copy2(os.path.join(TOP, name), place)
    for lab in labs.values():
        with open(os.path.join(lab.path, "lab.tbl"), encoding="utf-8") as f:
            _, theirs = split_table(f.read(), lab)
        write_bytes(to, f"{lab.folder}/lab.tbl", theirs.encode())
        os.makedirs(os.path.join(to, lab.folder, "checks"), exist_ok=True)
        for path in hidden_programs(lab):
            shutil.copy2(os.path.join(TOP, path),
                         os.path.join(to, lab.folder, "checks"))
        for path, data in real_texts(lab).items():
            write_bytes(to, f"{lab.folder}/answer/{path}", data)
        wrong = os.path.join(lab.path, "wrong")
        if os.path.isdir(wrong):
            shutil.copytree(wrong, os.path.join(to, lab.folder, "wrong"),
                            dirs_exist_ok=True)


# ---- the proof --------------------------------------------------------------


def telling_lines(text):
    """Return: the lines of a text that say something, without blanks"""
    lines = ["".join(line.split()) for line in text.splitlines()]
    return [line for line in lines if len(line) >= SHORTEST]


def answer_runs(labs, texts):
    """Return: {(line, line, line): lab} of all that was cut out"""
    found = {}
    for lab in labs.values():
        for path, data in texts[lab.name].items():
            for part in lab_cut.cut_out(path, data.decode(), lab.name):
                lines = telling_lines(part)
                for i in range(len(lines) - RUN + 1):
                    found[tuple(lines[i:i + RUN])] = lab
    return found


def runs_of_file(path):
    """Return: every RUN telling lines in a row of a file of the tree, without
    its head"""
    with open(os.path.join(TOP, path), encoding="utf-8") as f:
        lines = telling_lines(f.read())
    return {tuple(lines[i:i + RUN]) for i in range(8, len(lines) - RUN + 1)}


def public_runs(labs):
    """Return: the lines in a row that hidden checks share with public ones"""
    return set().union(*(
        runs_of_file(f"course/labs/{lab.folder}/checks/{c.program.source}.c")
        for lab in labs.values() for c in lab.public()))


def search_text(text, runs):
    """Return: the lab whose answer a text holds, or None"""
    lines = telling_lines(text)
    for i in range(len(lines) - RUN + 1):
        lab = runs.get(tuple(lines[i:i + RUN]))
        if lab:
            return lab
    return None


def like_answers(paths, runs):
    """Return: files of ports, of no lab, that hold answers: two ports may need
    the same lines"""
    found = []
    for path in sorted(set(tracked_files()) - set(paths)):
        if path.startswith("arch/") and path.endswith((".c", ".S")):
            with open(os.path.join(TOP, path), encoding="utf-8") as f:
                if search_text(f.read(), runs):
                    found.append(path)
    return found


def search_tree(to, labs, texts, gone):
    """Yield what the tree must not hold: answers, hidden checks, history."""
    runs = answer_runs(labs, texts)
    names = {os.path.basename(path) for path in gone
             if "/checks/" in path or path.endswith(".patch")}
    public = public_runs(labs)
    for path in gone:
        if "/checks/" in path:
            for run in runs_of_file(path) - public:
                runs.setdefault(run, path)
    for folder, folders, files in os.walk(to):
        if ".git" in folders or "wrong" in folders:
            yield f"{folder}: has history or wrong solutions"
        for name in files:
            path = os.path.join(folder, name)
            with open(path, "rb") as f:
                text = f.read().decode(errors="replace")
            found = search_text(text, runs)
            if name in names and "/labs/" in path:
                yield f"{os.path.relpath(path, to)}: is a hidden file"
            elif found:
                yield (f"{os.path.relpath(path, to)}: holds a part of "
                       f"{getattr(found, 'name', found)}")


class Handed:
    """What students get of the tree: the labs, and the real texts of their
    files; `paths`: files that are handed out as objects; `alike`: those of them
    that hold a lab's answer without being its file; `gone`: what is left out"""

    def __init__(self):
        self.labs = load_labs()
        self.texts = {lab.name: real_texts(lab) for lab in self.labs.values()}
        self.paths = [path for lab in self.labs.values() for path in lab.files]
        self.alike = like_answers(self.paths,
                                  answer_runs(self.labs, self.texts))
        self.paths += self.alike
        self.gone = left_out(self.labs)

    def lay(self, to):
        """Write all that is text."""
        copy_whole(to, self.gone)
        for lab in self.labs.values():
            texts = skeleton_texts(lab, self.texts[lab.name])
            for path, data in texts.items():
                write_bytes(to, path, data)
                write_bytes(to, f"{SKELETONS}/{path}", data)
            with open(os.path.join(lab.path, "lab.tbl"),
                      encoding="utf-8") as f:
                mine, _ = split_table(f.read(), lab)
            write_bytes(to, f"course/labs/{lab.folder}/lab.tbl", mine.encode())
        for path in self.alike:
            write_bytes(to, path, INSTEAD.encode())
        write_bytes(to, LISTING, ("\n".join(self.paths) + "\n").encode())

    def search(self, to):
        """Return: what the tree holds and must not"""
        return list(search_tree(to, self.labs, self.texts, self.gone))


def export_tree(options, to):
    if not options.students:
        raise Failure("lab export needs --students", EXIT_USAGE)
    for place in filter(None, (to, options.overlay)):
        if os.path.lexists(place) and (not os.path.isdir(place)
                                       or os.listdir(place)):
            raise Failure(f"{place} is there already, and not empty",
                          EXIT_USAGE)
        if os.path.abspath(place).startswith(TOP + os.sep):
            raise Failure(f"{place} lies in this tree; choose a folder outside",
                          EXIT_USAGE)
    for arch in ARCHES:
        packages.require(packages.for_build(arch), not options.no_install)
    packages.require(packages.for_test((HOST,), {HOST}), not options.no_install)
    handed = Handed()
    write_objects(to, handed.paths, handed.labs)
    write_host_objects(to, handed.paths)
    with Waiting("copying the tree"):
        handed.lay(to)
    with Waiting("searching for answers"):
        found = handed.search(to)
    if found:
        raise Failure("the tree is not fit for students:\n"
                      + "\n".join(found[:20]))
    if options.overlay:
        write_overlay(options.overlay, handed.labs)
        say(f"{options.overlay}: hidden checks and answers, for the teacher")
    say(f"{to}: searched, holds no answer, no hidden check, no history")
    return 0
