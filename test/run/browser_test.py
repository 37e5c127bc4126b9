#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""browser_test.py ARCH - the page of ./lectern page: the kernel in a browser.

One page is loaded and used from case to case, because each load boots a kernel.
Waits end as soon as what they wait for is there; their limit only finds hangs.
"""
import os
import sys
import tempfile
import time
from urllib.parse import quote

sys.dont_write_bytecode = True
from harness import PATIENCE, errors_of, run  # noqa: E402
from webdriver import Browser, Files, Points, lacks, serve  # noqa: E402
from driver.course import page  # noqa: E402

ARCH = sys.argv[-1]
LIMIT = 60 * PATIENCE
ENTER, TAB, CONTROL, F6 = "\ue007", "\ue004", "\ue009", "\ue036"
TERMINAL = ".xterm-helper-textarea"
ROWS = ("return [...document.querySelectorAll('.xterm-rows > div')]"
        ".map(d => d.textContent.trimEnd()).join('\\n').trimEnd()")
CONTROLS = "button, input, select, summary, a, textarea, progress"
OFFERED = "echo $((6*7)) from the link"
SUBPATH = "courses/os/lectern"      # the page works below any path


class Handler(Files):
    """A server that can be told to lack files."""
    missing = set()

    def send_head(self):
        if os.path.basename(self.path) in self.missing:
            self.send_error(404)
            return None
        return super().send_head()


class Reader:
    """What someone does who reads the page."""

    def __init__(self, browser, url):
        self.b, self.url = browser, url

    def load(self, more=""):
        # another address with only another #... would not load again
        self.b.ask("POST", "/url", {"url": "about:blank"})
        self.b.ask("POST", "/url", {"url": self.url + more})

    def wait(self, condition, what):
        end = time.monotonic() + LIMIT
        while True:
            found = self.b.run(f"return {condition}")
            if found:
                return found
            assert time.monotonic() < end, \
                f"{what}: {self.text('status')}; {self.text('alarm')}; " \
                f"{self.b.run(ROWS)}"
            time.sleep(0.1)

    def wait_ready(self):
        self.wait("document.body.dataset.ready", "no prompt")

    def text(self, name):
        return self.b.run(f"return document.getElementById('{name}')"
                          ".textContent")

    def shown(self, name):
        return self.b.run(f"return !document.getElementById('{name}').hidden")

    def click(self, selector):
        self.b.ask("POST", f"/element/{self.b.find(selector)}/click")

    def type(self, command):
        self.b.keys(TERMINAL, command + ENTER)

    def sees(self, line):
        """Wait for a whole line in the terminal."""
        end = time.monotonic() + LIMIT
        while line not in self.b.run(ROWS).split("\n"):
            assert time.monotonic() < end, f"no line {line}: " \
                f"{self.b.run(ROWS)}"
            time.sleep(0.1)

    def answer(self, command, line):
        self.type(command)
        self.sees(line)

    def alarm_with(self, words):
        self.wait(f"document.getElementById('alarm').textContent"
                  f".includes({words!r})", f"not told: {words}")

    def status_with(self, words):
        self.wait(f"document.getElementById('status').textContent"
                  f".includes({words!r})", f"not told: {words}")

    def cdp(self, command, **parameters):
        return self.b.ask("POST", "/goog/cdp/execute",
                          {"cmd": command, "params": parameters})

    def give_file(self, text):
        """Choose a file of this text for upload."""
        self.b.run("const t = new DataTransfer(), f = document"
                   ".getElementById('upload');"
                   f"t.items.add(new File([{text!r}], 'x.state'));"
                   "f.files = t.files;"
                   "f.dispatchEvent(new Event('change'))")


# ---- cases, in this order ---------------------------------------------------

def link_types_nothing_by_itself(r):
    assert r.text("offered") == OFFERED
    assert r.shown("offer")
    assert r.b.run("return document.getElementById('chapter-4').open")
    r.answer("echo $((40+1))", "41")
    assert "from the link" not in r.b.run(ROWS)
    r.click("#accept")
    r.sees("42 from the link")
    assert not r.shown("offer")


def strange_links_carry_nothing(r):
    for tail in ("run=a%0Ab", "run=a%1bb", "run=" + "a" * 501, "chapter=x",
                 "chapter=100", "run=", "state=x", "run=%E2%80%AEls"):
        found = r.b.run("return import('./experiments.js').then(m => "
                        f"m.carried('#{tail}'))")
        assert found == {}, f"{tail}: {found}"


def types_and_sees_the_answer(r):
    r.answer("echo $((6*7)) | sed s/^/is=/", "is=42")


def guest_clock_is_the_browsers(r):
    times = []
    for n in (1, 2):
        before = r.b.run("return performance.now()")
        r.type(f"echo time {n} $(cut -d' ' -f1 /proc/uptime) $((10*{n})).")
        line = r.wait(
            "[...document.querySelectorAll('.xterm-rows > div')]"
            f".map(d => /^time {n} ([0-9.]+) {10 * n}[.]/.exec(d.textContent))"
            ".filter(Boolean).map(m => m[1])[0]", "no time")
        times.append((float(line), before, r.b.run(
            "return performance.now()")))
        if n == 1:
            r.answer("sleep 2; echo slept $((1+1))", "slept 2")
    (g1, p0, p1), (g2, p2, p3) = times
    least, most = (p2 - p1) / 1000, (p3 - p0) / 1000
    assert g2 - g1 >= 2, f"slept {g2 - g1} s"
    assert least / 1.5 <= g2 - g1 <= most * 1.5, \
        f"guest {g2 - g1} s, browser {least} to {most} s"


def broken_program_shows_its_fault(r):
    r.click("#chapters details:nth-of-type(2) summary")
    r.answer("clear; echo clean $((2))", "clean 2")
    r.click("#chapter-2 .experiment")
    r.sees("Segmentation fault")
    assert "segfault at 0 " in r.b.run(ROWS)


def live_view_shows_the_fault(r):
    r.answer("clear; echo clean $((3))", "clean 3")
    r.click("#watch")
    r.wait("document.querySelector('#live-view').textContent"
           ".includes('The machine runs')", "no view")
    assert not r.shown("watch")
    r.type("mistake null")
    for words in ("fault at 0", "gets SIGSEGV"):
        r.wait("[...document.querySelectorAll('#live-view tbody tr')]"
               ".map(e => e.textContent).join('\\n').includes("
               f"{words!r})", f"no {words}")
    r.click("#live-view button")
    r.wait("document.getElementById('power').textContent === 'Run'",
           "the view does not stop the machine")
    r.click("#live-view button")
    r.wait("document.getElementById('power').textContent === 'Stop'",
           "the view does not let it go on")


def save_and_restore(r):
    r.answer("clear; echo old > f; cat f", "old")
    r.b.keys("#name", "before")
    r.click("#keep")
    r.status_with('Saved "before"')
    r.answer("echo new > f; cat f", "new")
    r.click('[aria-label=\'Restore "before"\']')
    r.status_with('Restored "before"')
    assert "new" not in r.b.run(ROWS).split("\n")
    r.answer("echo it is $(cat f)", "it is old")


def full_storage_loses_nothing(r, origin):
    # before anything is saved: Chromium remembers for a while what was free
    r.cdp("Storage.overrideQuotaForOrigin", origin=origin, quotaSize=1000)
    try:
        r.b.keys("#name", "too much")
        r.click("#keep")
        r.alarm_with("Storage is full")
        assert "too much" not in r.text("slots"), r.text("slots")
        r.answer("echo goes $((1)) on", "goes 1 on")
    finally:
        r.cdp("Storage.overrideQuotaForOrigin", origin=origin)
        r.b.run("document.getElementById('name').value = ''")


def foreign_states_are_refused(r):
    r.give_file('LECTERN STATE 1\n{"build": "other", "name": "theirs", '
                '"picture": {"lines": []}}\nbytes')
    r.alarm_with("of another build")
    r.give_file("a letter\nto someone\n")
    r.alarm_with("is no state saved by this page")
    build = r.b.run("return fetch('machine.json').then(a => a.json())"
                    ".then(f => f.build)")
    r.give_file('LECTERN STATE 1\n{"build": "%s", "name": "mine", "picture": '
                '{"lines": []}}\n\x1f\u008b' % build)
    r.alarm_with("damaged")
    r.b.keys(TERMINAL, "")
    r.wait_ready()


def stop_and_run(r):
    r.click("#power")
    r.status_with("Stopped")
    assert r.text("power") == "Run"
    r.click("#power")
    r.status_with("Running")
    r.answer("echo runs $((2*4))", "runs 8")


def keyboard_alone(r):
    b = r.b
    b.run("document.querySelector('" + TERMINAL + "').focus()")
    r.type("cat -v")
    b.press(F6)
    b.press(F6)
    for key in "by-keys" + ENTER:
        b.press(key)
    r.sees("by-keys")       # and nothing of F6
    b.keys(TERMINAL, CONTROL + "d")
    b.press(F6)
    focus = "return document.activeElement.id || document.activeElement" \
        ".className"
    assert b.run(focus) == "experiments", b.run(focus)
    met = set()
    for _ in range(40):
        b.press(TAB)
        met.add(b.run(focus))
    assert {"reset", "reader", "experiment", "name", "keep", "upload",
            "theme"} <= met, met
    b.run("document.getElementById('power').focus()")
    b.press(ENTER)
    r.status_with("Stopped")
    b.press(ENTER)
    r.status_with("Running")
    b.press(F6)
    assert b.run(focus) == TERMINAL[1:], b.run(focus)


def every_control_has_a_name(r):
    b = r.b
    # opened together, and with what is hidden until it is needed
    b.run("document.querySelectorAll('details').forEach(d => {"
          "d.removeAttribute('name'); d.open = true; });"
          "document.getElementById('offer').hidden = false")
    found = b.ask("POST", "/elements", {"using": "css selector",
                                        "value": CONTROLS})
    names = {}
    for it in found:
        it = next(iter(it.values()))
        if b.ask("GET", f"/element/{it}/displayed"):
            name = b.ask("GET", f"/element/{it}/computedlabel").strip()
            names[b.ask("GET", f"/element/{it}/property/outerHTML")] = name
    b.run("document.getElementById('offer').hidden = true")
    nameless = [text for text, name in names.items() if not name]
    assert len(names) > 40 and not nameless, f"{len(names)}: {nameless}"[:999]
    roles = [b.ask("GET", f"/element/{b.find(s)}/computedrole")
             for s in ("#status", ".bar", "main")]
    assert roles == ["status", "toolbar", "main"], roles
    name = b.ask("GET", f"/element/{b.find(TERMINAL)}/computedlabel")
    assert "F6 leaves it" in name, name
    r.click("#reader")
    r.wait("document.querySelector('.xterm-accessibility')", "nothing aloud")
    r.click("#reader")


def choose_theme(r, value):
    r.b.run("const s = document.getElementById('theme');"
            f"s.value = '{value}'; s.dispatchEvent(new Event('change'))")


def light_and_dark(r):
    paper = "return getComputedStyle(document.body).backgroundColor"
    seen = {}
    for scheme in ("light", "dark"):
        r.cdp("Emulation.setEmulatedMedia", features=[
            {"name": "prefers-color-scheme", "value": scheme}])
        choose_theme(r, "auto")
        seen[scheme] = r.b.run(paper)
        assert not r.b.faint(), f"{scheme}: {r.b.faint()}"
    assert seen == {"light": "rgb(247, 246, 242)",
                    "dark": "rgb(22, 25, 29)"}, seen
    choose_theme(r, "light")
    assert r.b.run(paper) == seen["light"]
    choose_theme(r, "dark")
    r.cdp("Emulation.setEmulatedMedia", features=[])
    assert r.b.run(paper) == seen["dark"]
    choose_theme(r, "auto")


def narrow_window_needs_no_scrolling(r):
    r.cdp("Emulation.setDeviceMetricsOverride", width=360, height=700,
          deviceScaleFactor=1, mobile=False)
    wide = r.b.run("return document.documentElement.scrollWidth")
    r.click("#reset")
    r.wait_ready()
    columns = r.b.run("return document.querySelector('.xterm-screen')"
                      ".getBoundingClientRect().width")
    again = r.b.run("return document.documentElement.scrollWidth")
    r.answer("stty size", "24 36")
    r.cdp("Emulation.clearDeviceMetricsOverride")
    assert wide <= 360 and again <= 360, f"{wide}, {again}"
    assert columns <= 340, columns


def panic_is_explained_and_a_state_helps(r):
    r.answer("clear; echo whole $((1))", "whole 1")
    r.b.keys("#name", "whole")
    r.click("#keep")
    r.status_with('Saved "whole"')
    r.type("echo c > /proc/sysrq-trigger")
    r.alarm_with("kernel panic")
    r.click('[aria-label=\'Restore "whole"\']')
    r.status_with('Restored "whole"')
    r.answer("echo $((7*7)) as before", "49 as before")


def panic_is_explained_and_reset_helps(r):
    r.type("echo c > /proc/sysrq-trigger")
    r.alarm_with("kernel panic")
    assert r.b.run("return document.getElementById('power').disabled")
    r.click("#reset")
    r.wait_ready()
    assert not r.shown("alarm")
    r.answer("cat f; echo $((1+2)) again", "3 again")
    assert "old" not in r.b.run(ROWS).split("\n")


def nothing_comes_from_elsewhere(r, origin):
    names = r.b.run("return performance.getEntriesByType('resource')"
                    ".map(e => e.name)")
    assert len(names) > 10
    assert all(n.startswith((origin, "blob:", "data:")) for n in names), names
    log = [e for e in r.b.ask("POST", "/se/log", {"type": "browser"})
           if e["level"] == "SEVERE"]
    assert not log, log


def missing_file_is_named(r):
    r.cdp("Network.enable")
    r.cdp("Network.setCacheDisabled", cacheDisabled=True)
    Handler.missing = {"kernel.gz"}
    try:
        r.load()
        r.alarm_with("kernel.gz is missing on the server")
        Handler.missing = {"v86.js"}
        r.load()
        r.alarm_with("could not be loaded")
    finally:
        Handler.missing = set()


def browser_without_webassembly(r):
    r.cdp("Page.addScriptToEvaluateOnNewDocument",
          source="delete globalThis.WebAssembly")
    r.load()
    r.alarm_with("no WebAssembly")


def small_enough(output):
    without, whole = page.page_sizes(output)
    assert without <= page.LIMIT, f"{without} bytes without the root"
    assert whole <= page.LIMIT_WITH_ROOT, f"{whole} bytes with the root"


def second_serial_port(folder):
    """The line beside the console, in QEMU; without the chip, no file."""
    path = os.path.join(folder, "com2")
    run("run", "--qemu-args", f"-chardev file,id=com2,path={path} -device "
        "isa-serial,chardev=com2,iobase=0x2f8,irq=3", "--", "sh", "-c",
        "echo hello >/dev/ttyS1", arch=ARCH, status=0)
    with open(path) as f:
        assert f.read() == "hello\n"
    run("run", "--", "test", "!", "-e", "/dev/ttyS1", arch=ARCH, status=0)


def in_one_page(tap, r, origin):
    r.load("#chapter=4&run=" + quote(OFFERED))
    r.wait_ready()
    for case, *more in ((link_types_nothing_by_itself,),
                        (strange_links_carry_nothing,),
                        (types_and_sees_the_answer,),
                        (guest_clock_is_the_browsers,),
                        (broken_program_shows_its_fault,),
                        (live_view_shows_the_fault,),
                        (full_storage_loses_nothing, origin),
                        (save_and_restore,),
                        (foreign_states_are_refused,),
                        (stop_and_run,), (keyboard_alone,),
                        (every_control_has_a_name,), (light_and_dark,),
                        (narrow_window_needs_no_scrolling,),
                        (panic_is_explained_and_a_state_helps,),
                        (panic_is_explained_and_reset_helps,),
                        (nothing_comes_from_elsewhere, origin),
                        (missing_file_is_named,),
                        (browser_without_webassembly,)):
        tap.case(case.__name__.replace("_", " "), case, r, *more)


def main():
    if ARCH != page.ARCH:
        print("1..0 # SKIP v86 emulates another machine: a PC")
        return
    why = lacks("browser")
    if why:
        print(f"1..0 # SKIP {why}")
        return
    tap = Points()
    with tempfile.TemporaryDirectory(prefix="lectern-page-") as folder:
        output = os.path.join(folder, "www", SUBPATH)
        done = run("page", "--output", output, timeout=1200)
        tap.point(done.returncode == 0, "the page is written",
                  errors_of(done))
        if done.returncode == 0:
            server, origin = serve(os.path.join(folder, "www"), Handler)
            tap.case("small enough", small_enough, output)
            tap.case("second serial port", second_serial_port, folder)
            browser = Browser(folder, ["--window-size=1280,1000"])
            try:
                in_one_page(tap, Reader(browser, f"{origin}/{SUBPATH}/"),
                            origin)
            finally:
                browser.close()
            server.shutdown()
    tap.end()


main()
