/* SPDX-License-Identifier: MIT */
/*
 * `trace`, which leaves records in the rings, and `trace_pipe`, which removes
 * them and waits for more (row C11).  Both show the records of all CPUs in the
 * order of their times, or those of one CPU, in Linux's line format.
 */
#include <fs/io/pagefile.h>
#include <topics/proc/proc.h>
#include "tracefs.h"
#include <fs/open/poll.h>
#include <kernel/lock/lock.h>
#include <kernel/time/timer.h>
#include <kernel/wait/wait.h>
#include <lib/mem.h>
#include <lib/printf.h>
#include <lt/arch.h>
#include <lt/init.h>
#include <mm/frames/slab.h>

#define LINE	(RING_TEXT + 256)
#define NAP	(20 * 1000000ull)	/* ns between checks for more */

struct reader {
	struct mutex lock;
	bool pipe;			/* const */
	int cpu;			/* const; -1: all */
	bool begun;			/* [lock] the first text was returned */
	struct ring_place at[MAX_CPUS];	/* [lock] position of `trace` */
	u64 lost[MAX_CPUS];		/* [lock] losses reported */
	struct seq line;		/* [lock] */
	size_t done;			/* [lock] bytes of line already read */
	char text[LINE];
	struct {
		struct ring_head head;
		u8 data[sizeof(struct trace_common) + RING_TEXT + 8];
	} record;			/* [lock] */
};

/* ---- lines --------------------------------------------------------------- */

static void tracefs_read_show_time(struct seq *s, u64 time)
{
	if (READ_ONCE(trace_clock) == TRACE_COUNTER) {
		seq_print(s, " %12llu: ", (unsigned long long)time);
		return;
	}
	seq_print(s, " %5llu.%06llu: ",
		  (unsigned long long)(time / NSEC_PER_SEC),
		  (unsigned long long)(time % NSEC_PER_SEC / 1000));
}

static void show_mark(struct seq *s, const char *text)
{
	size_t n = strlen(text);

	while (n && text[n - 1] == '\n')
		n--;
	seq_print(s, "tracing_mark_write: ");
	seq_put(s, text, n);
}

void trace_line(struct seq *s, const struct ring_head *h)
{
	const struct trace_common *c = (const struct trace_common *)(h + 1);
	const struct trace_event *e;

	seq_print(s, "%16s-%-7d [%03u] %c%c%c%c. ",
		  c->pid ? h->comm : "<idle>", c->pid, h->cpu,
		  c->flags & TRACE_IRQS_OFF ? 'd' : '.',
		  c->flags & TRACE_RESCHED ? 'n' : '.',
		  c->flags & TRACE_IN_IRQ ? 'h' : '.',
		  c->preempt ? '1' : '.');
	tracefs_read_show_time(s, h->time);
	mutex_lock(&trace_control);
	for (e = trace_events; e && e->id != c->type; e = e->next)
		;
	if (e) {
		seq_print(s, "%s: ", e->name);
		e->show(s, c);
	} else if (c->type == TRACE_STACK) {
		trace_stack_show(s, c);
	} else {
		show_mark(s, (const char *)(c + 1));
	}
	mutex_unlock(&trace_control);
	seq_print(s, "\n");
}

static void show_head(struct seq *s, const struct reader *r)
{
	u64 there = 0, written = 0;

	for (unsigned i = 0; i < nr_cpus; i++) {
		struct ring_counts c = ring_counts(i);

		if (r->cpu >= 0 && (unsigned)r->cpu != i)
			continue;
		there += c.entries;
		written += c.entries + c.overrun;
	}
	seq_print(s, "# tracer: nop\n#\n# entries-in-buffer/entries-written: "
		  "%llu/%llu   #P:%u\n#\n", (unsigned long long)there,
		  (unsigned long long)written, nr_cpus);
	seq_print(s,
"#                                _-----=> irqs-off/BH-disabled\n"
"#                               / _----=> need-resched\n"
"#                              | / _---=> hardirq/softirq\n"
"#                              || / _--=> preempt-depth\n"
"#                              ||| / _-=> migrate-disable\n"
"#                              |||| /     delay\n"
"#           TASK-PID     CPU#  |||||  TIMESTAMP  FUNCTION\n"
"#              | |         |   |||||     |         |\n");
}

