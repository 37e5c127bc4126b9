/* SPDX-License-Identifier: MIT */
/* The file's header, and the tables of segments and sections. */
#include <stdio.h>
#include <string.h>
#include "elf.h"

typedef unsigned long long ull;

static int is_pie(const struct elf *e)
{
	uint64_t at;

	for (uint32_t i = 0, n = elf_dynamics(e, &at); i < n; i++) {
		struct dynamic d = elf_dynamic(e, at, i);

		if (d.tag == D_FLAGS_1)
			return (d.value & 0x8000000) != 0;
	}
	return 0;
}

const char *file_type(const struct elf *e)
{
	static char text[32];

	switch (e->type) {
	case 0: return "NONE (None)";
	case T_REL: return "REL (Relocatable file)";
	case T_EXEC: return "EXEC (Executable file)";
	case T_DYN:
		return is_pie(e) ? "DYN (Position-Independent Executable file)"
			: "DYN (Shared object file)";
	case T_CORE: return "CORE (Core file)";
	}
	snprintf(text, sizeof(text), e->type >= 0xff00 ?
		 "Processor Specific: (%x)" : e->type >= 0xfe00 ?
		 "OS Specific: (%x)" : "<unknown>: %x", e->type);
	return text;
}

static const char *os_abi(unsigned int abi)
{
	static const struct name names[] = {
		{ 0, "UNIX - System V" }, { 1, "UNIX - HP-UX" },
		{ 2, "UNIX - NetBSD" }, { 3, "UNIX - GNU" },
		{ 6, "UNIX - Solaris" }, { 9, "UNIX - FreeBSD" },
		{ 12, "UNIX - OpenBSD" },
	};
	static char text[32];
	const char *found = name_of(NAMES(names), abi);

	if (found)
		return found;
	snprintf(text, sizeof(text), "<unknown: %x>", abi);
	return text;
}

static void out_flags(const struct elf *e)
{
	static const char *const floats[] = {
		"soft-float ABI", "single-float ABI", "double-float ABI",
		"quad-float ABI",
	};

	out("  Flags:                             0x%x", e->flags);
	if (e->machine == M_RISCV) {
		if (e->flags & 1)
			out(", RVC");
		if (e->flags & 8)
			out(", RVE");
		if (e->flags & 16)
			out(", TSO");
		out(", %s", floats[e->flags >> 1 & 3]);
	}
	out("\n");
}

static void out_counts(const struct elf *e)
{
	struct section first = elf_section(e, 0);

	out("  Number of program headers:         %u", e->phnum);
	if (e->phnum == 0xffff)
		out(" (%u)", first.info);
	out("\n  Size of section headers:           %u (bytes)\n",
	    e->shentsize);
	out("  Number of section headers:         %u", e->shnum);
	if (!e->shnum && e->shoff)
		out(" (%llu)", (ull)first.size);
	out("\n  Section header string table index: %u", e->shstrndx);
	if (e->shstrndx == 0xffff)
		out(" (%u)", first.link);
	out("\n");
}

void dump_header(const struct elf *e)
{
	out("ELF Header:\n  Magic:   ");
	for (uint64_t i = 0; i < 16; i++)
		out("%02x ", (unsigned int)elf_get(e, i, 1));
	out("\n  Class:                             ELF%d\n", e->wide ? 64 : 32);
	out("  Data:                              2's complement, %s endian\n",
	    e->big ? "big" : "little");
	out("  Version:                           %u%s\n", e->data[6],
	    e->data[6] == 1 ? " (current)" : " <unknown>");
	out("  OS/ABI:                            %s\n", os_abi(e->data[7]));
	out("  ABI Version:                       %u\n", e->data[8]);
	out("  Type:                              %s\n", file_type(e));
	out("  Machine:                           %s\n",
	    machine_name(e->machine));
	out("  Version:                           0x%x\n", e->version);
	out("  Entry point address:               0x%llx\n", (ull)e->entry);
	out("  Start of program headers:          %llu (bytes into file)\n",
	    (ull)e->phoff);
	out("  Start of section headers:          %llu (bytes into file)\n",
	    (ull)e->shoff);
	out_flags(e);
	out("  Size of this header:               %u (bytes)\n", e->ehsize);
	out("  Size of program headers:           %u (bytes)\n", e->phentsize);
	out_counts(e);
}

