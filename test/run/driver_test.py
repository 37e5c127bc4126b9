#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""driver_test.py ARCH - what ./lectern run promises: CMD's streams and exit
status to the byte, its own statuses, nothing left behind."""
import hashlib
import os
import re
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
from harness import (BUILD, EVERY, LECTERN, PATIENCE, TOP, Skip,  # noqa: E402
                     Tap, equal, errors_of, holds, kernel_file, limit, matches,
                     need_package, out_of, qemu_is_gone, read, read_bytes, run,
                     write)

ARCH = sys.argv[1]
WORK = tempfile.TemporaryDirectory()
CHECKED = ("--check", "ci")
KSTACK = 8192               # bytes of a kernel stack, without a checker


def path(name):
    return os.path.join(WORK.name, name)


def guest(*command, options=(), data=b"", **kw):
    return run("run", "--log", path("log"), "--status-file", path("status"),
               "--timeout", limit(100), *options, "--", *command, arch=ARCH,
               data=data, **kw)


def words():
    return read(path("status"))


def log():
    return read(path("log"))


def passes_output():
    done = guest("echo", "a  b", "c", status=0)
    equal((done.stdout, done.stderr), (b"a  b c\n", b""))
    equal(words(), "exit 0\n")


def passes_status():
    for status in (1, 42, 120, 121, 122, 255):
        done = guest("sh", "-c", f"exit {status}", status=status)
        equal(words(), f"exit {status}\n")
        equal((done.stdout, done.stderr), (b"", b""))


def keeps_the_readmes_promise():
    """Its example of a pipe, as it stands there."""
    line, want = re.search(r"^    \$ (echo .*)\n    (.*)$",
                           read(os.path.join(TOP, "README.md")),
                           re.M).groups()
    done = subprocess.run(
        ["sh", "-c", line.replace("run --", f"run --arch {ARCH} --", 1)],
        cwd=TOP, stdout=subprocess.PIPE, timeout=100 * PATIENCE)
    equal((out_of(done), done.returncode), (want + "\n", 0))


def separates_errors():
    done = guest("sh", "-c", "echo out; echo err >&2")
    equal(done.stdout, b"out\n")
    equal(done.stderr, b"err\n")


def reports_signal():
    for number, name in ((9, b"SIGKILL"), (11, b"SIGSEGV")):
        done = guest("sh", "-c", f"kill -{number} $$")
        equal((done.returncode, done.stderr),
              (128 + number, b"lectern: " + name + b" ended the command\n"))
        equal(words(), f"signal {number}\n")


def passes_bytes():
    data = os.urandom(3 << 20) + bytes(range(256))
    done = guest("cat", data=data, status=0)
    equal(hashlib.sha256(done.stdout).hexdigest(),
          hashlib.sha256(data).hexdigest(), "3 MiB through cat")


def ends_input():
    equal(guest("wc", "-c", data=b"12345").stdout.strip(), b"5")
    equal(guest("wc", "-c", data=b"").stdout.strip(), b"0")


def leaves_input_unread():
    guest("true", data=os.urandom(1 << 20), status=0)


def slow_reader():
    child = subprocess.Popen(
        [LECTERN, "run", "--arch", ARCH, "--log", path("log"), "--timeout",
         limit(100), "--", "seq", "1", "100000"], stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE)
    time.sleep(6)
    out = b""
    while True:
        part = child.stdout.read(5000)
        if not part:
            break
        out += part
    equal(child.wait(), 0)
    equal(out, b"".join(b"%d\n" % i for i in range(1, 100001)))


def reader_goes_away():
    script = (f"{LECTERN} run --arch {ARCH} --log {path('log')} "
              f"--timeout {limit(100)} -- yes | head -n 1; echo ${{PIPESTATUS[0]}}")
    done = subprocess.run(["bash", "-c", script], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, timeout=200 * PATIENCE)
    equal(done.stdout, b"y\n141\n")


def appends_to_file():
    write(path("both"), b"before\n")
    with open(path("both"), "ab") as f:
        guest("sh", "-c", "echo out; sleep 0.2; echo err >&2", stdout=f,
              stderr=f)
    equal(read_bytes(path("both")), b"before\nout\nerr\n")


def closed_input():
    done = subprocess.run(
        ["sh", "-c", f"{LECTERN} run --arch {ARCH} --log {path('log')} "
         f"--timeout {limit(100)} -- cat <&-"], stdout=subprocess.PIPE,
        timeout=200 * PATIENCE)
    equal((done.returncode, done.stdout), (0, b""))


def keeps_arguments():
    args = ["", "a b", "*", "$HOME", "tab\tnew\nline", "\u00e9"]
    done = guest("sh", "-c", 'for a; do printf "<%s>" "$a"; done', "sh",
                 *args)
    equal(out_of(done), "".join(f"<{a}>" for a in args))


def command_not_found():
    done = guest("/nonesuch", status=127)
    equal(words(), "exit 127\n")
    holds(b"nonesuch" in done.stderr, "the message names it")


def names_a_missing_loader():
    """Of a dynamic program: the file is there, but not what it needs."""
    text = bytearray(read_bytes(os.path.join(BUILD, ARCH, "user/bin/echo")))
    # of its first part it is said where the loader's name is
    wide = text[4] == 2
    first = 64 if wide else 52
    text[first:first + 4] = (3).to_bytes(4, "little")
    at, size = (first + 8, 8) if wide else (first + 4, 4)
    text[at:at + size] = (3000).to_bytes(size, "little")
    text[3000:3012] = b"/lib/no-ld.1"
    text[3012:3013] = b"\0"
    at, size = (first + 32, 8) if wide else (first + 16, 4)
    text[at:at + size] = (13).to_bytes(size, "little")
    write(path("dynamic"), text, 0o755)
    done = guest("/dynamic", options=["--add", path("dynamic")], status=127)
    holds(b"/dynamic: its loader /lib/no-ld.1 is missing" in done.stderr,
          done.stderr)


def times_out():
    """And tells what CPUs and tasks do then."""
    done = guest("sh", "-c", "sleep 100000 | cat",
                 options=["--timeout", limit(4)], status=120)
    equal(words(), "timeout\n")
    text = errors_of(done)
    holds(f"{limit(4)} s" in text, "the message names the limit")
    if not shutil.which("gdb-multiarch"):
        raise Skip("gdb-multiarch is not installed")
    matches(text, r"^== CPUs\nCPU 0: task 0 \(idle/0\), in the kernel\n"
            r" +arch_cpu_idle \+ \d+$",
            r"^ +1 +1 interruptible +init +0x\w+ +do_wait \+ \d+$",
            r"^ +\d+ +\d+ interruptible +cat +0x\w+ +pipe_read \+ \d+$",
            r"^task \d+ \(cat\), interruptible:\n +wait_sleep \+ \d+\n"
            r" +pipe_read \+ \d+\n +sys_read \+ \d+$",
            r"^== trace\n\d+ in the trace")


FAULT = "/usr/lectern/test/fault_report"


def tells_a_fault():
    """A command that dies of a fault: where, by name and source; also under a
    shell, and of a test."""
    test = (f"printf '#!{FAULT} nowhere\\n' >/t; chmod +x /t; "
            f"/usr/lectern/bin/testrun /t; {FAULT} constant; exit $?")
    for how, command in (("signal 11", [FAULT, "constant"]),
                         ("exit 139", ["sh", "-c", test])):
        done = guest(*command, status=139)
        equal(words(), how + "\n")
        holds(re.fullmatch(
            r"(Segmentation fault\n)?"
            r"lectern: fault_report\[\d+\]: segfault at 0x\w+ pc 0x\w+ "
            r"\(store_constant \S+fault_report\.c:\d+\) write, "
            r"VMA 0x\w+-0x\w+ r-.p fault_report, entry r-[x-], \d+ refs?; "
            r"mended before: .*\n", errors_of(done)), done.stderr)
    matches(out_of(done), r"^# fault: t\[\d+\]: segfault at 0x8 .*\n"
            r"# VMA none, entry none;\n(#.*\n){2}# END t signal 11$")


def tells_the_fault_of_init():
    """The machine ends with it, and says the same."""
    done = guest("true", options=["--append", f"init={FAULT} nowhere"],
                 status=121)
    matches(errors_of(done),
            r"fault: fault_report\[1\]: segfault at 0x8 pc 0x\w+ "
            r"\(store_nowhere \S+fault_report\.c:\d+\) write,\n"
            r".*VMA none, entry none;\n(.*\n)*.*process 1 .*died of signal 11")


def panics():
    """Told even by a kernel that is to tell nothing."""
    done = guest("sh", "-c", "echo c > /proc/sysrq-trigger; sleep 1000",
                 options=["--append", "loglevel=0"], status=121)
    equal(words(), "panic\n")
    text = errors_of(done).lower()
    holds("panic" in text, "the log's last lines are shown")
    holds("+0x" in text, "with a symbolised backtrace:\n" + text)
    holds(re.search(r"(?m)^\[ *\d+\.\d{6}] panic: kernel panic: [ -~]*$", text)
          and not re.search(r"(?m)\S *\[ *\d+\.\d{6}]", text),
          "a line each:\n" + text)
    equal(done.stdout, b"")


# who reads the log sleeps until there is something to read
WHERE = """
cat /dev/kmsg >/tmp/log &
sleep 100000 &
until grep -q "(sleep) of .*sleeping" /tmp/log; do
        echo t >/proc/sysrq-trigger
        sleep 0.1
