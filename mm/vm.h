/* SPDX-License-Identifier: MIT */
/*
 * Address spaces (rows D3-D5, E1-E6).  A virtual memory area (VMA) is a range
 * of addresses that are mapped alike.  A space has its VMAs in a red-black tree
 * that also knows the largest free gap of each subtree, in a sorted list, and
 * remembers the last one found.
 *
 * Invariants: VMAs are page aligned, disjoint, not empty, and sorted; two
 * neighbours that could be one VMA are one; every present user PTE lies in a
 * VMA that allows at least as much.
 */
#ifndef MM_VM_H
#define MM_VM_H

#include <kernel/lock/lock.h>
#include <lib/rbtree.h>
#include <lt/arch.h>
#include <lt/atomic.h>
#include <lt/list.h>
#include <mm/cache/object.h>
#include <mm/cache/pagecache.h>
#include <mm/prot.h>

struct vma;
struct fault;

/* vma->flags beside the MAP_R/W/X of vma->prot. */
#define VM_SHARED	0x001	/* MAP_SHARED */
#define VM_GROWSDOWN	0x002	/* a stack: a fault below it extends it */
#define VM_DONTFORK	0x004
#define VM_WIPEONFORK	0x008
#define VM_DONTDUMP	0x010
#define VM_LOCKED	0x020
#define VM_SPECIAL	0x040	/* vDSO: frames not counted, never merged */
#define VM_HUGE		0x080	/* MADV_HUGEPAGE */
#define VM_NOHUGE	0x100	/* MADV_NOHUGEPAGE */
#define VM_RANDOM	0x200	/* MADV_RANDOM: no fault-around */
#define VM_MAYWRITE	0x400	/* a shared file mapping opened for writing */
#define VM_NORESERVE	0x800
#define VM_ANONED	0x1000	/* may hold private pages, or zeros */
#define VM_LOCKONFAULT	0x2000	/* mlock2(MLOCK_ONFAULT) */
#define VM_NOEXEC	0x4000	/* its mount has MS_NOEXEC: never executable */
#define VM_FILE		0x8000	/* of a file, or shared: map_link is there */
#define VM_SEALED	0x10000	/* stays as it is but for whoever made it */
#define VM_SEQUENTIAL	0x80000	/* MADV_SEQUENTIAL, which is only told */

#define VM_POLICY	0xffc00000 /* where pages are wanted: topics/mappings */

/* Row D4: what a kind of mapping does differently. */
struct vma_ops {
	void (*open)(struct vma *v);	/* v is a copy of another VMA */
	void (*close)(struct vma *v);	/* v is about to be freed */
	/* May it be cut in two at `at`, inside of it?  Return: 0 or -errno. */
	int (*may_split)(const struct vma *v, uaddr_t at);
	/* It is linked where the pages of another, a copy, have moved to. */
	void (*mremap)(struct vma *v);
	/* May it, or a part, have these rights?  Return: 0 or -errno. */
	int (*mprotect)(const struct vma *v, unsigned prot);
	/*
	 * A debugger's access, for which no entry is made or looked for.
	 * Return: 0 with *out referenced; -EFAULT.
	 */
	int (*access)(struct vma *v, unsigned long pgoff, bool write,
		      struct page **out);
	/*
	 * Supply the page where a fault finds no entry.  NULL: it comes from
	 * the file's page cache.
	 * Return: 0 with *out referenced; -EFAULT (SIGBUS) or -ENOMEM.
	 */
	int (*fault)(struct vma *v, unsigned long pgoff, struct page **out);
	/*
	 * A load finds no entry: make entries for what is at hand around it.
	 * NULL: nothing is.  Return: the page itself has an entry now.
	 */
	bool (*map_pages)(struct fault *f);
	/*
	 * p, of a shared mapping, is to become writable: the file changes.
	 * Context: may sleep; a reference to p.
	 * Return: 0; -EAGAIN: p was truncated, look again; -errno: SIGBUS.
	 */
	int (*page_mkwrite)(struct vma *v, struct page *p);
	/*
	 * Map a superpage where a fault finds no leaf table.
	 * Context: [space->lock], shared is enough; may sleep.
	 * Return: how the fault ended (enum vm_fault); -1: look again, for one
	 * that is there by now or to map a single page.
	 */
	int (*huge_fault)(struct vma *v, uaddr_t at);
	const char *(*name)(struct vma *v);	/* for /proc/PID/maps */
	/*
	 * mbind(2), where all who map the pages see it.  Return: set_policy: 0
	 * or -ENOMEM; get_policy: that of a page, 0 if it has none.
	 */
	int (*set_policy)(struct vma *v, unsigned policy);
	unsigned (*get_policy)(struct vma *v, unsigned long pgoff);
	/* Bytes of its pages, for /proc/PID/smaps; NULL: PAGE_SIZE. */
	unsigned long (*pagesize)(const struct vma *v);
};

