/* SPDX-License-Identifier: MIT */
/* User interface of extended attributes and POSIX access control lists. */
#ifndef COMPAT_XATTR_UAPI_H
#define COMPAT_XATTR_UAPI_H

#include <lt/types.h>

#define XATTR_CREATE		0x1	/* fail if it exists */
#define XATTR_REPLACE		0x2	/* fail if the attribute does not
					   exist */
#define XATTR_NAME_MAX		255
#define XATTR_SIZE_MAX		65536	/* bytes of a value */
#define XATTR_LIST_MAX		65536

#define XATTR_ACL_ACCESS	"system.posix_acl_access"
#define XATTR_ACL_DEFAULT	"system.posix_acl_default"

#define XATTR_CAPS		"security.capability"

/* Format of access control lists. */
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
	u32 id;				/* for ACL_USER, ACL_GROUP */
};

struct acl {
	u32 version;
	struct acl_entry entry[];
};

#endif
