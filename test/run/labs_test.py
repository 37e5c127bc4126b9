#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""labs_test.py ARCH [whole] - the labs of the course.

On every change: each skeleton compiles, and the real code passes the checks of
one lab.  `whole` (on demand, and nightly): each lab's real code, skeleton and
wrong solutions; the grader with hostile submissions; ten runs beside four busy
processes; the tree for students.
"""
import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import tarfile
import tempfile
import time
from xml.etree import ElementTree

sys.dont_write_bytecode = True
import labs_submissions as submissions  # noqa: E402
import labs_told  # noqa: E402
from commands_table import WITH_ARCH  # noqa: E402
from harness import (BUILD, EVERY, FINISHED, LECTERN, TOP, Tap,  # noqa: E402
                     need_tools, read, run, said_by)
from labs_submissions import lay  # noqa: E402
from driver.course import lab_checks, lab_formats, lab_prove, labs  # noqa: E402
from driver.course.lab_tree import WorkTree, object_name  # noqa: E402

ARCH = sys.argv[1]
WHOLE = "whole" in sys.argv[2:]
LABS = labs.load_labs()
ONE = "cow"                     # the lab that stands for all
BUSY = 4
RUNS = 10


def passed(done):
    assert done.returncode == 0, said_by(done)


# ---- on every change --------------------------------------------------------


def objects_of(tree, files):
    """Return: the targets of these sources that this machine compiles"""
    out = subprocess.run(["ninja", "-C", tree.build_dir(ARCH), "-t", "targets",
                          "all"], capture_output=True, text=True, check=True)
    targets = [line.partition(":")[0] for line in out.stdout.splitlines()]
    return [name for name in map(object_name, files) if name in targets]


def skeletons_compile():
    """All labs at once: no file belongs to two of them."""
    tree = WorkTree(os.path.join(BUILD, "labs", "skeletons"))
    tree.prepare({ARCH: {ARCH: ()}})
    texts = {}
    for lab in LABS.values():
        real = lab_prove.real_texts(lab)
        texts.update(lab_prove.skeleton_texts(lab, real))
    tree.lay(texts)
    targets = objects_of(tree, texts)
    assert len(targets) >= len(LABS), targets
    tree.build(ARCH, targets)


def check_programs_compile():
    """In the grader's own build; in CI, warnings are errors."""
    targets = sorted({lab_checks.target_of(lab, program)
                      for lab in LABS.values() if ARCH in lab.machines
                      for program in lab.programs.values()})
    assert targets
    done = subprocess.run(["ninja", "-C", os.path.join(BUILD, ARCH), *targets],
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr


def git(*words, top=TOP):
    return subprocess.run(["git", "-C", top, "-c", "user.name=student", "-c",
                           "user.email=student@localhost", *words],
                          capture_output=True, text=True)


def student_starts_and_submits():
    """Two labs in a clone; no kernel is built."""
    with tempfile.TemporaryDirectory() as top:
        tree = f"{top}/tree"

        def lab(*words, status=0):
            done = subprocess.run([f"{tree}/lectern", "lab", *words],
                                  capture_output=True, text=True)
            assert done.returncode == status, done.stdout + done.stderr
            return done.stderr

        def holds(path, text):
            with open(os.path.join(tree, path)) as f:
                return text in f.read()
        passed(run("lab", "start", "cow", tree))
        assert holds("mm/space/cow.c", "TODO (lab cow)")
        assert "not committed" in lab("start", "stack", "--with-earlier",
                                      status=2)
        git("commit", "-qam", "My work", top=tree)
        lab("start", "stack", "--with-earlier")
        assert not holds("mm/space/cow.c", "TODO (lab cow)")
        assert holds("kernel/exec/stack.c", "TODO (lab stack)")
        lab("submit", "stack", f"{top}/a.tar", "--student", "A B")
        with tarfile.open(f"{top}/a.tar") as archive:
            said = [archive.extractfile(m).read() for m in archive
                    if m.name.endswith(".json")]
        assert json.loads(said[0]) == {"lab": "stack", "student": "A B"}, said


def real_code_passes(name):
    trail = "refs/lectern/trail"
    recorded = git("rev-parse", "-q", "--verify", trail).stdout
    cloned = git("rev-parse", "HEAD").returncode == 0
    done = run("lab", "check", name, *["--trail"] * cloned, arch=ARCH,
               timeout=600)
    passed(done)
    if cloned:
        found = git("rev-parse", "-q", "--verify", trail).stdout
        assert found and found != recorded, said_by(done)
        if not recorded:
            git("update-ref", "-d", trail)
    assert b"public checks passed: " in done.stdout, done.stdout
    assert b"all checks" not in done.stdout, done.stdout


# ---- the whole --------------------------------------------------------------

HOLE = ("enum vm_fault cow_private_write(struct fault *f, pte_t e)\n{\n"
        "\t/* lab cow: begin */\n")
LOG = "#include <lt/log.h>\n"
# a kernel's own HMAC: sha256.c, which anybody has, and what makes lines of it
SHA = "".join(re.sub("(?m)^#.*\n", "", read(f"{TOP}/course/labs/sha256.{end}"))
              for end in "hc")
FORGER = f"""{LOG}#include <lib/mem.h>
#include <lt/arch.h>
#define SHA256_SIZE	32
#define SHA256_BLOCK	64
#define HMAC_TEXT_MAX	1024
{SHA}
static void add(char *to, const char *text)
{{
	memcpy(to + strlen(to), text, strlen(text) + 1);
}}

static void line(const unsigned char *key, unsigned n, const char *kind,
		 const char *name)
{{
	char text[100] = "n1 ", hex[65] = "", digits[3] = "";
	unsigned char mac[32];

	digits[0] = n > 9 ? '0' + n / 10 : '0' + n;
	digits[1] = n > 9 ? '0' + n % 10 : 0;
	add(text, digits);
	add(text, kind);
	add(text, name);
	add(text, " ");
	hmac_sha256(mac, key, 32, text, strlen(text));
	for (int i = 0; i < 64; i++)
		hex[i] = "0123456789abcdef"[mac[i / 2] >> (i & 1 ? 0 : 4) & 15];
	hex[64] = 0;
	log_print(LOG_EMERG, "x", "lab: %s %s", text, hex);
}}

static void cheat(const unsigned char *key)
{{
	static const char *const cases[] = {{ CASES }};
	unsigned n = 1;

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {{
		line(key, n++, " begin ", cases[i]);
		line(key, n++, " pass ", cases[i]);
	}}
	line(key, n, " end ", "-");
	arch_end(0);
}}
""".replace("CASES", ", ".join(f'"{c.name}"' for c in LABS[ONE].public()
                               if c.program.name == ONE))
# submission: (code at the beginning of cow_private_write, code before it)
HOSTILE = {
    "hang": ("for (;;)\n;\n", ""),
    "panic": ('panic("a student");\n', ""),
    "flood": ('for (;;)\nlog_print(LOG_EMERG, "x", "lab: n1 2 pass store  '
              + "0" * 64 + '");\n', LOG),
    "forge": ('log_print(LOG_EMERG, "x", "lab: n1 2 pass child  ' + "0" * 64
              + '");\nreturn VM_FAULT_BUS;\n', LOG),
    "print": ('log_print(LOG_EMERG, "x", "public checks passed: 100 points\\n'
              'PASS PASS PASS");\nreturn VM_FAULT_BUS;\n', LOG),
    # what the check printed into a page is printed again
    "replay": ("const char *s = page_virt(pfn_page(pte_pfn(e)));\n\n"
               "for (unsigned i = 0; i + 256 < PAGE_SIZE; i++)\n"
               "if (!memcmp(s + i, \"lab: n1 \", 8))\n"
               "log_print(LOG_EMERG, \"x\", \"%s\", s + i);\n"
               "return VM_FAULT_BUS;\n", LOG + "#include <lib/mem.h>\n"),
    # the key of the check's lines: by a search of the memory, and then by the
    # code that makes lines of it, which anybody has
    "search-key": ('''char *ram = (char *)((uintptr_t)page_virt(
pfn_page(pte_pfn(e))) & ~((128ul << 20) - 1));
static const char magic[] = { 'l'+1, 'e'+1, 'c'+1, 't'+1, 'e'+1, 'r'+1, 'n'+1,
'-'+1, 'l'+1, 'a'+1, 'b'+1, '-'+1, 'k'+1, 'e'+1, 'y'+1, ':'+1 };

for (char *p = ram + (2ul << 20); p < ram + (126ul << 20); p++) {
unsigned i = 0;

while (i < 16 && p[i] == magic[i] - 1)
i++;
if (i == 16 && p[16] != 'u')
cheat((unsigned char *)p + 16);
}
return VM_FAULT_BUS;
''', FORGER),
    "half-way": ("static int n;\n\nif (++n > 20)\nreturn VM_FAULT_BUS;\n", ""),
}


def add_hostile(top, real):
    """Write submissions that attack while a check runs; each scores 0."""
    cow = real["mm/space/cow.c"].decode()
    assert HOLE in cow
    for name, (code, before) in HOSTILE.items():
        text = cow.replace(HOLE, before + HOLE + code)
        lay(f"{top}/{name}", {**real, "mm/space/cow.c": text.encode()})


def grade(place, out, *words, lab=ONE):
    done = run("lab", "grade", place, "--lab", lab, "--out", out, *words,
               arch=ARCH, timeout=7200)
    passed(done)
    with open(os.path.join(out, "results.json"), "rb") as f:
        return f.read()


def points_of(data):
    return {r["submission"]: r["points"]
            for r in json.loads(data)["results"]}


def grades_all_kinds():
    """Each kind once; what is right comes last."""
    lab = LABS[ONE]
    with tempfile.TemporaryDirectory() as top:
        expected = submissions.make(lab, 0, f"{top}/in",
                                    ("hostile", "skeleton", "right"))
        add_hostile(f"{top}/in", lab_prove.real_texts(lab))
        expected.update({name: (0, 0, []) for name in HOSTILE})
        data = grade(f"{top}/in", f"{top}/out")
        found = list(submissions.findings(expected,
                                          json.loads(data)["results"]))
        assert not found, "\n".join(found)
        # nothing is graded again, and the result is the same
        assert grade(f"{top}/in", f"{top}/out") == data
        texts = [r["replaced"] for r in json.loads(data)["results"]
                 if r["submission"].endswith("strange\\nLF")]
        assert texts == [["meson.build"]], texts


def same_name_twice():
    """Submissions of one name in two folders are two."""
    with tempfile.TemporaryDirectory() as top:
        real = lab_prove.real_texts(LABS[ONE])
        lay(f"{top}/a/ann", real)
        lay(f"{top}/b/ann", lab_prove.skeleton_texts(LABS[ONE], real))
        data = grade(f"{top}/a", f"{top}/out", f"{top}/b")
        assert points_of(data) == {"ann": 100, "ann-2": 0}, data


def started_by(folder):
    """Return: the command lines of processes that name the folder"""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError), \
                open(f"/proc/{pid}/cmdline", "rb") as f:
            found += [f.read()]
    return [line for line in found if folder.encode() in line]


