/* SPDX-License-Identifier: MIT */
/*
 * A task's memory as /proc/PID shows it: its start-up strings, its VMAs
 * (rows C2, D4).
 */
#include <ext/proc/proc.h>
#include <kernel/cred.h>
#include <kernel/task.h>
#include <lt/seq.h>
#include <mm/page.h>
#include <mm/pt.h>
#include <mm/slab.h>
#include <mm/vm.h>

/* ---- start-up strings ---------------------------------------------------- */

struct vm_space *proc_use_space(struct vm_space *m)
{
	bool live;

	spin_lock(&tree_lock);
	live = vm_space_get_live(m);
	spin_unlock(&tree_lock);
	return live ? m : NULL;
}

/* [from, to) of m's memory as it is now; what is unmapped ends it. */
static int show_memory(struct seq *s, struct vm_space *m, bool environ)
{
	uaddr_t from, to;
	char *page;

	if (!m)
		return 0;	/* a kernel thread or a zombie: empty */
	from = environ ? m->env_start : m->arg_start;
	to = environ ? m->env_end : m->arg_end;
	page = kmalloc(PAGE_SIZE);
	while (page && from < to) {
		unsigned long n = min(to - from, (unsigned long)PAGE_SIZE);
		unsigned long done = vm_copy_from(m, page, from, n);

		seq_put(s, page, done);
		if (done < n)
			break;
		from += n;
	}
	vm_space_put(m);
	if (!page)
		return -ENOMEM;
	kfree(page);
	return 0;
}

/* Everybody may see it, as ps(1) shows it to all. */
int pid_show_cmdline(struct seq *s, struct task *t)
{
	return show_memory(s, proc_space(t), false);
}

int pid_show_environ(struct seq *s, struct task *t)
{
	return show_memory(s, proc_use_space(s->arg), true);
}

int pid_show_auxv(struct seq *s, struct task *t)
{
	struct vm_space *m = proc_use_space(s->arg);

	if (!m)
		return 0;
	seq_put(s, m->auxv, m->auxv_words * sizeof(m->auxv[0]));
	vm_space_put(m);
	return 0;
}

/* ---- maps ---------------------------------------------------------------- */

void proc_show_vma(struct seq *s, struct vma *v, char *buf)
{
	struct file *f = object_file(v->object);
	struct inode *i = f ? f->inode : NULL;
	unsigned dev = i && i->super ? i->super->dev : 0;
	const char *name = vma_name(v);
	size_t start = s->len;
	int err;

	if (f && f->path.dentry) {
		name = path_name(&f->path, buf, PATH_MAX, &err);
		if (!name)
			name = "";
	}
	seq_print(s, "%08lx-%08lx %c%c%c%c %08llx %02x:%02x %llu ",
		  v->start, v->end, v->prot & MAP_R ? 'r' : '-',
		  v->prot & MAP_W ? 'w' : '-', v->prot & MAP_X ? 'x' : '-',
		  v->flags & VM_SHARED ? 's' : 'p',
		  f ? (unsigned long long)v->pgoff << PAGE_SHIFT : 0,
		  DEV_MAJOR(dev), DEV_MINOR(dev),
		  i ? (unsigned long long)i->ino : 0);
	if (name && *name) {
		/* Linux aligns names to a column that its tools expect. */
		while (s->len - start < 25 + 6 * sizeof(long))
			seq_put(s, " ", 1);
		seq_print(s, "%s", name);
	}
	seq_put(s, "\n", 1);
}

int proc_each_vma(struct seq *s,
		  void (*fn)(struct seq *s, struct vma *v, char *buf))
{
	struct vm_space *m = proc_use_space(s->arg);
	struct vma *v;
	char *buf;

	if (!m)
		return 0;
	buf = kmalloc(PATH_MAX);
	if (buf) {
		rw_read_lock(&m->lock);
		list_for_each(v, &m->vmas, link)
			fn(s, v, buf);
		rw_read_unlock(&m->lock);
		kfree(buf);
	}
	vm_space_put(m);
	return buf ? 0 : -ENOMEM;
}

int pid_show_maps(struct seq *s, struct task *t)
{
	return proc_each_vma(s, proc_show_vma);
}

int pid_hold_space(struct inode *i, bool control, struct vm_space **out)
{
	struct task *t = proc_task(i);
	int err = -EACCES;

	*out = NULL;
	if (!t)
		return -ESRCH;
	/* one hold: exec must not put another space in between */
	spin_lock(&tree_lock);
	if (!t->space || ref_read(&t->space->users) <= 0) {
		err = 0;		/* nothing to protect */
	} else if (task_may_access_locked(t, false, control)) {
		*out = t->space;
		vm_space_hold(*out);
		err = 0;
	}
	spin_unlock(&tree_lock);
	task_put(t);
	return err;
}
