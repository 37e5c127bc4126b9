/* SPDX-License-Identifier: MIT */
/*
 * What programs read about the machine: sysfs (CPUs, devices by number, class
 * and place) and the tables of /proc/net (rows B5, B17).
 */
#include <sys/mount.h>
#include "texts.h"

#define AF_UNIX		1
#define AF_INET		2
#define AF_INET6	10
#define STREAM		1
#define DGRAM		2

struct in6 {				/* the longer sockaddr */
	unsigned short family, port;
	unsigned flow;
	unsigned char ip[16];
	unsigned scope;
};

/* A text file with its end as a string; "" where there is none. */
static const char *text_of_sysfs(const char *path)
{
	static char buf[32768];

	text_read(path, buf, sizeof(buf));
	return buf;
}

/* CPUs in a list as "0-2,5". */
static int cpus_in(const char *list)
{
	char *end;
	int n = 0;

	while (*list >= '0' && *list <= '9') {
		long first = strtol(list, &end, 10), last = first;

		if (*end == '-')
			last = strtol(end + 1, &end, 10);
		n += (int)(last - first + 1);
		list = *end == ',' ? end + 1 : end;
	}
	return n;
}

static void list_processors(void)
{
	unsigned long mask[16] = { 0 };
	int n = 0;

	check(syscall(SYS_sched_getaffinity, 0, sizeof(mask), mask) > 0,
	      "the CPUs a task may use");
	for (unsigned i = 0; i < 8 * sizeof(mask); i++)
		n += mask[i / (8 * sizeof(long))] >> i % (8 * sizeof(long)) & 1;
	check_eq(cpus_in(text_of_sysfs("/sys/devices/system/cpu/online")), n,
		 "as many are online");
	check(cpus_in(text_of_sysfs("/sys/devices/system/cpu/possible")) >= n &&
	      cpus_in(text_of_sysfs("/sys/devices/system/cpu/present")) >= n,
	      "possible and present");
	check(!strcmp(text_of_sysfs("/sys/kernel/cpu_byteorder"), "little\n") ||
	      !text_of_sysfs("/sys/kernel/cpu_byteorder")[0], "byte order");
	check_eq(cpus_in(text_of_sysfs("/sys/devices/system/cpu/cpu0/topology/"
				       "thread_siblings_list")), 1,
		 "one thread");
}

static void link_devices(void)
{
	const char *line = console_line();
	char real[256];
	struct stat a, b;
	ssize_t n = readlink("/sys/dev/char/1:3", real, sizeof(real) - 1);

	check(n > 0, "a link by number");
	real[n > 0 ? n : 0] = 0;
	check(!strcmp(real, "../../devices/virtual/mem/null"), "to its place");
	check(!strcmp(text_of_sysfs("/sys/dev/char/1:3/dev"), "1:3\n"), "dev");
	check(!strcmp(text_of_sysfs("/sys/class/mem/null/uevent"),
		      "MAJOR=1\nMINOR=3\n"
		      "DEVNAME=null\nDEVMODE=0666\n"), "uevent");
	check(stat("/sys/class/mem/null", &a) == 0 &&
	      stat("/sys/devices/virtual/mem/null/subsystem/null", &b) == 0 &&
	      a.st_ino == b.st_ino, "its class leads back to it");
	check_err(ENOENT, open("/sys/dev/char/1:999", O_RDONLY), "no device");
	check(!strncmp(text_of_sysfs("/sys/class/tty/console/active"), line,
		       strlen(line)), "where the console is");
}

static void read_sysfs_file(void)
{
	static const char path[] = "/sys/devices/system/cpu/possible";
	struct stat st;
	char c[8];
	int fd;

	check(stat(path, &st) == 0 && S_ISREG(st.st_mode), "a file");
	check_eq(st.st_size, PG, "of a page, it says");
	check_eq(st.st_mode & 0777, 0444, "for reading");
	check_err(EACCES, open(path, O_WRONLY), "not even root writes it");
	check_err(EACCES, open("/sys/new", O_CREAT | O_WRONLY, 0600),
		  "nothing is made there");
	check_err(EPERM, mkdir("/sys/new", 0700), "nor a folder");
	check_err(EPERM, mknod("/sys/new", S_IFIFO | 0600, 0), "nor a pipe");
	fd = open(path, O_RDONLY);
	check_eq(pread(fd, c, 1, 0), 1, "its first byte");
	check_eq(pread(fd, c, sizeof(c), 1000), 0, "nothing behind its end");
	close(fd);
}

static void instance(void)
{
	tap_scratch("sysfs");
	check_ok(mkdir("s", 0755), "a folder");
	check_ok(mount("s", "s", "sysfs", 0, NULL), "mounted once more");
	check(!strcmp(text_of_sysfs("s/dev/char/1:3/dev"), "1:3\n"),
	      "shows the same");
	check_ok(umount2("s", 0), "unmounted");
	check_ok(rmdir("s"), "gone");
	tap_scratch_end();
}

