# SPDX-License-Identifier: MIT
"""Cases of the suite `programs`: Debian's own shell and tools, dynamically
linked, small enough to be run at every change."""

# of the build: where the guest has it
ADDED = {"test/guest/elf_files": "/usr/lectern/test"}
PACKAGES = ("bash", "binutils", "bubblewrap", "cgroup-tools", "coreutils", "diffutils",
            "findutils", "grep", "gzip", "make", "mawk", "musl", "perl-base",
            "procps", "python3-minimal",
            "sed", "sqlite3", "tar", "util-linux")

CASES = {}


def case(name, script, out, status=0):
    CASES[name] = (script, out, status)


case("the dynamic linker starts bash", r"""
echo $BASH_VERSION | cut -d. -f1
grep -c 'libc.so.6' /proc/self/maps | sed 's/[1-9][0-9]*/mapped/'
""", "5\nmapped\n")

case("the dynamic linker as a command", r"""
ld=$(ls /lib/ld-linux*.so.?)
$ld --verify /bin/true; echo $?
$ld /bin/echo through it
$ld --list /bin/true | grep -c libc.so.6
LD_TRACE_LOADED_OBJECTS=1 /bin/ls | grep -c selinux
LD_PRELOAD=/nonesuch.so /bin/echo anyway 2>/dev/null
$ld /nonesuch 2>/dev/null; echo $?
""", "0\nthrough it\n1\n1\nanyway\n127\n")

case("bash: arrays, arithmetic, patterns", r"""
declare -A m=([a]=1 [b]=2); l=(x y z)
echo ${#m[@]} ${l[@]:1} $((2**40 / 3)) ${l[-1]^^}
[[ foobar =~ ^(foo)(.*)$ ]] && echo ${BASH_REMATCH[2]}
shopt -s extglob
case abab in +(ab)) echo ext;; esac
printf '%q %5.2f %(%Y)T\n' 'a b' 3.14159 0
echo {1..5} {a..c}{1,2}
""", "2 y z 366503875925 Z\nbar\next\na\\ b  3.14 1970\n"
     "1 2 3 4 5 a1 a2 b1 b2 c1 c2\n")

case("bash: substitution, here-string, process substitution", r"""
cat <<< "here $(echo inner) `echo old`"
diff <(seq 1 5) <(seq 1 6) | tail -1
while read -r a b; do echo "$b-$a"; done < <(printf '1 2\n3 4\n')
tee >(tr a-z A-Z >up) <<< through; until [ -s up ]; do sleep 0.1; done; cat up
""", "here inner old\n> 6\n2-1\n4-3\nthrough\nTHROUGH\n")

case("bash: coprocess and select descriptors", r"""
coproc cat; echo ping >&${COPROC[1]}; read x <&${COPROC[0]}; echo $x
exec {COPROC[1]}>&-; wait $COPROC_PID; echo $?
exec 9>nine; echo nine >&9; exec 9>&-; cat nine
""", "ping\n0\nnine\n")

case("bash: traps and signals", r"""
trap 'echo usr1' USR1; kill -USR1 $$; echo after
(trap '' TERM; kill -TERM $BASHPID; echo survived)
(kill -KILL $BASHPID); echo $?
sleep 3000 & kill -TERM $!; wait $!; echo $?
trap 'echo bye' EXIT
""", "usr1\nafter\nsurvived\n137\n143\nbye\n")

case("bash: job control in a script", r"""
set -m
sleep 3000 & sleep 3000 | cat &
jobs | grep -c Running
kill -STOP %1; until jobs %1 >j; grep -q Stopped j; do sleep 0.1; done
grep -c Stopped j
kill -CONT %1; kill %1 %2; wait; jobs >j; jobs | wc -l
sleep 3000 & [ $(ps -o pgid= -p $!) -eq $! ] && echo leads; kill $!
""", "2\n1\n0\nleads\n")

# The first child ends once its parent sleeps in wait: bash looks for the dead
# before it calls waitpid, and misses one that dies in between (on Linux too).
case("bash: wait -n, exit statuses", r"""
mkfifo go; (until grep -q do_wait /proc/$$/wchan; do :; done; exit 3) &
(read x <go; exit 4) & wait -n; echo $?
echo >go; wait -n; echo $?; rm go
false | true; echo ${PIPESTATUS[@]}; set -o pipefail; false | true; echo $?
nonesuch 2>/dev/null; echo $?; /etc/passwd 2>/dev/null; echo $?
exit 7
""", "3\n4\n1 0\n1\n127\n126\n", 7)

case("bash: ulimit, umask, times", r"""
ulimit -n 32; ulimit -n; umask 027; umask; umask -S
ulimit -c 0; ulimit -f unlimited; ulimit -s
times | wc -l
""", "32\n0027\nu=rwx,g=rx,o=\n8192\n2\n")

