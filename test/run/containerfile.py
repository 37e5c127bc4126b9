# SPDX-License-Identifier: MIT
"""A Containerfile read and carried out without an engine for containers: in a
folder with a bare Debian, one instruction after the other.  Only the
instructions of course/container/Containerfile are known; any other is an
error."""
import fnmatch
import os
import re
import shlex
import shutil
import subprocess

from harness import equal, holds
from harness_bare import inside

KNOWN = ("FROM", "RUN", "COPY", "ENV", "USER", "WORKDIR", "CMD")
DEFAULT_USER = "root"


def parsed(text):
    """=> the instructions, [(word, rest)]; comments and breaks are gone"""
    lines = [line for line in text.splitlines()
             if line.strip() and not line.lstrip().startswith("#")]
    whole = re.sub(r"\\\n\s*", "", "\n".join(lines))
    found = []
    for line in whole.splitlines():
        word, _, rest = line.strip().partition(" ")
        if word not in KNOWN or not rest.strip():
            raise ValueError(f"not an instruction that this knows: {line}")
        found.append((word, rest.strip()))
    if not found or found[0][0] != "FROM":
        raise ValueError("does not begin with FROM")
    return found


def matches_rule(path, rule):
    """True if a rule of .dockerignore means a path, or a folder it is in."""
    rule = rule.strip("/")
    parts = path.split("/")
    for end in range(1, len(parts) + 1):
        head = "/".join(parts[:end])
        if fnmatch.fnmatchcase(head, rule) or rule.startswith("**/") \
                and fnmatch.fnmatchcase(parts[end - 1], rule[3:]):
            return True
    return False


def is_sent(path, rules):
    """True if an engine gets this file of the tree: the last rule counts."""
    sent = True
    for rule in rules:
        if matches_rule(path, rule.lstrip("!")):
            sent = rule.startswith("!")
    return sent


def rules_of(text):
    return [line.strip() for line in text.splitlines()
            if line.strip() and not line.startswith("#")]


class Image:
    """The folder that becomes the image, and what its instructions have set."""

    def __init__(self, root, tree, rules):
        self.root, self.tree, self.rules = root, tree, rules
        self.user, self.place = DEFAULT_USER, "/"
        self.variables = {}
        self.base = self.command = None

    def follow(self, word, rest):
        """Carry out one instruction."""
        getattr(self, "do_" + word.lower())(rest)

    def do_from(self, rest):
        self.base = rest

    def do_run(self, script):
        done = self.shell(script)
        equal(done.returncode, 0, f"RUN {script}\n{done.stdout[-4000:]}"
              f"{done.stderr[-4000:]}")

    def shell(self, script):
        """A script as RUN has it, or a command in the finished container.
        => CompletedProcess"""
        script = f"cd {shlex.quote(self.place)} && {script}"
        if self.user != DEFAULT_USER:
            script = f"exec su -p {self.user} -c {shlex.quote(script)}"
        more = dict(self.variables)
        if self.user != DEFAULT_USER:
            more["HOME"] = f"/home/{self.user}"
        return inside(self.root, script, more)

    def do_copy(self, rest):
        *sources, target = rest.split()
        holds(len(sources) == 1 or target.endswith("/"),
              f"COPY {rest}: several sources, but no folder")
        for source in sources:
            self._copy_one(source, target)

    def _copy_one(self, source, target):
        path = os.path.join(self.tree, source)
        into = self.root + target
        if os.path.isfile(path):
            holds(is_sent(source, self.rules),
                  f"COPY {source}: .dockerignore leaves it out")
            os.makedirs(into, exist_ok=True)
            shutil.copy(path, into)
            return
        count = 0
        for here, _, names in os.walk(path):
            for name in names:
                host = os.path.join(here, name)
                if is_sent(os.path.relpath(host, self.tree), self.rules):
                    guest = os.path.join(into, os.path.relpath(host, path))
                    os.makedirs(os.path.dirname(guest), exist_ok=True)
                    shutil.copy(host, guest)
                    count += 1
        holds(count, f"COPY {source}: nothing of it is sent")

    def do_env(self, rest):
        for pair in shlex.split(rest):
            name, _, value = pair.partition("=")
            self.variables[name] = value

    def do_user(self, rest):
        self.user = rest

    def do_workdir(self, rest):
        self.place = rest
        os.makedirs(self.root + rest, exist_ok=True)

    def do_cmd(self, rest):
        self.command = rest

    def size(self):
        """=> the bytes of the image, without what only this machine keeps"""
        done = subprocess.run(
            ["du", "-sxb", "--exclude=" + self.root + "/var/cache/apt/archives",
             self.root], stdout=subprocess.PIPE, text=True, check=True)
        return int(done.stdout.split()[0])
