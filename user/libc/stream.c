/* SPDX-License-Identifier: MIT */
/*
 * Streams: FILE, a descriptor with a buffer.  While a stream reads, the buffer
 * holds bytes read ahead; while it writes, bytes not yet written.  The standard
 * streams are unbuffered, so that their output stays in order with printf,
 * which writes to the descriptor directly.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <thread.h>
#include <unistd.h>

#define ROOM	4096

struct stream {
	struct mutex lock;
	int fd;
	unsigned int reads:1, writes:1, keeps:1;	/* constant */
	unsigned int writing:1;		/* [lock] buffer holds output */
	unsigned int error:1, end:1;	/* [lock] */
	size_t at, have;		/* [lock] buffer: next byte, end */
	struct stream *next;		/* [all_lock] */
	unsigned char buf[ROOM];
};

static struct stream in = { .fd = 0, .reads = 1 };
static struct stream out = { .fd = 1, .writes = 1 };
static struct stream err = { .fd = 2, .writes = 1 };
FILE *stdin = &in, *stdout = &out, *stderr = &err;

static struct mutex all_lock = MUTEX_INIT;
static struct stream *all;		/* [all_lock] all opened streams */

/*
 * Write out the buffer.
 * Context: [f->lock], as for the other static functions below.
 */
static int write_buffer(FILE *f)
{
	size_t n = f->have;

	if (!f->writing)
		return 0;
	f->have = 0;
	if (n && write_all(f->fd, f->buf, n)) {
		f->error = 1;
		return EOF;
	}
	return 0;
}

/* Seek back over the bytes read ahead, if the descriptor can seek. */
static int drop_input(FILE *f)
{
	size_t ahead = f->have - f->at;

	if (f->writing)
		return 0;
	f->at = f->have = 0;
	if (ahead && lseek(f->fd, -(off_t)ahead, SEEK_CUR) < 0 &&
	    errno != ESPIPE)
		return EOF;
	return 0;
}

static int flush_one(FILE *f)
{
	int r;

	mutex_lock(&f->lock);
	r = f->writing ? write_buffer(f) : drop_input(f);
	mutex_unlock(&f->lock);
	return r;
}

static int flush_all(void)
{
	int r = 0;

	mutex_lock(&all_lock);
	for (FILE *f = all; f; f = f->next)
		if (f->writes)
			r |= flush_one(f);
	mutex_unlock(&all_lock);
	return r;
}

int fflush(FILE *f)
{
	return f ? flush_one(f) : flush_all();
}

static void at_end(void)
{
	flush_all();
}

/* Return: the open() flags for a mode such as "r+"; -1 with EINVAL. */
static int flags_of(const char *mode)
{
	int plus = strchr(mode, '+') != NULL, flags;

	switch (*mode) {
	case 'r': flags = plus ? O_RDWR : O_RDONLY; break;
	case 'w': flags = O_CREAT | O_TRUNC | (plus ? O_RDWR : O_WRONLY); break;
	case 'a': flags = O_CREAT | O_APPEND | (plus ? O_RDWR : O_WRONLY); break;
	default:
		errno = EINVAL;
		return -1;
	}
	if (strchr(mode, 'e'))
		flags |= O_CLOEXEC;
	return strchr(mode, 'x') ? flags | O_EXCL : flags;
}

FILE *fdopen(int fd, const char *mode)
{
	static int registered;
	int flags = flags_of(mode);
	FILE *f;

	if (flags < 0 || fcntl(fd, F_GETFD) < 0)
		return NULL;
	f = calloc(1, sizeof(*f));
	if (!f)
		return NULL;
	f->fd = fd;
	f->keeps = 1;
	f->reads = (flags & O_ACCMODE) != O_WRONLY;
	f->writes = (flags & O_ACCMODE) != O_RDONLY;
	mutex_lock(&all_lock);
	if (!registered)
		registered = !atexit(at_end);
	f->next = all;
	all = f;
	mutex_unlock(&all_lock);
	return f;
}

FILE *fopen(const char *path, const char *mode)
{
	int flags = flags_of(mode), fd, was;
	FILE *f;

	if (flags < 0)
		return NULL;
	fd = open(path, flags, 0666);
	if (fd < 0)
		return NULL;
	f = fdopen(fd, mode);
	if (!f) {
		was = errno;
		close(fd);
		errno = was;
	}
	return f;
}

