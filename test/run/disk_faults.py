#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""disk_faults.py ARCH BUILD - disks and ext2 when something goes wrong: I/O
errors, damage, and the power.

LECTERN_CUTS=N cuts the power N times instead of a few, LECTERN_MUTATIONS=N
damages as many images; LECTERN_SEED repeats a run of either.
"""
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
import disk                                             # noqa: E402
from disk import (FSOPS, clean, debugfs, empty_folder,  # noqa: E402
                  fsck, image, make_fs, on_disk, tool)
from harness import (LECTERN, PATIENCE, TOP, Tap, equal,  # noqa: E402
                     errors_of, holds, qemu_is_gone, read, read_bytes, run)

CUTS = int(os.environ.get("LECTERN_CUTS", "6"))
KEPT = 80               # durable files that fsops keeps under its load


def damaged_in_use():
    """What a file system found to be damaged could not write goes with it."""
    folder = empty_folder("tree")
    os.mkdir(folder + "/bad")
    path = make_fs("8M", "-b", "1024", "-e", "remount-ro", "-d", folder)
    block = int(debugfs(path, "blocks /bad").split()[-1])
    with open(path, "r+b") as f:
        f.seek(block * 1024 + 4)
        f.write(b"\3\0")                # the length of its first entry
    out = on_disk(path, r"""
        use() {
            mkdir /mnt/d$1; echo old >/mnt/f$1; sync
            dd if=/dev/zero of=/mnt/f$1 bs=64k count=8 2>/dev/null
            echo some >/mnt/d$1/some; rm -r /mnt/d$1
            ls /mnt/bad 2>/dev/null || true
            echo no 2>/dev/null >/mnt/no && exit 9
            umount /mnt
        }
        use 1; cat /proc/lectern/audit; mount -t ext2 /dev/vda /mnt; use 2
        sleep 7                         # write-back's own time
        cat /proc/lectern/audit""", "--append", "noaslr")
    words = re.findall(r"^(\w+) (\d+)$", out, re.M)
    before, after = dict(words[:len(words) // 2]), dict(words[len(words) // 2:])
    for key in ("inodes", "vmas", "tasks"):
        equal(after[key], before[key], f"{key} after another damage\n{out}")
    holds(int(after["free_pages"]) > int(before["free_pages"]) - 32,
          "the pages are back\n" + out)


def damaged_bitmap():
    """With flex_bg a group holds the inodes of others: a bitmap that calls
    them free is found out before files get those blocks."""
    path = image("32M", 1024, features="flex_bg")
    text = subprocess.run([tool("dumpe2fs"), path], text=True, check=True,
                          stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE).stdout
    bitmap = int(re.search(r"Block bitmap at (\d+)", text).group(1))
    tables = [(int(a), int(b)) for a, b in
              re.findall(r"Inode table at (\d+)-(\d+)", text)]
    first, last = tables[1]
    holds(last < 8192, "the second group's inodes are in the first group")
    with open(path, "r+b") as f:
        f.seek(bitmap * 1024)
        bits = bytearray(f.read(1024))
        for n in range(first - 1, last):
            bits[n // 8] &= ~(1 << n % 8)
        f.seek(bitmap * 1024)
        f.write(bits)
    on_disk(path, r"""
        tr '\000' '\252' </dev/zero | dd of=/mnt/f bs=1k 2>/dev/null || true
        echo x 2>/dev/null >/mnt/x && exit 9; umount /mnt""")
    with open(path, "rb") as f:
        f.seek(first * 1024)
        holds(b"\252" * 16 not in f.read((last - first + 1) * 1024),
              "the inodes are what they were")
    holds("marked free, and in use" in read(os.path.join(disk.WORK, "log")),
          "it is told")
    holds(fsck(path, "-fy")[0] in (0, 1), "e2fsck -fy mends it")
    clean(path)


def io_errors():
    """Each request in turn fails, until there are no more of them; then the
    medium is gone at each.  Errors are told, nothing panics, and what the tool
    mends is whole.  All of it twice, as the first time fills caches and the
    shell's memory; and without random places, as a stack takes a page more or
    less by where it begins: what is left over is to the page what it was."""
    path = image("8M", 1024)
    out = on_disk(path, r"""
        set +e; umount /mnt
        work() {
            echo $1 >/proc/lectern/io_inject
            if mount -t ext2 /dev/vda /mnt; then
                mkdir -p /mnt/d/e && cp /etc/* /mnt/d/e; sync; cat /mnt/d/e/*
                mv /mnt/d/e /mnt/f; ln -s f /mnt/l; mkdir /mnt/g; sync
                ls -lR /mnt; rm -r /mnt/f /mnt/l; sync; rm -r /mnt/*; sync
                umount /mnt || umount /mnt || exit 3
            fi >/dev/null 2>&1
            read left </proc/lectern/io_inject
            echo 0 >/proc/lectern/io_inject
        }
        audit() {
            echo 2 >/proc/sys/vm/drop_caches; echo "$1"
            cat /proc/lectern/audit
        }
        every() {
            n=0 left=0; while [ $left = 0 ]; do n=$((n+1)); work $n; done
            echo once $n
            # a medium that stays away: the last of them fails at its first
            n=0 left=1+; while [ $left = 1+ ]; do n=$((n+1)); work $n+; done
            echo gone $n; work 0
        }
        every; audit before
        every; audit after""", "--append", "noaslr", timeout=900)
    counts = [int(re.search(rf"^{w} (\d+)$", out, re.M).group(1))
              for w in ("once", "gone")]
    holds(counts[0] > 20 and counts[1] > 10,
          f"{counts}: there were requests\n{out}")
    print(f"# {counts[0]} requests failed once, {counts[1]} for good")
    audits = [dict(re.findall(r"^(\w+) (\d+)$", part, re.M))
              for part in re.split("before\n|after\n", out)[1:]]
    for key in ("tasks", "inodes", "vmas", "free_pages", "slab_objects"):
        equal(audits[1][key], audits[0][key], f"{key}\n{out}")
    holds(fsck(path, "-fy")[0] in (0, 1), "e2fsck -fy mends it")
    clean(path)


# ---- power cuts -------------------------------------------------------------

def cut_once(path, seed, seconds):
    """=> what was told before the power went"""
    child = subprocess.Popen(
        [LECTERN, "run", "--arch", disk.ARCH, "--disk", path, "--log",
         os.path.join(disk.WORK, "log"), "--", "/bin/busybox", "sh", "-c",
         "mount -t ext2 /dev/vda /mnt && echo READY && "
         f"{FSOPS} load /mnt {seed}"],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL)
    os.set_blocking(child.stdout.fileno(), False)
    told, end = b"", time.monotonic() + 300 * PATIENCE
    started = False
    while time.monotonic() < end and child.poll() is None:
        time.sleep(0.01)
        told += child.stdout.read() or b""
        if not started and b"READY" in told:
            started, end = True, time.monotonic() + seconds
    status = child.poll()
    child.send_signal(signal.SIGKILL)       # QEMU dies with it
    child.wait()
    holds(qemu_is_gone(path), "QEMU is gone")
    told += child.stdout.read() or b""
    child.stdout.close()
    holds(started, "the guest came up")
    holds(status is None, f"the load ended by itself: {status}")
    return told.decode(errors="replace")


def content(serial, size):
    seed = serial * 2654435761 & 0xffffffff
    out = bytearray()
    for _ in range(size):
        seed = (seed * 69069 + 1) & 0xffffffff
        out.append(seed >> 24)
    return bytes(out)


def check_cut(path, told):
    status, text = fsck(path, "-p")
    holds(status in (0, 1), f"e2fsck -p: status {status}\n{text}")
    clean(path)
    synced = {int(a): int(b) for a, b in
              re.findall(r"^SYNC (\d+) (\d+)\n", told, re.M)}
    there = empty_folder("there")
    debugfs(path, f"rdump / {there}")
    # Of what the disk has seen, all but the last KEPT are removed again.  Of
    # the newest it may have seen names only, which e2fsck took away; one in
    # three is durable, so 40 such at a stretch are too many to come.
    seen = [int(n[1:]) for folder in (there, there + "/sub")
            if os.path.isdir(folder) for n in os.listdir(folder)
            if re.fullmatch(r"s\d+", n)]
    oldest = max(seen, default=0) - KEPT + 40
    for serial, size in synced.items():
        name = f"{there}/{'' if serial & 1 else 'sub/'}s{serial}"
        if serial < oldest and not os.path.exists(name):
            continue
        # on the disk it still is whole, be it on the way to be removed
        holds(os.path.exists(name), f"{name} was durable, and is lost")
        holds(read_bytes(name) == content(serial, size), f"{name} has changed")
    return sum(serial >= oldest for serial in synced)


def power_cuts():
    rng = random.Random(os.environ.get("LECTERN_SEED", str(os.getpid())))
    total = 0
    for k in range(CUTS):
        path = image("48M", rng.choice((1024, 4096)))
        told = cut_once(path, rng.randrange(1 << 30), rng.uniform(0.3, 9))
        shutil.copy(path, path + ".cut")
        try:
            total += check_cut(path, told)
        except AssertionError as why:
            keep = os.path.join(tempfile.gettempdir(),
                                f"lectern-cut-{os.getpid()}-{k}.img")
            shutil.copy(path + ".cut", keep)
            raise AssertionError(f"cut {k}, kept as {keep}: {why}") from None
    print(f"# {CUTS} cuts, {total} durable files found again")


# ---- damage -----------------------------------------------------------------

def mutate(data, rng):
    """Some bytes of structures; the superblock's checks mostly left alone."""
    at = rng.choice(((1024, 1024 + 200), (2048, 2048 + 64), (3072, 20000),
                     (20000, 90000)))
    for _ in range(rng.randint(1, 12)):
        where = rng.randrange(*at)
        data[where] = rng.choice((0, 0xff, rng.randrange(256)))


def damage():
    """Damaged images are refused, or walked and changed without a panic.  A
    damaged size may say that a file is a hole of 1 TiB: of each only the
    beginning is read."""
    count = int(os.environ.get("LECTERN_MUTATIONS", "12"))
    path = make_fs("4M", "-b", "1024", "-d", os.path.join(TOP, "topics"))
    good = read_bytes(path)
    rng = random.Random(os.environ.get("LECTERN_SEED", "3"))
    bundle = os.path.join(disk.WORK, "damaged.img")
    for first in range(0, count, 60):
        n = min(60, count - first)
        with open(bundle, "wb") as f:
            for _ in range(n):
                data = bytearray(good)
                mutate(data, rng)
                f.write(data)
        before = b""
        done = run(
            "run", "--disk", bundle, "--disk", path, "--log",
            os.path.join(disk.WORK, "log"), "--mem", "128M", "--", "/bin/busybox",
            "sh", "-c",
            f"""i=0; while [ $i -lt {n} ]; do
                dd if=/dev/vda of=/dev/vdb bs=1M skip=$((i*4)) count=4 2>&-
                if mount -t ext2 /dev/vdb /mnt 2>/dev/null; then
                    find /mnt -type f 2>/dev/null | head -300 |
                        while read f; do head -c 9000000 "$f"; done \
                            >/dev/null 2>&1
                    cp -r /etc /mnt/new 2>/dev/null
                    rm -rf /mnt/[a-m]* 2>/dev/null
                    mkdir /mnt/q 2>/dev/null; mv /mnt/q /mnt/p 2>/dev/null
                    umount /mnt || exit 5
                fi; i=$((i+1)); done; echo alive""",
            arch=disk.ARCH, timeout=600)
        if b"alive" not in done.stdout:
            raise AssertionError(
                f"images {first}..: status {done.returncode}\n"
                + errors_of(done)[-2500:])


def main():
    disk.ARCH, disk.BUILD = sys.argv[1:3]
    tap = Tap(shared=disk.ARCH, each=("damage found in use",))
    with tempfile.TemporaryDirectory(prefix="lectern-disk-") as disk.WORK:
        tap.case("damage found in use", damaged_in_use)
        tap.case("a bitmap that is wrong", damaged_bitmap)
        tap.case("I/O errors at every request", io_errors)
        tap.case("power cuts", power_cuts)
        tap.case("damaged images", damage)
    tap.end()


if __name__ == "__main__":
    main()
