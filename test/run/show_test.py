#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""show_test.py [--make] ARCH - ./lectern show: its pictures against those of
docs/show, its tables against those of docs/machines.md, its ELF reader against
readelf, and what it refuses.  --make writes pictures and tables anew, after a
change of what they show.  The page in a browser is page_test.py's."""
import html
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile
from xml.etree import ElementTree

sys.dont_write_bytecode = True
from harness import (BUILD, LECTERN, MACHINES, TOP, Tap, read,  # noqa: E402
                     read_bytes, write)
from driver.show import elf, show_elf, show_svg  # noqa: E402
from driver.build import EVERYTHING, build  # noqa: E402
from driver.common import Failure  # noqa: E402

class Points(Tap):
    """Notes are for points that fail."""

    def point(self, good, name, notes="", skip=None):
        super().point(good, name, "" if good else notes, skip)


ARCH = sys.argv[-1]
FOLDER = os.path.join(TOP, "docs", "show")
# name: the arguments that make it
EXAMPLES = {
    "fork.svg": ["space", "--at", "fork", "-o", "{}", "--", "mapped"],
    "child.txt": ["space", "--at", "SIGURG", "--", "mapped"],
    "walk.svg": ["walk", "0x2002f123", "--at", "all_mapped", "-o", "{}",
                 "--", "mapped"],
    "walk.txt": ["walk", "0x40201234", "--at", "all_mapped", "--", "mapped"],
    "elf.svg": ["elf", "TWICE", "-o", "{}"],
    "elf.txt": ["elf", "TWICE"],
    "stack.svg": ["stack", "-o", "{}", "--", "twice", "one", "two words"],
    "stack.txt": ["stack", "--", "twice", "one", "two words"],
    "plt.svg": ["plt", "-o", "{}", "--", "twice"],
    "plt.txt": ["plt", "--", "twice"],
    "birth.svg": ["birth", "-o", "{}", "user/more/twice.c"],
    "birth.txt": ["birth", "user/more/twice.c"],
}
TWICE = os.path.join(BUILD, ARCH, "user", "more", "twice")
# of all machines, side by side; in the first one's run
TRAPS = {"traps.svg": ["trap", "-o", "{}"], "traps.txt": ["trap"],
         "machines.md": ["machines", "-o", "{}"]}
if ARCH == next(iter(MACHINES)):
    EXAMPLES.update(TRAPS)
# frames are where memory was free: every change of the kernel moves them
FRAMES = re.compile(r"(frame |physical (?:address )?)0x[0-9a-f]+"
                    r"|\b0x[0-9a-f]{8}(?:[0-9a-f]{8})?\b")
# likewise every change of the linker or the C library its own functions, and
# of a header its lines
PLACES = re.compile(r"(\.so\.\d)\+0x[0-9a-f]+|\b(?:0x)?[0-9a-f]{8,10}\b"
                    r"|\b\d+(?=.lines,.with.those.of)")


