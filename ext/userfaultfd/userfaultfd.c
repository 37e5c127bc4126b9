/* SPDX-License-Identifier: MIT */
/*
 * userfaultfd(2): page faults that user code answers (row E3).  This file has
 * the descriptor; see the others for what it does.
 *
 *   who touches a page                     who serves the descriptor
 *
 *   fault: no entry                              poll, read
 *     uffd_ask(): a question  ----- asked ---->  its address
 *     sleeps                                     UFFDIO_COPY: the page is
 *        ^                                       filled and mapped
 *        +------------------------- wake --------+
 *   makes the access again
 *
 * The two are threads of one process, or the descriptor went to another one
 * over a socket or a fork: it stays with the memory that it was made in.
 */
#include <ext/userfaultfd/uffd.h>
#include <fs/anon_inode.h>
#include <fs/internal.h>
#include <kernel/capable.h>
#include <kernel/task/internal.h>
#include <lt/init.h>
#include <lt/procfile.h>
#include <lt/seq.h>
#include <mm/slab.h>
#include <mm/uaccess.h>
#include <syscalls.h>

#define API_IOCTLS	(1ull << 0x3f | 1 << 0 | 1 << 1)

static struct slab_cache *cache;
static unsigned long unprivileged;	/* sysctl: anybody may have kernel's */

SYSCTL_NUMBERS(numbers) = {
	{ "vm/unprivileged_userfaultfd", &unprivileged, 0, 1 },
};

static void uffd_init(void)
{
	cache = slab_create("userfaultfd", sizeof(struct uffd));
	uffd_wait_init();
}
INIT(fs, uffd_init);

void uffd_put(struct uffd *u)
{
	if (!ref_put(&u->refs))
		return;
	vm_space_drop(u->space);
	slab_free(cache, u);
}

struct vm_space *uffd_use_space(struct uffd *u)
{
	bool live;

	spin_lock(&tree_lock);
	live = vm_space_get_live(u->space);
	spin_unlock(&tree_lock);
	return live ? u->space : NULL;
}

int uffd_check_range(u64 start, u64 len)
{
	if (start & ~PAGE_MASK || len & ~PAGE_MASK || !len ||
	    start < MMAP_MIN_ADDR || start >= USER_TOP ||
	    len > USER_TOP - start)
		return -EINVAL;
	return 0;
}

/* ---- the file ------------------------------------------------------------ */

/* As many messages as there is room for; it waits for the first alone. */
static long uffd_read(struct file *f, struct uio *uio, loff_t *pos)
{
	struct uffd *u = f->private;
	struct uffd_msg msg;
	long done = 0;
	int err;

	if (!READ_ONCE(u->ready))
		return -EINVAL;
	while (uio->left >= sizeof(msg)) {
		if (uffd_take(u, &msg)) {
			if (uio_put(uio, &msg, sizeof(msg)) < sizeof(msg))
				return done ? done : -EFAULT;
			done += sizeof(msg);
			continue;
		}
		if (done)
			return done;
		if (f->flags & O_NONBLOCK)
			return -EAGAIN;
		err = wait_event_interruptible(&u->readers,
					       !list_empty(&u->asked));
		if (err)
			return err;
	}
	return done ? done : -EINVAL;
}

/*
 * Whoever asked may be woken before the message is read, so poll(2) cannot
 * promise anything about a read that would block.
 */
static unsigned uffd_poll(struct file *f, struct poll_table *pt)
{
	struct uffd *u = f->private;

	poll_wait(pt, &u->readers);
	if (!READ_ONCE(u->ready) || !(f->flags & O_NONBLOCK))
		return POLLERR;
	return PEEK(list_empty(&u->asked)) ? 0 : POLLIN;
}

