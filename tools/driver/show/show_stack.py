# SPDX-License-Identifier: MIT
"""`./lectern show stack -- CMD`: the stack as the kernel has built it before
the first instruction of a program: argc, argv, envp, the auxiliary vector, and
the strings that they point to."""
from .show_live import Live, Start
from .show_svg import Canvas, document

# type: (name, meaning)
AUXV = {
    0: ("AT_NULL", "the end"),
    3: ("AT_PHDR", "the program's headers"),
    4: ("AT_PHENT", "bytes of one of them"),
    5: ("AT_PHNUM", "how many there are"),
    6: ("AT_PAGESZ", "bytes of a page"),
    7: ("AT_BASE", "where the interpreter is; 0: there is none"),
    8: ("AT_FLAGS", ""),
    9: ("AT_ENTRY", "where the program begins"),
    11: ("AT_UID", ""), 12: ("AT_EUID", ""), 13: ("AT_GID", ""),
    14: ("AT_EGID", ""),
    15: ("AT_PLATFORM", ""),
    16: ("AT_HWCAP", "what the CPU can do"),
    17: ("AT_CLKTCK", "ticks of times(2) in a second"),
    23: ("AT_SECURE", "1: somebody else's rights"),
    24: ("AT_BASE_PLATFORM", ""),
    25: ("AT_RANDOM", "16 random bytes"),
    26: ("AT_HWCAP2", ""),
    27: ("AT_RSEQ_FEATURE_SIZE", ""), 28: ("AT_RSEQ_ALIGN", ""),
    31: ("AT_EXECFN", "the name it was started by"),
    32: ("AT_SYSINFO", "the vDSO's way into the kernel"),
    33: ("AT_SYSINFO_EHDR", "the vDSO"),
    40: ("AT_L1I_CACHESIZE", ""), 41: ("AT_L1I_CACHEGEOMETRY", ""),
    42: ("AT_L1D_CACHESIZE", ""), 43: ("AT_L1D_CACHEGEOMETRY", ""),
    44: ("AT_L2_CACHESIZE", ""), 45: ("AT_L2_CACHEGEOMETRY", ""),
    46: ("AT_L3_CACHESIZE", ""), 47: ("AT_L3_CACHEGEOMETRY", ""),
    51: ("AT_MINSIGSTKSZ", "least stack for a signal"),
}
RANDOM, EXECFN, PLATFORM = 25, 31, 15


class Row:
    """A word, or a run of bytes: address, contents and meaning."""

    def __init__(self, kind, at, value, note, to=None):
        self.kind, self.at, self.value, self.note = kind, at, value, note
        self.to = to                    # the address it points to


def quoted(text):
    short = text if len(text) <= 60 else text[:57] + "..."
    return '"' + short.replace("\\", "\\\\").replace("\n", "\\n").replace(
        "\t", "\\t").replace('"', '\\"') + '"'


def list_rows(kind, items, end, texts, digits):
    for i, (at, pointer) in enumerate(items):
        yield Row(kind, at, f"{pointer:0{digits}x}",
                  f"{kind}[{i}] -> {quoted(texts[pointer])}", pointer)
    yield Row(kind, end, "0", f"{kind}[{len(items)}], the end of the list")


def auxv_rows(start, texts, digits):
    for at, kind, value in start.auxv:
        name, note = AUXV.get(kind, (f"type {kind}", ""))
        to = value if kind in (RANDOM, EXECFN, PLATFORM) else None
        if to and kind != RANDOM:
            note = "-> " + quoted(texts[to])
        yield Row("auxv", at, f"{kind}, {value:0{digits}x}" if to else
                  f"{kind}, {value:#x}", f"{name}: {note}" if note else name,
                  to)


def string_rows(live, start, texts, top):
    """Yield rows from the end of the tables up to the highest byte."""
    known = {pointer: ("string", quoted(text), len(text.encode()) + 1)
             for pointer, text in texts.items()}
    if start.values.get(RANDOM):
        known[start.values[RANDOM]] = ("random", "16 random bytes", 16)
    at = start.tables_end
    for place in sorted(p for p in known if p >= at):
        kind, note, size = known[place]
        if place < at:
            continue
        if place > at:
            yield Row("gap", at, "", f"{place - at} bytes, so that the stack "
                      "pointer is aligned" if kind != "string" or
                      place == min(known) else f"{place - at} bytes")
        yield Row(kind, place, "", note)
        at = place + size
    if at < top:
        yield Row("gap", at, "", f"{top - at} bytes of zeros up to the end")


