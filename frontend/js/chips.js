// The filter chips: they set the address, and the board follows. Without script they are a form.

import { $ } from "./dom.js";
import { emit } from "./bus.js";

export function startChips() {
  const form = $(".filters");
  if (!form || !$("#lanes")) return;
  form.addEventListener("click", (event) => {
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
