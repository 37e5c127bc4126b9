/* SPDX-License-Identifier: MIT */
/*
 * The file system of pseudo-terminals, option by option, its limits, and what
 * /proc tells of terminals (row B14).
 */
#include <sys/mount.h>
#include "terminal.h"
#include "texts.h"

static char buf[8192];

static const char *text_in(const char *name)
{
	text_read(name, buf, sizeof(buf));
	return buf;
}

static int number_in_file(const char *name)
{
	return atoi(text_in(name));
}

/* What /proc/mounts says behind "relatime" of the newest mount on pts. */
static const char *options_of_newest(void)
{
	static char line[256];
	char at[128], *p = buf, *o, *end;

	snprintf(at, sizeof(at), " %s/pts ", tap_dir);
	line[0] = 0;
	text_in("/proc/mounts");
	while ((p = strstr(p, at))) {
		p += strlen(at);
		o = strstr(p, "relatime");
		end = o ? strstr(o, " 0 0") : NULL;
		if (end)
			snprintf(line, sizeof(line), "%.*s",
				 (int)(end - o - 8), o + 8);
	}
	return line;
}

static int new_master(void)
{
	int no = 0, m = open("pts/ptmx", O_RDWR | O_NOCTTY);

	if (m >= 0)
		ioctl(m, TIOCSPTLCK, &no);
	return m;
}

/* ---- options ------------------------------------------------------------- */

static const struct {
	const char *given, *shown;	/* shown NULL: refused */
} all[] = {
	{ "", ",mode=600,ptmxmode=000" },
	{ "mode=7777", ",mode=7777,ptmxmode=000" },
	{ "ptmxmode=1777", ",mode=600,ptmxmode=1777" },
	{ "max=0", ",mode=600,ptmxmode=000,max=0" },
	{ "max=010", ",mode=600,ptmxmode=000,max=8" },
	{ "max=1048576", ",mode=600,ptmxmode=000" },
	{ "uid=0x10", ",uid=16,mode=600,ptmxmode=000" },
	{ "newinstance,,gid=5,", ",gid=5,mode=600,ptmxmode=000" },
	{ "uid=5,gid=6,mode=0622,ptmxmode=0666,max=7",
	  ",uid=5,gid=6,mode=622,ptmxmode=666,max=7" },
	{ "max=1048577", NULL }, { "max=-1", NULL }, { "uid=-1", NULL },
	{ "mode=8", NULL }, { "mode=0x8", NULL }, { "mode=", NULL },
	{ "mode", NULL }, { "newinstance=1", NULL }, { "uid=5x", NULL },
	{ "bogus", NULL }, { "bogus=1", NULL }, { "mode=600 ", NULL },
};

static void option_by_option(void)
{
	for (int i = 0; i < COUNT(all); i++) {
		int err = mount("x", "pts", "devpts", 0, all[i].given) ?
			errno : 0;

		check_eq(err, all[i].shown ? 0 : EINVAL, "\"%s\"",
			 all[i].given);
		if (err)
			continue;
		check(all[i].shown && !strcmp(options_of_newest(),
					      all[i].shown),
		      "shown as %s", options_of_newest());
		umount2("pts", 0);
	}
}

static void changed(void)
{
	struct stat st;
	int a, b;

	check_ok(mount("x", "pts", "devpts", 0,
		       "uid=5,mode=0622,ptmxmode=0666"),
		 "uid and two modes");
	a = new_master();
	check(!stat("pts/0", &st) && st.st_uid == 5 && st.st_gid == getgid() &&
	      (st.st_mode & 07777) == 0622, "a node has them");
	check_ok(mount("x", "pts", "devpts", MS_REMOUNT, "gid=7,ptmxmode=600"),
		 "other options");
	check(!strcmp(options_of_newest(), ",gid=7,mode=600,ptmxmode=600"),
	      "are all there are: %s", options_of_newest());
	check_eq(mode_bits("pts/ptmx"), 0600, "ptmx changes");
	check(!stat("pts/0", &st) && st.st_uid == 5 &&
	      (st.st_mode & 07777) == 0622, "the node that was there does not");
	b = new_master();
	check(!stat("pts/1", &st) && st.st_uid == getuid() && st.st_gid == 7 &&
	      (st.st_mode & 07777) == 0600, "a new one has the new");
	check_err(EINVAL, mount("x", "pts", "devpts", MS_REMOUNT, "bogus"),
		  "a bad option");
	check_ok(mount("x", "pts", "devpts", MS_REMOUNT, NULL), "none");
	check(!strcmp(options_of_newest(), ",mode=600,ptmxmode=000"),
	      "as at first");
	close(a);
	close(b);
	umount2("pts", 0);
}

