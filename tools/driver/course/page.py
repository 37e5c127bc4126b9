# SPDX-License-Identifier: MIT
"""`./lectern page`: a folder of static files that runs the kernel in a browser.

The emulator and the terminal come from npm (course/page/package-lock.json), the
firmware and busybox from Debian; none of them is in the tree.  A file NAME.gz
is unpacked by the page itself, so that any web server will do.
"""
import gzip
import hashlib
import html
import json
import os
import shutil
import subprocess
import tempfile

from ..build import build as build_folder
from ..build import run_tool
from ..common import (BUILD, CACHE, EXIT_BROKEN, EXIT_USAGE, MACHINES, TOP,
                      Failure, build_dir, kernel_elf)
from ..disk import debs, initramfs
from ..disk.cpio import Archive
from ..progress import Waiting, locked
from .. import packages
from .live import machine_facts

SOURCE = os.path.join(TOP, "course", "page")
# The machine that v86, an emulator of a PC, can run.
ARCH = next(m.name for m in MACHINES.values() if m.meson == "x86")
MEMORY = 64                 # MiB
CMDLINE = "lectern"         # the kernel skips the first word
# The programs in the page's root beside busybox: build directory -> names.
PROGRAMS = {
    "user/bin": ("init", "mapped", "moments", "procstat", "tracer"),
    "user/more": ("activations", "deadlines", "elfdump", "heisenbug",
                  "inversion", "ldd", "live", "mistake", "nm", "paged",
                  "shares", "twice"),
}
LIBRARIES = "user/rtld"     # what twice and ldd need
MARK = ".lectern-page"      # says that a folder is ours to replace
LIMIT = 2_000_000           # bytes, compressed, without the root
LIMIT_WITH_ROOT = 4_000_000
OF_PAGE = (".html", ".js", ".css", ".json", ".svg")
LOCKED = ("package.json", "package-lock.json")
NOT_OF_PAGE = LOCKED + ("live.html", "live_start.js")     # of ./lectern live
# the licences of what is ours: name here -> name in the tree
OF_LECTERN = {"licence-lectern.txt": "LICENSE",
              "licence-lectern-docs.txt": "LICENSE-docs"}
# from npm: package -> (file there, file here)
OF_NPM = {
    "v86": (("build/libv86.mjs", "v86.js"), ("build/v86.wasm", "v86.wasm.gz")),
    "@xterm/xterm": (("lib/xterm.mjs", "xterm.js"),
                     ("css/xterm.css", "xterm.css")),
}
# from Debian: package -> what it is, its licence
OF_DEBIAN = {
    "seabios": ("the firmware (BIOS)", "LGPL-3"),
    "busybox-static": ("the shell and its tools", "GPL-2"),
}
PURPOSE = {"v86": "the emulated PC", "@xterm/xterm": "the terminal"}


def add_options(parser):
    parser.add_argument("-o", "--output", metavar="DIR",
                        default=os.path.join(BUILD, "page"),
                        help="the folder to write (default: build/page); an "
                             "older page in it is replaced")


def target_of(path):
    """Return: the ninja target of a program, or None if it has no source"""
    return path if os.path.exists(os.path.join(TOP, path + ".c")) else None


def page_targets():
    """Return: what is to be built for the page"""
    own = [f"{folder}/{name}" for folder, names in PROGRAMS.items()
           for name in names]
    return ["all", *filter(target_of, own)]


def check_output(path):
    """Refuse a folder that is not an earlier page of ours."""
    if not os.path.lexists(path):
        return
    if not os.path.isdir(path):
        raise Failure(f"-o {path}: exists and is no folder", EXIT_USAGE,
                      "build")
    if os.listdir(path) and not os.path.exists(os.path.join(path, MARK)):
        raise Failure(f"-o {path}: holds files that are not a page of ours; "
                      "name another folder", EXIT_USAGE, "build")


def npm_complaint(text):
    """Return: what npm says was wrong, in one line"""
    lines = [line.partition("npm")[2].removeprefix(" ERR!").removeprefix(
        " error").strip() for line in text.splitlines()
        if line.startswith(("npm ERR!", "npm error"))]
    lines = [line for line in lines if line and not line.startswith(
        ("code ", "errno ", "syscall ", "A complete log"))]
    return (lines or [text.strip().rpartition("\n")[2] or "no word"])[0]


