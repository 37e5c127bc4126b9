# SPDX-License-Identifier: MIT
"""Programs of system calls for `./lectern fuzz`: see docs/fuzzing.md."""
