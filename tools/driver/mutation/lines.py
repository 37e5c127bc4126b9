# SPDX-License-Identifier: MIT
"""The lines of the kernel that ran, from the counters of a kernel with `lines`.

The compiler puts counters on the edges of every function, and describes them in
records (gcc's structure gcov_info).  The machine's memory is a file that this
process shares with QEMU, so the counters can be read at any time, even after a
crash, without help from the kernel.  They are written as .gcda files, which
gcov of the same compiler reads.
"""
import array
import collections
import contextlib
import fcntl
import glob
import hashlib
import json
import mmap
import os
import shutil
import struct
import subprocess
import tempfile

from folders import is_checker, is_kernel

from ..common import MACHINES, TOP, Failure

GCOV = {"host": "gcov",
        **{m.name: m.tool("gcov") for m in MACHINES.values()}}

VERSION = b"B2"                 # version of the records: gcc 12
COUNTERS = 8                    # kinds of counters; the first counts edges
GCDA_MAGIC = 0x67636461
TAG_FUNCTION = 0x01000000
TAG_EDGES = 0x01a10000

# The record of one object file, and of one function in it: checksums from the
# compiler, and the address of its n counters.
Object = collections.namedtuple(
    "Object", "name version stamp checksum functions")
Function = collections.namedtuple(
    "Function", "ident lines graph count address")


class Elf:
    """The contents of an ELF file, by address."""

    def __init__(self, path):
        with open(path, "rb") as f:
            self.data = f.read()
        self.wide = self.data[4] == 2
        self.word = "<Q" if self.wide else "<I"
        self.size = 8 if self.wide else 4
        head = struct.unpack_from("<QQQ" if self.wide else "<III",
                                  self.data, 24)
        counts = struct.unpack_from("<HHHHH", self.data,
                                    54 if self.wide else 42)
        self.segments = [s for s in (self._segment(head[1] + i * counts[0])
                                     for i in range(counts[1])) if s]
        self.sections = [self._section(head[2] + i * counts[2])
                         for i in range(counts[3])]

    def _segment(self, at):
        if self.wide:
            kind, _, off, virt, phys, filed, size = struct.unpack_from(
                "<IIQQQQQ", self.data, at)
        else:
            kind, off, virt, phys, filed, size = struct.unpack_from(
                "<IIIIII", self.data, at)
        return (virt, phys, off, filed, size) if kind == 1 else None

    def _section(self, at):
        return struct.unpack_from("<IIQQQQII" if self.wide else "<IIIIIIII",
                                  self.data, at)

    def symbols(self, wanted):
        """Return: {name: value} of the wanted symbols that exist"""
        found = {}
        for _, kind, _, _, start, size, link, _ in self.sections:
            if kind != 2:
                continue
            names = self.sections[link][4]
            for at in range(start, start + size, 24 if self.wide else 16):
                name, value = struct.unpack_from(
                    "<I4xQ" if self.wide else "<II", self.data, at)
                name = self.text_at(names + name)
                if name in wanted:
                    found[name] = value
        return found

    def text_at(self, at):
        return self.data[at:self.data.index(b"\0", at)].decode()

    def place(self, address):
        """Return: the offset in the file of an address"""
        for virt, _, off, filed, _ in self.segments:
            if virt <= address < virt + filed:
                return off + address - virt
        raise ValueError(f"{address:#x} is not in the file")

    def address(self, offset):
        """Return: the address of an offset in the file, when it runs as linked;
        None if it is not loaded"""
        return next((virt + offset - off for virt, _, off, filed, _ in
                     self.segments if off <= offset < off + filed), None)

    def physical(self, address):
        for virt, phys, _, _, size in self.segments:
            if virt <= address < virt + size:
                return phys + address - virt
        raise ValueError(f"{address:#x} is not in the kernel")

    def words(self, address, form):
        return struct.unpack_from("<" + form, self.data, self.place(address))

    def pointers(self, address, n):
        return self.words(address, f"{n}{'Q' if self.wide else 'I'}")


