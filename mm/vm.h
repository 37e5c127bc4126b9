/* SPDX-License-Identifier: MIT */
/*
 * Address spaces (rows D3-D5, E1-E6).  A virtual memory area (VMA) is a range
 * of addresses with the same rights, flags and backing object.  A space has its
 * VMAs in a red-black tree and in a sorted list, and caches the last VMA found.
 * Each node of the tree holds a bound of the free gaps in its subtree.
 *
 * Invariants: VMAs are page aligned, disjoint, not empty, and sorted.  Two
 * neighbors that can be merged are merged.  Every present user PTE lies in a
 * VMA that allows at least as much as the PTE.
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

/* Flags of vma->flags; the rights MAP_R/W/X are in vma->prot. */
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
#define VM_MAYWRITE	0x400	/* shared mapping of a file that is open for
				 * writing */
#define VM_NORESERVE	0x800
#define VM_ANONED	0x1000	/* may have private pages or the zero page */
#define VM_LOCKONFAULT	0x2000	/* mlock2(MLOCK_ONFAULT) */
#define VM_NOEXEC	0x4000	/* its mount has MS_NOEXEC: never executable */
#define VM_FILE		0x8000	/* map_link exists: a file or shared memory */
#define VM_SEALED	0x10000	/* only the extension that made it changes it */
#define VM_SEQUENTIAL	0x80000	/* MADV_SEQUENTIAL: only shown in /proc */

#define VM_POLICY	0xffc00000 /* mbind(2) policy: topics/mappings */

/* Row D4: operations in which kinds of mappings differ. */
struct vma_ops {
	void (*open)(struct vma *v);	/* called for v, a new copy of another
					 * VMA */
	void (*close)(struct vma *v);	/* v is about to be freed */
	/*
	 * Check whether v may be split at `at`, an address inside v.
	 * Return: 0 or -errno.
	 */
	int (*may_split)(const struct vma *v, uaddr_t at);
	/*
	 * mremap() has linked v at the new place of the pages; v is a copy of
	 * the old VMA.
	 */
	void (*mremap)(struct vma *v);
	/*
	 * Check whether v or a part of it may get prot.
	 * Return: 0 or -errno.
	 */
	int (*mprotect)(const struct vma *v, unsigned prot);
	/*
	 * Find a page for a debugger's access; page-table entries are neither
	 * read nor made.
	 * Return: 0 with *out referenced; -EFAULT.
	 */
	int (*access)(struct vma *v, unsigned long pgoff, bool write,
		      struct page **out);
	/*
	 * Supply the page when a fault finds no entry.  NULL: the page comes
	 * from the file's page cache.
	 * Return: 0 with *out referenced; -EFAULT (SIGBUS) or -ENOMEM.
	 */
	int (*fault)(struct vma *v, unsigned long pgoff, struct page **out);
	/*
	 * Called when a load finds no entry: map the available pages around the
	 * address.  NULL: map no others.
	 * Return: true if the page itself has an entry now.
	 */
	bool (*map_pages)(struct fault *f);
	/*
	 * Called before page p of a shared mapping becomes writable, so that
	 * the file will change.
	 * Context: may sleep; the caller holds a reference to p.
	 * Return: 0; -EAGAIN: p was truncated, look again; -errno: SIGBUS.
	 */
	int (*page_mkwrite)(struct vma *v, struct page *p);
	/*
	 * Without page_mkwrite: a store has made a page of a shared mapping
	 * writable, so that the file has changed.
	 * Context: may sleep.
	 */
	void (*stored)(struct vma *v);
	/*
	 * Map a superpage where a fault finds no leaf table.
	 * Context: [space->lock], shared is enough; may sleep.
	 * Return: how the fault ended (enum vm_fault); -1: walk the tables
	 * again, as there is a superpage now, or a single page must be mapped.
	 */
	int (*huge_fault)(struct vma *v, uaddr_t at);
	const char *(*name)(struct vma *v);	/* for /proc/PID/maps */
	/*
	 * mbind(2) where the policy belongs to the shared object, not to v.
	 * Return: set_policy: 0 or -ENOMEM; get_policy: the policy of the page;
	 * 0: the page has none.
	 */
	int (*set_policy)(struct vma *v, unsigned policy);
	unsigned (*get_policy)(struct vma *v, unsigned long pgoff);
	/* Return: page size in bytes for /proc/PID/smaps; NULL: PAGE_SIZE. */
	unsigned long (*pagesize)(const struct vma *v);
};

