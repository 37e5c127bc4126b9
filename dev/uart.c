/* SPDX-License-Identifier: MIT */
/*
 * The 16550 serial port behind /dev/console and /dev/ttyS0.
 *
 *   write: uart_write() fills the transmitter while LSR_EMPTY is set; the rest
 *          waits in the terminal's ring, with the transmit interrupt on, which
 *          fires when the transmitter is empty and continues from there
 *   read:  the receive interrupt hands each byte to tty_receive()
 */
#define LOG_PREFIX "uart"
#include <dev/chip/ns16550.h>
#include <dev/tty.h>
#include <kernel/irq/irq.h>
#include <kernel/task/task.h>
#include <lt/arch.h>
#include <lt/boot.h>
#include <lt/log.h>

/* Registers (with DLAB clear) and bits: National Semiconductor PC16550D. */
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

static struct tty uart_tty;
unsigned long uart_sent, uart_received;
bool (*uart_taken)(const char *s, size_t n);
struct tty *console_tty;

/*
 * Write to the device; the transmit interrupt is on only while output waits.
 * Context: [t->lock], which serializes this call and the interrupt's.
 */
static size_t uart_write(struct tty *t, const char *s, size_t n)
{
	size_t i;

	for (i = 0; i < n && ns16550_read(LSR) & LSR_EMPTY; i++)
		ns16550_write(THR, (u8)s[i]);
	uart_sent += i;
	ns16550_write(IER, i < n ? IER_RX | IER_TX : IER_RX);
	return i;
}

static const struct tty_driver uart_driver = {
	.write = uart_write, .ends_with_leader = true,
};

/* Serve the device; reading IIR acknowledges the transmitter's interrupt. */
static void uart_interrupt(void *arg)
{
	char buf[64];
	size_t n;

	ns16550_read(IIR);
	do {
		for (n = 0; n < sizeof(buf) &&
		     ns16550_read(LSR) & LSR_READY; n++)
			buf[n] = (char)ns16550_read(RBR);
		uart_received += n;
		if (n && !(uart_taken && uart_taken(buf, n)))
			tty_receive(&uart_tty, buf, n);
	} while (n == sizeof(buf));
	tty_write_wakeup(&uart_tty);
}

/* Open /dev/tty, the caller's controlling terminal. */
static int dev_tty_open(struct inode *i, struct file *f)
{
	struct tty *t = tty_current();
	int err;

	if (!t)
		return -ENXIO;
	err = tty_attach(t, f);
	tty_put(t);
	return err;
}

static const struct file_ops own_tty_fops = { .open = dev_tty_open };

static void uart_add_nodes(void)
{
	struct tty *t = &uart_tty;

	if (dev_register("console", S_IFCHR | 0600, DEV_MAKE(5, 1),
			 &tty_fops, t) ||
	    dev_register("ttyS0", S_IFCHR | 0660, DEV_MAKE(4, 64),
			 &tty_fops, t) ||
	    dev_register("tty", S_IFCHR | 0666, DEV_MAKE(5, 0),
			 &own_tty_fops, NULL))
		log_err("a terminal has no /dev node");
}

static struct irq_action uart_action = { uart_interrupt, NULL, "uart", NULL };

void uart_start(void)
{
	tty_init(&uart_tty, "ttyS0", DEV_MAKE(4, 64), &uart_driver, NULL);
	console_tty = &uart_tty;
	ns16550_write(LCR, LCR_8N1);
	ns16550_write(FCR, FCR_ENABLE);
	ns16550_write(MCR, MCR_IRQ);
	if (irq_register(boot_info.uart_irq, &uart_action))
		log_err("no interrupt line %u: no console input",
			boot_info.uart_irq);
	ns16550_write(IER, IER_RX);
	uart_add_nodes();
}
