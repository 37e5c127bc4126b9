/* SPDX-License-Identifier: MIT */
/*
 * procstat -c|-v|-x [-ah] [PID...]: show processes in the format of FreeBSD's
 * procstat(1) (rows C2, C3): -c the arguments, -v the map of virtual memory, -x
 * the auxiliary vector.  -a: all processes; -h: no header.
 *
 * The columns of -v:
 *   PRT   the program's rights: read, write, execute
 *   RES   pages of the mapping in memory
 *   PRES  pages that no other mapping has
 *   REF   mappings of the same file; for anonymous memory, the number of
 *         processes that share its most shared page
 *   SHD   mappings of the same file that have private copies of its pages
 *   FLAG  C copy-on-write: a write may copy the page first; N needs copy: no
 *         page has been copied yet; S superpages; D grows down; W wired
 *   TP    vn a file; df anonymous memory; sw memory with pages in swap, or
 *         shared memory; ph pages of the kernel
 * REF and SHD come from /proc/PID/space.  A kernel without that file (Linux)
 * has only /proc/kpagecount, which only root may read; else they are 1 and 0.
 */
#include <ctype.h>
#include <dirent.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PG		4096ul
#define PM_PRESENT	(1ull << 63)
#define PM_FILE		(1ull << 61)
#define PM_EXCLUSIVE	(1ull << 56)
#define PM_FRAME	((1ull << 55) - 1)

/* What -v shows about a mapping. */
struct area {
	unsigned long start, end;
	char prot[5];
	const char *name;
	unsigned long res, swap, huge;	/* kB */
	unsigned long pres, own;	/* pages alone here, and anonymous */
	unsigned ref, shadow;
	int file, down, wired, shared, anonymous;
};

static int header = 1, failed;	/* option -h clears it; exit status */

/* Return: a file of a process, with a NUL added; NULL with errno. */
static char *slurp(int pid, const char *name, size_t *size)
{
	size_t have = 0, room = 4096;
	char path[64], *text = malloc(room);
	ssize_t n = -1;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	fd = open(path, O_RDONLY);
	while (fd >= 0 && text && (n = read(fd, text + have,
					    room - have - 1)) > 0) {
		have += (size_t)n;
		if (have + 1 == room)
			text = realloc(text, room *= 2);
	}
	if (fd >= 0)
		close(fd);
	if (!text || n < 0) {
		free(text);
		return NULL;
	}
	text[have] = '\0';
	if (size)
		*size = have;
	return text;
}

static void complain(int pid)
{
	failed = 1;
	dprintf(2, "procstat: %d: %s\n", pid,
		errno == ENOENT ? "No such process" : strerror(errno));
}

/* The first line of /proc/PID/comm. */
static const char *name_of(int pid)
{
	static char name[32];
	char *text = slurp(pid, "comm", NULL);

	snprintf(name, sizeof(name), "%s", text ? text : "-\n");
	name[strcspn(name, "\n")] = '\0';
	free(text);
	return name;
}

/* ---- -v ------------------------------------------------------------------ */

/* Return: the next line of a text, which is consumed; NULL: none left. */
static char *next_line(char **text)
{
	char *line = *text, *end;

	if (!line || !*line)
		return NULL;
	end = strchr(line, '\n');
	if (end)
		*end++ = '\0';
	*text = end;
	return line;
}

/* Parse START-END PERM OFFSET DEV INODE NAME.  Return: 0: no such line. */
static int parse_head(char *line, struct area *a)
{
	char *at;

	memset(a, 0, sizeof(*a));
	a->start = strtoul(line, &at, 16);
	if (at == line || *at != '-')
		return 0;
	a->end = strtoul(at + 1, &at, 16);
	if (*at != ' ' || strlen(at) < 6)
		return 0;
	memcpy(a->prot, at + 1, 4);
	a->shared = a->prot[3] == 's';
	a->prot[3] = '\0';
	at += 5;
	for (int i = 0; i < 3; i++) {		/* offset, device, inode */
		while (*at == ' ')
			at++;
		if (i == 2)
			a->file = *at != '0';
		while (*at && *at != ' ')
			at++;
	}
	while (*at == ' ')
		at++;
	a->name = at;
	a->ref = 1;
	return 1;
}

