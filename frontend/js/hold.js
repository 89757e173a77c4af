// Nothing moves under a hand: a list is busy while the pointer or a finger is on it, focus is
// in it, or something is dragged. What waits for it may go 0.8 s after it is left.

import { emit, on } from "./bus.js";

const LISTS = ".cards, .items, #entries";
const REST = 800;

let underPointer = null;
let underFinger = null;
let dragging = false;
let timer = 0;
const later = new Set();

export const listOf = (element) => element?.closest?.(LISTS) ?? null;

export function busy(list) {
  if (!list) return false;
  return dragging || list === underPointer || list === underFinger || (list.contains(document.activeElement) && worksThere());
}

/** Does it now, or when the hand has left the lists: for what would push them about. */
export function whenFree(act) {
  if (!dragging && !underPointer && !underFinger) return act();
  later.add(act);
}

on("quiet", () => {
  const acts = [...later];
  later.clear();
  acts.forEach(whenFree);
});

// A button pressed with the mouse keeps focus without anybody being there; a caret or the keyboard's ring is somebody.
const worksThere = () => document.activeElement.matches(":focus-visible");

export function setDragging(on) {
  dragging = on;
  left();
}

/** Tells the listeners of "quiet" once the hand has been away long enough. */
function left() {
  clearTimeout(timer);
  timer = setTimeout(() => emit("quiet"), REST);
}

function point(list) {
  if (list === underPointer) return;
  if (underPointer) left();
  underPointer = list;
}

export function watchHands() {
  document.addEventListener("pointerover", ({ pointerType, target }) => pointerType !== "touch" && point(listOf(target)));
  document.documentElement.addEventListener("pointerleave", () => point(null));
  document.addEventListener("pointerdown", ({ pointerType, target }) => {
    if (pointerType === "touch") underFinger = listOf(target);
  });
  for (const name of ["pointerup", "pointercancel"]) {
    document.addEventListener(name, () => {
      if (underFinger) left();
      underFinger = null;
    });
  }
  document.addEventListener("focusout", ({ target }) => listOf(target) && left());
}
