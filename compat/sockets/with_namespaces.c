/* SPDX-License-Identifier: MIT */
/*
 * Network namespaces (rows B5, D8): each has its own `lo`, ports and socket
 * names.  A socket stays in the namespace where it was made, and holds a
 * reference to it.
 */
#include <topics/namespaces/namespace.h>
#include "net.h"
#include "socket.h"
#include <lt/init.h>
#include <mm/frames/slab.h>

struct net_ns {
	struct ns ns;
	struct net_space net;
};

/* Return: the struct ns of n; NULL for the first namespace, which has none. */
static struct ns *sock_namespaces_ns_of(struct net_space *n)
{
	return n == &net_first ? NULL :
		&container_of(n, struct net_ns, net)->ns;
}

static struct net_space *sock_namespaces_net_of(struct ns *n)
{
	return n ? &container_of(n, struct net_ns, ns)->net : &net_first;
}

static struct net_space *net_ns_here(void)
{
	return sock_namespaces_net_of(ns_current(NS_NET));
}

static struct net_space *net_ns_of_task(struct task *t)
{
	struct ns *n;

	return ns_of_task(t, NS_NET, false, &n) ? NULL :
						  sock_namespaces_net_of(n);
}

static void net_ns_hold(struct net_space *n)
{
	ns_get(sock_namespaces_ns_of(n));
}

static void net_ns_drop(struct net_space *n)
{
	ns_put(sock_namespaces_ns_of(n));
}

static struct user_space *sock_namespaces_owner_of(const struct net_space *n)
{
	return container_of((struct net_space *)n, struct net_ns, net)->ns.owner;
}

static long open_net(struct net_space *n)
{
	struct ns *ns = sock_namespaces_ns_of(n);

	ns_get(ns);
	return ns_open(NS_NET, ns);
}

static struct ns *net_copy(const struct ns *old)
{
	struct net_ns *n = kmalloc(sizeof(*n));

	if (!n)
		return NULL;
	net_space_init(&n->net);
	atomic_add(&net_others, 1);
	return &n->ns;
}

static void net_free(struct ns *n)
{
	atomic_add(&net_others, -1);
	kfree(container_of(n, struct net_ns, ns));
}

static const struct ns_kind kind __table(ns_kind) = {
	NS_NET, CLONE_NEWNET, net_copy, net_free,
};

static void sock_namespaces_hook_init(void)
{
	net_entry = (struct net_entry){
		.net_here = net_ns_here, .net_of_task = net_ns_of_task,
		.net_get = net_ns_hold,
		.net_put = net_ns_drop, .net_open = open_net,
		.net_owner = sock_namespaces_owner_of,
	};
}
INIT(fs, sock_namespaces_hook_init);
