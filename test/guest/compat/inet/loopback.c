/* SPDX-License-Identifier: MIT */
/*
 * The loopback interface (row B5), asked by ioctl, in /proc and /sys, and as
 * ifconfig and `ip` bring it up.
 */
#include "sockets.h"
#include "texts.h"


#define GIFNAME		0x8910
#define GIFCONF		0x8912
#define GIFFLAGS	0x8913
#define SIFFLAGS	0x8914
#define GIFADDR		0x8915
#define GIFDSTADDR	0x8917
#define GIFBRDADDR	0x8919
#define GIFNETMASK	0x891b
#define GIFMETRIC	0x891d
#define GIFMTU		0x8921
#define GIFHWADDR	0x8927
#define GIFINDEX	0x8933
#define GIFTXQLEN	0x8942
#define GIFMAP		0x8970

struct ifreq {
	char name[16];
	union {
		struct {
			unsigned short family, port;
			unsigned char ip[4], zero[8];
		} a;
		short flags;
		int n;
		char raw[sizeof(long) == 8 ? 24 : 16];
	} u;
};

struct ifconf {
	int len;
	void *at;
};

static struct ifreq r;

static int inet_socket(int family)
{
	return (int)syscall(SYS_socket, family, SOCK_DGRAM, 0);
}

/* The command on an interface; what it leaves is in r. */
static long ask_interface_of(int s, const char *name, unsigned cmd)
{
	memset(&r, 0, sizeof(r));
	strcpy(r.name, name);
	return syscall(SYS_ioctl, s, cmd, &r);
}

static int ask_number(int s, unsigned cmd)
{
	return ask_interface_of(s, "lo", cmd) ? -1 : r.u.n;
}

/* The address it gives as one number; 0 if there is something amiss. */
static unsigned ask_address(int s, unsigned cmd)
{
	if (ask_interface_of(s, "lo", cmd) || r.u.a.family != AF_INET ||
	    r.u.a.port)
		return 0;
	return (unsigned)r.u.a.ip[0] << 24 | r.u.a.ip[1] << 16 |
		r.u.a.ip[2] << 8 | r.u.a.ip[3];
}

static void change_interface_flags(int s)
{
	if (!check(!ask_interface_of(s, "lo", GIFFLAGS), "its flags"))
		return;
	r.u.flags |= 0x41;
	check_ok(syscall(SYS_ioctl, s, SIFFLAGS, &r), "it is brought up");
	check_ok(ask_interface_of(s, "lo", GIFFLAGS), "its flags again");
	check_eq(r.u.flags, 0x49, "up, running, a loopback");
	check(!strcmp(r.name, "lo"), "the name stays");
	r.u.flags = 1;
	check_ok(syscall(SYS_ioctl, s, SIFFLAGS, &r), "up is all it can be");
}

static void facts(int s, const char *what)
{
	check_eq(ask_number(s, GIFINDEX), 1, "%s: its index", what);
	check_eq(ask_number(s, GIFMTU), 65536, "%s: its MTU", what);
	check_eq(ask_number(s, GIFMETRIC), 0, "%s: its metric", what);
	check_eq(ask_number(s, GIFTXQLEN), 1000, "%s: its queue", what);
	check_ok(ask_interface_of(s, "lo", GIFHWADDR),
		 "%s: its hardware address", what);
	check_eq(r.u.a.family, 772, "%s: of a loopback", what);
	check_ok(ask_interface_of(s, "lo", GIFMAP), "%s: its map", what);
	memset(&r, 0, sizeof(r));
	r.u.n = 1;
	check_ok(syscall(SYS_ioctl, s, GIFNAME, &r), "%s: by index", what);
	check(!strcmp(r.name, "lo"), "%s: its name", what);
}

static void tell_addresses(int s)
{
	check_eq(ask_address(s, GIFADDR), 0x7f000001, "its address");
	check_eq(ask_address(s, GIFDSTADDR), 0x7f000001, "who is at the end");
	check_eq(ask_address(s, GIFNETMASK), 0xff000000, "its mask");
	check_ok(ask_interface_of(s, "lo", GIFBRDADDR), "its broadcast");
	check_eq(r.u.a.family, AF_INET, "of the family");
	check_eq(r.u.a.ip[0], 0, "is none");
}

