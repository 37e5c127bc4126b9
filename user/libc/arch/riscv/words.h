/* SPDX-License-Identifier: MIT */
/* For assembler files: size, load and store of a word, for both widths. */
#if __riscv_xlen == 64
#define WORD	8
#define SHIFT	3		/* log2 of WORD */
#define LOAD	ld
#define STORE	sd
#else
#define WORD	4
#define SHIFT	2
#define LOAD	lw
#define STORE	sw
#endif
