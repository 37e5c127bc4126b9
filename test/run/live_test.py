#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""live_test.py ARCH - ./lectern live: its lines, its server, its cost, and the
view in a browser."""
import collections
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request

sys.dont_write_bytecode = True
from harness import (LECTERN, PATIENCE, TOP, Tap,  # noqa: E402
                     equal, errors_of, holds, out_of, run)
from webdriver import Browser, lacks, serve  # noqa: E402

ARCH = sys.argv[-1]
EVIL = "<b>x\\\"<i>"       # the name of a program, as the shell must write it
EVIL_NAME = '<b>x"<i>'
# a fork, an exec, a fault that brings a page, a signal; and an odd name
# the shell grows between two lines that it reads: see follow_first()
STORY = f"""
read go; x=1234567890123456
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do x="$x$x"; done; read go
printf '#!/bin/sh\\nsleep 60\\n' >"/tmp/{EVIL}"; chmod +x "/tmp/{EVIL}"
"/tmp/{EVIL}" & sleep 0.3
kill -USR1 $!; sleep 0.3; echo told; exit 7"""
# the same without an end, for a browser; the shell takes ever more memory
LASTING = f"""
printf '#!/bin/sh\\nwhile true; do sleep 1; done\\n' >"/tmp/{EVIL}"
chmod +x "/tmp/{EVIL}"; "/tmp/{EVIL}" & x=1234567890123456
while true; do sleep 0.5; x="$x$x"; done"""
# work for a CPU, with some 1,000 events a second; prints how long it took
WORK = """
read a b </proc/uptime; i=0
while [ $i -lt 60 ]; do j=0; while [ $j -lt 2000 ]; do j=$((j+1)); done
    read x </proc/uptime; i=$((i+1)); done
