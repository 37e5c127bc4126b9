# SPDX-License-Identifier: MIT
"""./lectern bench --programs: Debian's own benchmarks, unmodified, with small
fixed amounts of work (test/bench/progbench.c): on one CPU in instructions under
`-icount`, on two by wall clock, and with --wall on one by wall clock as well;
Lectern and Debian's Linux take turns.

Wall clock figures depend on the host as much as on the kernel, so each is the
minimum of several runs in several boots.
"""
import collections
import os
import subprocess
import tempfile

from ..common import EXIT_USAGE, TOP, Failure, build_dir, near

LIMIT = 1800
CPUS = (1, 2)
WALL_BOOTS = 3
RUNS = {True: 3, False: 2}      # runs in each boot: by wall clock, by -icount
TESTED = "sqlite_memory"        # a row of few packages, for suite `bench`
DISK = "/dev/vda"
DISK_SIZE = "64M"

Row = collections.namedtuple("Row", "name package place words")
ROWS = []


def row(name, package, command, place="memory"):
    ROWS.append(Row(name, package, place, command.split()))


row("hackbench_pipes_threads", "rt-tests", "hackbench -p -T -g 1 -l 150")
row("hackbench_sockets_processes", "rt-tests", "hackbench -P -g 1 -l 150")

SYSBENCH = "sysbench --time=0 --threads=4"
row("sysbench_threads", "sysbench", f"{SYSBENCH} threads --thread-yields=100 "
    "--thread-locks=2 --events=100 run")
row("sysbench_mutex", "sysbench", f"{SYSBENCH} mutex --mutex-num=16 "
    "--mutex-locks=1000 --mutex-loops=10 run")
row("sysbench_memory", "sysbench", "sysbench --time=0 --threads=2 memory "
    "--memory-block-size=4K --memory-total-size=32M run")

SCRIPTS = {"sqlite.sql": """\
create table t(id integer primary key, word text, number integer);
begin;
with recursive n(i) as (select 1 union all select i + 1 from n where i < 4000)
insert into t select i, 'word' || (i * 7919 % 4001), i * 31 % 997 from n;
commit;
create index by_word on t(word);
select count(*), sum(number) from t where word between 'word1' and 'word3';
select number, count(*) from t group by number order by 2 desc, 1 limit 20;
update t set number = number + 1 where word like 'word12%';
delete from t where id % 5 = 0;
select count(*), sum(number), max(word) from t;
"""}
SQLITE = "sqlite3 -init /bench/sqlite.sql sqlite.db .exit"
row("sqlite_memory", "sqlite3", SQLITE)
row("sqlite_disk", "sqlite3", SQLITE, DISK)

FIO = ("fio --name=f --filename=f --size=4M --bs=4k --rw=randrw "
       "--randseed=1 --thread --ioengine=")
row("fio_sync_memory", "fio", FIO + "sync")
row("fio_psync_memory", "fio", FIO + "psync")
row("fio_psync_disk", "fio", FIO + "psync --fsync=64 --end_fsync=1", DISK)

# the timeout is for a stressor that never reaches its number of operations
for stressor, operations, more in (
        ("fork", 200, ""), ("exec", 2, "--exec-max 1"),
        ("mmap", 2, "--mmap-bytes 4M"), ("fault", 2000, ""),
        ("switch", 10000, ""), ("futex", 1000, ""), ("sigq", 5000, "")):
    row(f"stress_{stressor}", "stress-ng", f"stress-ng --timeout 60 "
        f"--{stressor} 1 --{stressor}-ops {operations} {more}")


def chosen(parts):
    """Return: the rows whose names contain one of these parts; all if none"""
    names = [r.name for r in ROWS]
    for part in parts:
        if not any(part in name for name in names):
            raise Failure(f"no row is called {part}" + near(part, names),
                          EXIT_USAGE)
    return [r for r in ROWS if not parts or any(p in r.name for p in parts)]


def packages_of(rows):
    return tuple(sorted({"coreutils", "dash", *(r.package for r in rows)}))


