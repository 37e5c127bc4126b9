/* SPDX-License-Identifier: MIT */
/*
 * timerfd(2): a timer whose expiries are read from a descriptor.  An interval
 * timer that has expired is rearmed only when its descriptor is read.  So
 * unread short intervals cost nothing, and the number of missed expiries is
 * computed.  Timers that setting the clock cancels (TFD_TIMER_CANCEL_ON_SET)
 * are in a list; each notes of which offset of the clock its owner knows.
 */
#include <fs/open/anon_inode.h>
#include <fs/mount/mount.h>
#include <fs/nodes.h>
#include <fs/open/fd.h>
#include <fs/path/namei.h>
#include <kernel/cred/cred.h>
#include <kernel/ops/hooks.h>
#include <kernel/time/time.h>
#include <kernel/time/clock.h>
#include <lt/init.h>
#include <lt/seq.h>
#include <mm/frames/slab.h>
#include <mm/uaccess.h>
#include <syscalls.h>

#define TFD_CANCEL_ON_SET 2
#define STALE INT64_MAX		/* the clock was set, perhaps back again */

struct timerfd {
	struct timer timer;		/* [lock] armed for the deadline
					   while ticks is 0 */
	struct spinlock lock;		/* IPL_CLOCK */
	struct timer_deadline deadline;	/* [lock] next expiry; at 0: disarmed */
	u64 interval;			/* [lock] ns; 0: one shot */
	u64 ticks;			/* [lock] unread expiries */
	bool expired;			/* [lock] not armed since an expiry */
	bool watches;			/* [lock] canceled if the clock is
					   set */
	s64 offset;			/* [lock] of CLOCK_REALTIME, as its
					   owner knows it; or STALE */
	struct list link;		/* [cancel_lock] in cancel_list */
	int clock;			/* const */
	int flags;			/* [lock] flags of the last
					   timerfd_settime */
	struct wait_queue wait;
};

static struct slab_cache *cache;
static struct list cancel_list = LIST_INIT(cancel_list); /* [cancel_lock] */
static struct spinlock cancel_lock = SPIN_INIT("timerfd list", IPL_CLOCK);

static void timerfd_init(void)
{
	cache = slab_create("timerfd", sizeof(struct timerfd));
}
INIT(fs, timerfd_init);

/* Count expiries up to now, and advance the deadline.  Context: [t->lock]. */
static void timerfd_advance(struct timerfd *t)
{
	ktime_t now = timer_clock_now(t->deadline.clock);
	u64 n = 1;

	if (!t->deadline.at || now < t->deadline.at)
		return;
	if (t->interval) {
		n += (now - t->deadline.at) / t->interval;
		t->deadline.at += n * t->interval;
	} else {
		t->deadline.at = 0;
	}
	t->ticks += n;
	t->expired = true;
}

static void expire(struct timer *timer)
{
	struct timerfd *t = container_of(timer, struct timerfd, timer);

	spin_lock(&t->lock);
	timerfd_advance(t);
	if (!t->expired && t->deadline.at)	/* the clock was set back */
		timer_set_on(timer, t->deadline);
	spin_unlock(&t->lock);
	wake_up_key(&t->wait, POLLIN);
}

/*
 * True, once, if the clock was set since the owner was told of it.
 * Context: [t->lock].
 */
static bool timerfd_cancelled(struct timerfd *t)
{
	s64 offset = clock_offset(&realtime_offset);

	if (!t->watches || t->offset == offset)
		return false;
	t->offset = offset;
	return true;
}

/*
 * Take the expiries since the last read, and rearm the timer if there were any.
 * If the clock was set, an expired timer stays disarmed: its owner has to look
 * at the clock again.
 * Return: their number, or -ECANCELED.
 */
static s64 take_ticks(struct timerfd *t)
{
	s64 n;

	spin_lock(&t->lock);
	if (timerfd_cancelled(t)) {
		n = -ECANCELED;
		if (t->expired)
			t->deadline.at = 0;
	} else {
		if (t->ticks)
			timerfd_advance(t);
		n = (s64)t->ticks;
		if (t->expired && t->deadline.at)
			timer_set_on(&t->timer, t->deadline);
	}
	t->ticks = 0;
	t->expired = false;
	spin_unlock(&t->lock);
	return n;
}

