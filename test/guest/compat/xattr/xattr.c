/* SPDX-License-Identifier: MIT */
/*
 * Extended attributes and POSIX access control lists (row B17): each call,
 * each class, who may, and what a list means for a mode, for a new file and
 * for who opens one.  On a file system without user attributes (Linux' tmpfs)
 * those of the superuser serve.
 */
#include <stdint.h>
#include "tap.h"

#define XATTR_CREATE	1
#define XATTR_REPLACE	2
#define ACCESS		"system.posix_acl_access"
#define DEFAULT		"system.posix_acl_default"
#define CALL(name, ...)	syscall(SYS_##name, __VA_ARGS__)

enum { USER_OBJ = 1, USER = 2, GROUP_OBJ = 4, GROUP = 8, MASK = 16,
       OTHER = 32, NOBODY = -1 };

static const char *class = "user.";
static char big[70000];

static const char *name_in_class(const char *rest)
{
	static char text[2][300];
	static int k;

	k = !k;
	snprintf(text[k], sizeof(text[k]), "%s%s", class, rest);
	return text[k];
}

static long set_attribute(const char *path, const char *n, const char *value)
{
	return CALL(setxattr, path, n, value, strlen(value), 0);
}

static int has_attribute(const char *path, const char *n, const char *value)
{
	char buf[64];
	long len = CALL(getxattr, path, n, buf, sizeof(buf));

	return len == (long)strlen(value) && !memcmp(buf, value, (size_t)len);
}

/* Does a list of names have one that begins so? */
static int list_has(const char *list, long len, const char *start)
{
	for (const char *n = list; n < list + len; n += strlen(n) + 1)
		if (!strncmp(n, start, strlen(start)))
			return 1;
	return 0;
}

/* ---- values -------------------------------------------------------------- */

static void set_attribute_values(void)
{
	char buf[64];
	int fd;

	check_err(ENODATA, CALL(getxattr, "f", name_in_class("a"), buf, 64),
		  "none yet");
	check_eq(CALL(listxattr, "f", buf, 64), 0, "and an empty list");
	check_ok(set_attribute("f", name_in_class("a"), "one"), "set");
	check(has_attribute("f", name_in_class("a"), "one"), "and read");
	check_eq(CALL(getxattr, "f", name_in_class("a"), NULL, 0), 3,
		 "its length");
	check_err(ERANGE, CALL(getxattr, "f", name_in_class("a"), buf, 2),
		  "2 of 3 bytes");
	check_ok(set_attribute("f", name_in_class("a"), "another"),
		 "set again");
	check(has_attribute("f", name_in_class("a"), "another"),
	      "longer than before");
	check_ok(CALL(setxattr, "f", name_in_class("e"), NULL, 0, 0),
		 "no bytes");
	check_eq(CALL(getxattr, "f", name_in_class("e"), buf, 64), 0,
		 "are a value");
	check_err(EEXIST, CALL(setxattr, "f", name_in_class("a"), "x", 1,
			       XATTR_CREATE),
		  "XATTR_CREATE of one that is there");
	check_err(ENODATA, CALL(setxattr, "f", name_in_class("b"), "x", 1,
		  XATTR_REPLACE), "XATTR_REPLACE of none");
	check_err(EINVAL, CALL(setxattr, "f", name_in_class("b"), "x", 1, 4),
		  "an unknown flag");
	fd = open("f", O_RDONLY);
	check_ok(CALL(fsetxattr, fd, name_in_class("d"), "fd", 2, XATTR_CREATE),
		 "by a descriptor that only reads");
	check_eq(CALL(fgetxattr, fd, name_in_class("d"), buf, 64), 2,
		 "and read so");
	check_ok(CALL(fremovexattr, fd, name_in_class("d")), "and removed so");
	check_err(ENODATA, CALL(fgetxattr, fd, name_in_class("d"), buf, 64),
		  "it went");
	check_err(ENODATA, CALL(removexattr, "f", name_in_class("d")),
		  "not twice");
	close(fd);
	check_err(EBADF, CALL(fgetxattr, fd, name_in_class("d"), buf, 64),
		  "closed");
	fd = open("f", O_PATH);
	check_err(EBADF, CALL(fgetxattr, fd, name_in_class("a"), buf, 64),
		  "O_PATH");
	close(fd);
}

