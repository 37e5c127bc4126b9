/* SPDX-License-Identifier: MIT */
/*
 * Mounts that are shared, slaves, private and unbindable (row D8,
 * mount_namespaces(7)): where what is mounted or unmounted on one appears or
 * goes too, within a name space and between two, and what mountinfo says.
 */
#include <sys/mount.h>
#include <sys/wait.h>
#include "../namespaces/spaces.h"
#include "mounts.h"
#include "texts.h"

#define MS_BIND		4096
#define MS_REC		16384
#define MS_SILENT	32768
#define MS_UNBINDABLE	(1 << 17)
#define MS_PRIVATE	(1 << 18)
#define MS_SLAVE	(1 << 19)
#define MS_SHARED	(1 << 20)

static int is_mounted_on(const char *path)
{
	char name[128];

	snprintf(name, sizeof(name), "%s/inside", path);
	return exists(name);
}

static int set_spread(const char *path, unsigned long how)
{
	return mount(NULL, path, NULL, how, NULL);
}

/* A mount's optional fields, as "shared:1 master:2"; NULL: no mount. */
static const char *fields(const char *name)
{
	static char text[16384];
	char place[160];
	const char *at, *end = NULL;
	static char out[128];

	text_read("/proc/self/mountinfo", text, sizeof(text));
	snprintf(place, sizeof(place), " %s/%s ", tap_dir, name);
	for (at = text; (at = strstr(at, place)); at++)
		end = at;
	if (!end)
		return NULL;
	at = strchr(end + strlen(place), ' ') + 1;
	end = strstr(at - 1, " - ");
	snprintf(out, sizeof(out), "%.*s", end < at ? 0 : (int)(end - at), at);
	return out;
}

/* The number behind a key of these; 0: it is not there. */
static int number_in_field(const char *name, const char *key)
{
	const char *all = fields(name), *at = all ? strstr(all, key) : NULL;

	return at ? atoi(at + strlen(key)) : 0;
}

/* ---- one space ----------------------------------------------------------- */

/* A file system at "a" with "x" and "y", shared, and bound to "b". */
static void two_peers(void)
{
	if (mount("none", "a", "tmpfs", 0, NULL) || mkdir("a/x", 0755) ||
	    mkdir("a/y", 0755) || set_spread("a", MS_SHARED) ||
	    bind_mount("a", "b", 0))
		tap_bail("two peers");
}

static void unmount_all(const char *path)
{
	while (!umount2(path, MNT_DETACH))
		continue;
}

static void share_as_peers(void)
{
	two_peers();
	check(number_in_field("a", "shared:") > 0, "shared:");
	check_eq(number_in_field("b", "shared:"),
		 number_in_field("a", "shared:"),
		 "what is bound is of the same group");
	check(!tmpfs_inside("a/x") && is_mounted_on("b/x"),
	      "a mount appears on the peer");
	check_eq(number_in_field("a/x", "shared:"),
		 number_in_field("b/x", "shared:"), "shared as well");
	check(number_in_field("a/x", "shared:") !=
		      number_in_field("a", "shared:"),
	      "in a group of its own");
	check_ok(umount2("b/x", 0), "and goes");
	check(!is_mounted_on("a/x") && !is_mounted_on("b/x"), "from both");
	check(!tmpfs_inside("b/y") && is_mounted_on("a/y"),
	      "in both directions");
	check_eq(chdir("b/y"), 0, "in use there");
	check_err(EBUSY, umount2("../../a/y", 0), "it is busy here");
	check_eq(chdir("../.."), 0, "until it is not");
	check_ok(umount2("a/y", 0), "so it goes");
	check_ok(set_spread("b", MS_PRIVATE | MS_SILENT), "MS_PRIVATE");
	check(fields("b") && !fields("b")[0], "has no fields");
	check(!tmpfs_inside("a/x") && !is_mounted_on("b/x"),
	      "and gets nothing");
	check(!tmpfs_inside("b/y") && !is_mounted_on("a/y"), "nor gives");
	unmount_all("a");
	unmount_all("b");
}

