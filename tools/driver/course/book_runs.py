# SPDX-License-Identifier: MIT
"""Run the commands of the book's chapters, and keep or compare what they print.

A recording is worth keeping only if it can be repeated: each command runs twice
before its output is kept.
"""
import os
import re
import subprocess
import sys
import tempfile

from ..common import EXIT_BROKEN, TOP, Failure, say
from ..progress import Waiting

sys.path.insert(1, os.path.join(TOP, "course", "book"))
import quotes  # noqa: E402
import runs  # noqa: E402
from runs import chapters, number_of  # noqa: E402, F401

LIMIT = 600             # seconds that no command of a chapter takes


def printed_by(one, arch):
    """Return: what a command of a chapter prints, or draws, on a machine"""
    with tempfile.TemporaryDirectory(prefix="lectern-book-") as folder:
        picture = os.path.join(folder, "picture.svg") if one.picture else None
        done = subprocess.run(
            [os.path.join(TOP, "lectern"), *one.words(arch, picture)],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, errors="replace",
            timeout=LIMIT, check=False, cwd=TOP,
            env=dict(os.environ, TERM="dumb"))
        if picture:
            return picture_of(one, picture, done)
    return chosen(one, plain(done))


def picture_of(one, path, done):
    try:
        with open(path) as f:
            return f.read()
    except OSError:
        last = (done.stderr.strip().splitlines() or ["no word"])[-1]
        raise Failure(f"{one.where()}: no picture: {last}") from None


def plain(done):
    """Return: a command's output, without the driver's own messages"""
    said = "".join(line + "\n" for line in done.stderr.splitlines()
                   if not line.startswith("lectern: "))
    text = done.stdout.replace("\r", "") + said.replace("\r", "")
    if done.returncode:
        text += f"[exit status {done.returncode}]\n"
    return re.sub(r"[ \t]+$", "", text, flags=re.M)


def chosen(one, text):
    """Return: the lines that the chapter shows"""
    if not one.lines:
        return text
    lines = text.splitlines()
    kept = set()
    for words in one.lines:
        kept |= lines_between(one, lines, words, text)
    return "".join(lines[n] + "\n" for n in sorted(kept))


def lines_between(one, lines, words, text):
    """Return: the numbers of the lines that PATTERN .. PATTERN means"""
    first, dots, last = (part.strip() for part in words.partition(" .. "))
    found = [n for n, line in enumerate(lines) if re.search(first, line)]
    if not found:
        raise Failure(f"{one.where()}: no line has {first} in what "
                      f"{one.command} prints:\n{text[-2000:]}")
    if not dots:
        return set(found)
    ends = [n for n in range(found[0] + 1, len(lines))
            if re.search(last, lines[n])]
    if not ends:
        raise Failure(f"{one.where()}: no line has {last} after {first}")
    return set(range(found[0], ends[0] + 1))


def comparable(one, text):
    """Return: the text with a mark for all that may differ"""
    for pattern in one.arbitrary:
        text = re.sub(pattern, "~", text)
    return text


NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d+)?(?=kB|(?![\w.]))")


def alike(before, now, within):
    """Return: True if lines differ only in numbers, and these by a few per
    cent at most"""
    if before == now:
        return True
    if not within or NUMBER.sub("#", before).split() != \
            NUMBER.sub("#", now).split():
        return False
    return all(abs(float(a) - float(b)) * 100 <= within * float(a)
               for a, b in zip(NUMBER.findall(before), NUMBER.findall(now)))


def difference(one, old, new):
    """Return: the first line that differs, in words; "" if none does"""
    old = comparable(one, old).splitlines()
    new = comparable(one, new).splitlines()
    for n in range(max(len(old), len(new))):
        before, now = (lines[n] if n < len(lines) else "(no line)"
                       for lines in (old, new))
        if not alike(before, now, one.within):
            return f"line {n + 1} was: {before}\n           is: {now}"
    return ""


def compare(one, arch):
    """Run a command again.  Return: "", or what differs from the recording"""
    path = one.file(arch)
    if not path.exists():
        return f"{path.name} is not recorded"
    return difference(one, path.read_text(), printed_by(one, arch))


def keep(path, text):
    """Replace a recording in one step."""
    path.parent.mkdir(exist_ok=True)
    fresh = path.with_name(path.name + ".new")
    fresh.write_text(text)
    os.replace(fresh, path)


def record_one(one, arch):
    """Return: True if the recording changed"""
    text = printed_by(one, arch)
    differs = difference(one, text, printed_by(one, arch))
    if differs:
        raise Failure(f"{one.where()}: {one.shown(arch)} prints something else "
                      f"each time: {differs}; see `arbitrary:` in "
                      "course/book/CHAPTERS.md", EXIT_BROKEN)
    path = one.file(arch)
    if path.exists() and not difference(one, path.read_text(), text):
        return False
    keep(path, text)
    return True


def drop_old(numbers, wanted):
    """Remove recordings that no command of these chapters has any more."""
    names = {path.name for path in wanted}
    for path in sorted(runs.RECORDED.glob("*")):
        head = path.name.partition("-")[0]
        if head.isdigit() and path.name not in names \
                and (not numbers or int(head) in numbers):
            path.unlink()
            print(f"removed {path.relative_to(TOP)}")


def record_each(todo):
    """Record one command after the other.  Return: how many failed"""
    failed = 0
    with Waiting("recording") as waiting:
        for n, (one, arch) in enumerate(todo):
            waiting.steps = n, len(todo)
            waiting.text = one.name
            try:
                if record_one(one, arch):
                    print(one.file(arch).relative_to(TOP), flush=True)
            except (Failure, subprocess.TimeoutExpired) as why:
                say(str(why))
                failed += 1
    return failed


def record(numbers, missing=False):
    """Run the commands of these chapters, all if none is named."""
    try:
        asked = runs.all_runs(numbers)
    except quotes.Lost as why:
        raise Failure(str(why), EXIT_BROKEN) from None
    work = [(one, arch) for one in asked for arch in one.machines]
    todo = [(one, arch) for one, arch in work
            if not (missing and one.file(arch).exists())]
    failed = record_each(todo)
    drop_old(numbers, [one.file(arch) for one, arch in work])
    if failed:
        raise Failure(f"{failed} of {len(todo)} commands not recorded")
    return 0
