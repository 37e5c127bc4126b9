/* SPDX-License-Identifier: MIT */
/*
 * System V shared memory (row D10): a segment is an unnamed file in memory, and
 * an attachment a shared mapping of it.  The hooks of its VMA (row D4) count
 * attachments, so fork, exec, exit, munmap and mremap need no code for them.
 *
 * Invariant: a segment lives while it is in the table or has attachments.  It
 * leaves the table when it is marked for removal (IPC_RMID) and has no
 * attachment.
 */
#include "ipc.h"
#include "shm.h"
#include "shm_policy.h"
#include <fs/io/pagefile.h>
#include <fs/mount/mount.h>
#include <fs/nodes.h>
#include <fs/open/fd.h>
#include <fs/path/namei.h>
#include <kernel/cred/cred.h>
#include <kernel/lock/lock.h>
#include <kernel/task/task.h>
#include <kernel/cred/user.h>
#include <lib/mem.h>
#include <lib/printf.h>
#include <lt/procfile.h>
#include <mm/frames/page.h>
#include <mm/frames/slab.h>
#include <mm/uaccess.h>
#include <mm/vm.h>
#include <syscalls.h>
#include <uapi/mman.h>
#include <uapi/resource.h>

#define SHM_LOCK	11
#define SHM_UNLOCK	12
#define SHM_STAT	13
#define SHM_INFO	14
#define SHM_STAT_ANY	15
/* Flags of shmget(2); those from SHM_RDONLY on are flags of shmat(2). */
#define SHM_HUGETLB	04000u
#define SHM_NORESERVE	010000u
#define SHM_RDONLY	010000
#define SHM_RND		020000
#define SHM_REMAP	040000
#define SHM_EXEC	0100000
/* Bits of mode: destroy after the last detach; SHM_LOCK is set. */
#define SHM_DEST	01000u
#define SHM_LOCKED	02000u

#define SIZE_MOST	(~0ul - (1ul << 24))	/* rounding up to pages
						   cannot overflow */

struct shm {
	struct ipc_object ipc;
	unsigned long size;		/* const: bytes requested */
	struct file *file;		/* const: holds the pages; has no
					   descriptor */
	unsigned long attached;		/* VMAs, and calls of shmat in
					   progress */
	ktime_t atime, dtime;		/* 0: never */
	int cpid;			/* const */
	int lpid;			/* last task to attach or detach */
	struct list policies;		/* memory policies of page ranges */
	struct list link;		/* [shm_lock] if SHM_LOCKED: in
					   all_locked */
	struct user *locker;		/* [shm_lock] if SHM_LOCKED: its user */
};

static struct mutex shm_lock = {
	.wait = WAIT_QUEUE_INIT(shm_lock.wait), .name = "shared memory",
};
static struct list all_locked = LIST_INIT(all_locked);	/* [shm_lock] */

SYSCTL_NUMBERS(numbers) = {
	{ "kernel/shmmax", &ipc_first.shmmax, 0, ~0ul, ipc_word },
	{ "kernel/shmall", &ipc_first.shmall, 0, ~0ul, ipc_word },
	{ "kernel/shmmni", &ipc_first.shm.most, 0, IPC_MAX, ipc_word },
	{ "kernel/shm_next_id", &ipc_first.shm.next_id, 0, 0x7fffffff,
	  ipc_word, ipc_restorer, 0444 },
};

static unsigned long shm_pages_of(const struct shm *s)
{
	return (s->size >> PAGE_SHIFT) + ((s->size & ~PAGE_MASK) != 0);
}

/* ---- attachments --------------------------------------------------------- */

/* Free s, which is not in the table.  Context: may sleep; no lock. */
static void shm_destroy(struct shm *s)
{
	mutex_lock(&shm_lock);
	list_remove(&s->link);
	mutex_unlock(&shm_lock);
	user_put(s->locker);
	shm_policy_drop(&s->policies);
	file_put(s->file);
	kfree(s);
}

/* Remove s from the table, so that it cannot be found.  Context: [shm_lock]. */
static void leave_table(struct shm *s)
{
	struct ipc_space *n = s->ipc.space;

	if (!n)
		return;
	ipc_remove(&n->shm, &s->ipc);
	n->pages -= shm_pages_of(s);
	s->ipc.space = NULL;
}

