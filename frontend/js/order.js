// The order of cards in a lane: overdue longest first, then by due time, then by priority.
// "Overdue longest first" and "next due first" are the same order, so time passing moves nothing.

const PRIORITY = { critical: 0, high: 1, normal: 2, low: 3 };
const NEVER = 8.64e15;

const dueOf = ({ due }) => (due ? Date.parse(due) : NEVER);
const rankOf = ({ priority }) => PRIORITY[priority] ?? PRIORITY.normal;

/** Compares two cards' data attributes. */
export function compareCards(a, b) {
  return dueOf(a) - dueOf(b) || rankOf(a) - rankOf(b) || (a.number ?? "").localeCompare(b.number ?? "", "en", { numeric: true });
}

const compareItems = (a, b) => a.place - b.place;

const comparison = ({ dataset }) => (dataset.task ? compareCards : "place" in dataset ? compareItems : null);

/** Cards and checklist items have an order of their own; the rest stays where it came. */
export const isSorted = (node) => comparison(node) !== null;

/** The sibling before which the node belongs, or null for the end. */
export function placeIn(list, node) {
  const compare = comparison(node);
  if (!compare) return null;
  return [...list.children].find((other) => other !== node && comparison(other) === compare && compare(node.dataset, other.dataset) < 0) ?? null;
}