/* ---- TFD_TIMER_CANCEL_ON_SET --------------------------------------------- */

static void set_cancel(struct timerfd *t, bool on)
{
	spin_lock(&cancel_lock);
	list_remove(&t->link);
	if (on)
		list_append(&cancel_list, &t->link);
	spin_unlock(&cancel_lock);
}

/* A reader may have noticed the new offset already. */
static void clock_jumped(void)
{
	s64 offset = clock_offset(&realtime_offset);
	struct timerfd *t;
	bool news;

	spin_lock(&cancel_lock);
	list_for_each(t, &cancel_list, link) {
		spin_lock(&t->lock);
		news = t->offset != offset;
		if (news) {
			t->offset = STALE;
			t->ticks++;
		}
		spin_unlock(&t->lock);
		if (news)
			wake_up_key(&t->wait, POLLIN);
	}
	spin_unlock(&cancel_lock);
}

static void jumps_init(void)
{
	hooks.clock_jumped = clock_jumped;
}
INIT(fs, jumps_init);

/* ---- the file ------------------------------------------------------------ */

static long timerfd_read(struct file *f, struct uio *u, loff_t *pos)
{
	struct timerfd *t = f->private;
	s64 n;
	int err;

	if (u->left < sizeof(n))
		return -EINVAL;
	while (!(n = take_ticks(t))) {
		if (f->flags & O_NONBLOCK)
			return -EAGAIN;
		err = wait_event_interruptible(&t->wait, t->ticks != 0);
		if (err)
			return err;
	}
	if (n < 0)
		return (long)n;
	return uio_put(u, &n, sizeof(n)) < sizeof(n) ? -EFAULT
		: (long)sizeof(n);
}

static unsigned timerfd_poll(struct file *f, struct poll_table *pt)
{
	struct timerfd *t = f->private;

	poll_wait(pt, &t->wait);
	return HINT(t->ticks) ? POLLIN : 0;
}

static void timerfd_release(struct file *f)
{
	struct timerfd *t = f->private;

	set_cancel(t, false);
	spin_lock(&t->lock);
	t->deadline.at = t->interval = 0;
	spin_unlock(&t->lock);
	timer_stop(&t->timer);
	slab_free(cache, t);
}

/* A struct itimerspec in ns: time left (0: disarmed), interval. */
struct setting {
	ktime_t value, interval;
};

static struct setting current_setting(struct timerfd *t)
{
	struct setting s = { 0, 0 };
	ktime_t now;

	spin_lock(&t->lock);
	timerfd_advance(t);
	now = timer_clock_now(t->deadline.clock);
	s.interval = t->interval;
	if (t->deadline.at)
		s.value = t->deadline.at > now ? t->deadline.at - now : 1;
	spin_unlock(&t->lock);
	return s;
}

static void timerfd_put_time(struct seq *s, const char *name, ktime_t ns)
{
	seq_print(s, "%s: (%llu, %llu)\n", name,
		  (unsigned long long)(ns / NSEC_PER_SEC),
		  (unsigned long long)(ns % NSEC_PER_SEC));
}

static void timerfd_show(struct seq *s, struct file *f)
{
	struct timerfd *t = f->private;
	struct setting set = current_setting(t);
	u64 ticks;

	spin_lock(&t->lock);
	ticks = t->ticks;
	spin_unlock(&t->lock);
	seq_print(s, "clockid: %d\nticks: %llu\nsettime flags: 0%o\n",
		  t->clock, (unsigned long long)ticks, (unsigned)t->flags);
	timerfd_put_time(s, "it_value", set.value);
	timerfd_put_time(s, "it_interval", set.interval);
}

static const struct file_ops timerfd_fops = {
	.no_splice = true, .read = timerfd_read, .poll = timerfd_poll,
	.release = timerfd_release, .show_fdinfo = timerfd_show,
};

