# SPDX-License-Identifier: MIT
"""`./lectern show`: pictures of a program: its file, its memory, its start."""
