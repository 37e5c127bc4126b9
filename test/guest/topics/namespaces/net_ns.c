/* SPDX-License-Identifier: MIT */
/*
 * Network name spaces (rows B5, D8): a loopback interface that is down at
 * first, ports, abstract names, tables and limits of one's own; a socket stays
 * where it was made, and keeps that.
 */
#include <sched.h>
#include <stdint.h>
#include "sockets.h"
#include "spaces.h"

#define LIMIT		"/proc/sys/user/max_net_namespaces"
#define FREE_PORTS	"/proc/sys/net/ipv4/ip_unprivileged_port_start"
#define BACKLOG		"/proc/sys/net/core/somaxconn"
#define GIFCONF		0x8912
#define GIFFLAGS	0x8913
#define SIFFLAGS	0x8914
#define GIFADDR		0x8915
#define GSKNS		0x894c
#define NS_GET_NSTYPE	0xb703
#define COOKIE		71
#define PORT		5151

static struct in lo = { AF_INET, PORT >> 8 | (PORT & 255) << 8,
			{ 127, 0, 0, 1 }, "" };
static struct in any = { AF_INET, PORT >> 8 | (PORT & 255) << 8,
			 { 0 }, "" };
static struct in6 lo6 = { .family = AF_INET6,
			  .port = PORT >> 8 | (PORT & 255) << 8,
			  .ip = { [15] = 1 } };

static struct ifreq {
	char name[16];
	union {
		short flags;
		char room[24];
	} u;
} r;

static int mine;			/* a descriptor of the first space */

#define bind_to(s, a)	syscall(SYS_bind, s, &(a), sizeof(a))
#define connect_to(s, a) syscall(SYS_connect, s, &(a), sizeof(a))
#define send_to(s, a)	syscall(SYS_sendto, s, "x", 1, 0, &(a), sizeof(a))

static int unshare_net(void)
{
	return !syscall(SYS_unshare, CLONE_NEWNET);
}

static int return_to_net(void)
{
	return !syscall(SYS_setns, mine, CLONE_NEWNET);
}

/* => its flags; -1 */
static int interface_flags(int s)
{
	strcpy(r.name, "lo");
	return syscall(SYS_ioctl, s, GIFFLAGS, &r) ? -1 : r.u.flags;
}

static int set_interface(int s, int up)
{
	strcpy(r.name, "lo");
	r.u.flags = (short)up;
	return !syscall(SYS_ioctl, s, SIFFLAGS, &r);
}

static int listening(const struct in *a)
{
	int s = open_socket(AF_INET, SOCK_STREAM);

	return !bind_to(s, *a) && !syscall(SYS_listen, s, 5) ? s : -1;
}

static long failed(long result)
{
	return result == -1 ? errno : 0;
}

static int contains(const char *path, const char *what)
{
	return strstr(read_text(path), what) != NULL;
}

/* ---- the interface ------------------------------------------------------- */

static void leave_loopback_down(void)
{
	int s, t;

	check_eq(IN_CHILD(
		NEED(unshare_net());
		s = open_socket(AF_INET, SOCK_STREAM);
		NEED(interface_flags(s) == 8);
		NEED(failed(syscall(SYS_ioctl, s, GIFADDR, &r)) ==
		     EADDRNOTAVAIL);
		NEED(failed(connect_to(s, lo)) == ENETUNREACH);
		NEED(!bind_to(s, any));
		t = open_socket(AF_INET, SOCK_DGRAM);
		NEED(failed(send_to(t, lo)) == ENETUNREACH);
		NEED(failed(connect_to(t, lo)) == ENETUNREACH);
		NEED(!contains("/proc/self/net/if_inet6", "lo"));
		NEED(contains("/proc/self/net/dev", "lo:"))),
		0, "down: nothing is reached, and there is no address");
	check_eq(IN_CHILD(
		NEED(unshare_net());
		s = open_socket(AF_INET6, SOCK_DGRAM);
		NEED(failed(bind_to(s, lo6)) == EADDRNOTAVAIL);
		NEED(failed(send_to(s, lo6)) == EADDRNOTAVAIL)),
		0, "nor of IPv6");
}

