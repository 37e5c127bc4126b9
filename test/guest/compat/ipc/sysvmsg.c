/* SPDX-License-Identifier: MIT */
/*
 * System V message queues (row D10): order and choice by type, room, waiting
 * for either, removal while somebody waits, permissions, limits.
 */
#include "sysv.h"
#include "note.h"

#define MSG_STAT	11
#define MSG_INFO	12
#define MSG_NOERROR	010000
#define MSG_EXCEPT	020000
#define MOST		8192		/* bytes of a message */
#define ROOM		16384		/* of a queue */

static struct message {
	long type;
	char text[MOST + 8];
} out, in;

static long msgget(int key, int flags)
{
	return syscall(SYS_msgget, key, flags);
}

static long id;

static long put_message(long type, const char *text, int flags)
{
	out.type = type;
	strcpy(out.text, text);
	return syscall(SYS_msgsnd, id, &out, strlen(text) + 1, flags);
}

static long get_message(long type, unsigned long size, int flags)
{
	memset(&in, 0, sizeof(in));
	return syscall(SYS_msgrcv, id, &in, size, type, flags);
}

/* What the queue has for a choice, or "" */
static const char *next_message(long type, int flags)
{
	return get_message(type, MOST, flags | IPC_NOWAIT) > 0 ? in.text : "";
}

static void drain_queue(void)
{
	while (get_message(0, MOST, IPC_NOWAIT) >= 0)
		;
}

/* A key is no secret; what is asked for with it must be allowed. */
static void find_queue_as_other(void *arg)
{
	int key = *(int *)arg;

	become_other();
	if (msgget(key, 0) < 0)
		_exit(1);
	refused(EACCES, 2, msgget(key, 0400));
	refused(EACCES, 3, msgget(key, 0200));
}

/* ---- queues -------------------------------------------------------------- */

static void make_queues(void)
{
	int key = 0x4c540000 + getpid();
	long a, b;
	struct queue_ds d;

	a = msgget(key, IPC_CREAT | 0600);
	check(a >= 0, "msgget makes a queue");
	check_eq(msgget(key, 0), a, "its key finds it");
	if (!geteuid())
		check_eq(in_child(find_queue_as_other, &key), 0,
			 "another user finds it, but without rights");
	check_err(EEXIST, msgget(key, IPC_CREAT | IPC_EXCL), "IPC_EXCL");
	check_err(ENOENT, msgget(key + 1, 0), "no such key");
	b = msgget(IPC_PRIVATE, 0600);
	check(b >= 0 && b != a, "IPC_PRIVATE: a new one");
	check_eq(msgctl(b, IPC_RMID, NULL), 0, "IPC_RMID");
	check_err(EINVAL, msgctl(b, IPC_STAT, &d), "it is gone");
	check_err(EINVAL, msgctl(-1, IPC_STAT, &d), "no id");
	check_err(EINVAL, msgctl(a, 999, &d), "no such command");
	msgctl(a, IPC_RMID, NULL);
	check_err(ENOENT, msgget(key, 0), "nor has the key one now");
}

static void choices(void)
{
	put_message(3, "three", 0);
	put_message(1, "one", 0);
	put_message(2, "two", 0);
	put_message(1, "one more", 0);
	put_message(9, "nine", 0);
	check(!strcmp(next_message(0, 0), "three"), "type 0: the first");
	check_eq(in.type, 3, "with its type");
	check(!strcmp(next_message(1, MSG_EXCEPT), "two"),
	      "MSG_EXCEPT: another");
	check(!strcmp(next_message(9, 0), "nine"), "that type");
	check_err(ENOMSG, get_message(9, MOST, IPC_NOWAIT),
		  "there is no more of it");
	put_message(5, "five", 0);
	check(!strcmp(next_message(-5, 0), "one"), "-5: the lowest of them");
	check(!strcmp(next_message(-5, 0), "one more"), "... in order");
	check(!strcmp(next_message(-5, 0), "five"), "... up to 5");
	put_message(5, "five", 0);
	check_err(ENOMSG, get_message(-4, MOST, IPC_NOWAIT),
		  "-4: not that one");
	check(!strcmp(next_message(1L << (8 * sizeof(long) - 1), 0), "five"),
	      "the most negative: any");
}

