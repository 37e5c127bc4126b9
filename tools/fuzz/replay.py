# SPDX-License-Identifier: MIT
"""`./lectern fuzz --replay FILE`: run a find again, on one CPU under icount,
where it runs the same each time."""
import errno

from driver.common import EXIT_USAGE, Failure, say

from .program import BadProgram, parse, value_text
from .vm import Died, started


def outcome(state, result):
    if state == 0:
        return "not made"
    if state == 1:
        return "did not return"
    if -4096 < result < 0:
        return errno.errorcode.get(-result, str(-result))
    return value_text(result)


def show(calls, result):
    for c, (state, kicks, value) in zip(calls, result.calls):
        late = f" (after {kicks} signals)" if kicks else ""
        print(f"{c}\n\t= {outcome(state, value)}{late}")


def programs_of(option, path, encoder):
    """Return: the programs of an option's file; Failure unless this machine has
    all their calls"""
    try:
        with open(path) as f:
            programs = [p for _, p in parse(f.read())]
    except OSError as why:
        raise Failure(f"{option} {path}: {why.strerror}", EXIT_USAGE) \
            from None
    except (BadProgram, UnicodeDecodeError) as why:
        raise Failure(f"{option} {path}: {why}", EXIT_USAGE) from None
    for name in sorted({c.name for p in programs for c in p}):
        if not encoder.knows(name):
            raise Failure(f"{option} {path}: there is no call {name} on "
                          f"{encoder.arch}", EXIT_USAGE)
    return programs


def replay(fuzzer, path):
    """Return: 0 if nothing was found, else 1"""
    programs = programs_of("--replay", path, fuzzer.encoder)
    options = fuzzer.options
    vm = started(fuzzer.kernel, options.user, options.smp, options.mem,
                 options.smp == 1)
    try:
        coded = [fuzzer.encoder.program(p) for p in programs]
        results, audit = vm.run(coded)
    except Died as why:
        print(why.report)
        say(f"found again: {why.title}")
        return 1
    finally:
        vm.close()
    for calls, result in zip(programs, results):
        show(calls, result)
        print()
    broken = [r.broken for r in results if r.broken]
    if broken:
        say(f"found again: invariant: {broken[0]}")
        return 1
    if audit:
        print(audit)
        say("found again: audit does not balance")
        return 1
    say("nothing found")
    return 0
