#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""editor_test.py ARCH - what editors are given: the debugger's set-up of
.vscode carried out by GDB's machine interface, and compile_commands.json as
clangd sees it.  No editor runs."""
import glob
import json
import os
import re
import subprocess
import sys
import threading

sys.dont_write_bytecode = True
from harness import (LECTERN, PATIENCE, TOP, Tap, equal, holds,  # noqa: E402
                     matches, need_tools, read, run)
from harness_mi import Mi  # noqa: E402
from driver.course import editor  # noqa: E402
from driver.machine.machine import free_port  # noqa: E402
from machines import FINISHED  # noqa: E402

ARCH = sys.argv[1]
CHOSEN = {item["id"]: item["default"] for item in editor.INPUTS}
# a file of each kind; every machine's port has the first three
CHECKED = ["kernel/process/fork.c", "mm/space/fault.c", "user/bin/echo.c",
           "user/libc/printf.c", "user/rtld/plt.c",
           "test/guest/process/fork_memory.c"]
OF_PORT = ["mmu.c", "trap.c", "include/arch/cpu.h"]


# ---- debugging ---------------------------------------------------------------

def filled(value, port):
    """=> a value of the files with its variables replaced, as an editor does"""
    text = json.dumps(value).replace("${workspaceFolder}", TOP)
    for name, chosen in CHOSEN.items():
        text = text.replace("${input:%s}" % name, chosen)
    holds("${" not in text, text)
    # several tests may run at a time
    return json.loads(re.sub(rf"\b{editor.PORT}\b", str(port), text))


def of_file(name, key):
    return json.loads(read(os.path.join(TOP, ".vscode", name)))[key]


class Waiting:
    """The task that the editor starts first, until it is ready."""

    def __init__(self, task):
        self.said, self.ready = [], threading.Event()
        equal(task["command"], os.path.join(TOP, "lectern"))
        self.process = subprocess.Popen(
            [LECTERN, *task["args"]], stdin=subprocess.PIPE,
            cwd=task["options"]["cwd"], stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, errors="replace")
        self.ends = task["problemMatcher"]["background"]["endsPattern"]
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()
        holds(self.ready.wait(120 * PATIENCE), f"not ready: {self.said}")

    def read(self):
        for line in self.process.stdout:
            self.said.append(line)
            if re.search(self.ends, line):
                self.ready.set()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(30 * PATIENCE)
        self.reader.join(30 * PATIENCE)
        self.process.stdin.close()
        self.process.stdout.close()


def connected(mi, configuration):
    """The steps of the extension cpptools, in its order."""
    for step in configuration["setupCommands"]:
        mi.console(step["text"])
    mi.ask("-file-exec-and-symbols "
           + json.dumps(configuration["program"]))
    mi.ask("-target-select remote "
           + configuration["miDebuggerServerAddress"])
    for step in configuration["postRemoteConnectCommands"]:
        mi.console(step["text"])


def debugs(what, look):
    """Follow one entry of launch.json; look: what to try where it stops."""
    port = free_port()
    entry, = (filled(c, port) for c in of_file("launch.json", "configurations")
              if c["name"] == f"{what} on {ARCH}")
    task, = (filled(t, port) for t in of_file("tasks.json", "tasks")
             if t["label"] == entry["preLaunchTask"])
    with Waiting(task), Mi(entry["miDebuggerPath"]) as mi:
        connected(mi, entry)
        look(mi)


def in_kernel(mi):
    matches(mi.stopped(), 'func="kernel_main"')
    mi.ask("-break-insert sys_execve")
    matches(mi.stopped(), 'func="sys_execve"')
    matches(mi.console("lt-ps"), r"\binit\b")
    matches(mi.ask("-stack-list-frames")[-1], 'func="sys_execve"')


def in_program(mi):
    stop = mi.stopped()
    matches(stop, 'func="main"', 'file="[^"]*echo.c"')
    matches(mi.ask("-data-evaluate-expression argc")[-1], 'value="2"')
    matches(mi.ask('-data-evaluate-expression argv[1]')[-1], "hello")
    mi.ask("-break-insert sys_write")
    matches(mi.stopped(), 'func="sys_write"')


# ---- clangd ------------------------------------------------------------------

def complaints(path):
    """=> what clangd says of a file, without its trials of refactorings"""
    done = subprocess.run(
        ["clangd", f"--check={path}", "--check-lines=1-2"], cwd=TOP,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, timeout=120 * PATIENCE)
    holds("Compile command from CDB" in done.stdout,
          f"{path}: no command for it\n{done.stdout[-2000:]}")
    return [line for line in done.stdout.splitlines()
            if line.startswith("E[") and "tweak:" not in line]


def clangd_agrees():
    """On files of all machines, whichever was built last."""
    run("build", arch=ARCH, status=0, timeout=600)
    holds(os.path.exists(os.path.join(TOP, "compile_commands.json")),
          "compile_commands.json")
    ports = [os.path.join("arch", m.folder, name) for m in FINISHED.values()
             for name in OF_PORT
             if os.path.exists(os.path.join(TOP, "build", m.name))]
    for path in CHECKED + ports:
        equal(complaints(path), [], path)


def the_chosen_machine_comes_first():
    for name in (*(n for n in FINISHED if n != ARCH), ARCH):
        run("build", arch=name, status=0, timeout=600)
    entries = json.loads(read(os.path.join(TOP, "compile_commands.json")))
    found = {os.path.basename(e["directory"]) for e in entries
             if e["file"].endswith("kernel/process/fork.c")}
    equal(found, {ARCH})
    for m in FINISHED.values():
        headers = glob.glob(os.path.join(TOP, "arch", m.folder, "include",
                                         "**", "*.h"), recursive=True)
        there = {e["file"]: e["directory"] for e in entries}
        for path in headers:
            equal(os.path.basename(there.get(path, "")), m.name, path)


def main():
    need_tools("gdb-multiarch", "clangd")
    # the file for editors is not made anew during a run of tests
    os.environ.pop("LECTERN_TEST_RUN", None)
    tap = Tap()
    tap.case("editor: debugs the kernel", debugs, editor.KERNEL, in_kernel)
    tap.case("editor: debugs a program", debugs, editor.PROGRAM, in_program)
    # one file for all machines, so two tests at a time would disturb each other
    if tap.turn(ARCH, 0) and not os.environ.get("LECTERN_BUILD"):
        tap.case("editor: files of the chosen machine first",
                 the_chosen_machine_comes_first)
        tap.case("editor: clangd understands the commands", clangd_agrees)
    tap.end()


main()
