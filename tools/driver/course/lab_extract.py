# SPDX-License-Identifier: MIT
"""`./lectern lab extract`: of each submission what its student wrote, for
programs that look for copies (MOSS, JPlag).

What they all were given would make them all alike.  So only lines that the
skeleton does not have are written, wherever they stand: markers may be gone,
and work may lie outside of the holes.  Nothing of a submission is run.
"""
import os
import re
import shutil
import subprocess
import tempfile

from ..common import BUILD, EXIT_USAGE, TOP, Failure, say
from .lab_grade import chosen_lab, find_submissions
from .lab_prove import real_texts, skeleton_texts
from .lab_submission import Submission, Unusable, open_submission
from .labs import load_labs

SECONDS = 60                    # for one file of at most 1 MiB
# runs of new lines, each with an empty line behind it, and nothing else
NEW_ALONE = ("-a", "--speed-large-files", "--unchanged-group-format=",
             "--old-group-format=", "--new-group-format=%>\n",
             "--changed-group-format=%>\n")


def new_lines(skeleton, text):
    """Return: the lines of text that the skeleton does not have, as bytes;
    Unusable if that takes too long"""
    with tempfile.NamedTemporaryFile() as given:
        given.write(skeleton)
        given.flush()
        try:
            done = subprocess.run(["diff", *NEW_ALONE, given.name, "-"],
                                  input=text, stdout=subprocess.PIPE,
                                  timeout=SECONDS)
        except subprocess.TimeoutExpired:
            raise Unusable(f"no difference found in {SECONDS} s") from None
    if done.returncode not in (0, 1):
        raise Failure(f"diff: exit status {done.returncode}")
    return done.stdout


def plain_name(name, taken):
    """Return: the name of a folder that shells and Perl take as one word"""
    name = re.sub(r"[^\w.-]", "_", name).lstrip(".-") or "_"
    number, found = 1, name
    while found.casefold() in taken:
        number += 1
        found = f"{name}-{number}"
    taken.add(found.casefold())
    return found


def written_by(path, skeleton):
    """Return: {file of the lab: what is new in it}"""
    submission = Submission(open_submission(path), list(skeleton))
    if not submission.texts:
        raise Unusable("holds no file of the lab")
    new = {file: new_lines(skeleton[file], text)
           for file, text in submission.texts.items()}
    new = {file: text for file, text in new.items() if text.strip()}
    if not new:
        raise Unusable("the skeleton is unchanged")
    return new


def empty_folder(options, lab):
    """Return: the folder to write to, which is empty"""
    out = options.out
    if not out:
        out = os.path.join(BUILD, "labs", "extracts", lab.folder)
        shutil.rmtree(out, ignore_errors=True)
    os.makedirs(out, exist_ok=True)
    if os.listdir(out):
        raise Failure(f"--out {out}: is not empty", EXIT_USAGE)
    return out


def extract_labs(options, places):
    labs = load_labs()
    if os.path.isdir(os.path.join(TOP, "course", "prebuilt")):
        raise Failure("this tree is for students; extract in the whole one",
                      EXIT_USAGE)
    submissions = find_submissions(places, [f for lab in labs.values()
                                            for f in lab.files], options.each)
    lab = chosen_lab(options, submissions, labs)
    skeleton = skeleton_texts(lab, real_texts(lab))
    out, taken, left_out = empty_folder(options, lab), set(), 0
    for name, path in submissions.items():
        try:
            new = written_by(path, skeleton)
        except Unusable as why:
            say(f"{name}: left out: {why}")
            left_out += 1
            continue
        folder = os.path.join(out, plain_name(name, taken))
        os.mkdir(folder)
        for file, text in new.items():
            with open(os.path.join(folder, file.replace("/", "-")), "wb") as f:
                f.write(text)
    print(f"lab {lab.number} {lab.name}: {len(taken)} extracts in {out}"
          + f", {left_out} submissions left out" * bool(left_out))
    return 0
