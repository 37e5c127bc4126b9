# SPDX-License-Identifier: MIT
"""`./lectern show WHAT`: pictures of programs.

`space` and `walk` show a program's memory, read from the live process.  In the
guest, user/bin/moments runs the program under ptrace(2) and prints two files of
its processes at each moment: the areas from /proc/PID/space, and the page
tables from /proc/PID/tables.  The kernel writes them under its own locks, so no
debugger needs to know its structures.  Time is counted in instructions and
addresses are not randomised, so a picture can be repeated.  The other pictures
have a file each: show_elf, show_stack, show_plt, show_birth, show_trap,
show_machines.
"""
import os
import re
import signal
import struct
import subprocess
import sys
import tempfile

from .. import packages
from ..machine import debug
from ..machine import run as run_module
from ..build import MORE, USUAL, build, build_to_run
from ..common import (ARCHES, DEFAULT, EXIT_BROKEN, EXIT_USAGE, MACHINES, NAMED, TOP,
                      Failure, near)
from ..progress import Waiting

NOT_STARTED = 126, 127          # as a shell tells it, and so does `run`
EVENTS = ("exec", "fork", "exit", "signal")
MOMENTS = "/usr/lectern/bin/moments"
SIGNALS = {s.value: s.name for s in signal.Signals}


def add_output(parser, kinds):
    parser.add_argument("-o", "--output", metavar="FILE",
                        help=f"write an {kinds} file (default: print text)")


def add_install(parser):
    parser.add_argument("--no-install", action="store_true",
                        help="name missing packages, but do not install them")


def add_common(parser):
    run_module.add_machine_options(parser)
    p = parser
    p.add_argument("--disk", action="append", default=[], metavar="IMG",
                   help="a disk image: /dev/vda, vdb...")
    add_install(p)
    add_output(p, ".svg or .html")
    from .. import words
    words.meant(p.add_argument(
        "--at", action="append", metavar="MOMENT",
        help="exec, fork, exit, signal, a signal's name, or a place in the "
             "program in GDB's notation, such as main or file.c:12; repeatable "
             "(default: exit; in an .html page all except places)"),
        lambda: [*EVENTS, *SIGNALS.values()])


def add_options(parser):
    sub = parser.add_subparsers(dest="what", metavar="WHAT", required=True)
    add_common(sub.add_parser(
        "space", allow_abbrev=False,
        help="draw the areas of a process, page by page, and its page tables"))
    p = sub.add_parser(
        "walk", allow_abbrev=False,
        help="draw how an address is translated, level by level")
    p.add_argument("address", metavar="ADDRESS",
                   help="a number, or a name in the program")
    add_common(p)
    add_programs(sub)


def add_programs(sub):
    """Add the pictures of how a program is built, started and run."""
    p = sub.add_parser(
        "elf", allow_abbrev=False,
        help="compare the sections and segments of a file")
    p.add_argument("file", metavar="FILE")
    add_output(p, ".svg")
    p = sub.add_parser(
        "stack", allow_abbrev=False,
        help="draw the stack before the first instruction of a program (after "
             "--)")
    run_module.add_machine_options(p)
    add_install(p)
    add_output(p, ".svg")
    p = sub.add_parser(
        "plt", allow_abbrev=False,
        help="draw a function's PLT and GOT entries, before and after the "
             "first call (program after --)")
    run_module.add_machine_options(p)
    add_install(p)
    add_output(p, ".svg")
    p.add_argument("--function", metavar="NAME",
                   help="the function (default: the first that is called)")
    p = sub.add_parser(
        "birth", allow_abbrev=False,
        help="draw one program from its source to its first instruction")
    p.add_argument("file", metavar="FILE.c")
    p.add_argument("--arch", choices=NAMED, default=DEFAULT,
                   help=f"machine (default: {DEFAULT})")
    add_install(p)
    add_output(p, ".svg")
    for what, output, text in (
            ("trap", ".svg", "draw the way into the kernel and back, in "
             "executed instructions"),
            ("machines", ".md", "compare the ports: their page-table entries, "
             "and what they execute in a trap, a flush, a switch, a copy")):
        p = sub.add_parser(what, allow_abbrev=False, help=text)
        p.add_argument("--arch", choices=NAMED, action="append",
                       help="only this machine; repeatable (default: all, side "
                            "by side)")
        add_install(p)
        add_output(p, output)


