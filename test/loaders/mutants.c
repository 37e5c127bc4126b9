/* SPDX-License-Identifier: MIT */
/*
 * Programs and libraries of which something is wrong, each started once:
 * what the kernel and the runtime linker read of them is changed by chance, in
 * a few places of one table.  The started program may end in any way; nobody
 * else may notice.  testrun looks that nothing is left behind.
 *
 *	MUTANTS_COUNT=5000 MUTANTS_SEED=1 testrun /mutants
 */
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#define FROM		"/usr/lectern/test/"
#define TO		"/tmp/mutants/"
#define MAX_AREAS	16
#define LONGEST		300000		/* microseconds that a mutant may run */

/* A program, and which of its files is changed. */
static const struct {
	const char *program, *changed;
} cases[] = {
	{ "rtld_order", "rtld_order" },
	{ "rtld_order", "librtld_order_a.so" },
	{ "rtld_order", "librtld_order_c.so" },
	{ "rtld_versions", "librtld_versions.so" },
	{ "rtld_versions", "librtld_versions_was_old.so" },
	{ "rtld_copy", "rtld_copy" },
	{ "rtld_copy", "librtld_copy.so" },
	{ "rtld_misc", "librtld_misc.so" },
	{ "rtld_tls", "rtld_tls" },
	{ "rtld_tls", "librtld_tls.so" },
	{ "rtld_tls", "librtld_tls_desc.so" },
	{ "rtld_tls", "librtld_tls_desc_late.so" },
	{ "rtld_dlopen", "librtld_dl_p.so" },
	{ "rtld_dlopen", "librtld_dl_q.so" },
	{ "rtld_dlopen", "librtld_tls_late.so" },
	{ "rtld_dlopen", "librtld_aligned_64k.so" },
};

static const char *const files[] = {
	"rtld_order", "librtld_order_a.so", "librtld_order_b.so",
	"librtld_order_c.so", "rtld_versions", "librtld_versions.so",
	"librtld_versions_was_old.so", "librtld_versions_was_ancient.so",
	"rtld_copy", "librtld_copy.so", "rtld_misc", "librtld_misc.so",
	"librtld_textrel.so", "rtld_tls", "librtld_tls.so",
	"librtld_tls_desc.so", "librtld_tls_desc_late.so", "rtld_dlopen",
	"librtld_aligned_64k.so", "librtld_aligned_2m.so",
	"librtld_dl_p.so", "librtld_dl_q.so", "librtld_dl_r.so",
	"librtld_tls_late.so", "librtld_tls_owner.so", "librtld_tls_user.so",
	"librtld_init_log.so",
};

static struct image {
	unsigned char *bytes;
	size_t size;
} originals[sizeof(files) / sizeof(*files)];

struct area {
	size_t offset, size;
};

static unsigned int state;

/* The same everywhere, unlike rand(). */
static unsigned int chance(unsigned int below)
{
	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return below ? state % below : 0;
}

static void give_up(const char *what)
{
	printf("Bail out! %s: %s\n", what, strerror(errno));
	exit(1);
}

static void write_file(const char *name, const unsigned char *bytes,
		       size_t size)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), TO "%s", name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0755);
	if (fd < 0 || write(fd, bytes, size) != (ssize_t)size || close(fd))
		give_up(path);
}

static void read_original(const char *name, struct image *to)
{
	char path[128];
	struct stat st;
	int fd;

	snprintf(path, sizeof(path), FROM "%s", name);
	fd = open(path, O_RDONLY);
	if (fd < 0 || fstat(fd, &st))
		give_up(path);
	to->size = (size_t)st.st_size;
	to->bytes = malloc(to->size);
	if (read(fd, to->bytes, to->size) != (ssize_t)to->size || close(fd))
		give_up(path);
}

static const struct image *original(const char *name)
{
	for (size_t i = 0; ; i++)
		if (!strcmp(files[i], name))
			return &originals[i];
}

