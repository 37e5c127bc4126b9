# SPDX-License-Identifier: MIT
"""RISC-V, for tools: how code, stacks and files of the machine look."""

ELF_MACHINE = 243
ELF_NAME = "RISC-V"
RELOCATIONS = {
    2: "R_RISCV_64", 3: "R_RISCV_RELATIVE", 5: "R_RISCV_JUMP_SLOT",
    16: "R_RISCV_BRANCH", 17: "R_RISCV_JAL", 18: "R_RISCV_CALL",
    19: "R_RISCV_CALL_PLT", 20: "R_RISCV_GOT_HI20", 23: "R_RISCV_PCREL_HI20",
    24: "R_RISCV_PCREL_LO12_I", 25: "R_RISCV_PCREL_LO12_S",
    26: "R_RISCV_HI20", 27: "R_RISCV_LO12_I", 28: "R_RISCV_LO12_S",
    44: "R_RISCV_RVC_BRANCH", 45: "R_RISCV_RVC_JUMP", 51: "R_RISCV_RELAX",
}
JUMP_SLOT = 5
PLT_HEAD, PLT_ENTRY = 32, 16    # bytes of a PLT's first entry, and of others
PLT_BEGINS_AT_HEAD = True       # a function's first call jumps there
GOT_OWN_WORDS = (1, 0)          # the linker's own: object, resolver
# registers in NT_PRSTATUS; `ra`: where a call leaves its return address
PRSTATUS_WORDS = {"pc": 0, "ra": 1, "sp": 2}

ADDRESS_DIGITS = 12             # of user addresses, as Linux prints them
FRAME_POINTER = "s0"
FRAME_RECORD = -16              # from there: the caller's s0, and ra
GDB_PC = 32                     # GDB's number of the program counter
GDB_ARGUMENTS = (10, 11, 12)    # ... of the first arguments
BREAKPOINTS = (2, 4)            # lengths that GDB may ask for
BREAK_BEHIND = 0                # from a breakpoint to the pc of its trap
CALL_REGISTER = "a7"            # it has a system call's number
CALL_CODE = "73000000"          # the instruction of a call
# the program counter and the frame pointer, as QEMU's monitor shows them
MONITOR_REGISTERS = (r"\bpc\s+([0-9a-f]+)", r"x8/s0\s+([0-9a-f]+)")
# instructions that make a frame, disassembled
FRAME_CODE = r"\b(sp|s0)\b|^ret"
HARDWARE_WATCHPOINTS = False    # for debuggers in the guest

# Assembler text: what ends with status 6; a function that writes the five bytes
# at label 1.
LEAVE = "li a0, 6; li a7, 93; ecall"
SAY = "li a0, 1; lla a1, 1f; li a2, 5; li a7, 64; ecall; ret"

LEAF = "an entry with R, W or X is a page"

# The code of atomic_publish(), and the instruction of mb_after_atomic(): "" if
# an atomic operation is a fence (test/run/orders_test.py)
PUBLISH = r"fence iorw,ow; .*lr\.|fence; .*lr\.|\.rl"
FENCE = r"fence\b"

# What makes a CPU forget translations or fetches (tools/flush_sites.py): lines,
# and what they are called
FLUSHES = (
    (r'\t(?:__asm__ volatile\(")?sfence\.vma', "sfence.vma"),
    (r'\t(?:__asm__ volatile\(")?fence\.i\b', "fence.i"),
)

# The device tree at the kernel's first instruction: GDB's number of the register
# with its address, and what the kernel says if a node or property is missing.
TREE_REGISTER = 11
TREE_NEEDS = {
    "timebase-frequency": "the device tree names no time base",
    "riscv,plic0": "the device tree names no interrupt controller",
    "interrupts-extended": "the interrupt controller is not wired to hart 0",
}
REFUSED = PATCHED = {}


def is_leaf(entry, level):
    return bool(entry & 0xe)


def sleeping_frame(task, read_word):
    """Return: the frame pointer of a task that is not running"""
    return task.words("arch.s")[0]


def registers(frame):
    """Yield (name, value) of a trapframe."""
    names = ("pc ra sp gp tp t0 t1 t2 s0 s1 a0 a1 a2 a3 a4 a5 a6 a7 s2 s3 s4 "
             "s5 s6 s7 s8 s9 s10 s11 t3 t4 t5 t6").split()
    yield from zip(names, frame.words("regs"))
    for name in ("status", "cause", "tval"):
        yield name, frame.int(name)


def jump_code(at, to):
    """Return: the instruction of a site that is on (topics/events/arch)"""
    way = to - at
    return (0x6f | (way >> 20 & 1) << 31 | (way >> 1 & 0x3ff) << 21 |
            (way >> 11 & 1) << 20 | (way >> 12 & 0xff) << 12
            ).to_bytes(4, "little")


def kind_of(code):
    """Return: "call", "return" or None, by an instruction's first four bytes"""
    word = int.from_bytes(code, "little")
    half, register = word & 0xffff, word >> 7 & 31
    if word & 3 != 3:
        if half & 0xf07f == 0x9002 and register:        # c.jalr
            return "call"
        return "return" if half == 0x8082 else None     # c.jr ra
    if word & 0x7f in (0x6f, 0x67) and register == 1:   # jal ra, jalr ra
        return "call"
    return "return" if word == 0x00008067 else None
