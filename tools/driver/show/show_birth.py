# SPDX-License-Identifier: MIT
"""`./lectern show birth FILE.c`: one program on one page, from its source by
preprocessor, compiler, assembler and link editor to the image in memory and
its first instructions.  The program is built as the build makes dynamic
programs, with the shared C library of user/libc.  Its memory is read from the
live process (show_live.py)."""
import os
import re
import shlex
import subprocess
import tempfile
import textwrap

from . import elf
from ..common import EXIT_USAGE, MACHINES, Failure, build_dir
from .show_elf import section_flags, segment_line
from .show_live import Live, Start
from .show_plt import AT_ENTRY, disassembled
from .show_svg import Canvas, document

LONGEST = 26                    # maximum lines of a stage
MODEL = "user/more/twice"       # our program is built in the same way


class Stage:
    def __init__(self, name, about, command, lines):
        self.name, self.about, self.command = name, about, command
        self.lines = shortened(lines)


def shortened(lines):
    lines = [line.expandtabs(8).rstrip()[:92] for line in lines]
    if len(lines) > LONGEST:
        left = len(lines) - LONGEST + 1
        lines = lines[:LONGEST - 1] + [f"... {left} more lines"]
    return lines


def wrapped(text):
    return textwrap.wrap(text, 90, subsequent_indent="  ",
                         break_on_hyphens=False)


def check(path):
    """Raise Failure unless the source can be read."""
    if not path.endswith(".c"):
        raise Failure(f"{path}: show birth takes a file that ends with .c",
                      EXIT_USAGE)
    try:
        with open(path, "rb") as f:
            f.read(1)
    except OSError as why:
        raise Failure(f"{path}: {why.strerror}", EXIT_USAGE) from None


