# SPDX-License-Identifier: MIT
"""Whether a command will ever end: of all its processes none runs, and none
waits for a CPU, whenever one looks for some seconds; or they have used more CPU
time together than it may; or it is there for very long.

The wall clock alone cannot tell: on a busy host a command may get no CPU for
minutes.  So its limit is the last one, for what the others do not see, such as
processes that are born, sleep a moment and die.  CPU time counts that of
processes that have ended, too.
"""
import os
import time

ASLEEP_SECONDS = 10
TICKS = os.sysconf("SC_CLK_TCK")


def _stat(path):
    """Return: state, parent and used ticks of a process or thread, and those
    with its children that have ended"""
    with open(path + "/stat", "rb") as f:
        words = f.read().rpartition(b")")[2].split()
    ticks = list(map(int, words[11:15]))
    return words[0], int(words[1]), sum(ticks[:2]), sum(ticks)


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
                state, _, ticks, _ = _stat(f"/proc/{process}/task/{thread}")
                if state in (b"R", b"D"):
                    return None
                found.append((thread, ticks))
        except OSError:
            return None                 # it ends at this moment
    return sorted(found)


def used(pid):
    """Return: seconds of CPU time of the process and all below it"""
    ticks = 0
    for process in family(pid):
        try:
            ticks += _stat(f"/proc/{process}")[3]
        except OSError:
            pass                        # its parent has them, at the next look
    return ticks / TICKS


class Watch:
    """Watches a command.  pid: of its first process; cpu, wall: seconds that
    all its processes may use, and that it may be there"""

    def __init__(self, pid, cpu, wall):
        self.pid, self.last, self.same = pid, None, 0
        self.cpu, self.end = cpu, time.monotonic() + wall
        self.next = time.monotonic() + 1

    def is_hopeless(self):
        """Return: true if the command will not end by itself.  To be called
        often.  Looks are counted, not seconds, since this process may get no
        CPU for minutes, too."""
        now = time.monotonic()
        if now < self.next:
            return False
        self.next = now + 1
        seen = activity(self.pid)
        self.same = self.same + 1 if seen is not None and seen == self.last \
            else 0
        self.last = seen
        return (self.same >= ASLEEP_SECONDS or now > self.end
                or used(self.pid) > self.cpu)