/* ---- sections ------------------------------------------------------------ */

static const char *flag_letters(const struct elf *e, uint64_t flags)
{
	static const char letters[] = "WAX?MSILOGTC";
	static char text[16];
	char *to = text;
	int os = 0, proc = 0, other = 0;

	for (int bit = 0; bit < 64 && to < text + 11; bit++) {
		uint64_t flag = 1ull << bit;

		if (!(flags & flag))
			continue;
		if (bit < 12 && letters[bit] != '?')
			*to++ = letters[bit];
		else if (flag == 0x80000000 && e->machine != 0)
			*to++ = 'E';
		else if (flag == 0x200000 && (e->data[7] == 3 ||
					      e->data[7] == 9))
			*to++ = 'R';
		else if (flag == 0x1000000 && (e->data[7] == 3 ||
			 e->data[7] == 9 || !e->data[7]))
			*to++ = 'D';
		else if (flag == 0x10000000 && e->machine == M_X86_64)
			*to++ = 'l';
		else if (flag & 0x0ff00000)
			os = 1;
		else if (flag & 0xf0000000)
			proc = 1;
		else
			other = 1;
	}
	if (os)
		*to++ = 'o';
	if (proc)
		*to++ = 'p';
	if (other)
		*to++ = 'x';
	*to = '\0';
	return text;
}

static void out_key(const struct elf *e)
{
	out("Key to Flags:\n"
	    "  W (write), A (alloc), X (execute), M (merge), S (strings), "
	    "I (info),\n"
	    "  L (link order), O (extra OS processing required), G (group), "
	    "T (TLS),\n"
	    "  C (compressed), x (unknown), o (OS specific), E (exclude),\n  ");
	if (e->data[7] == 3 || e->data[7] == 9)
		out("R (retain), ");
	if (e->data[7] == 3 || e->data[7] == 9 || !e->data[7])
		out("D (mbind), ");
	if (e->machine == M_X86_64)
		out("l (large), ");
	out("p (processor specific)\n");
}

static void out_section(const struct elf *e, uint32_t i)
{
	struct section s = elf_section(e, i);
	int n;

	out("  [%2u] ", i);
	n = out_name(elf_section_name(e, &s));
	out("%*s %-15s %0*llx %06llx %06llx %02llx %3s %2u %3u %2llu\n",
	    n < 17 ? 17 - n : 0, "", section_type(e, s.type),
	    e->wide ? 16 : 8, (ull)s.addr, (ull)s.offset, (ull)s.size,
	    (ull)s.entry, flag_letters(e, s.flags), s.link, s.info,
	    (ull)s.align);
}

void dump_sections(const struct elf *e, int alone)
{
	if (!e->sections) {
		out("\nThere are no sections in this file.\n");
		return;
	}
	if (alone)
		out("There %s %u section header%s, starting at offset "
		    "0x%llx:\n", e->sections == 1 ? "is" : "are", e->sections,
		    e->sections == 1 ? "" : "s", (ull)e->shoff);
	out("\nSection Header%s:\n  [Nr] Name              Type            %s"
	    " Off    Size   ES Flg Lk Inf Al\n", e->sections > 1 ? "s" : "",
	    e->wide ? "Address         " : "Addr    ");
	for (uint32_t i = 0; i < e->sections; i++)
		out_section(e, i);
	out_key(e);
}

/* ---- segments ------------------------------------------------------------ */

/* True if [at, at + size) lies in [from, from + room), and not at its end. */
static int lies_in(uint64_t at, uint64_t size, uint64_t from, uint64_t room)
{
	return at >= from && at - from <= room - 1 &&
	       at - from + size <= room;
}

