// Rows under the tabs. They take their own place and never lie over anything.

import { $, h } from "./dom.js";

/** kind: "", "look", "danger" or "proof". actions: [[label, function or address], …], at most two. */
export function note(id, kind, text, actions = []) {
  const row = $("#notices");
  if (!row) return;
  const buttons = actions.map(([label, act]) =>
    typeof act === "string" ? h("a.button", { href: act }, label) : h("button.button", { type: "button", click: act }, label),
  );
  const fresh = h(`p.notice${kind && `.notice-${kind}`}`, { id: `notice-${id}` }, h("span", {}, ...[text].flat()), buttons.length ? h("span.actions", {}, ...buttons) : null);
  const old = document.getElementById(fresh.id);
  if (old) old.replaceWith(fresh);
  else row.append(fresh);
}

export function unnote(id) {
  document.getElementById(`notice-${id}`)?.remove();
}
