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

#define MS_BIND		4096
#define MS_REC		16384
#define MS_SILENT	32768
#define MS_UNBINDABLE	(1 << 17)
#define MS_PRIVATE	(1 << 18)
#define MS_SLAVE	(1 << 19)
#define MS_SHARED	(1 << 20)

static int mounted(const char *path)
{
	char name[128];

	snprintf(name, sizeof(name), "%s/inside", path);
	return exists(name);
}

static int bind(const char *from, const char *to)
{
	return mount(from, to, NULL, MS_BIND, NULL);
}

static int spreads(const char *path, unsigned long how)
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
	int fd = open("/proc/self/mountinfo", O_RDONLY);
	int n = (int)read_all(fd, text, sizeof(text) - 1);

	close(fd);
	text[n > 0 ? n : 0] = 0;
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
static int field(const char *name, const char *key)
{
	const char *all = fields(name), *at = all ? strstr(all, key) : NULL;

	return at ? atoi(at + strlen(key)) : 0;
}

/* ---- one space ----------------------------------------------------------- */

/* A file system at "a" with "x" and "y", shared, and bound to "b". */
static void two_peers(void)
{
	if (mount("none", "a", "tmpfs", 0, NULL) || mkdir("a/x", 0755) ||
	    mkdir("a/y", 0755) || spreads("a", MS_SHARED) || bind("a", "b"))
		tap_bail("two peers");
}

static void take(const char *path)
{
	while (!umount2(path, MNT_DETACH))
		continue;
}

static void peers(void)
{
	two_peers();
	check(field("a", "shared:") > 0, "shared:");
	check_eq(field("b", "shared:"), field("a", "shared:"),
		 "what is bound is of the same group");
	check(!tmpfs("a/x") && mounted("b/x"), "a mount appears on the peer");
	check_eq(field("a/x", "shared:"), field("b/x", "shared:"),
		 "shared as well");
	check(field("a/x", "shared:") != field("a", "shared:"),
	      "in a group of its own");
	check_ok(umount2("b/x", 0), "and goes");
	check(!mounted("a/x") && !mounted("b/x"), "from both");
	check(!tmpfs("b/y") && mounted("a/y"), "in both directions");
	check_eq(chdir("b/y"), 0, "in use there");
	check_err(EBUSY, umount2("../../a/y", 0), "it is busy here");
	check_eq(chdir("../.."), 0, "until it is not");
	check_ok(umount2("a/y", 0), "so it goes");
	check_ok(spreads("b", MS_PRIVATE | MS_SILENT), "MS_PRIVATE");
	check(fields("b") && !fields("b")[0], "has no fields");
	check(!tmpfs("a/x") && !mounted("b/x"), "and gets nothing");
	check(!tmpfs("b/y") && !mounted("a/y"), "nor gives");
	take("a");
	take("b");
}

static void slaves(void)
{
	int group;

	two_peers();
	check(!bind("a", "c") && !spreads("c", MS_SLAVE), "MS_SLAVE");
	group = field("a", "shared:");
	check(field("c", "master:") == group && !field("c", "shared:"),
	      "master:");
	check(!tmpfs("b/x") && mounted("a/x") && mounted("c/x"),
	      "a slave gets what any peer has");
	check_eq(field("c/x", "master:"), field("a/x", "shared:"),
		 "as a slave of it");
	check(!tmpfs("c/y") && !mounted("a/y"), "but gives nothing");
	check_ok(umount2("c/x", 0), "nor takes");
	check(mounted("a/x") && mounted("b/x"), "they stay");
	check_ok(umount2("a/x", 0), "though they go");
	take("c/y");
	check_ok(spreads("c", MS_SHARED), "MS_SHARED of a slave");
	check(field("c", "master:") == group && field("c", "shared:") > 0 &&
	      field("c", "shared:") != group, "shared: and master:");
	check(!bind("c", "d") && field("d", "master:") == group &&
	      field("d", "shared:") == field("c", "shared:"), "and its peer");
	check(!tmpfs("a/x") && mounted("c/x") && mounted("d/x"),
	      "both get what is above");
	check(field("c/x", "shared:") > 0 &&
	      field("c/x", "shared:") == field("d/x", "shared:") &&
	      field("d/x", "master:") == field("b/x", "shared:"), "likewise");
	check(!tmpfs("d/y") && mounted("c/y") && !mounted("a/y"),
	      "give each other");
	check_ok(umount2("b/x", 0), "what goes above");
	check(!mounted("c/x") && !mounted("d/x"), "goes below");
	check(!spreads("a", MS_PRIVATE) && field("c", "master:") == group,
	      "a master that leaves hands its slaves to its peer");
	check(!spreads("b", MS_PRIVATE) && !field("c", "master:"),
	      "the last one leaves them without");
	check(field("c", "shared:") > 0, "as they were else");
	take("d");
	take("c");
	take("b");
	take("a");
}

