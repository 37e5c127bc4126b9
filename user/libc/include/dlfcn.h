/* SPDX-License-Identifier: MIT */
/* Libraries while the program runs: functions of the runtime linker. */
#ifndef LIBC_DLFCN_H
#define LIBC_DLFCN_H

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

#endif
