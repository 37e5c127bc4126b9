/* SPDX-License-Identifier: MIT */
/* Names and messages of AF_UNIX sockets, as the kernel reads them. */
#ifndef TEST_GUEST_COMPAT_SOCKETS_UNIX_MESSAGE_H
#define TEST_GUEST_COMPAT_SOCKETS_UNIX_MESSAGE_H

#include "sockets.h"

struct addr {
	unsigned short family;
	char path[108];
};

#define HEAD	(sizeof(unsigned long) + 2 * sizeof(int))

#endif
