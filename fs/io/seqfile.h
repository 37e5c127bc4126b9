/* SPDX-License-Identifier: MIT */
/*
 * Files whose text is generated when it is read from its beginning
 * (<lt/seq.h>): /proc, /sys and control groups.
 */
#ifndef FS_IO_SEQFILE_H
#define FS_IO_SEQFILE_H

#include <fs/io/uio.h>
#include <lt/seq.h>

struct file;

#define SEQ_TEXT_MAX	(8u << 20)	/* bytes of a generated text */

/*
 * Generate the text of an open file into s, again with a larger buffer until it
 * fits: show(f, s) appends to s and returns 0 or -errno.
 * Context: the caller holds its own lock of s.  show() and seq_fill() may
 * sleep.
 * Return: 0 or show()'s error; -EFBIG, -ENOMEM.  s->buf then holds the text and
 * has a byte to spare for a NUL; the caller frees it.
 */
int seq_fill(struct seq *s, struct file *f,
	     int (*show)(struct file *f, struct seq *s));

/*
 * Read from a file with generated text: at position 0 the text is made anew.
 * Context: as of seq_fill().
 * Return: bytes read; -errno of seq_fill(); -EFAULT.
 */
long seq_read(struct seq *s, struct file *f,
	      int (*show)(struct file *f, struct seq *s), struct uio *u,
	      loff_t *pos);

#endif
