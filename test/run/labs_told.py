# SPDX-License-Identifier: MIT
"""What the texts of the labs and the course's README tell a student to type:
labs_test.py does it in the tree that is handed out, and labs_units.py sees that
there is nothing besides."""
import glob
import os
import re

from commands_table import TOP, commands

README = "course/README.md"
# before a lab is started.  Command: its exit status, and a word of what it says
ANY_TIME = {
    "./lectern run": (0, ""),
    "./lectern run --smp 4": (0, ""),
    "./lectern run --icount --append sched=lottery -- shares -s 2 0 0 5 10":
        (0, r"\d"),
    "./lectern show trap": (0, r"getppid(.|\n)*anon_write"),
    "./lectern show plt -- twice": (0, "puts itself, at once"),
    "./lectern gdb": (0, "Remote debugging"),
    "./lectern gdb -- /bin/sh": (0, "Remote debugging"),
    "./lectern gdb -- /bin/echo a bc": (0, "Remote debugging"),
    "./lectern gdb -- /usr/lectern/test/signals": (0, "Remote debugging"),
    "./lectern bench fork_call_64M": (0, r"^fork_call_64M +\d"),
    "./lectern bench file_read_fault_seq": (0, r"^file_read_fault_seq +\d"),
    "./lectern bench fork_exec_wait": (0, r"^fork_exec_wait +\d"),
    "./lectern trace -e sched: -- PROGRAM": (0, "switch"),
    "./lectern drill replacement --seed 1": (0, r"^1\. "),
    "./lectern drill walk --seed 4711 --check": (1, "^0 of 6 right"),
    "./lectern test --arch host model": (0, r"\d+ passed, 0 failed"),
    # the tree that is handed out says who has the book
    "./lectern book": (2, "whoever handed it out has the built book"),
    "./lectern book --pdf": (2, "whoever handed it out has the built book"),
}
# with the lab done: the lab's name, and a word
WITH_LAB = {
    "./lectern test test_pt": ("walk", r"[1-9]\d* passed, 0 failed"),
    "./lectern test test_vma": ("cow", r"[1-9]\d* passed, 0 failed"),
    "./lectern test --arch host test_lottery test_fair":
        ("policy", r"[1-9]\d* passed, 0 failed"),
}
# labs_test.py does so with each lab
OF_EACH = re.compile(r"\./lectern lab (start|check) \d+( --arch \w+)?")
NOT_RUN = {
    "./lectern bench": "minutes; a row of it is run",
    "./lectern bench fork": "minutes; a row of it is run",
    "./lectern bench --starts": "minutes; bench_test.py does",
    "./lectern book -o DIR": "for teachers",
    "./lectern test --suite book": "for teachers",
}


def pages():
    return [README, *sorted(os.path.relpath(path, TOP) for path in glob.glob(
        os.path.join(TOP, "course", "labs", "*", "text.md")))]


def told():
    """Return: {command: page} of all that they tell, but for what is the same
    with each lab"""
    return {command: page for page in pages() for command in told_by(page)
            if not OF_EACH.fullmatch(command)}


def told_by(page):
    """commands(), with words in capitals for what a student chooses."""
    with open(os.path.join(TOP, page), encoding="utf-8") as f:
        text = " ".join(f.read().split())
    return {*commands(page), *(c for c in re.findall(
        r"`(\./lectern [^`]+)`", text) if "…" not in c and "..." not in c)}
