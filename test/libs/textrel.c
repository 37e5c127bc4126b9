/* SPDX-License-Identifier: MIT */
/* For misc.c: a word of text that is an address, text_target + an int. */
extern void *const text_word;
extern int text_target[2];

int text_target[2];

__asm__("	.text\n"
	"	.balign 8\n"
	"	.globl text_word\n"
	"	.type text_word, @object\n"
	"text_word:\n"
	"	.dc.a text_target + 4\n"
	"	.size text_word, . - text_word\n"
	"	.balign 8\n"
	"	.previous\n");
