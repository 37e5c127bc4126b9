# SPDX-License-Identifier: MIT
"""Page-table entries as a port's <arch/pte.h> defines them: their bits, and the
position of the frame number.  For GDB's commands and ./lectern show."""
import functools
import os
import re

TOP = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))


NUMBER = r"(?:0x[0-9a-f]+|\d+)u?l?"


def _value(text):
    """Return: the value of numbers with shifts and ors between them"""
    value = 0
    for part in text.strip("()").split("|"):
        number, *by = (int(word.strip().rstrip("ul"), 0)
                       for word in part.split("<<"))
        value |= number << sum(by)
    return value


@functools.lru_cache(None)
def layout(port):
    """Return: ({name: bit}, shift of the frame number, its mask).  The bits
    that only the kernel uses have lower-case names."""
    with open(os.path.join(TOP, "arch", port, "include", "arch",
                           "pte.h")) as f:
        text = f.read()
    numbers = {name: (_value(value), rest) for name, value, rest in re.findall(
        rf"^#define PTE_(\w+)\s+({NUMBER}|\({NUMBER}(?: (?:<<|\|) {NUMBER})*\))"
        r"(?!\w)(.*)", text, re.M)}
    shift = numbers.pop("PFN_SHIFT")[0]
    mask = numbers.pop("PFN_MASK", (~0,))[0]
    numbers.pop("VALUE_BITS", None)     # a width, as these two
    return ({name.lower() if "software" in rest else name: bit
             for name, (bit, rest) in numbers.items() if bit}, shift, mask)


def flags(port, entry):
    """Return: the names of the bits that are set, from the lowest on"""
    bits = layout(port)[0]
    return [name for name in sorted(bits, key=bits.get) if entry & bits[name]]


def is_cow(port, entry):
    """True if the entry is marked copy on write."""
    return bool(entry & layout(port)[0]["cow"])


def frame(port, entry):
    """Return: the frame number"""
    _, shift, mask = layout(port)
    return entry >> shift & mask


def moved(port, entry, frames):
    """Return: the entry with a frame number larger by `frames`"""
    return entry + (frames << layout(port)[1])
