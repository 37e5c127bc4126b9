/* SPDX-License-Identifier: MIT */
/* SHA-256 and HMAC, written for size: a check prints some dozen lines. */
#include "sha256.h"
#include <stdint.h>
#include <string.h>

/* Fractional parts of the cube roots of the first 64 primes. */
static const uint32_t round_constant[64] = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1,
	0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3,
	0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786,
	0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
	0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147,
	0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13,
	0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b,
	0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
	0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a,
	0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208,
	0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static uint32_t turn(uint32_t x, int n)
{
	return x >> n | x << (32 - n);
}

static uint32_t word_at(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	       (uint32_t)p[2] << 8 | p[3];
}

static void put_word(unsigned char *p, uint32_t x)
{
	p[0] = x >> 24;
	p[1] = x >> 16;
	p[2] = x >> 8;
	p[3] = x;
}

static void take_block(uint32_t *state, const unsigned char *block)
{
	uint32_t w[64], s[8];

	for (int i = 0; i < 16; i++)
		w[i] = word_at(block + 4 * i);
	for (int i = 16; i < 64; i++) {
		uint32_t a = w[i - 15], b = w[i - 2];

		w[i] = w[i - 16] + w[i - 7] +
		       (turn(a, 7) ^ turn(a, 18) ^ a >> 3) +
		       (turn(b, 17) ^ turn(b, 19) ^ b >> 10);
	}
	memcpy(s, state, sizeof(s));
	for (int i = 0; i < 64; i++) {
		uint32_t one = s[7] + round_constant[i] + w[i] +
			(turn(s[4], 6) ^ turn(s[4], 11) ^ turn(s[4], 25)) +
			((s[4] & s[5]) ^ (~s[4] & s[6]));
		uint32_t two =
			(turn(s[0], 2) ^ turn(s[0], 13) ^ turn(s[0], 22)) +
			((s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]));

		memmove(s + 1, s, 7 * sizeof(s[0]));
		s[4] += one;
		s[0] = one + two;
	}
	for (int i = 0; i < 8; i++)
		state[i] += s[i];
}

void sha256(unsigned char *digest, const void *data, size_t size)
{
	unsigned char text[HMAC_TEXT_MAX + 3 * SHA256_BLOCK];
	uint32_t state[8] = {
		0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
		0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
	};
	size_t whole = (size + 9 + SHA256_BLOCK - 1) / SHA256_BLOCK *
		       SHA256_BLOCK;

	memset(text, 0, sizeof(text));
	memcpy(text, data, size);
	text[size] = 0x80;
	put_word(text + whole - 4, (uint32_t)size * 8);
	for (size_t at = 0; at < whole; at += SHA256_BLOCK)
		take_block(state, text + at);
	for (int i = 0; i < 8; i++)
		put_word(digest + 4 * i, state[i]);
}

void hmac_sha256(unsigned char *mac, const unsigned char *key, size_t key_size,
		 const void *text, size_t size)
{
	unsigned char all[SHA256_BLOCK + HMAC_TEXT_MAX], inner[SHA256_SIZE];

	memset(all, 0x36, SHA256_BLOCK);
	for (size_t i = 0; i < key_size; i++)
		all[i] ^= key[i];
	memcpy(all + SHA256_BLOCK, text, size);
	sha256(inner, all, SHA256_BLOCK + size);
	memset(all, 0x5c, SHA256_BLOCK);
	for (size_t i = 0; i < key_size; i++)
		all[i] ^= key[i];
	memcpy(all + SHA256_BLOCK, inner, SHA256_SIZE);
	sha256(mac, all, SHA256_BLOCK + SHA256_SIZE);
}
