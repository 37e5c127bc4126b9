/* SPDX-License-Identifier: MIT */
/*
 * Thread-local variables (row A7).  Each object that has some is a module
 * with a block in each thread; all that are there at the start lie at fixed
 * offsets from the thread pointer:
 *
 *	i386     [ B's block ][ A's ][ program's ] gs-> [ itself, blocks... ]
 *	riscv64  [ head ] tp-> [ program's ][ A's block ][ B's ]
 *
 * The program's own is the nearest, where the link editor counted on it.
 * Code that knows the offset adds it to the thread pointer (initial and local
 * exec); other code asks __tls_get_addr() by module and offset.  Only that
 * serves objects that come later, whose blocks are made at the first use.
 */
#include <arch.h>
#include <string.h>
#include "rtld.h"
#include "sys.h"

/* What a thread has of each module, as far as it asked: TCB_BLOCKS. */
struct blocks {
	uintptr_t n;
	struct one_block {
		char *start;
		void *memory;		/* to release, if it came late */
	} of[];
};

/*
 * Objects that come later may have a fixed offset as well, as long as there is
 * room.  They stay for ever.
 */
#define SURPLUS		1664
static size_t used;		/* bytes on the side of the blocks */
static size_t room;		/* of which this many are to be had */
static char *threads;		/* their thread pointers: a list */
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

void place_tls(struct object *o)
{
	struct tls *t = &o->tls;

	if (!t->memsz)
		return;
	t->module = ++modules;
	if (t->align > align)
		align = t->align;
	if (ARCH_TLS_BELOW_TP) {
		used = round_up(used + t->memsz, t->align);
		t->offset = -(intptr_t)used;
	} else {
		t->offset = (intptr_t)round_up(used, t->align);
		used = (size_t)t->offset + t->memsz;
	}
}

/* Bytes that a thread needs, which lie at a multiple of 64. */
size_t __tls_size(void)
{
	return round_up(room + TCB_SIZE + TCB_HEAD + align, 64);
}

/*
 * The blocks of this object and those behind it, which have been relocated:
 * in one thread, or NULL for all.
 */
void fill_tls(const struct object *o, char *thread)
{
	for (; o; o = o->next)
		for (char *tp = thread ? thread : threads; tp &&
		     o->tls.module && !o->tls.late; tp = TCB_NEXT(tp))
			memcpy(tp + o->tls.offset, o->tls.image,
			       o->tls.filesz);
}

/* Makes the blocks of a thread in `mem`. => its thread pointer */
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
	fill_tls(objects, tp);
	TCB_NEXT(tp) = threads;
	threads = tp;
	unlock();
	return tp;
}

/* Places the blocks of all objects, and makes those of the first thread. */
void start_tls(void)
{
	char *mem;

	for (struct object *o = objects; o; o = o->next)
		place_tls(o);
	room = used + SURPLUS;
	mem = alloc(__tls_size() + 64);
	if (__tls_install(__tls_setup((void *)round_up((uintptr_t)mem, 64))))
		fail("error while loading shared libraries",
		     "cannot set up thread-local storage");
}

/* An object that came by dlopen(): each thread gets a block when it asks. */
void place_tls_late(struct object *o)
{
	if (!o->tls.memsz)
		return;
	if (o->static_tls) {
		/* what all threads have there is zero */
		if (o->tls.align > 64 || o->tls.memsz + o->tls.align >
		    room - used)
			cannot_load(o->name, "cannot allocate memory in "
				    "static TLS block", 0);
		place_tls(o);
		o->permanent = 1;
		return;
	}
	o->tls.module = ++modules;
	o->tls.late = 1;
}

/* Room for a block of module `to` in the thread's list. */
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

/* A new block is aligned by hand, and remembers where its memory begins. */
static void make_block(struct one_block *b, const struct tls *t)
{
	b->start = (char *)thread_pointer() + t->offset;
	if (!t->late)
		return;
	b->memory = alloc(t->memsz + t->align);
	b->start = (char *)round_up((uintptr_t)b->memory, t->align);
	memcpy(b->start, t->image, t->filesz);
}

/* The first use of a module's block by this thread. */
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

/* => the block of this module that the thread has asked for, or NULL */
static char *block_of(uintptr_t module)
{
	const struct blocks *b = TCB_BLOCKS(thread_pointer());

	return b && module < b->n ? b->of[module].start : NULL;
}

/* => the block that this thread has, or NULL */
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
 * The object goes, and this thread's block with it.  What other threads have
 * stays until they end: numbers of modules are not used again.  Only one that
 * could not be relocated gives back a fixed offset, which nobody has used.
 */
void release_tls(const struct object *o)
{
	struct blocks *b = o->tls.late ? TCB_BLOCKS(thread_pointer()) : NULL;

	if (o->tls.module && !o->tls.late) {
		size_t before = (size_t)(ARCH_TLS_BELOW_TP ? -o->tls.offset -
			(intptr_t)o->tls.memsz : o->tls.offset);

		used = before < used ? before : used;
	}
	if (!b || o->tls.module >= b->n)
		return;
	release(b->of[o->tls.module].memory);
	b->of[o->tls.module] = (struct one_block){ NULL, NULL };
}

/* The thread of this thread pointer has ended. */
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
