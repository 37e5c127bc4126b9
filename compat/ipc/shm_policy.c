/* SPDX-License-Identifier: MIT */
/*
 * The memory policies of a segment: a list of parts that do not overlap, in no
 * order.  A new part takes its pages from the existing ones:
 *
 *	part	[==========)  [====)      [=======)
 *	new	     [=================================)
 *	then	[====)[=================================)
 *
 * If the new part lies within an old one, the old one is split in two.
 */
#include "shm_policy.h"
#include <mm/frames/slab.h>
#include <uapi/errno.h>

struct part {
	struct list link;
	unsigned long first, last;	/* pages, inclusive */
	unsigned policy;
};

/*
 * Remove the pages [first, last] from p, which keeps the pages before `first`
 * and behind `last`.
 * Return: true if *spare was used, for the pages behind `last`.
 */
static bool give_way(struct part *p, unsigned long first, unsigned long last,
		     struct part *spare)
{
	if (p->first < first && p->last > last) {
		spare->first = last + 1;
		spare->last = p->last;
		spare->policy = p->policy;
		list_push(&p->link, &spare->link);
		p->last = first - 1;
		return true;
	}
	if (p->first < first) {
		p->last = first - 1;
	} else if (p->last > last) {
		p->first = last + 1;
	} else {
		list_remove(&p->link);
		kfree(p);
	}
	return false;
}

int shm_policy_set(struct list *parts, unsigned long first, unsigned long last,
		   unsigned policy)
{
	struct part *new = kmalloc(sizeof(*new));
	struct part *spare = kmalloc(sizeof(*spare)), *p, *next;

	if (!new || !spare) {
		kfree(new);
		kfree(spare);
		return -ENOMEM;
	}
	list_for_each_safe(p, next, parts, link)
		if (p->first <= last && p->last >= first &&
		    give_way(p, first, last, spare)) {
			spare = NULL;
			break;
		}
	kfree(spare);
	if (!policy) {
		kfree(new);
		return 0;
	}
	new->first = first;
	new->last = last;
	new->policy = policy;
	list_append(parts, &new->link);
	return 0;
}

void shm_policy_drop(struct list *parts)
{
	struct part *p, *next;

	list_for_each_safe(p, next, parts, link)
		kfree(p);
}

unsigned shm_policy_get(struct list *parts, unsigned long page)
{
	struct part *p;

	list_for_each(p, parts, link)
		if (p->first <= page && p->last >= page)
			return p->policy;
	return 0;
}
