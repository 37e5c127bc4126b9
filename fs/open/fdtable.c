/* SPDX-License-Identifier: MIT */
/*
 * Descriptor tables (lecture row B5 of docs/coverage.md), which map small
 * integers to open files.
 *
 *   task->files            struct file (an open)     struct inode (the file)
 *   open    1 1 0 1        +------------------+      +--------------------+
 *   cloexec 0 0 0 1        | position, flags  |----->| size, mode, owner, |
 *   fd      | |   |        | refs             |      | pages              |
 *           | |   +------->+------------------+      +--------------------+
 *           | +----------> another open, of the same file or not
 *           +------------> the same open after dup(2) or fork
 *
 * A slot is free when its `open` bit is clear; a set bit with no file is a
 * reservation by an open(2) in progress.  With the bitmaps, close-on-exec, fork
 * and the search for the lowest number handle a word at a time, not a slot.
 */
#include <fs/hooks.h>
#include <fs/internal.h>
#include <fs/inode/notify.h>
#include <kernel/task/task.h>
#include <mm/frames/slab.h>
#include <syscalls.h>

#define WORD_BITS (8 * (unsigned)sizeof(long))

static struct slab_cache *files_cache;

void fdtable_init(void)
{
	files_cache = slab_create("files", sizeof(struct files));
}

static inline bool bit_test(const unsigned long *map, unsigned n)
{
	return map[n / WORD_BITS] >> (n % WORD_BITS) & 1;
}

static inline void bit_set(unsigned long *map, unsigned n)
{
	map[n / WORD_BITS] |= 1ul << (n % WORD_BITS);
}

static inline void bit_clear(unsigned long *map, unsigned n)
{
	map[n / WORD_BITS] &= ~(1ul << (n % WORD_BITS));
}

static void bit_assign(unsigned long *map, unsigned n, bool on)
{
	if (on)
		bit_set(map, n);
	else
		bit_clear(map, n);
}

struct files *files_create(void)
{
	struct files *t = slab_zalloc(files_cache);

	if (!t)
		return NULL;
	ref_init(&t->refs);
	/*
	 * IPL_HIGH: the OOM killer takes this lock while it holds tree_lock,
	 * which the clock interrupt takes, too
	 */
	spin_init(&t->lock, "files", IPL_HIGH);
	t->fd = t->fd_inline;
	t->open = t->open_inline;
	t->cloexec = t->cloexec_inline;
	t->size = FILES_INLINE;
	return t;
}

/*
 * Allocate one block, all zero: slots, then both bitmaps.
 * Return: NULL: there is no such memory, or its bytes are no number.
 */
static struct file **block_alloc(unsigned size)
{
	size_t bytes;

	if (__builtin_mul_overflow(size, sizeof(struct file *), &bytes) ||
	    __builtin_add_overflow(bytes, size / 4, &bytes))
		return NULL;
	return kzalloc(bytes);
}

static void block_use(struct files *t, struct file **block, unsigned size)
{
	t->fd = block;
	t->open = (unsigned long *)(block + size);
	t->cloexec = t->open + size / WORD_BITS;
	t->size = size;
}

/*
 * Make the table large enough for slot fd.  The old block is freed at once: a
 * table that is not shared has no other user.  Tasks that share a table hold
 * the lock while they use the block.
 * Context: [t->lock], which is released and taken again.
 * Return: 0 or -ENOMEM.
 */
static int grow_table(struct files *t, unsigned fd)
{
	unsigned size = t->size, old;
	struct file **block, **old_block;

	while (size <= fd)
		size *= 2;
	spin_unlock(&t->lock);
	block = block_alloc(size);
	spin_lock(&t->lock);
	if (!block)
		return -ENOMEM;
	if (t->size >= size) {		/* another thread has grown it */
		kfree(block);
		return 0;
	}
	old = t->size;
	old_block = t->fd == t->fd_inline ? NULL : t->fd;
	memcpy(block, t->fd, old * sizeof(*block));
	memcpy(block + size, t->open, old / 8);
	memcpy((unsigned long *)(block + size) + size / WORD_BITS, t->cloexec,
	       old / 8);
	block_use(t, block, size);
	kfree(old_block);
	return 0;
}

