/* SPDX-License-Identifier: MIT */
/* The names that readelf uses for numbers of the format. */
#include <stdio.h>
#include "elf.h"

const char *name_of(const struct name *table, size_t n, uint64_t value)
{
	for (size_t i = 0; i < n; i++)
		if (table[i].value == value)
			return table[i].text;
	return NULL;
}

const char *machine_name(uint16_t machine)
{
	static const struct name names[] = {
		{ 0, "None" }, { 2, "Sparc" }, { 3, "Intel 80386" },
		{ 8, "MIPS R3000" }, { 20, "PowerPC" }, { 21, "PowerPC64" },
		{ 22, "IBM S/390" }, { 40, "ARM" },
		{ 62, "Advanced Micro Devices X86-64" }, { 183, "AArch64" },
		{ 243, "RISC-V" }, { 258, "LoongArch" },
	};
	static char text[32];
	const char *found = name_of(NAMES(names), machine);

	if (found)
		return found;
	snprintf(text, sizeof(text), "<unknown>: 0x%x", machine);
	return text;
}

const char *section_type(const struct elf *e, uint32_t type)
{
	static const struct name names[] = {
		{ 0, "NULL" }, { 1, "PROGBITS" }, { 2, "SYMTAB" },
		{ 3, "STRTAB" }, { 4, "RELA" }, { 5, "HASH" },
		{ 6, "DYNAMIC" }, { 7, "NOTE" }, { 8, "NOBITS" }, { 9, "REL" },
		{ 10, "SHLIB" }, { 11, "DYNSYM" }, { 14, "INIT_ARRAY" },
		{ 15, "FINI_ARRAY" }, { 16, "PREINIT_ARRAY" }, { 17, "GROUP" },
		{ 18, "SYMTAB SECTION INDICES" }, { 19, "RELR" },
		{ 0x6ffffff5, "GNU_ATTRIBUTES" }, { 0x6ffffff6, "GNU_HASH" },
		{ 0x6ffffff7, "GNU_LIBLIST" }, { 0x6ffffffd, "VERDEF" },
		{ 0x6ffffffe, "VERNEED" }, { 0x6fffffff, "VERSYM" },
	};
	static char text[32];
	const char *found = name_of(NAMES(names), type);

	if (found)
		return found;
	if (type == 0x70000003 && e->machine == M_RISCV)
		return "RISCV_ATTRIBUTES";
	if (type == 0x70000001 && e->machine == M_X86_64)
		return "X86_64_UNWIND";
	if (type >= 0x70000000 && type <= 0x7fffffff)
		snprintf(text, sizeof(text), "LOPROC+%#x", type - 0x70000000);
	else if (type >= 0x60000000 && type <= 0x6fffffff)
		snprintf(text, sizeof(text), "LOOS+%#x", type - 0x60000000);
	else if (type >= 0x80000000)
		snprintf(text, sizeof(text), "LOUSER+%#x", type - 0x80000000);
	else
		snprintf(text, sizeof(text), "%08x: <unknown>", type);
	return text;
}

const char *segment_type(const struct elf *e, uint32_t type)
{
	static const struct name names[] = {
		{ 0, "NULL" }, { 1, "LOAD" }, { 2, "DYNAMIC" }, { 3, "INTERP" },
		{ 4, "NOTE" }, { 5, "SHLIB" }, { 6, "PHDR" }, { 7, "TLS" },
		{ P_EH_FRAME, "GNU_EH_FRAME" }, { P_STACK, "GNU_STACK" },
		{ P_RELRO, "GNU_RELRO" }, { 0x6474e553, "GNU_PROPERTY" },
	};
	static char text[32];
	const char *found = name_of(NAMES(names), type);

	if (found)
		return found;
	if (type == 0x70000003 && e->machine == M_RISCV)
		return "RISCV_ATTRIBUTES";
	if (type >= 0x70000000 && type <= 0x7fffffff)
		snprintf(text, sizeof(text), "LOPROC+%#x", type - 0x70000000);
	else if (type >= 0x60000000 && type <= 0x6fffffff)
		snprintf(text, sizeof(text), "LOOS+%#x", type - 0x60000000);
	else
		snprintf(text, sizeof(text), "<unknown>: %x", type);
	return text;
}