def rows(live):
    """Yield rows from the stack pointer upwards."""
    start, digits = Start(live), 2 * live.word
    digits = min(digits, 10)
    stack = next(a for a in live.maps() if a.start <= start.sp < a.end)
    texts = {p: live.string(p, 4096) for _, p in start.argv + start.envp}
    for kind in (EXECFN, PLATFORM):
        if start.values.get(kind):
            texts[start.values[kind]] = live.string(start.values[kind])
    word = live.word
    found = [Row("argc", start.sp, str(start.argc),
                 "argc: the stack pointer is here")]
    after = start.sp + word * (2 + len(start.argv))
    found += list_rows("argv", start.argv, after - word, texts, digits)
    after += word * (1 + len(start.envp))
    found += list_rows("envp", start.envp, after - word, texts, digits)
    found += auxv_rows(start, texts, digits)
    found += string_rows(live, start, texts, stack.end)
    return found, stack, start


def title(command, pc, place):
    return (f"The stack of {command[0]} before its first instruction, "
            f"{pc:#x} in {place}")


def text(found, stack, words, digits):
    out = [words, "", f"{stack.end:0{digits}x}  the end of the stack's area"]
    last = None
    for row in reversed(found):
        kind = {"string": "strings", "random": "strings", "gap": ""}.get(
            row.kind, row.kind)
        out.append(f"{row.at:0{digits}x}  "
                   f"{kind if kind != last else '':8} "
                   f"{row.value:18} {row.note}".rstrip())
        last = kind
    out.append(f"{'':{digits}}  the stack grows from here to lower addresses, "
               f"as far as {stack.start:x} by now")
    return "\n".join(out) + "\n"


# ---- a picture -------------------------------------------------------------

HIGH, BOX_X, BOX_WIDE = 17, 190, 170
TINTS = {"argc": "o", "argv": "c", "envp": "s", "auxv": "f", "string": "z",
         "random": "w", "gap": "none"}


def arrows(c, found, places):
    """Draw an arrow from each pointer to its string, on the left."""
    pointing = [r for r in found if r.to in places]
    for i, row in enumerate(pointing):
        lane = BOX_X - 100 - i * min(6, 84 / max(1, len(pointing)))
        y0, y1 = places[row.at], places[row.to]
        c.path(f"M{BOX_X - 92} {y0}H{lane:g}V{y1}H{BOX_X - 92}l-4 -3m4 3l-4 3",
               "link")


def svg(found, stack, words, digits):
    c = Canvas()
    c.text(8, 20, words, "title")
    y, places = 52, {}
    c.text(BOX_X - 86, y - 8, f"{stack.end:0{digits}x}", "note")
    c.text(BOX_X, y - 8, "the end of the stack's area", "note")
    for row in reversed(found):
        c.text(BOX_X - 86, y + 12, f"{row.at:0{digits}x}", "note")
        c.box(BOX_X, y, BOX_WIDE, HIGH, "table")
        c.box(BOX_X, y, 8, HIGH, TINTS[row.kind])
        c.text(BOX_X + 14, y + 12, row.value or {
            "string": "a string", "random": "bytes", "gap": ""}[row.kind])
        c.text(BOX_X + BOX_WIDE + 12, y + 12, row.note)
        places[row.at] = y + HIGH / 2
        y += HIGH
    c.path(f"M{BOX_X + 40} {y + 4}v22l-5 -6m5 6l5 -6", "break")
    c.text(BOX_X + 56, y + 20, "grows to lower addresses", "note")
    c.reach(0, y + 30)
    arrows(c, found, places)
    return document(c, words)


def draw(options, command, words, kind):
    with Live(options, command, words) as live:
        pc = live.registers()["pc"]
        found, stack, _ = rows(live)
        head = title(command, pc, live.place(pc, live.maps()))
        digits = min(10, 2 * live.word)
    return (svg if kind == "svg" else text)(found, stack, head, digits)
