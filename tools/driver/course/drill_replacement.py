# SPDX-License-Identifier: MIT
"""Page replacement: the laboratory of topics/swap limits a program to a few
frames, and the kernel's own policy chooses.  The truth is the laboratory's
count, the major faults of each touch, and the pages in /proc/self/pagemap."""
import os
import tempfile

from .drill_marks import Question, Sheet, agree
from .drill_runs import DRILLED

TOUCHES = 16
DISK_BYTES = 1 << 20
RULES = {
    "fifo": ["fifo: the page that came first goes."],
    "clock": [
        "clock: there are two lists, oldest first.  A page that comes joins "
        "the inactive list.",
        "To choose, repeat: (1) if the inactive list is shorter than the "
        "active one, take the",
        "oldest active page: if used, clear its bit and put it at the end of "
        "the active list,",
        "else at the end of the inactive list; (2) take the oldest inactive "
        "page: if not used, it",
        "goes; else clear its bit and put it at the end of the active list; "
        "(3) if there is no",
        "inactive page, do to the oldest active page what (1) says.  Every "
        "access sets the used",
        "bit, the one that brings the page in, too."],
    "wsclock": [
        "wsclock: time counts the pages that came.  A page that comes is "
        "stamped with the time",
        "and joins the end of the circle.  To choose, visit each page of the "
        "circle once, the",
        "oldest first: if used, clear its bit and stamp it with the time; if "
        "not used and its age",
        "(time - stamp) is at least the number of frames, it goes at once.  "
        "A page that stays",
        "moves to the end.  If none went, the page with the greatest age goes, "
        "of equals the",
        "first visited.  Every access sets the used bit, the one that brings "
        "the page in, too."],
}


class Pool:
    """The rule: pages in memory, their lists, used bits and stamps."""

    def __init__(self, policy, frames):
        self.policy, self.frames = policy, frames
        self.inactive, self.active = [], []
        self.used, self.stamp, self.time = {}, {}, 0

    def pages(self):
        return self.inactive + self.active

    def touch(self, page):
        """Return: (fault, the page that goes or None)"""
        fault, gone = page not in self.pages(), None
        if fault:
            if len(self.pages()) >= self.frames:
                gone = getattr(self, "choose_" + self.policy)()
            self.time += 1
            self.stamp[page] = self.time
            self.inactive.append(page)
        self.used[page] = True
        return fault, gone

    def ask_used(self, page):
        """Return: the used bit, which is cleared"""
        was, self.used[page] = self.used[page], False
        return was

    def choose_fifo(self):
        return self.inactive.pop(0)

    def age_active(self):
        if self.active:
            page = self.active.pop(0)
            (self.active if self.ask_used(page) else
             self.inactive).append(page)

    def choose_clock(self):
        while True:
            if len(self.inactive) < len(self.active):
                self.age_active()
            if not self.inactive:
                self.age_active()
                continue
            page = self.inactive.pop(0)
            if not self.ask_used(page):
                return page
            self.active.append(page)

    def choose_wsclock(self):
        oldest = None
        for page in list(self.inactive):
            self.inactive.remove(page)
            if self.ask_used(page):
                self.stamp[page] = self.time
            elif self.time - self.stamp[page] >= self.frames:
                return page
            self.inactive.append(page)
            if oldest is None or self.stamp[page] < self.stamp[oldest]:
                oldest = page
        self.inactive.remove(oldest)
        return oldest

    def told(self):
        """Return: the state in words"""
        if self.policy == "fifo":
            return "in memory, oldest first: " + (
                " ".join(map(str, self.inactive)) or "none")
        if self.policy == "clock":
            return (f"inactive: {self.told_list(self.inactive)}; active: "
                    f"{self.told_list(self.active)}")
        return f"time {self.time}; circle: " + (" ".join(
            f"{p}{'*' if self.used[p] else ''}@{self.stamp[p]}"
            for p in self.inactive) or "none")

    def told_list(self, pages):
        return " ".join(f"{p}{'*' if self.used[p] else ''}"
                        for p in pages) or "none"


class Played:
    """What the rule says of each touch: before, fault, gone, in memory."""

    def __init__(self, policy, frames, string):
        pool = Pool(policy, frames)
        self.before, self.fault, self.gone, self.inside = [], [], [], []
        for page in string:
            self.before.append(pool.told())
            fault, gone = pool.touch(page)
            self.fault.append(fault)
            self.gone.append(gone)
            self.inside.append(sorted(pool.pages()))
        self.after = pool.told()


def plan_string(rng, frames):
    """Return: pages with some locality, in which pages must go"""
    pages = frames + 2
    string = [rng.randint(1, pages) for _ in range(3)]
    while len(string) < TOUCHES:
        near = string[-3:] if rng.random() < 0.35 else range(1, pages + 1)
        string.append(rng.choice([p for p in near if p != string[-1]]
                                 or [string[-1] % pages + 1]))
    return pages, string


