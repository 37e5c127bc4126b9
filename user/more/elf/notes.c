/* SPDX-License-Identifier: MIT */
/* Notes: build ID, target system, required instruction sets and more. */
#include <string.h>
#include "elf.h"

typedef unsigned long long ull;

struct note {
	const char *owner;
	uint64_t owner_size, at, size;
	uint32_t type;
};

static void out_bytes(const struct elf *e, uint64_t at, uint64_t size,
		      const char *between)
{
	for (uint64_t i = 0; i < size; i++)
		out("%02x%s", (unsigned int)elf_get(e, at + i, 1), between);
}

/* ---- GNU's --------------------------------------------------------------- */

static void out_abi(const struct elf *e, const struct note *n)
{
	static const char *const systems[] = {
		"Linux", "Hurd", "Solaris", "FreeBSD", "NetBSD", "Syllable",
		"NaCl",
	};
	uint64_t os = elf_get(e, n->at, 4);

	if (n->size < 16) {
		out("    <corrupt GNU_ABI_TAG>\n");
		return;
	}
	out("    OS: %s, ABI: %llu.%llu.%llu\n", os < 7 ? systems[os] :
	    "Unknown", (ull)elf_get(e, n->at + 4, 4),
	    (ull)elf_get(e, n->at + 8, 4), (ull)elf_get(e, n->at + 12, 4));
}

static void out_set(const struct name *names, size_t n, uint64_t bits,
		    const char *none)
{
	const char *between = "";

	if (!bits)
		out("%s", none);
	for (uint64_t bit = 1; bit && bit <= bits; bit <<= 1) {
		const char *text = bits & bit ? name_of(names, n, bit) : NULL;

		if (!(bits & bit))
			continue;
		if (text)
			out("%s%s", between, text);
		else
			out("%s<unknown: %llx>", between, (ull)bit);
		between = ", ";
	}
}

static void out_property(int machine, uint32_t type, uint64_t bits)
{
	static const struct name isa[] = {
		{ 1, "x86-64-baseline" }, { 2, "x86-64-v2" },
		{ 4, "x86-64-v3" }, { 8, "x86-64-v4" },
	};
	static const struct name used[] = {
		{ 1, "x86" }, { 2, "x87" }, { 4, "MMX" }, { 8, "XMM" },
		{ 16, "YMM" }, { 32, "ZMM" }, { 64, "FXSR" }, { 128, "XSAVE" },
		{ 256, "XSAVEOPT" }, { 512, "XSAVEC" }, { 1024, "TMM" },
		{ 2048, "MASK" },
	};
	static const struct name control[] = {
		{ 1, "IBT" }, { 2, "SHSTK" }, { 4, "LAM_U48" },
		{ 8, "LAM_U57" },
	};
	static const struct name branches[] = { { 1, "BTI" }, { 2, "PAC" } };

	if (machine == M_AARCH64 && type == 0xc0000000) {
		out("AArch64 feature: ");
		out_set(NAMES(branches), bits, "");
		return;
	}
	switch (type) {
	case 0xc0000002:
		out("x86 feature: ");
		out_set(NAMES(control), bits, "<None>");
		break;
	case 0xc0008002:
		out("x86 ISA needed: ");
		out_set(NAMES(isa), bits, "<None>");
		break;
	case 0xc0010002:
		out("x86 ISA used: ");
		out_set(NAMES(isa), bits, "<None>");
		break;
	case 0xc0008001:
		out("x86 feature needed: ");
		out_set(NAMES(used), bits, "<None>");
		break;
	case 0xc0010001:
		out("x86 feature used: ");
		out_set(NAMES(used), bits, "<None>");
		break;
	default:
		out("<unknown type %#x data: %llx>", type, (ull)bits);
	}
}

static void out_properties(const struct elf *e, const struct note *n)
{
	uint64_t align = e->wide ? 8 : 4, at = n->at, end = n->at + n->size;

	out("      Properties: ");
	while (end - at >= 8) {
		uint32_t type = (uint32_t)elf_get(e, at, 4);
		uint64_t size = elf_get(e, at + 4, 4);

		if (size > end - at - 8) {
			out("<corrupt type (%#x) datasz: %#llx>\n", type,
			    (ull)size);
			return;
		}
		if (at > n->at)
			out(", ");
		out_property(e->machine, type,
			     elf_get(e, at + 8, size < 4 ? (int)size : 4));
		size = (size + align - 1) & ~(align - 1);
		if (size > end - at - 8)
			break;
		at += 8 + size;
		if (end - at >= 8)
			out("\n\t");
	}
	out("\n");
}

