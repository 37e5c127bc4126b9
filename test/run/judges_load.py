# SPDX-License-Identifier: MIT
"""Cases of the suite `judges`: stress-ng with its verification, class by
class, and the loads of hackbench (rt-tests), dbench and fio, as Debian packs
them.  What they print is judged, never how fast they were.  docs/judges.md
lists the classes that are refused."""
import errno
import os
import re

from harness import MACHINES, PATIENCE

PACKAGES = ("bash", "cgroup-tools", "coreutils", "dbench", "fio", "grep", "mawk",
            "rt-tests", "stress-ng", "util-linux")
LIMIT = 240
SECONDS = 2             # a stressor's turn

# all that touch the kernel; those that only compute are left out
STRESSORS = """
access af-alg affinity aio aiol alarm apparmor atomic bad-altstack
bad-ioctl bigheap bind-mount binderfs brk cap chattr chdir chmod chown
chroot clock clone close copy-file cpu-online cyclic daemon dccp dekker
dentry dev dev-shm dir dirdeep dirmany dnotify dup dynlib efivar enosys
env epoll eventfd exec exit-group fallocate fanotify far-branch fault
fcntl fiemap fifo file-ioctl filename flock flushcache fork forkheavy
fp-error fpunch fsize fstat full funcret futex get getdent getrandom
handle hdd hrtimers icache icmp-flood idle-page inode-flags inotify io
io-uring iomix ioport ioprio itimer judy kcmp key kill klog kvm landlock
lease link loadavg locka lockbus lockf lockofd longjmp loop madvise
malloc mcontend membarrier memfd memhotplug mincore misaligned mknod
mlock mmap mmapaddr mmapfixed mmapfork mmaphuge mmapmany mprotect mq
mremap msg msync msyncmany munmap mutex nanosleep netdev netlink-proc
netlink-task nice null numa opcode open pagemove pageswap pci
personality peterson physpage pidfd ping-sock pipe pipeherd pkey plugin
poll prctl prefetch priv-instr procfs pthread ptrace pty quota
race-sched ramfs randlist rawdev rawpkt rawsock rawudp readahead regs
remap rename resched resources revio ring-pipe rlimit rmap rseq rtc
schedpolicy sctp seal seccomp secretmem seek sem sem-sysv sendfile
session set shm shm-sysv sigabrt sigchld sigfd sigfpe sigio signal
signest sigpending sigpipe sigq sigrt sigsegv sigsuspend sigtrap sleep
sock sockabuse sockdiag sockfd sockmany sockpair softlockup spawn splice
stack stackmmap str swap switch symlink sync-file sysbadaddr syscall
sysfs sysinfo sysinval tee timer timerfd tlb-shootdown tmpfs touch tsc
tsearch tun udp udp-flood umount unshare uprobe urandom userfaultfd
usersyscall utime vdso verity vfork vforkmany vm vm-addr vm-rw vm-segv
vm-splice wait waitcpu x86cpuid x86syscall xattr yield zero zlib zombie
""".split()

OLDER = "bookworm"      # whose stress-ng lacks these
NEWER = """
acl cgroup easy-opcode fd-abuse fd-fork fd-race filerace flipflop led
lockmix lsm metamix min-nanosleep mmapcow mmapfiles mmaptorture module
mseal mtx physmmap prio-inv pseek schedmix sigbus sighup sigill sigurg
sigvtalrm sigxcpu sigxfsz spinmem statmount time-warp umask unlink vma
workload
""".split()

# words for one stressor: less than it would take of a small machine
WORDS = {"iomix": "--iomix-bytes 4M", "hdd": "--hdd-bytes 4M",
         "bad-ioctl": "--pathological", "bind-mount": "--pathological",
         "sysinval": "--pathological",
         # ended by a signal, it takes a splice cut short for wrong data
         "vm-splice": "--vm-splice-ops 500 --timeout 60"}
# refused for root
AS_USER = ("bad-ioctl", "exec", "spawn")