done
echo l >/proc/sysrq-trigger
echo m >/proc/sysrq-trigger
echo x >/proc/sysrq-trigger || echo no such letter
echo that is all >/dev/kmsg
until grep -q "that is all" /tmp/log; do sleep 0.1; done
cat /tmp/log /proc/lectern/traps /proc/lectern/sched /proc/lectern/ipis
echo c >/proc/sysrq-trigger
"""


def tells_where_tasks_are():
    """By letters to /proc/sysrq-trigger, in the log; and what CPUs counted.
    A fault of an interrupt's handler ends it, with the registers."""
    done = guest("sh", "-c", WHERE,
                 options=["--smp", "2", "--append", "trip=nested"], status=121)
    matches(out_of(done), r"task \d+ \(sleep\) of \d+: sleeping, CPU [01]\n"
            r".* wait_sleep\+.*\n(.*\n)*.* trap_syscall\+.*\n.*\] \w+\+",
            r"task \d+ \(kthreadd\) of 0: disk sleep",
            r"CPU [01]: task \d+ \(.*\), level \d+, \d+ waiting\n"
            r".* where_cpus\+.*\n.* store_sysrq\+",
            r"CPU 0: task \d+ (.*\n)*.*CPU 1: task \d+ ",
            r"^no such letter$",
            r"^syscalls +[1-9]\d*$", r"^page_faults +[1-9]\d*$",
            r"^switches +[1-9]\d*$", r"^waiting_ordinary +\d+$",
            r"^cpu1 ipis [1-9]\d* ")
    text = errors_of(done)
    matches(text, r"kernel page fault: read of 0x100[48]",
            r"(regs|cpu): .* [0-9a-f]{8}", r"trip_leaf\S*\+\S+ \(trap\)")
    if ARCH == "i386":
        frame, top = re.search(r"ebp (\w{8}) esp (\w{8})", text).groups()
        holds(0 <= int(frame, 16) - int(top, 16) < KSTACK,
              f"the stack below its last frame:\n{text}")