/*
 * If s is marked for removal and has no attachment, remove it from the table.
 * Context: [shm_lock].  Return: true: the caller must call shm_destroy().
 */
static bool shm_try_leave(struct shm *s)
{
	if (s->attached || !(s->ipc.mode & SHM_DEST))
		return false;
	leave_table(s);
	return true;
}

/*
 * Remove the segments of a namespace; attached ones live until they are
 * detached.
 */
void shm_space_clear(struct ipc_space *n)
{
	struct shm *s;
	int at = 0;

	mutex_lock(&shm_lock);
	while ((s = ipc_next(&n->shm, &at)) != NULL) {
		bool last = !s->attached;

		s->ipc.mode |= SHM_DEST;
		leave_table(s);
		mutex_unlock(&shm_lock);
		if (last)
			shm_destroy(s);
		mutex_lock(&shm_lock);
	}
	mutex_unlock(&shm_lock);
	idr_shrink(&n->shm.idr);
}

static void ipc_attach(struct shm *s)
{
	mutex_lock(&shm_lock);
	s->attached++;
	s->atime = realtime_from(arch_clock());
	s->lpid = current->process ? current->process->pid : 0;
	mutex_unlock(&shm_lock);
}

static void shm_detach(struct shm *s)
{
	bool last;

	mutex_lock(&shm_lock);
	s->attached--;
	s->dtime = realtime_from(arch_clock());
	s->lpid = current->process ? current->process->pid : 0;
	last = shm_try_leave(s);
	mutex_unlock(&shm_lock);
	if (last)
		shm_destroy(s);
}

static void area_open(struct vma *v)
{
	ipc_attach(object_file(v->object)->private);
}

static void area_close(struct vma *v)
{
	shm_detach(object_file(v->object)->private);
}

/*
 * mbind(2): all mappings of the segment share the policy, which outlives this
 * mapping.
 */
static int area_set_policy(struct vma *v, unsigned policy)
{
	struct shm *s = object_file(v->object)->private;
	unsigned long last = v->pgoff + ((v->end - v->start) >> PAGE_SHIFT) - 1;
	int err;

	mutex_lock(&shm_lock);
	err = shm_policy_set(&s->policies, v->pgoff, last, policy);
	mutex_unlock(&shm_lock);
	return err;
}

static unsigned area_get_policy(struct vma *v, unsigned long pgoff)
{
	struct shm *s = object_file(v->object)->private;
	unsigned policy;

	mutex_lock(&shm_lock);
	policy = shm_policy_get(&s->policies, pgoff);
	mutex_unlock(&shm_lock);
	return policy;
}

static const struct vma_ops area_ops = {
	.open = area_open,
	.close = area_close,
	.map_pages = vm_map_around,
	.set_policy = area_set_policy,
	.get_policy = area_get_policy,
};

static int area_map(struct file *f, struct vma *v)
{
	v->ops = &area_ops;
	ipc_attach(f->private);
	return 0;
}

/* Operations of the file of an attachment, which never has a descriptor. */
static const struct file_ops area_fops = { .mmap = area_map };

/* ---- shmget -------------------------------------------------------------- */

/*
 * Create a segment.
 * Return: 0 with *out, not in the table yet; -EINVAL, -ENOSPC, -ENOMEM.
 */
static int shm_create(int key, unsigned long size, unsigned flags,
		      struct shm **out)
{
	char name[16];
	u64 bytes = size;
	struct shm *s;
	int err;

