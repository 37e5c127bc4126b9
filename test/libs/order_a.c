/* SPDX-License-Identifier: MIT */
/* The first library of order.c. */
int both(void), overridden(void), weak_first(void), guarded(void);
int hidden(void) __attribute__((visibility("hidden")));
int guarded(void) __attribute__((visibility("protected")));
int weak_first(void) __attribute__((weak));
extern int nowhere(void) __attribute__((weak));
int a_calls_overridden(void), a_calls_hidden(void), a_calls_guarded(void);
int a_calls_both(void), a_sees_nowhere(void);
int c_calls_deep(void), c_calls_deep_for_a(void);
int (*a_points_to_both(void))(void);
int (*a_points_to_guarded(void))(void);
extern int table[4];
extern int *const a_to_table;

int table[4];
int *const a_to_table = &table[2];

int both(void)
{
	return 'a';
}

int weak_first(void)
{
	return 'a';
}

int overridden(void)
{
	return 'a';
}

int hidden(void)
{
	return 'a';
}

int guarded(void)
{
	return 'a';
}

int a_calls_overridden(void)
{
	return overridden();
}

int a_calls_hidden(void)
{
	return hidden();
}

int a_calls_guarded(void)
{
	return guarded();
}

int a_calls_both(void)
{
	return both();
}

int c_calls_deep_for_a(void)
{
	return c_calls_deep();
}

int a_sees_nowhere(void)
{
	return nowhere != 0;
}

int (*a_points_to_both(void))(void)
{
	return both;
}

static int (*volatile guarded_pointer)(void) = guarded;

int (*a_points_to_guarded(void))(void)
{
	return guarded_pointer;
}
