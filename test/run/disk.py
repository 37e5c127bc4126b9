#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""disk.py ARCH BUILD - disks and ext2: what the guest does to an image, judged
on the host by e2fsck and debugfs.  What goes wrong is in disk_faults.py.
"""
import filecmp
import hashlib
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
from harness import (EVERY, MACHINES, TOP, Skip, Tap,  # noqa: E402
                     build_everything, equal, errors_of, holds, out_of, read,
                     read_bytes, run, said_by, write)

ARCH = BUILD = WORK = ""
FSOPS = "/usr/lectern/test/file_model"


def tool(name):
    found = shutil.which(name) or shutil.which(name, path="/sbin:/usr/sbin")
    if not found:
        raise Skip(f"{name} is not installed")
    return found


def make_fs(size, *args, type_="ext2"):
    """=> the path of an image that mke2fs made so"""
    path = os.path.join(WORK, "disk.img")
    if os.path.exists(path):
        os.unlink(path)
    subprocess.run([tool("mke2fs"), "-q", "-F", "-t", type_, *args, path,
                    size], check=True, stdout=subprocess.PIPE,
                   stderr=subprocess.PIPE)
    return path


def image(size="32M", block=4096, inode=256, features="", type_="ext2"):
    return make_fs(size, "-b", str(block), "-I", str(inode),
                   *(["-O", features] if features else []), type_=type_)


def empty_folder(name):
    folder = os.path.join(WORK, name)
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    return folder


def fsck(path, *args):
    done = subprocess.run([tool("e2fsck"), *args, path], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return done.returncode, done.stdout


def clean(path):
    """e2fsck has nothing to say."""
    status, text = fsck(path, "-fn")
    holds(status == 0 and "Fix?" not in text, f"e2fsck -fn: {status}\n{text}")


def debugfs(path, *requests):
    done = subprocess.run([tool("debugfs"), "-f", "-", path],
                          input="\n".join(requests), text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    return done.stdout


def debugfs_write(path, *requests):
    subprocess.run([tool("debugfs"), "-w", "-f", "-", path],
                   input="\n".join(requests), text=True, check=True,
                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def on_disk(path, script, *args, status=0, timeout=240):
    """A shell script with the disk on /mnt. => its output"""
    text = "set -e\nmount -t ext2 /dev/vda /mnt\n" + script + "\n"
    done = run("run", "--disk", path, *args, "--log",
               os.path.join(WORK, "log"), "--", "/bin/busybox", "sh", "-c",
               text, arch=ARCH, timeout=timeout)
    out = out_of(done)
    if done.returncode != status:
        tail = read(os.path.join(WORK, "log")).splitlines()[-25:]
        raise AssertionError("\n".join((
            f"status {done.returncode}", out[-2000:], errors_of(done)[-2000:],
            *tail)))
    return out


def with_options(script, *options):
    """A shell script, nothing mounted, with options of run's."""
    return run("run", *options, "--", "/bin/busybox", "sh", "-c", script,
               arch=ARCH)


# ---- the device -------------------------------------------------------------

def device():
    """What is read and written is what the file holds."""
    path = os.path.join(WORK, "raw.img")
    data = random.Random(1).randbytes(3 << 20)
    write(path, data)
    script = ("md5sum /dev/vda; blockdev --getsize64 /dev/vda;"
              "blockdev --getss /dev/vda; blockdev --getro /dev/vda;"
              "printf hello | dd of=/dev/vda bs=1 seek=70001 conv=notrunc;"
              "dd if=/dev/vda bs=1 skip=70001 count=5; sync;"
              "cat /proc/partitions | grep -c vda")
    out = out_of(with_options(script, "--disk", path)).split()
    equal(out[0], hashlib.md5(data).hexdigest())
    equal(out[2:6], [str(3 << 20), "512", "0", "hello1"], "ioctls, bytes")
    equal(read_bytes(path), data[:70001] + b"hello" + data[70006:], "the file")


def read_only():
    path = image()
    out = guest_ro(path)
    holds("Read-only" in out, out)
    clean(path)