case("coreutils: files", r"""
mkdir -p d/e; touch -d '2001-02-03 04:05:06.789' d/f
stat -c '%n %s %a %y' d/f | cut -c1-39; ln d/f d/g; ln -s f d/h
stat -c '%h %F' d/g d/h; readlink d/h; cp -a d c; ls -1F c
mv c/f c/n; [ c/n -ef c/g ] && echo same; cmp c/n c/g; rm -r c d; ls
""", "d/f 0 644 2001-02-03 04:05:06.789000000\n2 regular empty file\n"
     "1 symbolic link\nf\ne/\nf\ng\nh@\nsame\n")

case("coreutils: ls -l and install", r"""
printf abc >a; chmod 4751 a; ls -l a | cut -d' ' -f1-5
install -m 600 -D a i/j/k; ls -l i/j/k | cut -c1-10; mkfifo p
mknod n c 1 3; ls -l n p | cut -c1-1 | tr -d '\n'; echo
touch -r a b; [ a -nt b ] || [ a -ot b ] || echo same time
rm -r a b i p n
""", "-rwsr-x--x 1 root root 3\n-rw-------\ncp\nsame time\n")

case("coreutils: text", r"""
seq 1 20 | shuf --random-source=/dev/zero | sort -n | tail -2 | paste -sd+
printf 'b 2\na 1\nb 2\n' | sort -u | join - <(echo a z) ; seq 3 | tac
printf 'x,y,z\n' | cut -d, -f2-; echo abc | tr a-c A-C | rev 2>/dev/null
seq 100 | split -l 30 - s.; wc -l s.* | tail -1; rm s.*
echo hi | base64; printf 'a\tb\n' | expand -t4; fold -w 2 <<< abcde
nl <<< line; od -c <<< x | head -1; numfmt --to=iec 1048576; factor 360
""", "19+20\na 1 z\n3\n2\n1\ny,z\nCBA\n100 total\naGkK\na   b\nab\ncd\ne\n"
     "     1\tline\n0000000   x  \\n\n1.0M\n360: 2 2 2 3 3 5\n")

case("coreutils: sums", r"""
printf abc | md5sum | cut -c1-32; printf abc | sha1sum | cut -c1-40
printf abc | sha256sum | cut -c1-16; printf abc | b2sum | cut -c1-16
printf abc | cksum; seq 9 | sum
""", "900150983cd24fb0d6963f7d28e17f72\n"
     "a9993e364706816aba3e25717850c26c9cd0d89d\nba7816bf8f01cfea\n"
     "ba80a53f981c4d0d\n1219131554 3\n40089     1\n")

case("coreutils: dd, truncate, sparse copies", r"""
dd if=/dev/zero of=z bs=4096 count=1 seek=100 2>/dev/null
stat -c '%s %b' z; truncate -s 1M z; stat -c %s z
cp --sparse=always z y; cmp z y && echo equal; du -k y | cut -f1
dd if=z bs=1000 skip=3 count=7 2>&1 >/dev/null | head -1
head -c 3000000 /dev/urandom >r; cp r q; cmp r q && echo same; rm ?
""", "413696 8\n1048576\nequal\n0\n7+0 records in\nsame\n")

case("coreutils: env, nice, timeout, nohup, stdbuf", r"""
env -i A=1 env; nice -n 5 nice; timeout 0.3 sleep 1000; echo $?
timeout -s KILL 0.3 sleep 1000; echo $?; nohup echo no 2>/dev/null
stdbuf -o0 echo buffered; printenv nonesuch; echo $?
""", "A=1\n5\n124\n137\nno\nbuffered\n1\n")

case("coreutils: tail -f, tee, mktemp, sync", r"""
: >grow; tail -n +1 -f grow >seen & t=$!
echo one >>grow; until grep -q one seen; do sleep 0.1; done
echo two >>grow; until grep -q two seen; do sleep 0.1; done; kill $t; cat seen
f=$(mktemp); stat -c %a $f; rm $f; d=$(mktemp -d); stat -c %a $d; rmdir $d
echo t | tee a b; cat a b; sync a; echo $?; rm a b grow seen
""", "one\ntwo\n600\n700\nt\nt\nt\n0\n")

case("coreutils: df, stat -f, id, date", r"""
df --output=fstype / | tail -1 | sed 's/rootfs\|tmpfs/memory/'
df -k / | tail -1 | awk '{print ($2 >= $3 + $4 - 1)}'
id -u; id -un; id -Gn; groups; date -u -d @86400 '+%F %T'; date -d 2001-09-09 +%a
stat -f -c %T /proc; uname -s; nproc | grep -c '^[1-9]'
""", "memory\n1\n0\nroot\nroot\nroot\n1970-01-02 00:00:00\nSun\nproc\nLinux\n1\n")

