/* SPDX-License-Identifier: MIT */
/* UTS namespaces: the names shown by uname(2) and set by sethostname(2). */
#include <kernel/cred/capable.h>
#include <kernel/syscall/uname.h>
#include <lib/mem.h>
#include <mm/frames/slab.h>
#include <mm/uaccess.h>
#include <syscalls.h>
#include "namespace.h"

struct uts_ns {
	struct ns ns;
	struct utsname names;
};

static struct utsname *uts_names_of(const struct ns *n)
{
	return n ? &container_of(n, struct uts_ns, ns)->names : &system_name;
}

struct utsname *uts_ns_names(void)
{
	return uts_names_of(ns_current(NS_UTS));
}

static struct ns *uts_copy(const struct ns *old)
{
	struct uts_ns *u = kmalloc(sizeof(*u));

	if (!u)
		return NULL;
	u->names = *uts_names_of(old);
	return &u->ns;
}

static void uts_free(struct ns *n)
{
	kfree(container_of(n, struct uts_ns, ns));
}

static const struct ns_kind kind __table(ns_kind) = {
	NS_UTS, CLONE_NEWUTS, uts_copy, uts_free,
};

/* ---- sethostname(2), setdomainname(2) ------------------------------------ */

static long set_host_name(char *to, struct proc_changes *changes, uaddr_t name,
			  int len)
{
	char text[UTS_LEN] = { 0 };

	/* needs the capability over the owner of the caller's UTS namespace */
	if (!capable_in(ns_owner(ns_current(NS_UTS)), CAP_SYS_ADMIN))
		return -EPERM;
	if (len < 0 || len >= UTS_LEN)
		return -EINVAL;
	if (copy_from_user(text, name, len))
		return -EFAULT;
	memcpy(to, text, UTS_LEN);
	uts_changed(changes);
	return 0;
}

long sys_sethostname(uaddr_t name, int len)
{
	return set_host_name(uts_name()->nodename, &hostname_changes, name,
			     len);
}

long sys_setdomainname(uaddr_t name, int len)
{
	return set_host_name(uts_name()->domainname, &domainname_changes, name,
			     len);
}
