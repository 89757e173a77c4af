// The filter chips: they set the address, and the board follows. Without script they are a form.

import { $ } from "./dom.js";
import { emit } from "./bus.js";
import { readFilter } from "./filters.js";

export function startChips() {
  const form = $(".filters");
  if (!form || !$("#lanes")) return;
  const follow = () => go(new URLSearchParams(new FormData(form)));
  form.addEventListener("change", follow);
  form.addEventListener("submit", (event) => event.preventDefault());
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-filter='all']") || event.metaKey || event.ctrlKey) return;
    event.preventDefault();
    go(new URLSearchParams());
  });
  addEventListener("popstate", () => emit("filtered"));
  // A chip may have been pressed before this was loaded.
  if (JSON.stringify(readFilter(new URLSearchParams(new FormData(form)))) !== JSON.stringify({ ...readFilter(), lane: "" })) follow();
}

/** M and O: as if the chip were pressed. */
export function pressChip(name) {
  $(`.filters input[name="${name}"]`)?.click();
}

function go(asked) {
  const query = asked.toString();
  history.replaceState(history.state, "", location.pathname + (query && `?${query}`) + location.hash);
  emit("filtered");
}