def fetch_npm():
    """Install the locked packages, once. Return: the folder node_modules"""
    with open(os.path.join(SOURCE, "package-lock.json"), "rb") as f:
        lock = f.read()
    home = os.path.join(CACHE, "npm-" + hashlib.sha256(lock).hexdigest()[:12])
    done = os.path.join(home, "done")
    with locked("npm"):
        if not os.path.exists(done):
            os.makedirs(home, exist_ok=True)
            for name in LOCKED:
                shutil.copy(os.path.join(SOURCE, name), home)
            run_npm(home)
            with open(done, "w"):
                pass
    return os.path.join(home, "node_modules")


def run_npm(home):
    with Waiting("fetching the emulator and the terminal from npm"):
        it = subprocess.run(
            ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund",
             "--fetch-retries=1"], cwd=home, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, errors="replace")
    if it.returncode:
        raise Failure("v86 and @xterm/xterm could not be fetched from npm: "
                      f"{npm_complaint(it.stderr + it.stdout)}; check the "
                      "network and npm's settings", EXIT_BROKEN, "build")


def page_root():
    """Return: the archive of the page's root file system"""
    found = []
    for folder, names in PROGRAMS.items():
        found += [(f"/usr/lectern/bin/{name}", os.path.join(
            build_dir(ARCH), folder, name)) for name in names]
    folder = os.path.join(build_dir(ARCH), LIBRARIES)
    found += [(f"/usr/lectern/lib/{name}", os.path.join(folder, name))
              for name in sorted(os.listdir(folder))
              if ".so" in name and not name.endswith(".p")]
    tree = Archive()
    for guest, data in initramfs.stripped(
            ARCH, [pair for pair in found if os.path.isfile(pair[1])]):
        tree.file(guest, data, 0o755)
    data, whole = initramfs.base_archive(ARCH, None)
    if not whole:
        raise Failure("the page needs busybox", EXIT_BROKEN, "build")
    return data + tree.bytes()


def stripped_kernel():
    """Return: the kernel without symbols for debuggers"""
    with tempfile.TemporaryDirectory() as work:
        path = os.path.join(work, "kernel")
        run_tool([MACHINES[ARCH].tool("strip"), "-s", "-o", path,
                  kernel_elf(ARCH)], "stripping the kernel")
        with open(path, "rb") as f:
            return f.read()


def packed(data):
    """Return: the data compressed, the same bytes for the same data"""
    return gzip.compress(data, 9, mtime=0)


def write_file(folder, name, data):
    with open(os.path.join(folder, name), "wb") as f:
        f.write(packed(data) if name.endswith(".gz") else data)


def read_file(*path):
    with open(os.path.join(*path), "rb") as f:
        return f.read()


def copy_npm(modules, folder):
    """Copy the files of npm's packages with their licences."""
    for name, files in OF_NPM.items():
        for there, here in files:
            write_file(folder, here, without_source_map(
                read_file(modules, name, there)))
        write_file(folder, licence_file(name),
                   read_file(modules, name, "LICENSE"))


def without_source_map(data):
    """Cut the last line that names a map, which a browser would ask for."""
    before, mark, _ = data.rpartition(b"\n//# sourceMappingURL=")
    return before + b"\n" if mark else data


def licence_file(package):
    return "licence-" + package.rpartition("/")[2] + ".txt"


def copy_debian(folder):
    for name in OF_DEBIAN:
        write_file(folder, licence_file(name), read_file(
            debs.unpacked(ARCH, name), "usr/share/doc", name, "copyright"))
    write_file(folder, "bios.gz", read_file(
        debs.unpacked(ARCH, "seabios"), "usr/share/seabios/bios.bin"))


def debian_version(package):
    """Return: the version of a package, by its file's name"""
    name = os.path.basename(debs.cached(ARCH, package) or "__")
    return name.split("_")[1].replace("%3a", ":")


def third_parties():
    """Return: (name, version, what it is, licence) of what is not ours"""
    with open(os.path.join(SOURCE, "package-lock.json")) as f:
        lock = json.load(f)["packages"]
    rows = [(name, lock["node_modules/" + name]["version"], PURPOSE[name],
             lock["node_modules/" + name]["license"]) for name in OF_NPM]
    return rows + [(name, debian_version(name), *about)
                   for name, about in OF_DEBIAN.items()]