static void raise_loopback(void)
{
	int s, t, l;

	check_eq(IN_CHILD(
		NEED(unshare_net());
		l = listening(&any);
		s = open_socket(AF_INET, SOCK_STREAM);
		NEED(l >= 0 && set_interface(s, 1));
		NEED(interface_flags(s) == 0x49);
		NEED(!connect_to(s, lo));
		NEED(!syscall(SYS_ioctl, s, GIFADDR, &r));
		t = open_socket(AF_INET6, SOCK_DGRAM);
		NEED(!bind_to(t, lo6));
		NEED(contains("/proc/self/net/if_inet6", "lo"))),
		0, "SIOCSIFFLAGS: up");
	check_eq(IN_CHILD(
		NEED(unshare_net());
		s = open_socket(AF_INET, SOCK_DGRAM);
		NEED(set_interface(s, 1) && set_interface(s, 0));
		NEED(interface_flags(s) == 8);
		NEED(!syscall(SYS_ioctl, s, GIFADDR, &r));
		NEED(!contains("/proc/self/net/if_inet6", "lo"))),
		0, "down again: its address of IPv4 stays");
	s = open_socket(AF_INET, SOCK_DGRAM);
	check_eq(interface_flags(s), 0x49,
		 "the first one's is up all the while");
	close(s);
	check_eq(IN_CHILD(
		NEED(unshare_net());
		NEED(!setuid(1000));
		s = open_socket(AF_INET, SOCK_DGRAM);
		NEED(!set_interface(s, 1) && errno == EPERM)), 0,
		"not by anybody");
}

/* ---- netlink ------------------------------------------------------------- */

#define REQUEST		1
#define ACK		4
#define DUMP		0x300
#define DONE		3
#define NEWLINK		16
#define GETLINK		18
#define SETLINK		19
#define NEWADDR		20
#define GETADDR		22
#define CREATE		0x600		/* that, and EXCL */
#define IFF_UP		1

static struct {
	unsigned len;
	unsigned short type, flags;
	unsigned seq, pid;
	unsigned char family, pad;
	unsigned short kind;
	int index;
	unsigned on, change;
} ask;

static unsigned char answer[4096];

/* => bytes of the answer; its first message's body is behind 16 */
static long ask_interface(int s, int type, int how, unsigned on,
			  unsigned change)
{
	memset(&ask, 0, sizeof(ask));
	ask.len = sizeof(ask);
	ask.type = (unsigned short)type;
	ask.flags = (unsigned short)(REQUEST | how);
	ask.index = how & 0x300 ? 0 : 1;
	ask.on = on;
	ask.change = change;
	if (syscall(SYS_sendto, s, &ask, sizeof(ask), 0, NULL, 0) < 0)
		return -1;
	return syscall(SYS_recvfrom, s, answer, sizeof(answer), 0, NULL, NULL);
}

static unsigned answer_word(int at)
{
	unsigned w;

	memcpy(&w, answer + at, sizeof(w));
	return w;
}

/* How many messages of a type are in the answer. */
static int count_in_answer(long n, int type)
{
	int found = 0;

	for (long at = 0; at + 16 <= n; at += (long)((answer_word((int)at) +
						      3) & ~3u))
		found += answer[at + 4] == type;
	return found;
}

/* The addresses that there are: Linux 6.1 answers once for each family. */
static int count_addresses(int s)
{
	long n = ask_interface(s, GETADDR, DUMP, 0, 0);
	int found = 0;

	for (;;) {
		found += count_in_answer(n, NEWADDR);
		if (n <= 0 || count_in_answer(n, DONE))
			return found;
		n = syscall(SYS_recvfrom, s, answer, sizeof(answer), 0, NULL,
			    NULL);
	}
}

/* An address for `lo`.  => the error told */
static int add_address(int s, unsigned char last, int how)
{
	struct {
		unsigned len;
		unsigned short type, flags;
		unsigned seq, pid;
		unsigned char family, bits, mode, scope;
		unsigned index;
		unsigned short size, local;
		unsigned char ip[4];
	} a = {
		sizeof(a), NEWADDR, (unsigned short)(REQUEST | ACK | how), 0, 0,
		AF_INET, 8, 0, 254, 1, 8, 2, { 127, 0, 0, last },
	};

	if (syscall(SYS_sendto, s, &a, sizeof(a), 0, NULL, 0) < 0 ||
	    syscall(SYS_recvfrom, s, answer, sizeof(answer), 0, NULL,
		    NULL) < 20)
		return 1;
	return (int)answer_word(16);
}