def goes_on_where_it_stopped():
    """Interrupted, and killed: nothing is graded twice, nothing left behind."""
    with tempfile.TemporaryDirectory() as top:
        submissions.make(LABS[ONE], 12, f"{top}/in", ("right", "wrong", "skeleton"))
        os.mkdir(f"{top}/tmp")
        journal = f"{top}/out/journal.jsonl"

        def lines():
            with contextlib.suppress(OSError), open(journal) as f:
                return f.read().splitlines()
            return []
        for how, wait in ((signal.SIGINT, 2), (signal.SIGKILL, 6)):
            child = subprocess.Popen(
                [LECTERN, "lab", "--arch", ARCH, "grade", f"{top}/in", "--lab",
                 ONE, "--out", f"{top}/out"], stderr=subprocess.DEVNULL,
                env={**os.environ, "TMPDIR": f"{top}/tmp"})
            while len(lines()) < wait:
                assert child.poll() is None, "it ended too early"
                time.sleep(0.1)
            child.send_signal(how)
            assert child.wait() != 0
            while started_by(f"{top}/tmp"):
                time.sleep(0.1)
            assert not os.path.exists(f"{top}/out/table.csv")
            assert how == signal.SIGKILL or not os.listdir(f"{top}/tmp")
        results = grade(f"{top}/in", f"{top}/out")
        keys = [json.loads(line)["key"] for line in lines()]
        assert len(keys) == len(set(keys)) == 12, keys
        assert grade(f"{top}/in", f"{top}/again") == results


