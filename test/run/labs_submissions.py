#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""labs_submissions.py make LAB COUNT DIR [FAMILY...] - write COUNT submissions
of a lab into DIR, and what each of them earns into DIR.json; 0: each kind once.

labs_submissions.py judge DIR.json RESULTS - compare results.json of `lectern
lab grade` with it.

Families: right (the real code), wrong (wrong/*.patch), hostile; each submission
of a family differs from the others, and three of ten are right, four wrong, two
hostile, one the skeleton.  So a teacher can try the grader on the computers
that will be used, before a deadline.
"""
import io
import json
import os
import random
import sys
import tarfile
import tempfile
import zipfile
from types import SimpleNamespace

sys.dont_write_bytecode = True
from harness import Tap  # noqa: E402
from driver.common import ARCHES  # noqa: E402
from driver.course import lab_prove, labs  # noqa: E402

# name: (level of <lt/init.h>, code of a function that the kernel calls there);
# so the machine is lost before a check begins
KERNELS = {
    "panic-fs": ("fs", 'panic("fs");'),
    "panic-task": ("task", 'panic("task");'),
    "panic-device": ("device", 'panic("device");'),
    "panic-ready": ("ready", 'panic("ready");'),
    "panic-end": ("end", 'panic("end");'),
    "off-early": ("fs", "arch_end(0);"),
    "off-late": ("end", "arch_end(0);"),
    "reset": ("end", "arch_end(ARCH_RESET);"),
    "null": ("end", "*(volatile int *)0 = 1;"),
    "jump": ("fs", "((void (*)(void))8)();"),
    "hang": ("end", "for (;;)\n;"),
    "hang-masked": ("end", "arch_irq_disable();\nfor (;;)\n;"),
    "asleep": ("end", "arch_irq_disable();\nfor (;;)\narch_cpu_idle();"),
    "flood": ("end", 'for (;;)\nlog_print(LOG_EMERG, "x", "%s", "lab: n1 1 '
              'begin store  ' + "0" * 64 + '");'),
    "flood-line": ("end", 'for (;;)\nlog_print(LOG_EMERG, "x", "%0512d", 0);'),
    "forge": ("end", 'log_print(LOG_EMERG, "x", "lab: n1 1 end -  '
              + "0" * 64 + '");\narch_end(0);'),
    "threads": ("end", 'for (;;)\ntask_start(kthread_create((void (*)(void *))'
                'attack, NULL, "bomb"));'),
    "memory": ("ready", "for (;;)\npage_alloc_zero(PAGE_ANON);"),
    # the host's shell, if the machine lets a kernel call it: an endless command
    "semihosting": ("end", '''static const char sh[] =
"while :; do sleep 0.5; done";
unsigned long words[] = { (unsigned long)sh, sizeof(sh) - 1 };

#ifdef __aarch64__
asm volatile("mov w0, #0x12; mov x1, %0; hlt #0xf000" : : "r"(words)
: "x0", "x1", "memory");
#elif defined(__riscv)
asm volatile(".balign 16; .option push; .option norvc; li a0, 0x12; mv a1, %0;"
"slli zero, zero, 0x1f; ebreak; srai zero, zero, 7; .option pop" : : "r"(words)
: "a0", "a1", "memory");
#endif
arch_end(words[1] == 0);'''),
    # whatever else ends a machine: bytes into the file behind a debug port
    "debug-port": ("end", '''#ifdef __i386__
for (;;)
asm volatile("outb %b0, $0xe9" : : "a"(0));
#endif
for (;;)
arch_end(0);'''),
    "recursion": ("end", "volatile char deep[256];\n\ndeep[0] = 1;\n"
                  "attack();\ndeep[1] = deep[0];"),
}
HEADERS = ("#include <lt/arch.h>\n#include <lt/bug.h>\n#include <lt/init.h>\n"
           "#include <lt/log.h>\n#include <kernel/task/task.h>\n"
           "#include <mm/frames/page.h>\n")
# name: what stands before the real code; it must not compile
SOURCES = {
    "no-c": "this is no C\n",
    "secret": '#include "/etc/shadow"\n',
    "zeros": '#include "/dev/zero"\n',
    "random": '#include "/dev/urandom"\n',
    "terminal": '#include "/dev/console"\n#include "/dev/tty"\n#error\n',
    "itself": '#include __FILE__\n#include __FILE__\n',
    "doubling": "#define A0 x x\n" + "".join(
        f"#define A{i} A{i - 1} A{i - 1}\n" for i in range(1, 60))
        + "#define S(x) #x\n#define T(x) S(x)\nconst char *s = T(A59);\n",
    "nested": "int x = " + "(" * 300000 + "1;\n",
    "errors": '#error "' + "e" * 500 + '"\n' + "int y = x;\n" * 20000,
    "fill": 'asm(".fill 0x7fffffff, 8, 1");\n',
    "repeat": 'asm(".rept 0x7fffffff\\n.long 1\\n.endr");\n',
    "swallow": 'asm(".incbin \\"/dev/zero\\"");\n',
    "assembled": 'asm(".include \\"/dev/zero\\"");\n',
    "array": "long x[1 << 29] = { [0 ... (1 << 29) - 1] = 1 };\n",
    "large-object": "char x[1ul << 30] = { 1 };\n",
    "generated": "#define IGNORE(...)\nIGNORE(\n#include \"ksyms.S\"\n)\n",
    # what the submission before, or another worker, has left
    "left-over": "#if !(" + " || ".join(
        f"__has_include(\"/lectern/{arch}/lectern{part}.elf\")"
        for arch in ARCHES for part in ("", "-pass1"))
        + ")\n#error nothing left\n#endif\n",
    "left-object": "".join(
        f'asm(".incbin \\"/lectern/{arch}/libkernel.a\\"");\n'
        'asm(".incbin \\"lectern.elf\\"");\n' for arch in ARCHES),
    "neighbour": '#if !__has_include("/lectern/../worker-1/tree/meson.build") '
                 '&& !__has_include("/proc/1/root/lectern/../base/meson.build")'
                 '\n#error nobody there\n#endif\n',
    "checks": '#include "/lectern/../checks/tree/course/labs/meson.build"\n',
    "linked-twice": 'asm(".globl kernel_main\\nkernel_main: .long 1");\n',
    "precompiled": '#pragma GCC pch_preprocess "/lectern/tree/meson.build"\n',
    "poison": "#pragma GCC poison int static return\nint x;\n",
    "symbols": 'asm(".globl \\"a\\\\\\"b\\"\\n\\"a\\\\\\"b\\": .long 1");\n#error\n',
}
# what the grader's own compiler does with it: honest code with strange words
HARMLESS = {
    "constructor": "static void __attribute__((constructor)) early(void)\n"
                   "{\n}\n",
    "optimize": '#pragma GCC optimize("O1")\n#pragma GCC diagnostic ignored '
                '"-Wall"\n',
    "comment": "/* PASS 100 of 100 */\n",
    # the sandbox's own environment is all that is there to take
    "environment": 'asm(".pushsection .rodata; .incbin '
                   '\\"/proc/self/environ\\"; .popsection");\n',
}


