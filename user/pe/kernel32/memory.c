/* SPDX-License-Identifier: MIT */
/*
 * Memory (row E14).  Windows reserves addresses, in units of 64 KiB, and then
 * commits pages of them; Linux's mmap does both at once.  So reserved memory is
 * mapped without rights, and committing adds rights.  Queries read
 * /proc/self/maps.
 */
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "kernel32.h"

#define MEM_COMMIT	0x1000u
#define MEM_RESERVE	0x2000u
#define MEM_DECOMMIT	0x4000u
#define MEM_RELEASE	0x8000u
#define MEM_FREE	0x10000u
#define MEM_PRIVATE	0x20000u
#define MEM_IMAGE	0x1000000u
#define UNIT		0x10000u
#define HEAP_ZERO_MEMORY 8u
#define MAX_REGIONS	256
#define USER_END	0xc0000000u

/* The regions that VirtualAlloc has reserved. */
static struct region {
	uint32_t base, size;
} regions[MAX_REGIONS];
static struct mutex lock;

static uint32_t page_up(uint32_t n)
{
	return (n + PE_PAGE - 1) & ~(PE_PAGE - 1);
}

/* Windows' rights and Linux's, for translation in both directions. */
static const struct {
	dword_t page;
	int prot;
} rights[] = {
	{ 0x01, PROT_NONE }, { 0x02, PROT_READ },
	{ 0x04, PROT_READ | PROT_WRITE },
	{ 0x20, PROT_READ | PROT_EXEC },
	{ 0x40, PROT_READ | PROT_WRITE | PROT_EXEC },
	{ 0x08, PROT_READ | PROT_WRITE },		/* write-copy */
	{ 0x10, PROT_READ | PROT_EXEC },		/* execute alone */
	{ 0x80, PROT_READ | PROT_WRITE | PROT_EXEC },
};

static int prot_of(dword_t page)
{
	for (size_t i = 0; i < COUNT(rights); i++)
		if (rights[i].page == (page & 0xff))
			return rights[i].prot;
	return -1;
}

static dword_t page_of(int prot)
{
	for (size_t i = 0; i < COUNT(rights); i++)
		if (rights[i].prot == prot)
			return rights[i].page;
	return prot & PROT_EXEC ? 0x40 : 0x04;
}

/* Return: the region with this address, or a free entry if address is 0. */
static struct region *region_of(uint32_t address)
{
	for (int i = 0; i < MAX_REGIONS; i++)
		if (address ? address - regions[i].base < regions[i].size :
		    !regions[i].size)
			return &regions[i];
	return NULL;
}

/* Map at a multiple of 64 KiB: map more than needed, and unmap the ends. */
static void *map_aligned(uint32_t size, int prot)
{
	char *at = mmap(NULL, size + UNIT, prot,
			MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), *start;

	if (at == MAP_FAILED)
		return at;
	start = (char *)(((uintptr_t)at + UNIT - 1) & ~(uintptr_t)(UNIT - 1));
	if (start > at)
		munmap(at, (size_t)(start - at));
	if (at + UNIT > start)
		munmap(start + size, (size_t)(at + UNIT - start));
	return start;
}