def trips(name, *lines, checkers=()):
    """The kernel makes a mistake: its report has these lines, regular
    expressions, in this order."""
    done = guest("sh", "-c", "echo c > /proc/sysrq-trigger",
                 options=[*checkers, "--append", f"trip={name}"], status=121)
    text = errors_of(done)
    at = 0
    for line in lines:
        found = re.search(line, text[at:], re.M)
        holds(found, f"{line} in its place:\n{text}")
        at += found.end()


def traces_through_interrupts():
    """A fault of a handler, in an interrupt, in a system call: where each of
    them is, by name and source."""
    trips("nested", "backtrace:",
          r"trip_leaf\S*\+\S+ \(trap\)  \S+inspection/trip\.c:",
          r"trip_timer\S*\+\S+  topics/inspection/trip\.c:",
          r"timer_interrupt\+\S+  kernel/time/timer\.c:",
          r"trap_interrupt\+\S+  kernel/irq/irq\.c:",
          r"trip_wait\S*\+\S+ \(trap\)  \S+inspection/trip\.c:",
          r"trip_wait\S*\+\S+  topics/inspection/trip\.c:",
          # the compiler may have put one call of itself into another
          r"  \.\.\. [23] times more$",
          r"store_sysrq\+\S+  topics/inspection/sysrq\.c:",
          r"sys_write\+\S+  fs/io/rw\.c:",
          r"trap_syscall\+\S+  kernel/syscall/dispatch\.c:",
          r"\S+\+\S+  arch/\S+/trap\.S:")


