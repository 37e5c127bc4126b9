# SPDX-License-Identifier: MIT
"""Schedules of one CPU.  The truth is the kernel's trace of all switches.

Real-time tasks follow a rule that tells each slice.  Of the shares of ordinary
tasks the rule tells the long run only, so the other questions are about the
trace itself, which is printed."""
import re

from .drill_marks import Question, Sheet, agree
from .drill_runs import DRILLED
from ..common import Failure

TURN = 100              # ms of SCHED_RR
NAMES = "ABCDE"
ORDINARY_MS = 600
FIRST_SLICES = 14
NICE = (-5, -2, 0, 0, 2, 5, 10)
# points by which a share may be off: fair by a turn, a lottery by luck
WITHIN = {"fair": 2.0, "lottery": 16.0}
SWITCH = re.compile(r" (\d+)\.(\d{6}): sched_switch: prev_comm=(\S+) .*"
                    r"prev_state=(\S+) ==> next_comm=(\S+) ")
MARK = re.compile(r" (\d+)\.(\d{6}): tracing_mark_write: (begin|end)")


class Task:
    """name, level: priority or nice value; arrival and burst in ms."""

    def __init__(self, name, level, arrival, burst):
        self.name, self.level = name, level
        self.arrival, self.burst = arrival, burst

    def word(self):
        return f"{self.name}:{self.level}:{self.arrival}:{self.burst}"


# ---- the machine -----------------------------------------------------------

def read_trace(run, names):
    """Return: the slices of these tasks, [(name, from, to)] in ms, and None
    for other tasks' and the idle CPU's"""
    slices, start, now, who = [], None, None, None
    for line in run.output.splitlines():
        mark, switch = MARK.search(line), SWITCH.search(line)
        found = mark or switch
        if not found:
            continue
        at = (int(found[1]) * 1000000 + int(found[2])) / 1000
        if mark and mark[3] == "begin":
            start = now = at
        elif start is not None:
            slices.append((who, now - start, at - start))
            now = at
            who = switch[5] if switch and switch[5] in names else None
    if start is None:
        raise Failure("the run left no trace")
    return slices


def joined_slices(slices, least=0.5):
    """Leave out what is too short to matter, and join what then meets."""
    out = []
    for who, begin, end in slices:
        if not who or end - begin < least:
            continue
        if out and out[-1][0] == who and begin - out[-1][2] < least:
            out[-1] = (who, out[-1][1], end)
        else:
            out.append((who, begin, end))
    return out


# ---- the rule of real-time tasks -------------------------------------------

def simulate_rt(policy, tasks):
    """Return: (slices, reasoning)"""
    queue, left = [], {t.name: t.burst for t in tasks}
    turn = {t.name: TURN for t in tasks}
    coming = sorted(tasks, key=lambda t: t.arrival)
    now, slices, log = 0, [], []
    while coming or queue:
        while coming and coming[0].arrival <= now:
            queue.append(coming.pop(0))
        if not queue:
            now = coming[0].arrival
            continue
        best = max(t.level for t in queue)
        task = next(t for t in queue if t.level == best)
        stop = stop_of(policy, task, coming, now, left, turn)
        slices.append((task.name, now, stop))
        log.append(f"{now:4}: {task.name} runs to {stop}; waiting: " + (
            " ".join(f"{t.name}({t.level})" for t in queue
                     if t is not task) or "none"))
        left[task.name] -= stop - now
        turn[task.name] -= stop - now
        now = stop
        end_slice(policy, task, queue, coming, now, left, turn)
    return join_model(slices), log


def stop_of(policy, task, coming, now, left, turn):
    """Return: when this slice ends"""
    stop = now + left[task.name]
    if policy == "rr":
        stop = min(stop, now + turn[task.name])
    higher = [t.arrival for t in coming if t.level > task.level]
    return min([stop, *higher])


def end_slice(policy, task, queue, coming, now, left, turn):
    """Take a task off the queue, or put it at the end after its turn."""
    # who arrives at this moment is in the queue before the one that ends
    while coming and coming[0].arrival <= now:
        queue.append(coming.pop(0))
    if not left[task.name]:
        queue.remove(task)
    elif policy == "rr" and not turn[task.name]:
        turn[task.name] = TURN
        queue.remove(task)
        queue.append(task)


def join_model(slices):
    out = []
    for who, begin, end in slices:
        if out and out[-1][0] == who and out[-1][2] == begin:
            out[-1] = (who, out[-1][1], end)
        else:
            out.append((who, begin, end))
    return out


def compare_slices(model, real):
    """The same tasks in the same order, each time within 2 ms or 2 %."""
    agree("the order of slices", [s[0] for s in model], [s[0] for s in real])
    for want, got in zip(model, real):
        for i in (1, 2):
            if abs(want[i] - got[i]) > 2 + 0.02 * want[i]:
                agree("times of a slice", want, got)