/* Parse a line of smaps that follows a head line. */
static void parse_detail(const char *line, struct area *a)
{
	static const struct {
		const char *key;
		size_t field;
	} keys[] = {
		{ "Rss:", offsetof(struct area, res) },
		{ "Swap:", offsetof(struct area, swap) },
		{ "AnonHugePages:", offsetof(struct area, huge) },
		{ "ShmemPmdMapped:", offsetof(struct area, huge) },
		{ "FilePmdMapped:", offsetof(struct area, huge) },
	};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (!strncmp(line, keys[i].key, strlen(keys[i].key)))
			*(unsigned long *)((char *)a + keys[i].field) +=
				strtoul(line + strlen(keys[i].key), NULL, 10);
	if (!strncmp(line, "VmFlags:", 8)) {
		a->down = strstr(line, " gd") != NULL;
		a->wired = strstr(line, " lo") != NULL;
	}
}

/* Return: how often a frame is mapped; 1 if the caller may not read that. */
static unsigned mappings_of(int count, uint64_t word)
{
	uint64_t n = 0;

	if (count < 0 || !(word & PM_FRAME) || pread(count, &n, 8,
			(off_t)((word & PM_FRAME) * 8)) != 8 || !n)
		return 1;
	return (unsigned)n;
}

/* Count the pages that only this process has, and find the most shared one. */
static void look_at_pages(struct area *a, int pagemap, int count)
{
	uint64_t words[128];
	unsigned long at = a->start;

	while (at < a->end) {
		size_t n = (a->end - at) / PG < 128 ? (a->end - at) / PG : 128;

		if (pread(pagemap, words, n * 8, (off_t)(at / PG) * 8) !=
		    (ssize_t)(n * 8))
			return;
		for (size_t i = 0; i < n; i++) {
			int anonymous = (words[i] & PM_PRESENT) &&
				!(words[i] & PM_FILE), sole;
			unsigned m;

			if (!(words[i] & PM_PRESENT))
				continue;
			sole = (words[i] & PM_EXCLUSIVE) != 0;
			a->pres += (unsigned)sole;
			a->own += sole && anonymous;
			m = mappings_of(count, words[i]);
			if (!a->file && m > a->ref)
				a->ref = m;
		}
		at += n * PG;
	}
}

/* Set REF and SHD from /proc/PID/space.  Return: 0: not found there. */
static int from_kernel(struct area *a, const char *space)
{
	char start[40];
	const char *at;

	if (!space)
		return 0;
	snprintf(start, sizeof(start), "\n%08lx-", a->start);
	if (!strncmp(space, start + 1, strlen(start + 1)))
		at = space;
	else if ((at = strstr(space, start)))
		at++;
	at = at ? strstr(at, "\nref ") : NULL;
	if (!at)
		return 0;
	a->ref = (unsigned)strtoul(at + 5, (char **)&at, 10);
	a->shadow = (unsigned)strtoul(at + 8, NULL, 10);
	return 1;
}

static const char *type_of(const struct area *a)
{
	if (!strcmp(a->name, "[vdso]") || !strcmp(a->name, "[vvar]"))
		return "ph";
	if (!strncmp(a->name, "/memfd:", 7) || !strncmp(a->name, "/SYSV", 5) ||
	    !strncmp(a->name, "/dev/zero", 9))
		return "sw";
	return a->file ? "vn" : a->swap ? "sw" : "df";
}

/*
 * Print one mapping.  A private mapping of a file counts as copy-on-write;
 * anonymous memory does only while some page is shared, as after a fork.
 */
