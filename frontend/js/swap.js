// Brings drawn regions onto the page by id. Text changes at once; places change when no hand is there.

import { $ } from "./dom.js";
import { emit, on } from "./bus.js";
import { busy, listOf } from "./hold.js";
import { morph } from "./morph.js";
import { isSorted, placeIn } from "./order.js";

const held = new Map(); // id -> what waits: {id, node, into, atStart, gone, cause}

/** Takes the drawn elements of one change; gives what happened to each: [{node, kind}]. */
export function applyRegions(elements, cause) {
  return elements.map((fresh) => applyRegion(fresh, cause)).filter(Boolean);
}

/** What still waits: nodes not on the page yet and cards that have not moved yet. */
export const waiting = () => [...held.values()];

/** The page was drawn anew: nothing is left to wait for. */
export const forgetWaiting = () => held.clear();

/** Puts everything that waits for this list (or for any) in its place. */
export function release(list = null) {
  const due = waiting().filter((one) => !list || one.into === list || listOf(one.node) === list);
  for (const one of due) perform(one);
  if (due.length) emit("placed", due);
}

/** Moves a card to where its data says, whoever watches: the reader's own doing. */
export function placeOwn(card) {
  perform(placement(card, card));
}

on("quiet", () => {
  const free = waiting().filter(mayGo);
  for (const one of free) perform(one);
  if (free.length) emit("placed", free);
});

function applyRegion(fresh, cause) {
  const current = document.getElementById(fresh.id) ?? held.get(fresh.id)?.node;
  if ("gone" in fresh.dataset) return current && leave(current, cause);
  if (current && isOlder(fresh, current)) return null;
  return current?.isConnected ? change(current, fresh, cause) : arrive(fresh, cause);
}

// A repeated frame brings what is there already.
function isOlder(fresh, current) {
  return Number(fresh.dataset.rev) <= Number(current.dataset.rev);
}

function leave(node, cause) {
  if (!node.isConnected) return void held.delete(node.id);
  put({ id: node.id, node, gone: true, cause });
  return { node, kind: "gone" };
}

function change(current, fresh, cause) {
  const was = current.dataset.lane;
  morph(current, fresh);
  const node = document.getElementById(current.id);
  if (node.dataset.into) put(placement(node, node, cause));
  return { node, kind: was === node.dataset.lane ? "changed" : "moved" };
}

function arrive(fresh, cause) {
  const one = placement(fresh, fresh, cause);
  if (!one.into || !fits(fresh, one.into)) return null;
  put(one);
  return { node: fresh, kind: "new" };
}

const fits = (node, list) => node.localName !== "li" || /^[uo]l$/.test(list.localName);

function placement(node, { dataset }, cause) {
  return { id: node.id, node, into: dataset.into ? $(dataset.into) : null, atStart: "atStart" in dataset, cause };
}

function put(one) {
  held.delete(one.id);
  if (isInPlace(one)) return;
  if ((one.cause?.own && one.node.dataset.task) || mayGo(one)) return perform(one);
  held.set(one.id, one);
  emit("held", one);
}

function isInPlace({ node, into, gone }) {
  return !gone && node.parentNode === into && (!isSorted(node) || node.nextElementSibling === placeIn(into, node));
}

function mayGo({ node, into, gone }) {
  if (node.isConnected && busy(listOf(node))) return false;
  return gone || !into || !(busy(into) || scrolledDown(into));
}

// The log follows only while its top is in sight; further down the reader is reading.
function scrolledDown(list) {
  if (list.id !== "entries") return false;
  const scroller = scrollerOf(list);
  if (scroller) return scroller.scrollTop > 4;
  return list.getBoundingClientRect().top < 0;
}

export function scrollerOf(list) {
  for (let node = list; node && node !== document.body; node = node.parentElement) {
    if (node.scrollHeight > node.clientHeight && /auto|scroll/.test(getComputedStyle(node).overflowY)) return node;
  }
  return null;
}

function perform({ id, node, into, atStart, gone }) {
  held.delete(id);
  if (gone) return remove(node);
  if (!into) return;
  const before = atStart ? into.firstElementChild : placeIn(into, node);
  if (before !== node) move(node, into, before);
}

function move(node, into, before) {
  if (node.parentNode === into && node.nextElementSibling === before && node.isConnected) return;
  const focused = node.contains(document.activeElement) ? document.activeElement : null;
  if (node.isConnected && into.moveBefore) into.moveBefore(node, before);
  else into.insertBefore(node, before);
  if (focused && document.activeElement !== focused) focused.focus({ preventScroll: true });
}

function remove(node) {
  const next = node.contains(document.activeElement) ? (node.nextElementSibling ?? node.previousElementSibling ?? node.parentElement) : null;
  node.remove();
  if (!next) return;
  if (!next.hasAttribute("tabindex")) next.tabIndex = -1;
  next.focus({ preventScroll: true });
  emit("focus-moved", next);
}