/* map_pages() for the page cache; and of a mapping that says nothing else. */
bool vm_map_around(struct fault *f);
extern const struct vma_ops vm_cached_ops;

/*
 * To change start, end and pgoff of a VMA with a mapping, hold the mapping's
 * map_lock as well as space->lock; to read them, either is enough.
 *
 * Most VMAs are private memory of no file, and a program may have thousands:
 * they are allocated without the last member, which then must not be touched.
 */
struct vma {
	uaddr_t start, end;		/* [space->lock] */
	struct rb_node node;		/* [space->lock] */
	struct list link;		/* [space->lock] sorted */
	unsigned long gap;		/* free bytes to the VMA below */
	unsigned long max_gap;		/* bound of those in this subtree */
	unsigned prot;			/* MAP_R/W/X [space->lock] */
	unsigned flags;			/* VM_ [space->lock] */
	unsigned long pgoff;		/* page of the file that start maps */
	struct vm_object *object;	/* referenced; NULL: none */
	struct mapping *mapping;	/* file pages or shared anon; NULL */
	const struct vma_ops *ops;	/* or NULL */
	struct vm_space *space;		/* const */
	struct list map_link;		/* [mapping->map_lock] VM_FILE only */
};

struct vm_space {
	ref_t users;			/* tasks; the last frees the VMAs */
	ref_t refs;			/* users as one; CPUs; vm_space_hold */
	struct rwlock lock;		/* faults take it shared */
	struct spinlock pt_lock;	/* user PTEs; IPL_SOFT */
	struct rb_tree tree;		/* [lock] */
	struct list vmas;		/* [lock] */
	struct vma *last;		/* [lock] what a look-up found last */
	/*
	 * [lock] No gap from the end of this VMA to mmap_top has `room` bytes.
	 * NULL: not known.
	 */
	struct vma *roomy;
	unsigned long room;
	unsigned nr_vmas;		/* [lock] */
	paddr_t root;			/* const */
	u32 cpus;			/* atomic: four bits a CPU, mm/tables/tlb.h */
	unsigned asid[MAX_CPUS];	/* [that CPU] */
	u64 asid_generation[MAX_CPUS];	/* [that CPU] of the asid */
	unsigned long icache_stale;	/* atomic: CPUs to sync when loaded */

	unsigned long total, locked;	/* [lock] pages in VMAs; VM_LOCKED */
	unsigned long data;		/* [lock] private writable pages */
	unsigned lock_future;		/* [lock] mlockall(MCL_FUTURE) flags */
	unsigned membarrier;		/* commands registered: 1 << bit */
	bool no_huge;			/* word: PR_SET_THP_DISABLE */
	u8 fewer_around;		/* word: faults map that much less */
	bool lone_tables;		/* [lock] some where nothing is touched */
	bool sealed;			/* [lock] has, or had, VM_SEALED ones */
	u8 dumpable;			/* word: DUMP_ */
	/* Of users, NULL the first: who rules there may look in.  A task's own is
	   this one or one in it, which keeps it.  word */
	struct user_space *owner;
	atomic_t rss_anon, rss_file, rss_shmem; /* resident pages */
	atomic_t pt_pages;		/* page-table pages */
	unsigned long swapped;		/* word: pages out, when last counted */
	unsigned shared_tables;		/* [pt_lock] leaf tables others have, too */
	struct list spare_tables;	/* [pt_lock] one for each superpage */
	unsigned long hiwater;		/* most resident pages ever */
	unsigned long peak;		/* [lock] largest total at an unmap */

