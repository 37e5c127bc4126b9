/* SPDX-License-Identifier: MIT */
/*
 * A program's first stack (lecture rows A8 and D19 of docs/coverage.md).
 *
 *   stack_top  +------------------------------+  high
 *              | a zero word                  |
 *              | file name                    |<-- AT_EXECFN
 *              | strings of the environment   |<-+
 *              | strings of the arguments     |<-|-+
 *              | platform's name, if any      |  | |   AT_PLATFORM
 *              | 16 random bytes              |  | |   AT_RANDOM
 *              |------------------------------|  | |
 *              | AT_NULL, 0                   |  | |
 *              | auxiliary vector, in pairs   |  | |
 *              | NULL                         |  | |
 *              | envp[0] ...                 -|--+ |
 *              | NULL                         |    |
 *              | argv[0] ...                 -|----+
 *   sp ------->| argc                         |
 *              +------------------------------+  low, 16-byte aligned
 *
 * The last string is copied first, so that the addresses of the strings ascend.
 * Nothing remembers where each string begins: the vectors are written last, by
 * walking over the strings, each of which begins behind the NUL of the one
 * before.
 * The kernel writes pages of the new space through the direct map, because the
 * caller still runs in its old space.
 */
#include <arch/elf.h>
#include <kernel/cred/cred.h>
#include <kernel/exec/internal.h>
#include <kernel/futex/ops.h>
#include <kernel/random.h>
#include <kernel/task/task.h>
#include <lib/mem.h>
#include <mm/frames/slab.h>
#include <mm/uaccess.h>
#include <mm/vm.h>
#include <uapi/rseq.h>

/*
 * Linux's values (execve(2)).  The stack begins with 128 KiB and a page.  The
 * limit of the strings is a quarter of the stack's limit, but at most 6 MiB and
 * at least the 128 KiB that ARG_MAX promises.
 */
#define STACK_INITIAL	(132ul << 10)	/* size of the first mapping */
#define ARG_BYTES_MAX	(6ul << 20)
#define ARG_BYTES_MIN	(128ul << 10)
#define ARG_COUNT_MAX	(ARG_BYTES_MAX / sizeof(long)) /* of one vector */
#define STACK_RANDOM	11		/* bits of pages */

enum {
	AT_NULL = 0, AT_EXECFD = 2, AT_PHDR, AT_PHENT, AT_PHNUM, AT_PAGESZ,
	AT_BASE, AT_FLAGS, AT_ENTRY, AT_UID = 11, AT_EUID, AT_GID, AT_EGID,
	AT_PLATFORM, AT_HWCAP, AT_CLKTCK, AT_SECURE = 23, AT_RANDOM = 25,
	AT_HWCAP2, AT_RSEQ_FEATURE_SIZE, AT_RSEQ_ALIGN, AT_EXECFN = 31,
	AT_SYSINFO, AT_SYSINFO_EHDR, AT_L1I_CACHESIZE = 40,
	AT_MINSIGSTKSZ = 51,
};

/* ---- writing to the new space -------------------------------------------- */

/*
 * Return: the kernel address of the stack's byte at user address `at`, valid up
 * to the end of the page; or NULL with *err set.
 */
static char *stack_window(struct exec *e, uaddr_t at, int *err)
{
	uaddr_t page = at & PAGE_MASK;

	if (!e->window || e->window_at != page) {
		struct page *p;

		*err = vm_get_page(e->space, page, true, &p);
		if (*err) {
			if (*err == -EFAULT)	/* past the stack's limit */
				*err = -E2BIG;
			return NULL;
		}
		if (e->window)
			page_put(e->window);
		e->window = p;
		e->window_at = page;
	}
	return (char *)page_virt(e->window) + (at - page);
}

