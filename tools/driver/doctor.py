# SPDX-License-Identifier: MIT
"""`./lectern doctor`: tool versions, what is missing, and how to install it;
with --shape, the size and form of the code beside its goals."""
import os
import re
import subprocess

from . import checks, packages
from .disk import debs, initramfs
from .testing import names
from .common import ARCHES, EXIT_USAGE, MACHINES, TOP, Failure, path_of
from .shape import extensions, report

# Each package that anything needs, by one of its commands.
TOOLS = ("python3", *packages.PACKAGES)
# The versions that everything was tried with, of Debian 12 and 13; others may
# work, these do.
TRIED = {"meson": "1", "gdb-multiarch": "13,16",
         **{command: versions for m in MACHINES.values()
            for command, versions in m.pairs("versions").items()}}
# What else needs these tools, which the usual commands do not.
OPTIONAL = {"gdb-multiarch": "gdb and its tests",
            "clang": "fuzz targets",
            "clangd": "a test of what editors are given",
            "sparse": "the address-space check",
            **dict.fromkeys(("spin", "tcc"), "the models of protocols"),
            "genhtml": "test --coverage",
            "mke2fs": "image and tests of disks",
            "e2fsck": "image and tests of disks",
            "debugfs": "tests of disks", "dumpe2fs": "tests of disks",
            "cpio": "a test of archives",
            "apt-get": "packages of Debian's",
            "man": "a test of the manual page", "make": "suite glibc-tests",
            "patch": "suite labs", "bwrap": "lab grade", "npm": "page",
            **dict.fromkeys(("mmdebstrap", "setpriv", "unshare"),
                            "test --fresh, suites fresh and container"),
            "i686-w64-mingw32-gcc": "suite pe",
            "chromium": "tests of pages", "chromedriver": "tests of pages",
            "pdftotext": "a test of the book",
            **dict.fromkeys(("zsh", "fish"), "a test of its completion")}
# tools with another option for their version
VERSION = {**dict.fromkeys(("mke2fs", "e2fsck", "debugfs", "dumpe2fs",
                           "spin"), "-V"),
           "tcc": "-v",
           "i686-w64-mingw32-gcc": "-dumpfullversion"}


def add_options(parser):
    parser.add_argument("--shape", action="store_true",
                        help="show the size and form of the code beside its "
                             "goals; nothing fails")
    parser.add_argument("--since", metavar="COMMIT",
                        help="with --shape: compare with this commit "
                             "(default: the last tag, else 100 commits ago)")
    parser.add_argument("--extensions", action="store_true",
                        help="list the extensions that a kernel can be built "
                             "without, and the size of each")
    parser.add_argument("--packages", action="store_true",
                        help="print the Debian packages that run, test, gdb "
                             "and lab check need on all machines, installed "
                             "or not")


def version(tool):
    # some print it on standard error, others print warnings there
    done = subprocess.run([path_of(tool), VERSION.get(tool, "--version")],
                          stdin=subprocess.DEVNULL, text=True,
                          capture_output=True)
    first = ((done.stdout or done.stderr).splitlines() or [""])[0]
    found = re.search(r"\d+\.\d[\w.]*(?=[^()]*$)|\d+\.\d[\w.]*", first)
    return found.group() if found else first


def untried(tool, found):
    """Return: the versions that were tried of a tool, in words, if that which
    is found is none of them; else """""
    tried = TRIED[tool].split(",") if tool in TRIED else []
    if any(f"{found}.".startswith(f"{one}.") for one in tried):
        return ""
    return " and ".join(tried)


def usual_needs():
    """Return: what `run` and `test` need, on every machine"""
    return {*(need for arch in ARCHES for need in packages.for_run(arch)),
            *packages.for_test(("host", *ARCHES), set(names.DEFAULT))}


def container_packages():
    """Return: the Debian packages of what course/container has"""
    return sorted(packages.packages_of(
        sorted(usual_needs() | {"gdb-multiarch"})))


def use_of(need):
    """Return: what needs this tool or file, in words"""
    if any(need in packages.for_run(arch) for arch in ARCHES):
        return "needed to run and to test"
    if need in usual_needs():
        return "needed to test"
    return f"needed only for {OPTIONAL.get(need, 'more tests')}"


def tell_tools():
    """Print a line for each tool. Return: the missing ones"""
    lack = []
    for tool in TOOLS:
        if path_of(tool):
            v = version(tool)
            tried = untried(tool, v)
            note = f"   (tried with {tried})" if tried else ""
            print(f"ok       {tool:26} {v}{note}")
        else:
            lack.append(tool)
            print(f"missing  {tool:26} {use_of(tool)}")
    return lack


def tell_files():
    """Print the same for packages without a command."""
    lack = []
    for path, (pack, *_) in packages.FILES.items():
        if packages.present(path):
            print(f"ok       {pack}")
        else:
            lack.append(path)
            print(f"missing  {pack:26} {use_of(path)}")
    return lack


def tell_extensions():
    """Print a line for each extension."""
    table = checks.extensions.load()
    lines = {name: weight for weight, name in extensions()}
    for ext in table.values():
        notes = ["needs " + ", ".join(ext.needs)] if ext.needs else []
        notes += ["none keeps it"] if ext.kept else []
        print(f"{ext.name:12} {lines.get(ext.name, 0):5} lines  "
              + "; ".join([ext.sentence, *notes]))


def doctor(options):
    if options.since and not options.shape:
        raise Failure("--since goes with --shape", EXIT_USAGE)
    if options.packages:
        if options.shape or options.extensions:
            raise Failure("--packages goes with no other option", EXIT_USAGE)
        print("\n".join(container_packages()))
        return 0
    if options.shape:
        print(report(options.since))
        return 0
    if options.extensions:
        tell_extensions()
        return 0
    lack = tell_tools() + tell_files()
    for arch in ARCHES:
        root = os.path.join(debs.CACHE, "unpacked", arch, "busybox-static",
                            initramfs.BUSYBOX[arch])
        state = "ok      " if os.path.exists(root) else "to fetch"
        print(f"{state} busybox for {arch}")
    print(f"folder   {TOP}")
    if lack:
        print("\nget what is missing with:\n    apt-get install "
              + " ".join(packages.packages_of(lack)))
    return 1 if usual_needs() & set(lack) else 0
