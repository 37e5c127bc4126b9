/* SPDX-License-Identifier: MIT */
/* A cpio archive of one file, laid over the root: the terminal's size. */

const encoder = new TextEncoder();

function hex(number) {
  return number.toString(16).padStart(8, "0");
}

/* A record of format "newc": header, name, data, each padded to 4 bytes. */
function record(name, mode, text) {
  const data = encoder.encode(text);
  const fields = [1, mode, 0, 0, 1, 0, data.length, 0, 0, 0, 0,
    name.length + 1, 0];
  let head = "070701" + fields.map(hex).join("") + name + "\0";
  while (head.length % 4)
    head += "\0";
  return [head, data, "\0".repeat(-data.length & 3)];
}

/* Return: an archive that tells init this environment. */
export function environment(variables) {
  const text = Object.entries(variables).map(([k, v]) => `${k}=${v}\n`);
  return new Blob([
    ...record("etc/lectern", 0o40755, ""),
    ...record("etc/lectern/env", 0o100644, text.join("")),
    ...record("TRAILER!!!", 0, ""),
  ]);
}