static void list_attributes(void)
{
	char list[256], want[64];
	long len, n = snprintf(want, sizeof(want), "%sa", class) + 1;

	len = CALL(listxattr, "f", list, sizeof(list));
	check_eq(len, 2 * n, "two names");
	check(list_has(list, len, want), "a of them");
	check_eq(CALL(listxattr, "f", NULL, 0), len, "their length");
	check_err(ERANGE, CALL(listxattr, "f", list, len - 1), "a byte short");
	check_err(EFAULT, CALL(listxattr, "f", BAD, 256), "to nowhere");
	memset(big, 'n', sizeof(big));
	big[256] = '\0';
	memcpy(big, class, strlen(class));
	check_err(ERANGE, set_attribute("f", big, "x"), "256 bytes of name");
	big[255] = '\0';
	check_ok(set_attribute("f", big, "x"), "255 bytes");
	check(has_attribute("f", big, "x"), "are kept");
	check_ok(CALL(removexattr, "f", big), "and go");
	check_err(ERANGE, set_attribute("f", "", "x"), "no name");
	check_err(EFAULT, CALL(setxattr, "f", BAD, "x", 1, 0), "name");
	check_err(EFAULT, CALL(setxattr, "f", name_in_class("v"), BAD, 1, 0),
		  "value");
	check_err(EFAULT, CALL(getxattr, "f", name_in_class("a"), BAD, 64),
		  "buffer");
	check_err(E2BIG, CALL(setxattr, "f", name_in_class("v"), big, 65537, 0),
		  "more than 64 KiB");
	check_err(EOPNOTSUPP, set_attribute("f", "nonsense", "x"), "no class");
	check_err(EOPNOTSUPP, set_attribute("f", "system.nonsense", "x"),
		  "no such list");
	check_err(EINVAL, set_attribute("f", class, "x"), "only a class");
	check_err(ENOENT, set_attribute("none", name_in_class("a"), "x"),
		  "no file");
	check_err(ENOTDIR, set_attribute("f/x", name_in_class("a"), "x"),
		  "a file on the way");
}

static int root_only(void *arg)
{
	int list = (int)(long)arg;
	char buf[256];

	if (list) {
		long n = CALL(listxattr, "f", buf, sizeof(buf));

		return n >= 0 && !list_has(buf, n, "trusted.");
	}
	return CALL(getxattr, "f", "trusted.t", buf, 64) < 0 &&
		errno == ENODATA && set_attribute("f", "trusted.t", "x") < 0 &&
		errno == EPERM;
}

/* fn(arg) as user 1000.  => what it returned */
static int ask_as_user(int (*fn)(void *), void *arg)
{
	int st = -1;
	pid_t pid = fork();

	if (pid == 0) {
		setgroups(0, NULL);
		if (setgid(1000) || setuid(1000))
			_exit(99);
		_exit(fn(arg));
	}
	waitpid(pid, &st, 0);
	return WIFEXITED(st) ? WEXITSTATUS(st) : -1;
}

static int may_set(void *path)
{
	return set_attribute(path, name_in_class("u"), "u") == 0 ? 0 : errno;
}

static int may_get(void *path)
{
	char buf[8];

	return CALL(getxattr, path, name_in_class("a"), buf, 8) >= 0 ?
	       0 : errno;
}

/* Longer than the prefix of what is root's to see. */
static int may_list(void *path)
{
	char buf[64];
	long n = CALL(listxattr, path, buf, sizeof(buf));

	for (long i = 0; i < n; i += (long)strlen(buf + i) + 1)
		if (!strcmp(buf + i, "user.longer"))
			return 0;
	return 1;
}

