/* SPDX-License-Identifier: MIT */
/*
 * The end of a process that leaves a core file (row B6): its other threads
 * are sent to their end and park there, registers and memory as they were;
 * then the file is made by kernel.core_pattern.  Whatever fails on the way,
 * the process ends by its signal as it would have, only without the file.
 */
#define LOG_PREFIX "core"
#include <ext/coredump/core.h>
#include <ext/regset/regset.h>
#include <fs/internal.h>
#include <kernel/cred.h>
#include <kernel/hooks.h>
#include <kernel/part.h>
#include <kernel/signal/internal.h>
#include <kernel/uname.h>
#include <kernel/task/internal.h>
#include <lib/digit.h>
#include <lib/mem.h>
#include <lib/printf.h>
#include <lt/init.h>
#include <lt/log.h>
#include <lt/procfile.h>
#include <mm/slab.h>
#include <mm/vm.h>

char core_pattern[CORE_PATTERN] = "core";
static unsigned long core_uses_pid;

SYSCTL_NUMBERS(numbers) = {
	{ "kernel/core_uses_pid", &core_uses_pid, 0, 0x7fffffff },
};

static unsigned filter_at;

unsigned *core_filter(struct process *p)
{
	return process_slot(p, filter_at);
}

static void filter_init(struct process *p, struct process *parent)
{
	*core_filter(p) = parent ? *core_filter(parent) : CORE_FILTER;
}

static const struct process_part part[] __table(process_part) = {
	{ .size = sizeof(unsigned), .at = &filter_at, .init = filter_init },
};

static int show_filter(struct seq *s, struct task *t)
{
	if (t->process)
		seq_print(s, "%08x\n", *core_filter(t->process));
	return 0;
}

/* Decimal, or hexadecimal after 0x. */
static int store_filter(struct task *t, const char *text, size_t n)
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
	{ .name = "coredump_filter", .mode = 0644, .show = show_filter,
	  .store = store_filter },
};

/* ---- the file's name ----------------------------------------------------- */

/*
 * One % of the pattern, of those that core(5) lists.  => how much it adds to
 * `to`
 */
static size_t expand(char what, const struct core *c, char *to, size_t room)
{
	const struct task *t = current;
	const struct process *p = t->process;
	ktime_t now = realtime_from(arch_clock()) / NSEC_PER_SEC;

	switch (what) {
	case '%':
		return fmt_print(to, room, "%%");
	case 'p':
		return fmt_print(to, room, "%d", p->vpid);
	case 'P':
		return fmt_print(to, room, "%d", p->pid);
	case 'i':
		return fmt_print(to, room, "%d", t->vtid);
	case 'I':
		return fmt_print(to, room, "%d", t->tid);
	case 'u':
		return fmt_print(to, room, "%u", t->cred->uid);
	case 'g':
		return fmt_print(to, room, "%u", t->cred->gid);
	case 'd':
		return fmt_print(to, room, "%d", t->space->dumpable);
	case 's':
		return fmt_print(to, room, "%d", c->info.signo);
	case 't':
		return fmt_print(to, room, "%llu", (unsigned long long)now);
	case 'c':
		return fmt_print(to, room, "%lu",
				 HINT(p->limits[RLIMIT_CORE].cur));
	case 'h':
		return fmt_print(to, room, "%s", uts_name()->nodename);
	case 'e':
		return fmt_print(to, room, "%s", t->comm);
	}
	return 0;
}

/* A name in the pattern's text must not lead to other folders. */
static void no_slashes(char *s)
{
	for (; *s; s++)
		if (*s == '/')
			*s = '!';
}

/* Two characters of the pattern become a host's name at most: all fits. */
_Static_assert((CORE_PATTERN - 1) / 2 * (UTS_LEN - 1) + 16 < PATH_MAX,
	       "a name of host names alone fits");

/* => a name (kmalloc), NULL: none, or no memory */
static char *core_name(const struct core *c)
{
	char pattern[CORE_PATTERN], *name = kmalloc(PATH_MAX);
	size_t n = 0;
	bool pid = false;

	if (!name)
		return NULL;
	spin_lock(&tree_lock);
	memcpy(pattern, core_pattern, sizeof(pattern));
	spin_unlock(&tree_lock);
	for (const char *s = pattern; *s; s++) {
		if (*s != '%') {
			name[n++] = *s;
			continue;
		}
		if (!*++s)
			break;
		pid |= *s == 'p';
		name[n] = '\0';
		expand(*s, c, name + n, PATH_MAX - n);
		no_slashes(name + n);
		n += strlen(name + n);
	}
	if (core_uses_pid && !pid)
		n += fmt_print(name + n, PATH_MAX - n, ".%d",
			       current->process->pid);
	name[n] = '\0';
	/* a program to pipe to is not started: no file then */
	if (!*name || *name == '|') {
		kfree(name);
		return NULL;
	}
	return name;
}

/*
 * A file of its own, always: whatever had the name loses it, so that no link,
 * no device and no file of another is written to.  Root's must have no name
 * yet, as what has it may be anybody's.
 */