int fclose(FILE *f)
{
	int r = flush_one(f);

	mutex_lock(&all_lock);
	for (FILE **p = &all; *p; p = &(*p)->next)
		if (*p == f) {
			*p = f->next;
			break;
		}
	mutex_unlock(&all_lock);
	r |= close(f->fd);
	if (f != stdin && f != stdout && f != stderr)
		free(f);
	return r ? EOF : 0;
}

/* Switch the buffer to reading.  Return: 1 if that is possible, else 0. */
static int begin_reading(FILE *f)
{
	if (!f->reads) {
		errno = EBADF;
		f->error = 1;
		return 0;
	}
	if (f->writing && write_buffer(f))
		return 0;
	f->writing = 0;
	return 1;
}

static int begin_writing(FILE *f)
{
	if (!f->writes) {
		errno = EBADF;
		f->error = 1;
		return 0;
	}
	if (!f->writing && drop_input(f))
		return 0;
	f->writing = 1;
	return 1;
}

/* Fill an empty buffer.  Return: 1 if it has something to read, else 0. */
static int fill(FILE *f)
{
	ssize_t n;

	if (f->at < f->have)
		return 1;
	n = read(f->fd, f->buf, f->keeps ? ROOM : 1);
	f->at = 0;
	f->have = n > 0 ? (size_t)n : 0;
	f->error |= n < 0;
	f->end |= n == 0;
	return n > 0;
}

size_t fread(void *to, size_t size, size_t n, FILE *f)
{
	size_t want = size * n, got = 0;

	if (!want)
		return 0;
	mutex_lock(&f->lock);
	if (begin_reading(f))
		while (got < want && fill(f)) {
			size_t k = f->have - f->at;

			k = k < want - got ? k : want - got;
			memcpy((char *)to + got, f->buf + f->at, k);
			f->at += k;
			got += k;
		}
	mutex_unlock(&f->lock);
	return got / size;
}

size_t fwrite(const void *from, size_t size, size_t n, FILE *f)
{
	size_t all_bytes = size * n, done = 0;

	if (!all_bytes)
		return 0;
	mutex_lock(&f->lock);
	if (begin_writing(f))
		while (done < all_bytes) {
			size_t k = ROOM - f->have;

			k = k < all_bytes - done ? k : all_bytes - done;
			memcpy(f->buf + f->have, (const char *)from + done, k);
			f->have += k;
			if ((f->have == ROOM || !f->keeps) && write_buffer(f))
				break;
			done += k;
		}
	mutex_unlock(&f->lock);
	return done / size;
}

int fgetc(FILE *f)
{
	unsigned char c;

	return fread(&c, 1, 1, f) == 1 ? c : EOF;
}

int fputc(int c, FILE *f)
{
	unsigned char byte = (unsigned char)c;

	return fwrite(&byte, 1, 1, f) == 1 ? byte : EOF;
}

int fputs(const char *s, FILE *f)
{
	size_t n = strlen(s);

	return fwrite(s, 1, n, f) == n ? 0 : EOF;
}

/* At least one character can be pushed back after a read. */
int ungetc(int c, FILE *f)
{
	int r = EOF;

	if (c == EOF)
		return EOF;
	mutex_lock(&f->lock);
	if (begin_reading(f)) {
		if (!f->at && f->have < ROOM) {
			memmove(f->buf + 1, f->buf, f->have++);
			f->at = 1;
		}
		if (f->at) {
			f->buf[--f->at] = (unsigned char)c;
			f->end = 0;
			r = (unsigned char)c;
		}
	}
	mutex_unlock(&f->lock);
	return r;
}

int ferror(FILE *f)
{
	return f->error;
}

int feof(FILE *f)
{
	return f->end;
}

int fileno(FILE *f)
{
	return f->fd;
}

int vfprintf(FILE *f, const char *fmt, va_list ap)
{
	char room[512], *text = room;
	va_list again;
	int n;

	va_copy(again, ap);
	n = vsnprintf(room, sizeof(room), fmt, ap);
	if (n >= (int)sizeof(room)) {
		text = malloc((size_t)n + 1);
		if (text)
			vsnprintf(text, (size_t)n + 1, fmt, again);
		else
			n = -1;
	}
	va_end(again);
	if (n > 0 && fwrite(text, 1, (size_t)n, f) != (size_t)n)
		n = -1;
	if (text != room)
		free(text);
	return n;
}

int fprintf(FILE *f, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vfprintf(f, fmt, ap);
	va_end(ap);
	return n;
}