static void slaves(void)
{
	int group;

	two_peers();
	check(!bind_mount("a", "c", 0) && !set_spread("c", MS_SLAVE),
	      "MS_SLAVE");
	group = number_in_field("a", "shared:");
	check(number_in_field("c", "master:") == group &&
		      !number_in_field("c", "shared:"),
	      "master:");
	check(!tmpfs_inside("b/x") && is_mounted_on("a/x") &&
		      is_mounted_on("c/x"),
	      "a slave gets what any peer has");
	check_eq(number_in_field("c/x", "master:"),
		 number_in_field("a/x", "shared:"), "as a slave of it");
	check(!tmpfs_inside("c/y") && !is_mounted_on("a/y"),
	      "but gives nothing");
	check_ok(umount2("c/x", 0), "nor takes");
	check(is_mounted_on("a/x") && is_mounted_on("b/x"), "they stay");
	check_ok(umount2("a/x", 0), "though they go");
	unmount_all("c/y");
	check_ok(set_spread("c", MS_SHARED), "MS_SHARED of a slave");
	check(number_in_field("c", "master:") == group &&
		      number_in_field("c", "shared:") > 0 &&
		      number_in_field("c", "shared:") != group,
	      "shared: and master:");
	check(!bind_mount("c", "d", 0) &&
	      number_in_field("d", "master:") == group &&
		      number_in_field("d", "shared:") ==
	      number_in_field("c", "shared:"), "and its peer");
	check(!tmpfs_inside("a/x") && is_mounted_on("c/x") &&
		      is_mounted_on("d/x"),
	      "both get what is above");
	check(number_in_field("c/x", "shared:") > 0 &&
		      number_in_field("c/x", "shared:") ==
	      number_in_field("d/x", "shared:") &&
		      number_in_field("d/x", "master:") ==
	      number_in_field("b/x", "shared:"), "likewise");
	check(!tmpfs_inside("d/y") && is_mounted_on("c/y") &&
		      !is_mounted_on("a/y"),
	      "give each other");
	check_ok(umount2("b/x", 0), "what goes above");
	check(!is_mounted_on("c/x") && !is_mounted_on("d/x"), "goes below");
	check(!set_spread("a", MS_PRIVATE) &&
		      number_in_field("c", "master:") == group,
	      "a master that leaves hands its slaves to its peer");
	check(!set_spread("b", MS_PRIVATE) && !number_in_field("c", "master:"),
	      "the last one leaves them without");
	check(number_in_field("c", "shared:") > 0, "as they were else");
	unmount_all("d");
	unmount_all("c");
	unmount_all("b");
	unmount_all("a");
}

/* A slave alone, made private; a peer alone, made a slave. */
static void leave_peers(void)
{
	two_peers();
	check(!set_spread("b", MS_SLAVE) && !set_spread("b", MS_PRIVATE) &&
		      !fields("b")[0],
	      "a slave becomes private");
	check(!set_spread("a", MS_SLAVE) && !fields("a")[0],
	      "MS_SLAVE of the only peer");
	check(!set_spread("a", MS_SHARED) && !bind_mount("a", "c", 0) &&
		      !set_spread("c", MS_SLAVE) &&
		      !set_spread("c", MS_SHARED) && !set_spread("c", MS_SLAVE),
	      "of one that follows");
	check(number_in_field("c", "master:") ==
	      number_in_field("a", "shared:") &&
		      !number_in_field("c", "shared:"),
	      "goes on following");
	unmount_all("c");
	set_spread("a", MS_PRIVATE);
	check(!set_spread("a", MS_SLAVE) && !fields("a")[0],
	      "of a private one");
	unmount_all("b");
	unmount_all("a");
}

static void make_unbindable(void)
{
	two_peers();
	check(!set_spread("b", MS_UNBINDABLE) &&
		      !strcmp(fields("b"), "unbindable"),
	      "MS_UNBINDABLE");
	check_err(EINVAL, bind_mount("b", "c", 0), "cannot be bound");
	check(!set_spread("b", MS_SLAVE) && !strcmp(fields("b"), "unbindable"),
	      "MS_SLAVE leaves it so");
	check(!set_spread("b", MS_SHARED) && !bind_mount("b", "c", 0),
	      "MS_SHARED does not");
	unmount_all("c");
	check(!set_spread("b", MS_UNBINDABLE) && !tmpfs_inside("b/x") &&
		      !set_spread("b", MS_PRIVATE) &&
		      !set_spread("b/x", MS_UNBINDABLE),
	      "one below");
	check(!mount("b", "c", NULL, MS_BIND | MS_REC, NULL) && exists("c/x") &&
		      !is_mounted_on("c/x"),
	      "stays behind with MS_REC");
	unmount_all("c");
	unmount_all("b");
	unmount_all("a");
}