# ---- questions about slices ------------------------------------------------

def facts_of(tasks, slices):
    """Return: {name: (arrival, first slice, end)}"""
    return {t.name: (t.arrival, min(s[1] for s in slices if s[0] == t.name),
                     max(s[2] for s in slices if s[0] == t.name))
            for t in tasks}


def ask_turnaround(rng, tasks, slices, log):
    name = rng.choice(sorted(t.name for t in tasks))
    arrival, _, end = facts_of(tasks, slices)[name]
    return Question(f"What is the turnaround time of {name} in ms (from its "
                    "arrival to its end)?", "number", end - arrival,
                    log + [f"{name} arrives at {arrival} and ends at {end}: "
                           f"{end} - {arrival} = {end - arrival}"])


def ask_response(rng, tasks, slices, log):
    facts = facts_of(tasks, slices)
    name = rng.choice(sorted(n for n, f in facts.items() if f[1] > f[0])
                      or sorted(facts))
    arrival, first, _ = facts[name]
    return Question(f"What is the response time of {name} in ms (from its "
                    "arrival to its first slice)?", "number", first - arrival,
                    log + [f"{name} arrives at {arrival} and first runs at "
                           f"{first}: {first} - {arrival} = "
                           f"{first - arrival}"])


def ask_waiting(rng, tasks, slices, log):
    task = rng.choice(tasks)
    arrival, _, end = facts_of(tasks, slices)[task.name]
    waited = end - arrival - task.burst
    return Question(f"How many ms does {task.name} wait in all, runnable but "
                    "not running?", "number", waited,
                    log + [f"turnaround {end - arrival} - burst {task.burst} "
                           f"= {waited}"])


def ask_runner(rng, tasks, slices, log):
    who, begin, end = rng.choice(slices)
    at = (begin + end) // 2
    return Question(f"Which task runs {at} ms after the beginning?", "word",
                    who, log)


def ask_order(rng, tasks, slices, log):
    facts = facts_of(tasks, slices)
    order = sorted(facts, key=lambda n: facts[n][2])
    return Question("In which order do the tasks end?", "list",
                    " ".join(order), log)


def ask_slices(rng, tasks, slices, log):
    return Question("Write the tasks in the order of their slices; two slices "
                    "of one task that follow each other are one.", "list",
                    " ".join(s[0] for s in slices), log)


def plan_rt(rng, policy):
    """Return: tasks whose arrivals and ends do not coincide"""
    while True:
        levels = rng.sample(range(10, 40), 2)
        bursts = range(2, 17, 2) if policy == "rr" else range(2, 9)
        tasks = [Task(name, rng.choice(levels), 10 * rng.randrange(12),
                      10 * rng.choice(bursts)) for name in NAMES[:4]]
        tasks[0].arrival = 0
        for i, task in enumerate(tasks):
            task.arrival += i       # no two at one moment
        if times_differ(policy, tasks):
            return tasks


def times_differ(policy, tasks):
    """True if no arrival is within 4 ms of a switch to another task."""
    slices, _ = simulate_rt(policy, tasks)
    by_level = {t.arrival for t in tasks}
    ends = [end for _, _, end in slices]
    facts = facts_of(tasks, slices)
    preempted = {end for name, _, end in slices if end != facts[name][2]}
    return len(slices) > 3 and not any(
        abs(end - at) < 4 for end in ends for at in by_level
        if not (end in preempted and end == at))


def sheet_of_rt(maker, policy):
    tasks = plan_rt(maker.rng, policy)
    slices, log = simulate_rt(policy, tasks)
    run = maker.run([DRILLED, "tasks", policy, str(slices[-1][2] + 30),
                     *(t.word() for t in tasks)])
    compare_slices(slices, joined_slices(read_trace(
        run, {t.name for t in tasks})))
    given = [f"One CPU, tasks of SCHED_{policy.upper()}; the higher priority "
             "goes first." + (f"  A turn is {TURN} ms." if policy == "rr"
                              else ""),
             "Equals run in the order in which they came; whoever is preempted "
             "by a higher", "priority goes on first among its equals" + (
                 ", with the rest of its turn." if policy == "rr" else "."),
             "A burst is the time that a task computes before it ends.  Times "
             "are in ms.", "", "  task  priority  arrival  burst"] + [
                 f"  {t.name:4}  {t.level:8}  {t.arrival:7}  {t.burst:5}"
                 for t in tasks]
    asks = [ask_slices, ask_turnaround, ask_response, ask_runner, ask_order,
            ask_waiting]
    return Sheet(given, [ask(maker.rng, tasks, slices, log) for ask in asks])


