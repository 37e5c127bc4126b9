/* SPDX-License-Identifier: MIT */
/*
 * epoll(7).  An item stays on the wait queues of its file.  A wake-up puts the
 * item on the ready list, and epoll_wait polls the file again before it reports
 * an event.
 *
 * One mutex guards the items of all sets.  So a file can be removed from every
 * set when its last reference is dropped, and sets may watch each other.  Ready
 * lists have a spin lock of their own, because wakers run in any context.
 */
#include <fs/open/anon_inode.h>
#include <fs/fs.h>
#include <fs/hooks.h>
#include <fs/io/pagefile.h>
#include <fs/mount/mount.h>
#include <fs/nodes.h>
#include <fs/open/fd.h>
#include <fs/path/namei.h>
#include <fs/open/poll.h>
#include <lib/mem.h>
#include <lt/init.h>
#include <lt/seq.h>
#include <mm/frames/slab.h>
#include <mm/uaccess.h>
#include <syscalls.h>

#define EPOLL_CTL_ADD	1
#define EPOLL_CTL_DEL	2
#define EPOLL_CTL_MOD	3

#define EPOLLEXCLUSIVE	(1u << 28)
#define EPOLLWAKEUP	(1u << 29)
#define EPOLLONESHOT	(1u << 30)
#define EPOLLET		(1u << 31)
#define EPOLL_FLAGS	(EPOLLEXCLUSIVE | EPOLLWAKEUP | EPOLLONESHOT | EPOLLET)
/* all flags that may be combined with EPOLLEXCLUSIVE */
#define EPOLL_EXCLUSIVE_OK \
	(POLLIN | POLLOUT | POLL_ALWAYS | EPOLLEXCLUSIVE | EPOLLWAKEUP | \
	 EPOLLET)

#define NEST_MAX	4	/* nested sets */
#define TOO_DEEP	100
#define CHUNK		16	/* events copied out at a time */

/* Layout in user memory: packed on machines that align 64 bits to 4 bytes. */
struct epoll_event {
	u32 events;
	u64 data;
};

struct epoll {
	struct rb_tree items;		/* [epoll_mutex] by file and fd */
	struct spinlock ready_lock;	/* IPL_HIGH */
	struct list ready;		/* [ready_lock] */
	unsigned nr_items;		/* [epoll_mutex] */
	u64 rounds;			/* [epoll_mutex] calls of epoll_wait
					   that took events */
	struct file *file;		/* [epoll_mutex] own file; NULL:
					   unused */
	u64 look;			/* [epoll_mutex] `looks` at the last
					   visit */
	int depth;			/* [epoll_mutex] depth found at that
					   visit */
	struct wait_queue wait;
};

struct epoll_item;

/* Entry of an item on one wait queue of its file. */
struct epoll_hook {
	struct wait_entry wait;
	struct wait_queue *queue;
	struct epoll_item *item;
	struct epoll_hook *next;
};

struct epoll_item {
	struct poll_table table;
	struct rb_node node;
	struct epoll *ep;
	struct file *file;		/* no reference: dropping the last
					   reference to the file removes the
					   item */
	int fd;
	u32 events;			/* [epoll_mutex] requested events, and
					   flags */
	u64 data;			/* [epoll_mutex] */
	struct list ready;		/* [ready_lock] on ep->ready, or
					   empty */
	u64 round;			/* [epoll_mutex] ep->rounds when last
					   reported */
	struct list file_link;		/* [epoll_mutex] file->epoll_items */
	struct epoll_hook *hooks;	/* [epoll_mutex] */
	bool no_memory;
};

static struct mutex epoll_mutex = {
	.wait = WAIT_QUEUE_INIT(epoll_mutex.wait), .name = "epoll",
};
static struct slab_cache *epoll_cache, *item_cache, *hook_cache;

static const struct file_ops epoll_fops;

static void epoll_init(void)
{
	epoll_cache = slab_create("epoll", sizeof(struct epoll));
	item_cache = slab_create("epoll_item", sizeof(struct epoll_item));
	hook_cache = slab_create("epoll_hook", sizeof(struct epoll_hook));
}
INIT(fs, epoll_init);

/* ---- items --------------------------------------------------------------- */

static void make_ready(struct epoll_item *i)
{
	struct epoll *ep = i->ep;

	spin_lock(&ep->ready_lock);
	if (list_empty(&i->ready))
		list_append(&ep->ready, &i->ready);
	spin_unlock(&ep->ready_lock);
}