static void refuse_propagation(void)
{
	two_peers();
	check_err(EINVAL, set_spread("a", MS_SHARED | MS_PRIVATE),
		  "two at once");
	check_err(EINVAL, set_spread("a", MS_SHARED | MS_NOSUID),
		  "with a flag");
	check_err(EINVAL, set_spread("a/x", MS_SHARED), "no mount point");
	check_err(ENOENT, set_spread("a/none", MS_SHARED), "nothing");
	check_eq(IN_CHILD(
		NEED(!setuid(1000));
		NEED(set_spread("a", MS_PRIVATE) == -1 && errno == EPERM)),
		0, "others than root");
	unmount_all("b");
	unmount_all("a");
}

/* ---- trees --------------------------------------------------------------- */

static void move_to_peer(void)
{
	two_peers();
	check(!tmpfs_inside("c") && !mkdir("c/m", 0755) && !tmpfs_inside("c/m"),
	      "a tree");
	check_ok(mount("c", "a/x", NULL, MS_MOVE, NULL), "moves");
	check(is_mounted_on("b/x") && is_mounted_on("b/x/m") &&
		      !is_mounted_on("c"),
	      "and appears as a whole");
	check(number_in_field("a/x", "shared:") > 0 &&
		      number_in_field("a/x/m", "shared:") > 0,
	      "it is shared now");
	check_err(EINVAL, mount("a/x", "c", NULL, MS_MOVE, NULL),
		  "nothing leaves what is shared");
	check(!mkdir("a/x/m/n", 0755), "a directory of it");
	check(!umount2("b/x/m", 0) && !is_mounted_on("a/x/m"), "parts go");
	check_ok(umount2("b/x", MNT_DETACH), "and all");
	check(!is_mounted_on("a/x"), "everywhere");
	check(!tmpfs_inside("c") && !set_spread("c", MS_UNBINDABLE),
	      "an unbindable one");
	check_err(EINVAL, mount("c", "a/x", NULL, MS_MOVE, NULL),
		  "does not move there");
	unmount_all("c");
	unmount_all("b");
	unmount_all("a");
}

static void bind_for_peers(void)
{
	two_peers();
	check(!tmpfs_inside("c") && !mkdir("c/m", 0755) && !tmpfs_inside("c/m"),
	      "a tree");
	check(!bind_mount("c", "a/x", 0) && is_mounted_on("b/x") &&
		      !is_mounted_on("b/x/m"),
	      "MS_BIND spreads one");
	check(!fields("c")[0] && number_in_field("a/x", "shared:") > 0,
	      "which alone is shared");
	check_ok(umount2("a/x", 0), "umount");
	check(!mount("c", "a/x", NULL, MS_BIND | MS_REC, NULL) &&
	      is_mounted_on("b/x/m"), "MS_REC all");
	check(!umount2("a/x", MNT_DETACH) && !is_mounted_on("b/x"),
	      "as they go");
	unmount_all("c");
	check(!mkdir("a/x/z", 0755) && !bind_mount("a/x", "c", 0),
	      "of a directory");
	check(!tmpfs_inside("a/x/z") && is_mounted_on("c/z"),
	      "it gets what lies below");
	check(!tmpfs_inside("a/y") && fields("c") && !is_mounted_on("c"),
	      "and that alone");
	unmount_all("c");
	unmount_all("b");
	unmount_all("a");
}

static void share_recursively(void)
{
	two_peers();
	check(!set_spread("a", MS_REC | MS_PRIVATE) && !tmpfs_inside("a/x"),
	      "a tree");
	check(!set_spread("a", MS_REC | MS_SHARED) &&
		      number_in_field("a/x", "shared:") > 0,
	      "MS_REC: all of it");
	check(!set_spread("a", MS_PRIVATE) &&
		      number_in_field("a/x", "shared:") > 0,
	      "else one");
	unmount_all("b");
	unmount_all("a");
}

/* What hung there before stays on top, and what is in use below stays. */
static void cover_peers(void)
{
	two_peers();
	check(!set_spread("b", MS_SLAVE) && !tmpfs_inside("b/x") &&
		      !touch_file("b/x/own"),
	      "a slave's own mount");
	check(!tmpfs_inside("a/x") && exists("b/x/own"), "covers what comes");
	check_ok(umount2("a/x", 0), "when that goes");
	check(exists("b/x/own"), "it stays");
	check(!umount2("b/x", 0) && exists("b/x") && !is_mounted_on("b/x"),
	      "with nothing below");
	check(!tmpfs_inside("a/x") && !mkdir("a/x/m", 0755) &&
		      !tmpfs_inside("b/x/m"),
	      "one with another below");
	check_ok(umount2("a/x", 0), "is not in the way");
	check(is_mounted_on("b/x/m"), "and stays");
	unmount_all("b");
	unmount_all("a");
}

