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

/* Return: the value of a digit; 16: c is none. */
static unsigned digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned)(c - '0');
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10 : 16;
}

const char *mount_option_digits(const char *s, unsigned base, u64 *out)
{
	const char *start;
	u64 v = 0;

	if (!base && s[0] == '0' && (s[1] | 0x20) == 'x') {
		base = 16;
		s += 2;
	} else if (!base) {
		base = s[0] == '0' ? 8 : 10;
	}
	for (start = s; digit_of(*s) < base; s++)
		if (__builtin_mul_overflow(v, base, &v) ||
		    __builtin_add_overflow(v, digit_of(*s), &v))
			return NULL;
	*out = v;
	return s == start ? NULL : s;
}

bool mount_option_u32(const char *s, unsigned base, unsigned *out)
{
	u64 v;
	const char *end = mount_option_digits(s, base, &v);

	if (!end || *end || v > 0xffffffffu)
		return false;
	*out = (unsigned)v;
	return true;
}
