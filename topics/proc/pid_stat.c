/* SPDX-License-Identifier: MIT */
/*
 * Files of /proc/PID about a task's state, in Linux's formats (rows B14, D2).
 */
#include "proc.h"
#include <kernel/ops/namespace_ops.h>
#include <kernel/task/task.h>
#include <kernel/time/clock.h>
#include <kernel/cred/cred.h>
#include <kernel/sched/tasks.h>
#include <kernel/smp/smp.h>
#include <kernel/task/state.h>
#include <lt/ksym.h>
#include <lt/seq.h>
#include <mm/frames/page.h>
#include <mm/tables/soft_entry.h>
#include <mm/vm.h>

/* A copy of the fields that tree_lock guards and of the task's own counters. */
struct family {
	char name[TASK_COMM];
	bool kernel;
	int tid, pid, ppid, pgid, sid, threads, tpgid, tracer;
	unsigned tty;
	u64 utime, stime, cutime, cstime;
	u64 minflt, majflt, cminflt, cmajflt;
	unsigned long rss_limit;
	unsigned umask, fd_size;
};

/*
 * Copy all fields under one hold of tree_lock, so that the figures are
 * consistent; printing happens outside the lock.  whole: take the sums over all
 * threads, for the file of the whole process.
 */
static void stat_copy_task(struct task *t, bool whole,
			   const struct pid_space *view, struct family *f)
{
	struct process *p = t->process;

	memset(f, 0, sizeof(*f));
	f->kernel = HINT(t->flags) & TF_KTHREAD;
	f->pid = f->tid = pid_in(t->tid, view);
	f->threads = 1;
	f->tpgid = -1;
	f->rss_limit = RLIM_INFINITY;
	spin_lock(&tree_lock);
	memcpy(f->name, t->comm, sizeof(f->name));
	if (t->trace.tracer)
		f->tracer = pid_in(t->trace.tracer->tid, view);
	f->umask = t->fs ? HINT(t->fs->umask) : 0;
	f->fd_size = t->files ? HINT(t->files->size) : 0;
	if (p) {
		f->pid = pid_in(p->pid, view);
		f->ppid = p->parent ? pid_in(p->parent->pid, view) : 0;
		f->pgid = pid_in(p->pgid, view);
		f->sid = pid_in(p->sid, view);
		/* those that have ended, but were not reaped, count, too */
		f->threads = p->nr_threads + p->nr_zombies +
			(HINT(p->leader->state) == TASK_ZOMBIE);
		if (p->tty) {
			f->tty = p->tty->rdev;
			f->tpgid = pid_in(HINT(p->tty->pgid), view);
		}
		f->cutime = p->cutime;
		f->cstime = p->cstime;
		f->cminflt = p->cminflt;
		f->cmajflt = p->cmajflt;
		f->rss_limit = p->limits[RLIMIT_RSS].cur;
	}
	if (p && whole) {
		process_times(p, &f->utime, &f->stime);
		f->minflt = p->minflt + HINT(t->minflt);
		f->majflt = p->majflt + HINT(t->majflt);
	} else {
		task_times(t, &f->utime, &f->stime);
		f->minflt = HINT(t->minflt);
		f->majflt = HINT(t->majflt);
	}
	spin_unlock(&tree_lock);
}

struct signal_sets {
	sigmask_t pending, shared, blocked, ignored, caught;
};

static void stat_copy_signals(struct task *t, struct signal_sets *s)
{
	struct sighand *h;
	int i;

	memset(s, 0, sizeof(*s));
	s->blocked = HINT(t->blocked);
	spin_lock(&tree_lock);
	h = t->sighand;
	if (h) {
		spin_lock(&h->lock);
		s->pending = t->pending.mask;
		s->shared = t->process ? t->process->pending.mask : 0;
		for (i = 0; i < NSIG; i++) {
			uaddr_t handler = sighand_action(h, i + 1)->handler;

			if (handler == SIG_IGN)
				s->ignored |= sig_bit(i + 1);
			else if (handler != SIG_DFL)
				s->caught |= sig_bit(i + 1);
		}
		spin_unlock(&h->lock);
	}
	spin_unlock(&tree_lock);
}

/* Return: clock ticks since boot on the reader's boot-time clock. */
static unsigned long long ticks_since_boot(ktime_t at)
{
	return (at + clock_ahead(CLOCK_BOOTTIME)) / PROC_TICK;
}

/*
 * Print the fields of proc_pid_stat(5) in its order.  Addresses are shown only
 * to a reader that may inspect the task.
 */
