/* SPDX-License-Identifier: MIT */
/*
 * Calling 64-bit handlers with 32-bit structures (docs/rv32.md): lent memory
 * and forms.
 */
#ifndef TOPICS_RV32_ARCH_RISCV_NARROW_H
#define TOPICS_RV32_ARCH_RISCV_NARROW_H

#include <mm/uaccess.h>

/* ---- lent memory --------------------------------------------------------- */

/*
 * Kernel memory that a system call handler finds at the user address LENT_AT.
 * No program can use that address, since it is above all programs' addresses.
 */
struct lent {
	u8 *mem;
	unsigned long size;
	uaddr_t rest;		/* user memory that continues mem; 0: none */
};

#define LENT_AT		(1ul << 40)
#define LENT_NOWHERE	(LENT_AT - 1)	/* an address without memory */
_Static_assert(LENT_AT > USER_TOP, "no program's address");

/*
 * Lend size zeroed bytes to current's next calls, until lent_end().
 * Context: may sleep; nothing is lent yet.
 * Return: 0 or -ENOMEM.
 */
int lent_begin(struct lent *l, unsigned long size);
void lent_end(struct lent *l);
/* Call the 64-bit handler nr with other arguments than the frame's. */
long wide_call(unsigned nr, const unsigned long a[6]);
/* Translate a user pointer, which may be NULL, to lent memory. */
static inline uaddr_t lent_or_null(uaddr_t user, uaddr_t lent)
{
	return user ? lent : 0;
}

/* ---- forms --------------------------------------------------------------- */

/*
 * A form describes the layout of a structure in both widths, narrow (32-bit
 * programs) and wide (the kernel), one letter for each member:
 *
 *	l	32 bits narrow, 64 wide; unsigned, or a pointer
 *	s	32 bits narrow, 64 wide; signed
 *	t	two 32-bit words narrow, low first; 64 bits wide
 *	w	32 bits in both
 *	h	16 bits in both
 *	q	64 bits in both
 *
 * A number before a letter repeats the letter.  Each member is aligned to its
 * size, except that a narrow `t` is aligned to its words.
 */
struct sizes {
	unsigned narrow, wide;
};

struct sizes form_sizes(const char *form);
void form_widen(const char *form, void *wide, const void *narrow);
void form_narrow(const char *form, void *narrow, const void *wide);
/*
 * form_get() copies a structure from a program's memory, form_put() to a
 * program's memory.  Return: 0 or -EFAULT.
 */
int form_get(const char *form, void *wide, uaddr_t from);
int form_put(const char *form, uaddr_t to, const void *wide);

/* ---- calls --------------------------------------------------------------- */

/* Join two words, low first. */
static inline u64 narrow_join(const unsigned long *word)
{
	return (u64)word[1] << 32 | word[0];
}

/* A system call of riscv32.  a: the arguments, zero-extended. */
typedef long narrow_call_t(const unsigned long *a);
narrow_call_t narrow_getitimer, narrow_setitimer, narrow_times,
	narrow_getrusage, narrow_timer_create, narrow_get_robust_list, narrow_set_robust_list,
	narrow_statfs64, narrow_fstatfs64, narrow_sysinfo, narrow_prctl,
	narrow_ioctl, narrow_pselect6, narrow_getaffinity;
narrow_call_t narrow_msgsnd, narrow_msgrcv, narrow_msgctl, narrow_semctl,
	narrow_shmctl;
#endif