/* ---- limits -------------------------------------------------------------- */

static int masters(int *fd, int most)
{
	int n = 0;

	while (n < most && (fd[n] = new_master()) >= 0)
		n++;
	return n;
}

static void drop_all(const int *fd, int n)
{
	while (n)
		close(fd[--n]);
}

static void own_limit(void)
{
	int fd[8], n;

	mount("x", "pts", "devpts", 0, "max=3");
	n = masters(fd, 8);
	check_eq(n, 3, "max=3: three");
	check_err(ENOSPC, new_master(), "then ENOSPC");
	close(fd[1]);
	fd[1] = new_master();
	check(fd[1] >= 0 && mode_bits("pts/1") == 0600, "a number comes free");
	mount("x", "pts", "devpts", MS_REMOUNT, "max=5");
	drop_all(fd, n);
	check_eq(masters(fd, 8), 5, "max=5 from now on");
	drop_all(fd, 5);
	umount2("pts", 0);
	mount("x", "pts", "devpts", 0, "max=0");
	check_eq(masters(fd, 8), 8, "max=0: no limit");
	drop_all(fd, 8);
	umount2("pts", 0);
}

#define PTY "/proc/sys/kernel/pty/"

static void common_limit(void)
{
	int fd[8], was = number_in_file(PTY "max"),
		reserve = number_in_file(PTY "reserve");
	int nr = number_in_file(PTY "nr"), n;
	char value[16];

	mount("x", "pts", "devpts", 0, NULL);
	check(was == 4096 && reserve == 1024, "limits: %d, %d", was, reserve);
	fd[0] = new_master();
	check_eq(number_in_file(PTY "nr"), nr + 1, "one more is counted");
	close(fd[0]);
	check(eventually(number_in_file(PTY "nr") == nr), "one less");
	snprintf(value, sizeof(value), "%d", nr + 3);
	check_eq(text_set(PTY "max", value), 0, "three more, one to spare");
	n = masters(fd, 8);
	check_eq(n, 2, "two fit");
	check_err(ENOSPC, open("/dev/ptmx", O_RDWR | O_NOCTTY),
		  "no more anywhere");
	check_eq(text_set(PTY "max", "-1"), EINVAL, "a negative limit");
	check_eq(text_set(PTY "max", "2147483648"), EINVAL, "one too large");
	check_eq(text_set(PTY "max", "9x"), EINVAL, "no number");
	check_eq(number_in_file(PTY "max"), nr + 3, "change nothing");
	check_eq(text_set(PTY "reserve", "5"), 0, "a reserve");
	check_eq(number_in_file(PTY "reserve"), 5, "is kept");
	check(access(PTY "nr", W_OK) || text_set(PTY "nr", "3"),
	      "the count cannot be set");
	drop_all(fd, n);
	text_set(PTY "max", "4096");
	text_set(PTY "reserve", "1024");
	umount2("pts", 0);
}

/* More than one step of the map of numbers. */
static void number_many(void)
{
	char name[32];
	int m, last = -1;

	mount("x", "pts", "devpts", 0, NULL);
	for (int i = 0; i < 300; i++) {
		m = new_master();
		if (m < 0)
			break;
		ioctl(m, TIOCGPTN, &last);
	}
	check_eq(last, 299, "300 terminals");
	snprintf(name, sizeof(name), "pts/%d", last);
	m = open(name, O_RDWR | O_NOCTTY);
	check(m >= 0 && isatty(m), "the last one works");
	for (int fd = 3; fd < 400; fd++)
		close(fd);
	check(eventually(access("pts/0", F_OK)), "all are gone");
	umount2("pts", 0);
}

