#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""drill_test.py ARCH - ./lectern drill: exercises from runs of this machine.
Each sheet compares its answers with what the kernel says of the run, and ends
in an error if they differ: many seeds are tried.  Suite nightly tries more."""
import json
import os
import re
import sys
import tempfile

sys.dont_write_bytecode = True
from harness import (Console, LECTERN, Tap, equal,  # noqa: E402
                     errors_of, holds, matches, out_of, run, write)
from driver.course import drill  # noqa: E402

ARCH = sys.argv[-1]
# seeds of each topic; neighbours have different kinds of its exercise, of which
# `sched` has four, and `replacement` three
SEEDS = {"sched": (1, 4), "replacement": (1, 3)}
USUAL = (1, 2)
# suite nightly tries so many
MANY = os.environ.get("LECTERN_DRILL_SEEDS")
COUNT = 6


def drilled(*words, data="", status=0):
    """=> what it prints"""
    done = run("drill", *words, "--arch", ARCH, data=data, status=status,
               timeout=600)
    return out_of(done) if status in (0, 1) else errors_of(done)


def exercises(topic, first, last):
    made = json.loads(drilled(topic, "--json", "--seeds", f"{first}..{last}"))
    equal(made["format"], drill.FORMAT)
    return made["exercises"]


def many_seeds(topic):
    """The rule and the machine agree, and seeds differ."""
    first, last = (1, int(MANY)) if MANY else SEEDS.get(topic, USUAL)
    made = exercises(topic, first, last)
    equal([e["seed"] for e in made], [*range(first, last + 1)])
    for e in made:
        equal((e["topic"], e["arch"]), (topic, ARCH))
        equal([q["number"] for q in e["questions"]], [*range(1, COUNT + 1)])
        for q in e["questions"]:
            holds(q["answer"] and q["steps"], f"no answer or steps: {q}")
    equal(len({json.dumps(e["given"]) for e in made}), len(made),
          "exercises of different seeds")


def same_seed():
    """Twice the same; other seeds and the other sheets of a seed differ."""
    text = drilled("cow", "--seed", "7")
    equal(drilled("cow", "--seed", "7"), text, "the same seed")
    holds(drilled("cow", "--seed", "8") != text, "another seed")
    equal(len(re.findall(r"^\d+\. ", text, re.M)), COUNT)
    longer = drilled("cow", "--seed", "7", "--count", "9")
    holds(longer.startswith(text), "more questions begin in the same way")
    equal(len(re.findall(r"^\d+\. ", longer, re.M)), 9)


def answers():
    """What --answers prints gets full marks; without it there is none."""
    text = drilled("stack", "--seed", "5", "--answers")
    found = re.findall(r"^   = (.*)$", text, re.M)
    equal(len(found), COUNT)
    plain = drilled("stack", "--seed", "5")
    holds("   = " not in plain, f"answers, though not asked for:\n{plain}")
    right = "".join(f"{i}: {a}\n" for i, a in enumerate(found, 1))
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "answers")
        write(path, right)
        told = drilled("stack", "--seed", "5", "--check", path)
        matches(told, rf"^{COUNT} of {COUNT} right$")
    told = drilled("stack", "--seed", "5", "--check", data=right.replace(
        f"1: {found[0]}\n", "1: 99\n").replace(f"6: {found[5]}\n", ""),
        status=1)
    matches(told, rf"^1\. wrong: {found[0]}$", r"^6\. no answer$",
            rf"^{COUNT - 2} of {COUNT} right$")


def on_a_terminal():
    """It asks one question after the other, and says why one is wrong."""
    answer = exercises("replacement", 3, 3)[0]["questions"][0]["answer"]
    with Console(command=[LECTERN, "drill", "replacement", "--arch", ARCH,
                          "--seed", "3", "--count", "2", "--check"]) as c:
        c.expect(r"\b1\. [^>]*> ")
        c.send(answer + "\n")
        c.expect(r"1\. \S*right")
        c.expect(r"\b2\. [^>]*> ")
        c.send("77\n")
        c.expect(r"2\. \S*wrong")
        c.expect("1 of 2 right")


def refused():
    for words, why in ((["cow", "--seed", "x"], "--seed x: not a number"),
                       (["crow"], "no topic crow; similar: cow"),
                       (["cow", "--check", "/nowhere"], "/nowhere: No such")):
        said = drilled(*words, status=2)
        equal(said.count("\n"), 1, said)
        holds(why in said, said)


def machine_fails():
    """A guest that has no memory to begin with: one line."""
    os.environ["LECTERN_APPEND"] = "init=/nowhere"
    try:
        said = drilled("cow", status=122)
    finally:
        del os.environ["LECTERN_APPEND"]
    matches(said, r"^lectern: drill cow .* --seed 1: the run on the machine "
            r"failed: \S")
    equal(said.count("\n"), 1, said)


def main():
    tap = Tap()
    for topic in drill.TOPICS:
        tap.case(f"{topic}: the rule and the machine agree", many_seeds,
                 topic)
    tap.case("the same seed, the same exercise", same_seed)
    tap.case("answers get full marks, wrong ones do not", answers)
    tap.case("asks on a terminal", on_a_terminal)
    tap.case("what is refused", refused)
    tap.case("a machine that fails", machine_fails)
    tap.end()


if __name__ == "__main__":
    main()
