// Moving a card, by key, menu or drop. Blocked asks why first, on the card itself.

import { $, $$, h } from "./dom.js";
import { runCommand } from "./commands.js";
import { may } from "./page.js";
import { laneName } from "./words.js";

/** Moves the card to a lane; to Blocked only with a reason. */
export function moveCard(card, lane) {
  if (!may("move-task") || card.dataset.lane === lane) return;
  if (lane === "blocked") askWhy(card);
  else move(card, lane);
}

/** The Move menu's own form: Blocked has no place for a reason there. */
export function watchMoveMenus() {
  document.addEventListener(
    "submit",
    (event) => {
      if (asksFirst(event)) return;
      const card = event.target.closest(".card[data-task]");
      if (!card || !event.target.matches(".move") || event.submitter?.name !== "lane") return;
      event.preventDefault();
      closeMenus();
      moveCard(card, event.submitter.value);
    },
    true,
  );
}

/** The drawer's own status line has a field for the reason: it comes into sight when it is needed. */
function asksFirst(event) {
  const { target: form, submitter } = event;
  const reason = form.matches(".status-field .move") && submitter?.value === "blocked" && $("[name=reason]", form);
  if (!reason || reason.value.trim()) return false;
  event.preventDefault();
  form.closest(".status-field").classList.add("asking");
  reason.focus();
  return true;
}

export function closeMenus(except) {
  for (const menu of $$("details.menu[open]")) if (!menu.contains(except)) menu.open = false;
}

function askWhy(card) {
  $(".ask", card)?.remove();
  const input = h("input", { name: "reason", maxlength: 200, required: true, autocomplete: "off" });
  const ask = h("form.ask", { id: `ask-${card.id}` }, h("label", {}, "What blocks it? ", input), h("button.button", {}, "Block"));
  ask.addEventListener("submit", (event) => {
    event.preventDefault();
    ask.remove();
    card.focus({ preventScroll: true });
    move(card, "blocked", { reason: input.value });
  });
  ask.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    ask.remove();
    card.focus({ preventScroll: true });
  });
  card.append(ask);
  input.focus();
}

// What the lane was comes along: if somebody moved it meanwhile, the server asks instead of obeying.
function move(card, lane, more = {}) {
  const { task, lane: from } = card.dataset;
  return runCommand("move-task", { task, lane, "base.lane": from, ...more }, { said: `${card.dataset.number} to ${laneName(lane)}` });
}
