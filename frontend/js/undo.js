// For 15 s one's own last move, tick or assignment can be undone, by button or by Z. The undo is a
// command like any other: it writes a second entry and erases nothing.

import { $, h } from "./dom.js";
import { on } from "./bus.js";
import { runCommand } from "./commands.js";
import { subjectOf } from "./optimism.js";
import { say } from "./announce.js";

const FOR = 15_000;

let last = null;

export function startUndo() {
  on("saved", ({ undo, isUndo }) => undo && !isUndo && offer(undo));
  on("drawn", (nodes) => nodes.forEach((node) => last && node === subjectOf(last.fields) && showButton(node)));
}

/** Undoes the last action; false when there is none. */
export function undoLast() {
  if (!last) return false;
  const { command, fields, said } = last;
  forget();
  runCommand(command, fields, { isUndo: true }).then?.((answer) => answer?.status === 200 && say(`Undone: ${said}.`));
  return true;
}

function offer(undo) {
  forget();
  last = { ...undo, timer: setTimeout(forget, FOR) };
  const node = subjectOf(undo.fields);
  if (node) showButton(node);
  say(`${undo.said}. Z undoes it.`);
}

function showButton(node) {
  if (!$(".undo", node)) node.append(h("button.undo.plain", { type: "button", click: undoLast, "aria-label": `Undo: ${last.said}` }, "Undo ", h("kbd", {}, "Z")));
}

function forget() {
  if (!last) return;
  clearTimeout(last.timer);
  const node = subjectOf(last.fields);
  if (node) $(".undo", node)?.remove();
  last = null;
}
