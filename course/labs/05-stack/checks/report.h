/* SPDX-License-Identifier: MIT */
/* What the started program tells of its stack, through descriptor 9. */
#ifndef LABS_REPORT_H
#define LABS_REPORT_H

#define REPORT_FD	9
#define REPORT_STARTED	0x57a27edUL
#define REPORT_REFUSED	0x2ef05edUL
#define AUX_MAX		64

struct report {
	unsigned long magic;
	unsigned long error;		/* errno of execve, if refused */
	unsigned long argc, envc;
	unsigned long sp;		/* where argc stands */
	unsigned long args_end;		/* argv[argc] */
	unsigned long first, last;	/* byte of the strings */
	unsigned long gaps;		/* strings that do not follow the last */
	unsigned long pairs;		/* of the auxiliary vector */
	unsigned long twice;		/* types that come twice */
	unsigned long aux[AUX_MAX];	/* values by type */
	unsigned char has[AUX_MAX];
	unsigned char random[16];
	unsigned long start;		/* the program's first instruction */
	unsigned long found_code;	/* the headers at AT_PHDR name main */
	unsigned long cmdline, environ, auxv;	/* files of /proc agree */
	char execfn[64], platform[16];
	unsigned long size;		/* bytes of all strings, which follow */
};

#endif
