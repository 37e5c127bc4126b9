# SPDX-License-Identifier: MIT
"""`./lectern mutate`: which faults the tests notice, which code they reach."""
