/* SPDX-License-Identifier: MIT */
/* The system's names for uname(2). */
#include <kernel/ops/namespace_ops.h>
#include "uname.h"
#include <mm/uaccess.h>
#include <syscalls.h>

struct utsname system_name = {
	.sysname = "Linux",
	.nodename = "lectern",
	.release = "6.6.0-lectern",
	.version = "Lectern " LT_VERSION,
	.machine = ARCH_MACHINE,
	.domainname = "(none)",
};

struct proc_changes hostname_changes = {
	.wait = WAIT_QUEUE_INIT(hostname_changes.wait),
};
struct proc_changes domainname_changes = {
	.wait = WAIT_QUEUE_INIT(domainname_changes.wait),
};

void uts_changed(struct proc_changes *c)
{
	__atomic_fetch_add(&c->count, 1, __ATOMIC_RELAXED);
	wake_up(&c->wait);
}

struct utsname *uts_name(void)
{
	return namespace_ops ? namespace_ops->uts_name() : &system_name;
}

long sys_uname(uaddr_t buf)
{
	return copy_to_user(buf, uts_name(), sizeof(struct utsname));
}
