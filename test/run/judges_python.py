# SPDX-License-Identifier: MIT
"""Cases of the suite `judges`: python3's own test modules of what a kernel
does, run as Debian packs them.  Each failing test is a point of its own, and
so is each one skipped for a reason that SKIPS does not name: what a kernel
lacks would else look like success.  docs/judges.md explains ABSENT."""
import os
import re

from harness import MACHINES

VERSION = {m.name: m.python for m in MACHINES.values() if m.python}
PACKAGES = {arch: ("bash", "bsdutils", "coreutils", "dash", "netbase",
                   "procps", "python3", "unzip", "util-linux", "zip",
                   f"libpython{version}-testsuite")
            for arch, version in VERSION.items()}
LIMIT = 1200
# Many tests measure time; counted in instructions it does not depend on the
# host's load, and passes as the host's while the guest waits for a disk of
# the host.  That needs one CPU.
OPTIONS = (() if int(os.environ.get("LECTERN_SMP") or 1) > 1 else
           ("--icount", "--qemu-args", "-icount shift=0,sleep=on"))

# as root, without a terminal, in memory
AS_ROOT = ("test_os", "test_posix", "test_signal", "test_threading",
           "test_subprocess", "test_fcntl", "test_mmap", "test_pty",
           "test_tempfile", "test_shutil", "test_select", "test_selectors",
           "test_epoll", "test_poll", "test_eintr", "test_resource",
           "test_wait3", "test_wait4", "test_fork1", "test_largefile",
           "test_threadsignals", "test_stat", "test_openpty", "test_io",
           "test_socket")
# as a user of several groups, on a terminal, on ext2
AS_USER = ("test_os", "test_posix", "test_fcntl", "test_mmap", "test_pty",
           "test_ioctl", "test_tempfile", "test_shutil")

# {module: {test or class: what the kernel lacks for it}}, as docs/judges.md and
# docs/roadmap.md say
ABSENT = {"test_socket": dict.fromkeys((
    "BasicUDPLITETest", "UDPLITETimeoutTest", "SendmsgUDPLITETest",
    "SendmsgUDPLITE6Test", "RecvmsgUDPLITETest", "RecvmsgUDPLITE6Test",
    "RecvmsgIntoUDPLITETest", "RecvmsgIntoUDPLITE6Test",
    "RecvmsgRFC3542AncillaryUDPLITE6Test",
    "RecvmsgIntoRFC3542AncillaryUDPLITE6Test"), "no UDP-Lite"),
}

# {module: {test that is not run: the reason}}
LEFT_OUT = {"test_threading": {
    "test_print_exception_gh_102056":
        "shows all that fails in a second: endless, counted in instructions",
}}

# Reasons that say nothing of a kernel: other systems, how Debian built
# python, what was not asked for.
SKIPS = [re.compile(text, re.I) for text in (
    r".*\b(Win32|win32|NT|Windows|NTFS|macOS|OS X|BSD|AIX|VxWorks|Solaris|"
    r"Android|iOS|WASI|Emscripten)\b.*",
    r"(?:need msvcrt|requires msvcrt|needs msvcrt).*",
    r".*\b(Devpoll|devpoll|Kqueue|kqueue)\w*\b.*", r"",
    r"name lookup failure",
    r"Linux behavior is tested by TestLinuxAbstractNamespace",
    r"Numeric scope id does not work or undocumented", r"Linux specific test",
    r"required \d+ MiB of free disk space", r"network is not enabled",
    r"requires headers and trailers support",
    r"os\.random\(\) does not use a file descriptor",
    r"(test needs|requires) (os|posix)?\.?(lchmod|lchflags|chflags|O_SHLOCK|"
    r"O_EXLOCK|RWF_SYNC|path\.altsep)\b.*",
    r"text mode not available", r"dir_fd is supported",
    # it lets strace look for a call that riscv64 has not
    r"strace not found or not working as expected\.",
    r"Maybe test trigger a leak on Ubuntu", r"need subprocess\._winapi",
    r"Skip due to platform/environment differences on \*NIX buildbots",
    r"needs INT_MAX < PY_SSIZE_T_MAX",
    r"test is only meaningful on 32-bit builds",
    r"test cannot run on 32-bit systems",
    r"needs UINT_MAX < ULONG_MAX",
    r"not enough memory: .*", r"test requires at least 2 GiB of memory",
    r"resource '.*' is not enabled.*",
    r"need debug build \(Py_DEBUG\)",
    r"Condition does not expose _recursion_count\(\)",
    r"The Python shared library cannot be loaded with.*",
    # tests of what happens where a call is missing
    r"set\w+\(\) available on platform",
    # one CPU, one user
    r"incompatible with CAP_DAC_OVERRIDE",
    r"can't set the directory read-only",
    r"RLIMIT_NPROC had no effect; probably superuser",
    r"test can only run in a 32-bit address space",
    r"sched_getaffinity\(\) returns less than 2 CPUs.*",
    r"test needs at least 2 groups",
    r"test needs non-root account and more than one user",
    r"test needs root privilege and more than one user",
    r"not enough privileges",
    # no terminal
    r"test requires a tty and either Windows or nl_langinfo\(CODESET\)",
    r"stty invocation failed", r"not on tty",
    r"failed to query terminal size",
    # other networks
    r".*: \[Errno 93\] Protocol not supported",
    r"(SocketCan|RDS sockets|QIPCRTR sockets|VSOCK sockets|CAN ISOTP|Hyper-V sockets|"
    r"Bluetooth sockets|CAN J1939|AF_ALG|HyperV sockets) required.*",
    r"TIPC module is not loaded.*",
    # name spaces are not there, see docs/roadmap.md
    r"need /proc/self/ns/uts",
)]

