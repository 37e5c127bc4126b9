/* SPDX-License-Identifier: MIT */
/*
 * What there is of a network once in each name space: whether its loopback
 * interface is up, its ports and limits, and by s->net its sockets.  The first
 * is a variable; others are kept by topics/namespaces, and each socket holds its
 * own:
 *
 *	struct sock | .. | net ---> struct net_space | up | ports | ..
 */
#ifndef COMPAT_SOCKETS_NET_H
#define COMPAT_SOCKETS_NET_H

#include <kernel/cred/capable.h>
#include <lt/atomic.h>
#include <lt/compiler.h>
#include <lt/types.h>

struct net_space;
struct seq;
struct task;

/* A text of /proc/PID/net; a table's last has no name. */
struct net_file {
	const char *name;
	void (*show)(struct seq *s, const struct net_space *n);
};
extern const struct net_file net_files[];

struct net_space {
	u64 cookie;			/* const: SO_NETNS_COOKIE */
	bool up;			/* word: `lo` carries */
	bool was_up;			/* word: it has its address of IPv4 */
	/* Words: the ports given out, the first that anybody may ask for, */
	unsigned long port_first, port_last, port_for_all;
	unsigned long most_waiting;	/* SOMAXCONN */
};

extern struct net_space net_first;
extern atomic_t net_others;		/* how many there are besides */

/* Name spaces; all const after init, NULL: there is but the first. */
extern struct net_entry {
	struct net_space *(*net_here)(void);	/* current's */
	/* t's, held.  Return: NULL: t has ended. */
	struct net_space *(*net_of_task)(struct task *t);
	void (*net_get)(struct net_space *n);	/* none of these: of the first */
	void (*net_put)(struct net_space *n);
	long (*net_open)(struct net_space *n);	/* Return: a descriptor */
	/* In whose users' space a capability gives rights over n. */
	struct user_space *(*net_owner)(const struct net_space *n);
} net_entry;

/* current's, which it keeps. */
static inline struct net_space *net_space(void)
{
	return likely(!atomic_read(&net_others)) ? &net_first :
		net_entry.net_here();
}

static inline struct net_space *net_get(struct net_space *n)
{
	if (unlikely(n != &net_first))
		net_entry.net_get(n);
	return n;
}

static inline void net_put(struct net_space *n)
{
	if (unlikely(n != &net_first))
		net_entry.net_put(n);
}

/* Has c a capability over it? */
static inline bool net_cred_has(const struct cred *c, const struct net_space *n,
				int cap)
{
	return cred_has(c, likely(n == &net_first) ? NULL :
			net_entry.net_owner(n), cap);
}

/* Has current? */
#define net_capable(n, cap)	net_cred_has(current->cred, n, cap)

/* As it is when it is made: `lo` is down. */
void net_space_init(struct net_space *n);
/* Of a word of the first, current's: for SYSCTL_NUMBERS. */
unsigned long *net_word(unsigned long *first);
/* `lo` is to be up, or down; who asks has CAP_NET_ADMIN. */
void net_set_up(struct net_space *n, bool up);

static inline bool net_is_up(const struct net_space *n)
{
	return READ_ONCE(n->up);
}

#endif
