/* SPDX-License-Identifier: MIT */
/* The table of struct user, hashed by user id (row D14). */
#include <kernel/lock/spin.h>
#include "user.h"
#include <mm/frames/page.h>
#include <mm/frames/slab.h>

#define BUCKETS	64u

static struct spinlock user_lock = SPIN_INIT("user", IPL_HIGH);
static struct user *buckets[BUCKETS];	/* [user_lock] */

/* Context: [user_lock].  Return: the user, no reference taken, or NULL. */
static struct user *find_user(unsigned uid)
{
	struct user *u = buckets[uid % BUCKETS];

	spin_must_hold(&user_lock);
	while (u && u->uid != uid)
		u = u->next;
	return u;
}

/*
 * Insert new.  If another task inserted a user with this uid first, free new.
 * Return: the user in the table, with a reference.
 */
static struct user *enter_user(struct user *new)
{
	struct user **head = &buckets[new->uid % BUCKETS], *u;

	spin_lock(&user_lock);
	u = find_user(new->uid);
	if (u) {
		ref_get(&u->refs);
	} else {
		new->next = *head;
		*head = new;
	}
	spin_unlock(&user_lock);
	if (!u)
		return new;
	kfree(new);
	return u;
}

struct user *user_of(unsigned uid)
{
	struct user *u;

	spin_lock(&user_lock);
	u = find_user(uid);
	if (u)
		ref_get(&u->refs);
	spin_unlock(&user_lock);
	if (u)
		return u;
	u = kzalloc(sizeof(*u));
	if (!u)
		return NULL;
	ref_init(&u->refs);
	u->uid = uid;
	return enter_user(u);
}

unsigned long user_pages(unsigned uid)
{
	unsigned long n = 0;
	struct user *u;

	spin_lock(&user_lock);
	u = find_user(uid);
	if (u)
		n = (unsigned long)atomic_read(&u->pipe_filled) +
			(HINT(u->sock_bytes) >> PAGE_SHIFT);
	spin_unlock(&user_lock);
	return n;
}

/*
 * Drop a reference.  The lock keeps user_of() from finding a user whose last
 * reference is gone.
 */
void user_put(struct user *u)
{
	struct user **at;
	bool last;

	if (!u)
		return;
	spin_lock(&user_lock);
	last = ref_put(&u->refs);
	if (last) {
		at = &buckets[u->uid % BUCKETS];
		while (*at != u)
			at = &(*at)->next;
		*at = u->next;
	}
	spin_unlock(&user_lock);
	if (last)
		kfree(u);
}
