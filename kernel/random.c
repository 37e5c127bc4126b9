/* SPDX-License-Identifier: MIT */
/*
 * Random numbers: the ChaCha20 block function (RFC 8439, 2.3) over a key that
 * the firmware's seed, or `seed=N` for repeatable runs, filled.  Each request
 * replaces the key by fresh output first, so that earlier output cannot be
 * found from a later state.
 */
#include <kernel/boot/init.h>
#include <kernel/lock.h>
#include <kernel/random.h>
#include <kernel/syscall/syscalls.h>
#include <lib/mem.h>
#include <lt/arch.h>
#include <mm/uaccess.h>

#define KEY_WORDS	8
#define BLOCK_WORDS	16

static struct spinlock lock = SPIN_INIT("random", IPL_HIGH);
static u32 key[KEY_WORDS];		/* [lock] */
static u64 counter;			/* [lock] */

static u32 rotate(u32 v, int n)
{
	return v << n | v >> (32 - n);
}

static void quarter(u32 *s, int a, int b, int c, int d)
{
	s[a] += s[b];
	s[d] = rotate(s[d] ^ s[a], 16);
	s[c] += s[d];
	s[b] = rotate(s[b] ^ s[c], 12);
	s[a] += s[b];
	s[d] = rotate(s[d] ^ s[a], 8);
	s[c] += s[d];
	s[b] = rotate(s[b] ^ s[c], 7);
}

static void chacha_block(u32 out[BLOCK_WORDS], const u32 k[KEY_WORDS], u64 n)
{
	u32 in[BLOCK_WORDS] = {
		0x61707865, 0x3320646e, 0x79622d32, 0x6b206574,
		k[0], k[1], k[2], k[3], k[4], k[5], k[6], k[7],
		n, n >> 32, 0, 0,
	};

	memcpy(out, in, sizeof(in));
	for (int round = 0; round < 10; round++) {
		quarter(out, 0, 4, 8, 12);
		quarter(out, 1, 5, 9, 13);
		quarter(out, 2, 6, 10, 14);
		quarter(out, 3, 7, 11, 15);
		quarter(out, 0, 5, 10, 15);
		quarter(out, 1, 6, 11, 12);
		quarter(out, 2, 7, 8, 13);
		quarter(out, 3, 4, 9, 14);
	}
	for (int i = 0; i < BLOCK_WORDS; i++)
		out[i] += in[i];
}

void random_init(void)
{
	u8 *k = (u8 *)key;
	u64 now = arch_clock() ^ arch_rtc_seconds() << 20;

	if (boot_option("seed")) {
		now = boot_option_number("seed", 0);
	} else {
		for (unsigned i = 0; i < boot_info.seed_len; i++)
			k[i % sizeof(key)] ^= boot_info.seed[i];
	}
	key[0] ^= now;
	key[1] ^= now >> 32;
}

/* A key for one request; the pool's own is replaced. */
static void take_key(u32 mine[KEY_WORDS])
{
	u32 block[BLOCK_WORDS];

	spin_lock(&lock);
	chacha_block(block, key, counter++);
	memcpy(key, block, sizeof(key));
	memcpy(mine, block + KEY_WORDS, sizeof(key));
	spin_unlock(&lock);
}

void random_bytes(void *to, size_t n)
{
	u32 mine[KEY_WORDS], block[BLOCK_WORDS];
	u64 i = 0;

	if (n <= sizeof(mine)) {
		take_key(mine);
		memcpy(to, mine, n);
		return;
	}
	take_key(mine);
	while (n) {
		size_t part = min(n, sizeof(block));

		chacha_block(block, mine, i++);
		memcpy(to, block, part);
		to = (char *)to + part;
		n -= part;
	}
}

#define GRND_NONBLOCK	1u
#define GRND_RANDOM	2u
#define GRND_INSECURE	4u

long sys_getrandom(uaddr_t buf, unsigned long count, unsigned flags)
{
	u8 chunk[256];
	unsigned long done = 0;

	if ((flags & ~(GRND_NONBLOCK | GRND_RANDOM | GRND_INSECURE)) ||
	    (flags & (GRND_RANDOM | GRND_INSECURE)) ==
	    (GRND_RANDOM | GRND_INSECURE))
		return -EINVAL;
	count = min(count, 0x1fffffful);
	while (done < count) {
		unsigned long n = min(count - done,
				      (unsigned long)sizeof(chunk));

		random_bytes(chunk, n);
		if (copy_to_user(buf + done, chunk, n))
			return done ? (long)done : -EFAULT;
		done += n;
		if (done > 4096 && signal_pending())
			break;
		cond_resched();
	}
	return done;
}
