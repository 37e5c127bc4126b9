// SPDX-License-Identifier: MIT
// Text of the guest, which may be hostile, and numbers, for people to read.

// Control characters, and those that turn the direction of what follows.
const UNSEEN =
  /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

// The guest sends each byte as a character; most names are UTF-8.
export function guestText(text) {
  let seen = String(text);
  if (/[\u0080-\u00ff]/.test(seen)) {
    try {
      seen = new TextDecoder("utf-8", { fatal: true }).decode(
        Uint8Array.from(seen, (c) => c.charCodeAt(0)));
    } catch {
      // another encoding: each byte as a character will do
    }
  }
  return seen.replace(UNSEEN, "\ufffd");
}

export function clock(us) {
  return (us / 1e6).toFixed(6);
}

export function span(us) {
  if (us < 1000) return `${Math.round(us)} µs`;
  if (us < 1e6) return `${+(us / 1000).toPrecision(3)} ms`;
  return `${+(us / 1e6).toPrecision(3)} s`;
}

export function counted(n, one, many = one + "s") {
  return `${n.toLocaleString("en")} ${n === 1 ? one : many}`;
}

export function bytes(n) {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let i = 0;
  for (; n >= 1024 && i < units.length - 1; i++) n /= 1024;
  return `${+n.toFixed(1)} ${units[i]}`;
}

export const SIGNALS = ["", "SIGHUP", "SIGINT", "SIGQUIT", "SIGILL", "SIGTRAP",
  "SIGABRT", "SIGBUS", "SIGFPE", "SIGKILL", "SIGUSR1", "SIGSEGV", "SIGUSR2",
  "SIGPIPE", "SIGALRM", "SIGTERM", "SIGSTKFLT", "SIGCHLD", "SIGCONT",
  "SIGSTOP", "SIGTSTP", "SIGTTIN", "SIGTTOU", "SIGURG", "SIGXCPU", "SIGXFSZ",
  "SIGVTALRM", "SIGPROF", "SIGWINCH", "SIGIO", "SIGPWR", "SIGSYS"];

export const STATES = {
  R: "ready", S: "asleep", D: "asleep, not to be disturbed", T: "stopped",
  t: "stopped by a debugger", Z: "ended, not waited for", X: "gone",
  I: "idle",
};
