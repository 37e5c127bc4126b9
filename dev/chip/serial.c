/* SPDX-License-Identifier: MIT */
/* Output by polling, used before there is a driver and in a panic. */
#include <dev/chip/serial.h>

#define PATIENCE	2000000		/* polls before giving up: about a
					   second */

/*
 * Wait for room, so that a slow reader on the host gets time to read; but after
 * a wait without success, do not wait again: a line that nobody reads must not
 * block a panic.
 */
void serial_putc(char c)
{
	static bool stuck;
	int patience = stuck ? 1 : PATIENCE;

	while (patience && !serial_has_room())
		patience--;
	stuck = !patience;
	serial_send((u8)c);
}
