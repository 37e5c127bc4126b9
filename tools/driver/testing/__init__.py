# SPDX-License-Identifier: MIT
"""`./lectern test` and `fuzz`."""