def reports_what_was_freed():
    trips("freed", r"address: use after free: read of 1 bytes",
          r"backtrace:", r"trip_freed\+\S+  topics/selftest/checkers\.c:",
          r"store_sysrq\+\S+  topics/inspection/sysrq\.c:",
          r" is at 0 of an object of kmalloc-48: \S+ 40 of 48 bytes",
          "allocated by$",
          r"trip_freed\+\S+  topics/selftest/checkers\.c:",
          "last freed by$",
          r"trip_freed\+\S+  topics/selftest/checkers\.c:", checkers=CHECKED)


def reports_an_overflow():
    trips("overflow",
          r"undefined: \S*topics/selftest/checkers\.c:\d+: "
          r"2147483647 \+ 1 overflows 'int'",
          r"trip_overflow\+\S+  topics/selftest/checkers\.c:", checkers=CHECKED)


def reports_a_leak():
    trips("leak", r"leak: byte 60 of 64 .*: allocated memory",
          r"trip_leak\+\S+  mm/uaccess\.h:\d+ in copy_to_user$",
          r"inlined in trip_leak  topics/selftest/checkers\.c:",
          r"is at 60 of an object of kmalloc-64", "allocated by$",
          r"trip_leak\+\S+  topics/selftest/checkers\.c:", checkers=CHECKED)


def finds_races():
    """Both sides of one, on a kernel that looks for them; one CPU has none.
    The third CPU starts when two are being watched already."""
    trip = ["--check", "race", "--append", "trip=race"]
    done = guest("sh", "-c", "echo c > /proc/sysrq-trigger",
                 options=[*trip, "--smp", "3"], status=121)
    text = errors_of(done)
    matches(text, *(r"race:   (read|write) of 4 bytes .*\n.* " + who
                    + r"\S*\+\S+  \S*topics/inspection/trip\.c:"
                    for who in ("trip_other", "trip_own")))
    done = guest("sh", "-c", "echo c > /proc/sysrq-trigger",
                 options=[*trip, "--smp", "1"])
    holds("race of two CPUs" not in errors_of(done), "one CPU races not")


def refuses_too_little_memory():
    """Without a machine, and by the machine itself."""
    for size in ("1M", "8M"):
        done = guest("true", options=["--mem", size], status=2)
        holds(re.fullmatch(rf"lectern: --mem {size} is too little: at least "
                           r"--mem \d+M is needed\n", errors_of(done)),
              done.stderr)
    equal(words(), "panic\n")


def broken_qemu():
    done = guest("true", options=["--qemu-args=-nonesuch-option"], status=122)
    equal(words(), "qemu\n")
    holds(b"nonesuch-option" in done.stderr, "QEMU's complaint is shown")


def usage_errors():
    for args in (["run", "--nonesuch"], ["run", "--"], ["nonesuch"], [],
                 ["run", "--mem", "lots", "--", "true"],
                 ["run", "--smp", "0", "--", "true"],
                 ["run", "--smp", "9", "--", "true"],
                 ["run", "--disk", "/nonesuch", "--", "true"],
                 ["run", "--disk", "/", "--", "true"],
                 ["run", "--add", "/nonesuch", "--", "true"],
                 ["run", "--arch", "vax", "--", "true"]):
        done = run(*args, status=2)
        equal(done.stdout, b"")
        holds(done.stderr != b"", "a message for " + " ".join(args))


def _signalled(number):
    mark = f"mark={os.getpid()}.{number}"       # QEMU's to know by
    child = subprocess.Popen(
        [LECTERN, "run", "--arch", ARCH, "--log", path("log"),
         "--status-file", path("status"), "--append", mark, "--", "sh", "-c",
         "echo up; sleep 100000"], stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, start_new_session=True)
    equal(child.stdout.readline(), b"up\n")
    child.send_signal(number)
    status = child.wait(30 * PATIENCE)
    holds(qemu_is_gone(mark), "QEMU is gone")
    return status


