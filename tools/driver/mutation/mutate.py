# SPDX-License-Identifier: MIT
"""`./lectern mutate`: does a test notice a one-line fault of the kernel?

Mutants (mutants.py) are compiled in copies of the tree, one copy a worker, and
run against the tests that reach their line (reach.py), quick tests first: host
tests, then the self-tests, then the guest programs that spend most of their run
on the line, then the other programs on several CPUs.  The first failure kills
the mutant.  See docs/mutation.md.
"""
import collections
import hashlib
import json
import os
import queue
import random
import re
import resource
import shutil
import subprocess
import threading
import time

from folders import PORT, is_checker, is_kernel

from .. import checks, packages
from . import choose, mutants, reach, trial
from ..build import EVERYTHING, build, cross_file
from ..common import (ARCHES, BUILD, DEFAULT, EXIT_USAGE, TOP, Failure,
                      of_folder, say)
from .lines import Elf
from ..progress import Waiting, locked, room

# Sources without mutants: tests, their helpers, and code of checking kernels.
LEFT_OUT = re.compile(r"topics/inspection/(trip|task_work)\.c"
                      r"|kernel/lock/debug\.c|arch/\w+/asm-offsets\.c")
EQUIVALENT = os.path.join(TOP, "test", "mutants.txt")
RESULTS = os.path.join(reach.FOLDER, "results.jsonl")
CHECK = "lock,slab,tlb"         # cheap checkers: a mutant should take seconds
FIRST_SECONDS = 3               # for all programs of the first boot
SMP = 2                         # CPUs of the second boot
SLACK = 15                      # CPU seconds that a test may take in addition
TIMES = 10                      # and how many times as long, with checkers
HOST_SLACK = 5                  # for host tests: seconds, and times as long
HOST_TIMES = 4

Result = collections.namedtuple("Result", "mutant kind why text")


def add_options(parser):
    p = parser
    p.add_argument("--sample", type=int, metavar="N",
                   help="try N of the mutants, chosen at random")
    p.add_argument("--seed", type=int, metavar="S",
                   help="seed of that choice (default: a new one, printed)")
    p.add_argument("--least", type=int, metavar="PERCENT", default=100,
                   help="end with status 1 if a smaller share of the mutants "
                        "that change something is noticed (default: 100)")
    p.add_argument("--since", metavar="COMMIT",
                   help="only lines that changed since COMMIT")
    p.add_argument("--arch", choices=ARCHES, default=DEFAULT,
                   help=f"machine for portable code (default: {DEFAULT}); code "
                        "that only another one reaches is tried there")
    p.add_argument("--kind", action="append", metavar="K",
                   help="only mutants of this kind: lock, flush, ...")
    p.add_argument("--check", default=CHECK, metavar="LIST",
                   help=f"checkers of the kernels (default: {CHECK})")
    p.add_argument("--seconds", type=float, default=60, metavar="N",
                   help="CPU seconds for the last tests of a mutant "
                        "(default: 60; more on a checking kernel)")
    p.add_argument("--jobs", type=int, default=os.cpu_count() or 1,
                   metavar="N",
                   help="try N mutants at a time (default: one for each CPU)")
    p.add_argument("--map", action="store_true",
                   help="measure again which test reaches which line")
    p.add_argument("--resume", action="store_true",
                   help="skip mutants that have a result in --results")
    p.add_argument("--again", action="store_true",
                   help="with --resume: try survivors again")
    p.add_argument("--results", default=RESULTS, metavar="FILE",
                   help="keep results in FILE (default: build/mutate/"
                        "results.jsonl)")
    p.add_argument("--later", type=float, metavar="SECONDS",
                   help="try no mutants; choose the guest programs of the "
                        "default tests for so many CPU seconds a machine")
    p.add_argument("--tier", action="store_true",
                   help="use only the tests of the default tier")
    p.add_argument("--list", action="store_true",
                   help="print the mutants, but try none")
    p.add_argument("--verbose", "-v", action="store_true",
                   help="print for each mutant what killed it")
    p.add_argument("files", nargs="*", metavar="FILE[:LINE]",
                   help="sources or folders (default: the whole kernel)")


# --- which mutants -----------------------------------------------------------