static void classes(void)
{
	check_ok(set_attribute("f", "trusted.t", "secret"), "trusted");
	check(has_attribute("f", "trusted.t", "secret"), "for root");
	check_eq(ask_as_user(root_only, (void *)0), 1, "not for others");
	check_eq(ask_as_user(root_only, (void *)1), 1, "nor in their list");
	check_ok(CALL(removexattr, "f", "trusted.t"), "and removed");
	symlink("f", "l");
	check_ok(CALL(lsetxattr, "l", "trusted.l", "x", 1, 0), "of a link");
	check_err(ENODATA, CALL(getxattr, "l", "trusted.l", big, 9),
		  "not of what it names");
	check_eq(CALL(lgetxattr, "l", "trusted.l", big, 9), 1, "but its own");
	check_eq(CALL(llistxattr, "l", big, 99), 10, "in its list");
	check_ok(CALL(lremovexattr, "l", "trusted.l"), "and removed");
	unlink("l");
	if (strcmp(class, "user."))
		return tap_skip("user attributes", "none here");
	mkfifo("p", 0666);
	symlink("f", "l");
	check_err(EPERM, set_attribute("p", "user.a", "x"), "user. of a FIFO");
	check_err(EPERM, CALL(lsetxattr, "l", "user.a", "x", 1, 0),
		  "of a link");
	check_err(ENODATA, CALL(getxattr, "p", "user.a", big, 9), "nor read");
	unlink("p");
	unlink("l");
	chmod("f", 0644);
	check_eq(ask_as_user(may_set, "f"), EACCES, "who may not write");
	check_eq(ask_as_user(may_get, "f"), 0, "may read");
	check_ok(set_attribute("f", "user.longer", "x"), "a longer name");
	check_eq(ask_as_user(may_list, "f"), 0, "may be listed");
	CALL(removexattr, "f", "user.longer");
	chmod("f", 0600);
	check_eq(ask_as_user(may_get, "f"), EACCES, "unless he may not");
	mkdir("s", 01777);
	chmod("s", 01777);
	check_eq(ask_as_user(may_set, "s"), EPERM, "a sticky directory");
	rmdir("s");
}

/* Of many and of great ones each is kept, or ENOSPC says it is not. */
static void fill_attribute_room(void)
{
	int kept = 0, wrong = 0;
	char n[32];

	close(open("g", O_CREAT | O_RDWR, 0600));
	memset(big, 'v', 300);
	while (kept < 40) {
		snprintf(n, sizeof(n), "%sn%d", class, kept);
		big[0] = (char)kept;
		if (CALL(setxattr, "g", n, big, 300, 0))
			break;
		kept++;
	}
	check(kept == 40 || errno == ENOSPC, "%d attributes of 300 bytes",
	      kept);
	check(kept >= 2, "more than one");
	for (int k = 0; k < kept; k++) {
		char back[300];

		snprintf(n, sizeof(n), "%sn%d", class, k);
		wrong += CALL(getxattr, "g", n, back, 300) != 300 ||
			back[0] != k || back[299] != 'v';
	}
	check_eq(wrong, 0, "all of them as they were set");
	for (int k = 0; k < kept; k++) {
		snprintf(n, sizeof(n), "%sn%d", class, k);
		wrong += CALL(removexattr, "g", n) != 0;
	}
	check_eq(wrong, 0, "and all removed");
	check_eq(CALL(listxattr, "g", NULL, 0), 0, "nothing is left");
	unlink("g");
}

/* ---- lists --------------------------------------------------------------- */

struct entry {
	uint16_t tag, perm;
	uint32_t id;
};

struct list {
	uint32_t version;
	struct entry e[12];
};

#define E(t, p, ...)	{ t, p, __VA_ARGS__ + 0 }

/* n entries of l */
static long put_list(const char *path, const char *which,
		     const struct list *l, int n)
{
	return CALL(setxattr, path, which, l, 4 + 8 * n, 0);
}

/* Of the tag's first entry */
static int perm_in(const char *path, const char *which, int tag)
{
	struct list l;
	long n = CALL(getxattr, path, which, &l, sizeof(l));

	for (int k = 0; k < (n - 4) / 8; k++)
		if (l.e[k].tag == tag)
			return l.e[k].perm;
	return -1;
}

