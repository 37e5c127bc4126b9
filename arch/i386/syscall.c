/* SPDX-License-Identifier: MIT */
/*
 * Thread-local storage by GDT slots (row D1): set_thread_area(2) describes a
 * segment, and the program loads its selector into gs.  Only flat or limited
 * data segments of user privilege can be described.
 */
#include <arch/i386.h>
#include <arch/uabi.h>
#include <kernel/current.h>
#include <kernel/sched/preempt.h>
#include <mm/uaccess.h>
#include <syscalls.h>
#include <uapi/errno.h>

/* Return: true for Linux's two forms of "clear this slot". */
static bool desc_empty(const struct uabi_user_desc *u)
{
	unsigned flags = u->flags & DESC_FLAGS;

	return u->base_addr == 0 && u->limit == 0 &&
		(flags == 0 || flags == (DESC_READ_ONLY | DESC_NOT_PRESENT));
}

static bool desc_ok(const struct uabi_user_desc *u)
{
	return desc_empty(u) ||
		((u->flags & DESC_32BIT) && !(u->flags & DESC_CODE) &&
		 !(u->flags & DESC_NOT_PRESENT));
}

/* Intel's manual, volume 3, figure 3-8. */
static u64 desc_encode(const struct uabi_user_desc *u)
{
	u32 low, high, type = 0x91;	/* present, code or data, accessed */

	if (desc_empty(u))
		return 0;
	type |= (u->flags & DESC_CONTENTS) << 1 | 0x60;
	if (!(u->flags & DESC_READ_ONLY))
		type |= 2;
	low = (u->base_addr & 0xffff) << 16 | (u->limit & 0xffff);
	high = (u->base_addr & 0xff000000) | (u->base_addr >> 16 & 0xff) |
		(u->limit & 0xf0000) | type << 8 | 1u << 22;
	if (u->flags & DESC_USEABLE)
		high |= 1u << 20;
	if (u->flags & DESC_PAGES)
		high |= 1u << 23;
	return (u64)high << 32 | low;
}

static void desc_decode(struct uabi_user_desc *u, u64 desc)
{
	u32 low = desc, high = desc >> 32;

	u->base_addr = low >> 16 | (high & 0xff) << 16 | (high & 0xff000000);
	u->limit = (low & 0xffff) | (high & 0xf0000);
	u->flags = 0;
	if (high & 1u << 22)
		u->flags |= DESC_32BIT;
	u->flags |= high >> 9 & DESC_CONTENTS;
	if (!(high & 1u << 9))
		u->flags |= DESC_READ_ONLY;
	if (high & 1u << 23)
		u->flags |= DESC_PAGES;
	if (!(high & 1u << 15))
		u->flags |= DESC_NOT_PRESENT;
	if (high & 1u << 20)
		u->flags |= DESC_USEABLE;
}

void tls_get(const struct task *t, int slot, struct uabi_user_desc *u)
{
	desc_decode(u, t->arch.tls[slot]);
	u->entry_number = GDT_TLS_FIRST + slot;
}

/* Return: 0 or -EINVAL.  A CPU loads the slot when it switches to t. */
int tls_set(struct task *t, int slot, const struct uabi_user_desc *u)
{
	if (!desc_ok(u))
		return -EINVAL;
	t->arch.tls[slot] = desc_encode(u);
	return 0;
}

static int syscall_slot_of(u32 entry)
{
	if (entry < GDT_TLS_FIRST || entry >= GDT_TLS_FIRST + GDT_TLS_SLOTS)
		return -EINVAL;
	return entry - GDT_TLS_FIRST;
}

static int tls_free_slot(const struct task *t)
{
	for (int i = 0; i < GDT_TLS_SLOTS; i++)
		if (t->arch.tls[i] == 0)
			return i;
	return -ESRCH;
}

/*
 * Reload gs, because the register holds a copy of the descriptor.  The return
 * to user mode reloads fs.
 */
static void reload_gs(int slot)
{
	unsigned sel = (GDT_TLS_FIRST + slot) * 8 | 3;

	if (read_segment(gs) == sel)
		load_segment(gs, segment_readable(sel) ? sel : 0);
}

long sys_set_thread_area(uaddr_t at)
{
	struct task *t = current;
	struct uabi_user_desc u;
	enum ipl level;
	int slot;

	if (get_user(&u, at))
		return -EFAULT;
	if (!desc_ok(&u))
		return -EINVAL;
	if (u.entry_number == ~0u) {
		slot = tls_free_slot(t);
		if (slot < 0)
			return slot;
		if (put_user((u32)(slot + GDT_TLS_FIRST), at))
			return -EFAULT;
	} else {
		slot = syscall_slot_of(u.entry_number);
		if (slot < 0)
			return slot;
	}
	level = preempt_disable();	/* no preemption: this CPU's GDT is
					   written */
	t->arch.tls[slot] = desc_encode(&u);
	i386_self()->gdt[GDT_TLS_FIRST + slot] = t->arch.tls[slot];
	reload_gs(slot);
	ipl_restore(level);
	return 0;
}

long sys_get_thread_area(uaddr_t at)
{
	struct uabi_user_desc u;
	int slot;

	if (get_user(&u.entry_number, at))
		return -EFAULT;
	slot = syscall_slot_of(u.entry_number);
	if (slot < 0)
		return slot;
	desc_decode(&u, current->arch.tls[slot]);
	return put_user(u, at);
}

int arch_fork_tls(struct task *child, uaddr_t tls)
{
	struct uabi_user_desc u;
	int slot;

	if (get_user(&u, tls))
		return -EFAULT;
	slot = syscall_slot_of(u.entry_number);
	if (slot < 0 || !desc_ok(&u))
		return -EINVAL;
	child->arch.tls[slot] = desc_encode(&u);
	return 0;
}