static int lists_port(const char *path, const char *fmt, unsigned port)
{
	char want[64];

	snprintf(want, sizeof(want), fmt, port);
	return strstr(text_of_sysfs(path), want) != NULL;
}

/* A socket bound to loopback.  => its port */
static unsigned bind_loopback(int *s, int family, int type)
{
	struct in6 a = { .family = (unsigned short)family };
	int len = family == AF_INET ? 16 : 28;

	*s = (int)syscall(SYS_socket, family, type, 0);
	check_ok(syscall(SYS_bind, *s, &a, len), "bound");
	check_ok(syscall(SYS_getsockname, *s, &a, &len), "its name");
	return (unsigned)(a.port >> 8 | a.port << 8) & 0xffff;
}

static void inet_tables(void)
{
	unsigned port;
	int s;

	port = bind_loopback(&s, AF_INET, STREAM);
	check_ok(syscall(SYS_listen, s, 3), "listens");
	check(lists_port("/proc/net/tcp", " 00000000:%04X 00000000:0000 0A ",
			 port), "in tcp");
	check(!lists_port("/proc/net/tcp6", ":%04X ", port), "not in tcp6");
	close(s);
	check(!lists_port("/proc/net/tcp", " 00000000:%04X 00000000:0000 0A ",
			  port), "closed: no more");
	port = bind_loopback(&s, AF_INET6, STREAM);
	check_ok(syscall(SYS_listen, s, 3), "listens");
	check(lists_port("/proc/net/tcp6", "00000000:%04X ", port), "in tcp6");
	close(s);
	port = bind_loopback(&s, AF_INET, DGRAM);
	check(lists_port("/proc/net/udp", " 00000000:%04X 00000000:0000 07 ",
			 port), "in udp");
	close(s);
	port = bind_loopback(&s, AF_INET6, DGRAM);
	check(lists_port("/proc/net/udp6", "00000000:%04X ", port), "in udp6");
	close(s);
}

static void unix_table(void)
{
	struct { unsigned short family; char path[32]; } a = {
		AF_UNIX, "\0procnet",
	};
	int s = (int)syscall(SYS_socket, AF_UNIX, STREAM, 0);

	check_ok(syscall(SYS_bind, s, &a, 2 + 8), "an abstract name");
	check(strstr(text_of_sysfs("/proc/net/unix"), " 00000000 0001 01 ") &&
	      strstr(text_of_sysfs("/proc/net/unix"), " @procnet\n"),
	      "in unix");
	check_ok(syscall(SYS_listen, s, 3), "listens");
	check(strstr(text_of_sysfs("/proc/net/unix"), " 00010000 0001 01 ") !=
	      NULL,
	      "with the flag of listeners");
	close(s);
	check(!strstr(text_of_sysfs("/proc/net/unix"), " @procnet\n"),
	      "no more");
}

/* A lock of each kind: its line in /proc/locks comes and goes. */
static void lock_table(void)
{
	struct { short type, whence; long start, len; int pid; } l = {
		.type = 1, .start = 10, .len = 5,
	};
	char want[80];
	struct stat st;
	int fd;

	tap_scratch("locks");
	fd = open("f", O_CREAT | O_RDWR, 0600);
	check_ok(fstat(fd, &st), "a file");
	check_ok(fcntl(fd, 6 /* F_SETLK */, &l), "a record lock");
	snprintf(want, sizeof(want), "POSIX  ADVISORY  WRITE %d ", getpid());
	check(strstr(text_of_sysfs("/proc/locks"), want) != NULL, "in locks");
	snprintf(want, sizeof(want), ":%llu 10 14\n",
		 (unsigned long long)st.st_ino);
	check(strstr(text_of_sysfs("/proc/locks"), want) != NULL, "its bytes");
	check_ok(syscall(SYS_flock, fd, 1), "flock");
	snprintf(want, sizeof(want), "FLOCK  ADVISORY  READ %d ", getpid());
	check(strstr(text_of_sysfs("/proc/locks"), want) != NULL, "in locks");
	snprintf(want, sizeof(want), ":%llu 0 EOF\n",
		 (unsigned long long)st.st_ino);
	check(strstr(text_of_sysfs("/proc/locks"), want) != NULL,
	      "the whole file");
	close(fd);
	check(!strstr(text_of_sysfs("/proc/locks"), want), "closed: gone");
	unlink("f");
	tap_scratch_end();
}

