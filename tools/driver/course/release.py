# SPDX-License-Identifier: MIT
"""`./lectern release`: an archive of prebuilt kernels, root file systems and
the page, for people who have QEMU but no compiler.  The same tree gives the
same bytes.  `release --verify DIR` compares a folder with its SHA256SUMS."""
import gzip
import hashlib
import io
import os
import re
import shlex
import shutil
import subprocess
import sys
import tarfile
import tempfile

from .. import packages
from ..build import MORE, USUAL, build
from ..common import (ARCHES, BUILD, EXIT_USAGE, MACHINES, TOP, Failure,
                      kernel_elf, say)
from ..disk import debs, initramfs
from ..files import to_boot
from ..machine.run import base_image
from ..progress import Waiting

SUMS = "SHA256SUMS"
LINE = re.compile(r"([0-9a-f]{64})  (.+)")
EXIT_WRONG = 1          # --verify found a difference
LAST_EPOCH = 1 << 33    # what a tar header holds
# boots a machine: its source, and its name in the archive
RUN_SOURCE = os.path.join(TOP, "course", "release", "run.sh")
RUN = "run"
LICENCES = ("LICENSE", "LICENSE-docs")
BLOCK = 1 << 20


def add_options(parser):
    parser.add_argument("-o", "--output", metavar="DIR",
                        help="where the archive goes (default: "
                             "build/release); a release that is there is "
                             "replaced")
    parser.add_argument("--no-page", action="store_true",
                        help="leave out the page")
    parser.add_argument("--verify", metavar="DIR",
                        help="compare a release, or a folder that it was "
                             f"unpacked into, with its {SUMS}")


# ---- sums --------------------------------------------------------------------

def sum_of_file(path):
    digest = hashlib.sha256()
    with open(path, "rb") as f:
        for block in iter(lambda: f.read(BLOCK), b""):
            digest.update(block)
    return digest.hexdigest()


def files_below(folder):
    """Return: the relative names of all files, links and empty folders"""
    found = []

    def refuse(why):
        raise why

    for here, folders, names in os.walk(folder, onerror=refuse):
        links = [d for d in folders if os.path.islink(os.path.join(here, d))]
        found += [os.path.join(here, name) for name in names + links]
        if not folders and not names and here != folder:
            found.append(here)
    return sorted(os.path.relpath(path, folder) for path in found)


def write_sums(folder):
    """Write the sums of all files of a folder into it."""
    lines = [f"{sum_of_file(os.path.join(folder, name))}  {name}\n"
             for name in files_below(folder) if name != SUMS]
    with open(os.path.join(folder, SUMS), "w") as f:
        f.writelines(lines)


def stays_inside(name):
    """True for a relative name that does not leave its folder."""
    return not os.path.isabs(name) and os.path.normpath(name) == name \
        and name.split(os.sep)[0] not in ("..", ".")


def read_sums(folder):
    """Return: {name: sum} as SHA256SUMS has them; Failure for a wrong line"""
    path = os.path.join(folder, SUMS)
    try:
        with open(path, errors="surrogateescape") as f:
            lines = f.read().splitlines()
    except OSError as why:
        raise Failure(f"{path}: {why.strerror}", EXIT_WRONG) from None
    sums = {}
    for number, line in enumerate(lines, 1):
        found = LINE.fullmatch(line)
        if not found or not stays_inside(found[2]):
            raise Failure(f"{path}:{number}: not a sum and the name of a file "
                          "in the folder", EXIT_WRONG)
        if found[2] in sums:
            raise Failure(f"{path}:{number}: {found[2]} a second time",
                          EXIT_WRONG)
        sums[found[2]] = found[1]
    if not sums:
        raise Failure(f"{path}: no sum in it", EXIT_WRONG)
    return sums


def fault_of_file(folder, name, wanted):
    """Return: what is wrong with a file, in words; "" if nothing"""
    path = os.path.join(folder, name)
    if os.path.islink(path) or os.path.exists(path) \
            and not os.path.isfile(path):
        return "not a regular file"
    try:
        return "" if sum_of_file(path) == wanted else "changed"
    except (FileNotFoundError, NotADirectoryError):
        return "missing"
    except OSError as why:
        return why.strerror


