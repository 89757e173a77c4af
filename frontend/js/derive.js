// What a board shows beyond its regions follows from what is on it: counts, who is late and by how
// much, what a filter hides. The server draws none of it into shared parts, so that everybody gets the same bytes.

import { $, $$, h, setText } from "./dom.js";
import { alertNow } from "./announce.js";
import { on } from "./bus.js";
import { isOverdue, isShown, readFilter, showFilter } from "./filters.js";
import { page, t0 } from "./page.js";
import { MINUTE, duration, now, offset } from "./time.js";
import { waiting } from "./swap.js";

const SOON = 30 * MINUTE;
const EVERY = 15_000;

let known = null; // ids that were late at the last look

export function startDeriving() {
  if (!$(".card, .item, #lanes")) return;
  for (const name of ["drawn", "placed", "held", "foreseen", "filtered"]) on(name, derive);
  if (!("replay" in page())) setInterval(derive, EVERY);
  derive();
}

export function derive() {
  const time = moment();
  const cards = $$(".card[data-task]");
  const items = $$(".item[data-item]");
  const late = new Set([...cards, ...items].filter(({ dataset }) => isOverdue(dataset, time)).map(({ id }) => id));
  for (const node of [...cards, ...items]) showDue(node, late.has(node.id), time);
  showLanes(cards, time);
  const lateItems = items.filter(({ id }) => late.has(id));
  showRuns(items, lateItems);
  showLate("items-late", lateItems, document, `playbook item${lateItems.length > 1 ? "s are" : " is"} late`);
  warnOwner(cards, late);
  known = late;
}

// In a replay lateness is as it was at the moment shown.
const moment = () => Date.parse($("#replay-board")?.dataset.at) || now();

function showDue(node, late, time) {
  const chip = $(".due[data-due]", node);
  if (!chip) return;
  const due = Date.parse(chip.dataset.due);
  const card = node.matches(".card");
  chip.classList.toggle("due-soon", !late && due - time <= SOON);
  chip.classList.toggle(card ? "overdue" : "late", late);
  if (!late) return restore(chip);
  chip.dataset.drawn ??= chip.textContent;
  setText(chip, card ? `Overdue ${duration(time - due)}` : `${duration(time - due)} late`);
  if (!card) return;
  if (!$(".was", node)) chip.after(h("span.was", {}, ""));
  setText($(".was", node), `was ${offset(due, t0())}`);
  node.setAttribute("aria-label", node.getAttribute("aria-label").replace(/(over)?due [^,]*/, `overdue ${inWords(time - due)}`));
}

function restore(chip) {
  if (chip.dataset.drawn === undefined) return;
  setText(chip, chip.dataset.drawn);
  delete chip.dataset.drawn;
  $(".was", chip.parentElement)?.remove();
}

function inWords(length) {
  const minutes = Math.floor(length / MINUTE);
  const parts = [[Math.floor(minutes / 60), "hour"], [minutes % 60, "minute"]].filter(([count]) => count);
  return parts.map(([count, unit]) => `${count} ${unit}${count > 1 ? "s" : ""}`).join(" ") || "just now";
}

function showLanes(cards, time) {
  const filter = readFilter();
  const shown = isShown(filter, time);
  for (const card of cards) if (card.hidden === shown(card)) card.hidden = !card.hidden;
  // A card that waits for its place counts in the lane it belongs to.
  const arriving = waiting().map(({ node }) => node).filter((node) => !node.isConnected && node.dataset.task);
  const all = [...cards, ...arriving];
  for (const lane of ["todo", "doing", "blocked", "done"]) count(lane, all.filter(({ dataset }) => dataset.lane === lane).length);
  count("mine", all.filter(({ dataset }) => dataset.assignee === page().me).length);
  count("overdue", all.filter(({ dataset }) => isOverdue(dataset, time)).length);
  showFilter(filter, all.filter((card) => !shown(card)).length);
  hide("#no-tasks", all.length);
  hide("#none-shown", !all.length || all.some(shown));
  hide("#playbook > .block", $(".run"));
}

function hide(selector, hidden) {
  const block = $(selector);
  if (block) block.hidden = Boolean(hidden);
}

function count(name, value, root = document) {
  for (const place of $$(`[data-count="${name}"]`, root)) setText(place, String(value));
}

function showRuns(items, late) {
  for (const run of $$(".run")) {
    const own = items.filter((item) => item.dataset.run === run.dataset.run);
    const settled = own.filter(isSettled).length;
    count("run-done", settled, run);
    count("run-all", own.length, run);
    count("run-open", own.length - settled, run);
    for (const bar of $$("[data-count='run-bar']", run)) {
      bar.max = own.length || 1;
      bar.value = settled;
    }
    showLate("run-late", late, run);
    for (const phase of $$(".phase", run)) showPhase(phase, own.filter((item) => item.dataset.phase === phase.dataset.phase), late, run);
  }
}

const isSettled = ({ dataset }) => dataset.state !== "open";

function showPhase(phase, items, late, run) {
  const now = phase.dataset.phase === run.dataset.phase;
  // When a run goes on to another phase, that one unfolds.
  if (now && !phase.classList.contains("now")) phase.open = true;
  phase.classList.toggle("now", now);
  showLate("phase-late", late, phase);
  const settled = items.filter(isSettled).length;
  count("phase", items.length ? `${settled}/${items.length}` : "", phase);
  count("settled", settled, phase);
  phase.classList.toggle("complete", items.length > 0 && settled === items.length);
}

// A number that leads to the first of them.
function showLate(name, late, root, words = "late") {
  const place = $(`[data-count="${name}"]`, root);
  if (!place) return;
  const here = late.filter((item) => root.contains(item));
  setText(place, `${here.length} ${words}`);
  place.hidden = !here.length;
  place.href = `#${here[0]?.id}`;
}

function warnOwner(cards, late) {
  const passed = cards.filter(({ id, dataset }) => late.has(id) && known && !known.has(id) && dataset.assignee === page().me);
  if (passed.length) alertNow(`The deadline of your ${passed.length > 1 ? "tasks" : "task"} ${passed.map(({ dataset }) => dataset.number).join(", ")} has passed.`);
}
