# SPDX-License-Identifier: MIT
"""`./lectern fuzz`: random programs of system calls, kept when they reach new
code of the kernel (docs/fuzzing.md)."""
import hashlib
import os
import random
import re
import sys
import time

from .. import checks, packages
from ..build import build
from ..common import BUILD, DEFAULT, EXIT_USAGE, NAMED, TOP, Failure, say
from ..machine.machine import memory_size
from ..progress import Waiting

SEEDS = os.path.join(TOP, "test", "calls", "corpus.txt")
BATCH = 24
SAME = 3                # reports of one find that are examined
DISTILLED = 4           # new places that a distilled program must reach


def add_options(p):
    p.add_argument("--arch", choices=NAMED, default=DEFAULT,
                   help=f"machine (default: {DEFAULT})")
    p.add_argument("--smp", type=int, default=1, metavar="N", help="CPUs")
    p.add_argument("--mem", default="512M", metavar="SIZE",
                   help="memory, in MiB or with a unit (default: 512M)")
    p.add_argument("--user", action="store_true",
                   help="run programs as an ordinary user (default: as root)")
    p.add_argument("--minutes", type=float, metavar="M",
                   help="make new programs for M minutes (default: 10)")
    p.add_argument("--programs", type=int, metavar="N",
                   help="end after N programs instead")
    p.add_argument("--sequence", metavar="NAME",
                   help="make new programs of this sequence of "
                        "tools/fuzz/sequences.tbl")
    p.add_argument("--seed", type=int, metavar="S",
                   help="the same seed makes the same programs")
    p.add_argument("--corpus", metavar="DIR",
                   help="keep programs that reach new code in DIR, and finds "
                        "in finds/ there (default: build/fuzz/...)")
    p.add_argument("--check", metavar="LIST", default="ci",
                   help="the kernel's checkers (default: ci)")
    p.add_argument("--no-cover", action="store_true",
                   help="guide the search by results of calls only, on a "
                        "kernel that does not record which code it runs")
    p.add_argument("--against", choices=("linux",),
                   help="run the programs on Debian's Linux, too, and compare")
    p.add_argument("--replay", metavar="FILE",
                   help="run the programs of FILE, on one CPU under icount")
    p.add_argument("--replay-against", metavar="FILE",
                   help="run the programs of FILE on both kernels")
    p.add_argument("--seeds-only", action="store_true",
                   help="run the corpora once and make no new programs")
    p.add_argument("--no-seeds", action="store_true",
                   help="leave out the project's own corpus")
    p.add_argument("--distil", metavar="FILE",
                   help="like --seeds-only, and write to FILE the programs "
                        "that reach code which shorter ones do not")


def tables(arch):
    sys.path.insert(0, os.path.join(TOP, "tools"))
    import abi
    return abi.Tables(os.path.join(TOP, "kernel", "syscall"), arch)


class Place:
    """The folders for one kind of run."""

    def __init__(self, options):
        kind = options.arch + ("-user" if options.user else "-root")
        self.top = os.path.join(BUILD, "fuzz", kind)
        self.corpus = options.corpus or os.path.join(self.top, "corpus")
        self.finds = os.path.join(options.corpus or self.top, "finds")
        for folder in (self.finds, self.corpus):
            try:
                os.makedirs(folder, exist_ok=True)
            except OSError as why:
                raise Failure(f"--corpus: {folder}: {why.strerror}",
                              EXIT_USAGE) from None


class Progress(Waiting):
    """Shows how far the search is."""

    def __init__(self):
        super().__init__("searching:")
        self.start = time.monotonic()
        self.execs = self.calls = self.finds = self.restarts = 0
        self.seen = self.corpus = 0

    def __exit__(self, *why):
        super().__exit__(*why)
        print(self.words(time.monotonic()), flush=True)

    def words(self, now):
        took = max(0.001, now - self.start)
        return (f"{took:.0f} s: {self.execs} programs, {self.calls} calls, "
                f"{self.execs / took:.0f}/s, cover {self.seen}, "
                f"corpus {self.corpus}, finds {self.finds}, "
                f"boots {self.restarts}")


def load_corpus(paths, encoder, bad):
    """Return: the programs of files and folders that this machine can run;
    files that do not parse are added to `bad` with the reason"""
    from fuzz.program import BadProgram, parse
    found = []
    for path in paths:
        names = [n for n in sorted(os.listdir(path))
                 if n.endswith(".txt")] if os.path.isdir(path) else [""]
        for name in names:
            file = os.path.join(path, name) if name else path
            if not os.path.exists(file):
                continue
            try:
                with open(file) as f:
                    programs = parse(f.read())
            except (BadProgram, UnicodeDecodeError) as why:
                bad.append(f"{file}: {why}")
                continue
            found += [p for _, p in ((n, usable(p, encoder))
                                     for n, p in programs) if p]
    return found