static void separate_ports_of_netlink(void)
{
	struct {			/* sockaddr_nl */
		unsigned short family, pad;
		unsigned pid, groups;
	} port = { .family = AF_NETLINK, .pid = 5151 };
	int s;

	check_eq(IN_CHILD(
		NEED(unshare_net());
		s = open_socket(AF_NETLINK, SOCK_RAW);
		NEED(ask_interface(s, GETLINK, 0, 0, 0) > 32 &&
		     answer_word(24) == 8);
		NEED(count_addresses(s) == 0);
		NEED(ask_interface(s, SETLINK, ACK, IFF_UP, IFF_UP) >= 20);
		NEED(answer_word(16) == 0);
		NEED(ask_interface(s, GETLINK, 0, 0, 0) > 32 &&
		     answer_word(24) == 0x10049);
		NEED(count_addresses(s) == 2);
		NEED(ask_interface(s, NEWLINK, ACK, 0, IFF_UP) >= 20 &&
		     !answer_word(16));
		NEED(interface_flags(s) == 8)),
		0, "netlink: up and down, what it has then");
	check_eq(IN_CHILD(
		NEED(unshare_net());
		s = open_socket(AF_NETLINK, SOCK_RAW);
		NEED(!add_address(s, 1, CREATE));
		NEED(add_address(s, 1, CREATE) == -EEXIST);
		NEED(!add_address(s, 1, 0x100));
		NEED(count_addresses(s) == 1);
		NEED(interface_flags(s) == 8 && set_interface(s, 1));
		s = open_socket(AF_NETLINK, SOCK_RAW);
		NEED(count_addresses(s) == 2)),
		0, "netlink: its address before it is up");
	check_eq(IN_CHILD(
		NEED(unshare_net() && !setuid(1000));
		s = open_socket(AF_NETLINK, SOCK_RAW);
		NEED(add_address(s, 1, CREATE) == -EPERM);
		NEED(ask_interface(s, SETLINK, ACK, IFF_UP, IFF_UP) >= 20);
		NEED((int)answer_word(16) == -EPERM)), 0, "not by anybody");
	s = open_socket(AF_NETLINK, SOCK_RAW);
	check_ok(bind_to(s, port), "a port of netlink");
	check_eq(IN_CHILD(
		NEED(failed(bind_to(open_socket(AF_NETLINK, SOCK_RAW), port)) ==
		     EADDRINUSE);
		NEED(unshare_net());
		NEED(!bind_to(open_socket(AF_NETLINK, SOCK_RAW), port))), 0,
		"is taken here, and free in another space");
	close(s);
}

/* ---- apart --------------------------------------------------------------- */

static void separate_ports(void)
{
	int s, t, l = listening(&lo);

	check_eq(IN_CHILD(
		NEED(unshare_net());
		s = open_socket(AF_INET, SOCK_STREAM);
		NEED(set_interface(s, 1));
		NEED(failed(connect_to(s, lo)) == ECONNREFUSED);
		NEED(!contains("/proc/self/net/tcp", ":141F"));
		NEED(listening(&lo) >= 0);
		NEED(!connect_to(s, lo));
		NEED(contains("/proc/self/net/tcp", ":141F"))),
		0, "a port that is taken outside");
	s = open_socket(AF_INET, SOCK_STREAM);
	check_ok(connect_to(s, lo), "outside it is as it was");
	close(s);
	check_eq(IN_CHILD(
		s = open_socket(AF_INET, SOCK_STREAM);
		NEED(unshare_net());
		t = open_socket(AF_INET, SOCK_STREAM);
		NEED(!connect_to(s, lo));
		NEED(failed(connect_to(t, lo)) == ENETUNREACH);
		NEED(return_to_net() && failed(connect_to(t, lo)) ==
		     ENETUNREACH)),
		0, "a socket is of the space where it was made");
	close(l);
}

static struct {
	unsigned short family;
	char name[7];
} name = { AF_UNIX, "\0netns" };