/* The map_pages() of the page cache, and operations of plain file mappings. */
bool vm_map_around(struct fault *f);
extern const struct vma_ops vm_cached_ops;

/*
 * A change of start, end and pgoff of a VMA with a mapping needs the mapping's
 * map_lock and space->lock; to read them, either lock is enough.
 *
 * Most VMAs are private anonymous memory, and a program may have thousands.
 * Such a VMA is allocated without the last member, which then must not be
 * touched.
 */
struct vma {
	uaddr_t start, end;		/* [space->lock] */
	struct rb_node node;		/* [space->lock] */
	struct list link;		/* [space->lock] sorted */
	unsigned long gap;		/* free bytes below, to the next VMA */
	unsigned long max_gap;		/* upper bound of gaps in the subtree */
	unsigned prot;			/* MAP_R/W/X [space->lock] */
	unsigned flags;			/* VM_ [space->lock] */
	unsigned long pgoff;		/* index of the file's page that is
					 * mapped at start */
	struct vm_object *object;	/* referenced; NULL: none */
	struct mapping *mapping;	/* file pages or shared anonymous pages;
					 * NULL */
	const struct vma_ops *ops;	/* or NULL */
	struct vm_space *space;		/* const */
	struct list map_link;		/* [mapping->map_lock] VM_FILE only */
};

struct vm_space {
	ref_t users;			/* tasks; the last one frees the VMAs */
	ref_t refs;			/* one for all users, one each for CPUs
					 * and vm_space_hold() */
	struct list kin;		/* [kin_lock] ring: mm/space/kin.c */
	struct rwlock lock;		/* faults take it shared */
	struct spinlock pt_lock;	/* user PTEs; IPL_SOFT */
	struct rb_tree tree;		/* [lock] */
	struct list vmas;		/* [lock] */
	struct vma *last;		/* [lock] result of the last look-up */
	/*
	 * [lock] No gap between the end of this VMA and mmap_top has `room`
	 * bytes or more.  NULL: not known.
	 */
	struct vma *roomy;
	unsigned long room;
	unsigned nr_vmas;		/* [lock] */
	paddr_t root;			/* const */
	u32 cpus;			/* atomic: four bits for each CPU,
					 * mm/tables/tlb.h */
	unsigned asid[MAX_CPUS];	/* [that CPU] */
	u64 asid_generation[MAX_CPUS];	/* [that CPU] generation of the ASID */
	unsigned long icache_stale;	/* atomic: CPUs to sync at next load */

	unsigned long total, locked;	/* [lock] pages in all VMAs, in
					 * VM_LOCKED ones */
	unsigned long data;		/* [lock] private writable pages */
	unsigned lock_future;		/* [lock] mlockall(MCL_FUTURE) flags */
	/* The next three are read and written without a lock. */
	unsigned membarrier;		/* bit mask of commands */
	bool no_huge;			/* PR_SET_THP_DISABLE */
	u8 fewer_around;		/* shift that makes fault-around
					 * smaller */
	bool lone_tables;		/* [lock] VMAs never touched may have
					 * tables */
	bool sealed;			/* [lock] has, or had, VM_SEALED VMAs */
	u8 dumpable;			/* DUMP_; read without a lock */
	/*
	 * The user namespace whose privileged tasks may inspect this space;
	 * NULL: the first one; read without a lock.  It is the namespace of the
	 * space's tasks or an ancestor, so that the tasks keep it alive.
	 */
	struct user_space *owner;
	atomic_t rss_anon, rss_file, rss_shmem; /* resident pages */
	atomic_t pt_pages;		/* page-table pages */
	unsigned long swapped;		/* read without a lock: pages swapped
					 * out at the last count */
	unsigned shared_tables;		/* [pt_lock] leaf tables shared with
					 * other spaces */
	struct list spare_tables;	/* [pt_lock] for splitting superpages */
	unsigned long hiwater;		/* most resident pages so far */
	unsigned long peak;		/* [lock] largest `total` seen at an
					 * unmap */

	uaddr_t top;			/* const after exec: end of mappings */
	uaddr_t brk_start, brk;		/* [lock] */
	uaddr_t mmap_top;		/* const after exec: mmap(2) searches
					 * from here down */
	uaddr_t stack_top;		/* const after exec */
	uaddr_t code_start, code_end, data_start, data_end;
	uaddr_t arg_start, arg_end, env_start, env_end;
	uaddr_t vdso;			/* address of the vDSO, 0: none */
	unsigned long auxv[64];		/* copy of the vector on the stack, for
					 * /proc */
	unsigned auxv_words;
	struct vm_object *exe;		/* [lock] */
	/*
	 * Limits of the process in bytes, set under tree_lock by
	 * limits_to_space().
	 */
	unsigned long limit_as, limit_stack, limit_data;
	unsigned long most_data;	/* hard limit of RLIMIT_DATA */
};