static void make_unready(struct epoll_item *i)
{
	spin_lock(&i->ep->ready_lock);
	list_remove(&i->ready);
	spin_unlock(&i->ep->ready_lock);
}

/*
 * Wake function of a hook.
 * Context: any, with the lock of the file's wait queue.
 */
static bool epoll_hook_wake(struct wait_entry *w, unsigned long key)
{
	struct epoll_item *i =
		container_of(w, struct epoll_hook, wait)->item;
	u32 events = i->events;
	bool waited = wait_queue_active(&i->ep->wait);

	if (!(events & ~EPOLL_FLAGS))
		return false;		/* one-shot item that has fired */
	if (key && !(key & events))
		return false;
	make_ready(i);
	wake_up_key(&i->ep->wait, POLLIN | POLLRDNORM);
	return waited;			/* false: wake another waiter */
}

static void item_queue(struct poll_table *t, struct wait_queue *q)
{
	struct epoll_item *i = container_of(t, struct epoll_item, table);
	struct epoll_hook *h = slab_alloc(hook_cache);

	if (!h) {
		i->no_memory = true;
		return;
	}
	wait_entry_init(&h->wait);
	h->wait.wake = epoll_hook_wake;
	h->wait.exclusive = i->events & EPOLLEXCLUSIVE;
	h->queue = q;
	h->item = i;
	h->next = i->hooks;
	i->hooks = h;
	wait_add(q, &h->wait);
}

/* Return: requested events that the item's file has now. */
static unsigned item_events(struct epoll_item *i, struct poll_table *t)
{
	unsigned asked = i->events & ~EPOLL_FLAGS;

	return asked ? file_poll(i->file, t, asked) : 0;
}

/* Return: below 0 if i comes before (file, fd) in the tree, 0 if equal. */
static long item_compare(const struct epoll_item *i, const struct file *f,
			 int fd)
{
	if (i->file != f)
		return i->file < f ? -1 : 1;
	return i->fd < fd ? -1 : i->fd > fd;
}

static struct epoll_item *item_find(struct epoll *ep, struct file *f, int fd)
{
	struct rb_node *n = ep->items.root;

	while (n) {
		struct epoll_item *i = rb_entry(n, struct epoll_item, node);
		long c = item_compare(i, f, fd);

		if (!c)
			return i;
		n = c > 0 ? n->left : n->right;
	}
	return NULL;
}

static void item_insert(struct epoll *ep, struct epoll_item *i)
{
	struct rb_node **at = &ep->items.root, *parent = NULL;

	while (*at) {
		parent = *at;
		at = item_compare(rb_entry(parent, struct epoll_item, node),
				  i->file, i->fd) > 0
			? &parent->left : &parent->right;
	}
	rb_link(&i->node, parent, at);
	rb_insert_fixup(&ep->items, &i->node, NULL);
	ep->nr_items++;
	list_append(&i->file->epoll_items, &i->file_link);
	file_set_hook(i->file, HOOK_EPOLL);
}

/* Context: [epoll_mutex]. */
static void item_remove(struct epoll_item *i)
{
	struct epoll_hook *h;

	mutex_must_hold(&epoll_mutex);
	while ((h = i->hooks)) {
		i->hooks = h->next;
		wait_remove(h->queue, &h->wait);
		slab_free(hook_cache, h);
	}
	make_unready(i);
	rb_remove(&i->ep->items, &i->node, NULL);
	i->ep->nr_items--;
	list_remove(&i->file_link);
	slab_free(item_cache, i);
}

static void epoll_file_gone(struct file *f)
{
	mutex_lock(&epoll_mutex);
	while (!list_empty(&f->epoll_items))
		item_remove(list_first(&f->epoll_items, struct epoll_item,
				       file_link));
	mutex_unlock(&epoll_mutex);
}

FILE_HOOKS(file_hooks) = {
	{ .bit = HOOK_EPOLL, .end = epoll_file_gone },
};

/* ---- epoll_ctl ----------------------------------------------------------- */

static struct epoll *epoll_of(const struct file *f)
{
	return f->ops == &epoll_fops ? f->private : NULL;
}

static u64 looks;			/* [epoll_mutex] number of searches */

/*
 * Count the levels of sets nested below ep.  A set that is reachable in several
 * ways is visited once.
 * Context: [epoll_mutex]; recursive, at most NEST_MAX deep.
 * Return: levels; TOO_DEEP: too many, or `into` is among the sets.
 */
