/* SPDX-License-Identifier: MIT */
/* The loopback interface in /sys/class/net. */
#define LOG_PREFIX "netif"
#include "netif.h"
#include <topics/system/sysfs.h>
#include <lib/printf.h>
#include <lt/init.h>
#include <lt/log.h>

static void netif_show(void)
{
	static const char *const texts[][2] = {
		{ "addr_assign_type", "0" }, { "addr_len", "6" },
		{ "address", "00:00:00:00:00:00" },
		{ "broadcast", "00:00:00:00:00:00" }, { "carrier", "1" },
		{ "dev_id", "0x0" }, { "dormant", "0" }, { "flags", "0x9" },
		{ "ifindex", "1" }, { "iflink", "1" }, { "link_mode", "0" },
		{ "mtu", "65536" }, { "operstate", "unknown" },
		{ "tx_queue_len", "1000" }, { "type", "772" },
		{ "uevent", "INTERFACE=lo\nIFINDEX=1" },
	};
	char path[64];
	int err = sysfs_link("class/net/lo", "../../devices/virtual/net/lo");

	for (unsigned k = 0; !err && k < ARRAY_SIZE(texts); k++) {
		fmt_print(path, sizeof(path), "devices/virtual/net/lo/%s",
			  texts[k][0]);
		err = sysfs_text(path, texts[k][1]);
	}
	if (!err)
		err = sysfs_link("devices/virtual/net/lo/subsystem",
				 "../../../../class/net");
	if (err)
		log_warn(LO_NAME " is not shown: error %d", -err);
}
INIT(ready, netif_show);