def show_of(*words):
    """=> (status, output, errors)"""
    machine = ([] if words[0] in ("elf", "trap", "machines")
               else ["--arch", ARCH])
    words = [TWICE if word == "TWICE" else word for word in words]
    done = subprocess.run([LECTERN, "show", words[0], *machine,
                           *words[1:]], stdin=subprocess.DEVNULL, text=True,
                          env=dict(os.environ, TERM="dumb"), cwd=TOP,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    return done.returncode, done.stdout, done.stderr


def made(name, folder):
    """=> the picture of this name"""
    path = os.path.join(folder, name)
    if name.endswith(".md"):        # a page, in which tables are replaced
        shutil.copy(kept(name), path)
    status, out, errors = show_of(*(w.format(path) for w in EXAMPLES[name]))
    if status:
        raise Failure(f"{name}: {status}, {errors}")
    if "{}" not in EXAMPLES[name]:
        return out
    return read(path)


def kept(name):
    if name.endswith(".md"):
        return os.path.join(TOP, "docs", name)
    return os.path.join(FOLDER, name if name in TRAPS else f"{ARCH}-{name}")


def comparable(name, text):
    """Without what changes with files that are not shown."""
    if name.startswith(("stack", "plt", "birth")):
        return PLACES.sub(r"\1PLACE", text)
    return FRAMES.sub(r"\1FRAME", text)


def examples(tap, folder):
    build(ARCH, EVERYTHING)
    for name in EXAMPLES:
        try:
            text = made(name, folder)
            same = comparable(name, read(kept(name))) == comparable(name,
                                                            text)
        except (Failure, OSError) as why:
            tap.point(False, f"{name}", str(why))
            continue
        tap.point(same, f"{os.path.relpath(kept(name), TOP)} is what is there",
                  "" if same else "after a change that is meant: python3 "
                  f"test/run/show_test.py --make {ARCH}")
        if name.endswith(".svg"):
            ElementTree.fromstring(text)    # or an exception


def line_of_source(tap):
    """Before the line that maps the large area there is none."""
    with open(os.path.join(TOP, "user", "bin", "mapped.c")) as f:
        line = next(n for n, text in enumerate(f, 1) if "map(LARGE" in text)
    status, out, errors = show_of("space", "--at", f"mapped.c:{line}",
                                  "--at", "all_mapped", "--", "mapped")
    before, _, after = out.partition("moment 2: all_mapped")
    tap.point(not status and f"moment 1: mapped.c:{line}" in before
              and "20200000-" in before and "40000000-" not in before
              and "40000000-" in after, "a line of the program",
              out + errors)


def stack_of_debian(tap, folder):
    """A program of Debian's packages with the memory that is asked for."""
    path = os.path.join(folder, "stack.svg")
    status, _, errors = show_of(
        "stack", "--mem", "96M", "--packages", "libc6", "--output", path,
        "--", "getent", "passwd", "root")
    tap.point(not status, "the stack of a program of Debian's", errors)
    if not status:
        tap.point("passwd" in read(path), "has its arguments")
    status, _, errors = show_of("stack", "--mem", "1M", "--", "true")
    tap.point(status and "--mem" in errors, "in too little memory: none",
              errors)


def swap_image(folder):
    """=> an image as mkswap(8) makes it"""
    path, pages = os.path.join(folder, "swap.img"), 1024
    head = bytearray(4096)
    struct.pack_into("<II", head, 1024, 1, pages - 1)
    head[-10:] = b"SWAPSPACE2"
    with open(path, "wb") as f:
        f.write(head)
        f.truncate(pages * 4096)
    return path


def swapped(tap, folder):
    """user/more/paged.c: of 80 pages eight are there and 40 are out."""
    image, path = swap_image(folder), os.path.join(folder, "paged.svg")
    words = ("space", "--disk", image, "--at", "SIGURG")
    rows = "o" * 8 + "w" * 40 + "." * 16
    status, out, errors = show_of(*words, "--", "paged", "/dev/vda")
    tap.point(not status and re.search(rf"^.*\b{rows}\s*$", out, re.M),
              "swapped: as text", out + errors)
    status, out, errors = show_of(*words, "-o", path, "--", "paged",
                                  "/dev/vda")
    tap.point(not status, "swapped: a picture is made", errors)
    if status:
        return
    found = [(e.get("width"), e.get("height"))
             for e in ElementTree.parse(path).iter() if e.get("class") == "w"]
    cell = show_svg.CELL
    tap.point((str(40 * cell), str(cell)) in found,
              "swapped: with 40 squares", str(found))


def walk_page(tap, folder):
    """Each moment's picture, and what the text says of it."""
    path = os.path.join(folder, "walk.html")
    words = ("walk", "0x40201234", "--at", "all_mapped", "--at", "exit")
    status, _, errors = show_of(*words, "-o", path, "--", "mapped")
    tap.point(not status, "walk: a page of the moments", errors)
    if status:
        return
    page_ = read(path)
    _, text, _ = show_of(*words, "--", "mapped")
    titles = re.findall("^moment .*$", text, re.M)
    tap.point(len(titles) > 1 and titles == re.findall(
        '<section class="moment" aria-label="(.*?)"', page_),
        "walk: a section for each", f"{titles}\n{page_}")
    told = "\n".join(html.unescape(part).strip() for part in re.findall(
        "<pre[^>]*>(.*?)</pre>", page_, re.S))
    lines = [x for x in text.splitlines() if x.startswith("  ")]
    tap.point(len(lines) > 3 and not set(lines) - set(told.splitlines()),
              "walk: with the same as text", f"{text}\n{told}")
    drawn = [ElementTree.fromstring(part) for part in re.findall(
        '<svg [^>]*role="img".*?</svg>', page_, re.S)]
    tap.point(len(drawn) == len(titles) and all(
        any(e.get("class") == "hit" for e in one.iter()) for one in drawn),
        "walk: and the entries that are read", page_)


def wrong_c(folder, text):
    """=> a source of this text"""
    path = os.path.join(folder, f"wrong{len(os.listdir(folder))}.c")
    write(path, text)
    return path


def mapping(path):
    """Which sections are in which segments, as readelf says."""
    done = subprocess.run(["readelf", "-lW", path], stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, text=True)
    _, _, part = done.stdout.partition("Segment Sections...\n")
    return [line.split()[1:] for line in part.splitlines() if line.strip()]


def reader(tap, folder):
    """Files of the build: an outside reader puts sections where ours does."""
    build(ARCH, EVERYTHING)
    base, different, count = os.path.join(BUILD, ARCH), [], 0
    for top in ("user", "test/guest"):
        for place, _, names in os.walk(os.path.join(base, top)):
            for name in sorted(names):
                path = os.path.join(place, name)
                with open(path, "rb") as f:
                    if f.read(4) != b"\x7fELF":
                        continue
                count += 1
                file = elf.read(path)
                if [[s.name for s in file.sections if elf.is_inside(s, g)]
                        for g in file.segments] != mapping(path):
                    different.append(path)
    tap.point(count > 100 and not different,
              f"sections are in segments as readelf puts them, {count} files",
              "\n".join(different[:9]))


def cut(tap, folder):
    """A file that ends anywhere is shown or refused, and no more."""
    whole = read_bytes(TWICE)
    path, strange = os.path.join(folder, "cut"), []
    for size in [*range(0, 128, 7), *range(128, len(whole), 997)]:
        write(path, whole[:size])
        try:
            show_elf.text(elf.read(path))
        except Failure:
            pass
        except Exception as why:
            strange.append(f"{size}: {why!r}")
    for at in range(0, len(whole), 61):
        try:
            show_elf.svg(elf.Elf(whole[:at] + b"\xff" * 8 + whole[at + 8:],
                                 "torn"))
        except Failure:
            pass
        except Exception as why:
            strange.append(f"{at}: {why!r}")
    tap.point(not strange, "a torn file is shown or refused",
              "\n".join(strange[:9]))


def wrong(tap, folder):
    for name, words, status, said in (
            ("a moment", ("space", "--at", "forc", "--", "mapped"), 2,
             "no such place in mapped"),
            ("a signal", ("space", "--at", "SIGSEG", "--", "mapped"), 2,
             "similar: .*SIGSEGV"),
            ("a file's name", ("space", "-o", "x.png", "--", "mapped"), 2,
             "must end with .svg or .html"),
            ("no command", ("space",), 2, "after --"),
            ("an address", ("walk", "nonesuch", "--", "mapped"), 2,
             "no such name"),
            ("one of the kernel's", ("walk", "0xffffffffff", "--", "mapped"),
             2, "not an address of a program"),
            ("a moment that does not come",
             ("space", "--at", "SIGSEGV", "--", "mapped"), 122,
             "did not reach any such moment"),
            ("a program that is not there", ("space", "--", "nonesuch"), 127,
             "nonesuch could not be started"),
            ("a page without places for tables",
             ("machines", "-o", "docs/page.md"), 2, "no place for a table"),
            ("a page that is not there", ("machines", "-o", "nonesuch.md"), 2,
             "-o nonesuch.md: No such file"),
            ("not an ELF file", ("elf", "README.md"), 2,
             "README.md: not an ELF file"),
            ("no file", ("elf", "nonesuch"), 2, "nonesuch: No such file"),
            ("a folder", ("elf", "docs"), 2, "docs: Is a directory"),
            ("a picture of another kind", ("elf", "TWICE", "-o", "x.html"), 2,
             "must end with .svg"),
            ("a command where a file is wanted", ("elf", "TWICE", "--", "ls"),
             2, "no command"),
            ("no command for the stack", ("stack",), 2, "after --"),
            ("the stack of nothing", ("stack", "--", "nonesuch"), 127,
             "nonesuch could not be started"),
            ("the PLT of a static program", ("plt", "--", "ls"), 122,
             "no run-time linker"),
            ("a function that is not called",
             ("plt", "--function", "putz", "--", "twice"), 2, "similar: puts"),
            ("the birth of a text", ("birth", "README.md"), 2,
             "ends with .c"),
            ("the birth of nothing", ("birth", "nonesuch.c"), 2,
             "No such file"),
            ("what is no C", ("birth", wrong_c(folder, "int main(")), 2,
             "cannot be built: .*error: "),
            ("what calls nobody", ("birth", wrong_c(
                folder,
                "int none(void);\nint main(void) { return none(); }\n")),
             2, "undefined reference to `none'"),
            ("what has no main", ("birth", wrong_c(folder, "int x;\n")), 2,
             "undefined (symbol|reference).*main"),
    ):
        got, _, errors = show_of(*words)
        lines = [x for x in errors.splitlines() if x.startswith("lectern: ")]
        tap.point(got == status and re.search(said, errors)
                  and len(lines) == 1, f"refused: {name}",
                  f"{got}: {errors}")


def make_pictures():
    os.makedirs(FOLDER, exist_ok=True)
    build(ARCH, EVERYTHING)
    with tempfile.TemporaryDirectory() as folder:
        for name in filter(Tap().wanted, EXAMPLES):
            text = made(name, folder)
            write(kept(name), text)


def main():
    if "--make" in sys.argv:
        make_pictures()
        return
    tap = Points(shared=ARCH, each=("examples",))
    with tempfile.TemporaryDirectory(prefix="lectern-show-") as folder:
        for name, part in (("examples", examples),
                           ("reader", reader), ("cut", cut),
                           ("wrong", wrong), ("swapped", swapped),
                           ("of Debian", stack_of_debian),
                           ("walk page", walk_page),
                           ("line", lambda tap, _: line_of_source(tap))):
            if tap.wanted(name):
                part(tap, folder)
    tap.end()


if __name__ == "__main__":
    main()