read c d </proc/uptime; echo $a $c"""
STORM = "dd if=/dev/zero of=/dev/null bs=1 count=60000 2>/dev/null"


class Live:
    """A machine with the live view."""

    def __init__(self, script, *options):
        self.process = subprocess.Popen(
            [LECTERN, "live", "--arch", ARCH, "--timeout",
             str(int(200 * PATIENCE)), *options, "--", "sh", "-c", script],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, errors="replace")
        self.said = []
        for line in self.process.stderr:
            self.said.append(line)
            found = re.search(r"http://(\S+?:\d+)(/\S+/)", line)
            if found:
                self.host, self.path = found.groups()
                break
        holds(hasattr(self, "host"), f"no address in {self.said}")
        self.reader = threading.Thread(
            target=lambda: self.said.extend(self.process.stderr), daemon=True)
        self.reader.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait()

    @property
    def url(self):
        return f"http://{self.host}{self.path}"

    def ask(self, path, data=None, **headers):
        """Return: the status of the answer"""
        request = urllib.request.Request(
            f"http://{self.host}{path}", headers=headers,
            data=None if data is None else data.encode())
        try:
            with urllib.request.urlopen(request, timeout=60) as reply:
                return reply.status
        except urllib.error.HTTPError as why:
            return why.code

    def send(self, **order):
        return self.ask(self.path + "command", json.dumps(order))

    def lines(self):
        """Yield the lines as objects, to the end of the machine."""
        with urllib.request.urlopen(self.url + "events",
                                    timeout=200 * PATIENCE) as stream:
            for line in stream:
                if line.startswith(b"event: end"):
                    return
                if line.startswith(b"data: "):
                    yield json.loads(line[6:])


def of_kind(lines, kind):
    return [line for line in lines if line["is"] == kind]


def names_of(lines):
    return collections.Counter(e["name"] for e in of_kind(lines, "event"))


def pages_of(line):
    """Return: how many pages the entries of the tables map"""
    return sum(int(words[3]) for words in map(str.split,
               line["tables"].splitlines()) if words[0] == "page")


# ---- the lines -------------------------------------------------------------

def follow_first(live):
    """Choose the first program that is executed, and let it go on (STORY) as
    soon as its memory was seen, and once more when it was seen with other
    pages. Return: all lines"""
    lines, chosen, seen, told = [], False, set(), 0
    for line in live.lines():
        lines.append(line)
        if line.get("name") == "sched_process_exec" and not chosen:
            chosen = True
            live.send(send=f"space {line['pid']}")
        if line["is"] == "space" and "tables" in line:
            seen.add(pages_of(line))
        if told < min(len(seen), 2):
            told += 1
            live.process.stdin.write("go\n")
            live.process.stdin.flush()
    return lines


def tell_story():
    with Live(STORY, "--wait", "--smp", "2") as live:
        lines = follow_first(live)
        out, _ = live.process.communicate()
        equal(out, "told\n", "what the program printed")
        equal(live.process.returncode, 7, "".join(live.said))
    equal([line["cpus"] for line in of_kind(lines, "hello")], [2])
    names = names_of(lines)
    for name in ("sched_process_fork", "sched_process_exec", "sched_switch",
                 "sched_process_exit", "page_fault_user", "sys_enter",
                 "signal_generate", "signal_deliver", "sched_wakeup"):
        holds(names[name], f"no {name} in {names}")
    tasks = [row for line in of_kind(lines, "tasks") for row in line["list"]]
    holds(EVIL_NAME in [row[6] for row in tasks], f"no odd name in {tasks}")
    spaces = [s for s in of_kind(lines, "space") if "tables" in s]
    holds(len({pages_of(s) for s in spaces}) > 1,
          f"no page came: {[pages_of(s) for s in spaces]}")
    holds(any("[stack]" in s["areas"] for s in spaces), "no stack is shown")
    me = [e for e in of_kind(lines, "event")
          if e["comm"] == "live" and e["name"] != "sched_switch"]
    equal(me, [], "the guest's program shows itself")


def joins_switches():
    """Who is switched away from is who was switched to before.  The time that
    the guest's program takes from a task is its own, not the task's; that in
    which nobody ran is told to nobody."""
    with Live("ls / >/dev/null; sleep 0.3; ls / >/dev/null; i=0; "
              "while [ $i != 60000 ]; do i=$((i+1)); done", "--wait") as live:
        lines = list(live.lines())
    runs = None
    idle, mine = r"prev_pid=0 .* next_comm=live ", r"[1-9] .* next_comm=live "
    switches = [e["text"] for e in of_kind(lines, "event")
                if e["name"] == "sched_switch"]
    equal([t for t in switches if re.search(idle, t)], [], "idle")
    holds([t for t in switches if re.search(mine, t)], "it took no time")
    for event in of_kind(lines, "event"):
        found = event["name"] == "sched_switch" and re.search(
            r"prev_pid=(\d+) .* next_pid=(\d+) ", event["text"])
        if not found:
            continue
        holds(runs in (None, found[1]), f"{runs} ran before {event}")
        runs = found[2]
    holds(runs, "no switch")


def counts_loss():
    with Live(STORM, "--wait", "--icount") as live:
        lines = list(live.lines())
    lost = sum(line["count"] for line in of_kind(lines, "lost"))
    came = len(of_kind(lines, "event"))
    holds(lost > 1000 and came > 1000, f"{came} events, {lost} lost")
    holds(came + lost > 240000, f"{came} + {lost}: some are not counted")


def chooses_kinds():
    """A kind that is off does not come; a wrong word is refused."""
    with Live("sleep 2; ls / >/dev/null; sleep 1", "--wait") as live:
        lines = []
        for line in live.lines():
            lines.append(line)
            if line["is"] == "hello":
                live.send(send="kinds switch,signal")
                live.send(send="kinds cheese")
                live.send(send="space nobody")
    why = [line["what"] for line in of_kind(lines, "refused")]
    equal(why, ["kinds cheese", "space nobody"])
    names = names_of([e for e in of_kind(lines, "event")
                      if e["comm"] == "ls"])
    holds(names["sched_switch"] and not names["sys_enter"]
          and not names["page_fault_user"], str(names))


def bears_tracing():
    """A program of the machine turns events on (the book's chapter 7), also
    those that the viewer has turned off: the guest's program stays out."""
    turn_on = "echo 1 >/sys/kernel/tracing/events/raw_syscalls/enable"
    with Live(f"{turn_on}; read go; {turn_on}; ls / >/dev/null; sleep 1; "
              "echo seen", "--wait") as live:
        lines = []
        for line in live.lines():
            lines.append(line)
            if line["is"] == "hello":
                live.send(send="kinds switch")
                live.send(send="kinds cheese")
            if line["is"] == "refused":
                live.process.stdin.write("go\n")
                live.process.stdin.flush()
        out, _ = live.process.communicate()
    equal((out, live.process.returncode), ("seen\n", 0), "".join(live.said))
    of = collections.Counter((e["comm"], e["name"])
                             for e in of_kind(lines, "event"))
    holds(of["ls", "sys_enter"] and of["ls", "sys_exit"], str(of))
    holds(not of["live", "sys_enter"] and not of["live", "sys_exit"], str(of))


# ---- the server ------------------------------------------------------------

def guards_server():
    with Live("sleep 100", "--wait") as live:
        for path in ("/", "/live.html", "/wrong/", live.path[:-2] + "/",
                     live.path + "../page/live.js", live.path + "page.py",
                     live.path + "%2e%2e/x.js", live.path.rstrip("/")):
            equal(live.ask(path), 404, path)
        for name in ("", "live.js", "live.css", "live_machine.json"):
            equal(live.ask(live.path + name), 200, name)
        for host in ("evil.example", "127.0.0.1", "localhost:1"):
            equal(live.ask(live.path, Host=host), 404, host)
        equal(live.ask(live.path, Host=live.host.replace("127.0.0.1",
                                                         "localhost")), 200)
        order = '{"machine": "pause"}'
        equal(live.ask("/wrong/command", order), 404)
        equal(live.ask(live.path + "command", order,
                       Origin="http://evil.example"), 404)
        for bad in ("x", "[]", "{}", '{"send": "a\\nb"}', '{"machine": "x"}',
                    '{"send": "' + 5000 * "a" + '"}', "[" * 4000):
            equal(live.ask(live.path + "command", bad), 400, bad[:40])


def refuses_options():
    for words, why in (
            (["--kernel", "linux"], "has no option --kernel"),
            (["--packages", "A,b"], "--packages"),
            (["--extensions", "-tracefs"], "extension"),
            (["--port", "x"], "--port"),
            (["--record", "/nowhere/x"], "--record")):
        done = run("live", "--arch", ARCH, *words, "--", "true", status=2)
        holds(why in errors_of(done), errors_of(done))


def takes_options():
    """Options of the machine, and a record of the lines."""
    with tempfile.TemporaryDirectory(prefix="lectern-live-") as folder:
        path = os.path.join(folder, "record")
        done = run("live", "--mem", "200M", "--append", "cheese",
                   "--add", __file__ + ":/x", "--record", path, "--",
                   "sh", "-c", "head -n 1 /x; cat /proc/cmdline; "
                   "head -n 1 /proc/meminfo", arch=ARCH, status=0)
        with open(path) as f:
            lines = [json.loads(line) for line in f]
    out = out_of(done)
    holds(out.startswith("#!/usr/bin/env") and "cheese" in out, out)
    memory = int(re.search(r"MemTotal: +(\d+)", out)[1])
    holds(100 << 10 < memory < 200 << 10, out)
    equal([lines[0]["is"], lines[-1]["is"]], ["hello", "end"])


def shows_shell():
    """Without a command, the port has another number."""
    with tempfile.TemporaryDirectory(prefix="lectern-live-") as folder:
        path = os.path.join(folder, "record")
        done = run("live", "--record", path, arch=ARCH, status=0,
                   data="echo $((6 * 7)); exit\n")
        with open(path) as f:
            lines = [json.loads(line) for line in f]
    holds(re.search(r"^42\r?$", out_of(done), re.M), out_of(done))
    holds(names_of(lines)["sched_process_exec"], str(names_of(lines)))


def gives_to_later():
    """A browser that comes later gets the lines from the beginning."""
    with Live("sleep 3") as live:
        first = next(live.lines())
        equal([first["is"], next(live.lines())], ["hello", first])


# ---- its cost --------------------------------------------------------------

def seconds_of(text):
    begin, end = map(float, text.split()[-2:])
    return end - begin


def cost():
    """Under --icount the guest's clock counts instructions."""
    done = run("run", "--icount", "--", "sh", "-c", WORK, arch=ARCH, status=0)
    without = seconds_of(out_of(done))
    with Live(WORK, "--wait", "--icount") as live:
        lines = follow_first(live)
        out, _ = live.process.communicate()
    took = seconds_of(out)
    rate = len(of_kind(lines, "event")) / took
    holds(of_kind(lines, "space"), "no memory was shown")
    share = (took - without) / took
    print(f"# {without:.2f} s without, {took:.2f} s with {rate:.0f} events a "
          f"second: {100 * share:.1f} %")
    holds(rate > 800, f"only {rate:.0f} events a second")
    holds(share <= 0.05, f"{share:.3f}")


# ---- the view --------------------------------------------------------------

def tries_model(browser):
    # a browser does not read modules as files
    server, origin = serve(TOP)
    with server:
        browser.ask("POST", "/url", {"url": origin + "/test/run/"})
        browser.run("import('./live_units.mjs').then(m => "
                    "{ window.found = m.run(); }, "
                    "e => { window.found = [['load', `${e}`]]; })")
        found = until(browser, "return window.found")
        server.shutdown()
    browser.ask("POST", "/se/log", {"type": "browser"})     # of this server
    wrong = [f"{name}: {why}" for name, why in found if why]
    holds(len(found) > 10 and not wrong, "\n".join(wrong) or str(found))


def until(browser, script, wanted=bool):
    """Wait until the script's value is wanted. Return: it"""
    end = time.monotonic() + 100 * PATIENCE
    while True:
        value = browser.run(script)
        if wanted(value):
            return value
        holds(time.monotonic() < end, f"{script}: {value}")
        time.sleep(0.1)


ITEMS = ("return [...document.querySelectorAll('[role=treeitem]')]"
         ".map(i => i.textContent)")
TOTAL = "return liveView.model.total"
TOLD = "return document.querySelector('.live-heard').textContent"


def shows_names(browser):
    """A hostile name is text."""
    items = until(browser, ITEMS, lambda v: any(EVIL_NAME in i for i in v))
    holds(any("init" in i for i in items), str(items))
    equal(browser.run("return document.querySelectorAll("
                      "'.live [role=treeitem] b, .live td b, .live i').length"), 0)


def shows_space(browser):
    """The pages that a fault brought to the shell are marked."""
    until(browser, "return document.querySelectorAll('.live-area').length > 3")
    until(browser, "return document.querySelectorAll("
          "'.live-areas .live-changed').length > 0")
    # the picture is made anew with each event
    label = until(browser, "return document.querySelector('.live-touched svg')"
                           "?.getAttribute('aria-label')")
    holds("just changed" in label and "pages in memory" in label, label)


def shows_events(browser):
    for kind in ("fault", "call", "switch", "family"):
        until(browser, "return liveView.model.events.some(e => e.kind === "
              f"'{kind}')")
    holds(browser.run("return document.querySelectorAll('tbody tr').length")
          > 10, "the table is empty")
    colours = browser.run(
        "const c = document.querySelector('canvas');"
        "const d = c.getContext('2d').getImageData(0, 0, c.width, c.height);"
        "return new Set(new Uint32Array(d.data.buffer)).size")
    holds(colours > 5, f"{colours} colours in the timeline")


def pauses_and_steps(browser):
    """P stops machine and view; N takes one event."""
    until(browser, TOTAL)
    # nothing has the focus, as in a page that was just opened
    browser.run("document.activeElement.blur()")
    browser.press("p")
    until(browser, "return liveView.model.state === 'paused'")
    total = browser.run(TOTAL)
    for i in range(3):
        browser.press("n")
        until(browser, TOTAL, lambda v: v == total + i + 1)
    told = browser.run(TOLD)
    holds(re.match(r"[\d.]+ s, CPU \d+, ", told), told)
    until(browser, "return liveView.model.state === 'paused'")
    # what has come by now stays; the machine adds nothing
    browser.run("window.held = liveView.queue.lines.length")
    equal(browser.run(TOTAL), total + 3)
    browser.press("p")
    until(browser, TOTAL, lambda v: v > total + 3)
    # one right after the other
    browser.press("p")
    browser.press("n")
    until(browser, "return liveView.model.state === 'paused' && "
                   "!liveView.stepping")
    browser.press("p")


def searches(browser):
    browser.press("/")
    equal(browser.run("return document.activeElement.type"), "search")
    browser.keys("input[type=search]", "init")
    until(browser, ITEMS, lambda v: len(v) == 1 and "init" in v[0])
    browser.keys("input[type=search]", "\ue00c")        # Escape
    until(browser, ITEMS, lambda v: len(v) > 1)


def chooses_by_keys(browser):
    until(browser, "return liveView.chosen", lambda v: v > 1)
    focus = "return document.activeElement.tid"
    browser.run("document.querySelector('[role=treeitem]').focus()")
    equal(browser.run(focus), 1)
    browser.press("\ue015")                             # arrow down
    holds(browser.run(focus) > 1, "the arrow moves nothing")
    browser.press("\ue011")                             # Home
    holds(browser.run("return liveView.chosen") > 1, "init is chosen")
    browser.press("\ue007")                             # Enter
    until(browser, "return liveView.chosen", lambda v: v == 1)
    until(browser, "return liveView.model.space.pid", lambda v: v == 1)


def names_parts(browser):
    """Each control has a role and a name."""
    for selector, role in (("button", "button"), ("canvas", None),
                           ("input[type=search]", "searchbox"),
                           (".live-tree", "tree"), ("table", "table"),
                           (".live-kinds input", "checkbox"),
                           (".live-space", "region")):
        at = f"/element/{browser.find('.live ' + selector)}/"
        name = browser.ask("GET", at + "computedlabel")
        got = browser.ask("GET", at + "computedrole")
        holds(name and role in (None, got), f"{selector}: {got} {name!r}")


def fits_phone(browser):
    """Nothing is wider than a window of 360 pixels."""
    browser.ask("POST", "/goog/cdp/execute", {
        "cmd": "Emulation.setDeviceMetricsOverride", "params": {
            "width": 360, "height": 800, "deviceScaleFactor": 1,
            "mobile": False}})
    until(browser, "return innerWidth", lambda v: v == 360)
    wide = browser.run("return document.documentElement.scrollWidth")
    holds(wide <= 360, f"{wide} pixels")


def turns_dark(browser):
    colour = "return getComputedStyle(document.body).backgroundColor"
    seen = []
    for scheme in ("light", "dark"):
        browser.ask("POST", "/goog/cdp/execute", {
            "cmd": "Emulation.setEmulatedMedia", "params": {"features": [
                {"name": "prefers-color-scheme", "value": scheme}]}})
        seen.append(browser.run(colour))
        equal(browser.faint(), [], scheme)
    holds(seen[0] != seen[1], str(seen))


def ends_well(browser, live):
    live.process.terminate()
    until(browser, "return liveView.model.ended")
    equal(browser.ask("POST", "/se/log", {"type": "browser"}), [])


VIEW = (("names", shows_names), ("memory", shows_space),
        ("events", shows_events), ("pause and step", pauses_and_steps),
        ("search", searches), ("keys", chooses_by_keys),
        ("names for screen readers", names_parts),
        ("360 pixels", fits_phone), ("light and dark", turns_dark))


def show_view(tap, browser):
    with Live(LASTING, "--wait") as live:
        browser.ask("POST", "/url", {"url": live.url})
        for name, test in VIEW:
            tap.case(f"view: {name}", test, browser)
        tap.case("view: the end of the machine", ends_well, browser, live)


def main():
    tap = Tap()
    tap.case("lines of a story, and the status of its end", tell_story)
    tap.case("switches to the guest's program and back", joins_switches)
    tap.case("loss is counted", counts_loss)
    tap.case("kinds of events, and wrong commands", chooses_kinds)
    tap.case("a program that turns events on", bears_tracing)
    tap.case("the server answers below its path only", guards_server)
    tap.case("options that it refuses", refuses_options)
    tap.case("options that it takes", takes_options)
    tap.case("a shell", shows_shell)
    tap.case("a browser that comes later", gives_to_later)
    tap.case("its cost in instructions", cost)
    why = lacks("live")
    if why:
        tap.point(True, "the view", skip=why)
    else:
        with tempfile.TemporaryDirectory(prefix="lectern-live-") as folder:
            browser = Browser(folder)
            try:
                tap.case("the model of the view", tries_model, browser)
                show_view(tap, browser)
            finally:
                browser.close()
    tap.end()


main()
