// Draws the whole page anew from the server, keeping what is open, focused or typed.

import { $, $$, parse } from "./dom.js";
import { emit } from "./bus.js";
import { morphWhole } from "./morph.js";
import { page } from "./page.js";
import { forgetWaiting } from "./swap.js";

const PARTS = ["header", "main"];
const TOLD = ["cursor", "storable", "may", "t0", "now"];

/** Gives {cursor}, or {ended: "signed-out" | "no-access"}; throws when the server cannot be reached. */
export async function refresh() {
  const response = await fetch(addressOfPage(), { headers: { Accept: "text/html" }, cache: "no-store" });
  if (response.status === 401 || (response.redirected && new URL(response.url).pathname === "/signin")) return { ended: "signed-out" };
  if (response.status === 403 || response.status === 404) return { ended: "no-access" };
  if (!response.ok) throw new Error(`The page could not be drawn: ${response.status}`);
  const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
  replaceParts(fresh);
  return { cursor: page().cursor };
}

// The drawer has an address of its own; what lies under it is the board.
export function addressOfPage() {
  return location.pathname.replace(/\/t\/[^/]+$/, "") + location.search;
}

function replaceParts(fresh) {
  forgetWaiting();
  for (const id of PARTS) {
    const [old, now] = [document.getElementById(id), fresh.getElementById(id)];
    if (old && now) morphWhole(old, now);
  }
  for (const name of TOLD) if (name in fresh.body.dataset) page()[name] = fresh.body.dataset[name];
  emit("drawn", $$("#header, #main [id]"));
}

/** Part of a page as elements: for the drawer and the replay. */
export async function fetchPart(address, part, signal) {
  const url = new URL(address, location.href);
  url.searchParams.set("part", part);
  const response = await fetch(url, { headers: { Accept: "text/html" }, signal });
  if (response.redirected && new URL(response.url).pathname === "/signin") return { status: 401 };
  return { status: response.status, elements: response.ok ? parse(await response.text()) : [] };
}

export const theCard = (task) => (task ? $(`#task-${CSS.escape(task)}`) : null);
