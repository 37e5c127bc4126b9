/* SPDX-License-Identifier: MIT */
/* The 16550 as the console's serial chip: National Semiconductor PC16550D. */
#include <dev/chip/ns16550.h>
#include <dev/chip/serial.h>

/* Registers (with DLAB clear) and bits. */
#define RBR		0
#define THR		0
#define IER		1
#define IIR		2
#define FCR		2
#define LCR		3
#define MCR		4
#define LSR		5
#define IER_RX		0x01
#define IER_TX		0x02
#define FCR_ENABLE	0x07	/* FIFOs on, both cleared */
#define LCR_8N1		0x03
#define MCR_IRQ		0x0b	/* DTR, RTS, OUT2 (enables the line) */
#define LSR_READY	0x01
#define LSR_EMPTY	0x20

_Static_assert(SERIAL_INPUT == IER_RX && SERIAL_ROOM == IER_TX,
	       "the events are bits of IER");

const char serial_name[] = "16550A";

void serial_start(void)
{
	ns16550_write(LCR, LCR_8N1);
	ns16550_write(FCR, FCR_ENABLE);
	ns16550_write(MCR, MCR_IRQ);
}

bool serial_has_room(void)
{
	return ns16550_read(LSR) & LSR_EMPTY;
}

bool serial_has_input(void)
{
	return ns16550_read(LSR) & LSR_READY;
}

void serial_send(u8 c)
{
	ns16550_write(THR, c);
}

u8 serial_receive(void)
{
	return ns16550_read(RBR);
}

unsigned serial_interrupt_on(unsigned events)
{
	u8 before = ns16550_read(IER);

	ns16550_write(IER, (u8)events);
	return before;
}

/* Reading IIR acknowledges the transmitter's interrupt. */
void serial_acknowledge(void)
{
	ns16550_read(IIR);
}
