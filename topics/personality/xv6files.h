/* SPDX-License-Identifier: MIT */
/* xv6's file system calls (row E13, docs/xv6.md), for xv6_calls.c. */
#ifndef TOPICS_PERSONALITY_XV6FILES_H
#define TOPICS_PERSONALITY_XV6FILES_H

#include <lt/types.h>

struct kstat;

#define XV6_PATH	128		/* MAXPATH: including the NUL */
#define XV6_NAME	14		/* DIRSIZ: without a NUL */

/* Types in struct stat (T_DIR, T_FILE, T_DEVICE). */
enum { XV6_DIR = 1, XV6_FILE, XV6_DEVICE };

/* Write xv6's struct stat, whose layout depends on the machine. */
int xv6_stat_put(uaddr_t to, int type, const struct kstat *st);	/* 0, -EFAULT */

/*
 * Copy the path at `from`, with long names cut.  path: XV6_PATH bytes.
 * Return: 0, -EFAULT, -ENAMETOOLONG.
 */
int xv6_path(char *path, uaddr_t from);

/*
 * A function that serves a system call.  path: the first argument, if it is a
 * path; a: the arguments as the program passed them.
 */
typedef long xv6_serve_t(const char *path, const unsigned long *a);
xv6_serve_t xv6_pipe, xv6_read, xv6_fstat, xv6_chdir, xv6_dup, xv6_open,
	xv6_write, xv6_mknod, xv6_unlink, xv6_link, xv6_mkdir, xv6_close;

#endif