static struct {
	unsigned short family;
	char path[20];
} node = { AF_UNIX, "net_ns.sock" };

static void separate_names(void)
{
	int s = open_socket(AF_UNIX, SOCK_STREAM);
	int p = open_socket(AF_UNIX, SOCK_STREAM),
		t;

	unlink(node.path);
	check_ok(bind_to(s, name), "an abstract name");
	syscall(SYS_listen, s, 5);
	check_ok(bind_to(p, node), "a node's name");
	syscall(SYS_listen, p, 5);
	check_eq(IN_CHILD(
		NEED(unshare_net());
		t = open_socket(AF_UNIX, SOCK_STREAM);
		NEED(failed(connect_to(t, name)) == ECONNREFUSED);
		NEED(!contains("/proc/self/net/unix", "@netns"));
		NEED(!bind_to(t, name));
		NEED(contains("/proc/self/net/unix", "@netns"));
		t = open_socket(AF_UNIX, SOCK_STREAM);
		NEED(!connect_to(t, node))),
		0, "abstract names are a space's own, nodes are all's");
	close(s);
	close(p);
	unlink(node.path);
}

static void separate_net_limits(void)
{
	char before[32];
	int s;

	snprintf(before, sizeof(before), "%s", read_text(BACKLOG));
	check_eq(IN_CHILD(
		NEED(unshare_net());
		NEED(!strcmp(read_text(FREE_PORTS), "1024\n"));
		write_text(FREE_PORTS, "80");
		write_text(BACKLOG, "7");
		NEED(!setuid(1000));
		s = open_socket(AF_INET, SOCK_STREAM);
		any.port = 80 << 8;
		NEED(!bind_to(s, any));
		s = open_socket(AF_INET, SOCK_STREAM);
		any.port = 79 << 8;
		NEED(failed(bind_to(s, any)) == EACCES)), 0,
		"limits of its own");
	check(!strcmp(read_text(FREE_PORTS), "1024\n") &&
	      !strcmp(read_text(BACKLOG), before), "others keep theirs");
}

/* ---- whose it is --------------------------------------------------------- */

static uint64_t cookie(int s)
{
	uint64_t c = 0;
	int len = sizeof(c);

	return syscall(SYS_getsockopt, s, 1, COOKIE, &c, &len) || len != 8 ?
		0 : c;
}

static void check_cookies(void)
{
	int s = open_socket(AF_INET, SOCK_DGRAM), t, u, fd, len = 4;
	uint64_t first = cookie(s);
	unsigned n;

	check(first != 0 && cookie(mine) == 0, "SO_NETNS_COOKIE");
	check_err(EINVAL, syscall(SYS_getsockopt, s, 1, COOKIE, &n, &len),
		  "of eight bytes");
	check_eq(IN_CHILD(
		NEED(unshare_net());
		t = open_socket(AF_UNIX, SOCK_STREAM);
		NEED(cookie(t) && cookie(t) != first && cookie(s) == first);
		fd = (int)syscall(SYS_ioctl, s, GSKNS, 0);
		NEED(fd >= 0 && same_ns(fd, mine));
		NEED(syscall(SYS_ioctl, fd, NS_GET_NSTYPE) == CLONE_NEWNET);
		fd = (int)syscall(SYS_ioctl, t, GSKNS, 0);
		u = opened(getpid(), "net");
		NEED(fd >= 0 && same_ns(fd, u) && !same_ns(fd, mine))),
		0, "SIOCGSKNS");
	check_eq(IN_CHILD(
		NEED(!setuid(1000));
		NEED(failed(syscall(SYS_ioctl, s, GSKNS, 0)) == EPERM)),
		0, "not for anybody");
	close(s);
}

/* What is left of a space is a socket; back in it by that. */
static void keep_by_socket(void)
{
	int s, t, l;

	check_eq(IN_CHILD(
		NEED(unshare_net());
		s = open_socket(AF_INET, SOCK_STREAM);
		NEED(set_interface(s, 1));
		l = listening(&lo);
		NEED(l >= 0 && return_to_net());
		t = open_socket(AF_INET, SOCK_STREAM);
		NEED(failed(connect_to(t, lo)) == ECONNREFUSED);
		NEED(!connect_to(s, lo));
		NEED(!syscall(SYS_setns, syscall(SYS_ioctl, s, GSKNS, 0),
			      CLONE_NEWNET));
		t = open_socket(AF_INET, SOCK_STREAM);
		NEED(!connect_to(t, lo))), 0, "a socket keeps its space");
}