/* Return: 0; -E2BIG: beyond the stack's limit; -ENOMEM. */
int stack_write(struct exec *e, uaddr_t at, const void *from, unsigned long n)
{
	/* lab stack: begin */
	while (n) {
		unsigned long part = min(n, PAGE_SIZE - (at & ~PAGE_MASK));
		int err;
		char *to = stack_window(e, at, &err);

		if (!to)
			return err;
		memcpy(to, from, part);
		at += part;
		from = (const char *)from + part;
		n -= part;
	}
	return 0;
	/* lab stack: end, else return -ENOMEM; */
}

int stack_next_string(struct exec *e, uaddr_t at, uaddr_t *next)
{
	/* lab stack: begin */
	for (;;) {
		unsigned long room = PAGE_SIZE - (at & ~PAGE_MASK), n;
		int err;
		const char *from = stack_window(e, at, &err);

		if (!from)
			return err;
		n = strnlen(from, room);
		at += n;
		if (n < room)
			break;
	}
	*next = at + 1;
	return 0;
	/* lab stack: end, else return -ENOMEM; */
}

/* Reserve n bytes of the string area.  Return: 0 or -errno. */
static int take_bytes(struct exec *e, unsigned long n)
{
	/* lab stack: begin */
	if (n > ARG_STRING_MAX || n > e->sp - e->sp_min)
		return -E2BIG;
	e->sp -= n;
	return 0;
	/* lab stack: end, else return -E2BIG; */
}

static int push_string(struct exec *e, const char *s)
{
	/* lab stack: begin */
	unsigned long n = strlen(s) + 1;
	int err = take_bytes(e, n);

	return err ? err : stack_write(e, e->sp, s, n);
	/* lab stack: end, else return -ENOMEM; */
}

/*
 * Push a string longer than the scratch buffer: measure it, then copy it in
 * pieces.  The caller's other threads may change the string in between, so the
 * kernel writes the NUL itself.
 */
static int push_long_string(struct exec *e, uaddr_t from)
{
	/* lab stack: begin */
	unsigned long done, n = 0;
	int err;

	for (;;) {
		long part = string_from_user(e->text, from + n, EXEC_TEXT);

		if (part == -EFAULT)
			return -EFAULT;
		n += part < 0 ? EXEC_TEXT : part;
		if (part >= 0)
			break;
		if (n >= ARG_STRING_MAX)
			return -E2BIG;
	}
	err = take_bytes(e, n + 1);
	for (done = 0; !err && done < n;) {
		unsigned long part = min(n - done, (unsigned long)EXEC_TEXT);

		err = copy_from_user(e->text, from + done, part);
		if (!err)
			err = stack_write(e, e->sp + done, e->text, part);
		done += part;
	}
	return err ? err : stack_write(e, e->sp + n, "", 1);
	/* lab stack: end, else return -ENOMEM; */
}

/*
 * Push a string of the caller's memory.  In the common case one copy into the
 * scratch buffer also finds the length.
 */
static int push_user_string(struct exec *e, uaddr_t from)
{
	/* lab stack: begin */
	long n = string_from_user(e->text, from, EXEC_TEXT);
	int err;

	if (n == -EFAULT)
		return -EFAULT;
	if (n < 0)
		return push_long_string(e, from);
	err = take_bytes(e, n + 1);
	return err ? err : stack_write(e, e->sp, e->text, n + 1);
	/* lab stack: end, else return -ENOMEM; */
}

/* ---- the caller's arguments ---------------------------------------------- */

#define POINTERS 32

static unsigned long word_size(const struct arg_source *s)
{
	return s->narrow ? sizeof(u32) : sizeof(long);
}

/* Return: the number of entries before the NULL, or -errno. */
static long exec_count(const struct arg_source *s)
{
	/* lab stack: begin */
	union { unsigned long wide[POINTERS]; u32 narrow[POINTERS]; } some;
	unsigned long size = word_size(s);
	long n = 0;

	if (s->kernel) {
		while (s->kernel[n])
			n++;
		return n;
	}
	for (uaddr_t at = s->user; at;) {
		/*
		 * never read past the end of a page: the next page may be
		 * unmapped
		 */
		unsigned long room = (PAGE_SIZE - (at & ~PAGE_MASK)) / size;
		unsigned long k = min(max(room, 1ul), (unsigned long)POINTERS);

		if (copy_from_user(&some, at, k * size))
			return -EFAULT;
		for (unsigned long i = 0; i < k; i++, n++)
			if (!(s->narrow ? some.narrow[i] : some.wide[i]))
				return n;
		if ((unsigned long)n > ARG_COUNT_MAX)
			return -E2BIG;
		at += k * size;
	}
	return n;
	/* lab stack: end, else return -EFAULT; */
}

