# SPDX-License-Identifier: MIT
"""The lines of a check program: keyed, so that only the program of the grader
can have printed them.

    lab: NONCE SEQUENCE KIND CASE TEXT MAC

MAC is HMAC-SHA256 over what is between "lab: " and it.  Its key is made of a
secret in the program's file, new for each machine: bytes that nothing tells
from other bytes, so a search of memory does not find them.  The nonce is on the
program's command line.
"""
import hashlib
import hmac
import re
import secrets

from ..common import Failure

# what stands in the place of the secret before
UNSET = b"lectern-lab-key:unset"
SECRET_SIZE = 48
LINE = re.compile(rb"lab: ((\S+) (\d+) (begin|note|fail|pass|end) (\S+) "
                  rb"([ -~]*)) ([0-9a-f]{64})")


class NoKey(Failure):
    """A program without a place for the key, or no key: never a grade."""


def new_secret():
    return secrets.token_bytes(SECRET_SIZE)


def key_of(secret):
    return hashlib.sha256(secret).digest()


def stamp_program(data, secret):
    """Return: the program's file with this secret"""
    place = UNSET.ljust(SECRET_SIZE, b"\0")
    if len(secret) != SECRET_SIZE or secret.startswith(UNSET):
        raise NoKey("the key is missing")
    if data.count(place) != 1:
        raise NoKey("the program has no place for the key")
    return data.replace(place, secret)


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
