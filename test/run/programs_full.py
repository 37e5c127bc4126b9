# SPDX-License-Identifier: MIT
"""Cases of the suite `programs-full`: compilers, interpreters and package
tools, which are too large to be fetched and run at every change."""

# of the build: where the guest has it
ADDED = {"test/guest/elf_files": "/usr/lectern/test"}
PACKAGES = ("bash", "binutils", "bsdutils", "bzip2", "coreutils", "dash", "diffutils",
            "dpkg", "e2fsprogs", "elfutils", "file", "findutils", "gcc", "gdb",
            "git", "grep", "gzip", "libc6-dev", "make", "mawk", "mount", "musl",
            "musl-dev", "musl-tools", "ncurses-base", "numactl",
            "openssh-client", "openssh-server", "perl",
            "procps", "python3", "sed", "sqlite3", "tar", "tcl", "tmux",
            "util-linux", "xz-utils", "zsh")

CASES = {}


def case(name, script, out, status=0):
    CASES[name] = (script, out, status)


case("gcc: compile, link, run", r"""
cat >a.c <<'END'
#include <math.h>
#include <stdio.h>
int twice(int);
int main(int c, char **v) { printf("%d %.3f\n", twice(21), sqrt(c + 1.0));
	return 3; }
END
echo 'int twice(int x) { return 2 * x; }' >b.c
gcc -O2 -c a.c b.c && gcc a.o b.o -lm -o ab; ./ab; echo $?
gcc -static -O1 a.c b.c -lm -o st; ./st; echo $?
gcc -shared -fPIC b.c -o libb.so; gcc a.c -L. -lb -lm -Wl,-rpath,$PWD -o dyn
./dyn; echo $?; LD_BIND_NOW=1 ./dyn; gcc -g -no-pie a.c b.c -lm -o np; ./np
echo 'int main(void) { return 0 }' >bad.c; gcc bad.c 2>/dev/null; echo $?
""", "42 1.414\n3\n42 1.414\n3\n42 1.414\n3\n42 1.414\n42 1.414\n1\n")

case("gcc: threads, thread-local storage, signals", r"""
cat >t.c <<'END'
#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>
static __thread int own; static int sum; static pthread_mutex_t m =
	PTHREAD_MUTEX_INITIALIZER; static sig_atomic_t got;
static void on(int s) { got = s; }
static void *work(void *a) { for (int i = 0; i < 1000; i++) { own++;
	pthread_mutex_lock(&m); sum++; pthread_mutex_unlock(&m); }
	return (void *)(long)own; }
int main(void) { pthread_t t[6]; void *r; long all = 0;
	signal(SIGUSR1, on);
	for (int i = 0; i < 6; i++) pthread_create(&t[i], 0, work, 0);
	for (int i = 0; i < 6; i++) { pthread_join(t[i], &r); all += (long)r; }
	kill(getpid(), SIGUSR1);
	void *h = dlopen("libm.so.6", RTLD_NOW);
	double (*f)(double) = (double (*)(double))dlsym(h, "cbrt");
	printf("%d %ld %d %d %.1f\n", sum, all, own, got == SIGUSR1, f(27));
	return 0; }
END
gcc -O2 -pthread t.c -o t && ./t
""", "6000 6000 0 1 3.0\n")

case("elfutils, binutils: the four kinds of ELF files, strictly checked", r"""
cat >k.c <<'END'
#include <stdlib.h>
int data = 5; int zero[100]; __thread int own = 7;
int main(int c, char **v) { if (c > 1) abort(); return data + own + zero[3]; }
END
gcc -g -fno-pie -c k.c -o rel.o; gcc k.c -o exe; gcc -shared -fPIC k.c -o lib.so
ulimit -c unlimited; echo core >/proc/sys/kernel/core_pattern
./exe x 2>/dev/null; echo $?; mv core* the.core
for f in rel.o exe lib.so the.core; do readelf -hW $f 2>err |
	sed -n 's/^ *Type: *\([A-Z]*\).*/\1/p'; cat err; done
eu-elflint -q --strict rel.o; echo $?; eu-elflint the.core |
	grep -v 'unknown core file note type\|^No errors'
for f in rel.o exe lib.so the.core /bin/bash /usr/lectern/bin/init \
	/usr/lectern/test/elf_files; do readelf -aW $f 2>&1 | grep '^readelf:'
done
eu-readelf -n the.core >n 2>&1; echo $?; for w in PRSTATUS PRPSINFO AUXV SIGINFO FILE
do grep -qw $w n && echo $w; done; grep -q 'fname: exe' n && echo named
readelf -lW the.core | grep -c 'NOTE'; readelf -lW the.core |
	awk '$1 == "LOAD" { n++ } END { print (n > 5) }'
eu-stack --core the.core --executable exe 2>/dev/null | grep -cw main
./rel.o 2>/dev/null; echo $?; chmod +x rel.o the.core; ./rel.o 2>/dev/null
echo $?; ./the.core 2>/dev/null; echo $?
""", "134\nREL\nDYN\nDYN\nCORE\n0\n0\nPRSTATUS\nPRPSINFO\nAUXV\nSIGINFO\n"
     "FILE\nnamed\n1\n1\n1\n126\n126\n126\n")

