/* SPDX-License-Identifier: MIT */
/* select(2) on descriptors below 1024. */
#ifndef LIBC_SYS_SELECT_H
#define LIBC_SYS_SELECT_H

#include <sys/types.h>
#include <time.h>

#define FD_SETSIZE	1024
#define __FD_BITS	(8 * sizeof(long))

typedef struct {
	unsigned long bits[FD_SETSIZE / __FD_BITS];
} fd_set;

#define FD_ZERO(s)	(*(s) = (fd_set){ { 0 } })
#define FD_SET(f, s)	\
	((s)->bits[(f) / __FD_BITS] |= 1UL << ((f) % __FD_BITS))
#define FD_CLR(f, s)	\
	((s)->bits[(f) / __FD_BITS] &= ~(1UL << ((f) % __FD_BITS)))
#define FD_ISSET(f, s)	\
	((s)->bits[(f) / __FD_BITS] >> ((f) % __FD_BITS) & 1)

int pselect(int n, fd_set *r, fd_set *w, fd_set *e,
	    const struct timespec *t, const uint64_t *sigmask);

#endif
