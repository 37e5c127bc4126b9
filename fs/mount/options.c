/* SPDX-License-Identifier: MIT */
#include <fs/mount/options.h>
#include <lib/mem.h>
#include <uapi/errno.h>
#include <mm/frames/slab.h>

int mount_options_set(const char *data, mount_option_fn *set, void *arg)
{
	char *text = kstrdup(data ? data : ""), *key, *end, *value;
	int err = text ? 0 : -ENOMEM;

	for (key = text; !err && key && *key; key = end) {
		end = strchr(key, ',');
		if (end)
			*end++ = 0;
		if (!*key)
			continue;
		value = strchr(key, '=');
		if (value)
			*value++ = 0;
		if (!set(arg, key, value))
			err = -EINVAL;
	}
	kfree(text);
	return err;
}
