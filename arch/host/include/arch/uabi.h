/* SPDX-License-Identifier: MIT */
/* The only ABI constant that the headers need from a port. */
#ifndef ARCH_UABI_H
#define ARCH_UABI_H

#define ARCH_SA_RESTORER 0		/* sigaction(2) has no restorer */

#endif
