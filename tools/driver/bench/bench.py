# SPDX-License-Identifier: MIT
"""`./lectern bench`: what operations cost, in instructions.

test/bench/kbench.c is built against the C library of a Debian cross compiler,
so that the same binary runs on Lectern and on Debian's Linux.  Under -icount
one nanosecond of guest time is one instruction, and repeated runs give the
same figures.
"""
import glob
import math
import os
import re
import subprocess
import sys

from .. import checks, packages
from . import bench_bomb, bench_start
from ..machine import linux
from .bench_activation import bench_activation
from .bench_container import bench_containers
from .bench_disk import bench_disk
from .bench_huge import bench_huge
from .bench_malloc import bench_malloc
from .bench_programs import bench_programs, chosen
from .bench_sched import bench_sched
from .bench_smp import bench_smp
from .bench_wall import bench_wall
from ..build import tool_failure
from ..common import (DEFAULT, EXIT_USAGE, MACHINES, NAMED, TOP,
                      Failure, build_dir, near, say)
from ..disk.cpio import Archive
from ..machine.machine import Machine, Relay, Settings, receive
from ..tracing.profile import profile
from ..tracing.profile_boot import boot_profile
from ..progress import Waiting
from ..words import meant

SOURCES = os.path.join(TOP, "test", "bench")
BASELINE = os.path.join(TOP, "docs", "baseline.tsv")
LIMIT = 3600
BOOT = "boot"                   # a word of --profile besides the rows

FLAGS = {"kbench": ["-pthread"],
         "schedbench": [],
         "smpbench": ["-pthread"],
         "hugebench": [],
         "startbench": [],
         "boxbench": [],
         "bombbench": [],
         "progbench": [],
         "diskbench": ["-pthread", "-D_FILE_OFFSET_BITS=64"],
         "tiny": ["-nostdlib", "-nostartfiles", "-ffreestanding", "-fno-pic",
                  "-no-pie", "-fno-stack-protector"]}

# What they take from user/libc/arch/NAME
LIBC_PARTS = {"tiny": ("crt0.S", "syscall.S")}

# kbench runs whole groups of rows: the group of a row by its name
GROUPS = (("vma20k", "vma"), ("null", "null"), ("clock", "null"),
          ("sched_yield_alone", "yield"), ("sched_yield_2proc", "pipe"),
          ("munmap_64M", "fault"), ("file_", "file"), ("anon_", "fault"),
          ("mmap", "mmap"), ("mprotect", "mmap"), ("brk", "mmap"),
          ("lseek", "file"), ("read_", "file"), ("write_", "file"),
          ("open_", "file"), ("stat", "file"), ("fstat", "file"),
          ("create", "file"), ("pipe", "pipe"), ("sig", "sig"),
          ("segv", "sig"), ("futex", "thread"), ("pthread", "thread"),
          ("clone", "thread"), ("fork_exec", "exec"), ("spawn", "exec"),
          ("fork", "fork"),
          ("cow", "fork"), ("calib", "calib"))

# Linux at its fastest: without mitigations, zeroing, accounting and audit
TUNED = ("quiet panic=-1 nokaslr mitigations=off init_on_alloc=0 "
         "cgroup_disable=memory audit=0")