	uaddr_t top;			/* const after exec: mappings end below */
	uaddr_t brk_start, brk;		/* [lock] */
	uaddr_t mmap_top;		/* const after exec: search below */
	uaddr_t stack_top;		/* const after exec */
	uaddr_t code_start, code_end, data_start, data_end;
	uaddr_t arg_start, arg_end, env_start, env_end;
	uaddr_t vdso;			/* address of the vDSO, 0: none */
	unsigned long auxv[64];		/* as on the stack, for /proc */
	unsigned auxv_words;
	struct vm_object *exe;		/* [lock] */
	/* Limits of the process in bytes, written with tree_lock: limits_to_space() */
	unsigned long limit_as, limit_stack, limit_data;
	unsigned long most_data;	/* the hard limit of data */
};

/* Who may look at a space, or have it in a core file (prctl(2)). */
#define DUMP_NOBODY	0		/* nobody without CAP_SYS_PTRACE */
#define DUMP_USER	1		/* the user whose it is */
#define DUMP_ROOT	2		/* as NOBODY; core files are root's */

#define VM_MAX_VMAS 65530		/* default; sysctl vm.max_map_count */
extern unsigned long vm_max_vmas;
/* Word, vm.overcommit_memory: 0: see vm_may_grow(); 1: promise anything. */
extern unsigned long vm_overcommit;

/* A space that ends below the machine's is for programs of 32 bits. */
static inline bool vm_is_narrow(const struct vm_space *s)
{
	return s->top < USER_TOP;
}

void vm_init(void);
struct vm_space *vm_space_create(void);		/* empty; NULL: no memory */
/*
 * A copy for fork: private pages are shared, and copied on write.
 * Return: NULL: no memory, and src is as before.
 */
struct vm_space *vm_space_fork(struct vm_space *src);
static inline void vm_space_get(struct vm_space *s)
{
	ref_get(&s->users);
}
/*
 * As vm_space_get(), if s is there and still has a user: from 0 the count must
 * not rise again.
 * Context: [tree_lock], where a task that exits or execs gives its own up.
 */
static inline bool vm_space_get_live(struct vm_space *s)
{
	if (!s || ref_read(&s->users) <= 0)
		return false;
	vm_space_get(s);
	return true;
}
void vm_space_put(struct vm_space *s);		/* undo vm_space_get() */
/* Keep the space and its root, but not the mappings. */
static inline void vm_space_hold(struct vm_space *s)
{
	ref_get(&s->refs);
}
void vm_space_free(struct vm_space *s);		/* for vm_space_drop() only */
static inline void vm_space_drop(struct vm_space *s)
{
	if (unlikely(ref_put(&s->refs)))
		vm_space_free(s);
}
/* Instructions were written to s's memory: make its threads fetch them. */
void vm_icache_sync(struct vm_space *s);

/*
 * Six bits of the flags beside MAP_HUGETLB or SHM_HUGETLB are the logarithm of
 * the wanted page size; 0: the default size.  Could there be such pages?
 */
static inline bool superpage_log_ok(unsigned log)
{
	log &= 63;
	return !log || (log > PAGE_SHIFT && log <= 30);
}

/*
 * mmap(2).  len: bytes; flags: MAP_ of <uapi/mman.h>; o: the file, mapped from
 * page pgoff on; NULL: anonymous memory.
 * Context: takes s->lock for writing; may sleep.
 * Return: 0 with *at set; -EINVAL, -ENOMEM, -EEXIST, -EACCES, -ENODEV,
 * -EOVERFLOW...
 */
int vm_map(struct vm_space *s, uaddr_t hint, unsigned long len, unsigned prot,
	   unsigned flags, struct vm_object *o, unsigned long pgoff,
	   uaddr_t *at);
int vm_unmap(struct vm_space *s, uaddr_t at, unsigned long len);
int vm_protect(struct vm_space *s, uaddr_t at, unsigned long len,
	       unsigned prot);
int vm_advise(struct vm_space *s, uaddr_t at, unsigned long len, int advice);
long vm_remap(struct vm_space *s, uaddr_t old, unsigned long old_len,
	      unsigned long new_len, unsigned flags, uaddr_t new_addr);
