# SPDX-License-Identifier: MIT
"""`./lectern show`: pictures of a program, its file, memory or start."""
