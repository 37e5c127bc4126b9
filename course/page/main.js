/* SPDX-License-Identifier: MIT */
/* The page: loads the machine, and connects it with what the reader sees. */
import { environment } from "./archive.js";
import { carried, openChapter, showChapters } from "./experiments.js";
import { Trouble, loadJson, loadPacked } from "./load.js";
import * as states from "./states.js";

const SILENCE_SECONDS = 45;
const PROMPT = /[#$] (\x1b\[6n)?$/;
const LAST_WORDS = /(kernel panic: .*|cannot start: .*)/;

const $ = id => document.getElementById(id);

let facts, emulator, screen;
let output = "";        /* the end of what the kernel has written */
let waiting = [];       /* what to do when the shell is ready */
let ready = false;
let begun = 0;          /* when the machine was switched on */
let view;               /* the live view, once somebody wanted it */
let silence;

/* ---- what the reader is told --------------------------------------------- */

function tell(text) {
  $("status").textContent = text;
}

function alarm(text) {
  $("alarm").textContent = text;
  $("alarm").hidden = !text;
}

function explain(why) {
  if (!(why instanceof Trouble))
    console.error(why);
  return why instanceof Trouble ? why.message
    : `Something went wrong in the page: ${why?.message || why}`;
}

/* Run an action of the reader's; a failure is told, not lost. */
function acting(action) {
  return async event => {
    event?.preventDefault?.();
    alarm("");
    try {
      await action(event);
    } catch (why) {
      alarm(explain(why));
    }
  };
}

function showPower() {
  const running = emulator.running;
  $("power").textContent = running ? "Stop" : "Run";
  $("power").disabled = emulator.ended;
  $("reset").disabled = false;
  $("keep").disabled = emulator.ended;
  $("watch").disabled = emulator.ended;
}

/* ---- the machine --------------------------------------------------------- */

function heard(bytes) {
  screen.write(bytes);
  clearTimeout(silence);
  output = (output + new TextDecoder("latin1").decode(bytes)).slice(-4000);
  if (!ready && PROMPT.test(output))
    becomeReady();
}

function becomeReady() {
  const seconds = (performance.now() - begun) / 1000;
  ready = true;
  document.body.dataset.ready = seconds.toFixed(2);
  tell(`Running. The shell was ready after ${seconds.toFixed(1)} seconds.`);
  waiting.splice(0).forEach(act => act());
}

function ended(status) {
  const words = LAST_WORDS.exec(output);
  showPower();
  if (words)
    alarm(`The kernel found no way on and stopped: ${words[1].trim()}. ` +
      "Its last words are in the terminal. Reset starts it again, and a " +
      "saved state goes back to before.");
  tell(words ? "The kernel has stopped."
    : `The machine is switched off (status ${status}). Reset starts it again.`);
}

function expectOutput() {
  clearTimeout(silence);
  silence = setTimeout(() => {
    if (!emulator.running)
      return;
    alarm(`The kernel has said nothing for ${SILENCE_SECONDS} seconds. ` +
      "Reset starts it again; a page in a hidden tab gets little time.");
  }, SILENCE_SECONDS * 1000);
}

async function powerOn() {
  ready = false;
  output = "";
  delete document.body.dataset.ready;
  offerLiveView();
  tell("Starting");
  screen.clear();
  begun = begun || performance.now();
  await emulator.start(environment({
    HOME: "/root", TERM: "xterm-256color",
    COLUMNS: screen.term.cols, LINES: screen.term.rows }));
  await emulator.run();
  expectOutput();
  showPower();
}

async function reset() {
  begun = performance.now();
  waiting = [];
  await powerOn();
}

async function togglePower() {
  if (emulator.running) {
    await emulator.stop();
    tell("Stopped.");
  } else {
    await emulator.run();
    tell("Running.");
  }
  showPower();
}

/* Type a command at the prompt, as soon as there is one. */
async function type(command) {
  if (emulator.ended)
    throw new Trouble("The machine is off: press Reset first.");
  if (!emulator.running)
    await togglePower();
  const send = () => emulator.send(0, command + "\r");
  if (ready)
    send();
  else
    waiting.push(send);
  screen.focus();
}

/* ---- saved states -------------------------------------------------------- */

function freeName(taken) {
  for (let n = 1; ; n++)
    if (!taken.includes(`state ${n}`))
      return `state ${n}`;
}

async function takeState(name) {
  tell("Saving");
  const picture = screen.picture();
  const buffer = await emulator.save();
  return states.make(name, facts.build, picture, buffer);
}

async function save() {
  const known = (await states.list()).map(s => s.name);
  const name = $("name").value.trim() || freeName(known);
  if (known.includes(name) &&
      !confirm(`Replace the saved state "${name}"?`))
    return;
  try {
    await states.keep(await takeState(name));
  } catch (why) {
    tell("Not saved. " + (emulator.running ? "Running." : "Stopped."));
    throw why;
  }
  $("name").value = "";
  await showStates();
  tell(`Saved "${name}".`);
}

async function restore(state) {
  const buffer = await states.opened(state, facts.build);
  try {
    await emulator.restore(buffer);
  } catch (why) {
    await reset();
    throw new Trouble(`The state "${state.name}" is damaged ` +
      `(${why.message}); the machine was reset.`);
  }
  screen.show(state.picture);
  output = "";
  ready = true;
  clearTimeout(silence);
  offerLiveView();
  await emulator.run();
  showPower();
  tell(`Restored "${state.name}".`);
  screen.focus();
}

function download(state) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(states.toFile(state));
  link.download = `${state.name.replace(/[^\w-]+/g, "-")}.state`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}

