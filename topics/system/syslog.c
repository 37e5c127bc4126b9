/* SPDX-License-Identifier: MIT */
/* syslog(2): dmesg and klogd use it to read the ring of kernel/log/log.c. */
#include "syslog.h"
#include <kernel/cred/cred.h>
#include <kernel/lock/lock.h>
#include <kernel/log/log.h>
#include <lt/log.h>
#include <lt/procfile.h>
#include <mm/uaccess.h>
#include <syscalls.h>

enum {
	ACTION_CLOSE, ACTION_OPEN, ACTION_READ, ACTION_READ_ALL,
	ACTION_READ_CLEAR, ACTION_CLEAR, ACTION_CONSOLE_OFF,
	ACTION_CONSOLE_ON, ACTION_CONSOLE_LEVEL, ACTION_SIZE_UNREAD,
	ACTION_SIZE_BUFFER,
};

static struct mutex read_lock = { .name = "syslog",
	.wait = WAIT_QUEUE_INIT(read_lock.wait) };
static u64 read_seq;		/* [read_lock] next record of ACTION_READ */
/* [read_lock] first record of ACTION_READ_ALL */
static u64 clear_seq;
static unsigned saved_level;	/* console level before it was turned off */
/* accessed without a lock; 1: only privileged tasks may read */
static unsigned long restricted;

/*
 * Copy whole records from *seq on, as many as fit, and advance *seq.
 * Return: the number of bytes; -EFAULT.
 */
static long read_records(u64 *seq, u64 end, uaddr_t buf, long size)
{
	char line[LOG_LINE];
	long done = 0;

	if (*seq < log_first())
		*seq = log_first();
	for (; *seq < end; (*seq)++) {
		long n = log_read(*seq, line, sizeof(line), true);

		if (done + n > size)
			break;
		if (copy_to_user(buf + done, line, n))
			return -EFAULT;
		done += n;
	}
	return done;
}

static long wait_and_read(uaddr_t buf, long size)
{
	long n;

	do {
		n = wait_event_interruptible(&log_wait,
					     read_seq < log_next());
		if (n)
			return n;
		mutex_lock(&read_lock);
		n = read_records(&read_seq, log_next(), buf, size);
		mutex_unlock(&read_lock);
	} while (n == 0 && read_seq >= log_next());
	return n;
}

static u64 bytes_between(u64 seq, u64 end)
{
	char line[LOG_LINE];
	u64 bytes = 0;

	for (; seq < end; seq++)
		bytes += log_read(seq, line, sizeof(line), true);
	return bytes;
}

/* Copy the last records that fit into size bytes. */
static long read_all(uaddr_t buf, long size, bool clear)
{
	char line[LOG_LINE];
	u64 end, seq;
	long n;

	mutex_lock(&read_lock);
	end = log_next();
	seq = clear_seq < log_first() ? log_first() : clear_seq;
	n = bytes_between(seq, end);
	while (n > size)
		n -= log_read(seq++, line, sizeof(line), true);
	n = read_records(&seq, end, buf, size);
	if (n >= 0 && clear)
		clear_seq = end;
	mutex_unlock(&read_lock);
	return n;
}

static bool is_privileged(void)
{
	return capable(CAP_SYSLOG) || capable(CAP_SYS_ADMIN);
}

bool syslog_may_read(void)
{
	return !READ_ONCE(restricted) || is_privileged();
}

static bool may_syslog(int type)
{
	if (type == ACTION_READ_ALL || type == ACTION_SIZE_BUFFER)
		return syslog_may_read();
	return is_privileged();
}

long sys_syslog(int type, uaddr_t buf, int len)
{
	if (type < ACTION_CLOSE || type > ACTION_SIZE_BUFFER)
		return -EINVAL;
	if (!may_syslog(type))
		return -EPERM;
	switch (type) {
	case ACTION_READ:
	case ACTION_READ_ALL:
	case ACTION_READ_CLEAR:
		if (!buf || len < 0)
			return -EINVAL;
		if (len == 0)
			return 0;
		if (type == ACTION_READ)
			return wait_and_read(buf, len);
		return read_all(buf, len, type == ACTION_READ_CLEAR);
	case ACTION_CLEAR:
		clear_seq = log_next();
		return 0;
	case ACTION_CONSOLE_OFF:
		if (!saved_level)
			saved_level = log_console_level(LOG_ALERT);
		return 0;
	case ACTION_CONSOLE_ON:
		if (saved_level)
			log_console_level(saved_level);
		saved_level = 0;
		return 0;
	case ACTION_CONSOLE_LEVEL:
		if (len < 1 || len > 8)
			return -EINVAL;
		log_console_level(len);
		saved_level = 0;
		return 0;
	case ACTION_SIZE_UNREAD:
		return bytes_between(read_seq < log_first() ? log_first() :
				     read_seq, log_next());
	case ACTION_SIZE_BUFFER:
		return LOG_BYTES;
	}
	return 0;
}

SYSCTL_NUMBERS(numbers) = {
	{ "kernel/dmesg_restrict", &restricted, 0, 1,
	  .right = CAP_SYS_ADMIN },
};
