/* SPDX-License-Identifier: MIT */
/* i386: the string at AT_PLATFORM. */
#ifndef LABS_PLATFORM_H
#define LABS_PLATFORM_H

#define PLATFORM_NAME	"i686"

#endif
