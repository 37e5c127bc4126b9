/* SPDX-License-Identifier: MIT */
/* A program that ends with what one function of a library returns. */
int CALLED(void);

int main(void)
{
	return CALLED();
}
