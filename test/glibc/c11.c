/* SPDX-License-Identifier: MIT */
/* C11's threads as glibc has them: thrd, mtx, cnd, tss, call_once (D1). */
#include <threads.h>
#include "glibc.h"

static mtx_t m;
static cnd_t c;
static tss_t key;
static once_flag flag = ONCE_FLAG_INIT;
static volatile int inits, ready, destroyed;
static long counter;
static thread_local int own = 3;

static void init(void)
{
	inits++;
}

static int count(void *arg)
{
	call_once(&flag, init);
	own += (int)(long)arg;
	for (int i = 0; i < 1000; i++) {
		mtx_lock(&m);
		counter++;
		mtx_unlock(&m);
		if (i % 100 == 0)
			thrd_yield();
	}
	return own;
}

static int wait_ready(void *arg)
{
	mtx_lock(&m);
	while (!ready)
		cnd_wait(&c, &m);
	mtx_unlock(&m);
	tss_set(key, &m);
	thrd_exit(9);
}

static void drop(void *p)
{
	destroyed += p == &m;
}

static int try_it(void *arg)
{
	return mtx_trylock(&m);
}

static int timed_it(void *arg)
{
	struct timespec t;

	timespec_get(&t, TIME_UTC);
	t.tv_sec -= 5;
	return mtx_timedlock(&m, &t);
}

static int in_thread(thrd_start_t fn)
{
	thrd_t t;
	int r = -1;

	if (thrd_create(&t, fn, NULL) != thrd_success ||
	    thrd_join(t, &r) != thrd_success)
		tap_bail("thrd");
	return r;
}

int main(void)
{
	struct timespec t;
	thrd_t th[8];
	int r, good = 1;

	check_eq(mtx_init(&m, mtx_plain), thrd_success, "mtx_init");
	check_eq(cnd_init(&c), thrd_success, "cnd_init");
	check_eq(tss_create(&key, drop), thrd_success, "tss_create");
	for (long i = 0; i < COUNT(th); i++)
		thrd_create(&th[i], count, (void *)i);
	for (int i = 0; i < COUNT(th); i++)
		good &= thrd_join(th[i], &r) == thrd_success && r == 3 + i;
	check(good && own == 3, "thrd_join: results; thread_local");
	check_eq(counter, 8000, "mtx_lock");
	check_eq(inits, 1, "call_once");
	for (int i = 0; i < COUNT(th); i++)
		thrd_create(&th[i], wait_ready, NULL);
	mtx_lock(&m);
	ready = 1;
	mtx_unlock(&m);
	cnd_broadcast(&c);
	for (int i = 0; i < COUNT(th); i++)
		good &= thrd_join(th[i], &r) == thrd_success && r == 9;
	check(good, "cnd_broadcast; thrd_exit");
	check_eq(destroyed, 8, "tss destructors");
	mtx_lock(&m);
	check_eq(in_thread(try_it), thrd_busy, "mtx_trylock");
	mtx_unlock(&m);
	mtx_destroy(&m);
	mtx_init(&m, mtx_timed | mtx_recursive);
	mtx_lock(&m);
	check_eq(mtx_lock(&m), thrd_success, "a recursive one");
	check_eq(in_thread(timed_it), thrd_timedout, "mtx_timedlock");
	timespec_get(&t, TIME_UTC);
	t.tv_sec -= 1;
	check_eq(cnd_timedwait(&c, &m, &t), thrd_timedout, "cnd_timedwait");
	t = (struct timespec){ 0, 1000000 };
	check_eq(thrd_sleep(&t, NULL), 0, "thrd_sleep");
	check(thrd_equal(thrd_current(), thrd_current()), "thrd_current");
	return tap_done();
}