def interrupted():
    equal(_signalled(signal.SIGINT), 130)


def terminated():
    equal(_signalled(signal.SIGTERM), 143)


def killed_outright():
    equal(_signalled(signal.SIGKILL), -9)


def adds_files():
    os.makedirs(path("tree/sub"), exist_ok=True)
    write(path("tree/sub/f"), "inside\n", 0o640)
    write(path("script"), "#!/bin/sh\necho ran\n", 0o755)
    done = guest("sh", "-c", "cat /x/sub/f; stat -c %a /x/sub/f; /script",
                 options=["--add", path("tree") + ":/x",
                          "--add", path("script")])
    equal(done.stdout, b"inside\n640\nran\n")


def appends_command_line():
    done = guest("cat", "/proc/cmdline", options=["--append", "one=1 two"])
    holds(b"one=1 two" in done.stdout, done.stdout)


def hands_options_on():
    """What the kernel does not know is its init's: in its environment, or an
    argument; quotes keep blanks.  A number may be hexadecimal."""
    done = guest("sh", "-c", "tr '\\0' '\\n' </proc/1/environ; "
                 "tr '\\0' '\\n' </proc/1/cmdline",
                 options=["--append", 'one=1 "two  words" loglevel=0x6 '
                          'kstack_cache=1 asidbits=none -- loglevel=6 "of it"'])
    lines = out_of(done).split("\n")
    holds("one=1" in lines and "two  words" in lines, done.stdout)
    holds("loglevel=0x6" not in lines, done.stdout)
    # behind -- all is the init's, what the kernel knows, too
    holds("loglevel=6" in lines and "of it" in lines, done.stdout)
    text = log()
    holds("option asidbits wants a number" in text, text)
    # there is room for so many and the end; the others are left out
    done = guest("sh", "-c", "tr '\\0' '\\n' </proc/1/environ", options=[
        "--append", " ".join(f"e{n}=1" for n in range(40))])
    equal(out_of(done).split("\n")[:-1],
          ["HOME=/", "TERM=linux", *(f"e{n}=1" for n in range(29))])


def hushes_the_console():
    """dmesg -n: what is less urgent is noted, but not on the console."""
    done = guest("sh", "-c", "dmesg -n 1; echo '<4>unheard' >/dev/kmsg; "
                 "dmesg -n 8; echo '<4>loud' >/dev/kmsg; dmesg")
    noted = re.findall(r"user: (\w+)", out_of(done))
    equal(noted, ["unheard", "loud"], done.stdout)
    equal(re.findall(r"user: (\w+)", log()), ["loud"])


def refuses_an_init():
    note = path("note")
    write(note, "no program\n", 0o755)
    for init, why in (("/nonesuch", "not there"),
                      ("/proc", "no right to it"),
                      ("/etc/profile", "no right to it"),
                      ("/note", "not a program of this machine")):
        done = guest("true", options=["--append", f"init={init}",
                                      "--add", f"{note}:/note"], status=121)
        holds(f"init={init} cannot be executed: {why}\n" in
              errors_of(done), done.stderr)


def sets_memory():
    done = guest("awk", "/MemTotal/ {print $2}", "/proc/meminfo",
                 options=["--mem", "128M"])
    holds(90000 < int(done.stdout) <= 131072, done.stdout)


def counts_instructions():
    out = []
    for _ in range(2):
        done = guest("cat", "/proc/uptime", options=["--icount"], status=0)
        out.append(done.stdout)
    holds(out[0] and abs(float(out[0].split()[0]) -
                         float(out[1].split()[0])) < 0.5,
          f"the clock repeats: {out}")


def draws_by_a_seed():
    """The same random bytes in a run that is repeated; with another seed
    others."""
    drawn = []
    for seed in "5", "5", "6":
        done = guest("/bin/busybox", "od", "-An", "-tx1", "-N8",
                     "/dev/urandom", options=["--icount", "--append",
                                              "seed=" + seed], status=0)
        drawn.append(done.stdout)
    holds(drawn[0] == drawn[1] != drawn[2], drawn)


def writes_log():
    guest("true")
    text = read_bytes(path("log"))
    holds(b"Lectern" in text, "the banner is in the log")