static int depth_below(struct epoll *ep, const struct epoll *into, int depth)
{
	struct rb_node *n;
	int most = 0;

	mutex_must_hold(&epoll_mutex);
	if (ep == into || depth > NEST_MAX)
		return TOO_DEEP;
	if (ep->look == looks)
		return ep->depth;
	for (n = rb_first(&ep->items); n; n = rb_next(n)) {
		struct epoll_item *i = rb_entry(n, struct epoll_item, node);
		struct epoll *next = epoll_of(i->file);

		if (next)
			most = max(most, 1 + depth_below(next, into,
							 depth + 1));
	}
	ep->look = looks;
	ep->depth = most;
	return most;
}

/*
 * Count the levels of sets that watch ep, directly or indirectly.
 * Context: as depth_below().  Return: levels; TOO_DEEP: too many.
 */
static int depth_above(struct epoll *ep, int depth)
{
	struct epoll_item *i;
	int most = 0;

	if (depth > NEST_MAX)
		return TOO_DEEP;
	if (ep->look == looks)
		return ep->depth;
	list_for_each(i, &ep->file->epoll_items, file_link)
		most = max(most, 1 + depth_above(i->ep, depth + 1));
	ep->look = looks;
	ep->depth = most;
	return most;
}

/*
 * True if adding set `below` to ep closes a cycle or nests too deeply.
 * Context: [epoll_mutex].
 */
static bool too_deep(struct epoll *ep, struct epoll *below)
{
	int down;

	mutex_must_hold(&epoll_mutex);
	looks++;
	down = depth_below(below, ep, 0);
	if (down > NEST_MAX)
		return true;
	looks++;
	return down + 1 + depth_above(ep, 0) > NEST_MAX;
}

/*
 * Limit the number of paths on which an event of f travels upwards from set to
 * set, because it wakes every set on every path.  ways[] counts the paths of
 * each length.
 * Context: [epoll_mutex]; recursive, at most NEST_MAX deep.
 * Return: true if there are not too many paths.
 */
static bool wake_paths_ok(const struct file *f, int depth, unsigned *ways)
{
	static const unsigned most[NEST_MAX + 1] = { 1000, 500, 100, 50, 10 };
	struct epoll_item *i;

	mutex_must_hold(&epoll_mutex);
	if (depth > NEST_MAX)
		return false;
	list_for_each(i, &f->epoll_items, file_link) {
		struct file *up = i->ep->file;

		if (!list_empty(&up->epoll_items)) {
			if (!wake_paths_ok(up, depth + 1, ways))
				return false;
		} else if (depth && ++ways[depth] > most[depth]) {
			return false;
		}
	}
	return true;
}

/*
 * True if wake_paths_ok() holds for f or, if f is a set, for all files below
 * it.
 */
static bool all_paths_ok(const struct file *f)
{
	unsigned ways[NEST_MAX + 1] = { 0 };
	struct epoll *ep = epoll_of(f);
	struct rb_node *n;

	if (!ep)
		return wake_paths_ok(f, 0, ways);
	if (ep->look == looks)
		return true;
	ep->look = looks;
	for (n = rb_first(&ep->items); n; n = rb_next(n))
		if (!all_paths_ok(rb_entry(n, struct epoll_item, node)->file))
			return false;
	return true;
}

/* Queue the item if its file has an event already.  Context: [epoll_mutex]. */
static void item_check(struct epoll_item *i, struct poll_table *t)
{
	mutex_must_hold(&epoll_mutex);
	if (!item_events(i, t))
		return;
	make_ready(i);
	wake_up_key(&i->ep->wait, POLLIN | POLLRDNORM);
}

/*
 * True if there are few enough wake-up paths with i, which is inserted already.
 * Context: [epoll_mutex].
 */
static bool may_watch(const struct epoll_item *i)
{
	mutex_must_hold(&epoll_mutex);
	if (!epoll_of(i->file) && list_empty(&i->ep->file->epoll_items))
		return true;
	looks++;
	return all_paths_ok(i->file);
}

