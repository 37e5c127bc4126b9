# SPDX-License-Identifier: MIT
"""`./lectern build`: the kernel and its programs, for one machine or all."""
import glob
import os
import sys
import tempfile

from . import checks, packages
from .build import build as build_folder
from .build import run_tool
from .common import (ARCHES, BUILD, DEFAULT, EXIT_USAGE, MACHINES, NAMED, TOP,
                     Failure, build_dir)
from .progress import locked


def add_options(parser):
    parser.add_argument("--arch", choices=NAMED + ("all",),
                        help=f"machine (default: {DEFAULT})")
    parser.add_argument("--universal", action="store_true",
                        help="all machines, and in build/universal the "
                             "programs of user/bin as files that run on each "
                             "machine (docs/fatelf.md)")
    checks.add_extensions(parser)


def user_programs():
    """Return: the targets of user/bin"""
    return sorted("user/bin/" + os.path.basename(path)[:-2] for path in
                  glob.glob(os.path.join(TOP, "user", "bin", "*.c")))


def universal():
    """Combine the programs of user/bin for all machines into one file each, in
    build/universal.  Each file is replaced in one step, because an old one may
    be running.  Return: how many"""
    for arch in ARCHES:
        build_folder(arch, user_programs()
                     + ["narrow"] * bool(MACHINES[arch].narrow))
    out = build_dir("universal")
    with locked("universal"), tempfile.TemporaryDirectory(dir=BUILD) as work:
        run_tool([sys.executable, os.path.join(TOP, "tools", "fatelf.py"),
                  "universal", work, *map(build_dir, ARCHES)],
                 "gluing programs")
        os.makedirs(out, exist_ok=True)
        names = os.listdir(work)
        for old in set(os.listdir(out)) - set(names):
            os.remove(os.path.join(out, old))
        for name in names:
            os.replace(os.path.join(work, name), os.path.join(out, name))
    return len(names)


def build(options):
    checks.parts(options.extensions)
    if options.universal and (options.arch or options.extensions):
        raise Failure("--universal builds for all machines: leave out --arch "
                      "and --extensions", EXIT_USAGE)
    arches = ARCHES if options.universal or options.arch == "all" \
        else (options.arch or DEFAULT,)
    for arch in arches:
        packages.require(packages.for_build(arch), not options.no_install)
    if options.universal:
        print(f"{universal()} programs in {build_dir('universal')}")
        return 0
    for arch in arches:
        if options.extensions is None:
            build_folder(arch)
        else:
            checks.kernel(arch, "", wanted=options.extensions)
    return 0