case("coreutils: chmod, chown, chgrp as another user", r"""
touch f; chown nobody:nogroup f; stat -c '%U %G' f; chmod 600 f
setpriv --reuid=65534 --clear-groups cat f && echo read
chown root f; setpriv --reuid=65534 --clear-groups cat f 2>&1 | cut -d: -f3
chmod u=rw,g+r,o-x f; stat -c %a f; rm f
""", "nobody nogroup\nread\n Permission denied\n640\n")

case("grep: counts, folders, what does not exist", r"""
seq 100 | grep -c 7; printf 'a\nb\nab\n' | grep -n '^a'; grep -q x <<< y; echo $?
echo 'foo123' | grep -oE '[0-9]+'; mkdir -p g/h; echo in >g/h/f
grep -r in g; grep -rl in g; grep x /nonesuch 2>/dev/null; echo $?; rm -r g
printf 'x\0y' | grep -c y; echo aXb | grep -i x
""", "19\n1:a\n3:ab\n1\n123\ng/h/f:in\ng/h/f\n2\n1\naXb\n")

case("sed: addresses, substitution, files in place", r"""
printf 'one\ntwo\n' | sed -n '/o/{s/o/0/gp}'; seq 5 | sed '2,4d;$a end'
echo abc >s; sed -i.bak 's/b/B/' s; cat s s.bak; rm s s.bak
echo hello | sed -E 's/(h)(.*)/\2\1/;y/lo/01/'; seq 3 | sed -n '$='
""", "0ne\ntw0\n1\n5\nend\naBc\nabc\ne001h\n3\n")

case("mawk: fields, sums, pipes from and to commands", r"""
seq 10 | mawk '{s+=$1} END {print s, NR}'
mawk 'BEGIN {while (("echo a; echo b" | getline l) > 0) print "got", l
	print toupper(substr("abc", 2)) | "cat"; close("cat")
	printf "%.3f %d\n", atan2(0,-1), system("exit 3")}'
mawk -F: '$3 == 0 {print $1}' /etc/passwd
""", "55 10\ngot a\ngot b\nBC\n3.142 3\nroot\n")

case("tar, gzip: a tree with links and a pipe, there and back", r"""
mkdir -p t/sub; seq 5000 >t/n; ln -s n t/l; ln t/n t/hard
chmod 751 t/n; mkfifo t/p; tar czf t.tgz t; tar tzf t.tgz | sort
mv t o; tar xzf t.tgz; cmp t/n o/n && readlink t/l; stat -c '%a %h' t/n
diff <(cd t; ls -lR | cut -c1-30) <(cd o; ls -lR | cut -c1-30) && echo equal
gzip -9 o/n -c | gunzip | md5sum | cut -c1-8; tar cf - t | tar xf - -C o
cmp o/t/n t/n && echo piped; gzip -t t.tgz; echo $?; rm -r t o t.tgz
""", "t/\nt/hard\nt/l\nt/n\nt/p\nt/sub/\nn\n751 2\nequal\na5a208cd\npiped\n0\n")

case("findutils: names, ages, commands on what was found", r"""
mkdir -p f/a/b; touch f/1 f/a/2 f/a/b/3; find f -type f | sort
find f -name '[12]' -printf '%f %d\n' | sort; find f -depth -type d
find f -type f -print0 | xargs -0 -n1 -P3 basename | sort
find f -newer f/1 -exec echo {} + | wc -w | tr 0-9 n
seq 1 20 | xargs -n 7 | wc -l; find f -delete; ls
""", "f/1\nf/a/2\nf/a/b/3\n1 1\n2 2\nf/a/b\nf/a\nf\n1\n2\n3\nn\n3\n")

case("diffutils: two files, two trees", r"""
seq 5 >a; sed s/3/three/ a >b; diff a b; echo $?; cmp a b | grep -c 'line 3'
diff -u a b | tail -n +3; mkdir d e; cp a d; cp b e/a; diff -rq d e
rm -r a b d e
""", "3c3\n< 3\n---\n> three\n1\n1\n"
     "@@ -1,5 +1,5 @@\n 1\n 2\n-3\n+three\n 4\n 5\nFiles d/a and e/a differ\n")

case("procps: lists of processes, signals by name, memory", r"""
sleep 3131 & p=$!; until [ "$(ps -o comm= -p $p)" = sleep ]; do :; done
ps -o comm=,ppid= -p $p | awk -v me=$$ '{print $1, $2==me}'
pgrep -f 'sleep 3131' | grep -c "^$p$"; pkill -f 'sleep 3131'; wait $p; echo $?
ps -eo pid,stat,args | head -2 | wc -l
free -b | awk '/^Mem/ {print ($2>0), ($2>=$4)}'; vmstat | wc -l
uptime -p | cut -c1-2; ps -o pid,vsz,rss,tty,time -p $$ | wc -l
""", "sleep 1\n1\n143\n2\n1 1\n3\nup\n2\n")

