#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Generate from kernel/syscall/syscalls.tbl what depends on it.

  --table TBL --column COLUMN --out F.c   dispatch table and decoder
  --table TBL --column C --fuzz F.h             calls and kinds of arguments,
                                                for the guest test random_calls
  --table TBL --prototypes F.h                  the handlers, of all columns

  --machine NAME leaves out the calls that only other machines of the column
  have.

./lectern update makes build/docs/syscalls.md.
"""
import argparse
import sys

from machines import MACHINES

# type: (C type, words in 32 bits, words in 64 bits, letter of the decoder)
TYPES = {
    'fd': ('int', 1, 1, 'd'),
    'int': ('int', 1, 1, 'd'),
    'pid': ('int', 1, 1, 'd'),
    'sig': ('int', 1, 1, 'd'),
    'clock': ('int', 1, 1, 'd'),
    'id': ('unsigned', 1, 1, 'd'),
    'mode': ('unsigned', 1, 1, 'o'),
    'flags': ('unsigned', 1, 1, 'x'),
    'uint': ('unsigned', 1, 1, 'u'),
    'long': ('long', 1, 1, 'l'),
    'size': ('unsigned long', 1, 1, 'z'),
    'ulong': ('unsigned long', 1, 1, 'p'),
    'ptr': ('uaddr_t', 1, 1, 'p'),
    'str': ('uaddr_t', 1, 1, 's'),
    'off': ('loff_t', 1, 1, 'l'),
    'off64': ('loff_t', 2, 1, 'l'),
    'offhl': ('loff_t', 2, 2, 'l'),
}
# of call numbers, in the order of the table
COLUMNS = tuple(dict.fromkeys(m.syscalls for m in MACHINES.values()))
# the first machine of a column; --bits is for machines of another word size
TITLES = {m.syscalls: m.name for m in reversed(MACHINES.values())}
BITS = {m.syscalls: m.bits for m in reversed(MACHINES.values())}
SLOTS = 3                   # CENSUS_SLOTS of kernel/syscall/table.h
NATIVE = 0x4c540001         # number of Lectern's first own call
COUNT = 512                 # entries of a table, as in table.h


class Call:
    def __init__(self, fields, where):
        n = len(COLUMNS)
        if len(fields) not in (n + 2, n + 3):
            sys.exit('%s: expected a name, %d numbers (%s), a handler and, if '
                     'the call takes any, arguments'
                     % (where, n, ' '.join(COLUMNS)))
        numbers, rest = fields[1:n + 1], fields[n + 1:]
        self.name = fields[0]
        # the machine that alone has the call, by column
        self.only = {c: n.partition('@')[2]
                     for c, n in zip(COLUMNS, numbers) if '@' in n}
        for name in self.only.values():
            if name not in MACHINES:
                sys.exit('%s: no machine %s; there are %s'
                         % (where, name, ' '.join(MACHINES)))
        try:
            self.nr = {c: None if n == '-' else int(n.partition('@')[0], 0)
                       for c, n in zip(COLUMNS, numbers)}
        except ValueError:
            sys.exit('%s: %s are not %d numbers; write - where a machine has '
                     'no such call' % (where, ' '.join(numbers), n))
        # the extension that the call belongs to; none for the core
        self.ext, _, handler = rest[0].rpartition('/')
        self.handler = None if handler == '-' else handler
        self.args = []          # (name, type)
        self.sets = []          # (argument, set of abi.tbl, place or None)
        for i, a in enumerate(rest[1].split(',') if len(rest) == 2
                              else []):
            a, *sets = a.split('=')
            name, _, kind = a.rpartition(':')
            if kind not in TYPES:
                sys.exit('%s: no argument type %s; there are %s'
                         % (where, kind, ' '.join(TYPES)))
            self.args.append((name or kind, kind))
            for one in sets:
                one, _, place = one.partition('@')
                self.sets.append((i, one, place))
        if len(self.sets) > SLOTS:
            sys.exit('%s: more than %d sets' % (where, SLOTS))

    def number(self, machine):
        """Return: the call's number on a machine; None if it has no such
        call"""
        if self.only.get(machine.syscalls, machine.name) != machine.name:
            return None
        return self.nr[machine.syscalls]


def shown(n):
    return ('%#x' if n >= NATIVE else '%d') % n


def free(path):
    """Return: the next number for a call of Lectern's own"""
    n = NATIVE
    with open(path) as f:
        used = f.read()
    while shown(n) in used:
        n += 1
    return shown(n)


