// What a page does with new log entries beyond its live regions.

import { $, setText } from "./dom.js";
import { on } from "./bus.js";
import { note, unnote } from "./notices.js";
import { refresh } from "./refresh.js";

const DRAW_AFTER = 500;

export function startFollowing() {
  on("arrived", (nodes) => countUp(nodes.filter(({ dataset }) => dataset.event).length));
  if (!$("#lanes, #entries")) followByDrawing();
}

// The log page and the other tabs have no live regions: they are drawn anew, unless the pointer is in a table.
function followByDrawing() {
  let timer = 0;
  const draw = () => {
    unnote("news");
    refresh().catch(() => {});
  };
  on("entries", (count) => {
    if (!count) return;
    clearTimeout(timer);
    timer = setTimeout(() => ($("table:hover") ? note("news", "", "Something changed.", [["Show", draw]]) : draw()), DRAW_AFTER);
  });
}

function countUp(arrived) {
  const place = $("[data-count='log']");
  if (place && arrived) setText(place, String(Number(place.textContent) + arrived));
}
