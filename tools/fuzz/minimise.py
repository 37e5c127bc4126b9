# SPDX-License-Identifier: MIT
"""Makes a find small: fewer programs, fewer calls, simpler arguments, as long
as the machine ends in the same way."""
import time

from .program import Call, Ptr, Ref, copy
from .vm import Died

LIMIT_SECONDS = 240
TRIES = 2


class Trial:
    """Runs programs on fresh machines and reports how that ends."""

    def __init__(self, fuzzer, name):
        from driver.testing.fuzz import title_name
        self.fuzzer, self.name, self.title_name = fuzzer, name, title_name
        self.end = time.monotonic() + LIMIT_SECONDS
        self.vm = None

    def late(self):
        return time.monotonic() > self.end

    def close(self):
        if self.vm:
            self.vm.close()
            self.vm = None

    def same(self, batch, tries=1):
        """True if the machine ends as before.  Any report counts, because one
        fault can be reported in many ways."""
        f = self.fuzzer
        for _ in range(tries):
            try:
                self.vm = self.vm or f.boot()
                coded = [f.encoder.program(p) for p in batch]
                results, audit = self.vm.run(coded)
                if any(r.broken for r in results):
                    self.close()
                    return "invariant" in self.name
                # one audit may fail because of memory kept for reuse
                for _ in range(2):
                    if audit:
                        _, audit = self.vm.run(coded)
            except Died as why:
                self.close()
                return why.title != "the executor ended" or \
                    "executor" in self.name
            if audit:
                self.close()
                return "audit" in self.name
        return False


def fewer(trial, items, build):
    """Remove items that are not needed, from the end; build: items to batch"""
    at = len(items)
    step = max(1, len(items) // 2)
    while step and not trial.late():
        at = len(items)
        while at > 0 and not trial.late():
            low = max(0, at - step)
            less = items[:low] + items[at:]
            if less and trial.same(build(less), TRIES):
                items = less
            at = low
        step //= 2
    return items


def simpler(v):
    """Yield simpler values to try for v."""
    if isinstance(v, Ref):
        return [-1]
    if isinstance(v, int):
        return [0] if v else []
    if not isinstance(v, Ptr):
        return []
    return [0] + [Ptr(v.at, v.parts[:-1])] * (len(v.parts) > 1)


def simple_arguments(trial, calls):
    for n, c in enumerate(calls):
        for i in range(len(c.args)):
            for v in simpler(c.args[i]):
                if trial.late():
                    return calls
                new = copy(calls)
                new[n].args[i] = v
                if trial.same([new], TRIES):
                    calls = new
                    break
    return calls


def plain_calls(trial, calls):
    """Remove threads and injected failures: all at once, then each."""
    plain = [Call(c.name, c.args, c.ret, child=c.child) for c in calls]
    if any(c.properties() for c in calls) and trial.same([plain], TRIES):
        return plain
    return calls


def minimise(fuzzer, name, batch):
    """Return: the smallest programs that still do it; None if none does"""
    trial = Trial(fuzzer, name)
    try:
        last = batch[-1:]
        if trial.same(last, 3):
            batch = last
        elif not trial.same(batch, TRIES):
            return None
        else:
            batch = fewer(trial, batch, lambda b: b)
        if len(batch) > 1:
            return batch
        calls = fewer(trial, batch[0], lambda c: [c])
        calls = plain_calls(trial, calls)
        return [simple_arguments(trial, calls)]
    finally:
        trial.close()
