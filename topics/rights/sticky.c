/* SPDX-License-Identifier: MIT */
/*
 * Protection against traps in directories like /tmp, where everybody may create
 * files and only owners may remove them (row A1): a program that opens a file
 * with a predictable name may find a link or a file that an attacker put there.
 * The settings are /proc/sys/fs/protected_*; they refuse only what honest
 * programs rarely do.  Path walk, open and link(2) call these rules.
 */
#include <fs/io/pagefile.h>
#include <fs/path/namei.h>
#include <kernel/cred/cred.h>
#include <lt/init.h>
#include <lt/procfile.h>

/* accessed without a lock */
static unsigned long links_to_follow = 1, links_to_make = 1;
/* accessed without a lock */
static unsigned long fifos, regular;

SYSCTL_NUMBERS(numbers) = {
	{ "fs/protected_symlinks", &links_to_follow, 0, 1 },
	{ "fs/protected_hardlinks", &links_to_make, 0, 1 },
	{ "fs/protected_fifos", &fifos, 0, 2 },
	{ "fs/protected_regular", &regular, 0, 2 },
};

/*
 * True if the inode belongs to the caller or to the directory's owner.  The
 * kernel itself is always trusted.
 */
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

/*
 * Check whether a FIFO or a regular file may be opened.  Level 2 includes
 * directories that only a group may write to.
 */
static int sticky_may_open(const struct inode *dir, const struct inode *i)
{
	unsigned long level = S_ISFIFO(i->mode) ? READ_ONCE(fifos) :
			      S_ISREG(i->mode) ? READ_ONCE(regular) : 0;
	unsigned writers = level > 1 ? 0022 : 0002;

	return !level || !(dir->mode & S_ISVTX) || !(dir->mode & writers) ||
		trusted(dir, i) ? 0 : -EACCES;
}

/*
 * Allow a hard link only to an inode that the caller may write to anyway and
 * that grants no privileges.
 */
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
