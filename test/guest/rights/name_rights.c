/* SPDX-License-Identifier: MIT */
/*
 * What a user may not do to names and what they stand for, call by call: enter
 * and make, give away, watch, connect to; what nobody may where a mount is for
 * reading; whose ids access(2) asks for; and whose limits count (row B17).
 */
#include <poll.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include "tap.h"

#define USER		1000
#define OTHER		1001

#define MS_BIND		4096
#define O_TMPFILE	(020000000 | O_DIRECTORY)
#define IN_OPEN		0x20
#define AF_UNIX		1
enum { SOCK_STREAM = 1, SOCK_DGRAM };

struct sockaddr_un {
	unsigned short sun_family;
	char sun_path[108];
};

#define inotify_init1(flags)	syscall(SYS_inotify_init1, flags)
#define inotify_add_watch(fd, name, events) \
	syscall(SYS_inotify_add_watch, fd, name, events)

static void become_id(unsigned uid)
{
	if (setgroups(0, NULL) || setresgid(uid, uid, uid) ||
	    setresuid(uid, uid, uid))
		_exit(90);
}

/* A call of a child's; exit status 0: it failed with that errno. */
#define FAILS(err, call)	do {					\
	errno = 0;							\
	if ((long)(call) != -1 || errno != (err)) {			\
		printf("# line %d: errno %d\n", __LINE__, errno);	\
		_exit(1);						\
	}								\
} while (0)
#define WORKS(call)	HOLDS((long)(call) != -1)
#define HOLDS(ok)	do {						\
	if (!(ok)) {							\
		printf("# line %d: errno %d\n", __LINE__, errno);	\
		_exit(1);						\
	}								\
} while (0)

static void make_node(const char *name, unsigned uid, unsigned mode)
{
	int fd = open(name, O_WRONLY | O_CREAT, 0600);

	if (fd < 0 || fchown(fd, uid, uid) || fchmod(fd, mode))
		tap_bail(name);
	close(fd);
}

/* ---- directories --------------------------------------------------------- */

static void enter_and_make(void *arg)
{
	int fd = open("closed", O_PATH);

	(void)arg;
	become_id(USER);
	FAILS(EACCES, chdir("closed"));
	FAILS(EACCES, fchdir(fd));
	FAILS(EACCES, chroot("closed"));
	FAILS(EPERM, chroot("mine"));
	WORKS(chdir("mine"));
}

static void make_in_closed(void *arg)
{
	(void)arg;
	become_id(USER);
	FAILS(EACCES, mkdir("new", 0700));
	FAILS(EACCES, symlink("x", "new"));
	FAILS(EACCES, mknod("new", S_IFIFO | 0600, 0));
	FAILS(EACCES, link("own", "new"));
	FAILS(EACCES, open("new", O_WRONLY | O_CREAT, 0600));
	FAILS(EACCES, open(".", O_RDWR | O_TMPFILE, 0600));
	FAILS(EACCES, unlink("own"));
	FAILS(EACCES, rename("own", "mine/new"));
	WORKS(mkdir("mine/d", 0700));
	FAILS(EACCES, rename("mine/d", "d"));
	FAILS(EACCES, rmdir("empty"));
	WORKS(rmdir("mine/d"));
	WORKS(link("own", "mine/link"));
	WORKS(unlink("mine/link"));
}

/* ---- what they stand for ------------------------------------------------- */

static void give_away(void *arg)
{
	(void)arg;
	become_id(USER);
	FAILS(EPERM, chown("own", OTHER, (gid_t)-1));
	FAILS(EPERM, chown("own", (uid_t)-1, OTHER));
	FAILS(EPERM, chown("others", OTHER, (gid_t)-1));
	FAILS(EPERM, chown("others", USER, (gid_t)-1));
	FAILS(EPERM, chown("others", (uid_t)-1, USER));
	FAILS(EPERM, chmod("others", 0777));
	WORKS(chown("own", USER, USER));
	WORKS(chown("own", (uid_t)-1, (gid_t)-1));
}

