/* SPDX-License-Identifier: MIT */
/* Internals that the files of mm/ share about address spaces. */
#ifndef MM_VM_INTERNAL_H
#define MM_VM_INTERNAL_H

#include "vma.h"

/*
 * Flags that may differ between VMAs to be merged: the result has the flags of
 * both.
 */
#define VM_STICKY	(VM_ANONED)

/* ---- vma.c: the set of VMAs; Context: [space->lock] for writing ---------- */

extern atomic_t vma_live;

/* ---- fault.c ------------------------------------------------------------- */

void fault_init(void);

/* ---- map.c --------------------------------------------------------------- */

/*
 * Extend the stack VMA down to `at`.
 * Context: takes s->lock for writing.
 * Return: false: the stack may not grow that far.
 */
bool vm_grow_stack(struct vm_space *s, uaddr_t at);

/*
 * Give n entries of a leaf table the rights in v->prot.
 * Context: [pt_lock].
 * Return: true if an entry changed.
 */
bool vm_change_slots(struct vma *v, pte_t *slot, unsigned n);

/* Give the entries of [start, end) in v the rights in v->prot, and flush. */
void vm_change_ptes(struct vma *v, uaddr_t start, uaddr_t end);

#endif
