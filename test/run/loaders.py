#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""loaders.py ARCH BUILD - one program with its libraries, started by three
loaders: ours, glibc's and musl's of Debian, as `LOADER PROGRAM` (row D17),
and by ours once more when it was prelinked (row C8).  They must agree on every
rule of loaders_rules.py.  And the programs of test/guest/rtld, linked for
glibc, under its loader: they ask for nothing that only ours does.  Last,
programs and libraries with faults (mutants.c):

    LECTERN_MUTANTS=5000 ./lectern test --suite loaders mutants
"""
import glob
import os
import re
import shlex
import struct
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
from harness import (MACHINES, PATIENCE, TOP, Tap,  # noqa: E402
                     build_everything, errors_of, need_package, out_of,
                     read_bytes, run, write)
from loaders_rules import RULES  # noqa: E402
from driver import packages  # noqa: E402
from driver.disk import debs  # noqa: E402

JUDGE = os.path.join(TOP, "test", "loaders")
OURS = "/usr/lectern/lib/ld-lectern.so.1"
STRONG = "int f(void); int f(void) { return 's'; }\n"

# Files of which something is wrong: as many as CI has time for, or
# LECTERN_MUTANTS, from LECTERN_SEED on.
MUTANTS = (f"MUTANTS_COUNT={int(os.environ.get('LECTERN_MUTANTS', 300))} "
           f"MUTANTS_SEED={int(os.environ.get('LECTERN_SEED', 1))} "
           "testrun -t 7200 /mutants\n")

# What prelink wrote counts as long as it is true, and nobody asks for others.
PRELINK_RULE = "breadth before depth"
PRELINK = """
prelinks() {
cd breadth-before-depth || return
try() {
	echo "@@begin $1 prelink"; shift
	LD_DEBUG=files "$@" """ + OURS + """ ./program 2>&1 >out | grep -c as.prelinked
	cat out
	echo "@@end 0"
}
rm -f program.prelink
try none env
prelink program
try written env
chown 99 program.prelink
try stranger env
chown 0 program.prelink
try library-path env LD_LIBRARY_PATH=/nowhere
try preload env LD_PRELOAD=./libb.so
sleep 1.1; touch liba.so
try touched env
prelink ./program
try again env
cp libz.so libb.so
try replaced env
prelink program
try replaced-again env
truncate -s 5000 program.prelink
try cut env
echo nothing >program.prelink
try nothing env
}
prelinks
"""
# whether the pages are used; what the program prints
PRELINKED = {"none": "0b", "written": "1b", "stranger": "0b",
             "library-path": "0b", "preload": "0b", "touched": "0b",
             "again": "1b", "replaced": "0c", "replaced-again": "1c",
             "cut": "0c", "nothing": "0c"}

# The cache that Debian's ldconfig writes is one that our linker reads.
LDCONFIG = """
cd /ldconfig
echo "@@begin plain cache"
./plain 2>/dev/null; echo $?
mkdir more; mv librtld_which_1.so more/libwhich.so; touch /etc/ld.so.conf
./ldconfig /ldconfig/more
./plain; echo $?
echo "@@end 0"
rm -f /etc/ld.so.cache /etc/ld.so.conf
"""

RUN = """\
for rule in *; do for loader in lectern glibc musl prelinked; do
	cd /rules/$rule || break
	echo "@@begin $rule $loader"
	case $loader in
	lectern) ld=""" + OURS + """ ;;
	prelinked) ld=""" + OURS + """; prelink program 2>/dev/null ;;
	*) ld=/loaders/$loader ;;
	esac
	if [ -e preload ]; then
		LD_PRELOAD=/rules/$rule/$(cat preload) $ld /rules/$rule/program
	else
		$ld /rules/$rule/program
	fi
	echo "@@end $?"
done; done 2>&1
cd /rules
""" + PRELINK + """
cd /guest
for program in rtld_*; do
	case $program in *.*|*\\*) continue ;; esac
	echo "@@begin $program glibc"
	/guest/$program
	echo "@@end $?"
