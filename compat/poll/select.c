/* SPDX-License-Identifier: MIT */
/*
 * select(2) and pselect6: three sets of descriptors in, three out, on top of
 * the loop of poll(2) and its wait queue entries (fs/open/poll.c).
 */
#include <fs/fs.h>
#include <fs/hooks.h>
#include <fs/open/fd.h>
#include <fs/path/namei.h>
#include <lib/mem.h>
#include <fs/open/poll.h>
#include <kernel/time/time.h>
#include <mm/frames/slab.h>
#include <mm/uaccess.h>
#include <syscalls.h>

#define WORD_BITS (8 * (unsigned)sizeof(long))
/* select(2), "Correspondence between select() and poll() notifications" */
#define READ_SET  (POLLRDNORM | POLLRDBAND | POLLIN | POLLHUP | POLLERR)
#define WRITE_SET (POLLWRBAND | POLLWRNORM | POLLOUT | POLLERR)
#define FEW_WORDS 4

/* Three requested sets, then three result sets, each `words` long. */
struct select_args {
	unsigned n, words;
	unsigned long *set;
	bool bad_fd;
};

static const unsigned set_events[3] = { READ_SET, WRITE_SET, POLLPRI };

/* True if fd is open, even with O_PATH, which cannot be polled. */
static bool is_open(int fd)
{
	struct file *f = fd_file_path(fd);

	if (f)
		file_put(f);
	return f;
}

/* Poll one descriptor; asked: bit 0 read, 1 write, 2 exceptions. */
static long select_fd(struct select_args *a, unsigned fd, unsigned asked,
		      struct poll_set *t)
{
	unsigned events = 0, got;
	long found = 0;

	for (unsigned s = 0; s < 3; s++)
		if (asked & 1u << s)
			events |= set_events[s];
	got = poll_fd((int)fd, t, events);
	if (got & POLLNVAL) {
		a->bad_fd = !is_open((int)fd);
		if (a->bad_fd)
			return 0;
		got = ~0u;		/* O_PATH: ready in every set */
	}
	for (unsigned s = 0; s < 3; s++) {
		if (!(asked & 1u << s) || !(got & set_events[s]))
			continue;
		a->set[(3 + s) * a->words + fd / WORD_BITS] |=
			1ul << (fd % WORD_BITS);
		found++;
	}
	return found;
}

/* Poll all requested descriptors; skip words without any bit. */
static long select_scan(void *arg, struct poll_set *t)
{
	struct select_args *a = arg;
	unsigned long *in = a->set, *out = in + a->words, *ex = out + a->words;
	long found = 0;

	memset(ex + a->words, 0, 3 * a->words * sizeof(long));
	for (unsigned fd = 0; fd < a->n; fd++) {
		unsigned w = fd / WORD_BITS, b = fd % WORD_BITS;
		unsigned asked = (in[w] >> b & 1) | (out[w] >> b & 1) << 1 |
			(ex[w] >> b & 1) << 2;

		if (!(in[w] | out[w] | ex[w])) {
			fd |= WORD_BITS - 1;
			continue;
		}
		if (asked) {
			found += select_fd(a, fd, asked, t);
			if (a->bad_fd)
				return -EBADF;
			if (found)
				t = NULL;
		}
	}
	return found;
}

/* Copy the sets in, and clear the undefined bits from n on. */
static int select_sets_in(struct select_args *a, const uaddr_t user[3])
{
	for (unsigned s = 0; s < 3; s++) {
		unsigned long *set = a->set + s * a->words;

		memset(set, 0, a->words * sizeof(long));
		if (user[s] && copy_from_user(set, user[s],
					      a->words * sizeof(long)))
			return -EFAULT;
		if (a->n % WORD_BITS)
			set[a->words - 1] &= (1ul << (a->n % WORD_BITS)) - 1;
	}
	return 0;
}

static int select_sets_out(const struct select_args *a, const uaddr_t user[3])
{
	for (unsigned s = 0; s < 3; s++)
		if (user[s] && copy_to_user(user[s],
				a->set + (3 + s) * a->words,
				a->words * sizeof(long)))
			return -EFAULT;
	return 0;
}

/*
 * Poll the descriptors below n.  As on Linux, n is limited to the size of the
 * descriptor table: larger numbers cannot be open.
 */
long do_select(int n, uaddr_t in, uaddr_t out, uaddr_t ex, ktime_t deadline,
	       const sigmask_t *mask)
{
	const uaddr_t user[3] = { in, out, ex };
	unsigned long few[6 * FEW_WORDS];
	struct select_args a = { .set = few };
	unsigned max = current->files->size;
	sigmask_t old;
	long found;

	if (n < 0)
		return -EINVAL;
	a.n = (unsigned)n < max ? (unsigned)n : max;
	a.words = (a.n + WORD_BITS - 1) / WORD_BITS;
	if (a.words > FEW_WORDS) {
		a.set = kmalloc(6 * a.words * sizeof(long));
		if (!a.set)
			return -ENOMEM;
	}
	found = select_sets_in(&a, user);
	if (found)
		goto done;
	old = poll_mask_enter(mask);
	found = poll_loop(select_scan, &a, deadline);
	poll_mask_leave(mask, old, found);
	if (found >= 0 && select_sets_out(&a, user))
		found = -EFAULT;
done:
	if (a.set != few)
		kfree(a.set);
	return found;
}

/*
 * System calls have six arguments, so the last one points to the mask and its
 * size.
 */
long sys_pselect6(int n, uaddr_t in, uaddr_t out, uaddr_t ex, uaddr_t timeout,
		  uaddr_t mask)
{
	struct { uaddr_t at; unsigned long size; } s = { 0, 0 };
	sigmask_t m;
	ktime_t deadline;
	long found;

	if (mask && get_user(&s, mask))
		return -EFAULT;
	found = poll_deadline_get(timeout, &deadline);
	if (found)
		return found;
	found = poll_mask_get(&m, s.at, s.size);
	if (found)
		return found;
	found = do_select(n, in, out, ex, deadline, s.at ? &m : NULL);
	return poll_tell_left(found, timeout, deadline);
}
