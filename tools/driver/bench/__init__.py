# SPDX-License-Identifier: MIT
"""`./lectern bench`: what operations cost."""
