# SPDX-License-Identifier: MIT
"""The permission checks in C text, and the value with which each always passes:
mutants of kind `right` (mutants.py).

A check is a call that tests a right, a comparison of ids, a flag or a field
that forbids, a capability looked up in a mask, a file's mode, or a limit.
These tables list their names.  Functions that only combine such checks are not
listed, because each check inside is tried.
"""
import re

# Calls that return true if the right exists, and calls that return an error or
# true if it is refused.
GRANTS = frozenset("""
    capable capable_in capable_here cred_has net_capable net_cred_has
    ipc_capable inode_capable mount_may_change inode_owner_or_capable
    inode_may_setgid cred_has_group cred_lists_group uid_known ids_known
    groups_settable task_may_access task_may_access_locked proc_may_inspect
    proc_may_control proc_can_store trace_allowed tracer_may_trace may_set
    ns_may_enter
    ipc_allowed ipc_owns own_uid own_gid sched_same_owner sched_within_caps
    sched_nice_allowed syslog_may_read is_privileged pipe_privileged
    vm_may_access mount_is_ours""".split())
REFUSES = frozenset("""
    inode_permission inode_permission_as path_permission may_search
    dir_may_add dir_may_remove inode_may_delete mount_read_only path_noexec
    vm_sealed vm_may_place may_follow may_open may_link keeps cg_may_write
    cg_may_attach tty_may_type over_data_limit""".split())
MOST = {"fd_limit": "FD_MAX"}           # a limit, and its maximum

FORBIDS = re.compile(r"MS_(?:RDONLY|NOSUID|NODEV|NOEXEC|NOSYMFOLLOW)"
                     r"|F_SEAL_(?!ALL)\w+|SEALS_NO_WRITE|SEAL_SWAPFILE"
                     r"|S_ISVTX|KEEPS_(?:MODE|OWNER|TIMES)")
# Fields that forbid.
FIELDS = frozenset(("no_new_privs", "secure", "unreadable",
                    "sealed"))
MODES = re.compile(r"FMODE_(?:READ|WRITE)")
ID = re.compile(r"(?:[efsrc]|fs|res)?[ug]id")
MASK = re.compile(r"cap_\w+|caps")
LIMIT = re.compile(r"RLIMIT_\w+|limit_(?:as|stack|data)|most_data")
READS = ("HINT", "READ_ONCE")
TYPE_WORDS = ("struct", "bool", "int", "unsigned", "long")
EQUAL = {"==": "1", "!=": "0"}
OTHER = {"1": "0", "0": "1"}
# These files only report or store a flag, and refuse nothing.
TOLD = re.compile(r"topics/proc/mounts|compat/calls/statfs|"
                  r"compat/ext2/(?!truncate)|"
                  r"fs/(?:mount|mount_call)\.c")


def _is_name(text):
    return re.match(r"[A-Za-z_]", text) is not None


def _first(toks, i):
    """Return: the first index of the postfix expression that ends at i"""
    while i >= 0:
        if toks[i].text in ")]":
            depth = 0
            while i >= 0:
                depth += toks[i].text in ")]"
                depth -= toks[i].text in "(["
                if not depth:
                    break
                i -= 1
            if i and (_is_name(toks[i - 1].text)
                      and toks[i - 1].text not in ("return", "if", "while")
                      or toks[i - 1].text in ")]"):
                i -= 1
                continue
        if i and toks[i - 1].text in (".", "->"):
            i -= 2
            continue
        return max(i, 0)
    return 0


def _close(toks, i):
    """Return: the index of the bracket that closes the one at i"""
    depth = 0
    for k in range(i, len(toks)):
        depth += toks[k].text in "(["
        depth -= toks[k].text in ")]"
        if not depth:
            return k
    return len(toks) - 1


def _last(toks, i):
    """Return: the last index of the operand that begins at i"""
    while i < len(toks) - 1 and toks[i].text in "~!-*&":
        i += 1
    if toks[i].text in "([":
        i = _close(toks, i)
    while i + 1 < len(toks):
        after = toks[i + 1].text
        if after in "([":
            i = _close(toks, i + 1)
        elif after in (".", "->"):
            i += 2
        else:
            break
    return i


def _words(toks, first, last):
    return [t.text for t in toks[first:last + 1]]