def load(path):
    calls = []
    seen = {c: {} for c in COLUMNS}
    with open(path) as f:
        for i, line in enumerate(f, 1):
            fields = line.split('#')[0].split()
            if not fields:
                continue
            call = Call(fields, '%s:%d' % (path, i))
            for c, n in call.nr.items():
                if n is not None and seen[c].setdefault(n, call) is not call:
                    sys.exit('%s:%d: number %s of %s is taken by %s; one of '
                             "Lectern's own calls may have %s"
                             % (path, i, shown(n), TITLES[c],
                                seen[c][n].name, free(path)))
                if n is not None and not (n < COUNT or NATIVE <= n):
                    sys.exit('%s:%d: number %d is neither below %d nor from '
                             '%#x on' % (path, i, n, COUNT, NATIVE))
            calls.append(call)
    return calls


def expression(kind, word, bits):
    """Return: the C expression of an argument, and how many words it takes"""
    ctype, words32, words64, _ = TYPES[kind]
    words = words32 if bits == 32 else words64
    low = 'tf_arg(tf, %d)' % word
    if ctype == 'loff_t':
        if bits == 32 and words == 2:
            return ('(loff_t)((u64)tf_arg(tf, %d) << 32 | %s)'
                    % (word + 1, low)), words
        return '(loff_t)(long)' + low, words
    return '(%s)%s' % (ctype, low), words


def place_of(place, bits):
    """Parse `8/4.w`, `0.4`. Return: offset and bytes in this column"""
    where, _, size = place.partition('.')
    offset = where.split('/')[-1 if bits == 32 else 0]
    return int(offset), bits // 8 if size == 'w' else int(size)


def slots(call, bits):
    """Return: the argument words whose values abi.tbl lists, for the census"""
    words, out = 0, []
    starts = []
    for _, kind in call.args:
        starts.append(words)
        words += expression(kind, 0, bits)[1]
    for arg, _, place in call.sets:
        kind = call.args[arg][1]
        if place:
            at, size = place_of(place, bits)
        else:
            at, size = 0xff, 4 if TYPES[kind][0] in ('int', 'unsigned') \
                else bits // 8
        out.append('{ %d, %d, %d }' % (starts[arg], size, at))
    return ', { %s }' % ', '.join(out) if out else ''


def entry(call, bits):
    word, args = 0, []
    for _, kind in call.args:
        text, n = expression(kind, word, bits)
        args.append(text)
        word += n
    if word > 6:
        sys.exit('%s: more than six argument words' % call.name)
    return ('static long call_%s(struct trapframe *tf)\n{\n'
            '\treturn %s(%s);\n}\n'
            % (call.name, call.handler, ',\n\t\t'.join(args)))


def table(calls, column, bits):
    mine = sorted((c for c in calls if c.nr[column] is not None),
                  key=lambda c: c.nr[column])
    out = ['/* Generated by tools/syscalls.py from syscalls.tbl. */',
           '/* Entries only pass on: a frame of theirs would show nothing,',
           '   and words on the stack are best pushed, as Os does. */',
           '#pragma GCC optimize("Os", "omit-frame-pointer")',
           '#include <kernel/syscall/table.h>',
           '#include <lt/arch.h>',
           '#include <lt/compiler.h>',
           '#include <syscalls.h>', '']
    for c in mine:
        if c.handler:
            out.append(entry(c, bits))
    # A handler that no file defines is answered like an unknown number.  Other
    # machines' handlers are included: socketcall(2) calls them by name.
    out.append('static __used __noinline long unwritten(void)\n{\n'
               '\treturn syscall_unwritten();\n}\n')
    for h in sorted({c.handler for c in calls if c.handler}):
        out.append('__asm__(".weak %s\\n\\t.set %s, unwritten");'
                   % (h, h))
    out.append('\nsyscall_entry_t const syscall_table[] = {')
    native = [c for c in mine if c.nr[column] >= NATIVE]
    mine = mine[:len(mine) - len(native)]
    if mine[-1].nr[column] >= COUNT:
        sys.exit('%s: COUNT is too small' % mine[-1].name)
    last = COUNT - 1
    by_nr = {c.nr[column]: c for c in mine}
    for nr in range(last + 1):
        c = by_nr.get(nr)
        out.append('\t[%d] = %s,' % (nr, 'call_' + c.name if c and c.handler
                                     else 'syscall_missing'))
    out.append('};\n_Static_assert(SYSCALL_COUNT == %d, "the tool\'s");\n'
               % COUNT)
    out.append('syscall_entry_t const syscall_event_table[] = {\n'
               '\t[0 ... %d] = syscall_event,\n};' % last)
    out.append('syscall_entry_t const syscall_traced_table[] = {\n'
               '\t[0 ... %d] = syscall_traced,\n};' % last)
    out.append('syscall_entry_t const native_table[] = {')
    for c in native:
        out.append('\t[%d] = call_%s,' % (c.nr[column] - NATIVE, c.name))
    out.append('};\nconst unsigned native_count = %d;\n'
               '_Static_assert(%d <= NATIVE_MAX, "too many of our own");\n'
               % (len(native), len(native)))
    restart = [c for c in mine if c.name == 'restart_syscall'][0]
    out.append('const unsigned syscall_nr_restart = %d;\n'
               % restart.nr[column])
    out.append('const struct syscall_info syscall_info[] = {')
    for c in mine:
        letters = ''.join(
            TYPES[k][3] + ('' if n == 1 else '-' * (n - 1)) for k, n in
            ((k, expression(k, 0, bits)[1]) for _, k in c.args))
        out.append('\t[%d] = { "%s", "%s"%s },' % (
            c.nr[column], c.name, letters, slots(c, bits)))
    out.append('\t[%d] = { NULL },\n};' % COUNT)
    return '\n'.join(out) + '\n'


