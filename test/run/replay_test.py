#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""replay_test.py ARCH - a run is recorded, and GDB goes back in it: an
instruction, to a breakpoint, to the last write of a page-table entry, to when a
task last ran; and the recording is opened again."""
import os
import re
import signal
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
from harness import (LECTERN, MACHINES, PATIENCE, Tap, equal,  # noqa: E402
                     holds, need_tools)
from harness_gdb import typed  # noqa: E402

ARCH = sys.argv[1]
PORT = MACHINES[ARCH].port()
REGISTERS = f"info registers pc sp {PORT.FRAME_POINTER} {PORT.CALL_REGISTER}"
SESSION = f"""\
continue
echo @main\\n
break sys_write if $lt_on_cpu("echo")
continue
echo @write\\n
delete
python print(gdb.execute("monitor info replay", to_string=True))
{REGISTERS}
echo @stepped-back\\n
reverse-stepi
python print(gdb.execute("monitor info replay", to_string=True))
python print(gdb.execute("monitor info snapshots", to_string=True))
echo @again\\n
stepi
python print(gdb.execute("monitor info replay", to_string=True))
{REGISTERS}
echo @entry\\n
lt-last-write main
lt-walk main
stepi
lt-walk main
echo @left\\n
lt-last-ran init
lt-ps
echo @back\\n
tbreak kernel_main
reverse-continue
echo @begin\\n
reverse-continue
echo @end\\n
continue
echo @errors\\n
lt-last-write
lt-last-write *
lt-last-ran
lt-last-ran 99999
lt-last-ran nobody
lt-last-ran echo
echo @done\\n
kill
"""
AGAIN = """\
continue
echo @end\\n
lt-last-write *&cpus[0].running
print cpus[0].running
echo @done\\n
kill
"""


def session(commands, *words, program=()):
    return typed(ARCH, commands, *words,
                 *(("--", *program) if program else ()), timeout=80)


def count(part):
    return int(re.search(r"instruction count = (\d+)", part)[1])


def shown_registers(part):
    return re.findall(r"^(?:\(gdb\) )*(\w+ +0x\w+)", part, re.M)


def ended(tap):
    """By a signal while GDB waits."""
    def nothing_stays():
        with tempfile.TemporaryDirectory() as folder:
            p = subprocess.Popen(
                [LECTERN, "gdb", "--arch", ARCH, "--replay", "--",
                 "/usr/lectern/bin/echo", "hello"], stdin=subprocess.PIPE,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                env={**os.environ, "TMPDIR": folder})
            said = b""
            while not said.endswith(b"(gdb) "):
                more = os.read(p.stdout.fileno(), 1 << 16)
                holds(more, said)
                said += more
            holds(os.listdir(folder), "files while it runs")
            p.terminate()
            p.communicate(timeout=60 * PATIENCE)
            equal(p.returncode, 128 + signal.SIGTERM)
            equal(os.listdir(folder), [])
    tap.case("ended by a signal, it leaves nothing in /tmp", nothing_stays)


def main():
    tap = Tap()
    need_tools("gdb-multiarch", "qemu-img")
    with tempfile.TemporaryDirectory() as folder:
        look_back(tap, os.path.join(folder, "kept"))
    ended(tap)
    tap.end()


def look_back(tap, kept):
    gdb = session(SESSION, "--replay", kept, program=(
        "/usr/lectern/bin/echo", "hello"))
    part = gdb.part

    def an_instruction():
        gdb.reached("again")
        at = count(part["write"])
        equal(count(part["stepped-back"]), at - 1, "one back")
        equal(count(part["again"]), at, "and forward again")
        holds(len(shown_registers(part["write"])) == 4, part["write"])
        equal(shown_registers(part["again"]), shown_registers(part["write"]),
              "the same registers")

    def the_program():
        holds(gdb.text.startswith("hello\n"), gdb.text)
        gdb.complains("recorded", ": exit 0")

    def one_line_each():
        gdb.complains("lt-last-write ADDRESS or *ADDRESS", "lt-last-ran TASK",
                      "no task 99999", "no task nobody; lt-ps lists them")
        holds("Traceback" not in gdb.errors, gdb.errors)

    if not MACHINES[ARCH].clock:
        gdb.sees(tap, "keeps a snapshot on the way", "stepped-back", r"mark0 ")
    tap.case("shows what the program says while it records", the_program)
    tap.case("steps back one instruction and forward again", an_instruction)
    gdb.sees(tap, "goes back to the last write of a page-table entry", "entry",
             r"^(\(gdb\) )*level 0: entry 0x\w+ is about to change",
             r"^from 0x0 \[-\]$", r"^to   0x\w+ \[.*U.*\]$",
             r"pte_write|vm_map|pt_", r"-> not mapped\n(.*\n)+.*-> 0x")
    gdb.sees(tap, "goes back to when a task last ran", "left",
             r"task 1 \(init\) is about to leave the CPU", r"switch_to",
             r"^\*\s+1\s+1 \S+\s+init ")
    gdb.sees(tap, "goes back to a breakpoint passed before", "back",
             r"Temporary breakpoint \d+, kernel_main")
    gdb.sees(tap, "goes back to the first instruction", "begin",
             r"No more reverse-execution history|"     # GDB 13 and 16
             r"Backward execution from here not possible")
    gdb.sees(tap, "stops where the recording ends", "end",
             r"the recording ends here", r"arch_end")
    gdb.sees(tap, "survives wrong arguments", "done")
    tap.case("tells wrong arguments in a line each", one_line_each)

    again = session(AGAIN, "--replay", kept)

    def opened():
        again.reached("done")
        end = again.part["end"]
        found = re.search(r"is about to change from (0x\w+) to 0x\w+", end)
        holds(found, end + again.errors)
        holds(f"(struct task *) {found[1]}" in end, end)
    tap.case("opens a recording again, to a write of memory", opened)


main()
