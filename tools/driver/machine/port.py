# SPDX-License-Identifier: MIT
"""`./lectern port new|check`: begin a port that links from the first day, and
show how far it is by the guide, docs/porting.md.

`new` writes arch/NAME from tools/skeleton and a row of arch/machines.tbl.
Functions and data of the contract that the port lacks stand in its
unimplemented.c: progress means deleting lines there.
"""
import collections
import os
import re
import shutil
import subprocess
import time

from machines import NEEDED, NUMBERS, OPTIONAL, Wrong, parse
import syscalls

from .. import checks, packages
from ..build import build
from ..common import (DEFAULT, EXIT_PANIC, EXIT_USAGE, MACHINES, TOP,
                      Failure, have, kernel_elf, near, say, write)
from .machine import Machine, Settings

TABLE = os.path.join(TOP, "arch", "machines.tbl")
SKELETON = os.path.join(TOP, "tools", "skeleton")
CONTRACT = ("include/lt/arch.h", "include/lt/page_ops.h")
# further headers, with what extensions need from a machine
ASKED = ("topics/debugger/regset.h",)
# what a new row takes over from the row that it is like; its packages and
# their versions are those of other commands
COPIED = NEEDED + ("firmware",)
LIMIT = 60              # seconds for a boot
# what a kernel without init says last; the machine may run on
LAST = ("end of kernel panic", "cannot start:")
# what it says when the table of the boot is gone, and where that is
AFTER_KMAP_SAID = "# the kernel's own page table is active"
AFTER_KMAP = "a line of the log between kmap_init() and arch_init()"

# A step of the guide: functions of the contract, cases of selftest=arch.
Step = collections.namedtuple("Step", "title functions cases")
STEPS = (
    Step("make it link", (), ()),
    Step("the first character", ("arch_early_putc",), ()),
    Step("an honest end", ("arch_end",), ()),
    Step("traps", ("arch_irq_enable", "arch_dump_regs", "arch_trap_of",
                   "arch_report_interrupted", "arch_task_fp",
                   "arch_stack_restart", "arch_on_stack", "tf_restart"),
         ("interrupt switch nests", "address layout",
          "backtrace stays in the text", "trap frame accessors")),
    Step("page tables", ("arch_mmu_activate", "arch_asid_bits",
                         "arch_tlb_page", "arch_tlb_asid", "arch_tlb_all",
                         "arch_icache_sync", "arch_clear_page",
                         "arch_copy_page"),
         ("page-table entry codec", "flushes forget a page",
          "address-space identifiers separate")),
    Step("user memory", ("arch_copy_in", "arch_copy_out", "arch_clear_user",
                         "arch_strncpy_in", "arch_user_load32",
                         "arch_user_cmpxchg32"),
         ("user copies count exactly", "user strings", "atomic user words")),
    Step("tasks", ("arch_switch", "arch_kthread_init", "arch_fork_init",
                   "arch_fork_tls", "arch_exec_init"),
         ("context switch", "first frame of a program")),
    Step("time and interrupts", ("arch_clock", "arch_timer",
                                 "arch_cpu_idle", "arch_irq_claim",
                                 "arch_irq_complete", "arch_irq_put_off",
                                 "arch_irq_route", "arch_init",
                                 "arch_cpu_start", "arch_cpu_init",
                                 "arch_ipi_send"),
         ("clock is monotonic", "timer fires, a past one too",
          "backtrace names who was interrupted",
          "interrupts keep registers")),
    Step("programs", ("arch_signal_push", "arch_signal_pop", "arch_vdso",
                      "arch_cpuinfo", "arch_regsets",
                      "arch_regset_get", "arch_regset_set", "arch_regs_sync",
                      "arch_single_step"),
         ("signals come back", "signal-return code", "the port's own")),
    Step("the outside judge", (), ()),
)
# Called by a panic or the log itself: a panic in these would never end.
QUIET = {
    "arch_early_putc": "", "arch_dump_regs": "",
    "arch_ipi_send": "", "arch_end": "\tfor (;;)\n\t\t;\n",
    "arch_clock": "\treturn 0;\n", "arch_trap_of": "\treturn NULL;\n",
    "arch_report_interrupted": "\treturn 0;\n",
    # already correct for many machines
    "arch_asid_bits": "\treturn 0;\n",
}
# Functions of the skeleton's own headers.
OWN = "void arch_irq_enable(void);\nvoid tf_restart(struct trapframe *tf);\n"


