# SPDX-License-Identifier: MIT
"""The command line: the command, its options, its exit status."""
import argparse
import errno
import importlib
import os
import re
import shlex
import subprocess
import sys
import threading

from . import checks, words
from .common import (BUILD, ELSEWHERE, EXIT_BROKEN, EXIT_USAGE, TOP, Failure,
                     near, say)

# commands that take a command to run after --
WITH_COMMAND = ("run", "gdb", "diff", "show", "trace", "profile",
                "live")
EXIT_PIPE = 141                             # as if SIGPIPE had ended it


class Parser(argparse.ArgumentParser):
    def error(self, message):
        say(f"{message}; see {self.prog} --help")
        sys.exit(EXIT_USAGE)


def version():
    with open(os.path.join(TOP, "meson.build")) as f:
        return "Lectern " + re.search(r"version: '([^']+)'", f.read())[1]


# command: (the module with its options and its code, what it is for)
COMMANDS = {
    "run": ("machine.run", "boot to a shell, or run one command (after --)"),
    "diff": ("machine.diff", "compare a command on Lectern and on Linux"),
    "test": ("testing.testing", "run the project's tests"),
    "gdb": ("machine.debug", "boot under GDB with symbols, stopped at first"),
    "show": ("show.show", "draw a program, its file, memory or start"),
    "drill": ("course.drill", "ask about a real run, and mark the answers"),
    "live": ("course.live", "show a machine in the browser while it runs"),
    "trace": ("tracing.trace", "show what the kernel does for a program, live"),
    "profile": ("tracing.flame", "count a program's instructions by function"),
    "bench": ("bench.bench", "measure operations, in instructions"),
    "page": ("course.page", "write a web page that runs the kernel"),
    "book": ("course.book", "make the course's book of its chapters"),
    "image": ("disk.image", "make a root file system of Debian packages"),
    "fuzz": ("testing.fuzz", "run random programs of system calls"),
    "mutate": ("mutation.mutate", "test the tests with one-line faults"),
    "port": ("machine.port", "begin a port, and see how far it is"),
    "update": ("update",
               "generate pages and tables that depend on other files"),
    "release": ("course.release",
                "make an archive of prebuilt kernels, or verify one"),
    "site": ("course.site", "write all of this for a web server: book, page, "
             "documents, release"),
    "doctor": ("doctor", "list tool versions and what is missing"),
    "lab": ("course.lab", "start, check and grade the labs of the course"),
    "build": ("build_command", "build the kernel and its programs"),
}


def module_of(name):
    """Return: the module of a command"""
    return importlib.import_module("." + COMMANDS[name][0], __package__)


def parser(only=None):
    """Return: the parser, the parser of each command, what each command is for.
    only: the one command whose options are needed, because importing the
    modules of all takes a while"""
    p = Parser(prog="lectern", description="Build, run, test and measure the "
               "Lectern kernel.", allow_abbrev=False)
    p.add_argument("--version", action="version", version=version())
    sub = p.add_subparsers(dest="command", metavar="COMMAND", required=True,
                           parser_class=Parser)
    for name, (_, purpose) in COMMANDS.items():
        c = sub.add_parser(name, allow_abbrev=False, help=purpose)
        c.add_argument("--no-install", action="store_true",
                       help="name missing packages, but do not install them")
        if only in (None, name):
            module_of(name).add_options(c)
    c = sub.add_parser("completion", help="print a shell's completion of "
                       "commands and options, to be sourced")
    c.add_argument("shell", choices=words.SHELLS)
    sub.add_parser("manual", help="print the manual page, docs/lectern.1")
    c = sub.add_parser("help", help="explain a command and its options")
    words.meant(c.add_argument("about", nargs="?", metavar="COMMAND"),
                lambda: [*sub.choices])
    return p, sub.choices, {a.dest: a.help for a in sub._choices_actions}