static int open_file(struct core *c, const char *name, bool roots)
{
	int err = roots ? 0 : kernel_unlinkat(AT_FDCWD, name, false);

	if (err && err != -ENOENT)
		return err;
	err = file_open(AT_FDCWD, name, O_CREAT | O_EXCL | O_RDWR |
			O_NOFOLLOW | O_LARGEFILE, 0600, &c->file);
	if (err)
		return err;
	if ((c->file->inode->mode & S_IFMT) == S_IFREG)
		return 0;
	file_put(c->file);
	return -EPERM;
}

/*
 * fs.suid_dumpable 2 (core(5)): what a program with others' rights leaves is
 * root's, and in no directory that its user chose.
 */
static int open_root_file(struct core *c, const char *name)
{
	struct cred *old, *root;
	int err;

	if (name[0] != '/')
		return -EPERM;
	root = cred_clone(current->cred);
	if (!root)
		return -ENOMEM;
	root->fsuid = 0;
	old = cred_swap(root);
	err = open_file(c, name, true);
	cred_put(cred_swap(old));
	return err;
}

/* core(5).  => 0: there is a file, perhaps cut off */
static int make_file(struct core *c)
{
	char *name = core_name(c);
	int err;

	if (!name)
		return -ENOENT;
	err = current->space->dumpable == DUMP_ROOT ?
		open_root_file(c, name) : open_file(c, name, false);
	if (err)
		log_info("%s[%d]: no core file %s: error %d", current->comm,
			 current->tid, name, -err);
	kfree(name);
	if (err)
		return err;
	/* as on Linux, what could be written counts as a core file */
	err = core_write(c);
	if (err)
		log_info("%s[%d]: core file cut off: error %d", current->comm,
			 current->tid, -err);
	file_put(c->file);
	return 0;
}

/* ---- the threads --------------------------------------------------------- */

/*
 * The process ends from here.  The threads are sent to their end in the same
 * hold that counts them, so core_park() counts the same.  => false: it does
 * already
 */
static bool claim(struct core *c)
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
		c->running = p->nr_live - 1;
		p->core = c;
		process_kill_others(p);
	}
	spin_unlock(&tree_lock);
	return ours;
}

/*
 * A thread on its way out waits here, with space and registers still its own,
 * until the file is written.  => [tree_lock], which is let go meanwhile
 */
static void core_park(struct process *p)
{
	if (--p->core->running == 0)
		wake_up(&p->core->parked);
	spin_unlock(&tree_lock);
	wait_event(&p->wait_exit, !READ_ONCE(p->core));
	spin_lock(&tree_lock);
}

/*
 * A thread that had passed core_park() before the dump began was not counted:
 * nr_live had fallen already.
 */
static bool all_parked(const struct core *c)
{
	bool yes;

	spin_lock(&tree_lock);
	yes = c->running <= 0;
	spin_unlock(&tree_lock);
	return yes;
}

/* Those that still have registers to show, current first. */
static int collect(struct core *c)
{
	struct process *p = current->process;
	struct task *t;

	c->threads = kmalloc((unsigned)p->nr_threads * sizeof(t));
	if (!c->threads)
		return -ENOMEM;
	c->threads[c->nr_threads++] = current;
	spin_lock(&tree_lock);
	list_for_each(t, &p->threads, thread_link)
		if (t != current && t->state == TASK_UNINTERRUPTIBLE &&
		    t->space)
			c->threads[c->nr_threads++] = t;
	spin_unlock(&tree_lock);
	for (unsigned i = 1; i < c->nr_threads; i++)
		task_wait_off(c->threads[i]);
	arch_regs_sync();
	return 0;
}

/* Parked threads go on whatever came of it. */
static bool dump_claimed(struct core *c)
{
	struct process *p = current->process;
	bool ok;

	wait_event(&c->parked, all_parked(c));
	ok = !collect(c) && !make_file(c);
	kfree(c->threads);
	spin_lock(&tree_lock);
	p->core = NULL;
	spin_unlock(&tree_lock);
	wake_up(&p->wait_exit);
	return ok;
}

/* If a file is written, the status says so (WCOREDUMP of wait(2)). */
static void core_dump(const struct siginfo *info)
{
	struct process *p = current->process;
	struct core c = {
		.info = *info, .limit = HINT(p->limits[RLIMIT_CORE].cur),
	};

	/* nothing of use is smaller */
	if (c.limit < PAGE_SIZE || current->space->dumpable == DUMP_NOBODY)
		return;
	if (c.limit == RLIM_INFINITY)
		c.limit = ~0ull;
	wait_queue_init(&c.parked);
	if (!claim(&c) || !dump_claimed(&c))
		return;
	spin_lock(&current->sighand->lock);
	p->exit_code |= 0x80;
	spin_unlock(&current->sighand->lock);
}

static void core_init(void)
{
	hooks.core_dump = core_dump;
	hooks.core_park = core_park;
}
INIT(fs, core_init);
