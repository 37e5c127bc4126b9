/* SPDX-License-Identifier: MIT */
/* Threads by the names of our C library, also where a test runs with glibc's. */
#ifndef TEST_RTLD_THREADS_H
#define TEST_RTLD_THREADS_H

#ifdef __GLIBC__
#include <pthread.h>
struct thread {
	pthread_t id;
};
#define thread_create(thread, f, a)	\
	pthread_create(&(thread)->id, NULL, f, a)
#define thread_join(thread)	pthread_join((thread)->id, NULL)
#else
#include <thread.h>
#endif

#endif
