#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""gdbserver_test.py ARCH - Debian's gdbserver, unmodified, debugs a process
for GDB outside (row B7): breakpoints, steps, registers and memory; a word is
watched; a child of fork and a thread are followed."""
import os
import re
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
from harness import (BUILD, LECTERN, MACHINES, PATIENCE, Tap,  # noqa: E402
                     build_everything, holds, need_tools, read, write)
from harness_gdb import Session  # noqa: E402
from driver.disk import debian  # noqa: E402
from driver.testing.testing import GDBSERVER as PACKAGES  # noqa: E402

ARCH = sys.argv[1]
# By debug registers or step by step: of a remote machine GDB does not know that
# it has none.
WATCHES = MACHINES[ARCH].port().HARDWARE_WATCHPOINTS

# test/guest/topics/debugger/watched.c.  The child is let go before it ends: of a
# process that ends gdbserver tells at once, with the others still under way,
# and GDB would ask a running thread for its registers.
SESSION = """\
set confirm off
set sysroot
set remotetimeout {limit}
file {program}
target remote | {lectern} run --arch {arch} --packages {packages} -- \
gdbserver - /usr/lectern/test/watched 2>{errors}
break watch_plain_store
continue
echo @plain\\n
bt 2
print watched.cell
set var watched.beside = 5
print watched.beside
set var $old = $pc
stepi
print $pc != $old
delete
tbreak getppid
continue
echo @watch\\n
set can-use-hw-watchpoints {registers}
watch watched.cell
continue
bt 1
delete
set detach-on-fork off
set schedule-multiple on
break read_watched
continue
echo @child\\n
bt 2
print $_inferior
print watched.cell
finish
info inferiors
echo @thread\\n
delete
detach inferiors 2
break count_in_thread
inferior 1
continue
info threads
bt 1
thread 1
bt 1
echo @end\\n
delete
continue
"""


def session():
    """=> what GDB said; its errors are what the machine said"""
    build_everything(ARCH)
    with tempfile.TemporaryDirectory(prefix="lectern-gdbserver-") as folder:
        errors = os.path.join(folder, "errors")
        script = os.path.join(folder, "script")
        write(script, SESSION.format(
            limit=int(60 * PATIENCE), arch=ARCH, lectern=LECTERN,
            program=os.path.join(BUILD, ARCH, "test/guest/watched"),
            packages=",".join(PACKAGES), errors=errors,
            registers=int(WATCHES)))
        done = subprocess.run(["gdb-multiarch", "-nx", "-batch", "-x", script],
                              stdout=subprocess.PIPE, text=True,
                              stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                              timeout=300 * PATIENCE)
        said = read(errors)
    return Session(done.stdout, said)


def main():
    if not debian.is_fetched(ARCH, PACKAGES):
        print("1..0 # SKIP Debian's gdbserver is not fetched; "
              "./lectern test does that")
        return
    need_tools("gdb-multiarch")
    tap = Tap()
    gdb = session()

    gdb.sees(tap, "stops at a breakpoint, reads, stores, steps", "plain",
             r"^#0 .*watch_plain_store \(\)", r"^#1 .*main \(\)",
             r"\$1 = 0$", r"\$2 = 5$", r"\$3 = 1$")
    gdb.sees(tap, "watches a word, by debug registers if there are", "watch",
             rf"^{'Hardware w' if WATCHES else 'W'}atchpoint \d+: "
             r"watched\.cell$",
             r"^Old value = 41$", r"^New value = 42$",
             r"^#0 .*watch_plain_store \(\)")
    gdb.sees(tap, "follows a fork", "child", r"^#0 .*read_watched \(",
             r"^#1 .*watch_forked \(\)",
             r"\$4 = 2$", r"\$5 = 42$")
    gdb.sees(tap, "and has both processes", "child", r"^ +1 +process \d+",
             r"^\* 2 +(process \d+|<null>)")
    gdb.sees(tap, "follows a thread", "thread",
             r"^\* 2 +Thread .* count_in_thread \(",
             r"^ +1 +Thread ", r"^#0 .*count_in_thread \(")
    gdb.sees(tap, "the program ends well", "end",
             r"\[Inferior 1 \(process \d+\) exited normally\]")
    tap.case("as if nobody had looked", lambda: holds(
        "not ok" not in gdb.errors
        and re.search(r"^1\.\.\d+$", gdb.errors, re.M), gdb.errors))
    tap.end()


main()