	if (size < 1 || size > READ_ONCE(ipc_space()->shmmax))
		return -EINVAL;
	if (size > SIZE_MOST)
		return -ENOSPC;		/* rounding up would overflow */
	if (bytes > (u64)FILE_SIZE_MAX)
		return -EINVAL;
	if (flags & SHM_HUGETLB)
		return superpage_log_ok(flags >> 26) ? -ENOMEM : -EINVAL;
	if (!(flags & SHM_NORESERVE) && size >> PAGE_SHIFT > page_total())
		return -ENOMEM;
	s = kzalloc(sizeof(*s));
	if (!s)
		return -ENOMEM;
	s->size = size;
	s->cpid = current->process->pid;
	list_init(&s->policies);
	list_init(&s->link);
	fmt_print(name, sizeof(name), "SYSV%08x", (unsigned)key);
	err = memfd_open(name, &s->file);
	if (err) {
		kfree(s);
		return err;
	}
	mutex_lock(&s->file->inode->lock);
	err = s->file->inode->ops->truncate(
		s->file->inode, (loff_t)min((u64)shm_pages_of(s) << PAGE_SHIFT,
					    (u64)FILE_SIZE_MAX));
	mutex_unlock(&s->file->inode->lock);
	if (err)
		shm_destroy(s);
	*out = s;
	return err;
}

/*
 * True if the limit of all segments allows `pages` more.  Context: [shm_lock].
 */
static bool shm_room_for(unsigned long pages)
{
	struct ipc_space *n = ipc_space();
	unsigned long most = READ_ONCE(n->shmall);

	return n->pages <= most && pages <= most - n->pages;
}

#define MAKE_ONE 1

/*
 * Find the segment.  If there is none, enter the new segment *made into the
 * table and set *made to NULL.
 * Context: [shm_lock].
 * Return: 0, with the segment's id in *id; -errno; or MAKE_ONE: there is no
 * segment and *made is NULL, so the caller must create one and call again.
 */
static int shm_get(int key, unsigned long size, unsigned flags,
		   struct shm **made, int *id)
{
	struct shm *s;
	void *found;
	int err = ipc_look_up(&ipc_space()->shm, key, flags, &found);

	if (err)
		return err;
	s = found;
	if (!s && !*made)
		return MAKE_ONE;
	if (!s) {
		if (!shm_room_for(shm_pages_of(*made)))
			return -ENOSPC;
		*id = ipc_add(&ipc_space()->shm, &(*made)->ipc, key, flags);
		if (*id < 0)
			return *id;
		ipc_space()->pages += shm_pages_of(*made);
		*made = NULL;
		return 0;
	}
	*id = s->ipc.id;
	if (s->size < size)
		return -EINVAL;
	return ipc_allowed(&s->ipc, flags) ? 0 : -EACCES;
}

long sys_shmget(int key, unsigned long size, int flags)
{
	struct shm *made = NULL;
	int err, id = 0;

	/* another task may create the segment while the lock is dropped */
	for (;;) {
		mutex_lock(&shm_lock);
		err = shm_get(key, size, (unsigned)flags, &made, &id);
		mutex_unlock(&shm_lock);
		if (err != MAKE_ONE)
			break;
		err = shm_create(key, size, (unsigned)flags, &made);
		if (err)
			return err;
	}
	if (made)
		shm_destroy(made);
	return err ? err : id;
}

/* ---- shmat, shmdt -------------------------------------------------------- */

/* Find a segment and count an attachment.  Return: NULL with *err. */
static struct shm *shm_hold(int id, int flags, int *err)
{
	unsigned mode = 0444;
	struct shm *s;

	if (!(flags & SHM_RDONLY))
		mode |= 0222;
	if (flags & SHM_EXEC)
		mode |= 0111;
	mutex_lock(&shm_lock);
	s = ipc_find(&ipc_space()->shm, id, mode, err);
	if (s)
		s->attached++;
	mutex_unlock(&shm_lock);
	return s;
}

static void shm_release(struct shm *s)
{
	bool last;

	mutex_lock(&shm_lock);
	s->attached--;
	last = shm_try_leave(s);
	mutex_unlock(&shm_lock);
	if (last)
		shm_destroy(s);
}

static bool shm_is_free(struct vm_space *s, uaddr_t at, unsigned long size)
{
	struct vma *v;
	bool free;

	rw_read_lock(&s->lock);
	v = vm_find(s, at);
	free = !v || v->start >= at + size;
	rw_read_unlock(&s->lock);
	return free;
}

/*
 * Map segment s; s->attached counts the caller.  The mode of the opened file
 * limits what mprotect(2) may allow later.  fixed: map at *at, which may be 0.
 */
