/* SPDX-License-Identifier: MIT */
/*
 * What mm needs of the rest of the kernel, on the host: locks that only check
 * how they are used, one task, a log on stderr, files that are counted.
 */
#include "stubs.h"
#include "../../arch/host/host.h"
#include <topics/mappings/advice.h>
#include <topics/superpages/hugepage.h>
#include <fs/open/fd.h>
#include <kernel/cred/cred.h>
#include <kernel/ops/hooks.h>
#include <kernel/ops/namespace_ops.h>
#include <kernel/smp/smp.h>
#include <kernel/debug/tlb_check.h>
#include <lt/boot.h>
#include <lt/ksym.h>
#include <lt/log.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uapi/fs.h>

static struct cred the_cred = { .cap_effective = CAP_ALL };
static struct task the_task;
struct cpu cpus[MAX_CPUS];
unsigned nr_cpus = 1;
unsigned long stub_files;
struct hooks hooks;
bool time_spaces;
const struct namespace_ops *namespace_ops;

/* The image of a machine without one: empty. */
char __kernel_start[1];
__asm__(".globl __kernel_end\n.set __kernel_end, __kernel_start\n");

void stubs_init(void)
{
	memset(&the_task, 0, sizeof(the_task));
	the_task.cpu = &cpus[0];
	the_task.cred = &the_cred;
	arch_set_current(&the_task);
}

/* ---- messages ------------------------------------------------------------ */

static void print_line(const char *fmt, va_list ap)
{
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
}

void panic(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	print_line(fmt, ap);
	va_end(ap);
	abort();
}

void boot_refuse(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	print_line(fmt, ap);
	va_end(ap);
	exit(121);
}

void log_print(enum log_level level, const char *prefix, const char *fmt, ...)
{
	va_list ap;

	if (level > LOG_WARNING && !getenv("VERBOSE"))
		return;
	fprintf(stderr, "%s: ", prefix);
	va_start(ap, fmt);
	print_line(fmt, ap);
	va_end(ap);
}

const char *boot_option(const char *name)
{
	return NULL;
}

u64 boot_option_number(const char *name, u64 def)
{
	const char *v = getenv(name);

	return v ? strtoull(v, NULL, 0) : def;
}

__attribute__((weak))
const char *ksym_lookup(uintptr_t addr, uintptr_t *offset)
{
	*offset = addr;
	return NULL;
}

/* ---- what programs do, with the checker of translations in between ------- */

#ifdef CHECK_TLB
u8 *__real_host_access(uaddr_t va, enum fault_access how);
u8 *__wrap_host_access(uaddr_t va, enum fault_access how);

u8 *__wrap_host_access(uaddr_t va, enum fault_access how)
{
	tlbcheck_access(va, 1, (unsigned long)__builtin_return_address(0));
	return __real_host_access(va, how);
}
#endif

/* ---- other CPUs: none ---------------------------------------------------- */

void smp_call(unsigned long mask, void (*fn)(void *), void *arg)
{
}

/* ---- locks --------------------------------------------------------------- */

static int spins_held;

enum ipl ipl_raise(enum ipl l)
{
	return IPL_NONE;
}

void ipl_restore(enum ipl old)
{
}

void ipl_serve_deferred(struct task *t)
{
	panic("an interrupt was held back, and there are none");
}

void (*stub_before_lock)(const char *name);
void (*stub_after_unlock)(const char *name);

static int others;	/* whose hooks are running */

/* What another CPU does before we have the lock, or once it is free. */
static void elsewhere(void (**hook)(const char *), const char *name)
{
	if (!*hook)
		return;
	others++;
	(*hook)(name);
	others--;
}

void spin_lock(struct spinlock *l)
{
	elsewhere(&stub_before_lock, l->name);
	if (l->locked)
		panic("spin lock %s taken twice", l->name);
	l->locked = 1;
	spins_held++;
}

void spin_unlock(struct spinlock *l)
{
	if (!l->locked)
		panic("spin lock %s not held", l->name);
	l->locked = 0;
	spins_held--;
}