def before(real, text):
    """Return: the files with a text at the beginning of each C file"""
    return {path: text.encode() + data if path.endswith(".c") else data
            for path, data in real.items()}


def attack(real, level, code):
    """Return: the files with a function that the kernel calls"""
    tail = (f"\n{HEADERS}static void attack(void)\n{{\n{code}\n}}\n"
            f"INIT({level}, attack);\n")
    return {path: data + tail.encode()
            if path.endswith(".c") and not path.startswith("user/") else data
            for path, data in real.items()}


def lay(folder, texts):
    for path, data in texts.items():
        place = os.path.join(folder, path)
        os.makedirs(os.path.dirname(place), exist_ok=True)
        with open(place, "wb") as f:
            f.write(data)


def write_tar(path, texts, mode="w:gz", head=""):
    with tarfile.open(path, mode) as archive:
        for name, data in texts.items():
            member = tarfile.TarInfo(head + name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))


# ---- submissions that no file of the lab can be read from -------------------


def many_files(path, real):
    os.makedirs(path)
    for i in range(10000):
        open(f"{path}/{i}", "w").close()


def no_files(path, real):
    os.makedirs(path)


def link_outside(path, real):
    first = next(iter(real))
    os.makedirs(os.path.dirname(f"{path}/{first}"))
    os.symlink("/etc/passwd", f"{path}/{first}")