/* => where an address of the object lies in its file */
static size_t in_file(const struct image *f, ElfW(Addr) address)
{
	const ElfW(Ehdr) *e = (const void *)f->bytes;
	const ElfW(Phdr) *ph = (const void *)(f->bytes + e->e_phoff);

	for (int i = 0; i < e->e_phnum; i++)
		if (ph[i].p_type == PT_LOAD && address >= ph[i].p_vaddr &&
		    address < ph[i].p_vaddr + ph[i].p_filesz)
			return address - ph[i].p_vaddr + ph[i].p_offset;
	return 0;
}

/* What one entry of the dynamic section leads to. */
static size_t size_of(const ElfW(Dyn) *all, ElfW(Sxword) tag)
{
	ElfW(Sxword) with = 0;

	switch (tag) {
	case DT_RELA: with = DT_RELASZ; break;
	case DT_REL: with = DT_RELSZ; break;
	case DT_JMPREL: with = DT_PLTRELSZ; break;
	case DT_STRTAB: with = DT_STRSZ; break;
	case DT_INIT_ARRAY: with = DT_INIT_ARRAYSZ; break;
	case DT_SYMTAB: case DT_HASH: case DT_GNU_HASH: case DT_VERSYM:
	case DT_VERNEED: case DT_VERDEF: case DT_RELR: case DT_PLTGOT:
		return 160;
	default:
		return 0;
	}
	for (; all->d_tag != DT_NULL; all++)
		if (all->d_tag == with)
			return all->d_un.d_val;
	return 0;
}

/* The tables that somebody reads. => how many */
static int areas_of(const struct image *f, struct area *a)
{
	const ElfW(Ehdr) *e = (const void *)f->bytes;
	const ElfW(Phdr) *ph = (const void *)(f->bytes + e->e_phoff);
	int n = 0;

	a[n++] = (struct area){ 0, sizeof(*e) };
	a[n++] = (struct area){ e->e_phoff, e->e_phnum * sizeof(*ph) };
	for (int i = 0; i < e->e_phnum; i++) {
		const ElfW(Dyn) *d = (const void *)(f->bytes + ph[i].p_offset);

		if (ph[i].p_type != PT_DYNAMIC)
			continue;
		a[n++] = (struct area){ ph[i].p_offset, ph[i].p_filesz };
		for (const ElfW(Dyn) *one = d; one->d_tag != DT_NULL &&
		     n < MAX_AREAS; one++) {
			size_t size = size_of(d, one->d_tag);
			size_t at = in_file(f, one->d_un.d_ptr);

			if (size && at && at + size <= f->size)
				a[n++] = (struct area){ at, size };
		}
	}
	return n;
}

/* A byte, or a word that programs are likely to trip over. */
static void change(unsigned char *at, size_t left)
{
	static const unsigned int words[] = {
		0, 1, 2, 0xffffffff, 0x7fffffff, 0x80000000, 0xfffff000,
		0x1000, 0xfff, 0x10000,
	};
	unsigned int w = words[chance(sizeof(words) / sizeof(*words))];

	switch (chance(4)) {
	case 0:
		*at ^= (unsigned char)(1u << chance(8));
		break;
	case 1:
		*at = (unsigned char)chance(256);
		break;
	case 2:
		w = chance(0) + chance(1u << 31);
		/* fall through */
	default:
		memcpy(at, &w, left < sizeof(w) ? left : sizeof(w));
	}
}

static void make_mutant(const char *name)
{
	const struct image *f = original(name);
	struct area areas[MAX_AREAS], a;
	unsigned char *copy = malloc(f->size);
	size_t size = f->size;
	int n = areas_of(f, areas);

	memcpy(copy, f->bytes, size);
	a = areas[chance((unsigned int)n)];
	for (unsigned int i = 1 + chance(4); i; i--) {
		size_t at = chance((unsigned int)a.size);

		if (chance(2))
			at &= ~(size_t)3;
		change(copy + a.offset + at, a.size - at);
	}
	if (!chance(20))
		size = chance((unsigned int)size);
	write_file(name, copy, size);
	free(copy);
}

