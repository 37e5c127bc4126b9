/* SPDX-License-Identifier: MIT */
/* The experiments of each chapter, and the command that a link carries. */

const LONGEST = 500;

function button(experiment, onRun) {
  const it = document.createElement("button");
  it.type = "button";
  it.className = "experiment";
  it.append(experiment.title);
  const code = document.createElement("code");
  code.textContent = experiment.command;
  it.append(code);
  it.addEventListener("click", () => onRun(experiment.command));
  return it;
}

function section(chapter, onRun) {
  const it = document.createElement("details");
  it.name = "chapter";
  it.id = `chapter-${chapter.chapter}`;
  const summary = document.createElement("summary");
  const number = document.createElement("span");
  number.className = "number";
  number.textContent = `${chapter.chapter} `;
  summary.append(number, chapter.title);
  it.append(summary, ...chapter.experiments.map(e => button(e, onRun)));
  return it;
}

export function showChapters(element, chapters, onRun) {
  element.replaceChildren(...chapters.map(c => section(c, onRun)));
  element.querySelector("details")?.setAttribute("open", "");
}

/*
 * Return: what #chapter=N&run=COMMAND carries: { chapter, run }, either may be
 * missing.  Nothing else counts; a command of several lines, or with control
 * characters, is none.
 */
export function carried(hash) {
  const words = new URLSearchParams(hash.replace(/^#/, ""));
  const found = {};
  if (/^\d{1,2}$/.test(words.get("chapter") ?? ""))
    found.chapter = Number(words.get("chapter"));
  const run = words.get("run");
  if (run && run.length <= LONGEST && !/[\p{Cc}\p{Cf}]/u.test(run))
    found.run = run;
  return found;
}

export function openChapter(number) {
  const it = document.getElementById(`chapter-${number}`);
  if (it) {
    it.open = true;
    it.scrollIntoView({ block: "nearest" });
  }
}
