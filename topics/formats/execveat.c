/* SPDX-License-Identifier: MIT */
/*
 * execveat(2): execute the file that a descriptor refers to; fexecve(3) uses
 * it.
 */
#include <fs/vfs.h>
#include <kernel/current.h>
#include <kernel/exec/format.h>
#include <lib/printf.h>
#include <mm/frames/slab.h>
#include <mm/vm.h>
#include <syscalls.h>

/*
 * Return: AT_EXECFN of a file named by a descriptor: its name in /dev/fd; or
 * NULL.
 */
static char *fd_filename(int dirfd, const char *name)
{
	char *to = kmalloc(PATH_MAX + 24);

	if (to)
		fmt_print(to, PATH_MAX + 24, "/dev/fd/%d%s%s", dirfd,
			  *name ? "/" : "", name);
	return to;
}

/* Serve execveat(2); fexecve(3) calls it with AT_EMPTY_PATH. */
static int execveat(int dirfd, const char *name, int flags,
		    const struct arg_source *argv,
		    const struct arg_source *envp)
{
	unsigned lookup = flags & AT_SYMLINK_NOFOLLOW ? 0 : LOOKUP_FOLLOW;
	unsigned by = 0;
	char *named = NULL;
	struct file *file;
	int err;

	if (flags & AT_EMPTY_PATH)
		lookup |= LOOKUP_EMPTY;
	err = file_open_exec(dirfd, name, lookup, &file);
	if (err)
		return err;
	if (dirfd != AT_FDCWD && name[0] != '/') {
		named = fd_filename(dirfd, name);
		if (!named) {
			file_allow_write(file);
			file_put(file);
			return -ENOMEM;
		}
		by = (fd_cloexec(dirfd) ? EXEC_BY_CLOEXEC : 0) |
			(*name ? 0 : EXEC_BY_FD);
	}
	err = exec_file(file, named ? named : name, by, argv, envp);
	kfree(named);
	return err;
}

long sys_execveat(int dirfd, uaddr_t path, uaddr_t argv, uaddr_t envp,
		  int flags)
{
	bool narrow = vm_is_narrow(current->space);
	struct arg_source a = { .user = argv, .narrow = narrow };
	struct arg_source v = { .user = envp, .narrow = narrow };
	int err;
	char *name;

	if (flags & ~(AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW))
		return -EINVAL;
	name = name_from_user(path, &err);
	if (!name)
		return err;
	err = execveat(dirfd, name, flags, &a, &v);
	name_put(name);
	return err;
}
