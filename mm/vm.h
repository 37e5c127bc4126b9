/* SPDX-License-Identifier: MIT */
/*
 * Address spaces (rows D3-D5, E1-E6): VMAs in an augmented red-black tree
 * (largest free gap below) with sorted links and a last-hit cache.
 *
 * Invariants: VMAs are page aligned, disjoint, non-empty, sorted; two
 * neighbours that could be one are one; every present user PTE lies in a VMA
 * that allows at least its access.
 */
#ifndef MM_VM_H
#define MM_VM_H

#include <kernel/lock.h>
#include <lib/rbtree.h>
#include <lt/arch.h>
#include <lt/atomic.h>
#include <lt/list.h>
#include <mm/object.h>
#include <mm/pagecache.h>
#include <mm/prot.h>

struct vma;

/* vma->flags beside the MAP_R/W/X of vma->prot. */
#define VM_SHARED	0x001	/* MAP_SHARED */
#define VM_GROWSDOWN	0x002	/* a stack */
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
#define VM_ANONED	0x1000	/* holds private pages: fork must copy them */
#define VM_LOCKONFAULT	0x2000	/* mlock2(MLOCK_ONFAULT) */
#define VM_NOEXEC	0x4000	/* of a mount with MS_NOEXEC: never executable */

/* Row D4: what a kind of mapping does differently. */
struct vma_ops {
	void (*open)(struct vma *v);	/* another VMA refers to the object */
	void (*close)(struct vma *v);
	/*
	 * Supply the page for a not-present fault, with a reference.
	 * NULL: the file's page cache.  => 0 or -EFAULT (SIGBUS), -ENOMEM
	 */
	int (*fault)(struct vma *v, unsigned long pgoff, struct page **out);
	const char *(*name)(struct vma *v);	/* for /proc/PID/maps */
};

/*
 * start, end and pgoff of a VMA with a mapping change under the mapping's
 * map_lock as well: holding either is enough to read them.
 */
struct vma {
	uaddr_t start, end;		/* [space->lock] */
	struct rb_node node;		/* [space->lock] */
	struct list link;		/* [space->lock] sorted */
	unsigned long gap;		/* free bytes below, to the last VMA */
	unsigned long max_gap;		/* largest gap in this subtree */
	unsigned prot;			/* MAP_R/W/X [space->lock] */
	unsigned flags;			/* VM_ [space->lock] */
	unsigned long pgoff;		/* of start in the file, pages */
	struct vm_object *object;	/* referenced; NULL: none */
	struct mapping *mapping;	/* file pages or shared anon; NULL */
	const struct vma_ops *ops;	/* or NULL */
	const char *label;		/* VM_SPECIAL: name; const */
	struct vm_space *space;		/* const */
	struct list map_link;		/* [mapping->map_lock] */
};

struct vm_space {
	ref_t users;			/* tasks; last one frees the VMAs */
	ref_t refs;			/* users as one, plus borrowers */
	struct rwlock lock;		/* shared for faults */
	struct spinlock pt_lock;	/* user PTEs; IPL_SOFT */
	struct rb_tree tree;		/* [lock] */
	struct list vmas;		/* [lock] */
	struct vma *last;		/* [lock] last hit of a look-up */
	unsigned nr_vmas;		/* [lock] */
	paddr_t root;			/* const */
	u32 cpus;			/* atomic: mm/tlb.h, four bits a CPU */
	unsigned asid[MAX_CPUS];	/* [that CPU] */
	u64 asid_generation[MAX_CPUS];	/* [that CPU] of the asid */
	unsigned long icache_stale;	/* atomic: CPUs to sync at load */

	unsigned long total, locked;	/* [lock] pages mapped; VM_LOCKED */
	unsigned long data;		/* [lock] pages of private writable */
	unsigned lock_future;		/* [lock] mlockall(MCL_FUTURE) flags */
	unsigned membarrier;		/* commands registered: 1 << bit */
	bool no_huge;			/* word: PR_SET_THP_DISABLE */
	u8 dumpable;			/* word: DUMP_ */
	atomic_t rss_anon, rss_file, rss_shmem; /* resident pages */
	atomic_t pt_pages;		/* page-table pages */
	struct list spare_tables;	/* [pt_lock] one a superpage */
	unsigned long hiwater;		/* most resident pages ever */
	unsigned long peak;		/* [lock] of total, before some went */

	uaddr_t brk_start, brk;		/* [lock] */
	uaddr_t mmap_top;		/* const after exec: search below */
	uaddr_t stack_top;		/* const after exec */
	uaddr_t code_start, code_end, data_start, data_end;
	uaddr_t arg_start, arg_end, env_start, env_end;
	uaddr_t vdso;			/* address of the vDSO, 0: none */
	unsigned long auxv[48];		/* as on the stack, for /proc */
	unsigned auxv_words;
	struct vm_object *exe;		/* [lock] */
	/* Limits of the owner, bytes; kept in step by setrlimit. */
	unsigned long limit_as, limit_stack, limit_data;
};

