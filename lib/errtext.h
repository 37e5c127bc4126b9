/* SPDX-License-Identifier: MIT */
#ifndef LIB_ERRTEXT_H
#define LIB_ERRTEXT_H

/*
 * Describe an error in a few words, for messages at a time when no user could
 * look its number up.
 * Context: any.
 * Return: "not known" for an unknown error; err may be negative or positive.
 */
const char *error_text(int err);

#endif
