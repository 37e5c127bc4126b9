# SPDX-License-Identifier: MIT
"""Turn addresses of instructions, in the order of execution, into the number of
instructions below each chain of calls.

A log of addresses shows no calls.  A function's first instruction means a call;
an instruction in a function that waits for another to return means a return.
Only where a function calls itself, its instructions have to be examined.  So a
jump to another function, as compilers make it of a last call, counts as a call,
and the return from that function ends both.
"""
from collections import namedtuple

# name: of the function; first: its first instruction; kernel: bool
Place = namedtuple("Place", "name first kernel")
CALL, RETURN, OTHER = range(3)


class Node:
    """A chain of calls ending here, and the instructions that ran here."""
    __slots__ = ("name", "kernel", "above", "below", "own", "ends", "self_made")

    def __init__(self, name, kernel, above):
        self.name, self.kernel, self.above = name, kernel, above
        self.below, self.own = {}, 0
        # True if called by a function of the same name
        self.self_made = above is not None and above.name == name and \
            above.kernel == kernel and above.above is not None

    def child(self, name, kernel):
        found = self.below.get((name, kernel))
        if found is None:
            found = self.below[name, kernel] = Node(name, kernel, self)
        return found

    def totals(self):
        """Return: {node: instructions of it and of all below}"""
        order, left = [], [self]
        while left:
            node = left.pop()
            order.append(node)
            left.extend(node.below.values())
        found = {}
        for node in reversed(order):
            found[node] = node.own + sum(found[b] for b in node.below.values())
        return found

    def walk(self):
        """Yield (names from the root on, node) of nodes with instructions."""
        left = [((), self)]
        while left:
            names, node = left.pop()
            names += (node.name,)
            if node.own:
                yield names, node
            left.extend((names, n) for n in node.below.values())


class Task:
    """The position of one task.  root: the program's node."""

    def __init__(self, pid, root):
        self.pid, self.node, self.root = pid, root, root

    def move_to(self, root):
        """Switch to another program, which also gets the kernel functions that
        are now running."""
        names, node = [], self.node
        while node.kernel and node.above is not None and node is not self.root:
            names.append(node.name)
            node = node.above
        self.root = self.node = root
        for name in reversed(names):
            self.node = self.node.child(name, True)


def called(node, place):
    """Enter a function at its first instruction: a call, or a trap."""
    if place.kernel == node.kernel or place.kernel:
        return node.child(place.name, place.kernel)
    return back_to_user(node).child(place.name, False)


def back_to_user(node):
    """Return: the function of the program that trapped"""
    while node.kernel and node.above.above is not None:
        node = node.above
    return node


def returned(node, place, root):
    """Handle any other instruction outside node's function."""
    if place.kernel and not node.kernel and node is not root:
        return node.child(place.name, True)     # a trap's first is not logged
    if not place.kernel:
        while node.kernel and node is not root:
            node = node.above
    at = node
    while at is not root and at.kernel == place.kernel:
        if at.name == place.name:
            return at
        at = at.above
    if node is root:
        return root.child(place.name, place.kernel)
    # the code was entered after its beginning: a jump
    return node.above.child(place.name, place.kernel)


class Stacks:
    """kind: function (address, place) that returns CALL, RETURN or OTHER"""

    def __init__(self, kind):
        self.kind = kind
        self.forget()

    def forget(self):
        self.top = Node("all", True, None)

    def root(self, name):
        return self.top.child(name, True)

    def step(self, task, pc, place, before):
        """Count one instruction; before: the address of the previous one."""
        node = task.node
        if place.name != node.name or place.kernel != node.kernel \
                or node is task.root:
            task.node = node = (
                called(node, place) if pc == place.first and (
                    place.kernel or not node.kernel
                    or not self.waits(task, place))
                else returned(node, place, task.root))
        elif pc == place.first and before != pc:
            if self.kind(before, place) == CALL:
                task.node = node = node.child(place.name, place.kernel)
        elif node.self_made and self.kind(before, place) == RETURN:
            task.node = node = node.above
        node.own += 1

    def drop(self, name):
        """Remove what ran below this function of the kernel."""
        left = [self.top]
        while left:
            node = left.pop()
            node.below.pop((name, True), None)
            left.extend(node.below.values())

    @staticmethod
    def waits(task, place):
        """True if a function trapped at its first instruction, and now goes
        on, instead of being called again."""
        node = task.node
        while node.kernel and node is not task.root:
            node = node.above
        return node.name == place.name and not node.kernel