static void list_interfaces(int s)
{
	static struct ifreq all[32];
	struct ifconf c = { 0, NULL };
	int found = 0;

	check_ok(syscall(SYS_ioctl, s, GIFCONF, &c), "how long is the list?");
	check(c.len >= (int)sizeof(r) && c.len % (int)sizeof(r) == 0,
	      "of whole entries");
	c.len = sizeof(r) - 1;
	c.at = all;
	check_ok(syscall(SYS_ioctl, s, GIFCONF, &c), "no room for one");
	check_eq(c.len, 0, "none is listed");
	c.len = sizeof(all);
	check_ok(syscall(SYS_ioctl, s, GIFCONF, &c), "the list");
	for (int i = 0; i < c.len / (int)sizeof(r); i++)
		if (!strcmp(all[i].name, "lo") && all[i].u.a.ip[0] == 127 &&
		    all[i].u.a.family == AF_INET)
			found++;
	check_eq(found, 1, "lo is in it");
	c.at = BAD;
	check_err(EFAULT, syscall(SYS_ioctl, s, GIFCONF, &c), "bad buffer");
}

static void refuse_interfaces(int s)
{
	int u = inet_socket(AF_UNIX), six = inet_socket(AF_INET6);

	check_err(ENODEV, ask_interface_of(s, "nonesuch", GIFFLAGS),
		  "no such interface");
	check_err(ENODEV, ask_interface_of(s, "nonesuch", GIFADDR),
		  "nor its address");
	check_err(ENODEV, ask_interface_of(s, "l", GIFINDEX),
		  "a part of a name");
	check_err(ENODEV, ask_interface_of(s, "", GIFMTU), "no name");
	memset(&r, 0, sizeof(r));
	r.u.n = 77;
	check_err(ENODEV, syscall(SYS_ioctl, s, GIFNAME, &r), "no such index");
	check_err(EFAULT, syscall(SYS_ioctl, s, GIFFLAGS, BAD), "bad pointer");
	check_err(ENOTTY, ask_interface_of(s, "lo", 0x89e7), "no such command");
	check_err(ENOTTY, ask_interface_of(u, "lo", GIFADDR),
		  "AF_UNIX has no addresses");
	facts(u, "AF_UNIX");
	facts(six, "AF_INET6");
	close(u);
	close(six);
}

/* Only the superuser brings it up or down. */
static void refuse_users_interface(void)
{
	int pid = fork(), status, s;

	if (!pid) {
		s = inet_socket(AF_INET);
		if (syscall(SYS_setresuid, 65534, 65534, 65534) ||
		    ask_interface_of(s, "lo", GIFFLAGS))
			_exit(2);
		if (syscall(SYS_ioctl, s, SIFFLAGS, &r) != -1 ||
		    errno != EPERM)
			_exit(1);
		/* the right is asked for before the name */
		_exit(ask_interface_of(s, "none", SIFFLAGS) == -1 &&
				      errno == EPERM
			      ? 0
			      : 3);
	}
	waitpid(pid, &status, 0);
	check_eq(status, 0, "a user may ask, and change nothing");
}

static int line_with(const char *path, const char *want)
{
	return text_behind(path, want) != NULL;
}

int main(void)
{
	int s = inet_socket(AF_INET);

	if (!check(s >= 0, "a socket"))
		return tap_done();
	change_interface_flags(s);
	facts(s, "AF_INET");
	tell_addresses(s);
	list_interfaces(s);
	refuse_interfaces(s);
	refuse_users_interface();
	check(line_with("/proc/net/dev", "\n    lo: "), "/proc/net/dev");
	check(line_with("/proc/net/if_inet6",
			"00000000000000000000000000000001 01 80 10 80       lo"
			"\n"), "/proc/net/if_inet6");
	check(line_with("/proc/net/arp", "IP address       HW type     Flags"
			"       HW address            Mask     Device\n"),
	      "/proc/net/arp");
	check(line_with("/sys/class/net/lo/mtu", "65536\n"), "its MTU");
	check(line_with("/sys/class/net/lo/flags", "0x9\n"), "its flags");
	check(line_with("/sys/class/net/lo/address", "00:00:00:00:00:00\n"),
	      "its address");
	check(line_with("/sys/class/net/lo/type", "772\n"), "its type");
	check(line_with("/sys/class/net/lo/uevent",
			"INTERFACE=lo\nIFINDEX=1\n"), "its event");
	close(s);
	return tap_done();
}
