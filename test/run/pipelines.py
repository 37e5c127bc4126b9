#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""pipelines.py ARCH - Debian's busybox under `taskset` on every CPU of 1, 2, 4
and 8, and many pipelines at once, whose output is compared byte for byte with
what Python says it must be; on every change each machine has its share."""
import os
import sys

sys.dont_write_bytecode = True
from harness import (BUILD, EVERY, PATIENCE, Tap, errors_of,  # noqa: E402
                     need_package, out_of, run, unbalanced)

CPUS = (1, 2, 4, 8)
# pipelines at once, and stages of the long one
WIDE = 64 if EVERY else 32
LINES = 200
DEEP = 30000                    # lines through the long pipeline
LIMIT = 500

# A part of the output begins with a line @@name; no program prints that.
SCRIPT = r"""
CPUS=$1 WIDE=$2 LINES=$3 DEEP=$4
cd /tmp
# the last of some readings: who has ended may be on his way off a CPU
# (by the shell: a program whose heap begins right behind its data has an area
# less than others)
audit() { for i in 1 2 3; do
	sleep 1; echo "@@$1"
	while read -r l; do echo "$l"; done </proc/lectern/audit
done; }

# where a program of this mask runs: its own mask, the CPU it was last on
look='taskset -p $$ | sed "s/.*: //"; awk "{print \$39}" /proc/self/stat'
part() {	# one pipeline of four programs with prefixes $2...
	i=$1; shift
	$1 seq $i $((i + LINES - 1)) | $2 awk -v k=$i '{print $1 * k, k}' |
		$3 sort -rn | $4 sed "s/^/$i: /" >out.$i
	gzip <out.$i | $1 gunzip | cmp - out.$i || echo "gzip of $i differs"
}
wide() {	# all at once, pipeline i with the prefixes of CPU i + stage
	echo "@@$1"
	i=0
	while [ $i -lt $WIDE ]; do
		i=$((i + 1))
		part $i "$(prefix $i)" "$(prefix $((i + 1)))" \
			"$(prefix $((i + 2)))" "$(prefix $((i + 3)))" &
	done
	wait
	i=0
	while [ $i -lt $WIDE ]; do
		i=$((i + 1)); cat out.$i; rm out.$i
	done
}

prefix() { :; }
wide first
audit before

c=0
while [ $c -lt $CPUS ]; do
	echo "@@cpu $c"
	taskset $(printf %x $((1 << c))) sh -c "$look"
	taskset $(printf %x $((1 << c))) sh -c \
		'seq 1 3000 | sort -rn | busybox tail -n 1; : | cat; echo $((6 * 7))'
	c=$((c + 1))
done
echo "@@every"
taskset $(printf %x $(((1 << CPUS) - 1))) sh -c 'taskset -p $$' | sed "s/.*: //"
echo "@@none"
taskset $(printf %x $((1 << CPUS))) true 2>/dev/null && echo "ran nowhere"
taskset 0 true 2>/dev/null && echo "ran nowhere"

prefix() { :; }
wide free
prefix() { echo taskset $(printf %x $((1 << $1 % CPUS))); }
wide pinned
prefix() { echo taskset 1; }
wide together

echo "@@deep"
line="seq 1 $DEEP"
i=0
while [ $i -lt $WIDE ]; do
	line="$line | taskset $(printf %x $((1 << i % CPUS))) cat"
	i=$((i + 1))
done
eval "$line"
audit after
"""
SLACK = {"free_pages": 64, "slab_objects": 32}


def wide():
    """What the parallel pipelines must print."""
    out = []
    for i in range(1, WIDE + 1):
        out += [f"{i}: {n * i} {i}\n"
                for n in range(i + LINES - 1, i - 1, -1)]
    return "".join(out)


def expected(cpus):
    want = {f"cpu {c}": f"{1 << c:x}\n{c}\n1\n42\n" for c in range(cpus)}
    want["every"] = f"{(1 << cpus) - 1:x}\n"
    want["none"] = ""
    want["first"] = want["free"] = want["pinned"] = want["together"] = wide()
    want["deep"] = "".join(f"{n}\n" for n in range(1, DEEP + 1))
    return want


def differ(got, want):
    """Where the first difference is."""
    a, b = got.splitlines(), want.splitlines()
    for n, (x, y) in enumerate(zip(a, b)):
        if x != y:
            return f"line {n + 1}: {x!r}, not {y!r}"
    return f"{len(a)} lines, not {len(b)}"


def boot_pipelines(tap, arch, cpus):
    log = os.path.join(BUILD, arch, f"pipelines-{cpus}.log")
    limit = int(LIMIT * PATIENCE)
    done = run("run", "--smp", str(cpus), "--mem", "512M", "--log", log,
               "--timeout", str(limit), "--", "sh", "-c", SCRIPT, "sh",
               str(cpus), str(WIDE), str(LINES), str(DEEP), arch=arch,
               timeout=limit + 60)
    parts = {}
    for part in out_of(done).split("@@")[1:]:
        name, _, text = part.partition("\n")
        parts[name] = text
    tap.point(done.returncode == 0, f"{cpus} CPUs: the machine lives",
              errors_of(done)[-2000:])
    for name, want in expected(cpus).items():
        got = parts.get(name, "")
        tap.point(got == want, f"{cpus} CPUs: {name}",
                  "" if got == want else differ(got, want))
    if "after" in parts:
        notes = unbalanced(parts["before"], parts["after"], SLACK)
        tap.point(not notes, f"{cpus} CPUs: the audit balances",
                  "\n".join(notes))


def main():
    arch = sys.argv[1]
    need_package(arch, "busybox-static")
    tap = Tap()
    for n, cpus in enumerate(CPUS):
        if tap.wanted(f"{cpus} CPUs") and tap.turn(arch, n):
            boot_pipelines(tap, arch, cpus)
    tap.end()


main()
