# SPDX-License-Identifier: MIT
"""`./lectern fuzz`: the corpus again, a short search with a seed of its own,
and whether a find is told, made small and found again.  On the kernel of
suite `check`, where that is built; suite nightly searches by the code that is
reached."""
import os
import re
import sys
import tempfile

from harness import (Skip, Tap, equal, errors_of, holds,  # noqa: E402
                     read, run, said_by, write)
from driver.machine import linux  # noqa: E402
from driver.common import EXIT_BROKEN  # noqa: E402

PROGRAMS = 13 * 24             # 24 make a batch
SEED = "1"
# a call for help that a kernel under test answers with a panic
CRASH = """\
getpid()
r0 = openat(-100, &0x60000100{"/proc/sysrq-trigger\\0"}, 1, 0)
getuid()
write(r0, &0x60000200{"c"}, 1)
"""
ANSWERS = """\
r0 = openat(-100, &0x60000100{"f0\\0"}, 0, 0)
read(r0, &0x60000200{?16}, 16)
close(99)
"""
# what a kernel without fault lets root do to what is kept from all others
BROKEN = (
    ("a secret at 0x60000200", """\
getpid()
r0 = openat(-100, &0x60000100{"/keep/file\\0"}, 0, 0)
read(r0, &0x60000200{?64}, 64)
close(r0)
"""),
    ("a descriptor of /keep/dir", """\
openat(-100, &0x60000100{"/keep/dir\\0"}, 0, 0)
"""),
    ("/keep/file has other rights", """\
fchmodat(-100, &0x60000100{"/keep/file\\0"}, 0x1a4)
"""),
    ("/keep/dir/file has another size", """\
r0 = openat(-100, &0x60000100{"/keep/dir/file\\0"}, 0x201, 0)
close(r0)
"""),
    ("a root outside of the room", """\
[child=4] clone(17, 0, 0, 0, 0)
[t5] mkdirat(-100, &0x60000100{"/keep\\0"}, 0x1ff)
[t5] openat(-100, &0x60000100{"/keep/marker\\0"}, 0x41, 0x1a4)
"""),
    ("audit does not balance", """\
mkdirat(-100, &0x60000100{"/run/left\\0"}, 0x1ff)
"""),
)
# names that the executor removes: above the program's folder, and below that
LEFT = """\
mkdirat(-100, &0x60000100{"../left\\0"}, 0x1ff)
mkdirat(-100, &0x60000100{"../left/below\\0"}, 0x1ff)
r0 = openat(-100, &0x60000100{"../../left\\0"}, 0x42, 0x1a4)
linkat(-100, &0x60000100{"/left\\0"}, -100, &0x60000200{"/run/../left2\\0"}, 0)
close(r0)
"""


# steps of the sequence `covered` that no other program would have
COVERED = ("unshare(", 'umount2(&0x', '/keep/under')
SAME = """\
getpid()
r0 = openat(-100, &0x60000100{"f0\\0"}, 0, 0)
read(r0, &0x60000200{?16}, 16)
close(99)
"""
# what it is called there says which kernel it is
OTHER = """\
r0 = openat(-100, &0x60000100{"/proc/version\\0"}, 0, 0)
read(r0, &0x60000200{?64}, 64)
"""


CHECKERS = ""       # of the kernel that is searched


def fuzz(arch, *args):
    return run("fuzz", "--no-cover", "--check", CHECKERS, *args, arch=arch,
               timeout=1500)


def good(done):
    """What it said; if it found something, that too, as the folder goes."""
    text = said_by(done)
    for path in re.findall(r"/\S+/finds/\S+\.txt", text):
        if os.path.exists(path):
            text += f"\n{path}:\n{read(path)[-2000:]}"
    equal(done.returncode, 0, text[-4000:])
    return text


def replay_corpus(arch, who):
    with tempfile.TemporaryDirectory(prefix="lectern-") as work:
        text = good(fuzz(arch, *who, "--corpus", work, "--seeds-only"))
    holds("did not parse" not in text, text)


def search(arch, who):
    with tempfile.TemporaryDirectory(prefix="lectern-") as work:
        text = good(fuzz(arch, *who, "--corpus", work, "--programs",
                         str(PROGRAMS), "--seed", SEED, "--no-seeds"))
    holds(f" {PROGRAMS} programs" in text, text)


def sequence(arch):
    """New programs are of the one that is named, which must be there."""
    with tempfile.TemporaryDirectory(prefix="lectern-") as work:
        good(fuzz(arch, "--user", "--sequence", "covered", "--corpus", work,
                  "--programs", "192", "--seed", SEED))
        programs = []
        for name in os.listdir(work):
            if name.endswith(".txt"):
                programs.append(read(os.path.join(work, name)))
    holds(programs, "some are kept")
    like = [p for p in programs if any(word in p for word in COVERED)]
    holds(len(like) > len(programs) * 0.8,
          f"{len(like)} of {len(programs)}:\n" + "\n".join(programs[:3]))
    for words in (("--sequence", "nonesuch"),
                  ("--sequence", "mounts", "--against", "linux")):
        equal(fuzz(arch, *words).returncode, 2, words)