static void bad_lists(void)
{
	static const struct {
		const char *what;
		int err, n;
		struct list l;
	} bad[] = {
		{ "version 1", EOPNOTSUPP, 3, { 1, { E(USER_OBJ, 7),
		  E(GROUP_OBJ, 7), E(OTHER, 7) } } },
		{ "no others", EINVAL, 2, { 2, { E(USER_OBJ, 7),
		  E(GROUP_OBJ, 7) } } },
		{ "two owners", EINVAL, 4, { 2, { E(USER_OBJ, 7),
		  E(USER_OBJ, 7), E(GROUP_OBJ, 7), E(OTHER, 7) } } },
		{ "the wrong order", EINVAL, 3, { 2, { E(GROUP_OBJ, 7),
		  E(USER_OBJ, 7), E(OTHER, 7) } } },
		{ "a user and no mask", EINVAL, 4, { 2, { E(USER_OBJ, 7),
		  E(USER, 7, 5), E(GROUP_OBJ, 7), E(OTHER, 7) } } },
		{ "permission 8", EINVAL, 3, { 2, { E(USER_OBJ, 8),
		  E(GROUP_OBJ, 7), E(OTHER, 7) } } },
		{ "an unknown tag", EINVAL, 4, { 2, { E(USER_OBJ, 7),
		  E(GROUP_OBJ, 7), E(OTHER, 7), E(64, 7) } } },
		{ "user -1", EINVAL, 5, { 2, { E(USER_OBJ, 7),
		  E(USER, 7, 0xffffffff), E(GROUP_OBJ, 7), E(MASK, 7),
		  E(OTHER, 7) } } },
	};
	struct list l = { 2, { E(USER_OBJ, 7), E(GROUP_OBJ, 7), E(OTHER, 7) } };

	for (int k = 0; k < COUNT(bad); k++)
		check_err(bad[k].err, put_list("f", ACCESS, &bad[k].l,
			  bad[k].n), "%s", bad[k].what);
	check_err(EINVAL, CALL(setxattr, "f", ACCESS, &l, 27, 0),
		  "three entries less a byte");
	check_err(EINVAL, CALL(setxattr, "f", ACCESS, &l, 3, 0), "3 bytes");
	check_err(EACCES, put_list("f", DEFAULT, &l, 3),
		  "a default for a file");
	check_err(ENODATA, CALL(getxattr, "f", ACCESS, &l, sizeof(l)),
		  "nothing of it was set");
}