def git(*words):
    done = subprocess.run(["git", "-C", TOP, *words], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if done.returncode:
        raise Failure(f"git {words[0]}: {done.stderr.strip()}", EXIT_USAGE)
    return done.stdout


def sources():
    """Return: every source of the tree, tracked by git or new"""
    return [n for n in git("ls-files", "-co",
                            "--exclude-standard").splitlines()
            if os.path.isfile(os.path.join(TOP, n))]


def is_mutable(name):
    """True for a source of the kernel that mutants are made of."""
    return (name.endswith((".c", ".h")) and is_kernel(name)
            and not is_checker(name) and not LEFT_OUT.match(name))


def since(commit, gone=False):
    """Return: {file: lines that differ from a commit}; gone: for deleted lines,
    the line before them"""
    found, name = {}, None
    for line in git("diff", "-U0", "--no-color", commit, "--").splitlines():
        if line.startswith("+++ "):
            name = line[6:] if line.startswith("+++ b/") else None
        hunk = re.match(r"@@ -\S+ \+(\d+)(?:,(\d+))? @@", line)
        if hunk and name:
            first = int(hunk.group(1))
            count = int(hunk.group(2) or 1) or int(gone)
            found.setdefault(name, set()).update(range(first, first + count))
    return found


def wanted(options):
    """Return: {file: lines, or None for all} of the mutants asked for"""
    known = [n for n in sources() if is_mutable(n)]
    only = since(options.since) if options.since else None
    if not options.files:
        return {n: only and only[n] for n in known
                if only is None or n in only}
    found = {}
    for word in options.files:
        path, _, line = word.partition(":")
        path = os.path.relpath(os.path.abspath(path), TOP) \
            if os.path.exists(path) else path
        hits = [n for n in known if n == path
                or n.startswith(path.rstrip("/") + "/")]
        if not hits or line and not line.isdigit():
            raise Failure(f"{word}: not a source of the kernel", EXIT_USAGE)
        for n in hits:
            if only is None or n in only:
                rows = {int(line)} if line else only and only[n]
                old = found.get(n, set())
                found[n] = None if None in (rows, old) else old | rows
    return found


def read(name):
    with open(os.path.join(TOP, name)) as f:
        return f.read()


def span(mutant, text):
    """Return: first and last line that a mutant changes"""
    return (mutant.line,
            text.count("\n", 0, mutant.parts[-1][1]) + 1)


def candidates(options):
    """Return: the mutants asked for, and the texts of their files"""
    found, texts = [], {}
    for name, rows in sorted(wanted(options).items()):
        texts[name] = read(name)
        for m in mutants.mutants(name, texts[name]):
            first, last = span(m, texts[name])
            if options.kind and m.kind not in options.kind:
                continue
            if rows is None or any(first <= r <= last for r in rows):
                found.append(m)
    return found, texts


# --- building mutants --------------------------------------------------------


class Broken(Exception):
    """The mutant does not compile; the compiler's message."""


def code_digest(path):
    """Return: a digest of the loaded parts of a program"""
    elf = Elf(path)
    digest = hashlib.sha256()
    for _, _, off, size, _ in elf.segments:
        digest.update(elf.data[off:off + size])
    return digest.hexdigest()


class Copy:
    """A worker's copy of the tree with its build folders."""

    def __init__(self, number, checkers):
        self.folder = os.path.join(BUILD, f"mutate-{number}")
        self.source = os.path.join(self.folder, "src")
        self.checkers = checkers
        self.ready = {}         # arch -> digest of the unchanged kernel
        self.lock_file = None

    def refresh(self):
        """Bring the copy up to date, touching only what differs."""
        names = sources()
        for name in names:
            self._copy(name)
        keep = set(names)
        for folder, _, files in os.walk(self.source):
            for f in files:
                path = os.path.join(folder, f)
                if os.path.relpath(path, self.source) not in keep:
                    os.unlink(path)

    def _copy(self, name):
        target = os.path.join(self.source, name)
        with open(os.path.join(TOP, name), "rb") as f:
            data = f.read()
        try:
            with open(target, "rb") as f:
                if f.read() == data:
                    return
        except OSError:
            os.makedirs(os.path.dirname(target), exist_ok=True)
        with open(target, "wb") as f:
            f.write(data)
        shutil.copymode(os.path.join(TOP, name), target)

    def write(self, name, text):
        with open(os.path.join(self.source, name), "w") as f:
            f.write(text)

    def build_folder(self, arch):
        return os.path.join(self.folder, arch)

    def elf(self, arch):
        return os.path.join(self.build_folder(arch), "lectern.elf")

    def base(self, arch):
        """The kernel without a mutant."""
        return self.elf(arch) + ".base"

    def ninja(self, arch, *targets):
        done = subprocess.run(
            ["ninja", "-C", self.build_folder(arch), "-j2", *targets],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, errors="replace")
        if done.returncode:
            raise Broken(done.stdout)

    def prepare(self, arch):
        """Set up and build the unchanged tree, once."""
        if arch in self.ready:
            return
        folder = self.build_folder(arch)
        command = ["meson", "setup", folder, self.source]
        if os.path.exists(os.path.join(folder, "build.ninja")):
            command.append("--reconfigure")
        elif os.path.isdir(folder):
            shutil.rmtree(folder)
        if arch in ARCHES:
            command += ["--cross-file", cross_file(arch),
                        "-Dkernel_only=true",
                        "-Dcheck=" + ",".join(self.checkers)]
        else:
            command += ["-Dfuzz=disabled"]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, text=True,
                              stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT)
        try:
            if done.returncode:
                raise Broken(done.stdout)
            if arch in ARCHES:
                self.ninja(arch, "lectern.elf")
                shutil.copy(self.elf(arch), self.base(arch))
                self.ready[arch] = code_digest(self.elf(arch))
            else:
                self.ready[arch] = None
        except Broken as why:
            raise Failure(f"{folder}: the unchanged tree does not build:\n{why}"
                          ) from None