static void limit_message_sizes(void)
{
	put_message(1, "123456789", 0);
	check_err(E2BIG, get_message(0, 4, IPC_NOWAIT),
		  "longer than the room for it");
	check_eq(get_message(0, 4, IPC_NOWAIT | MSG_NOERROR), 4,
		 "MSG_NOERROR cuts");
	check(!memcmp(in.text, "1234\0", 5), "... what is too much");
	check_err(ENOMSG, get_message(0, MOST, IPC_NOWAIT), "the rest is gone");
	out.type = 1;
	check_eq(syscall(SYS_msgsnd, id, &out, 0, 0), 0, "an empty one");
	check_eq(get_message(0, 0, 0), 0, "received");
	check_eq(syscall(SYS_msgsnd, id, &out, MOST, 0), 0, "the longest");
	check_eq(get_message(0, MOST, 0), MOST, "received");
	check_err(EINVAL, syscall(SYS_msgsnd, id, &out, MOST + 1, 0),
		  "longer than that");
	check_err(EINVAL, syscall(SYS_msgsnd, id, &out, -1L, 0), "endless");
	check_err(EINVAL, put_message(0, "x", 0), "type 0 cannot be sent");
	check_err(EINVAL, put_message(-1, "x", 0), "nor one below");
	check_err(EINVAL, get_message(0, -1L, 0), "no size");
	check_err(EFAULT, syscall(SYS_msgsnd, id, BAD, 1, 0), "from nowhere");
	check_err(EINVAL, syscall(SYS_msgsnd, -1, &out, 1, 0), "no queue");
	check_err(EINVAL, syscall(SYS_msgrcv, -1, &in, 1, 0, 0), "nor here");
	put_message(1, "x", 0);
	check_err(EFAULT, syscall(SYS_msgrcv, id, BAD, 9, 0, 0), "to nowhere");
	drain_queue();
}

/* ---- waiting ------------------------------------------------------------- */

/* A child that does fn in the queue; back when it sleeps there. */
static pid_t start_queue_waiter(long (*fn)(void))
{
	pid_t pid = fork();

	if (pid == 0) {
		long r = fn();

		_exit(r < 0 ? errno : 0);
	}
	for (int i = 0; i < 60000; i++) {
		char name[32], text[256], *end;
		ssize_t n;
		int fd;

		snprintf(name, sizeof(name), "/proc/%d/stat", pid);
		fd = open(name, O_RDONLY);
		n = read(fd, text, sizeof(text) - 1);
		close(fd);
		text[n > 0 ? n : 0] = '\0';
		end = strrchr(text, ')');
		if (end && end[2] == 'S')
			break;
		usleep(1000);
	}
	return pid;
}

static int queue_child_result(pid_t pid)
{
	int st = -1;

	waitpid(pid, &st, 0);
	return WIFEXITED(st) ? WEXITSTATUS(st) : -1;
}

static long receive_two(void)
{
	return get_message(2, MOST, 0) == 4 && !strcmp(in.text, "two") ? 0 : -1;
}

static long send_four(void)
{
	return put_message(4, "four", 0);
}

static void fill_queue(void)
{
	out.type = 1;
	while (!syscall(SYS_msgsnd, id, &out, 1024, IPC_NOWAIT))
		;
}

static void wait_for_messages(void)
{
	struct sigaction sa = { .sa_handler = note, .sa_flags = SA_RESTART };
	long other = id;
	pid_t pid = start_queue_waiter(receive_two);
	struct queue_ds d;

	put_message(1, "one", 0);
	check_eq(waitpid(pid, NULL, WNOHANG), 0, "not for that one");
	put_message(2, "two", 0);
	check_eq(queue_child_result(pid), 0, "who waits for a type gets it");
	msgctl(id, IPC_STAT, &d);
	check(d.lrpid == pid && d.lspid == getpid(), "by whom is told");
	drain_queue();
	fill_queue();
	check_err(EAGAIN, put_message(1, "x", IPC_NOWAIT), "the queue is full");
	msgctl(id, IPC_STAT, &d);
	check(d.bytes == ROOM && d.count == ROOM / 1024, "... as it tells");
	pid = start_queue_waiter(send_four);
	get_message(0, MOST, 0);
	check_eq(queue_child_result(pid), 0, "room lets the sender go on");
	drain_queue();
	sigaction(SIGUSR1, &sa, NULL);
	pid = start_queue_waiter(receive_two);
	kill(pid, SIGUSR1);
	check_eq(queue_child_result(pid), EINTR,
		 "a signal: EINTR, even with SA_RESTART");
	id = msgget(IPC_PRIVATE, 0600);
	pid = start_queue_waiter(receive_two);
	msgctl(id, IPC_RMID, NULL);
	check_eq(queue_child_result(pid), EIDRM,
		 "the queue goes: EIDRM to a receiver");
	id = msgget(IPC_PRIVATE, 0600);
	fill_queue();
	pid = start_queue_waiter(send_four);
	msgctl(id, IPC_RMID, NULL);
	check_eq(queue_child_result(pid), EIDRM, "and to a sender");
	id = other;
}

