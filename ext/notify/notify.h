/* SPDX-License-Identifier: MIT */
/*
 * Telling watchers what happens to files (row B5): the calls that the rest
 * of fs/ makes at each event; inotify(7) and fcntl F_NOTIFY behind them.
 *
 * Nothing watches most of the time, so each call tests one word first.  An
 * event of a file goes to the watches of its directory, with its name, and
 * to its own, without; an event of a name goes to its directory only.
 */
#ifndef EXT_NOTIFY_NOTIFY_H
#define EXT_NOTIFY_NOTIFY_H

#include <fs/vfs.h>

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
#define IN_ALL_EVENTS	0x00000fffu
#define IN_UNMOUNT	0x00002000u
#define IN_Q_OVERFLOW	0x00004000u
#define IN_IGNORED	0x00008000u
#define IN_ONLYDIR	0x01000000u
#define IN_DONT_FOLLOW	0x02000000u
#define IN_EXCL_UNLINK	0x04000000u
#define IN_MASK_CREATE	0x10000000u
#define IN_MASK_ADD	0x20000000u
#define IN_ISDIR	0x40000000u
#define IN_ONESHOT	0x80000000u

/* Atomic: how many watches and MS_STRICTATIME mounts there are; a hint. */
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

/* The slow halves; nobody else calls them. => may sleep, no spin lock */
void notify_file_event(const struct file *f, u32 event);
void notify_dentry_event(struct dentry *d, u32 event);
void notify_name_event(struct inode *dir, const char *name, u32 event);
void notify_inode_event(struct inode *i, u32 event);

/* f was opened, read, written, closed... */
static inline void notify_file(const struct file *f, u32 event)
{
	if (unlikely(notify_active()))
		notify_file_event(f, event);
}

/* The file that d names got other attributes or contents. */
static inline void notify_dentry(struct dentry *d, u32 event)
{
	if (unlikely(notify_active()))
		notify_dentry_event(d, event);
}

/* A name came or went; event: with IN_ISDIR for a directory's. */
static inline void notify_name(struct inode *dir, const char *name, u32 event)
{
	if (unlikely(notify_active()))
		notify_name_event(dir, name, event);
}

/* Of the file alone, whatever its names are: its count of links, its end. */
static inline void notify_inode(struct inode *i, u32 event)
{
	if (unlikely(notify_active()))
		notify_inode_event(i, event);
}

/* Both halves of a rename and the file's own event.  => [both directories] */
void notify_rename(struct inode *from, const char *old, struct inode *to,
		   const char *new, struct inode *moved);
/* The slow half of notify_close; no request is no error. */
void dnotify_closed(const struct file *f, const struct files *table);

/* A descriptor of f closes in table: what that table asked of f ends. */
static inline void notify_close(const struct file *f,
				const struct files *table)
{
	if (unlikely(notify_active()) && f->inode && f->inode->watches)
		dnotify_closed(f, table);
}

/* The file system goes: its watches end with IN_UNMOUNT. */
void notify_unmount(struct super *s);

#endif