/* Return: the number of slots up to the highest open one, in whole words. */
static unsigned used_slots(const struct files *t)
{
	unsigned n = t->size / WORD_BITS;

	while (n && !t->open[n - 1])
		n--;
	return n * WORD_BITS;
}

/* Return: the number of slots to copy from t, or -EMFILE. */
static int slots_to_copy(const struct files *t, unsigned below)
{
	unsigned n = used_slots(t);

	below = max(min(below, FD_MAX), (unsigned)WORD_BITS);
	n = min(n, ALIGN_UP(below, (unsigned)WORD_BITS));
	return n > ALIGN_UP(READ_ONCE(nr_open), WORD_BITS) ? -EMFILE : (int)n;
}

/*
 * Loops, as the table may grow while memory is allocated without the lock.
 * Slots that another thread has only reserved are free in the copy.
 */
int files_clone(struct files *from, unsigned below, struct files **out)
{
	struct files *t = files_create();
	unsigned n;
	int err;

	*out = NULL;
	if (!t)
		return -ENOMEM;
	spin_lock(&from->lock);
	while ((err = slots_to_copy(from, below)) > (int)t->size) {
		struct file **block;

		n = (unsigned)err;
		spin_unlock(&from->lock);
		block = block_alloc(n);
		if (!block) {
			files_put(t);
			return -ENOMEM;
		}
		if (t->fd != t->fd_inline)
			kfree(t->fd);
		block_use(t, block, n);
		spin_lock(&from->lock);
	}
	if (err < 0) {
		spin_unlock(&from->lock);
		files_put(t);
		return err;
	}
	n = (unsigned)err;
	t->first_free = min(from->first_free, n);
	for (unsigned w = 0; w < n / WORD_BITS; w++) {
		unsigned long bits = from->open[w];

		t->cloexec[w] = from->cloexec[w];
		for (unsigned fd = w * WORD_BITS; bits; fd++, bits >>= 1) {
			if (!(bits & 1))
				continue;
			if (!from->fd[fd]) {	/* reserved only */
				t->first_free = min(t->first_free, fd);
				continue;
			}
			t->fd[fd] = from->fd[fd];
			file_get(t->fd[fd]);
			bit_set(t->open, fd);
		}
	}
	spin_unlock(&from->lock);
	*out = t;
	return 0;
}

void files_get(struct files *t)
{
	ref_get(&t->refs);
}

/*
 * Close one descriptor.  POSIX: when the process closes any descriptor of a
 * file, it loses all its locks on the file (fcntl(2)), even if other
 * descriptors of the file stay open.
 */
static void file_close(struct file *f, struct files *owner)
{
	if (unlikely(file_hooked(f)))
		hooks_close(f, owner);
	notify_close(f, owner);
	file_put(f);
}

/*
 * The task that drops the last reference needs no lock, as no other task knows
 * the table.
 */
void files_put(struct files *t)
{
	if (!ref_put(&t->refs))
		return;
	for (unsigned w = 0; w < t->size / WORD_BITS; w++) {
		unsigned long bits = t->open[w];
		struct file **fd = &t->fd[w * WORD_BITS];

		for (; bits; fd++, bits >>= 1)
			if (bits & 1 && *fd)
				file_close(*fd, t);
	}
	if (t->fd != t->fd_inline)
		kfree(t->fd);
	slab_free(files_cache, t);
}

bool files_shared(struct files *t)
{
	return ref_read(&t->refs) != 1;
}

void files_replace_current(struct files *t)
{
	struct files *old = current->files;

	/*
	 * other tasks find the table through this task, and take a reference
	 * under tree_lock
	 */
	spin_lock(&tree_lock);
	current->files = t;
	spin_unlock(&tree_lock);
	files_put(old);
}

