# SPDX-License-Identifier: MIT
"""The meaning of NAME and --suite of `test`, by the sources: mistakes are
reported before anything is installed or built.

A name means the first of these that exists: a test or suite of Meson; a program
of test/guest or test/glibc; a case of a script in test/run; programs that
contain it in their name, or in the first line of their description; a part of
the name of a case.
"""
import ast
import functools
import glob
import os
import re

from ..common import EXIT_USAGE, TOP, Failure, near

# suite -> description, by the tier that runs it (docs/testing.md).  `./lectern
# test` runs the default tier, in ten minutes.  Every change must pass it and
# the suites of --all.  The others run only when they are named: some use
# Debian's Linux to judge the tests, not the kernel; some fetch about 200 MB;
# one takes a night.  meson.build has the same lists for plain Meson, and
# test/run/meson.build marks the single tests that only --all runs.
DEFAULT = {
    "host": "tests without a machine",
    "guest": "programs of test/guest",
    "selftest": "the kernel's own tests",
    "check": "tests on a kernel with checkers",
    "busybox": "Debian's shell, and the console", "disk": "disks and ext2",
    "smp": "several CPUs", "gdb": "debugging", "driver": "./lectern",
}
LATER = {
    "fuzz": "code that reads bytes from outside",
    "glibc": "programs of test/glibc, with Debian's libc",
    "core": "the kernel without extensions",
    "programs": "Debian's dynamic programs",
    "loaders": "our runtime linker beside Debian's two",
    "small": "little memory", "stress": "everything at once",
    "fuzz-calls": "the fuzzer itself", "bench": "measurements",
    "drill": "exercises from runs",
    "diff": "comparisons with Linux", "tools": "pictures, traces, profiles",
    "page": "a page of pictures in a browser",
    "editor": "what editors are given",
    "live": "the live view, in a browser",
    "browser": "the kernel in a browser",
    "book": "the course's chapters",
    "labs": "the labs of the course",
    "fresh": "the first two commands in a bare Debian",
}
SUITES = {**DEFAULT, **LATER}
ON_DEMAND = {
    "extensions": "the kernel without each extension",
    "oracle": "guest tests on Debian's Linux",
    "programs-oracle": "suite programs on Debian's Linux",
    "programs-full": "more of Debian's programs",
    "programs-libraries": "Debian's libraries on our C library, other mallocs",
    "foreign": "programs of the other machines",
    "narrowed": "guest tests built for half the word size, where the kernel runs them",
    "glibc-tests": "the tests of glibc's loader, here and on Linux",
    "pe": "Windows' programs, by their own compiler",
    "judges": "test suites of others", "judges-oracle": "the same on Linux",
    "labs-whole": "each lab and its wrong solutions, the grader",
    "porting": "the porting exercise and its wrong solutions",
    "tiers": "Debian's programs, one by one",
    "container": "the steps of course/container/Containerfile", "nightly": "tests of hours",
}
HOST_SUITES = ("host", "fuzz")
# what tests tools/driver there, each a test/host/NAME_units.py
OF_DRIVER = ("driver", "machines", "mutation", "tests", "fuzzing", "reports",
             "setup", "drill", "course", "book", "labs")
# below test/: the suite that runs its programs
PROGRAM_FOLDERS = {"guest": "guest", "glibc": "glibc"}
PROGRAM_SUITES = {"guest", "glibc", "narrowed", "oracle"}


def _read(path):
    with open(path) as f:
        return f.read()


def _heading(text):
    """Return: the first line of a source's description"""
    found = re.search(r"/\*\n \* (.*)", text)
    return found.group(1) if found else ""


@functools.lru_cache(None)
def programs():
    """Return: {program: (suites that run it, its heading)}"""
    found = {}
    for folder, suite in PROGRAM_FOLDERS.items():
        for path in glob.glob(os.path.join(TOP, "test", folder, "**", "*.c"),
                              recursive=True):
            name = os.path.basename(path)[:-2]
            suites_, _ = found.get(name, (set(), ""))
            found[name] = (suites_ | {suite}, _heading(_read(path)))
    return found


