# SPDX-License-Identifier: MIT
"""For GDB, after tools/gdb/lectern.py: `follow FILE` goes along chains of
functions, each until it was seen from its first function to its last in their
order, and says so; the file has them as JSON: [[name, [[file, function]...]]].
The chain of the boot comes first, the others begin in the program of the
session.  A function may be met again before the next one, and others between.

An interrupt may come in between and meet the first function, too, deeper in the
same stack: the chain begins again there, and goes on where it was when a
function is met above it.
"""
import json

import gdb

TRIES = 40
STACK = 0x4000          # the largest KSTACK_SIZE without checkers
BOOT = "kernel_main"    # begins the chain of the boot


class Link(gdb.Breakpoint):
    """A function of a chain."""

    def __init__(self, chain, place, file, function):
        try:
            super().__init__(source=file, function=function, internal=True)
        except gdb.error:               # inlined wherever it is called
            super().__init__(function=function, internal=True)
        self.chain, self.place = chain, place
        self.silent = True

    def stop(self):
        return self.chain.meets(self.place)


class Chain:
    def __init__(self, name, links):
        self.name, self.names = name, [f"{f}:{g}" for f, g in links]
        self.begun = []         # [the place that comes next, sp at the first]
        self.tries = 0
        self.why = ""
        self.followed = self.ends = False
        self.points = []
        for i, (file, function) in enumerate(links):
            try:
                self.points.append(Link(self, i, file, function))
            except gdb.error:
                self.why = f"no {function} in {file}"
                self.ends = True

    def meets(self, place):
        """=> is the chain at its end?"""
        sp = int(gdb.parse_and_eval("(unsigned long)$sp"))
        if place == 0:
            around = [b for b in self.begun if 0 < b[1] - sp < STACK]
            self.begun = around + [[1, sp]]
        elif self.begun:
            while len(self.begun) > 1 and sp > self.begun[-1][1]:
                self.begun.pop()        # the interrupt has ended
            self.goes_on(place, self.begun[-1])
        return self.ends

    def goes_on(self, place, begun):
        at = begun[0]
        if place == at:
            begun[0] += 1
            self.followed = begun[0] == len(self.names)
        elif place > at:
            self.why = (f"after {self.names[at - 1]} comes "
                        f"{self.names[place]}, not {self.names[at]}")
            self.begun = []
            self.tries += 1
        self.ends = self.followed or self.tries == TRIES

    def follow(self):
        while not self.ends:
            gdb.execute("continue", to_string=True)
        for point in self.points:
            point.delete()
        if self.followed:
            print(f"@ok {self.name}", flush=True)
        else:
            print(f"@not {self.name}: {self.why}", flush=True)


class Follow(gdb.Command):
    def __init__(self):
        super().__init__("follow", gdb.COMMAND_DATA)

    def invoke(self, argument, from_tty):
        gdb.execute("set breakpoint pending off")
        running = False
        with open(argument) as f:
            for name, links in json.load(f):
                if links[0][1] != BOOT and not running:
                    gdb.execute("continue", to_string=True)     # to its main
                    running = True
                print(f"@begin {name}", flush=True)
                Chain(name, links).follow()
        print("@end", flush=True)


Follow()
