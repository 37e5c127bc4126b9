# SPDX-License-Identifier: MIT
"""The command line: which command, its options, its exit status."""
import argparse
import errno
import os
import re
import shlex
import subprocess
import sys
import threading

from . import checks, words
from .common import (ARCHES, BUILD, DEFAULT, ELSEWHERE, EXIT_BROKEN,
                     EXIT_USAGE, TOP, Failure, build_dir, near, say)

WITH_COMMAND = ("run", "gdb", "diff", "show", "trace", "profile")  # those that take one after --
EXIT_PIPE = 141                             # as of SIGPIPE


class Parser(argparse.ArgumentParser):
    def error(self, message):
        say(f"{message}; see {self.prog} --help")
        sys.exit(EXIT_USAGE)


def version():
    with open(os.path.join(TOP, "meson.build")) as f:
        return "Lectern " + re.search(r"version: '([^']+)'", f.read())[1]


def parser():
    p = Parser(prog="lectern", description="Build, run, test and measure the "
               "Lectern kernel.", allow_abbrev=False)
    p.add_argument("--version", action="version", version=version())
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
    from . import show
    show.add_options(command(
        "show", help="a picture of a program, its file, memory or start"))
    from . import trace
    trace.add_options(command(
        "trace", help="what the kernel does for a program, as it happens"))
    from . import flame
    flame.add_options(command(
        "profile", help="in which functions a program's instructions go"))
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
    from . import port
    port.add_options(command(
        "port", help="begin a port, and see how far it is"))
    from . import update
    update.add_options(command(
        "update", help="make anew each page and table that is made of others"))
    c = command("doctor", help="tool versions, what is missing")
    c.add_argument("--shape", action="store_true",
                   help="how large and of what form the code is, beside "
                        "its goals; fails nothing")
    c.add_argument("--since", metavar="COMMIT",
                   help="with --shape: compare with this commit (default: "
                        "the last tag, else 100 commits ago)")
    c.add_argument("--extensions", action="store_true",
                   help="what a kernel can do without, and how large it is")
    c = command("build", help="build the kernel and its programs")
    c.add_argument("--arch", choices=ARCHES + ("all",))
    c.add_argument("--universal", action="store_true",
                   help="all machines, and user/bin as programs that run on "
                        "each (docs/fatelf.md), in build/universal")
    checks.add_extensions(c)
    c = sub.add_parser("completion", help="a shell's completion of commands "
                       "and options, to be sourced")
    c.add_argument("shell", choices=words.SHELLS)
    sub.add_parser("manual", help="the manual page, docs/lectern.1")
    c = sub.add_parser("help", help="what a command is for, and its options")
    words.meant(c.add_argument("about", nargs="?", metavar="COMMAND"),
                lambda: [*sub.choices])
    return p, sub.choices, {a.dest: a.help for a in sub._choices_actions}


def do_run(options, rest):
    from . import run
    return run.run(options, rest)


def do_diff(options, rest):
    from . import diff
    return diff.diff(options, rest)


def do_build(options, rest):
    from . import packages
    from .build import build, universal
    checks.parts(options.extensions)
    if options.universal and (options.arch or options.extensions):
        usage("--universal is of all machines, whatever their kernels have")
    arches = ARCHES if options.universal or options.arch == "all" \
        else (options.arch or DEFAULT,)
    for arch in arches:
        packages.require(packages.for_build(arch), not options.no_install)
    if options.universal:
        print(f"{universal()} programs in {build_dir('universal')}")
        return 0
    for arch in arches:
        if options.extensions is None:
            build(arch)
        else:
            checks.kernel(arch, "", wanted=options.extensions)
    return 0


def do_test(options, rest):
    from . import testing
    return testing.test(options)


def do_gdb(options, rest):
    from . import debug
    return debug.gdb(options, rest)


def do_show(options, rest):
    from . import show
    return show.show(options, rest)


def do_trace(options, rest):
    from . import trace
    return trace.trace(options, rest)


def do_profile(options, rest):
    from . import flame
    return flame.profile(options, rest)


def do_bench(options, rest):
    from . import bench
    return bench.bench(options)


def do_fuzz(options, rest):
    from . import fuzz
    return fuzz.fuzz(options)


def do_image(options, rest):
    from . import image
    return image.image(options)


