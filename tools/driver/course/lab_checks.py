# SPDX-License-Identifier: MIT
"""Run the checks of a lab on a kernel, and count points.

The cases of one program share a machine.  A case that stops the machine gets no
points, and a new machine goes on with the next case.
"""
import os

from ..build import build as build_folder
from ..checks import kernel as build_kernel
from ..common import build_dir
from . import lab_machine
from .lab_lines import Result


# The text of a check behind one that no machine got past; its name follows.
NOT_REACHED = "not reached: see "
# A stuck machine costs its whole limit; so many in one program are enough.
STUCK_MAX = 2


class Verdict:
    """The outcome of a check: state is pass, fail or skip; machines: {machine:
    text} of what was found where it did not pass; notes likewise."""

    def __init__(self, check):
        self.check, self.state = check, "pass"
        self.machines, self.notes = {}, {}

    @property
    def points(self):
        return self.check.points if self.state == "pass" else 0

    def fail(self, arch, text):
        self.state = "fail"
        self.machines[arch] = text


def target_of(lab, program):
    """Return: the build target of a check program"""
    return f"course/labs/{lab.folder}.{program.source}"


def targets_of(lab, checks):
    """Return: what must be built to run these checks"""
    found = []
    for check in checks:
        found += [target_of(lab, check.program)]
        found += [target for target, _ in check.program.adds]
    return list(dict.fromkeys(found))


def run_program(lab, program, checks, arch, folder, kernel, sandbox=None,
                programs=None, look=False):
    """Run the checks of one program on one machine.  folder: the build folder;
    programs: that of the check programs, if it is another; look: for
    lab_machine.boot(). Return: {name: Result}"""
    left, found = list(checks), {}
    programs = programs or folder
    adds = [(os.path.join(programs if target.startswith("course/") else folder,
                          target), path) for target, path in program.adds]
    more = {"sandbox": sandbox} if sandbox else {}
    stuck = 0
    while left:
        ended = lab_machine.boot(
            arch, kernel, os.path.join(programs, target_of(lab, program)),
            [c.case(arch) for c in left], append=program.append, adds=adds,
            mem=program.mem, disk=program.disk, look=look, **more)
        done = 0
        for check in left:
            result = ended.results.get(check.name)
            if result is None:
                break
            done += 1
            found[check.name] = result
            if result.passed is None:
                result.passed, result.text = False, ended.reason
                result.stopped = True
                break
        if not done:
            # not one case began: no further machine would do better
            found[left[0].name] = _no_result(left[0], ended)
            done = 1
        last, left = left[done - 1], left[done:]
        stuck += ended.stuck
        why = _reason_to_end(last, found[last.name], stuck)
        if why:
            found.update((check.name, _lost(why)) for check in left)
            return found
    return found


def _reason_to_end(check, result, stuck):
    """Return: why no other machine runs after one that ended with this check;
    None if one does"""
    if result.stopped and (check.mandatory or not result.began):
        return NOT_REACHED + check.name
    return f"not run: {STUCK_MAX} machines got stuck before" \
        if stuck >= STUCK_MAX else None


def _lost(text):
    result = Result()
    result.passed, result.text = False, text
    return result


def _no_result(check, ended):
    result = _lost(f"the program has no case {check.name}" if ended.finished
                   else f"it did not begin: {ended.reason}")
    result.began, result.stopped = False, not ended.finished
    return result


def run_machine(lab, checks, arch, folder, kernel, sandbox=None, told=None,
                programs=None, look=False):
    """Run checks on one machine.  kernel: gives the kernel's path for the name
    of its build folder; sandbox: makes of this path what boot() takes.
    Return: {name: Result}"""
    found, ends = {}, None
    for program in dict.fromkeys(c.program for c in checks):
        mine = [c for c in checks if c.program is program
                and arch in c.machines]
        if ends:
            found.update((c.name, _lost(NOT_REACHED + ends)) for c in mine)
        elif mine:
            if told:
                told(f"{program.name} on {arch}")
            path = kernel(program.kernel(arch))
            found.update(run_program(lab, program, mine, arch, folder, path,
                                     sandbox and sandbox(path), programs,
                                     look))
            ends = next((c.name for c in mine if c.mandatory
                         and found[c.name].stopped), None)
    return found


def judge(checks, by_machine):
    """Return: [Verdict]: a check passes if it passes on each of its machines
    that ran, and gets points only if each mandatory check and what it needs
    passed.  by_machine: {machine: {name: Result}}"""
    verdicts = {}
    for check in checks:
        verdict = verdicts[check.name] = Verdict(check)
        for arch, results in by_machine.items():
            if arch not in check.machines:
                continue
            result = results.get(check.name)
            if result is None:
                verdict.fail(arch, "no result")
                continue
            if not result.passed:
                verdict.fail(arch, result.text)
            # a disk answers when it can: what is counted meanwhile differs
            if result.notes and not check.program.disk:
                verdict.notes[arch] = result.notes
    gate = [v.check.name for v in verdicts.values()
            if v.check.mandatory and v.state != "pass"]
    for verdict in verdicts.values():
        _apply_needs(verdict, verdicts, gate)
    return list(verdicts.values())


def _apply_needs(verdict, verdicts, gate):
    if verdict.state != "pass":
        return
    lost = [n for n in verdict.check.needs if verdicts[n].state != "pass"] \
        or [n for n in gate if n != verdict.check.name]
    if lost:
        verdict.state = "skip"
        verdict.machines[""] = "passed, but counts only with " + \
            ", ".join(lost)


def build_and_run(lab, checks, arches, told=None):
    """Build the kernels of this tree and run checks. Return: [Verdict]"""
    by_machine = {}
    for arch in arches:
        wanted = [c for c in checks if arch in c.machines]
        if wanted:
            build_folder(arch, ("lectern.elf", *targets_of(lab, wanted)))
            by_machine[arch] = run_machine(
                lab, wanted, arch, build_dir(arch),
                {c.program.kernel(arch): build_kernel(
                    arch, ",".join(c.program.checkers))
                 for c in wanted}.__getitem__, told=told, look=True)
    return judge(checks, by_machine)
