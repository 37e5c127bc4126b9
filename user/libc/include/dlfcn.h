/* SPDX-License-Identifier: MIT */
/* Libraries while the program runs: functions of the runtime linker. */
#ifndef LIBC_DLFCN_H
#define LIBC_DLFCN_H

#include <stddef.h>

#define RTLD_LAZY	1	/* functions are bound at their first call */
#define RTLD_NOW	2
#define RTLD_NOLOAD	4	/* only if it is there */
#define RTLD_DEEPBIND	8	/* its own symbols and its needs' come first */
#define RTLD_GLOBAL	0x100	/* others may use its symbols */
#define RTLD_LOCAL	0
#define RTLD_NODELETE	0x1000	/* it stays after dlclose() */

#define RTLD_DEFAULT	((void *)0)	/* as the caller's references do */
#define RTLD_NEXT	((void *)-1L)	/* behind the caller */

typedef struct {
	const char *dli_fname;		/* path of the object */
	void *dli_fbase;
	const char *dli_sname;		/* the symbol before it, or NULL */
	void *dli_saddr;
} Dl_info;

/* => a handle; NULL with a text for dlerror() */
void *dlopen(const char *name, int mode);
void *dlsym(void *handle, const char *name);
void *dlvsym(void *handle, const char *name, const char *version);
int dlclose(void *handle);
/* => what went wrong in this thread since it was last asked, or NULL */
char *dlerror(void);
/* => 0 if the address is in no object */
int dladdr(const void *address, Dl_info *info);

/* What dlinfo() may be asked, and what `result` points to. */
#define RTLD_DI_LMID		1	/* Lmid_t: the one namespace, 0 */
#define RTLD_DI_LINKMAP		2	/* struct link_map * */
#define RTLD_DI_SERINFO		4	/* Dl_serinfo that was filled by */
#define RTLD_DI_SERINFOSIZE	5	/* ... this, in dls_size bytes */
#define RTLD_DI_ORIGIN		6	/* char[PATH_MAX] */
#define RTLD_DI_TLS_MODID	9	/* size_t: 0 without such variables */
#define RTLD_DI_TLS_DATA	10	/* void *: this thread's, or NULL */
#define RTLD_DI_PHDR		11	/* const ElfW(Phdr) *; => how many */

typedef long Lmid_t;

typedef struct {
	char *dls_name;			/* a folder */
	unsigned int dls_flags;		/* 0 */
} Dl_serpath;

typedef struct {
	size_t dls_size;		/* of all, with the strings */
	unsigned int dls_cnt;
	Dl_serpath dls_serpath[1];
} Dl_serinfo;

/* => 0 or what is told above; -1 with a text for dlerror() */
int dlinfo(void *handle, int request, void *result);

#endif