# What Lectern has not, and so says: no other class may be skipped.  The rows
# are those of docs/judges.md, which tools/check_tree.py compares.
ABSENT = {name: f"no {what}: {answer}" for names, what, answer in (
    ("aiol", "`io_setup`", "ENOSYS"),
    ("apparmor landlock lsm seccomp", "security modules, filters",
     "ENOSYS, ENOENT"),
    ("binderfs verity", "such file systems and features",
     "ENODEV, ENOTTY"),
    ("chattr fiemap", "attributes, maps of files in memory",
     "ENOTTY, EOPNOTSUPP"),
    ("cpu-online efivar idle-page kvm led loop memhotplug module numa pci "
     "physmmap rawdev tun uprobe", "such devices, nodes of sysfs", "ENOENT"),
    ("cyclic", "room on one CPU for several deadlines of 0.9", "EBUSY"),
    ("dccp icmp-flood ping-sock rawsock rawudp sctp",
     "such protocols, raw sockets", "EPROTONOSUPPORT, ESOCKTNOSUPPORT"),
    ("fanotify", "watching by it", "ENOSYS"),
    ("handle", "`name_to_handle_at`", "ENOSYS"),
    ("ioport", "`ioperm`", "ENOSYS"),
    ("io-uring key mq mseal remap secretmem statmount swap userfaultfd",
     "such calls", "ENOSYS"),
    ("netlink-proc netlink-task rawpkt sockdiag",
     "packets, netlink but of routes", "EPROTONOSUPPORT, EAFNOSUPPORT"),
    ("usersyscall", "system-call dispatch to the user", "EINVAL"),
    ("sigurg", "`MSG_OOB`, `SIOCATMARK`", "EOPNOTSUPP, ENOTTY"),
) for name in names.split()}

# Debian's suites whose stress-ng says nothing of what is absent
SILENT = {"chattr": (OLDER,), "numa": (OLDER,)}

# {(suite, class): (what it prints, as it does on Linux's tmpfs, too; why)}
KNOWN = {
    ("trixie", "fpunch"): (
        r"^stress-ng: info: .* fpunch: data at file offset .* not zero$",
        "so it does on Linux's tmpfs"),
}

# Reasons that say nothing of the kernel: the processor, how Debian built it,
# what was not asked for.
ELSEWHERE = re.compile(
    r"not implemented on this system|no plugin-so specified|"
    r"unrecognized option|misaligned operations tripped signal 7|"
    r"not a recognised Intel CPU|cannot find any candidate block devices|"
    r"CPU does not support the rdtsc instruction|"
    # Debian 12's C library has registered an area, as on Linux
    r"rseq system call failed to register, errno=22")

# The audit is read until what is left of the run has gone, or did not go.  The
# shell reads it itself: where a program's heap happens to begin right behind
# its data, which is once in hundreds of times, it has an area less.
SCRIPT = """\
audit() {
    kept=
    [ -e /proc/lectern ] || return
    while read -r key value; do
        case $key in
        tasks | vmas | kstacks) kept="$kept $key $value" ;;
        free_pages) free=$value ;;
        esac
    done </proc/lectern/audit
}
chmod 777 . /tmp
audit; before=$kept pages=$free
timeout -s KILL %d %s stress-ng --verify --timeout %d --temp-path "$PWD" \\
    %s --%s 2 2>&1
s=$?; [ $s = 137 ] && killall -q -9 stress-ng
for i in 1 2 3 4 5 6 7 8 9 10; do
    audit; [ "$kept" = "$before" ] && break; sleep 1
done
[ "$kept" = "$before" ] || echo "@@ kept" $kept "instead of" $before
[ -z "$free" ] || echo "@@ pages $((pages - free))"
exit $s
"""
USER = "setpriv --reuid 65534 --regid 65534 --clear-groups"
LEAK = 1500             # pages; more than the caches of names may keep

# Also what did nothing and says so in passing, but not the newer one's count of
# what was skipped.
SKIPPED = re.compile(r"^stress-ng: (?!\S+ +\[\d+\] skipped: \d)"
                     r"(?:\S+ +\[\d+\] )?(.*(?:skipp|not supported|"
                     r"not implemented|unrecognized|cannot find any|"
                     r"finished prematurely|aborted early).*)$", re.M)
FAILED = re.compile(r"^stress-ng: fail: +\[\d+\] (.*)$", re.M)


def absent_answers(stressor):
    """What the errnos of its row in ABSENT say; none: something else went
    well since."""
    names = re.findall(r"\bE[A-Z]+\b", ABSENT[stressor])
    return ["errno=0 (Success)",
            *(os.strerror(getattr(errno, e)) for e in names)]


