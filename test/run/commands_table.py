# SPDX-License-Identifier: MIT
"""The commands that documents tell to type: how commands.py runs each, or why
it does not.  driver_units.py sees that there is none besides, and that those
that are not run are understood."""
import glob
import os
import re

TOP = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.realpath(__file__))))
# of these every command counts; of other pages those of ./lectern
BOOK = tuple(sorted(
    os.path.relpath(path, TOP)
    for path in glob.glob(os.path.join(TOP, "course", "book", "[0-9]*.md"))))
WHOLE = ("README.md", *BOOK)
PAGES = tuple(dict.fromkeys([
    "README.md", "CONTRIBUTING.md", "course/README.md", *sorted(
        os.path.relpath(path, TOP)
        for path in glob.glob(os.path.join(TOP, "docs", "*.md"))), *BOOK]))
# what stands in front of a line that is typed
PROMPTS = ("$ ", "root@lectern:~# ", "(gdb) ")
# a row of a chain of functions
NO_COMMAND = r"\w+ +\S+\.[chS]$"
# commands that take --arch, before whatever else they take
WITH_ARCH = r"\./lectern (run|gdb|diff|bench|trace|show (?!elf)\w+)(?= |$)"
OPEN = r"\.\.\.|…|\b(CMD|ARG|NAME|ROW|FILE|LIST)\b|\["

# command: its exit status, and a word of what it prints.  They are run on the
# machine they name, else on each.
RUN = {
    "echo 6 7 | ./lectern run -- awk '{print $1 * $2}'": (0, "^42$"),
    "./lectern run --arch i386 --add ./my-program:/p -- /p; echo $?":
        (0, "^0$"),
    "./lectern test --arch riscv64 fork":
        (0, r"fork_exit_wait(.|\n)*\d+ passed, 0 failed"),
    "./lectern test --arch i386 signals copy_on_write":
        (0, r"copy_on_write(.|\n)*\d+ passed, 0 failed"),
    "./lectern bench spawn_join fork_exec_wait_nolibc":
        (0, r"^spawn_join +\d+"),
    # less than 20 million
    "./lectern bench --wall lseek": (0, r"^lseek +\d"),
    "./lectern bench --profile boot": (0, r"^1?\d{7} instructions"),
    "./lectern gdb -- /bin/busybox echo hello": (0, "Remote debugging"),
    "./lectern show space -- mapped": (0, r"level 0, \d+ of"),
    "./lectern show space --at fork -o fork.svg -- mapped": (0, ""),
    "./lectern show space -o moments.html -- sh -c '(exit 1); ps'":
        (0, ""),
    "./lectern show walk 0x2002f123 --at all_mapped -- mapped":
        (0, "physical address"),
    "./lectern show birth user/more/twice.c": (0, "8. first instructions"),
    "./lectern show stack -- ls -l /": (0, r'argv\[1\] -> "-l"'),
    "./lectern drill walk --seed 1": (0, "^1. The program "),
    "./lectern drill walk --seed 4711": (0, "^6. "),
    "./lectern drill walk --seed 4711 --answers": (0, "^   = "),
    # with nothing on its standard input
    "./lectern drill walk --seed 4711 --check": (1, "^0 of 6 right"),
    "./lectern show trap":
        (0, r"getppid(.|\n)*anon_write"),
    "./lectern show plt -- twice": (0, "puts itself, at once"),
    "./lectern run -- elfdump -hl /usr/lectern/bin/elfdump":
        (0, "Section to Segment mapping|Program Headers"),
    "./lectern run -- ldd /usr/lectern/bin/twice": (0, r"libc\.so\.6 => /"),
    "./lectern run --arch i386 -- pe /usr/lectern/test/pe_program.exe":
        (42, "^late bump 22$"),
    "./lectern run -- activations":
        (0, r"activation \d+: UNBLOCKED \d(.|\n)*has finished"),
    "./lectern run --icount -- inversion":
        (0, r"bus +-{20,}L(.|\n)*waited for it 2\d{5} us(.|\n)*in 1 of 1"),
    "./lectern run --icount -- inversion -i":
        (0, r"bus:     has it(.|\n)*radio:   computes(.|\n)*bus +-{3,4}L"),
    # never longer than the lock is held
    "./lectern run --icount -- inversion -i 1 3":
        (0, r"waited for it 1\d{4} us at most,\n.* in 0 of 3 rounds"),
    # a busy host may stop a CPU for longer than a radio computes
    "./lectern run --smp 2 -- inversion -i 2 10":
        (0, "in [0-4] of 10 rounds"),
    "./lectern run --icount -- deadlines":
        (0, r"greedy .*#.*\.\.#(.|\n)*ordinary .*#"),
    "./lectern run --icount --append sched=lottery -- shares -s 5 0 0 5 10":
        (0, r"^ +10 +4\.4 % +[2-7]\.\d %"),
    "./lectern run -- cat /sys/kernel/tracing/available_events":
        (0, "^sched:sched_switch$"),
    "./lectern run --icount -- sh -c 'd=$(heisenbug); heisenbug $d; "
    "cd /sys/kernel/tracing; echo 1 >events/raw_syscalls/enable; "
    "heisenbug $d'": (0, r"^lost\nseen$"),
    "./lectern trace -- ls -l /": (0, r"openat\(AT_FDCWD, \"/\".* = 3"),
    "./lectern trace -e sched:,signal: -- sh -c 'ls | wc -l'":
        (0, "sched_process_exec: filename=/bin/sh"),
    "./lectern trace -e kmem: -f 'order > 0' -- ls": (0, ""),
    "./lectern trace --count --by event,name -- ls -l /":
        (0, "1  sys_exit execve"),
    "./lectern trace --quantize duration --by name -- ls -l /":
        (0, "Distribution"),
    "./lectern trace --chrome ls.json -- sh -c 'ls -l / | wc -l'": (0, ""),
    "./lectern trace -e 'probe:sys_openat name=+0($arg2):string' -- "
    "cat /etc/passwd": (0, r' name="/etc/passwd"$'),
    "./lectern trace -e retprobe:pipe_read --quantize ret -- sh -c 'ls | wc'":
        (0, "Distribution"),
    "./lectern live --arch i386 --smp 2 -- sh -c 'ls | wc'": (0, r"^ +\d+ "),
    "./lectern profile -- ls -l /": (0, r"in ls$"),
    "./lectern profile -o ls.svg -- ls -l /": (0, ""),
    "./lectern profile -o ls.folded -- sh -c 'ls | wc'": (0, r"^ +\d+ +\d+"),
    "./lectern run -- procstat -v 1": (0, "CN--- vn /"),
    "./lectern run -- lt-personality xv6 -- /usr/lectern/xv6/trial fork":
        (0, "^passed"),
}


