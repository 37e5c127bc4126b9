/* SPDX-License-Identifier: MIT */
/*
 * The emulated PC.  Events, as functions set by the owner:
 *
 *   onOutput(bytes)   what the kernel writes to its console, in pieces
 *   onLine(bytes)     the same of the second serial line
 *   onEnd(status)     the machine was switched off, or the kernel panicked
 *   onReset()         the program in it asks for a reset
 */
import { V86 } from "./v86.js";

/* Ports of arch/i386/power.c. */
const PORT_STATUS = 0xe9, PORT_EXIT = 0xf4, PORT_RESET = 0xcf9;

/*
 * Thrown to leave the emulator at once: what follows the end of a machine is no
 * program any more.  The emulator that threw it cannot go on.
 */
class Ended extends Error {}

addEventListener("error", event => {
  if (event.error instanceof Ended)
    event.preventDefault();
});

/* Collects single bytes into pieces, once for each turn of the browser. */
function collector(give) {
  let bytes = [];
  return byte => {
    if (!bytes.length)
      queueMicrotask(() => {
        const piece = Uint8Array.from(bytes);
        bytes = [];
        give(piece);
      });
    bytes.push(byte);
  };
}

export class Emulator {
  constructor(parts, facts, handlers) {
    Object.assign(this, handlers);
    this.parts = parts;
    this.facts = facts;
    this.ended = false;
    this.v86 = null;
  }

  /* Begin again from power-on; more: an archive behind the root's. */
  async start(more) {
    await this.destroy();
    this.ended = false;
    const root = await new Blob([this.parts.root, more]).arrayBuffer();
    const wasm = this.parts.wasm;
    const it = new V86({
      wasm_fn: async imports =>
        (await WebAssembly.instantiate(wasm, imports)).instance.exports,
      bios: { buffer: this.parts.bios },
      multiboot: { buffer: this.parts.kernel },
      initrd: { buffer: root },
      cmdline: this.facts.cmdline,
      memory_size: this.facts.memory << 20,
      vga_memory_size: 1 << 20,
      acpi: true, uart1: true, autostart: false,
      disable_keyboard: true, disable_mouse: true, disable_speaker: true,
    });
    this.v86 = it;
    await new Promise(done => it.add_listener("emulator-ready", done));
    it.add_listener("serial0-output-byte", collector(b => this.onOutput(b)));
    it.add_listener("serial1-output-byte", collector(b => this.onLine(b)));
    this.watchPorts(it);
  }

  /* The kernel ends a machine by QEMU's ports; here they end the emulator. */
  watchPorts(it) {
    const io = it.v86.cpu.io;
    let status = 0;
    const end = tell => {
      this.ended = true;
      setTimeout(tell);
      throw new Ended();
    };
    io.register_write(PORT_STATUS, this, byte => { status = byte; });
    io.register_write(PORT_EXIT, this, () => end(() => this.onEnd(status)));
    io.register_write(PORT_RESET, this, byte => {
      if (byte & 4)
        end(() => this.onReset());
    });
  }

  get running() {
    return Boolean(this.v86 && !this.ended && this.v86.is_running());
  }

  async run() {
    if (!this.ended)
      await this.v86.run();
  }

  async stop() {
    if (!this.ended)
      await this.v86.stop();
  }

  send(line, text) {
    this.v86.serial_send_bytes(line, new TextEncoder().encode(text));
  }

  /* Return: everything in the machine. */
  async save() {
    const ran = this.running;
    await this.stop();
    try {
      return await this.v86.save_state();
    } finally {
      if (ran)
        await this.run();
    }
  }

  async restore(state) {
    if (this.ended)
      await this.start(new Blob([]));
    await this.stop();
    await this.v86.restore_state(state);
  }

  async destroy() {
    const it = this.v86;
    this.v86 = null;
    if (it && this.ended)
      it.v86.unregister_yield();    /* the rest is garbage */
    else if (it)
      await it.destroy();
  }
}
