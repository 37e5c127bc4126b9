/* SPDX-License-Identifier: MIT */
/*
 * The credentials of a task, and checks of the running task's capabilities
 * (rows B17, D8).  A capability counts in the task's own user namespace and in
 * the namespaces below it.
 */
#ifndef KERNEL_CRED_CAPABLE_H
#define KERNEL_CRED_CAPABLE_H

#include <kernel/current.h>
#include <kernel/ops/namespace_ops.h>
#include <lt/atomic.h>
#include <lt/types.h>

struct cred {
	ref_t refs;
	struct user_space *space;	/* referenced; NULL: the initial
					   namespace */
	struct user *user;		/* referenced; belongs to uid */
	unsigned uid, euid, suid, fsuid;
	unsigned gid, egid, sgid, fsgid;
	u64 cap_permitted, cap_effective, cap_inheritable, cap_bounding;
	u64 cap_ambient;	/* a subset of both permitted and inheritable */
	unsigned securebits;
	bool no_new_privs;
	unsigned nr_groups;
	unsigned *groups;		/* sorted; freed with this struct */
};

#define SECBIT_NOROOT		0x01
#define SECBIT_NO_SETUID_FIXUP	0x04
#define SECBIT_KEEP_CAPS	0x10	/* setuid() from 0 keeps capabilities */
#define SECBIT_NO_AMBIENT	0x40	/* no capability becomes ambient */
#define SECBIT_LOCKS		0xaa	/* each locks the bit below it */
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
#define CAP_SYS_MODULE	16
#define CAP_SYS_RAWIO	17
#define CAP_SYS_CHROOT	18
#define CAP_SYS_PTRACE	19
#define CAP_SYS_PACCT	20
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

/*
 * True if c has capability cap in user namespace n, which need not be c's own.
 */
static inline bool cred_has(const struct cred *c, const struct user_space *n,
			    int cap)
{
	return likely(c->space == n) ? c->cap_effective >> cap & 1 :
		n && namespace_ops->user_has(c, n, cap);
}

/*
 * True if current has cap in user namespace `space` (capable_in), in the
 * initial one (capable), or in its own (capable_here).
 */
#define capable_in(space, cap)	cred_has(current->cred, space, cap)
#define capable(cap)		capable_in(NULL, cap)
#define capable_here(cap)	capable_in(current->cred->space, cap)

#endif