WITHOUT_MIRROR = """
import sys
sys.path.insert(0, sys.argv[1])
from driver.disk import debs, initramfs
from driver.machine import run
from driver.main import main
debs.CACHE = sys.argv[2]
run.base_image = lambda arch, tests: initramfs.base_archive(arch, tests)[0]
sys.exit(main(sys.argv[3:]))
"""


def traces_calls():
    """trace=syscalls: each call before it is made, and its result."""
    done = guest("/usr/lectern/bin/echo", "hello",
                 options=["--append", "trace=syscalls"])
    equal(done.stdout, b"hello\n")
    text = log()
    matches(text, r"execve\(\"/usr/lectern/bin/echo\", 0x[0-9a-f]+, ",
            r"echo\[(\d+)\] write\(1, 0x[0-9a-f]+, 5\)(?s:.*)"
            r"echo\[\1\] write = 5 \(0x5\)",
            r"echo\[\d+\] exit_group\(0\)")


def boots_without_mirror():
    empty = path("cache")
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_MIRROR, os.path.join(TOP, "tools"),
         empty, "run", "--arch", ARCH, "--log", path("log"), "--",
         "/usr/lectern/bin/lsh", "-c", "echo shell of our own; exit 5"],
        env=dict(os.environ, DEB_MIRROR="file:///nonexistent"),
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, timeout=180 * PATIENCE)
    holds(empty.encode() in done.stderr, "the cache folder is named")
    equal(done.stdout, b"shell of our own\n", done.stderr)
    equal(done.returncode, 5)


# A tree whose tests are shell lines, under the real `./lectern test`.
FAKE_TESTS = """
import sys
sys.path.insert(0, sys.argv[1])
from driver.testing import pace, testing
from driver.main import main
pace.BUILD = sys.argv[2]    # what these take is nobody's business
lines = {
    "first": "echo '# 1 is not 2'; echo not ok 1 - sums; echo 1..1; exit 1",
    "long": "seq 1 5000; echo not ok 1 - counts; echo ok 2 - x; echo 1..2",
    "last": "echo '# all is well'; echo ok 1 - fine; echo 1..1",
}
testing.build_folder = lambda *a: None
testing.packages.require = lambda *a: None
testing.introspect = lambda folder: [
    {"name": n, "suite": ["x:host"], "cmd": ["sh", "-c", c], "env": {},
     "workdir": None, "timeout": 60, "protocol": "tap",
     "is_parallel": False} for n, c in lines.items()]
sys.exit(main(["test", "--arch", "host"]))
"""


def repeats_failures_at_the_end():
    os.makedirs(path("times"), exist_ok=True)
    done = subprocess.run(
        [sys.executable, "-c", FAKE_TESTS, os.path.join(TOP, "tools"),
         path("times")],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
        timeout=100 * PATIENCE)
    equal(done.returncode, 1)
    head, _, end = done.stdout.partition("\n2 failed:\n")
    holds("ok   host/last: 1 passed, 0 failed, " in head, done.stdout)
    holds(end.startswith("fail host/first: sums\n     | # 1 is not 2\n"
                         "fail host/long: counts\n     | 1\n"), end)
    holds(end.endswith("\n     | 5000\n\nfailed:\n  host/first: sums\n"
                       "  host/long: counts\n3 passed, 2 failed\n"), end)
    holds("lines left out]\n" in end, end)
    holds("all is well" not in end, end)


def tells_where_a_test_hangs():
    """A guest test that meets its limit: what each of its tasks waits for."""
    write(path("hangs"),
          "#!/bin/sh\necho 1..1\nmkfifo /tmp/f\nread x </tmp/f\n", 0o755)
    done = guest("/usr/lectern/bin/testrun", "-t", "2", "/hangs",
                 options=["--add", path("hangs")])
    text = out_of(done)
    equal(done.returncode, 1, text)
    matches(text, r"# END hangs timeout\n", r"\(hangs\) S ",
            r"^#     \[<0>\] fifo_open\+0x")