/* Push the n strings of s, the last one first. */
static int stack_push_strings(struct exec *e, const struct arg_source *s,
			      unsigned long n)
{
	/* lab stack: begin */
	unsigned long size = word_size(s);
	int err = 0;

	while (n-- && !err) {
		if (s->kernel) {
			err = push_string(e, s->kernel[n]);
		} else {
			uaddr_t from = 0;	/* zero, as the copy may fill
						   only the low half */

			err = copy_from_user(&from, s->user + n * size, size);
			if (!err)
				err = push_user_string(e, from);
		}
	}
	return err;
	/* lab stack: end, else return -ENOMEM; */
}

/*
 * Compute the limit of the strings by Linux's rule: a quarter of the stack's
 * limit, within bounds.
 */
static int set_string_limit(struct exec *e, unsigned long pointers)
{
	/* lab stack: begin */
	unsigned long bytes = e->space->limit_stack / 4;

	bytes = min(bytes, ARG_BYTES_MAX);
	bytes = max(bytes, ARG_BYTES_MIN);
	if (bytes <= pointers * sizeof(long))
		return -E2BIG;
	e->sp_min = e->sp - (bytes - pointers * sizeof(long));
	return 0;
	/* lab stack: end, else return -E2BIG; */
}

/*
 * Copy the strings once, before a format is chosen: every interpreter gets the
 * same strings.
 */
int stack_copy_args(struct exec *e, const struct arg_source *argv,
		    const struct arg_source *envp)
{
	/* lab stack: begin */
	long argc = exec_count(argv), envc = exec_count(envp);
	int err;

	if (argc < 0 || envc < 0)
		return argc < 0 ? argc : envc;
	err = set_string_limit(e, max(argc, 1l) + envc);
	if (err)
		return err;
	e->argc = argc;
	e->envc = envc;

	err = push_string(e, e->filename);
	e->filename_at = e->env_end = e->sp;
	if (!err)
		err = stack_push_strings(e, envp, envc);
	e->env_start = e->sp;
	if (!err)
		err = stack_push_strings(e, argv, argc);
	/* programs expect an argv[0]: give "" if there is none, as on Linux */
	if (!err && !argc)
		err = stack_prepend(e, "");
	return err;
	/* lab stack: end, else return -ENOMEM; */
}

/* argv[0] is the lowest string. */
int stack_drop_first(struct exec *e)
{
	/* lab stack: begin */
	uaddr_t next = e->sp;
	int err = stack_next_string(e, e->sp, &next);

	if (err)
		return err;
	e->sp = next;
	e->argc--;
	return 0;
	/* lab stack: end, else return -ENOMEM; */
}

int stack_prepend(struct exec *e, const char *s)
{
	/* lab stack: begin */
	int err = push_string(e, s);

	if (!err)
		e->argc++;
	return err;
	/* lab stack: end, else return -ENOMEM; */
}

/* ---- the stack's pages --------------------------------------------------- */

/* Map the stack and the vDSO above it.  Context: e->space is empty. */
int stack_create(struct exec *e)
{
	struct process *p = current->process;
	unsigned long vdso = ALIGN_UP(arch_vdso.size, PAGE_SIZE);
	int err;

	spin_lock(&tree_lock);
	limits_to_space(p, e->space);
	spin_unlock(&tree_lock);
	e->stack_top = STACK_TOP - vdso - exec_random(e, STACK_RANDOM);
	e->space->stack_top = e->stack_top;
	err = vm_map_stack(e->space, e->stack_top, STACK_INITIAL, false);
	if (!err && vdso) {
		/*
		 * map the vDSO just above the stack, so that one page table
		 * serves both
		 */
		err = vm_map_special(e->space, e->stack_top, arch_vdso.image,
				     arch_vdso.size);
		e->space->vdso = e->stack_top;
	}
	/* leave a zero word at the top: the page is zero already */
	e->sp = e->stack_top - sizeof(long);
	return err;
}