static int shm_map(struct shm *s, int flags, bool fixed, uaddr_t *at)
{
	unsigned prot = MAP_R | (flags & SHM_RDONLY ? 0 : MAP_W) |
		(flags & SHM_EXEC ? MAP_X : 0);
	unsigned how = MAP_SHARED;
	struct file *f;
	int err;

	if (*at + s->size < *at)
		return flags & SHM_REMAP ? -ENOMEM : -EINVAL;
	/*
	 * this error comes before that for addresses out of range; vm_map()
	 * repeats the check under its lock
	 */
	if (*at && !(flags & SHM_REMAP) &&
	    !shm_is_free(current->space, *at, s->size))
		return -EINVAL;
	if (fixed)	/* as on Linux, page 0 was not checked above */
		how |= flags & SHM_REMAP || !*at ? MAP_FIXED :
			MAP_FIXED_NOREPLACE;
	err = file_open_new(&s->file->path, O_LARGEFILE |
			    (flags & SHM_RDONLY ? O_RDONLY : O_RDWR), &f);
	if (err)
		return err;
	f->ops = &area_fops;
	f->private = s;
	err = vm_map(current->space, *at, s->size, prot, how,
		     &f->object, 0, at);
	file_put(f);
	return err == -EEXIST ? -EINVAL : err;
}

int shm_attach(int id, uaddr_t *at, int flags)
{
	bool fixed = *at != 0;
	struct shm *s;
	int err;

	if (id < 0)
		return -EINVAL;
	if (*at & ~PAGE_MASK) {
		if (!(flags & SHM_RND))
			return -EINVAL;
		*at &= PAGE_MASK;
		/* as on Linux, SHM_REMAP fails if rounded down to 0 */
		if (!*at && flags & SHM_REMAP)
			return -EINVAL;
	} else if (!*at && flags & SHM_REMAP) {
		return -EINVAL;
	}
	s = shm_hold(id, flags, &err);
	if (!s)
		return err;
	err = shm_map(s, flags, fixed, at);
	shm_release(s);
	return err;
}

long sys_shmat(int id, uaddr_t at, int flags)
{
	int err = shm_attach(id, &at, flags);

	return err ? err : (long)at;
}

/*
 * Find the next VMA of the attachment that began at `at`, searching from *from
 * on.  Parts of the attachment may have been unmapped.  If *file is NULL, take
 * the VMA of any segment, and set *file, with a reference.  Otherwise take only
 * VMAs of *file.
 */
static bool next_part(uaddr_t at, uaddr_t *from, uaddr_t *end,
		      struct file **file)
{
	struct vm_space *s = current->space;
	bool found = false;
	struct vma *v;

	rw_read_lock(&s->lock);
	for (v = vm_find(s, *from); v && !found; v = vm_find(s, v->end)) {
		if (v->start < *from || v->ops != &area_ops ||
		    (*file && &(*file)->object != v->object) ||
		    (v->start - at) >> PAGE_SHIFT != v->pgoff)
			continue;
		found = true;
		*from = v->start;
		*end = v->end;
		if (!*file) {
			*file = object_file(v->object);
			file_get(*file);
		}
	}
	rw_read_unlock(&s->lock);
	return found;
}

long sys_shmdt(uaddr_t at)
{
	uaddr_t from = at, end = 0;
	struct file *f = NULL;

	if (at & ~PAGE_MASK)
		return -EINVAL;
	while (next_part(at, &from, &end, &f)) {
		vm_unmap(current->space, from, end - from);
		from = end;
	}
	if (!f)
		return -EINVAL;
	file_put(f);
	return 0;
}

/* ---- shmctl -------------------------------------------------------------- */

/* Layout of struct shmid64_ds. */
struct shmid_ds {
	struct uabi_ipc_perm perm;
	unsigned long size;
	unsigned long words[IPC_TIMES(3)];
	s32 cpid, lpid;
	unsigned long attached, unused[2];
};

/* Layout of struct shminfo64. */
struct shminfo {
	unsigned long shmmax, shmmin, shmmni, shmseg, shmall, unused[4];
};

struct shm_info {
	int used_ids;
	unsigned long total, resident, swapped, attempts, successes;
};

/* Return: pages of s in swap. */
static unsigned long swapped(const struct shm *s)
{
	return HINT(s->file->inode->mapping.nr_out);
}

