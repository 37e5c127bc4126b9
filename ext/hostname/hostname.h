/* SPDX-License-Identifier: MIT */
/* What the extension of name spaces tells that of host names. */
#ifndef EXT_HOSTNAME_HOSTNAME_H
#define EXT_HOSTNAME_HOSTNAME_H

struct user_space;

/* In whose users' space one may set the name that current sees; may be NULL. */
extern struct user_space *(*hostname_owner)(void);	/* const after init */

#endif