RTLD = r"""
cat >m.c <<'END'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
int shared(void) { return 1; }
static void *get(const char *n, int f) { void *h = dlopen(n, f);
	if (!h) printf("no: %d\n", strstr(dlerror(), n) != 0); return h; }
int main(void) {
	int (*f)(void); void *h = get("./liba.so", RTLD_LAZY);
	if (!h) return 9;
	f = (int (*)(void))dlsym(h, "value"); printf("value %d\n", f());
	printf("again %d\n", dlopen("./liba.so", RTLD_NOLOAD|RTLD_LAZY) == h);
	printf("none %d\n", dlsym(h, "nonesuch") == 0 && dlerror() != 0);
	get("./nonesuch.so", RTLD_NOW); get("./text", RTLD_NOW);
	get("./libbad.so", RTLD_NOW);
	f = (int (*)(void))dlsym(RTLD_DEFAULT, "shared");
	printf("own %d\n", f ? f() : -1); Dl_info i;
	printf("where %d\n", dladdr(dlsym(h, "value"), &i) &&
	       strstr(i.dli_fname, "liba.so") != 0);
	dlclose(h); dlclose(h); puts("closed"); return 3; }
END
cat >a.c <<'END'
#include <stdio.h>
int b(void); static int made;
__attribute__((constructor)) static void in(void) { made = 40; puts("in a"); }
__attribute__((destructor)) static void out(void) { puts("out a"); }
int value(void) { return made + b(); }
END
cat >b.c <<'END'
#include <stdio.h>
__attribute__((constructor)) static void in(void) { puts("in b"); }
int b(void) { return 2; }
END
echo 'int missing(void); int x(void) { return missing(); }' >bad.c
echo 'int puts(const char *s) { int printf(const char *, ...);
return printf("pre %s\n", s); }' >pre.c
echo text >text
for l in b bad pre; do $CC -shared -fPIC $l.c -o lib$l.so; done
$CC -shared -fPIC -fno-builtin pre.c -o libpre.so
$CC -shared -fPIC a.c -L. -lb -o liba.so; $CC -rdynamic m.c -o m -ldl
./m >/dev/null; echo $?; LD_LIBRARY_PATH=. ./m; echo $?
LD_LIBRARY_PATH=. LD_BIND_NOW=1 ./m | head -3
LD_LIBRARY_PATH=. LD_PRELOAD=./libpre.so ./m | tail -1
LD_PRELOAD=./libb.so ./m 2>&1 | head -1
rm libb.so; LD_LIBRARY_PATH=. ./m | head -1
"""
LOADED = ("9\nin b\nin a\nvalue 42\nagain 1\nnone 1\nno: 1\nno: 1\n%s"
          "own 1\nwhere 1\n%sclosed\n%s3\nin b\nin a\nvalue 42\n")

case("glibc's linker: dlopen, its errors, environment", "CC=gcc\n" + RTLD,
     LOADED % ("no: 1\n", "out a\n", "") + "pre closed\nin b\nno: 0\n")

# musl never unloads: the destructors run at exit
case("musl, musl-tools: its linker's dlopen, its errors, environment", "CC=musl-gcc\n" + RTLD,
     LOADED % ("no: 1\n", "", "out a\n") + "pre out a\nin b\nno: 1\n")

