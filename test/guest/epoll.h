/* SPDX-License-Identifier: MIT */
/* epoll(7)'s event, as both machines have it. */
#ifndef TEST_EPOLL_H
#define TEST_EPOLL_H

#include <stdint.h>

#define EPOLLIN		1u

struct epoll_event {
	uint32_t events;
	uint64_t data;
}
#ifdef __i386__
__attribute__((packed))
#endif
;

#endif