def licence_rows():
    """Return: the rows of the page's table of other people's work"""
    rows = []
    for name, version, what, licence in third_parties():
        name, version = html.escape(name), html.escape(version)
        rows.append(f"<tr><th scope=\"row\">{name}</th><td>{version}</td>"
                    f"<td>{what}</td><td><a href=\"{licence_file(name)}\">"
                    f"{licence}</a></td></tr>")
    return "\n".join(rows)


def copy_own(folder):
    """Copy the page's own files."""
    for name in sorted(os.listdir(SOURCE)):
        if name.endswith(OF_PAGE) and name not in NOT_OF_PAGE:
            data = read_file(SOURCE, name)
            if name == "index.html":
                data = data.replace(b"<!-- licences -->",
                                    licence_rows().encode())
            write_file(folder, name, data)
    for mine, source in OF_LECTERN.items():
        write_file(folder, mine, read_file(TOP, source))


# What a saved state depends on.
OF_STATE = ("kernel.gz", "root.gz", "bios.gz", "v86.js", "v86.wasm.gz")


def build_id(folder):
    """Return: a name for this machine: states of another one do not fit"""
    digest = hashlib.sha256(f"{MEMORY} {CMDLINE}".encode())
    for name in OF_STATE:
        digest.update(hashlib.sha256(read_file(folder, name)).digest())
    return digest.hexdigest()[:16]


def write_json(folder, name, value):
    write_file(folder, name, (json.dumps(value, indent=1) + "\n").encode())


def write_facts(folder):
    """Write machine.json, which the page reads first, and what the live view
    must know of the machine."""
    sizes = {name: os.path.getsize(os.path.join(folder, name))
             for name in OF_STATE if name.endswith(".gz")}
    facts = {"build": build_id(folder), "memory": MEMORY, "cmdline": CMDLINE,
             "sizes": sizes}
    write_json(folder, "machine.json", facts)
    write_json(folder, "live_machine.json", machine_facts(ARCH))


def page_sizes(folder):
    """Return: compressed bytes without the root and with it; licence texts,
    which nobody waits for, do not count"""
    without = root = 0
    for name in sorted(os.listdir(folder)):
        if name.startswith("licence-"):
            continue
        data = read_file(folder, name)
        size = len(data if name.endswith(".gz") else packed(data))
        if name == "root.gz":
            root = size
        else:
            without += size
    return without, without + root


def assemble(folder, modules):
    """Write all files of the page into an empty folder."""
    with Waiting("writing the page"):
        write_file(folder, MARK, b"written by ./lectern page\n")
        copy_npm(modules, folder)
        copy_debian(folder)
        write_file(folder, "kernel.gz", stripped_kernel())
        write_file(folder, "root.gz", page_root())
        copy_own(folder)
        write_facts(folder)


def put_in_place(new, output):
    """Replace the folder; the old one stays until the new one is whole."""
    if os.path.isdir(output):
        old = new + ".old"
        os.rename(output, old)
        os.rename(new, output)
        shutil.rmtree(old)
    else:
        os.rename(new, output)


NEEDS = packages.for_build(ARCH) + ["npm"]


def make_page(output):
    """Write the page into a folder, in one step."""
    modules = fetch_npm()
    build_folder(ARCH, page_targets())
    build_folder(ARCH, ["more"])
    os.makedirs(os.path.dirname(output), exist_ok=True)
    new = tempfile.mkdtemp(prefix=".page-", dir=os.path.dirname(output))
    try:
        assemble(new, modules)
        os.chmod(new, 0o755)
        put_in_place(new, output)
    except BaseException:
        shutil.rmtree(new, ignore_errors=True)
        raise


def page(options):
    output = os.path.abspath(options.output)
    check_output(output)
    packages.require(NEEDS, not options.no_install)
    make_page(output)
    without, whole = page_sizes(output)
    print(f"{output}: {without // 1000} kB compressed, {whole // 1000} kB with "
          "the root file system")
    print(f"try it: python3 -m http.server --bind 127.0.0.1 "
          f"--directory {output}")
    return 0