done
"""


def succeed(words):
    done = subprocess.run(words, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        raise AssertionError(f"{shlex.join(words)}\n{done.stdout}")


def pack(path, relative):
    """Make DT_RELR of DT_RELA in a library of 64 bits that has no relocations
    but those that add the base, of the type `relative`: a link editor may not
    know how to."""
    data = bytearray(read_bytes(path))
    phoff, = struct.unpack_from("<Q", data, 32)
    count, = struct.unpack_from("<H", data, 56)
    headers = [struct.unpack_from("<IIQQQQ", data, phoff + 56 * i)
               for i in range(count)]
    at = next(h[2] for h in headers if h[0] == 2)
    tags = {}
    while struct.unpack_from("<Q", data, at)[0]:
        tag, value = struct.unpack_from("<QQ", data, at)
        tags[tag] = value
        # DT_RELA, RELASZ, RELAENT; DT_RELACOUNT becomes a word to nobody
        new = {7: (36, value), 8: (35, 0), 9: (37, 8),
               0x6ffffff9: (0x6ffffdf6, 0)}.get(tag)
        if new:
            struct.pack_into("<QQ", data, at, *new)
        if tag == 8:
            size_at = at + 8
        at += 16

    def offset(address):
        return next(address - v + o for t, _, o, v, _, n in headers
                    if t == 1 and v <= address < v + n)
    table = offset(tags[7])
    places = []
    for i in range(table, table + tags[8], 24):
        place, info, addend = struct.unpack_from("<QQQ", data, i)
        assert info == relative, f"{path}: relocation {info:x}"
        struct.pack_into("<Q", data, offset(place), addend)
        places.append(place)
    words, left = [], sorted(places)
    while left:
        words.append(left[0])
        base, left = left[0] + 8, left[1:]
        while left and left[0] < base + 63 * 8:
            here = [p for p in left if p < base + 63 * 8]
            words.append(1 | sum(2 << (p - base) // 8 for p in here))
            base, left = base + 63 * 8, left[len(here):]
    data[table:table + tags[8]] = bytes(tags[8])
    struct.pack_into(f"<{len(words)}Q", data, table, *words)
    struct.pack_into("<Q", data, size_at, 8 * len(words))
    write(path, data)


def make_symbolic(path, bits):
    """Say DT_SYMBOLIC in a spare entry of a library's dynamic section: of the
    link editor's -Bsymbolic nothing is left for a loader to do."""
    data = bytearray(read_bytes(path))
    wide = bits == 64
    word = "<QQ" if wide else "<II"
    phoff, = struct.unpack_from("<Q" if wide else "<I", data, 32 if wide else 28)
    size, count = struct.unpack_from("<HH", data, 54 if wide else 42)
    for i in range(phoff, phoff + size * count, size):
        if struct.unpack_from("<I", data, i)[0] == 2:       # PT_DYNAMIC
            at, = struct.unpack_from(word[:2], data, i + (8 if wide else 4))
    step = struct.calcsize(word)
    while struct.unpack_from(word, data, at)[0]:
        at += step
    assert struct.unpack_from(word, data, at + step) == (0, 0), path
    struct.pack_into(word, data, at, 16, 0)
    write(path, data)


class Maker:
    """Makes the files of the rules with the compiler of Linux programs."""

    def __init__(self, arch):
        m = MACHINES[arch]
        self.gcc = packages.LINUX_GCC[arch]
        self.bits = m.bits
        self.relative = next(number for number, name in
                             m.port().RELOCATIONS.items()
                             if name.endswith("_RELATIVE"))
        self.call = os.path.join(TOP, "user", "libc", "arch", m.folder,
                                 "syscall.S")

    def _compile(self, folder, name, source, flags, output, libraries):
        path = os.path.join(folder, f"{name.lstrip('~')}.c")
        write(path, '#include "judge.h"\n' + source + "\n")
        succeed([self.gcc, "-O1", "-w", "-ffreestanding", "-nostdlib",
                 "-fno-stack-protector", f"-I{JUDGE}", path,
                 *(self._flag(folder, name, f) for f in flags),
                 *([self.call] if {"-pie", "-no-pie"} & set(flags) else []),
                 "-Wl,--no-as-needed", "-Wl,--no-relax", "-Wl,-rpath,$ORIGIN",
                 f"-Wl,-rpath-link,{folder}", *libraries, "-o", output])
        os.unlink(path)
        if "{packed}" in flags and self.bits == 64:
            pack(output, self.relative)
        if "{symbolic}" in flags:
            make_symbolic(output, self.bits)

    def _flag(self, folder, name, flag):
        """{map:TEXT} and {strong} are files that are written for it; {packed}
        is done by the link editor, or else by pack(); {symbolic} is not."""
        if flag == "{symbolic}":
            return "-g0"
        if flag == "{packed}":
            return "-g0" if self.bits == 64 else "-Wl,-z,pack-relative-relocs"
        if flag == "{strong}":
            path, text = os.path.join(folder, "strong.c"), STRONG
        elif flag.startswith("{map:"):
            path, text = os.path.join(folder, "map"), flag[5:-1]
        else:
            return flag
        write(path, text)
        return path if flag == "{strong}" else f"-Wl,--version-script={path}"

    def rule(self, folder, what):
        stubs = os.path.join(folder, "stubs")
        os.makedirs(stubs)

        def file(name):
            return os.path.join(stubs if name[0] == "~" else folder,
                                f"lib{name.lstrip('~')}.so")
        for name, (source, needs, flags) in what["libraries"].items():
            self._compile(folder, name, source,
                          ["-fPIC", "-shared", f"-Wl,-soname,"
                           f"{os.path.basename(file(name))}", *flags],
                          file(name), map(file, needs))
        needs = what["needs"] or list(what["libraries"])
        self._compile(folder, "program", what["program"],
                      [*what["flags"], "-Wl,-e,start",
                       "-Wl,--allow-shlib-undefined"],
                      os.path.join(folder, "program"), map(file, needs))
        for path in glob.glob(os.path.join(stubs, "*")):
            os.unlink(path)
        os.rmdir(stubs)
        if what["preload"]:
            write(os.path.join(folder, "preload"),
                  f"lib{what['preload']}.so\n")