static void watch_secrets(void *arg)
{
	int fd = (int)inotify_init1(0);

	(void)arg;
	become_id(USER);
	FAILS(EACCES, inotify_add_watch(fd, "secret", IN_OPEN));
	FAILS(EACCES, inotify_add_watch(fd, "closed", IN_OPEN));
	WORKS(inotify_add_watch(fd, "others", IN_OPEN));
}

static void connects(void *arg)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX, .sun_path = "socket" };
	int s = (int)syscall(SYS_socket, AF_UNIX, SOCK_STREAM, 0);

	(void)arg;
	become_id(USER);
	FAILS(EACCES, syscall(SYS_connect, s, &at, sizeof(at)));
	close(s);
	s = (int)syscall(SYS_socket, AF_UNIX, SOCK_DGRAM, 0);
	strcpy(at.sun_path, "datagrams");
	FAILS(EACCES, syscall(SYS_connect, s, &at, sizeof(at)));
	FAILS(EACCES, syscall(SYS_sendto, s, "x", 1, 0, &at, sizeof(at)));
	close(s);
}

static int bind_name(const char *name, int type)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int s = (int)syscall(SYS_socket, AF_UNIX, type, 0);

	strcpy(at.sun_path, name);
	if (s < 0 || syscall(SYS_bind, s, &at, sizeof(at)) || chmod(name, 0555))
		tap_bail(name);
	return s;
}

static void connect_to_forbidden(void)
{
	int s = bind_name("socket", SOCK_STREAM),
	    d = bind_name("datagrams", SOCK_DGRAM);

	syscall(SYS_listen, s, 5);
	check_eq(in_child(connects, NULL), 0,
		 "sockets that one may not write to");
	close(s);
	close(d);
	unlink("socket");
	unlink("datagrams");
}

/* ---- whose ids, whose limits --------------------------------------------- */

/* A set-id program of root's that a user runs, and the reverse. */
static void ask_access_by_ids(void *arg)
{
	(void)arg;
	WORKS(setresuid(USER, 0, 0));
	FAILS(EACCES, access("secret", R_OK));
	WORKS(open("secret", O_RDONLY));
	WORKS(setresuid(0, USER, 0));
	WORKS(access("secret", R_OK));
	FAILS(EACCES, open("secret", O_RDONLY));
}

static void poll_over_limit(void *arg)
{
	struct rlimit few = { 20, 20 };
	struct pollfd p[21];

	(void)arg;
	for (int i = 0; i < COUNT(p); i++)
		p[i] = (struct pollfd){ .fd = -1 };
	WORKS(setrlimit(RLIMIT_NOFILE, &few));
	WORKS(poll(p, 20, 0));
	FAILS(EINVAL, poll(p, 21, 0));
}

static void takes_all(void *arg)
{
	int pid, st;

	(void)arg;
	if (setgroups(0, NULL) || setresuid(USER, USER, 0))
		_exit(91);
	while (inotify_init1(0) >= 0)
		;
	HOLDS(errno == EMFILE);
	WORKS(setresuid(0, 0, 0));
	pid = fork();
	if (pid == 0) {
		become_id(USER);
		FAILS(EMFILE, inotify_init1(0));
		_exit(0);
	}
	HOLDS(waitpid(pid, &st, 0) == pid && !st);
	pid = fork();
	if (pid == 0) {
		become_id(OTHER);
		WORKS(inotify_init1(0));
		_exit(0);
	}
	HOLDS(waitpid(pid, &st, 0) == pid && !st);
}

/* ---- mounts for reading -------------------------------------------------- */