case("util-linux: unshare, nsenter and lsns, host names", r"""
h() { cat /proc/sys/kernel/hostname; }
old=$(h); n=$(lsns -n -t uts -o NS | wc -l)
unshare -u bash -c "echo lab >/proc/sys/kernel/hostname; uname -n; exec sleep 3000" >out &
until [ -s out ]; do sleep 0.1; done; cat out; [ "$(h)" = "$old" ] && echo kept
nsenter -u -t $! uname -n
lsns -n -t uts -o NPROCS,PID,COMMAND -p $! | sed "s/ $! / PID /; s/  */ /g"
echo $(($(lsns -n -t uts -o NS | wc -l) - n))
kill $!; wait $!; nsenter -u -t $! uname -n 2>/dev/null || echo gone
[ $(lsns -n -t uts -o NS | wc -l) = $n ] && echo none
""", "lab\nkept\nlab\n 1 PID sleep 3000\n1\ngone\nnone\n")

case("util-linux: unshare, nsenter and lsns, process numbers", r"""
unshare -p -f sh -c 'echo $$; sleep 3001 & echo $!; kill -9 1; echo alive; mkdir p
mount -t proc proc p; ls p | grep -c "^[0-9]"; readlink p/self; kill -9 -1; umount p'
unshare -p -f --kill-child sh -c 'echo up >out; sleep 3002' & u=$!
until [ -s out ]; do sleep 0.1; done; in=$(cat /proc/$u/task/$u/children 2>/dev/null)
in=${in:-$(ps -o pid= --ppid $u)}; in=$((in))
awk '/^NSpid/ {print NF, $3}' /proc/$in/status
lsns -n -t pid -o NPROCS,COMMAND -p $in | sed 's/  */ /g'
nsenter -p -t $in sh -c '[ $$ -gt 1 ] && echo entered'
kill -9 $in; wait $u 2>/dev/null; nsenter -p -t $in true 2>/dev/null || echo gone
""", "1\n2\nalive\n4\n7\n3 1\n 1 sleep 3002\nentered\ngone\n")

case("util-linux: unshare, nsenter and lsns, networks", r"""
unshare -n bash -c 'cat /proc/net/if_inet6; grep -c lo: /proc/net/dev; exec sleep 3006' >out &
until [ -s out ]; do sleep 0.1; done; cat out; wc -l </proc/net/if_inet6
(echo >/dev/tcp/127.0.0.1/9) 2>&1 | grep -om1 refused
nsenter -n -t $! bash -c '(echo >/dev/tcp/127.0.0.1/9) 2>&1 | grep -om1 unreachable
[ $(readlink /proc/self/ns/net) = $(readlink /proc/'$!'/ns/net) ] && echo same'
lsns -n -t net -o NPROCS,COMMAND -p $! | sed "s/  */ /g"
kill $!; wait $!; nsenter -n -t $! true 2>/dev/null || echo gone
""", "1\n1\nrefused\nunreachable\nsame\n 1 sleep 3006\ngone\n")

case("util-linux: unshare, nsenter and lsns, times", r"""
up() { [ $1 -ge 1000000 ] && echo ahead || echo here; }
# -f: before Linux 6.3 a program stays where its caller was
up $(unshare -T -f --boottime 1000000 cut -d. -f1 /proc/uptime)
up $(cut -d. -f1 /proc/uptime)
unshare -T -f --monotonic 86400 cat /proc/self/timens_offsets | sed 's/  */ /g'
unshare -T -f --boottime 1000000 bash -c 'echo $$ >out; exec sleep 3007' &
until [ -s out ]; do sleep 0.1; done; p=$(cat out)
up $(nsenter -T -t $p cut -d. -f1 /proc/uptime)
lsns -n -t time -o NPROCS,COMMAND -p $p | sed "s/  */ /g"; kill $p; wait $! || echo gone
""", "ahead\nhere\nmonotonic 86400 0\nboottime 0 0\nahead\n 1 sleep 3007\ngone\n")

case("util-linux: unshare, nsenter, lsns and findmnt, mounts", r"""
n=$(lsns -n -t mnt -o NS | wc -l); mkdir m b
unshare -m sh -c 'mount -t tmpfs lab m; touch m/in; echo up >out; exec sleep 3005' &
until [ -s out ]; do sleep 0.1; done; ls m | wc -l
nsenter -m -t $! ls $PWD/m; nsenter -m -t $! findmnt -r -n -o SOURCE,PROPAGATION $PWD/m
lsns -n -t mnt -o NPROCS,COMMAND -p $! | sed 's/  */ /g'
echo $(($(lsns -n -t mnt -o NS | wc -l) - n)); kill $!; wait $!
unshare -p -f --mount-proc sh -c 'echo $$; cat /proc/1/comm; true'
[ -d /proc/$$ ] && echo stays
mount -t tmpfs none m; mkdir m/x; mount -t tmpfs none m/x; mount --make-rshared m
mount --rbind m b; findmnt -r -n -o TARGET,PROPAGATION -R b | sed "s,$PWD/,,"
mount --make-rslave b; mount -t tmpfs none m/x; findmnt -n -o TARGET -R b | wc -l
findmnt -n -o PROPAGATION b; umount -l m; findmnt -r -n -o PROPAGATION b; umount b
rmdir m b
""", "0\nin\nlab private\n 1 sleep 3005\n1\n1\nsh\nstays\nb shared\nb/x shared\n3\n"
     "private,slave\nprivate\n")