/* ---- the next record ----------------------------------------------------- */

/* Return: the CPU that has the earliest next record, or -1 if there is none. */
static int earliest(struct reader *r)
{
	u64 time, first = 0, lost;
	int cpu = -1;

	for (unsigned i = 0; i < nr_cpus; i++) {
		if (r->cpu >= 0 && (unsigned)r->cpu != i)
			continue;
		if (r->pipe)
			r->at[i] = ring_start(i);
		if (!ring_look(i, &r->at[i], &time, &lost))
			continue;
		if (cpu < 0 || time < first) {
			cpu = (int)i;
			first = time;
		}
		if (r->pipe && lost > r->lost[i])
			seq_print(&r->line, "CPU:%u [LOST %llu EVENTS]\n", i,
				  (unsigned long long)(lost - r->lost[i]));
		r->lost[i] = lost;
	}
	return cpu;
}

/*
 * Format the next record as a line.
 * Context: [lock].
 * Return: false if there is no record.
 */
static bool next_line(struct reader *r)
{
	int cpu;

	r->line.len = 0;
	r->done = 0;
	if (!r->begun && !r->pipe)
		show_head(&r->line, r);
	cpu = earliest(r);
	if (cpu >= 0 && ring_take((unsigned)cpu, &r->at[cpu], &r->record.head,
				  sizeof(r->record), r->pipe))
		trace_line(&r->line, &r->record.head);
	r->line.len = min(r->line.len, r->line.size);
	r->begun |= r->line.len != 0;
	return r->line.len != 0;
}

/*
 * Wait for the next line.  A pipe reports end of file only when tracing is off
 * and it has returned text before.
 * Context: [lock].
 * Return: 1: there is a line; 0: end of file; -errno.
 */
static long wait_line(struct reader *r, bool nonblock)
{
	int err = 0;

	while (!next_line(r)) {
		if (!r->pipe || (r->begun && !READ_ONCE(trace_on)))
			return 0;
		if (nonblock)
			return -EAGAIN;
		wait_set_state(TASK_INTERRUPTIBLE);
		err = wait_sleep(TASK_INTERRUPTIBLE,
				 timer_deadline(arch_clock() + NAP));
		wait_set_running();
		if (err && err != -ETIMEDOUT)
			return err;
	}
	return 1;
}

/* ---- poll(2) ------------------------------------------------------------- */

/*
 * A record may be made anywhere, even under a runqueue's lock, so recording
 * cannot wake a poller.  Instead a timer checks for new records while a pipe is
 * polled.
 */
static struct wait_queue pollers = WAIT_QUEUE_INIT(pollers);
static struct timer look;
static unsigned long seen;		/* records made up to the last check */

static unsigned long tracefs_recorded(void)
{
	unsigned long n = 0;

	for (unsigned i = 0; i < nr_cpus; i++) {
		struct ring_counts c = ring_counts(i);

		n += (unsigned long)(c.entries + c.overrun + c.read);
	}
	return n;
}

static void look_again(struct timer *t)
{
	unsigned long now = tracefs_recorded();

	if (now != READ_ONCE(seen))
		wake_up_key(&pollers, POLLIN | POLLRDNORM);
	WRITE_ONCE(seen, now);
	if (wait_queue_active(&pollers))
		timer_set(t, arch_clock() + NAP);
}

static bool has_more(const struct reader *r)
{
	for (unsigned i = 0; i < nr_cpus; i++)
		if ((r->cpu < 0 || (unsigned)r->cpu == i) &&
		    ring_counts(i).entries)
			return true;
	return HINT(r->done) != HINT(r->line.len);
}

static unsigned tracefs_pipe_poll(struct file *f, struct poll_table *pt)
{
	poll_wait(pt, &pollers);
	if (has_more(f->private))
		return POLLIN | POLLRDNORM;
	if (pt)
		timer_set(&look, arch_clock() + NAP);
	return 0;
}

static void poll_init(void)
{
	timer_init(&look, look_again);
}
INIT(fs, poll_init);

/* ---- files --------------------------------------------------------------- */