case("the interpreter that a program names", r"""
echo 'int main(void) { return 6; }' >i.c; gcc i.c -o i; ./i; echo $?
mkdir l; cp $(ldd i | sed -n 's/^\t\(.*ld-linux[^ ]*\).*/\1/p') l/mine
gcc i.c -o own -Wl,--dynamic-linker=$PWD/l/mine; ./own; echo $?
grep -c l/mine <(LD_SHOW_AUXV=1 ./own; readelf -l own)
rm l/mine; ./own 2>&1 | grep -c 'required file not found\|No such file'
echo text >l/mine; ./own 2>/dev/null; echo $?; chmod 755 l/mine
./own 2>/dev/null; echo $?; gcc -c i.c -o l/mine
chmod 755 l/mine; ./own 2>/dev/null; echo $?
gcc -static i.c -o st; ./st; echo $?; gcc -static-pie i.c -o sp; ./sp; echo $?
head -c 64 i >l/mine; ./own 2>/dev/null
echo $?; mkdir d; gcc i.c -o dir -Wl,--dynamic-linker=$PWD/d; ./dir 2>/dev/null
echo $?
""", "6\n6\n1\n1\n126\n126\n126\n6\n6\n126\n126\n")

case("musl, musl-dev: a dynamic program", r"""
cat >h.c <<'END'
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
static void *f(void *p) { return p; }
int main(void) { pthread_t t; void *r; pthread_create(&t, 0, f, "thread");
	pthread_join(t, &r); char *p = malloc(1 << 20);
	printf("musl %s %d\n", (char *)r, p != 0); return 5; }
END
musl-gcc h.c -o h; ./h; echo $?
ld=$(ls /lib/ld-musl-*.so.1); $ld ./h; $ld --list ./h | grep -c musl
musl-gcc -static h.c -o s; ./s
""", "musl thread 1\n5\nmusl thread 1\n2\nmusl thread 1\n", 5)

case("make: builds a project", r"""
mkdir src; for i in 1 2 3 4 5 6; do
	echo "int f$i(void) { return $i; }" >src/f$i.c; done
cat >src/main.c <<'END'
#include <stdio.h>
int f1(void),f2(void),f3(void),f4(void),f5(void),f6(void);
int main(void) { printf("%d\n", f1()+f2()+f3()+f4()+f5()+f6()); return 0; }
END
cat >Makefile <<'END'
OBJ = $(patsubst %.c,%.o,$(wildcard src/*.c))
prog: lib.a src/main.o ; $(CC) -o $@ src/main.o lib.a
lib.a: $(filter-out src/main.o,$(OBJ)) ; ar rcs $@ $^
clean: ; rm -f prog lib.a $(OBJ)
END
make -s -j3 && ./prog; nm lib.a | grep -c ' T f'; make -q; echo $?
touch src/f3.c; make -q; echo $?; make clean >/dev/null; ls
""", "21\n6\n0\n1\nMakefile\nsrc\n")

case("git: commits, branches, merge, clone", r"""
export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a
export GIT_COMMITTER_EMAIL=a@b GIT_AUTHOR_DATE='@1000000000 +0000'
export GIT_COMMITTER_DATE='@1000000000 +0000' HOME=$PWD
git init -q -b main r; cd r; seq 10 >f; git add f; git commit -qm one
git checkout -qb side; sed -i s/9/nine/ f; git commit -qam side
git checkout -q main; sed -i s/2/two/ f; git commit -qam two
git merge -qm merged side >/dev/null; git log --oneline | wc -l; sed -n '2p;9p' f
git rev-parse HEAD~1; git status --short | wc -l; git fsck 2>&1 | grep -c bad
cd ..; git clone -q r c; cd c; git log -1 --format=%s; git gc -q
git diff HEAD~1 | grep -c '^[+-][^+-]'; git stash list | wc -l
git grep -n two; git tag v1; git describe --tags; git archive HEAD | tar t
""", "4\ntwo\nnine\n2bda1d4994d4985689836f7a1fedd3e7b56252dc\n0\n0\nmerged\n2\n"
     "0\nf:2:two\nv1\nf\n")