function slotButton(text, name, action) {
  const it = document.createElement("button");
  it.type = "button";
  it.textContent = text;
  it.setAttribute("aria-label", `${text} "${name}"`);
  it.addEventListener("click", acting(action));
  return it;
}

function slot({ name, time, build, size }) {
  const it = document.createElement("li");
  const title = document.createElement("div");
  title.className = "title";
  const about = document.createElement("small");
  about.textContent = ` ${new Date(time).toLocaleString()}, ` +
    `${(size / 1e6).toFixed(1)} MB` +
    (build === facts.build ? "" : ", of another build");
  title.append(name, about);
  const row = document.createElement("div");
  row.className = "row";
  row.append(
    slotButton("Restore", name, async () => restore(await states.find(name))),
    slotButton("Download", name, async () => download(await states.find(name))),
    slotButton("Delete", name, async () => {
      if (!confirm(`Delete the saved state "${name}"?`))
        return;
      await states.forget(name);
      await showStates();
      tell(`Deleted "${name}".`);
      $("name").focus();
    }));
  it.append(title, row);
  return it;
}

async function showStates() {
  $("slots").replaceChildren(...(await states.list()).map(slot));
}

async function upload() {
  const [file] = $("upload").files;
  $("upload").value = "";
  if (file)
    await restore(await states.fromFile(file));
}

/* ---- the live view ------------------------------------------------------- */

/* The lines of the second serial port, for the live view. */
function lineSource() {
  const listeners = [], decoder = new TextDecoder();
  let rest = "";
  emulator.onLine = bytes => {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split("\n");
    rest = lines.pop();
    $("watch").hidden = true;
    for (const line of lines)
      listeners.forEach(fn => fn(line));
  };
  return {
    onLine: fn => { listeners.push(fn); },
    send: line => emulator.send(1, line + "\n"),
    pause: async () => { await emulator.stop(); showPower(); },
    resume: async () => { await emulator.run(); showPower(); },
  };
}

/*
 * Start the program in the machine that feeds the view.  The view itself is
 * fetched when somebody wants it.
 */
async function startLiveView() {
  const { mountLive } = await import("./live.js");
  view ??= mountLive($("live-view"), lineSource());
  await view.ready;
  await type("live &");
}

