#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""gdbserver_test.py ARCH - Debian's unmodified gdbserver debugs a
process of the guest for a GDB outside (row B7): a thread that it has begun, and
both sides of a fork."""
import os
import re
import shutil
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
from harness import BUILD, PATIENCE, TOP, Tap, holds  # noqa: E402

sys.path.insert(0, os.path.join(TOP, "tools"))
from driver import debian  # noqa: E402
from driver.packages import LINUX_GCC  # noqa: E402

ARCH = sys.argv[1]
PROGRAM = os.path.join(BUILD, ARCH, "followed")
LIMIT = 300

SOURCE = r"""
#include <pthread.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

int shared;

void *worker(void *arg)
{
	shared++;
	return arg;
}

void in_child(void)
{
	shared = 42;
}

int main(void)
{
	pthread_t t;
	int st;

	pthread_create(&t, NULL, worker, NULL);
	pthread_join(t, NULL);
	if (fork() == 0) {
		in_child();
		_exit(7);
	}
	wait(&st);
	fprintf(stderr, "child %d, shared %d\n", WEXITSTATUS(st), shared);
	return 3;
}
"""

# what is typed, and what GDB is to say by then
SESSION = (
    ("break worker", "Breakpoint 1 at"),
    ("continue", r"hit Breakpoint 1.*worker \(arg="),
    ("info threads", r"^  1 .*\n\* 2 .*worker"),
    ("backtrace", r"#0 +worker(.|\n)*#2 "),
    ("print shared", r"\$1 = 0"),
    ("next", ""), ("next", ""),
    ("print shared", r"\$2 = 1"),
    ("set detach-on-fork off", ""), ("set follow-fork-mode child", ""),
    ("break in_child", "Breakpoint 2 at"),
    ("continue", r"hit Breakpoint 2.*in_child"),
    ("info inferiors", r"^  1 .*process(.|\n)*^\* 2 .*process"),
    ("finish", ""),
    ("print shared", r"\$3 = 42"),
    ("continue", r"Inferior 2 .*exited with code 07"),
    ("inferior 1", "witching to inferior 1"),
    ("print shared", r"\$4 = 1"),
    ("continue", r"child 7, shared 1(.|\n)*exited with code 03"),
)


def ask():
    """=> what GDB says to each line, and all of it"""
    guest = " ".join([
        os.path.join(TOP, "lectern"), "run", "--arch", ARCH, "--packages",
        "gdbserver", "--add", f"{PROGRAM}:/followed", "--timeout", str(LIMIT), "--log",
        os.path.join(BUILD, ARCH, "gdbserver.log"),
        "--", "gdbserver", "-", "/followed"])
    lines = ["set pagination off", "set confirm off", "set sysroot",
             f"set remotetimeout {int(LIMIT * PATIENCE)}",
             f"target remote | {guest}"]
    for at, (line, _) in enumerate(SESSION):
        lines += [f"echo @@{at}\\n", line]
    args = ["gdb-multiarch", "-nx", "-batch", "-q", PROGRAM]
    for line in lines:
        args += ["-ex", line]
    done = subprocess.run(args, stdin=subprocess.DEVNULL, text=True,
                          errors="replace", stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=LIMIT * PATIENCE)
    return re.split(r"^@@\d+$", done.stdout, flags=re.M)[1:], done.stdout


def main():
    tap = Tap()
    for tool in ("gdb-multiarch", LINUX_GCC[ARCH]):
        if not shutil.which(tool):
            print(f"1..0 # SKIP {tool} is not installed")
            return
    if not debian.is_fetched(ARCH, ("gdbserver",)):
        print("1..0 # SKIP gdbserver is not fetched; ./lectern test does that")
        return
    subprocess.run([LINUX_GCC[ARCH], "-g", "-O0", "-static", "-pthread", "-x",
                    "c", "-", "-o", PROGRAM], input=SOURCE, text=True,
                   check=True)
    said, whole = ask()
    for at, (line, wanted) in enumerate(SESSION):
        if wanted:
            tap.case(f"step {at + 1}, {line}", lambda: holds(
                at < len(said) and re.search(wanted, said[at], re.M), whole))
    tap.end()


main()
