// Which changes were made in this tab: known by the key each was sent with.

const KEPT = 200;

const sent = new Set();

export function remember(key) {
  sent.add(key);
  if (sent.size > KEPT) sent.delete(sent.values().next().value);
}

export const isOwn = (keys = []) => keys.some((key) => sent.has(key));