static unsigned long resident(const struct shm *s)
{
	return HINT(s->file->inode->mapping.nr_pages) - swapped(s);
}

static void shm_fill(const struct shm *s, struct shmid_ds *d)
{
	unsigned long *w = d->words;

	memset(d, 0, sizeof(*d));
	ipc_fill(&d->perm, &s->ipc);
	d->size = s->size;
	w = ipc_put_time(w, s->atime);
	w = ipc_put_time(w, s->dtime);
	ipc_put_time(w, s->ipc.ctime);
	d->cpid = pid_shown(s->cpid);
	d->lpid = pid_shown(s->lpid);
	d->attached = s->attached;
}

/* Return: 0; the id if the segment was given by index; -errno. */
static long shm_stat(int id, int cmd, uaddr_t to)
{
	struct shm *s = NULL;
	struct shmid_ds d;
	int err;

	mutex_lock(&shm_lock);
	if (cmd != IPC_STAT) {
		s = ipc_at(&ipc_space()->shm, id);
		id = s ? s->ipc.id : -1;
	}
	s = ipc_find(&ipc_space()->shm, id, cmd == SHM_STAT_ANY ? 0 : 0444, &err);
	if (s)
		shm_fill(s, &d);
	mutex_unlock(&shm_lock);
	if (err)
		return err;
	if (copy_to_user(to, &d, sizeof(d)))
		return -EFAULT;
	return cmd == IPC_STAT ? 0 : id;
}

/*
 * True if the caller's user may lock s in addition to what it has locked
 * already (RLIMIT_MEMLOCK).
 * Context: [shm_lock].
 */
static bool shm_may_lock(const struct shm *s)
{
	unsigned long most = HINT(current->process->limits[RLIMIT_MEMLOCK].cur);
	unsigned long left = most >> PAGE_SHIFT;
	const struct shm *other;

	if (most == RLIM_INFINITY || capable(CAP_IPC_LOCK))
		return true;
	list_for_each(other, &all_locked, link) {
		if (other->locker != current->cred->user)
			continue;
		if (shm_pages_of(other) > left)
			return false;
		left -= shm_pages_of(other);
	}
	return shm_pages_of(s) <= left;
}

/*
 * SHM_LOCK, SHM_UNLOCK.  Pages in swap stay there until they are touched
 * (shmctl(2)).
 * Context: [shm_lock].
 */
static int ipc_lock(struct shm *s, int cmd)
{
	bool locked = s->ipc.mode & SHM_LOCKED, wanted = cmd == SHM_LOCK;

	if (!ipc_capable(CAP_IPC_LOCK)) {
		if (current->cred->euid != s->ipc.uid &&
		    current->cred->euid != s->ipc.cuid)
			return -EPERM;
		if (wanted &&
		    !HINT(current->process->limits[RLIMIT_MEMLOCK].cur))
			return -EPERM;
	}
	if (locked == wanted)
		return 0;
	/* not ipc_capable(): memory belongs to the whole machine */
	if (wanted && !shm_may_lock(s))
		return -ENOMEM;
	s->ipc.mode ^= SHM_LOCKED;
	if (wanted) {
		s->locker = user_get(current->cred->user);
		list_append(&all_locked, &s->link);
	} else {
		list_remove(&s->link);
		user_put(s->locker);
		s->locker = NULL;
	}
	WRITE_ONCE(s->file->inode->mapping.kept, wanted);
	return 0;
}

/*
 * IPC_RMID: mark s, and remove its key.
 * Context: [shm_lock].  Return: true: the caller calls shm_destroy().
 */
static bool shm_mark(struct shm *s)
{
	s->ipc.mode |= SHM_DEST;
	if (s->ipc.space)
		ipc_forget_key(&s->ipc.space->shm, &s->ipc);
	return shm_try_leave(s);
}

