/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as attributes of an ext2 disk, in a block and in an inode, and
 * each value as an access control list.
 */
#include "fuzz.h"
#include <compat/ext2/format.h>
#include <compat/xattr/xattr.h>
#include <stdlib.h>
#include <string.h>

bool cred_has_group(const struct cred *c, unsigned gid);

bool cred_has_group(const struct cred *c, unsigned gid)
{
	return gid & 1;
}

static void one(void *arg, const struct ext2_xattr *x)
{
	size_t max = sizeof(struct acl) + 2 * (size_t)x->value_len;
	struct acl *a = malloc(max);
	char *name = malloc(x->name_len + 1u), *disk;
	unsigned mode = 0;
	long len;

	memcpy(name, x->name, x->name_len);
	free(name);
	len = ext2_acl_decode(x->value, x->value_len, a, max);
	if (len >= 0 && acl_check(a, (size_t)len) > 0) {
		unsigned n = (unsigned)acl_check(a, (size_t)len);

		acl_to_mode(a->entry, n, &mode);
		expect(!(mode & ~0777u));
		expect(acl_permission(a->entry, n, 7, 1, 3, NULL) <= 0);
		disk = malloc((size_t)len);
		expect(ext2_acl_encode(a, (size_t)len, disk) <= (size_t)len);
		free(disk);
	}
	free(a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint32_t users;

	if (size < 36)
		return 0;
	ext2_xattr_decode_block(data, size, &users, one, NULL);
	ext2_xattr_decode_inode(data + 32, size - 32, one, NULL);
	return 0;
}