/* A slave alone, made private; a peer alone, made a slave. */
static void alone(void)
{
	two_peers();
	check(!spreads("b", MS_SLAVE) && !spreads("b", MS_PRIVATE) &&
	      !fields("b")[0], "a slave becomes private");
	check(!spreads("a", MS_SLAVE) && !fields("a")[0],
	      "MS_SLAVE of the only peer");
	check(!spreads("a", MS_SHARED) && !bind("a", "c") &&
	      !spreads("c", MS_SLAVE) && !spreads("c", MS_SHARED) &&
	      !spreads("c", MS_SLAVE), "of one that follows");
	check(field("c", "master:") == field("a", "shared:") &&
	      !field("c", "shared:"), "goes on following");
	take("c");
	spreads("a", MS_PRIVATE);
	check(!spreads("a", MS_SLAVE) && !fields("a")[0], "of a private one");
	take("b");
	take("a");
}

static void unbindable(void)
{
	two_peers();
	check(!spreads("b", MS_UNBINDABLE) && !strcmp(fields("b"), "unbindable"),
	      "MS_UNBINDABLE");
	check_err(EINVAL, bind("b", "c"), "cannot be bound");
	check(!spreads("b", MS_SLAVE) && !strcmp(fields("b"), "unbindable"),
	      "MS_SLAVE leaves it so");
	check(!spreads("b", MS_SHARED) && !bind("b", "c"), "MS_SHARED does not");
	take("c");
	check(!spreads("b", MS_UNBINDABLE) && !tmpfs("b/x") &&
	      !spreads("b", MS_PRIVATE) && !spreads("b/x", MS_UNBINDABLE),
	      "one below");
	check(!mount("b", "c", NULL, MS_BIND | MS_REC, NULL) &&
	      exists("c/x") && !mounted("c/x"), "stays behind with MS_REC");
	take("c");
	take("b");
	take("a");
}

static void refused(void)
{
	two_peers();
	check_err(EINVAL, spreads("a", MS_SHARED | MS_PRIVATE), "two at once");
	check_err(EINVAL, spreads("a", MS_SHARED | MS_NOSUID), "with a flag");
	check_err(EINVAL, spreads("a/x", MS_SHARED), "no mount point");
	check_err(ENOENT, spreads("a/none", MS_SHARED), "nothing");
	check_eq(IN_CHILD(
		NEED(!setuid(1000));
		NEED(spreads("a", MS_PRIVATE) == -1 && errno == EPERM)),
		0, "others than root");
	take("b");
	take("a");
}

/* ---- trees --------------------------------------------------------------- */

