/* SPDX-License-Identifier: MIT */
/* Declarations that the files of this directory share. */
#ifndef TOPICS_SPACEVIEWS_SHOW_H
#define TOPICS_SPACEVIEWS_SHOW_H

#include <mm/frames/page.h>
#include <mm/tables/pt.h>

/* Return: the number of address spaces that share the table of this slot. */
static inline unsigned show_trees(const pte_t *slot)
{
	return (unsigned)max(ref_read(&virt_page(slot)->refs), 1);
}

/*
 * Return: the number of mappings of frame i of the leaf in slot.  head: the
 * first page that the leaf maps.
 */
static inline unsigned show_mappers(const pte_t *slot, const struct page *head,
				    unsigned long i)
{
	return (unsigned)max(page_mappers(head, i), 0) + show_trees(slot) - 1;
}

#endif
