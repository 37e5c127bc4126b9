/* SPDX-License-Identifier: MIT */
/* Calls, or with -DDATA points to, what nobody has, for errors.c. */
#ifdef DATA
extern int data_nowhere;
int *pointer_nowhere = &data_nowhere;
#else
int function_nowhere(void), calls_nowhere(void);

int calls_nowhere(void)
{
	return function_nowhere();
}
#endif
int harmless(void);

int harmless(void)
{
	return 0;
}
