/* SPDX-License-Identifier: MIT */
/* The second library of order.c. */
int both(void), weak_first(void), deep(void), hidden(void), guarded(void);
int b_calls_both(void), b_calls_guarded(void);

int both(void)
{
	return 'b';
}

int weak_first(void)
{
	return 'b';
}

int deep(void)
{
	return 'b';
}

int hidden(void)
{
	return 'b';
}

int guarded(void)
{
	return 'b';
}

int b_calls_both(void)
{
	return both();
}

int b_calls_guarded(void)
{
	return guarded();
}