def usable(calls, encoder):
    """Return: the calls without those that this machine lacks"""
    return [c for c in calls if encoder.knows(c.name)]


def title_name(title):
    """Return: a file name for a find: its title's words, without numbers"""
    plain = re.sub(r"0x[0-9a-f]+|\b[0-9a-f]{8,16}\b|\d+", "N", title)
    plain = re.sub(r"[^A-Za-z]+", "-", plain).strip("-").lower()[:60]
    return plain or "find"


class Limit:
    """Ends the search after a number of programs or a time."""

    def __init__(self, options, progress):
        self.programs, self.progress = options.programs, progress
        self.end = time.monotonic() + options.minutes * 60

    def leaves_time(self):
        if self.programs is not None:
            return self.progress.execs < self.programs
        return time.monotonic() < self.end


class Fuzzer:
    def __init__(self, options):
        from fuzz.encode import Encoder
        from fuzz.generate import Generator
        from fuzz.shapes import Shapes
        from fuzz.vm import Kernel
        self.options = options
        self.tables = tables(options.arch)
        self.encoder = Encoder(self.tables, options.arch)
        self.seed = options.seed if options.seed is not None \
            else random.SystemRandom().randrange(1 << 31)
        self.generator = Generator(self.tables, Shapes(), options.arch,
                                   options.user, self.seed,
                                   sequence=options.sequence)
        self.rng = random.Random(self.seed + 1)
        self.place = Place(options)
        self.kernel = Kernel(options.arch, options.check
                             + ",cover" * (not options.no_cover))
        self.progress = Progress()
        self.bad, self.titles = [], {}
        self.corpus, self.seen, self.unreplayed = [], set(), []
        self.vm = None

    # ---- the machine ----------------------------------------------------

    def boot(self, icount=False):
        from fuzz.vm import started
        self.progress.restarts += 1
        return started(self.kernel, self.options.user,
                       1 if icount else self.options.smp, self.options.mem,
                       icount)

    def machine(self):
        if not self.vm:
            self.vm = self.boot()
        return self.vm

    def drop_machine(self):
        if self.vm:
            self.vm.close()
            self.vm = None

    # ---- batches ----------------------------------------------------------

    def next_program(self):
        if not self.corpus or self.rng.randrange(4) == 0:
            return self.generator.program()
        # prefer the newest programs, which were tried least
        at = max(self.rng.randrange(len(self.corpus))
                 for _ in range(self.rng.randrange(1, 3)))
        return self.generator.mutate(self.corpus[at], self.corpus)

    def note(self, calls, result):
        fresh = set(result.fresh) - self.seen
        self.progress.execs += 1
        self.progress.calls += sum(1 for s, _, _ in result.calls if s)
        if len(fresh) >= (DISTILLED if self.options.distil else 1):
            self.keep(calls)
        self.seen |= fresh
        self.progress.seen = len(self.seen)
        self.progress.corpus = len(self.corpus)

    def keep(self, calls):
        from fuzz.program import text
        body = text(calls)
        name = hashlib.sha256(body.encode()).hexdigest()[:16]
        self.corpus.append(calls)
        if self.options.seeds_only:
            return
        with open(os.path.join(self.place.corpus, name + ".txt"), "w") as f:
            f.write(body)

    def run_batch(self, batch):
        from fuzz.vm import Died
        coded = [self.encoder.program(p) for p in batch]
        try:
            results, audit = self.machine().run(coded)
        except Died as why:
            self.drop_machine()
            last = why.last if why.last is not None else 0
            self.find(why.title, why.report, batch[:last + 1])
            return
        for calls, result in zip(batch, results):
            self.note(calls, result)
        broken = [i for i, r in enumerate(results) if r.broken]
        if broken:
            self.drop_machine()
            title = "invariant: " + results[broken[0]].broken
            self.find(title, title, batch[:broken[0] + 1])
        elif audit:
            self.look_again(batch, coded, audit)

    def look_again(self, batch, coded, audit):
        """Run a batch again after a failed audit: only a leak fails again.
        Memory that is allocated once and kept for reuse is no leak."""
        from fuzz.vm import Died
        try:
            if not all(self.machine().run(coded)[1] for _ in range(2)):
                return
        except Died:
            pass
        self.drop_machine()
        self.find("audit does not balance", audit, batch)

    # ---- finds ------------------------------------------------------------

    def find(self, title, report, batch):
        from fuzz.minimise import minimise
        name = title_name(title)
        times = self.titles[name] = self.titles.get(name, 0) + 1
        self.progress.finds = len(self.titles)
        if times > SAME:
            return
        say(f"found: {title}")
        stem = os.path.join(self.place.finds, f"{name}-{times}")
        self.save(stem, title, report, batch)
        small = minimise(self, name, batch)
        if small is None:
            self.unreplayed.append(stem + ".txt")
            say(f"it cannot be reproduced; the programs: {stem}.txt")
            return
        self.save(stem, title, report, small)
        say(f"{sum(map(len, small))} calls: {stem}.txt")

    def save(self, stem, title, report, batch):
        from fuzz.creplay import source
        from fuzz.program import text
        who = "user" if self.options.user else "root"
        head = f"# {title}\n# {self.options.arch}, {who}, " \
            f"--smp {self.options.smp}, seed {self.seed}\n"
        with open(stem + ".txt", "w") as f:
            f.write(head + "\n".join(map(text, batch)))
        with open(stem + ".log", "w") as f:
            f.write(report + "\n")
        calls = [c for p in batch for c in p]
        with open(stem + ".c", "w") as f:
            f.write(source(title, text(calls), calls, self.encoder))

    # ---- the whole run ------------------------------------------------------

    def seeds(self):
        if self.options.sequence:
            return []
        places = [] if self.options.no_seeds else [SEEDS]
        found = load_corpus(places + [self.place.corpus], self.encoder,
                            self.bad)
        for why in self.bad:
            say(f"left out: {why}")
        return sorted(found, key=len) if self.options.distil else found

    def distil(self):
        from fuzz.program import text
        with open(self.options.distil, "w") as f:
            f.write("# Programs that reach most of the code that system calls "
                    "run: made by\n# `./lectern fuzz --distil`, replayed by "
                    "suite fuzz-calls.\n\n")
            f.write("\n".join(map(text, self.corpus)))

    def search(self, waiting):
        limit = Limit(self.options, self.progress)
        while self.options.seeds_only or limit.leaves_time():
            batch, waiting = waiting[:BATCH], waiting[BATCH:]
            if not batch and self.options.seeds_only:
                break
            while len(batch) < BATCH and not self.options.seeds_only:
                batch.append(self.next_program())
            self.run_batch(batch)

    def run(self):
        self.options.seeds_only |= bool(self.options.distil)
        say(f"seed {self.seed}; finds go to "
            f"{os.path.relpath(self.place.finds)}")
        waiting = self.seeds()
        with self.progress:
            try:
                self.search(waiting)
            finally:
                self.drop_machine()
        if self.options.distil:
            self.distil()
        return self.verdict()

    def verdict(self):
        if self.bad:
            say(f"{len(self.bad)} corpus file(s) did not parse")
        if self.unreplayed:
            say(f"{len(self.unreplayed)} finds could not be reproduced: "
                + ", ".join(map(os.path.relpath, self.unreplayed)))
        for name, times in sorted(self.titles.items()):
            say(f"find: {name}, {times} times, in "
                f"{os.path.relpath(self.place.finds)}")
        return 1 if self.titles else 0