case("dpkg: install, list, remove", r"""
mkdir -p p/DEBIAN p/usr/bin; cat >p/DEBIAN/control <<'END'
Package: hello-lectern
Version: 1.0
Architecture: all
Maintainer: nobody <n@example.org>
Depends: bash
Description: a test
END
printf '#!/bin/sh\necho post $1\n' >p/DEBIAN/postinst
printf '#!/bin/sh\necho hello\n' >p/usr/bin/hello-lectern
chmod 755 p/DEBIAN/postinst p/usr/bin/hello-lectern
dpkg-deb --root-owner-group -b p h.deb | cut -d: -f1
dpkg -i h.deb 2>&1 | grep -c '^Setting up'; hello-lectern
dpkg -L hello-lectern | tail -1; dpkg -S /usr/bin/hello-lectern
dpkg -s hello-lectern | grep ^Status; dpkg -V hello-lectern; echo $?
dpkg -r hello-lectern >/dev/null 2>&1; echo $?; ls /usr/bin/hello-lectern \
	2>/dev/null; dpkg -l bash | tail -1 | cut -c1-2
""", "dpkg-deb\n1\nhello\n/usr/bin/hello-lectern\n"
     "hello-lectern: /usr/bin/hello-lectern\nStatus: install ok installed\n"
     "0\n0\nii\n")

case("perl: modules, files, sockets", r"""
perl -MSocket -MIO::Handle -e '
socketpair(A, B, AF_UNIX, SOCK_STREAM, PF_UNSPEC) or die "pair: $!";
A->autoflush(1); if (!fork) { close A; $_ = <B>; print B uc; exit }
close B; print A "shout\n"; print scalar <A>; wait'
perl -MFile::Temp=tempdir -MFile::Find -MCwd -e '
$d = tempdir(CLEANUP => 1); mkdir "$d/a"; open F, ">$d/a/b"; close F;
find(sub { $n++ }, $d); print "$n\n"'
perl -MPOSIX -e 'print POSIX::strftime("%Y", gmtime 0), " ", ceil(1.2), " ",
(POSIX::uname())[0], " ", POSIX::sysconf(_SC_PAGESIZE), "\n"'
perl -MTime::HiRes=sleep,time -e '$t = time; sleep 0.1; print time-$t > 0.09, "\n"'
perl -MDigest::SHA=sha1_hex -MList::Util=sum -e 'print sha1_hex("abc"), sum(1..4), "\n"'
""", "SHOUT\n3\n1970 2 Linux 4096\n1\n"
     "a9993e364706816aba3e25717850c26c9cd0d89d10\n")

case("python3: subprocess, tempfile, mmap, pty", r"""
python3 -c '
import subprocess as s, tempfile, mmap, os, pty, shutil, json
print(s.run(["tr", "a-z", "A-Z"], input=b"up", stdout=s.PIPE).stdout)
print(s.run("exit 9", shell=True).returncode, s.getoutput("echo x | cat"))
try: s.run(["sleep", "9"], timeout=0.2)
except s.TimeoutExpired: print("late")
with tempfile.TemporaryFile() as f:
    f.write(b"x" * 8192); f.flush()
    m = mmap.mmap(f.fileno(), 0); m[4096:4099] = b"abc"; m.flush(); m.close()
    f.seek(4096); print(f.read(4))
pid, fd = pty.fork()
if pid == 0: os.execvp("sh", ["sh", "-c", "test -t 0 && echo terminal"])
out = b""
try:
    while True:
        d = os.read(fd, 100)
        if not d: break
        out += d
except OSError as e: print(e.errno)
print(out, os.waitpid(pid, 0)[1])
print(shutil.disk_usage("/").total > 0, json.loads("[1, 2]"))
'
""", "b'UP'\n9 x\nlate\nb'abcx'\n5\nb'terminal\\r\\n' 0\nTrue [1, 2]\n")

case("tcl: a server, and clients of both families", r"""
cat >s.tcl <<'END'
proc serve {c host port} {
	fconfigure $c -buffering line
	gets $c line; puts $c [string toupper $line]; close $c
}
set s [socket -server serve 0]
set port [lindex [fconfigure $s -sockname] 2]
proc hear {c} { if {[gets $c line] >= 0} { puts $line; set ::heard 1 } }
foreach host {127.0.0.1 ::1} {
	set c [socket $host $port]
	fconfigure $c -buffering line -blocking 0
	puts $c "by $host"
	fileevent $c readable [list hear $c]
	vwait heard
	close $c
}
END
tclsh s.tcl
""", "BY 127.0.0.1\nBY ::1\n")

