# SPDX-License-Identifier: MIT
"""The program behind ./lectern: the command line, see `./lectern --help`."""
import os
import sys

if sys.version_info < (3, 9):
    sys.stderr.write("lectern: Python 3.9 is needed, and this is "
                     "%d.%d (%s)\n" % (*sys.version_info[:2], sys.executable))
    sys.exit(122)

TOP = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
# bytecode is kept in the build directory, not among the sources
sys.dont_write_bytecode = False
sys.pycache_prefix = os.path.join(
    os.path.abspath(os.environ.get("LECTERN_BUILD")
                    or os.path.join(TOP, "build")), "pycache")
from driver.main import main  # noqa: E402

sys.exit(main(sys.argv[1:]))
