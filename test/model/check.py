#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""check.py - run the Promela models of docs/models.md through SPIN.

Each model is searched whole and must be free of faults; then each mistake
that it can be built with (a macro) must be found, or the model proves
nothing.  Prints TAP.
"""
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.realpath(__file__))
MEGABYTES = 512		# of each search
SECONDS = 30		# of the processor; ten times that by the clock
DEEPEST = 10000		# steps of one execution; the models have some hundred

STUCK = "invalid end state"	# somebody waits for ever
WRONG = "assertion violated"

# model -> {mistake: the fault to find}
MODELS = {
    "deck": {"SPL_ONLY": STUCK, "SPIN_ONLY": STUCK, "EARLY_UNLOCK": WRONG},
    "wait": {"NO_FENCE_SLEEP": STUCK, "NO_FENCE_WAKE": STUCK,
             "TEST_FIRST": STUCK, "PLAIN_WAKE": WRONG,
             "UNLOCK_FIRST": WRONG},
    "ticket": {"FREE_TOO": WRONG, "LOOK_ONLY": STUCK, "NO_HAND": WRONG,
               "LEAVE_FIRST": WRONG},
    "mutex": {"TRY_FIRST": STUCK, "LOOK_FIRST": STUCK},
    "rwlock": {"KEEP_WAITING": STUCK, "WAKE_ONE": STUCK},
    "ipl": {"NO_MASK": WRONG, "CHECK_FIRST": STUCK, "NO_RECHECK": STUCK,
            "UNMASK": WRONG},
    "rtpush": {"NO_PUSH": WRONG, "NO_SPREAD": WRONG, "LOOK_FIRST": WRONG,
               "NO_FENCE_RANK": WRONG, "NO_FENCE_WAITS": WRONG},
    "pi": {"NO_CIRCLE": STUCK, "CIRCLE_FIRST": STUCK, "PLAIN_STORE": STUCK,
           "NO_BIT": WRONG, "ONE_STEP": WRONG, "KEEP_LENT": WRONG},
    "seqlock": {"MISS_ODD": WRONG, "NO_RETRY": WRONG, "NO_ODD_FENCE": WRONG,
                "NO_EVEN_RELEASE": WRONG, "NO_BEGIN_ACQUIRE": WRONG,
                "NO_RETRY_FENCE": WRONG},
    "spin": {"NO_LOCK_ACQUIRE": WRONG, "NO_UNLOCK_RELEASE": WRONG,
             "NO_HAND_ACQUIRE": WRONG, "NO_HAND_RELEASE": WRONG,
             "NO_SERVED_ACQUIRE": WRONG, "NO_LEAVE_RELEASE": WRONG},
    "unlock": {"NO_ACQUIRE": WRONG, "NO_RELEASE": WRONG,
               "NO_FENCE_FREE": STUCK, "NO_FENCE_COUNT": STUCK,
               "NO_FENCE_STATE": STUCK},
    "asid": {"NO_FLUSH": WRONG, "FLUSH_FIRST": WRONG, "FLUSH_LAST": WRONG,
             "KEEP_STALE": WRONG},
    "looks": {"NO_FENCE_MARK": WRONG, "NO_FENCE_CHANGE": WRONG,
              "NO_FENCE_ATOMIC": WRONG},
    "publish": {"NO_RELEASE": WRONG, "NO_ACQUIRE": WRONG,
                "NO_RELEASE_DONE": WRONG},
    "call": {"NO_ORDER_ASK": WRONG, "NO_ACQUIRE_FROM": WRONG,
             "NO_RELEASE_ANSWER": WRONG, "NO_ACQUIRE_ANSWER": WRONG},
    "work": {"NO_RELEASE": WRONG, "NO_ACQUIRE": WRONG,
             "NO_ORDER_AST": STUCK, "NO_ORDER_CLEAR": STUCK},
    "poll": {"NO_FENCE_SCAN": STUCK, "NO_FENCE_STATE": STUCK,
             "NO_FENCE_WAKE": STUCK},
    "virtq": {"NO_POST": WRONG, "NO_KICK": STUCK, "NO_TAKE": WRONG},
    "shoot": {"NO_FENCE": WRONG, "NO_STALE": WRONG, "MARK_AFTER": WRONG,
              "NO_POLL": STUCK, "NO_WAIT": WRONG},
    "tables": {"EARLY": WRONG, "LEAF_ONLY": WRONG, "ACTIVE_ONLY": WRONG,
               "LEAVE_FIRST": WRONG},
    "break": {"NO_BREAK": WRONG, "FLUSH_LAST": WRONG, "NO_FENCE": WRONG,
              "UNLOCKED": WRONG, "NO_RECHECK": WRONG},
    "leave": {"LEAVE_FIRST": WRONG, "NO_ASK": WRONG},
    "share": {"EARLY": WRONG, "FRAME_ONLY": WRONG, "NO_PROTECT": WRONG,
              "UNCOUNTED": WRONG},
}


def run(command, folder):
    def limit():
        size = 2 * MEGABYTES << 20
        resource.setrlimit(resource.RLIMIT_AS, (size, size))
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    try:
        done = subprocess.run(command, cwd=folder, text=True,
                              stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=10 * SECONDS,
                              preexec_fn=limit)
    except subprocess.TimeoutExpired:
        return 1, f"{command[0]}: not done in {10 * SECONDS} s"
    return done.returncode, done.stdout


def search(model, mistake, folder):
    """(fault or None, report); "" if the search itself did not work."""
    source = os.path.join(HERE, model + ".pml")
    defines = ["-D" + mistake] if mistake else []
    # most searches are over before gcc would have compiled them
    compiler = "tcc" if shutil.which("tcc") else "gcc"
    for command in (["spin", *defines, "-a", source],
                    [compiler, "-w", "-DSAFETY", f"-DMEMLIM={MEGABYTES}",
                     "-o", "pan", "pan.c"]):
        status, text = run(command, folder)
        if status:
            return "", text
    _, text = run(["./pan", f"-m{DEEPEST}", "-w18"], folder)
    if "max search depth too small" in text or "out of memory" in text:
        return "", text
    found = re.search(r"^pan:1: (.*?)(?: \(at depth|$)", text, re.M)
    if found:
        _, trail = run(["spin", *defines, "-t", "-p", source], folder)
        return found.group(1), text + "\n".join(trail.splitlines()[-60:])
    return (None if "errors: 0" in text else ""), text


def main():
    if not shutil.which("spin"):
        print("1..0 # SKIP spin is not installed")
        return
    cases = [(m, None, None) for m in MODELS]
    # the default tier asks only whether the protocols hold
    if os.environ.get("LECTERN_TIER") != "default":
        cases += [(m, k, f) for m, ks in MODELS.items()
                  for k, f in ks.items()]
    print(f"1..{len(cases)}")
    for number, (model, mistake, want) in enumerate(cases, 1):
        with tempfile.TemporaryDirectory() as folder:
            fault, report = search(model, mistake, folder)
        if mistake:
            good = bool(fault) and want in fault
            name = f"{model}: {mistake} is found"
        else:
            good = fault is None
            name = f"{model}: no fault"
        if not good:
            for line in (f"found: {fault}\n" + report).splitlines():
                print("# " + line)
        print(f"{'' if good else 'not '}ok {number} - {name}", flush=True)


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    main()