def faults(folder):
    """Return: a line for each file that is not as SHA256SUMS says"""
    sums = read_sums(folder)
    found = [(name, fault_of_file(folder, name, wanted))
             for name, wanted in sums.items()]
    # a folder that a missing file has left empty is not extra
    known = {SUMS, *sums, *map(os.path.dirname, sums)}
    found += [(name, "extra: no sum for it") for name in files_below(folder)
              if name not in known]
    return [f"{name}: {what}" for name, what in sorted(found) if what]


def on_one_line(text):
    """Return: a text in which nothing can disturb a terminal"""
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def verify(folder):
    """Return: the exit status of --verify"""
    if not os.path.isdir(folder):
        what = "not a folder" if os.path.lexists(folder) \
            else "no such folder"
        raise Failure(f"--verify {folder}: {what}", EXIT_USAGE)
    with Waiting(f"verifying {folder}"):
        wrong = faults(folder)
    for line in wrong:
        say(on_one_line(line))
    if wrong:
        return EXIT_WRONG
    print(f"{len(read_sums(folder))} files, all as {SUMS} says")
    return 0


# ---- what is in it -----------------------------------------------------------

def project_version():
    from .. import main
    return main.version().split()[-1]


def ask_git(*words):
    """Return: what git prints; "" outside a clone"""
    try:
        return subprocess.run(["git", "-C", TOP, *words], text=True,
                              stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL,
                              check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def epoch():
    """Return: the time of every file in the archive: SOURCE_DATE_EPOCH, else
    that of the commit, else 0"""
    text = os.environ.get("SOURCE_DATE_EPOCH")
    if text is None:
        text = ask_git("log", "-1", "--format=%ct") or "0"
    if not text.isascii() or not text.isdigit() or int(text) >= LAST_EPOCH:
        raise Failure(f"SOURCE_DATE_EPOCH={text}: not a number of seconds "
                      "since 1970", EXIT_USAGE)
    return int(text)


def plain_command(arch):
    """Return: the words that boot a machine of the archive without the
    driver, with the console on the terminal"""
    row = MACHINES[arch]
    words = [row.qemu, "-M", row.board, *row.qemu_args.split()]
    if row.firmware:
        words += ["-bios", f"{arch}/firmware" if os.sep in row.firmware
                  else row.firmware]
    if row.ends == "port":
        words += ["-device", "isa-debug-exit,iobase=0xf4,iosize=1"]
    return words + ["-m", "512M", "-display", "none", "-nodefaults",
                    "-no-reboot", "-global", "virtio-mmio.force-legacy=false",
                    "-serial", "mon:stdio", "-kernel",
                    f"{arch}/lectern.{'img' if row.image else 'elf'}",
                    "-initrd", f"{arch}/root.cpio"]


def wrapped_command(words):
    """Return: a command in lines for a shell, an option in each"""
    text = shlex.join(words)
    return "    " + text.replace(" -", " \\\n        -")


def case_of(arch):
    """Return: the lines of RUN that choose a machine"""
    package, = packages.packages_of([packages.QEMU[arch]])
    words = shlex.join(plain_command(arch)).replace(" -", " \\\n\t\t-")
    return f'{arch})\n\tpackage={package}\n\tset -- {words} "$@" ;;'


def run_script():
    with open(RUN_SOURCE) as f:
        text = f.read()
    return text.replace("@NAMES@", " ".join(ARCHES)).replace(
        "@MACHINES@", "\n".join(map(case_of, ARCHES)))


def origin():
    """Return: the commit that this is made from, in a sentence"""
    commit = ask_git("rev-parse", "HEAD")
    if not commit:
        return ""
    # a file that git does not know may be part of the build
    changed = ask_git("status", "--porcelain")
    return f"Made from commit {commit}" \
        + (", with changes that are not committed" if changed else "") + ".\n"


def readme(page):
    """Return: the README of the archive; page: it has the page"""
    commands = "\n\n".join(wrapped_command(plain_command(a)) for a in ARCHES)
    runs = "\n".join(f"    ./{RUN} {arch}" for arch in ARCHES)
    browser = """
The same kernel runs in a browser. Serve the folder `page` and open the address
that this prints:

    python3 -m http.server --bind 127.0.0.1 --directory page
""" if page else ""
    return f"""# Lectern {project_version()}

Lectern is a teaching kernel. This archive has a kernel and a root file system
for each machine, ready to run. {origin()}
You need QEMU. On Debian and Ubuntu: `apt-get install \
{' '.join(packages.packages_of(packages.QEMU.values()))}`.

{runs}

A shell starts after a few seconds. `poweroff` leaves it. Ctrl-A x ends QEMU at
once. Words after the machine are for QEMU: `./run {ARCHES[0]} -smp 2`.

With GDB (Debian's package gdb-multiarch), in two terminals:

    ./run --gdb {ARCHES[0]}
    gdb-multiarch -ex 'target remote :1234' {ARCHES[0]}/lectern.elf
    (gdb) break kernel_main
    (gdb) continue

The kernels have the names of functions, but no lines: these are in a kernel
that you build from the sources.

Without `run`, or on a system without a shell, type one of these commands in
this folder; `-gdb tcp:127.0.0.1:1234 -S` behind it waits for GDB:

{commands}
{browser}
`sha256sum --check --quiet {SUMS}` finds files that have changed.

## Licences

Lectern is under the MIT licence, see LICENSE; text and pictures are under
CC BY 4.0, see LICENSE-docs. The root file systems contain Debian's
busybox-static, unchanged, under the GNU General Public License, version 2;
`ARCH/busybox.copyright` is Debian's file about it. Its sources are Debian's
source package of that version:

{busybox_versions()}
"""


def busybox_versions():
    """Return: a line for each machine's busybox, with Debian's version"""
    lines = []
    for arch in ARCHES:
        deb = os.path.basename(debs.cached(arch, "busybox-static") or "")
        version = deb.split("_")[1] if deb.count("_") > 1 else "unknown"
        lines.append(f"    {arch}: busybox {version.replace('%3a', ':')}")
    return "\n".join(lines)


def root_archive(arch):
    """Return: the root file system of a shell, as `./lectern run` has it"""
    more = initramfs.more_programs(arch, None, False)
    return base_image(arch, False) + initramfs.run_archive(
        more=initramfs.stripped(arch, more))


def add_machine(arch, folder):
    """Put the kernel and the root file system of a machine into a folder."""
    build(arch, [USUAL, MORE])
    os.makedirs(folder)
    kernel = os.path.join(folder, "lectern.elf")
    # debugging information holds the names of folders of this computer
    subprocess.run([MACHINES[arch].tool("strip"), "-g", "-o", kernel,
                    kernel_elf(arch)], check=True)
    to_boot(MACHINES[arch], kernel, folder)
    with open(os.path.join(folder, "root.cpio"), "wb") as f:
        f.write(root_archive(arch))
    firmware = MACHINES[arch].firmware
    if os.sep in firmware:
        shutil.copyfile(os.path.join(TOP, firmware),
                        os.path.join(folder, "firmware"))
    shutil.copyfile(os.path.join(
        debs.unpacked(arch, "busybox-static"),
        "usr/share/doc/busybox-static/copyright"),
        os.path.join(folder, "busybox.copyright"))


def add_page(folder, install):
    """Build the page into a folder. Return: True if it could be built"""
    from .. import main
    if "page" not in main.COMMANDS:
        say("the page is left out: this tree has no command for it")
        return False
    done = subprocess.run([sys.executable,
                           os.path.join(TOP, "tools", "lectern.py"),
                           "page", "-o", folder]
                          + ["--no-install"] * (not install),
                          stdin=subprocess.DEVNULL,
                          stdout=subprocess.DEVNULL)
    if done.returncode or not os.path.isdir(folder):
        say("the page is left out: it could not be built")
        shutil.rmtree(folder, ignore_errors=True)
        return False
    return True


def fill(folder, put_page):
    """Put everything into the folder that is to be packed.  put_page: puts the
    page into a folder, if it returns True"""
    os.mkdir(folder)
    for arch in ARCHES:
        add_machine(arch, os.path.join(folder, arch))
    page = put_page(os.path.join(folder, "page"))
    for name in LICENCES:
        shutil.copyfile(os.path.join(TOP, name), os.path.join(folder, name))
    with open(os.path.join(folder, "README.md"), "w") as f:
        f.write(readme(page))
    with open(os.path.join(folder, RUN), "w") as f:
        f.write(run_script())
    os.chmod(os.path.join(folder, RUN), 0o755)
    write_sums(folder)


# ---- the archive -------------------------------------------------------------

def tar_header(name, kind, when):
    """Return: a header that depends on nothing but its arguments"""
    it = tarfile.TarInfo(name)
    it.type, it.mtime = kind, when
    folder_or_script = kind == tarfile.DIRTYPE or name.endswith("/" + RUN)
    it.mode = 0o755 if folder_or_script else 0o644
    it.uname = it.gname = "root"
    return it


def packed_names(folder):
    """Return: the relative names of folders and files, in a fixed order"""
    found = set()
    for name in files_below(folder):
        while name:
            found.add(name)
            name = os.path.dirname(name)
    return sorted(found)


def pack_folder(folder, path, when):
    """Pack a folder; the archive's bytes depend on names, contents and
    `when` only."""
    top = os.path.basename(folder)
    with open(path, "wb") as raw, \
            gzip.GzipFile("", "wb", 9, raw, mtime=when) as out, \
            tarfile.open(fileobj=out, mode="w",
                         format=tarfile.GNU_FORMAT) as tar:
        tar.addfile(tar_header(top, tarfile.DIRTYPE, when))
        for name in packed_names(folder):
            source = os.path.join(folder, name)
            if os.path.isdir(source):
                tar.addfile(tar_header(f"{top}/{name}", tarfile.DIRTYPE, when))
                continue
            with open(source, "rb") as f:
                data = f.read()
            it = tar_header(f"{top}/{name}", tarfile.REGTYPE, when)
            it.size = len(data)
            tar.addfile(it, io.BytesIO(data))


def old_names(folder):
    """Return: the files of the release that lies in a folder; Failure if
    anything else is there, which would be lost"""
    if not os.path.lexists(folder):
        return set()
    if not os.path.isdir(folder):
        raise Failure(f"-o {folder}: not a folder", EXIT_USAGE)
    there, ours = set(os.listdir(folder)), set()
    if SUMS in there:
        ours = {*read_sums(folder), SUMS}
    if there - ours:
        name = on_one_line(min(there - ours))
        raise Failure(f"-o {folder}: {name} is no part of a "
                      "release, and would be in its way", EXIT_USAGE)
    return there


def put(new, folder):
    """Put a finished release into its folder, the sums last, and remove the
    old one."""
    old = old_names(folder)     # again: the build took a while
    os.makedirs(folder, exist_ok=True)
    names = sorted(os.listdir(new), key=lambda name: name == SUMS)
    for name in names:
        unready = os.path.join(folder, f".{name}.new")
        try:
            shutil.copyfile(os.path.join(new, name), unready)
            os.replace(unready, os.path.join(folder, name))
        except OSError:
            if os.path.exists(unready):
                os.remove(unready)
            raise
    for name in old - set(names):
        os.remove(os.path.join(folder, name))


NEEDS = [need for arch in ARCHES for need in packages.for_build(arch)]


def archive_name():
    return f"lectern-{project_version()}.tar.gz"


def make_release(folder, put_page):
    """Put a release into a folder; put_page: as of fill()"""
    when = epoch()
    os.makedirs(BUILD, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".release-", dir=BUILD) as work:
        name = f"lectern-{project_version()}"
        fill(os.path.join(work, name), put_page)
        new = os.path.join(work, "new")
        os.mkdir(new)
        with Waiting("packing"):
            pack_folder(os.path.join(work, name),
                        os.path.join(new, archive_name()), when)
        write_sums(new)
        put(new, folder)


def release(options):
    if options.verify is not None:
        if options.output is not None or options.no_page:
            raise Failure("--verify goes with no other option", EXIT_USAGE)
        return verify(options.verify)
    if options.output == "":
        raise Failure("-o: no name of a folder", EXIT_USAGE)
    folder = os.path.abspath(options.output
                             or os.path.join(BUILD, "release"))
    old_names(folder)
    epoch()                     # a wrong one is told before anything is built
    packages.require(NEEDS, not options.no_install)
    make_release(folder, (lambda to: False) if options.no_page else
                 (lambda to: add_page(to, not options.no_install)))
    for name in sorted(os.listdir(folder)):
        size = os.path.getsize(os.path.join(folder, name))
        print(f"{os.path.relpath(os.path.join(folder, name))}  {size} bytes")
    return 0
