#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""small.py ARCH - a machine with little memory, and programs that want all of
it: each gets an error or is killed, the rest goes on and everything comes
back.  The machines share them: here on one CPU and there on several, those
that take minutes on one CPU of one machine; all everywhere with LECTERN_EVERY.
So with the shell's fork bombs, with a limit of processes and without."""
import os
import re
import sys
import tempfile

sys.dont_write_bytecode = True
from harness import (BUILD, EVERY, PATIENCE, Tap, errors_of,  # noqa: E402
                     need_package, out_of, run, unbalanced)
from driver.testing.tap import Reader  # noqa: E402

LIMIT = 600

# A bomb that goes on when a fork fails, bounded by a limit of processes (for
# another user, as root has none) and by the memory alone, where the OOM killer
# meets it.  The shell beside it only uses what is built into it, so it needs no
# memory; and who ends the bomb is there before it and safe from the killer.
# The audit is taken when no task is left that was not there at first.
BOMBS = r"""
cat >/tmp/bomb <<'END'
x=xxxxxxxxxxxxxxxx
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do x=$x$x; done
b() {
	x=$x.		# 1 MiB of its own
	while :; do
		b &
	done
}
b
END
mkfifo /tmp/go /tmp/never
exec 3<>/tmp/never
echo -1000 >/proc/self/oom_score_adj
free() {
	while read key value unit; do
		[ "$key" = MemFree: ] && n=$value
	done </proc/meminfo
}
tasks() {
	while read key value; do
		[ "$key" = tasks ] && n=$value
	done </proc/lectern/audit
}
audit() {
	i=0
	tasks
	while [ $n -gt $2 ] && [ $i -lt 300 ]; do
		sleep 1
		tasks
		i=$((i + 1))
	done
	sleep 1
	echo "@@$1"
	while read -r l; do echo "$l"; done </proc/lectern/audit
}
bomb() {
	su -s /bin/sh nobody -c \
		'read x </tmp/go; i=0
		while [ $i -lt 200 ]; do
			kill -KILL -1
			i=$((i + 1))
		done' 2>/dev/null &
	(echo 500 >/proc/self/oom_score_adj
	ulimit -u $1 || ulimit -p $1	# its name depends on the version
	exec su -s /bin/sh nobody -c "exec setsid sh /tmp/bomb") \
		>/dev/null 2>&1 &
	i=0 least=999999 most=0
	while [ $i -lt $2 ] && [ $least -gt 4000 ]; do
		read -t 1 x <&3
		free
		[ $n -gt $least ] || least=$n
		tasks
		[ $n -lt $most ] || most=$n
		i=$((i + 1))
	done
	echo >/tmp/go
	wait
	echo "survived: $1"
	echo "least free: $least"
	echo "most tasks of $1: $most"
}
tasks
first=$n
bomb 10 1
audit before $first
bomb 20 3
bomb unlimited 15
audit after $first
"""
BESIDE = 24
# with the memory, and bytes to page out to
PROGRAMS = (("exhaustion", "48M", None), ("oom_user", "48M", None),
            ("oom_storms", "48M", None), ("oom_pinned", "48M", None),
            ("oom_calls", "48M", None),
            ("pressure", "40M", 256 << 20), ("oom_swap", "40M", 24 << 20),
            ("who_goes", "40M", 256 << 20),
            ("shared_pressure", "40M", 256 << 20),
            ("text_goes", "40M", 16 << 20))
# minutes, and on several CPUs not on every change
LONG = ("exhaustion", "oom_pinned", "oom_swap", "pressure")
# as all others go by the clock, this one does by the other policies only
BY_POLICY = "pressure"
SLACK = {"free_pages": 64, "slab_objects": 32}


def bombs(tap, arch, cpus):
    name = f"{cpus} CPUs: fork bombs"
    log = os.path.join(BUILD, arch, f"bombs-{cpus}.log")
    done = run("run", "--mem", "48M", "--smp", str(cpus), "--log", log,
               "--timeout", str(int(LIMIT * PATIENCE)), "--", "sh", "-c",
               BOMBS, arch=arch, timeout=LIMIT + 60)
    text = out_of(done)
    why = text[-1500:] + errors_of(done)[-1500:]
    tap.point(done.returncode == 0, f"{name}: the machine lives", why)
    for limit in ("20", "unlimited"):
        tap.point(f"survived: {limit}\n" in text,
                  f"{name}: limit {limit}: the shell lives", why)
    # beside them: the shell, who ends them, who starts them, the kernel's
    for limit, first in re.findall(r"^most tasks of (10|20): (\d+)", text,
                                   re.M):
        tap.point(int(first) <= int(limit) + BESIDE,
                  f"{name}: no more than {limit} of them", why)
    audits = re.findall(r"@@\w+\n((?:\w+ \d+\n)+)", text)
    bad = ["no audit"] if len(audits) != 2 else unbalanced(*audits, SLACK)
    tap.point(not bad, f"{name}: the audit balances", "\n".join(bad))


def run_program(tap, arch, cpus, name, memory="48M", swap=None, policy=None):
    """swap: bytes of an empty disk to page out to; policy: what goes"""
    log = os.path.join(BUILD, arch, "-".join(
        filter(None, [name, policy, str(cpus)])) + ".log")
    label = f"{cpus} CPUs: {policy + ': ' if policy else ''}{name}"
    with tempfile.NamedTemporaryFile(prefix="lectern-swap-") as disk:
        disk.truncate(swap or 0)
        done = run("run", "--mem", memory, "--smp", str(cpus), "--log", log,
                   *(["--disk", disk.name] if swap else []),
                   *(["--append", f"replacement={policy}"] if policy else []),
                   "--timeout", str(int(LIMIT * PATIENCE)), "--",
                   f"/usr/lectern/test/{name}", arch=arch,
                   timeout=LIMIT + 100)
    reader = Reader(lambda p: tap.point(
        p.result != "fail", f"{label}: {p.name}", "\n".join(p.notes)))
    for line in out_of(done).splitlines():
        reader.line(line)
    if done.returncode > 1:
        reader.bail = errors_of(done)[-3000:]
    reader.end(done.returncode)


def main():
    arch = sys.argv[1]
    need_package(arch, "busybox-static")
    tap = Tap()
    for n, cpus in enumerate((1, 4)):
        if tap.wanted(f"{cpus} CPUs: fork bombs") and tap.turn(arch, n, 2):
            bombs(tap, arch, cpus)
        for i, (name, memory, swap) in enumerate(PROGRAMS):
            by_night = cpus > 1 and name in LONG or name == BY_POLICY
            if by_night and not (EVERY or tap.only):
                continue
            if tap.wanted(f"{cpus} CPUs: {name}") and tap.turn(arch, n + i):
                run_program(tap, arch, cpus, name, memory, swap)
    for n, policy in enumerate(("fifo", "wsclock")):
        if tap.wanted(f"1 CPUs: {policy}: pressure") and tap.turn(arch, n):
            run_program(tap, arch, 1, "pressure", "40M", 256 << 20, policy)
    tap.end()


main()
