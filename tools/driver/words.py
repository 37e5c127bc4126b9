# SPDX-License-Identifier: MIT
"""`./lectern completion SHELL` and `./lectern manual`: made from the parsers
of the commands, so that neither can forget an option."""
import argparse
import re

SHELLS = ("bash", "zsh", "fish")

BASH = """\
# bash completion of lectern; source it, e.g. . <(./lectern completion bash)
_lectern() {
	local cur=${COMP_WORDS[COMP_CWORD]} words word
	for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
		[ "$word" = -- ] && { COMPREPLY=(); return; }
	done
	if [ "$COMP_CWORD" -eq 1 ]; then
		words="%s"
	else
		case ${COMP_WORDS[COMP_CWORD-1]},${COMP_WORDS[1]} in
%s
		esac
	fi
	COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -o default -F _lectern lectern ./lectern
"""
ZSH = "# zsh completion of lectern\nautoload -U +X bashcompinit && bashcompinit\n"


def arguments(parser):
    """The options and words that a command takes, but its --help."""
    return [a for a in parser._actions
            if not isinstance(a, (argparse._HelpAction,
                                  argparse._SubParsersAction))]


def flags(parser):
    return [f for a in arguments(parser) for f in a.option_strings]


def values(parser):
    """The words that may stand without a flag."""
    return [str(c) for a in arguments(parser) if not a.option_strings
            for c in a.choices or ()]


def _cases(commands):
    for name, parser in commands.items():
        for action in arguments(parser):
            if action.choices and action.option_strings:
                pattern = "|".join(f"{f},{name}"
                                   for f in action.option_strings)
                yield pattern, map(str, action.choices)
    for name, parser in commands.items():
        yield f"*,{name}", flags(parser) + values(parser)


def bash(commands):
    cases = "\n".join(f'\t\t{pattern}) words="{" ".join(words)}" ;;'
                      for pattern, words in _cases(commands))
    return BASH % (" ".join(commands), cases)


def quoted(text):
    return "'" + (text or "").replace("'", "\\'").replace("%%", "%") + "'"


def fish(commands, about):
    lines = ["# fish completion of lectern"]
    for name in commands:
        lines.append("complete -c lectern -n __fish_use_subcommand -f -a "
                     f"{name} -d {quoted(about[name])}")
    for name, parser in commands.items():
        when = f"-n '__fish_seen_subcommand_from {name}'"
        for action in arguments(parser):
            words = [f"-l {f[2:]}" if f.startswith("--") else f"-s {f[1:]}"
                     for f in action.option_strings]
            if action.choices:
                words.append(f"-xa '{' '.join(map(str, action.choices))}'")
            elif action.nargs != 0:
                words.append("-r")
            if words and (action.option_strings or action.choices):
                lines.append(f"complete -c lectern {when} "
                             + " ".join(words) + f" -d {quoted(action.help)}")
    return "\n".join(lines) + "\n"


def completion(shell, commands, about):
    if shell == "fish":
        return fish(commands, about)
    return (ZSH if shell == "zsh" else "") + bash(commands)


# --- the manual page ---------------------------------------------------------

HEAD = """\
.\\" Made by ./lectern manual from the help of its commands.
.TH LECTERN 1
.SH NAME
lectern \\- build, run, test and measure the Lectern kernel
.SH SYNOPSIS
.B ./lectern
.I COMMAND
.RI [ OPTION ...]
.RB [ \\-\\- " \\fICMD ARG\\fR...]"
.SH COMMANDS
"""
TAIL = """\
.SH EXIT STATUS
Of
.BR run :
that of CMD; 128 + signal if one killed it; 120 timeout; 121 kernel panic;
122 QEMU or the build failed; 2 a usage error or too little memory.
.SH ENVIRONMENT
.TP
.B LECTERN_BUILD
the folder to build in, instead of build in the tree
.TP
.B LECTERN_SMP
how many CPUs a machine has that is not told by \\-\\-smp
.TP
.B LECTERN_APPEND
words for the kernel command line
.TP
.B LECTERN_PATIENCE
how many times longer the limits of tests are
.TP
.B LECTERN_DEBUG
an error of the driver's own shows where it comes from
.TP
.B NO_COLOR
no colours on a terminal
"""


def roff(text):
    text = re.sub(r"\s+", " ", text or "").replace("%%", "%")
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return "\\&" + text if text[:1] in ".'" else text


def term(action):
    """An option as it is typed."""
    value = action.metavar or ("{" + ",".join(map(str, action.choices)) + "}"
                               if action.choices else action.dest.upper())
    if not action.option_strings:
        return f"\\fI{roff(value)}\\fR"
    text = ", ".join(f"\\fB{roff(f)}\\fR" for f in action.option_strings)
    if action.nargs == 0:
        return text
    value = f"\\fI{roff(value)}\\fR"
    return f"{text}[={value}]" if action.nargs == "?" else f"{text} {value}"


def manual(commands, about):
    """The page of section 1."""
    text = [HEAD]
    for name, parser in commands.items():
        text.append(f".SS {name}\n{roff(about[name])}\n")
        for action in arguments(parser):
            text.append(f".TP\n{term(action)}\n"
                        + (roff(action.help) + "\n" if action.help else ""))
    return "".join(text) + TAIL