def do_port(options, rest):
    from . import port
    return port.port(options)


def do_mutate(options, rest):
    from . import mutate
    return mutate.mutate(options)


def do_update(options, rest):
    from . import update
    return update.update(options)


def do_doctor(options, rest):
    from . import doctor
    return doctor.doctor(options)


def do_completion(options, rest):
    print(words.completion(options.shell, *parser()[1:]), end="")
    return 0


def do_manual(options, rest):
    print(words.manual(*parser()[1:]), end="")
    return 0


COMMANDS = {"run": do_run, "diff": do_diff, "test": do_test, "gdb": do_gdb,
            "show": do_show, "trace": do_trace, "profile": do_profile,
            "bench": do_bench, "image": do_image, "doctor": do_doctor,
            "build": do_build, "fuzz": do_fuzz, "mutate": do_mutate,
            "port": do_port, "update": do_update,
            "completion": do_completion, "manual": do_manual}


def usage(message):
    raise Failure(message, EXIT_USAGE)


def check_command(argv, commands):
    """The first word is a command, or Failure with what may be meant."""
    word = next((a for a in argv if not a.startswith("-")), None)
    if word is not None and word not in commands:
        usage(f"no command {word}{near(word, commands)}; see lectern help")


def refuse(command, left, options):
    """Words that the command does not know. => raises Failure"""
    first = left[0]
    if first.startswith("-"):
        word = first.partition("=")[0]
        usage(f"{command} has no option {word}{near(word, options)}; see "
              f"lectern {command} --help")
    if command in WITH_COMMAND:
        usage(f"a command stands after --: lectern {command} -- "
              + shlex.join(left))
    usage(f"{command} takes no {first}; see lectern {command} --help")


def joined(argv):
    """A list of extensions may begin with a dash: made one word."""
    out = []
    for word in argv:
        if out and out[-1] == "--extensions":
            out[-1] += "=" + word
        else:
            out.append(word)
    return out


def parse(argv):
    """=> the options, and the command after -- or None"""
    rest = None
    if "--" in argv:
        cut = argv.index("--")
        argv, rest = argv[:cut], argv[cut + 1:]
    argv = joined(argv)
    p, commands, _ = parser()
    if argv[:1] == ["help"]:
        argv = argv[1:2] + ["--help"]
    check_command(argv, commands)
    options, left = p.parse_known_args(argv)
    if left:
        refuse(options.command, left,
               commands[options.command]._option_string_actions)
    if rest is not None and not rest:
        usage(f"no command after --; see lectern {options.command} --help")
    if rest and options.command not in WITH_COMMAND:
        usage(f"{options.command} takes no command after --")
    return options, rest


def complaint(why):
    """An error of the host as one line."""
    if isinstance(why, subprocess.CalledProcessError):
        return f"{os.path.basename(why.cmd[0])} ended with {why.returncode}"
    text = why.strerror or str(why)
    if why.filename:
        text = f"{os.fsdecode(why.filename)}: {text}"
    if why.errno == errno.ENOSPC or why.filename and os.path.abspath(
            os.fsdecode(why.filename)).startswith(BUILD):
        text += ELSEWHERE
    return text


def internal(why):
    """What should not happen, as one line with its place."""
    if os.environ.get("LECTERN_DEBUG"):
        raise why
    at = why.__traceback__
    while at.tb_next:
        at = at.tb_next
    place = os.path.relpath(at.tb_frame.f_code.co_filename, TOP)
    return (f"an error of the driver's own, {type(why).__name__}: {why} at "
            f"{place}:{at.tb_lineno}; LECTERN_DEBUG=1 shows more")


def in_thread(args):
    if not isinstance(args.exc_value, SystemExit):
        say(internal(args.exc_value))


def main(argv):
    threading.excepthook = in_thread
    try:
        options, rest = parse(argv)
        return COMMANDS[options.command](options, rest)
    except Failure as why:
        say(str(why))
        return why.status
    except checks.extensions.Bad as why:
        say(str(why).replace(TOP + os.sep, ""))
        return EXIT_BROKEN
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # nobody reads: the interpreter's own flush must not complain either
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return EXIT_PIPE
    except (OSError, subprocess.CalledProcessError) as why:
        say(complaint(why))
    except Exception as why:
        say(internal(why))
    return EXIT_BROKEN