def guest_ro(path):
    return said_by(with_options(
        "blockdev --getro /dev/vda; mount -t ext2 /dev/vda /mnt;"
        "echo x 2>&1 >/mnt/x; echo x 2>&1 >/dev/vda", "--qemu-args",
        f"-drive file={path},format=raw,if=none,id=ro,readonly=on "
        "-device virtio-blk-device,drive=ro"))


def odd_sizes():
    """Devices that say they are empty, or larger than any number reaches."""
    sizes = [0, 512, (1 << 63) - (1 << 30)]
    args = "".join(f" -drive driver=null-co,read-zeroes=on,size={n},if=none,"
                   f"id=n{k} -device virtio-blk-device,drive=n{k}"
                   for k, n in enumerate(sizes))
    done = with_options("""ls /dev/vd*
        for d in /dev/vd*; do
            n=$(blockdev --getsize64 $d); echo $d $n
            dd if=$d bs=512 count=1 skip=$((n / 512 - 1)) | wc -c
            dd if=$d bs=512 count=1 skip=$((n / 512)) | wc -c
            mount -t ext2 $d /mnt && echo mounted
        done; echo alive""", "--qemu-args", args.strip())
    out = out_of(done).split()
    holds(out and out[-1] == "alive", errors_of(done))
    most = 1 << (62 if MACHINES[ARCH].bits == 64 else 43)
    equal(sorted(out), sorted(["/dev/vda", "/dev/vda", str(most), "512", "0",
                               "/dev/vdb", "/dev/vdb", "512", "512", "0",
                               "alive"]), errors_of(done)[-2000:])


def named_in_order():
    """The first disk that is given is vda, whatever the slots say."""
    paths = []
    for k in (1, 2, 3):
        paths.append(os.path.join(WORK, f"order{k}.img"))
        with open(paths[-1], "wb") as f:
            f.truncate(k << 20)
    disks = [word for p in paths for word in ("--disk", p)]
    done = with_options(
        "for d in a b c; do blockdev --getsize64 /dev/vd$d; done", *disks)
    equal(out_of(done).split(), [str(k << 20) for k in (1, 2, 3)],
          errors_of(done)[-2000:])


def partitions():
    """An MBR of two; the second holds a file system."""
    part = image("16M", block=1024)
    path = os.path.join(WORK, "mbr.img")
    start = 2048
    table = bytearray(512)
    for k, (first, count) in enumerate(((64, 100), (start, 32768))):
        table[446 + 16 * k:462 + 16 * k] = (
            b"\0\0\0\0\x83\0\0\0" + first.to_bytes(4, "little")
            + count.to_bytes(4, "little"))
    table[510:] = b"\x55\xaa"
    with open(path, "wb") as f, open(part, "rb") as source:
        f.write(table)
        f.seek(start * 512)
        shutil.copyfileobj(source, f)
    done = with_options(
        "mount -t ext2 /dev/vda2 /mnt && echo part >/mnt/it && "
        "blockdev --getsz /dev/vda1 && umount /mnt && echo fine",
        "--disk", path)
    equal(done.stdout.split(), [b"100", b"fine"], done.stderr)
    with open(path, "rb") as f, open(part, "wb") as out:
        f.seek(start * 512)
        shutil.copyfileobj(f, out)
    clean(part)
    holds("part" in debugfs(part, "cat it"), "the file is in the partition")


