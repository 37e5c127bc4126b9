/* SPDX-License-Identifier: MIT */
/*
 * Thread-local variables of a program and of libraries that it was started
 * with (row A7), by each of the ways that code has to reach one.
 */
#include "../tap.h"
#include "threads.h"

static int own_target;
static __thread int own = 5;
static __thread long own_zero;
static __thread int *volatile own_pointer = &own_target;
static __thread char own_text[100] __attribute__((aligned(64))) = "text";
extern __thread int shared_value;
int *lib_value(void), *lib_hidden(void), *lib_fixed(void);
long *lib_zero(void);
int lib_sum(void), lib_pointer(void);

static void fresh_values(const char *whose)
{
	check_eq(own, 5, "%s: the program's", whose);
	check_eq(own_zero, 0, "%s: the program's zero", whose);
	check(!strcmp(own_text, "text") && !((unsigned long)own_text % 64),
	      "%s: aligned", whose);
	check_eq(shared_value, 7, "%s: a library's, by name", whose);
	check(lib_value() == &shared_value, "%s: the same for both", whose);
	check_eq(*lib_hidden(), 8, "%s: a library's own", whose);
	check_eq(*lib_zero(), 0, "%s: a library's zero", whose);
	check_eq(*lib_fixed(), 9, "%s: at a fixed offset", whose);
	check_eq(lib_sum(), 24, "%s: all together", whose);
	check(own_pointer == &own_target, "%s: the program's pointer", whose);
	check(lib_pointer(), "%s: a library's pointer", whose);
}

static void *in_thread(void *arg)
{
	int **first = arg;

	fresh_values("another thread");
	check(first[0] != &own && first[1] != &shared_value &&
	      first[2] != lib_hidden(), "not the first thread's");
	return NULL;
}

int main(void)
{
	int *first[] = { &own, &shared_value, lib_hidden() };
	struct thread t;

	fresh_values("first thread");
	own = shared_value = *lib_hidden() = 50;
	*lib_zero() = own_zero = 50;
	*lib_fixed() = 50;
	own_text[0] = 0;
	if (check(!thread_create(&t, in_thread, first), "a thread starts"))
		thread_join(&t);
	check(own == 50 && shared_value == 50 && *lib_hidden() == 50 &&
	      *lib_zero() == 50, "the first thread has kept its own");
	return tap_done();
}
