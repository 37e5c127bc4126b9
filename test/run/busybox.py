#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""busybox.py ARCH - Debian's busybox at work: shell scripts, each with the
output it must print, all in one boot."""
import re
import sys

sys.dont_write_bytecode = True
from cases import run_cases  # noqa: E402
from harness import Tap, need_package, unbalanced  # noqa: E402

# name: (script, what it prints, exit status)
CASES = {
    "echo": ("echo hello; printf '%05d|%s\\n' 42 x", "hello\n00042|x\n", 0),
    "exit status": ("(exit 3); echo $?; false || echo no; exit 9",
                    "3\nno\n", 9),
    "pipeline": ("seq 1 1000 | grep 7 | wc -l | tr -d ' '", "271\n", 0),
    "long pipeline": ("yes | head -n 100000 | cat | cat | cat | md5sum "
                      "| cut -c1-32", "eda1b2a5649ead4aaf46ae7bb418a101\n",
                      0),
    "here-document": ("x=sea; cat <<END\na $x\n$((6*7))\nEND\n"
                      "cat <<'END'\n$x\nEND", "a sea\n42\n$x\n", 0),
    "substitution": ("echo $(echo a; echo b) `echo c`; x=$(false); echo $?",
                     "a b c\n1\n", 0),
    "redirection": ("cd /tmp; echo one >f; echo two >>f; cat <f; "
                    "ls /nonesuch 2>e; test -s e && echo err; "
                    "{ echo o; echo p >&2; } >b 2>&1; cat b; rm f e b",
                    "one\ntwo\nerr\no\np\n", 0),
    "background and wait": ("sleep 0.2 & p=$!; wait $p; echo $?; "
                            "(exit 5) & wait $!; echo $?", "0\n5\n", 0),
    "trap": ("trap 'echo caught' USR1; trap 'echo bye' EXIT; "
             "kill -USR1 $$; echo after", "caught\nafter\nbye\n", 0),
    "trap interrupts sleep": ("trap 'echo int; exit 4' TERM; "
                              "(sleep 0.3; kill -TERM $$) & sleep 10 & wait",
                              "int\n", 4),
    "killed by a signal": ("sh -c 'kill -SEGV $$'; echo $?; "
                           "sh -c 'kill -KILL $$'; echo $?",
                           "139\n137\n", 0),
    "web server": ("mkdir /tmp/w; echo hi >/tmp/w/index.html; "
                   "httpd -p 127.0.0.1:8080 -h /tmp/w; "
                   "wget -q -O - http://127.0.0.1:8080/; echo $?; "
                   "wget -q -O - http://127.0.0.1:81/ 2>/dev/null; echo $?; "
                   "killall httpd; rm -r /tmp/w", "hi\n0\n1\n", 0),
    "find and sort": ("mkdir -p /tmp/t/a/b /tmp/t/c; cd /tmp/t; "
                      "touch a/1 a/b/2 c/3; find . | sort; "
                      "find . -type f -name '[12]' | sort | tr '\\n' ' '; "
                      "echo; rm -r /tmp/t",
                      ".\n./a\n./a/1\n./a/b\n./a/b/2\n./c\n./c/3\n"
                      "./a/1 ./a/b/2 \n", 0),
    "sort and uniq": ("printf 'b\\na\\nb\\nc\\na\\nb\\n' | sort | uniq -c "
                      "| sort -rn | awk '{print $1 $2}'",
                      "3b\n2a\n1c\n", 0),
    "awk": ("seq 1 10 | awk '{s+=$1} END {print s, NR}'; "
            "awk 'BEGIN {for (i=0;i<3;i++) a[i]=i*i; print a[2], 7/2; "
            "print substr(\"abcdef\",2,3)}'", "55 10\n4 3.5\nbcd\n", 0),
    "sed": ("printf 'one\\ntwo\\n' | sed -e 's/o/0/g' -e '1p' -n",
            "0ne\n", 0),
    "sed in place": ("cd /tmp; echo abc >s; sed -i s/b/B/ s; cat s; rm s",
                     "aBc\n", 0),
    "tar round trip": ("cd /tmp; mkdir tt; seq 1 5000 >tt/n; ln -s n tt/l; "
                       "chmod 751 tt/n; tar cf x.tar tt; mv tt old; "
                       "tar xf x.tar; cmp tt/n old/n && readlink tt/l; "
                       "stat -c %a tt/n; rm -r tt old x.tar",
                       "n\n751\n", 0),
    "gzip round trip": ("cd /tmp; seq 1 20000 >g; cp g h; gzip g; "
                        "gunzip g.gz; cmp g h && echo same; "
                        "tar czf z.tgz g; tar tzf z.tgz; rm g h z.tgz",
                        "same\ng\n", 0),
    "checksums": ("printf abc | md5sum | cut -c1-32; "
                  "printf abc | sha1sum | cut -c1-40; "
                  "printf abc | sha256sum | cut -c1-16",
                  "900150983cd24fb0d6963f7d28e17f72\n"
                  "a9993e364706816aba3e25717850c26c9cd0d89d\n"
                  "ba7816bf8f01cfea\n", 0),
    "dd and a sparse file": ("cd /tmp; dd if=/dev/zero of=d bs=4096 count=1 "
                             "seek=100 2>/dev/null; stat -c %s d; "
                             "tail -c 4096 d | md5sum | cut -c1-8; rm d",
                             "413696\n620f0b67\n", 0),
    "big copy": ("cd /tmp; dd if=/dev/urandom of=r bs=65536 count=64 "
                 "2>/dev/null; cp r q; cmp r q && echo same; "
                 "cat r | cmp - q && echo same; rm r q", "same\nsame\n", 0),
    "links": ("cd /tmp; echo x >a; ln a b; stat -c %h a; ln -s a c; cat c; "
              "mv b d; rm a; cat d; cat c 2>/dev/null || echo dangling; "
              "rm c d", "2\nx\nx\ndangling\n", 0),
    "folders": ("cd /tmp; mkdir d; rmdir d && echo ok; mkdir -p d/e; "
                "rmdir d 2>/dev/null || echo full; mv d f; ls f; rm -r f",
                "ok\nfull\ne\n", 0),
    "permissions": ("cd /tmp; touch p; chmod 640 p; stat -c %a p; umask 027; "
                    "touch q; stat -c %a q; rm p q", "640\n640\n", 0),
    "times": ("cd /tmp; touch -d '2001-02-03 04:05:06' t; "
              "stat -c %y t | cut -c1-19; date -u -d @86400 +%F; rm t",
              "2001-02-03 04:05:06\n1970-01-02\n", 0),
    "environment": ("export A=1; sh -c 'echo $A'; B=2 env | grep ^B=; "
                    "env -i /bin/busybox env; echo done",
                    "1\nB=2\ndone\n", 0),
    "xargs": ("seq 1 5 | xargs -n 2 echo; printf 'a b\\0c' | xargs -0 -n 1 "
              "echo", "1 2\n3 4\n5\na b\nc\n", 0),
    "script with an interpreter line": (
        "cd /tmp; printf '#!/bin/sh\\necho \"$0 $1\"\\n' >s; chmod +x s; "
        "./s arg; rm s", "./s arg\n", 0),
    "command not found": ("nonesuch 2>/dev/null; echo $?; "
                          "touch /tmp/n; /tmp/n 2>/dev/null; echo $?; "
                          "rm /tmp/n", "127\n126\n", 0),
    "subshells": ("(cd /; pwd); x=1; (x=2); echo $x; { x=3; }; echo $x",
                  "/\n1\n3\n", 0),
    "functions and loops": ("f() { local i=0; while [ $i -lt $1 ]; do "
                            "i=$((i+1)); printf $i; done; echo; }; f 5; "
                            "for i in a b; do case $i in a) echo A;; "
                            "*) echo other;; esac; done",
                            "12345\nA\nother\n", 0),
    "read": ("printf 'a b c\\nd\\n' | while read x y; do echo \"$y/$x\"; "
             "done", "b c/a\n/d\n", 0),
    "named pipe": ("cd /tmp; mkfifo p; (echo through >p) & cat p; wait; "
                   "rm p", "through\n", 0),
    "broken pipe": ("yes | head -n 1; (yes; echo $? >/tmp/s) | head -n 1; "
                    "until [ -s /tmp/s ]; do sleep 0.1; done; cat /tmp/s; rm /tmp/s", "y\ny\n141\n", 0),
    "proc": ("test -d /proc/$$ && echo dir; cat /proc/self/comm; "
             "grep -c . /proc/self/maps >/tmp/m; test -s /tmp/m && echo maps;"
             " awk '/^MemTotal/ {print ($2 > 1000)}' /proc/meminfo; "
             "rm /tmp/m", "dir\ncat\nmaps\n1\n", 0),
    "ps": ("ps | grep -c '[s]h ' >/tmp/p; test $(cat /tmp/p) -ge 1 && "
           "echo shell; rm /tmp/p", "shell\n", 0),
    "uname": ("uname -s; uname -n; uname -r", "Linux\nlectern\n"
              "6.6.0-lectern\n", 0),
    "mounts": ("grep -c ' /proc ' /proc/mounts; mkdir /tmp/m; "
               "mount -t tmpfs none /tmp/m; echo x >/tmp/m/f; "
               "cat /tmp/m/f; umount /tmp/m; ls /tmp/m; rmdir /tmp/m",
               "1\nx\n", 0),
    "devices": ("echo x >/dev/null; head -c 4 /dev/zero | od -An -tx1 "
                "| tr -d ' '; head -c 16 /dev/urandom | wc -c | tr -d ' '; "
                "echo x >/dev/full 2>/dev/null || echo full",
                "00000000\n16\nfull\n", 0),
    "arithmetic": ("echo $((1<<40)) $((-7/2)) $((0x10)); expr 6 \\* 7; "
                   "echo '2^64' | bc", "1099511627776 -3 16\n42\n"
                   "18446744073709551616\n", 0),
    "many processes": ("i=0; while [ $i -lt 200 ]; do /bin/true; "
                       "i=$((i+1)); done; echo $i", "200\n", 0),
    "many at once": ("i=0; while [ $i -lt 40 ]; do (sleep 0.2; exit 0) & "
                     "i=$((i+1)); done; wait; echo $i", "40\n", 0),
    "time limit": ("timeout 0.3 sleep 10; echo $?", "143\n", 0),
    "cpio": ("cd /tmp; mkdir c; echo x >c/f; find c | cpio -o -H newc "
             "2>/dev/null >c.cpio; rm -r c; cpio -i <c.cpio 2>/dev/null; "
             "cat c/f; rm -r c c.cpio", "x\n", 0),
    "diff and patch": ("cd /tmp; seq 1 5 >a; sed s/3/three/ a >b; "
                       "diff -u a b >d; patch -p0 a d >/dev/null; cmp a b "
                       "&& echo same; rm a b d", "same\n", 0),
    "ulimit": ("ulimit -n 20; ulimit -n; ulimit -c 0; ulimit -c",
               "20\n0\n", 0),
    "chroot": ("mkdir -p /tmp/r/bin; cp /bin/busybox /tmp/r/bin; "
               "chroot /tmp/r /bin/busybox ls /; rm -r /tmp/r", "bin\n", 0),
    # ten pipelines of four at a time, each in a shell of its own
    "five thousand processes": (
        "n=0; while [ $n -lt 100 ]; do for i in 1 2 3 4 5 6 7 8 9 10; do "
        "(seq 1 20 | busybox sort -r | busybox head -n 3 | busybox wc -l "
        ">/tmp/n$i) & done; wait; n=$((n+1)); done; cat /tmp/n* | sort -u "
        "| tr -d ' '; rm /tmp/n*", "3\n", 0),
    "hostname": ("hostname", "lectern\n", 0),
    "id": ("id -u; id -un; su -s /bin/sh nobody -c 'id -u'",
           "0\nroot\n65534\n", 0),
}

# The first case runs once before the audit, to fill what stays: caches.
RUNNER = """\
# busybox timeout leaves a watcher that looks once a second
gone() { while pidof timeout >/dev/null; do sleep 1; done; sleep 1; }
# read by the shell: where a program's heap happens to begin right behind its
# data it has an area less
audit() {
	echo "@@audit"
	while read -r l; do echo "$l"; done </proc/lectern/audit
	echo "@@done"
}
timeout -s KILL 240 sh /cases/$1 </dev/null >/dev/null 2>&1
gone; audit
for t in "$@"; do
	echo "@@begin $t"
	timeout -s KILL 800 sh /cases/$t </dev/null
	echo "@@end $?"
done
killall -q sleep	# left by cases that interrupt it
gone
for i in 1 2 3 4 5; do audit; sleep 1; done	# who ended may be on his way
"""
# what caches may keep; all else must be back to where it began
SLACK = {"free_pages": 64, "slab_objects": 32}


def balance(tap, text):
    """Nothing the cases made is left in the kernel."""
    audits = re.findall(r"^@@audit\n(.*?)^@@done\n", text, re.M | re.S)
    if len(audits) < 2:
        return
    before, *afters = audits
    notes = [unbalanced(before, after, SLACK) for after in afters]
    tap.point(before and not all(notes), "the audit balances",
              "\n".join(notes[-1]))


def main():
    arch = sys.argv[1]
    need_package(arch, "busybox-static")
    tap = Tap()
    run_cases(tap, arch, CASES, runner=RUNNER, log="busybox", after=balance)
    tap.end()


main()