long sys_timerfd_create(int clock, int flags)
{
	struct timerfd *t;
	bool alive;
	long fd;

	if (flags & ~(O_CLOEXEC | O_NONBLOCK))
		return -EINVAL;
	switch (clock) {
	case CLOCK_REALTIME_ALARM:
	case CLOCK_BOOTTIME_ALARM:	/* like the clock without ALARM, as the
					   machine is never suspended */
		if (!capable(CAP_WAKE_ALARM))
			return -EPERM;
		break;
	case CLOCK_MONOTONIC:
	case CLOCK_REALTIME:
	case CLOCK_BOOTTIME:
		break;
	default:
		return -EINVAL;
	}
	t = slab_zalloc(cache);
	if (!t)
		return -ENOMEM;
	spin_init(&t->lock, "timerfd", IPL_CLOCK);
	wait_queue_init(&t->wait);
	timer_init(&t->timer, expire);
	list_init(&t->link);
	t->clock = clock;
	t->offset = clock_offset(&realtime_offset);
	fd = anon_open(ANON_TIMERFD, &timerfd_fops, t,
		       O_RDWR | ((unsigned)flags & (O_CLOEXEC | O_NONBLOCK)),
		       &alive);
	if (alive)
		slab_free(cache, t);
	return fd;
}

static int setting_put(const struct setting *s, uaddr_t to, bool word)
{
	return to ? itimerspec_put(s->interval, s->value, to, word) : 0;
}

static bool timerfd_may_cancel(const struct timerfd *t, int flags)
{
	return (t->clock == CLOCK_REALTIME ||
		t->clock == CLOCK_REALTIME_ALARM) &&
		flags == (TIMER_ABSTIME | TFD_CANCEL_ON_SET);
}

/*
 * Arm or disarm the timer.
 * Return: 0; -ECANCELED, with the timer armed all the same: it is one that
 * setting the clock cancels, and the clock was set since its owner was told.
 */
static int timerfd_arm(struct timerfd *t, const struct setting *s, int flags)
{
	struct timer_deadline end = NO_DEADLINE;
	bool cancelled;

	if (s->value)
		end = flags & TIMER_ABSTIME ? clock_deadline(t->clock, s->value)
			: timer_deadline(ktime_after(arch_clock(), s->value));
	spin_lock(&t->lock);
	t->deadline = end;
	t->interval = s->interval;
	t->ticks = 0;
	t->expired = false;
	t->flags = flags;
	t->watches = timerfd_may_cancel(t, flags);
	if (end.at)
		timer_set_on(&t->timer, end);
	else
		timer_cancel(&t->timer);
	cancelled = end.at && timerfd_cancelled(t);
	spin_unlock(&t->lock);
	return cancelled ? -ECANCELED : 0;
}

static struct timerfd *timerfd_of(struct fdref r, long *err)
{
	*err = -EBADF;
	if (!r.file)
		return NULL;
	*err = -EINVAL;
	return r.file->ops == &timerfd_fops ? r.file->private : NULL;
}

static long poll_settime(int fd, int flags, uaddr_t new, uaddr_t old, bool word)
{
	struct setting s, was;
	struct timerfd *t;
	struct fdref r;
	long err = itimerspec_get(&s.interval, &s.value, new, word);

	if (err)
		return err;
	if (flags & ~(TIMER_ABSTIME | TFD_CANCEL_ON_SET))
		return -EINVAL;
	r = fdref_get(fd);
	t = timerfd_of(r, &err);
	if (t && clock_is_alarm(t->clock) && !capable(CAP_WAKE_ALARM)) {
		t = NULL;
		err = -EPERM;
	}
	if (t) {
		was = current_setting(t);
		set_cancel(t, timerfd_may_cancel(t, flags));
		err = timerfd_arm(t, &s, flags);
		if (!err)
			err = setting_put(&was, old, word);
	}
	fdref_put(r);
	return err;
}

static long timerfd_gettime(int fd, uaddr_t to, bool word)
{
	struct fdref r = fdref_get(fd);
	struct setting s;
	struct timerfd *t;
	long err;

	t = timerfd_of(r, &err);
	if (t) {
		s = current_setting(t);
		err = to ? setting_put(&s, to, word) : -EFAULT;
	}
	fdref_put(r);
	return err;
}

long sys_timerfd_settime(int fd, int flags, uaddr_t new, uaddr_t old)
{
	return poll_settime(fd, flags, new, old, false);
}

long sys_timerfd_gettime(int fd, uaddr_t to)
{
	return timerfd_gettime(fd, to, false);
}

long sys_timerfd_settime_time32(int fd, int flags, uaddr_t new, uaddr_t old)
{
	return poll_settime(fd, flags, new, old, true);
}

long sys_timerfd_gettime_time32(int fd, uaddr_t to)
{
	return timerfd_gettime(fd, to, true);
}
