/* SPDX-License-Identifier: MIT */
/* rseq(2), as far as the auxiliary vector tells of it. */
#ifndef UAPI_RSEQ_H
#define UAPI_RSEQ_H

#define RSEQ_FEATURE_SIZE	24	/* bytes of struct rseq that are served */
#define RSEQ_ALIGN		32

#endif
