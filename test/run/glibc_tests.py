#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""glibc_tests.py ARCH - the tests that glibc's authors wrote for its loader
(elf/ of Debian's package glibc-source), built for ARCH, under Debian's glibc
on this kernel and on Debian's Linux: each must end here as it does there.

glibc's makefile says what a test and its libraries are built of; GNU make is
asked, instead of being imitated.  What needs the inside of a glibc that is
being built is left out; counts say how much that is.
"""
import concurrent.futures
import glob
import os
import re
import subprocess
import sys
import tarfile

sys.dont_write_bytecode = True
from harness import (BUILD, Tap, errors_of, holds, out_of, read,  # noqa: E402
                     run, write)
from driver import packages  # noqa: E402
from driver.disk import debs  # noqa: E402
from driver.common import MACHINES  # noqa: E402

SOURCES = "i386"        # Debian's release there is that of the cross compilers
LEFT_OUT = ("localedata/", "manual/", "po/", "ChangeLog")
HERE = "/g"             # the tests' folder in the guest
LIMIT = 900

# What the rest of glibc's makefiles would have said, as far as it matters.
BEFORE = """
build-shared = yes
run-built-tests = yes
objpfx = @/
common-objpfx = @/
objdir = @
have-tunables = yes
have-protected-data = yes
build-hardcoded-path-in-tests = no
"""
AFTER = r"""
$(foreach n,$(sort $(tests) $(tests-internal)),$(info \
program|$(n)|$(LDFLAGS-$(n))|$(CFLAGS-$(n).c)|$($(n)-ENV)|$($(n)-ARGS)))
$(foreach n,$(sort $(modules-names)),$(info \
library|$(n)|$(LDFLAGS-$(n).so)|$(CFLAGS-$(n).c)||))
nothing:
"""
PATHS = "".join(f'const char support_{name}[] = "{path}";\n' for name, path in (
    ("srcdir_root", HERE), ("objdir_root", HERE), ("install_prefix", "/usr"),
    ("objdir_elf_ldso", f"{HERE}/ld.so"), ("libdir_prefix", "/lib"),
    ("bindir_prefix", "/usr/bin"), ("sbindir_prefix", "/sbin"),
    ("install_rootsbindir", "/sbin"), ("slibdir_prefix", "/lib"),
    ("complocaledir_prefix", "/usr/lib/locale"), ("sysconfdir_prefix", "/etc"),
    ("localedir", "/usr/share/locale")))

SCRIPT = f"""
mkdir -p /tmp; cd {HERE}; export LD_LIBRARY_PATH={HERE}
while IFS='|' read -r name env args; do
	eval "env $env timeout 60 ./$name $args" </dev/null >/dev/null 2>&1
	echo "@@ $name $?"
done <list
"""


def sources(folder):
    """=> the folder with glibc's sources"""
    top = os.path.join(folder, "source")
    if not os.path.isdir(top):
        package = debs.unpacked(SOURCES, "glibc-source")
        archive, = glob.glob(os.path.join(package, "usr/src/glibc/*.tar.*"))
        with tarfile.open(archive) as tar:
            tar.extractall(top + ".part", members=[
                m for m in tar
                if not m.name.partition("/")[2].startswith(LEFT_OUT)])
        os.rename(top + ".part", top)
    return glob.glob(os.path.join(top, "*"))[0]


def ask_make(top, folder):
    """=> {name: (LDFLAGS, CFLAGS, environment, arguments)} of programs and of
    libraries, {file: what it needs}"""
    text = re.sub(r"^-?include .*$", "",
                  read(os.path.join(top, "elf", "Makefile")), flags=re.M)
    asked = os.path.join(folder, "asked.mk")
    write(asked, BEFORE + text + AFTER)
    done = subprocess.run(
        ["make", "-pnrR", "-C", os.path.join(top, "elf"), "-f", asked,
         "nothing"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    found = {"program": {}, "library": {}}
    needs = {}
    for line in done.stdout.splitlines():
        kind, *rest = line.split("|")
        if kind in found and len(rest) == 5:
            found[kind][rest[0]] = rest[1:]
        rule = re.match(r"@/(\S+?): (.*)$", line)
        if rule:
            needs.setdefault(rule[1], []).extend(
                w[2:] for w in rule[2].split() if w.startswith("@/"))
    holds(found["program"], f"make lists no tests: {done.stderr[-800:]}")
    return found["program"], found["library"], needs


class Maker:
    """Builds tests and libraries into a folder; what does not is left out."""

    def __init__(self, arch, top, folder):
        self.top, self.folder = top, folder
        self.programs, self.libraries, self.needs = ask_make(top, folder)
        self.made = {}
        include = os.path.join(folder, "include")
        os.makedirs(include, exist_ok=True)
        machine = os.path.join(top, "sysdeps", MACHINES[arch].folder)
        for name in ("tst-stack-align.h", "tst-file-align.h", "tst-audit.h"):
            self._link(include, name, machine, f"{top}/sysdeps/generic")
        for name in ("array_length.h", "intprops.h", "libc-pointer-arith.h",
                     "scratch_buffer.h", "verify.h"):
            self._link(include, name, f"{top}/include")
        write(os.path.join(include, "config.h"), "#define HAVE_TUNABLES 1\n")
        self.gcc = [packages.LINUX_GCC[arch], "-O2", "-w", "-std=gnu11",
                    "-fno-stack-protector", "-U_FORTIFY_SOURCE",
                    "-D_GNU_SOURCE", "-Dattribute_hidden=",
                    "-Dlibc_hidden_proto(x)=", f'-DOBJPFX="{HERE}/"',
                    "-DTIMEOUTFACTOR=20", "-DNAME_MAX=255",
                    "-include", "limits.h", f"-I{include}", f"-I{top}/elf",
                    "-idirafter", top, "-idirafter", f"{top}/support"]

    @staticmethod
    def _link(include, name, *folders):
        target = os.path.join(include, name)
        found = [p for p in (os.path.join(f, name) for f in folders)
                 if os.path.exists(p)]
        if found and not os.path.lexists(target):
            os.symlink(found[0], target)

    def _compile(self, *words):
        return subprocess.run([*self.gcc, *words], cwd=self.folder,
                              stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL).returncode == 0

    def support(self):
        """What tests share.  Parts that ask for more of glibc are left out:
        tests that need them do not link, and are left out in turn."""
        os.makedirs(os.path.join(self.folder, "support"), exist_ok=True)
        write(os.path.join(self.folder, "support", "paths.c"), PATHS)
        files = [p for p in glob.glob(os.path.join(self.top, "support", "*.c"))
                 if not re.search(r"/tst-|/(echo|shell|true)-container|"
                                  r"/links-dso-|/support_paths", p)]
        files.append(os.path.join(self.folder, "support", "paths.c"))
        objects = {p: f"support/{os.path.basename(p)[:-2]}.o" for p in files}
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            made = list(pool.map(
                lambda p: self._compile("-c", p, "-o", objects[p]), files))
        subprocess.run(["ar", "rcs", "libsupport.a",
                        *(objects[p] for p, good in zip(files, made) if good)],
                       cwd=self.folder, check=True)

    def _flags(self, text):
        for word in text.replace('\\"', '"').split():
            script = re.match(r"(-Wl,--(?:version-script|dynamic-list)=)([^/].*)",
                              word)
            if script:
                yield f"{script[1]}{self.top}/elf/{script[2]}"
            elif not word.startswith("@"):
                yield word

    def _build(self, name, output, what, *more):
        source = os.path.join(self.top, "elf", f"{name}.c")
        if not os.path.exists(source):
            return False
        link, compile_, *_ = what
        libraries = [n for n in self.needs.get(output, [])
                     if n.endswith(".so") and n != output and self.made.get(n)]
        return self._compile(
            source, *more, *self._flags(compile_), "-o", output,
            *self._flags(link), *libraries, "libsupport.a",
            f"-Wl,-rpath-link,{self.folder}", "-Wl,--allow-shlib-undefined",
            "-Wl,-z,lazy")

    def library(self, name):
        output = f"{name}.so"
        if output in self.made:
            return
        self.made[output] = False               # also when it needs itself
        for need in self.needs.get(output, []):
            if need.endswith(".so"):
                self.library(need[:-3])
        self.made[output] = self._build(
            name, output, self.libraries.get(name, ("", "")), "-fPIC",
            "-shared", f"-Wl,-soname,{output}")

    def all(self):
        """=> the names of the tests that were built"""
        self.support()
        for name in self.libraries:
            self.library(name)
        for name in self.programs:
            for need in (self.needs.get(name, [])
                         + self.needs.get(f"{name}.out", [])):
                if need.endswith(".so"):
                    self.library(need[:-3])
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            built = dict(zip(self.programs, pool.map(
                lambda n: self._build(n, n, self.programs[n]), self.programs)))
        return [n for n, good in built.items() if good]


def guest_files(arch, folder):
    """What the guest gets: the tests, glibc and its loader."""
    root = debs.unpacked(arch, "libc6")
    for path in glob.glob(os.path.join(root, "**", "*.so*"), recursive=True):
        if "/gconv/" not in path and "/audit/" not in path:
            yield f"{os.path.realpath(path)}:/lib/{os.path.basename(path)}"
            if os.path.basename(path).startswith("ld-linux"):
                loader = os.path.realpath(path)
    yield f"{loader}:{HERE}/ld.so"
    for path in glob.glob(os.path.join(debs.unpacked(arch, "libgcc-s1"), "**",
                                       "libgcc_s.so*"), recursive=True):
        yield f"{path}:/lib/{os.path.basename(path)}"
    yield f"{folder}:{HERE}"


def run_all(arch, folder, kernel):
    """Run all. => {test: exit status}"""
    adds = [w for file in guest_files(arch, folder) for w in ("--add", file)]
    done = run("run", "--timeout", str(LIMIT), "--mem", "1G", *kernel, *adds,
               "--", "sh", "-c", SCRIPT, arch=arch, timeout=LIMIT + 100)
    text = out_of(done)
    found = dict(re.findall(r"^@@ (\S+) (\d+)\r?$", text, re.M))
    holds(found, text[-500:] + errors_of(done)[-800:])
    return found


def main():
    arch = sys.argv[1]
    folder = os.path.join(BUILD, arch, "glibc-tests")
    files = os.path.join(folder, "files")
    os.makedirs(files, exist_ok=True)
    maker = Maker(arch, sources(folder), files)
    tap = Tap()
    built = [n for n in maker.all() if tap.wanted(n)]
    with open(os.path.join(files, "list"), "w") as f:
        for name in built:
            *_, env, args = (w.replace("@", HERE)
                             for w in maker.programs[name])
            f.write(f"{name}|{env}|{args}\n")
    theirs = run_all(arch, files, ["--kernel", "linux"])
    ours = run_all(arch, files, [])
    print(f"# {len(maker.programs)} tests, {len(built)} of them built; on "
          f"Linux {sum(s == '0' for s in theirs.values())} pass")
    for name in built:
        tap.point(ours.get(name) == theirs.get(name), name,
                  f"status {ours.get(name)}, on Linux {theirs.get(name)}")
    tap.end()


if __name__ == "__main__":
    main()
