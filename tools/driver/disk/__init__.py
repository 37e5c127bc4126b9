# SPDX-License-Identifier: MIT
"""What a machine boots from: archives, disk images, Debian packages."""