def counts():
    """What was asked of a disk and of a partition is in their counts."""
    path = os.path.join(WORK, "mbr.img")
    with open(path, "wb") as f:
        f.write(b"\0" * 446 + b"\0\0\0\0\x83\0\0\0"
                + (64).to_bytes(4, "little") + (1000).to_bytes(4, "little"))
        f.write(b"\0" * 48 + b"\x55\xaa")
        f.truncate(1 << 20)
    done = with_options(
        "cd /sys/class/block; cat vda/stat vda1/stat; "
        "cat /dev/vda1 >/dev/null; "
        "dd if=/dev/zero of=/dev/vda1 bs=4k count=5 conv=fsync; "
        "cat vda/stat vda1/stat; grep vda /proc/diskstats", "--disk", path)
    lines = [[int(x) for x in line.split() if x[:2] != "vd"]
             for line in out_of(done).splitlines()]
    equal([len(x) for x in lines], [17, 17, 17, 17, 19, 19], done.stderr)
    disk, part = ([b - a for a, b in zip(lines[k], lines[k + 2])]
                  for k in (0, 1))
    equal((part[2], part[6]), (1000, 40), "sectors of the partition")
    equal((disk[2], disk[6]), (1000, 40), "sectors of the disk")
    holds(part[0] > 0 < part[4], f"reads and writes: {part}")
    holds(disk[15] > 0, f"flushes: {disk}")
    for now, shown in zip(lines[2:4], lines[4:6]):
        equal(now, shown[2:], "/proc/diskstats")
        equal(now[8], 0, "under way")
        holds(now[10] + 3 >= now[3] + now[7] + now[16], f"the sum: {now}")
        holds(now[10] + 3 >= now[9], f"no longer busy than asked: {now}")


# ---- the file system --------------------------------------------------------

PROGRAMS = ["open_files", "path_names", "file_locks", "mmap", "user_ids",
            "exec_args", "hash_bang", "pipes", "xattr", "file_advice",
            "fallocate", "file_model", "file_rights", "io_counts",
            "mapped_times", "fault_around"]
# ten seconds each, and no more to see on small blocks; a minute
SLOW_PROGRAMS = ["elf_files", "link_counts", "thread_races"]
BY_NIGHT = ["fail_allocs_faults"]


def guest_programs(block, inode):
    """Programs of the guest suite, their /tmp on the disk."""
    names = (PROGRAMS + SLOW_PROGRAMS * (block == 4096 or EVERY)
             + BY_NIGHT * EVERY)
    path = image("96M", block, inode)
    out = on_disk(path, "umount /mnt; mount -t ext2 /dev/vda /tmp;"
                  "chmod 1777 /tmp; /usr/lectern/bin/testrun "
                  + " ".join("/usr/lectern/test/" + n for n in names)
                  + " || true; umount /tmp", "--smp", "2", timeout=400)
    ends = re.findall(r"^# END (.*)$", out, re.M)
    equal([e for e in ends if not e.endswith(" exit 0")], [],
          "\n".join(x for x in out.splitlines() if x.startswith("not ok")))
    equal(len(ends), len(names) + 1)        # and the audit
    clean(path)


def same_tree(a, b):
    """Byte for byte, links and modes too."""
    cmp = filecmp.dircmp(a, b, ignore=["lost+found"])
    equal((cmp.left_only, cmp.right_only), ([], []), a)
    for name in cmp.common:
        x, y = os.path.join(a, name), os.path.join(b, name)
        one, two = os.lstat(x), os.lstat(y)
        equal(one.st_mode, two.st_mode, x)
        if os.path.islink(x):
            equal(os.readlink(x), os.readlink(y), x)
        elif os.path.isdir(x):
            same_tree(x, y)
        else:
            holds(filecmp.cmp(x, y, shallow=False), f"{x} differs")


def host_fsops():
    """The same program for the host."""
    path = os.path.join(WORK, "fsops")
    if not os.path.exists(path):
        subprocess.run(
            ["cc", "-O1", "-w", "-o", path, "-I",
             os.path.join(TOP, "test/guest"),
             "-Dwrite_all(fd,p,n)=(write(fd,p,n)!=(long)(n))",
             os.path.join(TOP, "test/guest/files/file_model.c")], check=True)
    return path


def like_the_host(seed, count, block):
    """Random operations leave what they leave on the host."""
    path = image("64M", block)
    on_disk(path, f"{FSOPS} /mnt {seed} {count}; umount /mnt")
    clean(path)
    here, there = empty_folder("here"), empty_folder("there")
    subprocess.run([host_fsops(), here, str(seed), str(count)], check=True)
    debugfs(path, f"rdump / {there}")
    same_tree(here, there)