/* ---- two spaces ---------------------------------------------------------- */

static void share_between_spaces(void)
{
	two_peers();
	check_eq(IN_CHILD(
		NEED(!syscall(SYS_unshare, CLONE_NEWNS));
		NEED(number_in_field("a", "shared:") > 0);
		NEED(!tmpfs_inside("a/x") && is_mounted_on("b/x"))),
		0, "a new space has peers of what is shared");
	check(is_mounted_on("a/x") && is_mounted_on("b/x"),
	      "and so they see it here");
	check_eq(IN_CHILD(NEED(!syscall(SYS_unshare, CLONE_NEWNS));
			  NEED(!set_spread("a", MS_SLAVE) &&
			       !set_spread("b", MS_PRIVATE));
			  NEED(!umount2("a/x", 0) && is_mounted_on("b/x"));
			  NEED(!tmpfs_inside("a/y"))),
		 0, "a slave there");
	check(is_mounted_on("a/x") && !is_mounted_on("a/y"),
	      "is not seen here");
	check_eq(IN_CHILD(
		int go[2];
		int pid = -1;
		char c;
		NEED(!pipe(go));
		pid = fork();
		if (!pid) {
			NEED(!syscall(SYS_unshare, CLONE_NEWNS));
			NEED(!set_spread("a", MS_SLAVE));
			close(go[1]);
			NEED(read(go[0], &c, 1) == 1);
			NEED(is_mounted_on("a/y") && !is_mounted_on("a/x"));
			NEED(!umount2("a/y", 0));
			_exit(0);
		}
		NEED(eventually(tap_state(pid, pid) == 'S'));
		NEED(!tmpfs_inside("a/y") && !umount2("a/x", 0));
		NEED(write(go[1], "x", 1) == 1 && !exit_of(pid));
		NEED(is_mounted_on("a/y"))), 0, "but sees what is done here");
	unmount_all("b");
	unmount_all("a");
}

/* A reader that does not see the master is told of the group above it. */
static void from_afar(void)
{
	check(!tmpfs_inside("c") && !mkdir("c/m", 0755) &&
		      !mkdir("c/t", 0755) && !mkdir("c/proc", 0755),
	      "a root to be");
	check(!tmpfs_inside("c/m") && !set_spread("c/m", MS_SHARED),
	      "a group in it");
	check(!bind_mount("c/m", "d", 0) && !set_spread("d", MS_SLAVE) &&
		      !set_spread("d", MS_SHARED),
	      "a slave outside");
	check(!bind_mount("d", "c/t", 0) && !set_spread("c/t", MS_SLAVE),
	      "its, inside");
	check(number_in_field("c/t", "master:") ==
	      number_in_field("d", "shared:") &&
		      !number_in_field("c/t", "propagate_from:"),
	      "master: from outside");
	check(!mount("proc", "c/proc", "proc", 0, NULL), "procfs");
	check_eq(IN_CHILD(
		int top = number_in_field("c/m", "shared:");
		NEED(!chroot("c") && !chdir("/"));
		tap_dir[0] = 0;
		NEED(number_in_field("m", "shared:") == top);
		NEED(number_in_field("t", "propagate_from:") == top)),
		0, "propagate_from: from inside");
	unmount_all("c");
	unmount_all("d");
}

static void pivot_shared(void)
{
	check_eq(IN_CHILD(NEED(!syscall(SYS_unshare, CLONE_NEWNS));
			  NEED(!tmpfs_inside("c") &&
			       !set_spread("c", MS_SHARED));
			  NEED(!chroot("c") && !chdir("/") &&
			       !mkdir("/n", 0755));
			  NEED(!mount("none", "/n", "tmpfs", 0, NULL));
			  NEED(!mkdir("/n/old", 0755));
			  NEED(syscall(SYS_pivot_root, "/n", "/n/old") == -1);
			  NEED(errno == EINVAL);
			  NEED(!set_spread("/", MS_PRIVATE));
			  NEED(!set_spread("/n", MS_SHARED));
			  NEED(syscall(SYS_pivot_root, "/n", "/n/old") == -1);
			  NEED(errno == EINVAL);
			  NEED(!set_spread("/n", MS_PRIVATE) &&
			       !set_spread("/", MS_SHARED));
			  NEED(syscall(SYS_pivot_root, "/n", "/n/old") == -1);
			  NEED(errno == EINVAL && !set_spread("/", MS_PRIVATE));
			  NEED(!syscall(SYS_pivot_root, "/n", "/n/old"))),
		 0, "pivot_root wants private ones");
}