# pivot_root(2) wants another root than the initial file system
case("bubblewrap: a root of one's own without privilege", r"""
mkdir m; cat >inside <<'end'
id -u; id -g; hostname; echo $$; cat /proc/1/comm; echo x >/dev/null
ls /tmp | wc -l; touch /tmp/x; ls /tmp; touch /x 2>&1 | grep -o 'Read-only.*'
ls /dev | tr '\n' ' '; echo; tr -s ' ' </proc/self/uid_map
awk '$5 == "/" {print $6}' /proc/self/mountinfo | cut -d, -f1
mount -o remount,rw / 2>&1 | grep -o 'permission.*'
grep -c lo: /proc/net/dev; (echo >/dev/tcp/127.0.0.1/9) 2>&1 | grep -om1 refused
umount /proc 2>&1 | grep -om1 'not mounted\|busy\|permitted\|privilege'
grep CapEff /proc/self/status
end
cat >outside <<'end'
cd /
exec setpriv --reuid 1000 --regid 1000 --clear-groups bwrap --ro-bind / / \
 --proc /proc --dev /dev --tmpfs /tmp --unshare-all --hostname box \
 --uid 7 --gid 8 bash -s
end
unshare -m sh -c "mount --rbind / m; cd m; mount --move . /
exec chroot . sh $PWD/outside" <inside 2>&1; rmdir m
""", "7\n8\nbox\n2\nbwrap\n0\nx\nRead-only file system\ncore fd full null ptmx pts random "
      "shm stderr stdin stdout tty urandom zero \n 7 0 1\nro\n"
      "permission denied (are you root?)\n1\nrefused\npermitted\n"
      "CapEff:\t0000000000000000\n")

case("util-linux: unshare, nsenter and lsns, users", r"""
user='setpriv --reuid 1000 --regid 1000 --clear-groups'
unshare -U id -u; unshare -r id -u; unshare --map-user 7 id -u
echo secret >s; chmod 600 s
$user unshare --user --map-root-user sh -c 'id -u; id -g; cat /proc/self/setgroups
tr -s " " </proc/self/uid_map; stat -c %u /proc/self/ /; cat s' 2>err
grep -c 'Permission denied' err
$user unshare -r -u sh -c 'unshare -i -p -f id -u; unshare -r id -g'
n=$(lsns -n -t user -o NS | wc -l)
$user unshare -r sh -c 'echo up; exec sleep 3005' >out & until [ -s out ]; do sleep 0.1; done
nsenter -U -t $! id -u; nsenter -U --preserve-credentials -t $! id -u
lsns -n -t user -o NPROCS,COMMAND -p $! | sed 's/  */ /g'
echo $(($(lsns -n -t user -o NS | wc -l) - n))
kill $!; wait $!; rm s; nsenter -U -t $! true 2>/dev/null || echo gone
""", "65534\n0\n7\n0\n0\ndeny\n 0 1000 1\n0\n65534\n1\n0\n0\n0\n65534\n"
     " 1 sleep 3005\n1\ngone\n")

# docs/container.md, step by step
case("a container by hand: a group, a root, spaces of its own", r"""
g=/sys/fs/cgroup/box; mkdir $g; echo +memory +pids >/sys/fs/cgroup/cgroup.subtree_control
echo 48M >$g/memory.max; echo 16 >$g/pids.max
mkdir -p box; mount --bind / box; mount -o remount,bind,ro box; mount -t tmpfs tmp box/tmp
mount --bind /dev box/dev; cat >box/tmp/inside <<'END'
mount -t proc proc /proc; echo box >/proc/sys/kernel/hostname
uname -n; echo $$; ls /proc | grep -c '^[1-9]' | sed 's/^[1-9]$/few/'; touch /x 2>/dev/null || echo read-only
ls /tmp; cat /proc/self/cgroup; tail -n +3 /proc/net/dev | cut -d: -f1
dd if=/dev/zero of=/dev/null bs=120M count=1; echo $?
(for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do sleep 3009 & done) || echo refused
END
sh -c "echo 0 >$g/cgroup.procs; exec unshare -m -p -f -u -i -n -C sh -c 'cd box
mount --move . /; exec chroot . sh /tmp/inside'" 2>/dev/null
uname -n | grep -c box; grep -c '^oom_kill [1-9]' $g/memory.events; grep -c '^max [1-9]' $g/pids.events
pgrep -f 'sleep 3009'; umount box/dev box/tmp box && rmdir $g && echo gone
""", "box\n1\nfew\nread-only\ninside\n0::/\n    lo\n137\nrefused\n0\n1\n1\ngone\n")