OURS_ALONE = re.compile(
    r"-nostdinc|-nostdlib|-ffreestanding|-Werror|-Wl,--dynamic-linker.*|"
    r"-Wl,-rpath-link.*|-I.*/(user/libc/.*|include)|"
    r".*/(crt0\.o|libc\.so\.6|ld-lectern\.so\.1)")


def make_for_glibc(build, folder):
    """The programs of test/guest/rtld and their libraries once more, by the
    commands that the build has for them, without our C library."""
    there = "test/guest/rtld/"
    targets = [there + os.path.basename(p)
               for p in glob.glob(os.path.join(build, there, "*"))
               if os.path.isfile(p)]
    done = subprocess.run(["ninja", "-C", build, "-t", "commands", *targets],
                          stdout=subprocess.PIPE, text=True, check=True)
    for line in done.stdout.splitlines():
        words = shlex.split(line)
        if not any(w.startswith(there) and w in targets for w in
                   words[words.index("-o") + 1:][:1] if "-o" in words):
            continue
        words = [w.replace(there, folder + "/") if w.startswith(there) else w
                 for w in words
                 if not OURS_ALONE.fullmatch(w)]
        succeed(["env", "-C", build, *words, f"-Wl,-rpath-link,{folder}", "-w",
                 "-D_GNU_SOURCE",
                 *(["-include", os.path.join(JUDGE, "guest.h")]
                if "-shared" not in words else ["-nostdlib"])])


def files_of(arch, package, pattern):
    """The paths of a package's files, and of links to them."""
    return glob.glob(os.path.join(debs.unpacked(arch, package), "**", pattern),
                     recursive=True)


def file_of(arch, package, pattern):
    return next(p for p in files_of(arch, package, pattern)
                if not os.path.islink(p))


def loaders(arch):
    """Debian's loaders in /loaders; glibc's also where programs look for it,
    with its library."""
    glibc = file_of(arch, "libc6", "ld-linux*.so.?")
    link = next(filter(os.path.islink, files_of(arch, "libc6", "ld-linux*")),
                glibc)
    for host, name in (
            (glibc, "/loaders/glibc"),
            (glibc, "/lib/" + os.path.basename(link)),
            (file_of(arch, "libc6", "libc.so.6"), "/lib/libc.so.6"),
            (file_of(arch, "musl", "libc.so"), "/loaders/musl")):
        yield from ("--add", f"{host}:{name}")


def judge_rule(tap, name, loader, text, status, said):
    """What it printed is the rule's; what the loader said, which has a colon,
    must be glibc's words in ours."""
    what = RULES[name]
    lines = text.splitlines(True)
    out = "".join(n for n in lines if ": " not in n)
    words = said[name, loader] = "".join(n for n in lines if ": " in n)
    want, want_status, why = what["out"], what["status"], ""
    if loader == "musl" and what["musl"]:
        want, want_status, why = what["musl"]
        why = f": {why}"
    if want == "n/a":
        tap.point(True, f"{name}: {loader}", skip=f"musl {why[2:]}")
        return
    want = "" if want is None else want + "\n"
    if "Inconsistency detected by ld.so" in words:
        tap.point(True, f"{name}: {loader}", skip="an assertion that only "
                  "older versions of glibc have")
        return
    good = (out, status) == (want, want_status)
    tap.point(good, f"{name}: {loader}{why}",
              "" if good else f"printed {out!r}, status {status}\n"
              f"wanted  {want!r}, status {want_status}")
    ours = said.get((name, "lectern"))
    if loader == "glibc" and (words or ours):
        tap.point(ours == words, f"{name}: the same words",
                  "" if ours == words else f"{ours!r}\n{words!r}")


