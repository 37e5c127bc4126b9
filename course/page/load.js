/* SPDX-License-Identifier: MIT */
/* Fetches the page's files; NAME.gz is unpacked here, on any web server. */

/* An error whose message is for the reader. */
export class Trouble extends Error {}

async function get(name) {
  let answer;
  try {
    answer = await fetch(name);
  } catch {
    throw new Trouble(location.protocol === "file:"
      ? "A browser loads this page from a web server only, not from a file. " +
        "Run: python3 -m http.server"
      : `The file ${name} could not be loaded: the server does not answer.`);
  }
  if (!answer.ok)
    throw new Trouble(`The file ${name} is missing on the server ` +
      `(${answer.status}). Copy the whole folder of the page.`);
  return answer;
}

export async function loadJson(name) {
  const answer = await get(name);
  try {
    return await answer.json();
  } catch {
    throw new Trouble(`The file ${name} is damaged.`);
  }
}

async function readAll(stream, onBytes) {
  const reader = stream.getReader(), parts = [];
  for (;;) {
    const { done, value } = await reader.read();
    if (done)
      return new Blob(parts);
    parts.push(value);
    onBytes(value.length);
  }
}

/* Some servers tell the browser to unpack .gz files itself. */
function isPacked(head) {
  return head[0] === 0x1f && head[1] === 0x8b;
}

export async function unpack(blob) {
  const head = new Uint8Array(await blob.slice(0, 2).arrayBuffer());
  if (!isPacked(head))
    return blob.arrayBuffer();
  return new Response(blob.stream().pipeThrough(
    new DecompressionStream("gzip"))).arrayBuffer();
}

export function pack(buffer) {
  return new Response(new Blob([buffer]).stream().pipeThrough(
    new CompressionStream("gzip"))).blob();
}

/* Return: the contents of NAME.gz; onBytes(n) counts what has arrived. */
export async function loadPacked(name, onBytes) {
  const answer = await get(name);
  try {
    return await unpack(await readAll(answer.body, onBytes));
  } catch {
    throw new Trouble(`The file ${name} is damaged, or was not sent whole.`);
  }
}
