// The two live regions for screen readers. Changes come as one digest at most every 20 s;
// only what cannot wait is said at once.

import { $, onDevice } from "./dom.js";
import { on } from "./bus.js";

const SETTING = "crisisroom.announce"; // seconds between digests, "off" or "mine"
const LONGEST_WAIT = 20;
const CLEAR_AFTER = 10_000;

let changes = [];
let timer = 0;

export function alertNow(text) {
  put("#alert", text);
}

export function say(text) {
  put("#status", text);
}

on("focus-moved", (next) => say(`The item you were on is gone. Focus is now on ${next.getAttribute("aria-label") ?? "the next one"}.`));

/** Collects changes for the next digest: {agency, mine: "E-131" or ""}. */
export function tell(change) {
  const setting = onDevice(SETTING);
  if (setting === "off" || (setting === "mine" && !change.mine)) return;
  changes.push(change);
  timer ||= setTimeout(() => {
    timer = 0;
    say(digest(changes));
    changes = [];
  }, (Number(setting) || LONGEST_WAIT) * 1_000);
}

/** "Your task E-131 changed. 4 changes: 2 by RSS, 2 by CDEMA. 1 about your tasks." */
export function digest(all) {
  const mine = all.filter((one) => one.mine);
  const names = [...new Set(mine.map((one) => one.mine))];
  const first = names.length ? `Your ${names.length > 1 ? "tasks" : "task"} ${names.slice(0, 3).join(", ")} changed. ` : "";
  const last = mine.length ? ` ${mine.length} about your tasks.` : "";
  return `${first}${all.length} ${all.length > 1 ? "changes" : "change"}${byAgency(all)}.${last}`;
}

function byAgency(all) {
  const counts = new Map();
  for (const { agency } of all) if (agency) counts.set(agency, (counts.get(agency) ?? 0) + 1);
  const parts = [...counts].sort((a, b) => b[1] - a[1]).map(([agency, count]) => `${count} by ${agency}`);
  return parts.length ? `: ${parts.join(", ")}` : "";
}

function put(selector, text) {
  const region = $(selector);
  if (!region) return;
  region.textContent = text;
  setTimeout(() => region.textContent === text && (region.textContent = ""), CLEAR_AFTER);
}
