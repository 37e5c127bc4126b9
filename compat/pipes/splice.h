/* SPDX-License-Identifier: MIT */
/* Implementation of sendfile(2). */
#ifndef COMPAT_PIPES_SPLICE_H
#define COMPAT_PIPES_SPLICE_H

#include <lt/types.h>

/* pos: input position, advanced; NULL: the file's own position */
long do_sendfile(int out, int in, loff_t *pos, unsigned long count);

#endif