int pid_show_stat(struct seq *s, struct task *t)
{
	static const struct vm_space none;
	struct vm_space *m = proc_space(t);
	bool may = proc_may_inspect(t);
	const struct vm_space *seen = m && may ? m : &none;
	struct signal_sets sig;
	struct sched_how how;
	struct family f;
	int rt = HINT(t->rt_priority);	/* includes an inherited priority */

	sched_get_how(t, &how);
	stat_copy_task(t, t->process && t->process->leader == t, s->view, &f);
	stat_copy_signals(t, &sig);
	seq_print(s, "%d (%s) %c %d %d %d %u %d %u %llu %llu %llu %llu ",
		  f.tid, f.name, task_state_letter(t), f.ppid, f.pgid,
		  f.sid, f.tty, f.tpgid, f.kernel ? 0x200000u : 0x400000u,
		  (unsigned long long)f.minflt, (unsigned long long)f.cminflt,
		  (unsigned long long)f.majflt, (unsigned long long)f.cmajflt);
	seq_print(s, "%llu %llu %llu %llu %d %d %d 0 %llu %lu %lu %lu ",
		  (unsigned long long)(f.utime / PROC_TICK),
		  (unsigned long long)(f.stime / PROC_TICK),
		  (unsigned long long)(f.cutime / PROC_TICK),
		  (unsigned long long)(f.cstime / PROC_TICK),
		  rt ? -1 - rt : 20 + how.nice,
		  how.nice, f.threads,
		  ticks_since_boot(t->started),
		  m ? HINT(m->total) << PAGE_SHIFT : 0, m ? vm_rss(m) : 0,
		  f.rss_limit);
	seq_print(s, "%lu %lu %lu 0 0 %lu %lu %lu %lu %u 0 0 %d %u %u %u 0 0 0 ",
		  seen->code_start, seen->code_end, seen->stack_top,
		  (unsigned long)(sig.pending & 0x7fffffff),
		  (unsigned long)(sig.blocked & 0x7fffffff),
		  (unsigned long)(sig.ignored & 0x7fffffff),
		  (unsigned long)(sig.caught & 0x7fffffff),
		  HINT(t->wchan) ? 1u : 0u, t->exit_signal,
		  READ_ONCE(t->cpu)->id, (unsigned)how.priority,
		  (unsigned)how.policy);
	seq_print(s, "%lu %lu %lu %lu %lu %lu %lu %d\n",
		  seen->data_start, seen->data_end, seen->brk_start,
		  seen->arg_start, seen->arg_end, seen->env_start,
		  seen->env_end, may ? HINT(t->exit_code) : 0);
	if (m)
		vm_space_put(m);
	return 0;
}

int pid_show_statm(struct seq *s, struct task *t)
{
	struct vm_space *m = proc_space(t);
	unsigned long text;

	if (!m) {
		seq_print(s, "0 0 0 0 0 0 0\n");
		return 0;
	}
	text = (ALIGN_UP(m->code_end, PAGE_SIZE) -
		ALIGN_DOWN(m->code_start, PAGE_SIZE)) >> PAGE_SHIFT;
	seq_print(s, "%lu %lu %d %lu 0 %lu 0\n", HINT(m->total), vm_rss(m),
		  atomic_read(&m->rss_file) + atomic_read(&m->rss_shmem),
		  text, HINT(m->data));
	vm_space_put(m);
	return 0;
}

/*
 * Numbers of pages by kind of VMA, as Linux defines the kinds.  A VMA is of at
 * most one kind.
 */
struct kinds {
	unsigned long data, stack, code;
};

static void count_kinds(struct vm_space *m, struct kinds *k)
{
	struct vma *v;

	*k = (struct kinds){ 0, 0, 0 };
	rw_read_lock(&m->lock);
	list_for_each(v, &m->vmas, link) {
		unsigned long n = (v->end - v->start) >> PAGE_SHIFT;

		if (v->flags & VM_GROWSDOWN)
			k->stack += n;
		else if ((v->prot & (MAP_W | MAP_X)) == MAP_X)
			k->code += n;
		else if (v->prot & MAP_W && !(v->flags & VM_SHARED))
			k->data += n;
	}
	rw_read_unlock(&m->lock);
}

static void status_kinds(struct seq *s, struct vm_space *m)
{
	unsigned long kib = PAGE_SIZE / 1024, program;
	struct kinds k;

	count_kinds(m, &k);
	program = (ALIGN_UP(m->code_end, PAGE_SIZE) -
		   ALIGN_DOWN(m->code_start, PAGE_SIZE)) >> PAGE_SHIFT;
	program = min(program, k.code);
	seq_print(s, "VmData:\t%8lu kB\nVmStk:\t%8lu kB\n", k.data * kib,
		  k.stack * kib);
	seq_print(s, "VmExe:\t%8lu kB\nVmLib:\t%8lu kB\n", program * kib,
		  (k.code - program) * kib);
}