case("cgroup-tools: what a group may fork", r"""
lab=/sys/fs/cgroup/lab
cgcreate -g cpu,pids:lab; ls $lab | grep -c 'pids\.\(max\|current\)'
cgset -r pids.max=5 -r cpu.weight=300 lab
cgget -n -v -r pids.max -r cpu.weight lab
cgexec -g pids:lab sh -c 'cat /proc/self/cgroup >out
for i in 1 2 3 4 5 6 7 8; do sleep 3003 & done; wait' 2>err &
until [ $(cat $lab/pids.current) = 5 ] && [ -s err ]; do sleep 0.1; done
cat out; grep -ci "resource" err | sed 's/[1-9][0-9]*/refused/'
cgset -r pids.max=max lab; sleep 3004 & cgclassify -g pids:lab $!
cat /proc/$!/cgroup
# Linux has controllers that Lectern has not
lscgroup | grep lab | tr -s / | tr ,: '\n' | grep -x 'cpu\|memory\|pids\|/lab'
echo 1 >$lab/cgroup.kill; wait 2>/dev/null; wc -l <$lab/cgroup.procs
cgdelete -g cpu,pids:lab; ls $lab 2>/dev/null || echo gone
""", "2\n5\n300\n0::/lab\nrefused\n0::/lab\ncpu\nmemory\npids\n/lab\n0\ngone\n")

case("make: builds what is old, in parallel, and fails", r"""
mkdir m; cd m; cat >Makefile <<'END'
all: b c
%: %.in ; tr a-z A-Z <$< >$@; echo made $@
c: b ; cat b b >c
bad: ; exit 3
.SILENT:
END
echo text >b.in; make; cat c; make -q; echo $?; touch -d tomorrow b.in; make -s -j4
make -s bad 2>/dev/null; echo $?
""", "made b\nTEXT\nTEXT\n0\n"
     "made b\n2\n")

case("sqlite3: transactions, two writers, a journal", r"""
sqlite3 db "create table t(a integer primary key, b text);
begin; insert into t(b) values('x'),('y'); commit; pragma integrity_check;
select count(*), sum(a), group_concat(b) from t;"
sqlite3 db "begin; delete from t; rollback; select count(*) from t;"
sqlite3 db "pragma journal_mode=wal; with recursive c(n) as (select 1 union
all select n+1 from c where n<2000) insert into t(b) select n from c;
select count(*) from t; update t set b='z' where a=1;"
(sqlite3 -cmd '.timeout 99999' db "begin immediate; insert into t(b)
values(1); commit") &
sqlite3 -cmd '.timeout 99999' db "insert into t(b) values(2)"; wait
sqlite3 db "select count(*) from t; pragma integrity_check"; rm db*
""", "ok\n2|3|x,y\n2\nwal\n2002\n2004\nok\n")

case("perl-base: lists, signals, children, files", r"""
perl -e 'print join(",", map {$_*2} grep {$_%2} 1..5), "\n"; exit 5'; echo $?
perl -e '$SIG{ALRM}=sub{print "alarm\n"}; alarm 1; select undef,undef,undef,5'
perl -e 'pipe R,W; if (!fork) {close R; print W "kid $$\n"; exit 3}
close W; $_=<R>; print /^kid \d+$/?1:0; wait; print $?>>8, "\n"'
perl -e 'open F,"+>","pf"; print F "abc"; seek F,1,0; read F,$b,9;
print "$b ", -s F, " ", (stat F)[2] & 0777, "\n"; unlink "pf"'
perl -e 'printf "%s %d\n", `echo sub`=~/sub/, system("(exit 2)") >> 8'
perl -ne 'print if /root/' /etc/group
""", "2,6,10\n5\nalarm\n13\nbc 3 420\n1 2\nroot:*:0:\n")

case("perl-base: its loader calls dlopen and dlsym", r"""
perl -MDynaLoader -e '
sub where { my ($f) = grep { -e } map { "$_/auto/$_[0]" } @INC; $f }
my $lib = DynaLoader::dl_load_file(where("Fcntl/Fcntl.so"), 0);
print $lib != 0, defined DynaLoader::dl_find_symbol($lib, "boot_Fcntl"), "\n";
print defined DynaLoader::dl_find_symbol($lib, "nonesuch") ? 1 : 0, "\n";
print DynaLoader::dl_error() =~ /undefined symbol: nonesuch/, "\n";
print defined DynaLoader::dl_load_file("/nonesuch.so", 0) ? 1 : 0, "\n";
print DynaLoader::dl_error() =~ /No such file/, "\n";
open F, ">", "short.so"; print F "\177ELF"; close F;
print defined DynaLoader::dl_load_file("./short.so", 0) ? 1 : 0, "\n";
print DynaLoader::dl_error() =~ /file too short/, "\n"; unlink "short.so"'
perl -MFile::Glob=:bsd_glob -MPOSIX=floor -e 'print floor(2.7), " ",
bsd_glob("/etc/{passw,grou}[dp]"), "\n"'
""", "11\n0\n1\n0\n1\n0\n1\n2 /etc/passwd/etc/group\n")