static const char *reloc_of_386(uint32_t type)
{
	static const char *const names[] = {
		"NONE", "32", "PC32", "GOT32", "PLT32", "COPY", "GLOB_DAT",
		"JUMP_SLOT", "RELATIVE", "GOTOFF", "GOTPC", "32PLT", NULL, NULL,
		"TLS_TPOFF", "TLS_IE", "TLS_GOTIE", "TLS_LE", "TLS_GD",
		"TLS_LDM", "16", "PC16", "8", "PC8", "TLS_GD_32",
		"TLS_GD_PUSH", "TLS_GD_CALL", "TLS_GD_POP", "TLS_LDM_32",
		"TLS_LDM_PUSH", "TLS_LDM_CALL", "TLS_LDM_POP", "TLS_LDO_32",
		"TLS_IE_32", "TLS_LE_32", "TLS_DTPMOD32", "TLS_DTPOFF32",
		"TLS_TPOFF32", "SIZE32", "TLS_GOTDESC", "TLS_DESC_CALL",
		"TLS_DESC", "IRELATIVE", "GOT32X",
	};

	return type < sizeof(names) / sizeof(names[0]) ? names[type] : NULL;
}

static const char *reloc_of_riscv(uint32_t type)
{
	static const char *const names[] = {
		"NONE", "32", "64", "RELATIVE", "COPY", "JUMP_SLOT",
		"TLS_DTPMOD32", "TLS_DTPMOD64", "TLS_DTPREL32", "TLS_DTPREL64",
		"TLS_TPREL32", "TLS_TPREL64", NULL, NULL, NULL, NULL, "BRANCH",
		"JAL", "CALL", "CALL_PLT", "GOT_HI20", "TLS_GOT_HI20",
		"TLS_GD_HI20", "PCREL_HI20", "PCREL_LO12_I", "PCREL_LO12_S",
		"HI20", "LO12_I", "LO12_S", "TPREL_HI20", "TPREL_LO12_I",
		"TPREL_LO12_S", "TPREL_ADD", "ADD8", "ADD16", "ADD32", "ADD64",
		"SUB8", "SUB16", "SUB32", "SUB64", "GNU_VTINHERIT",
		"GNU_VTENTRY", "ALIGN", "RVC_BRANCH", "RVC_JUMP", "RVC_LUI",
		"GPREL_I", "GPREL_S", "TPREL_I", "TPREL_S", "RELAX", "SUB6",
		"SET6", "SET8", "SET16", "SET32", "32_PCREL", "IRELATIVE",
		"PLT32", "SET_ULEB128", "SUB_ULEB128",
	};

	return type < sizeof(names) / sizeof(names[0]) ? names[type] : NULL;
}

static const char *reloc_of_x86_64(uint32_t type)
{
	static const char *const names[] = {
		"NONE", "64", "PC32", "GOT32", "PLT32", "COPY", "GLOB_DAT",
		"JUMP_SLOT", "RELATIVE", "GOTPCREL", "32", "32S", "16", "PC16",
		"8", "PC8", "DTPMOD64", "DTPOFF64", "TPOFF64", "TLSGD",
		"TLSLD", "DTPOFF32", "GOTTPOFF", "TPOFF32", "PC64", "GOTOFF64",
		"GOTPC32", "GOT64", "GOTPCREL64", "GOTPC64", "GOTPLT64",
		"PLTOFF64", "SIZE32", "SIZE64", "GOTPC32_TLSDESC",
		"TLSDESC_CALL", "TLSDESC", "IRELATIVE", "RELATIVE64", NULL,
		NULL, "GOTPCRELX", "REX_GOTPCRELX",
	};

	return type < sizeof(names) / sizeof(names[0]) ? names[type] : NULL;
}

static const char *reloc_of_aarch64(uint32_t type)
{
	static const char *const code[] = {	/* from 257 */
		"ABS64", "ABS32", "ABS16", "PREL64", "PREL32", "PREL16",
		"MOVW_UABS_G0", "MOVW_UABS_G0_NC", "MOVW_UABS_G1",
		"MOVW_UABS_G1_NC", "MOVW_UABS_G2", "MOVW_UABS_G2_NC",
		"MOVW_UABS_G3", "MOVW_SABS_G0", "MOVW_SABS_G1", "MOVW_SABS_G2",
		"LD_PREL_LO19", "ADR_PREL_LO21", "ADR_PREL_PG_HI21",
		"ADR_PREL_PG_HI21_NC", "ADD_ABS_LO12_NC", "LDST8_ABS_LO12_NC",
		"TSTBR14", "CONDBR19", NULL, "JUMP26", "CALL26",
		"LDST16_ABS_LO12_NC", "LDST32_ABS_LO12_NC",
		"LDST64_ABS_LO12_NC",
	};
	static const char *const dynamic[] = {	/* from 1024 */
		"COPY", "GLOB_DAT", "JUMP_SLOT", "RELATIVE", "TLS_DTPMOD64",
		"TLS_DTPREL64", "TLS_TPREL64", "TLSDESC", "IRELATIVE",
	};
	static const struct name others[] = {
		{ 0, "NONE" }, { 299, "LDST128_ABS_LO12_NC" },
		{ 311, "ADR_GOT_PAGE" }, { 312, "LD64_GOT_LO12_NC" },
		{ 313, "LD64_GOTPAGE_LO15" },
		{ 512, "TLSGD_ADR_PREL21" }, { 513, "TLSGD_ADR_PAGE21" },
		{ 514, "TLSGD_ADD_LO12_NC" },
		{ 541, "TLSIE_ADR_GOTTPREL_PAGE21" },
		{ 542, "TLSIE_LD64_GOTTPREL_LO12_NC" },
		{ 549, "TLSLE_ADD_TPREL_HI12" }, { 550, "TLSLE_ADD_TPREL_LO12" },
		{ 551, "TLSLE_ADD_TPREL_LO12_NC" },
		{ 562, "TLSDESC_ADR_PAGE21" }, { 563, "TLSDESC_LD64_LO12" },
		{ 564, "TLSDESC_ADD_LO12" }, { 569, "TLSDESC_CALL" },
	};

	if (type - 257 < sizeof(code) / sizeof(code[0]))
		return code[type - 257];
	if (type - 1024 < sizeof(dynamic) / sizeof(dynamic[0]))
		return dynamic[type - 1024];
	return name_of(NAMES(others), type);
}

