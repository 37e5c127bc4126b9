/* SPDX-License-Identifier: MIT */
/* Thread-local variables for tls.c. */
extern __thread int shared_value;
__thread int shared_value = 7;
static __thread int hidden_value = 8;
static __thread long zero;
static __thread int fixed __attribute__((tls_model("initial-exec"))) = 9;

static int plain;
static __thread int *volatile pointer = &plain;

int *lib_value(void), *lib_hidden(void), *lib_fixed(void);
int lib_pointer(void);
long *lib_zero(void);
int lib_sum(void);

int *lib_value(void)
{
	return &shared_value;
}

int *lib_hidden(void)
{
	return &hidden_value;
}

long *lib_zero(void)
{
	return &zero;
}

int *lib_fixed(void)
{
	return &fixed;
}

/* The value that it begins with is an address. */
int lib_pointer(void)
{
	return pointer == &plain;
}

int lib_sum(void)
{
	return shared_value + hidden_value + (int)zero + fixed;
}
