# SPDX-License-Identifier: MIT
"""GDB commands that know Lectern: lt-ps, lt-vma, lt-walk, lt-trapframe,
lt-where, and the function $lt_on_cpu.

Kernel data is read by physical address, in whatever mode the CPU has stopped:
with a user program on the CPU, addresses of the kernel are not mapped.  The
kernel's own stub knows no physical addresses; but it stops in the kernel, and
can read the direct map.  GDB's threads are CPUs under QEMU, tasks under the
stub.  The layout of structures comes from the kernel's debug information, so
this file need not follow changes of them.  A TASK is a number, or a name if
only one task has it.
"""
import contextlib
import functools
import glob
import itertools
import os
import re
import signal
import sys
import threading

import gdb

TOP = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.realpath(__file__))))
sys.path.insert(0, os.path.join(TOP, "tools"))
import entries  # noqa: E402
from driver.show.show_record import FLAGS  # noqa: E402
from machines import MACHINES  # noqa: E402


def row():
    """Return: the machine's row of arch/machines.tbl"""
    name = gdb.selected_inferior().architecture().name()
    for m in MACHINES.values():
        if m.gdb == name:
            return m
    raise gdb.GdbError(f"not one of Lectern's machines: {name}")


def machine():
    """Return: kernel offset, size of a word, levels, index bits"""
    m = row()
    return m.kernel, m.bits // 8, *m.tables


def port():
    """Return: the machine's arch/NAME/tools.py"""
    found = row().port()
    if found is None:
        raise gdb.GdbError(f"arch/{row().folder} has no tools.py yet")
    return found


def word_mask():
    return (1 << 8 * machine()[1]) - 1


def by_stub():
    """True if the kernel's own stub serves GDB."""
    return is_of_stub(gdb.selected_inferior().connection_num)


@functools.lru_cache(None)
def is_of_stub(connection):
    """True for the connection of the stub, which does not know QEMU's packet.
    GDB never uses a connection number again, so the slow line is asked once."""
    said = gdb.execute("maintenance packet qqemu.PhyMemMode", to_string=True)
    return said.rstrip().endswith('""')


def in_direct_map(address, size):
    """Return: the kernel address of physical memory in the direct map"""
    m = row()
    if not 0 <= address <= m.direct - size:
        raise gdb.GdbError(f"physical memory at {address:#x} lies outside the "
                           "kernel's direct map: its own stub cannot reach it")
    return address + m.kernel


@contextlib.contextmanager
def physical(address, size):
    """Make the memory at a physical address readable and writable.
    Return: the address that it has meanwhile"""
    if by_stub():
        yield in_direct_map(address, size)
        return
    gdb.execute("maintenance packet Qqemu.PhyMemMode:1", to_string=True)
    try:
        gdb.execute("maintenance flush dcache", to_string=True)
        yield address
    finally:
        gdb.execute("maintenance packet Qqemu.PhyMemMode:0", to_string=True)
        gdb.execute("maintenance flush dcache", to_string=True)


def read_phys(address, size):
    """Return: bytes of physical memory"""
    with physical(address, size) as at:
        return bytes(gdb.selected_inferior().read_memory(at, size))


def write_phys(address, data):
    with physical(address, len(data)) as at:
        gdb.selected_inferior().write_memory(at, data)


def read_word(address):
    size = machine()[1]
    return int.from_bytes(read_phys(address, size), "little")


# ---- page tables -----------------------------------------------------------

def steps(root, va):
    """Yield each step of a walk: (level, address of the entry, entry)."""
    _, size, levels, bits = machine()
    table = root
    for level in reversed(range(levels)):
        index = va >> (12 + bits * level) & ((1 << bits) - 1)
        slot = table + index * size
        entry = read_word(slot)
        yield level, slot, entry
        if not present(entry) or leaf(entry, level):
            return
        table = frame(entry)


def present(entry):
    return bool(entry & 1)


def leaf(entry, level):
    return port().is_leaf(entry, level)


def frame(entry):
    return entries.frame(row().folder, entry) << 12


def translate(root, va):
    """Return: the physical address for a virtual one; None if not mapped"""
    bits = machine()[3]
    for level, _, entry in steps(root, va):
        if present(entry) and leaf(entry, level):
            inside = (1 << (12 + bits * level)) - 1
            return (frame(entry) & ~inside) | (va & inside)
    return None


def flags(entry, level):
    return " ".join(entries.flags(row().folder, entry)) or "-"