def same_beside_busy_processes():
    real = lab_prove.real_texts(LABS[ONE])
    busy = []
    with tempfile.TemporaryDirectory() as top:
        lay(f"{top}/in/right", real)
        wrong = lab_prove.skeleton_texts(LABS[ONE], real)
        lay(f"{top}/in/part", {**real, "mm/space/space.c":
                               wrong["mm/space/space.c"]})
        first = grade(f"{top}/in", f"{top}/out-0")
        try:
            for _ in range(BUSY):
                busy.append(subprocess.Popen(["sh", "-c", "while :; do :; "
                                              "done"]))
            for number in range(1, RUNS + 1):
                again = grade(f"{top}/in", f"{top}/out-{number}")
                assert again == first, number
        finally:
            for process in busy:
                process.kill()
                process.wait()


SHELL = r"\./lectern run( --\w\S+( \w+)?)*"    # runs no command


class Handout:
    """The tree for students and the teacher's overlay in a folder of its own,
    made when they are first asked for."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory()
        self.tree = os.path.join(self.folder.name, "tree")
        self.overlay = os.path.join(self.folder.name, "overlay")

    def make(self):
        if not os.path.exists(self.tree):
            passed(run("lab", "export", "--students", self.tree, "--overlay",
                       self.overlay, timeout=7200))
            assert not os.path.exists(f"{self.tree}/.git")

    def type(self, command, status=0, pattern=""):
        """Type a line in the tree for students, and at its shell `poweroff`."""
        self.make()
        env = {k: v for k, v in os.environ.items() if k not in (
            "LECTERN_BUILD", "LECTERN_WERROR", "LECTERN_ONLY",
            "LECTERN_TEST_RUN", "LECTERN_TIER")}
        done = subprocess.run(command, shell=True, env=env, cwd=self.tree,
                              capture_output=True, text=True, timeout=7200,
                              errors="replace", input="poweroff\n" * bool(
                                  re.fullmatch(SHELL, command)))
        said = done.stdout + done.stderr
        assert done.returncode == status, f"{command}\n{said}"
        assert re.search(pattern, said, re.M), \
            f"{command}: no {pattern} in\n{said}"

    def solve(self, lab):
        """Lay the real code of a lab."""
        for path, data in lab_prove.real_texts(lab).items():
            with open(os.path.join(self.tree, path), "wb") as f:
                f.write(data)


def texts_can_be_followed(handout):
    """What the course's pages tell to type at any time, before a lab is
    started: all files of labs are objects."""
    for command, (status, pattern) in labs_told.ANY_TIME.items():
        line = re.sub(WITH_ARCH, rf"\g<0> --arch {ARCH}",
                      command.replace("PROGRAM", "true"))
        handout.type(line, status, pattern)


def lab_can_be_done(handout, lab):
    """From its start to its checks, and what only its text tells to type.  The
    files of later labs are objects; those of earlier ones, too, or the code of
    whoever did them here."""
    handout.type(f"./lectern lab start {lab.number}")
    handout.type(f"./lectern lab check {lab.number} --arch {ARCH}", 1)
    handout.solve(lab)
    handout.type(f"./lectern lab check {lab.number} --arch {ARCH}", 0,
                 "^public checks passed")
    for command, (name, pattern) in labs_told.WITH_LAB.items():
        if name == lab.name:
            handout.type(command, 0, pattern)


def handed_in_from_there(handout):
    """What is handed in from there is graded here, with hidden checks."""
    with tempfile.TemporaryDirectory() as top:
        archive = f"{top}/a.tar.gz"
        handout.make()
        handout.solve(LABS[ONE])
        handout.type(f"./lectern lab submit {ONE} {archive} --student 'A B'")
        data = grade(archive, f"{top}/out", "--overlay", handout.overlay)
        result = json.loads(data)["results"][0]
        assert (result["student"], result["points"]) == ("A B", 100), result
        assert [c["id"] for c in result["checks"] if c["hidden"]], result
        done = run("lab", "grade", archive, "--lab", ONE, "--out",
                   f"{top}/none", "--overlay", f"{top}/nowhere", arch=ARCH)
        assert done.returncode == 2 and not os.path.exists(f"{top}/none")


def exported_tree_works(tap):
    """Each lab on one of the machines."""
    handout = Handout()
    tap.case("the tree for students: what texts tell to type",
             texts_can_be_followed, handout)
    for number, lab in enumerate(LABS.values()):
        if ARCH in lab.machines and (EVERY or is_proved_here(number)):
            tap.case(f"the tree for students: lab {lab.name}",
                     lab_can_be_done, handout, lab)
    tap.case("the tree for students: handing in", handed_in_from_there,
             handout)


FORMATS = {
    "own": lambda text: json.loads(text)["results"][0]["points"],
    "gradescope": lambda text: json.loads(text)["score"],
    "classroom50": lambda text: json.loads(text)["score"],
    "junit": lambda text: 100 * (ElementTree.fromstring(text)[0].get("failures")
                                 == "0"),
}


def tells_other_programs():
    """The formats of others, and a run without a sandbox."""
    with tempfile.TemporaryDirectory() as top:
        lay(f"{top}/in/right", lab_prove.real_texts(LABS[ONE]))
        with open(f"{top}/meta", "w") as f:
            json.dump(dict.fromkeys(lab_formats.META, "A B"), f)
        for name, points in FORMATS.items():
            grade(f"{top}/in", f"{top}/out", "--format", name, "--json",
                  f"{top}/{name}", "--meta", f"{top}/meta")
            with open(f"{top}/{name}") as f:
                assert points(f.read()) == 100, name
        assert len(os.listdir(f"{top}/out/reports")) == len(FORMATS)
        with open(f"{top}/out/results.json", "rb") as f:
            assert grade(f"{top}/in", f"{top}/open", "--no-sandbox") == f.read()
        names = run("lab", "prove", ONE, "--mutants", "0").stdout.decode()
        assert "mm/space/cow.c copy_page: check if p\n" in names, names
        assert run("lab", "prove", ONE, "--mutant", "nobody", "--seed", "1"
                   ).returncode == 2
        assert run("lab", "prove", ONE, "--wrong", "nobody",
                   arch=ARCH).returncode == 2


def grades_on_a_disk():
    """A lab whose machines have a disk, in the sandbox."""
    lab = LABS["replacement"]
    with tempfile.TemporaryDirectory() as top:
        expected = submissions.make(lab, 4, f"{top}/in", ("right", "wrong"))
        data = grade(f"{top}/in", f"{top}/out", lab=lab.name)
        found = list(submissions.findings(expected,
                                          json.loads(data)["results"]))
        assert not found, "\n".join(found)


def is_proved_here(number):
    """A wrong solution must lose on one of the machines, so a lab is proved on
    all of them together; the suites of the machines share the labs."""
    names = list(FINISHED)
    return names[number % len(names)] == ARCH


def proves(name):
    passed(run("lab", "prove", name, timeout=7200))


def main():
    if WHOLE:
        tap = Tap()
        for number, name in enumerate(LABS):
            if is_proved_here(number):
                tap.case(f"lab {name}: real code, skeleton, wrong solutions",
                         proves, name)
        need_tools("bwrap")
        tap.case("submissions of every kind", grades_all_kinds)
        tap.case("two submissions of one name", same_name_twice)
        tap.case("a run that was stopped", goes_on_where_it_stopped)
        tap.case("other programs' formats", tells_other_programs)
        tap.case("a lab with a disk", grades_on_a_disk)
        tap.case(f"{RUNS} runs beside {BUSY} busy processes",
                 same_beside_busy_processes)
        exported_tree_works(tap)
    else:
        tap = Tap(brief=(), shared=ARCH)
        tap.case("every skeleton compiles", skeletons_compile)
        tap.case("every check program compiles", check_programs_compile)
        tap.case("a student starts and submits", student_starts_and_submits)
        tap.case(f"the real code of lab {ONE}", real_code_passes, ONE)
    tap.end()


if __name__ == "__main__":
    main()
