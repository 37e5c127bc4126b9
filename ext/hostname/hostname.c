/* SPDX-License-Identifier: MIT */
/* sethostname(2), setdomainname(2): the two of uname(2)'s names that change. */
#include <ext/hostname/hostname.h>
#include <kernel/capable.h>
#include <kernel/uname.h>
#include <lib/mem.h>
#include <mm/uaccess.h>
#include <syscalls.h>

struct user_space *(*hostname_owner)(void);

static long set_host_name(char *to, uaddr_t name, int len)
{
	char text[UTS_LEN] = { 0 };

	if (!capable_in(hostname_owner ? hostname_owner() : NULL,
			CAP_SYS_ADMIN))
		return -EPERM;
	if (len < 0 || len >= UTS_LEN)
		return -EINVAL;
	if (copy_from_user(text, name, len))
		return -EFAULT;
	memcpy(to, text, UTS_LEN);
	return 0;
}

long sys_sethostname(uaddr_t name, int len)
{
	return set_host_name(uts_name()->nodename, name, len);
}

long sys_setdomainname(uaddr_t name, int len)
{
	return set_host_name(uts_name()->domainname, name, len);
}
