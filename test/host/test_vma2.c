/* SPDX-License-Identifier: MIT */
/* The property test with two levels: the build defines HOST_TWO_LEVELS. */
#include "test_vma.c"