/* Number of mounts on a directory, on each other. */
static int mounts_on(const char *name)
{
	static char text[128 * 1024];
	const char *at = text;
	char place[160];
	int n = 0;

	text_read("/proc/self/mountinfo", text, sizeof(text));
	snprintf(place, sizeof(place), " %s/%s ", tap_dir, name);
	while ((at = strstr(at, place))) {
		at++;
		n++;
	}
	return n;
}

/* Bind a shared mount on itself, and so on all its copies.  => 0 or errno */
static int double_it(const char *name, int times)
{
	while (times--)
		if (mount(name, name, NULL, MS_BIND, NULL))
			return errno;
	return 0;
}

static void share_alone(const char *name)
{
	check_eq(mount(name, name, NULL, MS_BIND, NULL), 0, "one mount");
	check_eq(set_spread(name, MS_SHARED), 0, "shared");
}

static void cover_itself(void)
{
	share_alone("a");
	check_eq(double_it("a", 3), 0, "bound on itself");
	check_eq(mounts_on("a"), 8, "it covers each of its copies");
	check_eq(umount2("a", MNT_DETACH), 0, "the topmost is unmounted");
	check_eq(mounts_on("a"), 1, "and its copies, which cover each other");
	check_eq(double_it("a", 9), 0, "very many");
	check_eq(mounts_on("a"), 512, "are there");
	check_eq(umount2("a", MNT_DETACH), 0, "unmounted");
	check_eq(mounts_on("a"), 1, "together");
	check_eq(mkdir("a/x", 0755), 0, "a place in it");
	check_eq(mount("a", "a/x", NULL, MS_BIND, NULL), 0, "bound there");
	check_eq(mount("a", "a/x/x", NULL, MS_BIND, NULL), 0, "and below");
	check_eq(mounts_on("a/x"), 2, "copies of copies");
	check_eq(umount2("a/x", MNT_DETACH), 0, "a tree with its own copies");
	check_eq(mounts_on("a/x") + mounts_on("a/x/x"), 0, "goes as a whole");
	check_eq(rmdir("a/x"), 0, "its place is free");
	check_eq(umount2("a", MNT_DETACH), 0, "as it was");
}

/* The limit of a name space's mounts counts what propagates. */
static void exceed_limit(void)
{
	static char most[32];

	text_read("/proc/sys/fs/mount-max", most, sizeof(most));
	share_alone("a");
	check_eq(double_it("a", 8), 0, "256 mounts");
	check_eq(text_set("/proc/sys/fs/mount-max", "400"), 0, "at most 400");
	check_eq(double_it("a", 1), ENOSPC, "no 512 mounts");
	check_eq(mounts_on("a"), 256, "none more than before");
	check_eq(text_set("/proc/sys/fs/mount-max", most), 0, "as before");
	check_eq(IN_CHILD(NEED(!syscall(SYS_unshare, CLONE_NEWNS));
			  NEED(mounts_on("a") == 256);
			  NEED(!umount2("a", MNT_DETACH));
			  NEED(mounts_on("a") == 1)),
		 0, "a name space copies them, and ends");
	check_eq(mounts_on("a"), 1, "peers there and here are unmounted");
	check_eq(umount2("a", MNT_DETACH), 0, "all are");
}

int main(void)
{
	static const char *const dirs[] = { "a", "b", "c", "d" };

	if (getuid() || syscall(SYS_unshare, CLONE_NEWNS))
		return tap_skip_all("no name spaces of mounts");
	tap_scratch("mount_sharing");
	for (int i = 0; i < 4; i++)
		mkdir(dirs[i], 0755);
	set_spread("/", MS_REC | MS_PRIVATE);
	share_as_peers();
	slaves();
	leave_peers();
	make_unbindable();
	refuse_propagation();
	move_to_peer();
	bind_for_peers();
	share_recursively();
	cover_peers();
	share_between_spaces();
	from_afar();
	pivot_shared();
	cover_itself();
	exceed_limit();
	for (int i = 0; i < 4; i++)
		rmdir(dirs[i]);
	tap_scratch_end();
	return tap_done();
}
