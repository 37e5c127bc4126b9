/* SPDX-License-Identifier: MIT */
/*
 * Saved states: the emulator's whole state, packed, behind a line that says
 * what machine it is from.  As a file:
 *
 *   LECTERN STATE 1\n
 *   {"build": ..., "name": ..., "time": ..., "picture": ...}\n
 *   the emulator's state, gzip
 *
 * In the browser the same parts lie in IndexedDB, one record for each name.
 */
import { Trouble, pack, unpack } from "./load.js";

const FIRST_LINE = "LECTERN STATE 1\n";
const HEAD_LIMIT = 1 << 20;

/* ---- the store ----------------------------------------------------------- */

function promised(request) {
  return new Promise((good, bad) => {
    request.onsuccess = () => good(request.result);
    request.onerror = () => bad(request.error);
  });
}

async function open() {
  try {
    const request = indexedDB.open("lectern", 1);
    request.onupgradeneeded = () =>
      request.result.createObjectStore("states", { keyPath: "name" });
    return await promised(request);
  } catch {
    throw new Trouble("This browser stores nothing for this page (a private " +
      "window?). Use Download instead.");
  }
}

/* Carry out one request; the transaction has ended when this returns. */
async function inStore(mode, act) {
  const base = await open();
  try {
    const transaction = base.transaction("states", mode);
    const ended = new Promise((good, bad) => {
      transaction.oncomplete = good;
      transaction.onabort = () => bad(transaction.error);
    });
    ended.catch(() => {});
    const result = await promised(act(transaction.objectStore("states")));
    await ended;
    return result;
  } finally {
    base.close();
  }
}

/*
 * Keep a state under its name.  A transaction that fails leaves the older
 * state of that name as it was.
 */
export async function keep(state) {
  try {
    await inStore("readwrite", store => store.put(state));
  } catch (why) {
    if (why instanceof Trouble)
      throw why;
    if (why?.name === "QuotaExceededError")
      throw new Trouble("Storage is full: the state was not saved. What was " +
        "saved before is still there, and the machine goes on. Delete a " +
        "state, or use Download.");
    throw new Trouble(`The state was not saved: ${why?.message || why}`);
  }
}

/* Return: what there is, without the states themselves, newest first. */
export async function list() {
  const all = await inStore("readonly", store => store.getAll());
  return all.map(({ name, time, build, data }) =>
    ({ name, time, build, size: data.size }))
    .sort((a, b) => b.time - a.time);
}

export async function find(name) {
  const state = await inStore("readonly", store => store.get(name));
  if (!state)
    throw new Trouble(`There is no state "${name}" any more.`);
  return state;
}

export async function forget(name) {
  await inStore("readwrite", store => store.delete(name));
}

/* ---- states -------------------------------------------------------------- */

export async function make(name, build, picture, buffer) {
  return { name, build, picture, time: Date.now(), data: await pack(buffer) };
}

/* Return: the emulator's state; refuses what another machine has saved. */
export async function opened(state, build) {
  if (state.build !== build)
    throw new Trouble(`The state "${state.name}" is of another build of ` +
      `this page (${state.build}; this one is ${build}) and does not fit. ` +
      "Nothing was changed.");
  try {
    return await unpack(state.data);
  } catch {
    throw new Trouble(`The state "${state.name}" is damaged. Nothing was ` +
      "changed.");
  }
}

/* ---- files --------------------------------------------------------------- */

export function toFile(state) {
  const { name, build, picture, time } = state;
  const head = JSON.stringify({ build, name, time, picture });
  return new Blob([FIRST_LINE, head, "\n", state.data]);
}

const STRANGE = "is no state saved by this page. Nothing was changed.";

export async function fromFile(file) {
  const begin = await file.slice(0, HEAD_LIMIT).arrayBuffer();
  const bytes = new Uint8Array(begin);
  const first = bytes.indexOf(10), second = bytes.indexOf(10, first + 1);
  const text = new TextDecoder().decode(bytes.subarray(0, second + 1));
  if (second < 0 || !text.startsWith(FIRST_LINE))
    throw new Trouble(`"${file.name}" ${STRANGE}`);
  let head;
  try {
    head = JSON.parse(text.slice(FIRST_LINE.length));
  } catch {
    throw new Trouble(`"${file.name}" ${STRANGE}`);
  }
  if (typeof head?.name !== "string" || typeof head.build !== "string" ||
      !Array.isArray(head.picture?.lines))
    throw new Trouble(`"${file.name}" ${STRANGE}`);
  return { name: head.name.slice(0, 40), build: head.build,
    picture: head.picture, time: Number(head.time) || Date.now(),
    data: file.slice(second + 1) };
}
