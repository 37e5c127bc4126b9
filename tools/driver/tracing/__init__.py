# SPDX-License-Identifier: MIT
"""`./lectern trace` and `profile`: what the kernel does for a program."""
