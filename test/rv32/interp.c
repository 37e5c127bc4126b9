/* SPDX-License-Identifier: MIT */
/*
 * The interpreter of a program of 32 bits, as a runtime linker is: it looks at
 * what the kernel tells it, says "interp", and starts the program.
 */
typedef unsigned u32;

enum { WRITE = 64, EXIT = 93 };
enum { AT_PHDR = 3, AT_BASE = 7, AT_ENTRY = 9, LAST = 32 };

long call(long nr, ...);
void begin(long *sp);

/* Of a symbol of this file, which nobody relocates. */
#define ADDRESS(of) ({ u32 at_; \
	__asm__("lla %0, " #of : "=r"(at_)); at_; })

static void fails(int status)
{
	call(WRITE, 1, "interp is told lies\n", 20);
	call(EXIT, status);
}

void begin(long *sp)
{
	u32 aux[LAST], *v = (u32 *)sp + 1 + sp[0] + 1;

	for (volatile u32 *a = aux; a < aux + LAST; a++)
		*a = 0;
	while (*v++)
		;
	for (; v[0]; v += 2)
		if (v[0] < LAST)
			aux[v[0]] = v[1];
	if (aux[AT_BASE] != ADDRESS(__ehdr_start))
		fails(2);
	if (!aux[AT_ENTRY] || aux[AT_ENTRY] == ADDRESS(start))
		fails(3);
	/* the program's, which lie behind its head of 52 bytes */
	if (*(u32 *)(aux[AT_PHDR] - 52) != 0x464c457f)
		fails(4);
	call(WRITE, 1, "interp\n", 7);
	__asm__ volatile("mv sp, %0\njr %1" :: "r"(sp), "r"(aux[AT_ENTRY]));
}
