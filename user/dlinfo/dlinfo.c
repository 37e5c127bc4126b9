/* SPDX-License-Identifier: MIT */
/*
 * dlinfo(): queries about one object (row C7).  For the list of directories the
 * strings are stored behind the caller's array; the caller has asked for the
 * size of both before (RTLD_DI_SERINFOSIZE):
 *
 *	Dl_serinfo [ size, count | name flags | name flags | ... ] "/a" "/b" ...
 *	                           `------------------------------->
 */
#include <dlfcn.h>
#include <string.h>
#include "../rtld/rtld.h"

/* State of collecting the directories. */
struct notes {
	Dl_serinfo *info;
	unsigned int n;
	char *text;		/* NULL: only count */
	size_t bytes;
};

static void note_folder(void *to, const char *folder)
{
	struct notes *notes = to;
	size_t size = strlen(folder) + 1;

	if (notes->text)
		notes->info->dls_serpath[notes->n] = (Dl_serpath){
			memcpy(notes->text + notes->bytes, folder, size), 0 };
	notes->bytes += size;
	notes->n++;
}

static struct notes count_folders(struct object *o, Dl_serinfo *info)
{
	struct notes notes = { .info = info };

	each_folder(o, note_folder, &notes);
	notes.bytes += offsetof(Dl_serinfo, dls_serpath) +
		       notes.n * sizeof(Dl_serpath);
	return notes;
}

/* Return: 0; -1: the caller's buffer is too small. */
static int list_folders(struct object *o, Dl_serinfo *info)
{
	struct notes notes = count_folders(o, info);

	if (info->dls_size < notes.bytes || info->dls_cnt < notes.n)
		return -1;
	notes = (struct notes){ .info = info,
		.text = (char *)&info->dls_serpath[info->dls_cnt] };
	each_folder(o, note_folder, &notes);
	return 0;
}

static int answer(struct object *o, int request, void *result)
{
	struct notes notes;

	switch (request) {
	case RTLD_DI_LMID:
		*(Lmid_t *)result = 0;
		return 0;
	case RTLD_DI_LINKMAP:
		*(struct object **)result = o;
		return 0;
	case RTLD_DI_SERINFOSIZE:
		notes = count_folders(o, result);
		notes.info->dls_size = notes.bytes;
		notes.info->dls_cnt = notes.n;
		return 0;
	case RTLD_DI_SERINFO:
		return list_folders(o, result);
	case RTLD_DI_ORIGIN:
		strcpy(result, o->origin);
		return 0;
	case RTLD_DI_TLS_MODID:
		*(size_t *)result = o->tls.module;
		return 0;
	case RTLD_DI_TLS_DATA:
		*(void **)result = tls_block(&o->tls);
		return 0;
	case RTLD_DI_PHDR:
		*(const Elf_Phdr **)result = o->phdr;
		return (int)o->phnum;
	}
	return -1;
}

EXPORT int dlinfo(void *handle, int request, void *result)
{
	int n;

	lock();
	n = answer(handle, request, result);
	if (n < 0)
		TCB_ERROR(thread_pointer()) = request == RTLD_DI_SERINFO ?
			"dlinfo: too small a list" :
			"unsupported dlinfo request";
	unlock();
	return n;
}
