# SPDX-License-Identifier: MIT
"""Whether a command will ever go on: of all its processes none runs, and none
waits for a CPU, whenever one looks for some seconds.

The wall clock cannot tell that: on a busy host a command may get no CPU for
minutes.  A command that runs without end reaches its limit of CPU time.
"""
import os
import time

ASLEEP_SECONDS = 10


def _stat(path):
    """Return: state, parent and used ticks of a process or thread"""
    with open(path + "/stat", "rb") as f:
        words = f.read().rpartition(b")")[2].split()
    return words[0], int(words[1]), sum(map(int, words[11:13]))


def family(pid):
    """Return: the process and all below it"""
    children = {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            children.setdefault(_stat(f"/proc/{name}")[1], []).append(int(name))
        except OSError:
            pass                        # it has ended
    found = [pid]
    for each in found:
        found += children.get(each, [])
    return found


def activity(pid):
    """Return: what changes if one of the processes runs; None if one of their
    threads runs now or waits for a CPU or a disk"""
    found = []
    for process in family(pid):
        try:
            for thread in os.listdir(f"/proc/{process}/task"):
                state, _, ticks = _stat(f"/proc/{process}/task/{thread}")
                if state in (b"R", b"D"):
                    return None
                found.append((thread, ticks))
        except OSError:
            return None                 # it ends at this moment
    return sorted(found)


class Watch:
    """Watches a command.  pid: of its first process"""

    def __init__(self, pid):
        self.pid, self.last, self.same = pid, None, 0
        self.next = time.monotonic() + 1

    def asleep(self):
        """Return: true if the command will not go on.  To be called often
        while it prints nothing.  Looks are counted, not seconds, since this
        process may get no CPU for minutes, too."""
        if time.monotonic() < self.next:
            return False
        self.next = time.monotonic() + 1
        seen = activity(self.pid)
        self.same = self.same + 1 if seen is not None and seen == self.last \
            else 0
        self.last = seen
        return self.same >= ASLEEP_SECONDS
