# SPDX-License-Identifier: MIT
"""The course: its page and live view, book, drill and labs, and releases."""
