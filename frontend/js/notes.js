// A card that waits for its place says where it will go, and who sent it there.

import { $, h } from "./dom.js";
import { on } from "./bus.js";
import { listOf } from "./hold.js";
import { waiting } from "./swap.js";
import { now, utc } from "./time.js";
import { laneName } from "./words.js";

export function startNotes() {
  on("held", show);
  on("drawn", () => waiting().forEach(show));
  waiting().forEach(show);
  on("placed", (all) => all.forEach(({ node }) => $(".held-note", node)?.remove()));
}

function show(one) {
  const { node, into, gone, cause } = one;
  if (!node.isConnected || !node.dataset.task || (!gone && listOf(node) === into)) return;
  one.at ??= now();
  const what = gone ? "Goes from this list" : `Moves to ${laneName(node.dataset.lane)}`;
  const text = `${what} when you leave the list. ${cause?.who ? `${cause.who}, ` : ""}${utc(one.at)}`;
  $(".held-note", node)?.remove();
  node.append(h("p.held-note", {}, text));
}
