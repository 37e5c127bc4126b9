/* SPDX-License-Identifier: MIT */
/*
 * Files (row E14).  WINE has a directory of links for drives, and ignores the
 * case of names; here the drive letter is dropped, and case matters.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "kernel32.h"

#define GENERIC_READ	0x80000000u
#define GENERIC_WRITE	0x40000000u
#define FILE_ATTRIBUTE_DIRECTORY 0x10u
#define FILE_ATTRIBUTE_NORMAL	0x80u
#define NO_SIZE		0xffffffffu
#define MAX_PATH_BYTES	1024

/* Convert C:\folder\file for Linux.  Return: 0, or -1 with the last error. */
static int linux_path(const char *from, char *to)
{
	size_t n = strlen(from);

	if (n > 1 && from[1] == ':') {
		from += 2;
		n -= 2;
	}
	if (n >= MAX_PATH_BYTES) {
		fails(206);
		return -1;
	}
	memcpy(to, from, n + 1);
	for (; *to; to++)
		if (*to == '\\')
			*to = '/';
	return 0;
}

/* Return: the open() flags.  disposition, 1 to 5: create, truncate or open. */
static int flags_of(dword_t access, dword_t disposition)
{
	static const int flags[] = { O_CREAT | O_EXCL, O_CREAT | O_TRUNC, 0,
				     O_CREAT, O_TRUNC };

	if (disposition < 1 || disposition > COUNT(flags))
		return -1;
	return flags[disposition - 1] | O_CLOEXEC |
		(!(access & GENERIC_WRITE) ? O_RDONLY :
		 access & GENERIC_READ ? O_RDWR : O_WRONLY);
}

static handle_t WINAPI CreateFileA(const char *name, dword_t access,
				   dword_t share, void *security,
				   dword_t disposition, dword_t attributes,
				   handle_t template)
{
	int flags = flags_of(access, disposition);
	char path[MAX_PATH_BYTES];
	struct object *o;
	struct stat st;
	handle_t h;

	if (flags < 0 || !name) {
		fails(ERROR_INVALID_PARAMETER);
		return INVALID_HANDLE;
	}
	if (linux_path(name, path))
		return INVALID_HANDLE;
	o = object_new(OPEN_FILE);
	if (!o) {
		fails(ERROR_NOT_ENOUGH_MEMORY);
		return INVALID_HANDLE;
	}
	o->fd = open(path, flags, 0666);
	if (o->fd >= 0 && !fstat(o->fd, &st) && S_ISDIR(st.st_mode)) {
		close(o->fd);
		o->fd = -1;
		errno = EISDIR;
	}
	if (o->fd < 0) {
		fails(disposition == 1 && errno == EEXIST ? 80 :
		      error_of(errno));
		object_put(o);
		return INVALID_HANDLE;
	}
	h = handle_new(o);
	if (!h)
		fails(4);
	return h ? h : INVALID_HANDLE;
}

static bool_t WINAPI CloseHandle(handle_t h)
{
	if (h >= 0xfffffffeu)		/* pseudo-handles: process, thread */
		return 1;
	if (handle_close(h))
		return (bool_t)fails(ERROR_INVALID_HANDLE);
	threads_reap();
	return 1;
}

/* Read or write.  Return: the number of bytes, or -1 with the last error. */
static int64_t transfer(handle_t h, void *buf, dword_t n, int out)
{
	struct object *o = handle_object(h, OPEN_FILE);
	ssize_t done;

	if (!o) {
		fails(ERROR_INVALID_HANDLE);
		return -1;
	}
	done = !out ? read(o->fd, buf, n) :
		write_all(o->fd, buf, n) ? -1 : (ssize_t)n;
	if (done < 0)
		failed();
	object_put(o);
	return done;
}

static bool_t WINAPI ReadFile(handle_t h, void *buf, dword_t n, dword_t *done,
			      void *overlapped)
{
	int64_t got = transfer(h, buf, n, 0);

	if (done)
		*done = got < 0 ? 0 : (dword_t)got;
	return got >= 0;
}

static bool_t WINAPI WriteFile(handle_t h, void *buf, dword_t n, dword_t *done,
			       void *overlapped)
{
	int64_t put = transfer(h, buf, n, 1);

	if (done)
		*done = put < 0 ? 0 : (dword_t)put;
	return put >= 0;
}

static dword_t WINAPI SetFilePointer(handle_t h, int32_t low, int32_t *high,
				     dword_t whence)
{
	struct object *o = handle_object(h, OPEN_FILE);
	int64_t by = high ? (int64_t)((uint64_t)(uint32_t)*high << 32 |
				      (uint32_t)low) : low;
	off_t at;

	if (!o) {
		fails(ERROR_INVALID_HANDLE);
		return NO_SIZE;
	}
	at = lseek(o->fd, by, (int)whence);
	if (at < 0)
		fails(errno == EINVAL && whence < 3 ? 131 : error_of(errno));
	else
		fails(ERROR_SUCCESS);
	object_put(o);
	if (at >= 0 && high)
		*high = (int32_t)(at >> 32);
	return at < 0 ? NO_SIZE : (dword_t)at;
}

