/* SPDX-License-Identifier: MIT */
/* The walk with two levels of tables: the build defines HOST_TWO_LEVELS. */
#include "test_unshare.c"
