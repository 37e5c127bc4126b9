/* SPDX-License-Identifier: MIT */
/* Shared by the files of the library, not by programs. */
#ifndef LIBC_INTERNAL_H
#define LIBC_INTERNAL_H

#include <stddef.h>

/* Bytes one thread's TLS block and control block need (16-aligned). */
size_t __tls_size(void);

/*
 * Makes a TLS block out of `mem`, __tls_size() bytes aligned to 64.
 * => the thread pointer to install
 */
void *__tls_setup(void *mem);

/* Called by crt0 with the stack pointer at argc. */
__attribute__((noreturn)) void __libc_start(unsigned long *sp);

#endif
