/* SPDX-License-Identifier: MIT */
#ifndef EXT_TABLESHARE_H
#define EXT_TABLESHARE_H

void share_init(void);

#endif
