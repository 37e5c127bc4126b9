/* SPDX-License-Identifier: MIT */
/*
 * End a process by a signal that leaves a core file (row B6).  The other
 * threads are told to exit and park on their way out, with registers and memory
 * intact.  Then the core file is written, or a program is started that reads
 * it, as kernel.core_pattern says.  If any step fails, the process still ends
 * by its signal, only without a core file.
 */
#define LOG_PREFIX "core"
#include "core.h"
#include "helper.h"
#include <topics/debugger/regset.h>
#include <fs/mount/mount.h>
#include <fs/open/fd.h>
#include <fs/path/namei.h>
#include <kernel/cred/cred.h>
#include <kernel/ops/core_ops.h>
#include <kernel/task/part.h>
#include <kernel/signal/pending.h>
#include <kernel/process/process.h>
#include <lib/chars.h>
#include <lib/mem.h>
#include <lt/init.h>
#include <lt/log.h>
#include <lt/procfile.h>
#include <mm/frames/slab.h>
#include <mm/vm.h>

char core_pattern[CORE_PATTERN] = "core";

static unsigned filter_at;

unsigned *core_filter(struct process *p)
{
	return process_slot(p, filter_at);
}

static void filter_init(struct process *p, struct process *parent)
{
	*core_filter(p) = parent ? *core_filter(parent) : CORE_FILTER;
	if (!init_process)
		helper_limits(p);
}

static const struct process_part part[] __table(process_part) = {
	{ .size = sizeof(unsigned), .at = &filter_at, .init = filter_init },
};

static int coredump_show_filter(struct seq *s, struct task *t)
{
	if (t->process)
		seq_print(s, "%08x\n", *core_filter(t->process));
	return 0;
}

/* Parse a decimal number, or a hexadecimal one after 0x. */
static int coredump_store_filter(struct task *t, const char *text, size_t n)
{
	bool hex = n > 2 && text[0] == '0' && (text[1] | 0x20) == 'x';
	unsigned base = hex ? 16 : 10;
	size_t i = hex ? 2 : 0;
	unsigned v = 0;

	if (n && text[n - 1] == '\n')
		n--;
	if (i >= n || !t->process)
		return -EINVAL;
	for (; i < n; i++) {
		if (digit_value(text[i]) >= base || v > 0xffff)
			return -EINVAL;
		v = v * base + digit_value(text[i]);
	}
	*core_filter(t->process) = v & CORE_FILTER_ALL;
	return 0;
}

PID_FILES(pid_files) = {
	{ .name = "coredump_filter", .mode = 0644, .show = coredump_show_filter,
	  .store = coredump_store_filter },
};

/* ---- the file ------------------------------------------------------------ */

/*
 * True if the owner may read and write the file and nobody else may: a umask
 * may have removed the owner's permissions.
 */
static bool is_private(const struct inode *i)
{
	return (i->mode & 0677) == 0600;
}

/*
 * Create the core file, always as a new file.  An existing file of that name is
 * unlinked, so that the dump never writes through a link, to a device or into
 * someone else's file.  roots: the core file will belong to root.  An existing
 * file of that name is then an error, because it may belong to anybody.
 */
static int coredump_open_file(struct core *c, const char *name, bool roots)
{
	int err = roots ? 0 : kernel_unlinkat(AT_FDCWD, name, false);

	if (err && err != -ENOENT)
		return err;
	err = file_open(AT_FDCWD, name, O_CREAT | O_EXCL | O_RDWR |
			O_NOFOLLOW | O_LARGEFILE, 0600, &c->file);
	if (err)
		return err;
	if (is_private(c->file->inode))
		return 0;
	file_put(c->file);
	return -EPERM;
}

/*
 * Replace current->fs.  The tree lock is needed because other tasks take
 * references to current->fs under that lock.
 */
static struct fs_context *coredump_swap_fs(struct fs_context *f)
{
	struct fs_context *old = current->fs;

	spin_lock(&tree_lock);
	current->fs = f;
	spin_unlock(&tree_lock);
	return old;
}

/*
 * Open a core file that belongs to root: for fs.suid_dumpable 2 (core(5)) and a
 * program with elevated privileges.  The directory of the file must not be one
 * that the user chose, neither by a relative name nor by chroot(2).
 */
static int open_root_file(struct core *c, const char *name)
{
	struct fs_context *fs, *mine;
	struct cred *old, *root;
	int err = -ENOMEM;

	if (name[0] != '/')
		return -EPERM;
	root = cred_clone(current->cred);
	fs = helper_context();
	if (root && fs) {
		root->fsuid = 0;
		fs->umask = current->fs->umask;
		old = cred_swap(root);
		mine = coredump_swap_fs(fs);
		err = coredump_open_file(c, name, true);
		fs = coredump_swap_fs(mine);
		root = cred_swap(old);
	}
	if (fs)
		fs_put(fs);
	if (root)
		cred_put(root);
	return err;
}

static int open_by_name(struct core *c, const char *name)
{
	return current->space->dumpable == DUMP_ROOT ?
		open_root_file(c, name) : coredump_open_file(c, name, false);
}

/* Return: 0: there is a file, or a program that reads it; -errno. */
static int open_core(struct core *c)
{
	struct core_name *n = core_name(c);
	int err;

	if (!n)
		return -ENOMEM;
	err = n->pipe ? core_pipe_open(c, n) : open_by_name(c, n->text);
	if (err)
		log_info("%s[%d]: no core file %s%s: error %d", current->comm,
			 current->tid, n->pipe ? "|" : "", n->text, -err);
	core_name_free(n);
	return err;
}

/*
 * Write the core file (core(5)).
 * Return: 0: there is a file, perhaps truncated; -errno.
 */