case("gdb: a breakpoint, a watch, a value", r"""
cat >w.c <<'END'
static int counter;
int main(void)
{
	for (int i = 0; i < 5; i++)
		counter += i;
	return counter;
}
END
gcc -g -O0 w.c -o w
gdb -batch -nx -ex 'break main' -ex run -ex 'watch counter' -ex c -ex c \
	-ex 'print i' -ex delete -ex c ./w 2>&1 |
	grep -E 'value =|[$]1|exited' | sed 's/process [0-9]*/one/'
""", "Old value = 0\nNew value = 1\nOld value = 1\nNew value = 3\n$1 = 2\n"
     "[Inferior 1 (one) exited with code 012]\n")

case("openssh-server, openssh-client: a command, a terminal, a refusal", r"""
mkdir -p /run/sshd /root/.ssh; chmod 700 /root/.ssh
for key in /root/.ssh/id host; do ssh-keygen -q -t ed25519 -N '' -f $key; done
cp /root/.ssh/id.pub /root/.ssh/authorized_keys
grep -q sshd /etc/passwd || echo 'sshd:x:101:65534::/run/sshd:/bin/false' \
	>>/etc/passwd
/usr/sbin/sshd -D -E log -f /dev/null -o HostKey=$PWD/host -p 2222 &
until [ -f log ] && grep -q listening log; do sleep 0.1; done
there() {
	ssh -q -p 2222 -o StrictHostKeyChecking=no -o BatchMode=yes \
		-o UserKnownHostsFile=/dev/null "$@"
}
there -i /root/.ssh/id root@127.0.0.1 'echo $((6 * 7)); cat; exit 3' </etc/hostname
echo $?
there -tt -i /root/.ssh/id root@::1 'tty | cut -c1-9; stty -a | grep -o icanon'
there root@127.0.0.1 true; echo $?
kill $!
""", "42\nlectern\n3\n/dev/pts/\r\nicanon\r\n255\n")

case("python3: sockets, select, asyncio, multiprocessing", r"""
cat >m.py <<'END'
import asyncio, multiprocessing, os, select, socket, threading
def sq(x): return x * x
async def main():
    async def one(n):
        await asyncio.sleep(0.05); return n
    got = await asyncio.gather(*[one(i) for i in range(20)])
    p = await asyncio.create_subprocess_exec("echo", "async",
        stdout=asyncio.subprocess.PIPE)
    return sum(got), (await p.communicate())[0], await p.wait()
if __name__ == "__main__":
    s = socket.socket(socket.AF_UNIX); s.bind("sock"); s.listen()
    def client():
        c = socket.socket(socket.AF_UNIX); c.connect("sock")
        c.sendall(b"q" * 100000); c.shutdown(socket.SHUT_WR)
        print(c.recv(100))
    t = threading.Thread(target=client); t.start()
    c, _ = s.accept(); n = 0
    while d := c.recv(65536): n += len(d)
    c.sendall(str(n).encode()); t.join()
    a, b = socket.socketpair(); r, w = os.pipe()
    socket.send_fds(a, [b"fd"], [w]); _, fds, _, _ = socket.recv_fds(b, 9, 1)
    os.write(fds[0], b"passed"); print(os.read(r, 9))
    print(select.select([b], [], [], 0)[0], a.fileno() > 2)
    print(asyncio.run(main()))
    with multiprocessing.Pool(3) as p: print(sum(p.map(sq, range(50))))
    q = multiprocessing.Queue()
    k = multiprocessing.Process(target=q.put, args=("queued",)); k.start()
    print(q.get()); k.join(); print(k.exitcode)
END
python3 m.py
""", "b'100000'\nb'passed'\n[] True\n(190, b'async\\n', 0)\n40425\nqueued\n0\n")

