/* SPDX-License-Identifier: MIT */
/* Extended attributes and POSIX access control lists, as programs see them. */
#ifndef COMPAT_XATTR_UAPI_H
#define COMPAT_XATTR_UAPI_H

#include <lt/types.h>

#define XATTR_CREATE		0x1	/* it must not be there yet */
#define XATTR_REPLACE		0x2	/* it must be */
#define XATTR_NAME_MAX		255
#define XATTR_SIZE_MAX		65536	/* of a value */
#define XATTR_LIST_MAX		65536

#define XATTR_ACL_ACCESS	"system.posix_acl_access"
#define XATTR_ACL_DEFAULT	"system.posix_acl_default"

#define XATTR_CAPS		"security.capability"

/* The value of the lists. */
#define ACL_VERSION		2
#define ACL_USER_OBJ		0x01
#define ACL_USER		0x02
#define ACL_GROUP_OBJ		0x04
#define ACL_GROUP		0x08
#define ACL_MASK		0x10
#define ACL_OTHER		0x20
#define ACL_NO_ID		(~0u)

struct acl_entry {
	u16 tag, perm;
	u32 id;				/* of ACL_USER, ACL_GROUP */
};

struct acl {
	u32 version;
	struct acl_entry entry[];
};

#endif
