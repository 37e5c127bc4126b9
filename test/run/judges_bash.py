# SPDX-License-Identifier: MIT
"""Cases of the suite `judges`: bash's own tests, of its source package, on
bash as Debian packs it, as a user on a terminal.  A test compares its output
with what upstream says; whatever it prints of its own is a difference."""
import os
import shutil
import subprocess

from driver.disk import debs
from driver.common import build_dir
from driver.packages import LINUX_GCC

PACKAGES = ("bash", "bsdutils", "coreutils", "dash", "diffutils", "findutils",
            "grep", "mawk", "ncurses-bin", "procps", "sed", "util-linux")
LIMIT = 600
# some read with a limit of 0.1 ms: counted in instructions that is enough
OPTIONS = ("--icount", "--qemu-args", "-icount shift=0,sleep=on")

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
KNOWN = {
    "alias": LOCALES, "builtins": LOCALES, "glob-test": LOCALES,
    "intl": LOCALES, "printf": LOCALES,
    "execscript": "it knows the numbers of another system's signals",
}

# `script` gives the terminal; nobody types at it, and nobody hangs up
SCRIPT = """\
grep -q ^user: /etc/passwd ||
	echo user:x:1000:1000::/tmp/w:/bin/sh >>/etc/passwd
cp -r /bash-tests tests; chown -R 1000:1000 /tmp/w; cd tests
export TMPDIR=/tmp/w THIS_SH=/bin/bash BUILD_DIR=/tmp/w BASH_TSTOUT=/tmp/w/out
export PATH=$PWD:$PATH HOME=/tmp/w USER=user
mv y.tab.c ..; echo text | tee ../config.h >../version.h
unset SHELL_UNDER_TEST
mkfifo /tmp/keys; exec 3<>/tmp/keys; rm /tmp/keys
script -qec 'chown 1000 $(tty); exec setpriv --reuid=1000 --regid=1000 \\
	--clear-groups sh ./run-%s' /dev/null <&3 2>&1
"""


def verdict(tap, name, text, status, arch):
    """Nothing but warnings is printed; and what is known to fail does."""
    lines = [x for x in text.replace("\r\n", "\n").splitlines()
             if not x.startswith("warning:")]
    good = status == 0 and not lines
    why = KNOWN.get(name.partition(" ")[2])
    tap.point(good == (why is None), name,
              f"exit status {status}\n" + "\n".join(lines[:60])
              + (f"\npasses, but is listed: {why}" if good and why else ""),
              None if good else why)


CASES = {"bash " + t: (SCRIPT % t, verdict, 0) for t in TESTS}


def folders(arch):
    """The tests with the helpers that they call, compiled for the guest."""
    source = debs.source("bash")
    target = os.path.join(build_dir(arch), "bash-tests")
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(os.path.join(source, "tests"), target)
    shutil.copy(os.path.join(source, "y.tab.c"), target)
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
