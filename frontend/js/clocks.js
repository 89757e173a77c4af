// The clocks in the header, told by the server's time.

import { $$, setText } from "./dom.js";
import { page, t0 } from "./page.js";
import { clock, duration, local, now, offset, utc, zoneName } from "./time.js";

const HANDS = {
  "t-plus": (time) => (Number.isNaN(t0()) ? "" : offset(time, t0())),
  utc: (time, seconds) => clock(time, "UTC", seconds),
  local: (time, seconds) => clock(time, page().zone, seconds),
  zone: (time) => zoneName(time, page().zone),
  period: (time) => duration(periodEnd(time) - time),
  "period-name": (time) => `Period ${period(time)} ends in`,
  "period-ends": (time) => `at ${utc(periodEnd(time))} · ${local(periodEnd(time), page().zone)}`,
};

// Periods follow one another from T0 on, all of the length that the server gives.
const length = () => page().period * 1_000;
const period = (time) => Math.floor((time - t0()) / length()) + 1;
const periodEnd = (time) => t0() + period(time) * length();

export function tickClocks() {
  const time = now();
  for (const face of $$("[data-clock]")) {
    const text = HANDS[face.dataset.clock]?.(time, showsSeconds(face));
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
