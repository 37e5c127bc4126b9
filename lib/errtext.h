/* SPDX-License-Identifier: MIT */
#ifndef LIB_ERRTEXT_H
#define LIB_ERRTEXT_H

/*
 * Describe an error in a few words, for messages at times when nobody could
 * look up its number.
 * Context: any.
 * Return: the description, or "not known" for an unknown error; err may be
 * negative or positive.
 */
const char *error_text(int err);

#endif
