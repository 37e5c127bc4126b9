# SPDX-License-Identifier: MIT
"""Which programs does a command start, a script of sh, a meson.build?

Of a command: its first word, and the command behind it if it starts another
one.  Of a script: the first word of each command, and of the scripts in it.  A
word that is only known at run time is not seen.
"""
import re

WORD = re.compile(r"[a-z][a-z0-9_.+-]*|\[")
SHELLS = {"sh", "bash"}
# what starts the command behind it, after options and settings
WRAPPERS = {"setpriv", "unshare", "env", "sudo", "nice", "timeout", "xargs",
            "chroot", "setsid", "nohup"}
# of sh itself
BUILTIN = set(""". : [ break case cd command continue do done echo elif else
esac eval exec exit export fi for if in printf pwd read return set shift
test then trap type ulimit umask unset until wait while local true false kill
!""".split())
AGAIN = {"exec", "command", "if", "while", "until", "then", "else", "do",
         "elif", "!"}


def behind(words):
    """Return: the words of the command that a wrapper, which comes before them,
    starts"""
    for i, word in enumerate(words):
        if word and (WORD.fullmatch(word) or word.startswith("/")):
            return words[i:]
    return []


def of_words(words):
    """Yield the programs that a command starts: its own first word, and that of
    the command behind a wrapper.  A word that is not known is None."""
    while words:
        program = words[0] or ""
        if program.startswith("/"):
            program = program.rpartition("/")[2]
        if not WORD.fullmatch(program):
            return
        yield program
        words = behind(words[1:]) if program in WRAPPERS else []


def of_shell(text):
    """Yield (line, program) of a script."""
    # scripts in it
    for found in re.finditer(
            r"\b(?:sh -e?c|trap|eval) (?:'([^']*)'|\"([^\"]*))", text):
        before = text.count("\n", 0, found.start())
        for line, program in of_shell(found[1] or found[2] or ""):
            yield before + line, program
    text = re.sub(r"(?m)(^|\s)#.*", r"\1", text)
    text = text.replace("\\\n", "  ")
    text = re.sub(r"'[^']*'", lambda m: "'" + "\n" * m[0].count("\n") + "'",
                  text)
    own = set(re.findall(r"(?m)^\s*(\w+)\(\)", text))
    for i, line in enumerate(text.splitlines(), 1):
        line = re.sub(r'"(?:[^"\\$]|\\.|\$(?!\())*"', '"', line)
        for part in re.split(r"\|\||&&|[;|&`(){}]", line):
            words = part.split()
            while words and (words[0] in AGAIN
                             or re.match(r"\w+=|\d*[<>]", words[0])):
                words.pop(0)
            if words and words[0] not in BUILTIN | own:
                for program in of_words(words):
                    yield i, program


def of_meson(text):
    """Yield (line, program) of a meson.build: of find_program each name, else
    the first word."""
    for found in re.finditer(r"(find_program\(|run_command\(|command: *\[)"
                             r"\s*\[?('[^']*'(?:\s*,\s*'[^']*')*)", text):
        words = re.findall("'([^']*)'", found[2])
        for word in words if found[1] == "find_program(" else words[:1]:
            word = word.rpartition("/")[2] if word[:1] == "/" else word
            if WORD.fullmatch(word) and not word.endswith(".sh"):
                yield text.count("\n", 0, found.start()) + 1, word