# --- trying a mutant ---------------------------------------------------------


class Worker:
    """Tries mutants in its copy, one after the other."""

    def __init__(self, number, options, maps):
        self.copy = Copy(number, checks.parse(options.check))
        self.options, self.maps = options, maps
        self.sound = {}         # (arch, tests, CPUs): they pass unchanged

    def try_one(self, mutant, text):
        """Return: Result"""
        arch = machine_for(mutant, text, self.maps, self.options.arch)
        for folder in dict.fromkeys(("host", arch)):
            self.copy.prepare(folder)
        self.copy.write(mutant.file, mutants.apply(mutant, text))
        try:
            kind, why = self._judge(mutant, text, arch)
        except Broken as wrong:
            kind, why = "uncompiled", first_error(str(wrong))
        except trial.Wrong as wrong:
            kind, why = "killed", str(wrong)
        finally:
            self.copy.write(mutant.file, text)
        return Result(mutant, kind, why, text)

    def _judge(self, mutant, text, arch):
        places = span(mutant, text)
        self._host(mutant, text, places)
        if arch == "host":
            return "survived", "the host tests pass"
        self.copy.ninja(arch, "lectern.elf")
        if code_digest(self.copy.elf(arch)) == self.copy.ready[arch]:
            return "same", "the compiler generates the same code"
        known = self.maps[arch]
        rows = known.place(mutant.file, text, *places)
        left_out = {*known.data["broken"],
                    *(choose.later() if self.options.tier else ())}
        programs = reach.guest_programs(arch)
        found = {t: w for t, w in known.tests(mutant.file, rows).items()
                 if t in {*programs, "selftest", "selftest-4"} - left_out}
        fresh = [n for n in new_programs(known, programs)
                 if n not in left_out]
        for name in new_selftests(known, arch):
            found.setdefault(name, 0)
        if not found and not fresh:
            return "survived", "no test reaches it"
        tried = self._kernel(arch, known, found, fresh)
        return "survived", f"{tried} pass"

    # --- host tests

    def _host(self, mutant, text, places):
        known = self.maps["host"]
        rows = known.place(mutant.file, text, *places)
        names = sorted(known.tests(mutant.file, rows), key=known.seconds)
        if not names:
            return
        commands = reach.host_tests(self.copy.build_folder("host"))
        names = [n for n in names if n in commands]
        folder = self.copy.build_folder("host")
        self.copy.ninja("host", *(os.path.relpath(commands[n][0], folder)
                                  for n in names))
        for name in names:
            self._host_test(name, commands[name], known.seconds(name))

    def _host_test(self, name, command, usual):
        limit = int(HOST_SLACK + HOST_TIMES * usual)

        def in_child():
            resource.setrlimit(resource.RLIMIT_CPU, (limit, limit))
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

        try:
            done = subprocess.run(command, stdin=subprocess.DEVNULL,
                                  stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL,
                                  preexec_fn=in_child,
                                  timeout=limit * trial.PATIENCE)
        except subprocess.TimeoutExpired:
            raise trial.Wrong(f"host/{name}: hang") from None
        if done.returncode:
            raise trial.Wrong(f"host/{name}: exit {done.returncode}")

    # --- boots

    def _kernel(self, arch, known, found, fresh):
        """Return: how many tests passed, in words"""
        begin, names = in_order(known, found, fresh)
        first = upto(known, begin, FIRST_SECONDS)
        first += [n for n in upto(known, names, FIRST_SECONDS)
                  if n not in first]
        steps = [lambda: self._programs(arch, known, first, 1),
                 lambda: self._selftest(arch, known, found, 1)]
        if found.get("selftest", 0) > max(
                (found.get(n, 0) for n in first), default=0):
            steps.reverse()     # the line is a larger part of the self-tests
        for step in steps:
            step()
        self._selftest(arch, known, found, 4)
        all_of_them = upto(known, names, self.options.seconds)
        self._programs(arch, known, all_of_them, SMP)
        count = sum(t.startswith("selftest") for t in found)
        return f"{count} runs of the self-tests and " \
               f"{len(all_of_them)} of {len(names)} programs"

    def _selftest(self, arch, known, found, smp):
        name = "selftest" if smp == 1 else f"selftest-{smp}"
        if name not in found:
            return
        limit = limit_of(known, name)
        try:
            trial.selftest(arch, self.copy.elf(arch), smp, limit)
        except trial.Wrong as wrong:
            # on one CPU it is deterministic, but a hang may be a slow host
            if smp == 1 and not str(wrong).startswith("hang"):
                raise
            if self.passes(arch, (name,), smp, lambda: trial.selftest(
                    arch, self.copy.base(arch), smp, limit)):
                raise
            known.data["broken"][name] = str(wrong)

    def _programs(self, arch, known, names, smp):
        """Run programs.  If one fails on the unchanged kernel as well, after
        the same programs, it is run again by itself, or left out."""
        names = [n for n in names if n not in known.data["broken"]]
        while names:
            run = trial.Programs(arch, self.copy.elf(arch),
                                 self._limits(known, names, smp), smp)
            try:
                run.run()
                return
            except trial.Wrong as wrong:
                ran = names[:max(1, run.started)]
                if self.passes(arch, tuple(ran), smp, trial.Programs(
                        arch, self.copy.base(arch),
                        self._limits(known, ran, smp), smp).run):
                    raise
                if len(ran) == 1:
                    known.data["broken"][ran[0]] = str(wrong)
            names = names[max(1, len(ran) - 1):]

    @staticmethod
    def _limits(known, names, smp):
        return {n: smp * limit_of(known, n) for n in names}

    def passes(self, arch, tests, smp, again):
        """True if tests that failed pass on the unchanged kernel in the same
        order: what one leaves behind may make another fail.  Each order is
        tried once."""
        key = (arch, tests, smp)
        if key not in self.sound:
            try:
                again()
                self.sound[key] = True
            except trial.Wrong as why:
                self.sound[key] = False
                say(f"{arch}: {' '.join(tests)} fails without a mutant on "
                    f"{smp} CPUs: {why}")
        return self.sound[key]


