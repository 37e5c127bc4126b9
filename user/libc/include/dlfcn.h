/* SPDX-License-Identifier: MIT */
/* Loading libraries at run time: functions of the runtime linker. */
#ifndef LIBC_DLFCN_H
#define LIBC_DLFCN_H

#include <stddef.h>

#define RTLD_LAZY	1	/* bind functions at their first call */
#define RTLD_NOW	2
#define RTLD_NOLOAD	4	/* only if it is loaded already */
#define RTLD_DEEPBIND	8	/* symbols of itself and its needs first */
#define RTLD_GLOBAL	0x100	/* others may use its symbols */
#define RTLD_LOCAL	0
#define RTLD_NODELETE	0x1000	/* stay loaded after dlclose() */

#define RTLD_DEFAULT	((void *)0)	/* like a reference in the caller */
#define RTLD_NEXT	((void *)-1L)	/* only objects behind the caller's */

typedef struct {
	const char *dli_fname;		/* path of the object */
	void *dli_fbase;
	const char *dli_sname;		/* symbol at or before it, or NULL */
	void *dli_saddr;
} Dl_info;

/* Return: a handle; NULL with a message for dlerror(). */
void *dlopen(const char *name, int mode);
void *dlsym(void *handle, const char *name);
void *dlvsym(void *handle, const char *name, const char *version);
int dlclose(void *handle);
/* Return: this thread's last error since the last dlerror(), or NULL. */
char *dlerror(void);
/* Return: 0 if the address is in no object. */
int dladdr(const void *address, Dl_info *info);

/* Requests of dlinfo(), and the type that `result` points to. */
#define RTLD_DI_LMID		1	/* Lmid_t: 0, the only namespace */
#define RTLD_DI_LINKMAP		2	/* struct link_map * */
#define RTLD_DI_SERINFO		4	/* Dl_serinfo of dls_size bytes */
#define RTLD_DI_SERINFOSIZE	5	/* Dl_serinfo: sets dls_size, dls_cnt */
#define RTLD_DI_ORIGIN		6	/* char[PATH_MAX] */
#define RTLD_DI_TLS_MODID	9	/* size_t: 0 without TLS variables */
#define RTLD_DI_TLS_DATA	10	/* void *: this thread's, or NULL */
#define RTLD_DI_PHDR		11	/* const ElfW(Phdr) *; returns count */

typedef long Lmid_t;

typedef struct {
	char *dls_name;			/* a directory */
	unsigned int dls_flags;		/* 0 */
} Dl_serpath;

typedef struct {
	size_t dls_size;		/* of the list, with the strings */
	unsigned int dls_cnt;
	Dl_serpath dls_serpath[1];
} Dl_serinfo;

/* Return: 0 or the count above; -1 with a message for dlerror(). */
int dlinfo(void *handle, int request, void *result);

#endif