case("python3: a web server, clients of both families, datagrams", r"""
mkdir www; echo served >www/f; cat >s.py <<'END'
import http.server, socket, socketserver, threading, urllib.request
class Handler(http.server.SimpleHTTPRequestHandler):
    def __init__(self, *a): super().__init__(*a, directory="www")
    def log_message(self, *a): pass
with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as s:
    threading.Thread(target=s.serve_forever).start()
    u = f"http://127.0.0.1:{s.server_port}/"
    print(urllib.request.urlopen(u + "f").read())
    try: urllib.request.urlopen(u + "none")
    except urllib.error.HTTPError as e: print(e.code)
    s.shutdown()
with socket.create_server(("", 0), family=socket.AF_INET6,
                          dualstack_ipv6=True) as s:
    for host in "127.0.0.1", "::1", "localhost":
        c = socket.create_connection((host, s.getsockname()[1]))
        a, who = s.accept(); a.sendall(who[0].encode()); a.close()
        print(c.recv(99)); c.close()
a = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); a.bind(("127.0.0.1", 0))
b = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
b.sendto(b"datagram", a.getsockname()); print(a.recvfrom(99)[0])
try: socket.create_connection(("127.0.0.1", 1))
except ConnectionRefusedError as e: print(e)
END
python3 s.py
""", "b'served\\n'\n404\nb'::ffff:127.0.0.1'\nb'::1'\nb'::ffff:127.0.0.1'\n"
     "b'datagram'\n[Errno 111] Connection refused\n")

case("zsh, dash: arrays, patterns, a terminal of zsh's own", r"""
zsh -fc 'a=(3 1 2); print ${(on)a}; print -l **/*(N) | wc -l; [[ -t 0 ]] ||
print none; x=$(<<<here cat); print $x; (exit 4); print $?'
HOME=/root dash -c 'set -- a b; echo $# $2; f() { return 6; }; f; echo $?; echo ~'
zsh -fc 'zmodload zsh/zpty && zpty p "echo in pty" && zpty -r p x; print $x' |
	tr -d '\r'
""", "1 2 3\n1\nnone\nhere\n4\n2 b\n6\n/root\nin pty\n\n")

case("gzip, bzip2, xz-utils, file: there and back, kinds of files", r"""
seq 20000 >n; for c in gzip bzip2 xz; do $c -k n; done; ls | sort
for f in n.gz n.bz2 n.xz; do file -b $f | cut -d' ' -f1; done
gzip -dc n.gz | cmp - n && bzip2 -dc n.bz2 | cmp - n && xz -dc n.xz | cmp - n
xz -T2 -c n | xz -dc | md5sum | cut -c1-8; tar cJf t.txz n; tar tf t.txz
file -b $(readlink -f /bin/bash) | cut -d, -f1 | cut -d' ' -f1,3
""", "n\nn.bz2\nn.gz\nn.xz\ngzip\nbzip2\nXZ\ne071f707\nn\nELF LSB\n")

case("bsdutils: script runs a command on a terminal", r"""
script -qec 'test -t 0 && test -t 1 && echo tty; stty size; exit 3' out \
	</dev/null | tr -d '\r'; echo ${PIPESTATUS[0]}
tr -d '\r' <out | grep -c '^tty$'
echo 'echo typed; exit 4' | script -qe out2 >/dev/null; echo $?
tr -d '\r' <out2 | grep -c 'typed$'
mkfifo none; timeout 0.2 script -qec 'exec sleep 100' out3 <>none; echo $?
script -qec 'trap "stty size; exit 5" WINCH; stty rows 3 cols 4; sleep 100 & wait' \
	out4 </dev/null | tr -d '\r'; echo ${PIPESTATUS[0]}
""", "tty\n0 0\n3\n1\n4\n1\n124\n3 4\n5\n")

case("tmux: a session, its windows, sizes and end", r"""
export LC_ALL=C.UTF-8 TERM=vt100; t="tmux -L t -f /dev/null"
shows() { until $t capture-pane -p -t one:$1 | grep -qx "$2"; do sleep 0.1
	done; echo "$1 $2"; }
$t new-session -d -x 60 -y 12 -s one 'PS1="@ " exec bash --norc -i'
shows 0 '@'; $t send-keys -t one:0 'echo $((6*7)); stty size' Enter
shows 0 42; shows 0 '12 60'
$t new-window -t one:1 'PS1="@ " exec bash --norc -i'; shows 1 '@'
$t new-window -t one:2 'exec sleep 5151'; $t list-windows -t one | wc -l
$t send-keys -t one:1 "trap 'stty size; kill \$!' WINCH; sleep 5454 & echo se''t; \
wait" Enter; shows 1 set; $t resize-window -t one:1 -x 40 -y 9; shows 1 '9 40'
$t send-keys -t one:1 "sh -c 'echo ru\"\"ns; exec sleep 5252'" Enter
shows 1 runs; $t send-keys -t one:1 C-c; $t send-keys -t one:1 'echo $?' Enter
shows 1 130; $t send-keys -t one:1 "sh -c 'echo o\"\"n; exec sleep 5353'" Enter
shows 1 on; $t send-keys -t one:1 C-z; $t send-keys -t one:1 'echo s$?' Enter
shows 1 s148; $t send-keys -t one:0 'exit' Enter
until [ $($t list-windows -t one | wc -l) = 2 ]; do sleep 0.1; done
$t kill-server; while pgrep -f 'sleep 5.5.$' >n; do sleep 0.1; done
$t list-sessions 2>&1 | cut -c1-9
""", "0 @\n0 42\n0 12 60\n1 @\n3\n1 set\n1 9 40\n1 runs\n1 130\n1 on\n1 s148\n"
     "no server\n")