def replay(options):
    from fuzz.replay import replay as do
    return do(Fuzzer(options), options.replay)


def check_new(options):
    """Raise Failure for options of new programs where none are made, and for
    --sequence with two kernels, whose programs are a single process."""
    for what in ("replay", "replay_against", "against"):
        for name in ("sequence", "distil"):
            if getattr(options, what) and getattr(options, name):
                raise Failure(f"--{name} is not for --"
                              + what.replace("_", "-"), EXIT_USAGE)
    if options.sequence and options.distil:
        raise Failure("--distil runs the corpora, --sequence new programs",
                      EXIT_USAGE)


def check_numbers(options):
    if options.programs is not None and options.minutes is not None:
        raise Failure("--programs replaces --minutes: give only one",
                      EXIT_USAGE)
    if options.minutes is None:
        options.minutes = 10
    if options.smp < 1 or not 0 <= options.minutes < float("inf"):
        raise Failure("--smp and --minutes: at least 1 and 0", EXIT_USAGE)
    if options.programs is not None and options.programs < 1:
        raise Failure("--programs: at least 1", EXIT_USAGE)


def fuzz(options):
    """Return: 0 if nothing was found, else 1"""
    check_new(options)
    check_numbers(options)
    if options.distil and options.no_cover:
        raise Failure("--distil needs the code that is reached: not with "
                      "--no-cover", EXIT_USAGE)
    if options.distil and not os.access(
            os.path.dirname(os.path.abspath(options.distil)), os.W_OK):
        raise Failure(f"--distil {options.distil}: no such folder to write to",
                      EXIT_USAGE)
    options.mem = memory_size(options.mem)
    names = checks.parse(options.check)
    packages.require(packages.for_run(options.arch), not options.no_install)
    options.check = ",".join(names)
    sys.path.insert(0, os.path.join(TOP, "tools"))
    from fuzz.vm import PROGRAMS
    build(options.arch, PROGRAMS if names else [*PROGRAMS, "lectern.elf"])
    if options.replay:
        return replay(options)
    if options.against or options.replay_against:
        from fuzz.against import Against
        return Against(options).run()
    return Fuzzer(options).run()
