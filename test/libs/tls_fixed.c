/* SPDX-License-Identifier: MIT */
/* A thread-local variable, and (USER) code that wants it at a fixed offset. */
int *of_owner(void), *of_user(void);

#ifdef USER
extern __thread int owned __attribute__((tls_model("initial-exec")));

int *of_user(void)
{
	return &owned;
}
#else
__thread int owned = 33;

int *of_owner(void)
{
	return &owned;
}
#endif