TMUX = r"""
export LC_ALL=C.UTF-8 TERM=vt100; t="tmux -L t$$ -f /dev/null"
o="tmux -L o$$ -f /dev/null"; sh='PS1="@ " exec bash --norc -i'
until_() { until eval "$1"; do sleep 0.1; done; }
shows() { until $1 capture-pane -p -t $2 | grep -qxF "$3"; do sleep 0.1
	done; echo "$3"; }
types() { $1 send-keys -t $2 "$3" Enter; }
state() { ps -o stat= -p $(pgrep -fx "$1"); }
"""

# the terminal of the one tmux is a pane of another
case("tmux: a client attaches, is resized, detaches, is hung up", TMUX + r"""
$t new-session -d -x 60 -y 12 -s one "$sh"; shows "$t" one '@'
$o new-session -d -x 50 -y 11 -s two "unset TMUX; $sh"; shows "$o" two '@'
types "$o" two "$t"' attach -t one; echo e""nd$?'
until_ '[ "$($t list-clients -F "#{client_width}")" = 50 ]'
types "$t" one 'stty size'; shows "$o" two '10 50'
types "$t" one "trap 'stty size; kill \$!' WINCH; sleep 6161 & echo se''t; wait"
shows "$o" two set; $o resize-window -t two -x 44 -y 8; shows "$o" two '7 44'
$t detach-client -s one; shows "$o" two '[detached (from session one)]'
shows "$o" two end0; types "$o" two "$t"' attach -t one; echo a""gain$?'
until_ '[ "$($t list-clients | wc -l)" = 1 ]'; $o send-keys -t two C-b d
shows "$o" two again0; types "$o" two "exec $t attach -t one"
until_ '[ "$($t list-clients | wc -l)" = 1 ]'; $o kill-server
until_ '[ "$($t list-clients | wc -l)" = 0 ]'; $t has-session -t one; echo $?
types "$t" one 'echo it li""ves'; shows "$t" one 'it lives'; $t kill-server
""", "@\n@\n10 50\nset\n7 44\n[detached (from session one)]\nend0\nagain0\n0\n"
     "it lives\n")

case("tmux: job control in a pane, and what a hang-up ends", TMUX + r"""
$t new-session -d -x 60 -y 12 -s one "$sh"; shows "$t" one '@'
types "$t" one "sh -c 'echo o\"\"n; exec sleep 6262'"; shows "$t" one on
until_ '[ "$(state "sleep 6262")" = S+ ]'; $t send-keys -t one C-z
until_ '[ "$(state "sleep 6262")" = T ]'; types "$t" one 'bg; echo b$?'
shows "$t" one b0; until_ '[ "$(state "sleep 6262")" = S ]'
types "$t" one fg; until_ '[ "$(state "sleep 6262")" = S+ ]'
$t send-keys -t one C-c; types "$t" one 'echo i$?'; shows "$t" one i130
cat >waits <<'END'
trap "echo $1 >$1; exit" HUP $2; echo set; while :; do sleep 0.1; done
END
for w in 1 2 3 4; do $t new-window -t one:$w "$sh"; shows "$t" one:$w '@'; done
types "$t" one:1 "sh waits foreground"; shows "$t" one:1 set
# bash that sees the end before the signal sends SIGTERM to who is stopped
types "$t" one:2 "sh waits stopped TERM"; shows "$t" one:2 set
$t send-keys -t one:2 C-z
until_ '[ "$(state "sh waits stopped TERM")" = T ]'
types "$t" one:3 "nohup sleep 6363"; until_ '[ "$(state "sleep 6363")" = S+ ]'
types "$t" one:4 "sh -c 'trap \"\" HUP; echo s\"\"et; read x; echo \$? >read'"
shows "$t" one:4 set; $t kill-server; until_ '[ -s foreground ]'
until_ '[ -s stopped ]'; until_ '[ -s read ]'; cat foreground stopped read
until_ '[ "$(state "sleep 6363")" = S ]'; pkill -fx 'sleep 6363'; echo $?
""", "@\non\nb0\ni130\n@\n@\n@\n@\nset\nset\nset\nforeground\nstopped\n1\n0\n")

