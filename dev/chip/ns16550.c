/* SPDX-License-Identifier: MIT */
/* Output by polling, used before there is a driver and in a panic. */
#include <dev/chip/ns16550.h>

#define THR		0
#define LSR		5
#define LSR_EMPTY	0x20		/* room to send */
#define PATIENCE	2000000		/* polls before giving up: about a
					   second */

/*
 * Wait for room, so that a slow reader on the host gets time to read; but after
 * a wait without success, do not wait again: a line that nobody reads must not
 * block a panic.
 */
void ns16550_putc(char c)
{
	static bool stuck;
	int patience = stuck ? 1 : PATIENCE;

	while (patience && !(ns16550_read(LSR) & LSR_EMPTY))
		patience--;
	stuck = !patience;
	ns16550_write(THR, (u8)c);
}
