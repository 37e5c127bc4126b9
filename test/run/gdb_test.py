#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""gdb_test.py ARCH - a scripted session of ./lectern gdb: the kernel's start,
a program's main, and Lectern's commands in kernel and in user mode; and one of
a dynamic program, whose libraries GDB finds."""
import os
import re
import sys
import tempfile

sys.dont_write_bytecode = True
from harness import (BUILD, Skip, Tap, build_everything, equal,  # noqa: E402
                     errors_of, holds, matches, need_tools, out_of, read, run,
                     write)
from harness_gdb import number_of_write, typed  # noqa: E402

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
echo @where\\n
lt-where
lt-ps
output $pc
echo \\n
lt-where x
lt-last-ran init
echo @init-vma\\n
lt-vma init
echo @errors\\n
lt-vma 99999
lt-vma nonesuch
lt-vma $nonesuch.x
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


# A machine that runs until Ctrl-C, or with no end in sight; and one that ends
# before the moment does for which it was let go.
RUNNING = """\
python import os, signal, threading
python stop = threading.Timer(6, os.kill, (os.getpid(), signal.SIGINT))
python stop.start()
continue
echo @interrupted\\n
thread 1
lt-where
thread
echo @names\\n
lt-vma sleep
echo @moment\\n
lt-where 0.5
echo @again\\n
lt-where
echo @running\\n
continue &
lt-where
echo @end\\n
kill
"""
ENDING = """\
continue
lt-where 60
echo @ended\\n
lt-where
echo @end\\n
"""


# The program instead of the kernel: its DT_DEBUG is what GDB asks.  It is not
# position-independent, since QEMU tells nothing of where such a one lies.
GUEST = os.path.join(BUILD, ARCH, "test", "guest", "rtld")
DYNAMIC = os.path.join(GUEST, "rtld_copy")
LIBRARIES = """\
continue
%s
set osabi GNU/Linux
set sysroot /nonesuch
set solib-search-path %s:%s
remove-symbol-file %s
file %s
echo @libraries\\n
info sharedlibrary
echo @stop\\n
break count
continue
bt
info symbol $pc
echo @end\\n
delete
kill
"""


def tags(names, bits, kind):
    return "".join(f'<reg name="{name}" bitsize="{bits}" type="{kind}"/>'
                   for name in names.split())


def i386_of_linux():
    """QEMU's registers of i386, and the one without which GDB takes no program
    for one of Linux's, and asks for no libraries."""
    many = " ".join
    return "".join((
        '<target><architecture>i386</architecture>'
        '<feature name="org.gnu.gdb.i386.core">',
        tags("eax ecx edx ebx esp ebp esi edi", 32, "int32"),
        tags("eip", 32, "code_ptr"),
        tags("eflags cs ss ds es fs gs fs_base gs_base k_gs_base cr0 "
             "cr2 cr3 cr4 cr8 efer", 32, "int32"),
        tags(many(f"st{i}" for i in range(8)), 80, "i387_ext"),
        tags("fctrl fstat ftag fiseg fioff foseg fooff fop", 32, "int"),
        '</feature><feature name="org.gnu.gdb.i386.sse">'
        '<vector id="v4f" type="ieee_single" count="4"/>',
        tags(many(f"xmm{i}" for i in range(8)), 128, "v4f"),
        tags("mxcsr", 32, "int"),
        '</feature><feature name="org.gnu.gdb.i386.linux">',
        tags("orig_eax", 32, "int"), "</feature></target>"))


def session(commands, *program, options=()):
    return typed(ARCH, commands, "--log", LOG, *options, "--", *program)


def in_a_library():
    build_everything(ARCH)
    if not os.path.exists(DYNAMIC):
        raise Skip("no compiler of dynamic programs")
    with tempfile.NamedTemporaryFile("w", suffix=".xml") as f:
        f.write(i386_of_linux())
        f.flush()
        gdb = session(LIBRARIES % (
            f"set tdesc filename {f.name}" if ARCH == "i386" else "show osabi",
            GUEST, os.path.join(BUILD, ARCH, "user", "rtld"), DYNAMIC,
            DYNAMIC), "/usr/lectern/test/rtld_copy")
    gdb.reached("end")
    matches(gdb.part["libraries"], *(
        rf"^0x\w+ +0x\w+ +Yes .*/{re.escape(name)}$" for name in (
            "librtld_copy.so", "libc.so.6", "ld-lectern.so.1")))
    matches(gdb.part["stop"],
            r"^Breakpoint [\d.]+, count \(\) at .*copy\.c:\d+$",
            r"^#1 .* in main \(\)\s+at .*rtld_copy\.c:\d+$",
            r"count(\+\d+| \+ \d+)? in section \.text of "
            r".*/librtld_copy\.so$")


def where_of_a_running_machine():
    gdb = session(RUNNING, "sh", "-c",
                  "sleep 600 & sleep 600 & while sleep 0.05; do :; done",
                  options=("--smp", "2"))
    said, part = gdb.text + gdb.errors, gdb.part
    gdb.reached("end")
    matches(gdb.errors, r"several tasks are called sleep: \d+, \d+",
            r"lt-where: the machine runs; stop it with Ctrl-C")
    matches(part["interrupted"], r"^task 1 \(init\), interruptible:$",
            r"^CPU 0: .*\n(.*\n)*CPU 1: .*\n(.*\n)*.*Current thread is 1 ",
            "lt-where SECONDS")
    holds("SIGINT" not in part["interrupted"], said)
    matches(part["moment"], r"^ +CPU \d task \d+ \w+ .")
    holds("SIGINT" not in part["again"], said)
    holds("== " not in part["running"], said)
    holds("Quit" not in said and "Traceback" not in said, said)


