/* SPDX-License-Identifier: MIT */
/* Shared by the files of the library, not by programs. */
#ifndef LIBC_INTERNAL_H
#define LIBC_INTERNAL_H

#include <stddef.h>

/*
 * Bytes one thread's TLS block and control block need (16-aligned).  In a
 * dynamic program this and __tls_setup are the runtime linker's, which knows
 * the libraries' needs as well.
 */
size_t __tls_size(void);

/*
 * Makes a TLS block out of `mem`, __tls_size() bytes aligned to 64.
 * => the thread pointer to install
 */
void *__tls_setup(void *mem);

/* A thread has ended whose thread pointer this was. */
void __tls_free(void *tp);

/*
 * What malloc does when a thread has ended, and around a fork.  Weak: a
 * program without malloc should not get one.
 */
__attribute__((weak)) void __malloc_thread_end(void);
__attribute__((weak)) void __malloc_before_fork(void);
__attribute__((weak)) void __malloc_after_fork(void);

/* Keeps where the environment is, and the auxiliary vector behind it. */
void __libc_environment(char **envp);

/* The entry of the environment whose name has these `len` characters. */
char **__find_env(const char *name, size_t len);

/* What comes before main: one of static/ and shared/. */
void __libc_begin(char **envp, void (*at_end)(void));

/*
 * Called by crt0 with the stack pointer at argc, the program's main, and what
 * a runtime linker wants called at the end.
 */
__attribute__((noreturn))
void __libc_start(unsigned long *sp, int (*main)(int, char **, char **),
		  void (*at_end)(void));

#endif