/* Who may look at a space, or have it in a core file (prctl(2)). */
#define DUMP_NOBODY	0		/* but for CAP_SYS_PTRACE */
#define DUMP_USER	1		/* whose it is */
#define DUMP_ROOT	2		/* as nobody; core files are root's */

#define VM_MAX_VMAS 65530		/* default; sysctl vm.max_map_count */
extern unsigned long vm_max_vmas;

void vm_init(void);
struct vm_space *vm_space_create(void);		/* empty; NULL: no memory */
/* A copy for fork: private pages COW.  => NULL: no memory, src unharmed */
struct vm_space *vm_space_fork(struct vm_space *src);
static inline void vm_space_get(struct vm_space *s)
{
	ref_get(&s->users);
}
void vm_space_put(struct vm_space *s);		/* a user goes */
/* Keep the root alive without the mappings (whoever borrows a space). */
static inline void vm_space_hold(struct vm_space *s)
{
	ref_get(&s->refs);
}
void vm_space_free(struct vm_space *s);		/* by vm_space_drop only */
static inline void vm_space_drop(struct vm_space *s)
{
	if (unlikely(ref_put(&s->refs)))
		vm_space_free(s);
}
/* Make s the space of this CPU; NULL: whatever is loaded will do. */
void vm_space_switch(struct vm_space *s);
/* Instructions were written to s's memory: its threads will fetch them. */
void vm_icache_sync(struct vm_space *s);

/*
 * Could pages of a pool have a size that six bits of MAP_HUGETLB's or
 * SHM_HUGETLB's tell as its logarithm?  0 is the usual size.
 */
static inline bool superpage_log_ok(unsigned log)
{
	log &= 63;
	return !log || (log > PAGE_SHIFT && log <= 30);
}

/*
 * mmap: len > 0 in bytes; flags as MAP_SHARED, FIXED... of <uapi/mman.h>.
 * => 0 with *at set; -EINVAL -ENOMEM -EEXIST -EACCES -ENODEV -EOVERFLOW...
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
/* => the break after the call, as brk(2) */
uaddr_t vm_brk(struct vm_space *s, uaddr_t to);
/* The stack VMA of a new program: grows down from top to limit_stack. */
int vm_map_stack(struct vm_space *s, uaddr_t top, unsigned long size,
		 bool executable);
/* Kernel pages (page-aligned image) visible read-only+exec to the program. */
int vm_map_special(struct vm_space *s, uaddr_t at, const void *image,
		   unsigned long size, const char *name);
/* mlock/munlock a range.  => 0, -EPERM, -EINVAL, -ENOMEM (hole), -EAGAIN */
int vm_lock(struct vm_space *s, uaddr_t at, unsigned long len, bool on,
	    unsigned flags);
void vm_lock_all(struct vm_space *s, bool on, unsigned flags);
/* Fault in [at, at + len), for writing where it may be written. */
int vm_populate(struct vm_space *s, uaddr_t at, unsigned long len);
/* vma containing at, or the first one above; NULL.  => [lock] */
struct vma *vm_find(struct vm_space *s, uaddr_t at);

/* How a fault ended. */
enum vm_fault {
	VM_FAULT_OK,
	VM_FAULT_SEGV_MAPERR,	/* nothing mapped there */
	VM_FAULT_SEGV_ACCERR,	/* not with this access */
	VM_FAULT_BUS,		/* past the end of the file */
	VM_FAULT_OOM,
};
/* => may sleep; takes s->lock shared */
enum vm_fault vm_fault(struct vm_space *s, uaddr_t at, enum fault_access how);

/*
 * The frame behind a user address of any space, faulted in as needed, with a
 * reference: for ptrace, /proc/PID/mem, futexes.  => 0 or -EFAULT
 */
int vm_get_page(struct vm_space *s, uaddr_t at, bool write,
		struct page **out);
/* Has the program itself this right (MAP_R, MAP_W) there, if it is mapped? */
bool vm_may_access(struct vm_space *s, uaddr_t at, unsigned right);
/* Copy from/to another space through the direct map.  => bytes done */
unsigned long vm_copy_from(struct vm_space *s, void *to, uaddr_t from,
			   unsigned long n);
unsigned long vm_copy_to(struct vm_space *s, uaddr_t to, const void *from,
			 unsigned long n);

/*
 * Unmap pages [first, last] from every VMA of m; copies: private ones, too, as
 * behind the end of a file.  => [m->map_lock]
 */
void vm_unmap_mapping(struct mapping *m, unsigned long first,
		      unsigned long last, bool copies);

/* For /proc: VMAs in order under the shared lock. */
const char *vma_name(struct vma *v);	/* "[heap]", "[stack]", path or "" */
unsigned long vm_rss(const struct vm_space *s);
unsigned long vm_hiwater(const struct vm_space *s);	/* most ever, pages */
/* The stack guard gap: pages kept free below a growing stack. */
#define VM_STACK_GAP	256
unsigned long vm_live_vmas(void);	/* in all spaces, for the audit */

#endif
