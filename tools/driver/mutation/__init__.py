# SPDX-License-Identifier: MIT
"""`./lectern mutate`: which faults the tests notice, and which code they reach."""
