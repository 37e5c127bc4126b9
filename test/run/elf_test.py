#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""elf_test.py ARCH - elfdump, nm and ldd of user/more in the guest: what they
say of some files against GNU's tools, torn files, and where ldd finds
libraries.  test/host/elf_tools.py compares many files."""
import os
import random
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
from harness import (BUILD, LECTERN, MACHINES, Tap, read_bytes,  # noqa: E402
                     write)
from driver.build import EVERYTHING, build  # noqa: E402

ARCH = sys.argv[1]
PREFIX = MACHINES[ARCH].linux
OTHER = next(m for m in MACHINES.values() if m.linux and m.name != ARCH)
TORN = 60
EACH = """\
for f in /f/*; do
	echo "@elfdump $f"; elfdump -hlSdsrn -W $f
	echo "@nm $f"; nm -p $f
	echo "@nm-D $f"; nm -D $f 2>/dev/null
done
bad=0
for f in /torn/*; do
	elfdump -a $f >/dev/null 2>&1; test $? -le 1 || { echo $f; bad=1; }
	nm $f >/dev/null 2>&1; test $? -le 1 || { echo $f; bad=1; }
	ldd $f/none >/dev/null 2>&1; test $? = 1 || { echo $f; bad=1; }
done
echo "@torn"; echo $bad
"""
LIST = """\
cd /usr/lectern
t=/usr/lectern/test
for f in $t/rtld_order $t/librtld_order_a.so $t/rtld_needs.exe /bin/busybox \\
	/f/other /f nonesuch; do
	echo "@${f##*/}"; ldd $f 2>&1; echo $?
done
echo "@usage"; ldd 2>&1; echo $?
"""
ORDER = (r"\tlibrtld_order_a.so => /usr/lectern/test/librtld_order_a.so",
         r"\tlibrtld_order_c.so => /usr/lectern/test/librtld_order_c.so")


def said_in_guest(folder, script):
    """=> {what follows an @: the lines up to the next}"""
    done = subprocess.run(
        [LECTERN, "run", "--arch", ARCH, "--add", f"{folder}/f:/f", "--add",
         f"{folder}/torn:/torn", "--", "sh", "-c", script],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True, errors="replace")
    found, name = {}, ""
    for line in done.stdout.splitlines():
        if line.startswith("@"):
            name = line[1:]
            found[name] = []
        else:
            found.setdefault(name, []).append(line)
    return found, done.stderr


def fill_folder(folder):
    """Files of this machine, one of another, and torn ones."""
    base, debian = os.path.join(BUILD, ARCH), f"/usr/{PREFIX.rstrip('-')}/lib"
    for path in (f"{base}/user/more/twice",
                 f"{base}/user/rtld/crt0.o", f"{debian}/crt1.o",
                 f"{debian}/libanl.so.1", f"{debian}/libgcc_s.so.1"):
        if os.path.exists(path):
            shutil.copy(path, f"{folder}/f")
    shutil.copy(f"/usr/{OTHER.linux.rstrip('-')}/lib/crt1.o",
                f"{folder}/f/other")
    rng = random.Random(2)
    whole = read_bytes(f"{base}/user/more/twice")
    for number in range(TORN):
        data = bytearray(whole[:rng.randrange(1, len(whole))]
                         if number % 5 == 0 else whole)
        for _ in range(4):
            data[rng.randrange(min(len(data), 900))] = rng.randrange(256)
        write(f"{folder}/torn/{number:02}", data)


def said_by_judge(*command):
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True,
                          stderr=subprocess.DEVNULL, errors="replace",
                          env=dict(os.environ, LC_ALL="C"))
    return done.stdout.splitlines()


def compared(tap, folder, found, errors):
    for name in sorted(os.listdir(f"{folder}/f")):
        path = f"{folder}/f/{name}"
        gnu = OTHER.linux if name == "other" else PREFIX
        for tool, words in (
                ("elfdump", [gnu + "readelf", "-hlSdsrn", "-W"]),
                ("nm", [gnu + "nm", "-p"]),
                ("nm-D", [gnu + "nm", "-D"])):
            got = found.get(f"{tool} /f/{name}")
            tap.point(got == said_by_judge(*words, path), f"{tool}: {name}",
                      "" if got is not None else errors[-2000:])
    bad = found.get("torn", [errors[-2000:]])
    tap.point(bad == ["0"], f"{TORN} torn files are read or refused",
              "\n".join(bad[:-1]))


def listed(tap, found, errors):
    def says(name, status, *words):
        lines = found.get(name, [])
        text = "\n".join(lines[:-1]).replace("\t", r"\t")
        good = lines[-1:] == [str(status)] and all(w in text for w in words)
        tap.point(good, f"ldd: {name}",
                  "" if good else f"{lines}\n{errors[-1000:]}")

    says("rtld_order", 0, *ORDER, "/usr/lectern/lib/libc.so.6")
    says("librtld_order_a.so", 0, ORDER[1])
    says("rtld_needs.exe", 0, r"\tlibno_such.so => not found")
    says("busybox", 1, r"\tnot a dynamic executable")
    says("other", 1, "ldd: /f/other: for another machine")
    says("f", 1, "ldd: /f: is not an ordinary file")
    says("nonesuch", 1, "ldd: nonesuch: No such file or directory")
    says("usage", 2, "usage: ldd FILE...")


def main():
    tap = Tap()
    build(ARCH, EVERYTHING)
    with tempfile.TemporaryDirectory(prefix="lectern-elf-") as folder:
        os.mkdir(f"{folder}/f")
        os.mkdir(f"{folder}/torn")
        fill_folder(folder)
        if tap.wanted("compare"):
            compared(tap, folder, *said_in_guest(folder, EACH))
        if tap.wanted("list"):
            listed(tap, *said_in_guest(folder, LIST))
    tap.end()


main()
