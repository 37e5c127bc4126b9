# SPDX-License-Identifier: MIT
"""What a machine starts from: archives, images, Debian's packages."""
