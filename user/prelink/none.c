/* SPDX-License-Identifier: MIT */
/* Linked into the ordinary linker, which never writes prelink files. */
#include "prelink.h"

const struct prelinker *const prelinker;
