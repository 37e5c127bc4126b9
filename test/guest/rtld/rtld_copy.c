/* SPDX-License-Identifier: MIT */
/*
 * A variable of a library in a program that is not position-independent: the
 * program has room for it at a fixed address, gets a copy of its value
 * (R_COPY), and the library uses that one (row D17).
 */
#include "../tap.h"

extern int counter, *counter_pointer, text_length;
extern char text[16];
int count(void);

int main(void)
{
	check_eq(counter, 41, "the value came along");
	counter++;
	check_eq(count(), 43, "the library uses the program's");
	check_eq(counter, 43, "and the program what it left");
	check(counter_pointer == &counter, "the address is one");
	check(!strcmp(text, "relocated") && text_length == 9,
	      "an array");
	return tap_done();
}