def full_disk():
    """No block and no inode left; then there is room again."""
    path = image("4M", 1024)
    out = on_disk(path, r"""
        dd if=/dev/zero of=/mnt/big bs=64k 2>/dev/null && exit 9
        df /mnt | tail -1 | grep -q '100%' || exit 8
        i=0; while echo x >/mnt/s$i; do i=$((i+1)); done 2>/dev/null || true
        [ $i -lt 20 ] || exit 7
        rm /mnt/big; sync
        i=0; while true >/mnt/f$i; do i=$((i+1)); done 2>/dev/null || true
        mkdir /mnt/dir 2>/dev/null && exit 6
        rm /mnt/f*; dd if=/dev/zero of=/mnt/a bs=64k count=30
        umount /mnt; echo $i""")
    holds(int(out.split()[-1]) > 900, f"{out}: all inodes were taken")
    clean(path)


def too_far():
    """Behind what the pointers of small blocks reach a file is too large,
    however it is asked for; before it, it is not."""
    path = image("4M", 1024)
    out = on_disk(path, r"""
        at() { dd if=/dev/zero of=/mnt/f bs=1 count=1 seek=$1 2>&1 |
            grep -c 'File too large' || true; }
        at 17246978047; at 17247252479; at 17247252480; at 34359738366
        stat -c %s /mnt/f
        fallocate -o 17247252480 -l 1 /mnt/f 2>&1 | grep -c 'File too large'
        rm /mnt/f; umount /mnt""")
    equal(out.split(), ["0", "0", "1", "1", "17247252480", "1"])
    clean(path)


def room_after_commit():
    """What was removed makes room, once the disk knows: the operation that
    finds none is done again, from its beginning."""
    path = image("4M", 1024)
    name = "a-target-longer-than-what-an-inode-holds-of-it/" * 2
    out = on_disk(path, rf"""
        dd if=/dev/zero of=/mnt/big bs=1k count=500 2>/dev/null
        dd if=/dev/zero of=/mnt/rest bs=1k 2>/dev/null && exit 9
        i=0; while echo x >/mnt/s$i; do i=$((i+1)); done 2>/dev/null || true
        sync; rm /mnt/big; ln -s {name} /mnt/link; mkdir /mnt/dir
        readlink /mnt/link; umount /mnt""")
    equal(out.strip(), name)
    clean(path)


def unmounts_beside_sync():
    """Others write the files of a file system that goes."""
    path = image("16M")
    on_disk(path, r"""
        umount /mnt
        for k in 1 2 3; do while [ ! -e /tmp/done ]; do sync; done & done
        i=0; while [ $i -lt 60 ]; do
            mount -t ext2 /dev/vda /mnt
            for f in 1 2 3 4 5 6; do echo $i >/mnt/$f; done
            umount /mnt; i=$((i+1))
        done
        touch /tmp/done; wait
        mount -t ext2 /dev/vda /mnt; cat /mnt/?; umount /mnt""",
            "--smp", "4")
    clean(path)


def stressed():
    """Files, names, locks and mappings by several at once on several CPUs,
    with little memory, beside syncs and caches that are dropped.  No audit:
    who syncs comes and goes meanwhile."""
    build_everything(ARCH)
    path = image("32M", 1024)
    out = on_disk(path, r"""
        umount /mnt; mkdir /tmp/stress; mount -t ext2 /dev/vda /tmp/stress
        (while [ ! -e /tmp/done ]; do sync
            cat /proc/lectern/audit >/dev/null; done) &
        /stress -a 0 -t 15 -n 2 files rename locks mapfile
        touch /tmp/done; wait; ls /tmp/stress; umount /tmp/stress""",
                  "--smp", "4", "--mem", "128M", "--add",
                  os.path.join(BUILD, "test", "stress", "stress") + ":/stress",
                  timeout=400)
    equal(out.split()[-1], "lost+found", "nothing is left")
    clean(path)


def stores_are_seen():
    """Stored through a mapping after a write-back, and durable with fsync:
    read from the device while the mapping is still there."""
    path = image()
    on_disk(path, f"{FSOPS} stored /mnt/file /dev/vda; umount /mnt")
    clean(path)