def waits_for_debugger():
    child = subprocess.Popen(
        [LECTERN, "run", "--arch", ARCH, "--gdb", "--log", path("log"),
         "--timeout", limit(60), "--", "true"], stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE, text=True)
    try:
        line = child.stderr.readline()
        holds("target remote" in line, line)
        time.sleep(2)
        holds(child.poll() is None, "it waits")
    finally:
        child.terminate()
        child.wait(30 * PATIENCE)


def ends_by_reboot():
    """Each command of reboot(2), and what the kernel says last."""
    for command, last in (("restart", "restarting"),
                          ("restart2", "restarting: again"),
                          ("halt", "power off"), ("poweroff", "power off")):
        done = guest("/usr/lectern/test/reboot", command, status=122)
        end = log().rstrip().splitlines()[-1]
        holds(end.endswith(f"reboot: {last}"), f"{command}: {end}")


def bare_machine(board, *options):
    """=> the log of a kernel on a board of QEMU's, without anything to run"""
    done = subprocess.run(
        ["qemu-system-i386", "-M", board, *options, "-display", "none",
         "-monitor", "none", "-nodefaults", "-no-reboot", "-m", "64M",
         "-kernel", kernel_file(ARCH), "-serial", f"file:{path('log')}"],
        stdin=subprocess.DEVNULL, timeout=60 * PATIENCE)
    equal(done.returncode, 0)
    return log()


def ends_without_its_devices():
    """A machine with none of the devices that end it: by a triple fault."""
    if ARCH != "i386":
        raise Skip("this machine has always one")
    holds("no init found" in bare_machine("microvm,acpi=off"),
          "it was Lectern that ended")


def measures_its_clock():
    """A CPU that does not say that it is QEMU's, on a board with an 8254 to
    measure it by, and on one without."""
    if ARCH != "i386":
        raise Skip("this machine is told the rate")
    for board in "pc", "microvm,acpi=off":
        text = bare_machine(board, "-cpu", "qemu32,-hypervisor",
                            "-icount", "shift=0,sleep=off")
        holds("time-stamp counter at 1000.000 MHz" in text,
              f"{board}: a nanosecond a count:\n{text}")


def keeps_time_by_firmware():
    """A hart without a timer register of its own asks the firmware."""
    if ARCH != "riscv64":
        raise Skip("its timers are of one kind")
    for options, timer in (([], "stimecmp"),
                           (["--qemu-args=-cpu rv64,sstc=off"], "firmware")):
        done = guest("sleep", "0.1", options=options, status=0)
        text = log()
        holds(f"timer by {timer}" in text, f"timer by {timer}:\n{text[:3000]}")


