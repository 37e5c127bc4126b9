/* SPDX-License-Identifier: MIT */
/*
 * Random numbers: the ChaCha20 block function (RFC 8439, 2.3) with a key from
 * the firmware's seed or, for repeatable runs, from `seed=N`.  Several blocks
 * are generated in advance.  The first words replace the key, and bytes that
 * were handed out are erased, so that nobody can compute earlier output from a
 * later state.
 */
#include <dev/chip/clock.h>
#include <kernel/lock/lock.h>
#include <kernel/random.h>
#include <kernel/sched/sched.h>
#include <lib/mem.h>
#include <lt/arch.h>
#include <lt/compiler.h>
#include <mm/uaccess.h>
#include <syscalls.h>

#define AHEAD		4		/* blocks */
#define POOL		(4 * (AHEAD * CHACHA_BLOCK - CHACHA_KEY))

static struct spinlock lock = SPIN_INIT("random", IPL_HIGH);
static u32 key[CHACHA_KEY];		/* [lock] */
static u64 counter;			/* [lock] */
static u8 pool[POOL];			/* [lock] output; erased up to `used` */
static unsigned used = POOL;		/* [lock] */

static u32 chacha_rotate(u32 v, int n)
{
	return v << n | v >> (32 - n);
}

static inline __attribute__((always_inline)) void
chacha_quarter(u32 *s, int a, int b, int c, int d)
{
	s[a] += s[b];
	s[d] = chacha_rotate(s[d] ^ s[a], 16);
	s[c] += s[d];
	s[b] = chacha_rotate(s[b] ^ s[c], 12);
	s[a] += s[b];
	s[d] = chacha_rotate(s[d] ^ s[a], 8);
	s[c] += s[d];
	s[b] = chacha_rotate(s[b] ^ s[c], 7);
}

void chacha_block(u32 out[CHACHA_BLOCK], const u32 k[CHACHA_KEY], u64 n)
{
	const u32 in[CHACHA_BLOCK] = {
		0x61707865, 0x3320646e, 0x79622d32, 0x6b206574,
		k[0], k[1], k[2], k[3], k[4], k[5], k[6], k[7],
		n, n >> 32, 0, 0,
	};
	u32 s[CHACHA_BLOCK];

	memcpy(s, in, sizeof(in));
	for (int round = 0; round < 10; round++) {
		chacha_quarter(s, 0, 4, 8, 12);
		chacha_quarter(s, 1, 5, 9, 13);
		chacha_quarter(s, 2, 6, 10, 14);
		chacha_quarter(s, 3, 7, 11, 15);
		chacha_quarter(s, 0, 5, 10, 15);
		chacha_quarter(s, 1, 6, 11, 12);
		chacha_quarter(s, 2, 7, 8, 13);
		chacha_quarter(s, 3, 4, 9, 14);
	}
	for (int i = 0; i < CHACHA_BLOCK; i++)
		out[i] = s[i] + in[i];
}

void random_init(void)
{
	u8 *k = (u8 *)key;
	u64 now = arch_clock() ^ clock_chip_seconds() << 20;

	if (boot_option("seed")) {
		now = boot_option_number("seed", 0);
	} else {
		for (unsigned i = 0; i < boot_info.seed_len; i++)
			k[i % sizeof(key)] ^= boot_info.seed[i];
	}
	key[0] ^= now;
	key[1] ^= now >> 32;
}

/* Generate new blocks, and replace the key.  Context: [lock]. */
static __noinline void random_refill(void)
{
	u32 out[AHEAD * CHACHA_BLOCK];

	spin_must_hold(&lock);
	for (unsigned i = 0; i < AHEAD; i++)
		chacha_block(out + i * CHACHA_BLOCK, key, counter++);
	memcpy(key, out, sizeof(key));
	memcpy(pool, out + CHACHA_KEY, POOL);
	used = 0;
}

/* Take n bytes out of the pool; n <= POOL. */
static void random_pool_take(void *to, size_t n)
{
	spin_lock(&lock);
	if (POOL - used < n)
		random_refill();
	memcpy(to, pool + used, n);
	memset(pool + used, 0, n);
	used += n;
	spin_unlock(&lock);
}

void random_bytes(void *to, size_t n)
{
	u32 mine[CHACHA_KEY], block[CHACHA_BLOCK];
	u64 i = 0;

	if (n <= sizeof(mine)) {
		random_pool_take(to, n);
		return;
	}
	/* a long request gets a key of its own, and then needs no lock */
	random_pool_take(mine, sizeof(mine));
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
	unsigned long done = 0, left;

	if ((flags & ~(GRND_NONBLOCK | GRND_RANDOM | GRND_INSECURE)) ||
	    (flags & (GRND_RANDOM | GRND_INSECURE)) ==
	    (GRND_RANDOM | GRND_INSECURE))
		return -EINVAL;
	count = min(count, 0x1fffffful);
	if (!user_range_ok(buf, count))
		return -EFAULT;
	while (done < count) {
		unsigned long n = min(count - done,
				      (unsigned long)sizeof(chunk));

		random_bytes(chunk, n);
		left = arch_copy_out(buf + done, chunk, n);
		done += n - left;
		if (left)
			return done ? (long)done : -EFAULT;
		if (done > 4096 && signal_pending())
			break;
		cond_resched();
	}
	return done;
}
