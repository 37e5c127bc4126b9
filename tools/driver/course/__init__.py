# SPDX-License-Identifier: MIT
"""What the course hands out: pages, labs, releases, set-up of editors."""