/* Many at once, to each his own: nothing is lost, nothing comes twice. */
static void share_queue(void)
{
	enum { EACH = 8, MESSAGES = 200 };
	int bad = 0, st;

	for (int i = 1; i <= EACH; i++) {
		if (fork() == 0) {
			for (int k = 0; k < MESSAGES; k++)
				if (get_message(i, MOST, 0) < 0 ||
				    atoi(in.text) != k)
					_exit(1);
			_exit(0);
		}
		if (fork() == 0) {
			char text[16];

			for (int k = 0; k < MESSAGES; k++) {
				snprintf(text, sizeof(text), "%d", k);
				if (put_message(i, text, 0))
					_exit(1);
			}
			_exit(0);
		}
	}
	for (int i = 0; i < 2 * EACH; i++) {
		st = -1;
		wait(&st);
		bad += st != 0;
	}
	check_eq(bad, 0, "%d pairs talk through one queue", EACH);
	check_err(ENOMSG, get_message(0, MOST, IPC_NOWAIT), "nothing is left");
}

/* ---- status, limits, others ---------------------------------------------- */

static void check_queue_status(void)
{
	int info[8];
	long highest;
	struct queue_ds d;

	check_eq(msgctl(id, IPC_STAT, &d), 0, "IPC_STAT");
	check((d.mode & 0777) == 0600 && d.uid == geteuid() &&
	      d.cuid == geteuid() && d.room == ROOM, "owner, mode and room");
	check(d.stime && d.rtime && d.ctime, "times");
	d.room = 100;
	check_eq(msgctl(id, IPC_SET, &d), 0, "IPC_SET");
	put_message(1, "x", 0);
	out.type = 1;
	check_err(EAGAIN, syscall(SYS_msgsnd, id, &out, 100, IPC_NOWAIT),
		  "the new room");
	drain_queue();
	d.room = ROOM;
	msgctl(id, IPC_SET, &d);
	check(msgctl(0, IPC_INFO, info) >= 0 && info[2] == MOST &&
	      info[3] == ROOM && info[4] == 32000, "IPC_INFO: the limits");
	put_message(1, "12345", 0);
	highest = msgctl(0, MSG_INFO, info);
	check(highest >= 0 && info[0] >= 1 && info[1] >= 1 && info[6] >= 6,
	      "MSG_INFO: what is in use");
	drain_queue();
	check_err(EFAULT, msgctl(id, IPC_STAT, BAD), "IPC_STAT to nowhere");
	check_err(EFAULT, msgctl(id, IPC_SET, BAD), "IPC_SET from nowhere");
	check_err(EFAULT, msgctl(0, IPC_INFO, BAD), "IPC_INFO to nowhere");
	for (long i = 0; i <= highest; i++)
		if (msgctl(i, MSG_STAT, &d) == id)
			return (void)check(d.room == ROOM, "MSG_STAT");
	check(0, "MSG_STAT finds it");
}

static void find_queue_line(void)
{
	char text[4096], want[32];
	int fd = open("/proc/sysvipc/msg", O_RDONLY);
	ssize_t n = read(fd, text, sizeof(text) - 1);

	close(fd);
	text[n > 0 ? n : 0] = '\0';
	snprintf(want, sizeof(want), "\n         0 %10ld   600 ", id);
	check(strstr(text, want) != NULL, "/proc/sysvipc/msg");
}

static void use_queue_as_other(void *arg)
{
	struct queue_ds d;

	(void)arg;
	become_other();
	refused(EACCES, 2, put_message(1, "x", IPC_NOWAIT));
	refused(EACCES, 3, get_message(0, 1, IPC_NOWAIT));
	refused(EACCES, 4, msgctl(id, IPC_STAT, &d));
	if (msgctl(id, IPC_RMID, NULL) != -1 || errno != EPERM)
		_exit(5);
	refused(EACCES, 6, get_message(0, 1,
				       040000 | IPC_NOWAIT));	/* MSG_COPY */
}

static void as_owner(void *arg)
{
	struct queue_ds *d = arg;

	if (setresuid(1001, 1001, 1001))
		_exit(1);
	d->room = ROOM + 1;
	if (msgctl(id, IPC_SET, d) != -1 || errno != EPERM)
		_exit(2);
	d->room = ROOM;
	if (msgctl(id, IPC_SET, d))
		_exit(3);
}

static void set_queue_mode(unsigned mode)
{
	struct queue_ds d;

	msgctl(id, IPC_STAT, &d);
	d.mode = mode;
	msgctl(id, IPC_SET, &d);
}

static void check_queue_rights(void)
{
	struct queue_ds d;

	if (!other_users(use_queue_as_other, set_queue_mode, 0622, "send"))
		return;
	msgctl(id, IPC_STAT, &d);
	d.mode = 0600;
	d.uid = 1001;
	msgctl(id, IPC_SET, &d);
	check_eq(in_child(as_owner, &d), 0, "more room than all have: root's");
}

