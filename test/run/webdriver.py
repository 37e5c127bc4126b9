# SPDX-License-Identifier: MIT
"""A browser for tests: Debian's chromium, driven by the protocol of
WebDriver."""
import functools
import http.server
import json
import subprocess
import threading
import time
import urllib.error
import urllib.request

from harness import Tap
from driver import packages
from driver.machine.machine import free_port


FAINT = """
const parts = (colour) => colour.match(/[0-9.]+/g).map(Number);
const light = (colour) => {
  const [r, g, b] = parts(colour).map((c) => c / 255).map(
    (c) => c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const behind = (e) => {
  for (; e; e = e.parentElement) {
    const colour = getComputedStyle(e).backgroundColor;
    if (parts(colour)[3] !== 0) return colour;
  }
  return "rgb(255, 255, 255)";
};
const found = [];
for (const e of document.querySelectorAll("body *")) {
  const text = [...e.childNodes].filter((n) => n.nodeType === 3)
    .map((n) => n.data.trim()).join("");
  if (!text || !e.checkVisibility() || e.closest(".xterm, svg, :disabled"))
    continue;
  const two = [getComputedStyle(e).color, behind(e)].map(light)
    .sort((a, b) => b - a);
  const ratio = (two[0] + 0.05) / (two[1] + 0.05);
  if (ratio < 4.5) found.push(`${text.slice(0, 30)}: ${ratio.toFixed(1)}`);
}
return found;"""


class Points(Tap):
    """Notes are for points that fail."""

    def point(self, good, name, notes="", skip=None):
        super().point(good, name, "" if good else notes, skip)


class Files(http.server.SimpleHTTPRequestHandler):
    """Static files, without a log."""

    def log_message(self, *_):
        pass


def serve(folder, handler=Files):
    """=> a server of a folder, and its address"""
    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(handler, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server, f"http://127.0.0.1:{server.server_port}"


def lacks(suite):
    """=> the packages of a suite that are not here, as a reason to skip it"""
    lack = packages.missing(packages.OF_SUITE[suite])
    return lack and (f"{', '.join(lack)} not found; ./lectern test --suite "
                     f"{suite} installs it")


class Browser:
    """A session of WebDriver.  arguments: more of Chromium's."""

    def __init__(self, folder, arguments=()):
        port = free_port()
        self.base = f"http://127.0.0.1:{port}"
        self.process = subprocess.Popen(
            ["chromedriver", f"--port={port}"], stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        end = time.monotonic() + 60
        while True:
            try:
                self.ask("GET", "/status")
                break
            except (OSError, urllib.error.URLError):
                if time.monotonic() > end:
                    raise
                time.sleep(0.2)
        session = self.ask("POST", "/session", {"capabilities": {
            "alwaysMatch": {
                "goog:loggingPrefs": {"browser": "ALL"},
                "goog:chromeOptions": {"args": [
                    "--headless", "--no-sandbox", "--disable-gpu",
                    f"--user-data-dir={folder}/profile", *arguments]}}}})
        self.base += "/session/" + session["sessionId"]

    def ask(self, method, path, data=None):
        request = urllib.request.Request(
            self.base + path, method=method,
            data=None if data is None and method == "GET"
            else json.dumps(data or {}).encode(),
            headers={"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=120) as reply:
            return json.load(reply)["value"]

    def run(self, script):
        return self.ask("POST", "/execute/sync", {"script": script,
                                                  "args": []})

    def find(self, selector):
        return next(iter(self.ask("POST", "/element", {
            "using": "css selector", "value": selector}).values()))

    def keys(self, selector, text):
        self.ask("POST", f"/element/{self.find(selector)}/value",
                 {"text": text})

    def press(self, key):
        """A key for whatever has the focus."""
        self.ask("POST", "/actions", {"actions": [
            {"type": "key", "id": "keys", "actions": [
                {"type": "keyDown", "value": key},
                {"type": "keyUp", "value": key}]}]})

    def faint(self):
        """=> the texts that differ too little from what is behind them: by
        WCAG's formula less than 4.5 to 1"""
        return self.run(FAINT)

    def close(self):
        try:
            self.ask("DELETE", "")
        finally:
            self.process.terminate()
            self.process.wait()