def where_of_one_that_ends():
    gdb = session(ENDING, "/usr/lectern/bin/echo", "hello")
    said = gdb.text + gdb.errors
    gdb.reached("end")
    holds("== " not in gdb.part["ended"], said)
    gdb.complains("lt-where: there is no machine")
    holds("Quit" not in said and "Traceback" not in said, said)


GUEST_SAYS = "head -n 1 /dev/vda; getent passwd root; " \
    "grep MemTotal /proc/meminfo; exit 5"


def told_at_its_start():
    """Commands of --ex before those that are typed; the machine is the one
    that is asked for, with a disk that else would be none; and how the program
    ended is in a file."""
    with tempfile.TemporaryDirectory(prefix="lectern-") as work:
        disk, status = (os.path.join(work, name) for name in ("d", "status"))
        write(disk, "text on a disk\n".ljust(1 << 16))
        words = ("gdb", "--log", LOG, "--disk", disk, "--mem", "96M",
                 "--packages", "libc6", "--status-file", status)
        refused = run(*words, "--", "true", arch=ARCH)
        holds(refused.returncode == 2 and b"--disk-format raw" in
              refused.stderr, refused.stderr)
        done = run(*words, "--disk-format", "raw",
                   "--ex", "break kernel_main", "--ex", "continue",
                   "--ex", r"echo @first\n", "--", "sh", "-c", GUEST_SAYS,
                   arch=ARCH, data="info symbol $pc\ncontinue\n", timeout=240)
        text = out_of(done)
        holds(re.search(r"Breakpoint 1, kernel_main(.|\n)*@first\n"
                        r"(.|\n)*kernel_main.* in section", text), text)
        said = errors_of(done)
        holds("text on a disk" in said and ":0:0:root:/root:" in said, said)
        memory = int(re.search(r"MemTotal: +(\d+) kB", said)[1])
        holds(48 << 10 < memory < 96 << 10, said)
        equal(read(status), "exit 5\n")


def ends_in_time():
    """However long the machine runs on."""
    done = run("gdb", "--log", LOG, "--timeout", "5", "--", "sh", "-c",
               "while :; do :; done", arch=ARCH, data=b"continue\n",
               status=120)
    holds(b"no end within 5 s" in done.stderr, done.stderr)


def main():
    tap = Tap()
    need_tools("gdb-multiarch")
    gdb = session(SESSION, "/usr/lectern/bin/echo", "hello")

    pc = r"0x[0-9a-f]+ -> 0x[0-9a-f]+"
    gdb.sees(tap, "stops at the kernel's start", "start",
             r"Breakpoint \d+, kernel_main")
    gdb.sees(tap, "stops at the program's main", "main",
             r"main \(argc=2, argv=", r"echo\.c:\d+")
    gdb.sees(tap, "lists tasks from user mode", "user-ps",
             r"^\*\s+\d+\s+\d+ running\s+echo ", r"^\s+1\s+1 \S+\s+init ",
             r"kthreadd")
    gdb.sees(tap, "lists areas from user mode", "user-vma",
             r"r-x. \S+ /usr/lectern/bin/echo", r"special \[vdso\]",
             r"rw-p \S*growsdown\S* ", r"rw-p (\S+,)?anon[, ]",
             r"^words behind an area:\n  growsdown: a stack.*\n"
             r"(.*\n)*  anon: ")
    gdb.sees(tap, "walks a user and a kernel address", "user-walk",
             r"level 0: entry \S+ = \S+ \[.*U.*\]", rf"{pc}\n(.*\n)+.*{pc}",
             r"0x0 -> not mapped")
    gdb.sees(tap, "steps in the program", "user-next", r"^(\(gdb\) )?\d+\t")
    gdb.sees(tap, "goes on into the kernel", "kernel", r"sys_write \(fd=1",
             r"trap_syscall")
    gdb.sees(tap, "lists tasks from the kernel", "kernel-ps",
             r"^\*\s+\d+\s+\d+ running\s+echo ")
    gdb.sees(tap, "shows the trap frame", "kernel-trapframe",
             r"task \d+ \(echo\)",
             number_of_write(ARCH))
    gdb.sees(tap, "tells where all is, and stays there", "where",
             r"^CPU 0: task \d+ \(echo\), in the kernel\n    sys_write",
             r"^task 1 \(init\), interruptible:\n    wait_sleep",
             r"^== trace\n(.*\n)*.*lt-where SECONDS",
             r"^\*\s+\d+\s+\d+ running\s+echo ", r"<sys_write")
    gdb.sees(tap, "lists another task's areas", "init-vma",
             r"/usr/lectern/bin/init")
    gdb.sees(tap, "survives wrong arguments", "end")

    def one_line_each():
        gdb.complains("no task 99999", "no task nonesuch; lt-ps lists them",
                      "lt-vma: Attempt to extract a component",
                      "lt-walk ADDRESS", "lt-ps takes no argument",
                      "lt-where [SECONDS]", "lt-last-ran: only a recording",
                      "lt-trapframe: ")
        holds("Python Exception" not in gdb.errors
              and "Traceback" not in gdb.errors, gdb.errors)
    tap.case("tells wrong arguments in a line each", one_line_each)
    tap.case("tells where a machine is that ran", where_of_a_running_machine)
    tap.case("has no place of a machine that ended", where_of_one_that_ends)
    tap.case("stops in a library that our linker loaded", in_a_library)
    tap.case("begins with commands, on the machine asked for",
             told_at_its_start)
    tap.case("ends with its time", ends_in_time)
    tap.end()


main()
