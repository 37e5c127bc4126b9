# SPDX-License-Identifier: MIT
"""Read a submission: a folder or an archive, whoever made it.

Only the files of the lab are taken, by their exact names; whatever else is
there is counted and reported.  Nothing is unpacked to the disk.
"""
import bz2
import contextlib
import gzip
import io
import json
import lzma
import os
import stat
import tarfile
import zipfile

from ..common import Failure

FILES_MAX = 5000
FILE_MAX = 1 << 20              # bytes of a lab's file
TOTAL_MAX = 64 << 20
NAME_MAX = 512
MANIFEST = "lab.json"


class Unusable(Failure):
    """A submission that cannot be graded, in one line."""


@contextlib.contextmanager
def damaged(what=""):
    """Make an Unusable of whatever a reader raises: damaged archives raise
    errors of many kinds, and one submission must not end the run."""
    try:
        yield
    except Failure:
        raise
    except Exception as why:
        text = getattr(why, "strerror", None) or str(why)
        raise Unusable(f"{what}damaged: {shown(text)} ({type(why).__name__})"
                       ) from None


def shown(name):
    """Return: a file's or a person's name as one line: its letters, whatever
    their language, and a code for what is none (control, direction, bytes)"""
    return "".join(c if c.isprintable() else
                   c.encode("unicode_escape", "surrogatepass").decode()
                   for c in name[:80])[:80]