def doctors_status(said):
    """What it should end with, by what it says: other suites may not yet have
    installed what they need."""
    return int(bool(re.search(r"^missing .* needed to ", said, re.M)))


# those that need no machine, or are dear: once
RUN_ONCE = {
    "./lectern doctor": (doctors_status, "^ok +meson "),
    "./lectern doctor --shape": (0, "^contract"),
    "./lectern doctor --packages": (0, "^qemu-system-"),
    "./lectern doctor --extensions": (0, "^sockets +[0-9]+ lines"),
    "./lectern diff -- sh -c 'ulimit -v 9999; ls -l /proc/self/fd | wc -l'":
        (0, "no difference"),
    "./lectern COMMAND --help": (0, "usage: lectern"),
    "./lectern lab list": (0, "Copy-on-write fork"),
    "./lectern show elf my-program": (0, "execution view"),
    ". <(./lectern completion bash)": (0, "^$"),
    "man docs/lectern.1": (0, "LECTERN_BUILD"),
    "meson setup build/riscv64 --cross-file cross-riscv.txt":
        (0, "Project name: lectern"),
}
# what the default tests run of them, by a part of a command
# Programs that ask for the time again and again by --icount: QEMU is ten times
# as quick about it here.
QUICK_ON = "i386"
QUICK = re.compile(r"--icount .*-- (inversion|deadlines|shares)")
BRIEF = ("echo 6 7", "./lectern doctor", "COMMAND --help", "meson setup",
         "a session at the shell", "a session in GDB", "plain Meson")