int files_unshare_current(unsigned below)
{
	struct files *copy;
	int err;

	if (!files_shared(current->files))
		return 0;
	err = files_clone(current->files, below, &copy);
	if (!err)
		files_replace_current(copy);
	return err;
}

/* No lock is needed: exec has unshared the table. */
void files_close_on_exec(void)
{
	struct files *t = current->files;

	for (unsigned w = 0; w < t->size / WORD_BITS; w++) {
		unsigned long bits = t->cloexec[w] & t->open[w];

		for (; bits; bits &= bits - 1)
			fd_close((int)(w * WORD_BITS +
				(unsigned)__builtin_ctzl(bits)));
	}
}

struct file *fd_lookup_shared(struct files *t, unsigned fd)
{
	return files_get_file(t, fd);
}

struct file *files_get_file(struct files *t, unsigned fd)
{
	struct file *f = NULL;

	spin_lock(&t->lock);
	if (fd < t->size)
		f = READ_ONCE(t->fd[fd]);
	if (f)
		file_get(f);
	spin_unlock(&t->lock);
	return f;
}

int files_next(struct files *t, unsigned from)
{
	int fd = -1;

	spin_lock(&t->lock);
	for (; from < t->size; from++) {
		if (READ_ONCE(t->fd[from])) {
			fd = (int)from;
			break;
		}
	}
	spin_unlock(&t->lock);
	return fd;
}

bool files_cloexec(struct files *t, unsigned fd)
{
	bool on;

	spin_lock(&t->lock);
	on = fd < t->size && bit_test(t->cloexec, fd);
	spin_unlock(&t->lock);
	return on;
}

bool fd_cloexec(int fd)
{
	return files_cloexec(current->files, (unsigned)fd);
}

void fd_set_cloexec(unsigned fd, bool on)
{
	struct files *t = current->files;

	spin_lock(&t->lock);
	if (fd < t->size)
		bit_assign(t->cloexec, fd, on);
	spin_unlock(&t->lock);
}

struct file *fd_file_path(int fd)
{
	return files_get_file(current->files, (unsigned)fd);
}

/* Refuses O_PATH files, which only name a file (open(2)). */
struct file *fd_file(int fd)
{
	struct file *f = fd_file_path(fd);

	if (f && f->mode & FMODE_PATH) {
		file_put(f);
		return NULL;
	}
	return f;
}

/* Return: the limit of RLIMIT_NOFILE, one more than the largest descriptor. */
unsigned fd_limit(void)
{
	unsigned long cur;

	if (!current->process)
		return FD_MAX;
	cur = HINT(current->process->limits[RLIMIT_NOFILE].cur);
	return (unsigned)min(cur, READ_ONCE(nr_open));
}

/* Return: the lowest clear bit >= from; t->size or more: there is none. */
static unsigned find_free_slot(const struct files *t, unsigned from)
{
	unsigned w = from / WORD_BITS;
	unsigned long taken;

	if (from >= t->size || likely(!bit_test(t->open, from)))
		return from;
	taken = t->open[w] | ((1ul << (from % WORD_BITS)) - 1);
	while (!~taken) {
		if (++w == t->size / WORD_BITS)
			return t->size;
		taken = t->open[w];
	}
	return w * WORD_BITS + (unsigned)__builtin_ctzl(~taken);
}

/*
 * Take a slot, marked open but without a file.
 * Context: [t->lock].
 * Return: the slot, or -errno.
 */
static int fdtable_slot_take(struct files *t, unsigned from, bool cloexec)
{
	unsigned limit = fd_limit(), fd;
	int err;

	for (;;) {
		fd = find_free_slot(t, max(from, t->first_free));
		if (fd >= limit)
			return -EMFILE;
		if (fd < t->size)
			break;
		err = grow_table(t, fd);
		if (err)
			return err;
	}
	bit_set(t->open, fd);
	bit_assign(t->cloexec, fd, cloexec);
	if (fd == t->first_free)
		t->first_free = fd + 1;
	return (int)fd;
}