def against(arch, text):
    """Programs of a file on both kernels. => status, what is said"""
    with tempfile.TemporaryDirectory(prefix="lectern-") as work:
        path = os.path.join(work, "programs")
        write(path, text)
        done = run("fuzz", "--check", "", "--corpus", work, "--replay-against",
                   path, arch=arch, timeout=600)
    return done.returncode, said_by(done)


def both_kernels(arch):
    """What answers alike is no difference, and what does not is one."""
    if not linux.known_packages(arch):
        raise Skip(f"Debian's Linux for {arch} is not fetched; ./lectern test "
                   "does that")
    status, text = against(arch, SAME)
    equal(status, 0, text)
    holds("4 calls, 0 kinds of differences" in text, text)
    status, text = against(arch, SAME + "\n" + OTHER)
    equal(status, 1, text)
    holds("6 calls, 1 kinds of differences" in text
          and "read: linux 0x40, lectern 0x" in text, text)
    for text in ("getpid(\n", "no_such_call()\n"):
        status, said = against(arch, text)
        equal((status, "--replay-against" in said), (2, True), said)


def answers(arch):
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as f:
        f.write(ANSWERS)
        f.flush()
        text = good(fuzz(arch, "--replay", f.name))
    got = re.findall(r"^\t= (.*)$", text, re.MULTILINE)
    equal(got, ["3", "0x10", "EBADF"], text)


def crash(arch):
    """A panic: found, cut to the calls that make it, found again."""
    with tempfile.TemporaryDirectory(prefix="lectern-") as work:
        write(os.path.join(work, "crash.txt"), CRASH)
        done = fuzz(arch, "--corpus", work, "--seeds-only", "--no-seeds")
        text = errors_of(done)
        equal(done.returncode, 1, text)
        finds = os.path.join(work, "finds")
        found = sorted(os.listdir(finds))
        equal([os.path.splitext(n)[1] for n in found],
              [".c", ".log", ".txt"], text)
        name = os.path.join(finds, found[2])
        with open(name) as f:
            calls = [line for line in f if not line.startswith("#")]
        equal(len(calls), 2, "".join(calls))
        equal(fuzz(arch, "--replay", name).returncode, 1, "it comes again")


def broken(arch):
    """What must not be is told; once, it is found and made small, too."""
    for title, text in BROKEN:
        with tempfile.NamedTemporaryFile("w", suffix=".txt") as f:
            f.write(text)
            f.flush()
            done = fuzz(arch, "--replay", f.name)
        said = said_by(done)
        equal(done.returncode, 1, said)
        holds("found again: " in said and title in said, said)
    with tempfile.TemporaryDirectory(prefix="lectern-") as work:
        write(os.path.join(work, "broken.txt"), BROKEN[0][1])
        done = fuzz(arch, "--corpus", work, "--seeds-only", "--no-seeds")
        equal(done.returncode, 1, errors_of(done))
        name = os.path.join(work, "finds", "invariant-a-secret-at-n-1.txt")
        with open(name) as f:
            calls = [line for line in f if not line.startswith("#")]
        # the descriptor is one already
        equal(len(calls), 1, "".join(calls))


def left_outside(arch):
    """Names above a program's folder go with it: one after it finds none."""
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as f:
        f.write(LEFT + "\n" + LEFT)
        f.flush()
        text = good(fuzz(arch, "--replay", f.name))
    got = re.findall(r"^\t= (.*)$", text, re.MULTILINE)
    equal(got, ["0", "0", "3", "0", "0"] * 2, text)


def unreadable(arch):
    with tempfile.TemporaryDirectory(prefix="lectern-") as work:
        write(os.path.join(work, "bad.txt"), "getpid(\n")
        text = good(fuzz(arch, "--corpus", work, "--seeds-only",
                         "--no-seeds"))
    holds("bad.txt: line 1" in text and "1 corpus file" in text, text)


def too_small(arch):
    """A machine that cannot start is no find, and is not tried for ever."""
    with tempfile.TemporaryDirectory(prefix="lectern-") as work:
        done = fuzz(arch, "--corpus", work, "--mem", "4M", "--programs", "9")
        equal(os.listdir(os.path.join(work, "finds")), [], "finds")
    text = errors_of(done)
    equal(done.returncode, EXIT_BROKEN, text)
    holds("the machine does not start" in text and "at least --mem" in text,
          text)


def main():
    global CHECKERS
    arch = sys.argv[1]
    tap = Tap(shared=arch, each=("the corpus again", "a search"))
    CHECKERS = "ci" if tap.checks_on(arch) else ""
    tap.case("a program's results come back", answers, arch)
    tap.case("new programs of a sequence", sequence, arch)
    tap.case("programs of a file on both kernels", both_kernels, arch)
    tap.case("a panic is found, made small and found again", crash, arch)
    tap.case("what a program must not reach is a find", broken, arch)
    tap.case("names above a program's folder go", left_outside, arch)
    tap.case("a file that is no program is named", unreadable, arch)
    tap.case("a machine that cannot start is told", too_small, arch)
    users = (("root", []), ("a user", ["--user"]))
    for n, (name, who) in enumerate(users):
        if tap.turn(arch, n, len(users)):
            tap.case(f"the corpus again, by {name}", replay_corpus, arch, who)
            tap.case(f"a search with seed {SEED}, by {name}", search, arch, who)
    tap.end()


main()
