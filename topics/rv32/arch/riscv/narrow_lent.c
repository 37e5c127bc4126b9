/* SPDX-License-Identifier: MIT */
/*
 * 64-bit system calls for 32-bit programs (docs/rv32.md).  A handler accesses
 * structures by their user addresses, but a 32-bit program's structures have
 * another layout.  So a copy in the handler's layout is placed in kernel
 * memory, which is lent to the handler for this call at an address above all
 * addresses of programs:
 *
 *  program: { ptr, len }  --form_get-->  lent: { ptr, len }
 *                                          |  wide_call(nr, ..., LENT_AT, ...)
 *  program: { ... }      <--form_put--   lent: { ... }
 *
 * No handler needs a second version, no other task can change lent memory, and
 * the pointers that a program passes have 32 bits, so they cannot point into
 * lent memory.
 */
#include "narrow.h"
#include <kernel/task/part.h>
#include <kernel/syscall/table.h>
#include <lib/mem.h>
#include <mm/frames/slab.h>

/* The task's part is its struct lent; NULL between calls. */
static unsigned lent_slot;

static const struct task_part lent_part __table(task_part) = {
	.at = &lent_slot,
};

int lent_begin(struct lent *l, unsigned long size)
{
	*l = (struct lent){ .mem = kzalloc(size), .size = size };
	if (!l->mem)
		return -ENOMEM;
	*task_slot(current, lent_slot) = l;
	return 0;
}

void lent_end(struct lent *l)
{
	*task_slot(current, lent_slot) = NULL;
	kfree(l->mem);
}

/* Access user memory that follows the lent structure. */
static int copy_rest(const struct lent *l, void *here, unsigned long offset,
		     unsigned long n, bool out)
{
	uaddr_t at = l->rest + offset;

	if (!l->rest || !user_range_ok(at, n))
		return -EFAULT;
	return (out ? arch_copy_out(at, here, n) : arch_copy_in(here, at, n)) ?
		-EFAULT : 0;
}

/*
 * Access lent memory.  Replaces the weak version, which refuses all accesses.
 */
int user_copy_lent(void *here, uaddr_t at, unsigned long n, bool out)
{
	const struct lent *l = at < LENT_AT || !lent_slot ? NULL :
		*task_slot(current, lent_slot);
	unsigned long offset = at - LENT_AT, own;

	if (!l)
		return -EFAULT;
	own = offset < l->size ? min(n, l->size - offset) : 0;
	if (own < n && copy_rest(l, (u8 *)here + own, offset + own - l->size,
				 n - own, out))
		return -EFAULT;
	if (out)
		memcpy(l->mem + offset, here, own);
	else
		memcpy(here, l->mem + offset, own);
	return 0;
}

/*
 * Call a 64-bit handler.  Afterwards the program's own arguments are restored
 * in the frame, for a restart of the call.
 */
long wide_call(unsigned nr, const unsigned long a[6])
{
	struct trapframe *tf = current_trapframe(current->kstack);
	unsigned long *rest = &tf->regs[REG_A0 + 1];
	unsigned long first = tf->orig_a0, kept[5];
	long result;

	memcpy(kept, rest, sizeof(kept));
	tf->orig_a0 = a[0];
	memcpy(rest, a + 1, sizeof(kept));
	result = syscall_table[nr](tf);
	tf->orig_a0 = first;
	memcpy(rest, kept, sizeof(kept));
	return result;
}

/* ---- forms --------------------------------------------------------------- */

/* One member of a form, and its offsets. */
struct member {
	char letter;
	unsigned narrow, wide;		/* offsets */
};

struct walk {
	const char *form;
	/* uses left of the letter at form; 0: read the next letter */
	unsigned left;
	struct sizes at, align;
};

static unsigned narrow_lent_place(unsigned *at, unsigned *most, unsigned size,
				  unsigned align)
{
	unsigned start = ALIGN_UP(*at, align);

	*most = max(*most, align);
	*at = start + size;
	return start;
}

/* Advance to the next member.  Return: false: there is none. */
static bool next_member(struct walk *w, struct member *m)
{
	bool grows, twice;
	unsigned size;

	if (!w->left) {
		while (*w->form >= '0' && *w->form <= '9')
			w->left = w->left * 10 + (unsigned)(*w->form++ - '0');
		w->left = w->left ? w->left : 1;
		if (!*w->form)
			return false;
	}
	m->letter = *w->form;
	if (!--w->left)
		w->form++;
	grows = m->letter == 'l' || m->letter == 's';
	twice = m->letter == 't';
	size = m->letter == 'h' ? 2 : m->letter == 'q' || twice ? 8 : 4;
	m->narrow = narrow_lent_place(&w->at.narrow, &w->align.narrow, size,
				      twice ? 4 : size);
	size = grows ? 8 : size;
	m->wide = narrow_lent_place(&w->at.wide, &w->align.wide, size, size);
	return true;
}

struct sizes form_sizes(const char *form)
{
	struct walk w = { .form = form, .align = { 1, 1 } };
	struct member m;

	while (next_member(&w, &m))
		;
	return (struct sizes){ ALIGN_UP(w.at.narrow, w.align.narrow),
		ALIGN_UP(w.at.wide, w.align.wide) };
}

/*
 * Convert a structure to 64 bits.  Members are copied as bytes, because they
 * may be aligned to four bytes only.
 */
void form_widen(const char *form, void *wide, const void *narrow)
{
	struct walk w = { .form = form };
	struct member m;

	while (next_member(&w, &m)) {
		const u8 *from = (const u8 *)narrow + m.narrow;
		u64 v = 0;
		s32 s;

		memcpy(&v, from, m.letter == 'h' ? 2 : m.letter == 'q' ||
		       m.letter == 't' ? 8 : 4);
		memcpy(&s, &v, sizeof(s));
		if (m.letter == 's')
			v = (u64)(s64)s;
		memcpy((u8 *)wide + m.wide, &v, m.letter == 'h' ? 2 :
		       m.letter == 'w' ? 4 : 8);
	}
}

void form_narrow(const char *form, void *narrow, const void *wide)
{
	struct walk w = { .form = form };
	struct member m;

	while (next_member(&w, &m))
		memcpy((u8 *)narrow + m.narrow, (const u8 *)wide + m.wide,
		       m.letter == 'h' ? 2 : m.letter == 'q' ||
		       m.letter == 't' ? 8 : 4);
}

/* bytes of the largest narrow structure */
#define FORM_MOST	128

int form_get(const char *form, void *wide, uaddr_t from)
{
	u8 narrow[FORM_MOST];

	if (copy_from_user(narrow, from, form_sizes(form).narrow))
		return -EFAULT;
	form_widen(form, wide, narrow);
	return 0;
}

int form_put(const char *form, uaddr_t to, const void *wide)
{
	u8 narrow[FORM_MOST];

	memset(narrow, 0, sizeof(narrow));
	form_narrow(form, narrow, wide);
	return copy_to_user(to, narrow, form_sizes(form).narrow);
}