class Folder:
    """A submission that is a folder.  Links are entries, never followed."""

    def __init__(self, path):
        self.path, self.sizes, self.odd = path, {}, {}
        self.entries = 0
        self._walk("")

    def _walk(self, below):
        try:
            entries = sorted(os.scandir(os.path.join(self.path, below)),
                             key=lambda e: e.name)
        except OSError as why:
            raise Unusable(f"{shown(below) or 'the folder'}: {why.strerror}") \
                from None
        for entry in entries:
            name = f"{below}/{entry.name}" if below else entry.name
            if entry.name in (".git", "build", "__pycache__"):
                continue
            self.entries += 1
            if self.entries > FILES_MAX:
                raise Unusable(f"more than {FILES_MAX} files")
            info = entry.stat(follow_symlinks=False)
            if stat.S_ISDIR(info.st_mode):
                if len(name) < NAME_MAX:
                    self._walk(name)
            elif stat.S_ISREG(info.st_mode):
                self.sizes[name] = info.st_size
            else:
                self.odd[name] = "a link" if stat.S_ISLNK(info.st_mode) \
                    else "no ordinary file"

    def read(self, name):
        fd = os.open(os.path.join(self.path, name),
                     os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with open(fd, "rb") as f:
            return f.read(FILE_MAX + 1)


COMPRESSED = {b"\x1f\x8b": gzip, b"BZh": bz2, b"\xfd7zXZ\0": lzma}


def first_bytes(path):
    with open(path, "rb") as f:
        return f.read(6)


def unpacked(path):
    """Return: the bytes of a tar archive without its compression.  The limit is
    here because a few bytes may stand for gigabytes, of headers too."""
    head = first_bytes(path)
    how = [m for magic, m in COMPRESSED.items() if head.startswith(magic)]
    with (how[0].open if how else open)(path, "rb") as f:
        data = f.read(TOTAL_MAX + 1)
    if len(data) > TOTAL_MAX:
        raise Unusable(f"more than {TOTAL_MAX >> 20} MiB")
    return data


class Tar:
    """A submission that is an archive of tar."""

    def __init__(self, path):
        self.sizes, self.odd, self.data = {}, {}, {}
        data = io.BytesIO(unpacked(path))
        if not tarfile.is_tarfile(data):
            raise Unusable("neither a folder nor an archive")
        data.seek(0)
        with tarfile.open(fileobj=data, mode="r:") as archive:
            for number, member in enumerate(archive):
                name = member.name
                while name.startswith("./"):
                    name = name[2:]
                if number >= FILES_MAX:
                    raise Unusable(f"more than {FILES_MAX} files")
                if member.isreg():
                    self.sizes[name] = member.size
                    if member.size <= FILE_MAX:
                        self.data[name] = archive.extractfile(member).read()
                elif not member.isdir():
                    self.odd[name] = "a link" if member.issym() \
                        or member.islnk() else "no ordinary file"

    def read(self, name):
        return self.data[name]


class Zip:
    """A submission that is an archive of zip."""

    def __init__(self, path):
        self.sizes, self.odd = {}, {}
        with open(path, "rb") as f:
            self.archive = zipfile.ZipFile(io.BytesIO(f.read(TOTAL_MAX + 1)))
        if len(self.archive.infolist()) > FILES_MAX:
            raise Unusable(f"more than {FILES_MAX} files")
        for info in self.archive.infolist():
            mode = info.external_attr >> 16
            if mode and stat.S_ISLNK(mode):
                self.odd[info.filename] = "a link"
            elif not info.is_dir():
                self.sizes[info.filename] = info.file_size

    def read(self, name):
        with self.archive.open(name) as f:
            return f.read(FILE_MAX + 1)


def open_submission(path):
    """Return: what reads a submission; Unusable with the reason"""
    if os.path.islink(path):
        raise Unusable("a link, not a folder or an archive")
    with damaged():
        if os.path.isdir(path):
            return Folder(path)
        if not os.path.isfile(path):
            raise Unusable("neither a folder nor an archive")
        if os.path.getsize(path) > TOTAL_MAX:
            raise Unusable(f"more than {TOTAL_MAX >> 20} MiB")
        return Zip(path) if first_bytes(path).startswith(b"PK") else Tar(path)


class Submission:
    """The files of a lab in a submission.  texts: {path: bytes} of those that
    are there; foreign: paths that are no files of the lab."""

    def __init__(self, source, files):
        self.texts, self.foreign = {}, []
        prefix = _prefix(source, files)
        for path in files:
            self._take(source, prefix, path)
        for name in (*source.sizes, *source.odd):
            path = name[len(prefix):] if name.startswith(prefix) else name
            if path not in files and path != MANIFEST:
                self.foreign.append(path)
        self.student = _manifest(source, prefix).get("student", "")

    def _take(self, source, prefix, path):
        name = prefix + path
        parts = name.split("/")
        for i in range(1, len(parts) + 1):
            odd = source.odd.get("/".join(parts[:i]))
            if odd:
                raise Unusable(f"{shown('/'.join(parts[:i]))} is {odd}")
        size = source.sizes.get(name)
        if size is None:
            return
        if size > FILE_MAX:
            raise Unusable(f"{path} is larger than {FILE_MAX >> 20} MiB")
        with damaged(path + ": "):
            data = source.read(name)
        if len(data) > FILE_MAX:
            raise Unusable(f"{path} is larger than {FILE_MAX >> 20} MiB")
        self.texts[path] = data


def _prefix(source, files):
    """Return: the one folder that all lies in, such as "alice/", or nothing"""
    names = [*source.sizes, *source.odd]
    prefix = ""
    for _ in range(3):
        if any(prefix + path in source.sizes or prefix + path in source.odd
               for path in files) or prefix + MANIFEST in source.sizes:
            return prefix
        heads = {name[len(prefix):].partition("/")[0] for name in names
                 if "/" in name[len(prefix):]}
        if len(heads) != 1:
            return prefix
        prefix += heads.pop() + "/"
    return ""


def _manifest(source, prefix):
    """Return: the manifest of `lab submit`, or nothing"""
    name = prefix + MANIFEST
    if not 0 < source.sizes.get(name, 0) < 10000:
        return {}
    try:
        found = json.loads(source.read(name))
    except Exception:
        return {}
    return {key: value for key, value in found.items()
            if isinstance(value, str)} if isinstance(found, dict) else {}


def lab_of(source, labs):
    """Return: the lab that a submission is for, by its manifest or its files;
    None if that is not clear"""
    every = [path for lab in labs.values() for path in lab.files]
    prefix = _prefix(source, every)
    named = _manifest(source, prefix).get("lab", "")
    if named in labs:
        return labs[named]
    there = [lab for lab in labs.values() if any(
        prefix + path in source.sizes or prefix + path in source.odd
        for path in lab.files)]
    return there[0] if len(there) == 1 else None
