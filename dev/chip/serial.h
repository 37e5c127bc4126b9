/* SPDX-License-Identifier: MIT */
/*
 * The console's serial chip.  dev/uart.c is the driver of its terminal; a
 * port's meson.build names serial.c and the file of its chip.
 */
#ifndef DEV_CHIP_SERIAL_H
#define DEV_CHIP_SERIAL_H

#include <lt/types.h>

/* Events that can interrupt. */
#define SERIAL_INPUT	1		/* a byte was received */
#define SERIAL_ROOM	2		/* the chip can send */

extern const char serial_name[];	/* the chip, for programs that ask */

/*
 * Map the registers of boot_info's console, if they lie in memory; the chip
 * can be used from then on.  Without a chip, nothing is received, and what is
 * sent is lost.
 */
bool serial_map(unsigned long size);
/* Set the chip to 8 bits without parity, its queues on and empty. */
void serial_start(void);
bool serial_has_room(void);
bool serial_has_input(void);
/* Context: serial_has_room(), or serial_has_input(). */
void serial_send(u8 c);
u8 serial_receive(void);
/* Let exactly these events interrupt.  Return: those that could before. */
unsigned serial_interrupt_on(unsigned events);
/* Take note of the interrupt, before its event is served. */
void serial_acknowledge(void);

/* Send a character, waiting at most about a second for room. */
void serial_putc(char c);

#endif
