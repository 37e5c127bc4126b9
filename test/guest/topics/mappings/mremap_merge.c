/* SPDX-License-Identifier: MIT */
/*
 * mremap where the new place touches the old one, so that areas become one
 * while the call still works on them; and shrinking on the way to a fixed
 * place, which goes over the borders of areas (rows D5, E1).
 */
#include <elf.h>
#include <sys/resource.h>
#include "texts.h"

#ifndef MREMAP_DONTUNMAP
#define MREMAP_DONTUNMAP 4
#endif
#define MOVE	(MREMAP_MAYMOVE | MREMAP_FIXED)
#define ROOM	24

static char *room;

static void *map_room(unsigned page, unsigned pages, int prot)
{
	return mmap(room + page * PG, pages * PG, prot, MAP_PRIVATE |
		    MAP_ANONYMOUS | MAP_FIXED, -1, 0);
}

/* Room in which nothing is mapped. */
static void clear_room(void)
{
	munmap(room, ROOM * PG);
}

static int page_is_mapped(unsigned page)
{
	unsigned char vec;

	return mincore(room + page * PG, PG, &vec) == 0;
}

static void fill_room(unsigned page, unsigned pages, char with)
{
	for (unsigned i = 0; i < pages; i++)
		room[(page + i) * PG] = with + i;
}

static int room_holds(unsigned page, unsigned pages, char with)
{
	for (unsigned i = 0; i < pages; i++)
		if (room[(page + i) * PG] != (with ? with + (int)i : 0))
			return 0;
	return 1;
}

/*
 * Two pages at 8 move by `by` pages and leave empty ones behind; `low` and
 * `high`: with a neighbour there that could be one with them.
 */
static void stay_behind(int by, int low, int high)
{
	char *at;

	clear_room();
	map_room(8, 2, PROT_READ | PROT_WRITE);
	fill_room(8, 2, 'a');
	if (low)
		map_room(4, 2, PROT_READ | PROT_WRITE);
	if (high)
		map_room(12, 2, PROT_READ | PROT_WRITE);
	at = mremap(room + 8 * PG, 2 * PG, 2 * PG, MOVE | MREMAP_DONTUNMAP,
		    room + (8 + by) * PG);
	check(at == room + (8 + by) * PG && room_holds(8 + by, 2, 'a') &&
	      room_holds(8, 2, 0), "left behind, moved by %d%s%s", by,
	      low ? ", beside a lower one" : "",
	      high ? ", beside a higher one" : "");
	fill_room(8, 2, 'k');
	check(room_holds(8 + by, 2, 'a') && room_holds(8, 2, 'k'),
	      "both go on");
	check(mprotect(room + (8 + by) * PG, 2 * PG, PROT_READ) == 0 &&
	      store_fault(room + (8 + by) * PG) == SIGSEGV &&
	      !store_fault(room + 8 * PG), "and are areas as any");
}

/* The middle of an area, onto one that is replaced, and touches both. */
static void from_the_middle(void)
{
	char *at;

	clear_room();
	map_room(4, 10, PROT_READ | PROT_WRITE);
	fill_room(4, 10, 'a');
	at = mremap(room + 8 * PG, 2 * PG, 2 * PG, MOVE | MREMAP_DONTUNMAP,
		    room + 10 * PG);
	check(at == room + 10 * PG && room_holds(10, 2, 'e') &&
	      room_holds(8, 2, 0) &&
	      room_holds(4, 4, 'a') && room_holds(12, 2, 'i'),
	      "inside of one area");
	at = mremap(room + 6 * PG, 2 * PG, 2 * PG, MOVE, room + 14 * PG);
	check(at == room + 14 * PG && room_holds(14, 2, 'c') &&
	      !page_is_mapped(6) &&
	      !page_is_mapped(7) && room_holds(4, 2, 'a'),
	      "from it to its end");
	at = mremap(room + 4 * PG, 2 * PG, 4 * PG, MOVE, room + 6 * PG);
	check(at == (char *)MAP_FAILED || at == room + 6 * PG,
	      "longer at the place behind");
	munmap(room, ROOM * PG);
	check(!page_is_mapped(4) && !page_is_mapped(8) && !page_is_mapped(14),
	      "all of it goes");
}

/* What of the old range is not moved goes, be it one area, more, or none. */
static void shrink_on_the_way(void)
{
	char *at;

	clear_room();
	map_room(0, 2, PROT_READ | PROT_WRITE);
	map_room(2, 2, PROT_READ);
	fill_room(0, 2, 'a');
	at = mremap(room, 3 * PG, PG, MOVE, room + 8 * PG);
	check(at == room + 8 * PG && room_holds(8, 1, 'a') &&
	      !page_is_mapped(0) &&
	      !page_is_mapped(1) && !page_is_mapped(2) && page_is_mapped(3),
	      "over two areas");
	clear_room();
	map_room(0, 2, PROT_READ | PROT_WRITE);
	fill_room(0, 2, 'a');
	at = mremap(room, 6 * PG, 2 * PG, MOVE, room + 8 * PG);
	check(at == room + 8 * PG && room_holds(8, 2, 'a') &&
	      !page_is_mapped(0),
	      "over a hole");
	clear_room();
	map_room(0, 2, PROT_READ | PROT_WRITE);
	check_err(EFAULT, mremap(room, 6 * PG, 3 * PG, MOVE, room + 8 * PG),
		  "what moves is in one area");
}

/*
 * Linux empties the target and cuts the old range before it looks at what is to
 * be moved: they are gone though it refuses.
 */
