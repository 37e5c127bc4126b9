/* SPDX-License-Identifier: MIT */
/* The terminal, and what a saved state keeps of it. */
import { Terminal } from "./xterm.js";

const ROWS = 24, MOST_COLUMNS = 100, LEAST_COLUMNS = 36, KEPT_LINES = 300;

/* Return: how wide a character of the terminal is. */
function characterWidth(size, family) {
  const context = document.createElement("canvas").getContext("2d");
  context.font = `${size}px ${family}`;
  return context.measureText("M").width || size * 0.6;
}

export class Screen {
  constructor(element, onData) {
    this.element = element;
    this.size = innerWidth < 600 ? 12 : 14;
    this.family = "ui-monospace, 'DejaVu Sans Mono', Menlo, monospace";
    this.term = new Terminal({
      rows: ROWS, cols: this.columns(), fontSize: this.size,
      fontFamily: this.family, scrollback: 2000,
      /* a row of a character's own height cuts underscores off */
      lineHeight: 1.2,
      theme: { background: "#14171a", foreground: "#e6e8ea" },
    });
    this.term.open(element);
    this.term.textarea.setAttribute("aria-label",
      "Terminal of the machine; F6 leaves it");
    this.term.onData(onData);
    this.term.attachCustomKeyEventHandler(key => key.key !== "F6");
  }

  /* Return: how many columns fit. */
  columns() {
    /* of the frame: the terminal itself is as wide as its columns */
    const room = this.element.parentElement.clientWidth - 44;
    const fit = Math.floor(room / characterWidth(this.size, this.family));
    return Math.max(LEAST_COLUMNS, Math.min(MOST_COLUMNS, fit));
  }

  /* Clear it, with as many columns as fit now, or as many as told. */
  clear(columns = this.columns()) {
    this.term.reset();
    this.term.resize(columns, ROWS);
  }

  write(bytes) {
    this.term.write(bytes);
  }

  focus() {
    this.term.focus();
  }

  readAloud(yes) {
    this.term.options.screenReaderMode = yes;
  }

  /* Return: the last lines as text, the cursor's column, and the width. */
  picture() {
    const buffer = this.term.buffer.active;
    const last = buffer.baseY + buffer.cursorY;
    const lines = [];
    for (let y = Math.max(0, last - KEPT_LINES); y <= last; y++)
      lines.push(buffer.getLine(y)?.translateToString(true) ?? "");
    return { lines, column: buffer.cursorX, columns: this.term.cols };
  }

  /* Show such a picture again. */
  show(picture) {
    const columns = Number(picture.columns) || this.columns();
    this.clear(Math.max(20, Math.min(200, columns)));
    const clean = picture.lines.map(
      line => String(line).replace(/[\x00-\x1f\x7f-\x9f]/g, ""));
    this.write(clean.join("\r\n"));
    this.write(`\x1b[${(Number(picture.column) || 0) + 1}G`);
  }
}
