/* SPDX-License-Identifier: MIT */
/*
 * Start the virtio devices in the register windows that arch/ lists in
 * boot_info.  Each device reports its type; drivers are in the table
 * virtio_driver.
 */
#define LOG_PREFIX "dev"
#include "virtio.h"
#include <lt/boot.h>
#include <lt/init.h>
#include <lt/log.h>
#include <lt/table.h>

TABLE(virtio_driver);

static void virtio_start(const struct boot_slot *slot)
{
	struct virtio_device *d = virtio_probe(slot);

	if (!d)
		return;
	table_each(driver, virtio_driver) {
		if (driver->type != d->type)
			continue;
		if (driver->start(d))
			log_warn("%s at %#llx does not start", driver->name,
				 (unsigned long long)slot->base);
		return;
	}
	log_info("virtio device type %u at %#llx: no driver", d->type,
		 (unsigned long long)slot->base);
}

/*
 * Sort the windows by address, because disks are named in this order: QEMU
 * fills the windows from the lowest address, but its device tree lists the
 * highest first.
 */
static void sort_windows(struct boot_slot *s, unsigned n)
{
	for (unsigned i = 1; i < n; i++) {
		struct boot_slot moved = s[i];
		unsigned k = i;

		for (; k && s[k - 1].base > moved.base; k--)
			s[k] = s[k - 1];
		s[k] = moved;
	}
}

static void virtio_init(void)
{
	sort_windows(boot_info.virtio, boot_info.virtio_count);
	for (unsigned i = 0; i < boot_info.virtio_count; i++)
		virtio_start(&boot_info.virtio[i]);
}
INIT(device, virtio_init);
