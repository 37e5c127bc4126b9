/* SPDX-License-Identifier: MIT */
/* SHA-256 (FIPS 180-4) and HMAC with it (RFC 2104), for short messages. */
#ifndef LABS_SHA256_H
#define LABS_SHA256_H

#include <stddef.h>

#define SHA256_SIZE	32
#define SHA256_BLOCK	64

/* key: at most SHA256_BLOCK bytes; text: at most HMAC_TEXT_MAX bytes. */
#define HMAC_TEXT_MAX	1024
void hmac_sha256(unsigned char *mac, const unsigned char *key, size_t key_size,
		 const void *text, size_t size);

/* data: at most HMAC_TEXT_MAX + SHA256_BLOCK bytes. */
void sha256(unsigned char *digest, const void *data, size_t size);

#endif
