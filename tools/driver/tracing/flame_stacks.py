# SPDX-License-Identifier: MIT
"""From addresses of instructions, in the order in which they ran, to how many
ran below each chain of calls.

A log of addresses names no calls.  That an instruction is the first of a
function tells one, and that it lies in a function which is waiting for another
to return tells a return; only where a function calls itself its instructions
have to be looked at.  So a jump to the end of a function, as compilers make it
of a last call, counts as a call, and the return behind it ends both.
"""
from collections import namedtuple

# name: of the function; first: its first instruction; kernel: bool
Place = namedtuple("Place", "name first kernel")
CALL, RETURN, OTHER = range(3)


class Node:
    """A chain of calls, by its last; instructions that ran there."""
    __slots__ = ("name", "kernel", "above", "below", "own", "ends", "self_made")

    def __init__(self, name, kernel, above):
        self.name, self.kernel, self.above = name, kernel, above
        self.below, self.own = {}, 0
        # called by a function of the same name
        self.self_made = above is not None and above.name == name and \
            above.kernel == kernel and above.above is not None

    def child(self, name, kernel):
        found = self.below.get((name, kernel))
        if found is None:
            found = self.below[name, kernel] = Node(name, kernel, self)
        return found

    def totals(self):
        """=> {node: instructions of it and of all below}, itself among them"""
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
        """(the names from the root on, node) of all nodes with own ones"""
        left = [((), self)]
        while left:
            names, node = left.pop()
            names += (node.name,)
            if node.own:
                yield names, node
            left.extend((names, n) for n in node.below.values())


class Task:
    """Where one task is.  root: the program's node."""

    def __init__(self, pid, root):
        self.pid, self.node, self.root = pid, root, root

    def move_to(self, root):
        """Another program: the kernel's functions that run are its from here
        on."""
        names, node = [], self.node
        while node.kernel and node.above is not None and node is not self.root:
            names.append(node.name)
            node = node.above
        self.root = self.node = root
        for name in reversed(names):
            self.node = self.node.child(name, True)


def called(node, place):
    """The first instruction of a function: a call, or a trap."""
    if place.kernel == node.kernel or place.kernel:
        return node.child(place.name, place.kernel)
    return back_to_user(node).child(place.name, False)


def back_to_user(node):
    """The program's function that trapped."""
    while node.kernel and node.above.above is not None:
        node = node.above
    return node


def returned(node, place, root):
    """Any other instruction of another function than node's."""
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
    # code that was entered behind its beginning: a jump
    return node.above.child(place.name, place.kernel)


class Stacks:
    """kind: function (address, place) => CALL, RETURN or OTHER"""

    def __init__(self, kind):
        self.kind = kind
        self.forget()

    def forget(self):
        self.top = Node("all", True, None)

    def root(self, name):
        return self.top.child(name, True)

    def step(self, task, pc, place, before):
        """One instruction; before: the address of the one before it."""
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
        """Forget what ran below this function of the kernel."""
        left = [self.top]
        while left:
            node = left.pop()
            node.below.pop((name, True), None)
            left.extend(node.below.values())

    @staticmethod
    def waits(task, place):
        """A trap at the first instruction of a function: is it that one that
        goes on?"""
        node = task.node
        while node.kernel and node is not task.root:
            node = node.above
        return node.name == place.name and not node.kernel
