/* SPDX-License-Identifier: MIT */
/* The body of sendfile(2). */
#ifndef COMPAT_PIPES_SPLICE_H
#define COMPAT_PIPES_SPLICE_H

#include <lt/types.h>

/* pos: where from, moved on; NULL: the input's own position */
long do_sendfile(int out, int in, loff_t *pos, unsigned long count);

#endif
