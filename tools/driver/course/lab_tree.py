# SPDX-License-Identifier: MIT
"""A copy of the tree with build folders of its own, in which the files of a lab
are replaced: by a skeleton, a wrong solution, a student's work.

Only what changed is compiled again, so one costs a few seconds.
"""
import contextlib
import os
import re
import shutil
import stat
import subprocess

from .. import build, checks
from ..common import MACHINES, TOP, Failure
from ..progress import Waiting


class Uncompiled(Failure):
    """The build failed; the text holds the compiler's first errors."""


def tracked_files(top=TOP):
    """Return: the files of the tree that git would commit"""
    out = subprocess.run(["git", "-C", top, "ls-files", "-co", "-z",
                          "--exclude-standard"], capture_output=True)
    if out.returncode:
        raise Failure("this needs a tree made by git")
    return sorted({name for name in os.fsdecode(out.stdout).split("\0")
                   if name and os.path.isfile(os.path.join(top, name))})


def copy_changed(source, to):
    """Copy a file unless its copy is the same, so that its time stays."""
    try:
        with open(source, "rb") as a, open(to, "rb") as b:
            if a.read() == b.read():
                return
    except OSError:
        os.makedirs(os.path.dirname(to), exist_ok=True)
    shutil.copyfile(source, to)
    shutil.copymode(source, to)


def copy_tree(to, top=TOP, without=lambda name: False):
    """Bring a copy of the tree up to date.  without: names to leave out.
    Return: the names in the copy"""
    names = [name for name in tracked_files(top) if not without(name)]
    for name in names:
        copy_changed(os.path.join(top, name), os.path.join(to, name))
    wanted = set(names)
    for folder, _, files in os.walk(to):
        for name in files:
            path = os.path.join(folder, name)
            if os.path.relpath(path, to) not in wanted:
                os.remove(path)
    return names


def underscored(path):
    """Return: the name that Meson's underscorify() makes of a path"""
    return re.sub(r"[^A-Za-z0-9]", "_", path)


def object_name(path):
    """Return: where a build folder has the object of a source"""
    if path.startswith("user/"):
        return f"user/rtld/rtld-{underscored(path[5:])}.o"
    return f"libkernel.a.p/{path.replace('/', '_')}.o"


def states(folder):
    """Return: {path: what differs once it was changed} of all in a folder.  The
    time of a change (st_ctime) cannot be set by whoever made it."""
    found = {}
    for top, folders, files in os.walk(folder):
        for name in folders + files:
            path = os.path.join(top, name)
            info = os.lstat(path)
            found[os.path.relpath(path, folder)] = (
                None if stat.S_ISDIR(info.st_mode) else
                (info.st_mode, info.st_ino, info.st_size, info.st_ctime_ns))
    return found


def remove(path):
    if os.path.isdir(path) and not os.path.islink(path):
        shutil.rmtree(path)
    else:
        with contextlib.suppress(FileNotFoundError):
            os.remove(path)


def restore_folder(folder, base, known):
    """Make a folder, in which anything may have happened, a copy of the base
    again.  known: its states() as a copy, which become those of the new one"""
    now = states(folder)
    for path in sorted(now, reverse=True):          # what is in a folder first
        if path not in known or (now[path] is None) != (known[path] is None):
            remove(os.path.join(folder, path))
    for path in sorted(known):                      # a folder first
        place = os.path.join(folder, path)
        if known[path] is None:
            os.makedirs(place, exist_ok=True)
        elif now.get(path) != known[path]:
            remove(place)
            shutil.copy2(os.path.join(base, path), place,
                         follow_symlinks=False)
    known.clear()
    known.update(states(folder))


