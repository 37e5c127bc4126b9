# SPDX-License-Identifier: MIT
"""i386, for tools: how code, stacks and files of the machine look."""

ELF_MACHINE = 3
ELF_NAME = "Intel 80386"
RELOCATIONS = {
    1: "R_386_32", 2: "R_386_PC32", 3: "R_386_GOT32", 4: "R_386_PLT32",
    6: "R_386_GLOB_DAT", 7: "R_386_JUMP_SLOT", 8: "R_386_RELATIVE",
    9: "R_386_GOTOFF", 10: "R_386_GOTPC", 43: "R_386_GOT32X",
}
JUMP_SLOT = 7
PLT_HEAD, PLT_ENTRY = 16, 16    # bytes of a PLT's first entry, and of others
PLT_BEGINS_AT_HEAD = False      # a function's first call jumps there
GOT_OWN_WORDS = (1, 2)          # the linker's own: object, resolver
# registers in NT_PRSTATUS; `ra`: where a call leaves its return address
PRSTATUS_WORDS = {"pc": 12, "sp": 15}

ADDRESS_DIGITS = 8              # of user addresses, as Linux prints them
FRAME_POINTER = "ebp"
FRAME_RECORD = 0                # from there: the caller's ebp, and eip
GDB_PC = 8                      # GDB's number of the program counter
GDB_ARGUMENTS = (0, 2, 1)       # ... of the first arguments
BREAKPOINTS = (1,)              # lengths that GDB may ask for
BREAK_BEHIND = 1                # from a breakpoint to the pc of its trap
CALL_REGISTER = "eax"           # it has a system call's number
CALL_CODE = "cd80"              # the instruction of a call
# the program counter and the frame pointer, as QEMU's monitor shows them
MONITOR_REGISTERS = (r"EIP=([0-9a-f]+)", r"EBP=([0-9a-f]+)")
# instructions that make a frame, disassembled
FRAME_CODE = r"^(ret|push|pop|leave)|%ebp"
HARDWARE_WATCHPOINTS = True     # for debuggers in the guest

# Assembler text: what ends with status 6; a function that writes the five bytes
# at label 1.
LEAVE = "mov $6, %ebx; mov $1, %eax; int $0x80"
SAY = ("push %ebx; call 2f; 2: pop %ecx; lea 1f-2b(%ecx), %ecx; "
       "mov $1, %ebx; mov $5, %edx; mov $4, %eax; int $0x80; pop %ebx; ret")

LEAF = "an entry with PS, or of level 0, is a page"

# The code of atomic_publish(), and the instruction of mb_after_atomic(): "" if
# an atomic operation is a fence (test/run/orders_test.py)
PUBLISH = "lock cmpxchg"
FENCE = ""

# What makes a CPU forget translations or fetches (tools/flush_sites.py): lines,
# and what they are called
FLUSHES = (
    (r'\t__asm__ volatile\("invlpg', "invlpg"),
    (r"\twrite_cr\(3, read_cr\(3\)\)", "cr3"),
    (r"\twrite_cr\(4, cr4 & ~.*PGE", "cr4"),
)


def is_leaf(entry, level):
    return level == 0 or bool(entry & 0x80)


def sleeping_frame(task, read_word):
    """Return: the frame pointer of a task that is not running"""
    return read_word(task.int("arch.sp") + 12)


def registers(frame):
    """Yield (name, value) of a trapframe."""
    for f in frame.type.fields():
        if f.name not in ("unused_esp",):
            yield f.name, frame.int(f.name) & 0xffffffff


def jump_code(at, to):
    """Return: the instruction of a site that is on (topics/events/arch)"""
    return b"\xe9" + (to - at - 5 & 0xffffffff).to_bytes(4, "little")


def kind_of(code):
    """Return: "call", "return" or None, by an instruction's first four bytes"""
    if code[0] == 0xe8 or code[0] == 0xff and code[1] >> 3 & 7 == 2:
        return "call"
    if code[0] in (0xc3, 0xc2) or code[:2] == b"\xf3\xc3":
        return "return"
    return None
