/* SPDX-License-Identifier: MIT */
/*
 * Thread-local variables (row A7).  Each object that has some is a module with
 * a block in each thread.  The blocks of objects loaded at the start lie at
 * fixed offsets from the thread pointer:
 *
 *	variant I   [ head ] tp-> [ TCB ][ program's ][ A's block ][ B's ]
 *	variant II  [ B's block ][ A's ][ program's ] tp-> [ TCB ]
 *
 * The variant, and the size of the thread control block (TCB), are the
 * machine's.  The program's block is the nearest, as the link editor assumes.
 * Code that knows the offset adds it to the thread pointer (initial and local
 * exec); other code calls __tls_get_addr() with a module and an offset.  For
 * objects opened later only the call works, and creates a block at the first
 * use.
 */
#include <arch.h>
#include <string.h>
#include "rtld.h"
#include "sys.h"

/* A thread's blocks by module, filled in at the first use: TCB_BLOCKS. */
struct blocks {
	uintptr_t n;
	struct one_block {
		char *start;
		void *memory;		/* to release; NULL: fixed offset */
	} of[];
};

/*
 * Bytes in each thread for objects that are opened later but need a fixed
 * offset.  Such objects are never unloaded.
 */
#define SURPLUS		1664
#define NO_BLOCKS	(ARCH_TLS_BELOW_TP ? 0 : ARCH_TCB_SIZE)
static size_t used = NO_BLOCKS;	/* from thread pointer to last block's end */
static size_t room;		/* bytes reserved for such blocks */
static char *threads;		/* list of all threads' thread pointers */
static size_t align = 64;	/* of the thread pointer */
static uintptr_t modules;

EXPORT size_t __tls_size(void);
EXPORT void *__tls_setup(void *mem);
EXPORT void __tls_free(void *tp);
EXPORT void *__tls_get_addr(const struct tls_index *i)
	__attribute__((alias("tls_address")));

static size_t round_up(size_t n, size_t to)
{
	return (n + to - 1) & ~(to - 1);
}

/* Make an object a module: each thread gets a block at its first use. */
void number_tls(struct object *o)
{
	if (!o->tls.memsz)
		return;
	o->tls.module = ++modules;
	o->tls.late = 1;
}

/* Give an object's blocks the next fixed offset. */
static void place(struct tls *t)
{
	if (t->align > align)
		align = t->align;
	if (ARCH_TLS_BELOW_TP) {
		used = round_up(used + t->memsz, t->align);
		t->offset = -(intptr_t)used;
	} else {
		t->offset = (intptr_t)round_up(used, t->align);
		used = (size_t)t->offset + t->memsz;
	}
	t->late = 0;
	t->fresh = 1;
}

/* Return: the size in bytes of a thread's TLS, to be aligned to 64 bytes. */
size_t __tls_size(void)
{
	return round_up(room + TCB_SIZE + TCB_HEAD + align, 64);
}

static void fill(const struct object *o, char *tp)
{
	memcpy(tp + o->tls.offset, o->tls.image, o->tls.filesz);
}

/* Fill new fixed blocks, whose objects have been relocated, in all threads. */
void fill_tls(void)
{
	for (struct object *o = objects; o; o = o->next) {
		for (char *tp = threads; tp && o->tls.fresh; tp = TCB_NEXT(tp))
			fill(o, tp);
		o->tls.fresh = 0;
	}
}

/* Create a thread's fixed blocks in `mem`.  Return: its thread pointer. */
void *__tls_setup(void *mem)
{
	uintptr_t at = (uintptr_t)mem + TCB_HEAD;
	char *tp;

	if (ARCH_TLS_BELOW_TP)
		at += room;
	tp = (char *)round_up(at, align);
	memset(mem, 0, __tls_size());
	if (TCB_SIZE)
		*(void **)tp = tp;
	if (!threads)
		return threads = tp;	/* for relocate_behind() to fill */
	lock();
	for (struct object *o = objects; o; o = o->next)
		if (o->tls.module && !o->tls.late)
			fill(o, tp);
	TCB_NEXT(tp) = threads;
	threads = tp;
	unlock();
	return tp;
}

/* Place the blocks of all objects, and create those of the first thread. */
void start_tls(void)
{
	char *mem;

	for (struct object *o = objects; o; o = o->next) {
		number_tls(o);
		if (o->tls.late)
			place(&o->tls);
	}
	room = used + SURPLUS;
	mem = alloc(__tls_size() + 64);
	if (__tls_install(__tls_setup((void *)round_up((uintptr_t)mem, 64))))
		fail("error while loading shared libraries",
		     "cannot set up thread-local storage");
}

