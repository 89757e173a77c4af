// The filter chips: they set the address, and the board follows. Without script they are a form.

import { $, $$, setText } from "./dom.js";
import { emit, on } from "./bus.js";
import { readFilter } from "./filters.js";
import { laneName } from "./words.js";

export function startChips() {
  const form = $(".filters");
  if (!form || !$("#lanes")) return;
  on("filtered", sayNothingShown);
  for (const part of [form, $("#none-shown")]) part?.addEventListener("click", (event) => {
    const chip = event.target.closest("a[href], button[name]");
    if (!chip || event.metaKey || event.ctrlKey) return;
    event.preventDefault();
    go(chip.name ? toggled(chip) : new URL(chip.href).searchParams);
  });
  addEventListener("popstate", () => emit("filtered"));
}

/** M and O: as if the chip were pressed. */
export function pressChip(name) {
  $(`.filters button[name="${name}"]`)?.click();
}

/** Esc on a board that a filter left empty. False when there is none. */
export function clearFilter() {
  const clear = $("#none-shown:not([hidden]) a");
  clear?.click();
  return Boolean(clear);
}

// The words that the server has for it too: "No tasks for RSS that are overdue".
function sayNothingShown() {
  const block = $("#none-shown");
  if (!block) return;
  const { agencies, mine, overdue, lane } = readFilter();
  const words = ["No tasks", mine && "of yours", agencies.length && `for ${agencies.join(" or ")}`, lane && `in ${laneName(lane)}`, overdue && "that are overdue"];
  setText($("h2", block), words.filter(Boolean).join(" "));
  const count = $$(".card[data-task]").length;
  setText($("p", block), `${count} ${count > 1 ? "tasks are" : "task is"} hidden by this filter.`);
}

function toggled({ name, value }) {
  const asked = new URLSearchParams(location.search);
  if (asked.get(name) === value) asked.delete(name);
  else asked.set(name, value);
  return asked;
}

function go(asked) {
  const query = asked.toString();
  history.replaceState(history.state, "", location.pathname + (query && `?${query}`) + location.hash);
  emit("filtered");
}
