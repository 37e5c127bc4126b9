/* SPDX-License-Identifier: MIT */
/* Protection bits of VMAs, page-table entries and kernel mappings. */
#ifndef MM_PROT_H
#define MM_PROT_H

#define MAP_R		0x01	/* PROT_READ */
#define MAP_W		0x02	/* PROT_WRITE */
#define MAP_X		0x04	/* PROT_EXEC */
#define MAP_RWX		0x07
#define MAP_USER	0x08	/* accessible in user mode */
#define MAP_GLOBAL	0x10	/* the same in every address space */
#define MAP_DEVICE	0x20	/* uncached, strongly ordered */

#endif
