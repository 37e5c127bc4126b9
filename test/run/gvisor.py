#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""gvisor.py ARCH - gVisor's own tests of system calls as a judge (docs/judges.md):
what passes on Debian's Linux must pass here, except what test/gvisor/known.tbl
names.  LECTERN_GVISOR names a folder with gVisor's sources; they are neither in
the tree nor fetched.

Each program is a case.  Linux's answers are kept beside the program until it is
built again.  A test that differs gets a second try, alone: many measure time.
"""
import collections
import fnmatch
import os
import re
import shutil
import sys
import tempfile

sys.dont_write_bytecode = True
from harness import (BUILD, PATIENCE, Tap, errors_of, need_tools,  # noqa: E402
                     out_of, read, run, write)
from driver.common import Failure  # noqa: E402
import gvisor_build  # noqa: E402

LIMIT = 60              # seconds without news of a test
LANES = 3
BATCH = 12              # programs of one machine
MACHINE = 1500          # seconds of one machine
# What cannot be built or says nothing: programs that other programs start,
# other machines', of the network outside, of what has its own test.
HELPERS = re.compile(r".*_workload|exec_check_creds|exit_script|priority_execve|"
                     r"sigaltstack_check")
LEFT_OUT = re.compile(r".*(amd64|external|iptables|ip6tables|netfilter|kcov|"
                      r"ebpf|tuntap_hostinet).*")
TABLE = os.path.join(gvisor_build.PARTS, "known.tbl")
AT_MOST_AGAIN = 60      # tests of a program that are tried a second time
LOST = "(the machine)"  # where a program's end was not seen

# A pattern with - in front: the test would not end here, and is not run.
Known = collections.namedtuple("Known", "program pattern reason")


def known_differences(path=TABLE):
    """=> the rows of the table"""
    rows = [line.split(None, 2) for line in read(path).splitlines()
            if line and not line.startswith("#")]
    return [Known(*row) for row in rows]


def results(text):
    """=> {program: {test: (result, what it said)}} of the driver's words"""
    found, said = collections.defaultdict(dict), []
    for line in text.replace("\r", "").splitlines():
        word = re.match(r"R (\w+) (\S+) (.*)$", line)
        if word:
            test = word[3].split(",")[0].strip()
            found[word[2]][test] = word[1], said
            said = []
        elif line.startswith("    | "):
            said.append(line[6:])
    return found


class Machine:
    """Runs programs on a kernel of ours or of Debian's."""

    def __init__(self, arch, folder):
        self.arch, self.folder = arch, folder

    def run(self, words, linux, lanes=LANES):
        """Run PROGRAM or PROGRAM:FILTER words.  => results()"""
        with tempfile.TemporaryDirectory(dir=self.folder) as work:
            programs = {w.partition(":")[0] for w in words}
            helpers = {n for n in os.listdir(f"{self.folder}/bin")
                       if HELPERS.fullmatch(n)}
            for name in programs | helpers:
                os.link(f"{self.folder}/bin/{name}", f"{work}/{name}")
            script = f"{gvisor_build.TESTS}/exit_script.sh"
            shutil.copy(os.path.join(top(), script), f"{work}/exit_script")
            shutil.copy(f"{self.folder}/driver", work)
            os.chmod(f"{work}/exit_script", 0o755)
            done = run("run", "--mem", "2G" if linux else "1G", "--timeout",
                       str(MACHINE), "--add", f"{work}:/gv",
                       *(["--kernel", "linux"] if linux else []), "--",
                       "/gv/driver", str(int(LIMIT * PATIENCE)), str(lanes),
                       *words, arch=self.arch, timeout=MACHINE + 100)
        text = out_of(done)
        name = "linux" if linux else "lectern"
        with open(f"{self.folder}/{name}.log", "a") as f:
            f.write(text + errors_of(done))
        found = results(text)
        ended = set(re.findall(r"^## end (\S+)", text, re.M))
        for program in programs - ended:
            found[program][LOST] = "hang", [
                text[-600:], errors_of(done)[-600:]]
        return found

    def linux(self, programs):
        """=> results on Linux, from before if the program is as it was"""
        found = {}
        for name in programs:
            path, program = (f"{self.folder}/{part}/{name}"
                             for part in ("linux", "bin"))
            if os.path.exists(path) and (os.path.getmtime(path)
                                         > os.path.getmtime(program)):
                found[name] = results(read(path))[name]
        missing = [n for n in programs if n not in found]
        if missing:
            found.update(self.run(missing, True))
        os.makedirs(f"{self.folder}/linux", exist_ok=True)
        for name in missing:
            if LOST in found.get(name, {}):     # another run may see it end
                continue
            write(f"{self.folder}/linux/{name}", "".join(
                f"R {how} {name} {test}\n"
                for test, (how, _) in found.get(name, {}).items()))
        return found


