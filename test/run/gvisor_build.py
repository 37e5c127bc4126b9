# SPDX-License-Identifier: MIT
"""Builds gVisor's tests of system calls for a machine, without its own build
system: what a program consists of is read from its BUILD files, libraries come
from Debian, ninja compiles.  What an older library lacks is in test/gvisor."""
import ast
import glob
import os
import re
import subprocess

from harness import TOP, read, write
from driver import packages
from driver.common import Failure
from driver.disk import debs

PARTS = os.path.join(TOP, "test", "gvisor")
LIBRARIES = ("libgtest-dev", "libgmock-dev", "libabsl-dev", "libbenchmark-dev")
TESTS, UTIL = "test/syscalls/linux", "test/util"

# Of test/util: what shim.cc replaces, other systems' parts, tests of itself.
NOT_OF_UTIL = ("test_main", "test_util_impl", "test_util_runfiles",
               "fuchsia_capability_util", "save_util_other",
               "errno_safe_allocator")

NINJA = """\
flags = -std=gnu++17 -O0 -w -D_GNU_SOURCE {includes}
rule pch
  command = {gxx} $flags -MD -MF $out.d -x c++-header $in -o $out
  depfile = $out.d
rule cxx
  command = {gxx} $flags -include prefix.h -MD -MF $out.d -c $in -o $out
  depfile = $out.d
rule ar
  command = rm -f $out && {ar} rcs $out $in
rule link
  command = {gxx} -static -s -o $out $in -Wl,--start-group {libraries} $
      -Wl,--end-group -lpthread -lrt
rule cc
  command = {gcc} -O2 -static -s -Wall -o $out $in
build prefix.h.gch: pch prefix.h
build driver: cc {parts}/driver.c
"""


class Reader:
    """The rules of one BUILD file, {name: {key: list of words}}.  Calls that
    choose by the system are taken for what they say of Linux and the machine,
    other calls for nothing."""

    def __init__(self, path, cpu):
        self.cpu = cpu
        self.rules = {"cc_binary": {}, "cc_library": {}}
        with open(path) as f:
            tree = ast.parse(f.read(), path)
        for node in tree.body:
            call = getattr(node, "value", None)
            if not isinstance(call, ast.Call):
                continue
            words = {k.arg: self.value(k.value) for k in call.keywords}
            if getattr(call.func, "id", "") in self.rules:
                self.rules[call.func.id][words["name"]] = words

    def value(self, node):
        if isinstance(node, ast.Constant):
            return node.value
        if isinstance(node, (ast.List, ast.Tuple)):
            return [self.value(e) for e in node.elts
                    if isinstance(e, ast.Constant)]
        if isinstance(node, ast.BinOp):
            return self.value(node.left) + self.value(node.right)
        words = {k.arg: k.value for k in getattr(node, "keywords", ())}
        for key in (self.cpu, "linux", "default"):
            if key in words:
                return self.value(words[key])
        return []


class Programs:
    """What each program is compiled from."""

    def __init__(self, top, cpu):
        self.libraries = {}
        for package in (TESTS, UTIL):
            read = Reader(os.path.join(top, package, "BUILD"), cpu)
            for name, rule in read.rules["cc_library"].items():
                self.libraries[f"//{package}:{name}"] = rule
        self.programs = {}
        for name, rule in Reader(os.path.join(top, TESTS, "BUILD"),
                                 cpu).rules["cc_binary"].items():
            if rule.get("srcs"):
                self.programs[name] = self.of(rule)

    @staticmethod
    def label(word):
        word = f"//{TESTS}{word}" if word.startswith(":") else word
        return word if ":" in word else f"{word}:{os.path.basename(word)}"

    def of(self, rule):
        """=> its sources and those of the libraries beside it"""
        sources, seen, ask = [], set(), [rule]
        while ask:
            rule = ask.pop()
            sources += [s for s in rule.get("srcs", ()) if s.endswith(".cc")]
            for name in map(self.label, rule.get("deps", ())):
                if name not in seen and name.startswith(f"//{TESTS}:"):
                    ask.append(self.libraries[name])
                seen.add(name)
        return list(dict.fromkeys(sources))


def compiler(arch):
    """=> what the names of its tools for Linux programs begin with"""
    return packages.LINUX_GCC[arch].removesuffix("gcc")


