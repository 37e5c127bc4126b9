# SPDX-License-Identifier: MIT
"""`./lectern completion SHELL` and `./lectern manual`: generated from the
parsers of the commands, so that neither can lack an option."""
import argparse
import re

SHELLS = ("bash", "zsh", "fish")

BASH = """\
# bash completion of lectern; source it, e.g. . <(./lectern completion bash)
_lectern() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}
	local word words= list=
	for word in "${COMP_WORDS[@]:1:$((COMP_CWORD-1))}"; do
		[ "$word" = -- ] && { COMPREPLY=(); return; }
	done
	# bash makes three words of --option=value
	if [ "$cur" = = ]; then
		cur=
	elif [ "$prev" = = ]; then
		prev=${COMP_WORDS[COMP_CWORD-2]}
	fi
	if [ "$COMP_CWORD" -eq 1 ]; then
		words="%s"
	else
		case $prev,${COMP_WORDS[1]} in
%s
		esac
	fi
	if [ -n "$list" ]; then
		# keep the words before the last comma
		words=" $words"
		words=${words// / ${cur%%"${cur##*,}"}}
	fi
	COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -o default -F _lectern lectern ./lectern
"""
ZSH = """\
# zsh completion of lectern; source it, e.g. . <(./lectern completion zsh)
(( $+functions[compdef] )) || { autoload -U compinit && compinit }
autoload -U +X bashcompinit && bashcompinit
"""


def subparsers(parser):
    """Return: the subcommands of a command, {word: its parser}"""
    return {word: sub for a in parser._actions
            if isinstance(a, argparse._SubParsersAction)
            for word, sub in a.choices.items()}


def arguments(parser):
    """Return: a command's options and arguments, without --help"""
    return [a for a in parser._actions
            if not isinstance(a, (argparse._HelpAction,
                                  argparse._SubParsersAction))]


def flags(parser):
    return [f for a in arguments(parser) for f in a.option_strings]


def candidates(action):
    """Return: the words for an argument: its choices, or those of meant()"""
    return [str(c) for c in action.choices or getattr(action, "meant",
                                                      tuple)()]


def meant(action, words, is_list=False):
    """Complete an argument by the words that words() returns; is_list: the
    argument is a list separated by commas."""
    action.meant, action.is_list = words, is_list


def is_list(action):
    return getattr(action, "is_list", False)


def values(parser):
    """Return: the words that are possible without a flag"""
    return [*subparsers(parser),
            *(c for a in arguments(parser) if not a.option_strings
              for c in candidates(a))]


def _of_command(parser):
    """Return: the words that are possible anywhere after a command"""
    found = flags(parser) + values(parser)
    for sub in subparsers(parser).values():
        found += _of_command(sub)
    return list(dict.fromkeys(found))


def _cases(commands):
    """Yield (pattern of the previous word and the command, candidates, True for
    a list); there are none for options with another kind of value."""
    found = {}
    for name, parser in commands.items():
        for action in arguments(parser):
            if action.option_strings and action.nargs not in (0, "?"):
                key = tuple(candidates(action)), is_list(action)
                found.setdefault(key, []).extend(
                    f"{f},{name}" for f in action.option_strings)
    for (words, comma), patterns in found.items():
        yield "|".join(patterns), words, comma
    for name, parser in commands.items():
        yield f"*,{name}", _of_command(parser), False


def bash(commands):
    cases = "\n".join(
        f'\t\t{pattern}) words="{" ".join(words)}"'
        + (" list=1" if comma else "") + " ;;"
        for pattern, words, comma in _cases(commands))
    return BASH % (" ".join(commands), cases)


def quoted(text):
    return "'" + (text or "").replace("'", "\\'").replace("%%", "%") + "'"


def _fish_words(action):
    words = " ".join(candidates(action))
    return f"(__fish_append , {words})" if is_list(action) else words


def _fish_lines(parser, when):
    if subparsers(parser):
        yield f"complete -c lectern {when} -xa '{' '.join(subparsers(parser))}'"
    for sub in subparsers(parser).values():
        yield from _fish_lines(sub, when)
    for action in arguments(parser):
        words = [f"-l {f[2:]}" if f.startswith("--") else f"-s {f[1:]}"
                 for f in action.option_strings]
        if candidates(action):
            words.append(f"-xa '{_fish_words(action)}'")
        elif action.nargs not in (0, "?"):
            words.append("-r")
        if action.option_strings or candidates(action):
            yield (f"complete -c lectern {when} " + " ".join(words)
                   + f" -d {quoted(action.help)}")


def fish(commands, about):
    lines = ["# fish completion of lectern; source it, e.g. "
             "./lectern completion fish | source"]
    for name in commands:
        lines.append("complete -c lectern -n __fish_use_subcommand -f -a "
                     f"{name} -d {quoted(about[name])}")
    for name, parser in commands.items():
        lines += _fish_lines(parser,
                             f"-n '__fish_seen_subcommand_from {name}'")
    return "\n".join(lines) + "\n"


def completion(shell, commands, about):
    if shell == "fish":
        return fish(commands, about)
    return (ZSH if shell == "zsh" else "") + bash(commands)


# --- the manual page ---------------------------------------------------------

HEAD = """\
.\\" Generated by ./lectern manual from the help of its commands.
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
The status of
.B run
is that of CMD; 128 + signal if a signal killed it; 120 after a timeout; 121
after a kernel panic; 122 if QEMU or the build failed; 2 after a usage error or
with too little memory.
.SH ENVIRONMENT
.TP
.B LECTERN_BUILD
the directory to build in (default: build in the tree)
.TP
.B LECTERN_SMP
the number of CPUs of a machine without \\-\\-smp
.TP
.B LECTERN_APPEND
words for the kernel command line
.TP
.B LECTERN_PATIENCE
a factor for the time limits of tests
.TP
.B LECTERN_EVERY
let every machine run all test configurations
.TP
.B LECTERN_DEBUG
show where an internal error of the driver comes from
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


def _section(name, about, parser):
    text = [f".SS {name}\n{roff(about)}\n"]
    for action in arguments(parser):
        text.append(f".TP\n{term(action)}\n"
                    + (roff(action.help) + "\n" if action.help else ""))
    for a in parser._actions:
        if isinstance(a, argparse._SubParsersAction):
            for sub in a._choices_actions:
                text += _section(f"{name} {sub.dest}", sub.help,
                                 a.choices[sub.dest])
    return text


def manual(commands, about):
    """Return: the manual page, of section 1"""
    text = [HEAD]
    for name, parser in commands.items():
        text += _section(name, about[name], parser)
    return "".join(text) + TAIL
