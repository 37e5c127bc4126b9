/* SPDX-License-Identifier: MIT */
/* Options of mount(2) that are one of some words: "acl,errors=panic". */
#ifndef TOPICS_MOUNTS_WORDS_H
#define TOPICS_MOUNTS_WORDS_H

#define MOUNT_WORDS_END		(-1)	/* there is no further option */
#define MOUNT_WORD_UNKNOWN	(-2)

/*
 * Take the next option off *data, which NULL or "" has none of; empty ones,
 * between two commas, are passed over.
 * Return: its index in words[n], or one of the above.
 */
int mount_word(const char **data, const char *const *words, unsigned n);

#endif