static void reads_only(void *arg)
{
	(void)arg;
	FAILS(EROFS, mkdir("mine/new", 0700));
	FAILS(EROFS, symlink("x", "mine/new"));
	FAILS(EROFS, link("mine/f", "mine/new"));
	FAILS(EROFS, link("own", "mine/new"));	/* before EXDEV */
	FAILS(EROFS, unlink("mine/f"));
	FAILS(EROFS, rename("mine/f", "mine/new"));
	FAILS(EROFS, open("mine/f", O_WRONLY));
	FAILS(EROFS, open("mine/new", O_WRONLY | O_CREAT, 0600));
	FAILS(EROFS, chmod("mine/f", 0600));
	FAILS(EROFS, chown("mine/f", 0, 0));
	FAILS(EROFS, truncate("mine/f", 0));
	FAILS(EROFS, access("mine/f", W_OK));
	WORKS(access("mine/f", R_OK));
	FAILS(EROFS, syscall(SYS_setxattr, "mine/f", "trusted.x", "y", 1,
			     0));
	FAILS(EROFS, syscall(SYS_removexattr, "mine/f", "trusted.x"));
}

static void refuse_on_read_only(void)
{
	make_node("mine/f", 0, 0644);
	if (mount("mine", "mine", NULL, MS_BIND, NULL) ||
	    mount(NULL, "mine", NULL, MS_BIND | MS_REMOUNT | MS_RDONLY, NULL))
		tap_bail("mount");
	check_eq(in_child(reads_only, NULL), 0, "nothing changes there");
	umount2("mine", 0);
	unlink("mine/f");
}

/* ---- nodes and links ----------------------------------------------------- */

/* A character device of number 0, and one that is none. */
static void make_marks(void *arg)
{
	(void)arg;
	if (chdir("open"))
		_exit(1);
	become_id(USER);
	if (raw_syscall(SYS_mknodat, AT_FDCWD, "mark", S_IFCHR, 0))
		_exit(2);
	unlink("mark");
	if (raw_syscall(SYS_mknodat, AT_FDCWD, "b", S_IFBLK, 0) != -EPERM)
		_exit(3);
	_exit(raw_syscall(SYS_mknodat, AT_FDCWD, "n", S_IFCHR, 1) != -EPERM);
}

static void link_across(void *arg)
{
	(void)arg;
	become_id(USER);
	if (chdir("/") || link("/proc/version", "version") != -1)
		_exit(1);
	if (errno != EXDEV)
		_exit(2);
	_exit(link("/proc/version", "proc") == -1 && errno == EEXIST ? 0 : 3);
}

static void make_device(void *arg)
{
	(void)arg;
	_exit(setgid(USER) || setuid(USER) ||
	      raw_syscall(SYS_mknodat, AT_FDCWD, "there", S_IFBLK, 0) !=
	      -EEXIST);
}

static void tell_faults_before_rights(void)
{
	mkdir("open", 0777);
	chmod("open", 0777);
	check_eq(in_child(make_marks, NULL), 0,
		 "mknodat: a mark of number 0 is anybody's to make");
	rmdir("open");
	check_eq(in_child(link_across, NULL), 0,
		 "link: another file system is told before who may write here");
	put_file("there", "x", 1, 0666);
	check_eq(in_child(make_device, NULL), 0,
		 "a device under a name that is taken: EEXIST");
	unlink("there");
}

int main(void)
{
	if (geteuid())
		return tap_skip_all("for root");
	tap_scratch("name_rights");
	mkdir("closed", 0700);
	mkdir("empty", 0755);
	mkdir("mine", 0755);
	chown("mine", USER, USER);
	make_node("own", USER, 0644);
	make_node("others", OTHER, 0644);
	make_node("secret", 0, 0600);
	check_eq(in_child(enter_and_make, NULL), 0,
		 "directories one may not search");
	check_eq(in_child(make_in_closed, NULL), 0, "or not write to");
	check_eq(in_child(give_away, NULL), 0, "owners");
	check_eq(in_child(watch_secrets, NULL), 0, "watching");
	connect_to_forbidden();
	check_eq(in_child(ask_access_by_ids, NULL), 0,
		 "access(2) asks for real ids");
	check_eq(in_child(poll_over_limit, NULL), 0, "as many as one may open");
	check_eq(in_child(takes_all, NULL), 0, "a user's limit is no other's");
	refuse_on_read_only();
	unlink("own");
	unlink("others");
	unlink("secret");
	rmdir("mine");
	rmdir("empty");
	rmdir("closed");
	tell_faults_before_rights();
	tap_scratch_end();
	return tap_done();
}
