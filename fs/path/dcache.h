/* SPDX-License-Identifier: MIT */
/*
 * The dentry cache (lecture row A1 of docs/coverage.md): a dentry is a name in
 * a directory, or the knowledge that a name does not exist (a negative dentry).
 */
#ifndef FS_PATH_DCACHE_H
#define FS_PATH_DCACHE_H

#include <fs/vfs.h>
#include <kernel/lock/brlock.h>

/*
 * Guards every dentry's name, place and inode pointer, the mount tree, and the
 * root and working directory of every fs_context.  Path look-up and other
 * readers of paths take it for reading, all others for writing.  IPL_CLOCK.
 */
extern struct brlock dcache_lock;

/*
 * FNV-1a hashes one byte per step, so a walk hashes a name while it looks for
 * its end.
 */
#define NAME_HASH_INIT 0x811c9dc5u
static inline u32 name_hash_step(u32 h, u8 c)
{
	return (h ^ c) * 0x01000193u;
}
u32 name_hash(const char *name, unsigned len);

void dcache_init(void);
/*
 * Context: [dcache_lock].
 * Return: the dentry, without a reference, or NULL.
 */
struct dentry *dcache_find(struct dentry *parent, const char *name,
			   unsigned len, u32 hash);
/*
 * Allocate a dentry that no other task can find until it enters the cache;
 * parent NULL: a root.
 * Return: one reference; the dentry holds a reference to its parent; NULL: no
 * memory.
 */
struct dentry *dentry_alloc(struct dentry *parent, const char *name,
			    unsigned len, u32 hash);
static inline void dentry_get(struct dentry *d)
{
	ref_get(&d->refs);
}
void dentry_free(struct dentry *d);	/* the last reference is gone */
static inline void dentry_put(struct dentry *d)
{
	if (unlikely(ref_put(&d->refs)))
		dentry_free(d);
}
/* Give d its inode but no place in the tree: O_TMPFILE, memfd, pipes. */
void dentry_set_nameless(struct dentry *d, struct inode *i);
/*
 * The following functions take dcache_lock themselves, and are called after the
 * file system has made its change.
 * Context: [inode locks of the directories concerned]; may sleep.
 */
/* Remember that the name does not exist. */
void dentry_set_negative(struct dentry *d);
/* Take d, whose name was removed, out of the cache; its users keep it alive. */
void dentry_delete(struct dentry *d);
/* Give d the parent and name of `to`; `to` leaves the cache. */
void dentry_move(struct dentry *d, struct dentry *to);
/* Swap parents and names of a and b, for RENAME_EXCHANGE. */
void dentry_exchange(struct dentry *a, struct dentry *b);
/*
 * True if `above` is d itself or one of its ancestors.
 * Context: d cannot be moved meanwhile; otherwise the answer may soon be
 * outdated.
 */
bool dentry_is_below(struct dentry *d, struct dentry *above);
/* As dentry_is_below().  Context: [dcache_lock]. */
bool dentry_is_below_locked(const struct dentry *d, const struct dentry *above);
static inline bool dentry_hashed(const struct dentry *d)
{
	return d->hashed;
}
/* Delete every dentry of a tree whose last mount is gone. */
void dcache_drop_tree(struct dentry *root);
/* Drop unused unpinned dentries until at most `keep` are left. */
void dcache_shrink(unsigned keep);
unsigned long dentry_count(void);

#endif
