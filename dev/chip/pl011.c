/* SPDX-License-Identifier: MIT */
/*
 * The PL011 as the console's serial chip, by Arm's PrimeCell UART (PL011)
 * Technical Reference Manual, DDI 0183, chapter 3.
 */
#include <dev/chip/serial.h>
#include <lt/boot.h>

/* Registers, and their bits. */
#define DR		0x00		/* 3.3.1: data */
#define FR		0x18		/* 3.3.3: flags */
#define LCR_H		0x2c		/* 3.3.7: line control */
#define CR		0x30		/* 3.3.8: control */
#define IMSC		0x38		/* 3.3.10: which interrupts are on */
#define ICR		0x44		/* 3.3.13: writing 1 clears one */
#define FR_NO_INPUT	0x10
#define FR_FULL		0x20
#define LCR_H_8N1	0x70		/* 8 bits, queues on */
#define CR_ON		0x301		/* chip, sender and receiver */
#define INT_RECEIVE	0x10
#define INT_SEND	0x20
#define INT_TIMEOUT	0x40		/* input that does not fill the queue */

const char serial_name[] = "PL011";

static volatile u32 *regs;		/* const after serial_map */

bool serial_map(unsigned long size)
{
	if (size)
		regs = kmap_device((paddr_t)boot_info.uart_base, size);
	return regs != NULL;
}

static u32 pl011_read(unsigned offset)
{
	return regs ? regs[offset / 4] : 0;
}

static void pl011_write(unsigned offset, u32 v)
{
	if (regs)
		regs[offset / 4] = v;
}

/* The queues are emptied by turning them off. */
void serial_start(void)
{
	pl011_write(CR, 0);
	pl011_write(LCR_H, 0);
	pl011_write(LCR_H, LCR_H_8N1);
	pl011_write(CR, CR_ON);
}

bool serial_has_room(void)
{
	return !(pl011_read(FR) & FR_FULL);
}

bool serial_has_input(void)
{
	return regs && !(pl011_read(FR) & FR_NO_INPUT);
}

void serial_send(u8 c)
{
	pl011_write(DR, c);
}

u8 serial_receive(void)
{
	return (u8)pl011_read(DR);
}

unsigned serial_interrupt_on(unsigned events)
{
	u32 before = pl011_read(IMSC);

	pl011_write(IMSC, (events & SERIAL_INPUT ? INT_RECEIVE | INT_TIMEOUT : 0)
		    | (events & SERIAL_ROOM ? INT_SEND : 0));
	return (before & INT_RECEIVE ? SERIAL_INPUT : 0) |
		(before & INT_SEND ? SERIAL_ROOM : 0);
}

void serial_acknowledge(void)
{
	pl011_write(ICR, INT_RECEIVE | INT_SEND | INT_TIMEOUT);
}
