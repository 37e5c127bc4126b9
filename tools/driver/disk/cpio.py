# SPDX-License-Identifier: MIT
"""Archives in the "newc" cpio format of the initial file system.

The same entries in the same order give the same bytes: inode numbers count
up, times are zero, everything belongs to root.  Data of a page or more begins
at a page boundary, so that the kernel can use it in place; zeros after the name
provide the alignment.
"""
import os
import stat
from collections import Counter

PAGE = 4096
NAME_MAX = 4096                 # including the zeros that pad it


class Archive:
    """Entries by guest path; missing parent directories are added.

    An entry is left out if taken(path) is true for its path, and a path that
    begins with one of `merged` means the directory of that name under /usr.
    """

    def __init__(self, merged=(), taken=lambda path: False):
        self.entries = {}
        self.same_as = {}       # another name of a file -> its first name
        self.merged, self.taken = merged, taken

    def _place(self, path):
        path = os.path.normpath(path).lstrip("/")
        if path.partition("/")[0] in self.merged:
            path = "usr/" + path
        return path

    def _parents(self, path):
        parent = os.path.dirname(path)
        if parent and parent not in self.entries:
            self._parents(parent)
            self.entries[parent] = (stat.S_IFDIR | 0o755, b"", (0, 0))

    def _put(self, path, mode, data=b"", device=(0, 0)):
        path = self._place(path)
        if path in ("", ".") or self.taken(path):
            return
        self._parents(path)
        self.entries[path] = (mode, data, device)

    def folder(self, path, mode=0o755):
        self._put(path, stat.S_IFDIR | mode)

    def file(self, path, data, mode=0o644):
        if isinstance(data, str):
            data = data.encode()
        self._put(path, stat.S_IFREG | mode, data)

    def link(self, path, target):
        self._put(path, stat.S_IFLNK | 0o777, os.fsencode(target))

    def same(self, path, first):
        """Add a hard link to a file that is already in the archive."""
        path, first = self._place(path), self._place(first)
        mode, _, device = self.entries[first]
        self._put(path, mode, b"", device)
        self.same_as[path] = first

    def char(self, path, major, minor, mode=0o600):
        self._put(path, stat.S_IFCHR | mode, b"", (major, minor))

    def host(self, source, path):
        """Add a file, link or whole directory of the host."""
        mode = os.lstat(source).st_mode
        if stat.S_ISLNK(mode):
            self.link(path, os.readlink(source))
        elif stat.S_ISREG(mode):
            with open(source, "rb") as f:
                self.file(path, f.read(), stat.S_IMODE(mode))
        elif stat.S_ISDIR(mode):
            self.folder(path, stat.S_IMODE(mode))
            for name in sorted(os.listdir(source)):
                self.host(os.path.join(source, name), f"{path}/{name}")
        # sockets and devices of the host are meaningless to the guest

    def bytes(self):
        out = bytearray()
        number = {p: n for n, p in enumerate(sorted(self.entries), 1)}
        links = Counter(self.same_as.values())
        for path in sorted(self.entries):
            mode, data, device = self.entries[path]
            first = self.same_as.get(path, path)
            count = 1 + links[first] + stat.S_ISDIR(mode)
            out += _record(path, number[first], mode, data, device, count,
                           len(out))
        out += _record("TRAILER!!!", 0, 0, b"", (0, 0), 1)
        return bytes(out) + bytes(-len(out) % PAGE)


def _record(path, number, mode, data, device, links, at=0):
    name = os.fsencode(path) + b"\0"
    zeros = -(at + 110 + len(name)) % PAGE
    if len(data) >= PAGE and len(name) + zeros <= NAME_MAX:
        name += bytes(zeros)
    fields = (number, mode, 0, 0, links, 0, len(data), 0, 0, *device,
              len(name), 0)
    head = b"070701" + b"".join(b"%08X" % f for f in fields) + name
    head += bytes(-len(head) % 4)
    return head + data + bytes(-len(data) % 4)
