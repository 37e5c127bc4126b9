# SPDX-License-Identifier: MIT
"""Pictures of `./lectern show` as text for a terminal."""
import entries

from ..common import MACHINES
from .show_record import ALIKE, FLAGS, PAGE, STATES, physical, size, steps


def legend():
    return ["each letter a page: " + ", ".join(
        f"{letter} {name}" for letter, name in STATES.items()),
        "a capital: in a superpage"]


def flag_legend(moments):
    """Return: the meanings of the words after areas, as far as they occur"""
    there = {flag for _, m in moments for p in m.processes for a in p.areas
             for flag in a.flags}
    found = [f"  {flag}: {words}" for flag, words in FLAGS.items()
             if flag in there]
    return ["words behind an area:"] * bool(found) + found


def area_lines(area, digits):
    notes = [f"{area.resident} of {area.pages} pages"]
    if area.ref > 1:
        notes.append(f"{area.ref} mappings")
    notes += area.flags + [area.change] * bool(area.change)
    yield (f"  {area.start:0{digits}x}-{area.end:0{digits}x} {area.perms} "
           f"{area.name or '(anonymous)'}: {', '.join(notes)}")
    for count, page, text in area.rows():
        if count >= ALIKE:
            yield f"    {page * PAGE:0{digits}x}  {text.rstrip()}"
            yield f"    {'':{digits}}  ~ {count - 1} more rows like it"
        else:
            for i in range(count):
                yield (f"    {(page + 64 * i) * PAGE:0{digits}x}  "
                       f"{text.rstrip()}")


def table_lines(table, drawn, arch, indent=""):
    bits = MACHINES[arch].tables[1]
    index = table.base >> 12 + bits * (table.level + 1) & (1 << bits) - 1
    head = f"    {indent}"
    if indent:
        head += f"[{index}] "
    if table.frame in drawn:
        yield f"{head}{table.name}, as above"
        return
    drawn.add(table.frame)
    notes = [f"level {table.level}", f"{table.used} of {1 << bits} entries"]
    if table.trees > 1:
        notes.append(f"shared by {table.trees} trees")
    yield f"{head}{table.name}: {', '.join(notes)}"
    for leaf in table.leaves:
        if leaf.level:
            yield (f"    {indent}  [{leaf.va >> 12 + bits * leaf.level & (1 << bits) - 1}]"
                   " a superpage")
    for below in table.tables:
        yield from table_lines(below, drawn, arch, indent + "  ")


def gone_text(process):
    """Return: how many areas are gone since the previous moment"""
    return (f"{process.gone} area{'s are' if process.gone > 1 else ' is'} "
            "gone")


def process_lines(process, drawn, arch):
    digits = 8 if MACHINES[arch].bits == 32 else 10
    yield (f"process {process.pid} ({process.name}): "
           f"{len(process.areas)} areas, "
           f"{sum(a.resident for a in process.areas)} pages in memory, "
           f"{len(process.tables)} tables")
    if process.gone:
        yield f"  {gone_text(process)}"
    last = None
    for area in process.areas:
        if last is not None and area.start > last:
            yield f"  ~ a hole of {size(area.start - last)}"
        last = area.end
        yield from area_lines(area, digits)
    if process.root:
        yield "  page tables"
        yield from table_lines(process.root, drawn, arch)


def space(moments, arch):
    out = legend() + flag_legend(moments)
    for number, moment in moments:
        out += ["", f"moment {number}: {moment.title}"]
        drawn = set()
        for process in moment.processes:
            out += process_lines(process, drawn, arch)
    return "\n".join(out) + "\n"


def step_line(step, arch):
    port, bits = MACHINES[arch].folder, MACHINES[arch].tables[1]
    width = MACHINES[arch].bits // 4
    head = (f"  level {step.table.level}: entry {step.index} of "
            f"{step.table.name} (frame {step.table.frame:#07x}) = ")
    if not step.entry:
        return head + "0, nothing is there"
    flags = " ".join(entries.flags(port, step.entry)) or "-"
    what = "not present" if not step.present else (
        "a superpage" if step.leaf and step.leaf.level else
        "a page" if step.leaf else "a table")
    return (f"{head}{step.entry:#0{width + 2}x} [{flags}], frame "
            f"{entries.frame(port, step.entry):#07x}: {what}")


def walk(moments, va, arch):
    out = []
    for number, moment in moments:
        process = next((p for p in moment.processes
                        if p.pid == moment.pid), None)
        if not process or not process.root:
            continue
        area = process.area_at(va)
        out += [f"moment {number}: {moment.title}",
                f"address {va:#x}, in " +
                (f"{area.start:#x}-{area.end:#x} {area.perms} {area.name}"
                 .rstrip() if area else "no area")]
        path = steps(process, va, arch)
        out += [step_line(step, arch) for step in path]
        if path[-1].leaf and path[-1].present:
            out.append(f"  physical address {physical(path[-1], va, arch):#010x}")
        else:
            out.append("  no translation: a page fault")
        out.append("")
    return "\n".join(out)
