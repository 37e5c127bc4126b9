# SPDX-License-Identifier: MIT
"""What the course hands out: pages, labs, releases, set-up of editors."""
"""The course: its page, its labs, its book, and the live view."""
