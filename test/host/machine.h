/* SPDX-License-Identifier: MIT */
/*
 * The machine that the tests of mm run on: begun by a fixture of cmocka, used as
 * a program uses it, and empty again when a test is over.
 */
#ifndef TEST_HOST_MACHINE_H
#define TEST_HOST_MACHINE_H

#include "../../arch/host/host.h"
#include "stubs.h"
#include <mm/frames/page.h>
#include <mm/vm.h>

/* Fixtures: 16 MiB with slabs; 128 MiB with address spaces. */
int start_slabs(void **state);
int start_spaces(void **state);

/* Take what is kept for reuse back: of slabs, and of tables. */
void shrink_caches(void);
/* How much is in use; then that it is as much again, and that no VMA is left. */
void note_memory(void);
void check_no_leak(void);

/* Frames of a list, each of which holds the next in its first private word. */
void push_frame(struct page **list, struct page *p);
void put_frames(struct page *list);

/* A space whose mappings lie below top. */
struct vm_space *new_space(uaddr_t top);
/* A test begins: memory is noted, and such a space is the program's. */
struct vm_space *begin_with_space(uaddr_t top);
/* From here on s is loaded, and faults are charged to it. */
void use_space(struct vm_space *s);

/* As a program loads and stores. Return: the byte, 0; or -(enum vm_fault) */
int peek(uaddr_t at);
int poke(uaddr_t at, u8 v);

#endif