static void print_area(int pid, const struct area *a)
{
	int width = 2 * (int)sizeof(long) + 2;
	unsigned long res = a->res * 1024 / PG;
	int kernels = !strcmp(type_of(a), "ph");
	int cow = !a->shared && !kernels &&
		(a->file || (res && a->own < res));
	int path = a->name[0] == '/';

	printf("%5d %#*lx %#*lx %3s %4lu %4lu %3u %3u %c%c%c%c%c %-2s%s%s\n",
	       pid, width, a->start, width, a->end, a->prot, res,
	       a->pres < res ? a->pres : res, a->ref, a->shadow,
	       cow ? 'C' : '-', cow && !a->own ? 'N' : '-',
	       a->huge ? 'S' : '-', a->down ? 'D' : '-', a->wired ? 'W' : '-',
	       type_of(a), path ? " " : "", path ? a->name : "");
}

static void finish_area(int pid, struct area *a, const char *space,
			int pagemap, int count)
{
	look_at_pages(a, pagemap, from_kernel(a, space) ? -1 : count);
	print_area(pid, a);
}

static void show_map(int pid)
{
	char path[64], *smaps = slurp(pid, "smaps", NULL), *rest = smaps, *line;
	char *space = slurp(pid, "space", NULL);
	int count = open("/proc/kpagecount", O_RDONLY), pagemap;
	struct area a = { 0 }, next;

	snprintf(path, sizeof(path), "/proc/%d/pagemap", pid);
	pagemap = open(path, O_RDONLY);
	if (!smaps || pagemap < 0)
		complain(pid);
	while (pagemap >= 0 && (line = next_line(&rest))) {
		if (!parse_head(line, &next)) {
			parse_detail(line, &a);
			continue;
		}
		if (a.end)
			finish_area(pid, &a, space, pagemap, count);
		a = next;
	}
	if (a.end)
		finish_area(pid, &a, space, pagemap, count);
	close(pagemap);
	close(count);
	free(smaps);
	free(space);
}

static void head_of_map(void)
{
	int width = 2 * (int)sizeof(long) + 2;

	printf("%5s %*s %*s %3s %4s %4s %3s %3s %-5s %-2s %s\n", "PID", width,
	       "START", width, "END", "PRT", "RES", "PRES", "REF", "SHD",
	       "FLAG", "TP", "PATH");
}

/* ---- -c ------------------------------------------------------------------ */

static void show_arguments(int pid)
{
	size_t n = 0;
	char *text = slurp(pid, "cmdline", &n);

	if (!text) {
		complain(pid);
		return;
	}
	for (size_t i = 0; i + 1 < n; i++)
		if (!text[i])
			text[i] = ' ';
	printf("%5d %-16s %s\n", pid, name_of(pid), n ? text : "-");
	free(text);
}

static void head_of_arguments(void)
{
	printf("%5s %-16s %s\n", "PID", "COMM", "ARGS");
}

/* ---- -x ------------------------------------------------------------------ */

static const struct {
	unsigned long type;
	const char *name;
	int hex;
} auxv_names[] = {
	{ 2, "AT_EXECFD", 0 },
	{ AT_PHDR, "AT_PHDR", 1 }, { AT_PHENT, "AT_PHENT", 0 },
	{ AT_PHNUM, "AT_PHNUM", 0 }, { AT_PAGESZ, "AT_PAGESZ", 0 },
	{ AT_BASE, "AT_BASE", 1 }, { AT_FLAGS, "AT_FLAGS", 1 },
	{ AT_ENTRY, "AT_ENTRY", 1 }, { AT_UID, "AT_UID", 0 },
	{ AT_EUID, "AT_EUID", 0 }, { AT_GID, "AT_GID", 0 },
	{ AT_EGID, "AT_EGID", 0 }, { AT_PLATFORM, "AT_PLATFORM", 1 },
	{ AT_HWCAP, "AT_HWCAP", 1 }, { AT_CLKTCK, "AT_CLKTCK", 0 },
	{ AT_SECURE, "AT_SECURE", 0 }, { AT_RANDOM, "AT_RANDOM", 1 },
	{ 26, "AT_HWCAP2", 1 }, { 27, "AT_RSEQ_FEATURE_SIZE", 0 },
	{ 28, "AT_RSEQ_ALIGN", 0 }, { AT_EXECFN, "AT_EXECFN", 1 },
	{ AT_SYSINFO, "AT_SYSINFO", 1 },
	{ AT_SYSINFO_EHDR, "AT_SYSINFO_EHDR", 1 },
	{ 40, "AT_L1I_CACHESIZE", 0 }, { 41, "AT_L1I_CACHEGEOMETRY", 1 },
	{ 42, "AT_L1D_CACHESIZE", 0 }, { 43, "AT_L1D_CACHEGEOMETRY", 1 },
	{ 44, "AT_L2_CACHESIZE", 0 }, { 45, "AT_L2_CACHEGEOMETRY", 1 },
	{ 46, "AT_L3_CACHESIZE", 0 }, { 47, "AT_L3_CACHEGEOMETRY", 1 },
	{ 51, "AT_MINSIGSTKSZ", 0 },
};