def add_options(p):
    p.add_argument("--arch", choices=NAMED, default=DEFAULT,
                   help=f"machine (default: {DEFAULT})")
    p.add_argument("--against", choices=("linux",),
                   help="measure Debian's Linux too, on the same binary")
    p.add_argument("--tsv", action="store_true",
                   help="one line a row: arch row instructions [linux ratio]")
    meant(p.add_argument(
        "--profile", metavar="ROW",
        help="count one row's instructions by kernel function; ROW boot: those "
             "from power-on to init"), lambda: [BOOT, *known_rows()])
    p.add_argument("--sched", action="store_true",
                   help="measure shares and latencies of the scheduler, in "
                        "percent and ns, with and without kernel preemption; "
                        "takes minutes")
    p.add_argument("--smp", action="store_true",
                   help="compare one CPU with two, and with two of which one "
                        "serves all traps, by wall clock; ROW: part of a "
                        "row's name")
    p.add_argument("--wall", action="store_true",
                   help="measure by wall clock, in ns, the best of three runs; "
                        "with --against linux the kernels take turns")
    p.add_argument("--superpages", action="store_true",
                   help="touch 64 MiB in pages and in superpages: faults, "
                        "page tables, flushes, instructions")
    p.add_argument("--forks", action="store_true",
                   help="measure the fork rows with shared leaf tables and "
                        "with copied ones (fork=eager)")
    p.add_argument("--starts", action="store_true",
                   help="start a program with 50 libraries: static, bound "
                        "lazily, bound at once, prelinked, by our runtime "
                        "linker, glibc's and musl's; and Debian's `true`")
    p.add_argument("--containers", action="store_true",
                   help="measure Debian's `unshare` with namespaces and back, "
                        "and the start of a container to its shell: the mean "
                        "and the minimum of twenty runs")
    p.add_argument("--programs", action="store_true",
                   help="run Debian's hackbench, sysbench, sqlite3, fio and "
                        "stress-ng with a little fixed work: in millions of "
                        "instructions on one CPU, in ms by wall clock on two; "
                        "with --against linux the kernels take turns, and ! "
                        "marks what takes longer; ROW: part of a row's name")
    p.add_argument("--cpus", type=int, choices=(1, 2),
                   help="with --programs: only on this many CPUs")
    p.add_argument("--bomb", type=int, nargs="?", const=bench_bomb.RUNS,
                   metavar="RUNS",
                   help="run root's `ls` this many times during a user's fork "
                        "bomb, on 1, 2 and 4 CPUs, by wall clock "
                        f"(default: {bench_bomb.RUNS}, which take minutes)")
    p.add_argument("--malloc", action="store_true",
                   help="count the blocks that threads allocate and free in a "
                        "millisecond, with one arena and several, beside "
                        "glibc and jemalloc")
    p.add_argument("--activations", action="store_true",
                   help="compare kernel threads with a program's own threads "
                        "over scheduler activations, in instructions")
    p.add_argument("--disk", action="store_true",
                   help="measure disk throughput by wall clock; takes minutes")
    checks.add_extensions(p)
    p.add_argument("--save", metavar="FILE",
                   help="save the figures for --compare")
    p.add_argument("--compare", metavar="FILE",
                   help="compare with saved figures, in percent; status 1 if "
                        "a row costs more by more than --threshold")
    p.add_argument("--threshold", type=float, default=1.0, metavar="PERCENT",
                   help="the limit of --compare (default: 1)")
    meant(p.add_argument("rows", nargs="*", metavar="ROW"), known_rows)


def programs(arch):
    """Build the programs of test/bench. Return: {guest path: host file}"""
    out = os.path.join(build_dir(arch), "bench")
    os.makedirs(out, exist_ok=True)
    every = [os.path.join(SOURCES, n) for n in sorted(os.listdir(SOURCES))
             if n.endswith((".c", ".h"))]
    newest = max(map(os.path.getmtime, every + [__file__]))
    made = {}
    for name, flags in FLAGS.items():
        target = made["/" + name] = os.path.join(out, name)
        if os.path.exists(target) and os.path.getmtime(target) > newest:
            continue
        parts = [p for p in every if p.endswith(".c")
                 and os.path.basename(p).startswith(name)]
        parts += [os.path.join(TOP, "user", "libc", "arch",
                               MACHINES[arch].folder, part)
                  for part in LIBC_PARTS.get(name, ())]
        compiler = [packages.LINUX_GCC[arch], "-O2", "-Wall", "-static",
                    *flags, "-o", target, *parts]
        done = subprocess.run(compiler, text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT)
        if done.returncode:
            raise tool_failure(f"compiling {name}", compiler, done.stdout)
    return made