static int kinds_fit(const struct section *s, const struct segment *g)
{
	if (s->flags & F_TLS) {
		if (g->type != P_TLS && g->type != P_RELRO && g->type != P_LOAD)
			return 0;
	} else if (g->type == P_TLS || g->type == P_PHDR) {
		return 0;
	}
	return (s->flags & F_ALLOC) ||
	       !(g->type == P_LOAD || g->type == P_DYNAMIC ||
		 g->type == P_EH_FRAME || g->type == P_STACK ||
		 g->type == P_RELRO || g->type == 0x6474e554 ||
		 (g->type >= 0x6474e555 && g->type <= 0x6474f554));
}

/* True for an empty section at an end of g: it belongs to the neighbour. */
static int is_at_edge(const struct section *s, const struct segment *g)
{
	if ((g->type != P_DYNAMIC && g->type != P_NOTE) || s->size || !g->memsz)
		return 0;
	return !((s->type == S_NOBITS || (s->offset > g->offset &&
		  s->offset - g->offset < g->filesz)) &&
		 (!(s->flags & F_ALLOC) || (s->addr > g->vaddr &&
		  s->addr - g->vaddr < g->memsz)));
}

static int is_inside(const struct section *s, const struct segment *g)
{
	/* .tbss takes room only in the threads' blocks */
	if ((s->flags & F_TLS) && s->type == S_NOBITS && g->type != P_TLS)
		return 0;
	return kinds_fit(s, g) && !is_at_edge(s, g) &&
	       (s->type == S_NOBITS ||
		lies_in(s->offset, s->size, g->offset, g->filesz)) &&
	       (!(s->flags & F_ALLOC) ||
		lies_in(s->addr, s->size, g->vaddr, g->memsz));
}

static void out_mapping(const struct elf *e)
{
	out("\n Section to Segment mapping:\n  Segment Sections...\n");
	for (uint32_t i = 0; i < e->segments; i++) {
		struct segment g = elf_segment(e, i);

		out("   %02u     ", i);
		for (uint32_t j = 1; j < e->sections; j++) {
			struct section s = elf_section(e, j);

			if (is_inside(&s, &g)) {
				out_name(elf_section_name(e, &s));
				out(" ");
			}
		}
		out("\n");
	}
}

static void out_segment(const struct elf *e, const struct segment *s)
{
	out("  %-14.14s 0x%06llx 0x%0*llx 0x%0*llx 0x%0*llx 0x%0*llx "
	    "%c%c%c ", segment_type(e, s->type), (ull)s->offset,
	    e->wide ? 16 : 8, (ull)s->vaddr, e->wide ? 16 : 8, (ull)s->paddr,
	    e->wide ? 6 : 5, (ull)s->filesz, e->wide ? 6 : 5, (ull)s->memsz,
	    s->flags & 4 ? 'R' : ' ', s->flags & 2 ? 'W' : ' ',
	    s->flags & 1 ? 'E' : ' ');
	out(e->wide || s->align ? "0x%llx\n" : "%llu\n", (ull)s->align);
	if (s->type == P_INTERP) {
		out("      [Requesting program interpreter: ");
		out_name(elf_bytes_string(e, s->offset, s->filesz, 0));
		out("]\n");
	}
}

void dump_segments(const struct elf *e, int alone)
{
	if (!e->segments) {
		out("\nThere are no program headers in this file.\n");
		return;
	}
	if (alone)
		out("\nElf file type is %s\nEntry point 0x%llx\nThere %s %u "
		    "program header%s, starting at offset %llu\n", file_type(e),
		    (ull)e->entry, e->segments == 1 ? "is" : "are", e->segments,
		    e->segments == 1 ? "" : "s", (ull)e->phoff);
	out("\nProgram Header%s:\n  Type           Offset   %s Flg Align\n",
	    e->segments > 1 ? "s" : "", e->wide ?
	    "VirtAddr           PhysAddr           FileSiz  MemSiz  " :
	    "VirtAddr   PhysAddr   FileSiz MemSiz ");
	for (uint32_t i = 0; i < e->segments; i++) {
		struct segment s = elf_segment(e, i);

		out_segment(e, &s);
	}
	if (e->sections)
		out_mapping(e);
}