void stack_destroy(struct exec *e)
{
	if (e->window)
		page_put(e->window);
	e->window = NULL;
}

/* ---- vectors ------------------------------------------------------------- */

/* Append one pair to the auxiliary vector (getauxval(3)). */
static unsigned long *aux(unsigned long *v, unsigned long type,
			  unsigned long value)
{
	v[0] = type;
	v[1] = value;
	return v + 2;
}

/* Write the auxiliary vector to v.  Return: one past its last word. */
static unsigned long *fill_auxv(struct exec *e, unsigned long *v,
				uaddr_t random, uaddr_t platform)
{
	const struct cred *c = e->cred ? e->cred : current->cred;

	if (e->binary)		/* first: see stack_set_execfd() */
		v = aux(v, AT_EXECFD, 0);
	/* the vDSO's functions have the kernel's own width */
	if (arch_vdso.elf && !vm_is_narrow(e->space)) {
		if (arch_vdso.sysinfo)
			v = aux(v, AT_SYSINFO,
				e->space->vdso + arch_vdso.sysinfo);
		v = aux(v, AT_SYSINFO_EHDR, e->space->vdso);
	}
	for (int i = 0; i < ARCH_AUX_CACHES; i++)	/* 0: unknown */
		v = aux(v, AT_L1I_CACHESIZE + i, 0);
	v = aux(v, AT_MINSIGSTKSZ, ARCH_MINSIGSTKSZ);
	v = aux(v, AT_HWCAP, ARCH_HWCAP);
	/* lab stack: begin */
	v = aux(v, AT_PAGESZ, PAGE_SIZE);
	v = aux(v, AT_CLKTCK, 100);
	v = aux(v, AT_PHDR, e->phdr);
	v = aux(v, AT_PHENT, e->phentsize);
	v = aux(v, AT_PHNUM, e->phnum);
	v = aux(v, AT_BASE, e->interp_base);
	v = aux(v, AT_FLAGS, e->at_flags);
	v = aux(v, AT_ENTRY, e->program_entry);
	v = aux(v, AT_UID, uid_in(c->uid, c->space));
	v = aux(v, AT_EUID, uid_in(c->euid, c->space));
	v = aux(v, AT_GID, gid_in(c->gid, c->space));
	v = aux(v, AT_EGID, gid_in(c->egid, c->space));
	v = aux(v, AT_SECURE, e->secure);
	v = aux(v, AT_RANDOM, random);
	/* lab stack: end */
	if (ARCH_HWCAP2 >= 0)
		v = aux(v, AT_HWCAP2, ARCH_HWCAP2);
	v = aux(v, AT_EXECFN, e->filename_at);
	if (platform)
		v = aux(v, AT_PLATFORM, platform);
	if (futex_ops) {
		v = aux(v, AT_RSEQ_FEATURE_SIZE, RSEQ_FEATURE_SIZE);
		v = aux(v, AT_RSEQ_ALIGN, RSEQ_ALIGN);
	}
	return aux(v, AT_NULL, 0);
}

/* Push the 16 random bytes and the platform's name below the strings. */
static int stack_push_random(struct exec *e, uaddr_t *random, uaddr_t *platform)
{
	/* lab stack: begin */
	const char *name = ARCH_PLATFORM;
	u8 bytes[16];
	int err = 0;

	e->sp_min = 0;		/* these bytes count against no limit, as on
				   Linux */
	*platform = 0;
	if (name) {
		err = push_string(e, name);
		*platform = e->sp;
	}
	random_bytes(bytes, sizeof(bytes));
	e->sp = ALIGN_DOWN(e->sp - sizeof(bytes), 16);
	*random = e->sp;
	return err ? err : stack_write(e, e->sp, bytes, sizeof(bytes));
	/* lab stack: end, else return -ENOMEM; */
}