def prototypes(calls):
    out = ['/* Generated by tools/syscalls.py from syscalls.tbl. */',
           '/*',
           ' * Each returns the result or -errno.  A handler that no file '
           'defines answers',
           ' * ENOSYS.',
           ' */',
           '#ifndef SYSCALLS_H', '#define SYSCALLS_H', '',
           '#include <lt/types.h>', '']
    seen = {}
    for c in calls:
        if not c.handler:
            continue
        types = [TYPES[kind][0] for _, kind in c.args]
        if seen.setdefault(c.handler, types) != types:
            sys.exit('%s: %s takes other arguments elsewhere'
                     % (c.name, c.handler))
    for handler, types in seen.items():
        out.append('long %s(%s);' % (handler, ', '.join(types) or 'void'))
    return '\n'.join(out + ['', '#endif']) + '\n'


# The letter of an argument whose name says more than its type.
PURPOSE = {
    'addr': 'A', 'newaddr': 'A', 'iov': 'v', 'argv': 'V', 'envp': 'V',
    'timeout': 't', 'req': 't', 'ts': 't',
}
LETTERS = {
    'fd': 'd', 'int': 'i', 'pid': 'P', 'sig': 'g', 'clock': 'c', 'id': 'u',
    'mode': 'm', 'flags': 'f', 'uint': 'i', 'long': 'l', 'size': 'z',
    'ulong': 'a', 'ptr': 'p', 'str': 's', 'off': 'o', 'off64': 'o',
    'offhl': 'o',
}


def fuzz(calls, column):
    bits = BITS[column]
    out = ['/* Generated by tools/syscalls.py from syscalls.tbl. */']
    for c in calls:
        if c.nr[column] is None or not c.handler:
            continue
        letters = ''
        for name, kind in c.args:
            words = expression(kind, 0, bits)[1]
            mine = PURPOSE.get(name) if kind == 'ptr' else None
            letters += (mine or LETTERS[kind]) + 'h' * (words - 1)
        out.append('{ %d, "%s", "%s" },' % (c.nr[column], c.name, letters))
    return '\n'.join(out) + '\n'


def docs(calls):
    out = ['# System calls', '',
           'Generated by `./lectern update` from '
           '`kernel/syscall/syscalls.tbl`: do not edit.', '',
           'A call without a handler is known by name and answered with '
           '`ENOSYS`; its first use',
           'leaves a line in the kernel log.  The same holds for calls of an '
           'extension',
           '(docs/extensions.md) that was left out.', '']
    for column in COLUMNS:
        mine = [c for c in calls if c.nr[column] is not None]
        done = sum(1 for c in mine if c.handler)
        out.append('- %s: %d of %d calls' % (TITLES[column], done, len(mine)))
    out += ['', '| call | %s | handler | extension | arguments |'
            % ' | '.join(TITLES[c] for c in COLUMNS),
            '| --- |%s --- | --- | --- |' % (' ---: |' * len(COLUMNS))]
    for c in calls:
        num = ['' if c.nr[k] is None else shown(c.nr[k])
               + (' (%s)' % c.only[k] if k in c.only else '') for k in COLUMNS]
        args = ', '.join(n if n == k else '%s: %s' % (n, k)
                         for n, k in c.args)
        out.append('| %s | %s | %s | %s | %s |' % (
            c.name, ' | '.join(num),
            '`%s`' % c.handler if c.handler else '', c.ext, args))
    return '\n'.join(out) + '\n'


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument('--table', required=True)
    ap.add_argument('--column', choices=sorted(COLUMNS))
    ap.add_argument('--bits', type=int)
    ap.add_argument('--machine', choices=list(MACHINES))
    for name in ('--out', '--fuzz', '--prototypes'):
        ap.add_argument(name)
    a = ap.parse_args()
    calls = load(a.table)
    if a.machine:
        calls = [c for c in calls
                 if c.only.get(a.column, a.machine) == a.machine]
    if a.out:
        with open(a.out, 'w') as f:
            f.write(table(calls, a.column, a.bits or BITS[a.column]))
    if a.fuzz:
        with open(a.fuzz, 'w') as f:
            f.write(fuzz(calls, a.column))
    if a.prototypes:
        with open(a.prototypes, 'w') as f:
            f.write(prototypes(calls))


if __name__ == '__main__':
    main()
