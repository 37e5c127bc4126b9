# SPDX-License-Identifier: MIT
"""The command line: which command, its options, its exit status."""
import argparse
import sys

from .common import ARCHES, EXIT_USAGE, Failure, say


class Parser(argparse.ArgumentParser):
    def error(self, message):
        self.print_usage(sys.stderr)
        say(f"{message}; see {self.prog} --help")
        sys.exit(EXIT_USAGE)


def parser():
    p = Parser(prog="lectern", description="Build, run, test and measure the "
               "Lectern kernel.", allow_abbrev=False)
    sub = p.add_subparsers(dest="command", metavar="COMMAND", required=True,
                           parser_class=Parser)

    def command(name, **kw):
        c = sub.add_parser(name, allow_abbrev=False, **kw)
        c.add_argument("--no-install", action="store_true",
                       help="name missing packages, install none")
        return c

    from . import run
    run.add_options(command(
        "run", help="boot to a shell, or run one command (after --)"))
    from . import diff
    diff.add_options(command(
        "diff", help="one command on Lectern and on Linux, what differs"))
    from . import testing
    testing.add_options(command(
        "test", help="run everything the project checks"))
    from . import debug
    debug.add_options(command(
        "gdb", help="boot stopped, under GDB with symbols"))
    from . import bench
    bench.add_options(command(
        "bench", help="what operations cost, in instructions"))
    from . import image
    image.add_options(command(
        "image", help="a root file system of Debian packages"))
    from . import fuzz
    fuzz.add_options(command(
        "fuzz", help="random programs of system calls"))
    from . import mutate
    mutate.add_options(command(
        "mutate", help="are one-line faults of the kernel noticed?"))
    c = command("doctor", help="tool versions, what is missing")
    c.add_argument("--shape", action="store_true",
                   help="the form of the code beside its budgets")
    c = command("build", help="build the kernel and its programs")
    c.add_argument("--arch", choices=ARCHES + ("all",), default="riscv64")
    return p


def do_run(options, rest):
    from . import run
    return run.run(options, rest)


def do_diff(options, rest):
    from . import diff
    return diff.diff(options, rest)


def do_build(options, rest):
    from . import packages
    from .build import build
    arches = ARCHES if options.arch == "all" else (options.arch,)
    for arch in arches:
        packages.require(packages.for_build(arch), not options.no_install)
        build(arch)
    return 0


def do_test(options, rest):
    from . import testing
    return testing.test(options)


def do_gdb(options, rest):
    from . import debug
    return debug.gdb(options, rest)


def do_bench(options, rest):
    from . import bench
    return bench.bench(options)


def do_fuzz(options, rest):
    from . import fuzz
    return fuzz.fuzz(options)


def do_image(options, rest):
    from . import image
    return image.image(options)


def do_mutate(options, rest):
    from . import mutate
    return mutate.mutate(options)


def do_doctor(options, rest):
    from . import doctor
    return doctor.doctor(options)


COMMANDS = {"run": do_run, "diff": do_diff, "test": do_test, "gdb": do_gdb,
            "bench": do_bench, "image": do_image, "doctor": do_doctor,
            "build": do_build, "fuzz": do_fuzz, "mutate": do_mutate}


def main(argv):
    rest = None
    if "--" in argv:
        cut = argv.index("--")
        argv, rest = argv[:cut], argv[cut + 1:]
    options = parser().parse_args(argv)
    if rest is not None and not rest:
        say(f"no command after --; see lectern {options.command} --help")
        return EXIT_USAGE
    if rest and options.command not in ("run", "gdb", "diff"):
        say(f"{options.command} takes no command after --")
        return EXIT_USAGE
    try:
        return COMMANDS[options.command](options, rest)
    except Failure as why:
        say(str(why))
        return why.status
    except KeyboardInterrupt:
        return 130