def includes_and_libraries(arch):
    roots = [os.path.join(debs.unpacked(arch, p), "usr") for p in LIBRARIES]
    archives = [f for r in roots for f in sorted(
        glob.glob(os.path.join(r, "lib", "*", "*.a")))
        if not f.endswith("_main.a")]
    return [os.path.join(r, "include") for r in roots], archives


# What Debian's abseil has in another form: its string_view is none of the
# standard library's, its locks take pointers.
OTHER_FORMS = ((re.compile(r"std::string_view"), "absl::string_view"),
               (re.compile(r"(MutexLock \w+\()([a-z][\w.]*\);)"), r"\1&\2"),
               (re.compile(r"(MutexLock \w+)\{([a-z][\w.]*)\};"),
                r"\1(&\2);"),
               (re.compile(r"(described_key\.\w+ = )element;"),
                r"\1std::string(element);"),
               (re.compile(r"\bmu\.lock\(\)"), "mu.Lock()"),
               (re.compile(r"\bmu\.unlock\(\)"), "mu.Unlock()"))


def adapted(top, folder):
    """Make copies of the files that have another form.  => {source: copy}"""
    copies = {}
    for path in glob.glob(os.path.join(top, "test", "*", "**", "*"),
                          recursive=True):
        if not path.endswith((".cc", ".h")):
            continue
        text = before = read(path)
        for pattern, form in OTHER_FORMS:
            text = pattern.sub(form, text)
        if text != before:
            copies[path] = os.path.join(folder, os.path.relpath(path, top))
            os.makedirs(os.path.dirname(copies[path]), exist_ok=True)
            write_changed(copies[path], text)
    return copies


def write_changed(path, text):
    """Write a file, unless it is so already: ninja looks at its time."""
    if not os.path.exists(path) or read(path) != text:
        write(path, text)


def describe(arch, top, folder):
    """Write the file for ninja.  => the names of all programs"""
    include, archives = includes_and_libraries(arch)
    prefix = compiler(arch)
    found = Programs(top, arch).programs
    copies = adapted(top, folder)
    words = " ".join([f"-I{PARTS}", f"-I{folder}", f"-I{top}",
                      *(f"-isystem {i}" for i in include)])
    text = [NINJA.format(gxx=prefix + "g++", gcc=prefix + "gcc",
                         ar=prefix + "ar", includes=words, parts=PARTS,
                         libraries=" ".join(archives))]
    made = {}

    def compiled(source):
        source = copies.get(source, source)
        if source not in made:
            made[source] = f"o/{os.path.basename(source)[:-3]}.o"
            text.append(f"build {made[source]}: cxx {source} | prefix.h.gch")
        return made[source]

    shared = [f for f in sorted(glob.glob(os.path.join(top, UTIL, "*.cc")))
              if os.path.basename(f)[:-3] not in NOT_OF_UTIL
              and not f.endswith("_test.cc")]
    objects = [compiled(s) for s in (*shared, os.path.join(PARTS, "shim.cc"))]
    # some programs have a main() of their own: the common one is in a library
    objects.append(compiled(os.path.join(top, UTIL, "test_main.cc")))
    text.append(f"build util.a: ar {' '.join(objects)}")
    for name, sources in found.items():
        parts = [compiled(os.path.join(top, TESTS, s)) for s in sources]
        text.append(f"build bin/{name}: link {' '.join(parts)} util.a")
    write_changed(os.path.join(folder, "prefix.h"),
                  read(os.path.join(PARTS, "prefix.h")))
    write(os.path.join(folder, "build.ninja"), "\n".join(text) + "\n")
    return list(found)


def is_built(folder, target):
    """A program of an earlier build may still be there."""
    done = subprocess.run(["ninja", "-n", target], cwd=folder, text=True,
                          capture_output=True)
    return done.returncode == 0 and "no work to do" in done.stdout


def build(folder, wanted):
    """Build these programs and the driver, where describe() was.  => the names
    of those that were built, and the compiler's words; Failure if what all of
    them need cannot be built"""
    done = subprocess.run(["ninja", "-k", "0", "driver", "util.a",
                           *(f"bin/{n}" for n in wanted)], cwd=folder,
                          text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)
    if done.returncode == 0:
        return wanted, done.stdout
    for target in ("driver", "util.a"):
        if not is_built(folder, target):
            raise Failure(f"{target} does not compile\n{done.stdout[-2000:]}")
    return [n for n in wanted if is_built(folder, f"bin/{n}")], done.stdout
