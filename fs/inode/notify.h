/* SPDX-License-Identifier: MIT */
/*
 * Notify watchers of events on files (lecture row B5 of docs/coverage.md): the
 * rest of fs/ makes these calls at each event, and a registered extension
 * handles them.
 *
 * Most of the time there are no watches, so each call tests one word first.  An
 * event of a file goes to the watches on its directory, with the file's name.
 * It also goes to the watches on the file itself, without a name.  An event of
 * a name goes to the watches on its directory only.
 */
#ifndef FS_INODE_NOTIFY_H
#define FS_INODE_NOTIFY_H

#include <fs/vfs.h>

/* Events, with the numbers of inotify(7). */
#define IN_ACCESS	0x00000001u
#define IN_MODIFY	0x00000002u
#define IN_ATTRIB	0x00000004u
#define IN_CLOSE_WRITE	0x00000008u
#define IN_CLOSE_NOWRITE 0x00000010u
#define IN_OPEN		0x00000020u
#define IN_MOVED_FROM	0x00000040u
#define IN_MOVED_TO	0x00000080u
#define IN_CREATE	0x00000100u
#define IN_DELETE	0x00000200u
#define IN_DELETE_SELF	0x00000400u
#define IN_MOVE_SELF	0x00000800u
#define IN_ISDIR	0x40000000u

/* Handlers of events.  All may sleep. */
struct notify_ops {
	/*
	 * Event of file i, which d names (NULL: no name).  by_path: the event
	 * came through an open file.
	 */
	void (*on_file)(struct dentry *d, struct inode *i, u32 event,
			bool by_path);
	void (*on_inode)(struct inode *i, u32 event);
	void (*on_name)(struct inode *dir, const char *name, u32 event);
	/* Context: [both directories]. */
	void (*on_rename)(struct inode *from, const char *old,
			  struct inode *to, const char *new,
			  struct inode *moved);
	/*
	 * End the requests of `table` for f (fcntl(2), F_NOTIFY).  Called if
	 * f->inode is watched.
	 */
	void (*on_close)(const struct file *f, const struct files *table);
	void (*on_unmount)(struct super *s);
};
extern const struct notify_ops *notify_ops;	/* const after init, or NULL */

/* Atomic: number of watches and MS_STRICTATIME mounts; a hint. */
extern unsigned notify_watches;

static inline void notify_count(int by)
{
	__atomic_fetch_add(&notify_watches, by, __ATOMIC_RELAXED);
}

static inline unsigned notify_watching(void)
{
	return (unsigned)__atomic_load_n(&notify_watches, __ATOMIC_RELAXED);
}

static inline bool notify_active(void)
{
	return notify_watching() != 0;
}

/*
 * Slow paths of the following functions; not called directly.
 * Context: may sleep, no spin lock.
 */
void notify_file_event(const struct file *f, u32 event);
void notify_dentry_event(struct dentry *d, u32 event);
void notify_name_event(struct inode *dir, const char *name, u32 event);
void notify_inode_event(struct inode *i, u32 event);
void notify_close_event(const struct file *f, const struct files *table);

/* Report that f was opened, read, written, closed... */
static inline void notify_file(const struct file *f, u32 event)
{
	if (unlikely(notify_active()))
		notify_file_event(f, event);
}

/* Report that attributes or contents of the file that d names have changed. */
static inline void notify_dentry(struct dentry *d, u32 event)
{
	if (unlikely(notify_active()))
		notify_dentry_event(d, event);
}

/* Report a name added or removed; event: with IN_ISDIR for a directory. */
static inline void notify_name(struct inode *dir, const char *name, u32 event)
{
	if (unlikely(notify_active()))
		notify_name_event(dir, name, event);
}

/*
 * Report an event of the file itself, independent of its names: its link count
 * has changed, or its last reference is gone.
 */
static inline void notify_inode(struct inode *i, u32 event)
{
	if (unlikely(notify_active()))
		notify_inode_event(i, event);
}

/*
 * Report a rename to the watchers of the two directories and of the moved file.
 * Context: [both directories].
 */
void notify_rename(struct inode *from, const char *old, struct inode *to,
		   const char *new, struct inode *moved);
/*
 * Report that a descriptor of f in `table` is closed, which ends the requests
 * of the table for f.
 */
static inline void notify_close(const struct file *f,
				const struct files *table)
{
	if (unlikely(notify_active()) && f->inode && f->inode->watches)
		notify_close_event(f, table);
}

/* Report that s is unmounted: all watches in it end with IN_UNMOUNT. */
void notify_unmount(struct super *s);

#endif