NODES = """available: 1 nodes (0)
node distances:
node 0 
 0: 10 
policy: bind
bind:0
policy: interleave
interleave:0
policy: preferred
prefer:0
policy: local
local
1
6
"""

# Debian's Linux for i386 is built without nodes: nothing is asked of it
case("numactl: one node, and policies for it", r"""
if [ -e /proc/self/numa_maps ]; then
	numactl --hardware | grep -v '^node 0' | tr -s ' '
	for how in --membind=0 --interleave=all --preferred=0 --localalloc; do
		numactl $how numactl --show | head -n 1
		numactl $how head -n 1 /proc/self/numa_maps | cut -d' ' -f2
	done
	numactl --membind=1 true >/dev/null 2>&1; echo $?
	numastat | grep -c '^[a-z]'
else
	printf %s '""" + NODES + """'
fi
""", NODES)

case("util-linux: mkswap, swapon, swapoff on a disk", r"""
d=/dev/vda id=11111111-2222-3333-4444-555555555555
mkswap -L seed -U $id $d
swapon $d && swapon --show=NAME,TYPE,SIZE,USED,PRIO,UUID,LABEL --bytes
tr -s '\t ' ' ' </proc/swaps; free -k | sed -n 's/Swap: *//p' | tr -s ' '
swapon $d 2>&1; echo $?
swapoff $d; swapon --show
mkswap -U $id $d 4096 2>/dev/null
swapon -p 7 --discard $d && swapon --show=SIZE,PRIO --noheadings --raw
swapoff -a; swapoff $d 2>&1; echo $?
dd if=/dev/zero of=$d bs=4k count=1 2>/dev/null; swapon $d 2>&1; echo $?
""", """\
Setting up swapspace version 1, size = 16 MiB (16773120 bytes)
LABEL=seed, UUID=11111111-2222-3333-4444-555555555555
NAME     TYPE          SIZE USED PRIO UUID                                 LABEL
/dev/vda partition 16773120    0   -2 11111111-2222-3333-4444-555555555555 seed
Filename Type Size Used Priority
/dev/vda partition 16380 0 -2
16380 0 16380
swapon: /dev/vda: swapon failed: Device or resource busy
255
Setting up swapspace version 1, size = 4 MiB (4190208 bytes)
no label, UUID=11111111-2222-3333-4444-555555555555
4M 7
swapoff: /dev/vda: swapoff failed: Invalid argument
4
swapon: /dev/vda: read swap header failed
255
""")

case("util-linux: mkswap, swapon, swapoff on files", r"""
mke2fs -q -b 4096 /dev/vda 2>/dev/null; mount /dev/vda /mnt; cd /mnt
for f in one two; do
	dd if=/dev/zero of=$f bs=1k count=4096 2>/dev/null; chmod 600 $f
	mkswap $f >/dev/null; swapon $f
done
swapon --show; rm two 2>&1; umount /mnt 2>/dev/null; echo $?
swapoff one; tail -n 1 /proc/swaps | tr -s '\t ' ' '; swapoff -a
truncate -s 1M hole; chmod 600 hole; mkswap hole >/dev/null 2>&1
swapon hole 2>&1; echo $?
mkswap one >/dev/null; truncate -s 1M one; swapon one 2>&1; echo $?
cd /; umount /mnt && swapon --show
""", """\
NAME     TYPE SIZE USED PRIO
/mnt/one file   4M   0B   -2
/mnt/two file   4M   0B   -3
rm: cannot remove 'two': Operation not permitted
32
/mnt/two file 4092 0 -2
swapon: /mnt/hole: skipping - it appears to have holes.
255
swapon: /mnt/one: swapon failed: Invalid argument
255
""")