def stored():
    """Return: the stored figures of Linux, {row: {machine: instructions}}, in
    the order in which kbench runs the rows"""
    found, names = {}, []
    with open(BASELINE) as f:
        for line in f:
            part = line.rstrip("\n").split("\t")
            if line.startswith("# row\t"):
                names = part[1:]
            elif not line.startswith("#"):
                found[part[0]] = {name: float(figure) for name, figure
                                  in zip(names, part[1:]) if figure}
    return found


def baseline(arch):
    """Return: a machine's stored figures of Linux, {row: instructions}"""
    return {row: figures[arch] for row, figures in stored().items()
            if arch in figures}


def parse(line):
    """Parse a line of kbench. Return: (row, figure or None), or None"""
    m = re.fullmatch(r"(\w+)\t(\S+)(.*)", line.strip())
    if not m:
        return None
    try:
        return m.group(1), float(m.group(2))
    except ValueError:
        return m.group(1), None


def known_rows():
    """Return: the rows with a stored figure of Linux, on any machine"""
    return sorted(stored())


def check_rows(rows):
    """Raise Failure unless each is a row, part of a row's name or a group."""
    known = set(known_rows())
    for path in glob.glob(os.path.join(SOURCES, "kbench*.c")):
        with open(path) as f:
            known |= set(re.findall(r'\brow\("(\w+)"', f.read()))
    groups = {group for _, group in GROUPS}
    for row in rows:
        if row not in groups and not any(row in name for name in known):
            raise Failure(f"no row is called {row}"
                          + near(row, known | groups), EXIT_USAGE)


def command(rows):
    groups = set()
    for r in rows:
        groups |= {"vma"} if "vma20k" in r else {
            group for part, group in GROUPS
            if part in r or r in part or r == group}
    return ["/kbench"] + (["-f", ",".join(sorted(groups))] if groups else [])


def group_of(row):
    """Return: the group of kbench that prints this row"""
    return next(group for part, group in GROUPS if row.startswith(part)
                or (part == "vma20k" and part in row))


def wanted(name, rows):
    def groups(text):
        return {g for part, g in GROUPS if text.startswith(part)}
    return not rows or any(r in name or r in groups(name) for r in rows)


def on_lectern(arch, made, argv, rows, show, options=()):
    args = [os.path.join(TOP, "lectern"), "run", "--arch", arch, "--icount",
            "--mem", "1G", "--timeout", str(LIMIT),
            "--log", os.path.join(build_dir(arch), "bench.log")]
    args += options
    for guest, host in made.items():
        args += ["--add", f"{host}:{guest}"]
    child = subprocess.Popen(args + ["--"] + argv, text=True,
                             stdin=subprocess.DEVNULL,
                             stdout=subprocess.PIPE)
    found = {}
    for line in child.stdout:
        row = parse(line)
        if row and wanted(row[0], rows):
            found[row[0]] = row[1]
            show(*row)
    status = child.wait()
    if status:
        raise Failure(f"{argv[0]} ended with status {status}", status)
    return found


LINUX_INIT = r"""
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
	static char text[65536], *argv[256];
	int fd, n = 0, status, out[2];
	long len;

	mount("dev", "/dev", "devtmpfs", 0, 0);
	mount("proc", "/proc", "proc", 0, 0);
	mount("tmpfs", "/tmp", "tmpfs", 0, 0);
	fd = open("/dev/console", O_RDWR);
	dup2(fd, 0);
	dup2(fd, 1);
	dup2(fd, 2);
	fd = open("/proc/sys/vm/max_map_count", O_WRONLY);
	if (fd >= 0 && write(fd, "200000", 6) < 0)
		close(fd);
	fd = open("/proc/sys/vm/overcommit_memory", O_WRONLY);
	if (fd >= 0 && write(fd, "1", 1) < 0)
		close(fd);
	fd = open("/etc/lectern/cmd", O_RDONLY);
	len = read(fd, text, sizeof(text) - 1);
	for (char *p = text; p < text + len; p += strlen(p) + 1)
		argv[n++] = p;
	/* what a kernel still does after starting init is not measured */
	sleep(3);
	/* a pipe, as the console would be measured otherwise */
	if (pipe(out) == 0 && fork() == 0) {
		dup2(out[1], 1);
		close(out[0]);
		close(out[1]);
		execv(argv[0], argv);
		_exit(127);
	}
	close(out[1]);
	while ((len = read(out[0], text, sizeof(text))) > 0)
		if (write(1, text, len) < 0)
			break;
	wait(&status);
	sleep(1);
	reboot(RB_POWER_OFF);
	for (;;)
		pause();
}
"""