static int errno_of_open(void *path)
{
	int fd = open(path, O_RDONLY);

	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

static int opens_to_write(void *path)
{
	int fd = open(path, O_WRONLY);

	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

static int sets_list(void *path)
{
	struct list l = { 2, { E(USER_OBJ, 7), E(GROUP_OBJ, 7), E(OTHER, 7) } };

	return put_list(path, ACCESS, &l, 3) ? errno : 0;
}

static void access_lists(void)
{
	struct list l = { 2, { E(USER_OBJ, 6), E(USER, 7, 1000),
		E(GROUP_OBJ, 0), E(MASK, 4), E(OTHER, 0) } };
	struct list deny = { 2, { E(USER_OBJ, 6), E(USER, 0, 1000),
		E(GROUP_OBJ, 6), E(GROUP, 6, 1000), E(MASK, 6), E(OTHER, 6) } };
	struct list groups = { 2, { E(USER_OBJ, 6), E(GROUP_OBJ, 0),
		E(GROUP, 4, 1000), E(MASK, 6), E(OTHER, 6) } };
	struct list plain = { 2, { E(USER_OBJ, 6), E(GROUP_OBJ, 4),
		E(OTHER, 1) } };
	struct list others = { 2, { E(USER_OBJ, 6), E(USER, 6, 1001),
		E(GROUP_OBJ, 0), E(GROUP, 6, 1001), E(MASK, 6), E(OTHER, 0) } };
	struct stat st;

	chmod("f", 0600);
	check_eq(ask_as_user(errno_of_open, "f"), EACCES,
		 "the mode lets nobody read");
	check_eq(ask_as_user(sets_list, "f"), EPERM, "only the owner sets one");
	check_ok(put_list("f", ACCESS, &l, 5), "a list names user 1000");
	check_eq(mode_bits("f"), 0640, "the mode shows its mask");
	check_eq(ask_as_user(errno_of_open, "f"), 0, "he may read");
	check_eq(ask_as_user(opens_to_write, "f"), EACCES,
		 "the mask says no more");
	check_ok(chmod("f", 0660), "chmod");
	check_eq(perm_in("f", ACCESS, MASK), 6, "sets the mask");
	check_eq(perm_in("f", ACCESS, GROUP_OBJ), 0, "not the group");
	check_eq(ask_as_user(opens_to_write, "f"), 0, "now he may write");
	check_ok(put_list("f", ACCESS, &deny, 6), "a list refuses him");
	check_eq(mode_bits("f"), 0666, "though all others may");
	check_eq(ask_as_user(errno_of_open, "f"), EACCES, "he is refused");
	check_ok(put_list("f", ACCESS, &groups, 5), "his group may read");
	check_eq(ask_as_user(errno_of_open, "f"), 0, "he may");
	check_eq(ask_as_user(opens_to_write, "f"), EACCES,
		 "but not what others may");
	check_ok(put_list("f", ACCESS, &others, 6), "a list of others");
	check_eq(ask_as_user(errno_of_open, "f"), EACCES, "is not for him");
	check_ok(put_list("f", ACCESS, &plain, 3), "a list like a mode");
	check_eq(mode_bits("f"), 0641, "becomes the mode");
	check_err(ENODATA, CALL(getxattr, "f", ACCESS, &l, 99), "and no list");
	check_ok(put_list("f", ACCESS, &deny, 6), "once more");
	check_ok(CALL(removexattr, "f", ACCESS), "removed");
	check_eq(ask_as_user(errno_of_open, "f"), 0, "the mode is left");
	chown("f", 1000, 2000);
	chmod("f", 02770);
	check_eq(ask_as_user(sets_list, "f"), 0, "its owner sets a list");
	stat("f", &st);
	check_eq(st.st_mode & 07777, 0777,
		 "and no group's bit of a group that is not its own");
	chown("f", 0, 0);
	chmod("f", 0600);
}

/* The way through a directory whose mode lets everybody. */
static void search(void)
{
	struct list deny = { 2, { E(USER_OBJ, 7), E(USER, 0, 1000),
		E(GROUP_OBJ, 7), E(MASK, 7), E(OTHER, 7) } };

	mkdir("d", 0777);
	chmod("d", 0777);
	close(open("d/f", O_CREAT | O_RDWR, 0644));
	check_eq(ask_as_user(errno_of_open, "d/f"), 0, "through a directory");
	check_ok(put_list("d", ACCESS, &deny, 5), "its list refuses him");
	check_eq(mode_bits("d"), 0777, "its mode nobody");
	check_eq(ask_as_user(errno_of_open, "d/f"), EACCES, "no way through");
	unlink("d/f");
	rmdir("d");
}

static void defaults(void)
{
	struct list l = { 2, { E(USER_OBJ, 7), E(USER, 7, 1000),
		E(GROUP_OBJ, 5), E(MASK, 7), E(OTHER, 5) } };
	struct list plain = { 2, { E(USER_OBJ, 7), E(GROUP_OBJ, 7),
		E(OTHER, 0) } };
	mode_t mask = umask(077);
	int fd;

	mkdir("d", 0777);
	check_eq(mode_bits("d"), 0700, "the umask counts");
	check_ok(put_list("d", DEFAULT, &l, 5), "a default list");
	check_eq(mode_bits("d"), 0700, "is not for itself");
	close(open("d/f", O_CREAT | O_RDWR, 0666));
	check_eq(mode_bits("d/f"), 0664, "a new file: the umask does not");
	check_eq(perm_in("d/f", ACCESS, USER), 7, "it has the list");
	check_eq(perm_in("d/f", ACCESS, MASK), 6, "less what was not asked");
	check_eq(perm_in("d/f", DEFAULT, USER), -1, "and no default");
	mkdir("d/d", 0750);
	check_eq(mode_bits("d/d"), 0750, "a new directory");
	check_eq(perm_in("d/d", ACCESS, MASK), 5, "has the list");
	check_eq(perm_in("d/d", DEFAULT, MASK), 7, "and the default whole");
	mkdir("d/d/e", 0777);
	check_eq(perm_in("d/d/e", DEFAULT, USER), 7, "and so on");
	symlink("f", "d/l");
	check_eq(CALL(llistxattr, "d/l", NULL, 0), 0, "a link has none");
	mkfifo("d/p", 0600);
	check_eq(perm_in("d/p", ACCESS, USER), 7, "a FIFO has");
	check_eq(perm_in("d/p", ACCESS, MASK), 0, "for nobody");
	fd = open("d", O_TMPFILE | O_RDWR, 0640);
	check(fd >= 0 && CALL(fgetxattr, fd, ACCESS, NULL, 0) == 44,
	      "a file without a name has it");
	close(fd);
	check_ok(put_list("d", DEFAULT, &plain, 3), "a default like a mode");
	close(open("d/g", O_CREAT | O_RDWR, 0666));
	check_eq(mode_bits("d/g"), 0660, "is a mode for what is new");
	check_err(ENODATA, CALL(getxattr, "d/g", ACCESS, big, 99), "no list");
	check_ok(CALL(setxattr, "d", DEFAULT, &plain, 4, 0), "an empty list");
	check_err(ENODATA, CALL(getxattr, "d", DEFAULT, big, 99), "is none");
	close(open("d/h", O_CREAT | O_RDWR, 0666));
	check_eq(mode_bits("d/h"), 0600, "the umask counts again");
	umask(mask);
	unlink("d/f");
	unlink("d/g");
	unlink("d/h");
	unlink("d/l");
	unlink("d/p");
	rmdir("d/d/e");
	rmdir("d/d");
	rmdir("d");
}

/* For tests of disks: xattr set PATH NAME VALUE, get PATH NAME, list PATH */
static int by_hand(int argc, char **argv)
{
	char buf[4096];
	long n = -1;

	if (argc == 5 && !strcmp(argv[1], "set"))
		return set_attribute(argv[2], argv[3], argv[4]) != 0;
	if (argc == 4 && !strcmp(argv[1], "get"))
		n = CALL(lgetxattr, argv[2], argv[3], buf, sizeof(buf));
	if (argc == 3 && !strcmp(argv[1], "list"))
		n = CALL(llistxattr, argv[2], buf, sizeof(buf));
	for (long k = 0; k < n; k++)
		putchar(buf[k] ? buf[k] : '\n');
	putchar('\n');
	return n < 0;
}

static void set_by_flags(void)
{
	if (syscall(SYS_setxattr, "f", "user.a", "1", 1, 1)) {
		tap_skip("XATTR_CREATE", "no attributes here");
		return;
	}
	check_err(EEXIST, syscall(SYS_setxattr, "f", "user.a", "2", 1, 1),
		  "XATTR_CREATE");
	check_ok(syscall(SYS_setxattr, "f", "user.a", "2", 1, 2),
		 "XATTR_REPLACE");
	check_err(ENODATA, syscall(SYS_setxattr, "f", "user.b", "2", 1, 2),
		  "what is there");
	check_err(EINVAL, syscall(SYS_setxattr, "f", "user.a", "2", 1, 4),
		  "no such flag");
}

int main(int argc, char **argv)
{
	if (argc > 1)
		return by_hand(argc, argv);
	if (getuid() != 0)
		return tap_skip_all("needs root");
	tap_scratch("xattr");
	chmod(".", 0755);
	close(open("f", O_CREAT | O_RDWR, 0600));
	if (set_attribute("f", "user.a", "") && errno == EOPNOTSUPP)
		class = "trusted.";
	else
		CALL(removexattr, "f", "user.a");
	set_attribute_values();
	list_attributes();
	classes();
	fill_attribute_room();
	bad_lists();
	access_lists();
	search();
	defaults();
	unlink("f");
	put_file("f", "text", 4, 0600);
	set_by_flags();
	unlink("f");
	tap_scratch_end();
	return tap_done();
}