# ---- shares ----------------------------------------------------------------

def weight_of(nice):
    return 1024 / 1.25 ** nice


def due_shares(tasks):
    """Return: {name: percent} by weight"""
    whole = sum(weight_of(t.level) for t in tasks)
    return {t.name: 100 * weight_of(t.level) / whole for t in tasks}


def had_shares(tasks, slices):
    """Return: {name: percent} of the trace"""
    had = {t.name: 0 for t in tasks}
    for who, begin, end in slices:
        if who:
            had[who] += end - begin
    whole = sum(had.values()) or 1
    return {name: 100 * ms / whole for name, ms in had.items()}


def compare_shares(tasks, slices, policy):
    due, had = due_shares(tasks), had_shares(tasks, slices)
    for name, share in due.items():
        if abs(share - had[name]) > WITHIN[policy]:
            agree(f"share of {name} in percent", round(share, 1),
                  round(had[name], 1))


def ask_share(tasks, had, task):
    due = due_shares(tasks)[task.name]
    whole = sum(weight_of(t.level) for t in tasks)
    return Question(
        f"Which share of the CPU is due to {task.name} in the long run?",
        "percent", f"{due:.1f}",
        [f"weight of nice {t.level}: 1024 / 1.25^{t.level} = "
         f"{weight_of(t.level):.0f}" for t in tasks]
        + [f"{weight_of(task.level):.0f} / {whole:.0f} = {due:.1f} %; in this "
           f"run it had {had[task.name]:.1f} %"])


def ask_ratio(rng, tasks):
    first, second = rng.sample(tasks, 2)
    if first.level > second.level:
        first, second = second, first
    ratio = weight_of(first.level) / weight_of(second.level)
    return Question(f"While {second.name} computes 100 ms, how many ms does "
                    f"{first.name} compute in the long run? Round down to "
                    "whole ms.", "number", int(100 * ratio + 1e-9),
                    [f"each nice level is a factor of 1.25: 1.25^"
                     f"{second.level - first.level} = {ratio:.4f}"])


def ask_trace(rng, tasks, shown):
    """Return: questions about the printed slices"""
    names = sorted({s[0] for s in shown})
    name, other = rng.choice(names), rng.choice(names)
    had = sum(end - begin for who, begin, end in shown if who == name)
    first = next(s for s in shown if s[0] == other)
    who, begin, end = rng.choice(shown)
    at = f"{(begin + end) / 2:.1f}"
    return [
        Question(f"How many us does {name} run in the printed slices "
                 "together?", "number", round(had * 1000),
                 [f"{b:.3f} to {e:.3f} ms: {(e - b) * 1000:.0f} us"
                  for w, b, e in shown if w == name]),
        Question(f"Response time: after how many us does {other} first run?",
                 "number", round(first[1] * 1000),
                 ["all arrive at 0, so it is the time of the first slice"]),
        Question(f"Which task runs {at} ms after the beginning?", "word", who,
                 [f"{who} runs from {begin:.3f} to {end:.3f}"])]


def sheet_of_shares(maker, policy):
    rng = maker.rng
    tasks = [Task(name, rng.choice(NICE), 0, 0) for name in NAMES[:4]]
    tasks[0].level, tasks[1].level = 0, rng.choice([2, 3, 4, 5])
    run = maker.run([DRILLED, "tasks", "other", str(ORDINARY_MS),
                     *(t.word() for t in tasks)], "--append",
                    f"sched={policy}")
    slices = read_trace(run, {t.name for t in tasks})
    compare_shares(tasks, slices, policy)
    shown = [s for s in slices if s[0]][:FIRST_SLICES]
    given = [f"One CPU, policy {policy}: four tasks begin at 0 and compute "
             "without end.", "The weight of nice n is 1024 / 1.25^n" + (
                 ", and a task has that many tickets." if policy == "lottery"
                 else "."), "", "  task  nice"] + [
                     f"  {t.name:4}  {t.level:4}" for t in tasks] + [
                         "", f"The first {len(shown)} slices in the kernel's "
                         "trace, in ms:", ""] + [
                             f"  {begin:9.3f} to {end:9.3f}  {who}"
                             for who, begin, end in shown]
    had = had_shares(tasks, slices)
    picked = rng.sample(tasks, 2)
    return Sheet(given, [ask_share(tasks, had, picked[0]),
                         *ask_trace(rng, tasks, shown), ask_ratio(rng, tasks),
                         ask_share(tasks, had, picked[1])])


def make_sheet(maker):
    """Return: the sheet of one schedule"""
    kind = maker.take_turn(["fifo", "rr", "fair", "lottery"])
    if kind in WITHIN:
        return sheet_of_shares(maker, kind)
    return sheet_of_rt(maker, kind)