# ---- kernel data -----------------------------------------------------------

def phys(va):
    """Return: a kernel address's physical one, by direct map or page tables"""
    offset = machine()[0]
    end = offset + row().direct
    if offset <= va < end:
        return va - offset
    found = translate(kernel_root(), va)
    if found is None:
        raise gdb.GdbError(f"kernel address {va:#x} is not mapped")
    return found


def read_kernel(va, size):
    """Return: the bytes at a kernel address, read page by page"""
    out = b""
    while size:
        n = min(size, 4096 - va % 4096)
        out += read_phys(phys(va), n)
        va, size = va + n, size - n
    return out


def symbol(name):
    """Return: (address, type) of a kernel variable"""
    found = gdb.lookup_global_symbol(name) or gdb.lookup_static_symbol(name)
    if found is None:
        raise gdb.GdbError(f"no symbol {name}: is lectern.elf loaded?")
    value = found.value()
    return int(value.address) & word_mask(), value.type


def root_of(space, va):
    """Return: the root from which a CPU with this space, or none, translates an
    address.  Where the root has the kernel's addresses at the places of the
    program's, the machine has another root for them."""
    offset, _, levels, bits = machine()
    apart = not offset >> (12 + bits * (levels - 1)) & ((1 << bits) - 1)
    return kernel_root() if not space or apart and va >= offset else \
        space.int("root")


def kernel_root():
    address, kind = symbol("kernel_root")
    return int.from_bytes(
        read_phys(address - machine()[0], kind.sizeof), "little")


class Struct:
    """A structure of the kernel, read once; its fields by name."""

    def __init__(self, address, kind):
        self.address = address
        self.type = kind.strip_typedefs()
        self.bytes = read_kernel(address, self.type.sizeof)

    def field(self, path):
        """Return: (offset, type) of a field such as "path.dentry\""""
        offset, kind = 0, self.type
        for name in path.split("."):
            f = next((f for f in kind.fields() if f.name == name), None)
            if f is None:
                raise gdb.GdbError(f"{kind} has no field {name}")
            offset += f.bitpos // 8
            kind = f.type.strip_typedefs()
        return offset, kind

    def int(self, path):
        offset, kind = self.field(path)
        while kind.code == gdb.TYPE_CODE_STRUCT:    # a wrapped number
            first = kind.fields()[0]
            offset += first.bitpos // 8
            kind = first.type.strip_typedefs()
        signed = (kind.code == gdb.TYPE_CODE_INT and kind.is_signed)
        return int.from_bytes(self.bytes[offset:offset + kind.sizeof],
                              "little", signed=signed)

    def words(self, path):
        """Return: the values of an array of unsigned numbers"""
        offset, kind = self.field(path)
        data = self.bytes[offset:offset + kind.sizeof]
        size = kind.target().sizeof
        return [int.from_bytes(data[i:i + size], "little")
                for i in range(0, len(data), size)]

    def text(self, path):
        offset, kind = self.field(path)
        data = self.bytes[offset:offset + kind.sizeof]
        return data.split(b"\0")[0].decode(errors="replace")

    def at(self, path):
        """Return: what a pointer field points to; None for a null pointer"""
        kind = self.field(path)[1]
        target = self.int(path)
        return Struct(target, kind.target()) if target else None


def struct(name, address):
    return Struct(address, gdb.lookup_type("struct " + name))


