# SPDX-License-Identifier: MIT
"""Cases of the suite `judges`: python3's own test modules of what a kernel
does, run as Debian packs them.  Each failing test is a point of its own;
the tables below say which cannot pass and why, see docs/judges.md."""
import re

VERSION = {"riscv64": "3.13", "i386": "3.11"}
PACKAGES = {arch: ("bash", "coreutils", "dash", "python3",
                   f"libpython{version}-testsuite")
            for arch, version in VERSION.items()}
LIMIT = 900

MODULES = ("test_os", "test_posix", "test_signal", "test_threading",
           "test_subprocess", "test_fcntl", "test_mmap", "test_pty",
           "test_tempfile", "test_shutil")

# {test: why it fails on Linux too, in this environment}; the name may be
# that of a class or a test without its module
KNOWN = {}

SCRIPT = """\
export TMPDIR=$PWD HOME=/root LC_ALL=C.UTF-8
python3 -m test -v --timeout %d %s 2>&1
"""

RESULT = re.compile(r"^(FAIL|ERROR): (\S+) \(([\w.]+)\)", re.M)
TOTAL = re.compile(r"^Ran (\d+) tests? in .*\n\n(OK|FAILED)(?: \((.*)\))?",
                   re.M)
SKIPPED = re.compile(r"^(\S+) \(([\w.]+)\)(?:\n.*)? \.\.\. skipped (.*)$",
                     re.M)
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


def known(arch, test):
    group = test.partition(".")[0]
    for name in (test, group, f"{arch}: {test}"):
        if name in KNOWN:
            return KNOWN[name]
    return None


def verdict(tap, name, text, status, arch):
    """Points of one module: it as a whole, and every test that failed."""
    bad = failures(text)
    total = TOTAL.search(text)
    for test, report in bad.items():
        tap.point(bool(known(arch, test)), f"{name}: {test}", report,
                  known(arch, test))
    said = len(re.findall(r"^(?:FAIL|ERROR): ", text, re.M))
    seen = sum(len(RESULT.findall(r)) for r in bad.values())
    notes = f"exit status {status}, {total[0] if total else 'no result'}\n"
    notes += "".join(f"skipped: {full_name(m, w)}: {why}\n"
                     for m, w, why in SKIPPED.findall(text))
    good = (total and int(total[1]) > 0 and said == seen
            and status == (2 if bad else 0))
    if not good:
        notes += text[-3000:]
    tap.point(bool(good), f"{name} ran", notes)


CASES = {module: (SCRIPT % (LIMIT - 60, module), verdict, 0)
         for module in MODULES}
