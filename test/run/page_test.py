#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""page_test.py ARCH - the page of ./lectern show in a browser (Debian's
chromium, driven by the protocol of WebDriver)."""
import os
import sys
import tempfile

sys.dont_write_bytecode = True
from harness import errors_of, run  # noqa: E402
from webdriver import Browser, Points, lacks  # noqa: E402

ARCH = sys.argv[-1]
RIGHT, END, TAB = "\ue014", "\ue010", "\ue004"
SHOWN = ("return [...document.querySelectorAll('section.moment')]"
         ".filter(s => s.getClientRects().length)"
         ".map(s => s.getAttribute('aria-label'))")
COLOUR = ("return getComputedStyle(document.querySelector("
          "'section:not([hidden]) rect.o')).fill")
# pieces of text that lie over each other, in the picture that is shown
OVERLAPS = """
const boxes = [...document.querySelectorAll('section:not([hidden]) text')]
  .map(t => [t.textContent, t.getBoundingClientRect()]);
const found = [];
for (let i = 0; i < boxes.length; i++)
  for (let j = i + 1; j < boxes.length; j++) {
    const [a, p] = boxes[i], [b, q] = boxes[j];
    if (p.left + 1 < q.right && q.left + 1 < p.right &&
        p.top + 4 < q.bottom && q.top + 4 < p.bottom)
      found.push(a + " / " + b);
  }
return found.slice(0, 5)"""


def page(tap, b, path):
    b.ask("POST", "/url", {"url": "file://" + path})
    shown = b.run(SHOWN)
    tap.point(len(shown) == 1 and "exec in process" in shown[0],
              "the first moment is shown, alone", str(shown))
    b.keys("#moment", RIGHT)
    shown = b.run(SHOWN)
    tap.point(len(shown) == 1 and "fork in process" in shown[0],
              "an arrow key goes on to the next", str(shown))
    told = b.run("return document.getElementById('told').textContent")
    tap.point([told] == shown, "which is told to a screen reader", told)
    tap.point(b.run("return document.getElementById('moment')"
                    ".getAttribute('aria-valuetext')") == told,
              "as the slider's value")
    b.keys("#moment", END)
    shown = b.run(SHOWN)
    tap.point(len(shown) == 1 and "exit in process" in shown[0],
              "the End key to the last", str(shown))
    b.keys("#before", "\ue007")
    tap.point(b.run(SHOWN) != shown, "a button goes back")
    roles = [b.ask("GET", f"/element/{b.find(s)}/computedrole") for s in
             ("#moment", "#before", "#palette", "#told")]
    tap.point(roles[:2] == ["slider", "button"] and roles[3] == "status"
              and roles[2] in ("combobox", "listbox", "MenuListPopup"),
              "each control says what it is", str(roles))
    names = [b.ask("GET", f"/element/{b.find(s)}/computedlabel") for s in
             ("#moment", "#palette", "section:not([hidden]) svg")]
    tap.point(all(names), "and has a name, the picture as well", str(names))
    b.keys("#palette", "G")
    tap.point(b.run(COLOUR) == "rgb(51, 51, 51)", "other colours", str(
        b.run(COLOUR)))
    order = []
    b.run("document.activeElement.blur()")
    for _ in range(8):
        b.press(TAB)
        order.append(b.run("return document.activeElement.id || "
                           "document.activeElement.className"))
    tap.point({"moment", "palette", "picture"} <= set(order),
              "the Tab key comes to all of it", str(order))
    tap.point(not b.run(OVERLAPS), "no text lies over another",
              str(b.run(OVERLAPS)))
    outside = b.run("return performance.getEntriesByType('resource').length")
    tap.point(outside == 0, "nothing is fetched")
    log = b.ask("POST", "/se/log", {"type": "browser"})
    tap.point(not log, "and nothing complained of", str(log))


def main():
    why = lacks("page")
    if why:
        print(f"1..0 # SKIP {why}")
        return
    tap = Points()
    with tempfile.TemporaryDirectory(prefix="lectern-page-") as folder:
        path = os.path.join(folder, "page.html")
        done = run("show", "space", "--arch", ARCH, "-o", path, "--",
                   "mapped", timeout=300)
        tap.point(done.returncode == 0, "a page of all moments",
                  errors_of(done))
        if done.returncode == 0:
            browser = Browser(folder)
            try:
                page(tap, browser, path)
            finally:
                browser.close()
    tap.end()


main()