# ---- moments ---------------------------------------------------------------

def kind_of(output, kinds=("svg", "html")):
    """Return: text, svg or html, by the name of the file"""
    if output is None:
        return "text"
    suffix = os.path.splitext(output)[1][1:].lower()
    if suffix not in kinds:
        raise Failure(f"-o {output}: the name of a picture must end with "
                      + " or ".join("." + k for k in kinds), EXIT_USAGE)
    return suffix


def sort_moments(asked):
    """Return: (the stops for moments, places in the program)"""
    numbers = {name: str(number) for number, name in SIGNALS.items()}
    stops = [numbers.get(word, word) for word in asked
             if word in EVENTS or word in numbers]
    places = [word for word in asked
              if word not in EVENTS and word not in numbers]
    for word in places:
        if word.startswith("SIG") or not re.fullmatch(r"[\w.:/*+-]+", word):
            raise Failure(f"--at {word}: no such moment"
                          + near(word, [*EVENTS, *numbers]), EXIT_USAGE)
    return stops, places


def entry_point(path):
    """Return: the address where an ELF program begins"""
    with open(path, "rb") as f:
        head = f.read(32)
    wide = head[4] == 2
    return struct.unpack_from("<Q" if wide else "<I", head, 24)[0]


def place_offset(program, place, arch):
    """Return: a place in GDB's notation, as bytes after the entry point"""
    done = subprocess.run(
        ["gdb-multiarch", "-q", "-nx", "-batch", "-iex",
         f"set architecture {MACHINES[arch].gdb}", program,
         "-ex", f"info line {place}"],
        text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    found = re.search(r"(?:starts|is) at address (0x[0-9a-f]+)", done.stdout)
    if not found:
        raise Failure(f"--at {place}: no such place in "
                      f"{os.path.basename(program)}", EXIT_USAGE)
    return int(found[1], 16) - entry_point(program)


def program_of(options, command, why):
    path = debug.program_file(options.arch, command, options.add)
    if not path:
        raise Failure(f"{why}: {command[0]} is not a program of this tree, "
                      "and --add names no file for it", EXIT_USAGE)
    return path


def address_of(options, command):
    """Parse a number, or the name of a symbol. Return: the address"""
    text = options.address
    try:
        va = int(text, 0)
    except ValueError:
        va = None
    if va is None:
        program = program_of(options, command, text)
        done = subprocess.run(["nm", program], text=True,
                              stdout=subprocess.PIPE)
        va = next((int(line.split()[0], 16) for line in
                   done.stdout.splitlines()
                   if line.split()[2:] == [text]), None)
    levels, bits = MACHINES[options.arch].tables
    if va is None:
        raise Failure(f"{text}: no such name in {command[0]}", EXIT_USAGE)
    if not 0 <= va < 1 << 12 + levels * bits:
        raise Failure(f"{text}: not an address of a program", EXIT_USAGE)
    return va


# ---- the guest -------------------------------------------------------------

def machine_words(options):
    words = run_module.machine_arguments(options)
    for image in getattr(options, "disk", ()):
        words += ["--disk", image]
    return words + ["--append", "noaslr"] + (
        ["--icount"] if options.smp is None else [])


def birth_words(options):
    """Return: the machine options for a program that is built on the way"""
    words = ["--arch", options.arch, "--append", "noaslr", "--icount"]
    return words + (["--no-install"] if options.no_install else [])


def record(options, command, stops, places):
    """Run the program. Return: the output of moments"""
    arguments = ["-w", ",".join(stops) or "none"]
    for place, offset in places:
        arguments += ["-b", f"{offset},{place}"]
    with tempfile.TemporaryDirectory(prefix="lectern-") as folder:
        words = os.path.join(folder, "status")
        with Waiting(f"running {command[0]}", beside=True):
            done = subprocess.run(
                [os.path.join(TOP, "lectern"), "run", *machine_words(options),
                 "--status-file", words, "--", MOMENTS, *arguments, "--",
                 *command], stdout=subprocess.PIPE)
        with open(words) as f:
            ended = f.read()
    if not re.match(r"exit|signal", ended):
        raise Failure("the run was broken off, so there is no picture",
                      done.returncode)
    if done.returncode in NOT_STARTED and not done.stdout:
        raise Failure(f"{command[0]} could not be started", done.returncode)
    return done.stdout.decode(errors="replace")


def chosen(moments, options, kind):
    """Return: [(number, moment)] of the moments that are asked for"""
    found = list(enumerate(moments, 1))
    if not options.at and kind != "html":
        found = found[-1:]
    if not found:
        raise Failure("the program did not reach any such moment: "
                      + ", ".join(options.at or EVENTS), EXIT_BROKEN)
    return found


# ---- the command -----------------------------------------------------------

def picture(options, kind, moments, va):
    from . import show_html, show_record, show_svg, show_text
    show_record.compare(moments)
    if options.what == "walk":
        if kind == "text":
            return show_text.walk(moments, va, options.arch)
        if kind == "svg":
            return show_svg.walk(moments, va, options.arch)
        return show_html.page(
            f"Translation of {va:#x}", moments, options.arch,
            lambda m: show_svg.walk_body([m], va, options.arch, False),
            lambda m: show_text.walk([m], va, options.arch))
    if kind == "text":
        return show_text.space(moments, options.arch)
    if kind == "svg":
        return show_svg.space(moments, options.arch)
    return show_html.page(
        "Address space", moments, options.arch,
        lambda m: show_svg.space_body([m], options.arch, False),
        lambda m: show_text.space([m], options.arch))


def written(text, output):
    """Write text to the terminal, or to a file. Return: the exit status"""
    if output is None:
        sys.stdout.write(text)
        return 0
    try:
        with open(output, "w") as f:
            f.write(text)
    except OSError as why:
        raise Failure(f"-o {output}: {why.strerror}", EXIT_USAGE) from None
    return 0


def of_file(options, kind):
    """elf and birth: draw a file of the host; trap and machines: the kernel's
    code."""
    if options.what == "elf":
        from . import elf, show_elf
        file = elf.read(options.file)
        return show_elf.svg(file) if kind == "svg" else show_elf.text(file)
    if options.what in ("trap", "machines"):
        from . import show_machines, show_trap
        arches = options.arch or list(ARCHES)
        if options.what == "trap":
            return show_trap.draw(arches, options.no_install, kind)
        return show_machines.draw(arches, options.no_install, options.output)
    from . import show_birth
    show_birth.check(options.file)
    packages.require(packages.for_run(options.arch), not options.no_install)
    build(options.arch, (USUAL, MORE))
    return show_birth.draw(options, birth_words(options), kind)


def of_process(options, command, kind):
    """stack and plt: draw a stopped program."""
    from . import show_plt, show_stack
    packages.require(packages.for_run(options.arch), not options.no_install)
    build_to_run(options.arch, command)
    module = show_stack if options.what == "stack" else show_plt
    return module.draw(options, command, machine_words(options), kind)


def of_memory(options, command, kind):
    """space and walk: draw memory at moments."""
    from . import show_record
    asked = options.at or (EVENTS if kind == "html" else ("exit",))
    stops, names = sort_moments(asked)
    packages.require(packages.for_run(options.arch)
                     + (["gdb-multiarch"] if names else []),
                     not options.no_install)
    build_to_run(options.arch, command)
    places = [(name, place_offset(program_of(options, command, f"--at {name}"),
                                  name, options.arch)) for name in names]
    va = address_of(options, command) if options.what == "walk" else None
    moments = show_record.read(record(options, command, stops, places),
                               options.arch, SIGNALS)
    return picture(options, kind, chosen(moments, options, kind), va)


OF_FILE = ("elf", "birth", "trap", "machines")
OF_PROCESS = ("stack", "plt")


def show(options, command):
    """Carry out the `show` command. Return: the exit status"""
    if options.what in OF_FILE and command:
        raise Failure(f"show {options.what} takes no command after --",
                      EXIT_USAGE)
    if options.what not in OF_FILE and not command:
        raise Failure(f"show {options.what}: put the program after --",
                      EXIT_USAGE)
    with Waiting(f"drawing {options.what}"):
        text = drawn(options, command)
    return written(text, options.output)


def drawn(options, command):
    if options.what in OF_FILE:
        return of_file(options, kind_of(options.output, (
            "md" if options.what == "machines" else "svg",)))
    if options.what in OF_PROCESS:
        return of_process(options, command,
                          kind_of(options.output, ("svg",)))
    return of_memory(options, command, kind_of(options.output))