/* As nobody, silent, and not for ever. => its status */
static int start(const char *program, long most)
{
	struct itimerval limit = { .it_value.tv_usec = most };
	char *argv[] = { (char *)program, NULL }, *envp[] = { NULL };
	char path[128];
	int status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		int fd = open("/dev/null", O_RDWR);

		dup2(fd, 1);
		dup2(fd, 2);
		close(fd);
		snprintf(path, sizeof(path), TO "%s", program);
		setrlimit(RLIMIT_AS, &(struct rlimit){ 64 << 20, 64 << 20 });
		setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 });
		setrlimit(RLIMIT_FSIZE, &(struct rlimit){ 0, 0 });
		if (setgid(65534) || setuid(65534))
			_exit(99);
		setitimer(ITIMER_REAL, &limit, NULL);
		execve(path, argv, envp);
		_exit(126);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		give_up("fork, wait");
	return status;
}

static int open_files(void)
{
	int n = 0;

	for (int fd = 0; fd < 256; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

/* All programs as they should be. => how many of them are not well */
static int all_well(void)
{
	int bad = 0;

	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++)
		if (strncmp(files[i], "lib", 3))
			bad += start(files[i], 0) != 0;
	return bad;
}

static unsigned long number_of(const char *variable, unsigned long otherwise)
{
	const char *text = getenv(variable);

	return text ? strtoul(text, NULL, 0) : otherwise;
}

/* How the starts ended. */
struct ends {
	unsigned int well, refused, not_run, other, killed, late;
};

static void count_end(struct ends *e, int status)
{
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
		e->late++;
	else if (WIFSIGNALED(status))
		e->killed++;
	else if (WEXITSTATUS(status) == 0)
		e->well++;
	else if (WEXITSTATUS(status) == 127)
		e->refused++;
	else if (WEXITSTATUS(status) == 126)
		e->not_run++;
	else
		e->other++;
}

/* Start a program of which one file is changed, and mend the file. */
static void start_mutant(struct ends *e)
{
	unsigned int c = chance(sizeof(cases) / sizeof(*cases));
	const struct image *f = original(cases[c].changed);

	make_mutant(cases[c].changed);
	count_end(e, start(cases[c].program, LONGEST));
	write_file(cases[c].changed, f->bytes, f->size);
}

static void copy_originals(void)
{
	mkdir(TO, 0755);
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		read_original(files[i], &originals[i]);
		write_file(files[i], originals[i].bytes, originals[i].size);
	}
}

static void remove_copies(void)
{
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		char path[128];

		snprintf(path, sizeof(path), TO "%s", files[i]);
		unlink(path);
	}
	rmdir(TO);
}

int main(void)
{
	unsigned long count = number_of("MUTANTS_COUNT", 300);
	struct ends e = { 0 };
	int before, bad, fds;

	copy_originals();
	state = (unsigned int)number_of("MUTANTS_SEED", 1) * 2654435761u | 1;
	before = open_files();
	bad = all_well();
	for (unsigned long i = 0; i < count; i++)
		start_mutant(&e);
	bad += all_well();
	fds = open_files();
	remove_copies();
	printf("# %lu mutants: %u ran well, %u the linker refused, %u the "
	       "kernel, %u ended otherwise, %u by a signal, %u by the clock\n",
	       count, e.well, e.refused, e.not_run, e.other, e.killed, e.late);
	printf("%sok 1 - all that is well runs, before and after\n",
	       bad ? "not " : "");
	printf("%sok 2 - no file is left open\n", fds == before ? "" : "not ");
	printf("%sok 3 - no child is left\n1..3\n",
	       waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD ? "" :
	       "not ");
	return bad != 0;
}