static void refuse_moves(void)
{
	char *shared;

	clear_room();
	map_room(0, 2, PROT_READ | PROT_WRITE);
	map_room(2, 2, PROT_READ);
	map_room(8, 6, PROT_READ | PROT_WRITE);
	check_err(EFAULT, mremap(room, 4 * PG, 4 * PG, MOVE, room + 8 * PG),
		  "what moves is two areas");
	check(page_is_mapped(0) && page_is_mapped(3), "they stay");
	check(!page_is_mapped(8) && !page_is_mapped(11) && page_is_mapped(12),
	      "the target has gone");
	map_room(8, 6, PROT_READ | PROT_WRITE);
	check_err(EFAULT, mremap(room, 4 * PG, 3 * PG, MOVE, room + 8 * PG),
		  "shorter, and still two");
	check(page_is_mapped(0) && page_is_mapped(2) && !page_is_mapped(3),
	      "the old range is cut");
	check(!page_is_mapped(8) && !page_is_mapped(10) && page_is_mapped(11),
	      "the target has gone");
	check_err(EINVAL, mremap(room, PG, PG, MOVE, room), "onto itself");
	check(page_is_mapped(0), "nothing has changed");
	map_room(8, 1, PROT_READ | PROT_WRITE);
	check_err(EINVAL, mremap(room, 0, PG, MOVE, room + 8 * PG),
		  "none of private memory");
	check(!page_is_mapped(8), "the target has gone");
	shared = mmap(NULL, PG, PROT_READ | PROT_WRITE, MAP_SHARED |
		      MAP_ANONYMOUS, -1, 0);
	check_err(EFAULT, mremap(shared, 0, PG, MOVE, shared),
		  "a copy of shared memory onto itself");
	check_err(ENOMEM, madvise(shared, PG, MADV_NORMAL), "which goes");
	clear_room();
}

/* A target that goes makes room for what is moved there: RLIMIT_AS. */
static void move_over_target(void *arg)
{
	static char text[4096];
	unsigned long kib;
	struct rlimit r;

	(void)arg;
	clear_room();
	map_room(0, 2, PROT_READ | PROT_WRITE);
	map_room(8, 8, PROT_READ | PROT_WRITE);
	fill_room(0, 1, 'a');
	text_read("/proc/self/status", text, sizeof(text));
	kib = strtoul(strstr(text, "VmSize:") + 7, NULL, 10);
	r.rlim_cur = r.rlim_max = kib << 10;
	if (setrlimit(RLIMIT_AS, &r))
		_exit(1);
	if (mremap(room, 2 * PG, 4 * PG, MREMAP_MAYMOVE) != MAP_FAILED)
		_exit(2);
	if (mremap(room, 2 * PG, 6 * PG, MOVE, room + 8 * PG) != room + 8 * PG)
		_exit(3);
	_exit(!room_holds(8, 1, 'a') || page_is_mapped(0));
}

/* RLIMIT_AS; and the vdso stays as large as it is. */
static void grow_too_far(void *arg)
{
	const struct rlimit r = { 64 << 20, 64 << 20 };
	char *vdso = (char *)getauxval(AT_SYSINFO_EHDR);

	(void)arg;
	clear_room();
	map_room(0, 2, PROT_READ | PROT_WRITE);
	fill_room(0, 2, 'a');
	if (setrlimit(RLIMIT_AS, &r))
		_exit(1);
	if (mremap(room, PG, 512ul << 20, MREMAP_MAYMOVE) != MAP_FAILED ||
	    errno != ENOMEM)
		_exit(2);
	if (vdso && (mremap(vdso, PG, 2 * PG, MREMAP_MAYMOVE) != MAP_FAILED ||
		     errno != EFAULT))
		_exit(3);
	if (mremap(room, 2 * PG, 3 * PG, 0) != room || !room_holds(0, 2, 'a') ||
	    room[2 * PG])
		_exit(4);
	_exit(0);
}

static volatile int came_back;

static void note_return(int sig)
{
	came_back = sig;
}

/* Where [vdso] is.  => its size; 0: there is none */
static unsigned long vdso_at(char **at)
{
	static char maps[32768];
	unsigned long start, end;
	char *row, *stop;

	text_read("/proc/self/maps", maps, sizeof(maps));
	stop = strstr(maps, "[vdso]");
	if (!stop)
		return 0;
	*stop = '\0';
	row = strrchr(maps, '\n');
	start = strtoul(row ? row + 1 : maps, &stop, 16);
	end = strtoul(stop + 1, NULL, 16);
	*at = (char *)start;
	return end - start;
}

/* A handler returns by the vdso: it may move, and signals know where it is. */
static void move_vdso(void *arg)
{
	char *at, *now, *to = arg;
	unsigned long size = vdso_at(&at);

	if (!size)
		_exit(0);
	if (mremap(at, size, size, MOVE, to) != to)
		_exit(1);
	signal(SIGUSR1, note_return);
	kill(getpid(), SIGUSR1);
	if (came_back != SIGUSR1)
		_exit(2);
	if (vdso_at(&now) != size || now != to)
		_exit(3);
	_exit(0);
}

int main(void)
{
	room = anon_pages(ROOM, PROT_NONE);
	for (int neighbours = 0; neighbours < 4; neighbours++) {
		stay_behind(2, neighbours & 1, neighbours & 2);
		stay_behind(-2, neighbours & 1, neighbours & 2);
		stay_behind(4, neighbours & 1, neighbours & 2);
	}
	from_the_middle();
	shrink_on_the_way();
	refuse_moves();
	check_eq(in_child(move_over_target, NULL), 0,
		 "what it replaces counts no more");
	check_eq(in_child(grow_too_far, NULL), 0, "growing has its limits");
	check_eq(in_child(move_vdso, room), 0, "signals follow the vdso");
	clear_room();
	return tap_done();
}