def no_stale_bytes():
    """Who reads a hole while it is written sees zeros or what is written,
    never what the disk had there."""
    path = image("48M")
    out = on_disk(path, rf"""
        tr '\000' '\252' </dev/zero | head -c 41943040 >/mnt/junk; sync
        rm /mnt/junk; sync; {FSOPS} holes /mnt/file; umount /mnt""",
                  "--smp", "2")
    equal(out.split(), ["stale", "0"])
    clean(path)


def odd_names():
    """Names of all bytes, the longest, and a directory of many."""
    path = image("32M", 1024)
    on_disk(path, r"""
        mkdir /mnt/d; cd /mnt/d
        for a in 0 1 2 3; do for b in 0 1 2 3 4 5 6 7; do
            for c in 0 1 2 3 4 5 6 7; do
                case $a$b$c in 000|057) continue;; esac
                : >"$(printf "\\$a$b${c}x")"; done; done; done
        n=$(printf '%255s' | tr ' ' n); echo long >$n
        touch ${n}n 2>/dev/null && exit 9
        i=0; while [ $i -lt 1500 ]; do : >name-$i; i=$((i+1)); done
        [ $(ls -a | grep -c name-) = 1500 ]; rm name-7*; cd /
        umount /mnt; mount -t ext2 /dev/vda /mnt
        [ "$(cat /mnt/d/$n)" = long ]; : >/mnt/d/after; umount /mnt""")
    clean(path)


def hash_trees():
    """A directory with an index that Linux's tools made is read and kept."""
    folder = empty_folder("tree")
    os.mkdir(folder + "/d")
    for k in range(3000):
        write(f"{folder}/d/some-file-with-a-name-{k}", "")
    path = make_fs("32M", "-b", "1024", "-O", "dir_index", "-N", "4000", "-d",
                   folder)
    fsck(path, "-fyD")
    holds("Index" in debugfs(path, "htree_dump d")
          or "hash" in debugfs(path, "htree_dump d").lower(), "an index")
    on_disk(path, r"""
        [ $(ls /mnt/d | wc -l) = 3000 ]
        [ -e /mnt/d/some-file-with-a-name-2999 ]
        echo new >/mnt/d/new; rm /mnt/d/some-file-with-a-name-1*
        umount /mnt""")
    clean(path)


def from_ext4():
    """Extents are read, by who does not ask to write; a feature that is not
    known is refused by name."""
    folder = empty_folder("tree")
    data = random.Random(2).randbytes(700000)
    with open(folder + "/file", "wb") as f:
        f.write(data)
        f.seek(5 << 20)
        f.write(b"end")
    path = make_fs("32M", "-d", folder, type_="ext4")
    out = on_disk(path, "md5sum </mnt/file; echo x >/mnt/x && exit 9;"
                  "grep ' /mnt ' /proc/mounts; umount /mnt;"
                  f"{FSOPS} mount /dev/vda; mount -t ext4 /dev/vda /mnt; "
                  "umount /mnt")
    # EROFS: never less than was asked for.  mount(8) asks again.
    holds("mount: errno 30\n" in out, out)
    holds(hashlib.md5(read_bytes(folder + "/file")).hexdigest() in out, out)
    holds(" ro," in out, out)
    clean(path)
    path = image("32M", features="inline_data", type_="ext4")
    on_disk(path, "true", status=255)
    holds("inline_data" in read(os.path.join(WORK, "log")),
          "the feature's name in the log")


