/* SPDX-License-Identifier: MIT */
/*
 * The MMU of the host machine in software: a walk with the contract's codec,
 * and a TLB that never drops entries by itself.  A missing flush in the kernel
 * therefore shows as stale data or as an access that should have failed.
 *
 * With host_soft_tlb the machine has a small TLB that software fills (row C6):
 * a miss ends in a handler of the port, tlb_refill().
 */
#include "host.h"
#include <lib/mem.h>
#include <lt/boot.h>
#include <mm/vm.h>
#include <stdlib.h>
#include <mm/tables/kmap.h>

#define TLB_SIZE 4096
#define SOFT_TLB_SIZE 64

struct tlb_entry {
	bool valid;
	paddr_t root;			/* root of the tables from which the
					   entry came */
	unsigned asid;
	vaddr_t page;
	paddr_t frame;
	unsigned prot;
};

unsigned long host_offset;
struct task *host_current;
struct vm_space *host_space;
unsigned host_asid_bits = 16;
int host_fault_result;
unsigned host_faults;
bool host_soft_tlb;
unsigned long host_refills;
struct boot_info boot_info;

static void *ram;
static unsigned long ram_size;
static struct tlb_entry tlbs[2][TLB_SIZE];
static struct tlb_entry *tlb = tlbs[0];
paddr_t kernel_root;
static paddr_t active_root;
static unsigned active_asid;

void host_power_on(unsigned long size)
{
	ram_size = size;
	/* aligned to 4 MiB, so that physical alignment is host alignment */
	ram = aligned_alloc(4ul << 20, size);
	if (!ram)
		abort();
	memset(ram, 0xa5, size);
	host_offset = (unsigned long)ram - HOST_RAM_BASE;
	memset(tlbs, 0, sizeof(tlbs));
	memset(&boot_info, 0, sizeof(boot_info));
	boot_info.ram[0].base = HOST_RAM_BASE;
	boot_info.ram[0].size = size;
	boot_info.ram_count = 1;
}

void host_power_off(void)
{
	free(ram);
	ram = NULL;
}

/* ---- the contract -------------------------------------------------------- */

void arch_clear_page(void *page)
{
	memset(page, 0, PAGE_SIZE);
}

void arch_copy_page(void *to, const void *from)
{
	memcpy(to, from, PAGE_SIZE);
}

unsigned arch_asid_bits(void)
{
	return host_asid_bits;
}

/*
 * Panic if the TLB holds an entry of another space with the same identifier
 * (asid).  asid 0: the machine has no identifiers.
 */
static void check_identifier(paddr_t root, unsigned asid)
{
	for (unsigned i = 0; asid && i < TLB_SIZE; i++)
		if (tlb[i].valid && tlb[i].asid == asid && tlb[i].root != root)
			panic("identifier %u has a page of another space",
			      asid);
}

void arch_mmu_activate(paddr_t root, unsigned asid)
{
	check_identifier(root, asid);
	active_root = root;
	active_asid = asid;
}

void arch_tlb_page(unsigned asid, vaddr_t va)
{
	/* a table entry of a superpage fills several slots: drop them all */
	for (unsigned i = 0; i < TLB_SIZE; i++)
		if (tlb[i].valid && tlb[i].asid == asid &&
		    tlb[i].page >> PT_SHIFT(1) == va >> PT_SHIFT(1) &&
		    (tlb[i].page == (va & PAGE_MASK) ||
		     tlb[i].prot & 0x1000))
			tlb[i].valid = false;
}

void arch_tlb_asid(unsigned asid)
{
	for (unsigned i = 0; i < TLB_SIZE; i++)
		if (tlb[i].asid == asid && !(tlb[i].prot & MAP_GLOBAL))
			tlb[i].valid = false;
}

void arch_tlb_all(void)
{
	memset(tlb, 0, sizeof(tlbs[0]));
}

void arch_icache_sync(void)
{
}

void arch_ipi_send(unsigned long cpus)
{
	panic("there is no other CPU: mask %#lx", cpus);
}

/* ---- translation --------------------------------------------------------- */

/* Walk the tables for va.  Return: false: not present. */
static bool walk_tables(vaddr_t va, struct tlb_entry *e)
{
	paddr_t table = active_root;

	for (int l = PT_LEVELS - 1; l >= 0; l--) {
		unsigned i = va >> PT_SHIFT(l) & (PT_ENTRIES - 1);
		pte_t p = pte_read((pte_t *)phys_to_virt(table) + i);

		if (!pte_present(p))
			return false;
		if (pte_is_leaf(p, l)) {
			unsigned long in = va & ((1ul << PT_SHIFT(l)) - 1);

			e->valid = true;
			e->root = active_root;
			e->asid = active_asid;
			e->page = va & PAGE_MASK;
			e->frame = ((paddr_t)pte_pfn(p) << PAGE_SHIFT) +
				(in & PAGE_MASK);
			e->prot = pte_prot(p) | (l ? 0x1000 : 0);
			return true;
		}
		table = (paddr_t)pte_pfn(p) << PAGE_SHIFT;
	}
	return false;
}

