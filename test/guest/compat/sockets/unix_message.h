/* SPDX-License-Identifier: MIT */
/* Names and messages of AF_UNIX sockets, as the kernel reads them. */
#ifndef TEST_GUEST_COMPAT_SOCKETS_UNIX_MESSAGE_H
#define TEST_GUEST_COMPAT_SOCKETS_UNIX_MESSAGE_H

struct addr {
	unsigned short family;
	char path[108];
};

struct message {
	void *name;
	int name_len;
	struct iov { void *base; unsigned long len; } *iov;
	unsigned long nr_iov;
	void *control;
	unsigned long control_len;
	unsigned flags;
};

#define HEAD	(sizeof(unsigned long) + 2 * sizeof(int))

#endif
