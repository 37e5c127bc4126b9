# SPDX-License-Identifier: MIT
"""Questions of `./lectern drill`, and how an answer to one is marked.

A kind says what an answer looks like.  Marking is generous about the form (0x
or not, commas, capitals, 4K for 4096), and never about the value.
"""
import re

from ..common import EXIT_USAGE, Failure

UNITS = {"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30}
# kind: what a student is told to write
FORMS = {
    "number": "a number",
    "hex": "a hexadecimal number",
    "size": "bytes, or a number with K, M or G",
    "word": "a word",
    "yes": "yes or no",
    "list": "words in order",
    "set": "words in any order, or none",
    "walk": "the physical address, or: fault LEVEL absent, or: fault LEVEL "
            "permission",
    "percent": "percent, within 1",
}


class Question:
    """One question: its kind is a key of FORMS; steps are the reasoning."""

    def __init__(self, text, kind, answer, steps):
        self.text, self.kind = text, kind
        self.answer, self.steps = str(answer), steps


class Sheet:
    """The questions about one run, and what is known of it."""

    def __init__(self, given, questions):
        self.given, self.questions = given, questions


class Unreadable(Exception):
    """An answer that does not have the form of its kind."""


def split_words(text):
    """Return: the words between blanks and commas, in lower case"""
    return re.findall(r"[^\s,;]+", text.lower())


def read_integer(text, base=0):
    """Return: the number; raise Unreadable for anything else"""
    text = text.strip().lower().replace("_", "")
    if base != 16 and re.fullmatch(r"0\d+", text):
        text = text.lstrip("0") or "0"
    try:
        return int(text, base)
    except ValueError:
        raise Unreadable from None


def read_size(text):
    """Return: bytes, of 4096, 4K, 4 KiB or 0x1000"""
    found = re.fullmatch(r"(0x[0-9a-f]+|\d+) *([kmg]?)(i?b|bytes)?",
                         text.strip().lower())
    if not found:
        raise Unreadable
    return read_integer(found[1]) * UNITS[found[2]]


def read_yes(text):
    word = text.strip().lower()
    if word not in ("yes", "no", "y", "n"):
        raise Unreadable
    return word[0]


def read_walk(text):
    """Return: an address, or ("fault", level, why)"""
    words = split_words(text)
    if words[:1] != ["fault"]:
        return read_integer(text, 16)
    if len(words) != 3 or not words[1].isdigit() or \
            words[2] not in ("absent", "permission"):
        raise Unreadable
    return "fault", int(words[1]), words[2]


def read_percent(text):
    found = re.fullmatch(r"(\d+(?:\.\d+)?) *%?", text.strip())
    if not found:
        raise Unreadable
    return float(found[1])


def read_words(text):
    words = split_words(text)
    if not words:
        raise Unreadable
    return words


READERS = {
    "number": read_integer, "size": read_size, "yes": read_yes,
    "hex": lambda text: read_integer(text, 16), "walk": read_walk,
    "percent": read_percent, "set": lambda text: set(read_words(text)),
    "list": read_words, "word": read_words,
}


def is_right(question, text):
    """Return: whether an answer is right; raise Unreadable if it is none"""
    read = READERS[question.kind]
    got, want = read(text), read(question.answer)
    if question.kind == "percent":
        return abs(got - want) <= 1
    return got == want


def mark_one(question, text):
    """Return: (right, what to tell the student)"""
    try:
        right = is_right(question, text)
    except Unreadable:
        return False, (f"{text.strip() or 'nothing'} is no answer of this "
                       f"form: {FORMS[question.kind]}")
    return right, "right" if right else f"wrong: {question.answer}"


ANSWER = re.compile(r"\s*(\d+)\s*[:.)=]\s*(.*)")


def read_answers(text, name, count):
    """Parse lines `NUMBER: ANSWER`. Return: {number: answer}"""
    found = {}
    for at, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        match = ANSWER.fullmatch(line)
        if not match:
            raise Failure(f"{name}:{at}: not a line such as 3: 0x1000",
                          EXIT_USAGE)
        number = int(match[1])
        if not 1 <= number <= count:
            raise Failure(f"{name}:{at}: there is no question {number}; "
                          f"there are {count}", EXIT_USAGE)
        if number in found:
            raise Failure(f"{name}:{at}: question {number} is answered twice",
                          EXIT_USAGE)
        found[number] = match[2]
    return found


def agree(what, model, truth):
    """The textbook's rule must say what the machine did."""
    if model != truth:
        raise Failure(f"internal error: {what}: by the rule {model}, "
                      f"on the machine {truth}")
