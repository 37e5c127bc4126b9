/* SPDX-License-Identifier: MIT */
/* Reading of generated text: see seqfile.h. */
#include "seqfile.h"
#include <mm/frames/slab.h>
#include <uapi/errno.h>

#define TEXT_FIRST	2048		/* bytes of the first buffer */

/* The text may grow between two tries, so a quarter more is allocated. */
int seq_fill(struct seq *s, struct file *f,
	     int (*show)(struct file *f, struct seq *s))
{
	int err;

	for (;;) {
		s->len = 0;
		err = show(f, s);
		if (err)
			return err;
		if (s->len < s->size)
			return 0;
		size_t size = ALIGN_UP(s->len + s->len / 4 + 1,
				       (size_t)TEXT_FIRST);

		if (size > SEQ_TEXT_MAX)
			return -EFBIG;
		kfree(s->buf);
		s->size = 0;
		s->buf = kmalloc(size);
		if (!s->buf)
			return -ENOMEM;
		s->size = size;
	}
}

long seq_read(struct seq *s, struct file *f,
	      int (*show)(struct file *f, struct seq *s), struct uio *u,
	      loff_t *pos)
{
	unsigned long n, done;
	int err = *pos == 0 || !s->buf ? seq_fill(s, f, show) : 0;

	if (err)
		return err;
	if (*pos < 0 || (u64)*pos >= s->len)
		return 0;
	n = min(u->left, (unsigned long)(s->len - (size_t)*pos));
	done = uio_put(u, s->buf + *pos, n);
	*pos += (loff_t)done;
	return done || !n ? (long)done : -EFAULT;
}
