/* SPDX-License-Identifier: MIT */
/* Variables for copy.c. */
extern int counter, *counter_pointer, text_length;
extern char text[16];
int count(void);

int counter = 41;
int *counter_pointer = &counter;
char text[16] = "relocated";
int text_length = 9;

int count(void)
{
	return ++counter;
}