def do(options, rest):
    """Carry out a command. Return: its exit status"""
    name = options.command
    if name == "completion":
        print(words.completion(options.shell, *parser()[1:]), end="")
        return 0
    if name == "manual":
        print(words.manual(*parser()[1:]), end="")
        return 0
    # the function has the command's name
    act = getattr(module_of(name), name)
    return act(options, rest) if name in WITH_COMMAND else act(options)


def usage(message):
    raise Failure(message, EXIT_USAGE)


def check_command(argv, commands):
    """Raise Failure, with similar names, unless the first word is a command."""
    word = next((a for a in argv if not a.startswith("-")), None)
    if word is not None and word not in commands:
        usage(f"no command {word}{near(word, commands)}; see lectern help")


def refuse(command, left, options):
    """Raise Failure for words that the command does not know."""
    first = left[0]
    if first.startswith("-"):
        word = first.partition("=")[0]
        usage(f"{command} has no option {word}{near(word, options)}; see "
              f"lectern {command} --help")
    if command in WITH_COMMAND:
        usage(f"put the command after --: lectern {command} -- "
              + shlex.join(left))
    usage(f"{command} takes no {first}; see lectern {command} --help")


def joined(argv):
    """Join --extensions to its list, which may begin with a dash."""
    out = []
    for word in argv:
        if out and out[-1] == "--extensions":
            out[-1] += "=" + word
        else:
            out.append(word)
    return out


def parse(argv):
    """Return: the options, and the command after -- or None"""
    rest = None
    if "--" in argv:
        cut = argv.index("--")
        argv, rest = argv[:cut], argv[cut + 1:]
    argv = joined(argv)
    if argv[:1] == ["help"]:
        argv = argv[1:2] + ["--help"]
    p, commands, _ = parser(argv[0] if argv else "")
    check_command(argv, commands)
    options, left = p.parse_known_args(argv)
    # words after an option, which argparse no longer takes for a list
    if isinstance(getattr(options, "words", None), list):
        options.words += [word for word in left if not word.startswith("-")]
        left = [word for word in left if word.startswith("-")]
    if left:
        refuse(options.command, left,
               commands[options.command]._option_string_actions)
    if rest is not None and not rest:
        usage(f"no command after --; see lectern {options.command} --help")
    if rest and options.command not in WITH_COMMAND:
        usage(f"{options.command} takes no command after --")
    return options, rest


def complaint(why):
    """Return: an error of the host as one line"""
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
    """Return: an error of the driver itself as one line with its place"""
    if os.environ.get("LECTERN_DEBUG"):
        raise why
    at = why.__traceback__
    while at.tb_next:
        at = at.tb_next
    place = os.path.relpath(at.tb_frame.f_code.co_filename, TOP)
    return (f"internal error of the driver, {type(why).__name__}: {why} at "
            f"{place}:{at.tb_lineno}; LECTERN_DEBUG=1 shows more")


def in_thread(args):
    if not isinstance(args.exc_value, SystemExit):
        say(internal(args.exc_value))


def trust_tree():
    """Let git read this tree whoever owns it: in a container it is often another
    user. Whoever runs this program trusts the tree already."""
    count = os.environ.get("GIT_CONFIG_COUNT", "0")
    if count.isdigit():
        os.environ.update({"GIT_CONFIG_COUNT": str(int(count) + 1),
                           f"GIT_CONFIG_KEY_{count}": "safe.directory",
                           f"GIT_CONFIG_VALUE_{count}": TOP})


def main(argv):
    threading.excepthook = in_thread
    trust_tree()
    try:
        options, rest = parse(argv)
        return do(options, rest)
    except Failure as why:
        say(str(why))
        return why.status
    except checks.extensions.Bad as why:
        say(str(why).replace(TOP + os.sep, ""))
        return EXIT_BROKEN
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # the reader is gone: keep the interpreter's own flush silent, too
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return EXIT_PIPE
    except (OSError, subprocess.CalledProcessError) as why:
        say(complaint(why))
    except Exception as why:
        say(internal(why))
    return EXIT_BROKEN