class Judge:
    """Compares, and counts."""

    def __init__(self, tap, machine):
        self.tap, self.machine = tap, machine
        self.rows = known_differences()
        self.theirs = self.ours = self.excused = 0

    def row(self, program, test):
        return next((r for r in self.rows
                     if fnmatch.fnmatchcase(program, r.program)
                     and fnmatch.fnmatchcase(test, r.pattern.lstrip("-"))),
                    None)

    def word(self, program):
        """=> the program, without those of its tests that would not end"""
        endless = [r.pattern[1:] for r in self.rows if r.pattern[0] == "-"
                   and fnmatch.fnmatchcase(program, r.program)]
        return f"{program}:-{':'.join(endless)}" if endless else program

    @staticmethod
    def differing(theirs, ours):
        return [t for t, (how, _) in theirs.items()
                if how == "pass" and ours.get(t, ("",))[0] != "pass"]

    def again(self, theirs, ours):
        """Try what differs, of some programs, a second time, one after
        another: a neighbour may have taken all ports."""
        words = []
        for program, tests in theirs.items():
            surprise = [t for t in self.differing(tests, ours[program])
                        if not self.row(program, t)]
            if 0 < len(surprise) <= AT_MOST_AGAIN:
                words.append(f"{program}:{':'.join(surprise)}")
        if not words:
            return
        for program, tests in self.machine.run(words, False,
                                              lanes=1).items():
            ours[program].update({t: r for t, r in tests.items()
                                  if r[0] == "pass"})

    def program(self, program, theirs, ours):
        passed = [t for t, (how, _) in theirs.items() if how == "pass"]
        differ = self.differing(theirs, ours)
        used = {self.row(program, t) for t in differ}
        bad = [t for t in differ if not self.row(program, t)]
        idle = [r for r in self.rows if r.program == program
                and r not in used]
        self.theirs += len(passed)
        self.ours += len(passed) - len(differ)
        self.excused += len(differ) - len(bad)
        notes = [f"Linux passes {len(passed)}, Lectern "
                 f"{len(passed) - len(differ)} of these"]
        for test in bad:
            how, said = ours.get(test, ("is not run", []))
            notes += [f"{test}: {how}", *(f"    {s}" for s in said[-12:])]
        notes += [f"a row of {TABLE} that nothing needs: {r.pattern}"
                  for r in idle]
        self.tap.point(not bad and not idle, program, "\n".join(notes))


def top():
    return os.environ.get("LECTERN_GVISOR", "")


def main():
    arch = sys.argv[1]
    folder = os.path.join(BUILD, arch, "gvisor")
    if not os.path.isfile(os.path.join(top(), gvisor_build.TESTS, "BUILD")):
        print(f"1..0 # SKIP LECTERN_GVISOR={top()} names no folder with "
              f"gVisor's {gvisor_build.TESTS}")
        sys.exit(0)
    need_tools("ninja", gvisor_build.compiler(arch) + "g++")
    try:
        known = gvisor_build.describe(arch, top(), folder)
    except Failure as why:
        print(f"1..0 # SKIP {why}")
        sys.exit(0)
    tap = Tap()
    wanted = [n for n in known if not HELPERS.fullmatch(n)
              and not LEFT_OUT.fullmatch(n) and tap.wanted(n)]
    try:
        built, words = gvisor_build.build(folder, [
            *wanted, *(n for n in known if HELPERS.fullmatch(n))])
    except Failure as why:
        tap.point(False, "gVisor's tests compile", str(why))
        tap.end()
    machine = Machine(arch, folder)
    judge = Judge(tap, machine)
    ready = [n for n in wanted if n in built]
    for at in range(0, len(ready), BATCH):
        batch = ready[at:at + BATCH]
        theirs = machine.linux(batch)
        ours = machine.run([judge.word(name) for name in batch], False)
        judge.again(theirs, ours)
        for name in batch:
            judge.program(name, theirs.get(name, {}), ours[name])
    for name in sorted(set(wanted) - set(built)):
        tap.point(False, name, "it does not compile\n" + words[-2000:])
    print(f"# of {len(ready)} programs Linux passes {judge.theirs} tests, "
          f"Lectern {judge.ours} of these; {TABLE} excuses {judge.excused}")
    tap.end()


if __name__ == "__main__":
    main()