def verdict(tap, name, text, status, arch):
    """The point of one stressor: 0 is good, 3 and 4 are `cannot here`.  What
    stands in a table and is not so is a failure, too."""
    stressor = name.partition(" ")[2]
    failed = FAILED.findall(text)
    why = SKIPPED.search(text)
    pages = re.search(r"^@@ pages (-?\d+)$", text, re.M)
    notes = f"exit status {status}\n{text[-3000:]}"
    suite = MACHINES[arch].debian
    known = KNOWN.get((suite, stressor))
    if "@@ kept" in text or (pages and int(pages[1]) > LEAK):
        tap.point(False, name + ": gives everything back", notes)
    if status == 0 and not failed and not why:
        listed = ABSENT.get(stressor) or known and known[1]
        listed = listed if suite not in SILENT.get(stressor, ()) else None
        tap.point(not listed, name,
                  notes + f"\npasses, but is listed: {listed}" if listed
                  else "")
    elif why and ELSEWHERE.search(why[1]):
        tap.point(True, name, notes, skip=why[1])
    elif stressor in ABSENT and status in (0, 2, 3, 4) and all(
            any(e in line for e in absent_answers(stressor))
            for line in failed):
        tap.point(True, name, notes, skip=ABSENT[stressor])
    elif known and not failed and re.search(known[0], text, re.M):
        tap.point(True, name, notes, skip=known[1])
    else:
        tap.point(False, name, notes)


def cases(arch):
    """Those that this machine's stress-ng knows."""
    newer = {"stress-ng " + name for name in NEWER
             if MACHINES[arch].debian == OLDER}
    return {n: case for n, case in CASES.items() if n not in newer}


def ended_well(wanted):
    """A verdict: exit status 0, and the pattern is in the output."""
    def judge(tap, name, text, status, arch):
        tap.point(status == 0 and re.search(wanted, text, re.M) is not None,
                  name, f"exit status {status}\n{text[-3000:]}")
    return judge


CASES = {}
for stressor in STRESSORS + NEWER:
    CASES["stress-ng " + stressor] = (
        SCRIPT % (120 * PATIENCE, USER if stressor in AS_USER else "",
                  SECONDS, WORDS.get(stressor, ""), stressor), verdict, 0)

for words in ("-p", "-p -T", "", "-T"):
    CASES["hackbench" + (" " + words if words else "")] = (
        f"hackbench {words} -g 4 -l 100 2>&1", ended_well(r"^Time: \d"), 0)

for where in ("/tmp/w", "/mnt/w"):
    CASES["dbench in " + where] = (
        f"dbench -c /usr/share/dbench/client.txt -D {where} -t 10 4 2>&1",
        ended_well(r"^Throughput \d"), 0)

# What each limit is reached by, and that it holds: tasks, memory, a fifth of the
# CPU, by five in a hundred.
CASES["stress-ng inside limits of a group"] = (r"""
lab=/sys/fs/cgroup/stress; cgcreate -g cpu,memory,pids:stress
in_lab() { cgexec -g "$1:stress" stress-ng --temp-path $PWD --timeout "${@:2}" >out 2>&1; }
cgset -r pids.max=12 stress; in_lab pids 4 --fork 4 --fork-max 16; echo forks $?
grep -c '^max [1-9]' $lab/pids.events; cgset -r pids.max=max stress
cgset -r memory.max=48M stress; in_lab memory 4 --vm 2 --vm-bytes 160M --vm-keep; echo memory $?
grep -c '^oom_kill [1-9]' $lab/memory.events
[ $(cat $lab/memory.peak) -le $((48 << 20)) ] && echo no page more
cgset -r memory.max=max -r cpu.max='20000 100000' stress
used() { sed -n 's/usage_usec //p' $lab/cpu.stat; }
u=$(used); t=$(date +%s%N); in_lab cpu 10 --cpu 2 --cpu-method int32; echo cpu $?
awk -v u=$(($(used) - u)) -v t=$(($(date +%s%N) - t)) 'BEGIN { r = 1000 * 1000 * u / t
print (r > 170 && r < 210) ? "a fifth" : r }'
cat $lab/cgroup.procs | wc -l; cgdelete -g cpu,memory,pids:stress; ls $lab 2>/dev/null || echo gone
""", "forks 0\n1\nmemory 0\n1\nno page more\ncpu 0\na fifth\n0\ngone\n", 0)

FIO = """fio --name=v --directory=%s --size=%s --bs=%s --rw=%s --ioengine=%s \\
    --verify=crc32c --do_verify=1 --verify_fatal=1 --fsync=%d \\
    --numjobs=2 %s --output-format=normal 2>&1"""
for where in ("/tmp/w", "/mnt/w"):
    for engine in ("sync", "psync", "vsync", "pvsync2", "mmap", "posixaio"):
        for how in ("write", "randwrite", "randrw"):
            CASES[f"fio {engine} {how} in {where}"] = (
                FIO % (where, "2M", "4k", how, engine,
                       64 if where == "/mnt/w" else 0,
                       "--thread" if engine == "vsync" else ""),
                ended_well(r"err= 0"), 0)