# what is typed at the machine's shell, and what is seen then
AT_SHELL = {
    "uname -a": "^Linux lectern ",
    "cat /proc/self/maps": "r-xp .* /bin/busybox",
    "ps | sort -k3 | less": "PID",
    "echo 1 >/proc/lectern/events; cat /etc/profile; "
    "echo 0 >/proc/lectern/events": "",
    "cat /proc/lectern/trace": "execve",
}
# what is typed in GDB; the sessions begin as they are told to
AT_GDB = {
    "continue": "[Bb]reakpoint",
    "lt-ps": "running +echo",
    "lt-vma": "/usr/lectern/bin/echo",
    "lt-walk $pc": "level 0: entry",
    'break sys_write if $lt_on_cpu("echo")': "Breakpoint",
    "lt-trapframe": r"task \d+ \(echo\)",
    "lt-where": "== CPUs",
    "lt-where 0.3": "== trace",
}
SESSIONS = ("./lectern run", "./lectern gdb -- /usr/lectern/bin/echo hello")

# tests that a page tells to write
TO_WRITE = ("answers",)
# why: those that are only understood
ONLY_READ = {
    "hours, or what CI as a whole is": """
        ./lectern test
        ./lectern test --arch host
        ./lectern test --arch riscv64 --suite guest
        LECTERN_PATIENCE=3 ./lectern test
        ./lectern test --all
        ./lectern test --fresh
        ./lectern test --fresh --debian 13 --suite host
        ./lectern test --fresh --debian 12 --debian 13 --all --werror
        ./lectern test fork
        ./lectern test --since HEAD~1
        ./lectern test --since HEAD
        ./lectern test --suite nightly
        ./lectern mutate --later 40
        ./lectern mutate --tier
        ./lectern test --suite stress --seconds 600
        LECTERN_STRESS_SEED=7 ./lectern test --arch i386 --suite stress "8 CPUs"
        ./lectern test --coverage
        ./lectern test --coverage --check lock
        ./lectern mutate
        ./lectern mutate --since HEAD
        ./lectern mutate --since HEAD~1
        ./lectern mutate mm/space/fault.c:212
        ./lectern mutate mm kernel arch --sample 50 --seed 7
        ./lectern mutate --kind flush --kind lock mm
        ./lectern mutate --list --kind right
        ./lectern mutate --kind right --seconds 15 kernel fs topics compat mm dev
        ./lectern fuzz
        ./lectern fuzz --arch i386 --user --minutes 30
        ./lectern fuzz --user --sequence covered --minutes 5
        ./lectern fuzz --against linux --minutes 10
        ./lectern mutate mm kernel arch --sample 250 --seed 11 --jobs 2 --resume
        ./lectern test --suite programs-libraries
        ./lectern test --suite browser
        ./lectern page
        ./lectern test --suite glibc-tests
        ./lectern test replay
        ./lectern test --suite judges
        ./lectern test --arch i386 --suite judges test_os
        LECTERN_MUTANTS=5000 ./lectern test --suite loaders mutants
        LECTERN_SEED=7 ./lectern test --arch i386 --suite loaders mutants
        ./lectern test --suite judges-oracle
        meson test -C build/riscv64
        """,
    "sources that are not fetched": """
        ./lectern test --arch arm64 --from ../gvisor
        ./lectern test --arch arm64 --from ../gvisor pty_test
        """,
    "suite `book` makes it, and runs what it runs": """
        ./lectern book
        ./lectern book --pdf
        ./lectern book -o DIR
        ./lectern book --record 5
        ./lectern test --suite book
        """,
    "of the call that CONTRIBUTING.md tells to write; test/host/gates_units.py "
    "writes it in a copy": """
        ./lectern run --arch i386 -- answer 54
        ./lectern test answers
        """,
    "they write into the tree; test/host/gates_units.py does so in a copy": """
        ./lectern update
        ./lectern update --pictures
        """,
    "of a policy that is being written; test/run/smp.py does the same with "
    "another": """
        ./lectern run --append sched=lottery
        ./lectern run --append sched=mine
        ./lectern run --append sched=mine --smp 4
        ./lectern run --arch i386 --append sched=mine
        ./lectern run --icount --append sched=mine -- shares -s 2 0 0 5 10
        ./lectern test --arch riscv64 sched_policies realtime fork_exit_wait \
threads
        LECTERN_SMP=4 ./lectern test --arch i386 realtime process_stress
        ./lectern test --arch host test_lottery
        ./lectern gdb --append sched=mine
        """,
    "they wait for a browser; test/run/live_test.py has one": """
        ./lectern live
        ./lectern live --wait -- ls
        """,
    "of Debian's compiler for Windows; test/run/pe.py runs such programs": """
        ./lectern run --arch i386 --add hello.exe:/h.exe -- pe /h.exe one two
        """,
    "minutes; test/run/show_test.py makes the page with them": """
        ./lectern show machines
        ./lectern show machines --arch arm64
        """,
    "minutes; test/run/drill_test.py tries some seeds": """
        ./lectern drill cow --json --seeds 1..200 >exercises.json
        """,
    "minutes; test/run/bench_test.py measures every row": """
        ./lectern bench
        ./lectern bench fork exec
        ./lectern bench --arch i386 pipe fork
        ./lectern bench --arch i386 --profile signal_self_deliver_return
        ./lectern bench --profile pthread_create_join
        ./lectern bench --disk --against linux
        ./lectern bench --sched
        ./lectern bench --bomb
        ./lectern bench --malloc
        ./lectern bench --activations
        ./lectern bench --starts
        ./lectern bench --wall --against linux
        ./lectern bench --starts --against linux
        ./lectern bench --programs --against linux
        ./lectern bench --programs --cpus 1 --wall --against linux stress
        ./lectern bench --containers
        ./lectern bench --containers --against linux
        ./lectern bench --smp
        ./lectern bench --superpages
        ./lectern bench --forks
        """,
    "they build another kernel; test/run/core.py, extensions.py and the suite "
    "check do": """
        ./lectern run --extensions none
        ./lectern run --extensions topics
        ./lectern run --extensions tty,timers
        ./lectern build --extensions -compat
        ./lectern test --arch i386 --extensions none --suite guest
        ./lectern run --check all
        ./lectern run --check race --smp 4 --append race=warn
        ./lectern test --check lock,state --arch i386 signals copy_on_write
        ./lectern test --arch riscv64 --suite check stack
        """,
    "they cut the tree, or take an hour; test/run/labs_test.py does the same": """
        ./lectern lab start 4
        ./lectern lab check 4
        ./lectern lab submit 4
        ./lectern lab grade --lab 4 submissions/
        ./lectern lab grade --lab 4 --out /tmp/graded /tmp/try
        ./lectern lab grade --lab 4 --overlay ../overlay --json all.json submissions/
        ./lectern lab export --students ../handout --overlay ../overlay
        ./lectern lab extract --lab 4 --out /tmp/written submissions/
        ./lectern lab prove 4 --mutants 15 --arch riscv64
        ./lectern lab prove 4 --mutant "copy_page: condition"
        printf '%s\\0' $PWD/submissions/* | parallel -0 --jobs 1 -S host1,host2            -N 50 cd lectern '&&' ./lectern lab grade --lab 4 --each --out shard-{#} {}
        printf '%s\\0' $PWD/submissions/* | parallel -0 --jobs 2 -N 100            LECTERN_BUILD=$PWD/build-{%} ./lectern lab grade --lab 4 --each            --jobs 1 --out shard-{#} {}
        """,
    "test/run/drill_test.py tries seeds of each topic": """
        ./lectern drill cow --seed 4711
        ./lectern drill stack --seed 4711
        ./lectern drill sched --seed 4711
        ./lectern drill replacement --seed 4711
        ./lectern drill plt --seed 4711
        """,
    "of a program that is not there; test/run/gdbserver_test.py has one": """
        target remote | ./lectern run --packages gdbserver --add hello:/hello -- gdbserver - /hello
        """,
    "of both machines' builds; test/run/fatelf_test.py does the same": """
        ./lectern build --universal
        ./lectern run --arch i386 --add build/universal:/u -- /u/echo hello
        ./lectern run --arch riscv64 --add build/universal:/u -- /u/echo hello
        """,
    "of a build that not everybody makes; test/run/narrow_test.py does": """
        ./lectern run --arch riscv64 --add build/riscv64/user/narrow/ls:/ls \
-- sh -c "echo 1 >/proc/sys/abi/rv32; exec /ls -l /"
        """,
    "of xv6's own programs, which nobody here has; test/run/xv6_test.py adds "
    "another": """
        ./lectern run --add ./xv6/user:/x -- lt-personality xv6 -- /x/_usertests
        """,
    "they fetch packages; test/run/image_test.py boots such a disk": """
        ./lectern image debian --packages bash,coreutils,python3 -o disk.img
        ./lectern image debian -o lab.img
        ./lectern run --disk disk.img
        ./lectern run --disk lab.img
        """,
    "more memory than a machine may have to spare": """
        ./lectern run --mem 2G -- /usr/lectern/test/many_tasks 20000 50000
        ./lectern run --arch i386 --mem 1G -- /usr/lectern/test/many_tasks \
7000 7800
        """,
    "test/run/release_test.py, site_test.py, container_test.py and "
    "editor_test.py do it": """
        ./lectern site -o DIR
        ./lectern test site
        ./lectern release
        ./lectern release -o DIR
        ./lectern release --verify DIR
        ./lectern build --arch i386
        ./lectern test --suite container
        ./lectern test editor
        """,
    "another system": """
        DEB_MIRROR=ADDRESS ./lectern run
        """,
    "it waits for somebody; driver_test.py waits_for_debugger": """
        ./lectern run --gdb
        """,
    "test/run/gdbstub_test.py has this session and longer ones": """
        ./lectern gdb --stub -- /usr/lectern/bin/echo hello
        """,
    "test/run/replay_test.py has these sessions": """
        ./lectern gdb --replay -- /usr/lectern/bin/echo hello
        ./lectern gdb --replay FOLDER
        """,
    "what there is only after a find": """
        ./lectern fuzz --replay FIND.txt
        """,
}
UNREAD = {c.strip() for text in ONLY_READ.values()
          for c in text.strip().splitlines()}


