#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""gdb_test.py ARCH - a scripted session of ./lectern gdb: the kernel's start,
a program's main, and Lectern's commands in kernel and in user mode."""
import os
import re
import shutil
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
from harness import BUILD, Tap, holds, run  # noqa: E402

ARCH = sys.argv[1]
LOG = os.path.join(BUILD, ARCH, "gdb-test.log")

SESSION = """\
echo @start\\n
break kernel_main
continue
bt
echo @main\\n
continue
bt
echo @user-ps\\n
lt-ps
echo @user-vma\\n
lt-vma
echo @user-walk\\n
lt-walk $pc
lt-walk kernel_main
lt-walk 0
echo @user-next\\n
next
echo @kernel\\n
break sys_write if $lt_on_cpu("echo")
continue
bt
echo @kernel-ps\\n
lt-ps
echo @kernel-trapframe\\n
lt-trapframe
echo @init-vma\\n
lt-vma 1
echo @errors\\n
lt-vma 99999
lt-vma nonesuch
lt-vma 1 2
lt-walk
lt-walk "
lt-walk kernel_root.nonesuch
lt-trapframe *
lt-ps 1
print $lt_on_cpu(1)
echo @end\\n
delete
kill
"""


def session():
    done = run("gdb", "--log", LOG, "--", "/usr/lectern/bin/echo", "hello",
               arch=ARCH, data=SESSION, timeout=120)
    text = done.stdout.decode(errors="replace")
    parts = re.split(r"^(?:\(gdb\) )*@(\S+)$", text, flags=re.M)
    return (dict(zip(parts[1::2], parts[2::2])), text,
            done.stderr.decode(errors="replace"))


def main():
    tap = Tap()
    if not shutil.which("gdb-multiarch"):
        print("1..0 # SKIP gdb-multiarch is not installed")
        return
    part, text, errors = session()

    def sees(name, section, *patterns):
        def check():
            holds(section in part, f"the session reached {section}:\n{text}")
            for p in patterns:
                holds(re.search(p, part[section], re.M),
                      f"no {p!r} in:\n{part[section]}")
        tap.case(name, check)

    pc = r"0x[0-9a-f]+ -> 0x[0-9a-f]+"
    sees("stops at the kernel's start", "start",
         r"Breakpoint \d+, kernel_main")
    sees("stops at the program's main", "main",
         r"main \(argc=2, argv=", r"echo\.c:\d+")
    sees("lists tasks from user mode", "user-ps",
         r"^\*\s+\d+\s+\d+ running\s+echo ", r"^\s+1\s+1 \S+\s+init ",
         r"kthreadd")
    sees("lists areas from user mode", "user-vma",
         r"r-x. \S+ /usr/lectern/bin/echo", r"special \[vdso\]",
         r"rw-p \S*growsdown\S* ")
    sees("walks a user and a kernel address", "user-walk",
         r"level 0: entry \S+ = \S+ \[.*U.*\]", rf"{pc}\n(.*\n)+.*{pc}",
         r"0x0 -> not mapped")
    sees("steps in the program", "user-next", r"^(\(gdb\) )?\d+\t")
    sees("goes on into the kernel", "kernel", r"sys_write \(fd=1",
         r"trap_syscall")
    sees("lists tasks from the kernel", "kernel-ps",
         r"^\*\s+\d+\s+\d+ running\s+echo ")
    sees("shows the trap frame", "kernel-trapframe",
         r"task \d+ \(echo\)",
         r"a7 0+40\b" if ARCH == "riscv64" else r"eax 0+4\b")
    sees("lists another task's areas", "init-vma",
         r"/usr/lectern/bin/init")
    sees("survives wrong arguments", "end")

    def one_line_each():
        for word in ("no task 99999", 'lt-vma: No symbol "nonesuch"',
                     "lt-walk ADDRESS", "lt-ps takes no argument",
                     "lt-trapframe: "):
            holds(word in errors, f"{word} in:\n{errors}")
        holds("Python Exception" not in errors
              and "Traceback" not in errors, errors)
    tap.case("tells wrong arguments in a line each", one_line_each)
    tap.end()


main()