static int coredump_make_file(struct core *c)
{
	int err = open_core(c);

	if (err)
		return err;
	/* as on Linux, a truncated file counts as a core file */
	err = core_write(c);
	if (err)
		log_info("%s[%d]: core file cut off: error %d", current->comm,
			 current->tid, -err);
	if (c->pipe)
		core_pipe_close(c);
	else
		file_put(c->file);
	return 0;
}

/* ---- the threads --------------------------------------------------------- */

/*
 * Begin the end of the process.  One hold of tree_lock covers both counting the
 * other threads and telling them to exit, so core_park() sees the same threads.
 * Return: false: the process is already exiting or in execve(2).
 */
static bool coredump_claim(struct core *c)
{
	struct process *p = current->process;
	bool ours;

	spin_lock(&tree_lock);
	spin_lock(&current->sighand->lock);
	ours = !p->exiting && !p->exec_task;
	if (ours) {
		p->exiting = true;
		p->exit_code = c->info.signo;
	}
	spin_unlock(&current->sighand->lock);
	if (ours) {
		c->running = p->nr_live - p->nr_leaving - 1;
		p->core = c;
		process_kill_others(p);
	}
	spin_unlock(&tree_lock);
	return ours;
}

/* A parked thread.  The record lies on that thread's stack. */
struct stop {
	struct list link;
	struct task *task;
};

/*
 * Park a thread that is on its way out, with its address space and registers
 * intact, until the file is written.
 * Context: [tree_lock], released meanwhile.
 */
static void core_park(struct process *p)
{
	struct stop stop = { .task = current };

	list_append(&p->core->stops, &stop.link);
	if (--p->core->running == 0)
		wake_up(&p->core->parked);
	spin_unlock(&tree_lock);
	wait_event(&p->wait_exit, !READ_ONCE(p->core));
	spin_lock(&tree_lock);
}

/*
 * True if every counted thread is parked.  A thread that had passed core_park()
 * before the dump began is not counted: such a thread has left nr_live or is
 * counted in nr_leaving.
 */
static bool all_parked(const struct core *c)
{
	bool yes;

	spin_lock(&tree_lock);
	yes = c->running <= 0;
	spin_unlock(&tree_lock);
	return yes;
}

/*
 * Collect the threads that still have registers to show, current first.  A
 * parked thread woke current before it went to sleep itself, so the thread's
 * state proves nothing: wait until the thread is off its CPU.
 */
static int coredump_collect(struct core *c)
{
	struct process *p = current->process;
	struct stop *s;

	c->threads = kmalloc((unsigned)p->nr_threads * sizeof(*c->threads));
	if (!c->threads)
		return -ENOMEM;
	c->threads[c->nr_threads++] = current;
	spin_lock(&tree_lock);
	list_for_each(s, &c->stops, link)
		c->threads[c->nr_threads++] = s->task;
	spin_unlock(&tree_lock);
	for (unsigned i = 1; i < c->nr_threads; i++)
		task_wait_off(c->threads[i]);
	arch_regs_sync();
	return 0;
}

/*
 * Write the file once all threads are parked.  AST_EXIT may still be set in
 * current, which is exiting anyway: clear the flag, so that only SIGKILL ends
 * the waits of current.  The parked threads continue even if the file cannot be
 * written.
 */
static bool coredump_write_parked(struct core *c)
{
	struct process *p = current->process;
	bool ok;

	wait_event(&c->parked, all_parked(c));
	__atomic_fetch_and(&current->ast, ~AST_EXIT, __ATOMIC_RELAXED);
	ok = !core_killed() && !coredump_collect(c) && !coredump_make_file(c);
	kfree(c->threads);
	spin_lock(&tree_lock);
	p->core = NULL;
	spin_unlock(&tree_lock);
	wake_up(&p->wait_exit);
	return ok;
}

/*
 * Apply RLIMIT_CORE.  A file needs at least a page, as nothing smaller is of
 * use.  For a pipe the limit does not matter, except that 1 means no dump:
 * helper programs run with limit 1, so that the crash of one does not start
 * another.
 */
static bool within_limit(struct core *c)
{
	if (c->pipe ? c->limit == 1 : c->limit < PAGE_SIZE)
		return false;
	if (c->pipe || c->limit == RLIM_INFINITY)
		c->limit = ~0ull;
	return true;
}

static void core_begin(struct core *c)
{
	list_init(&c->stops);
	wait_queue_init(&c->parked);
	spin_lock(&tree_lock);
	memcpy(c->pattern, core_pattern, sizeof(c->pattern));
	spin_unlock(&tree_lock);
	c->pipe = c->pattern[0] == '|';
}

/*
 * Dump core.  If a file was written, set the core bit of the exit status
 * (WCOREDUMP of wait(2)).  A process killed meanwhile gets the status SIGKILL.
 */
static void core_dump(const struct siginfo *info)
{
	struct process *p = current->process;
	struct core c = {
		.info = *info, .limit = HINT(p->limits[RLIMIT_CORE].cur),
		.cpu = HINT(current->cpu)->id,
	};
	bool written;

	core_begin(&c);
	if (!within_limit(&c) || current->space->dumpable == DUMP_NOBODY)
		return;
	if (!coredump_claim(&c))
		return;
	written = coredump_write_parked(&c);
	spin_lock(&current->sighand->lock);
	if (core_killed())
		p->exit_code = SIGKILL;
	else if (written)
		p->exit_code |= 0x80;
	spin_unlock(&current->sighand->lock);
}

static const struct core_ops ops = {
	.core_dump = core_dump, .core_park = core_park,
	.fault_told = faultlog_told, .no_loader = faultlog_no_loader,
};

static void core_init(void)
{
	core_ops = &ops;
}
INIT(fs, core_init);
