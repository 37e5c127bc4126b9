# SPDX-License-Identifier: MIT
"""compile_commands.json at the root of the tree, for clangd and editors.

Meson writes one for each machine into its build folder, without what is
compiled by custom targets.  This one has all files of all build folders.  A
file that several machines compile has the command of the machine that was built
last.  It is made in the build folder; at the root is a link to it.
"""
import glob
import json
import os
import re
import subprocess
import tempfile

from folders import COMPILED

from ..common import ARCHES, BUILD, MACHINES, TOP, build_dir

NAME = "compile_commands.json"
LINK = os.path.join(TOP, NAME)
MADE = os.path.join(BUILD, NAME)
STAMP = MADE + ".stamp"
RULES = ("CUSTOM_COMMAND", "CUSTOM_COMMAND_DEP")    # of custom targets
# What GCC alone understands, or would make an error of a warning; of a
# machine's extensions clang knows those of one letter in every version.
OF_GCC = re.compile(r" -fcallgraph-info(=\S+)?| -Werror(?= )"
                    r"| -mpreferred-stack-boundary=\S+"
                    r"| '?-mmem(cpy|set)-strategy=[^' ]*'?"
                    r"|(?<= -march=)(?P<base>rv\d+[a-z]+)_z\w+")
HOST = "host"           # the build folder of tests without a machine


def folders_in_order(chosen):
    """Return: the build folders, that of the chosen machine first"""
    return (chosen, *(a for a in ARCHES if a != chosen), HOST)


def state_of(chosen):
    """Return: a text that differs when the file must be made again"""
    lines = []
    for name in folders_in_order(chosen):
        path = os.path.join(build_dir(name), NAME)
        try:
            lines.append(f"{path} {os.stat(path).st_mtime_ns}")
        except FileNotFoundError:
            lines.append(f"{path} -")
    return "\n".join(lines)


def is_narrow(entry):
    """True if a file is compiled for half the machine's word size, which is
    seldom what a reader of it wants to see."""
    return any(m.narrow and m.narrow in entry["command"]
               for m in MACHINES.values())


def for_clang(command):
    """Return: a command of GCC's as clang understands it"""
    return OF_GCC.sub(lambda found: found["base"] or "", command)


def of_custom_targets(name):
    """Return: the entries of files that custom targets compile"""
    done = subprocess.run(["ninja", "-C", build_dir(name), "-t", "compdb",
                           *RULES], stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, text=True)
    # ninja may print a line before it
    found = json.loads(done.stdout[done.stdout.find("["):] or "[]")
    return [e for e in found if e["file"].endswith(".c")
            and e["command"].partition(" ")[0].endswith("gcc")]


def entries_of(name):
    """Return: the entries of a build folder; none if it is not set up"""
    try:
        with open(os.path.join(build_dir(name), NAME)) as f:
            found = json.load(f) + of_custom_targets(name)
    except (FileNotFoundError, ValueError):
        return []
    return [dict(e, command=for_clang(e["command"]))
            for e in sorted(found, key=is_narrow)]


def source_of(entry):
    return os.path.normpath(os.path.join(entry["directory"], entry["file"]))


def headers_of(arch):
    """Return: the headers that only this machine's files include"""
    return [path for top in (*COMPILED, "user")
            for path in glob.glob(os.path.join(
                TOP, top, "**", MACHINES[arch].folder, "**", "*.h"),
                recursive=True)]


def header_entries(arch, entries):
    """Yield an entry for each header of a machine, with the command of the
    source that lies nearest: clangd would take that of a file with a similar
    name, which may be another machine's."""
    own = [e for e in entries if f"/{MACHINES[arch].folder}/" in e["file"]]
    for path in headers_of(arch) if own else ():
        near = max(own, key=lambda e: len(os.path.commonprefix(
            [source_of(e), path])))
        yield dict(near, file=path, command=near["command"].replace(
            f"-c {near['file']}", f"-x c-header -c {path}"))


def merge_entries(chosen):
    """Return: an entry for each file of all build folders"""
    found = {}
    for name in folders_in_order(chosen):
        entries = entries_of(name)
        if name in MACHINES:
            entries += header_entries(name, entries)
        for entry in entries:
            found.setdefault(source_of(entry), entry)
    return list(found.values())


def replace(path, text):
    """Write a file in one step: an editor may read it at any time."""
    fd, new = tempfile.mkstemp(dir=os.path.dirname(path), prefix=".new-")
    with os.fdopen(fd, "w") as f:
        f.write(text)
    os.chmod(new, 0o644)
    os.replace(new, path)


def put_link():
    """Put the link at the root, but never in place of a user's own file."""
    target = MADE if os.path.relpath(MADE, TOP).startswith(os.pardir) \
        else os.path.relpath(MADE, TOP)
    if os.path.islink(LINK):
        if os.readlink(LINK) == target:
            return
        if os.path.exists(LINK):
            return              # it leads to a file of the user's choice
        os.remove(LINK)         # the build folder that it led to is gone
    elif os.path.lexists(LINK):
        return
    os.symlink(target, LINK)


def offer(chosen):
    """Make the file for editors; chosen: the machine that was just built."""
    state = state_of(chosen)
    try:
        with open(STAMP) as f:
            fresh = f.read() == state and os.path.exists(MADE)
    except FileNotFoundError:
        fresh = False
    if not fresh:
        replace(MADE, json.dumps(merge_entries(chosen), indent=1))
        replace(STAMP, state)
    put_link()
