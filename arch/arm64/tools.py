# SPDX-License-Identifier: MIT
"""arm64, for tools: how code, stacks and files of the machine look."""

ELF_MACHINE = 183
ELF_NAME = "AArch64"
RELOCATIONS = {
    257: "R_AARCH64_ABS64", 275: "R_AARCH64_ADR_PREL_PG_HI21",
    277: "R_AARCH64_ADD_ABS_LO12_NC", 278: "R_AARCH64_LDST8_ABS_LO12_NC",
    280: "R_AARCH64_CONDBR19", 282: "R_AARCH64_JUMP26",
    283: "R_AARCH64_CALL26", 285: "R_AARCH64_LDST32_ABS_LO12_NC",
    286: "R_AARCH64_LDST64_ABS_LO12_NC", 311: "R_AARCH64_ADR_GOT_PAGE",
    312: "R_AARCH64_LD64_GOT_LO12_NC", 1024: "R_AARCH64_COPY",
    1025: "R_AARCH64_GLOB_DAT", 1026: "R_AARCH64_JUMP_SLOT",
    1027: "R_AARCH64_RELATIVE",
}
JUMP_SLOT = 1026
PLT_HEAD, PLT_ENTRY = 32, 16    # bytes of a PLT's first entry, and of others
PLT_BEGINS_AT_HEAD = True       # a function's first call jumps there
GOT_OWN_WORDS = (1, 2)          # the linker's own: object, resolver
# registers in NT_PRSTATUS; `ra`: where a call leaves its return address
PRSTATUS_WORDS = {"pc": 32, "ra": 30, "sp": 31}

ADDRESS_DIGITS = 12             # of user addresses, as Linux prints them
FRAME_POINTER = "x29"
FRAME_RECORD = 0                # from there: the caller's x29, and x30
GDB_PC = 32                     # GDB's number of the program counter
GDB_ARGUMENTS = (0, 1, 2)       # ... of the first arguments
BREAKPOINTS = (4,)              # lengths that GDB may ask for
BREAK_BEHIND = 0                # from a breakpoint to the pc of its trap
CALL_REGISTER = "x8"            # it has a system call's number
CALL_CODE = "010000d4"          # the instruction of a call
# the program counter and the frame pointer, as QEMU's monitor shows them
MONITOR_REGISTERS = (r"\bPC=([0-9a-f]+)", r"\bX29=([0-9a-f]+)")
# instructions that make a frame, disassembled
FRAME_CODE = r"\b(sp|x29)\b|^ret"
HARDWARE_WATCHPOINTS = True     # for debuggers in the guest

# Assembler text: what ends with status 6; a function that writes the five bytes
# at label 1.
LEAVE = "mov x0, #6; mov x8, #93; svc #0"
SAY = "mov x0, #1; adr x1, 1f; mov x2, #5; mov x8, #64; svc #0; ret"

LEAF = "an entry without T, or of level 0, is a page"

# The code of atomic_publish(), and the instruction of mb_after_atomic(): "" if
# an atomic operation is a fence (test/run/orders_test.py)
PUBLISH = r"ldaxr .*stlxr "
FENCE = r"dmb ish$"

# What makes a CPU forget translations or fetches (tools/flush_sites.py): lines,
# and what they are called
FLUSHES = (
    (r'\t(?:__asm__ volatile\("dsb nshst\\n\\t)?tlbi\b', "tlbi"),
    (r'\t__asm__ volatile\("dsb nshst\\n\\tsys #0, c8, c6', "tlbi of a range"),
    (r'\t__asm__ volatile\("dc cvau', "dc cvau"),
    (r'\t(?:__asm__ volatile\(")?ic\b', "ic"),
)

# The device tree at the kernel's first instruction: GDB's number of the register
# with its address, and what the kernel says if a node or property is missing.
TREE_REGISTER = 0
TREE_NEEDS = {
    "arm,armv8-timer": "the device tree names no virtual timer",
    "arm,cortex-a15-gic": "the device tree names no interrupt controller",
    "arm,psci-0.2": "the device tree names no firmware (PSCI by hvc)",
    "method": "the device tree names no firmware (PSCI by hvc)",
    "arm,pl011": "the device tree names no serial chip",
}
# Other CPUs and boards that refuse the kernel, or that it refuses: QEMU's
# arguments, and what it says
REFUSED = {
    "-machine virtualization=on": "entered at EL2; this kernel needs EL1",
}
# A symbol before which a register is changed: its number, and the value
PATCHED = {
    "page_sizes": (2, 15, "this CPU has no pages of 4 KiB"),
}


def is_leaf(entry, level):
    return level == 0 or entry & 3 != 3


def sleeping_frame(task, read_word):
    """Return: the frame pointer of a task that is not running"""
    return task.words("arch.x")[10]


def registers(frame):
    """Yield (name, value) of a trapframe."""
    for i, value in enumerate(frame.words("regs")):
        yield f"x{i}", value
    for name in ("sp", "pc", "pstate", "cause", "esr", "far"):
        yield name, frame.int(name)


def jump_code(at, to):
    """Return: the instruction of a site that is on (topics/events/arch)"""
    return (0x14000000 | to - at >> 2 & 0x3ffffff).to_bytes(4, "little")


def kind_of(code):
    """Return: "call", "return" or None, by an instruction's first four bytes"""
    word = int.from_bytes(code, "little")
    if word >> 26 == 0x25 or word & 0xfffffc1f == 0xd63f0000:   # bl, blr
        return "call"
    return "return" if word == 0xd65f03c0 else None             # ret
