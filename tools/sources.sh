#!/bin/sh
# SPDX-License-Identifier: MIT
# sources.sh DIR [DEPTH] - print the C and assembler sources under DIR, sorted,
# one a line, relative to DIR.  asm-offsets.c is left out: it is compiled only
# for the numbers in its assembler text.
set -e
cd "$1"
find . -maxdepth "${2:-9}" -type f \( -name '*.c' -o -name '*.S' \) \
	! -name asm-offsets.c ! -name '.*' | sed 's,^\./,,' | LC_ALL=C sort
