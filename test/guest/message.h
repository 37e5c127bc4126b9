/* SPDX-License-Identifier: MIT */
/* struct msghdr of sendmsg(2), as the kernel reads it. */
#ifndef TEST_MESSAGE_H
#define TEST_MESSAGE_H

#include <sys/uio.h>

struct message_header {
	void *name;
	unsigned long name_len;
	struct iovec *iov;
	unsigned long n;
	void *control;
	unsigned long control_len, flags;
};

#endif
