/* SPDX-License-Identifier: MIT */
/*
 * Traps in directories like /tmp, which everybody may write to and where nobody
 * removes another's files (row A1): a program that opens a name it made up may
 * find a link or a file there that was put there for it.  The settings are
 * those of /proc/sys/fs, protected_*; only what an honest program seldom does
 * is refused.  It sets the rules that path walk, open and link(2) ask for.
 */
#include <fs/io/pagefile.h>
#include <fs/path/namei.h>
#include <kernel/cred/cred.h>
#include <lt/init.h>
#include <lt/procfile.h>

static unsigned long links_to_follow = 1, links_to_make = 1;	/* words */
static unsigned long fifos, regular;				/* words */

SYSCTL_NUMBERS(numbers) = {
	{ "fs/protected_symlinks", &links_to_follow, 0, 1 },
	{ "fs/protected_hardlinks", &links_to_make, 0, 1 },
	{ "fs/protected_fifos", &fifos, 0, 2 },
	{ "fs/protected_regular", &regular, 0, 2 },
};

/* The caller's, or of whom the directory trusts?  The kernel's own: yes. */
static bool trusted(const struct inode *dir, const struct inode *i)
{
	const struct cred *c = current->cred;

	return !c || i->uid == c->fsuid || i->uid == dir->uid;
}

static int may_follow(const struct inode *dir, const struct inode *i)
{
	unsigned both = S_ISVTX | 0002;

	return (dir->mode & both) != both || !READ_ONCE(links_to_follow) ||
		trusted(dir, i) ? 0 : -EACCES;
}

/* 2: where only a group may write, too. */
static int sticky_may_open(const struct inode *dir, const struct inode *i)
{
	unsigned long level = S_ISFIFO(i->mode) ? READ_ONCE(fifos) :
			      S_ISREG(i->mode) ? READ_ONCE(regular) : 0;
	unsigned writers = level > 1 ? 0022 : 0002;

	return !level || !(dir->mode & S_ISVTX) || !(dir->mode & writers) ||
		trusted(dir, i) ? 0 : -EACCES;
}

/* A name of what its maker may change anyway, and that gives no rights. */
static int sticky_may_link(struct inode *i)
{
	if (!READ_ONCE(links_to_make) || inode_owner_or_capable(i))
		return 0;
	if (!S_ISREG(i->mode) || i->mode & S_ISUID ||
	    (i->mode & (S_ISGID | 0010)) == (S_ISGID | 0010))
		return -EPERM;
	return inode_permission(i, R_OK | W_OK) ? -EPERM : 0;
}

static const struct sticky_rules rules = {
	.may_follow = may_follow,
	.may_open = sticky_may_open,
	.may_link = sticky_may_link,
};

static void sticky_init(void)
{
	sticky_rules = &rules;
}
INIT(fs, sticky_init);