static void moved(void)
{
	two_peers();
	check(!tmpfs("c") && !mkdir("c/m", 0755) && !tmpfs("c/m"), "a tree");
	check_ok(mount("c", "a/x", NULL, MS_MOVE, NULL), "moves");
	check(mounted("b/x") && mounted("b/x/m") && !mounted("c"),
	      "and appears as a whole");
	check(field("a/x", "shared:") > 0 && field("a/x/m", "shared:") > 0,
	      "it is shared now");
	check_err(EINVAL, mount("a/x", "c", NULL, MS_MOVE, NULL),
		  "nothing leaves what is shared");
	check(!mkdir("a/x/m/n", 0755), "a directory of it");
	check(!umount2("b/x/m", 0) && !mounted("a/x/m"), "parts go");
	check_ok(umount2("b/x", MNT_DETACH), "and all");
	check(!mounted("a/x"), "everywhere");
	check(!tmpfs("c") && !spreads("c", MS_UNBINDABLE), "an unbindable one");
	check_err(EINVAL, mount("c", "a/x", NULL, MS_MOVE, NULL),
		  "does not move there");
	take("c");
	take("b");
	take("a");
}

static void bound(void)
{
	two_peers();
	check(!tmpfs("c") && !mkdir("c/m", 0755) && !tmpfs("c/m"), "a tree");
	check(!bind("c", "a/x") && mounted("b/x") && !mounted("b/x/m"),
	      "MS_BIND spreads one");
	check(!fields("c")[0] && field("a/x", "shared:") > 0,
	      "which alone is shared");
	check_ok(umount2("a/x", 0), "umount");
	check(!mount("c", "a/x", NULL, MS_BIND | MS_REC, NULL) &&
	      mounted("b/x/m"), "MS_REC all");
	check(!umount2("a/x", MNT_DETACH) && !mounted("b/x"), "as they go");
	take("c");
	check(!mkdir("a/x/z", 0755) && !bind("a/x", "c"), "of a directory");
	check(!tmpfs("a/x/z") && mounted("c/z"), "it gets what lies below");
	check(!tmpfs("a/y") && fields("c") && !mounted("c"), "and that alone");
	take("c");
	take("b");
	take("a");
}

static void recursive(void)
{
	two_peers();
	check(!spreads("a", MS_REC | MS_PRIVATE) && !tmpfs("a/x"), "a tree");
	check(!spreads("a", MS_REC | MS_SHARED) && field("a/x", "shared:") > 0,
	      "MS_REC: all of it");
	check(!spreads("a", MS_PRIVATE) && field("a/x", "shared:") > 0,
	      "else one");
	take("b");
	take("a");
}

/* What hung there before stays on top, and what is in use below stays. */
static void covered(void)
{
	two_peers();
	check(!spreads("b", MS_SLAVE) && !tmpfs("b/x") && !touch("b/x/own"),
	      "a slave's own mount");
	check(!tmpfs("a/x") && exists("b/x/own"), "covers what comes");
	check_ok(umount2("a/x", 0), "when that goes");
	check(exists("b/x/own"), "it stays");
	check(!umount2("b/x", 0) && exists("b/x") && !mounted("b/x"),
	      "with nothing below");
	check(!tmpfs("a/x") && !mkdir("a/x/m", 0755) && !tmpfs("b/x/m"),
	      "one with another below");
	check_ok(umount2("a/x", 0), "is not in the way");
	check(mounted("b/x/m"), "and stays");
	take("b");
	take("a");
}

/* ---- two spaces ---------------------------------------------------------- */

