# SPDX-License-Identifier: MIT
"""A kernel with a list of extensions: its shell works, and programs of the
tests pass that need no others."""
from harness import equal, limit, out_of, run
import extensions

# a pipeline, a subshell, a file and a job
SHELL = "(echo a; echo b) | sort -r >/tmp/f; cat /tmp/f; sleep 0 & wait"


def run_with(arch, words, *command, options=(), status=None):
    return run("run", "--extensions", words, "--timeout", limit(200), *options,
               "--", *command, arch=arch, timeout=3000, status=status)


def shell_works(arch, words):
    script, said = SHELL, "b\na\n"
    if "proc" in extensions.resolve(words):
        script, said = script + "; mount | grep -c proc", said + "1\n"
    equal(out_of(run_with(arch, words, "sh", "-c", script, status=0)), said)


def programs_pass(arch, words, programs):
    on = set(extensions.resolve(words))
    needs = extensions.program_needs()
    names = [p for p in programs if needs.get(p, set()) <= on]
    assert len(names) > len(programs) // 2, names
    run_with(arch, words, "/usr/lectern/bin/testrun",
             *(f"/usr/lectern/test/{n}" for n in names), status=0)