static void *reserve(uint32_t wanted, uint32_t size, int prot)
{
	struct region *r;
	void *at;

	if (size > USER_END)
		return MAP_FAILED;
	wanted &= ~(UNIT - 1);
	mutex_lock(&lock);
	r = region_of(0);
	errno = ENOMEM;
	at = !r ? MAP_FAILED : !wanted ? map_aligned(size, prot) :
		mmap((void *)(uintptr_t)wanted, size, prot, MAP_PRIVATE |
		     MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	if (at != MAP_FAILED) {
		r->base = (uint32_t)(uintptr_t)at;
		r->size = size;
	}
	mutex_unlock(&lock);
	return at;
}

/* True if the whole range lies in one region. */
static int is_reserved(uint32_t at, uint32_t size)
{
	struct region *r;
	int there;

	mutex_lock(&lock);
	r = region_of(at);
	there = r && size <= r->size - (at - r->base);
	mutex_unlock(&lock);
	return there;
}

static void *WINAPI VirtualAlloc(uint32_t at, uint32_t size, dword_t type,
				 dword_t protect)
{
	int prot = prot_of(protect);
	uint32_t start = at & ~(PE_PAGE - 1), end = page_up(at + size);
	void *got;

	if (!size || prot < 0 || end - start < size ||
	    !(type & (MEM_COMMIT | MEM_RESERVE))) {
		fails(ERROR_INVALID_PARAMETER);
		return NULL;
	}
	if (at && !(type & MEM_RESERVE)) {
		if (!is_reserved(start, end - start) ||
		    mprotect((void *)(uintptr_t)start, end - start, prot)) {
			fails(ERROR_INVALID_ADDRESS);
			return NULL;
		}
		return (void *)(uintptr_t)start;
	}
	if (at)
		size = end - (at & ~(UNIT - 1));
	got = reserve(at, page_up(size), type & MEM_COMMIT ? prot : PROT_NONE);
	if (got != MAP_FAILED)
		return got;
	fails(at ? ERROR_INVALID_ADDRESS : ERROR_NOT_ENOUGH_MEMORY);
	return NULL;
}

static bool_t release(uint32_t at)
{
	struct region *r;
	uint32_t size = 0;

	mutex_lock(&lock);
	r = at ? region_of(at) : NULL;
	if (r && r->base == at) {
		size = r->size;
		munmap((void *)(uintptr_t)at, size);
		*r = (struct region){ 0 };
	}
	mutex_unlock(&lock);
	return size ? 1 : (bool_t)fails(ERROR_INVALID_ADDRESS);
}

static bool_t WINAPI VirtualFree(uint32_t at, uint32_t size, dword_t type)
{
	uint32_t start = at & ~(PE_PAGE - 1), end = page_up(at + size);

	if (type == MEM_RELEASE)
		return size ? (bool_t)fails(ERROR_INVALID_PARAMETER) :
			release(at);
	if (type != MEM_DECOMMIT || !size)
		return (bool_t)fails(ERROR_INVALID_PARAMETER);
	if (!is_reserved(start, end - start))
		return (bool_t)fails(ERROR_INVALID_ADDRESS);
	mmap((void *)(uintptr_t)start, end - start, PROT_NONE,
	     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	return 1;
}

/* --- what is where -------------------------------------------------------- */

struct info {			/* MEMORY_BASIC_INFORMATION */
	uint32_t base, allocation, allocation_protect, size, state, protect,
		 type;
};

/* Parse a line of /proc/self/maps: "from-to rwxp ...". */
static int parse_line(const char *line, uint32_t *from, uint32_t *to, int *prot)
{
	char *end;

	*from = (uint32_t)strtoul(line, &end, 16);
	if (*end != '-')
		return 0;
	*to = (uint32_t)strtoul(end + 1, &end, 16);
	*prot = (end[1] == 'r' ? PROT_READ : 0) |
		(end[2] == 'w' ? PROT_WRITE : 0) |
		(end[3] == 'x' ? PROT_EXEC : 0);
	return 1;
}

static int next_line(FILE *f, char *line, int size)
{
	int c, n = 0;

	while ((c = fgetc(f)) != EOF && c != '\n')
		if (n < size - 1)
			line[n++] = (char)c;
	line[n] = '\0';
	return c != EOF || n;
}

/* Find the mapping around `at`, or the gap.  Return: 0: not found. */
static int area_around(uint32_t at, struct info *i)
{
	FILE *f = fopen("/proc/self/maps", "r");
	uint32_t from, to, before = 0;
	char line[128];
	int prot, found = 0;

	i->base = at;
	while (f && !found && next_line(f, line, sizeof(line)) &&
	       parse_line(line, &from, &to, &prot)) {
		if (at < from) {
			i->size = from - at;
			i->state = MEM_FREE;
			i->protect = 1;
			found = 1;
		} else if (at < to) {
			i->size = to - at;
			i->allocation = from;
			i->state = prot == PROT_NONE ? MEM_RESERVE : MEM_COMMIT;
			i->protect = prot == PROT_NONE ? 0 : page_of(prot);
			i->type = MEM_PRIVATE;
			found = 1;
		}
		before = to;
	}
	if (f)
		fclose(f);
	if (f && !found && at >= before && at < USER_END) {
		i->size = USER_END - at;
		i->state = MEM_FREE;
		i->protect = 1;
		found = 1;
	}
	return found;
}

static uint32_t WINAPI VirtualQuery(uint32_t at, struct info *to, uint32_t size)
{
	struct info i = { 0 };
	struct region *r;
	struct module *m;

	if (size < sizeof(i))
		return fails(24);
	if (!area_around(at & ~(PE_PAGE - 1), &i))
		return fails(ERROR_INVALID_PARAMETER);
	mutex_lock(&lock);
	r = at && i.state != MEM_FREE ? region_of(at) : NULL;
	if (r)
		i.allocation = r->base;
	mutex_unlock(&lock);
	loader_lock();
	m = i.state != MEM_FREE ? module_around(at) : NULL;
	if (m) {
		i.allocation = (uint32_t)m->base;
		i.type = MEM_IMAGE;
	}
	loader_unlock();
	i.allocation_protect = i.protect;
	*to = i;
	return sizeof(i);
}

static bool_t WINAPI VirtualProtect(uint32_t at, uint32_t size, dword_t protect,
				    dword_t *old)
{
	uint32_t start = at & ~(PE_PAGE - 1), end = page_up(at + size);
	int prot = prot_of(protect);
	struct info i = { 0 };

	if (!old)
		return (bool_t)fails(998);
	if (prot < 0 || !size || end - start < size)
		return (bool_t)fails(ERROR_INVALID_PARAMETER);
	if (!area_around(start, &i) || i.state != MEM_COMMIT ||
	    mprotect((void *)(uintptr_t)start, end - start, prot))
		return (bool_t)fails(ERROR_INVALID_ADDRESS);
	*old = i.protect;
	return 1;
}

/* --- heaps: all of them are malloc's -------------------------------------- */

static handle_t WINAPI GetProcessHeap(void)
{
	return ((uint32_t *)teb()->peb)[0x18 / 4];
}

static handle_t WINAPI HeapCreate(dword_t flags, uint32_t size, uint32_t most)
{
	return GetProcessHeap();
}

static bool_t WINAPI HeapDestroy(handle_t heap)
{
	return 1;
}

static void *WINAPI HeapAlloc(handle_t heap, dword_t flags, uint32_t size)
{
	void *p = flags & HEAP_ZERO_MEMORY ? calloc(1, size ? size : 1) :
		malloc(size ? size : 1);

	if (!p)
		fails(ERROR_NOT_ENOUGH_MEMORY);
	return p;
}

static bool_t WINAPI HeapFree(handle_t heap, dword_t flags, void *p)
{
	free(p);
	return 1;
}

static uint32_t WINAPI HeapSize(handle_t heap, dword_t flags, void *p)
{
	return p ? (uint32_t)malloc_usable_size(p) : ~0u;
}

static void *WINAPI HeapReAlloc(handle_t heap, dword_t flags, void *p,
				uint32_t size)
{
	size_t was = p ? malloc_usable_size(p) : 0;
	char *q = realloc(p, size ? size : 1);

	if (!q)
		fails(ERROR_NOT_ENOUGH_MEMORY);
	else if (flags & HEAP_ZERO_MEMORY && size > was)
		memset(q + was, 0, size - was);
	return q;
}

static void *WINAPI LocalAlloc(dword_t flags, uint32_t size)
{
	return HeapAlloc(0, flags & 0x40 ? HEAP_ZERO_MEMORY : 0, size);
}

static void *WINAPI LocalFree(void *p)
{
	free(p);
	return NULL;
}

static const struct function list[] = {
	FUNCTION(GetProcessHeap), FUNCTION(HeapAlloc), FUNCTION(HeapCreate),
	FUNCTION(HeapDestroy), FUNCTION(HeapFree), FUNCTION(HeapReAlloc),
	FUNCTION(HeapSize), FUNCTION(LocalAlloc), FUNCTION(LocalFree),
	{ "GlobalAlloc", LocalAlloc }, { "GlobalFree", LocalFree },
	FUNCTION(VirtualAlloc), FUNCTION(VirtualFree),
	FUNCTION(VirtualProtect), FUNCTION(VirtualQuery),
};

const struct functions memory_functions = { list, COUNT(list) };