def _name(words):
    """Return: the last name of an operand, not one within its brackets"""
    depth, found = 0, ""
    for word in words:
        depth += word in "(["
        depth -= word in ")]"
        if _is_name(word) and (not depth or words[0] in ("(",) + READS):
            found = word
    return found


class Finder:
    """Finds the checks in one statement's tokens."""

    def __init__(self, file, toks):
        self.file, self.toks = file, toks
        self.found = []

    def put(self, first, last, new, what):
        self.found.append((self.toks[first].start, self.toks[last].end, new,
                           what))

    def find(self):
        for i, t in enumerate(self.toks):
            after = self.text(i + 1)
            if after == "(" and self.text(i - 1) not in TYPE_WORDS:
                self.call(i, t.text)
            elif t.text in EQUAL:
                self.comparison(i)
            elif t.text == "&" and i and (_is_name(self.text(i - 1))
                                          or self.text(i - 1) in ")]"):
                self.masked(i)
            elif t.text in FIELDS and self.text(i - 1) in (".", "->") \
                    and after not in ("=", "|=", ","):
                self.field(i)
        return self.found

    def text(self, i):
        return self.toks[i].text if 0 <= i < len(self.toks) else ""

    def call(self, i, name):
        first, last = _first(self.toks, i), _close(self.toks, i + 1)
        words = _words(self.toks, i + 2, last - 1)
        if first == 0 and self.text(last + 1) == ";" and name not in READS:
            return              # the result is ignored
        asks = next((w for w in words if w.startswith("CAP_")), "")
        what = f"{name} {asks}".strip()
        if name in GRANTS:
            self.put(first, last, "1", what)
        elif name in REFUSES:
            self.put(first, last, "0", what)
        elif name in MOST:
            self.put(first, last, MOST[name], what)
        elif name in READS:
            limit = next((w for w in words if LIMIT.fullmatch(w)), None)
            if limit:
                self.put(first, last, "~0ul", limit)

    def comparison(self, i):
        toks, sign = self.toks, self.text(i)
        first, last = _first(toks, i - 1), _last(toks, i + 1)
        left, right = _words(toks, first, i - 1), _words(toks, i + 1, last)
        ids = _name(left), _name(right)
        if right[-1] == "RLIM_INFINITY":
            self.put(first, last, EQUAL[sign], "RLIM_INFINITY")
        elif right[-1] in ("DUMP_USER", "DUMP_NOBODY"):
            new = EQUAL[sign]
            self.put(first, last, new if right[-1] == "DUMP_USER" else
                     OTHER[new], right[-1])
        elif any(ID.fullmatch(n) for n in ids) \
                and all(n and not n.isupper() for n in ids):
            self.put(first, last, EQUAL[sign], f"{ids[0]} {sign} {ids[1]}")

    def masked(self, i):
        """Look at `a & b`."""
        toks = self.toks
        first, last = _first(toks, i - 1), _last(toks, i + 1)
        if self.text(first - 2) == "&" and self.text(first - 1) == "~":
            first = _first(toks, first - 3)     # in a & ~b & c
        words = _words(toks, i + 1, last)
        names = [w for w in words if _is_name(w)]
        asked = _name(_words(toks, first, i - 1))
        if words[0] == "~":
            if MASK.fullmatch(asked) or any(map(MASK.fullmatch, names)):
                self.put(first, last, "0", f"{asked} & ~{names[-1]}")
        elif MASK.fullmatch(asked) and names[0] == "BIT":
            self.put(first, last, "1", names[1])
        elif names and all(map(FORBIDS.fullmatch, names)):
            if not TOLD.match(self.file):
                self.put(first, last, "0", names[0])
        elif names and all(map(MODES.fullmatch, names)) and first > 1 \
                and self.text(first - 1) == "(" \
                and self.text(first - 2) == "!":
            self.put(first, last, "1", names[0])

    def field(self, i):
        first, last = _first(self.toks, i), i
        if self.text(first - 1) == "(" and self.text(first - 2) in READS:
            first, last = first - 2, last + 1
        self.put(first, last, "0", self.toks[i].text)


def find(file, toks):
    """Return: [(start, end, the value that always passes, what is checked)]"""
    return Finder(file, toks).find()


def asked_nowhere(text):
    """Return: the names of these tables that do not occur in a text"""
    words = set(re.findall(r"[A-Za-z_]\w*", text))
    return sorted({*GRANTS, *REFUSES, *MOST, *FIELDS} - words)
