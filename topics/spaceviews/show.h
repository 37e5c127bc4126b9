/* SPDX-License-Identifier: MIT */
/* What the files of this folder share. */
#ifndef TOPICS_SPACEVIEWS_SHOW_H
#define TOPICS_SPACEVIEWS_SHOW_H

#include <mm/frames/page.h>
#include <mm/tables/pt.h>

/* How many trees is the table that this slot is in part of? */
static inline unsigned show_trees(const pte_t *slot)
{
	return (unsigned)max(ref_read(&virt_page(slot)->refs), 1);
}

/* How many mappings has frame i of the leaf in slot, whose first is head? */
static inline unsigned show_mappers(const pte_t *slot, const struct page *head,
				    unsigned long i)
{
	return (unsigned)max(page_mappers(head, i), 0) + show_trees(slot) - 1;
}

#endif
