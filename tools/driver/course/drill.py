# SPDX-License-Identifier: MIT
"""`./lectern drill TOPIC`: exercises from live state.

A seed chooses what a program does; the machine does it; the questions are about
what it did.  The expected answers follow a textbook's rule, and each is
compared with what the kernel says of the run: a difference is an internal
error.  A topic's module has `about` and `make_sheet(maker)`.
"""
import importlib
import json
import random
import re
import sys

from .. import packages
from ..build import MORE, USUAL, build
from ..common import (ARCHES, DEFAULT, EXIT_USAGE, Failure, coloured, near)
from ..progress import Waiting
from . import drill_marks
from .drill_runs import run_guest

TOPICS = {
    "walk": "translate addresses by the page tables of a process",
    "cow": "follow pages that relatives share until one writes",
    "sched": "say which task runs when",
    "stack": "find argc, argv, envp and auxv in a memory dump",
    "replacement": "say which page is swapped out next",
    "plt": "follow calls through PLT and GOT",
}
MOST = 200              # questions of one sheet
MOST_SEED = (1 << 32) - 1
MOST_SEEDS = 10000      # of one command
FORMAT = "lectern-drill/1"
WRONG = 1               # exit status if an answer is wrong


def add_options(p):
    from .. import words
    words.meant(p.add_argument(
        "topic", metavar="TOPIC",
        help="; ".join(f"{name}: {what}" for name, what in TOPICS.items())),
        lambda: [*TOPICS])
    p.add_argument("--arch", choices=ARCHES, default=DEFAULT,
                   help="the machine whose run is asked about")
    p.add_argument("--seed", metavar="S", default=None,
                   help="choose the exercise by a number, such as a "
                        "student's (default: 1)")
    p.add_argument("--count", metavar="N", default="6",
                   help=f"number of questions, at most {MOST} (default: 6)")
    p.add_argument("--answers", action="store_true",
                   help="print the answers, too, with the reasoning")
    p.add_argument("--check", metavar="FILE", nargs="?", const="-",
                   help="mark the answers in FILE, lines such as 3: 0x1000; "
                        "without FILE those of standard input; on a terminal "
                        "ask one question after the other")
    p.add_argument("--json", action="store_true",
                   help="print questions and answers as JSON")
    p.add_argument("--seeds", metavar="A..B",
                   help="with --json: the exercises of all these seeds")


class Maker:
    """What a topic's module needs to make a sheet."""

    def __init__(self, topic, seed, part, arch, no_install=False):
        self.arch, self.no_install = arch, no_install
        # each topic and each sheet of a seed has choices of its own
        self.rng = random.Random(f"{topic}/{seed}/{part}")
        self.turn = seed + part

    def take_turn(self, kinds):
        """Return: one of several kinds; neighbours have different ones"""
        return kinds[self.turn % len(kinds)]

    def run(self, command, *more):
        return run_guest(self.arch, command, more, self.no_install)


# ---- the command line ------------------------------------------------------

def parse_number(text, name, least, most):
    """Parse an option's number, or raise Failure."""
    if not re.fullmatch(r"\d{1,10}", text) or not least <= int(text) <= most:
        raise Failure(f"{name} {text}: not a number from {least} to {most}",
                      EXIT_USAGE)
    return int(text)


def chosen_seeds(options):
    """Return: the seeds of this command"""
    if options.seeds is None:
        return [parse_number(options.seed or "1", "--seed", 0, MOST_SEED)]
    if not options.json or options.seed is not None:
        raise Failure("--seeds goes with --json, and without --seed",
                      EXIT_USAGE)
    found = re.fullmatch(r"(\d{1,10})\.\.(\d{1,10})", options.seeds)
    if not found or not int(found[1]) <= int(found[2]) <= MOST_SEED:
        raise Failure(f"--seeds {options.seeds}: not two numbers such as "
                      "1..30", EXIT_USAGE)
    first, last = int(found[1]), int(found[2])
    if last - first >= MOST_SEEDS:
        raise Failure(f"--seeds {options.seeds}: more than {MOST_SEEDS}",
                      EXIT_USAGE)
    return range(first, last + 1)


def check_options(options):
    """Raise Failure for what does not go together. Return: seeds, count"""
    if options.topic not in TOPICS:
        raise Failure(f"drill: no topic {options.topic}"
                      + (near(options.topic, TOPICS)
                         or "; there are " + ", ".join(TOPICS)), EXIT_USAGE)
    if options.check is not None and (options.json or options.answers):
        raise Failure("--check goes without --json and --answers", EXIT_USAGE)
    return (chosen_seeds(options),
            parse_number(options.count, "--count", 1, MOST))


# ---- sheets ----------------------------------------------------------------

