#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""console.py ARCH - what a person does at the console: line editing, job
control, vi, leaving; typed at a pseudo-terminal."""
import os
import sys
import time

sys.dont_write_bytecode = True
from harness import (PATIENCE, BUILD, Console, Tap, need_package,  # noqa: E402
                     equal, holds, limit, run)

ARCH = sys.argv[1]
LOG = os.path.join(BUILD, ARCH, "console-test.log")


ROWS, COLUMNS = 31, 97


def open_shell(*args):
    return Console("--arch", ARCH, "--timeout", limit(240), "--log", LOG,
                   *args, rows=ROWS, columns=COLUMNS)


def basics(con):
    equal(con.command("echo $((6*7))"), "42")
    equal(con.command("tty"), "/dev/console")
    holds("PID" in con.command("ps"), "ps prints a table")


def line_editing(con):
    con.send("echo abx\x7fc\r")
    con.expect("\nabc\r?\n")
    con.expect("@@> ")
    con.send("\x1b[A\r")
    con.expect("\nabc\r?\n")
    con.expect("@@> ")


def interrupt(con):
    con.start("sleep 100")
    con.send("\x03")
    con.expect("@@> ", 10)
    equal(con.command("echo $?"), "130")


def interrupt_loop(con):
    con.send("echo it ''runs; while :; do :; done\r")
    con.expect(r"it runs\s*\n")
    con.send("\x03")
    con.expect("@@> ", 10)


def stop_and_continue(con):
    end = time.monotonic() + 60 * PATIENCE
    con.start("sleep 10000")
    con.send("\x1a")
    con.expect("Stopped")
    con.expect("@@> ")
    holds("Stopped" in con.command("jobs"), "jobs shows it stopped")
    con.command("bg")
    holds("Running" in con.command("jobs"), "bg lets it run")
    # it ends once the key finds it in the foreground
    con.send("fg\r")
    con.expect(r"fg\s*\n")
    while True:
        con.send("\x03")
        try:
            con.expect("@@> ", 1)
            break
        except AssertionError:
            holds(time.monotonic() < end, "fg, then ^C")
    con.sync()
    equal(con.command("jobs"), "")


def background_read(con):
    """A background reader of the terminal is stopped (SIGTTIN)."""
    con.command("cat &")
    end = time.monotonic() + 60 * PATIENCE
    while "Stopped" not in con.command("jobs"):
        holds(time.monotonic() < end, "cat & is stopped")
    con.command("kill %1; wait")
    con.command("")


def cooked_mode(con):
    """Canonical input: erase, kill, end of file."""
    con.start("cat")
    con.send("onx\x7fe\r")
    con.expect("\none\r?\n")
    con.send("zzz\x15two\r")
    con.expect("\ntwo\r?\n")
    con.send("\x04")
    con.expect("@@> ")


def quit_key(con):
    # the shell ignores the key until it has become sleep
    con.start("sleep 10000")
    end = time.monotonic() + 60 * PATIENCE
    while True:
        con.send("\x1c")
        try:
            con.expect(r"Quit\s", 0.25)     # the shell tells of its end
            break
        except AssertionError:
            holds(time.monotonic() < end, "^\\ ends it")
    con.expect("@@> ")
    con.sync()


def terminal_settings(con):
    equal(con.command("stty size"), f"{ROWS} {COLUMNS}")
    equal(con.command("env | grep -c -e LINES -e COLUMNS"), "0")
    con.command("stty -echo")
    con.send("echo un''seen\r")
    con.expect("unseen")
    con.expect("@@> ")
    con.send("stty echo\r")
    con.expect("@@> ")


MOVES = r"(?:\x1b\[[0-9;]*[A-Za-z])*"


def edit_with_vi(con):
    con.send("cd /tmp; vi note\r")
    con.expect("note")
    for keys in ("ihello world", "0xiJ", "onext line"):
        con.send(keys)
        # vi may move the cursor between any two characters
        con.expect(MOVES.join(keys[-4:]) if " " in keys else "J", 10)
        # an escape and what follows at once would be a function key
        con.send("\x1b")
        time.sleep(0.5)
    con.send(":wq\r")
    con.expect("@@> ", 20)
    equal(con.command("cat note"), "Jello world\nnext line")
    con.command("rm note")


def pager(con):
    con.send("seq 1 100 | more\r")
    con.expect("--More--")
    con.send("q")
    con.expect("@@> ", 10)


def kernel_log(con):
    holds(con.command("dmesg | wc -l").strip() not in ("", "0"),
          "dmesg prints the log")


def resized(con):
    """The guest's terminal follows the caller's."""
    con.resize(40, 120)
    end = time.monotonic() + 60 * PATIENCE
    while con.command("stty size") != "40 120":
        holds(time.monotonic() < end, "stty tells the new size")
    con.resize(ROWS, COLUMNS)


def leave_by(keys):
    with open_shell() as con:
        con.login()
        con.send(keys)
        equal(con.leave(), 0)


def leave_by_end_of_file():
    leave_by("\x04")


def leave_by_poweroff():
    """Process 1 ends the machine, and no other of its name: one tells the
    terminal's sizes."""
    with open_shell() as con:
        con.login()
        equal(con.command("kill -TERM $(pidof init | tr ' ' '\\n' | "
                          "grep -vx 1); sleep 1; echo $?"), "0")
        con.send("poweroff\r")
        con.expect("reboot: power off")
        equal(con.leave(), 0)


def leave_by_key():
    leave_by("\x01x")


def piped_script():
    done = run("run", "--timeout", limit(100), "--log", LOG, arch=ARCH,
               data="echo a''b\nexit\n", status=0)
    holds(b"ab" in done.stdout, "the shell ran what was piped in")


def main():
    need_package(ARCH, "busybox-static")
    tap = Tap()
    typed = [basics, line_editing, interrupt, interrupt_loop,
             stop_and_continue, background_read, cooked_mode, quit_key,
             terminal_settings, edit_with_vi, pager, kernel_log, resized]
    typed = [f for f in typed if tap.wanted(f.__name__)]
    while typed:
        # one boot for all, another one after a case that failed
        with open_shell() as con:
            try:
                con.login()
            except AssertionError as why:
                tap.point(False, "the shell starts", why)
                break
            while typed:
                case = typed.pop(0)
                before = tap.failed
                tap.case(case.__name__, case, con)
                if tap.failed > before:
                    break
    for case in (leave_by_end_of_file, leave_by_poweroff, leave_by_key,
                 piped_script):
        tap.case(case.__name__, case)
    tap.end()


main()