class Layout:
    """The records of one kernel, and the addresses of its counters."""

    def __init__(self, arch, path):
        self.arch, self.path = arch, path
        elf = Elf(path)
        edge = elf.symbols(("__lines_start", "__lines_end"))
        first, last = edge.get("__lines_start", 0), edge.get("__lines_end", 0)
        self.objects = [self._object(elf, at) for at in elf.pointers(
            first, (last - first) // elf.size)] if last > first else []
        self.key = hashlib.sha256(elf.data).hexdigest()
        self.ranges = [(elf.physical(f.address) - MACHINES[arch].ram, 8 * f.count)
                       for o in self.objects for f in o.functions]

    def _object(self, elf, at):
        version, = elf.words(at, "I")
        if version.to_bytes(4, "big")[:2] != VERSION:
            raise Failure(f"{self.path}: its coverage records are of version "
                          f"{version:#x}, not gcc 12's; "
                          "tools/driver/mutation/lines.py cannot read them")
        p = elf.size
        stamp, checksum = elf.words(at + 2 * p, "II")
        name, *merge = elf.pointers(at + 2 * p + 8, 1 + COUNTERS)
        if any(merge[1:]):
            raise Failure(f"{self.path}: counters of a kind other than edges")
        many = at + 2 * p + 8 + (1 + COUNTERS) * p
        count, = elf.words(many, "I")
        table, = elf.pointers(many + p, 1)
        return Object(elf.text_at(elf.place(name)), version, stamp, checksum,
                      [self._function(elf, f)
                       for f in elf.pointers(table, count)])

    @staticmethod
    def _function(elf, at):
        ident, lines, graph = elf.words(at + elf.size, "III")
        # the number and address of the counters, after padding on 64 bits
        at += elf.size + (16 if elf.wide else 12)
        count, = elf.words(at, "I")
        return Function(ident, lines, graph, count,
                        elf.pointers(at + elf.size, 1)[0])

    def read(self, memory):
        """Return: all counters, from the machine's memory"""
        return array.array("Q", b"".join(memory[at:at + size]
                                         for at, size in self.ranges))

    def write(self, counters, folder):
        """Write gcov's files: .gcno of every object, .gcda if it ran."""
        at = 0
        for o in self.objects:
            size = sum(f.count for f in o.functions)
            note = o.name[:-len(".gcda")] + ".gcno"
            target = os.path.join(folder, os.path.basename(note))
            if not os.path.lexists(target):
                os.symlink(note, target)
            name = os.path.join(folder, os.path.basename(o.name))
            if any(counters[at:at + size]):
                with open(name, "wb") as f:
                    f.write(self._gcda(o, counters[at:at + size]))
            at += size

    @staticmethod
    def _gcda(o, counters):
        parts = [struct.pack("<IIII", GCDA_MAGIC, o.version, o.stamp,
                             o.checksum)]
        at = 0
        for f in o.functions:
            parts.append(struct.pack("<IIIII", TAG_FUNCTION, 12, f.ident,
                                     f.lines, f.graph))
            parts.append(struct.pack("<II", TAG_EDGES, 8 * f.count))
            parts.append(counters[at:at + f.count].tobytes())
            at += f.count
        return b"".join(parts)


class Memory:
    """The memory of a machine: an unnamed file, shared with QEMU."""

    def __init__(self, size):
        self.fd = os.memfd_create("lectern-memory")
        os.ftruncate(self.fd, size)
        self.map = mmap.mmap(self.fd, size, mmap.MAP_SHARED, mmap.PROT_READ)
        self.args = ["-object", f"memory-backend-file,id=memory,size={size},"
                     f"share=on,mem-path=/proc/self/fd/{self.fd}"]

    def close(self):
        self.map.close()
        os.close(self.fd)


def size_in_bytes(text):
    """Parse a size in QEMU's notation, such as 512M."""
    unit = {"K": 10, "M": 20, "G": 30}[text[-1].upper()]
    return int(text[:-1]) << unit


# --- sums over several machines ----------------------------------------------


def add_up(folder, layout, counters):
    """Add a machine's counters to the file of the same kernel in a folder."""
    os.makedirs(folder, exist_ok=True)
    name = os.path.basename(os.path.dirname(layout.path))
    path = os.path.join(folder, name + ".counts")
    with open(path, "a+b") as f:
        fcntl.flock(f, fcntl.LOCK_EX)
        f.seek(0)
        head, _, body = f.read().partition(b"\n")
        if head.decode() == f"{layout.key} {layout.path} {layout.arch}":
            old = array.array("Q", body)
            counters = array.array("Q", map(int.__add__, old, counters))
        f.truncate(0)
        f.write(f"{layout.key} {layout.path} {layout.arch}\n".encode())
        f.write(counters.tobytes())


def stored(path):
    """Return: layout and counters from add_up(); None if the kernel has changed
    since then"""
    with open(path, "rb") as f:
        head, _, body = f.read().partition(b"\n")
    key, elf, arch = head.decode().split(" ")
    layout = Layout(arch, elf)
    if layout.key != key:
        return None
    return layout, array.array("Q", body)


# --- lines -------------------------------------------------------------------


class Lines:
    """Counts how often each line and each way out of its branches ran."""

    def __init__(self):
        self.files = {}         # name -> {line: count}
        self.branches = {}      # name -> {line: [count]}
        self.functions = {}     # name -> {line: function}

    def add(self, name, line, count, branches, function=None):
        lines = self.files.setdefault(name, {})
        lines[line] = lines.get(line, 0) + count
        if function:
            self.functions.setdefault(name, {})[line] = function
        if branches:
            self._add_branches(name, line, branches)

    def _add_branches(self, name, line, new):
        known = self.branches.setdefault(name, {})
        old = known.get(line, [])
        # two compilers may see different numbers of ways: keep the larger
        if len(old) == len(new):
            new = [a + b for a, b in zip(old, new)]
        elif len(old) > len(new):
            return
        known[line] = new

    def merge(self, other):
        for name, lines in other.files.items():
            ways = other.branches.get(name, {})
            functions = other.functions.get(name, {})
            for line, count in lines.items():
                self.add(name, line, count, ways.get(line),
                         functions.get(line))

    def totals(self, prefix):
        """Return: lines, those that ran, branches, those taken"""
        sums = [0, 0, 0, 0]
        for name, lines in self.files.items():
            if not name.startswith(prefix):
                continue
            sums[0] += len(lines)
            sums[1] += sum(c > 0 for c in lines.values())
            for ways in self.branches.get(name, {}).values():
                sums[2] += len(ways)
                sums[3] += sum(c > 0 for c in ways)
        return sums

    def tracefile(self, title):
        """Return: the text that genhtml reads"""
        out = [f"TN:{title}"]
        for name in sorted(self.files):
            lines = self.files[name]
            out.append(f"SF:{os.path.join(TOP, name)}")
            for line, ways in sorted(self.branches.get(name, {}).items()):
                for i, count in enumerate(ways):
                    count = count if lines[line] else "-"
                    out.append(f"BRDA:{line},0,{i},{count}")
            out += [f"DA:{line},{count}"
                    for line, count in sorted(lines.items())]
            out.append("end_of_record")
        return "\n".join(out) + "\n"


def source_name(cwd, name, top):
    """Return: a file name from the compiler, relative to the top"""
    path = os.path.normpath(os.path.join(cwd, name))
    # the compiler's cache may have kept the name of another folder
    parts = name.split("/")
    while parts and parts[0] in ("..", "."):
        parts.pop(0)
    if not os.path.isabs(name):
        path = os.path.join(top, *parts)
    return os.path.relpath(path, top)


def gcov(arch, folder, names, top=TOP):
    """Run gcov on these files of a folder. Return: Lines"""
    found = Lines()
    if not names:
        return found
    done = subprocess.run([GCOV[arch], "--json-format", "--branch-counts",
                           "--branch-probabilities", "--stdout", *names],
                          cwd=folder, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE)
    for text in done.stdout.splitlines():
        if not text.strip():
            continue
        said = json.loads(text)
        for file in said["files"]:
            name = source_name(said["current_working_directory"],
                               file["file"], top)
            if is_kernel(name) and not is_checker(name):
                _add_file(found, name, file["lines"])
    return found


def data_below(folder):
    """Return: the .gcda files that host programs left in a folder"""
    return sorted(glob.glob(os.path.join(folder, "**", "*.gcda"),
                            recursive=True))


def _add_file(found, name, lines):
    for line in lines:
        found.add(name, line["line_number"], max(0, line["count"]),
                  [max(0, b["count"]) for b in line["branches"]],
                  line.get("function_name"))


@contextlib.contextmanager
def work_folder():
    folder = tempfile.mkdtemp(prefix="lectern-lines-")
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def of_counters(layout, counters, only=None):
    """Return: Lines; only: of objects whose names begin with it"""
    with work_folder() as folder:
        layout.write(counters, folder)
        names = [n for n in sorted(os.listdir(folder))
                 if n.endswith(".gcno") and (not only or n.startswith(only))]
        return gcov(layout.arch, folder, names)
