# SPDX-License-Identifier: MIT
"""A command's run as QEMU records it, in a folder:

    events      events from outside the machine, and their times
    snapshots   the machine's state before the first instruction
    initrd, lectern.elf, machine.json
                what the machine consists of, to build it again
    console     output on the serial line: kernel log and program
"""
import json
import os
import re
import shutil
import signal
import subprocess
import threading

from ..common import EXIT_USAGE, Failure, say
from .machine import Machine, Settings
from .run import Outcome, Signals, judge, wait, Log

PARTS = ("events", "snapshots", "initrd", "lectern.elf", "machine.json",
         "console")
KEPT = ("arch", "mem", "append", "qemu_args")
LOG_LINE = re.compile(rb"\[ *\d+\.\d+\] ")
END_LINE = re.compile(rb"(?:exit|signal) \d+\r?\n")
POLL_SECONDS = 0.05


class Program:
    """Filters the program's part of the console: whole lines that are not the
    kernel's, from the first program on."""

    def __init__(self, put):
        self.put, self.rest = put, b""
        self.begun = False
        self.report = ""

    def take(self, data):
        *lines, self.rest = (self.rest + data).splitlines(keepends=True) \
            or [b""]
        if self.rest.endswith(b"\n"):
            lines, self.rest = [*lines, self.rest], b""
        for line in lines:
            if LOG_LINE.match(line):
                self.begun = self.begun or b"initramfs: " in line
            elif self.begun and END_LINE.fullmatch(line):
                self.report = line.decode().strip()
            elif self.begun:
                self.put(line.replace(b"\r\n", b"\n"))


def follow(path, take, ended):
    """Pass on what is written to a file, until the event."""
    with open(path, "rb") as f:
        while True:
            last = ended.wait(POLL_SECONDS)
            data = f.read()
            if data:
                take(data)
            elif last:
                return


def check_folder(folder):
    """Make a new folder; refuse one that is not empty."""
    try:
        os.makedirs(folder, exist_ok=True)
        if os.listdir(folder):
            raise Failure(f"--replay {folder}: the folder is not empty",
                          EXIT_USAGE)
    except OSError as why:
        raise Failure(f"--replay {folder}: {why.strerror}",
                      EXIT_USAGE) from None


def record(settings, command, folder, put, timeout):
    """Record a run, until its end, the timeout or Ctrl-C.

    Return: how it ended, in words
    """
    def inside(name):
        return os.path.join(folder, name)

    subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2",
                    inside("snapshots"), "1M"], check=True)
    shutil.copyfile(settings.kernel, inside("lectern.elf"))
    settings.kernel = inside("lectern.elf")
    with open(inside("machine.json"), "w") as f:
        json.dump({**{k: getattr(settings, k) for k in KEPT},
                   "command": command}, f)
    open(inside("console"), "wb").close()
    settings.recording = folder
    return run(settings, inside("console"), put, timeout)


def run(settings, console, put, timeout):
    log, program = Log(None), Program(put)
    signals, ended = Signals(), threading.Event()

    def take(data):
        log.write(data)
        program.take(data)

    shown = threading.Thread(target=follow, args=(console, take, ended))
    shown.start()
    try:
        with Machine(settings) as machine:
            try:
                wait(machine, signals, timeout)
            finally:
                ended.set()
                shown.join()
            judge(machine, log, program.report, False)
    except Outcome as outcome:
        if outcome.words == "qemu":
            raise Failure(outcome.message or outcome.words) from None
        if signals.number not in (None, signal.SIGINT):
            raise SystemExit(outcome.status) from None
        if outcome.message:
            say(outcome.message)
        return outcome.words
    finally:
        ended.set()
        signals.restore()


def settings_of(folder):
    """Return: the settings to replay a recording with, and its command"""
    lacking = [p for p in PARTS
               if not os.path.isfile(os.path.join(folder, p))]
    if lacking:
        raise Failure(f"--replay {folder}: not a recording, {lacking[0]} is "
                      "missing", EXIT_USAGE)
    try:
        with open(os.path.join(folder, "machine.json")) as f:
            kept = json.load(f)
        s = Settings(kept["arch"])
        for key in KEPT:
            setattr(s, key, kept[key])
        command = kept["command"]
    except (KeyError, ValueError, TypeError) as why:
        raise Failure(f"--replay {folder}: machine.json: {why}",
                      EXIT_USAGE) from None
    s.kernel = os.path.join(folder, "lectern.elf")
    with open(os.path.join(folder, "initrd"), "rb") as f:
        s.initrds = [f.read()]
    s.recording, s.replays = folder, True
    return s, command