class WorkTree:
    """A copy of the tree in FOLDER/tree, and beside it a build folder for each
    machine, and for each set of checkers on it (Lab.kernels()).  inside: the
    path that commands have for the folder; wrap: makes of a command the command
    that is started."""

    def __init__(self, folder, inside=None, wrap=lambda command: command):
        self.folder, self.inside, self.wrap = folder, inside or folder, wrap
        self.top = os.path.join(folder, "tree")

    def build_dir(self, name):
        return os.path.join(self.folder, name)

    def kernel(self, name):
        return os.path.join(self.build_dir(name), "lectern.elf")

    def prepare(self, kernels, without=lambda name: False, more=None):
        """Copy the tree, add files ({path: bytes}), and configure the build
        folders.  kernels: {machine: {build folder: checkers}}"""
        with Waiting("copying the tree"):
            names = copy_tree(self.top, without=without)
        for path, data in (more or {}).items():
            place = os.path.join(self.top, path)
            os.makedirs(os.path.dirname(place), exist_ok=True)
            with open(place, "wb") as f:
                f.write(data)
        listing = "\n".join(sorted({*names, *(more or {})}))
        for arch, folders in kernels.items():
            for name, checkers in folders.items():
                self._configure(name, arch, checkers, listing)

    def _configure(self, name, arch, checkers, listing):
        stamp = os.path.join(self.folder, name + ".sources")
        ready = os.path.exists(os.path.join(self.build_dir(name),
                                            "build.ninja"))
        with contextlib.suppress(OSError), open(stamp) as f:
            if ready and f.read() == listing:
                return
        os.makedirs(self.build_dir(name), exist_ok=True)
        cross = os.path.join(self.inside, "tree", os.path.basename(
            MACHINES[arch].cross_path()))
        command = ["meson", "setup", "-Dwerror=false", "--cross-file", cross,
                   os.path.join(self.inside, name),
                   os.path.join(self.inside, "tree")]
        if checkers:
            command += checks.meson_options(checkers)
        if ready:
            command.insert(2, "--reconfigure")
        build.run_tool(self.wrap(command), f"configuring {name} for labs")
        with open(stamp, "w") as f:
            f.write(listing)

    def lay(self, texts):
        """Write files that are not the same already; texts: {path: bytes}."""
        for path, data in texts.items():
            place = os.path.join(self.top, path)
            with open(place, "rb") as f:
                if f.read() == data:
                    continue
            with open(place, "wb") as f:
                f.write(data)

    def forget(self, name, files):
        """Remove what was built of these files, and the kernels with it."""
        for path in (*map(object_name, files),
                     "lectern.elf", "lectern-pass1.elf"):
            with contextlib.suppress(FileNotFoundError):
                os.remove(os.path.join(self.build_dir(name), path))

    def remember(self, names):
        """Note what these build folders hold; for restore()."""
        self.copied = {name: states(self.build_dir(name)) for name in names}

    def restore(self, base):
        """Make the build folders what they were when this tree was copied from
        the base, whatever ran in them since: nothing else is left there."""
        for name, known in self.copied.items():
            restore_folder(self.build_dir(name), base.build_dir(name), known)

    def ninja(self, name, targets, jobs=None):
        """Return: the command that builds these targets"""
        return self.wrap(["ninja", "-C", os.path.join(self.inside, name),
                          *(["-j", str(jobs)] if jobs else []), *targets])

    def build(self, name, targets):
        """Bring targets up to date; Uncompiled with the errors if it fails."""
        os.environ["CCACHE_DISABLE"] = "1"
        try:
            build.run_tool(self.ninja(name, targets), f"building {name}")
        except Failure as why:
            raise Uncompiled(compiler_errors(str(why), self.inside)) from None


def compiler_errors(text, inside):
    """Return: the first errors of a build, without this machine's paths"""
    text = re.sub(rf"{re.escape(inside)}/(?:\w+/\.\./)?tree/|\.\./tree/", "",
                  text)
    lines = [line.strip() for line in text.splitlines()]
    # the compiler's temporary files have another name each time
    lines = [re.sub(r"/tmp/cc\w+\.", "assembler.", line) for line in lines]
    errors = [line for line in lines if re.search("(?i) error: ", line)
              or "undefined reference" in line or "multiple definition" in line]
    return "\n".join("".join(c if " " <= c <= "~" else "?" for c in line)[:200]
                     for line in errors[:5]) or "the build failed"