static long set_api(struct uffd *u, uaddr_t arg)
{
	static const struct uffdio_api zeros;
	struct uffdio_api a;
	bool again;

	if (get_user(&a, arg))
		return -EFAULT;
	if (a.api != UFFD_API || a.features & ~(u64)UFFD_FEATURES)
		goto refuse;
	spin_lock(&u->lock);
	again = u->ready;
	if (!again)
		u->features = (unsigned)a.features;
	WRITE_ONCE(u->ready, true);
	spin_unlock(&u->lock);
	if (again)
		goto refuse;
	a.features = UFFD_FEATURES;
	a.ioctls = API_IOCTLS;
	return put_user(a, arg);
refuse:
	return put_user(zeros, arg) ? -EFAULT : -EINVAL;
}

static long wake(struct uffd *u, uaddr_t arg)
{
	struct uffdio_range r;
	int err;

	if (get_user(&r, arg))
		return -EFAULT;
	err = uffd_check_range(r.start, r.len);
	if (!err)
		uffd_wake(u, (uaddr_t)r.start, (unsigned long)r.len);
	return err;
}

static long uffd_ioctl(struct file *f, unsigned cmd, unsigned long arg)
{
	struct uffd *u = f->private;

	if (cmd == UFFDIO_API)
		return set_api(u, arg);
	if (!READ_ONCE(u->ready))
		return -EINVAL;
	switch (cmd) {
	case UFFDIO_REGISTER:
		return uffd_register(u, arg);
	case UFFDIO_UNREGISTER:
		return uffd_unregister(u, arg);
	case UFFDIO_WAKE:
		return wake(u, arg);
	case UFFDIO_COPY:
		return uffd_copy(u, arg);
	case UFFDIO_ZEROPAGE:
		return uffd_zeropage(u, arg);
	case UFFDIO_WRITEPROTECT:
		return uffd_writeprotect(u, arg);
	case UFFDIO_CONTINUE:
		return uffd_continue(u, arg);
	}
	return -EINVAL;
}

static void uffd_release(struct file *f)
{
	struct uffd *u = f->private;

	uffd_unregister_all(u);
	uffd_wake(u, 0, USER_TOP);
	uffd_put(u);
}

static void uffd_show(struct seq *s, struct file *f)
{
	struct uffd *u = f->private;
	unsigned long pending = 0, total = 0;
	struct list *l;

	spin_lock(&u->lock);
	for (l = u->asked.next; l != &u->asked; l = l->next)
		pending++;
	for (l = u->told.next; l != &u->told; l = l->next)
		total++;
	spin_unlock(&u->lock);
	seq_print(s, "pending:\t%lu\ntotal:\t%lu\nAPI:\t%llx:%x:%llx\n",
		  pending, total + pending, UFFD_API, u->features, API_IOCTLS);
}

static const struct file_ops uffd_fops = {
	.no_splice = true, .read = uffd_read, .poll = uffd_poll,
	.ioctl = uffd_ioctl, .release = uffd_release,
	.show_fdinfo = uffd_show,
};

/*
 * Who can stop a system call in the middle, for as long as it likes, can widen
 * every race in the kernel: a user's descriptor is for faults of user mode.
 */
long sys_userfaultfd(int flags)
{
	struct uffd *u;
	bool alive;
	long fd;

	if (!(flags & UFFD_USER_MODE_ONLY) && !HINT(unprivileged) &&
	    !capable(CAP_SYS_PTRACE))
		return -EPERM;
	if (flags & ~(O_CLOEXEC | O_NONBLOCK | UFFD_USER_MODE_ONLY))
		return -EINVAL;
	u = slab_zalloc(cache);
	if (!u)
		return -ENOMEM;
	ref_init(&u->refs);
	uffd_init_ops(u);
	u->user_only = flags & UFFD_USER_MODE_ONLY;
	u->space = current->space;
	vm_space_hold(u->space);
	spin_init(&u->lock, "userfaultfd", IPL_SOFT);
	list_init(&u->asked);
	list_init(&u->told);
	wait_queue_init(&u->readers);
	wait_queue_init(&u->sleepers);
	fd = anon_open(ANON_USERFAULTFD, &uffd_fops, u, O_RDONLY |
		       ((unsigned)flags & (O_CLOEXEC | O_NONBLOCK)), &alive);
	if (alive)
		uffd_put(u);
	return fd;
}
