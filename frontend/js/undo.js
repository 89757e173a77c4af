// For 15 s one's own last move, tick or assignment can be undone, by button or by Z. The undo is a
// command like any other: it writes a second entry and erases nothing.

import { $, h } from "./dom.js";
import { on } from "./bus.js";
import { runCommand } from "./commands.js";
import { subjectOf } from "./optimism.js";
import { say } from "./announce.js";

const FOR = 15_000;

let last = null;
let acting = 0; // own actions that have no answer yet
let asked = false; // Z was pressed meanwhile: it means the newest of them

export function startUndo() {
  on("acting", () => {
    acting += 1;
    forget();
  });
  on("acted", () => {
    acting -= 1;
    if (acting || !asked) return;
    asked = false;
    undoLast();
  });
  on("saved", ({ undo, isUndo }) => undo && !isUndo && offer(undo));
  on("drawn", (nodes) => nodes.forEach((node) => last && node === subjectOf(last.fields) && showButton(node)));
}

/** Undoes the last action; false when there is none. */
export function undoLast() {
  if (acting) return (asked = true);
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
