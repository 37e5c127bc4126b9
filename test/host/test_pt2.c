/* SPDX-License-Identifier: MIT */
/* The walker on the other shape: the build defines HOST_TWO_LEVELS. */
#include "test_pt.c"