/* Context: [epoll_mutex]. */
static int ctl_add(struct epoll *ep, struct file *f, int fd,
		   const struct epoll_event *e)
{
	struct epoll_item *i;
	int err;

	mutex_must_hold(&epoll_mutex);
	if (epoll_of(f) && too_deep(ep, epoll_of(f)))
		return -ELOOP;
	if (item_find(ep, f, fd))
		return -EEXIST;
	i = slab_zalloc(item_cache);
	if (!i)
		return -ENOMEM;
	i->table.queue = item_queue;
	i->ep = ep;
	i->file = f;
	i->fd = fd;
	i->events = e->events | POLL_ALWAYS;
	i->data = e->data;
	list_init(&i->ready);
	item_insert(ep, i);
	err = may_watch(i) ? 0 : -EINVAL;
	if (!err)
		item_check(i, &i->table);
	if (i->no_memory)
		err = -ENOMEM;
	if (err)
		item_remove(i);
	return err;
}

static int ctl(struct epoll *ep, int op, struct file *f, int fd,
	       const struct epoll_event *e)
{
	struct epoll_item *i;

	if (op == EPOLL_CTL_ADD)
		return ctl_add(ep, f, fd, e);
	if (op != EPOLL_CTL_DEL && op != EPOLL_CTL_MOD)
		return -EINVAL;
	i = item_find(ep, f, fd);
	if (!i)
		return -ENOENT;
	if (op == EPOLL_CTL_DEL) {
		item_remove(i);
		return 0;
	}
	if (i->events & EPOLLEXCLUSIVE)
		return -EINVAL;
	i->events = e->events | POLL_ALWAYS;
	i->data = e->data;
	item_check(i, NULL);
	return 0;
}

/* EPOLLEXCLUSIVE may be set only when an item is added whose file is no set. */
static bool exclusive_ok(int op, const struct file *f, u32 events)
{
	return op == EPOLL_CTL_DEL || !(events & EPOLLEXCLUSIVE) ||
	       (op == EPOLL_CTL_ADD && f->ops != &epoll_fops &&
		!(events & ~EPOLL_EXCLUSIVE_OK));
}

long sys_epoll_ctl(int epfd, int op, int fd, uaddr_t event)
{
	struct epoll_event e = { 0, 0 };
	struct fdref set, r;
	long err = -EBADF;

	if (op != EPOLL_CTL_DEL && get_user(&e, event))
		return -EFAULT;
	set = fdref_get(epfd);
	r = fdref_get(fd);
	if (!set.file || !r.file)
		goto out;
	err = -EPERM;
	if (!r.file->ops->poll)
		goto out;		/* the file is always ready */
	err = -EINVAL;
	if (set.file == r.file || !epoll_of(set.file) ||
	    !exclusive_ok(op, r.file, e.events))
		goto out;
	mutex_lock(&epoll_mutex);
	epoll_of(set.file)->file = set.file;
	err = ctl(epoll_of(set.file), op, r.file, fd, &e);
	mutex_unlock(&epoll_mutex);
out:
	fdref_put(r);
	fdref_put(set);
	return err;
}

/* ---- epoll_wait ---------------------------------------------------------- */

/*
 * Take the next item off the list.
 * Return: NULL: all remaining items were reported in this round.
 */
static struct epoll_item *next_ready(struct epoll *ep, struct list *todo,
				     u64 round)
{
	struct epoll_item *i = NULL;

	spin_lock(&ep->ready_lock);
	if (!list_empty(todo)) {
		i = list_first(todo, struct epoll_item, ready);
		if (i->round < round)
			list_remove(&i->ready);
		else
			i = NULL;
	}
	spin_unlock(&ep->ready_lock);
	return i;
}

/* An event taken by epoll_collect(), in case it has to be given back. */
struct taken {
	struct file *file;		/* no reference, only compared */
	int fd;
	u32 events;			/* requested events, and flags */
};

/*
 * Report up to max events.  A level-triggered item that is still ready goes
 * behind the others, so that none starves; an edge-triggered one waits for its
 * next wake-up.  An epoll_wait that calls this several times uses one round, so
 * that it reports no item twice; *round is 0 in the first call.
 * Return: number of events.
 */
static int epoll_collect(struct epoll *ep, struct epoll_event *out,
			 struct taken *taken, int max, u64 *round)
{
	struct list todo = LIST_INIT(todo);
	struct epoll_item *i;
	bool more;
	int n = 0;