static void between(void)
{
	two_peers();
	check_eq(IN_CHILD(
		NEED(!syscall(SYS_unshare, CLONE_NEWNS));
		NEED(field("a", "shared:") > 0);
		NEED(!tmpfs("a/x") && mounted("b/x"))),
		0, "a new space has peers of what is shared");
	check(mounted("a/x") && mounted("b/x"), "and so they see it here");
	check_eq(IN_CHILD(
		NEED(!syscall(SYS_unshare, CLONE_NEWNS));
		NEED(!spreads("a", MS_SLAVE) && !spreads("b", MS_PRIVATE));
		NEED(!umount2("a/x", 0) && mounted("b/x"));
		NEED(!tmpfs("a/y"))), 0, "a slave there");
	check(mounted("a/x") && !mounted("a/y"), "is not seen here");
	check_eq(IN_CHILD(
		int go[2];
		int pid = -1;
		char c;
		NEED(!pipe(go));
		pid = fork();
		if (!pid) {
			NEED(!syscall(SYS_unshare, CLONE_NEWNS));
			NEED(!spreads("a", MS_SLAVE));
			close(go[1]);
			NEED(read(go[0], &c, 1) == 1);
			NEED(mounted("a/y") && !mounted("a/x"));
			NEED(!umount2("a/y", 0));
			_exit(0);
		}
		NEED(eventually(tap_state(pid, pid) == 'S'));
		NEED(!tmpfs("a/y") && !umount2("a/x", 0));
		NEED(write(go[1], "x", 1) == 1 && !ended(pid));
		NEED(mounted("a/y"))), 0, "but sees what is done here");
	take("b");
	take("a");
}

/* A reader that does not see the master is told of the group above it. */
static void from_afar(void)
{
	check(!tmpfs("c") && !mkdir("c/m", 0755) && !mkdir("c/t", 0755) &&
	      !mkdir("c/proc", 0755), "a root to be");
	check(!tmpfs("c/m") && !spreads("c/m", MS_SHARED), "a group in it");
	check(!bind("c/m", "d") && !spreads("d", MS_SLAVE) &&
	      !spreads("d", MS_SHARED), "a slave outside");
	check(!bind("d", "c/t") && !spreads("c/t", MS_SLAVE), "its, inside");
	check(field("c/t", "master:") == field("d", "shared:") &&
	      !field("c/t", "propagate_from:"), "master: from outside");
	check(!mount("proc", "c/proc", "proc", 0, NULL), "procfs");
	check_eq(IN_CHILD(
		int top = field("c/m", "shared:");
		NEED(!chroot("c") && !chdir("/"));
		tap_dir[0] = 0;
		NEED(field("m", "shared:") == top);
		NEED(field("t", "propagate_from:") == top)),
		0, "propagate_from: from inside");
	take("c");
	take("d");
}

static void pivoted(void)
{
	check_eq(IN_CHILD(
		NEED(!syscall(SYS_unshare, CLONE_NEWNS));
		NEED(!tmpfs("c") && !spreads("c", MS_SHARED));
		NEED(!chroot("c") && !chdir("/") && !mkdir("/n", 0755));
		NEED(!mount("none", "/n", "tmpfs", 0, NULL));
		NEED(!mkdir("/n/old", 0755));
		NEED(syscall(SYS_pivot_root, "/n", "/n/old") == -1);
		NEED(errno == EINVAL);
		NEED(!spreads("/", MS_PRIVATE));
		NEED(!spreads("/n", MS_SHARED));
		NEED(syscall(SYS_pivot_root, "/n", "/n/old") == -1);
		NEED(errno == EINVAL);
		NEED(!spreads("/n", MS_PRIVATE) && !spreads("/", MS_SHARED));
		NEED(syscall(SYS_pivot_root, "/n", "/n/old") == -1);
		NEED(errno == EINVAL && !spreads("/", MS_PRIVATE));
		NEED(!syscall(SYS_pivot_root, "/n", "/n/old"))),
		0, "pivot_root wants private ones");
}

int main(void)
{
	static const char *const dirs[] = { "a", "b", "c", "d" };

	if (getuid() || syscall(SYS_unshare, CLONE_NEWNS))
		return tap_skip_all("no name spaces of mounts");
	tap_scratch("mount_sharing");
	for (int i = 0; i < 4; i++)
		mkdir(dirs[i], 0755);
	spreads("/", MS_REC | MS_PRIVATE);
	peers();
	slaves();
	alone();
	unbindable();
	refused();
	moved();
	bound();
	recursive();
	covered();
	between();
	from_afar();
	pivoted();
	for (int i = 0; i < 4; i++)
		rmdir(dirs[i]);
	tap_scratch_end();
	return tap_done();
}
