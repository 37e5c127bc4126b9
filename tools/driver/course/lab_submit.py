# SPDX-License-Identifier: MIT
"""`./lectern lab submit LAB`: an archive of the lab's files and a manifest.

The archive depends on the files alone: the same work gives the same bytes.
"""
import gzip
import io
import json
import os
import tarfile

from ..common import EXIT_USAGE, TOP, Failure, say
from . import lab_cut
from .lab_submission import MANIFEST
from .labs import find_lab, load_labs


def archive_of(files):
    """Return: an archive of {name: bytes}, without times and owners"""
    out = io.BytesIO()
    with gzip.GzipFile(fileobj=out, mode="wb", mtime=0) as packed, \
            tarfile.open(fileobj=packed, mode="w",
                         format=tarfile.USTAR_FORMAT) as archive:
        for name in sorted(files):
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(files[name]), 0o644
            archive.addfile(member, io.BytesIO(files[name]))
    return out.getvalue()


def submit_lab(options, word, file=None):
    lab = find_lab(word, load_labs())
    file = file or f"lab-{lab.number:02}-{lab.name}.tar.gz"
    if os.path.exists(file):
        raise Failure(f"{file} is there already; name another file",
                      EXIT_USAGE)
    files = {}
    for path in lab.files:
        try:
            with open(os.path.join(TOP, path), "rb") as f:
                files[path] = f.read()
        except FileNotFoundError:
            raise Failure(f"{path} of lab {lab.name} is missing; "
                          f"./lectern lab start {lab.number} makes it") from None
    todo = f"TODO (lab {lab.name})".encode()
    left = sum(data.count(todo) for data in files.values())
    if any(lab_cut.cut_out(path, data.decode(errors="replace"), lab.name)
           for path, data in files.items()):
        raise Failure(f"lab {lab.name} was not started here: "
                      f"./lectern lab start {lab.number}", EXIT_USAGE)
    files[MANIFEST] = (json.dumps({"lab": lab.name,
                                   "student": options.student},
                                  sort_keys=True) + "\n").encode()
    with open(file, "xb") as f:
        f.write(archive_of(files))
    if left:
        say(f"note: \"TODO (lab {lab.name})\" still stands in {left} places")
    say(f"{file}: {', '.join(lab.files)}")
    return 0
