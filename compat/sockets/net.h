/* SPDX-License-Identifier: MIT */
/*
 * State of a network namespace: whether its loopback interface is up, its ports
 * and limits.  The first namespace is a variable; topics/namespaces manages the
 * others.  Each socket refers to its namespace, and holds a reference to it:
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

/* A file of /proc/PID/net; a table of them ends with name NULL. */
struct net_file {
	const char *name;
	void (*show)(struct seq *s, const struct net_space *n);
};

/* What is counted in a namespace, for /proc/net/snmp. */
enum net_count {
	NET_TCP_ACTIVE, NET_TCP_PASSIVE, NET_TCP_FAILED, NET_TCP_RESET,
	NET_TCP_RST_SENT,
	NET_UDP_IN, NET_UDP_NO_PORT, NET_UDP_LOST, NET_UDP_OUT,
	NET_COUNTS
};

struct net_space {
	u64 cookie;			/* const: SO_NETNS_COOKIE */
	bool up;			/* read without a lock: `lo` is up */
	bool was_up;			/* read without a lock: `lo` has its
					   IPv4 address */
	/*
	 * Read without a lock: range of automatic ports; lowest port that needs
	 * no privilege.
	 */
	unsigned long port_first, port_last, port_for_all;
	atomic_t counts[NET_COUNTS];
	unsigned long most_waiting;	/* net.core.somaxconn: largest
					   backlog */
};

extern struct net_space net_first;
extern atomic_t net_others;		/* number of other namespaces */

/* Hooks of topics/namespaces; const after init, NULL if it is absent. */
extern struct net_entry {
	struct net_space *(*net_here)(void);	/* current's namespace */
	/* Return: t's namespace, referenced; NULL: t has ended. */
	struct net_space *(*net_of_task)(struct task *t);
	void (*net_get)(struct net_space *n);	/* not called for net_first */
	void (*net_put)(struct net_space *n);
	long (*net_open)(struct net_space *n);	/* Return: a descriptor */
	/* Return: the user namespace in which a capability applies to n. */
	struct user_space *(*net_owner)(const struct net_space *n);
} net_entry;

/* Return: current's network namespace, which current keeps alive. */
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

/* True if c has capability cap over n. */
static inline bool net_cred_has(const struct cred *c, const struct net_space *n,
				int cap)
{
	return cred_has(c, likely(n == &net_first) ? NULL :
			net_entry.net_owner(n), cap);
}

/* True if current has capability cap over n. */
#define net_capable(n, cap)	net_cred_has(current->cred, n, cap)

/* Initialize a new namespace, in which `lo` is down. */
void net_space_init(struct net_space *n);
/*
 * Translate a pointer to a field of net_first to the same field of current's
 * namespace, for SYSCTL_NUMBERS.
 */
unsigned long *net_word(unsigned long *first);
/* Set `lo` up or down; the caller has checked CAP_NET_ADMIN. */
void net_set_up(struct net_space *n, bool up);

static inline void net_note(struct net_space *n, enum net_count what)
{
	atomic_add(&n->counts[what], 1);
}

static inline bool net_is_up(const struct net_space *n)
{
	return READ_ONCE(n->up);
}

#endif
