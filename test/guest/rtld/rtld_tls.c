/* SPDX-License-Identifier: MIT */
/*
 * Thread-local variables of a program and of libraries that it was started
 * with (row A7), by each of the ways that code has to reach one.
 */
#include <dlfcn.h>
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

int *desc_addresses(int i, int which);
int desc_sum(int a, int b, int c, int d);
double desc_mix(double a, double b, double c, double d,
		double e, double f, double g, double h);
int *desc_weak(void);
int desc_calls(void);

static int *(*late_addresses)(int i, int which);
static int (*late_sum)(int a, int b, int c, int d);
static double (*late_mix)(double a, double b, double c, double d,
			  double e, double f, double g, double h);
static int *(*late_weak)(void);

/* A library that came later by descriptors, too. */
static void open_late(void)
{
	void *late = dlopen("librtld_tls_desc_late.so", RTLD_NOW);

	if (!check(late != NULL, "a library with descriptors is opened")) {
		printf("# %s\n", dlerror());
		exit(tap_done());
	}
	late_addresses = (int *(*)(int, int))dlsym(late, "desc_addresses");
	late_sum = (int (*)(int, int, int, int))dlsym(late, "desc_sum");
	late_mix = (double (*)(double, double, double, double, double, double,
			       double, double))dlsym(late, "desc_mix");
	late_weak = (int *(*)(void))dlsym(late, "desc_weak");
}

static void find_by_descriptors(const char *whose)
{
	int *own_array, *late;

	/* while the late library's block is created, too */
	check(late_mix(1, 2, 3, 4, 5, 6, 7, 8) == 204 &&
	      late_mix(8, 7, 6, 5, 4, 3, 2, 1) == 120 &&
	      desc_mix(8, 7, 6, 5, 4, 3, 2, 1) == 120,
	      "%s: float registers survive", whose);
	own_array = desc_addresses(0, 2);
	late = late_addresses(0, 2);
	check(desc_addresses(0, 0) == &shared_value &&
	      late_addresses(0, 0) == &shared_value,
	      "%s: another library's, by descriptor", whose);
	check_eq(*desc_addresses(0, 1), 11, "%s: its own", whose);
	check(late_addresses(0, 1) == desc_addresses(0, 1),
	      "%s: the same for both", whose);
	check(own_array[2] == 3 && !own_array[99],
	      "%s: an array of its own", whose);
	check(late[2] == 3 && !late[99] && late != own_array,
	      "%s: ... of who came later", whose);
	check(desc_addresses(5, 2) == own_array + 5 &&
	      late_addresses(5, 2) == late + 5, "%s: inside of it", whose);
	check_eq(desc_sum(2, 3, 4, 5), 2147, "%s: registers survive", whose);
	check_eq(late_sum(2, 3, 4, 5), 2147, "%s: ... later, too", whose);
}

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
	check_eq(desc_calls(), 24, "%s: ... from another library", whose);
	check(own_pointer == &own_target, "%s: the program's pointer", whose);
	check(lib_pointer(), "%s: a library's pointer", whose);
}

static void *check_in_thread(void *arg)
{
	int **first = arg;

	fresh_values("another thread");
	find_by_descriptors("another thread");
	check(first[0] != &own && first[1] != &shared_value &&
	      first[2] != lib_hidden(), "not the first thread's");
	return NULL;
}

int main(void)
{
	int *first[] = { &own, &shared_value, lib_hidden() };
	struct thread t;

	open_late();
	fresh_values("first thread");
	find_by_descriptors("first thread");
	check(!desc_weak() && !late_weak(), "weak and nowhere is no address");
	own = shared_value = *lib_hidden() = 50;
	*lib_zero() = own_zero = 50;
	*lib_fixed() = 50;
	own_text[0] = 0;
	if (check(!thread_create(&t, check_in_thread, first),
		  "a thread starts"))
		thread_join(&t);
	check(own == 50 && shared_value == 50 && *lib_hidden() == 50 &&
	      *lib_zero() == 50, "the first thread has kept its own");
	return tap_done();
}
