# SPDX-License-Identifier: MIT
"""The lines of a check program: keyed, so that only the program of the grader
can have printed them.

    lab: NONCE SEQUENCE KIND CASE TEXT MAC

MAC is HMAC-SHA256 over what is between "lab: " and it.  The key is in the
program's file, new for each machine; the nonce is on its command line.
"""
import hashlib
import hmac
import re
import secrets

from ..common import Failure

MAGIC = b"lectern-lab-key:"
UNSET = b"unset"
KEY_SIZE = 32
LINE = re.compile(rb"lab: ((\S+) (\d+) (begin|note|fail|pass|end) (\S+) "
                  rb"([ -~]*)) ([0-9a-f]{64})")


class NoKey(Failure):
    """A program without a place for the key, or no key: never a grade."""


def new_key():
    """Return: a key that is printable, so that no byte of it is special"""
    return secrets.token_hex(KEY_SIZE // 2).encode()


def stamp_program(data, key):
    """Return: the program's file with this key"""
    place = MAGIC + UNSET.ljust(KEY_SIZE, b"\0")
    if len(key) != KEY_SIZE or key.startswith(UNSET):
        raise NoKey("the key is missing")
    if data.count(place) != 1:
        raise NoKey("the program has no place for the key")
    return data.replace(place, MAGIC + key)


def keyed(key, text):
    return hmac.new(key, text, hashlib.sha256).hexdigest().encode()


class Result:
    """What a program said of a case: passed is None while it runs.  began:
    false if it never did; stopped: its machine ended before it did."""

    def __init__(self):
        self.passed, self.text, self.notes = None, "", []
        self.began, self.stopped = True, False


class Reader:
    """Reads the output of one machine: results by case, in order."""

    def __init__(self, key, nonce):
        self.key, self.nonce = key, nonce.encode()
        self.head = b"lab: " + self.nonce + b" "
        self.next, self.results, self.ended = 1, {}, False
        self.forged = 0

    def _is_mine(self, match):
        text, nonce, number, mac = match[1], match[2], match[3], match[7]
        return (nonce == self.nonce and int(number) == self.next
                and hmac.compare_digest(mac, keyed(self.key, text)))

    def _take(self, kind, case, text):
        if kind == "begin":
            self.results[case] = Result()
            return
        result = self.results.get(case)
        if kind == "end":
            self.ended = True
        elif result is None or result.passed is not None:
            return
        elif kind == "note":
            result.notes.append(text)
        else:
            result.passed, result.text = kind == "pass", text

    def feed(self, line):
        """Take a line of the console; whatever is no keyed line is ignored.  A
        line is tried once: a kernel may print millions of them."""
        start = line.find(self.head)
        match = start >= 0 and LINE.fullmatch(line[start:].rstrip())
        if not match:
            return
        if len(match[3]) > 9 or not self._is_mine(match):
            self.forged += 1
            return
        self.next += 1
        self._take(match[4].decode(), match[5].decode(),
                   match[6].decode().strip())
