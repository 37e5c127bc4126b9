/* SPDX-License-Identifier: MIT */
/* xv6's calls on files (row E13, docs/xv6.md), for the shim that has them. */
#ifndef TOPICS_PERSONALITY_XV6FILES_H
#define TOPICS_PERSONALITY_XV6FILES_H

#include <lt/types.h>

struct kstat;

#define XV6_PATH	128		/* MAXPATH: with the NUL */
#define XV6_NAME	14		/* DIRSIZ: without */

/* T_ of struct stat. */
enum { XV6_DIR = 1, XV6_FILE, XV6_DEVICE };

/* What fstat tells, which each machine lays out in its own way. */
int xv6_stat_put(uaddr_t to, int type, const struct kstat *st);	/* 0, -EFAULT */

/*
 * Of the first argument, with its names cut; path: XV6_PATH bytes.
 * Return: 0, -EFAULT, -ENAMETOOLONG.
 */
int xv6_path(char *path, uaddr_t from);

/* A call: of words as the program passed them, the first of them a path? */
typedef long xv6_serve_t(const char *path, const unsigned long *a);
xv6_serve_t xv6_pipe, xv6_read, xv6_fstat, xv6_chdir, xv6_dup, xv6_open,
	xv6_write, xv6_mknod, xv6_unlink, xv6_link, xv6_mkdir, xv6_close;

#endif