case("python3-minimal: language and files", r"""
python3 -c '
import sys, os
print(sum(x*x for x in range(10)), 2**100, f"{3.14159:.2f}")
with open("pf", "w+b") as f:
    f.write(b"hello"); f.seek(1); print(f.read(3), os.fstat(f.fileno()).st_size)
print(sorted(os.listdir("/proc/self/fd"))[:3], os.getcwd(), os.stat("/").st_ino > 0)
os.unlink("pf")
try: open("/nonesuch")
except FileNotFoundError as e: print(e.errno)
sys.exit(4)'; echo $?
""", "285 1267650600228229401496703205376 3.14\nb'ell' 5\n"
     "['0', '1', '2'] /tmp/w True\n2\n4\n")

case("python3-minimal: processes, threads, signals", r"""
python3 -c '
import os, signal, threading, time
r, w = os.pipe()
pid = os.fork()
if pid == 0: os.write(w, b"kid"); os._exit(7)
print(os.read(r, 9), os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
n = [0]; lock = threading.Lock()
def work():
    for _ in range(1000):
        with lock: n[0] += 1
ts = [threading.Thread(target=work) for _ in range(8)]
[t.start() for t in ts]; [t.join() for t in ts]; print(n[0])
got = []; signal.signal(signal.SIGALRM, lambda s, f: got.append(s))
signal.setitimer(signal.ITIMER_REAL, 0.05); time.sleep(0.3); print(got == [14])
print(os.spawnlp(os.P_WAIT, "sh", "sh", "-c", "exit 5"))
print(os.posix_spawn("/bin/true", ["true"], os.environ) > 0, os.wait()[1])
'
""", "b'kid' 7\n8000\nTrue\n5\nTrue 0\n")

case("musl: its dynamic linker", r"""
ld=$(ls /lib/ld-musl-*.so.1); $ld 2>&1 | head -1 | cut -d' ' -f1
cp $ld musl-ld; $ld --list $ld | wc -l
$ld /bin/nonesuch 2>&1 | grep -c 'No such file'; rm musl-ld
""", "musl\n1\n1\n")

case("interpreter lines and missing interpreters", r"""
printf '#!/usr/bin/python3 -s\nimport sys; print(sys.argv)\n' >py
printf '#!/bin/sed -f\ns/a/b/\n' >sd; printf '#!/nonesuch\n' >no
chmod +x py sd no; ./py 1 2; echo aa | ./sd; ./no 2>/dev/null; echo $?
sed "s,/lib/ld-linux,/lib/ld-nosuc," /bin/true >odd; chmod +x odd
./odd 2>/dev/null; echo $?; rm py sd no odd
""", "['./py', '1', '2']\nba\n127\n127\n")

case("binutils: objdump and readelf on Debian's files and ours", r"""
has() { grep -q "$1" && echo "$1"; }
objdump -p /bin/bash >o; has 'NEEDED *libc.so.6' <o; has 'INTERP off' <o
has 'RELRO off' <o; has 'LOAD off' <o; has 'GLIBC_2' <o
readelf -hW /bin/bash | has 'DYN (Position-Independent'
readelf -lW /bin/bash | has 'Requesting program interpreter: /lib/ld-linux'
readelf -d /lib/*/libm.so.6 | has 'SONAME.*libm.so.6'
readelf -S --wide /bin/bash | has '\.init_array'
ldd /bin/bash | has 'libtinfo.so.6 => /lib/'
ldd /bin/bash | has '/lib/ld-linux.* (0x'
ldd /usr/lectern/bin/init 2>&1 | tr -d '\t'; echo ${PIPESTATUS[0]}
objdump -p /usr/lectern/bin/init | has 'flags r-x'
readelf -hW /usr/lectern/bin/init | has 'EXEC\|DYN'
nm -D --defined-only /lib/*/libc.so.6 | has ' malloc@@GLIBC'
""", "NEEDED *libc.so.6\nINTERP off\nRELRO off\nLOAD off\nGLIBC_2\n"
     "DYN (Position-Independent\n"
     "Requesting program interpreter: /lib/ld-linux\nSONAME.*libm.so.6\n"
     "\\.init_array\nlibtinfo.so.6 => /lib/\n/lib/ld-linux.* (0x\n"
     "not a dynamic executable\n1\nflags r-x\nEXEC\\|DYN\n"
     " malloc@@GLIBC\n")

