/* SPDX-License-Identifier: MIT */
/*
 * The serial port behind /dev/console and /dev/ttyS0.
 *
 *   write: uart_write() fills the transmitter while it has room; the rest waits
 *          in the terminal's ring, with the transmit interrupt on, which fires
 *          when the transmitter has room and continues from there
 *   read:  the receive interrupt hands each byte to tty_receive()
 */
#define LOG_PREFIX "uart"
#include <dev/chip/serial.h>
#include <dev/tty.h>
#include <kernel/irq/irq.h>
#include <kernel/task/task.h>
#include <lt/arch.h>
#include <lt/boot.h>
#include <lt/log.h>

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

	for (i = 0; i < n && serial_has_room(); i++)
		serial_send((u8)s[i]);
	uart_sent += i;
	serial_interrupt_on(i < n ? SERIAL_INPUT | SERIAL_ROOM : SERIAL_INPUT);
	return i;
}

static const struct tty_driver uart_driver = {
	.write = uart_write, .ends_with_leader = true,
};

static void uart_interrupt(void *arg)
{
	char buf[64];
	size_t n;

	serial_acknowledge();
	do {
		for (n = 0; n < sizeof(buf) && serial_has_input(); n++)
			buf[n] = (char)serial_receive();
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
	serial_start();
	if (irq_register(boot_info.uart_irq, &uart_action))
		log_err("no interrupt line %u: no console input",
			boot_info.uart_irq);
	serial_interrupt_on(SERIAL_INPUT);
	uart_add_nodes();
}