def arch_of(name, default):
    """Return: the machine that a source belongs to"""
    if name.startswith("arch/host/"):
        return "host"
    return of_folder(name) or default


def is_reached(mutant, text, known):
    rows = known.place(mutant.file, text, *span(mutant, text))
    return bool(known.tests(mutant.file, rows))


def machine_for(mutant, text, maps, default):
    """Return: the machine for a mutant: portable code that only another machine
    reaches is tried on that one"""
    arch = arch_of(mutant.file, default)
    if PORT.match(mutant.file) \
            or is_reached(mutant, text, maps[arch]):
        return arch
    return next((a for a in maps if a not in ("host", arch)
                 and is_reached(mutant, text, maps[a])), arch)


def limit_of(known, test):
    return SLACK + TIMES * known.seconds(test)


def new_programs(known, programs):
    """Return: programs unknown to the map, which may reach any line"""
    old = known.data["programs"]
    return sorted(n for n, digest in programs.items() if old.get(n) != digest)


def new_selftests(known, arch):
    """Return: the self-tests unknown to the map: all, if one was changed"""
    same = known.data.get("selftests") == reach.selftests(arch)
    return [n for n in ("selftest", "selftest-4")
            if not same and n not in known.data["broken"]]


def in_order(known, found, fresh):
    """Return: the programs that are new or changed since the map was made, new
    ones first; and all that reach a line or may, the nearest first"""
    near = sorted((n for n in found if not n.startswith("selftest")),
                  key=lambda n: -found[n])
    begin = sorted(fresh, key=lambda n: (n in known.data["tests"],
                                         known.seconds(n)))
    return begin, near + [n for n in begin if n not in found]


