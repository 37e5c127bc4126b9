/* SPDX-License-Identifier: MIT */
/*
 * The last blocks of ext2 are for one user, one group and who has
 * CAP_SYS_RESOURCE (rows B17, E8): others find the disk full before.  The file
 * system is made here, on the empty disk that suites give the guest.
 */
#include <sys/mount.h>
#include <sys/wait.h>
#include "ext2_disk.h"

#define USER		1000
#define GROUP		50		/* whose they are, too */
#define SYS_RESOURCE	(1u << 24)
#define KEEP_CAPS	8
#define GROUP_AT	(1024 + 0x52)	/* in the superblock */

static const char block[1024];

static int give_to_group(void)
{
	unsigned short group = GROUP;
	int fd = open(DISK, O_RDWR);
	int ok = pwrite(fd, &group, sizeof(group), GROUP_AT) == sizeof(group);

	close(fd);
	return ok;
}

/* Of one group by its process, of another beside. */
struct who {
	unsigned uid, gid;
	gid_t beside;
	unsigned caps;
};

static void become_who(const struct who *w)
{
	struct { unsigned version; int pid; } h = { 0x20080522, 0 };
	unsigned uid = w->uid, gid = w->gid, c[6] = { w->caps, w->caps };

	syscall(SYS_prctl, KEEP_CAPS, 1, 0, 0, 0);
	if (setgroups(1, &w->beside) || setresgid(gid, gid, gid) ||
	    setresuid(uid, uid, uid) || syscall(SYS_capset, &h, c))
		_exit(100);
}

/* => does the file get blocks, `most` at most?  -1: not for want of room */
static int gets_blocks(const struct who *w, int most)
{
	int status, n = 0;
	pid_t pid = fork();

	if (pid == 0) {
		int fd;

		become_who(w);
		fd = open("m/file", O_WRONLY | O_APPEND);
		while (n < most && write(fd, block, sizeof(block)) > 0)
			n++;
		_exit(n < most && errno != ENOSPC ? 101 : n > 0);
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status) && WEXITSTATUS(status) < 2 ?
		WEXITSTATUS(status) : -1;
}

static const struct {
	const char *name;
	int takes;
	struct who who;
} tried[] = {
	{ "none of the last blocks", 0, { USER, USER, USER, 0 } },
	{ "whatever else it may", 0, { USER, USER, USER, ~SYS_RESOURCE } },
	{ "but with CAP_SYS_RESOURCE", 1, { USER, USER, USER, SYS_RESOURCE } },
	{ "or in their group", 1, { USER, GROUP, USER, 0 } },
	{ "or beside another", 1, { USER, USER, GROUP, 0 } },
	{ "not in others", 0, { USER, GROUP - 1, GROUP + 1, 0 } },
	{ "their user needs no right", 1, { 0, USER, USER, 0 } },
};

int main(void)
{
	if (getuid() || access(DISK, R_OK) || access("/bin/busybox", X_OK))
		return tap_skip_all("no disk, or nothing to make a file "
				    "system");
	tap_scratch("reserved_blocks");
	mkdir("m", 0755);
	check_eq(make_ext2("1024", "4096"), 0, "mke2fs");
	check(give_to_group(), "a group for what is reserved");
	check_eq(mount(DISK, "m", "ext2", 0, ""), 0, "mount");
	close(open("m/file", O_WRONLY | O_CREAT, 0600));
	chmod("m/file", 0666);
	check_eq(gets_blocks(&tried[0].who, 1 << 20), 1,
		 "a user takes what it can");
	for (int i = 0; i < COUNT(tried); i++)
		check_eq(gets_blocks(&tried[i].who, 1), tried[i].takes, "%s",
			 tried[i].name);
	check_eq(umount2("m", 0), 0, "umount");
	rmdir("m");
	tap_scratch_end();
	return tap_done();
}
