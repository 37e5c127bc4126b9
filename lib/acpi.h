/* SPDX-License-Identifier: MIT */
/* The list of CPUs in a PC's firmware tables (ACPI). */
#ifndef LIB_ACPI_H
#define LIB_ACPI_H

#include <lt/types.h>

/*
 * Return: size bytes of physical memory, which stay accessible until the next
 * call; NULL: not accessible.
 */
typedef const void *(*acpi_memory_t)(u64 at, unsigned long size);

/*
 * Call found with the local APIC id of each usable CPU.
 * Return: the number of CPUs; 0: there are no tables, or no valid ones.
 */
unsigned acpi_cpus(acpi_memory_t memory, void (*found)(unsigned id));

#endif