	mutex_lock(&epoll_mutex);
	spin_lock(&ep->ready_lock);
	list_splice(&todo, &ep->ready);
	spin_unlock(&ep->ready_lock);
	if (!*round)
		*round = ++ep->rounds;
	while (n < max && (i = next_ready(ep, &todo, *round))) {
		unsigned events = item_events(i, NULL);

		if (!events)
			continue;
		i->round = *round;
		memset(&out[n], 0, sizeof(out[n]));
		out[n].events = events;
		out[n].data = i->data;
		taken[n++] = (struct taken){ i->file, i->fd, i->events };
		if (i->events & EPOLLONESHOT)
			i->events &= EPOLL_FLAGS;
		else if (!(i->events & EPOLLET))
			make_ready(i);
	}
	spin_lock(&ep->ready_lock);
	list_splice(&todo, &ep->ready);		/* unreported ones first */
	list_splice(&ep->ready, &todo);
	more = !list_empty(&ep->ready);
	spin_unlock(&ep->ready_lock);
	mutex_unlock(&epoll_mutex);
	/* a waiter may have seen the list empty meanwhile */
	if (more)
		wake_up_key(&ep->wait, POLLIN | POLLRDNORM);
	return n;
}

/*
 * Requeue events that could not be copied to the user, the first at the front,
 * and rearm one-shot items.  Items that were removed, or reported by another
 * call since then (item's round differs), are skipped.
 */
static void epoll_requeue(struct epoll *ep, const struct taken *t, int n,
			  u64 round)
{
	mutex_lock(&epoll_mutex);
	while (n--) {
		struct epoll_item *i = item_find(ep, t[n].file, t[n].fd);

		if (!i || i->round != round)
			continue;
		i->round = 0;
		if (!(i->events & ~EPOLL_FLAGS))
			i->events = t[n].events;
		spin_lock(&ep->ready_lock);
		list_remove(&i->ready);
		list_push(&ep->ready, &i->ready);
		spin_unlock(&ep->ready_lock);
	}
	mutex_unlock(&epoll_mutex);
	wake_up_key(&ep->wait, POLLIN | POLLRDNORM);
}

/* Copy as many whole events as possible to the user.  Return: how many of n. */
static int epoll_copy_out(uaddr_t to, const struct epoll_event *e, int n)
{
	int k = 0;

	if (!copy_to_user(to, e, (unsigned)n * sizeof(*e)))
		return n;
	while (k < n && !copy_to_user(to + (unsigned)k * sizeof(*e), &e[k],
				      sizeof(*e)))
		k++;
	return k;
}

static bool any_ready(struct epoll *ep)
{
	return !list_empty(&ep->ready);
}

/* Return: events copied to the user, 0 (deadline), -EINTR, -EFAULT. */
static long wait_events(struct epoll *ep, uaddr_t to, int max,
			ktime_t deadline)
{
	struct epoll_event chunk[CHUNK];
	struct taken taken[CHUNK];
	long done = 0;
	int n, told, err = 0;

	for (;;) {
		u64 round = 0;

		do {
			int want = max - (int)done;

			n = epoll_collect(ep, chunk, taken,
					  want < CHUNK ? want : CHUNK, &round);
			told = epoll_copy_out(to + (unsigned long)done *
							      sizeof(chunk[0]),
					      chunk, n);
			done += told;
			if (told < n) {
				epoll_requeue(ep, &taken[told], n - told,
					      round);
				return done ? done : -EFAULT;
			}
		} while (n == CHUNK && done < max);
		if (done || err || deadline == POLL_NO_WAIT)
			break;
		err = wait_event_deadline(&ep->wait, any_ready(ep), deadline);
	}
	if (done || err != -ERESTARTSYS)
		return done;
	return -EINTR;
}

static long do_epoll_wait(int epfd, uaddr_t events, int max, ktime_t deadline,
			  const sigmask_t *mask)
{
	struct fdref r;
	sigmask_t old;
	long n;

	if (max <= 0 || max > (int)(0x7fffffff / sizeof(struct epoll_event)))
		return -EINVAL;
	if (!user_range_ok(events, (unsigned)max * sizeof(struct epoll_event)))
		return -EFAULT;
	r = fdref_get(epfd);
	n = r.file ? -EINVAL : -EBADF;
	if (r.file && epoll_of(r.file)) {
		old = poll_mask_enter(mask);
		n = wait_events(epoll_of(r.file), events, max, deadline);
		poll_mask_leave(mask, old, n);
	}
	fdref_put(r);
	return n;
}

