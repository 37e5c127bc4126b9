/* SPDX-License-Identifier: MIT */
/* arm64: the string at AT_PLATFORM. */
#ifndef LABS_PLATFORM_H
#define LABS_PLATFORM_H

#define PLATFORM_NAME	"aarch64"

#endif