/* Who owns a name space, and what kind it is (ioctl_ns). */
static void relations_of_spaces(void)
{
	int uts = open("/proc/self/ns/uts", O_RDONLY), user;
	int pid = open("/proc/self/ns/pid", O_RDONLY);
	unsigned uid = 7;
	struct stat a, b;

	check_eq(syscall(SYS_ioctl, uts, 0xb703), 0x04000000, "its kind");
	check_eq(syscall(SYS_ioctl, pid, 0xb703), 0x20000000, "and of pids");
	user = (int)syscall(SYS_ioctl, uts, 0xb701);
	check(user >= 0 && !fstat(user, &a) &&
	      !stat("/proc/self/ns/user", &b) && a.st_ino == b.st_ino,
	      "owned by that of users");
	check_eq(fcntl(user, F_GETFD), FD_CLOEXEC, "closed by exec");
	check_err(EPERM, syscall(SYS_ioctl, user, 0xb701), "owned by none");
	check_err(EPERM, syscall(SYS_ioctl, pid, 0xb702), "without parent");
	check_err(EINVAL, syscall(SYS_ioctl, uts, 0xb702), "of no such order");
	check_ok(syscall(SYS_ioctl, user, 0xb704, &uid), "whose?");
	check_eq(uid, 0, "the superuser's");
	check_err(EINVAL, syscall(SYS_ioctl, uts, 0xb704, &uid), "of users");
	check_err(ENOTTY, syscall(SYS_ioctl, uts, 0x5401), "no terminal");
	close(uts);
	close(pid);
	close(user);
}

/* A task's name spaces: named by the number that stat(2) tells. */
static void name_spaces(void)
{
	char want[64], got[64], path[64];
	struct stat st, parent;
	ssize_t n;
	int fd;

	check_ok(stat("/proc/self/ns/uts", &st), "a name space");
	snprintf(want, sizeof(want), "uts:[%llu]",
		 (unsigned long long)st.st_ino);
	n = readlink("/proc/self/ns/uts", got, sizeof(got) - 1);
	got[n > 0 ? n : 0] = 0;
	check(!strcmp(got, want), "called by kind and number");
	snprintf(path, sizeof(path), "/proc/%d/ns/uts", getppid());
	check(stat(path, &parent) == 0 && parent.st_ino == st.st_ino &&
	      parent.st_dev == st.st_dev, "the parent's is the same");
	check_ok(stat("/proc/self/ns/pid", &parent), "of another kind");
	check(parent.st_ino != st.st_ino, "is another one");
	fd = open("/proc/self/ns/uts", O_RDONLY);
	check_err(EINVAL, read(fd, got, 1), "nothing to read");
	close(fd);
	check_err(ENOENT, open("/proc/self/ns/no", O_RDONLY), "no such kind");
	relations_of_spaces();
	check(!strcmp(text_of_sysfs("/proc/self/uid_map"),
		      "         0          0 4294967295\n"), "uid_map");
	check(!strcmp(text_of_sysfs("/proc/self/setgroups"), "allow\n"),
	      "setgroups");
}

/* ---- what is set of a file ----------------------------------------------- */

/* Names and inodes that nobody uses go. */
static void forget_names(void)
{
	if (text_set("/proc/sys/vm/drop_caches", "2"))
		tap_bail("drop_caches");
}

static int is_owned_so(const char *path, unsigned mode, unsigned uid,
		       unsigned gid)
{
	struct stat st;

	return !lstat(path, &st) && (st.st_mode & 07777) == mode &&
		st.st_uid == uid && st.st_gid == gid;
}

static void set_owner(const char *path, unsigned uid, unsigned gid)
{
	syscall(SYS_fchownat, AT_FDCWD, path, uid, gid, AT_SYMLINK_NOFOLLOW);
}

static void opens_it(void *path)
{
	if (setuid(1234))
		_exit(9);
	_exit(open(path, O_RDONLY) < 0 && errno == EACCES);
}

static void keep_changed_modes(char *path, unsigned mode)
{
	check_ok(chmod(path, mode & 0700), "chmod of %s", path);
	set_owner(path, 1000, 1001);
	forget_names();
	check(is_owned_so(path, mode & 0700, 1000, 1001), "it stays");
	check_eq(in_child(opens_it, path), 1 << 8, "and binds others");
	chmod(path, mode);
	set_owner(path, 0, 0);
	check(is_owned_so(path, mode, 0, 0), "as before");
}

static void set_and_kept(void)
{
	char file[] = "/sys/devices/system/cpu/online";
	char folder[] = "/sys/devices/system/cpu";
	struct timespec t[2] = { { 1000, 1 }, { 2000, 2 } };
	struct stat st;

	if (geteuid()) {
		tap_skip("attributes", "not the superuser");
		return;
	}
	keep_changed_modes(file, 0444);
	keep_changed_modes(folder, 0755);
	keep_changed_modes((char []){ "/proc/uptime" }, 0444);
	utimensat(AT_FDCWD, file, t, 0);
	forget_names();
	check(!stat(file, &st) && st.st_atime == 1000 && st.st_mtime == 2000,
	      "times of sysfs stay, too");
	set_owner("/sys/dev/char/1:3", 1000, 1001);
	forget_names();
	check(is_owned_so("/sys/dev/char/1:3", 0777, 1000, 1001),
	      "a link's owner");
	set_owner("/sys/dev/char/1:3", 0, 0);
}

int main(void)
{
	list_processors();
	link_devices();
	read_sysfs_file();
	instance();
	inet_tables();
	unix_table();
	lock_table();
	name_spaces();
	set_and_kept();
	return tap_done();
}