static long shm_change(int id, int cmd, uaddr_t from)
{
	bool last = false;
	struct shmid_ds d;
	struct shm *s;
	int err;

	if (cmd == IPC_SET && copy_from_user(&d, from, sizeof(d)))
		return -EFAULT;
	mutex_lock(&shm_lock);
	s = ipc_find(&ipc_space()->shm, id, 0, &err);
	if (s && (cmd == SHM_LOCK || cmd == SHM_UNLOCK))
		err = ipc_lock(s, cmd);
	else if (s && !ipc_owns(&s->ipc))
		err = -EPERM;
	else if (s && cmd == IPC_RMID)
		last = shm_mark(s);
	else if (s)
		err = ipc_set(&s->ipc, &d.perm);
	mutex_unlock(&shm_lock);
	if (last)
		shm_destroy(s);
	return err;
}

/* Report limits or, for SHM_INFO, usage.  Return: the highest index in use. */
static long shm_limits(int cmd, uaddr_t to)
{
	struct shminfo most = {
		.shmmax = READ_ONCE(ipc_space()->shmmax), .shmmin = 1,
		.shmmni = READ_ONCE(ipc_space()->shm.most),
		.shmseg = READ_ONCE(ipc_space()->shm.most),
		.shmall = READ_ONCE(ipc_space()->shmall),
	};
	struct shm_info used;
	long highest;
	struct shm *s;
	int err;

	memset(&used, 0, sizeof(used));
	mutex_lock(&shm_lock);
	highest = ipc_highest(&ipc_space()->shm);
	used.used_ids = (int)ipc_space()->shm.used;
	used.total = ipc_space()->pages;
	for (int i = 0; (s = ipc_next(&ipc_space()->shm, &i)) != NULL; i++) {
		used.resident += resident(s);
		used.swapped += swapped(s);
	}
	mutex_unlock(&shm_lock);
	err = cmd == SHM_INFO ? copy_to_user(to, &used, sizeof(used)) :
		copy_to_user(to, &most, sizeof(most));
	return err ? -EFAULT : highest;
}

long sys_shmctl(int id, int cmd, uaddr_t buf)
{
	if (id < 0 || cmd < 0)
		return -EINVAL;
	switch (cmd) {
	case IPC_INFO:
	case SHM_INFO:
		return shm_limits(cmd, buf);
	case IPC_STAT:
	case SHM_STAT:
	case SHM_STAT_ANY:
		return shm_stat(id, cmd, buf);
	case IPC_SET:
	case IPC_RMID:
	case SHM_LOCK:
	case SHM_UNLOCK:
		return shm_change(id, cmd, buf);
	}
	return -EINVAL;
}

/* ---- /proc/sysvipc/shm --------------------------------------------------- */

/* Columns for the largest size that a word can hold. */
#define WIDE (sizeof(long) == 8 ? 21 : 10)

void shm_show(struct seq *q)
{
	struct shm *s;

	seq_print(q, "       key      shmid perms %*s  cpid  lpid nattch   uid"
		  "   gid  cuid  cgid      atime      dtime      ctime %*s "
		  "%*s\n", WIDE, "size", WIDE, "rss", WIDE, "swap");
	mutex_lock(&shm_lock);
	for (int i = 0; (s = ipc_next(&ipc_space()->shm, &i)) != NULL; i++)
		seq_print(q, "%10d %10d  %4o %*lu %5u %5u  %5lu %5u %5u %5u "
			  "%5u %10llu %10llu %10llu %*lu %*lu\n", s->ipc.key,
			  s->ipc.id, s->ipc.mode, WIDE, s->size,
			  (unsigned)pid_shown(s->cpid),
			  (unsigned)pid_shown(s->lpid), s->attached,
			  uid_shown(s->ipc.uid), gid_shown(s->ipc.gid),
			  uid_shown(s->ipc.cuid), gid_shown(s->ipc.cgid),
			  (unsigned long long)(s->atime / NSEC_PER_SEC),
			  (unsigned long long)(s->dtime / NSEC_PER_SEC),
			  (unsigned long long)(s->ipc.ctime / NSEC_PER_SEC),
			  WIDE, resident(s) << PAGE_SHIFT,
			  WIDE, swapped(s) << PAGE_SHIFT);
	mutex_unlock(&shm_lock);
}

void shm_each_locked(void (*fn)(void *arg, struct mapping *m), void *arg)
{
	struct shm *s;

	mutex_lock(&shm_lock);
	list_for_each(s, &all_locked, link)
		fn(arg, &s->file->inode->mapping);
	mutex_unlock(&shm_lock);
}
