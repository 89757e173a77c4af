// The clocks in the header, told by the server's time.

import { $$, setText } from "./dom.js";
import { page, t0 } from "./page.js";
import { clock, duration, now, offset, zoneName } from "./time.js";

const HANDS = {
  "t-plus": (time) => (Number.isNaN(t0()) ? "" : offset(time, t0())),
  utc: (time, seconds) => clock(time, "UTC", seconds),
  local: (time, seconds) => clock(time, page().zone, seconds),
  zone: (time) => zoneName(time, page().zone),
  period: (time, _, { periodEnd }) => (periodEnd ? duration(Math.max(0, Date.parse(periodEnd) - time)) : ""),
};

export function tickClocks() {
  const time = now();
  for (const face of $$("[data-clock]")) {
    const text = HANDS[face.dataset.clock]?.(time, showsSeconds(face), face.dataset);
    if (text) setText(face, text + (face.dataset.suffix ?? ""));
  }
}

// The server draws 16:12 or 16:12:07; the clock goes on as it was drawn.
function showsSeconds(face) {
  face.dataset.seconds ??= /\d:\d\d:\d\d/.test(face.textContent) ? "yes" : "no";
  return face.dataset.seconds === "yes";
}

export function startClocks() {
  if (!("replay" in page())) setInterval(tickClocks, 1_000);
  tickClocks();
}
