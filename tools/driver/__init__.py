# SPDX-License-Identifier: MIT
"""Modules of the ./lectern driver; Python's standard library only."""
