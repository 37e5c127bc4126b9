/* SPDX-License-Identifier: MIT */
/* Structures of 32 bits for calls of 64 (docs/rv32.md): lent memory, forms. */
#ifndef TOPICS_RV32_ARCH_RISCV_NARROW_H
#define TOPICS_RV32_ARCH_RISCV_NARROW_H

#include <mm/uaccess.h>

/* ---- lent memory --------------------------------------------------------- */

/*
 * Memory of the kernel's that a call finds at LENT_AT, which no program can
 * name: it lies above all programs' addresses.
 */
struct lent {
	u8 *mem;
	unsigned long size;
	uaddr_t rest;		/* the program's memory behind it; 0: none */
};

#define LENT_AT		(1ul << 40)
#define LENT_NOWHERE	(LENT_AT - 1)	/* where nobody has memory */
_Static_assert(LENT_AT > USER_TOP, "no program's address");

/*
 * size bytes of zeros for current's next calls, until lent_end().
 * Context: may sleep; there is none yet.
 * Return: 0 or -ENOMEM.
 */
int lent_begin(struct lent *l, unsigned long size);
void lent_end(struct lent *l);
/* The handler of 64 bits, with other arguments than the frame's. */
long wide_call(unsigned nr, const unsigned long a[6]);
/* What narrow_*() makes of a pointer that may be NULL. */
static inline uaddr_t lent_or_null(uaddr_t user, uaddr_t lent)
{
	return user ? lent : 0;
}

/* ---- forms --------------------------------------------------------------- */

/*
 * A form is the layout of a structure in both widths, a letter a member:
 *
 *	l s   a word of 32 bits and one of 64: unsigned, or a pointer; signed
 *	t     two words of 32 bits, low first, and one of 64
 *	w h   32 and 16 bits in both
 *	q     64 bits in both
 *
 * with a number before it for several.  Each member is aligned to its size,
 * but a `t` of 32 bits to its words.
 */
struct sizes {
	unsigned narrow, wide;
};

struct sizes form_sizes(const char *form);
void form_widen(const char *form, void *wide, const void *narrow);
void form_narrow(const char *form, void *narrow, const void *wide);
/* From a program's memory, and to it.  Return: 0 or -EFAULT. */
int form_get(const char *form, void *wide, uaddr_t from);
int form_put(const char *form, uaddr_t to, const void *wide);

/* ---- calls --------------------------------------------------------------- */

/* Two words, low first. */
static inline u64 narrow_join(const unsigned long *word)
{
	return (u64)word[1] << 32 | word[0];
}

/* Calls by riscv32's numbers; a: the arguments, without their sign. */
typedef long narrow_call_t(const unsigned long *a);
narrow_call_t narrow_getitimer, narrow_setitimer, narrow_times,
	narrow_getrusage, narrow_timer_create, narrow_get_robust_list, narrow_set_robust_list,
	narrow_statfs64, narrow_fstatfs64, narrow_sysinfo, narrow_prctl,
	narrow_ioctl, narrow_pselect6, narrow_getaffinity;
narrow_call_t narrow_msgsnd, narrow_msgrcv, narrow_msgctl, narrow_semctl,
	narrow_shmctl;
#endif
