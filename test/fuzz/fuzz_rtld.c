/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as a library for the runtime linker: it is mapped, or refused.
 * Nothing is mapped outside the room that was taken for it, and what its
 * headers name for later use lies within.
 */
#include "fuzz.h"
#include "rtld_types.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

/* the calls of the linker, served here */
#define IS_ERROR(r)	((unsigned long)(r) >= -4095UL)
#define st_mtime_nsec	st_mtim.tv_nsec
#define st_ctime_nsec	st_ctim.tv_nsec
#define arch_fstatat(...) (-ENOSYS)
static long sys_mmap(uintptr_t at, size_t size, int prot, int flags, int fd,
		     uint64_t offset);
static long sys_pread(int fd, void *to, size_t size, uint64_t offset);
static long sys_mprotect(uintptr_t at, size_t size, int prot);
static long sys_munmap(uintptr_t at, size_t size);
#include "../../user/rtld/map.c"

#define ROOM_MAX	(8UL << 20)

union head head;
long head_size;
struct object *objects;
const struct prelinker *const prelinker;
jmp_buf *attempt;

static const uint8_t *image;
static size_t image_size;
static uintptr_t room, room_end;
static jmp_buf refused;

void cannot_load(const char *name, const char *why, long error)
{
	(void)name, (void)why, (void)error;
	longjmp(refused, 1);
}

static Elf_Phdr headers[MAX_PHDRS];

void *alloc(size_t size)
{
	if (size > sizeof(headers))
		abort();
	return memset(headers, 0, sizeof(headers));
}

static long sys_pread(int fd, void *to, size_t size, uint64_t offset)
{
	(void)fd;
	if ((int64_t)offset < 0)
		return -EINVAL;
	if (offset >= image_size)
		return 0;
	if (size > image_size - offset)
		size = image_size - offset;
	memcpy(to, image + offset, size);
	return (long)size;
}

static void must_lie_in_room(uintptr_t at, size_t size)
{
	if (at < room || at > room_end || size > room_end - at)
		abort();
}

static long sys_mprotect(uintptr_t at, size_t size, int prot)
{
	(void)prot;
	must_lie_in_room(at, size);
	return 0;
}

/* The beginning or the end of the room goes back. */
static long sys_munmap(uintptr_t at, size_t size)
{
	must_lie_in_room(at, size);
	if (at == room)
		room += size;
	else if (at + size == room_end)
		room_end = at;
	else
		abort();
	return munmap((void *)at, size);
}

static long take_room(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED || room)
		abort();
	room = (uintptr_t)p;
	room_end = room + size;
	return (long)room;
}

static long sys_mmap(uintptr_t at, size_t size, int prot, int flags, int fd,
		     uint64_t offset)
{
	(void)prot;
	if (!size)
		return -EINVAL;
	if (UP(size) < size || UP(size) > ROOM_MAX)
		return -ENOMEM;
	if (flags & MAP_FIXED)
		must_lie_in_room(at, UP(size));
	else
		at = (uintptr_t)take_room(UP(size));
	if (at % PAGE || offset % PAGE)
		abort();
	memset((void *)at, 0, UP(size));
	if (!(flags & MAP_ANONYMOUS))
		sys_pread(fd, (void *)at, UP(size), offset);
	return (long)at;
}

/* What the next files of the linker take from the headers. */
static void check_object(const struct object *o)
{
	must_lie_in_room((uintptr_t)o->dynamic, 0);
	if (o->relro_end > o->relro)
		protect_relro(o);
	if (!o->tls.memsz)
		return;
	must_lie_in_room((uintptr_t)o->tls.image, o->tls.filesz);
	if (o->tls.filesz > o->tls.memsz)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct object library = { .name = "fuzz" };

	image = data;
	image_size = size;
	memset(&head, 0, sizeof(head));
	head_size = sys_pread(3, &head, sizeof(head), 0);
	if (!setjmp(refused)) {
		map_object(&library, 3, "fuzz", size);
		check_object(&library);
		text_writable(&library, 1);
	}
	if (room)
		munmap((void *)room, room_end - room);
	room = room_end = 0;
	return 0;
}
