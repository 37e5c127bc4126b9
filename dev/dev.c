/* SPDX-License-Identifier: MIT */
/*
 * Start-up and shut-down of all devices.  The port lists windows and lines in
 * boot_info; each virtio window says itself what it is.
 */
#define LOG_PREFIX "dev"
#include <dev/dev.h>
#include <dev/tty.h>
#include <dev/virtio.h>
#include <ext/check/cover.h>
#include <ext/disk/block.h>
#include <ext/rtc/rtc.h>
#include <lt/boot.h>
#include <lt/log.h>

static void virtio_start(const struct boot_slot *slot)
{
	struct virtio_device *d = virtio_probe(slot);

	if (!d)
		return;
	switch (d->type) {
	case VIRTIO_SERIAL:
		if (virtio_serial_start(d))
			log_warn("virtio-serial at %#lx does not start",
				 slot->base);
		break;
	case VIRTIO_BLK:
		if (virtio_blk_start(d))
			log_warn("virtio-blk at %#lx does not start",
				 slot->base);
		break;
	default:
		log_info("virtio device type %u at %#lx: no driver",
			 d->type, slot->base);
	}
}

/*
 * Disks are named in this order, and a port may list windows in any: QEMU fills
 * them by address, and its device tree names the highest first.
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

void dev_init(void)
{
	unsigned i;

	uart_start();
	rtc_start();
	cover_start();
	block_init();
	sort_windows(boot_info.virtio, boot_info.virtio_count);
	for (i = 0; i < boot_info.virtio_count; i++)
		virtio_start(&boot_info.virtio[i]);
}
