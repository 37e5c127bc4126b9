/* SPDX-License-Identifier: MIT */
/*
 * Whoever touches a page that user code is to supply asks, and waits.
 *
 * Invariant: a sleeper is on its list before it looks at the entry for the last
 * time, and whoever answers changes the entry before it looks at the lists: so
 * no answer is missed.  The space's lock, held until after that look, keeps the
 * VMA with its descriptor; nothing is held while it sleeps.
 */
#include <ext/userfaultfd/uffd.h>
#include <kernel/current.h>
#include <lib/mem.h>
#include <mm/fault.h>
#include <uapi/fs.h>

struct sleeper {
	struct list link;		/* [uffd->lock] asked, told, or none */
	struct uffd_msg msg;		/* const */
	uaddr_t page;			/* const */
	bool woken;			/* [uffd->lock] */
};

bool uffd_take(struct uffd *u, struct uffd_msg *out)
{
	struct sleeper *w;
	bool any;

	spin_lock(&u->lock);
	any = !list_empty(&u->asked);
	if (any) {
		w = list_first(&u->asked, struct sleeper, link);
		*out = w->msg;
		list_remove(&w->link);
		list_append(&u->told, &w->link);
	}
	spin_unlock(&u->lock);
	return any;
}

/* Context: [u->lock]. */
static void wake_some(struct list *l, uaddr_t start, unsigned long len)
{
	struct sleeper *w, *next;

	if (list_empty(l))
		return;
	list_for_each_safe(w, next, l, link) {
		if (w->page - start >= len)
			continue;
		list_remove(&w->link);
		WRITE_ONCE(w->woken, true);
	}
}

void uffd_wake(struct uffd *u, uaddr_t start, unsigned long len)
{
	spin_lock(&u->lock);
	wake_some(&u->asked, start, len);
	wake_some(&u->told, start, len);
	spin_unlock(&u->lock);
	wake_up(&u->sleepers);
}

/* What the entry for a page is now.  Context: [s->lock]. */
static pte_t entry_of(struct vm_space *s, uaddr_t at)
{
	unsigned level = 0;
	pte_t *slot = pt_walk(s->root, at, &level, false);

	return slot ? pte_read(slot) : (pte_t){ 0 };
}

static void write_msg(struct uffd_msg *m, const struct uffd *u, uaddr_t at,
		      bool missing, bool write)
{
	memset(m, 0, sizeof(*m));
	m->event = UFFD_EVENT_PAGEFAULT;
	m->address = u->features & UFFD_FEATURE_EXACT ? at :
		ALIGN_DOWN(at, PAGE_SIZE);
	m->flags = (write ? UFFD_FLAG_WRITE : 0) |
		(missing ? 0 : UFFD_FLAG_WP);
	if (u->features & UFFD_FEATURE_THREAD_ID)
		m->tid = (u32)current->vtid;
}

/*
 * Sleep until w is woken.  A fault of user mode ends with any signal, and is
 * made again after its handler; one of the kernel, in the middle of a call,
 * only if the task is to die.
 * Return: 0 or -ERESTARTSYS.
 */
static int sleep(struct uffd *u, struct sleeper *w)
{
	int err = current->faults_in_kernel ?
		wait_event_killable(&u->sleepers, READ_ONCE(w->woken)) :
		wait_event_interruptible(&u->sleepers, READ_ONCE(w->woken));

	spin_lock(&u->lock);
	list_remove(&w->link);
	spin_unlock(&u->lock);
	return err;
}

static enum vm_fault uffd_ask(struct vm_space *s, struct vma *v, uaddr_t at,
			      bool write)
{
	struct uffd *u = uffd_of(v);
	pte_t e = entry_of(s, at);
	struct sleeper w;
	bool asks;
	int err = 0;

	if (u->features & UFFD_FEATURE_SIGBUS ||
	    (u->user_only && current->faults_in_kernel)) {
		rw_read_unlock(&s->lock);
		return VM_FAULT_BUS;
	}
	write_msg(&w.msg, u, at, pte_none(e), write);
	w.page = ALIGN_DOWN(at, PAGE_SIZE);
	w.woken = false;
	ref_get(&u->refs);
	spin_lock(&u->lock);
	list_append(&u->asked, &w.link);
	spin_unlock(&u->lock);
	asks = fault_asks_user(v, entry_of(s, at), write);
	rw_read_unlock(&s->lock);
	if (asks)
		wake_up_key(&u->readers, POLLIN);
	else
		WRITE_ONCE(w.woken, true);
	err = sleep(u, &w);
	uffd_put(u);
	return err && current->faults_in_kernel ? VM_FAULT_BUS : VM_FAULT_OK;
}

void uffd_wait_init(void)
{
	vm_ask_user = uffd_ask;
}
