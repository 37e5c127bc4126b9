/* SPDX-License-Identifier: MIT */
/*
 * The data of each thread (row E14): the TEB, and a copy of the thread-local
 * variables of every module that has some.
 *
 *	fs:0 -> TEB | ... | self | ids | tls | PEB | last error | ... slots[64]
 *	                                 |
 *	                                 `-> [ copy ][ copy ][ NULL ] ...
 *	                                       ^ by the modules' tls_number
 *
 * Code finds a variable by two loads: fs:0x2c, then the copy, by the number
 * that the loader wrote into the module.  For a library that is loaded later
 * the copies of all threads are made at once.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "loader.h"

#define TEB_SIZE	((sizeof(struct teb) + PAGE_SIZE - 1) & ~(PAGE_SIZE - 1))

struct teb *threads;

/* The process environment block (fs:0x30); programs read little of it. */
static struct {
	uint8_t unused1[2], debugged, unused2[5];
	uint32_t base;			/* 0x08 */
	uint32_t loader, parameters;	/* 0x0c */
	uint32_t unused3;
	uint32_t heap;			/* 0x18 */
	uint8_t unused4[0x64 - 0x1c];
	uint32_t cpus;			/* 0x64 */
	uint8_t unused5[0xa4 - 0x68];
	uint32_t major, minor, build, platform;	/* 0xa4 */
} peb;

static uint32_t entry = ~0u;		/* in the descriptor table */
static uint64_t numbers;		/* bit set of used ones [loader lock] */

static int copy_tls(struct teb *t, struct module *m)
{
	uint8_t *copy = calloc(1, m->tls.size + m->tls.zeros + 1);

	if (!copy)
		return -1;
	memcpy(copy, m->image.mem + m->tls.data, m->tls.size);
	t->copies[m->tls_number] = copy;
	return 0;
}

static void forget_copy(struct teb *t, int number)
{
	free(t->copies[number]);
	t->copies[number] = NULL;
}

int tls_add(struct module *m)
{
	int there = pe_read_tls(&m->image, (uint32_t)m->base, &m->tls);
	int number = 0;

	if (there <= 0)
		return there ? load_fails("%s: %s", m->path, m->image.error) :
			0;
	while (number < MAX_MODULES_TLS && numbers >> number & 1)
		number++;
	if (number == MAX_MODULES_TLS)
		return load_fails("%s: too many modules with TLS", m->path);
	numbers |= 1ull << number;
	m->tls_number = number;
	pe_put32(pe_at(&m->image, m->tls.index, 4), (uint32_t)number);
	for (struct teb *t = threads; t; t = t->next)
		if (copy_tls(t, m))
			return load_fails("%s: no memory", m->path);
	return 0;
}

void tls_remove(struct module *m)
{
	for (struct teb *t = threads; t; t = t->next)
		forget_copy(t, m->tls_number);
	numbers &= ~(1ull << m->tls_number);
	m->tls_number = -1;
}

static int copy_all(struct teb *t)
{
	for (struct module *m = modules; m; m = m->next)
		if (m->tls_number >= 0 && copy_tls(t, m))
			return -1;
	return 0;
}

static void drop(struct teb *t)
{
	struct teb **at = &threads;

	while (*at && *at != t)
		at = &(*at)->next;
	if (*at)
		*at = t->next;
	for (int i = 0; i < MAX_MODULES_TLS; i++)
		forget_copy(t, i);
	munmap(t, TEB_SIZE);
}

int teb_create(uint32_t stack_base, uint32_t stack_limit)
{
	struct teb *t = mmap(NULL, TEB_SIZE, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int err;

	if (t == MAP_FAILED)
		return -1;
	peb.base = (uint32_t)program->base;
	peb.heap = (uint32_t)(uintptr_t)&peb;	/* only a handle */
	peb.cpus = (uint32_t)sysconf(_SC_NPROCESSORS_ONLN);
	peb.major = 6;
	peb.minor = 1;
	peb.platform = 2;
	t->exceptions = ~0u;
	t->stack_base = stack_base;
	t->stack_limit = stack_limit;
	t->self = t;
	t->process = (uint32_t)getpid();
	t->thread = (uint32_t)gettid();
	t->tls = t->copies;
	t->peb = &peb;
	loader_lock();
	err = copy_all(t);
	if (!err)
		err = machine_use_teb(t, &entry);
	if (err) {
		drop(t);
	} else {
		t->next = threads;
		threads = t;
	}
	loader_unlock();
	return err;
}

void teb_destroy(void)
{
	loader_lock();
	drop(teb());
	loader_unlock();
}