static ktime_t from_ms(int ms)
{
	return poll_deadline(ms < 0 ? -1 : (s64)ms * 1000000);
}

long sys_epoll_wait(int epfd, uaddr_t events, int max, int timeout)
{
	return do_epoll_wait(epfd, events, max, from_ms(timeout), NULL);
}

long sys_epoll_pwait(int epfd, uaddr_t events, int max, int timeout,
		     uaddr_t mask, unsigned long size)
{
	sigmask_t m;
	int err = poll_mask_get(&m, mask, size);

	return err ? err : do_epoll_wait(epfd, events, max, from_ms(timeout),
					 mask ? &m : NULL);
}

long sys_epoll_pwait2(int epfd, uaddr_t events, int max, uaddr_t timeout,
		      uaddr_t mask, unsigned long size)
{
	sigmask_t m;
	ktime_t deadline;
	int err = poll_deadline_get(timeout, &deadline);

	if (!err)
		err = poll_mask_get(&m, mask, size);
	return err ? err : do_epoll_wait(epfd, events, max, deadline,
					 mask ? &m : NULL);
}

/* ---- the file ------------------------------------------------------------ */

/* A set is readable if one of its items on the ready list has an event. */
static unsigned epoll_poll(struct file *f, struct poll_table *pt)
{
	struct epoll *ep = f->private;
	bool nested = mutex_held(&epoll_mutex);
	unsigned got = 0;
	struct rb_node *n;

	poll_wait(pt, &ep->wait);
	if (!nested)
		mutex_lock(&epoll_mutex);
	for (n = rb_first(&ep->items); n && !got; n = rb_next(n)) {
		struct epoll_item *i = rb_entry(n, struct epoll_item, node);

		if (!list_empty(&i->ready) && item_events(i, NULL))
			got = POLLIN | POLLRDNORM;
	}
	if (!nested)
		mutex_unlock(&epoll_mutex);
	return got;
}

static void epoll_show(struct seq *s, struct file *f)
{
	struct epoll *ep = f->private;
	struct rb_node *n;

	mutex_lock(&epoll_mutex);
	for (n = rb_first(&ep->items); n; n = rb_next(n)) {
		const struct epoll_item *i =
			rb_entry(n, struct epoll_item, node);

		seq_print(s, "tfd: %8d events: %8x data: %16llx  pos:%lld "
			  "ino:%llx sdev:%x\n", i->fd, i->events,
			  (unsigned long long)i->data, (long long)i->file->pos,
			  (unsigned long long)i->file->inode->ino,
			  i->file->inode->super->dev);
	}
	mutex_unlock(&epoll_mutex);
}

static void epoll_release(struct file *f)
{
	struct epoll *ep = f->private;
	struct rb_node *n;

	mutex_lock(&epoll_mutex);
	while ((n = ep->items.root))
		item_remove(rb_entry(n, struct epoll_item, node));
	mutex_unlock(&epoll_mutex);
	slab_free(epoll_cache, ep);
}

/* Estimate one hook per item, as most files have one wait queue. */
static unsigned long epoll_pins(const struct file *f)
{
	const struct epoll *ep = f->private;

	return sizeof(*ep) + HINT(ep->nr_items) *
		(sizeof(struct epoll_item) + sizeof(struct epoll_hook));
}

static const struct file_ops epoll_fops = {
	.poll = epoll_poll, .release = epoll_release,
	.show_fdinfo = epoll_show, .pins = epoll_pins,
};

long sys_epoll_create1(unsigned flags)
{
	struct epoll *ep;
	bool alive;
	long fd;

	if (flags & ~O_CLOEXEC)
		return -EINVAL;
	ep = slab_zalloc(epoll_cache);
	if (!ep)
		return -ENOMEM;
	spin_init(&ep->ready_lock, "epoll ready", IPL_HIGH);
	list_init(&ep->ready);
	wait_queue_init(&ep->wait);
	/*
	 * ep->wait.lock is taken under the lock of a watched queue, which may
	 * belong to another set
	 */
	ep->wait.lock.name = "epoll";
	ep->wait.lock.nests = true;
	fd = anon_open(ANON_EPOLL, &epoll_fops, ep,
		       O_RDWR | (flags & O_CLOEXEC), &alive);
	if (alive)
		slab_free(epoll_cache, ep);
	return fd;
}

long sys_epoll_create(int size)
{
	return size > 0 ? sys_epoll_create1(0) : -EINVAL;
}