# ---- the contract ----------------------------------------------------------

def contract(headers=CONTRACT + ASKED):
    """Return: [(name, declaration)] of functions, [(name, type)] of data"""
    text = OWN
    for name in headers:
        with open(os.path.join(TOP, name)) as f:
            text += f.read().split("/* ---- Up:")[0]
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
    # functions of ports that define a constant
    text = re.sub(r"^#ifdef ARCH_\w+\n.*?^#endif", "", text,
                  flags=re.S | re.M)
    calls = re.findall(
        r"^((?:const |unsigned |struct )*\w+ (?:\*)?)((?:arch|tf)_\w+)"
        r"(\([^;{]*?\))(?:\s*__attribute__\(\(noreturn\)\))?;", text, re.M)
    data = re.findall(r"^extern const (struct \w+) (arch_\w+)(\[\])?;", text,
                      re.M)
    return ([(name, before + name + re.sub(r"\s+", " ", arguments))
             for before, name, arguments in calls],
            [(name, f"const {kind} {name}{array}")
             for kind, name, array in data])


def wrapped(declaration):
    """Wrap the head of a function to 80 columns."""
    if len(declaration) <= 80:
        return declaration
    head, _, arguments = declaration.partition("(")
    lines, line = [], head + "("
    for word in arguments.split(", "):
        if len(line.expandtabs(8)) + len(word) > 76 and not line.endswith("("):
            lines.append(line.rstrip())
            line = "\t\t"
        line += word + ", "
    return "\n".join(lines + [line[:-2]])


def unimplemented():
    """Return: the text of a port's unimplemented.c"""
    functions, data = contract()
    out = ["/* SPDX-License-Identifier: MIT */", "/*",
           " * What this port lacks.  Delete an entry when you write the real"
           " one;",
           " * `lectern port check` says which come next.", " */",
           "#include <arch/uabi.h>",
           *(f"#include <{name}>" for name in ASKED),
           "#include <lt/arch.h>", "#include <lt/bug.h>", "",
           "struct task *current_stand_in;",
           "/* labels of trap.S and switch.S */",
           "const char trap_code[1], trap_code_end[1];",
           "const char trap_return[1], on_stack_return[1];", ""]
    for name, text in data:
        value = "{ { 0 } }" if text.endswith("[]") else "{ 0 }"
        out += [f"{text} = {value};", ""]
    for name, text in functions:
        body = QUIET.get(name, f'\tpanic("{name} is not implemented");\n')
        out.append(f"{wrapped(text)}\n{{\n{body}}}\n")
    return "\n".join(out)


def lacking(folder):
    """Return: the names that unimplemented.c still has"""
    try:
        with open(os.path.join(folder, "unimplemented.c")) as f:
            text = f.read()
    except OSError:
        return []
    return re.findall(r"^(?:\w.*?)?\b((?:arch|tf)_\w+)(?:\(|\[\] =| =)", text,
                      re.M)


# ---- new -------------------------------------------------------------------

