/* SPDX-License-Identifier: MIT */
/* RISC-V: there is no AT_PLATFORM. */
#ifndef LABS_PLATFORM_H
#define LABS_PLATFORM_H

#define PLATFORM_NAME	""

#endif