/* ---- the slave by its master --------------------------------------------- */

#define TIOCGPTPEER 0x5441

static void open_peers(void)
{
	int m, s, st, n = -1;

	mount("x", "pts", "devpts", 0, "mode=0,ptmxmode=666");
	m = new_master();
	s = ioctl(m, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	check(s >= 0, "TIOCGPTPEER in an instance elsewhere");
	check(fcntl(s, F_GETFD) == FD_CLOEXEC &&
	      (fcntl(s, F_GETFL) & O_ACCMODE) == O_RDWR, "as it was asked");
	check(write(s, "x", 1) == 1 && read(m, buf, 9) == 1, "it is the slave");
	close(s);
	if (fork() == 0)
		_exit(setuid(1000) || open("pts/0", O_RDWR) >= 0 ||
		      ioctl(m, TIOCGPTPEER, O_RDWR | O_NOCTTY) < 0);
	wait(&st);
	check_eq(st, 0, "who has the master may, whatever its mode");
	s = ioctl(m, TIOCGPTPEER, O_RDONLY | O_NONBLOCK | O_NOCTTY);
	check((fcntl(s, F_GETFL) & (O_ACCMODE | O_NONBLOCK)) == O_NONBLOCK,
	      "only to read, without waiting");
	close(s);
	n = 1;
	ioctl(m, TIOCSPTLCK, &n);
	check_err(EIO, ioctl(m, TIOCGPTPEER, O_RDWR), "not while it is locked");
	n = 0;
	ioctl(m, TIOCSPTLCK, &n);
	check_ok(mount("y", "pts", "devpts", 0, NULL), "covered by another");
	s = ioctl(m, TIOCGPTPEER, O_RDWR | O_NOCTTY);
	check(s >= 0 && !ioctl(m, TIOCGPTN, &n), "it is found all the same");
	close(s);
	umount2("pts", 0);
	close(m);
	umount2("pts", 0);
}

/* ---- /proc/tty ----------------------------------------------------------- */

static int file_says(const char *name, const char *line)
{
	return strstr(text_in(name), line) != NULL;
}

static void show_tty_files(void)
{
	check(file_says("/proc/tty/drivers",
			"/dev/tty             /dev/tty        "
			"5       0 system:/dev/tty\n"), "drivers: one's own");
	check(file_says("/proc/tty/drivers",
			"/dev/console         /dev/console    "
			"5       1 system:console\n"), "the console");
	check(file_says("/proc/tty/drivers",
			"pty_slave            /dev/pts      "
			"136 0-1048575 pty:slave\n"), "slaves");
	check(file_says("/proc/tty/drivers",
			"pty_master           /dev/ptm      "
			"128 0-1048575 pty:master\n"), "masters");
	check(file_says("/proc/tty/drivers",
			"serial               /dev/ttyS     "
			"  4 "), "serial lines");
	check(file_says("/proc/tty/ldiscs", "n_tty       0\n"), "disciplines");
	check_eq(mode_bits("/proc/tty/driver"), 0500, "not for everybody");
	check(file_says("/proc/tty/driver/serial",
			"serinfo:1.0 driver revision:\n"
			"0: uart:"), "the serial driver");
	if (strcmp(console_line(), "ttyS0"))
		tap_skip("its lines", "Linux has another driver for them");
	else
		check(file_says("/proc/tty/driver/serial",
				"RTS|CTS|DTR|DSR|CD\n"), "its lines");
}

int main(void)
{
	tap_scratch("devpts");
	mkdir("pts", 0755);
	option_by_option();
	changed();
	own_limit();
	common_limit();
	number_many();
	open_peers();
	show_tty_files();
	rmdir("pts");
	tap_scratch_end();
	return tap_done();
}
