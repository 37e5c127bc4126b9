# SPDX-License-Identifier: MIT
"""Copy-on-write: relatives read, write, fork and exit.  The truth is what
/proc/PID/pagemap, /proc/kpagecount and the fault counters say after each
step (user/more/drilled/family.c)."""
from .drill_marks import Question, Sheet, agree
from .drill_runs import DRILLED

PAGES, STEPS, RELATIVES = 3, 11, "ABCD"
ZERO = "zero"           # the frame of zeros that all processes read


class Family:
    """The textbook's rule: processes, and their pages by number."""

    def __init__(self):
        self.page = {"A": {}}       # process: {page: (frame, writable)}
        self.frames = 0
        self.log = []               # (its page or None, reasoning) a step
        self.faults, self.copies, self.states = [], [], []

    def new_frame(self):
        self.frames += 1
        return f"F{self.frames}"

    def mapped(self, frame):
        """Return: how many entries name a frame"""
        return sum(entry[0] == frame for pages in self.page.values()
                   for entry in pages.values())

    def do(self, step):
        who, what = step[0], step[1]
        {"w": self.store, "r": self.load, "f": self.fork,
         "x": self.end}[what](who, step[2:])
        self.states.append({p: dict(pages) for p, pages in self.page.items()})

    def note(self, faults, copies, text, page=None):
        self.faults.append(faults)
        self.copies.append(copies)
        self.log.append((page, text))

    def load(self, who, page):
        page = int(page)
        if page in self.page[who]:
            return self.note(0, 0, f"{who} reads page {page}: its entry is "
                             "present, no fault", page)
        self.page[who][page] = (ZERO, False)
        return self.note(1, 0, f"{who} reads page {page} for the first time: "
                         "a fault; it gets the frame of zeros, read-only", page)

    def store(self, who, page):
        page = int(page)
        frame, writable = self.page[who].get(page, (None, False))
        if writable:
            return self.note(0, 0, f"{who} writes to page {page}: {frame} is "
                             "its own and writable, no fault", page)
        head = f"{who} writes to page {page}: a fault; "
        if frame not in (None, ZERO) and self.mapped(frame) == 1:
            self.page[who][page] = (frame, True)
            return self.note(1, 0, head + f"nobody else has {frame}, so the "
                             "entry becomes writable, without a copy", page)
        new = self.new_frame()
        copied = frame not in (None, ZERO)
        users = self.mapped(frame)
        self.page[who][page] = (new, True)
        return self.note(1, copied, head + (
            f"{users} entries name {frame}, so it is copied to {new}"
            if copied else f"it gets {new}, filled with zeros"), page)

    def fork(self, who, child):
        for page, (frame, _) in self.page[who].items():
            self.page[who][page] = (frame, False)
        self.page[child] = dict(self.page[who])
        shared = sorted({f for f, _ in self.page[who].values()} - {ZERO})
        self.note(0, 0, f"{who} forks {child}: both have "
                  + (", ".join(shared) or "no frame of their own")
                  + ", read-only in both")

    def end(self, who, _):
        del self.page[who]
        self.note(0, 0, f"{who} exits: its entries are gone")


def plan_steps(rng):
    """Return: the steps, which always have a fork and stores around it"""
    alive, unborn = ["A"], list(RELATIVES[1:])
    steps = [f"Aw{page}" for page in rng.sample(range(PAGES), 2)]
    while len(steps) < STEPS:
        who, page = rng.choice(alive), rng.randrange(PAGES)
        chance = rng.random()
        if unborn and (len(alive) == 1 or chance < 0.2):
            alive.append(unborn.pop(0))
            steps.append(f"{who}f{alive[-1]}")
        elif chance < 0.3 and len(alive) > 2 and who != "A":
            alive.remove(who)
            steps.append(who + "x")
        else:
            steps.append(f"{who}{'w' if chance < 0.8 else 'r'}{page}")
    return steps


def plan_family(rng):
    """Return: (steps, Family): a frame is copied, and one is kept because its
    last user writes to it"""
    while True:
        steps, family = plan_steps(rng), Family()
        for step in steps:
            family.do(step)
        if any(family.copies) and any("nobody else" in line
                                      for _, line in family.log):
            return steps, family


def read_states(run):
    """Return: (faults of each step, its states {process: [(frame, n)]})"""
    faults, states = [], []
    for line in run.output.splitlines():
        words = line.split()
        if words[:1] == ["step"]:
            faults.append(int(words[3]))
            states.append({})
        elif words[:1] == ["state"]:
            states[-1][words[1]] = [
                (int(pair.split(":")[0], 16), int(pair.split(":")[1]))
                for pair in words[2:]]
    return faults, states


def compare_family(family, faults, states):
    """Compare the rule with the machine, step by step."""
    agree("faults of the steps", family.faults, faults)
    agree("number of steps", len(family.states), len(states))
    names = {}                      # frame of the machine: our name
    for at, (model, real) in enumerate(zip(family.states, states), 1):
        agree(f"processes after step {at}", sorted(model), sorted(real))
        for who, pages in real.items():
            compare_pages(at, who, model, pages, names)


