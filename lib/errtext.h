/* SPDX-License-Identifier: MIT */
#ifndef LIB_ERRTEXT_H
#define LIB_ERRTEXT_H

/*
 * What an error means, in a few words, for messages while there is nobody yet
 * who could look its number up.
 * Context: any.
 * Return: "not known" if there are none of it; err may be negative or positive.
 */
const char *error_text(int err);

#endif
