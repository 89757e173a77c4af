// The task drawer: opened over the board, with an address of its own, so back and forward work. The
// board stays live under it; the drawer itself is renewed in the parts nobody is working in.

import { $, $$, h, icon, setText } from "./dom.js";
import { on } from "./bus.js";
import { holdForms } from "./connection.js";
import { derive } from "./derive.js";
import { restoreDrafts } from "./drafts.js";
import { morph } from "./morph.js";
import { page } from "./page.js";
import { isDirty, isTyping } from "./forms.js";
import { editorsOf } from "./presence.js";
import { addressOfPage, fetchPart, theCard } from "./refresh.js";
import { clock, now } from "./time.js";
import { agencyClass, shortName } from "./words.js";
import { complain } from "./messages.js";

const RENEW_AFTER = 150;
const TASK_ADDRESS = /^\/i\/[^/]+\/t\/([^/]+)$/;
const HOLD = 60_000; // after the last key a field is free again
const TELL_AGAIN = 20_000;

let asked = null;
let timer = 0;
let at = location.pathname;
let saved = "";
let given = null; // the field that Esc was pressed in
let came = null; // the control that the drawer was opened from
let behind = false; // the field with the caret in it was left as it was while the rest was renewed

const drawer = () => $("#drawer");
const article = () => $("#drawer [data-drawer]");

export const openTask = () => (drawer()?.hidden ? undefined : article()?.dataset.drawer);

export function startDrawer(send) {
  if (!drawer()) return;
  document.addEventListener("click", onClick);
  addEventListener("popstate", followAddress);
  on("changed", ({ ids }) => ids.has(`task-${openTask()}`) && renewSoon());
  on("saved", ({ receipt }) => {
    if (receipt) saved = `All changes saved ${clock(now(), "UTC", true)} UTC`;
    setText($("#drawer-saved"), saved);
  });
  on("saved", ({ fields }) => fields.task && [openTask(), article()?.dataset.number].includes(fields.task) && renewSoon());
  on("presence", showHeld);
  on("drawn", () => choose(openTask()));
  watchFields(send);
  saveLeftFields();
  choose(openTask());
}

/** Opens the task at this address. how: "push" a step of history, "replace" it, or leave it be. */
export async function openDrawer(address, how = "push") {
  if (!drawer().contains(document.activeElement)) came = document.activeElement;
  const part = await load(address);
  if (!part) return;
  const url = address + location.search;
  if (how === "push") history.pushState({ drawer: true }, "", url);
  if (how === "replace") history.replaceState(history.state, "", url);
  at = address;
  saved = "";
  drawer().replaceChildren(...part);
  drawer().hidden = false;
  dressUp();
  $("h2", drawer())?.focus({ preventScroll: true });
}

/** Closes it; the address goes back to the board. */
let leaving = false; // going back takes a moment; a second Esc meanwhile must not leave the board as well
addEventListener("popstate", () => (leaving = false));

export function closeDrawer() {
  if (leaving) return undefined;
  if (history.state?.drawer) {
    leaving = true;
    return history.back();
  }
  history.pushState(null, "", addressOfPage());
  return hide();
}

/** J and K inside the drawer: the card after ("next") or before ("prev") this one in its lane. */
export const stepDrawer = (rel) => $(`a[rel="${rel}"]`, drawer())?.click();

export const addressOf = (card) => new URL($("a[href*='/t/']", card).href).pathname;