static void show_word(int pid, const char *comm, const unsigned long *v)
{
	char other[24];
	const char *name = other;
	int hex = 1;

	snprintf(other, sizeof(other), "AT_%lu", v[0]);
	for (size_t i = 0; i < sizeof(auxv_names) / sizeof(*auxv_names); i++)
		if (auxv_names[i].type == v[0]) {
			name = auxv_names[i].name;
			hex = auxv_names[i].hex;
		}
	printf(hex ? "%5d %-16s %-20s %#lx\n" : "%5d %-16s %-20s %lu\n", pid,
	       comm, name, v[1]);
}

static void show_auxv(int pid)
{
	const char *comm = name_of(pid);
	size_t n = 0;
	char *text = slurp(pid, "auxv", &n);

	if (!text) {
		complain(pid);
		return;
	}
	for (size_t at = 0; at + 2 * sizeof(long) <= n;
	     at += 2 * sizeof(long)) {
		unsigned long v[2];

		memcpy(v, text + at, sizeof(v));
		if (v[0] == AT_NULL)
			break;
		show_word(pid, comm, v);
	}
	free(text);
}

static void head_of_auxv(void)
{
	printf("%5s %-16s %-20s %s\n", "PID", "COMM", "AUXV", "VALUE");
}

/* ---- the command line ---------------------------------------------------- */

static int usage(void)
{
	dprintf(2, "usage: procstat -c|-v|-x [-ah] [PID...]\n");
	return 2;
}

static void show_all(void (*one)(int pid))
{
	DIR *d = opendir("/proc");
	struct dirent *e;

	while (d && (e = readdir(d)))
		if (isdigit(e->d_name[0]))
			one(atoi(e->d_name));
	if (d)
		closedir(d);
}

static int all;
static void (*show)(int pid), (*head)(void);

/* Parse the letters behind a dash.  Return: 0 if one is unknown, else 1. */
static int options(const char *letters)
{
	for (; *letters; letters++) {
		if (*letters == 'v')
			show = show_map, head = head_of_map;
		else if (*letters == 'c')
			show = show_arguments, head = head_of_arguments;
		else if (*letters == 'x')
			show = show_auxv, head = head_of_auxv;
		else if (*letters == 'h')
			header = 0;
		else if (*letters == 'a')
			all = 1;
		else
			return 0;
	}
	return 1;
}

int main(int argc, char **argv)
{
	int i = 1;

	for (; i < argc && argv[i][0] == '-'; i++)
		if (!options(argv[i] + 1))
			return usage();
	if (!show || all == (i < argc))
		return usage();
	if (header)
		head();
	if (all)
		show_all(show);
	for (; i < argc; i++) {
		char *end;
		long pid = strtol(argv[i], &end, 10);

		if (*end || pid <= 0) {
			dprintf(2, "procstat: %s: not a process id\n", argv[i]);
			return 2;
		}
		show((int)pid);
	}
	return failed;
}
