# SPDX-License-Identifier: MIT
"""Cases of the suite `judges`: bash's own tests, of its source package, on
bash as Debian packs it.  A test compares its output with what upstream says;
whatever it prints of its own is a difference."""
import os
import shutil
import subprocess

from driver import debs
from driver.common import build_dir
from driver.packages import LINUX_GCC

PACKAGES = ("bash", "coreutils", "dash", "diffutils", "findutils", "grep",
            "mawk", "ncurses-bin", "procps", "sed")
LIMIT = 300

# run-ifs-posix, with 6856 tests of no system call, is left out
TESTS = """
alias appendop arith arith-for array array2 assoc attr braces builtins case
casemod complete comsub comsub-eof comsub-posix cond coproc cprint
dbg-support dbg-support2 dirstack dollars dynvar errors execscript exp-tests
exportfunc extglob extglob2 extglob3 func getopts glob-test globstar heredoc
herestr histexpand history ifs input-test intl invert iquote jobs lastpipe
mapfile more-exp nameref new-exp nquote nquote1 nquote2 nquote3 nquote4
nquote5 parser posix2 posixexp posixexp2 posixpat posixpipe precedence printf
procsub quote quotearray read redir rhs-exp rsh set-e set-x shopt strip test
tilde tilde2 trap type varenv vredir
""".split()

# {test: why it fails on Linux too, in this environment}
LOCALES = "other locales are not there"
ROOT = "not for root"
HELPERS = "it looks for its helpers in another folder"
KNOWN = {
    "alias": LOCALES, "builtins": LOCALES, "glob-test": LOCALES,
    "intl": LOCALES, "printf": LOCALES, "execscript": ROOT, "new-exp": ROOT,
    "test": ROOT, "vredir": "there is no terminal", "assoc": HELPERS,
    "ifs": HELPERS, "heredoc": "it reads files of a build of bash",
    "nameref": "it differs from run to run",
}

SCRIPT = """\
cp -r /bash-tests /tmp/w/tests; cd /tmp/w/tests
export TMPDIR=/tmp/w THIS_SH=/bin/bash BUILD_DIR=/tmp/w BASH_TSTOUT=/tmp/w/out
export PATH=.:$PATH HOME=/root USER=root
unset SHELL_UNDER_TEST
sh ./run-%s </dev/null 2>&1
"""


def verdict(tap, name, text, status, arch):
    """Nothing but warnings is printed."""
    lines = [x for x in text.splitlines() if not x.startswith("warning:")]
    good = status == 0 and not lines
    why = KNOWN.get(name.partition(" ")[2])
    tap.point(good or why is not None, name,
              f"exit status {status}\n" + "\n".join(lines[:60]),
              None if good else why)


CASES = {"bash " + t: (SCRIPT % t, verdict, 0) for t in TESTS}


def folders(arch):
    """The tests with the helpers that they call, compiled for the guest."""
    source = debs.source("bash")
    target = os.path.join(build_dir(arch), "bash-tests")
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(os.path.join(source, "tests"), target)
    config = os.path.join(build_dir(arch), "bash-config")
    os.makedirs(config, exist_ok=True)
    with open(os.path.join(config, "config.h"), "w") as f:
        f.write("#define HAVE_UNISTD_H 1\n#define HAVE_STDLIB_H 1\n"
                "#define HAVE_STRING_H 1\n#define PROTOTYPES 1\n")
    for helper in ("recho", "zecho", "printenv", "xcase"):
        subprocess.run(
            [LINUX_GCC[arch], "-w", "-O1", "-static", "-DHAVE_CONFIG_H",
             "-I", config, "-I", os.path.join(source, "include"), "-I",
             source, "-o", os.path.join(target, helper),
             os.path.join(source, "support", helper + ".c")], check=True)
    return [(target, "/bash-tests")]
