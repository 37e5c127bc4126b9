/* SPDX-License-Identifier: MIT */
/* A library that wants a symbol of librtld_dl_p.so, but does not need it. */
int p_only(void), r_value(void);

int r_value(void)
{
	return p_only();
}
