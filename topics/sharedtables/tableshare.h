/* SPDX-License-Identifier: MIT */
#ifndef TOPICS_SHAREDTABLES_TABLESHARE_H
#define TOPICS_SHAREDTABLES_TABLESHARE_H

void share_init(void);

#endif