def attributes():
    """What debugfs sets is read, what is set here debugfs reads; e2fsck
    counts and checks it.  A rewritten set leaves no block behind."""
    x = "/usr/lectern/test/xattr"
    for block, inode in ((4096, 256), (1024, 128)):
        path = image("16M", block, inode)
        on_disk(path, "echo data >/mnt/f; mkdir /mnt/d; umount /mnt")
        debugfs_write(path, "ea_set f user.host hello",
                      "ea_set f user.long " + "l" * 200,
                      "ea_set d trusted.d dir")
        out = on_disk(path, f"""
            {x} get /mnt/f user.host; {x} get /mnt/f user.long
            {x} get /mnt/d trusted.d; {x} list /mnt/f
            {x} set /mnt/f user.guest there
            {x} set /mnt/f user.host bye; {x} list /mnt/d; umount /mnt
            mount -t ext2 /dev/vda /mnt; {x} get /mnt/f user.host
            {x} get /mnt/f user.long; {x} get /mnt/f user.guest
            cp /mnt/f /mnt/g; rm /mnt/f; echo x >/mnt/f
            {x} set /mnt/f user.last one; umount /mnt""").split()
        equal(out, ["hello", "l" * 200, "dir", "user.host", "user.long",
                    "trusted.d", "bye", "l" * 200, "there"])
        equal("one" in debugfs(path, "ea_get f user.last"), True)
        clean(path)
    # a block that says nothing true, and one that is shared
    path = image("16M", 1024, 128)
    on_disk(path, f"echo a >/mnt/a; {x} set /mnt/a user.a aa; umount /mnt")
    number = int(re.search(r"File ACL: (\d+)",
                           debugfs(path, "stat a")).group(1))
    debugfs_write(path, "write /dev/null b", f"sif b file_acl {number}",
                  "sif b blocks 2")
    with open(path, "r+b") as f:
        f.seek(number * 1024 + 4)
        f.write((2).to_bytes(4, "little"))
    clean(path)
    out = on_disk(path, f"{x} get /mnt/b user.a; {x} set /mnt/b user.b bb;"
                  f"{x} get /mnt/a user.a; umount /mnt")
    equal(out.split(), ["aa", "aa"])
    clean(path)
    with open(path, "r+b") as f:
        f.seek(number * 1024 + 32 + 2)
        f.write(b"\xff\xff")
    on_disk(path, "cat /mnt/a && exit 9; cat /mnt/b; umount /mnt")


def remounts():
    """Read-only only when nobody writes, or has what lost its last name."""
    path = image("16M")
    on_disk(path, r"""
        echo x >/mnt/open; exec 5</mnt/open; rm /mnt/open
        mount -o remount,ro /mnt 2>/dev/null && exit 9
        echo y >/mnt/more; exec 5<&-
        exec 6>/mnt/written
        mount -o remount,ro /mnt 2>/dev/null && exit 8
        exec 6>&-
        mount -o remount,ro /mnt; echo z 2>/dev/null >/mnt/no && exit 7
        mount -o remount,rw /mnt; umount /mnt""")
    clean(path)


def options():
    """Words are known whole or not at all."""
    path = image("4M")
    out = on_disk(path, r"""
        umount /mnt
        for words in acl errors=panic noacl,errors=continue,rw; do
            mount -t ext2 -o $words /dev/vda /mnt; umount /mnt; echo taken
        done
        for words in bogus errors=pani errors=panics acl,bogus ac; do
            mount -t ext2 -o $words /dev/vda /mnt 2>/dev/null && exit 9
            echo refused
        done
        mountpoint -q /mnt || echo nothing""")
    equal(out.split(), ["taken"] * 3 + ["refused"] * 5 + ["nothing"])
    clean(path)


def mapped_device():
    """Stores through a mapping of the device are on it after msync."""
    path = os.path.join(WORK, "raw.img")
    write(path, b"0123456789abcdef" * 65536)
    done = run("run", "--disk", path, "--disk-format", "raw", "--", FSOPS,
               "mapped", "/dev/vda",
               arch=ARCH)
    equal((done.returncode, done.stdout), (0, b"mapped\n"), done.stderr)
    data = read_bytes(path)
    good = bytearray(b"0123456789abcdef" * 65536)
    good[4096:4107] = b"stored here"
    equal(data == good, True, data[4090:4120])


def bigger_than_memory():
    """A file larger than memory is written, read back and compared."""
    path = image("160M")
    on_disk(path, r"""
        dd if=/dev/urandom of=/tmp/seed bs=64k count=32 2>/dev/null
        i=0; while [ $i -lt 50 ]; do cat /tmp/seed; i=$((i+1)); done \
            >/mnt/big
        ( i=0; while [ $i -lt 50 ]; do cat /tmp/seed; i=$((i+1)); done ) |
            cmp - /mnt/big
        umount /mnt""", "--mem", "64M")
    clean(path)