def layout(m):
    """Return: the address constants for the skeleton's headers"""
    levels, index = m.tables
    top = 12 + index * (levels - 1)         # bits below the root's index
    first = m.kernel + m.ram                # address in the kernel's half
    whole = top + index >= m.bits
    half = first if whole else 1 << (top + index - 1)
    # entries of the root: the window begins with one, the last one stays free
    base = -(-(m.kernel + m.direct) >> top) << top
    last = (1 << m.bits) - (1 << top)
    if base >= last:
        raise Failure(f"kernel={m.kernel:#x} and direct={m.direct:#x} leave no "
                      f"entry of the root table (tables={levels} {index}) "
                      "above the direct map: the window for kernel stacks and "
                      "devices begins there", EXIT_USAGE)
    return {"vmap_base": hex(base),
            "vmap_end": hex(min(base + (1 << 32), last)),
            "user_top": hex(half - 4096),
            "dyn_base": hex(half // 3 * 2 & ~0xfff),
            "kernel_first": (first >> top if whole else 1 << index - 1)
            & (1 << index) - 1,
            "levels": levels, "index": index,
            "direct": hex(m.direct), "bits": m.bits,
            "class": m.bits // 32, "name": m.name, "folder": m.folder}


def row(name, like, changes):
    """Return: the text of a row: the row of `like` with these changes"""
    with open(TABLE) as f:
        text = f.read()
    start = text.index(f"\nmachine {like}\n") + 1
    end = text.find("\nmachine ", start)
    found, key = {}, None
    for line in text[start:end if end > 0 else None].splitlines()[1:]:
        if line.startswith("\t\t\t") and key:
            found[key] += "\n" + line
        elif line.startswith("\t") and not line.lstrip().startswith("#"):
            key, _, value = line.strip().partition("\t")
            found[key] = value.strip()
    found.update(folder=name, **changes)
    found["step"] = "0"
    return f"\nmachine {name}\n" + "".join(
        f"\t{key}{chr(9) * (1 if len(key) > 7 else 2)}{value}\n"
        for key, value in found.items()
        if key in (*COPIED, "step", *changes))


def changes_of(words):
    """Parse KEY=VALUE of --set. Return: {key: value}"""
    known = [key for key in NEEDED + OPTIONAL if key not in ("folder", "step")]
    found = {}
    for word in words:
        key, equal, value = word.partition("=")
        if not equal or key not in known:
            raise Failure(f"--set {word}: not KEY=VALUE of a row of "
                          f"arch/machines.tbl{near(key, known)}", EXIT_USAGE)
        if key in NUMBERS and not re.fullmatch(r"0x[0-9a-f]+|\d+", value):
            raise Failure(f"--set {word}: {key} must be a number", EXIT_USAGE)
        found[key] = value
    return found


def check_name(name):
    if not re.fullmatch(r"[a-z][a-z0-9_]{1,15}", name):
        raise Failure(f"{name} cannot name a machine: use 2 to 16 lower-case "
                      "letters, digits and _, a letter first", EXIT_USAGE)
    for taken in (os.path.join(TOP, "arch", name),):
        if name in MACHINES or os.path.exists(taken):
            raise Failure(f"{name} is taken: see arch/machines.tbl and arch/",
                          EXIT_USAGE)


def like_of(word):
    """Return: the machine with this name, or whose folder has it"""
    for m in MACHINES.values():
        if word in (m.name, m.folder):
            return m.name
    known = [n for m in MACHINES.values() for n in (m.name, m.folder)]
    raise Failure(f"--like {word}: no machine or port{near(word, known)}; "
                  f"there are {', '.join(MACHINES)}", EXIT_USAGE)


def new_machine(name, text):
    try:
        m = parse(text)[name]
    except Wrong as why:
        raise Failure(str(why), EXIT_USAGE) from None
    if m.syscalls not in syscalls.COLUMNS:
        raise Failure(f"--set syscalls={m.syscalls}: kernel/syscall/"
                      "syscalls.tbl has no such column; until step 8 of the "
                      "guide, any of " + " ".join(syscalls.COLUMNS) + " will "
                      "do", EXIT_USAGE)
    if not have(m.tool("gcc")):
        brings = packages.packages_of([m.tool("gcc")])
        raise Failure(f"no compiler {m.tool('gcc')}"
                      + (f"; install it with: apt-get install "
                         f"{' '.join(brings)}" if brings else
                         "; --set tools=PREFIX names another"), EXIT_USAGE)
    return m


def takes_flags(m, path):
    """True if the machine's compiler knows the flags of a meson.build."""
    with open(path) as f:
        flags = re.findall(r"'(-[^']+)'", " ".join(re.findall(
            r"^kernel_arch_args = \[(.*?)\]", f.read(), re.M | re.S)))
    return not subprocess.run(
        [m.tool("gcc"), *flags, "-E", "-x", "c", os.devnull],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode


def skeleton(m, like, folder):
    """Write the files of a port from the skeleton; the flags are those of
    `like`, if the compiler knows them."""
    words = layout(m)
    write(os.path.join(folder, "unimplemented.c"), unimplemented())
    for where, _, names in os.walk(SKELETON):
        for name in names:
            with open(os.path.join(where, name)) as f:
                text = re.sub(r"@(\w+)@", lambda w: str(words[w[1]]), f.read())
            inside = os.path.relpath(os.path.join(where, name), SKELETON)
            write(os.path.join(folder, inside), text)
    flags = os.path.join(TOP, "arch", MACHINES[like].folder, "meson.build")
    if not takes_flags(m, flags):
        return
    with open(flags) as f:
        # dev/uart.c needs the console's chip; other chips may differ
        text = re.sub(r"^chips = \[(.*?)\]", lambda m: "chips = [%s]"
                      % ", ".join(re.findall(r"'(?:ns16550|serial)\w*'", m[1])),
                      f.read(), flags=re.M | re.S)
        # an address of the other machine
        text = re.sub("^shadow_offset = .*", "shadow_offset = ''", text,
                      flags=re.M)
    write(os.path.join(folder, "meson.build"), text)


def new(options):
    check_name(options.name)
    like = like_of(options.like)
    text = row(options.name, like, changes_of(options.set))
    m = new_machine(options.name, text)
    folder = os.path.join(TOP, "arch", options.name)
    try:
        skeleton(m, like, folder)
        with open(TABLE, "a") as f:
            f.write(text)
        m.write_cross()
    except OSError:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    say(f"wrote arch/{options.name} and its row of arch/machines.tbl, where "
        "`packages` can name what Debian has its compiler and QEMU in; "
        f"see docs/porting.md and lectern port check {options.name}")
    return 0


# ---- check -----------------------------------------------------------------

Boot = collections.namedtuple("Boot", "text status errors", defaults=("",))


def boot(arch):
    """Run the kernel with selftest=arch. Return: its output, its last byte,
    what QEMU says"""
    packages.require([MACHINES[arch].qemu], False)
    limit = LIMIT * float(os.environ.get("LECTERN_PATIENCE", "1"))
    s = Settings(arch)
    s.append = ["selftest=arch", "selftest_early"]
    s.kernel = kernel_elf(folder_of(arch))
    said, until = b"", time.monotonic() + limit
    with Machine(s) as running:
        console = running.sockets["console"]
        while running.process.poll() is None and until > time.monotonic():
            console.settimeout(0.5)
            try:
                said += console.recv(1 << 16)
            except OSError:
                pass
            if any(last.encode() in said for last in LAST):
                until = min(until, time.monotonic() + 2)
        status, errors = running.end_status(), running.errors()
    return Boot(said.decode(errors="replace").replace("\r", ""), status,
                errors)


def cases(text):
    """Return: {case of selftest=arch: True if it passed}"""
    return {name: not bad for bad, name in
            re.findall(r"\b(not )?ok \d+ - arch: (.*)", text)}


def seen(number, run, passed):
    """Return: [(what, good)] of a step's visible results"""
    step = STEPS[number]
    if number == 1:
        return [("a character", re.search("[!-~]", run.text) is not None)]
    if number == 2:
        # this kernel has no init; one that hangs did not try to end, and one
        # that ends may have lost its console before
        tried = any(last in run.text for last in LAST)
        return [(f"an end with status {EXIT_PANIC}",
                 run.status == EXIT_PANIC or
                 run.status is None and not tried)]
    found = [(case, passed.get(case, False)) for case in step.cases]
    if number == 4:
        found.insert(1, (AFTER_KMAP, AFTER_KMAP_SAID in run.text))
    return found


def tell(number, lack, found, passed):
    """Print the lines of one step."""
    bad = [what for what, good in found if not good]
    step = STEPS[number]
    print(f"{'here' if lack or bad else 'done'}  {number}. {step.title}")
    for name in lack:
        print(f"        {name} is still in unimplemented.c")
    for what, good in found:
        print(f"        {'ok' if good else 'not ok' if what in passed else 'not seen'}"
              f"  {what}")
    return not lack and not bad


def last_line(text):
    """Return: the reason of a panic, or the last line of output"""
    lines = [line for line in text.splitlines() if line.strip()]
    return next((line for line in lines if "kernel panic:" in line),
                lines[-1] if lines else "")


def steps(arch, rest, run):
    """Print each step up to the first unfinished one. Return: its number"""
    passed = cases(run.text)
    for number, step in enumerate(STEPS):
        lack = [name for name in step.functions if name in rest]
        if number == len(STEPS) - 1:
            print(f"here  {number}. {step.title}: lectern test --arch {arch}")
        elif not tell(number, lack, seen(number, run, passed), passed):
            return number
    return len(STEPS) - 1


def folder_of(arch):
    """Return: the build folder of a small kernel: core and self-tests"""
    return arch + "-port"


def build_kernel(arch):
    """Build only the kernel: programs may not work yet. Return: True if it
    links"""
    try:
        build(folder_of(arch), ["lectern.elf"], arch=arch, options=(
            "-Dkernel_only=true",
            "-Dextensions=" + checks.extensions.needed("selftest")))
    except Failure as why:
        wanted = sorted(set(re.findall(r"undefined reference to `(\w+)'",
                                       str(why))))
        if not wanted:
            raise
        print("here  0. make it link")
        for name in wanted:
            print(f"        {name} is defined nowhere")
        return False
    return True


def check(options):
    name = options.name
    if name not in MACHINES:
        raise Failure(f"no machine {name}{near(name, MACHINES)}; begin one with "
                      f"lectern port new {name} --like {DEFAULT}", EXIT_USAGE)
    packages.require(packages.for_build(name), False)
    rest = lacking(os.path.join(TOP, "arch", MACHINES[name].folder))
    if not build_kernel(name):
        return 1
    # before the first character nothing can be seen
    run = Boot("", None) if STEPS[1].functions[0] in rest else boot(name)
    reached = steps(name, rest, run)
    print(f"{len(rest)} functions of the contract are missing")
    if reached != MACHINES[name].step != "":
        print(f"write `step {reached}` into the row of arch/machines.tbl, or "
              "find out what was lost")
    if reached < len(STEPS) - 1 and run.text.strip():
        print(f"the machine: {last_line(run.text)}")
    if reached < len(STEPS) - 1 and run.errors:
        print(f"QEMU: {last_line(run.errors)}")
    return 0 if reached == len(STEPS) - 1 else 1


# ---- the command -----------------------------------------------------------

def add_options(parser):
    sub = parser.add_subparsers(dest="what", required=True,
                                metavar="new|check")
    p = sub.add_parser("new", allow_abbrev=False,
                       help="write a folder of arch/ that links, and a row")
    p.add_argument("name", metavar="NAME")
    p.add_argument("--like", required=True, metavar="PORT",
                   help="the machine whose row and flags to copy")
    p.add_argument("--set", action="append", default=[], metavar="KEY=VALUE",
                   help="change an entry of the row")
    p = sub.add_parser("check", allow_abbrev=False,
                       help="show the current step of docs/porting.md")
    p.add_argument("name", metavar="NAME")


def port(options):
    return {"new": new, "check": check}[options.what](options)