static unsigned long pages_out(struct vm_space *m)
{
	unsigned long n;

	if (!soft_entry)
		return 0;
	rw_read_lock(&m->lock);
	n = soft_entry->out(m, 0, USER_TOP, NULL);
	rw_read_unlock(&m->lock);
	return n;
}

/* Takes no lock, so the numbers are no snapshot: counters change meanwhile. */
static void status_memory(struct seq *s, struct vm_space *m)
{
	unsigned long kib = PAGE_SIZE / 1024;
	unsigned long rss = vm_rss(m), total = HINT(m->total);

	seq_print(s, "VmPeak:\t%8lu kB\nVmSize:\t%8lu kB\nVmLck:\t%8lu kB\n"
		  "VmPin:\t%8lu kB\n", max(HINT(m->peak), total) * kib,
		  total * kib, HINT(m->locked) * kib, 0ul);
	seq_print(s, "VmHWM:\t%8lu kB\nVmRSS:\t%8lu kB\nRssAnon:\t%8lu kB\n",
		  max(HINT(m->hiwater), rss) * kib, rss * kib,
		  (unsigned long)atomic_read(&m->rss_anon) * kib);
	seq_print(s, "RssFile:\t%8lu kB\nRssShmem:\t%8lu kB\n",
		  (unsigned long)atomic_read(&m->rss_file) * kib,
		  (unsigned long)atomic_read(&m->rss_shmem) * kib);
	status_kinds(s, m);
	seq_print(s, "VmPTE:\t%8lu kB\nVmSwap:\t%8lu kB\n",
		  (unsigned long)atomic_read(&m->pt_pages) * kib,
		  pages_out(m) * kib);
}

static void status_ids(struct seq *s, const struct cred *c, unsigned fd_size)
{
	unsigned i;

	seq_print(s, "Uid:\t%u\t%u\t%u\t%u\nGid:\t%u\t%u\t%u\t%u\n",
		  uid_shown(c->uid), uid_shown(c->euid), uid_shown(c->suid),
		  uid_shown(c->fsuid), gid_shown(c->gid), gid_shown(c->egid),
		  gid_shown(c->sgid), gid_shown(c->fsgid));
	seq_print(s, "FDSize:\t%u\nGroups:\t", fd_size);
	for (i = 0; i < c->nr_groups; i++)
		seq_print(s, "%u ", gid_shown(c->groups[i]));
	seq_print(s, i ? "\n" : " \n");
}

static void status_caps(struct seq *s, const struct cred *c)
{
	seq_print(s, "CapInh:\t%016llx\nCapPrm:\t%016llx\nCapEff:\t%016llx\n",
		  (unsigned long long)c->cap_inheritable,
		  (unsigned long long)c->cap_permitted,
		  (unsigned long long)c->cap_effective);
	seq_print(s, "CapBnd:\t%016llx\nCapAmb:\t%016llx\nNoNewPrivs:\t%d\n",
		  (unsigned long long)c->cap_bounding,
		  (unsigned long long)c->cap_ambient, c->no_new_privs);
	seq_print(s, "Seccomp:\t0\nSeccomp_filters:\t0\n");
}

/* Print the CPU mask in hexadecimal and as a list of ranges. */
static void status_cpus(struct seq *s, unsigned long mask)
{
	const char *comma = "";
	unsigned from, to;

	seq_print(s, "Cpus_allowed:\t%0*lx\nCpus_allowed_list:\t",
		  (int)DIV_ROUND_UP(nr_cpus, 4), mask);
	for (from = 0; from < nr_cpus; from = to + 1) {
		to = from;
		if (!(mask & BIT(from)))
			continue;
		while (mask & BIT(to + 1))
			to++;
		seq_print(s, from == to ? "%s%u" : "%s%u-%u", comma, from, to);
		comma = ",";
	}
	/* there is only one memory node */
	seq_print(s, "\nMems_allowed:\t1\nMems_allowed_list:\t0\n");
}

/* Print a name with its line feeds escaped, as these would end the line. */
static void pid_stat_put_name(struct seq *s, const char *name)
{
	for (; *name; name++) {
		if (*name == '\n' || *name == '\\')
			seq_put(s, "\\", 1);
		seq_put(s, *name == '\n' ? "n" : name, 1);
	}
}

/*
 * Print the task's IDs in the PID namespace of the mount and in each namespace
 * from there down to the task's own.
 */
