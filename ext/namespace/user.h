/* SPDX-License-Identifier: MIT */
/* Name spaces of users (user.c, idmap.c), for the other files of the folder. */
#ifndef EXT_NAMESPACE_USER_H
#define EXT_NAMESPACE_USER_H

#include <ext/namespace/namespace.h>
#include <kernel/cred.h>

#define ID_RANGES	340		/* lines of a map, as on Linux */
enum { MAP_UID, MAP_GID, MAP_PROJECT, ID_MAPS };

/* A line of a map: ids from `first` on are those from `kernel` on. */
struct id_range {
	unsigned first, kernel, count;
};

/* const once a space has it */
struct id_map {
	unsigned n;
	struct id_range range[];
};

struct user_space {
	struct ns ns;			/* its owner is the space around it */
	unsigned level;			/* const: 1 below the first */
	unsigned uid, gid;		/* const: who made it, effective ids */
	bool maker_set_caps;		/* const: who had CAP_SETFCAP there */
	bool no_groups;			/* [maps_lock] word: setgroups(2) */
	struct id_map *map[ID_MAPS];	/* [maps_lock] set once, NULL before */
	struct list made;		/* [counts_guard] who made how many */
	unsigned long most[NS_TYPES];	/* words: that one may make */
};

static inline struct user_space *user_space_of(const struct ns *n)
{
	return n ? container_of((struct ns *)n, struct user_space, ns) : NULL;
}

static inline struct ns *user_ns_of(const struct cred *c)
{
	return c->space ? &c->space->ns : NULL;
}

/* Is n `outer`, or below it?  NULL: the first. */
bool user_space_within(const struct user_space *n,
		       const struct user_space *outer);
/*
 * Credentials like current's, but in n, whose reference they take: with every
 * capability there.
 * Return: NULL: no memory, and the reference is gone.
 */
struct cred *user_cred(struct user_space *n);
/*
 * current's are c from now, which are those of another space.  Nobody inside is
 * to look into memory that is of outside, unless it is its maker's.
 */
void user_enter(struct cred *c);

/* idmap.c: m[id], and the other way round; -1: there is none. */
unsigned id_from_map(const struct id_map *m, unsigned id);
unsigned id_in_map(const struct id_map *m, unsigned id);
/* That of a space; NULL: nothing has been written yet. */
const struct id_map *id_map_of(const struct user_space *n, int which);

/*
 * count.c: one more name space of that type in the space `in`, NULL: the first,
 * by the user `by`; and for whoever made `in`, in the one around, and so on.
 * Context: may sleep.
 * Return: 0 with *u, whom it counts for in the first, referenced; -ENOMEM;
 * -ENOSPC: too many somewhere.
 */
int ns_count(enum ns_type type, struct user_space *in, unsigned by,
	     struct user **u);
/* One less; u's reference goes.  Context: no spin lock of the users'. */
void ns_uncount(enum ns_type type, struct user_space *in, unsigned by,
		struct user *u);
/* A new space limits nobody. */
void ns_counts_init(struct user_space *n);

#endif
