# SPDX-License-Identifier: MIT
"""Device trees as Python objects, to be edited (devicetree specification 0.4,
chapter 5)."""
import struct

MAGIC = 0xd00dfeed
HEAD = struct.Struct(">10I")
BEGIN, END, PROP, NOP, LAST = 1, 2, 3, 4, 9


class Node:
    def __init__(self, name, props=None):
        self.name, self.props, self.nodes = name, props or {}, []

    def each(self):
        yield self
        for node in self.nodes:
            yield from node.each()

    def drop(self, unwanted):
        """Leave out the nodes below that are unwanted.  Return: how many"""
        kept = [n for n in self.nodes if not unwanted(n)]
        gone = len(self.nodes) - len(kept)
        self.nodes = kept
        return gone + sum(n.drop(unwanted) for n in kept)

    def strings(self, prop):
        return self.props.get(prop, b"").split(b"\0")

    def is_like(self, compatible):
        return compatible.encode() in self.strings("compatible")

    def has_type(self, name):
        return name.encode() in self.strings("device_type")


def padded(data):
    return data + bytes(-len(data) % 4)


def size_of(head):
    """Return: how many of a tree's bytes have a meaning"""
    (_, _, at, strings, _, _, _, _, strings_size, size) = HEAD.unpack(head)
    return max(at + size, strings + strings_size)


def parse(blob):
    """Return: the root"""
    at, strings = HEAD.unpack_from(blob)[2:4]
    path = [Node("")]
    while True:
        token, = struct.unpack_from(">I", blob, at)
        at += 4
        if token == BEGIN:
            end = blob.index(b"\0", at)
            path.append(Node(blob[at:end].decode()))
            path[-2].nodes.append(path[-1])
            at += len(padded(blob[at:end + 1]))
        elif token == END:
            path.pop()
        elif token == PROP:
            size, name = struct.unpack_from(">II", blob, at)
            name = strings + name
            name = blob[name:blob.index(b"\0", name)].decode()
            path[-1].props[name] = blob[at + 8:at + 8 + size]
            at += 8 + len(padded(bytes(size)))
        elif token == LAST:
            return path[0].nodes[0]


def blob_of(root):
    """Return: the tree in bytes, without reserved memory"""
    names = {}
    strings = bytearray()

    def tokens(node):
        out = struct.pack(">I", BEGIN) + padded(node.name.encode() + b"\0")
        for name, value in node.props.items():
            if name not in names:
                names[name] = len(strings)
                strings.extend(name.encode() + b"\0")
            out += struct.pack(">III", PROP, len(value), names[name])
            out += padded(value)
        return out + b"".join(map(tokens, node.nodes)) + \
            struct.pack(">I", END)

    body = tokens(root) + struct.pack(">I", LAST)
    at = HEAD.size + 16
    head = HEAD.pack(MAGIC, at + len(body) + len(strings), at, at + len(body),
                     HEAD.size, 17, 16, 0, len(strings), len(body))
    return head + bytes(16) + body + bytes(strings)