static void status_numbers(struct seq *s, struct task *t,
			   const struct family *f)
{
	static const char *const names[] = {
		"NStgid:", "NSpid:", "NSpgid:", "NSsid:",
	};
	int in[4][PID_LEVELS] = {
		{ f->pid }, { f->tid }, { f->pgid }, { f->sid },
	}, n = 1;
	struct process *p = t->process;

	spin_lock(&tree_lock);
	if (unlikely(p && p->space) && !p->reaped) {
		n = namespace_ops->pid_list(p->pid, p->space, s->view, in[0]);
		namespace_ops->pid_list(t->tid, p->space, s->view, in[1]);
		namespace_ops->pid_list(p->pgid, p->space, s->view, in[2]);
		namespace_ops->pid_list(p->sid, p->space, s->view, in[3]);
	}
	spin_unlock(&tree_lock);
	for (int k = 0; k < 4; k++) {
		seq_print(s, "%s", names[k]);
		for (int i = 0; i < n; i++)
			seq_print(s, "\t%d", in[k][i]);
		seq_print(s, "\n");
	}
}

/* Print the lines of proc_pid_status(5). */
int pid_show_status(struct seq *s, struct task *t)
{
	char letter = task_state_letter(t);
	struct vm_space *m = proc_space(t);
	struct cred *cred = cred_of(t);
	struct signal_sets sig;
	struct family f;

	stat_copy_task(t, false, s->view, &f);
	stat_copy_signals(t, &sig);
	seq_print(s, "Name:\t");
	pid_stat_put_name(s, f.name);
	seq_print(s, "\nUmask:\t%04o\nState:\t%c (%s)\nTgid:\t%d\n",
		  f.umask, letter, letter == 'S' ? "sleeping" :
		  task_state_name(HINT(t->state)), f.pid);
	seq_print(s, "Ngid:\t0\nPid:\t%d\nPPid:\t%d\nTracerPid:\t%d\n", f.tid,
		  f.ppid, f.tracer);
	if (cred)
		status_ids(s, cred, f.fd_size);
	status_numbers(s, t, &f);
	seq_print(s, "Kthread:\t%d\n", f.kernel);
	if (m)
		status_memory(s, m);
	seq_print(s, "Threads:\t%d\nSigQ:\t0/%lu\n", f.threads, RLIM_INFINITY);
	seq_print(s, "SigPnd:\t%016llx\nShdPnd:\t%016llx\nSigBlk:\t%016llx\n"
		  "SigIgn:\t%016llx\nSigCgt:\t%016llx\n",
		  (unsigned long long)sig.pending,
		  (unsigned long long)sig.shared,
		  (unsigned long long)sig.blocked,
		  (unsigned long long)sig.ignored,
		  (unsigned long long)sig.caught);
	if (cred) {
		status_caps(s, cred);
		cred_put(cred);
	}
	status_cpus(s, HINT(t->affinity) & smp_mask());
	seq_print(s, "voluntary_ctxt_switches:\t%llu\n"
		  "nonvoluntary_ctxt_switches:\t%llu\n",
		  (unsigned long long)HINT(t->nvcsw),
		  (unsigned long long)HINT(t->nivcsw));
	if (m)
		vm_space_put(m);
	return 0;
}

/*
 * Look at the first task whose number is greater than `above`, so that the lock
 * is held for one task only.
 * Return: its number; 0: there is none.  *shown: its number in `view` if it is
 * a process that t itself has created, else 0.
 */
static int pid_stat_next_child(const struct task *t, int above,
			       const struct pid_space *view, int *shown)
{
	struct task *c;
	struct process *p;
	int nr = 0;

	*shown = 0;
	spin_lock(&tree_lock);
	c = task_next(above + 1);
	if (c) {
		p = c->process;
		nr = c->tid;
		if (p && p->leader == c && p->parent == t->process &&
		    p->creator_tid == t->tid)
			*shown = pid_in(nr, view);
	}
	spin_unlock(&tree_lock);
	return nr;
}

int pid_show_children(struct seq *s, struct task *t)
{
	int nr = 0, shown;

	while (t->process && (nr = pid_stat_next_child(t, nr, s->view, &shown)))
		if (shown)
			seq_print(s, "%d ", shown);
	return 0;
}

int pid_show_comm(struct seq *s, struct task *t)
{
	char name[TASK_COMM];

	task_get_comm(t, name);
	seq_print(s, "%s\n", name);
	return 0;
}

/*
 * Only threads of the same process may rename each other.  The name may contain
 * any byte, even a line feed.
 */
int pid_store_comm(struct task *t, const char *text, size_t n)
{
	if (t->process != current->process)
		return -EINVAL;
	task_set_comm(t, text, n);
	return 0;
}

int pid_show_wchan(struct seq *s, struct task *t)
{
	uintptr_t pc = proc_may_inspect(t) ? HINT(t->wchan) : 0, offset;
	const char *name = pc ? ksym_lookup(pc, &offset) : NULL;

	seq_print(s, "%s", name ? name : "0");
	return 0;
}