def upto(known, names, seconds):
    """Return: the first names that together take at most so many seconds; a
    name that takes too long is skipped"""
    out = []
    for n in names:
        if out and known.seconds(n) > seconds:
            continue
        seconds -= known.seconds(n)
        out.append(n)
    return out


def first_error(text):
    for line in text.splitlines():
        if "error:" in line or "undefined reference" in line:
            return line.strip()
    return text.strip().splitlines()[-1] if text.strip() else "?"


# --- all mutants -------------------------------------------------------------


class Kept:
    """Results in a file, one line of JSON each, so that a run can be continued,
    also in another clone or on another machine.  The key of a mutant depends on
    the text of its function only."""

    def __init__(self, path, resume=False, again=False):
        self.path, self.known = path, {}
        try:
            with open(path) as f:
                rows = [json.loads(r) for r in f if r.endswith("\n")]
        except FileNotFoundError:
            rows = []
        except ValueError as why:
            raise Failure(f"{path}: {why}", EXIT_USAGE) from None
        for row in rows if resume else ():
            self.known[row["key"]] = row["kind"], row["why"]
        if again:
            self.known = {k: v for k, v in self.known.items()
                          if v[0] != "survived"}

    def get(self, mutant, text):
        """Return: Result or None"""
        found = self.known.get(mutants.key(mutant, text))
        return found and Result(mutant, *found, text)

    def put(self, result):
        m, text = result.mutant, result.text
        os.makedirs(os.path.dirname(self.path) or ".", exist_ok=True)
        with open(self.path, "a") as f:
            f.write(json.dumps({
                "key": mutants.key(m, text), "kind": result.kind,
                "why": result.why, "what": mutants.as_diff(m, text)}) + "\n")


def too_few(killed, survived, least):
    """True if less than `least` percent of killed and survivors are killed."""
    return killed * 100 < least * (killed + survived)


class Tally(Waiting):
    """Prints results as they come, counts them and stores them."""

    def __init__(self, total, verbose, kept, least=100):
        super().__init__("trying mutants")
        self.kept, self.least = kept, least
        self.total, self.verbose = total, verbose
        self.count = collections.Counter()
        self.lock = threading.Lock()
        self.start = time.monotonic()
        os.makedirs(reach.FOLDER, exist_ok=True)
        self.log = open(os.path.join(reach.FOLDER, "log.txt"), "w")

    def put(self, result, new=True):
        with self.lock:
            self.count[result.kind] += 1
            if new:
                self.kept.put(result)
            text = (f"{result.kind:10} "
                    + mutants.as_diff(result.mutant, result.text)
                    + f"\n= {result.why}\n")
            self.log.write(text)
            self.log.flush()
            if result.kind != "killed" or self.verbose:
                room()
                print(text, end="", flush=True)
            done = sum(self.count.values())
            self.text = (
                f"{done}/{self.total}: {self.summary()}; "
                f"{(time.monotonic() - self.start) / done:.1f} s each")

    def summary(self):
        c = self.count
        return (f"{c['killed']} killed, {c['survived']} survived, "
                f"{c['equivalent'] + c['same']} equivalent (with reason), "
                f"{c['uncompiled']} did not compile")

    def end(self):
        print(self.summary(), flush=True)
        return int(too_few(self.count["killed"], self.count["survived"],
                           self.least))


def equivalents():
    try:
        with open(EQUIVALENT) as f:
            return mutants.read_equivalents(f.read())
    except FileNotFoundError:
        return {}
    except ValueError as why:
        raise Failure(f"{EQUIVALENT}: {why}", EXIT_USAGE) from None


