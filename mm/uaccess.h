/* SPDX-License-Identifier: MIT */
/*
 * The only access to user memory (row B4).  Every function checks that the
 * range lies below USER_TOP, and any address is safe.
 * Context: a task at IPL_NONE, no spin lock held; may sleep.
 */
#ifndef MM_UACCESS_H
#define MM_UACCESS_H

#include <lt/arch.h>
#include <lt/check.h>
#include <lt/compiler.h>
#include <lt/types.h>
#include <uapi/errno.h>

/* True if [at, at + n) lies in user space, mapped or not. */
static inline bool user_range_ok(uaddr_t at, unsigned long n)
{
	return n <= USER_TOP && at <= USER_TOP - n;
}

/*
 * Handle a range beyond user space: an emulated call may pass a kernel buffer
 * at an address that no program has (topics/rv32).
 * out: copy from `here` to at; else from at to `here`.
 * Return: 0 or -EFAULT.
 */
int user_copy_lent(void *here, uaddr_t at, unsigned long n, bool out);

/*
 * Copy n bytes; if n is 0, any address is accepted.
 * Return: 0; -EFAULT: a part may have been copied.
 */
static inline int copy_from_user(void *to, uaddr_t from, unsigned long n)
{
	address_check(to, n, true);
	if (unlikely(!user_range_ok(from, n)))
		return n ? user_copy_lent(to, from, n, false) : 0;
	return arch_copy_in(to, from, n) ? -EFAULT : 0;
}

static inline int copy_to_user(uaddr_t to, const void *from, unsigned long n)
{
	address_check(from, n, false);
	leak_check(from, n);
	if (unlikely(!user_range_ok(to, n)))
		return n ? user_copy_lent((void *)from, to, n, true) : 0;
	return arch_copy_out(to, from, n) ? -EFAULT : 0;
}

static inline int clear_user(uaddr_t to, unsigned long n)
{
	if (!user_range_ok(to, n) || arch_clear_user(to, n))
		return -EFAULT;
	return 0;
}

/*
 * The padding between the members of a structure, and behind the last one,
 * would leak contents of the kernel's stack to the program.  Before a structure
 * with padding is passed to copy_to_user(), all of it must be cleared.
 */
#if defined(__has_builtin) && __has_builtin(__builtin_clear_padding)
#define clear_padding(ptr) __builtin_clear_padding(ptr)
#else
#define clear_padding(ptr) ((void)(ptr))
#endif

/*
 * Copy a word or a structure of the ABI: get_user(&x, from), put_user(x, to).
 * Return: 0 or -EFAULT.
 */
#define get_user(ptr, from) copy_from_user(ptr, from, sizeof(*(ptr)))
#define put_user(x, to) ({ \
	__typeof__((void)0, (x)) x_ = (x); clear_padding(&x_); \
	copy_to_user(to, &x_, sizeof(x_)); })

/*
 * Copy a structure that later versions may extend.  size: the kernel's; given:
 * the program's.  Members missing in a shorter structure are set to 0.  In a
 * longer one, bytes beyond the kernel's size must be 0, as they ask for
 * something unknown.
 * Return: 0, -EFAULT or -E2BIG.
 */
int struct_from_user(void *to, unsigned long size, uaddr_t from,
		     unsigned long given);

/*
 * Copy a string, with its NUL.
 * Return: its length; -EFAULT; -ENAMETOOLONG: no NUL within size bytes.
 */
long string_from_user(char *to, uaddr_t from, long size);

#endif