def compare_pages(at, who, model, pages, names):
    where = f"step {at}, process {who}"
    for page, (frame, mapped) in enumerate(pages):
        want = model[who].get(page, (None, False))[0]
        agree(f"{where}, page {page} is present", want is not None,
              frame != 0)
        if want is None:
            continue
        # a freed frame may be used again: the newest name counts
        others = [n for n in in_use(model) if names.get(n) == frame
                  and n != want]
        agree(f"{where}, frame of page {page} is another's", others, [])
        if want in in_use(model) and want in names:
            agree(f"{where}, frame of page {page}", names[want], frame)
        names[want] = frame
        if want != ZERO:
            agree(f"{where}, mappings of page {page}", count_users(
                model, want), mapped)


def in_use(model):
    return {frame for pages in model.values() for frame, _ in pages.values()}


def count_users(model, frame):
    return sum(entry[0] == frame for pages in model.values()
               for entry in pages.values())


# ---- questions -------------------------------------------------------------

def told_step(step):
    """Return: a step in words"""
    who, what, rest = step[0], step[1], step[2:]
    return {"w": f"{who} writes to page {rest}",
            "r": f"{who} reads page {rest}",
            "f": f"{who} forks; the child is {rest}",
            "x": f"{who} exits"}[what]


def ask_fault(rng, steps, family):
    at = rng.choice([i for i, s in enumerate(steps)
                     if s[1] in "wr" and i > 2])
    return Question(f"Does step {at + 1} ({told_step(steps[at])}) cause a "
                    "page fault?", "yes", "yes" if family.faults[at] else "no",
                    steps_to(family, at, int(steps[at][2])))


def ask_copies(rng, steps, family):
    return Question("How many frames are copied in all steps together? "
                    "(Filling a frame with zeros is no copy.)", "number",
                    sum(family.copies), steps_to(family, len(steps) - 1))


def ask_same(rng, steps, family):
    at, first, second = chosen_pair(rng, family)
    page = rng.choice(sorted({k for p in (first, second)
                              for k in family.states[at][p]}))
    frames = [family.states[at][p].get(page, (None,))[0]
              for p in (first, second)]
    same = frames[0] is not None and frames[0] == frames[1]
    return Question(f"After step {at + 1}, do {first} and {second} have the "
                    f"same frame at page {page}?", "yes",
                    "yes" if same else "no", steps_to(family, at, page) + [
                        f"{first}: {frames[0] or 'no frame'}, "
                        f"{second}: {frames[1] or 'no frame'}"])


def chosen_pair(rng, family):
    at = rng.choice([i for i, s in enumerate(family.states) if len(s) > 1])
    return at, *rng.sample(sorted(family.states[at]), 2)


def ask_users(rng, steps, family):
    places = [(i, p, page) for i, state in enumerate(family.states) if i > 1
              for p, pages in state.items() for page, e in pages.items()
              if e[0] != ZERO]
    at, who, page = rng.choice(places)
    frame = family.states[at][who][page][0]
    return Question(
        f"After step {at + 1}, how many page-table entries name the frame at "
        f"page {page} of {who}?", "number",
        count_users(family.states[at], frame),
        steps_to(family, at, page) + [
            f"{frame} is at page {page} of {who}; its users: " + ", ".join(
                f"page {k} of {p}" for p, pages in family.states[at].items()
                for k, e in pages.items() if e[0] == frame)])


def ask_frames(rng, steps, family):
    used = sorted(in_use(family.states[-1]) - {ZERO})
    return Question("After the last step, how many frames hold pages of this "
                    "memory? (Leave out the frame of zeros.)", "number",
                    len(used), steps_to(family, len(steps) - 1)
                    + ["in use: " + (", ".join(used) or "none")])


def ask_count_faults(rng, steps, family):
    at = rng.randrange(4, len(steps))
    return Question(f"How many page faults do the steps 1 to {at + 1} cause?",
                    "number", sum(family.faults[:at + 1]),
                    steps_to(family, at))


def steps_to(family, at, page=None):
    """Return: the reasoning up to a step, or what matters of it to a page"""
    return [f"step {i + 1}: {line}" for i, (of, line) in
            enumerate(family.log[:at + 1])
            if page is None or of in (None, page)]


def given_lines(steps):
    return [f"Process A has {PAGES} pages of private memory, 0 to "
            f"{PAGES - 1}, none of them touched yet.",
            "fork copies no frame.  The first load from an untouched page maps "
            "a read-only",
            "frame of zeros that all processes share.  Only faults on this "
            "memory count.", ""] + [
                f"  step {i:2}: {told_step(s)}" for i, s in
                enumerate(steps, 1)]


def make_sheet(maker):
    """Return: the sheet of one family"""
    steps, family = plan_family(maker.rng)
    run = maker.run([DRILLED, "family", str(PAGES), *steps])
    compare_family(family, *read_states(run))
    asks = [ask_fault, ask_users, ask_same, ask_copies, ask_count_faults,
            ask_frames]
    return Sheet(given_lines(steps), [ask(maker.rng, steps, family)
                                      for ask in asks])
