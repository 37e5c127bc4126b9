/* SPDX-License-Identifier: MIT */
/* Constants of rseq(2) that the auxiliary vector reports. */
#ifndef UAPI_RSEQ_H
#define UAPI_RSEQ_H

#define RSEQ_FEATURE_SIZE	24	/* supported bytes of struct rseq */
#define RSEQ_ALIGN		32

#endif
