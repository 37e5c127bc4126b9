/* SPDX-License-Identifier: MIT */
/* The hooks of extensions; empty until they set theirs. */
#include <kernel/hooks.h>

struct hooks hooks;