def needed_maps(found, options):
    archs = sorted({arch_of(m.file, options.arch) for m in found} - {"host"})
    return {a: reach.get(a, options.map)
            for a in ["host"] + archs}


def with_code(found, texts, maps, options):
    """Remove mutants of lines that the compiler never saw, and count them."""
    def seen(m):
        known = maps[arch_of(m.file, options.arch)]
        if not known.knows(m.file):
            return m.file.endswith(".c") and known.arch != "host"
        return any(known.has_code(m.file, texts[m.file], n)
                   for n in range(span(m, texts[m.file])[0],
                                  span(m, texts[m.file])[1] + 1))

    kept = [m for m in found if seen(m)]
    if len(kept) < len(found):
        say(f"{len(found) - len(kept)} mutants are of lines without code in "
            "this configuration, and are left out")
    return kept


def sample(found, texts, options):
    """Choose a sample by the smallest digests, so that a change of the tree
    leaves most of it as it was."""
    if options.sample is None or options.sample >= len(found):
        return found
    seed = options.seed
    if seed is None:
        seed = random.randrange(1 << 32)
    say(f"{options.sample} of {len(found)} mutants, --seed {seed}")
    return sorted(found, key=lambda m: hashlib.sha256(
        f"{seed} {mutants.key(m, texts[m.file])}".encode()).digest()
        )[:options.sample]


def work(worker, todo, known, tally, failures):
    """One thread: try mutants until none is left."""
    try:
        with locked(os.path.basename(worker.copy.folder)):
            worker.copy.refresh()
            while True:
                mutant, text = todo.get_nowait()
                why = known.get(mutants.name_of(mutant, text))
                old = tally.kept.get(mutant, text)
                if why:
                    old = Result(mutant, "equivalent", why, text)
                tally.put(old or worker.try_one(mutant, text), not old)
    except queue.Empty:
        pass
    except BaseException as why:
        failures.append(why)


def check_options(options):
    sample = options.sample
    if (sample is not None and sample < 1) or options.jobs < 1 or \
            not 1 <= options.seconds < float("inf"):
        raise Failure("--sample, --jobs, --seconds: at least 1", EXIT_USAGE)
    if not 0 <= options.least <= 100:
        raise Failure("--least: not a percentage", EXIT_USAGE)


def mutate(options):
    check_options(options)
    arches = [options.arch] if options.later is None else ARCHES
    packages.require(packages.for_test(["host", *arches], set()),
                     not options.no_install)
    if options.later is not None:
        run, of = choose.write(options.later)
        print(f"{run} of {of} programs run in the default tier")
        return 0
    found, texts = candidates(options)
    if options.list:
        for m in sample(found, texts, options):
            print(mutants.as_diff(m, texts[m.file]))
        return 0
    if not found:
        raise Failure("no mutants there", EXIT_USAGE)
    known = equivalents()
    archs = {arch_of(m.file, options.arch) for m in found} - {"host"}
    packages.require(packages.for_test(sorted(archs), set()),
                     not options.no_install)
    for arch in sorted(archs):
        build(arch, EVERYTHING)
    maps = needed_maps(found, options)
    chosen = sample(with_code(found, texts, maps, options), texts, options)
    if any(not PORT.match(m.file)
           and not is_reached(m, texts[m.file], maps[options.arch])
           for m in chosen):
        other = next(a for a in ARCHES if a != options.arch)
        packages.require(packages.for_run(other), not options.no_install)
        build(other, EVERYTHING)
        maps.setdefault(other, reach.get(other, options.map))
    todo = queue.Queue()
    for m in chosen:
        todo.put((m, texts[m.file]))
    tally, failures = Tally(len(chosen), options.verbose, Kept(
        options.results, options.resume, options.again),
        options.least), []
    threads = [threading.Thread(target=work, daemon=True, args=(
        Worker(n, options, maps), todo, known, tally, failures))
        for n in range(max(1, min(options.jobs, len(chosen))))]
    with tally:
        for t in threads:
            t.start()
        try:
            for t in threads:
                t.join()
        except KeyboardInterrupt:
            say("results so far:")
    if failures:
        raise failures[0]
    return tally.end()
