// Which cards are shown: agency, mine, overdue, lane. Every filter is in the address and can be shared.

import { $, $$, setText } from "./dom.js";
import { page } from "./page.js";
import { CORE } from "./words.js";

const NAMES = ["agency", "mine", "overdue", "lane"];

/** The filter that the address asks for. */
export function readFilter(search = location.search) {
  const asked = new URLSearchParams(search);
  const agencies = asked.getAll("agency").flatMap((codes) => codes.split(",")).filter(Boolean);
  const [mine, overdue, lane] = NAMES.slice(1).map((name) => asked.get(name) ?? "");
  return { agencies, mine, overdue, lane, on: Boolean(agencies.length || mine || overdue || lane) };
}

/** True when the card with these data attributes is shown. "partners" are all but the core agencies. */
export function passes(card, { agencies, mine, overdue, lane }, me, time) {
  if (agencies.length && !agencies.some((code) => isOf(card.agency ?? "", code))) return false;
  if (mine && card.assignee !== me) return false;
  if (lane && card.lane !== lane) return false;
  return !overdue || isOverdue(card, time);
}

const isOf = (agency, code) => (code === "partners" ? Boolean(agency) && !CORE.includes(agency) : code.toLowerCase() === agency.toLowerCase());

export const isOverdue = ({ due, lane, state = "open" }, time) => Boolean(due) && lane !== "done" && state === "open" && Date.parse(due) <= time;

/** Chips as the address has them, and how many cards that hides. */
export function showFilter(filter, hidden) {
  for (const chip of $$(".filters button[name]")) {
    const on = chip.name === "agency" ? filter.agencies.some((code) => code.toLowerCase() === chip.value.toLowerCase()) : filter[chip.name] === chip.value;
    chip.setAttribute("aria-pressed", on);
  }
  for (const all of $$(".filters a.filter-chip")) {
    if (filter.on) all.removeAttribute("aria-current");
    else all.setAttribute("aria-current", "true");
  }
  const line = $(".hidden-by-filter");
  if (!line) return;
  setText(line, `${hidden} hidden by filter`);
  line.hidden = !filter.on;
}

export const isShown = (filter, time) => ({ dataset }) => !filter.on || passes(dataset, filter, page().me, time);