def make_mutants(arch, folder):
    """test/loaders/mutants.c, static. => its path"""
    path = os.path.join(folder, "mutants")
    succeed([packages.LINUX_GCC[arch], "-O2", "-static", "-D_GNU_SOURCE",
             os.path.join(JUDGE, "mutants.c"), "-o", path])
    return path


def judge_mutants(tap, text):
    """What testrun says of it, and of what is left behind."""
    part = text[text.rfind("# RUN mutants"):]
    for line in re.findall(r"^(?:not ok|ok|# \d+ mutants|# END).*", part, re.M):
        if line.startswith("#"):
            print(line)
        else:
            good, name = re.match(r"(not )?ok \d+ - (.*)", line).groups()
            tap.point(not good, f"mutants: {name}")
    tap.point("# END mutants exit 0" in part and "# END audit exit 0" in part,
              "mutants: it came to its end", "" if "# END audit exit 0" in part
              else (part or text)[-1500:])


def judge_prelink(tap, name, out):
    got = out.replace("\n", "")
    tap.point(got == PRELINKED[name], f"prelink: {name}",
              "" if got == PRELINKED[name] else f"{got}, not {PRELINKED[name]}")


def ldconfig(arch, build):
    """What LDCONFIG needs, in /ldconfig."""
    made = os.path.join(build, "test", "guest", "rtld")
    for host, name in ((file_of(arch, "libc-bin", "sbin/ldconfig"), "ldconfig"),
                       (f"{made}/rtld_which_plain.exe", "plain"),
                       (f"{made}/librtld_which_1.so", "librtld_which_1.so")):
        yield from ("--add", f"{host}:/ldconfig/{name}")


def judge_program(tap, name, out, status):
    bad = re.findall(r"^not ok .*", out, re.M)
    good = status == 0 and not bad and "ok 1" in out
    tap.point(good, f"{name}: glibc", "" if good else
              "\n".join(bad) or f"status {status}\n{out[-500:]}")


def main():
    arch, build = sys.argv[1:3]
    need_package(arch, "libc6", "libc-bin", "musl")
    tap = Tap(shared=arch)
    rules = {re.sub(r"\W+", "-", n).strip("-"): n for n in RULES
             if tap.wanted(n)}
    with tempfile.TemporaryDirectory(prefix="lectern-loaders-") as work:
        maker = Maker(arch)
        os.makedirs(os.path.join(work, "rules"))
        for file, name in rules.items():
            maker.rule(os.path.join(work, "rules", file), RULES[name])
        guest = os.path.join(work, "guest")
        os.makedirs(guest)
        build_everything(arch)
        if not tap.only or tap.wanted("rtld_"):
            make_for_glibc(build, guest)
        script, adds = "cd /rules; " + RUN, []
        if tap.wanted("mutants"):
            script += MUTANTS
            adds = ["--add", f"{make_mutants(arch, work)}:/mutants"]
        if tap.wanted("ldconfig"):
            script += LDCONFIG
            adds += ldconfig(arch, build)
        limit = int((400 + int(os.environ.get("LECTERN_MUTANTS", 300)))
                    * PATIENCE)
        done = run("run", "--timeout", str(limit), "--mem", "512M",
                   "--log", os.path.join(build, "loaders-test.log"),
                   "--add", f"{work}/rules:/rules", "--add", f"{guest}:/guest",
                   *loaders(arch), *adds, "--",
                   "sh", "-c", script, arch=arch,
                   timeout=limit + 200)
    text = out_of(done)
    count, said = 0, {}
    for file, loader, out, status in re.findall(
            r"^@@begin (\S+) (\S+)\n(.*?)^@@end (\d+)\n", text, re.M | re.S):
        count += 1
        if loader == "prelink":
            if PRELINK_RULE in rules.values():
                judge_prelink(tap, file, out)
        elif loader == "cache":
            tap.point(out.split() == ["127", "1"], "ldconfig: its cache", out)
        elif file in rules:
            judge_rule(tap, rules[file], loader, out, int(status), said)
        else:
            judge_program(tap, file, out, int(status))
    if tap.wanted("mutants"):
        judge_mutants(tap, text)
    if count < 4 * len(rules):
        tap.point(False, "all cases ran", f"{count} did\n" + text[-800:]
                  + errors_of(done)[-1500:])
    tap.end()


main()
