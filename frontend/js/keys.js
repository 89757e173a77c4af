// Single keys, only while no field has focus; the keys page has the table and the switch.

import { $, $$, onDevice } from "./dom.js";
import { closeMenus, moveCard } from "./ask.js";
import { closeDrawer, openDrawer, openTask, addressOf, stepDrawer } from "./drawer.js";
import { clearFilter, pressChip } from "./chips.js";
import { page } from "./page.js";
import { stay } from "./phases.js";
import { theCard } from "./refresh.js";
import { undoLast } from "./undo.js";

const SETTING = "crisisroom.keys"; // "off", or "ctrl" to need Ctrl with every letter
const LANES = ["todo", "doing", "blocked", "done"];
const REGIONS = [".incident-top", "#playbook", "#lanes", "#log", "#quick-add", "#drawer", "main:not(.board)"];
const CHORD_WITHIN = 1_500;
const FIELDS = { e: "title", a: "assignee", u: "due", p: "priority" };
const LISTS = ".card[data-task], .item, .entry";

let chord = 0;
let lastCard = null;

export function startKeys() {
  document.addEventListener("keydown", onKey);
  document.addEventListener("focusin", ({ target }) => (lastCard = target.closest(".card[data-task]") ?? lastCard));
  document.addEventListener("click", ({ target }) => closeMenus(target));
}

function onKey(event) {
  if (event.defaultPrevented || event.isComposing || event.altKey) return;
  const done = everywhere(event) || (singleKeysOn(event) && !inField(event.target) && pressed(event));
  if (done) event.preventDefault();
}

const inField = (target) => target.matches("input:not([type=checkbox]):not([type=radio]):not([type=range]), textarea, select, [contenteditable]");

function singleKeysOn(event) {
  const setting = onDevice(SETTING);
  if (setting === "off") return false;
  return setting === "ctrl" ? event.ctrlKey : !event.ctrlKey && !event.metaKey;
}

/** Keys that work in fields too. True when the key was used. */
function everywhere({ key, ctrlKey, metaKey, target, shiftKey }) {
  if (key === "F6") return nextRegion(shiftKey ? -1 : 1);
  if (key === "Enter" && (ctrlKey || metaKey) && target.form) return target.form.requestSubmit() ?? true;
  return key === "Escape" && goBack(target);
}

function goBack(target) {
  const menu = target.closest("details.menu[open]") ?? $("details.menu[open]");
  if (menu) {
    menu.open = false;
    return $("summary", menu).focus() ?? true;
  }
  if (inField(target)) return giveBack(target);
  if (location.hash && $(".over-bar:target")) return closeForm();
  if (stay()) return true;
  return openTask() ? (closeDrawer(), true) : clearFilter();
}

// What was typed stays as a draft.
function giveBack(target) {
  if (target.closest(".over-bar")) return closeForm();
  return focus(target.closest("#drawer") ? "#drawer h2" : "#main");
}

export function closeForm() {
  location.hash = "main";
  return focus("#main");
}

function pressed(event) {
  const { key } = event;
  if (chord && performance.now() - chord < CHORD_WITHIN) return follow(key.toLowerCase());
  if (key === "D" && event.shiftKey) return withCard((card) => moveCard(card, "done"));
  const act = KEYS[key] ?? KEYS[key.toLowerCase()];
  return act ? act(event) !== false : false;
}

function follow(key) {
  chord = 0;
  const home = `/i/${page().incident}`;
  const places = { s: "/situation", p: "/playbooks", ...(page().incident && { b: home, l: `${home}/log`, v: `${home}/review` }) };
  if (!places[key]) return false;
  location.assign(places[key]);
  return true;
}

const KEYS = {
  "/": () => focus("#go-to-text") || focus("[type=search]"),
  "?": () => location.assign("/keys"),
  n: () => focus("#quick-add-text"),
  l: () => openForm("write-entry"),
  d: () => openForm("record-decision"),
  j: () => step(1),
  k: () => step(-1),
  ArrowDown: (event) => inList(event) && step(1),
  ArrowUp: (event) => inList(event) && step(-1),
  ArrowLeft: (event) => inList(event) && lane(-1),
  ArrowRight: (event) => inList(event) && lane(1),
  Enter: ({ target }) => target.matches(".card[data-task]") && openDrawer(addressOf(target)),
  m: () => pressChip("mine"),
  o: () => pressChip("overdue"),
  f: () => focus(".filters a.filter-chip, .filters button"),
  z: () => undoLast(),
  g: () => void (chord = performance.now()),
  c: () => inDrawer("#drawer-comment"),
  ...Object.fromEntries(Object.entries(FIELDS).map(([key, name]) => [key, () => inDrawer(`[data-field="${name}"]`)])),
  ...Object.fromEntries(LANES.map((name, index) => [index + 1, () => withCard((card) => moveCard(card, name))])),
};

const inList = ({ target }) => Boolean(target.closest(LISTS));

function focus(selector) {
  const target = $(selector);
  if (!target) return false;
  target.focus();
  return true;
}

function openForm(id) {
  const form = document.getElementById(id);
  if (!form) return false;
  location.hash = id;
  return $("textarea", form).focus() ?? true;
}

/** The card the reader is on: in the drawer, focused, or focused last. */
function current() {
  const card = theCard(openTask()) ?? document.activeElement.closest(".card[data-task]") ?? lastCard;
  return card?.isConnected ? card : lastCard && document.getElementById(lastCard.id);
}

function withCard(act) {
  const card = current();
  return card ? (act(card), true) : false;
}

async function inDrawer(selector) {
  const card = current();
  if (!card) return;
  if (openTask() !== card.dataset.task) await openDrawer(addressOf(card));
  const place = $(`#drawer ${selector}`);
  if (place?.localName === "details") place.open = true;
  const control = place?.matches("input, textarea, select") ? place : place && $("input:not([type=hidden]), textarea, select", place);
  control?.focus();
}

function step(by) {
  if (openTask()) return stepDrawer(by > 0 ? "next" : "prev");
  const here = document.activeElement.closest(LISTS) ?? lastCard;
  const list = here?.closest(".cards, .items, #entries");
  const all = list ? visible(list.children) : visible($$(".card[data-task]"));
  return focusOn(here ? all[all.indexOf(here) + by] : all[0]);
}

function lane(by) {
  const here = document.activeElement.closest(".card[data-task]");
  if (!here) return false;
  const index = visible(here.parentElement.children).indexOf(here);
  for (let at = LANES.indexOf(here.dataset.lane) + by; LANES[at]; at += by) {
    const cards = visible($(`#cards-${LANES[at]}`)?.children ?? []);
    if (cards.length) return focusOn(cards[Math.min(index, cards.length - 1)]);
  }
  return false;
}

const visible = (nodes) => [...nodes].filter((node) => node.getClientRects().length);

function focusOn(node) {
  if (!node) return false;
  if (!node.hasAttribute("tabindex")) node.tabIndex = -1;
  node.focus();
  return true;
}

function nextRegion(by) {
  const all = REGIONS.map((selector) => $(selector)).filter((region) => region?.getClientRects().length);
  const here = all.findIndex((region) => region.contains(document.activeElement));
  const next = all[(here + by + all.length) % all.length];
  return next ? focusOn(entranceOf(next)) : false;
}

function entranceOf(region) {
  const first = (selector) => visible($$(selector, region))[0];
  return first("h2[tabindex]") ?? first(".card") ?? first("summary, input:not([type=hidden]), a[href], button") ?? region;
}
