/* SPDX-License-Identifier: MIT */
/* Options of mount(2) that are single words of a list: "acl,errors=panic". */
#ifndef TOPICS_MOUNTS_WORDS_H
#define TOPICS_MOUNTS_WORDS_H

#define MOUNT_WORDS_END		(-1)	/* no more options */
#define MOUNT_WORD_UNKNOWN	(-2)

/*
 * Take the next option from *data, which may be NULL or "".  Empty options
 * between two commas are skipped.
 * Return: its index in words[n], or one of the above.
 */
int mount_word(const char **data, const char *const *words, unsigned n);

#endif