const char *reloc_type(uint16_t machine, uint32_t type)
{
	static const struct {
		uint16_t machine;
		const char *name, *(*reloc)(uint32_t type);
	} of[] = {
		{ M_386, "386", reloc_of_386 },
		{ M_RISCV, "RISCV", reloc_of_riscv },
		{ M_X86_64, "X86_64", reloc_of_x86_64 },
		{ M_AARCH64, "AARCH64", reloc_of_aarch64 },
	};
	static char text[40];

	for (size_t i = 0; i < sizeof(of) / sizeof(of[0]); i++) {
		const char *name = of[i].machine != machine ? NULL :
			of[i].reloc(type);

		if (name) {
			snprintf(text, sizeof(text), "R_%s_%s", of[i].name,
				 name);
			return text;
		}
	}
	return NULL;
}

const char *dynamic_type(int64_t tag)
{
	static const struct name names[] = {
		{ 0, "NULL" }, { 1, "NEEDED" }, { 2, "PLTRELSZ" },
		{ 3, "PLTGOT" }, { 4, "HASH" }, { 5, "STRTAB" },
		{ 6, "SYMTAB" }, { 7, "RELA" }, { 8, "RELASZ" },
		{ 9, "RELAENT" }, { 10, "STRSZ" }, { 11, "SYMENT" },
		{ 12, "INIT" }, { 13, "FINI" }, { 14, "SONAME" },
		{ 15, "RPATH" }, { 16, "SYMBOLIC" }, { 17, "REL" },
		{ 18, "RELSZ" }, { 19, "RELENT" }, { 20, "PLTREL" },
		{ 21, "DEBUG" }, { 22, "TEXTREL" }, { 23, "JMPREL" },
		{ 24, "BIND_NOW" }, { 25, "INIT_ARRAY" }, { 26, "FINI_ARRAY" },
		{ 27, "INIT_ARRAYSZ" }, { 28, "FINI_ARRAYSZ" },
		{ 29, "RUNPATH" }, { 30, "FLAGS" }, { 32, "PREINIT_ARRAY" },
		{ 33, "PREINIT_ARRAYSZ" }, { 34, "SYMTAB_SHNDX" },
		{ 35, "RELRSZ" }, { 36, "RELR" }, { 37, "RELRENT" },
		{ 0x6ffffdf5, "GNU_PRELINKED" }, { 0x6ffffdf6, "GNU_CONFLICTSZ" },
		{ 0x6ffffdf7, "GNU_LIBLISTSZ" }, { 0x6ffffef5, "GNU_HASH" },
		{ 0x6ffffef6, "TLSDESC_PLT" }, { 0x6ffffef7, "TLSDESC_GOT" },
		{ 0x6ffffef8, "GNU_CONFLICT" }, { 0x6ffffef9, "GNU_LIBLIST" },
		{ 0x6ffffff0, "VERSYM" }, { 0x6ffffff9, "RELACOUNT" },
		{ 0x6ffffffa, "RELCOUNT" }, { 0x6ffffffb, "FLAGS_1" },
		{ 0x6ffffffc, "VERDEF" }, { 0x6ffffffd, "VERDEFNUM" },
		{ 0x6ffffffe, "VERNEED" }, { 0x6fffffff, "VERNEEDNUM" },
		{ 0x7ffffffd, "AUXILIARY" }, { 0x7fffffff, "FILTER" },
	};
	static char text[40];
	const char *found = name_of(NAMES(names), (uint64_t)tag);

	if (found)
		return found;
	snprintf(text, sizeof(text), "<unknown>: %llx",
		 (unsigned long long)tag);
	return text;
}