/*
 * Words of the new program's width that are being written to the stack, at
 * ascending addresses; gathered in e->text, so that each page is looked up
 * once.
 */
struct stack_words {
	struct exec *e;
	uaddr_t at;			/* where the gathered words belong */
	unsigned long bytes;		/* gathered so far */
	int err;			/* the first error of stack_write() */
};

static unsigned stack_word_size(const struct exec *e)
{
	return vm_is_narrow(e->space) ? sizeof(u32) : sizeof(long);
}

static void words_flush(struct stack_words *w)
{
	if (!w->err)
		w->err = stack_write(w->e, w->at, w->e->text, w->bytes);
	w->at += w->bytes;
	w->bytes = 0;
}

/* Append a word; all machines store its low half first. */
static void words_put(struct stack_words *w, unsigned long word)
{
	unsigned size = stack_word_size(w->e);

	memcpy(w->e->text + w->bytes, &word, size);
	w->bytes += size;
	if (w->bytes == EXEC_TEXT)
		words_flush(w);
}

/* Append the addresses of the n strings from `at` up. */
static void words_put_strings(struct stack_words *w, uaddr_t at, unsigned n)
{
	/* lab stack: begin */
	while (n-- && !w->err) {
		words_put(w, at);
		if (!w->err)
			w->err = stack_next_string(w->e, at, &at);
	}
	/* lab stack: end */
}

/* Convert the space's copy of the auxiliary vector to the program's width. */
static void auxv_narrow(struct vm_space *s)
{
	u32 *to = (u32 *)s->auxv;

	for (unsigned i = 0; i < s->auxv_words; i++) {
		u32 word = (u32)s->auxv[i];

		to[i] = word;
	}
	s->auxv_words /= sizeof(long) / sizeof(u32);
}

/*
 * Write the vectors.  The stack pointer is 16-byte aligned at _start, as the
 * ABIs of all machines require (their ELF psABI).
 */
int stack_finish(struct exec *e)
{
	/* lab stack: begin */
	struct vm_space *s = e->space;
	struct stack_words w = { .e = e };
	uaddr_t random, platform;
	unsigned long words, auxv_bytes;
	int err;

	s->arg_start = e->sp;
	s->arg_end = s->env_start = e->env_start;
	s->env_end = e->env_end;
	err = stack_push_random(e, &random, &platform);
	if (err)
		return err;
	s->auxv_words = fill_auxv(e, s->auxv, random, platform) - s->auxv;
	auxv_bytes = s->auxv_words * stack_word_size(e);
	words = 1 + e->argc + 1 + e->envc + 1 + s->auxv_words;
	e->sp = ALIGN_DOWN(e->sp - words * stack_word_size(e), 16);
	w.at = e->sp;
	words_put(&w, e->argc);
	words_put_strings(&w, s->arg_start, e->argc);
	words_put(&w, 0);
	words_put_strings(&w, s->env_start, e->envc);
	words_put(&w, 0);
	words_flush(&w);
	if (vm_is_narrow(s))
		auxv_narrow(s);
	return w.err ? w.err : stack_write(e, w.at, s->auxv, auxv_bytes);
	/* lab stack: end, else return -ENOMEM; */
}

/*
 * AT_EXECFD is the first pair of the auxiliary vector, which follows argc and
 * the NULL-terminated argument and environment vectors.
 */
int stack_set_execfd(struct exec *e, unsigned fd)
{
	unsigned long before = 1 + e->argc + 1 + e->envc + 1, value = fd;
	unsigned size = stack_word_size(e);

	memcpy((char *)e->space->auxv + size, &value, size);
	return stack_write(e, e->sp + (before + 1) * size, &value, size);
}