class Tools:
    """The commands of the build for a program of user/more."""

    def __init__(self, arch, path, folder):
        self.folder, self.source = folder, path
        self.name = re.sub(r"[^\w.-]", "_", os.path.basename(path)[:-2])
        done = subprocess.run(
            ["ninja", "-C", build_dir(arch), "-t", "commands", MODEL],
            stdout=subprocess.PIPE, text=True, check=True)
        words = shlex.split(done.stdout.splitlines()[-1])
        self.cc = words[0]
        base = build_dir(arch)
        inputs = [os.path.join(base, w) for w in words[1:]
                  if re.search(r"\.(o|so)(\.\d+)?$", w)
                  and not w.startswith("-")]
        self.crt0, *self.libs = sorted(inputs,
                                       key=lambda w: not w.endswith(".o"))
        flags = [w for w in words[1:] if w.startswith("-") and w != "-o"]
        links = [w for w in flags if w.startswith(("-Wl,", "-l"))
                 or w in ("-nostdlib", "-pie")]
        self.compile, self.link = [], links
        following = False
        for word in words[1:]:
            if following or (word.startswith("-") and word not in links
                             and word not in ("-o", "-g", "-Werror")):
                self.compile.append(os.path.join(base, word) if following
                                    and not word.startswith("/") else word)
                following = word == "-idirafter" and not following
        self.here = base

    def file(self, ending):
        return os.path.join(self.folder, self.name + ending)

    def run(self, *words):
        done = subprocess.run(words, cwd=self.here, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if done.returncode:
            said = [x for x in done.stderr.splitlines()
                    if "error" in x or "undefined" in x]
            first = (said or done.stderr.splitlines() or ["no reason given"])[0]
            raise Failure(f"{self.source} cannot be built: {first.strip()}",
                          EXIT_USAGE)
        return done.stdout


def source(t):
    with open(t.source, errors="replace") as f:
        whole = f.read()
    # leave out the comment at the top, which is for readers of the file
    text = re.sub(r"\A(\s*/\*.*?\*/)+\s*", "", whole, flags=re.S)
    return Stage("source", f"{whole.count(chr(10))} lines of C", t.name + ".c",
                 text.splitlines())


def preprocessed(t):
    t.run(t.cc, *t.compile, "-E", os.path.abspath(t.source), "-o",
          t.file(".i"))
    with open(t.file(".i"), errors="replace") as f:
        text = f.read()
    headers = list(dict.fromkeys(re.findall(r'^# 1 "([^"<]+\.h)" 1', text,
                                            re.M)))
    own, mine = [], False
    for line in text.splitlines():
        if line.startswith("# "):
            mine = f'"{os.path.abspath(t.source)}"' in line
        elif mine and line.strip():
            own.append(line)
    lines = [f"{text.count(chr(10))} lines, with those of "
             + (", ".join(os.path.basename(h) for h in headers)
                or "no header"), ""] + own
    return Stage("preprocessed", "headers are in it, names of macros and "
                 "comments are gone", f"cc -E {t.name}.c", lines)


def assembly(t):
    t.run(t.cc, *t.compile, "-S", t.file(".i"), "-o", t.file(".s"))
    with open(t.file(".s"), errors="replace") as f:
        text = f.read()
    found = re.search(r"^main:.*?\n(?=\t\.size\tmain)", text, re.M | re.S)
    lines = (found[0] if found else text).splitlines()
    lines = [x for x in lines if not re.match(r"\.L(FB|FE|VL|BB)\w*\d+:", x)]
    return Stage("assembly", "main: instructions by name, addresses by label",
                 f"cc -S {t.name}.i", lines)


def object_file(t):
    t.run(t.cc, *t.compile, "-c", t.file(".s"), "-o", t.file(".o"))
    file = elf.read(t.file(".o"))
    lines = wrapped("sections: " + ", ".join(
        f"{s.name} {s.size:#x}" for s in file.sections
        if s.flags & elf.ALLOC and s.size))
    names = [s for s in file.symbols() if s.name and s.info >> 4]
    lines += wrapped("symbols: " + ", ".join(
        f"{s.name} {'undefined' if not s.section else hex(s.value)}"
        for s in names))
    lines.append("relocations, to be filled in by others:")
    symbols = file.symbols()
    for section in file.sections:
        if section.type in (elf.RELA, elf.REL) and \
                section.info < len(file.sections) and \
                file.sections[section.info].flags & 4:
            target = file.sections[section.info].name
            for r in file.relocs(section):
                symbol = symbols[r.symbol] if r.symbol < len(symbols) else None
                name = symbol_name(file, symbol)
                kind = file.reloc_name(r.type)
                if name and "RELAX" not in kind:
                    lines.append(f"  {target}+{r.offset:#04x}  {kind:20} "
                                 f"{name}" + (f"+{r.addend:#x}" if r.addend
                                              else ""))
    return Stage("object", "machine code with holes", f"as {t.name}.s", lines)


def symbol_name(file, symbol):
    if not symbol:
        return ""
    if not symbol.name and symbol.section < len(file.sections):
        return file.sections[symbol.section].name
    return symbol.name


def linked(t):
    """Return: the stage of the link map; the program is linked afterwards"""
    t.run(t.cc, *t.compile, t.file(".o"), t.crt0, *t.libs, *t.link,
          f"-Wl,-Map={t.file('.map')}", "-o", t.file(""))
    with open(t.file(".map"), errors="replace") as f:
        text = f.read()
    # the linker writes a long name on a line of its own
    text = re.sub(r"\n (\.\S+)\n +0x", r"\n \1 0x", text)
    lines = []
    wanted = (r"^ ?(\.(?:text|rodata|data|bss|sbss|sdata|plt|got)\S*)\s+"
              r"0x0*([0-9a-f]+)\s+0x([0-9a-f]+)(?: (\S+))?")
    for name, at, size, by in re.findall(wanted, text, re.M):
        if not int(size, 16):
            continue
        who = os.path.basename(by) if by else ""
        lines.append(f"{'  ' if who else ''}{name:{18 if who else 20}}"
                     f" {at:>6} {int(size, 16):>6x}  {who}".rstrip())
    return Stage("link map", "which piece of whom comes where: address, size, "
                 "file", "ld crt0.o " + t.name + ".o libc.so.6", lines)


def executable(t, arch):
    file = elf.read(t.file(""))
    main = next((s for s in file.symbols() if s.name == "main"), None)
    if not main:
        raise Failure(f"{t.source} has no main", EXIT_USAGE)
    lines = wrapped(f"entry {file.entry:#x}, main {main.value:#x}, sections: "
                    + " ".join(s.name for s in file.sections
                               if s.flags & elf.ALLOC and s.size))
    lines += [segment_line(s, 6)[:92] for s in file.segments
              if s.type in (elf.LOAD, 2, 3)]
    code = t.run(MACHINES[arch].tool("objdump"), "-d", "--no-show-raw-insn",
                 t.file(""))
    body = re.search(r"<main>:\n(.*?)(?:\n\n|\Z)", code, re.S)
    lines += ["main, with its holes filled:"] + (
        body[1].replace("\t", " ").splitlines()[:14] if body else [])
    return Stage("executable", "what the kernel reads: segments",
                 f"show elf {t.name}", lines), file, main


def map_line(area, digits):
    return (f"{area.start:0{digits}x}-{area.end:0{digits}x} {area.perms} "
            f"{area.name}".rstrip())


def first_lines(live, arch, at, maps, what):
    code = disassembled(live, at, 16, arch)
    return [f"{what}: {at:#x}, {live.place(at, maps)}",
            *(f"    {words}" for _, words in code[:2])]


def alive(t, arch, options, words, file, main):
    """Return: the stages of the process"""
    digits = 8 if MACHINES[arch].bits == 32 else 10
    words = words + ["--add", f"{t.file('')}:/{t.name}"]
    with Live(options, ["/" + t.name], words) as live:
        pc, sp = (live.registers()[n] for n in ("pc", "sp"))
        start, maps = Start(live), live.maps()
        image = Stage(
            "image", "the segments as the kernel maps them, and the linker's",
            "/proc/PID/maps at the first instruction",
            [map_line(a, digits) for a in maps])
        base = start.values[AT_ENTRY] - file.entry
        lines = first_lines(live, arch, pc, maps,
                            "the kernel goes to the linker")
        lines.append(f"    with sp {sp:#x}, where argc is {start.argc}")
        for at, what in ((start.values[AT_ENTRY], "the linker to the program"),
                         (base + main.value, "the start-up code to main")):
            # remove our trap instructions, so that the code is unchanged
            if not live.trap(at) or live.go() != at:
                lines.append(f"{what}: it ended before that")
                break
            maps = live.maps()
            lines += first_lines(live, arch, at, maps, what)
        names = dict.fromkeys(os.path.basename(a.name) for a in maps
                              if a.name.startswith("/"))
        lines.append("mapped by then: " + ", ".join(names))
    return [image, Stage("first instructions", "from the kernel to main",
                         f"./lectern run -- /{t.name}", lines)]


def stages(options, words):
    with tempfile.TemporaryDirectory(prefix="lectern-") as folder:
        t = Tools(options.arch, options.file, folder)
        found = [source(t), preprocessed(t), assembly(t),
                 object_file(t), linked(t)]
        stage, file, main = executable(t, options.arch)
        return [*found, stage, *alive(t, options.arch, options, words, file,
                                      main)]


def text(found, title):
    out = [title]
    for number, stage in enumerate(found, 1):
        out += ["", f"{number}. {stage.name}: {stage.about}",
                f"   [{stage.command}]"]
        out += [f"     {line}".rstrip() for line in stage.lines]
    return "\n".join(out) + "\n"


WIDE, LINE, GAP = 640, 14, 34


def box(c, x, y, number, stage):
    high = LINE * len(stage.lines) + 44
    c.box(x, y, WIDE, high, "table")
    c.text(x + 10, y + 17, f"{number}. {stage.name}: {stage.about}", "head")
    c.text(x + 10, y + 31, stage.command, "note")
    for i, line in enumerate(stage.lines):
        kind = "head" if re.search(r"\bmain\b", line) else ""
        indent = len(line) - len(line.lstrip())
        # keep each space: SVG would draw several as one
        c.text(x + 10 + 6.6 * indent, y + 47 + i * LINE,
               line.lstrip().replace(" ", "\N{NO-BREAK SPACE}"), kind)
    return y + high


def svg(found, title):
    c = Canvas()
    c.text(8, 20, title, "title")
    half = (len(found) + 1) // 2
    ends = []
    for column in (found[:half], found[half:]):
        x, y = 8 + len(ends) * (WIDE + 60), 34
        for i, stage in enumerate(column):
            if i:
                c.path(f"M{x + 40} {y}v{GAP}l-5 -7m5 7l5 -7", "link")
                y += GAP
            y = box(c, x, y, found.index(stage) + 1, stage)
        ends.append(y)
    c.path(f"M{8 + WIDE} {ends[0] - 12}h30V50h30l-6 -4m6 4l-6 4", "link")
    return document(c, title)


def draw(options, words, kind):
    found = stages(options, words)
    title = (f"The birth of {os.path.basename(options.file)[:-2]}, on "
             f"{options.arch}")
    return (svg if kind == "svg" else text)(found, title)