def linux_settings(arch, archive):
    s = Settings(arch)
    s.mem, s.icount, s.machine = "1G", True, MACHINES[arch].debian_board
    s.kernel, name = linux.kernel(arch)
    s.append = [MACHINES[arch].debian_append, TUNED]
    s.initrds = [archive.bytes()]
    return s, name


def on_linux(arch, made, argv, rows, show):
    tree = Archive()
    for guest, host in made.items():
        tree.host(host, guest)
    tree.host(linux.compiled(arch, "bench-init", LINUX_INIT), "/init")
    for path in ("/dev", "/proc", "/tmp"):
        tree.folder(path)
    tree.char("/dev/console", 5, 1)
    tree.file("/etc/lectern/cmd",
              b"".join(a.encode() + b"\0" for a in argv))
    settings, name = linux_settings(arch, tree)
    say(f"measuring {name} as well; this takes some minutes")
    found, rest = {}, bytearray()

    def take(data):
        rest.extend(data)
        *lines, last = bytes(rest).split(b"\n")
        rest[:] = last
        for line in lines:
            row = parse(line.decode(errors="replace"))
            if row and wanted(row[0], rows):
                found[row[0]] = row[1]
                show(*row)

    with Machine(settings) as machine:
        relay = Relay(receive(machine.sockets["console"]), take)
        machine.process.wait(LIMIT)
        relay.join(10)
        if not found:
            raise Failure("Linux printed no row: " + machine.errors())
    return found


def number(value):
    if value is None:
        return "n/a"
    return f"{value:.{2 if value < 10 else 1 if value < 1000 else 0}f}"


def table(arch, ours, theirs, label):
    width = max([len(r) for r in ours] + [3])
    yield (f"{arch + ' row':{width}}  {'lectern':>12}  {label:>14}  "
           f"{'ratio':>6}")
    for row, value in ours.items():
        other = theirs.get(row)
        ratio = f"{value / other:.2f}" if value and other else ""
        yield (f"{row:{width}}  {number(value):>12}  "
               f"{number(other) if other else '':>14}  {ratio:>6}")
    mean = mean_ratio(ours, theirs)
    if mean:
        yield f"{'geometric mean':{width + 30}}  {mean:>6.3f}"


def mean_ratio(ours, theirs):
    """Return: the geometric mean over the rows that both measured; None if
    there are none.  The calib rows are left out: they count their own
    instructions, which are the same everywhere."""
    logs = [math.log(value / theirs[row]) for row, value in ours.items()
            if value and theirs.get(row) and not row.startswith("calib")]
    return math.exp(sum(logs) / len(logs)) if logs else None


def save(path, arch, found, mode="w"):
    """Save figures, one line a row: arch, row, instructions."""
    try:
        with open(path, mode) as f:
            f.write("".join(f"{arch}\t{row}\t{value}\n"
                            for row, value in found.items()
                            if value is not None))
    except OSError as why:
        raise Failure(f"--save {path}: {why.strerror}",
                      EXIT_USAGE) from None


def saved(path, arch):
    """Return: {row: figure} that save() stored for this machine"""
    found = {}
    try:
        with open(path) as f:
            for line in f:
                of, row, value = line.rstrip("\n").split("\t")
                if of == arch:
                    found[row] = float(value)
    except OSError as why:
        raise Failure(f"--compare {path}: {why.strerror}",
                      EXIT_USAGE) from None
    except ValueError:
        raise Failure(f"--compare {path}: not a file of --save",
                      EXIT_USAGE) from None
    if not found:
        raise Failure(f"--compare {path}: no figures of {arch}", EXIT_USAGE)
    return found


