/* SPDX-License-Identifier: MIT */
/*
 * A circular doubly linked list threaded through its members.  An empty list
 * and a member on no list both point to themselves.
 */
#ifndef LT_LIST_H
#define LT_LIST_H

#include <lt/compiler.h>
#include <lt/types.h>

struct list {
	struct list *next;
	struct list *prev;
};

#define LIST_INIT(name) { &(name), &(name) }

static inline void list_init(struct list *l)
{
	l->next = l->prev = l;
}

static inline bool list_empty(const struct list *l)
{
	return l->next == l;
}

static inline void list_insert_(struct list *n, struct list *prev,
				struct list *next)
{
	n->prev = prev;
	n->next = next;
	prev->next = n;
	next->prev = n;
}

/* Put n first in the list. */
static inline void list_push(struct list *head, struct list *n)
{
	list_insert_(n, head, head->next);
}

/* Put n last in the list. */
static inline void list_append(struct list *head, struct list *n)
{
	list_insert_(n, head->prev, head);
}

/* Take n off its list; n is then on no list, and may be removed again. */
static inline void list_remove(struct list *n)
{
	n->prev->next = n->next;
	n->next->prev = n->prev;
	list_init(n);
}

/* Move all members of from to the end of to; from is then empty. */
static inline void list_splice(struct list *to, struct list *from)
{
	if (list_empty(from))
		return;
	from->next->prev = to->prev;
	to->prev->next = from->next;
	from->prev->next = to;
	to->prev = from->prev;
	list_init(from);
}

#define list_entry(p, type, member) container_of(p, type, member)
#define list_first(head, type, member) \
	list_entry((head)->next, type, member)
#define list_last(head, type, member) \
	list_entry((head)->prev, type, member)
#define list_next(pos, member) \
	list_entry(list_link_(pos, member)->next, __typeof__(*(pos)), member)
#define list_prev(pos, member) \
	list_entry(list_link_(pos, member)->prev, __typeof__(*(pos)), member)
/*
 * Return the address of pos->member.  At the end of a loop pos is computed from
 * the list's head, so no structure is there and pos may be misaligned.  The
 * macro therefore must not form pos->member.
 */
#define list_link_(pos, member) \
	((struct list *)((char *)(pos) + \
			 __builtin_offsetof(__typeof__(*(pos)), member)))
#define list_for_each(pos, head, member) \
	for (pos = list_first(head, __typeof__(*pos), member); \
	     list_link_(pos, member) != (head); pos = list_next(pos, member))
/* Like list_for_each(), but the body may remove pos (and only pos). */
#define list_for_each_safe(pos, tmp, head, member) \
	for (pos = list_first(head, __typeof__(*pos), member), \
	     tmp = list_next(pos, member); \
	     list_link_(pos, member) != (head); \
	     pos = tmp, tmp = list_next(tmp, member))

#endif