def mapped_pages_give_way():
    """A file of half the memory is mapped, and another wants as much; two
    that map three quarters each both end.  So may pages of the program itself,
    whose table its children share."""
    path = image("160M")
    out = on_disk(path, """umount /mnt; mount -t ext2 /dev/vda /tmp
        cp /usr/lectern/test/reclaim_mapped /tmp
        /tmp/reclaim_mapped; umount /tmp""", "--mem", "64M")
    holds("# SKIP" not in out and "\nok " in out, out)
    clean(path)


def root_disk():
    """run --disk boots from an image with the label of a root."""
    from driver.disk import debs
    from driver.disk.initramfs import BUSYBOX
    if not debs.is_unpacked(ARCH, "busybox-static"):
        raise Skip("busybox-static is not fetched")
    folder = empty_folder("root")
    for name in ("bin", "dev", "proc", "tmp"):
        os.makedirs(os.path.join(folder, name))
    shutil.copy(os.path.join(debs.unpacked(ARCH, "busybox-static"),
                             BUSYBOX[ARCH]), folder + "/bin/busybox")
    os.symlink("busybox", folder + "/bin/sh")
    path = make_fs("32M", "-L", "lectern-root", "-d", folder)
    done = run("run", "--disk", path, "--", "/bin/sh", "-c",
               "echo kept >/file; busybox ls /; busybox mount -o "
               "remount,ro / && echo x 2>&1 >/y; exit 7", arch=ARCH, status=7)
    equal(done.stdout.split()[:7],
          b"bin dev file lost+found proc sys tmp".split())
    clean(path)
    holds("kept" in debugfs(path, "cat file"), "the file is on the disk")


def main():
    global ARCH, BUILD, WORK
    ARCH, BUILD = sys.argv[1:3]
    tap = Tap(brief=("a device: bytes and ioctls", "a full disk",
                     "as on the host, 4 KiB", "stores through a mapping",
                     "a disk as root"), shared=ARCH,
              each=("a device: bytes and ioctls", "stress on several CPUs",
                    "stores through a mapping", "a device that is mapped",
                    "mapped pages give way", "a disk as root"))
    with tempfile.TemporaryDirectory(prefix="lectern-disk-") as WORK:
        tap.case("a device: bytes and ioctls", device)
        tap.case("a device that is read-only", read_only)
        tap.case("devices of odd sizes", odd_sizes)
        tap.case("several disks in order", named_in_order)
        tap.case("partitions", partitions)
        tap.case("counts of what was asked", counts)
        for kib, inode in (4, 256), (1, 128):
            tap.case(f"guest programs on blocks of {kib} KiB", guest_programs,
                     kib * 1024, inode)
        tap.case("1,000 operations as on the host, 4 KiB", like_the_host, 11,
                 1000, 4096)
        tap.case("1,000 operations as on the host, 1 KiB", like_the_host, 12,
                 1000, 1024)
        tap.case("a full disk", full_disk)
        tap.case("farther than pointers reach", too_far)
        tap.case("room that a commit makes", room_after_commit)
        tap.case("unmounted beside sync", unmounts_beside_sync)
        tap.case("stress on several CPUs", stressed)
        tap.case("stores through a mapping", stores_are_seen)
        tap.case("a hole that is written", no_stale_bytes)
        tap.case("names of all bytes", odd_names)
        tap.case("directories with an index", hash_trees)
        tap.case("images of ext4", from_ext4)
        tap.case("extended attributes", attributes)
        tap.case("remounts", remounts)
        tap.case("options", options)
        tap.case("a device that is mapped", mapped_device)
        tap.case("a file bigger than memory", bigger_than_memory)
        tap.case("mapped pages give way", mapped_pages_give_way)
        tap.case("a disk as root", root_disk)
    tap.end()


if __name__ == "__main__":
    main()