def _blocks(text):
    """The indented parts of a page, each a list of lines."""
    lines = []
    for line in text.splitlines() + [""]:
        if line.startswith("    "):
            lines.append(line[4:])
        elif lines:
            yield lines
            lines = []


def _typed(block, whole):
    """The lines of a block that are typed, without prompts and comments."""
    prompted = any(line.startswith(PROMPTS) for line in block)
    for line in block:
        prompt = next((p for p in PROMPTS if line.startswith(p)), "")
        line = re.sub(r"\s{2,}#.*| # .*", "", line[len(prompt):]).strip()
        if whole and (prompt or not prompted) \
                and not re.match(NO_COMMAND, line):
            yield line
        elif "./lectern " in line:
            yield line


def recorded_commands(text):
    """The commands of {run} directives."""
    return [" ".join(line.split()) for line in re.findall(
        r"^```\{run\}\n(\./lectern .*)$", text, re.M)]


def commands(page):
    """What a page tells to type, in its order."""
    with open(os.path.join(TOP, page)) as f:
        text = f.read().replace("\\\n", " ")
    found = [line for block in _blocks(text)
             for line in _typed(block, page in WHOLE)]
    found += [" ".join(line.split()) for line in re.findall(
        r"`((?:[^`\n]*\./lectern |man )[^`]+)`", text)]
    found += recorded_commands(text)
    return [line for line in found if not re.search(OPEN, line)]


def recorded_by_the_book():
    """The commands of the chapters whose output is recorded: suite `book` runs
    them."""
    found = set()
    for page in BOOK:
        with open(os.path.join(TOP, page)) as f:
            found.update(recorded_commands(f.read().replace("\\\n", " ")))
    return found


def known():
    return {*recorded_by_the_book(), *RUN, *RUN_ONCE, *AT_SHELL, *AT_GDB, *SESSIONS, *UNREAD}