def link_itself(path, real):
    os.symlink("/etc", path)


def huge_file(path, real):
    lay(path, {next(iter(real)): b"x" * (2 << 20)})


def empty_tar(path, real):
    write_tar(path + ".tar", {}, "w")


def torn_tar(path, real):
    write_tar(path + ".tar.gz", real)
    with open(path + ".tar.gz", "r+b") as f:
        f.truncate(os.path.getsize(path + ".tar.gz") // 2)


def tar_outside(path, real):
    write_tar(path + ".tar", {name: b"" for name in real}, "w", "../../")


def tar_of_odd(path, real):
    with tarfile.open(path + ".tar", "w") as archive:
        for kind, name in zip((tarfile.CHRTYPE, tarfile.LNKTYPE), real):
            member = tarfile.TarInfo(name)
            member.type, member.linkname = kind, "/etc/passwd"
            archive.addfile(member)


def zip_bomb(path, real):
    with zipfile.ZipFile(path + ".zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(next(iter(real)), bytes(80 << 20))


def tar_bomb(path, real):
    write_tar(path + ".tar.xz", {"x": bytes(80 << 20)}, "w:xz")


def fifo(path, real):
    """Whoever opens it waits for ever."""
    first = next(iter(real))
    os.makedirs(os.path.dirname(f"{path}/{first}"))
    os.mkfifo(f"{path}/{first}")


def deep_manifest(path, real):
    """A reader that calls itself for each bracket runs out of stack."""
    lay(path, {"lab.json": b"[" * 9000})


def sparse_tar(path, real):
    """GNU's form of a file with holes: some bytes that stand for terabytes."""
    first = next(iter(real))
    member = tarfile.TarInfo(first)
    member.type, member.size = tarfile.GNUTYPE_SPARSE, 512
    head = bytearray(member.tobuf(tarfile.GNU_FORMAT))
    head[386:398] = b"%011o " % 0       # the first piece: its place, its length
    head[398:410] = b"%011o " % 512
    head[483:495] = b"\x80" + (1 << 42).to_bytes(11, "big")
    head[148:156] = b" " * 8
    head[148:156] = b"%06o\0 " % sum(head)
    with open(path + ".tar", "wb") as f:
        f.write(bytes(head) + bytes(512 + 1024))


def pax_bomb(path, real):
    """A head that claims a size, for a file that is not there."""
    member = tarfile.TarInfo(next(iter(real)))
    member.pax_headers = {"size": str(1 << 60), "path": "x" * 100000}
    with open(path + ".tar", "wb") as f:
        f.write(member.tobuf(tarfile.PAX_FORMAT) + bytes(1024))


def odd_zip(path, real):
    """A method of compression that nobody has."""
    with zipfile.ZipFile(path + ".zip", "w") as archive:
        archive.writestr(next(iter(real)), b"x")
    data = bytearray(open(path + ".zip", "rb").read())
    for magic, place in ((b"PK\1\2", 10), (b"PK\3\4", 8)):
        at = data.index(magic) + place
        data[at:at + 2] = b"\x63\0"
    with open(path + ".zip", "wb") as f:
        f.write(data)


PLACES = (fifo, deep_manifest, sparse_tar, pax_bomb, odd_zip, many_files, no_files, link_outside, link_itself, huge_file, empty_tar,
          torn_tar, tar_outside, tar_of_odd, zip_bomb, tar_bomb)


# ---- families ---------------------------------------------------------------


def right_kinds(lab, real):
    """Yield name, function(path, number) that writes it, points"""
    def folder(path, number):
        lay(path, before(real, f"/* submission {number} */\n"))

    def archive(path, number):
        write_tar(path + ".tar.gz", before(real, f"/* submission {number} */\n"),
                  head="hand in/")

    def strange(path, number):
        lay(path + "\nLF", {**before(real, f"/* {number} */\n"), "a\nb": b"",
                            "meson.build": b"error('mine')\n"})
    for make in (folder, archive, strange):
        yield make.__name__, make, (lab.points(), lab.points(), [])
    for name, text in HARMLESS.items():
        yield name, laid(before(real, text)), (lab.points(), lab.points(), [])


def laid(texts):
    return lambda path, number: lay(path, texts)


def wrong_kinds(lab, real):
    with tempfile.TemporaryDirectory() as top:
        for wrong in lab_prove.wrong_solutions(lab):
            lay(top, real)
            texts = lab_prove.patched_texts(lab, SimpleNamespace(top=top), wrong)
            yield (wrong.name.removesuffix(".patch"), laid(texts),
                   (0, lab.points() - 1, wrong.loses))


def skeleton_kinds(lab, real):
    yield "skeleton", laid(lab_prove.skeleton_texts(lab, real)), (0, 0, [])


def hostile_kinds(lab, real):
    nothing = (0, 0, [])
    for name, text in SOURCES.items():
        yield name, laid(before(real, text)), nothing
    for make in PLACES:
        yield make.__name__, (lambda path, number, make=make:
                              make(path, real)), nothing
    if attack(real, "fs", ";") != real:
        for name, (level, code) in KERNELS.items():
            yield name, laid(attack(real, level, code)), nothing


FAMILIES = {"right": (right_kinds, 3), "wrong": (wrong_kinds, 4),
            "hostile": (hostile_kinds, 2), "skeleton": (skeleton_kinds, 1)}


def make(lab, count, folder, families=tuple(FAMILIES)):
    """Write submissions. Return: {name: (least points, most points, checks that
    it must lose)}"""
    real, expected = lab_prove.real_texts(lab), {}
    kinds = {name: list(FAMILIES[name][0](lab, real)) for name in families}
    for mine in kinds.values():
        random.Random(1).shuffle(mine)
    if count:
        order = [name for name in families for _ in range(FAMILIES[name][1])]
    else:
        order = [name for name in families for _ in kinds[name]]
        count = len(order)
    os.makedirs(folder)
    for number in range(count):
        family = order[number % len(order)]
        mine = kinds[family]
        name, write, points = mine.pop(0)
        mine.append((name, write, points))
        name = f"{number:04}-{family}-{name}"
        write(os.path.join(folder, name), number)
        expected[name] = points
    return expected


def findings(expected, results):
    """Yield what is not as expected.  results: of results.json.  A submission's
    name may have an ending that its name here has not."""
    left = dict(expected)
    for result in results:
        name = next((n for n in left if result["submission"].startswith(n)),
                    None)
        if name is None:
            yield f"{result['submission']}: nobody expected this"
            continue
        least, most, loses = left.pop(name)
        if not least <= result["points"] <= most:
            yield (f"{name}: {result['points']} points instead of {least} to "
                   f"{most}: {result['problem']}")
        for check in result["checks"]:
            if check["id"] in loses and check["state"] == "pass":
                yield f"{name}: keeps {check['id']}"
    for name in left:
        yield f"{name}: was not graded"


def judge(expected, results):
    with open(expected) as f, open(results) as g:
        found = list(findings(json.load(f), json.load(g)["results"]))
    tap = Tap()
    tap.point(not found, "each submission got what it earns", "\n".join(found))
    tap.end()


def main():
    if sys.argv[1:2] == ["make"] and len(sys.argv) > 4:
        lab = labs.find_lab(sys.argv[2], labs.load_labs())
        expected = make(lab, int(sys.argv[3]), sys.argv[4],
                        sys.argv[5:] or tuple(FAMILIES))
        with open(sys.argv[4] + ".json", "w") as f:
            json.dump(expected, f, indent=1)
    elif sys.argv[1:2] == ["judge"] and len(sys.argv) == 4:
        judge(*sys.argv[2:])
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