function onClick(event) {
  if (event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  if (event.target.closest("[data-close]")) {
    event.preventDefault();
    return closeDrawer();
  }
  const link = event.target.closest("a[href]");
  const address = link ? taskAddress(link) : cardAddress(event.target);
  if (!address) return undefined;
  event.preventDefault();
  return openDrawer(address, openTask() ? "replace" : "push");
}

function taskAddress({ origin, pathname }) {
  return origin === location.origin && TASK_ADDRESS.test(pathname) && pathname.startsWith(`/i/${page().incident}/`) ? pathname : null;
}

function cardAddress(target) {
  const card = target.closest(".card[data-task]");
  if (!card || target.closest("a, button, summary, input, select, textarea, label, details") || String(getSelection())) return null;
  return addressOf(card);
}

function followAddress() {
  if (!TASK_ADDRESS.test(location.pathname)) return drawer().hidden || hide();
  return (openTask() && location.pathname === at) || openDrawer(location.pathname, "");
}

function hide() {
  const card = theCard(openTask());
  drawer().hidden = true;
  drawer().replaceChildren();
  choose();
  const back = [card, came].find((one) => one?.getClientRects().length);
  (back ?? $("#main"))?.focus({ preventScroll: true });
}

async function load(address) {
  asked?.abort();
  asked = new AbortController();
  try {
    const { status, elements } = await fetchPart(address, "drawer", asked.signal);
    if (status === 200) return elements;
    if (status === 401) complain(null, "Sign in again to open a task. Your drafts are kept.");
    else complain(null, status === 404 ? "There is nothing here for you to see." : "The task could not be opened. Try again.");
  } catch (error) {
    if (error.name !== "AbortError") complain(null, "Not live: the task could not be opened.");
  }
  return null;
}

function renewSoon() {
  clearTimeout(timer);
  timer = setTimeout(renew, RENEW_AFTER);
}

async function renew() {
  const open = article();
  if (!open || drawer().hidden) return;
  const { status, elements } = await fetchPart(location.pathname, "drawer").catch(() => ({}));
  if (article() !== open) return;
  if (status === 404) return complain(null, `${open.dataset.number} is no longer here for you to see.`);
  const fresh = elements?.find((one) => one.dataset.drawer === open.dataset.drawer);
  if (!fresh || Number(fresh.dataset.rev) < Number(open.dataset.rev)) return;
  behind = isTyping(document.activeElement);
  open.id ||= fresh.id ||= "drawer-task";
  fresh.id = open.id;
  morph(open, fresh);
  dressUp();
}

function dressUp() {
  restoreDrafts(drawer());
  holdForms(drawer());
  choose(openTask());
  showHeld();
  setText($("#drawer-saved"), saved);
  derive();
}

function choose(task) {
  for (const card of $$(".card.chosen")) if (card.dataset.task !== task) card.classList.remove("chosen");
  theCard(task)?.classList.add("chosen");
}

/** Fields that others are in get a dashed edge in their agency's hue, and their initials. Nothing is locked. */
function showHeld() {
  const editors = openTask() ? editorsOf(openTask()) : [];
  for (const box of $$("[data-field]", drawer())) holdField(box, editors.find(({ editing }) => editing.field === box.dataset.field));
  const line = document.getElementById(`held-${openTask()}`);
  if (!line) return;
  line.hidden = !editors.length;
  line.replaceChildren(...(editors.length ? [icon("pencil"), ` ${sayWho(editors)}`] : []));
}

function holdField(box, person) {
  box.classList.toggle("held", Boolean(person));
  $(":scope > .holder", box)?.remove();
  box.classList.remove(...[...box.classList].filter((name) => name.startsWith("agency-")));
  if (!person) return;
  const hue = agencyClass(person.agency);
  box.classList.add(hue);
  box.append(h("span.holder", {}, icon("lock"), h(`span.initials.${hue}`, { title: `${shortName(person.name)}, ${person.agency}` }, person.initials)));
}

function sayWho(editors) {
  const fields = new Map();
  for (const { name, agency, editing } of editors) {
    const who = `${shortName(name)} (${agency})`;
    fields.set(who, [...(fields.get(who) ?? []), labelOf(editing.field)]);
  }
  const words = [...fields].map(([who, some]) => `${who} is editing ${some.join(" and ")}.`);
  return `${words.join(" ")} You can edit the other fields.`;
}

const labelOf = (field) => field[0].toUpperCase() + field.slice(1).replace("_", " ");

/** A field is saved when it is left: a list to choose from also when it is chosen with the pointer. Esc saves nothing. */
function saveLeftFields() {
  const save = ({ form }) => isDirty(form) && !$(".conflict", form) && form.checkValidity() && form.requestSubmit();
  const isField = (target) => target.name?.startsWith("set.") && !target.multiple;
  drawer().addEventListener("change", ({ target }) => isField(target) && target.localName === "select" && !target.matches(":focus-visible") && save(target));
  drawer().addEventListener("keydown", ({ key, target }) => (given = key === "Escape" ? target : null), true);
  drawer().addEventListener("focusout", ({ target, relatedTarget }) => {
    if (behind) renewSoon();
    const form = target.form;
    const control = form && [...form.elements].find(isField);
    // Its own Save button is a part of the field: the field is left when the form is.
    if (!control || control === given || form.contains(relatedTarget)) return;
    setTimeout(() => form.isConnected && !form.contains(document.activeElement) && save(control));
  });
}

/** Tells the room which field this reader is in, until they leave it or rest for a minute. */
function watchFields(send) {
  let told = null;
  let toldAt = 0;
  let rest = 0;
  const tell = (field) => {
    if (field === told && (!field || performance.now() - toldAt < TELL_AGAIN)) return;
    told = field;
    toldAt = performance.now();
    send({ type: "editing", task: field ? openTask() : null, field });
  };
  const inField = ({ target }) => {
    const field = target.matches("input, textarea, select") ? target.closest("[data-field]")?.dataset.field : null;
    if (!field) return;
    tell(field);
    clearTimeout(rest);
    rest = setTimeout(tell, HOLD, null);
  };
  drawer().addEventListener("focusin", inField);
  drawer().addEventListener("input", inField);
  drawer().addEventListener("focusout", () => setTimeout(() => drawer().contains(document.activeElement) && document.activeElement.closest("[data-field]") ? null : tell(null)));
}