def write_files(work, rows):
    """Write the guest's files. Return: arguments of `lectern run`"""
    texts = dict(SCRIPTS)
    texts["rows"] = "".join("\t".join([r.name, r.place, *r.words]) + "\n"
                            for r in rows)
    args = []
    for name, text in texts.items():
        with open(os.path.join(work, name), "w") as f:
            f.write(text)
        args += ["--add", f"{os.path.join(work, name)}:/bench/{name}"]
    return args


def fresh_disk(work):
    image = os.path.join(work, "disk.img")
    if os.path.exists(image):
        os.unlink(image)
    subprocess.run(["/sbin/mke2fs", "-q", "-F", "-t", "ext2", "-b", "4096",
                    image, DISK_SIZE], check=True, stdout=subprocess.PIPE,
                   stderr=subprocess.PIPE)
    return ["--disk", image]


def boot(arch, program, rows, cpus, wall, options, parse, show):
    """Return: {row: ns}; None if it failed"""
    found = {}
    with tempfile.TemporaryDirectory(prefix="lectern-programs-") as work:
        args = [os.path.join(TOP, "lectern"), "run", "--arch", arch, "--smp",
                str(cpus), "--mem", "1G", "--timeout", str(LIMIT), "--log",
                os.path.join(build_dir(arch), "bench-programs.log"),
                "--packages", ",".join(packages_of(rows)), *options,
                *write_files(work, rows), "--add", f"{program}:/progbench"]
        if not wall:
            args.append("--icount")
        if any(r.place == DISK for r in rows):
            args += fresh_disk(work)
        with subprocess.Popen(
                [*args, "--", "/progbench", "/bench/rows", str(RUNS[wall])],
                text=True, stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE) as child:
            for line in child.stdout:
                figure = parse(line)
                if figure:
                    found[figure[0]] = figure[1]
                    show(*figure)
    if child.returncode:
        raise Failure(f"progbench ended with status {child.returncode}",
                      child.returncode)
    return found


def measured(arch, program, rows, cpus, wall, against, parse, show):
    """Return: our figures and those of Linux, {row: ns}"""
    if not wall:        # waiting for a disk takes no instructions
        rows = [r for r in rows if r.place != DISK]
    kernels = [[]] + [["--kernel", "linux", "--append", against]] * (
        against is not None)
    found = [{} for _ in kernels]
    for _ in range(WALL_BOOTS if wall else 1):
        for figures, options in zip(found, kernels):
            for name, ns in boot(arch, program, rows, cpus, wall, options,
                                 parse, show).items():
                figures[name] = min(filter(None, (ns, figures.get(name))),
                                    default=None)
    return found[0], found[1] if against is not None else {}


def milliseconds(ns):
    return f"{ns / 1e6:.2f}" if ns else "n/a"


def lines(arch, cpus, wall, ours, theirs):
    """Yield the table; ! marks a row that takes longer than on Linux."""
    clock = "ms by the clock" if wall else "instructions / 10^6"
    yield (f"{f'{arch}, {cpus} CPU' + 's' * (cpus > 1) + ', ' + clock:44}"
           f"{'lectern':>10}{'linux':>10}{'ratio':>8}")
    for name, ns in ours.items():
        other = theirs.get(name)
        line = f"{name:44}{milliseconds(ns):>10}"
        if other:
            line += f"{milliseconds(other):>10}"
            if ns:
                line += f"{ns / other:8.2f}{' !' if ns > other else ''}"
        yield line


def tsv(arch, cpus, _, ours, theirs):
    for name, ns in ours.items():
        other = theirs.get(name)
        yield "\t".join([arch, str(cpus), name, milliseconds(ns)] + (
            [milliseconds(other)] + [f"{ns / other:.3f}"] * bool(ns)
            if other else []))


def bench_programs(arch, program, options, against, parse, show):
    """against: the command line of the other kernel, or None."""
    rows = chosen(options.rows)
    for cpus in [options.cpus] if options.cpus else CPUS:
        wall = options.wall or cpus > 1     # -icount has one thread
        ours, theirs = measured(arch, program, rows, cpus, wall, against,
                                parse, show)
        shape = tsv if options.tsv else lines
        print("\n".join(shape(arch, cpus, wall, ours, theirs)), flush=True)
    return 0
