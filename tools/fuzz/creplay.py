# SPDX-License-Identifier: MIT
"""Turns a program of system calls into a C program that makes them."""
from . import encode
from .program import Ptr, Ref

HEAD = """\
/* SPDX-License-Identifier: MIT */
/*
 * %s
 *
 * Written by ./lectern fuzz for %s; to replay it, run
 * `./lectern fuzz --replay` on the text file beside it:
 *
%s
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static long r[128];

static void fail(int n)
{
	int fd = open("/proc/lectern/fault_inject", O_WRONLY);

	dprintf(fd, "%%d\\n", n);
	close(fd);
}

static long done(const char *name, long v)
{
	printf("%%s: %%ld %%s\\n", name, v, v < 0 ? strerror(errno) : "");
	return v;
}
"""

MAIN = """
int main(void)
{
	mmap((void *)0x60000000, 0x40000, PROT_READ | PROT_WRITE,
	     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	mmap((void *)0x61000000, 0x40000, PROT_READ | PROT_WRITE,
	     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	memset(r, 0xff, sizeof(r));
%s	return 0;
}
"""


class Writer:
    def __init__(self, encoder):
        self.e = encoder

    def value(self, v):
        if isinstance(v, Ref):
            return f"r[{v.slot}]"
        if isinstance(v, Ptr):
            v = v.at
        return f"{v & (1 << self.e.bits) - 1:#x}ul"

    def memory(self, ptr, call, before, after):
        at = ptr.at
        for part in ptr.parts:
            if part[0] == "b":
                text = "".join(f"\\x{b:02x}" for b in part[1])
                before.append(f'memcpy((void *){at:#x}, "{text}", '
                              f"{len(part[1])});")
                at += len(part[1])
            elif part[0] == "o":
                at += part[1]
            elif part[0] == "l":
                after.append(f"r[{part[2]}] = *(int{8 * part[1]}_t *)"
                             f"{at:#x};")
                at += part[1]
            else:
                if isinstance(part[2], Ptr):
                    self.memory(part[2], call, before, after)
                n = self.e.size(part[1], call)
                v = part[2]
                word = self.value(v) if not isinstance(v, int) else \
                    f"{v & encode.MASK:#x}ull"
                before.append(f"*(uint{8 * n}_t *){at:#x} = "
                              f"(uint{8 * n}_t){word};")
                at += n

    def call(self, c):
        """Return: the statements of one call"""
        nr, call = self.e.calls[c.name]
        before, after, words = [], [], []
        for i, v in enumerate(c.args):
            kind = call.args[i][1] if i < len(call.args) else "ulong"
            n = self.e.words_of(kind)
            if isinstance(v, Ptr):
                self.memory(v, call, before, after)
            if isinstance(v, int) and n == 2 and self.e.bits == 32:
                words += [f"{v & 0xffffffff:#x}ul",
                          f"{v >> 32 & 0xffffffff:#x}ul"]
            else:
                words += [self.value(v)] + ["0ul"] * (n - 1)
        target = f"r[{c.ret}] = " if c.ret is not None else ""
        body = [f"{target}done(\"{c.name}\", syscall("
                + ", ".join([str(nr)] + words) + "));"]
        if c.name in ("clone", "clone3", "fork", "vfork"):
            life = "pause();" if c.child else "_exit(7);"
            body.append(f"if (getpid() != self) {{ {life} }}")
        if c.fail:
            body = [f"fail({c.fail});", *body, "fail(0);"]
        return before + body + after


def source(title, text, calls, encoder):
    """Return: the C program"""
    w = Writer(encoder)
    arch = encoder.arch
    # an end of a comment in the text must not end this one
    shown = "\n".join(f" *\t{line}".replace("*/", "* /")
                      for line in text.splitlines())
    out = [HEAD % (title.replace("*/", "* /"), arch, shown),
           "static pid_t self;\n"]
    main = ["self = getpid();"]
    for i, c in enumerate(calls):
        out.append(f"\nstatic void *call_{i}(void *unused)\n{{\n" + "".join(
            f"\t{line}\n" for line in w.call(c)) + "\treturn NULL;\n}\n")
        if c.thread:
            main += ["{", "\tpthread_t t;", "",
                     f"\tpthread_create(&t, NULL, call_{i}, NULL);"]
            main += ["}"] if c.asynchronous else [
                "\tpthread_join(t, NULL);", "}"]
        else:
            main.append(f"call_{i}(NULL);")
    out.append(MAIN % "".join(f"\t{line}\n" for line in main))
    return "".join(out)
