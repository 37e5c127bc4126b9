/* SPDX-License-Identifier: MIT */
/*
 * Files of /proc about terminals: /proc/tty, in which ps(1) looks up the name
 * of a device number, and the switches of /proc/sys/dev/tty.
 */
#include <dev/chip/serial.h>
#include <dev/tty.h>
#include <lt/boot.h>
#include <lt/procfile.h>

/* proc(5): driver, name of its nodes, major, minors, type */
static const struct {
	const char *driver, *name;
	unsigned major, first, last;
	const char *sort;
} drivers[] = {
	{ "/dev/tty", "tty", 5, 0, 0, "system:/dev/tty" },
	{ "/dev/console", "console", 5, 1, 1, "system:console" },
	{ "/dev/ptmx", "ptmx", 5, 2, 2, "system" },
	{ "serial", "ttyS", 4, 64, 64, "serial" },
	{ "pty_slave", "pts", 136, 0, 0xfffff, "pty:slave" },
	{ "pty_master", "ptm", 128, 0, 0xfffff, "pty:master" },
};

static void show_drivers(struct seq *s)
{
	for (unsigned i = 0; i < ARRAY_SIZE(drivers); i++) {
		seq_print(s, "%-20s /dev/%-8s %3u ", drivers[i].driver,
			  drivers[i].name, drivers[i].major);
		if (drivers[i].last != drivers[i].first)
			seq_print(s, "%u-%u", drivers[i].first,
				  drivers[i].last);
		else
			seq_print(s, "%7u", drivers[i].first);
		seq_print(s, " %s\n", drivers[i].sort);
	}
}

/* There is only one line discipline. */
static void show_disciplines(struct seq *s)
{
	seq_print(s, "%-10s %2u\n", "n_tty", 0);
}

/*
 * /proc/tty/driver/serial.  All modem lines are shown as on, as on QEMU's
 * machine, which connects nothing to the port.
 */
static void termios_proc_show_serial(struct seq *s)
{
	seq_print(s, "serinfo:1.0 driver revision:\n0: uart:%s ",
		  serial_name);
	if (boot_info.uart_is_port)
		seq_print(s, "port:%08llX", (unsigned long long)
			  boot_info.uart_base);
	else
		seq_print(s, "mmio:0x%08llX", (unsigned long long)
			  boot_info.uart_base);
	seq_print(s, " irq:%u tx:%lu rx:%lu RTS|CTS|DTR|DSR|CD\n",
		  boot_info.uart_irq, HINT(uart_sent), HINT(uart_received));
}

SYSCTL_NUMBERS(numbers) = {
	{ "dev/tty/legacy_tiocsti", &tty_anyone_types, 0, 1 },
};

PROC_FILES(files) = {
	{ "tty/driver", .mode = S_IFDIR | 0500 },
	{ "tty/driver/serial", termios_proc_show_serial },
	{ "tty/drivers", show_drivers },
	{ "tty/ldisc", .mode = S_IFDIR | 0555 },
	{ "tty/ldiscs", show_disciplines },
};