bool spin_held(const struct spinlock *l)
{
	return l->locked;
}

void might_sleep(void)
{
	if (spins_held)
		panic("may sleep with %d spin locks held", spins_held);
}

void mutex_init(struct mutex *m, const char *name)
{
	m->owner = NULL;
	m->name = name;
}

void mutex_lock(struct mutex *m)
{
	might_sleep();
	if (m->owner)
		panic("mutex %s taken twice", m->name);
	m->owner = current;
}

void mutex_lock_below(struct mutex *m)
{
	mutex_lock(m);
}

void mutex_unlock(struct mutex *m)
{
	if (!m->owner)
		panic("mutex %s not held", m->name);
	m->owner = NULL;
	elsewhere(&stub_after_unlock, m->name);
}

bool mutex_held(const struct mutex *m)
{
	return m->owner == current;
}

void rw_init(struct rwlock *l, const char *name)
{
	memset(l, 0, sizeof(*l));
	l->name = name;
}

void rw_read_lock(struct rwlock *l)
{
	might_sleep();
	if (l->readers > others || l->writer)
		panic("lock %s taken twice", l->name);
	l->readers++;
}

void rw_read_unlock(struct rwlock *l)
{
	if (l->readers-- < 1)
		panic("lock %s not held", l->name);
	elsewhere(&stub_after_unlock, l->name);
}

void rw_write_lock(struct rwlock *l)
{
	might_sleep();
	if (l->readers || l->writer)
		panic("lock %s taken twice", l->name);
	l->writer = current;
}

void rw_write_unlock(struct rwlock *l)
{
	if (!l->writer)
		panic("lock %s not held", l->name);
	l->writer = NULL;
}

bool rw_write_held(const struct rwlock *l)
{
	return l->writer == current;
}

/* ---- the page cache's sleeping and giving back --------------------------- */

void page_wait(struct page *p, u32 bits)
{
	if (p->flags & bits)
		abort();	/* nobody here would end the wait */
}

void page_unbusy(struct page *p, u32 bits)
{
	page_clear_flags(p, bits);
}

void pagecache_gate_wait(void)
{
}

/* ---- credentials and files ----------------------------------------------- */

void stub_set_privileged(bool all)
{
	the_cred.cap_effective = all ? CAP_ALL : 0;
}

bool inode_owner_or_capable(const struct inode *i)
{
	return the_cred.cap_effective;
}

bool path_noexec(const struct path *p)
{
	return p->mount && p->mount->flags & MS_NOEXEC;
}

int inode_permission(struct inode *i, int mask)
{
	return the_cred.cap_effective ? 0 : -EACCES;
}

void file_end(struct file *f)
{
	mapping_destroy(&f->inode->mapping);
	free(f->inode);
	free(f);
	stub_files--;
}

void file_put(struct file *f)
{
	vm_object_put(&f->object);
}

static const struct file_ops plain_ops;
static const struct mapping_ops plain_mapping_ops;
static const struct mapping_owner plain_owner;

struct file *stub_file(loff_t size, unsigned mode,
		       const struct mapping_ops *ops)
{
	struct file *f = calloc(1, sizeof(*f));
	struct inode *i = calloc(1, sizeof(*i));

	vm_object_init(&f->object, &file_object_ops);
	f->mode = mode;
	f->inode = i;
	f->ops = &plain_ops;
	i->mode = S_IFREG | 0644;
	i->size = size;
	mapping_init(&i->mapping, &plain_owner, &i->size,
		     ops ? ops : &plain_mapping_ops);
	stub_files++;
	return f;
}

/* What an extension of mm stores when the kernel starts. */

__attribute__((constructor)) static void start_extensions(void)
{
	advice_init();
}

/* ---- what superpages keep, and tell in /proc ----------------------------- */

void huge_pool_shrink(void)
{
}

void huge_scan_settle(void)
{
}

void huge_meminfo(struct seq *s)
{
}

void huge_vmstat(struct seq *s)
{
}