def percent(old, new):
    return 100 * (new - old) / old if old else 0.0


def comparison(arch, old, new, threshold):
    """Return: the lines of a table, whether a row grew by more than
    threshold"""
    width = max(map(len, new), default=3)
    lines = [f"{arch + ' row':{width}}  {'before':>12}  {'now':>12}  "
             f"{'percent':>9}"]
    dearer = False
    for row, value in new.items():
        if value is None or row not in old:
            continue
        change = percent(old[row], value)
        mark = " !" if change > threshold else ""
        dearer = dearer or bool(mark)
        lines.append(f"{row:{width}}  {number(old[row]):>12}  "
                     f"{number(value):>12}  {change:>+9.2f}{mark}")
    return lines, dearer


def show_all(options, ours, theirs, label):
    """Print the figures. Return: True if one exceeds the limit of --compare"""
    if options.compare:
        lines, dearer = comparison(options.arch, options.before, ours,
                                   options.threshold)
        print("\n".join(lines))
        return dearer
    if not options.tsv:
        print("\n".join(table(options.arch, ours, theirs, label)))
        return False
    for row, value in ours.items():
        part = [options.arch, row, number(value)]
        if theirs.get(row):
            part.append(number(theirs[row]))
            if value:
                part.append(f"{value / theirs[row]:.3f}")
        print("\t".join(part))
    return False


def bench_forks(arch, made, tsv):
    shared, eager = (on_lectern(arch, made, command(["fork"]), ["fork"],
                                lambda *row: None, options)
                     for options in ((), ("--append", "fork=eager")))
    if tsv:
        for row, figure in shared.items():
            print(f"{arch}\t{row}\t{figure}\t{eager.get(row)}")
    else:
        print("\n".join(table(arch, shared, eager, "fork=eager")))
    return 0


def bench_starts(arch, made, options):
    made = {**made, **bench_start.prepare(arch)}
    ours, theirs = (
        on_kernel(arch, made, ["/startbench", *bench_start.arguments(own)], [],
                  lambda *row: None) if on_kernel else {}
        for on_kernel, own in ((on_lectern, True),
                               (options.against and on_linux, False)))
    return show_both(options, ours, theirs)


def show_both(options, ours, theirs):
    """Print rows that have no stored figures of Linux."""
    if options.tsv:
        for row, figure in ours.items():
            print("\t".join([options.arch, row, number(figure)] + [
                number(t[row]) for t in (theirs,) if row in t]))
    elif theirs:
        print("\n".join(table(options.arch, ours, theirs, "linux")))
    else:
        for row, figure in ours.items():
            print(f"{row:24}{number(figure):>12}")
    return 0


def choose_extensions(options):
    """Choose the extensions of the machines that measure."""
    on = checks.parts(options.extensions)
    if options.superpages and "superpages" not in on:
        raise Failure("--superpages: extension superpages is off", EXIT_USAGE)
    if options.forks and "sharedtables" not in on:
        raise Failure("--forks: extension sharedtables is off", EXIT_USAGE)
    if options.disk and "disk" not in on:
        raise Failure("--disk: extension disk is off", EXIT_USAGE)
    if options.smp and "scheduling" not in on:
        raise Failure("--smp: extension scheduling is off", EXIT_USAGE)
    if options.profile not in (None, BOOT) and (
            len(on) < len(checks.extensions.load())):
        raise Failure("--profile ROW needs a kernel with all extensions",
                      EXIT_USAGE)
    os.environ["LECTERN_EXTENSIONS"] = options.extensions


def check_named(options):
    """Raise Failure if a named row does not exist, where that is known."""
    if options.programs:
        chosen(options.rows)
    elif not (options.sched or options.smp):
        check_rows(options.rows + [options.profile] * (
            options.profile not in (None, BOOT)))


