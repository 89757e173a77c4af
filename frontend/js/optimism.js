// What a command will do is shown at once. Each entry changes the page and says how to take that
// back, and which command undoes it once it is saved.

import { $ } from "./dom.js";
import { placeOwn } from "./swap.js";
import { laneName } from "./words.js";

/** Shows the command on the page: {node, revert, undo} as far as there is something to show. */
export function foresee(command, fields) {
  const node = subjectOf(fields);
  if (!node) return {};
  const { rev } = node.dataset;
  const seen = FORESEEN[command]?.(node, fields) ?? {};
  // What the server has drawn meanwhile is newer than what was here before, and stays.
  return { node, ...seen, revert: seen.revert && (() => node.dataset.rev === rev && seen.revert()) };
}

/** The card or item a command is about; subjects go by id or short number. */
export function subjectOf({ task, item }) {
  if (item) return $(`[data-item="${CSS.escape(item)}"]`);
  return task ? $(`.card[data-task="${CSS.escape(task)}"], .card[data-number="${CSS.escape(task)}"]`) : null;
}

const FORESEEN = {
  "move-task": moved,
  "tick-item": (node) => settled(node, "done", "reopen-item", "Ticked"),
  "reopen-item": (node) => settled(node, "open", node.dataset.state === "done" ? "tick-item" : null, "Opened again"),
  "skip-item": (node) => settled(node, "skipped", "reopen-item", "Marked not needed"),
  "assign-task": assigned,
  "edit-task": (card, fields) => ("set.assignee" in fields || "set.agency" in fields ? assigned(card, fields) : {}),
};

function moved(card, { task, lane }) {
  const { lane: from } = card.dataset;
  const reason = $(".reason", card)?.textContent.trim();
  const put = (where) => {
    card.dataset.lane = where;
    card.dataset.into = `#cards-${where}`;
    placeOwn(card);
  };
  put(lane);
  // Back to Blocked needs a reason again: the one it had. Whoever moved it on meanwhile is not overruled.
  const fields = { task, lane: from, "base.lane": lane, ...(from === "blocked" && { reason: reason || "As before" }) };
  return { revert: () => put(from), undo: { command: "move-task", fields, said: `${card.dataset.number} moved to ${laneName(lane)}` } };
}

function settled(node, state, reverse, said) {
  const { state: before, item } = node.dataset;
  node.dataset.state = state;
  return {
    revert: () => (node.dataset.state = before),
    undo: reverse && { command: reverse, fields: { item }, said },
  };
}

function assigned(card, fields) {
  const { task, agency = "", assignee = "", number } = card.dataset;
  const back = { task, agency, assignee };
  for (const name of ["agency", "assignee"]) {
    const set = fields[`set.${name}`] ?? fields[name];
    if (set != null) back[`base.${name}`] = set;
  }
  return { undo: { command: "assign-task", fields: back, said: `${number} assigned` } };
}