/* Another machine's lines come, or none: offer to start the view again. */
function offerLiveView() {
  $("watch").hidden = false;
  if (view?.paused)
    view.togglePause();
}

/* ---- links and keys ------------------------------------------------------ */

/* A link only offers its command: what is run is the reader's decision. */
function followLink() {
  const { chapter, run } = carried(location.hash);
  if (chapter)
    openChapter(chapter);
  $("offer").hidden = !run;
  $("offered").textContent = run ?? "";
}

function answerOffer(accepted) {
  const command = $("offered").textContent;
  $("offer").hidden = true;
  if (accepted)
    return type(command);
  $("power").focus();
}

/*
 * The terminal takes the Tab key, so F6 leaves it: forwards, and with Shift
 * backwards.  From anywhere else it goes to the terminal.
 */
function switchFocus(event) {
  if (event.key !== "F6" || event.ctrlKey || event.altKey || event.metaKey)
    return;
  event.preventDefault();
  if (!$("terminal").contains(document.activeElement))
    screen?.focus();
  else if (event.shiftKey)
    ($("power").disabled ? $("reset") : $("power")).focus();
  else
    $("experiments").focus();
}

function connect() {
  $("power").addEventListener("click", acting(togglePower));
  $("reset").addEventListener("click", acting(reset));
  $("save").addEventListener("submit", acting(save));
  $("upload").addEventListener("change", acting(upload));
  $("accept").addEventListener("click", acting(() => answerOffer(true)));
  $("decline").addEventListener("click", acting(() => answerOffer(false)));
  $("watch").addEventListener("click", acting(startLiveView));
  $("reader").addEventListener("change", () =>
    screen.readAloud($("reader").checked));
  addEventListener("keydown", switchFocus, true);
  addEventListener("hashchange", followLink);
}

/* ---- the beginning ------------------------------------------------------- */

function checkBrowser() {
  if (typeof WebAssembly !== "object")
    throw new Trouble("This browser has no WebAssembly (or it is switched " +
      "off, as in some safe modes), which the emulator needs. Any current " +
      "Firefox, Chromium or Safari has it.");
  if (typeof DecompressionStream !== "function")
    throw new Trouble("This browser is too old: it cannot unpack files " +
      "(DecompressionStream). Firefox 113, Chromium 80 or Safari 16.4 can.");
}

async function loadParts() {
  const names = Object.keys(facts.sizes);
  const all = names.reduce((sum, name) => sum + facts.sizes[name], 0);
  let done = 0;
  const count = n => { $("progress").value = (done += n) / all; };
  const parts = await Promise.all(names.map(async name =>
    [name.split(".").at(name.startsWith("v86") ? 1 : 0),
      await loadPacked(name, count)]));
  return Object.fromEntries(parts);
}

async function loadModules() {
  try {
    return await Promise.all([import("./emulator.js"),
      import("./terminal.js")]);
  } catch (why) {
    throw new Trouble("A part of the page could not be loaded (emulator.js, " +
      "terminal.js, v86.js or xterm.js): is the folder complete? " +
      `${why.message}`);
  }
}

async function begin() {
  begun = performance.now();
  checkBrowser();
  tell("Loading the machine");
  facts = await loadJson("machine.json");
  showChapters($("chapters"), await loadJson("experiments.json"),
    command => acting(() => type(command))());
  followLink();
  const [[{ Emulator }, { Screen }], parts] = await Promise.all(
    [loadModules(), loadParts()]);
  $("progress").hidden = true;
  screen = new Screen($("terminal"), text => {
    if (emulator.running)
      emulator.send(0, text);
  });
  emulator = new Emulator(parts, facts, {
    onOutput: heard, onLine: () => {}, onEnd: ended,
    onReset: acting(reset) });
  connect();
  await powerOn();
  screen.focus();
  await showStates().catch(why => alarm(explain(why)));
}

begin().catch(why => {
  $("progress").hidden = true;
  alarm(explain(why));
  tell("The machine does not run.");
});