/* Return the only slot in which a hardware-filled TLB can hold the page. */
static struct tlb_entry *tlb_slot(vaddr_t va)
{
	return &tlb[(va >> PAGE_SHIFT ^ va >> 24 ^ active_asid * 2654435761u) %
		TLB_SIZE];
}

static bool entry_permits(const struct tlb_entry *e, enum fault_access how)
{
	unsigned need = how == FAULT_WRITE ? MAP_W :
		how == FAULT_EXEC ? MAP_X : MAP_R;

	return e->prot & MAP_USER && e->prot & need;
}

static bool entry_matches(const struct tlb_entry *e, vaddr_t va)
{
	return e->valid && e->page == (va & PAGE_MASK) &&
		e->asid == active_asid;
}

/*
 * Do the work of a port's miss handler: walk the tables, and replace a slot of
 * the TLB chosen by a hash.  Return: the new entry, or NULL: va is not mapped.
 */
static struct tlb_entry *tlb_refill(vaddr_t va)
{
	struct tlb_entry fresh, *e;

	if (!active_root || !walk_tables(va, &fresh))
		return NULL;
	e = &tlb[host_refills++ * 2654435761ul % SOFT_TLB_SIZE];
	*e = fresh;
	return e;
}

static struct tlb_entry *look_up_soft(vaddr_t va)
{
	for (unsigned i = 0; i < SOFT_TLB_SIZE; i++)
		if (entry_matches(&tlb[i], va))
			return &tlb[i];
	return tlb_refill(va);
}

static struct tlb_entry *tlb_look_up(vaddr_t va)
{
	struct tlb_entry *e = tlb_slot(va), fresh;

	if (entry_matches(e, va))
		return e;
	if (!active_root || !walk_tables(va, &fresh))
		return NULL;
	*e = fresh;
	return e;
}

/* Try the access once.  Return: the byte, or NULL: it faults. */
static u8 *translate(vaddr_t va, enum fault_access how)
{
	struct tlb_entry *e = host_soft_tlb ? look_up_soft(va) :
					      tlb_look_up(va);

	if (!e || !entry_permits(e, how))
		return NULL;
	return (u8 *)phys_to_virt(e->frame) + (va & ~PAGE_MASK);
}

void host_other_tlb(void)
{
	tlb = tlb == tlbs[0] ? tlbs[1] : tlbs[0];
}

u8 *host_access(uaddr_t va, enum fault_access how)
{
	for (host_faults = 0; host_faults < 10; host_faults++) {
		u8 *p = translate(va, how);

		if (p)
			return p;
		host_fault_result = vm_fault(host_space, va, how);
		if (host_fault_result == VM_FAULT_MAJOR)
			host_fault_result = VM_FAULT_OK;
		if (host_fault_result != VM_FAULT_OK)
			return NULL;
	}
	panic("the access at %#lx faults for ever", va);
}

bool host_mapped(uaddr_t va)
{
	struct tlb_entry e;

	return walk_tables(va, &e);
}

/* ---- user memory --------------------------------------------------------- */

unsigned long arch_copy_in(void *to, uaddr_t from, unsigned long n)
{
	for (u8 *t = to; n; n--, t++, from++) {
		u8 *p = host_access(from, FAULT_READ);

		if (!p)
			return n;
		*t = *p;
	}
	return 0;
}

unsigned long arch_copy_out(uaddr_t to, const void *from, unsigned long n)
{
	for (const u8 *f = from; n; n--, f++, to++) {
		u8 *p = host_access(to, FAULT_WRITE);

		if (!p)
			return n;
		*p = *f;
	}
	return 0;
}

unsigned long arch_clear_user(uaddr_t to, unsigned long n)
{
	for (; n; n--, to++) {
		u8 *p = host_access(to, FAULT_WRITE);

		if (!p)
			return n;
		*p = 0;
	}
	return 0;
}

long arch_strncpy_in(char *to, uaddr_t from, long n)
{
	for (long i = 0; i < n; i++) {
		u8 *p = host_access(from + i, FAULT_READ);

		if (!p)
			return -EFAULT;
		to[i] = *p;
		if (!*p)
			return i;
	}
	return n;
}