# What follows needs no compiler: the port's few instructions will do.
MADE_HERE = r"""
word=.dc.a
echo ".globl _start; _start: $leave" | as -o leave.o -
lib() { # NAME LD-OPTION...: lib$NAME.so, whose constructor says so
	printf '%s\n' "f: $say" "1: .ascii \"in $1\\n\"" \
		'.section .init_array, "aw"' "$word f" | as -o $1.o -
	ld -shared $1.o -o lib$1.so "${@:2}"; }
"""

# (bookworm's readelf for arm64 decodes no NT_FILE)
case("kinds of ELF files, and a core file, as readelf sees them", MADE_HERE
     + r"""
lib a; ld leave.o -o exe; ld -pie leave.o -o pie; ./exe; echo $?
echo '.globl _start; _start: .word 0' | as -o bad.o -; ld bad.o -o bad
ulimit -c unlimited; echo core >/proc/sys/kernel/core_pattern
./bad 2>/dev/null; [ $? -gt 128 ] && echo killed; mv core* the.core
for f in leave.o exe pie liba.so the.core; do readelf -hW $f 2>err |
	sed -n 's/^ *Type: *\([A-Z]*\).*/\1/p'; cat err; done
for f in leave.o exe pie liba.so the.core /bin/bash /usr/lectern/bin/init \
	/usr/lectern/test/elf_files; do readelf -aW $f 2>&1 | grep '^readelf:'
done
readelf -nW the.core >n 2>&1; echo $?
for w in PRSTATUS PRPSINFO AUXV SIGINFO FILE; do grep -qw NT_$w n && echo $w
done; if grep -q 'Cannot decode' n; then grep -ao w/bad the.core
else grep -o '[a-z]*/bad$' n; fi | sort -u; readelf -lW the.core | grep -cw NOTE
readelf -lW the.core | awk '$1 == "LOAD" { n++ } END { print (n > 1) }'
objdump -p the.core | grep -q 'LOAD off'; echo $?; ./leave.o 2>/dev/null; echo $?
chmod +x leave.o the.core; ./leave.o 2>/dev/null; echo $?
./liba.so 2>/dev/null; [ $? -gt 128 ]; echo $?; ./the.core 2>/dev/null; echo $?
""", "6\nkilled\nREL\nEXEC\nDYN\nDYN\nCORE\n0\nPRSTATUS\nPRPSINFO\nAUXV\n"
     "SIGINFO\nFILE\nw/bad\n1\n1\n0\n126\n126\n0\n126\n")

case("the interpreter that a program names", MADE_HERE + r"""
cp $(ls /lib/ld-linux*.so.?) mine
ld -pie leave.o -o own -dynamic-linker $PWD/mine; ./own; echo $?
readelf -lW own | grep -c "interpreter: $PWD/mine"; objdump -p own | grep -c INTERP
LD_SHOW_AUXV=1 ./own | grep -c AT_BASE; rm mine; ./own 2>&1 | grep -c required
echo text >mine; ./own 2>/dev/null; echo $?; chmod 755 mine
./own 2>/dev/null; echo $?; cp leave.o mine; chmod 755 mine
./own 2>/dev/null; echo $?; head -c 64 own >mine; ./own 2>/dev/null; echo $?
mkdir d; ld -pie leave.o -o dir -dynamic-linker $PWD/d; ./dir 2>/dev/null; echo $?
ld -static leave.o -o st; ./st; echo $?
""", "6\n1\n1\n1\n1\n126\n126\n126\n126\n126\n6\n")

case("libraries: constructors, order, preload, what is missing", MADE_HERE + r"""
lib a; lib b -L. -la; echo "$word missing" | as -o c.o -; ld -shared c.o -o libc.so
LD_PRELOAD=./liba.so /bin/echo then
LD_PRELOAD=./libb.so LD_LIBRARY_PATH=. /bin/true; echo $?
LD_LIBRARY_PATH=. LD_PRELOAD=./libb.so ldd /bin/true | grep -c 'lib[ab].so'
LD_PRELOAD=./libb.so /bin/true 2>&1 | grep -o 'liba.so: cannot open'
mv libc.so libu.so; LD_BIND_NOW=1 LD_PRELOAD=./libu.so /bin/true 2>&1 |
	grep -o 'undefined symbol: missing'
for l in /lib/ld-linux*.so.? /lib/ld-musl-*.so.1; do
	ld -pie leave.o -o m -dynamic-linker $l -L. -lb -la --no-as-needed
	LD_LIBRARY_PATH=. ./m | sort; echo ${PIPESTATUS[0]}; ./m 2>/dev/null; echo $?
done
""", "in a\nthen\nin a\nin b\n0\n2\nliba.so: cannot open\n"
     "undefined symbol: missing\nin a\nin b\n6\n127\n6\n127\n")
