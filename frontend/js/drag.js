// Cards can be dragged between lanes. The Move menu and the keys 1 to 4 do the same.

import { $, $$, h } from "./dom.js";
import { on } from "./bus.js";
import { moveCard } from "./ask.js";
import { canWrite } from "./connection.js";
import { setDragging } from "./hold.js";
import { may } from "./page.js";
import { release } from "./swap.js";
import { laneName } from "./words.js";

const REASON_SHOWN = 8_000;

let card = null;
let from = "";

export function startDrag() {
  if (!may("move-task") || !$("#lanes") || !matchMedia("(pointer: fine)").matches) return;
  const enable = () => $$(".card[data-task]:not([draggable])").forEach((one) => (one.draggable = true));
  on("drawn", () => {
    enable();
    card?.classList.add("dragging");
  });
  enable();
  const lanes = $("#lanes");
  lanes.addEventListener("dragstart", begin);
  lanes.addEventListener("dragover", over);
  lanes.addEventListener("drop", drop);
  lanes.addEventListener("dragend", end);
}

function begin(event) {
  card = event.target.closest?.(".card[data-task]");
  if (!card || !canWrite()) return;
  from = card.dataset.lane;
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", card.dataset.number);
  card.classList.add("dragging");
  setDragging(true);
}

function over(event) {
  const lane = card && event.target.closest(".lane");
  mark(lane);
  if (lane) event.preventDefault();
}

function drop(event) {
  const lane = event.target.closest(".lane")?.dataset.lane;
  if (!card || !lane) return;
  event.preventDefault();
  const dropped = card;
  const moved = dropped.dataset.lane !== from;
  end();
  if (!moved) return moveCard(dropped, lane);
  // Somebody else moved it meanwhile: it goes where they put it, and says so.
  release();
  const why = h("p.held-note", {}, `Not moved: it was moved to ${laneName(dropped.dataset.lane)} while you were dragging.`);
  dropped.append(why);
  setTimeout(() => why.remove(), REASON_SHOWN);
}

function end() {
  if (!card) return;
  card.classList.remove("dragging");
  card = null;
  mark(null);
  setDragging(false);
}

function mark(lane) {
  for (const other of $$(".drop-target")) if (other !== lane) other.classList.remove("drop-target");
  lane?.classList.add("drop-target");
}