/* Context: [t->lock]. */
static void slot_release(struct files *t, unsigned fd)
{
	bit_clear(t->open, fd);
	bit_clear(t->cloexec, fd);
	if (fd < t->first_free)
		t->first_free = fd;
}

/*
 * Reserve a descriptor for an open(2) that may still fail or sleep: the slot is
 * taken, but has no file.  POSIX requires the lowest free one.
 */
int fd_reserve(int from, bool cloexec)
{
	struct files *t = current->files;
	int fd;

	spin_lock(&t->lock);
	fd = fdtable_slot_take(t, (unsigned)from, cloexec);
	spin_unlock(&t->lock);
	return fd;
}

void fd_cancel(int fd)
{
	struct files *t = current->files;

	spin_lock(&t->lock);
	slot_release(t, (unsigned)fd);
	spin_unlock(&t->lock);
}

/*
 * The slot takes over the reference to f.  If the table is shared, the lock
 * keeps another thread from replacing the array of slots.  If not, no lock is
 * taken, and the release store makes f visible to other tasks that look at this
 * table.
 */
void fd_fill(int fd, struct file *f)
{
	struct files *t = current->files;
	bool locked = ref_read(&t->refs) != 1;

	if (unlikely(locked))
		spin_lock(&t->lock);
	__atomic_store_n(&t->fd[fd], f, __ATOMIC_RELEASE);
	if (unlikely(locked))
		spin_unlock(&t->lock);
}

int files_install(struct files *t, struct file *f, int from, bool cloexec)
{
	int fd;

	spin_lock(&t->lock);
	fd = fdtable_slot_take(t, (unsigned)from, cloexec);
	if (fd >= 0)
		t->fd[fd] = f;
	spin_unlock(&t->lock);
	return fd;
}

int fd_install(struct file *f, int from, bool cloexec)
{
	return files_install(current->files, f, from, cloexec);
}

int fd_give(struct file *f, int from, bool cloexec)
{
	int fd = fd_install(f, from, cloexec);

	if (fd < 0)
		file_put(f);
	return fd;
}

/* Take the file out of its slot.  Return: NULL: fd is not open. */
static struct file *fdtable_slot_clear(struct files *t, unsigned fd)
{
	struct file *f = NULL;

	spin_lock(&t->lock);
	if (fd < t->size && t->fd[fd]) {
		f = t->fd[fd];
		t->fd[fd] = NULL;
		slot_release(t, fd);
	}
	spin_unlock(&t->lock);
	return f;
}

/*
 * The descriptor is freed before the file is closed, as on Linux: even if
 * closing reports an error, the descriptor is gone (close(2)).
 */
int files_close(struct files *t, int fd)
{
	struct file *f = fdtable_slot_clear(t, (unsigned)fd);

	if (!f)
		return -EBADF;
	file_close(f, t);
	return 0;
}

int fd_close(int fd)
{
	return files_close(current->files, fd);
}

/*
 * Takes over the reference to f, even on failure.  The lock is held from the
 * close of `to` to the new entry, so that no other thread finds `to` closed in
 * between (dup2(2)).
 */
int fd_replace(struct file *f, unsigned to, bool cloexec)
{
	struct files *t = current->files;
	struct file *old;
	int err = 0;

	spin_lock(&t->lock);
	if (to >= t->size)
		err = grow_table(t, to);
	if (!err && !t->fd[to] && bit_test(t->open, to))
		err = -EBUSY;		/* reserved by another thread */
	if (err) {
		spin_unlock(&t->lock);
		file_put(f);
		return err;
	}
	old = t->fd[to];
	t->fd[to] = f;
	bit_set(t->open, to);
	bit_assign(t->cloexec, to, cloexec);
	if (to == t->first_free)
		t->first_free = to + 1;
	spin_unlock(&t->lock);
	if (old)
		file_close(old, t);
	return (int)to;
}