/* Return: whether a thread has its own block of the module. */
static int is_used(uintptr_t module)
{
	for (char *tp = threads; tp; tp = TCB_NEXT(tp)) {
		const struct blocks *b = TCB_BLOCKS(tp);

		if (b && module < b->n && b->of[module].start)
			return 1;
	}
	return 0;
}

/*
 * A relocation asks for a fixed offset.  An object loaded by dlopen() gets one
 * now, for ever, if no thread has used its variables: the reserved bytes are
 * zero in all threads.
 */
void fix_tls(struct object *o)
{
	struct tls *t = &o->tls;

	if (!t->late)
		return;
	if (t->align > 64 || t->memsz + t->align > room - used ||
	    is_used(t->module))
		cannot_load(o->name, "cannot allocate memory in static TLS "
			    "block", 0);
	place(t);
	o->permanent = 1;
}

/* Grow a thread's list of blocks to contain module `to`. */
static struct blocks *grow(struct blocks *old, uintptr_t to)
{
	struct blocks *b;

	if (old && to < old->n)
		return old;
	b = alloc(sizeof(*b) + (to + 1) * sizeof(b->of[0]));
	if (old)
		memcpy(b->of, old->of, old->n * sizeof(b->of[0]));
	b->n = to + 1;
	release(old);
	return b;
}

/* Find a fixed block, or allocate a late one; alloc() does not align it. */
static void make_block(struct one_block *b, const struct tls *t)
{
	b->start = (char *)thread_pointer() + t->offset;
	if (!t->late)
		return;
	b->memory = alloc(t->memsz + t->align);
	b->start = (char *)round_up((uintptr_t)b->memory, t->align);
	memcpy(b->start, t->image, t->filesz);
}

/* Enter a module's block in this thread's list, at its first use. */
static char *first_use(uintptr_t module)
{
	struct blocks *b = NULL;

	lock();
	for (struct object *o = objects; o; o = o->next) {
		if (o->tls.module != module || !o->tls.memsz)
			continue;
		b = grow(TCB_BLOCKS(thread_pointer()), module);
		TCB_BLOCKS(thread_pointer()) = b;
		make_block(&b->of[module], &o->tls);
	}
	unlock();
	return b ? b->of[module].start : NULL;
}

/* Return: this thread's block of the module, or NULL if not used yet. */
static char *block_of(uintptr_t module)
{
	const struct blocks *b = TCB_BLOCKS(thread_pointer());

	return b && module < b->n ? b->of[module].start : NULL;
}

/* Return: this thread's block of the module, or NULL. */
void *tls_block(const struct tls *t)
{
	return !t->module ? NULL : t->late ? block_of(t->module) :
		(char *)thread_pointer() + t->offset;
}

void *tls_address(const struct tls_index *i)
{
	char *start = block_of(i->module);

	if (!start)
		start = first_use(i->module);
	return start + i->offset + TLS_BIAS;
}

/*
 * Release the TLS of an object that is unloaded.  Only this thread's late block
 * is freed; those of other threads stay until they end, since module numbers
 * are not reused.
 */
void release_tls(const struct object *o)
{
	struct blocks *b = o->tls.late ? TCB_BLOCKS(thread_pointer()) : NULL;

	if (!b || o->tls.module >= b->n)
		return;
	release(b->of[o->tls.module].memory);
	b->of[o->tls.module] = (struct one_block){ NULL, NULL };
}

/*
 * Give back the fixed offsets of objects that could not be relocated and are
 * gone: no code has used them.  They may have given an older object a fixed
 * offset, which stays.
 */
void give_back_tls(void)
{
	used = NO_BLOCKS;
	for (struct object *o = objects; o; o = o->next) {
		size_t end = ARCH_TLS_BELOW_TP ? (size_t)-o->tls.offset :
			(size_t)o->tls.offset + o->tls.memsz;

		if (o->tls.module && !o->tls.late && end > used)
			used = end;
	}
	fill_tls();
}

/* Release the blocks of a thread that has ended. */
void __tls_free(void *tp)
{
	struct blocks *b = TCB_BLOCKS(tp);
	char **at = &threads;

	lock();
	while (*at != tp)
		at = &TCB_NEXT(*at);
	*at = TCB_NEXT(tp);
	for (uintptr_t i = 0; b && i < b->n; i++)
		release(b->of[i].memory);
	release(b);
	unlock();
}