#ifdef __i386__
/* ipc(2): the older number for all of it. */
static void call_queue_by_ipc(void)
{
	unsigned long packed[2] = { (unsigned long)&in, 0 };
	struct queue_ds d;
	long a = syscall(SYS_ipc, 13, IPC_PRIVATE, 0600, 0, 0, 0);

	check(a >= 0, "ipc: msgget");
	out.type = 1;
	check_eq(syscall(SYS_ipc, 11, a, 5, 0, &out, 0), 0, "ipc: msgsnd");
	check_eq(syscall(SYS_ipc, 11, a, 6, 0, &out, 0), 0, "another");
	check_eq(syscall(SYS_ipc, 12, a, 9, 0, packed, 0), 5,
		 "ipc: msgrcv, arguments in memory");
	check_eq(syscall(SYS_ipc, 12 | 1 << 16, a, 9, 0, &in, 1), 6,
		 "ipc: msgrcv, in registers");
	check_err(EINVAL, syscall(SYS_ipc, 12, a, 9, 0, 0, 0),
		  "ipc: msgrcv without any");
	check_err(EFAULT, syscall(SYS_ipc, 12, a, 9, 0, BAD, 0),
		  "ipc: msgrcv, arguments nowhere");
	check_eq(syscall(SYS_ipc, 14, a, IPC_STAT | 0x100, 0, &d, 0), 0,
		 "ipc: msgctl");
	check_eq(d.room, ROOM, "it tells");
	check_eq(syscall(SYS_ipc, 14, a, IPC_RMID, 0, 0, 0), 0, "and removes");
}
#endif

#define COPY	(040000 | IPC_NOWAIT)

/* A message is looked at by its place, and stays. */
static void copy_messages(void)
{
	put_message(5, "one", 0);
	put_message(7, "three", 0);
	check_eq(get_message(1, 100, COPY), 6, "MSG_COPY of the second");
	check(in.type == 7 && !strcmp(in.text, "three"), "its type and text");
	check_eq(get_message(0, 100, COPY), 4, "of the first");
	check_err(ENOMSG, get_message(2, 100, COPY), "there is no third");
	check_err(ENOMSG, get_message(-1, 100, COPY),
		  "nor one before the first");
	check_err(E2BIG, get_message(1, 2, COPY), "too little room");
	check_err(EINVAL, get_message(1, 2, COPY | 010000),
		  "MSG_NOERROR is no help");
	check_err(EINVAL, get_message(0, 100, 040000), "it does not wait");
	check_err(EINVAL, get_message(0, 100, COPY | 020000),
		  "nor with MSG_EXCEPT");
	check_eq(get_message(0, 100, 0), 4, "the first is there still");
	check_eq(get_message(0, 100, 0), 6, "and the second");
}

static long next_id(const char *value)
{
	int fd = open("/proc/sys/kernel/msg_next_id", O_RDWR);
	char text[16] = "";
	long n = -2;

	if (value && write(fd, value, strlen(value)) < 0)
		n = -3;
	else if (pread(fd, text, sizeof(text) - 1, 0) > 0)
		n = *text == '-' ? -1 : atol(text);
	close(fd);
	return n;
}

/* kernel.msg_next_id: the next one gets that id, if it is free. */
static void choose_next_id(void)
{
	long want = 5 * 32768 + 77, got, other;

	if (geteuid()) {
		tap_skip("msg_next_id", "not the superuser");
		return;
	}
	check_eq(next_id(NULL), -1, "msg_next_id asks for none");
	check_eq(next_id("163917"), want, "asks for one");
	got = msgget(IPC_PRIVATE, 0600);
	check_eq(got, want, "it is had");
	check_eq(next_id(NULL), -1, "once");
	next_id("163917");
	other = msgget(IPC_PRIVATE, 0600);
	check_eq(other, want + 1, "the next that is free");
	msgctl(got, IPC_RMID, NULL);
	msgctl(other, IPC_RMID, NULL);
	check_eq(next_id("-2"), -3, "no id");
}

/* An id that was removed is not the next one's, so its users notice. */
static void new_ids(void)
{
	long first = msgget(IPC_PRIVATE, 0600), next_message;

	msgctl(first, IPC_RMID, NULL);
	next_message = msgget(IPC_PRIVATE, 0600);
	check(next_message > first, "a new queue has a later id");
	msgctl(next_message, IPC_RMID, NULL);
}

int main(void)
{
	make_queues();
	new_ids();
	id = msgget(IPC_PRIVATE, 0600);
	choices();
	copy_messages();
	choose_next_id();
	limit_message_sizes();
	wait_for_messages();
	share_queue();
	check_queue_status();
	find_queue_line();
	check_queue_rights();
	msgctl(id, IPC_RMID, NULL);
#ifdef __i386__
	call_queue_by_ipc();
#endif
	return tap_done();
}