/* dumpable (prctl(2)): which tasks may inspect a space or dump it to a file. */
#define DUMP_NOBODY	0		/* needs CAP_SYS_PTRACE */
#define DUMP_USER	1		/* the owner of the process */
#define DUMP_ROOT	2		/* as DUMP_NOBODY; core files belong to
					 * root */

#define VM_MAX_VMAS 65530		/* default; sysctl vm.max_map_count */
extern unsigned long vm_max_vmas;
/*
 * Value of sysctl vm.overcommit_memory, read without a lock.  0: see
 * vm_may_grow(); 1: no limit.
 */
extern unsigned long vm_overcommit;

/*
 * True if the space is for 32-bit programs: it ends below the machine's
 * USER_TOP.
 */
static inline bool vm_is_narrow(const struct vm_space *s)
{
	return s->top < USER_TOP;
}

void vm_init(void);
struct vm_space *vm_space_create(void);		/* empty; NULL: no memory */
/*
 * Copy a space for fork; private pages are shared, and copied on write.
 * Return: NULL: no memory, and src is unchanged.
 */
struct vm_space *vm_space_fork(struct vm_space *src);
static inline void vm_space_get(struct vm_space *s)
{
	ref_get(&s->users);
}
/*
 * Take a reference if s is not NULL and still has a user: a count of 0 must not
 * rise again.
 * Context: [tree_lock], under which an exiting or execing task drops its space.
 */
static inline bool vm_space_get_live(struct vm_space *s)
{
	if (!s || ref_read(&s->users) <= 0)
		return false;
	vm_space_get(s);
	return true;
}
void vm_space_put(struct vm_space *s);		/* undo vm_space_get() */

/* ---- kin.c --------------------------------------------------------------- */

/*
 * Put child, a copy that fork has made, among the kin of parent.
 * Context: may sleep.
 */
void vm_join_kin(struct vm_space *child, struct vm_space *parent);
/*
 * Take s, which has lost its last user, from among its kin.
 * Context: may sleep.
 */
void vm_leave_kin(struct vm_space *s);
/*
 * Go round the kin of first: the next one after `at`, which is first at the
 * beginning, and later the space of the last call, whose reference is dropped.
 * Context: may sleep; the caller has a reference to first.
 * Return: the space (vm_space_put()), or NULL after the last.
 */
struct vm_space *vm_next_kin(struct vm_space *first, struct vm_space *at);

/* Keep the space and its root table alive, but not the mappings. */
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
/*
 * The kernel has stored code to [at, at + n), kernel addresses.  Called before
 * the CPUs synchronize their fetches.
 */
static inline void code_stored(const void *at, unsigned long n)
{
	arch_code_stored(at, n);
	tlbcheck_cleaned(at, n);
}
/*
 * Make the threads of s fetch instructions that were just written to its
 * memory.
 */
void vm_icache_sync(struct vm_space *s);

/*
 * Check the page size in the flags of MAP_HUGETLB or SHM_HUGETLB: six bits with
 * its logarithm, 0 for the default size.
 * Return: true if pages of this size can exist.
 */
static inline bool superpage_log_ok(unsigned log)
{
	log &= 63;
	return !log || (log > PAGE_SHIFT && log <= 30);
}

/*
 * mmap(2).  len: bytes; flags: MAP_ of <uapi/mman.h>; o: the file, mapped from
 * page pgoff on; NULL for anonymous memory.
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
/* brk(2).  Return: the break after the call; unchanged on failure. */
uaddr_t vm_brk(struct vm_space *s, uaddr_t to);
/*
 * Map the stack of a new program: size bytes below top.  It may grow down to
 * limit_stack bytes.
 * Context: takes s->lock for writing.
 * Return: 0 or -ENOMEM.
 */
int vm_map_stack(struct vm_space *s, uaddr_t top, unsigned long size,
		 bool executable);
/*
 * Map a page-aligned part of the kernel image, the vDSO, so that the program
 * can read and execute it.
 * Context: as vm_map_stack().
 * Return: as vm_map_stack().
 */
