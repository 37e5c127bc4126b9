# SPDX-License-Identifier: MIT
"""GDB commands for a recording, in addition to GDB's own reverse-...:
lt-last-write and lt-last-ran.  They ask tools/driver/machine/timetravel.py in
the driver, by a monitor command, to go back."""
import os
import sys

import gdb

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
import lectern as lt  # noqa: E402


def table_slot(va, task):
    """Return: (level, physical address) of the entry that maps an address, or
    of the entry at which the walk ends"""
    space = task.at("space") if task else None
    level, slot, _ = list(lt.steps(lt.root_of(space, va), va))[-1]
    return level, slot


def go_back(size, physical, before, *addresses):
    """Go to the last write of a word. Return: the values before and after, or
    None"""
    text = gdb.execute(
        f"monitor last-write {size} {physical:x} {before} "
        + " ".join(f"{a:x}" for a in addresses), to_string=True)
    gdb.execute("maintenance flush register-cache", to_string=True)
    gdb.execute("maintenance flush dcache", to_string=True)
    values = [int(word, 16) for word in text.split()]
    return values if len(values) == 2 else None


def show_place():
    gdb.execute("frame")


class LastWrite(lt.Command):
    """lt-last-write ADDRESS: go back to the last write of the page-table entry
    that maps an address of the current task.
    lt-last-write *ADDRESS: go back to the last write of the memory there: a
    word, unless ADDRESS is a pointer to a type of another size.
    The machine then stops before the instruction that writes."""
    name = "lt-last-write"

    def run(self, argument):
        text = argument.strip()
        if not text:
            raise gdb.GdbError("usage: lt-last-write ADDRESS or *ADDRESS")
        if text.startswith("*"):
            self.of_memory(text[1:])
        else:
            self.of_entry(text)

    @staticmethod
    def address(text):
        value = gdb.parse_and_eval(text)
        if value.type.strip_typedefs().code == gdb.TYPE_CODE_FUNC:
            value = value.address
        return value, int(value) & lt.word_mask()

    def of_entry(self, text):
        va = self.address(text)[1]
        level, slot = table_slot(va, lt.current())
        offset, size = lt.machine()[:2]
        found = go_back(size, slot, "-", slot + offset)
        if not found:
            print(f"the entry of {va:#x}, {slot:#x}, was never written "
                  "before")
            return
        print(f"level {level}: entry {slot:#x} is about to change")
        for when, entry in zip(("from", "to"), found):
            print(f"{when:4} {entry:#x} [{lt.flags(entry, level)}]")
        show_place()

    def of_memory(self, text):
        value, va = self.address(text)
        offset, size = lt.machine()[:2]
        kind = value.type.strip_typedefs()
        if kind.code == gdb.TYPE_CODE_PTR and \
                kind.target().sizeof in (1, 2, 4, 8):
            size = min(size, kind.target().sizeof)
        if va >= offset:
            physical = lt.phys(va)
            addresses = [va]
        else:
            task = lt.current()
            space = task.at("space") if task else None
            physical = space and lt.translate(space.int("root"), va)
            if physical is None:
                raise gdb.GdbError(f"{va:#x} is not mapped")
            addresses = [va, physical + offset]
        found = go_back(size, physical, "-", *addresses)
        if not found:
            print(f"{va:#x} was never written before")
            return
        print(f"{va:#x} is about to change from {found[0]:#x} to "
              f"{found[1]:#x}")
        show_place()


class LastRan(lt.Command):
    """lt-last-ran TASK: go back to the last moment at which a task (its number
    or its name) ran, just before another task takes its CPU."""
    name = "lt-last-ran"

    def run(self, argument):
        if not argument.strip():
            raise gdb.GdbError("lt-last-ran TASK")
        task, on_cpu = lt.task_named(argument), lt.current()
        tid = task.int("tid")
        if on_cpu and on_cpu.address == task.address:
            raise gdb.GdbError(f"task {tid} runs now")
        address, kind = lt.symbol("cpus")
        cpu = kind.target()
        at = address + next(f.bitpos // 8 for f in cpu.fields()
                            if f.name == "running")
        if not go_back(lt.machine()[1], lt.phys(at), f"{task.address:x}", at):
            print(f"task {tid} has not run yet")
            return
        print(f"task {tid} ({task.text('comm')}) is about to leave the CPU")
        show_place()


class End(gdb.Breakpoint):
    """The place where the kernel ends the machine, and so the recording."""

    def __init__(self):
        super().__init__("arch_end", internal=True)

    def stop(self):
        print("the recording ends here; reverse-continue goes back")
        return True


End()
for command in (LastWrite, LastRan):
    command()
