/* SPDX-License-Identifier: MIT */
/* Declarations for the files of the library only, not for programs. */
#ifndef LIBC_INTERNAL_H
#define LIBC_INTERNAL_H

#include <stddef.h>

/*
 * Return the size of a thread's TLS block and control block (16-aligned).  In a
 * dynamic program the runtime linker provides this and __tls_setup, because it
 * also knows the sizes of the libraries' blocks.
 */
size_t __tls_size(void);

/*
 * Set up a TLS block in `mem`, __tls_size() bytes aligned to 64.
 * Return: the thread pointer to install.
 */
void *__tls_setup(void *mem);

/* Release the TLS of a thread that has ended, given its thread pointer. */
void __tls_free(void *tp);

/*
 * malloc's hooks for the end of a thread, and around a fork.  Weak, so that
 * they do not link malloc into a program that does not use it.
 */
__attribute__((weak)) void __malloc_thread_end(void);
__attribute__((weak)) void __malloc_before_fork(void);
__attribute__((weak)) void __malloc_after_fork(void);

/* Note the addresses of the environment and the auxiliary vector behind it. */
void __libc_environment(char **envp);

/* Find the environment's entry whose name is name[0..len). */
char **__find_env(const char *name, size_t len);

/* Set up all before main; static/ and shared/ have one each. */
void __libc_begin(char **envp, void (*at_end)(void));

/*
 * Called by crt0 with the stack pointer at argc, the program's main, and a
 * function that a runtime linker wants called at exit, or NULL.
 */
__attribute__((noreturn))
void __libc_start(unsigned long *sp, int (*main)(int, char **, char **),
		  void (*at_end)(void));

#endif