int vm_map_special(struct vm_space *s, uaddr_t at, const void *image,
		   unsigned long size);
/*
 * mlock(2); munlock(2) if `on` is false.
 * Return: 0, -EPERM, -EINVAL, -ENOMEM (there is a hole), -EAGAIN.
 */
int vm_lock(struct vm_space *s, uaddr_t at, unsigned long len, bool on,
	    unsigned flags);
void vm_lock_all(struct vm_space *s, bool on, unsigned flags);
/*
 * Fault in [at, at + len), except holes and VMAs with VM_LOCKONFAULT.  A
 * private writable page is faulted in as by a store.  all: go on behind a VMA
 * in which that fails, except for lack of memory.
 * Context: takes s->lock shared; may sleep.
 * Return: 0; -ENOMEM; -EFAULT: a VMA without any rights, or a page whose access
 * would raise SIGBUS.
 */
int vm_populate(struct vm_space *s, uaddr_t at, unsigned long len, bool all);
/*
 * Check the limit RLIMIT_MEMLOCK for `pages` more pages.
 * Context: [s->lock].
 * Return: 0; -EPERM: the limit is 0; -EAGAIN: it is too low.
 */
int vm_may_lock(struct vm_space *s, unsigned long pages);
/*
 * Context: [s->lock].
 * Return: the VMA that contains `at`, or the next one above it; NULL: none.
 */
struct vma *vm_find(struct vm_space *s, uaddr_t at);
/*
 * If not NULL, vm_find() calls this function instead of searching the tree
 * (topics/spaceviews).  Const after boot.
 */
extern struct vma *(*vma_looker)(struct vm_space *s, uaddr_t at);

/* How a fault ended. */
enum vm_fault {
	VM_FAULT_OK,
	VM_FAULT_SEGV_MAPERR,	/* nothing is mapped there */
	VM_FAULT_SEGV_ACCERR,	/* mapped, but without that right */
	VM_FAULT_BUS,		/* beyond the end of the file */
	VM_FAULT_OOM,
	VM_FAULT_MAJOR,		/* success, but the page was read from swap */
};
/* Handle a page fault.  Context: may sleep; takes s->lock shared. */
enum vm_fault vm_fault(struct vm_space *s, uaddr_t at, enum fault_access how);

/*
 * Find the frame behind a user address of any space; fault it in if needed.
 * For ptrace, /proc/PID/mem and futexes.
 * Context: may sleep; takes s->lock shared.
 * Return: 0 with *out referenced; -EFAULT; -ENOMEM.
 */
int vm_get_page(struct vm_space *s, uaddr_t at, bool write,
		struct page **out);
/*
 * True if a page is mapped at `at`, so that a permitted access needs no fault.
 * Context: [s->lock], shared is enough.
 */
bool vm_page_is_there(struct vm_space *s, uaddr_t at);
/*
 * True if the page at the address is anonymous memory, also if it is swapped
 * out.
 * Context: [s->lock].
 */
bool vm_page_is_private(struct vm_space *s, uaddr_t at);
/*
 * True if the VMA at `at` allows `right` (MAP_R, MAP_W), or if there is none.
 */
bool vm_may_access(struct vm_space *s, uaddr_t at, unsigned right);
/*
 * Copy from or to another space, through the direct map; vm_copy_to() with from
 * NULL stores zeros.
 * Context: as vm_get_page().
 * Return: the number of bytes copied, fewer than n if an address fails.
 */
unsigned long vm_copy_from(struct vm_space *s, void *to, uaddr_t from,
			   unsigned long n);
unsigned long vm_copy_to(struct vm_space *s, uaddr_t to, const void *from,
			 unsigned long n);

/*
 * Unmap pages [first, last] of m from every VMA; with copies also private
 * copies of them, as a truncation needs.
 * Context: [m->map_lock].
 */
void vm_unmap_mapping(struct mapping *m, unsigned long first,
		      unsigned long last, bool copies);

/* For /proc.  Context: vma_name(): [v->space->lock], shared is enough. */
const char *vma_name(struct vma *v);	/* "[heap]", "[stack]", path or "" */
unsigned long vm_rss(const struct vm_space *s);		/* resident pages */
unsigned long vm_hiwater(const struct vm_space *s);	/* largest so far */
/* The stack guard gap: pages kept free below a growing stack. */
#define VM_STACK_GAP	256
unsigned long vm_live_vmas(void);	/* VMAs in all spaces, for the audit */

#endif