/* ---- the calls ----------------------------------------------------------- */

static int check_alone(void *arg)
{
	int s = open_socket(AF_INET, SOCK_DGRAM), fd = opened(getpid(), "net");

	(void)arg;
	return interface_flags(s) != 8 || same_ns(fd, mine);
}

/* A process in a space of its own that ends when *end is closed. */
static int start_in_network(int *end)
{
	int ready[2], stop[2], pid;
	char c;

	if (pipe(ready) || pipe(stop))
		tap_bail("pipe");
	pid = fork();
	if (!pid) {
		int s = open_socket(AF_INET, SOCK_DGRAM);

		close(stop[1]);
		if (!unshare_net() ||
		    !set_interface(open_socket(AF_INET, SOCK_DGRAM), 1) ||
		    listening(&lo) < 0)
			_exit(1);
		close(s);
		if (write(ready[1], "", 1) != 1 || read(stop[0], &c, 1))
			_exit(1);
		_exit(0);
	}
	close(stop[0]);
	if (read(ready[0], &c, 1) != 1)
		tap_bail("the inhabitant");
	close(ready[0]);
	close(ready[1]);
	*end = stop[1];
	return pid;
}

static void enter_networks(void)
{
	char path[64];
	int end, pid = start_in_network(&end), s;
	int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);

	check_eq(in_clone(CLONE_NEWNET, check_alone), 0, "clone(2)");
	check_eq(in_clone3(CLONE_NEWNET, check_alone), 0, "clone3(2)");
	check_eq(IN_CHILD(
		NEED(!syscall(SYS_setns, pidfd, CLONE_NEWNET));
		s = open_socket(AF_INET, SOCK_STREAM);
		NEED(!connect_to(s, lo))), 0, "setns(2) by a pidfd");
	check_eq(IN_CHILD(
		NEED(!syscall(SYS_setns, opened(pid, "net"), 0));
		s = open_socket(AF_INET, SOCK_STREAM);
		NEED(!connect_to(s, lo))), 0, "and by a file");
	snprintf(path, sizeof(path), "/proc/%d/net/tcp", pid);
	check(contains(path, ":141F"), "its tables by its number");
	check(!contains("/proc/self/net/tcp", ":141F") &&
	      !contains("/proc/net/tcp", ":141F"), "and not here");
	close(end);
	eventually(tap_state(pid, pid) == 'Z');
	check(!read_text(path)[0], "a zombie has none");
	waitpid(pid, NULL, 0);
	close(pidfd);
}

/* Wherever lseek(2) goes in a directory, there may be nothing. */
static void far_away(void)
{
	int fd = open("/proc/self/net", O_RDONLY | O_DIRECTORY);
	char entries[512];
	int found = 0;

	check(syscall(SYS_getdents64, fd, entries, sizeof(entries)) > 0,
	      "/proc/self/net has names");
	for (int bits = 8; bits < 31; bits++) {
		lseek(fd, 1l << bits, SEEK_SET);
		found |= syscall(SYS_getdents64, fd, entries,
				 sizeof(entries)) != 0;
	}
	check(!found, "and none far behind them");
	close(fd);
}

static void show_proc_net(void)
{
	char target[32] = "";
	int fd = opened(getpid(), "net");

	check_eq(readlink("/proc/net", target, sizeof(target)), 8,
		 "/proc/net is a link");
	check(!strncmp(target, "self/net", 8), "to self/net");
	refuses_space(LIMIT, CLONE_NEWNET, fd);
	close(fd);
}

int main(void)
{
	if (geteuid())
		return tap_skip_all("not root");
	mine = opened(getpid(), "net");
	tap_scratch("net_ns");
	leave_loopback_down();
	raise_loopback();
	separate_ports_of_netlink();
	separate_ports();
	separate_names();
	separate_net_limits();
	check_cookies();
	keep_by_socket();
	enter_networks();
	far_away();
	show_proc_net();
	tap_scratch_end();
	return tap_done();
}
