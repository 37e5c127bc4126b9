/* SPDX-License-Identifier: MIT */
/* 32-bit struct iovec arrays and messages (docs/rv32.md). */
#ifndef TOPICS_RV32_ARCH_RISCV_NARROWMSG_H
#define TOPICS_RV32_ARCH_RISCV_NARROWMSG_H

#include "narrow.h"

narrow_call_t narrow_readv, narrow_writev, narrow_preadv, narrow_pwritev,
	narrow_preadv2, narrow_pwritev2, narrow_vmsplice,
	narrow_process_vm_readv, narrow_process_vm_writev,
	narrow_process_madvise;
narrow_call_t narrow_sendmsg, narrow_recvmsg, narrow_sendmmsg, narrow_recvmmsg,
	narrow_setsockopt, narrow_getsockopt;

/*
 * Convert an array of n iovecs to 64 bits, into lent memory at offset.
 * Return: its address in lent memory; LENT_NOWHERE: the array cannot be read.
 */
uaddr_t narrow_vector(struct lent *l, unsigned long offset, uaddr_t from,
		      unsigned long n);

#endif
