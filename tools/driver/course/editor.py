# SPDX-License-Identifier: MIT
"""What an editor is told of the tree: .vscode/tasks.json and launch.json, which
`./lectern update` generates for the machines of arch/machines.tbl."""
import json

from ..common import ARCHES, DEFAULT, MACHINES

HERE = "${workspaceFolder}"
PORT = 1234             # of GDB's connection to QEMU
READY = "waiting for a debugger"        # what `run --gdb` says when it is ready
KERNEL, PROGRAM = "kernel", "program"
GCC = {"regexp": r"^(.+?):(\d+):(\d+): (?:fatal )?(error|warning): (.*)$",
       "file": 1, "line": 2, "column": 3, "severity": 4, "message": 5}
INPUTS = [
    {"id": "program", "type": "promptString", "default": "echo",
     "description": "a program of user/bin"},
    {"id": "arguments", "type": "promptString", "default": "hello",
     "description": "its arguments"},
]
LAB_INPUT = {"id": "lab", "type": "promptString", "default": "1",
             "description": "the number of the lab"}


def json_text(value):
    return json.dumps(value, indent="\t") + "\n"


# ---- tasks -------------------------------------------------------------------

def task(label, *arguments, **more):
    """Return: a task that runs ./lectern"""
    return {"label": label, "type": "process", "command": HERE + "/lectern",
            "args": list(arguments), "options": {"cwd": HERE},
            "problemMatcher": [], **more}


def matcher(**more):
    """Return: how the compiler's complaints are found in the output"""
    return {"owner": "lectern", "fileLocation": ["autoDetect", HERE + "/build"],
            "pattern": GCC, **more}


def waiting_task(what, arch):
    """Return: the task that starts a machine, which waits for the debugger"""
    command = ["--", "sh", "-c", "exec /usr/lectern/bin/${input:program} "
               "${input:arguments}"] if what == PROGRAM else []
    background = {"activeOnStart": True, "endsPattern": READY,
                  "beginsPattern": "building|configuring"}
    return task(waiting_label(what, arch), "run", "--arch", arch, "--gdb",
                str(PORT), *command, isBackground=True,
                problemMatcher=matcher(background=background))


def waiting_label(what, arch):
    return f"wait for the debugger: {what} on {arch}"


def machine_tasks(arch):
    """Return: the tasks for one machine"""
    group = {"kind": "build", "isDefault": True} if arch == DEFAULT \
        else "build"
    return [
        task(f"build {arch}", "build", "--arch", arch, group=group,
             problemMatcher=matcher()),
        task(f"run {arch}", "run", "--arch", arch),
        task(f"test this file's program on {arch}", "test", "--arch", arch,
             "${fileBasenameNoExtension}", group="test"),
        *(waiting_task(what, arch) for what in (KERNEL, PROGRAM))]


def test_tasks():
    return [task("test", "test", group={"kind": "test", "isDefault": True}),
            task("test what changed", "test", "--since", "HEAD",
                 group="test")]


def lab_tasks():
    """Return: the tasks of the labs; none in a tree without them"""
    from .. import main
    if "lab" not in main.COMMANDS:
        return []
    return [task("labs", "lab", "list"),
            task("start a lab", "lab", "start", "${input:lab}"),
            task("check the lab", "lab", "check", group="test")]


def tasks_file(old=""):
    """Return: the text of .vscode/tasks.json"""
    labs = lab_tasks()
    found = [t for arch in ARCHES for t in machine_tasks(arch)]
    return json_text({"version": "2.0.0",
                    "tasks": found + test_tasks() + labs,
                    "inputs": INPUTS + [LAB_INPUT] * bool(labs)})


# ---- debugging ---------------------------------------------------------------

def gdb_steps(*texts):
    return [{"text": text} for text in texts]


def after_connecting(what, arch):
    """Return: the GDB commands that need the machine.  None of them continues:
    the editor would take that for an error."""
    words = [f"source {HERE}/tools/gdb/lectern.py"]
    if what == KERNEL:
        return [*words, "tbreak kernel_main"]
    program = f"{HERE}/build/{arch}/user/bin/${{input:program}}"
    return [*words, f'add-symbol-file "{program}" -o 0',
            'tbreak main if $lt_on_cpu("${input:program}")']


def configuration(what, arch):
    """Return: one entry of the editor's list of things to debug"""
    return {
        "name": f"{what} on {arch}",
        "type": "cppdbg", "request": "launch", "MIMode": "gdb",
        "miDebuggerPath": "gdb-multiarch",
        "miDebuggerServerAddress": f"127.0.0.1:{PORT}",
        "program": f"{HERE}/build/{arch}/lectern.elf",
        "cwd": HERE, "stopAtConnect": True,
        # as ./lectern gdb has them, and why
        "setupCommands": gdb_steps(
            f"set architecture {MACHINES[arch].gdb}", "set osabi none",
            "set confirm off"),
        "postRemoteConnectCommands": gdb_steps(*after_connecting(what, arch)),
        "preLaunchTask": waiting_label(what, arch),
    }


def launch_file(old=""):
    """Return: the text of .vscode/launch.json"""
    return json_text({"version": "0.2.0", "configurations": [
        configuration(what, arch)
        for arch in ARCHES for what in (KERNEL, PROGRAM)],
        "inputs": INPUTS})