def make_sheets(topic, seed, count, arch, no_install=False):
    """Return: sheets that have `count` questions together"""
    module = importlib.import_module(f".drill_{topic}", __package__)
    sheets, left = [], count
    while left:
        maker = Maker(topic, seed, len(sheets), arch, no_install)
        try:
            sheet = module.make_sheet(maker)
        except Failure as why:
            raise Failure(f"drill {topic} --arch {arch} --seed {seed}: {why}",
                          why.status) from None
        sheet.questions = sheet.questions[:left]
        left -= len(sheet.questions)
        sheets.append(sheet)
    return sheets


def numbered(sheets):
    """Yield (number, sheet if this is its first question, question)."""
    number = 0
    for sheet in sheets:
        for i, question in enumerate(sheet.questions):
            number += 1
            yield number, None if i else sheet, question


def sheet_text(sheets, answers):
    """Return: the exercise as text"""
    out = []
    for number, sheet, question in numbered(sheets):
        if sheet:
            out += [*sheet.given, ""]
        out += question_lines(number, question)
        if answers:
            out += answer_lines(question)
        out.append("")
    return "\n".join(out).rstrip("\n") + "\n"


def question_lines(number, question):
    return [f"{number}. {question.text}",
            f"   ({drill_marks.FORMS[question.kind]})"]


def answer_lines(question):
    return [f"   = {question.answer}"] + [f"     {line}"
                                          for line in question.steps]


def sheet_record(topic, arch, seed, sheets):
    """Return: the exercise as an object for JSON"""
    return {"topic": topic, "arch": arch, "seed": seed,
            "given": [sheet.given for sheet in sheets],
            "questions": [
                {"number": number, "text": q.text, "kind": q.kind,
                 "answer": q.answer, "steps": q.steps}
                for number, _, q in numbered(sheets)]}


# ---- marking ---------------------------------------------------------------

def mark_line(number, question, text):
    """Return: (right, the lines that say so)"""
    right, told = drill_marks.mark_one(question, text)
    word = coloured("right" if right else "wrong", "green" if right else "red",
                    sys.stdout)
    if right:
        return True, [f"{number}. {word}"]
    return False, [f"{number}. {word}{told.removeprefix('wrong')}"] + \
        answer_lines(question)[0 if "form" in told else 1:]


def print_score(right, count):
    print(f"{right} of {count} right")
    return 0 if right == count else WRONG


def read_text(path):
    """Return: the contents of the file of --check"""
    try:
        if path == "-":
            return sys.stdin.read(), "standard input"
        with open(path, encoding="utf-8") as f:
            return f.read(1 << 20), path
    except (OSError, UnicodeDecodeError) as why:
        raise Failure(f"--check {path}: "
                      + (getattr(why, "strerror", None) or "not text"),
                      EXIT_USAGE) from None


def mark_file(sheets, answers):
    """Mark {number: answer}. Return: the exit status"""
    right, count = 0, 0
    for number, _, question in numbered(sheets):
        count += 1
        if number not in answers:
            print(f"{number}. no answer")
            continue
        good, lines = mark_line(number, question, answers[number])
        right += good
        print("\n".join(lines))
    return print_score(right, count)


def ask_all(sheets):
    """Ask one question after the other. Return: the exit status"""
    right, asked = 0, 0
    for number, sheet, question in numbered(sheets):
        if sheet:
            print("\n".join([*sheet.given, ""]))
        print("\n".join(question_lines(number, question)))
        try:
            text = input("   > ")
        except EOFError:
            print()
            break
        asked += 1
        good, lines = mark_line(number, question, text)
        right += good
        print("\n".join(lines) + "\n")
    return print_score(right, sum(len(s.questions) for s in sheets))


def drill(options):
    """Carry out the `drill` command. Return: the exit status"""
    seeds, count = check_options(options)
    interactive = options.check == "-" and sys.stdin.isatty()
    answers = None
    if options.check is not None and not interactive:
        answers = drill_marks.read_answers(*read_text(options.check), count)
    packages.require(packages.for_run(options.arch), not options.no_install)
    build(options.arch, (USUAL, MORE))
    made = {}
    with Waiting(f"drill {options.topic}") as waiting:
        for seed in seeds:
            waiting.steps = len(made), len(seeds)
            made[seed] = make_sheets(options.topic, seed, count, options.arch,
                                     options.no_install)
    if options.json:
        print(json.dumps({"format": FORMAT, "exercises": [
            sheet_record(options.topic, options.arch, seed, sheets)
            for seed, sheets in made.items()]}, indent=1))
        return 0
    sheets = made[seeds[0]]
    if interactive:
        return ask_all(sheets)
    if answers is not None:
        return mark_file(sheets, answers)
    print(sheet_text(sheets, options.answers), end="")
    return 0
