/* SPDX-License-Identifier: MIT */
/* The one point of the programs' ABI that the headers ask a port for. */
#ifndef ARCH_UABI_H
#define ARCH_UABI_H

#define ARCH_SA_RESTORER 0		/* sigaction(2) carries none */

#endif
