#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""bad_input.py ARCH - machines that the kernel cannot boot on: a device tree
that lacks what it needs, a CPU that does not come up, a CPU that lacks what it
needs.  Each ends with status 121 and one line that says why.

The tree is edited by QEMU's GDB stub, before the kernel's first instruction."""
import os
import re
import struct
import sys

sys.dont_write_bytecode = True
import boothart  # noqa: E402
import trees  # noqa: E402
from harness import BUILD, Tap, holds, limit, read, read_bytes, run  # noqa: E402
from driver.common import MACHINES  # noqa: E402
from driver.machine.machine import free_port  # noqa: E402
from driver.show.elf import Elf  # noqa: E402

REFUSED = 121
CHUNK = 512             # bytes of memory in a packet of the stub


def load(stub, at, size):
    data = b""
    while len(data) < size:
        n = min(CHUNK, size - len(data))
        data += bytes.fromhex(stub.ask(f"m{at + len(data):x},{n:x}"))
    return data


def store(stub, at, data):
    for i in range(0, len(data), CHUNK):
        part = data[i:i + CHUNK]
        stub.do(f"M{at + i:x},{len(part):x}:{part.hex()}")


def stop_at(stub, where):
    """Run to an address.  QEMU lets only those write a register who have read
    their description."""
    stub.ask("qXfer:features:read:target.xml:0,100")
    stub.do(f"Z1,{where:x},4")
    stub.ask("c")
    stub.do(f"z1,{where:x},4")


def register(stub, n):
    return int.from_bytes(bytes.fromhex(stub.ask(f"p{n:x}")), "little")


def boot(arch, patch, *options):
    return boothart.boot_patched(
        patch, free_port(), "--arch", arch, "--timeout", limit(60), *options,
        "--", "/usr/lectern/bin/echo", "booted")


def boot_edited(arch, edit, *options):
    """Boot with the tree that edit(bytes) returns.  Return: status, output"""
    m = MACHINES[arch]

    def patch(stub):
        stop_at(stub, m.load)
        at = register(stub, m.port().TREE_REGISTER)
        size = trees.size_of(load(stub, at, trees.HEAD.size))
        store(stub, at, edit(load(stub, at, size)))
        stub.do("D")

    return boot(arch, patch, *options)


def refused(done, why):
    status, out = done
    said = re.findall(r"cannot start: (.*?)\s*$", out, re.M)
    holds(status == REFUSED, f"exit {status}\n{out[-2000:]}")
    holds(len(said) == 1 and why in said[0], f"{said}\n{out[-2000:]}")


def lacks(arch, change, why):
    def edit(blob):
        root = trees.parse(blob)
        holds(change(root), "the tree has nothing to leave out")
        return trees.blob_of(root)

    refused(boot_edited(arch, edit), why)


def without(what):
    """Return: a function that drops nodes like this, or properties"""
    def change(root):
        gone = root.drop(lambda n: n.is_like(what))
        for node in root.each():
            gone += node.props.pop(what, None) is not None
        return gone
    return change


def disabled(what):
    """Return: a function that disables nodes like this"""
    def change(root):
        nodes = [n for n in root.each() if n.is_like(what)]
        for node in nodes:
            node.props["status"] = b"disabled\0"
        return nodes
    return change


def memory_at(base, size):
    def change(root):
        for node in root.each():
            if node.has_type("memory"):
                node.props["reg"] = struct.pack(">QQ", base, size)
                return True
        return False
    return change


def damaged(arch):
    """The end of the root is wrong; how to end is known from its nodes."""
    def edit(blob):
        head = trees.HEAD.unpack_from(blob)
        end = head[2] + head[9]
        return blob[:end - 8] + b"\xff" * 4 + blob[end - 4:]

    refused(boot_edited(arch, edit), "is damaged")


def one_cpu_is_missing(arch):
    """The tree has a CPU that the machine has not."""
    def edit(blob):
        root = trees.parse(blob)
        cpus = next(n for n in root.nodes if n.name == "cpus")
        cpu = next(n for n in cpus.nodes if n.has_type("cpu"))
        other = trees.Node("cpu@7", dict(cpu.props))
        other.props["reg"] = struct.pack(">I", 7)
        other.props.pop("phandle", None)
        cpus.nodes.append(other)
        return trees.blob_of(root)

    refused(boot_edited(arch, edit), "CPU 7 does not start")
    status, out = boot_edited(arch, edit, "--append", "smp=1")
    holds(status == 0 and "booted" in out, f"exit {status}\n{out[-2000:]}")


def board_refused(arch, words, why):
    done = run("run", "--timeout", limit(60), f"--qemu-args={words}", "--",
               "true", arch=arch)
    refused((done.returncode,
             (done.stdout + done.stderr).decode(errors="replace")), why)


def patched(arch, symbol, n, value, why):
    """The kernel reads another value from a register of the CPU."""
    run("build", arch=arch)
    path = os.path.join(BUILD, arch, "lectern.elf")
    at = {s.name: s.value for s in Elf(read_bytes(path), path).symbols()}

    def patch(stub):
        stop_at(stub, MACHINES[arch].load + at[symbol] - at["_start"])
        stub.do(f"P{n:x}={boothart.word(value)}")
        stub.do("D")

    refused(boot(arch, patch), why)


def main():
    arch = sys.argv[1]
    tap = Tap()
    m, port = MACHINES[arch], MACHINES[arch].port()
    if not hasattr(port, "TREE_REGISTER"):
        tap.point(True, "device trees", skip="the machine has none")
        tap.end()
        return
    for what, why in port.TREE_NEEDS.items():
        tap.case(f"a tree without {what}", lacks, arch, without(what), why)
        if "," in what:         # a device, no property
            tap.case(f"a tree with {what} disabled", lacks, arch,
                     disabled(what), why)
    here = "the device tree names no RAM where the kernel lies"
    tap.case("a tree without memory", lacks, arch,
             lambda root: root.drop(lambda n: n.has_type("memory")), here)
    tap.case("memory below the kernel", lacks, arch,
             memory_at(m.ram, m.load - m.ram), here)
    tap.case("memory that ends in the kernel", lacks, arch,
             memory_at(m.ram, m.load - m.ram + 0x10000), here)
    tap.case("a damaged tree", damaged, arch)
    tap.case("a CPU that does not come up", one_cpu_is_missing, arch)
    for words, why in port.REFUSED.items():
        tap.case(words, board_refused, arch, words, why)
    for symbol, (n, value, why) in port.PATCHED.items():
        tap.case(why, patched, arch, symbol, n, value, why)
    tap.end()


main()
