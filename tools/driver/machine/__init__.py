# SPDX-License-Identifier: MIT
"""The machines: QEMU, Debian's Linux, debuggers, ports to new machines."""
