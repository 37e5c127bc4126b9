/* SPDX-License-Identifier: MIT */
/*
 * The steps before main in a static program: find the environment, give the
 * first thread its TLS block, run constructors.
 */
#include <elf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "../internal.h"

/* const after the start */
static const Elf_Phdr *tls_phdr;

extern void (*__preinit_array_start[])(void) __attribute__((weak));
extern void (*__preinit_array_end[])(void) __attribute__((weak));
extern void (*__init_array_start[])(void) __attribute__((weak));
extern void (*__init_array_end[])(void) __attribute__((weak));
extern void (*__fini_array_start[])(void) __attribute__((weak));
extern void (*__fini_array_end[])(void) __attribute__((weak));

static void find_tls(void)
{
	const Elf_Phdr *ph = (const Elf_Phdr *)getauxval(AT_PHDR);
	unsigned long n = getauxval(AT_PHNUM);

	for (unsigned long i = 0; ph && i < n; i++)
		if (ph[i].p_type == PT_TLS)
			tls_phdr = &ph[i];
}

/* Bytes from the start of the block to the thread pointer (variant II). */
static size_t tls_offset(void)
{
	size_t align;

	if (!tls_phdr)
		return 0;
	align = tls_phdr->p_align ? tls_phdr->p_align : 1;
	return (tls_phdr->p_memsz + align - 1) & ~(align - 1);
}

/* Bytes between the thread pointer and a block that starts behind it. */
static size_t tls_head(void)
{
	size_t align = tls_phdr && tls_phdr->p_align ? tls_phdr->p_align : 1;

	return ARCH_TLS_BELOW_TP ? 0 :
		(ARCH_TCB_SIZE + align - 1) & ~(align - 1);
}

/* tls_offset(), rounded up so that the thread pointer itself is aligned. */
static size_t tls_span(void)
{
	return (tls_offset() + 63) & ~(size_t)63;
}

size_t __tls_size(void)
{
	return tls_span() + (ARCH_TLS_BELOW_TP ? ARCH_TCB_SIZE : tls_head());
}

/*
 * The linker has fixed the offsets from the thread pointer: the block ends
 * there (variant II), or starts there or behind the thread control block
 * (variant I).
 */
void *__tls_setup(void *mem)
{
	char *tp = (char *)mem + (ARCH_TLS_BELOW_TP ? tls_span() : 0);
	char *block = ARCH_TLS_BELOW_TP ? tp - tls_offset() :
		tp + tls_head();

	memset(mem, 0, __tls_size());
	if (tls_phdr)
		memcpy(block, (void *)tls_phdr->p_vaddr, tls_phdr->p_filesz);
	if (ARCH_TCB_SIZE)
		*(void **)tp = tp;
	return tp;
}

/* Nothing to free: the block is part of the thread's stack. */
void __tls_free(void *tp)
{
	(void)tp;
}

static void start_tls(void)
{
	static char room[512] __attribute__((aligned(64)));

	find_tls();
	if (__tls_size() > sizeof(room) || __tls_install(__tls_setup(room)))
		__syscall(SYS_exit_group, 127, 0, 0, 0, 0, 0);
}

static void run_constructors(void)
{
	void (**f)(void);

	for (f = __preinit_array_start; f < __preinit_array_end; f++)
		(*f)();
	for (f = __init_array_start; f < __init_array_end; f++)
		(*f)();
}

static void run_destructors(void)
{
	void (**f)(void);

	for (f = __fini_array_end; f > __fini_array_start; )
		(*--f)();
}

/* `at_end` is ignored, because no runtime linker has set it. */
void __libc_begin(char **envp, void (*at_end)(void))
{
	(void)at_end;
	__libc_environment(envp);
	start_tls();
	atexit(run_destructors);
	run_constructors();
}