static void out_gnu(const struct elf *e, const struct note *n)
{
	switch (n->type) {
	case 1:
		out("NT_GNU_ABI_TAG (ABI version tag)\t");
		out_abi(e, n);
		break;
	case 3:
		out("NT_GNU_BUILD_ID (unique build ID bitstring)\t    "
		    "Build ID: ");
		out_bytes(e, n->at, n->size, "");
		out("\n");
		break;
	case 4:
		out("NT_GNU_GOLD_VERSION (gold version)\t    Version: ");
		for (uint64_t i = 0; i < n->size && elf_get(e, n->at + i, 1);
		     i++)
			out("%c", (int)elf_get(e, n->at + i, 1));
		out("\n");
		break;
	case 5:
		out("NT_GNU_PROPERTY_TYPE_0\t");
		out_properties(e, n);
		break;
	default:
		out("Unknown note type: (0x%08x)\n   description data: ",
		    n->type);
		out_bytes(e, n->at, n->size, " ");
		out("\n");
	}
}

/* ---- SystemTap's --------------------------------------------------------- */

static void out_probe(const struct elf *e, const struct note *n)
{
	uint64_t word = e->wide ? 8 : 4, at = n->at + 3 * word;
	static const char *const what[] = { "Provider", "Name", "Arguments" };
	const char *text[3];

	out("NT_STAPSDT (SystemTap probe descriptors)\t");
	for (int i = 0; i < 3; i++) {
		uint64_t room = at <= n->at + n->size ? n->at + n->size - at :
			0;

		text[i] = elf_bytes_string(e, at, room, 0);
		at += strlen(text[i]) + 1;
	}
	out("    %s: %s\n    %s: %s\n", what[0], text[0], what[1], text[1]);
	out("    Location: 0x%0*llx, Base: 0x%0*llx, Semaphore: 0x%0*llx\n",
	    (int)word * 2, (ull)elf_word(e, n->at), (int)word * 2,
	    (ull)elf_word(e, n->at + word), (int)word * 2,
	    (ull)elf_word(e, n->at + 2 * word));
	out("    %s: %s\n", what[2], text[2]);
}

/* ---- lists of notes ------------------------------------------------------ */

static void out_note(const struct elf *e, const struct note *n)
{
	int used;

	out("  ");
	used = n->owner_size ? out_name(n->owner) : (out("(NONE)"), 6);
	out("%*s 0x%08llx\t", used < 20 ? 20 - used : 0, "", (ull)n->size);
	if (!strcmp(n->owner, "GNU")) {
		out_gnu(e, n);
	} else if (!strcmp(n->owner, "stapsdt") && n->type == 3) {
		out_probe(e, n);
	} else if (n->type == 0x100 || n->type == 0x101) {
		/* readelf's words for build attributes, with any owner */
		out("%s\t   description data: ",
		    n->type == 0x100 ? "OPEN" : "func");
		out_bytes(e, n->at, n->size, " ");
		out("\n");
	} else {
		out("Unknown note type: (0x%08x)\n   description data: ",
		    n->type);
		out_bytes(e, n->at, n->size, " ");
		out("\n");
	}
}

static void out_notes(const struct elf *e, uint64_t at, uint64_t size,
		      uint64_t align)
{
	uint64_t end = at + size;

	if (!elf_has(e, at, size))
		return;
	align = align == 8 ? 8 : 4;
	out("  Owner                Data size \tDescription\n");
	while (end - at >= 12) {
		uint64_t names = elf_get(e, at, 4), data = elf_get(e, at + 4, 4);
		struct note n = { .owner_size = names, .size = data,
				  .type = (uint32_t)elf_get(e, at + 8, 4) };
		uint64_t start = at;

		n.at = start + ((12 + names + align - 1) & ~(align - 1));
		if (names > end - at || n.at > end || data > end - n.at) {
			out("  <corrupt note>\n");
			return;
		}
		n.owner = names ? elf_bytes_string(e, at + 12, names, 0) : "";
		out_note(e, &n);
		at = start + ((n.at - start + data + align - 1) & ~(align - 1));
		if (at > end)
			return;
	}
}

void dump_notes(const struct elf *e)
{
	for (uint32_t i = 0; i < e->sections; i++) {
		struct section s = elf_section(e, i);

		if (s.type != S_NOTE)
			continue;
		out("\nDisplaying notes found in: ");
		out_name(elf_section_name(e, &s));
		out("\n");
		out_notes(e, s.offset, s.size, s.align);
	}
	for (uint32_t i = 0; !e->sections && i < e->segments; i++) {
		struct segment s = elf_segment(e, i);

		if (s.type != P_NOTE)
			continue;
		out("\nDisplaying notes found at file offset 0x%08llx with "
		    "length 0x%08llx:\n", (ull)s.offset, (ull)s.filesz);
		out_notes(e, s.offset, s.filesz, s.align);
	}
}