def without_place(tree, node):
    """=> a device tree whose nodes of this name have no `reg`; its format is
    that of chapter 5 of the Devicetree Specification, 0.4"""
    begin, names = struct.unpack_from(">II", tree, 8)
    length, = struct.unpack_from(">I", tree, 36)
    out, path, at = bytearray(tree), [], begin
    while at < begin + length:
        token, size, name = struct.unpack_from(">III", tree, at)
        if token == 1:      # a node begins, with its name
            end = tree.index(b"\0", at + 4)
            path.append(tree[at + 4:end].decode().partition("@")[0])
            at = end + 4 & ~3
        elif token == 3:    # a property
            end = at + (12 + size + 3 & ~3)
            if path[-1] == node and tree[names + name:].startswith(b"reg\0"):
                # words that say nothing
                out[at:end] = struct.pack(">I", 4) * ((end - at) // 4)
            at = end
        else:
            if token == 2:
                path.pop()
            at += 4
    return bytes(out)


def with_reservation(tree, base, size):
    """=> a device tree that keeps so much memory for others"""
    words = list(struct.unpack_from(">10I", tree))
    place = words[4]            # of the reservations
    words[1] += 16              # the tree's size
    for i in 2, 3:              # structure, strings
        words[i] += 16 if words[i] >= place else 0
    return (struct.pack(">10I", *words) + tree[40:place]
            + struct.pack(">QQ", base, size) + tree[place:])


def device_tree():
    """=> QEMU's, or Skip"""
    if ARCH != "riscv64":
        raise Skip("it has no device tree")
    whole = path("whole.dtb")
    subprocess.run(["qemu-system-riscv64", "-M", f"virt,dumpdtb={whole}",
                    "-m", "512M", "-smp", "1", "-display", "none"],
                   check=True, stdout=subprocess.PIPE,
                   stderr=subprocess.PIPE)
    return read_bytes(whole)


def leaves_what_is_reserved():
    """Memory that the device tree keeps for others."""
    tree, total = device_tree(), []
    for kept in tree, with_reservation(tree, 0x90000000, 64 << 20):
        write(path("kept.dtb"), kept)
        done = guest("awk", "/MemTotal/ { print $2 }", "/proc/meminfo",
                     options=[f"--qemu-args=-dtb {path('kept.dtb')}"])
        total.append(int(done.stdout))
    equal(total[0] - total[1], 64 << 10, total)


def reads_a_torn_tree():
    """Devices of a device tree that does not say where they are: what can be
    done without is, the rest is told."""
    tree = device_tree()
    for node, status, out, told in (
            ("rtc", 0, b"1970\n", ""), ("serial", 0, None, ""),
            ("memory", 121, b"", "names no RAM where the kernel lies"),
            ("plic", 121, b"", "names no interrupt controller")):
        write(path(f"{node}.dtb"), without_place(tree, node))
        done = guest("date", "+%Y",
                     options=[f"--qemu-args=-dtb {path(node)}.dtb"],
                     status=status)
        holds(done.stdout == out if out is not None else
              int(done.stdout) > 2000, f"{node}: {done.stdout}")
        holds(told in errors_of(done), errors_of(done))


def knows_later_families():
    """A CPU whose family does not fit into its first four bits."""
    if ARCH != "i386":
        raise Skip("its CPUs have no families")
    done = guest("grep", "family", "/proc/cpuinfo",
                 options=["--qemu-args=-cpu phenom"])
    equal(done.stdout, b"cpu family\t: 16\n", errors_of(done))


def main():
    need_package(ARCH, "busybox-static")
    checked = (reports_what_was_freed, reports_an_overflow, reports_a_leak)
    tap = Tap(brief=("passes_output", "passes_status", "separates_errors",
                     "ends_input", "command_not_found", "times_out",
                     "tells_a_fault", "panics", "refuses_too_little_memory",
                     "usage_errors", "interrupted", "adds_files",
                     "repeats_failures_at_the_end"), shared=ARCH,
              each=("passes_status", "reports_signal", "tells_a_fault",
                    "tells_the_fault_of_init", "panics",
                    "tells_where_tasks_are", "traces_through_interrupts",
                    "refuses_too_little_memory", "appends_command_line",
                    "sets_memory", "counts_instructions", "ends_by_reboot",
                    "ends_without_its_devices", "measures_its_clock",
                    "keeps_time_by_firmware",
                    "leaves_what_is_reserved", "reads_a_torn_tree",
                    "knows_later_families", *(c.__name__ for c in checked)))
    for case in (passes_output, passes_status, separates_errors,
                 keeps_the_readmes_promise,
                 reports_signal, passes_bytes, ends_input,
                 leaves_input_unread, slow_reader, reader_goes_away,
                 appends_to_file, closed_input, keeps_arguments,
                 command_not_found, names_a_missing_loader, times_out,
                 tells_a_fault, tells_the_fault_of_init,
                 panics,
                 tells_where_tasks_are, traces_through_interrupts,
                 *checked, finds_races,
                 refuses_too_little_memory,
                 broken_qemu, usage_errors,
                 interrupted, terminated, killed_outright, adds_files,
                 appends_command_line, hands_options_on, hushes_the_console,
                 refuses_an_init,
                 sets_memory, counts_instructions, draws_by_a_seed,
                 writes_log, traces_calls, boots_without_mirror,
                 waits_for_debugger, repeats_failures_at_the_end,
                 tells_where_a_test_hangs, ends_by_reboot,
                 ends_without_its_devices, measures_its_clock,
                 keeps_time_by_firmware,
                 leaves_what_is_reserved, reads_a_torn_tree,
                 knows_later_families):
        wanted = tap.wanted(case.__name__)
        if case in checked:
            wanted = wanted and tap.checks_on(ARCH)
        elif case is finds_races:
            # a kernel of its own, which takes minutes to build
            wanted = wanted and (EVERY or tap.only)
        if wanted:
            tap.case(case.__name__, case)
    WORK.cleanup()
    tap.end()


main()
