/* SPDX-License-Identifier: MIT */
/*
 * Credentials.  A task's cred is never changed in place: a change makes a new
 * one and swaps the pointer, so a reference taken stays consistent.
 */
#ifndef KERNEL_CRED_H
#define KERNEL_CRED_H

#include <kernel/task.h>

#define NGROUPS_MAX 65536

struct cred {
	ref_t refs;
	unsigned uid, euid, suid, fsuid;
	unsigned gid, egid, sgid, fsgid;
	u64 cap_permitted, cap_effective, cap_inheritable, cap_bounding;
	u64 cap_ambient;	/* within permitted and inheritable */
	unsigned securebits;
	bool no_new_privs;
	unsigned nr_groups;
	unsigned *groups;		/* sorted; owned */
};

#define SECBIT_NOROOT		0x01
#define SECBIT_NO_SETUID_FIXUP	0x04
#define SECBIT_KEEP_CAPS	0x10	/* setuid from 0 keeps them */
#define SECBIT_NO_AMBIENT	0x40	/* none is added to the ambient */
#define SECBIT_LOCKS		0xaa	/* each holds the bit below it */
#define SECBIT_ALL		0xff

#define CAP_CHOWN	0
#define CAP_DAC_OVERRIDE 1
#define CAP_DAC_READ_SEARCH 2
#define CAP_FOWNER	3
#define CAP_FSETID	4
#define CAP_KILL	5
#define CAP_SETGID	6
#define CAP_SETUID	7
#define CAP_SETPCAP	8
#define CAP_LINUX_IMMUTABLE 9
#define CAP_NET_ADMIN	12
#define CAP_NET_RAW	13
#define CAP_IPC_LOCK	14
#define CAP_IPC_OWNER	15
#define CAP_SYS_RAWIO	17
#define CAP_SYS_CHROOT	18
#define CAP_SYS_PTRACE	19
#define CAP_SYS_ADMIN	21
#define CAP_SYS_BOOT	22
#define CAP_SYS_NICE	23
#define CAP_SYS_RESOURCE 24
#define CAP_SYS_TIME	25
#define CAP_LEASE	28
#define CAP_SYS_TTY_CONFIG 26
#define CAP_MKNOD	27
#define CAP_SETFCAP	31
#define CAP_MAC_OVERRIDE 32
#define CAP_SYSLOG	34
#define CAP_CHECKPOINT_RESTORE 40
#define CAP_WAKE_ALARM	35
#define CAP_LAST	40
#define CAP_ALL		((2ull << CAP_LAST) - 1)

/* fs.suid_dumpable: DUMP_ of whoever has rights that are not its user's */
extern unsigned long suid_dumpable;	/* word */

struct cred *cred_create_root(void);	/* boot: all capabilities */
struct cred *cred_clone(const struct cred *from);	/* NULL: no memory */
static inline void cred_get(struct cred *c)
{
	ref_get(&c->refs);
}
void cred_put(struct cred *c);
/*
 * current's credentials from now; takes over the reference.  If they are
 * another's, its memory is not for all to see any more.
 */
void cred_set(struct cred *c);
/* For a moment: the old ones are handed out with their reference. */
struct cred *cred_swap(struct cred *c);
/* Would `new` let its memory's reader do what `old` could not? */
bool cred_gains(const struct cred *old, const struct cred *new);
/* Another task's, referenced; NULL: it has none. */
struct cred *cred_of(struct task *t);
bool capable(unsigned cap);		/* current, effective set */
bool cred_in_group(const struct cred *c, unsigned gid);
/* setgroups: takes over groups (kmalloc, unsorted).  => 0 or -ENOMEM */
long cred_set_groups(unsigned *groups, unsigned n);

#endif
