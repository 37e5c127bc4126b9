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
static int threads;		/* how many there are */
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

/* Makes the blocks of a thread in `mem`. => its thread pointer */
void *__tls_setup(void *mem)
{
	uintptr_t at = (uintptr_t)mem + TCB_HEAD;
	char *tp;

	if (ARCH_TLS_BELOW_TP)
		at += room;
	tp = (char *)round_up(at, align);
	memset(mem, 0, __tls_size());
	if (threads)
		lock();			/* which asks who it is */
	for (struct object *o = objects; o; o = o->next)
		if (o->tls.module && !o->tls.late)
			memcpy(tp + o->tls.offset, o->tls.image,
			       o->tls.filesz);
	if (threads++)
		unlock();
	if (TCB_SIZE)
		*(void **)tp = tp;
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
		/* what other threads have of it is zero already */
		if (o->tls.align > 64 || o->tls.memsz + o->tls.align >
		    room - used || (o->tls.filesz && threads > 1))
			cannot_load(o->name, "cannot allocate memory in "
				    "static TLS block", 0);
		place_tls(o);
		o->permanent = 1;
		memcpy((char *)thread_pointer() + o->tls.offset, o->tls.image,
		       o->tls.filesz);
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
static struct one_block make_block(const struct tls *t)
{
	struct one_block b;

	if (!t->late) {
		b.memory = NULL;
		b.start = (char *)thread_pointer() + t->offset;
		return b;
	}
	b.memory = alloc(t->memsz + t->align);
	b.start = (char *)round_up((uintptr_t)b.memory, t->align);
	memcpy(b.start, t->image, t->filesz);
	return b;
}

/* The first use of a module's block by this thread. */
static char *first_use(uintptr_t module)
{
	void **mine = &TCB_BLOCKS(thread_pointer());
	struct blocks *b;
	char *start = NULL;

	lock();
	for (struct object *o = objects; o; o = o->next) {
		if (o->tls.module != module || !o->tls.memsz)
			continue;
		b = grow(*mine, module);
		*mine = b;
		b->of[module] = make_block(&o->tls);
		start = b->of[module].start;
	}
	unlock();
	return start;
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
 * stays until they end: numbers of modules are not used again.
 */
void release_tls(const struct object *o)
{
	struct blocks *b = TCB_BLOCKS(thread_pointer());

	if (!o->tls.late || !b || o->tls.module >= b->n)
		return;
	release(b->of[o->tls.module].memory);
	b->of[o->tls.module] = (struct one_block){ NULL, NULL };
}

/* The thread of this thread pointer has ended. */
void __tls_free(void *tp)
{
	struct blocks *b = TCB_BLOCKS(tp);

	lock();
	threads--;
	for (uintptr_t i = 0; b && i < b->n; i++)
		release(b->of[i].memory);
	release(b);
	unlock();
}