def run_touches(maker, policy, frames, pages, string):
    """Return: (major faults of each touch, pages in memory after it, count of
    the laboratory)"""
    with tempfile.TemporaryDirectory(prefix="lectern-") as folder:
        disk = os.path.join(folder, "swap")
        with open(disk, "wb") as f:
            f.truncate(DISK_BYTES)
        run = maker.run([DRILLED, "touches", policy, str(frames), str(pages),
                         *map(str, string)], "--disk", disk)
    rows = run.rows("touch")
    return ([int(r[2]) for r in rows],
            [sorted(int(p) for p in r[4:]) for r in rows],
            int(run.rows("faults")[0][0]))


def compare_touches(played, truth):
    """Compare the rule with the machine, touch by touch."""
    major, inside, count = truth
    agree("major faults of the touches", [int(f) for f in played.fault],
          major)
    agree("pages in memory after each touch", played.inside, inside)
    agree("faults that the laboratory counts", sum(played.fault), count)


# ---- questions -------------------------------------------------------------

def history(string, played, at):
    """Return: the reasoning up to a touch"""
    lines = []
    for i in range(at + 1):
        what = "in memory"
        if played.fault[i]:
            gone = played.gone[i]
            what = "fault, " + (f"page {gone} goes" if gone else
                                "a frame is free")
        lines.append(f"{i + 1:2}. page {string[i]}: {what:20} "
                     f"(before: {played.before[i]})")
    return lines


def ask_gone(rng, string, played):
    at = rng.choice([i for i, gone in enumerate(played.gone) if gone])
    return Question(f"Touch {at + 1} (page {string[at]}) is a fault for which "
                    "a page must go. Which page?", "number", played.gone[at],
                    history(string, played, at)), at


def ask_gone_given(rng, string, played, not_at):
    choices = [i for i, gone in enumerate(played.gone) if gone and i != not_at]
    at = rng.choice(choices or [not_at])
    return Question(
        f"Before touch {at + 1} (page {string[at]}) the state is: "
        f"{played.before[at]}.{used_note(played.before[at])} Which page goes?",
        "number", played.gone[at], history(string, played, at)[-1:])


def used_note(text):
    return " (* is a used page.)" if "*" in text else ""


def ask_major(string, played):
    return Question("How many major faults do all touches cause?", "number",
                    sum(played.fault), history(string, played,
                                               len(string) - 1))


def ask_inside(rng, string, played):
    at = rng.randrange(6, len(string))
    return Question(f"Which pages are in memory after touch {at + 1}?", "set",
                    " ".join(map(str, played.inside[at])),
                    history(string, played, at))


def ask_is_fault(rng, string, played):
    at = rng.randrange(4, len(string))
    return Question(f"Is touch {at + 1} (page {string[at]}) a fault?", "yes",
                    "yes" if played.fault[at] else "no",
                    history(string, played, at))


def ask_best(string, frames):
    """The optimal rule, which no kernel can follow, for comparison."""
    inside, faults, lines = [], 0, []
    for i, page in enumerate(string):
        if page in inside:
            continue
        faults += 1
        gone = None
        if len(inside) == frames:
            later = string[i + 1:]
            gone = max(inside, key=lambda p: (
                later.index(p) if p in later else len(string), p))
            inside.remove(gone)
        inside.append(page)
        lines.append(f"{i + 1:2}. page {page}: fault" + (
            f", page {gone} goes: needed again last" if gone else ""))
    return Question("How many faults would be the fewest possible, if the "
                    "future were known?", "number", faults, lines)


def make_sheet(maker):
    """Return: the sheet of one reference string"""
    rng = maker.rng
    policy, frames = maker.take_turn([*RULES]), rng.choice([3, 4])
    pages, string = plan_string(rng, frames)
    played = Played(policy, frames, string)
    while sum(map(bool, played.gone)) < 3:
        pages, string = plan_string(rng, frames)
        played = Played(policy, frames, string)
    compare_touches(played, run_touches(maker, policy, frames, pages, string))
    best = ask_best(string, frames)
    agree("the rule has no fewer faults than the best",
          int(best.answer) <= sum(played.fault), True)
    given = [f"A program has {pages} pages, 1 to {pages}, and {frames} frames; "
             "at first all are swapped out.",
             "It reads them in this order:", "",
             "  touch " + " ".join(f"{i:2}" for i in range(1, TOUCHES + 1)),
             "  page  " + " ".join(f"{p:2}" for p in string), "",
             *RULES[policy]]
    gone, at = ask_gone(rng, string, played)
    return Sheet(given, [
        gone, ask_major(string, played), ask_inside(rng, string, played),
        ask_gone_given(rng, string, played, at),
        ask_is_fault(rng, string, played), best])
