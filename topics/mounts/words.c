/* SPDX-License-Identifier: MIT */
#include "words.h"
#include <lib/mem.h>

int mount_word(const char **data, const char *const *words, unsigned n)
{
	while (*data && **data) {
		const char *word = *data, *end = strchr(word, ',');
		size_t len = end ? (size_t)(end - word) : strlen(word);

		*data = end ? end + 1 : NULL;
		if (!len)
			continue;
		for (unsigned i = 0; i < n; i++)
			if (strlen(words[i]) == len &&
			    !strncmp(words[i], word, len))
				return (int)i;
		return MOUNT_WORD_UNKNOWN;
	}
	return MOUNT_WORDS_END;
}
