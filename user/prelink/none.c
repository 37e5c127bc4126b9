/* SPDX-License-Identifier: MIT */
/* In the linker itself: nothing is written. */
#include "prelink.h"

const struct prelinker *const prelinker;
