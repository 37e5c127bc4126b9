// SPDX-License-Identifier: MIT
// The view in the page of `./lectern live`: lines come from its server, as
// server-sent events, and commands go there.
import { mountLive } from "./live.js";

// One order after the other: the server may serve two requests in any order.
let last = Promise.resolve();

function post(order) {
  last = last.then(() => fetch("command",
    { method: "POST", body: JSON.stringify(order) })).catch(() => {});
}

function serverSource() {
  const takers = [];
  const tell = (line) => takers.forEach((take) => take(line));
  const events = new EventSource("events");
  events.onmessage = (e) => tell(e.data);
  events.addEventListener("end", () => {
    events.close();
    tell('{"is":"end"}');
  });
  events.onerror = () => {
    events.close();
    tell('{"is":"end"}');
  };
  return {
    onLine: (take) => takers.push(take),
    send: (line) => post({ send: line }),
    pause: () => post({ machine: "pause" }),
    resume: () => post({ machine: "resume" }),
  };
}

globalThis.liveView = mountLive(document.getElementById("live-view"),
  serverSource());
