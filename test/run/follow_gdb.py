# SPDX-License-Identifier: MIT
"""For GDB, after tools/gdb/lectern.py: `follow FILE` goes along chains of
functions, each until it was seen from its first function to its last in their
order, and says so; the file has them as JSON: [[name, [[file, function]...]]].
The chain of the boot comes first, the others begin in the program of the
session.  A function may be met again before the next one, and others between.
"""
import json

import gdb

TRIES = 40
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
        self.at, self.tries = 0, 0
        self.why = ""
        self.ends = False
        self.points = []
        for i, (file, function) in enumerate(links):
            try:
                self.points.append(Link(self, i, file, function))
            except gdb.error:
                self.why = f"no {function} in {file}"
                self.ends = True

    def meets(self, place):
        """=> is the chain at its end?"""
        if place == 0:
            self.at = 1
        elif place == self.at:
            self.at += 1
        elif self.at and place > self.at:
            self.why = (f"after {self.names[self.at - 1]} comes "
                        f"{self.names[place]}, not {self.names[self.at]}")
            self.at = 0
            self.tries += 1
        self.ends = self.at == len(self.names) or self.tries == TRIES
        return self.ends

    def follow(self):
        while not self.ends:
            gdb.execute("continue", to_string=True)
        for point in self.points:
            point.delete()
        if self.at == len(self.names):
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