def offset_in(name, member):
    kind = gdb.lookup_type("struct " + name)
    return next(f.bitpos // 8 for f in kind.fields() if f.name == member)


def each(head, name, member):
    """Yield the structures on a list, by the address of its head."""
    back = offset_in(name, member)
    link = struct("list", head).int("next")
    while link != head:
        yield struct(name, link - back)
        link = struct("list", link).int("next")


def tasks():
    yield from each(symbol("all_tasks")[0], "task", "all_link")


def cpu_numbered(number):
    address, kind = symbol("cpus")
    size = kind.target().sizeof
    return Struct(address + number * size, kind.target())


IDLE_ID = 0x40000000            # topics/gdbstub/threads.c


def stub_id(cpu):
    """Return: the stub's thread number for the task that a CPU runs"""
    task = cpu.at("running")
    if task.address == cpu.int("idle"):
        return IDLE_ID + cpu.int("id")
    return task.int("tid")


def nr_cpus():
    address, kind = symbol("nr_cpus")
    return int.from_bytes(read_kernel(address, kind.sizeof), "little")


def threads_of_cpus():
    """Return: [(number of a CPU, GDB's thread for it)].  Under the stub, the
    thread of the running task; None if GDB does not know that task, because
    the list of tasks is being changed."""
    threads = gdb.selected_inferior().threads()
    if not by_stub():
        return sorted(((t.num - 1, t) for t in threads), key=lambda x: x[0])
    ids = {t.ptid[1]: t for t in threads}
    return [(n, ids.get(stub_id(cpu_numbered(n)))) for n in range(nr_cpus())]


def current():
    """Return: the task of GDB's thread: the one that QEMU's CPU runs, or the
    stub's thread itself"""
    thread = gdb.selected_thread()
    if not by_stub():
        return cpu_numbered(thread.num - 1 if thread else 0).at("running")
    number = thread.ptid[1]
    if number >= IDLE_ID:
        return cpu_numbered(number - IDLE_ID).at("idle")
    # a task that stopped the machine is on a CPU; the stub's line is slow
    on_cpus = (cpu_numbered(n).at("running") for n in range(nr_cpus()))
    return next((t for t in itertools.chain(on_cpus, tasks())
                 if t.int("tid") == number), None)


def task_named(text):
    """Return: the task with a name or number, or the current one for ''"""
    text = text.strip()
    if not text:
        return current()
    named = [t for t in tasks() if t.text("comm") == text]
    if len(named) > 1:
        raise gdb.GdbError(f"several tasks are called {text}: "
                           + ", ".join(str(t.int("tid")) for t in named))
    if named:
        return named[0]
    unknown = gdb.GdbError(f"no task {text}; lt-ps lists them")
    try:
        value = gdb.parse_and_eval(text)
    except gdb.error:
        if re.fullmatch(r"[\w./:-]+", text):    # a name, not an expression
            raise unknown from None
        raise
    if value.type.strip_typedefs().code not in (gdb.TYPE_CODE_INT,
                                                gdb.TYPE_CODE_CHAR):
        raise unknown
    for t in tasks():
        if t.int("tid") == int(value):
            return t
    raise unknown


def state(task):
    kind = task.field("state")[1]
    value = task.int("state")
    for f in kind.fields():
        if f.enumval == value:
            return f.name.replace("TASK_", "").lower()
    return str(value)


def where(address):
    """Return: an address of code with its name"""
    if not address:
        return ""
    block = gdb.execute(f"info symbol {address:#x}", to_string=True)
    name = block.split(" in section")[0].strip()
    return f"{address:#x}" if "No symbol" in block else name


def file_name(file):
    """Return: the path of an open file within its mounts"""
    entry = file.at("path.dentry")
    mount = file.at("path.mount")
    parts = []
    while entry is not None and len(parts) < 64:
        if mount is not None and entry.address == mount.int("root"):
            entry, mount = mount.at("at"), mount.at("parent")
            continue
        name = entry.int("name")
        parts.append(read_kernel(name, entry.int("name_len")).decode(
            errors="replace"))
        parent = entry.at("parent")
        if parent is None or parent.address == entry.address:
            break
        entry = parent
    return "/" + "/".join(reversed([p for p in parts if p]))


# ---- commands --------------------------------------------------------------

def in_a_line(name, function, *args):
    """Call a function; report wrong arguments in a line, not a traceback."""
    try:
        return function(*args)
    except gdb.GdbError:
        raise
    except Exception as why:
        text = (str(why).splitlines() or [type(why).__name__])[0]
        raise gdb.GdbError(f"{name}: {text}") from None


def stopped_machine(name):
    """Raise GdbError unless the machine is stopped: only then it is
    readable."""
    try:
        threads = gdb.selected_inferior().threads()
        runs = any(thread.is_running() for thread in threads)
    except gdb.error:           # GDB cannot even list the threads
        threads = runs = True
    if not threads:
        raise gdb.GdbError(f"{name}: there is no machine: it has ended")
    if runs:
        raise gdb.GdbError(f"{name}: the machine runs; stop it with Ctrl-C, or "
                           "the command interrupt")


class Command(gdb.Command):
    def __init__(self):
        super().__init__(self.name, gdb.COMMAND_DATA)

    def invoke(self, argument, from_tty):
        stopped_machine(self.name)
        in_a_line(self.name, self.run, argument)


class Ps(Command):
    """lt-ps: list every task with its state and where it sleeps."""
    name = "lt-ps"

    def run(self, argument):
        if argument:
            raise gdb.GdbError("lt-ps takes no argument")
        on_cpu = current()
        print("    TID   PID STATE            COMMAND          SPACE"
              f"{'':{2 * machine()[1] - 3}}SLEEPS IN")
        for t in tasks():
            process = t.at("process")
            pid = process.int("pid") if process else 0
            mark = "*" if on_cpu and t.address == on_cpu.address else " "
            space = t.int("space")
            space = f"{space:#x}" if space else "-"
            print(f"{mark} {t.int('tid'):5} {pid:5} {state(t):16} "
                  f"{t.text('comm'):16} {space:{2 * machine()[1] + 2}} "
                  f"{where(t.int('wchan'))}")


@functools.lru_cache(None)
def vma_flags():
    """Return: {bit: name} of VM_ flags, which debug information lacks because
    they are macros; the names are those of ./lectern show"""
    text = ""
    for path in glob.glob(os.path.join(TOP, "mm", "**", "*.h"),
                          recursive=True):
        with open(path) as f:
            text += f.read()
    text = text.replace("VM_ANONED", "VM_ANON")
    return {int(value, 16): name.lower() for name, value in re.findall(
        r"^#define\s+VM_([A-Z]+)\s+(0x[0-9a-f]+)", text, re.M)}


def named_flags(value):
    """Return: an area's flags by name, those without a name as a number"""
    names = [n for bit, n in sorted(vma_flags().items()) if value & bit]
    rest = value & ~sum(vma_flags())
    return names + [f"{rest:#x}"] * bool(rest)


def print_meaning(flags_seen):
    """Print the meanings of the words after areas, as far as they occurred."""
    found = [flag for flag in FLAGS if flag in flags_seen]
    if found:
        print("words behind an area:")
    for flag in found:
        print(f"  {flag}: {FLAGS[flag]}")


class Vma(Command):
    """lt-vma [TASK]: list the areas of a task's address space."""
    name = "lt-vma"

    def run(self, argument):
        task = task_named(argument)
        space = task.at("space")
        if space is None:
            raise gdb.GdbError(f"task {task.int('tid')} is a kernel thread")
        print(f"task {task.int('tid')} ({task.text('comm')}), "
              f"{space.int('nr_vmas')} areas, root {space.int('root'):#x}")
        head = space.address + space.field("vmas")[0]
        width = port().ADDRESS_DIGITS
        seen = set()
        for v in each(head, "vma", "link"):
            flags_ = named_flags(v.int("flags"))
            seen.update(flags_)
            prot = v.int("prot")
            text = "".join(c if prot & bit else "-" for bit, c in
                           ((1, "r"), (2, "w"), (4, "x")))
            text += "s" if v.int("flags") & 1 else "p"
            file = v.int("object")
            name = ""
            if file:
                file = struct("file", file - offset_in("file", "object"))
                name = (f"{file_name(file)} +"
                        f"{v.int('pgoff') * 4096:#x}")
            elif "special" in flags_:
                name = "[vdso]"  # mm/space/image.c:special_name
            print(f"{v.int('start'):0{width}x}-{v.int('end'):0{width}x} "
                  f"{text} {','.join(flags_) or '-'} {name}")
        print_meaning(seen)


class Walk(Command):
    """lt-walk ADDRESS [TASK]: translate an address, level by level."""
    name = "lt-walk"

    def run(self, argument):
        words = gdb.string_to_argv(argument)
        if not 1 <= len(words) <= 2:
            raise gdb.GdbError("usage: lt-walk ADDRESS [TASK]")
        value = gdb.parse_and_eval(words[0])
        if value.type.code == gdb.TYPE_CODE_FUNC:
            value = value.address
        va = int(value) & word_mask()
        task = task_named(words[1] if len(words) > 1 else "")
        space = task.at("space") if task else None
        root = root_of(space, va)
        print(f"root {root:#x}")
        for level, slot, entry in steps(root, va):
            print(f"level {level}: entry {slot:#x} = {entry:#x} "
                  f"[{flags(entry, level)}]")
        found = translate(root, va)
        print(f"{va:#x} -> " + (f"{found:#x}" if found is not None
                                else "not mapped"))


class Trapframe(Command):
    """lt-trapframe [TASK]: print the registers that a task had in user mode, as
    its last trap saved them."""
    name = "lt-trapframe"

    def run(self, argument):
        task = task_named(argument)
        if task.int("space") == 0:
            raise gdb.GdbError(f"task {task.int('tid')} is a kernel thread")
        kind = gdb.lookup_type("struct trapframe")
        size = 1 << row().page_constant("KSTACK_SHIFT")
        frame_ = Struct(task.int("kstack") + size - kind.sizeof, kind)
        print(f"task {task.int('tid')} ({task.text('comm')}), "
              f"trap frame at {frame_.address:#x}")
        values = list(port().registers(frame_))
        for i in range(0, len(values), 4):
            print("  ".join(f"{n:>8} {v:0{2 * machine()[1]}x}"
                            for n, v in values[i:i + 4]))


# ---- CPUs, tasks and events -----------------------------------------------

DEPTH = 20
EVENTS_OF_RING = 8              # topics/events/ring.h
TRACE_LINES = 24
ACCESS = ("read", "write", "fetch")


def chain(fp):
    """Yield return addresses of the kernel, by frame pointers from fp on."""
    size = machine()[1]
    back = port().FRAME_RECORD
    for _ in range(DEPTH):
        if fp < machine()[0] or fp % size:
            return
        try:
            words = read_kernel(fp + back, 2 * size)
        except (gdb.error, gdb.GdbError):
            return
        following = int.from_bytes(words[:size], "little")
        pc = int.from_bytes(words[size:], "little")
        if fp < pc < fp + (1 << 14):
            following = pc          # a function without calls saves fp here
        elif pc < machine()[0]:
            return
        else:
            yield pc
        if following <= fp:
            return
        fp = following


def print_frames(addresses):
    for pc in addresses:
        print(f"    {where(pc)}")


def sleeping_frame(task):
    """Return: the frame pointer of a task that is not running"""
    size = machine()[1]
    return port().sleeping_frame(task, lambda at: int.from_bytes(
        read_kernel(at, size), "little"))


def register(frame_, name):
    """Return: a register's value; 0 if it is unknown"""
    try:
        return int(frame_.read_register(name)) & word_mask()
    except gdb.error:           # of a CPU that the stub could not stop
        return 0


def print_cpu(number):
    """Print the CPU of the thread that GDB looks at."""
    frame_ = gdb.newest_frame()
    pc = register(frame_, "pc")
    task = current()
    name = f"task {task.int('tid')} ({task.text('comm')})" if task \
        else "not started"
    if pc < machine()[0]:
        print(f"CPU {number}: {name}, in user mode at {pc:#x}")
        return
    print(f"CPU {number}: {name}, in the kernel")
    print_frames([pc, *chain(register(
        frame_, port().FRAME_POINTER))])


def print_cpus():
    thread, frame_ = gdb.selected_thread(), gdb.selected_frame()
    try:
        for number, of_cpu in threads_of_cpus():
            if of_cpu:
                of_cpu.switch()
                print_cpu(number)
            else:
                print(f"CPU {number}: its task is not on the list")
    finally:
        thread.switch()
        frame_.select()


def print_sleepers():
    """Print the call chains of sleeping tasks."""
    for t in tasks():
        if t.int("process") and t.int("wchan"):
            print(f"task {t.int('tid')} ({t.text('comm')}), {state(t)}:")
            print_frames(chain(sleeping_frame(t)))


def run_on(seconds):
    """Let the machine run for a moment; it may stop earlier by itself."""
    timer = threading.Timer(seconds, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    try:
        gdb.execute("continue", to_string=True)
    except (gdb.error, KeyboardInterrupt):
        pass
    finally:
        # otherwise the signal would interrupt GDB's next command
        timer.cancel()
        timer.join()


def event_text(entry, names):
    """Return: the text of a trace entry (topics/events/ring.h)"""
    name = names.get(entry.int("what"), "?").replace("EVENT_", "").lower()
    a, b = entry.int("a") & word_mask(), entry.int("b") & word_mask()
    if name == "fault":
        text = f"{ACCESS[b] if b < len(ACCESS) else b} of {a:#x}"
    elif name in ("switch", "wakeup"):
        text = f"of task {a}" if name == "wakeup" else f"to task {a}"
    else:
        text = f"{a:#x} {b:#x}"
    return f"CPU {entry.int('cpu')} task {entry.int('tid')} {name} {text}"


def sites_on(kinds):
    """Turn sites of these kinds on, as events_want() does.
    Return: [(address, the bytes before)]"""
    size = machine()[1]
    at, end = (int(gdb.parse_and_eval(f"(unsigned long)&{name}"))
               for name in ("__table_event_site", "__table_event_site_end"))
    words = read_kernel(at, end - at)
    before = []
    for i in range(0, end - at, 3 * size):
        site, to, kind = (int.from_bytes(words[i + j * size:][:size], "little")
                          for j in range(3))
        if kind in kinds:
            code = port().jump_code(site, to)
            before.append((site, read_kernel(site, len(code))))
            write_kernel(site, code)
    return before


def write_kernel(va, data):
    for n, byte in enumerate(data):
        write_phys(phys(va + n), bytes([byte]))


def traced_moment(seconds):
    """Let the machine run for a moment with events in the trace, and then
    restore whether events are recorded."""
    at = symbol("events_on")[0]
    before = []
    if not read_phys(phys(at), 1)[0]:
        before = [(at, b"\0"), *sites_on(range(EVENTS_OF_RING))]
        write_kernel(at, b"\1")
    try:
        run_on(seconds)
    finally:
        if gdb.selected_inferior().threads():
            for address, data in before:
                write_kernel(address, data)


def print_trace():
    """Print the last events."""
    # the variable of the file that contains the ring
    count, _ = symbol_in("next", "events.c")
    ring, kind = symbol_in("ring", "events.c")
    entry = kind.target()
    kept = kind.sizeof // entry.sizeof
    end = int.from_bytes(read_kernel(count, 4), "little")
    names = {f.enumval: f.name for f in gdb.lookup_type("enum event").fields()}
    print(f"{end} in the trace" + ("; the last of them:" if end else ""))
    for n in range(max(0, end - TRACE_LINES, end - kept), end):
        print("    " + event_text(
            Struct(ring + n % kept * entry.sizeof, entry), names))


def symbol_in(name, file):
    """Return: a static variable of a file"""
    for found in gdb.lookup_static_symbols(name):
        if found.symtab.filename.endswith("/" + file):
            value = found.value()
            return int(value.address) & word_mask(), value.type
    raise gdb.GdbError(f"no symbol {name} of {file}")


class Where(Command):
    """lt-where [SECONDS]: show what every CPU and every task does, and the last
    events.  With SECONDS, the machine then runs for so long (or to the next
    breakpoint), and the events of that time are shown, too."""
    name = "lt-where"

    def run(self, argument):
        seconds = self.seconds(argument)
        self.part("CPUs", print_cpus)
        self.part("tasks", lambda: Ps.run(None, ""))
        self.part("where they sleep", print_sleepers)
        self.part("trace", lambda: self.trace(seconds))

    @staticmethod
    def seconds(argument):
        try:
            seconds = float(argument or 0)
        except ValueError:
            seconds = -1
        if not 0 <= seconds < threading.TIMEOUT_MAX:
            raise gdb.GdbError("lt-where [SECONDS]")
        return seconds

    @staticmethod
    def part(title, function):
        print(f"== {title}")
        try:
            function()
        except gdb.error as why:
            print(f"    not available: {why}")

    @staticmethod
    def trace(seconds):
        if seconds:
            traced_moment(seconds)
            if not gdb.selected_inferior().threads():
                print("    the machine has ended")
                return
        print_trace()
        if not seconds:
            print("    lt-where SECONDS lets the machine run for a moment, and "
                  "shows the events")


class OnCpu(gdb.Function):
    """$lt_on_cpu("NAME"): true if a task of that name is on the CPU.  A
    condition for breakpoints in programs, because programs share addresses."""

    def __init__(self):
        super().__init__("lt_on_cpu")

    def invoke(self, name):
        return in_a_line("$lt_on_cpu", self.is_on_cpu, name)

    @staticmethod
    def is_on_cpu(name):
        task = current()
        return bool(task) and task.text("comm") == name.string()[:15]


class Backwards(Command):
    """A command that needs a recording: ./lectern gdb --replay."""

    def run(self, argument):
        raise gdb.GdbError(f"{self.name}: only a recording can go back: "
                           "./lectern gdb --replay -- PROGRAM")


class LastWrite(Backwards):
    name = "lt-last-write"


class LastRan(Backwards):
    name = "lt-last-ran"


OnCpu()
for command in (Ps, Vma, Walk, Trapframe, Where, LastWrite, LastRan):
    command()