def check_options(options):
    """Check what can be checked before anything is measured."""
    if options.cpus and not options.programs:
        raise Failure("--cpus is for --programs", EXIT_USAGE)
    check_named(options)
    if options.bomb is not None and options.bomb < 1:
        raise Failure(f"--bomb {options.bomb}: at least one run", EXIT_USAGE)
    if options.compare:
        # read first: --save may name the same file
        options.before = saved(options.compare, options.arch)
    if (options.save or options.compare) and (
            options.sched or options.smp or options.disk or options.wall or
            options.bomb or options.malloc or options.superpages or
            options.forks or
            options.starts or options.containers or options.activations or
            options.programs or options.profile):
        raise Failure("--save and --compare are for the usual rows",
                      EXIT_USAGE)
    if options.extensions is not None:
        choose_extensions(options)
    if options.save:
        save(options.save, options.arch, {}, "a")       # can it be written?


def measure(options, made, show):
    """Return: our figures, those of Linux, and what to call the latter"""
    arch, argv = options.arch, command(options.rows)
    if options.wall:
        def row_of(line):
            row = parse(line)
            return row if row and wanted(row[0], options.rows) else None
        return *bench_wall(arch, made["/kbench"], argv,
                           TUNED if options.against else None, row_of,
                           show), "linux"
    ours = on_lectern(arch, made, argv + ["-i"], options.rows, show)
    if options.against:
        return ours, on_linux(arch, made, argv, options.rows, show), "linux"
    return ours, baseline(arch), "linux (stored)"


def bench(options):
    arch = options.arch
    check_options(options)
    packages.require(packages.for_run(arch) + [packages.LINUX_GCC[arch]]
                     + ["mke2fs"] * (options.disk or options.programs),
                     not options.no_install)
    made = programs(arch)
    with Waiting("measuring", beside=True):
        return bench_what(options, arch, made)


def bench_what(options, arch, made):
    if options.superpages:
        return bench_huge(arch, made["/hugebench"], options.tsv)
    if options.forks:
        return bench_forks(arch, made, options.tsv)
    if options.starts:
        return bench_starts(arch, {"/startbench": made["/startbench"]},
                            options)
    if options.containers:
        return show_both(options, *bench_containers(
            arch, made, parse, TUNED if options.against else None))
    if options.programs:
        with Waiting("measuring") as waiting:
            def show(row, value):
                waiting.text = f"{row} {number(value)}"

            return bench_programs(arch, made["/progbench"], options,
                                  TUNED if options.against else None, parse,
                                  show)
    if options.smp:
        return bench_smp(arch, made["/smpbench"], options)
    if options.bomb:
        return bench_bomb.bench_bomb(arch, made["/bombbench"], options)
    if options.malloc:
        return bench_malloc(arch, options.tsv)
    if options.activations:
        return bench_activation(arch, options.tsv)
    if options.disk:
        return bench_disk(arch, made["/diskbench"], options.against,
                          options.tsv)
    if options.profile == BOOT:
        return boot_profile(arch)
    if options.profile:
        return profile(arch, made, options.profile, list(stored()), group_of)
    return bench_rows(options, arch, made)


def bench_rows(options, arch, made):
    def show(row, value):
        waiting.text = f"{row} {number(value)}"

    with Waiting("measuring") as waiting:
        if options.sched:
            return bench_sched(
                arch, lambda argv, extra: on_lectern(
                    arch, made, argv, options.rows, show, extra),
                options.against and (lambda argv: on_linux(
                    arch, made, argv, options.rows, show)), options.tsv)
        ours, theirs, label = measure(options, made, show)
    if options.save:
        save(options.save, arch, ours)
    dearer = show_all(options, ours, theirs, label)
    lost = [r for r in options.rows
            if not any(wanted(name, [r]) for name in ours)]
    if lost:
        raise Failure(f"no row is called {' or '.join(lost)}", EXIT_USAGE)
    return 1 if dearer else 0
