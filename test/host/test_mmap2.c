/* SPDX-License-Identifier: MIT */
/* The cases with two levels of tables: the build defines HOST_TWO_LEVELS. */
#include "test_mmap.c"