static dword_t WINAPI GetFileSize(handle_t h, dword_t *high)
{
	struct object *o = handle_object(h, OPEN_FILE);
	struct stat st;
	int bad;

	if (!o) {
		fails(ERROR_INVALID_HANDLE);
		return NO_SIZE;
	}
	bad = fstat(o->fd, &st);
	if (bad)
		failed();
	object_put(o);
	if (!bad && high)
		*high = (dword_t)(st.st_size >> 32);
	return bad ? NO_SIZE : (dword_t)st.st_size;
}

static dword_t WINAPI GetFileType(handle_t h)
{
	struct object *o = handle_object(h, OPEN_FILE);
	struct stat st;
	dword_t type = 0;

	if (!o)
		return fails(ERROR_INVALID_HANDLE);
	if (!fstat(o->fd, &st))
		type = S_ISREG(st.st_mode) ? 1 : S_ISCHR(st.st_mode) ? 2 : 3;
	object_put(o);
	return type;
}

static bool_t WINAPI SetEndOfFile(handle_t h)
{
	struct object *o = handle_object(h, OPEN_FILE);
	int bad;

	if (!o)
		return (bool_t)fails(ERROR_INVALID_HANDLE);
	bad = ftruncate(o->fd, lseek(o->fd, 0, SEEK_CUR));
	if (bad)
		failed();
	object_put(o);
	return !bad;
}

static bool_t WINAPI FlushFileBuffers(handle_t h)
{
	struct object *o = handle_object(h, OPEN_FILE);

	if (!o)
		return (bool_t)fails(ERROR_INVALID_HANDLE);
	fsync(o->fd);
	object_put(o);
	return 1;
}

/* Convert a path, and call a function on it. */
static bool_t on_path(const char *name, int (*call)(const char *))
{
	char path[MAX_PATH_BYTES];

	if (linux_path(name, path))
		return 0;
	return call(path) ? (bool_t)failed() : 1;
}

static bool_t WINAPI DeleteFileA(const char *name)
{
	return on_path(name, unlink);
}

static bool_t WINAPI RemoveDirectoryA(const char *name)
{
	return on_path(name, rmdir);
}

static bool_t WINAPI SetCurrentDirectoryA(const char *name)
{
	return on_path(name, chdir);
}

static bool_t WINAPI CreateDirectoryA(const char *name, void *security)
{
	char path[MAX_PATH_BYTES];

	if (linux_path(name, path))
		return 0;
	if (!mkdir(path, 0777))
		return 1;
	return (bool_t)fails(errno == EEXIST ? 183 : error_of(errno));
}

static bool_t WINAPI MoveFileA(const char *from, const char *to)
{
	char path[MAX_PATH_BYTES], other[MAX_PATH_BYTES];

	if (linux_path(from, path) || linux_path(to, other))
		return 0;
	if (!access(other, F_OK))
		return (bool_t)fails(183);
	return rename(path, other) ? (bool_t)failed() : 1;
}

static dword_t WINAPI GetFileAttributesA(const char *name)
{
	char path[MAX_PATH_BYTES];
	struct stat st;

	if (linux_path(name, path))
		return NO_SIZE;
	if (stat(path, &st)) {
		failed();
		return NO_SIZE;
	}
	return S_ISDIR(st.st_mode) ? FILE_ATTRIBUTE_DIRECTORY :
		FILE_ATTRIBUTE_NORMAL | !(st.st_mode & 0222);
}

/* Linux's root is shown as a drive. */
static dword_t WINAPI GetCurrentDirectoryA(dword_t size, char *to)
{
	char path[MAX_PATH_BYTES];
	dword_t n;

	if (!getcwd(path, sizeof(path)))
		return failed();
	n = (dword_t)strlen(path) + 2;
	if (n >= size)
		return n + 1;
	snprintf(to, size, "Z:%s", path);
	for (; *to; to++)
		if (*to == '/')
			*to = '\\';
	return n;
}

static handle_t WINAPI GetStdHandle(dword_t which)
{
	dword_t n = (dword_t)-10 - which;

	if (n < 3)
		return 4 * (n + 1);
	fails(ERROR_INVALID_HANDLE);
	return INVALID_HANDLE;
}

static const struct function list[] = {
	FUNCTION(CloseHandle), FUNCTION(CreateDirectoryA),
	FUNCTION(CreateFileA), FUNCTION(DeleteFileA),
	FUNCTION(FlushFileBuffers), FUNCTION(GetCurrentDirectoryA),
	FUNCTION(GetFileAttributesA), FUNCTION(GetFileSize),
	FUNCTION(GetFileType), FUNCTION(GetStdHandle), FUNCTION(MoveFileA),
	FUNCTION(ReadFile), FUNCTION(RemoveDirectoryA),
	FUNCTION(SetCurrentDirectoryA), FUNCTION(SetEndOfFile),
	FUNCTION(SetFilePointer), FUNCTION(WriteFile),
};

const struct functions file_functions = { list, COUNT(list) };