def alone(words):
    """Return: the programs of test/guest that the words mean; none if the words
    mean anything else, or if a program needs another test program"""
    found = set()
    for word in words:
        if is_test(word) or not _meaning(word):
            return set()
        found |= _meaning(word)
    folder = os.path.join(TOP, "test", "guest")
    for name in found:
        paths = glob.glob(os.path.join(folder, "**", name + ".c"),
                          recursive=True)
        if programs()[name][0] != {"guest"} or len(paths) != 1 \
                or re.match("(rtld|pe)/", os.path.relpath(paths[0], folder)) \
                or "/usr/lectern/test/" in _read(paths[0]):
            return set()
    return found


def words_of(heading):
    return re.findall(r"\w[\w-]{3,}", heading)


def programs_of(word):
    """Return: the programs that a word means: the one with this name, else
    those with the word in their names, else those with it in their headings"""
    if word in programs():
        return {word}
    return {name for name in programs() if word in name} or {
        name for name, (_, heading) in programs().items()
        if word in words_of(heading)}


@functools.lru_cache(None)
def meson_words(folder):
    """Return: the quoted words of a meson.build, which include the names of its
    tests"""
    return set(re.findall(r"'([a-z][\w-]*)'", _read(
        os.path.join(TOP, "test", folder, "meson.build"))))


def host_tests():
    return {w for folder in ("host", "model", "fuzz")
            for w in meson_words(folder)}


def offered():
    """Return: the names that shells complete: programs and host tests"""
    return sorted({*programs(), *(w for w in host_tests()
                                  if re.match("(test|fuzz)_|tree$", w))})


def _pattern(node):
    """Return: a string of a script, with * for parts known only at run time"""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(_pattern(v) if isinstance(v, ast.Constant) else "*"
                       for v in node.values)
    return None


