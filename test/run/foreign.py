#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""foreign.py ARCH [linux] - programs of the other machines on this one (row
E15): Debian's emulator of theirs, registered with binfmt_misc, runs Debian's
busybox of theirs as if it were native.  With `linux` on Debian's own kernel."""
import glob
import os
import re
import struct
import sys

sys.dont_write_bytecode = True
from cases import RUNNER, run_cases  # noqa: E402
from harness import MACHINES, TOP, Tap, write  # noqa: E402
from driver.disk import debs  # noqa: E402
from driver.machine import linux  # noqa: E402
from driver.common import FINISHED, Failure  # noqa: E402

# Debian's packages of all emulators of programs, by what it once was and is
EMULATORS = ("qemu-user-static", "qemu-user")
HEAD = 20               # e_ident, e_type and e_machine
BUSYBOX = "/foreign/busybox"

SETUP = r"""
mkdir -p /misc /tmp
mount -t binfmt_misc none /misc 2>/dev/null
register() {
	cp /register /tmp/line
	printf '%s' "$1" >>/tmp/line
	cat /tmp/line >/misc/register
}
b=""" + BUSYBOX + "\n"

# name: (script, what it prints, exit status)
CASES = {
    "it is refused while nobody is registered": (r"""
$b true 2>/dev/null || echo no""", "no\n", 0),
    "a program": (r"""
register OC; $b uname -m; $b echo one 'two  three'; $b sh -c 'exit 7'; echo $?
""", "{name}\none two  three\n7\n", 0),
    "a shell, its children and a pipe": (r"""
$b sh -c ''$b' seq 1 1000 | '$b' grep 7 | '$b' wc -l
('$b' sleep 0.1; echo late) & wait; echo $?
trap "echo caught" USR1; '$b' kill -USR1 $$; echo "$((6 * 7))"'
""", "271\nlate\n0\ncaught\n42\n", 0),
    "killed": (r"""
$b sh -c 'kill -SEGV $$' 2>/dev/null; echo $?
$b sleep 100 & sleep 0.5; kill -TERM $!; wait $!; echo $?
""", "139\n143\n", 0),
    "a script of its shell": (r"""
cat >s <<END
#!$b sh
echo "I am \$0 with \$#"
exit 5
END
chmod +x s; ./s a b c; echo $?
""", "I am ./s with 3\n5\n", 0),
    "argv[0] alone says what it is": (r"""
printf -- '-1' >/misc/foreign; register POC
ln -s $b echo; ./echo by name; (exec -a echo $b again 2>/dev/null) || echo again
""", "by name\nagain\n", 0),
    "set-user-id counts by the program": (r"""
cp $b id; chown 4242 id; chmod 4755 id
./id -u
printf -- '-1' >/misc/foreign; register P; ./id -u
printf -- '-1' >/misc/foreign; register POC
""", "4242\n0\n", 0),
    "who may run it need not read it": (r"""
cp $b ls; chmod 711 . ls; mkdir -m 755 d; : >d/x
su -s /bin/sh nobody -c './ls d'
""", "x\n", 0),
    "its own root, without the emulator": (r"""
mkdir -p root/bin; cp $b root/bin/sh
chroot root /bin/sh -c 'echo in' 2>/dev/null; echo $?
printf -- '-1' >/misc/foreign; register POCF
chroot root /bin/sh -c 'echo in; echo *'
""", "127\nin\nbin\n", 0),
    "one alone is switched off": (r"""
printf 0 >/misc/foreign; $b true 2>/dev/null || echo no
printf 1 >/misc/foreign; $b true; echo $?
printf -- '-1' >/misc/foreign; $b true 2>/dev/null || echo no; ls /misc
""", "no\n0\nno\nregister\nstatus\n", 0),
}


def code_name(other):
    """QEMU's name for the machine's code."""
    return MACHINES[other].qemu.replace("qemu-system-", "")


def emulator(arch, other):
    """Debian's emulator for arch of the other's programs, and its package."""
    for package in EMULATORS:
        root = debs.unpacked(arch, package)
        name = "qemu-" + code_name(other)
        for name in (name + "-static", name):
            file = os.path.join(root, "usr/bin", name)
            if os.path.isfile(file) and not os.path.islink(file):
                return file
    raise Failure(f"no emulator of {other} in {' or '.join(EMULATORS)}")


def busybox(other):
    root = debs.unpacked(other, "busybox-static")
    return next(f for f in glob.glob(os.path.join(root, "**/bin/busybox"),
                                     recursive=True))


def line(file):
    """What registers all programs and libraries like this one."""
    with open(file, "rb") as f:
        head = bytearray(f.read(HEAD))
    mask = bytearray(b"\xff" * HEAD)
    mask[7] = 0                                 # the ABI's name
    mask[8:16] = bytes(8)                       # padding
    struct.pack_into("<H", head, 16, 2)
    struct.pack_into("<H", mask, 16, 0xfffe)    # ET_EXEC or ET_DYN
    return b":foreign:M::%s:%s:/emulator:" % tuple(
        "".join(f"\\x{b:02x}" for b in part).encode() for part in (head, mask))


def uname(other):
    """What uname -m says there: Debian's i386 is an i686."""
    return re.sub(r"^i\d86$", "i686", code_name(other))


def main():
    arch = sys.argv[1]
    oracle = "linux" in sys.argv[2:]
    if oracle and not linux.known_packages(arch):
        print("1..0 # SKIP Debian's Linux is not fetched")
        sys.exit(0)
    tap = Tap()
    for other in sorted(m for m in FINISHED if m != arch):
        program = busybox(other)
        cases = {f"{other}: {name}": (SETUP + script,
                                      out.replace("{name}", uname(other)),
                                      status)
                 for name, (script, out, status) in CASES.items()}
        work = os.path.join(TOP, "build", arch, f"register-{other}")
        write(work, line(program))
        run_cases(tap, arch, cases, log=f"foreign-{other}", runner=RUNNER,
                  limit=400,
                  options=["--mem", "512M",
                           "--add", f"{emulator(arch, other)}:/emulator",
                           "--add", f"{program}:{BUSYBOX}",
                           "--add", f"{work}:/register"]
                  + (["--kernel", "linux"] if oracle else []))
    tap.end()


if __name__ == "__main__":
    main()
