/* SPDX-License-Identifier: MIT */
/*
 * The second serial port of a PC, COM2, as the terminal /dev/ttyS1: a line
 * beside the console for programs that talk to the host.  It works as
 * dev/uart.c does, which has the drawing; without the chip there is no file.
 */
#define LOG_PREFIX "com2"
#include <arch/i386.h>
#include <dev/tty.h>
#include <kernel/irq/irq.h>
#include <lt/init.h>
#include <lt/log.h>

#define COM2		0x2f8
#define COM2_IRQ	3

/* Registers (with DLAB clear) and bits: National Semiconductor PC16550D. */
#define RBR		(COM2 + 0)
#define THR		(COM2 + 0)
#define IER		(COM2 + 1)
#define IIR		(COM2 + 2)
#define FCR		(COM2 + 2)
#define LCR		(COM2 + 3)
#define MCR		(COM2 + 4)
#define LSR		(COM2 + 5)
#define SCRATCH		(COM2 + 7)
#define IER_RX		0x01
#define IER_TX		0x02
#define FCR_ENABLE	0x07		/* FIFOs on, both cleared */
#define LCR_8N1		0x03
#define MCR_IRQ		0x0b		/* DTR, RTS, OUT2 (enables the line) */
#define LSR_READY	0x01
#define LSR_EMPTY	0x20

static struct tty com2_tty;

/* Context: [t->lock], which serializes this call and the interrupt's. */
static size_t com2_write(struct tty *t, const char *s, size_t n)
{
	size_t i;

	for (i = 0; i < n && in8(LSR) & LSR_EMPTY; i++)
		out8(THR, (u8)s[i]);
	out8(IER, i < n ? IER_RX | IER_TX : IER_RX);
	return i;
}

static const struct tty_driver com2_driver = {
	.write = com2_write, .ends_with_leader = true,
};

/* Serve the device; reading IIR acknowledges the transmitter's interrupt. */
static void com2_interrupt(void *arg)
{
	char buf[64];
	size_t n;

	in8(IIR);
	do {
		for (n = 0; n < sizeof(buf) && in8(LSR) & LSR_READY; n++)
			buf[n] = (char)in8(RBR);
		if (n)
			tty_receive(&com2_tty, buf, n);
	} while (n == sizeof(buf));
	tty_write_wakeup(&com2_tty);
}

/* A chip keeps what is written to its scratch register. */
static bool com2_present(void)
{
	out8(SCRATCH, 0x5a);
	return in8(SCRATCH) == 0x5a;
}

static struct irq_action com2_action = { com2_interrupt, NULL, "com2", NULL };

static void com2_init(void)
{
	if (!com2_present())
		return;
	tty_init(&com2_tty, "ttyS1", DEV_MAKE(4, 65), &com2_driver, NULL);
	out8(LCR, LCR_8N1);
	out8(FCR, FCR_ENABLE);
	out8(MCR, MCR_IRQ);
	if (irq_register(COM2_IRQ, &com2_action) ||
	    dev_register("ttyS1", S_IFCHR | 0660, DEV_MAKE(4, 65), &tty_fops,
			 &com2_tty)) {
		log_err("no second serial port: no interrupt or no memory");
		return;
	}
	out8(IER, IER_RX);
}
INIT(device, com2_init);