/* brk(2).  Return: the break after the call, which a failure leaves alone. */
uaddr_t vm_brk(struct vm_space *s, uaddr_t to);
/*
 * Map the stack of a new program: size bytes below top.  It grows down until it
 * has limit_stack bytes.
 * Context: takes s->lock for writing.
 * Return: 0 or -ENOMEM.
 */
int vm_map_stack(struct vm_space *s, uaddr_t top, unsigned long size,
		 bool executable);
/*
 * Let the program read and execute a page-aligned part of the kernel image:
 * the vDSO.
 * Context, Return: as vm_map_stack().
 */
int vm_map_special(struct vm_space *s, uaddr_t at, const void *image,
		   unsigned long size);
/*
 * mlock(2), or munlock(2) if not on.
 * Return: 0, -EPERM, -EINVAL, -ENOMEM (there is a hole), -EAGAIN.
 */
int vm_lock(struct vm_space *s, uaddr_t at, unsigned long len, bool on,
	    unsigned flags);
void vm_lock_all(struct vm_space *s, bool on, unsigned flags);
/*
 * Fault in [at, at + len), private writable pages as if by a store.
 * Context: takes s->lock shared; may sleep.
 * Return: 0, -ENOMEM, -EFAULT (a VMA without any rights, or SIGBUS).
 */
int vm_populate(struct vm_space *s, uaddr_t at, unsigned long len);
/*
 * Context: [s->lock].
 * Return: the VMA that at lies in, or the next one above it; NULL: none.
 */
struct vma *vm_find(struct vm_space *s, uaddr_t at);
/* What an extension finds VMAs with instead (topics/spaceviews): const; or NULL. */
extern struct vma *(*vma_looker)(struct vm_space *s, uaddr_t at);

/* How a fault ended. */
enum vm_fault {
	VM_FAULT_OK,
	VM_FAULT_SEGV_MAPERR,	/* nothing is mapped there */
	VM_FAULT_SEGV_ACCERR,	/* mapped, but without that right */
	VM_FAULT_BUS,		/* past the end of the file */
	VM_FAULT_OOM,
	VM_FAULT_MAJOR,		/* as OK: it was read from swap */
};
/* Handle a page fault.  Context: may sleep; takes s->lock shared. */
enum vm_fault vm_fault(struct vm_space *s, uaddr_t at, enum fault_access how);

/*
 * Find the frame behind a user address of any space, and fault it in if needed:
 * for ptrace, /proc/PID/mem and futexes.
 * Context: may sleep; takes s->lock shared.
 * Return: 0 with *out referenced; -EFAULT; -ENOMEM.
 */
int vm_get_page(struct vm_space *s, uaddr_t at, bool write,
		struct page **out);
/*
 * Is a page mapped there, so that a program with the right to it needs no fault?
 * Context: [s->lock], shared is enough.
 */
bool vm_page_is_there(struct vm_space *s, uaddr_t at);
/* Has the program this right (MAP_R, MAP_W) there?  True where nothing is. */
bool vm_may_access(struct vm_space *s, uaddr_t at, unsigned right);
/*
 * Copy from or to another space, through the direct map; from NULL: zeros.
 * Context: as vm_get_page().
 * Return: the number of bytes copied, fewer than n at an address that fails.
 */
unsigned long vm_copy_from(struct vm_space *s, void *to, uaddr_t from,
			   unsigned long n);
unsigned long vm_copy_to(struct vm_space *s, uaddr_t to, const void *from,
			 unsigned long n);

/*
 * Unmap pages [first, last] of m from every VMA; with copies, private copies of
 * them as well, as past the end of a file.
 * Context: [m->map_lock].
 */
void vm_unmap_mapping(struct mapping *m, unsigned long first,
		      unsigned long last, bool copies);

/* For /proc.  Context: vma_name: [v->space->lock], shared is enough. */
const char *vma_name(struct vma *v);	/* "[heap]", "[stack]", path or "" */
unsigned long vm_rss(const struct vm_space *s);		/* resident pages */
unsigned long vm_hiwater(const struct vm_space *s);	/* the most ever */
/* The stack guard gap: pages kept free below a growing stack. */
#define VM_STACK_GAP	256
unsigned long vm_live_vmas(void);	/* in all spaces, for the audit */

#endif
