/* SPDX-License-Identifier: MIT */
/*
 * Pipe a core file to a program (row B6, core(5)): kernel.core_pattern begins
 * with a | and names a program, which reads the file from its standard input.
 *
 * The writer waits only for room in the pipe and for the readers to close it.
 * Only SIGKILL ends these waits: other signals stay pending in a process that
 * is ending anyway.
 */
#include "core.h"
#include "helper.h"
#include <fs/pipe/pipe.h>
#include <fs/pipe/pipe_ring.h>
#include <mm/frames/page.h>
#include <mm/frames/slab.h>

/*
 * kernel.core_pipe_limit: how many dumps to programs may run at once.  Each of
 * them waits until its program has closed the pipe.  0: any number may run, and
 * none waits.
 */
int core_pipe_limit;

static atomic_t dumps;			/* dumps to programs in progress */

/* ---- the program --------------------------------------------------------- */

static int core_pipe_start(struct core *c, const struct core_name *n)
{
	const char **argv = kmalloc((n->nr_words + 1) * sizeof(*argv));
	int err;

	if (!argv)
		return -ENOMEM;
	for (unsigned i = 0; i < n->nr_words; i++)
		argv[i] = n->text + n->word[i];
	argv[n->nr_words] = NULL;
	err = helper_start(argv, &c->file);
	kfree(argv);
	return err;
}

int core_pipe_open(struct core *c, const struct core_name *n)
{
	unsigned limit = (unsigned)READ_ONCE(core_pipe_limit);
	unsigned before = (unsigned)atomic_add(&dumps, 1) - 1;
	int err = -ENOENT;

	if (limit && before >= limit)
		err = -EBUSY;
	else if (*n->text)
		err = core_pipe_start(c, n);
	if (err)
		atomic_add(&dumps, -1);
	else
		c->file->flags |= O_NONBLOCK;
	return err;
}

/* ---- what the program reads ---------------------------------------------- */

/* Wait for room as pipe_write() would, but let only SIGKILL end the wait. */
static int wait_room(struct pipe *p, unsigned long n)
{
	n = min(n, (unsigned long)PIPE_BUF);
	return wait_event_killable(&p->write_wait, !p->readers ||
				   (!p->filling && pipe_free(p) >= n));
}

static int write_pipe(struct core *c, const void *from, unsigned long n)
{
	struct file *f = c->file;
	struct uio u;
	long done;
	int err;

	uio_kernel(&u, (void *)from, n);
	while (u.left) {
		done = f->ops->write(f, &u, &f->pos);
		if (done < 0 && done != -EAGAIN)
			return (int)done;
		err = u.left ? wait_room(pipe_of(f), u.left) : 0;
		if (err)
			return err;
	}
	c->piped += n;
	return 0;
}

/*
 * Write n bytes for the position pos.  A pipe has no file position, so the hole
 * before pos is written as zeros.
 */
int core_pipe_write(struct core *c, u64 pos, const void *from, unsigned long n)
{
	int err = 0;

	while (!err && c->piped < pos) {
		u64 hole = min(pos - c->piped, (u64)PAGE_SIZE);

		cond_resched();
		err = core_killed() ? -EINTR :
			write_pipe(c, page_virt(zero_page),
				   (unsigned long)hole);
	}
	return err ? err : write_pipe(c, from, n);
}

/* ---- the end ------------------------------------------------------------- */

/*
 * Let the readers see end of file, and wait until they have closed the pipe, so
 * that they can still look at the process in /proc.  Meanwhile the write end
 * counts as a reader, too, which keeps the pipe alive.  The wait ends when the
 * write end is the only reader left (pipe_close_end()).
 */
static void wait_readers(struct pipe *p)
{
	mutex_lock(&p->lock);
	p->readers++;
	p->writers--;
	wake_up_key(&p->read_wait, POLLIN | POLLHUP);
	mutex_unlock(&p->lock);
	wait_event_killable(&p->write_wait, p->readers == 1);
	mutex_lock(&p->lock);
	p->readers--;
	p->writers++;
	mutex_unlock(&p->lock);
}

void core_pipe_close(struct core *c)
{
	if (READ_ONCE(core_pipe_limit))
		wait_readers(pipe_of(c->file));
	file_put(c->file);
	atomic_add(&dumps, -1);
}