def _names_in(tree):
    """Yield nodes that may name a case: functions, keys of tables, values that
    are called `name`, and arguments of the harness."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            yield ast.Constant(node.name)
        elif isinstance(node, ast.Dict):
            yield from node.keys
        elif isinstance(node, ast.Call) and re.search(
                r"\b(case|point|wanted|sees|boot_programs)$",
                ast.unparse(node.func)):
            yield from node.args[:2]
        elif isinstance(node, ast.Assign) and "name" in [
                getattr(t, "id", "") for t in node.targets]:
            yield node.value


@functools.lru_cache(None)
def cases(script):
    """Return: the names of cases in a script of test/run and in its tables"""
    stem = os.path.basename(script)[:-3]
    found = set()
    for path in glob.glob(script[:-3] + "*.py"):
        known = list(filter(None, map(_pattern, _names_in(
            ast.parse(_read(path))))))
        # the case of a function may have blanks in its name
        found |= {*known, *(n.replace("_", " ") for n in known)}
    if stem == "selftest":
        for path in glob.glob(os.path.join(TOP, "topics", "selftest", "*.c")):
            found |= set(re.findall(r'"([a-z][^"\\%]{2,60})"', _read(path)))
    return frozenset(found)


@functools.lru_cache(None)
def scripts():
    """Return: the scripts whose cases can be named without their suite"""
    return [s for s in sorted(glob.glob(os.path.join(TOP, "test", "run",
                                                     "*.py")))
            if not re.match("judges|tiers|nightly|programs_full|harness|hang"
                            "|extensions",
                            os.path.basename(s))]


def is_case(script, word):
    """True if a case of this script may have this name, or it as a part."""
    for name in cases(script):
        parts = [p.strip(" :,") for p in name.split("*")]
        if word in name or "*" in name and any(
                len(p) > 3 and p in word for p in parts):
            return True
    return False


def is_test(word):
    """True for a test of Meson, a suite, or machine/test."""
    word = word.rpartition("/")[2].removesuffix("-linux")
    quoted = host_tests() | meson_words("run")
    return (word in SUITES or word in ON_DEMAND or word in quoted
            or any(q[-1] == "-" and word.startswith(q) for q in quoted))


def is_known(word, suites):
    if suites and not set(suites) <= PROGRAM_SUITES:
        return True                     # the suite's script will check it
    if is_test(word) or programs_of(word):
        return True
    return not suites and any(is_case(s, word) for s in scripts())


def check(words, suites):
    """Raise Failure unless every word and suite has a meaning."""
    every = [*SUITES, *ON_DEMAND]
    for suite in suites or ():
        if suite not in every:
            raise Failure(f"no suite {suite}" + (near(suite, every)
                          or "; there are " + ", ".join(every)), EXIT_USAGE)
    for word in words:
        if not is_known(word, suites):
            others = {*(w for _, about in programs().values()
                        for w in words_of(about)),
                      *(c for s in scripts() for c in cases(s))}
            raise Failure(f"no test is called {word}"
                          + (near(word, {*offered(), *every})
                             or near(word, others)), EXIT_USAGE)


def _meaning(word):
    """Return: the programs that a word means; none if it means cases"""
    if word not in programs() and any(word in cases(s) for s in scripts()):
        return set()
    return programs_of(word)


@functools.lru_cache(None)
def machine_tests():
    """Return: the rows of test/run/meson.build, [(name, script, suite)]"""
    return re.findall(r"'([\w-]+)': \['(\w+\.py)', \[[^]]*\],\s*\['([\w-]+)'",
                      _read(os.path.join(TOP, "test", "run", "meson.build")))


def _suites(word):
    """Return: the suites of the tests that a word may mean; none for any"""
    tail = word.rpartition("/")[2]
    if not is_test(word):
        return {s for p in _meaning(word) for s in programs()[p][0]} or {
            suite for _, script, suite in machine_tests()
            if is_case(os.path.join(TOP, "test", "run", script), word)}
    found = {suite for name, _, suite in machine_tests() if name == tail}
    if tail in meson_words("host") | meson_words("model"):
        found.add("host")
    if tail in meson_words("fuzz"):
        found.add("fuzz")
    if tail in SUITES or tail in ON_DEMAND:
        found.add(tail)
    return found


def suites_of(words, wanted, build_folders, usual=SUITES):
    """Return: the suites of the tests that these words may mean; usual: the
    suites that run if nothing is named"""
    if wanted:
        return set(wanted)
    host, machine = "host" in build_folders, set(build_folders) - {"host"}
    found = [_suites(word) for word in words]
    every = set().union(*found) if words and all(found) else \
        SUITES if words else usual
    return {s for s in every if (host if s in HOST_SUITES else machine)}


def host_tests_in(words, suites):
    """Return: the tests of suite host that these words ask for; None for all"""
    tails = {w.rpartition("/")[2] for w in words}
    if suites or not tails or not tails <= (
            meson_words("host") | meson_words("model")) - {"host"}:
        return None
    return tails


def folders(words, suites, every):
    """Return: the build folders that the words and suites need"""
    host = not suites or any(s in HOST_SUITES for s in suites)
    machine = not suites or any(s not in HOST_SUITES for s in suites)
    if words:
        tails = [w.rpartition("/")[2] for w in words]
        of_host = [w in host_tests() or w in HOST_SUITES for w in tails]
        host, machine = host and any(of_host), machine and not all(of_host)
    return tuple(f for f in every if (host if f == "host" else machine))


def asked(words, suites, name, suite, script):
    """Find out which part of a Meson test these words ask for.

    Return: None for nothing; [] for all of it; else names of cases, with = in
    front if they must match as a whole
    """
    if not words or {name.rpartition("/")[2], suite, name} & set(words):
        return []
    if script is None or suite in ON_DEMAND and not suites:
        return None
    found = []
    for word in (w for w in words if not is_test(w) or suites):
        meant = _meaning(word)
        if os.path.basename(script) == "guest.py" and meant:
            found += ["=" + p for p in sorted(meant)
                      if suites or suite in programs()[p][0]]
        elif suites or not meant and is_case(script, word):
            found.append(word)
    return found or None
