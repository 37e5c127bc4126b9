/* SPDX-License-Identifier: MIT */
/*
 * mount(2): add a new file system to the mount tree of mount.c.  Changes of
 * existing mounts belong to extension mounts.  All calls need CAP_SYS_ADMIN,
 * which is checked after the target has been found, as on Linux.
 */
#include <fs/internal.h>
#include <fs/inode/notify.h>
#include <lt/procfile.h>
#include <mm/frames/slab.h>
#include <syscalls.h>

/* A file open for writing prevents a change to read-only. */
int super_remount(struct super *s, bool read_only)
{
	if (read_only && atomic_read(&s->writers) > 0)
		return -EBUSY;
	if (s->remount) {
		/*
		 * A file without a name is freed on the disk when its last
		 * reference is dropped.  The list of dirty files holds a
		 * reference, too, so write them first.
		 */
		if (read_only && s->any_nameless) {
			s->write_files(s);
			if (s->any_nameless(s))
				return -EBUSY;
		}
		return s->remount(s, read_only);
	}
	s->flags = read_only ? MS_RDONLY : 0;
	return 0;
}

int super_make_read_only(struct super *s)
{
	return s->flags & MS_RDONLY ? 0 : super_remount(s, true);
}

/* Distinguish a mount of a new file system from a change of the tree. */
static int mount_dispatch(const struct mount_args *a, const struct path *at,
			  unsigned flags)
{
	if ((flags & 0xffff0000) == 0xc0ed0000)
		flags &= 0xffff;	/* drop the magic number that old
					 * programs pass */
	if (flags & MS_NOUSER)
		return -EINVAL;
	if (!mount_may_change())
		return -EPERM;
	if (!at->mount)
		return -EINVAL;
	if (flags & (MS_REMOUNT | MS_BIND | MS_PROPAGATION | MS_MOVE))
		return mount_ops ? mount_ops->change(a, at, flags) :
			-EINVAL;
	if (!a->type)
		return -EINVAL;
	return mount_new(a->type, a->source, at, flags, a->data);
}

/* Copy a string from user memory; NULL for address 0. */
static int string_arg(uaddr_t at, char **out)
{
	int err;

	*out = NULL;
	if (!at)
		return 0;
	*out = name_from_user(at, &err);
	if (*out)
		return 0;
	return err == -ENAMETOOLONG ? -EINVAL : err;
}

/*
 * Copy the options from user memory, at most a page.  If an unreadable byte
 * comes before the NUL, the options end there.
 * Return: 0 with *out, NULL for address 0; -EFAULT, -ENOMEM.
 */
static int data_arg(uaddr_t at, char **out)
{
	unsigned long head = PAGE_SIZE - (at & (PAGE_SIZE - 1));
	char *data;

	*out = NULL;
	if (!at)
		return 0;
	data = kzalloc(PAGE_SIZE);
	if (!data)
		return -ENOMEM;
	if (copy_from_user(data, at, head)) {
		kfree(data);
		return -EFAULT;
	}
	if (head < PAGE_SIZE && copy_from_user(data + head, at + head,
					       PAGE_SIZE - head))
		memset(data + head, 0, PAGE_SIZE - head);
	data[PAGE_SIZE - 1] = 0;
	*out = data;
	return 0;
}

long sys_mount(uaddr_t source, uaddr_t target, uaddr_t type,
	       unsigned long flags, uaddr_t data)
{
	struct mount_args a = { NULL, NULL, NULL };
	struct path at;
	int err;

	err = string_arg(type, &a.type);
	if (!err)
		err = string_arg(source, &a.source);
	if (!err)
		err = data_arg(data, &a.data);
	if (!err)
		err = path_lookup_user(AT_FDCWD, target, LOOKUP_FOLLOW, &at);
	if (!err) {
		err = flags == (unsigned)flags ?
			mount_dispatch(&a, &at, (unsigned)flags) : -EINVAL;
		path_put(&at);
	}
	name_put(a.source);
	name_put(a.type);
	kfree(a.data);
	return err;
}
