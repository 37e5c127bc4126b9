/* SPDX-License-Identifier: MIT */
/*
 * Extended attributes: sets in memory, access control lists, and what of them
 * stands on an ext2 disk (row B17).
 */
#include <stdio.h>
#include "heap.h"
#include "unit.h"

#include <compat/ext2/format.h>
#include <compat/xattr/xattr.h>
#include <uapi/errno.h>

static unsigned group_of_caller;

bool cred_has_group(const struct cred *c, unsigned gid);

bool cred_has_group(const struct cred *c, unsigned gid)
{
	return gid == group_of_caller;
}

static int with(struct xattrs **x, const char *name, const char *value)
{
	struct xattrs *new;
	int err = xattrs_with(*x, name, strlen(name), value,
			      value ? strlen(value) : 0, &new);

	if (err)
		return err;
	free(*x);
	*x = new;
	return 0;
}

static bool has(const struct xattrs *x, const char *name, const char *value)
{
	const struct xattr *a = xattr_find(x, name, strlen(name));

	return a && a->value_len == strlen(value) &&
		!memcmp(a->value, value, a->value_len);
}

static void sets(void **state)
{
	struct xattrs *x = NULL, *same;
	static char big[XATTR_SPACE];

	assert_null(xattr_find(x, "user.a", 6));
	assert_int_equal(with(&x, "user.a", NULL), 0);
	assert_null(x);
	assert_int_equal(with(&x, "user.a", "one"), 0);
	assert_int_equal(with(&x, "user.bb", ""), 0);
	assert_int_equal(with(&x, "user.a", "another"), 0);
	assert_true(has(x, "user.a", "another"));
	assert_true(has(x, "user.bb", ""));
	assert_false(has(x, "user.b", ""));
	allocations = 0;
	same = x;
	assert_int_equal(with(&x, "user.c", "c"), -ENOMEM);
	allocations = -1;
	assert_ptr_equal(x, same);
	memset(big, 'v', sizeof(big) - 1);
	assert_int_equal(with(&x, "user.c", big), -ENOSPC);
	assert_true(has(x, "user.a", "another"));
	assert_int_equal(with(&x, "user.a", NULL), 0);
	assert_null(xattr_find(x, "user.a", 6));
	assert_int_equal(with(&x, "user.bb", NULL), 0);
	assert_null(x);
}

#define E(t, p, i)	{ t, p, i }

struct acl_list {
	struct acl head;
	struct acl_entry e[6];
};

static void lists(void **state)
{
	static const struct acl_list good = {
		{ ACL_VERSION }, { E(ACL_USER_OBJ, 7, 0), E(ACL_USER, 6, 5),
		E(ACL_USER, 0, 6), E(ACL_GROUP_OBJ, 1, 0),
		E(ACL_MASK, 5, 0), E(ACL_OTHER, 2, 0) } };
	struct acl_list a = good;
	unsigned mode = 01000;

	assert_int_equal(acl_check(&a, sizeof(a)), 6);
	assert_int_equal(acl_check(&a, sizeof(struct acl)), 0);
	for (size_t n = sizeof(struct acl) + 1; n < sizeof(a); n++)
		assert_int_equal(acl_check(&a, n), -EINVAL);
	for (unsigned k = 0; k < 6; k++) {
		a = good;
		a.e[k].perm = 8;
		assert_int_equal(acl_check(&a, sizeof(a)), -EINVAL);
		a = good;
		a.e[k].tag = 0;
		assert_int_equal(acl_check(&a, sizeof(a)), -EINVAL);
		a = good;
		if (k && a.e[k].tag != a.e[k - 1].tag) {
			struct acl_entry e = a.e[k];

			a.e[k] = a.e[k - 1];
			a.e[k - 1] = e;
			assert_int_equal(acl_check(&a, sizeof(a)), -EINVAL);
		}
	}
	a = good;
	assert_false(acl_to_mode(a.e, 6, &mode));
	assert_int_equal(mode, 01752);
	/* user 5: 6 & mask 5; user 6: nothing; the group 1; others 2 */
	assert_int_equal(acl_permission(a.e, 6, 4, 5, 9, NULL), 0);
	assert_int_equal(acl_permission(a.e, 6, 2, 5, 9, NULL), -EACCES);
	assert_int_equal(acl_permission(a.e, 6, 2, 6, 9, NULL), -EACCES);
	assert_int_equal(acl_permission(a.e, 6, 2, 7, 9, NULL), 0);
	group_of_caller = 9;
	assert_int_equal(acl_permission(a.e, 6, 1, 7, 9, NULL), 0);
	assert_int_equal(acl_permission(a.e, 6, 2, 7, 9, NULL), -EACCES);
	acl_from_mode(a.e, 6, 0640);
	assert_int_equal(a.e[0].perm, 6);
	assert_int_equal(a.e[3].perm, 1);
	assert_int_equal(a.e[4].perm, 4);
	assert_int_equal(a.e[5].perm, 0);
	a = good;
	acl_and_mode(a.e, 6, 0406);
	assert_int_equal(a.e[0].perm, 4);
	assert_int_equal(a.e[4].perm, 0);
	assert_int_equal(a.e[5].perm, 2);
}