ROOT = """\
export TMPDIR=$PWD HOME=/root LC_ALL=C.UTF-8
python3 -m test -v --timeout %d %s 2>&1
"""
# `script` gives the terminal; its output has a terminal's line ends
USER = """\
grep -q ^user: /etc/passwd || {
	echo user:x:1000:1000::/mnt/w:/bin/sh >>/etc/passwd
	printf 'user:x:1000:\\none:x:1001:user\\ntwo:x:1002:user\\n' >>/etc/group; }
cd /mnt/w; chown 1000:1000 .; export TMPDIR=$PWD HOME=$PWD LC_ALL=C.UTF-8
script -qec 'stty rows 24 cols 80; exec setpriv --reuid=1000 --regid=1000 \\
	--groups=1000,1001,1002 python3 -m test -v --timeout %d %s' /dev/null
"""

# and of others than root: the first asks for an attribute of root's
SKIPS_USER = [re.compile(text) for text in (
    r"no non-broken extended attribute support", r"requires CAP_DAC_OVERRIDE",
)]

RESULT = re.compile(r"^(FAIL|ERROR): (\S+) \(([\w.]+)\)", re.M)
TOTAL = re.compile(r"^Ran (\d+) tests? in .*\n\n(OK|FAILED)(?: \((.*)\))?",
                   re.M)
SKIPPED = re.compile(r"^(\S+) \(([\w.]+)\)(?:\n.*)? \.\.\. skipped "
                     r"(['\"])(.*)\3$", re.M)
RULE = "=" * 70 + "\n"


def full_name(method, where):
    """`Class.method` of what unittest prints; 3.11 and later name the method
    twice."""
    parts = where.split(".")
    if parts[-1] == method:
        parts.pop()
    return f"{parts[-1]}.{method}"


def failures(text):
    """{test: its report} of every test that failed"""
    found = {}
    for report in text.split(RULE)[1:]:
        head = RESULT.match(report)
        if head:
            name = full_name(head[2], head[3])
            found[name] = found.get(name, "") + report[:3000]
    return found


class Excuses:
    """The rows of ABSENT of one module, and which of them were needed."""

    def __init__(self, module):
        self.rows = ABSENT.get(module, {})
        self.needed = set()

    def find(self, test):
        """Why a test cannot pass, or None."""
        for row in (test, test.partition(".")[0]):
            if row in self.rows:
                self.needed.add(row)
                return self.rows[row]
        return None

    def stale(self):
        return sorted(set(self.rows) - self.needed)


def verdict(tap, name, text, status, arch):
    """Points of one module: it as a whole, every test that failed, and every
    row of a table that no test needed."""
    text = text.replace("\r\n", "\n")
    module = name.split()[0]
    for test, why in LEFT_OUT.get(module, {}).items():
        tap.point(True, f"{name}: {test}", skip=why)
    reasons = SKIPS + (SKIPS_USER if name.endswith(" as a user") else [])
    excuses = Excuses(module)
    bad = failures(text)
    total = TOTAL.search(text)
    for test, report in bad.items():
        why = excuses.find(test)
        tap.point(bool(why), f"{name}: {test}", report, why)
    notes = f"exit status {status}, {total[0] if total else 'no result'}\n"
    for method, where, _, reason in SKIPPED.findall(text):
        test = full_name(method, where)
        if not any(s.fullmatch(reason) for s in reasons):
            why = excuses.find(test)
            tap.point(bool(why), f"{name}: {test}", f"skipped: {reason}", why)
        notes += f"skipped: {test}: {reason}\n"
    for row in excuses.stale():
        tap.point(False, f"{name}: {row}", "passes, but is listed")
    said = len(re.findall(r"^(?:FAIL|ERROR): ", text, re.M))
    seen = sum(len(RESULT.findall(r)) for r in bad.values())
    good = (total and int(total[1]) > 0 and said == seen
            and status == (2 if bad else 0))
    if not good:
        notes += text[-3000:]
    tap.point(bool(good), f"{name} ran", notes)


def words(module):
    """The module as the command line has it."""
    return " -i ".join([module, *LEFT_OUT.get(module, ())])


CASES = {m: (ROOT % (LIMIT - 60, words(m)), verdict, 0) for m in AS_ROOT}
CASES |= {m + " as a user": (USER % (LIMIT - 60, words(m)), verdict, 0)
          for m in AS_USER}