static int reader_open(struct file *f, bool pipe)
{
	struct reader *r = kzalloc(sizeof(*r));

	if (!r)
		return -ENOMEM;
	mutex_init(&r->lock, "reader of a trace");
	r->pipe = pipe;
	r->cpu = (int)(long)proc_of(f->inode)->node->arg - 1;
	r->line = (struct seq){ .buf = r->text, .size = sizeof(r->text) };
	for (unsigned i = 0; i < nr_cpus; i++)
		r->at[i] = ring_start(i);
	f->private = r;
	return 0;
}

static int trace_open(struct inode *i, struct file *f)
{
	return reader_open(f, false);
}

static int pipe_open(struct inode *i, struct file *f)
{
	return reader_open(f, true);
}

static void reader_release(struct file *f)
{
	kfree(f->private);
}

static unsigned long reader_pins(const struct file *f)
{
	return sizeof(struct reader);
}

/* Restart at the first record. */
static void rewind(struct reader *r)
{
	r->begun = false;
	r->line.len = r->done = 0;
	for (unsigned i = 0; i < nr_cpus; i++)
		r->at[i] = ring_start(i);
}

static long read_lines(struct reader *r, struct uio *u, bool nonblock)
{
	unsigned long moved = 0, n, want;
	long err;

	while (u->left) {
		if (r->done == r->line.len) {
			err = moved ? next_line(r) : wait_line(r, nonblock);
			if (err <= 0)
				return moved ? (long)moved : err;
		}
		want = min(u->left, (unsigned long)(r->line.len - r->done));
		n = uio_put(u, r->text + r->done, want);
		r->done += n;
		moved += n;
		if (n < want)
			return moved ? (long)moved : -EFAULT;
	}
	return (long)moved;
}

static long reader_read(struct file *f, struct uio *u, loff_t *pos)
{
	struct reader *r = f->private;
	long n;

	if (mutex_lock_interruptible(&r->lock))
		return -ERESTARTSYS;
	if (!r->pipe && !*pos)
		rewind(r);
	n = read_lines(r, u, uio_nonblock(f->flags, u));
	mutex_unlock(&r->lock);
	if (n > 0)
		*pos += n;
	return n;
}

/* Ignore the data: opening `trace` with O_TRUNC has already emptied it. */
static long trace_write(struct file *f, struct uio *u, loff_t *pos)
{
	return (long)u->left;
}

static loff_t trace_seek(struct file *f, loff_t off, int whence)
{
	loff_t was = f->pos, to = seek_plain(f, off, whence, (loff_t)1 << 40);

	if (to > 0 && to != was) {
		f->pos = was;
		return -EINVAL;
	}
	return to;
}

static const struct file_ops trace_fops = {
	.open = trace_open,
	.release = reader_release,
	.pins = reader_pins,
	.read = reader_read,
	.write = trace_write,
	.writes_pieces = true,
	.seek = trace_seek,
};

static const struct file_ops pipe_fops = {
	.open = pipe_open,
	.release = reader_release,
	.pins = reader_pins,
	.read = reader_read,
	.reads_pieces = true,
	.poll = tracefs_pipe_poll,
};

static int tracefs_read_add(const char *path, unsigned mode,
			    const struct file_ops *fops, int cpu)
{
	struct proc_node *n = trace_node(path, mode);

	if (!n)
		return -ENOMEM;
	n->fops = fops;
	n->arg = (void *)(long)(cpu + 1);
	return 0;
}

int trace_reading(void)
{
	char path[48];
	int err = tracefs_read_add("trace", S_IFREG | 0640, &trace_fops, -1);

	if (!err)
		err = tracefs_read_add("trace_pipe", S_IFREG | 0440, &pipe_fops,
				       -1);
	for (int i = 0; !err && i < (int)nr_cpus; i++) {
		fmt_print(path, sizeof(path), "per_cpu/cpu%d/trace", i);
		err = tracefs_read_add(path, S_IFREG | 0640, &trace_fops, i);
		if (err)
			break;
		fmt_print(path, sizeof(path), "per_cpu/cpu%d/trace_pipe", i);
		err = tracefs_read_add(path, S_IFREG | 0440, &pipe_fops, i);
	}
	return err;
}

int trace_clear_file(struct proc_node *n)
{
	if (n->fops == &trace_fops)
		trace_forget((int)(long)n->arg - 1);
	else if (n->store_arg)
		return trace_clear_choice(n);
	return 0;
}
