/* SPDX-License-Identifier: MIT */
/*
 * Tables that the linker collects.  A file adds entries to a table by the
 * table's name, so the code that walks the table need not name the file:
 *
 *	static const struct proc_file files[] __table(proc_file) = {
 *		{ "net/arp", show_arp }, ...
 *	};
 *
 * An entry is a struct of the table's name.  The order of files is not defined;
 * entries of one array stay together.  The file <lt/tables.ld> lists all
 * tables.
 */
#ifndef LT_TABLE_H
#define LT_TABLE_H

#include <lt/compiler.h>

/*
 * The alignment is explicit; otherwise compilers leave gaps between large
 * arrays.
 */
#define __table_of(name, type)						\
	__used __section(".table." #name) __aligned(__alignof__(type))
#define __table(name) __table_of(name, struct name)

/* Declare a table, at file scope in the file that walks it. */
#define TABLE(name)							\
	extern const struct name __table_##name[], __table_##name##_end[]
#define table_each(entry, name)						\
	for (const struct name *entry = __table_##name;			\
	     entry < __table_##name##_end; entry++)

#endif