static void lists_on_disk(void **state)
{
	struct { struct acl head; struct acl_entry e[4]; } a = {
		{ ACL_VERSION }, { E(ACL_USER_OBJ, 7, ACL_NO_ID),
		E(ACL_GROUP, 5, 77), E(ACL_MASK, 7, ACL_NO_ID),
		E(ACL_OTHER, 0, ACL_NO_ID) } }, back;
	char disk[sizeof(a)];
	size_t n = ext2_acl_encode(&a.head, sizeof(a), disk);

	assert_int_equal(n, 4 + 4 + 8 + 4 + 4);
	assert_int_equal(ext2_acl_decode(disk, n, &back.head, sizeof(back)),
			 sizeof(a));
	assert_memory_equal(&a, &back, sizeof(a));
	for (size_t cut = 1; cut < n; cut++) {
		char *exact = malloc(cut);
		long got;

		memcpy(exact, disk, cut);
		got = ext2_acl_decode(exact, cut, &back.head, sizeof(back));
		assert_true(got < (long)sizeof(a));
		free(exact);
	}
	assert_int_equal(ext2_acl_decode(disk, n, &back.head,
					 sizeof(back) - 1), -1);
}

/* What comes back of a block, as text. */
static void note_one(void *arg, const struct ext2_xattr *x)
{
	sprintf((char *)arg + strlen(arg), "%d:%.*s=%.*s;", x->index,
		x->name_len, x->name, (int)x->value_len,
		(const char *)x->value);
}

static void blocks(void **state)
{
	struct ext2_xattr x[] = {
		{ 4, 1, "b", "trusted", 7 }, { 1, 3, "abc", "1", 1 },
		{ 1, 2, "zz", "", 0 }, { 1, 3, "abb", "12345", 5 },
	};
	static char text[4000];
	char *block = malloc(1024);
	u32 users;

	assert_true(ext2_xattr_encode(block, 1024, x, 4));
	assert_null(ext2_xattr_decode_block(block, 1024, &users, note_one,
					    text));
	assert_int_equal(users, 1);
	assert_string_equal(text, "1:zz=;1:abb=12345;1:abc=1;4:b=trusted;");
	assert_non_null(ext2_xattr_decode_block(text, 1024, &users, note_one,
						text));
	/* 32 + 4 * 20 + 4 and values of 8 + 4 + 0 + 8 bytes */
	assert_false(ext2_xattr_encode(block, 135, x, 4));
	free(block);
	block = malloc(136);
	assert_true(ext2_xattr_encode(block, 136, x, 4));
	text[0] = '\0';
	assert_null(ext2_xattr_decode_block(block, 136, &users, note_one,
					    text));
	free(block);
}

/* A block with each byte changed in turn stays inside itself (ASan). */
static void read_one(void *arg, const struct ext2_xattr *x)
{
	volatile unsigned sum = 0;

	for (unsigned k = 0; k < x->name_len; k++)
		sum += (u8)x->name[k];
	for (u32 k = 0; k < x->value_len; k++)
		sum += ((const u8 *)x->value)[k];
}

static void damaged(void **state)
{
	struct ext2_xattr x[] = { { 1, 3, "abc", "value", 5 },
				  { 2, 0, "", "listlist", 8 } };
	char *block = malloc(128);
	u32 users;
	int refused = 0;

	for (unsigned at = 0; at < 128; at++)
		for (unsigned v = 0; v < 256; v += v < 8 ? 1 : 31) {
			assert_true(ext2_xattr_encode(block, 128, x, 2));
			block[at] = (char)v;
			refused += ext2_xattr_decode_block(block, 128, &users,
							   read_one,
							   NULL) != NULL;
			ext2_xattr_decode_inode(block + 24, 104, read_one,
						NULL);
		}
	assert_true(refused > 50);
	free(block);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sets), cmocka_unit_test(lists),
		cmocka_unit_test(lists_on_disk), cmocka_unit_test(blocks),
		cmocka_unit_test(damaged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
