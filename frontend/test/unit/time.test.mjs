import "./page.mjs";
import assert from "node:assert/strict";
import { test } from "node:test";
import { HOUR, MINUTE, clock, duration, local, nextAt, now, offset, setNow, utc, utcDate, zoneName } from "../../js/time.js";

const T0 = Date.parse("2026-09-10T02:30:00Z");

test("offsets are hours to 48, then days; before zero with a true minus", () => {
  assert.equal(offset(T0 + 13 * HOUR + 42 * MINUTE, T0), "T+13:42");
  assert.equal(offset(T0 + 48 * HOUR, T0), "T+48:00");
  assert.equal(offset(T0 + 96 * HOUR + 10 * MINUTE, T0), "T+4d 00:10");
  assert.equal(offset(T0 - 24 * HOUR, T0), "T−24:00");
  assert.equal(offset(T0, T0), "T+0:00");
});

test("durations have no sign", () => {
  assert.equal(duration(-102 * MINUTE), "1:42");
  assert.equal(duration(48 * HOUR + MINUTE), "2d 00:01");
});

test("times have a zone", () => {
  const time = Date.parse("2026-09-10T18:30:07Z");
  assert.equal(utc(time), "18:30 UTC");
  assert.equal(clock(time, "UTC", true), "18:30:07");
  assert.equal(local(time, "America/St_Lucia"), "14:30 AST");
  assert.equal(zoneName(time, "America/Paramaribo"), "UTC-03");
  assert.equal(utcDate(time), "10 Sep 2026 18:30 UTC");
  assert.equal(clock(Date.parse("2026-09-10T00:05:00Z")), "00:05");
});

test("a time of day is the next one", () => {
  const reference = Date.parse("2026-09-10T16:12:00Z");
  assert.equal(nextAt(18, 30, reference), Date.parse("2026-09-10T18:30:00Z"));
  assert.equal(nextAt(1, 0, reference), Date.parse("2026-09-11T01:00:00Z"));
});

test("the server's clock counts, wherever the device's stands", (t) => {
  t.mock.timers.enable({ apis: ["Date"], now: 0 });
  setNow("2026-09-10T16:12:00Z", 400);
  const first = now();
  assert.ok(Math.abs(first - (Date.parse("2026-09-10T16:12:00Z") + 200)) < 50);
  t.mock.timers.setTime(Date.parse("2031-01-01T00:00:00Z"));
  assert.ok(now() - first < 1_000);
  setNow("nonsense");
  assert.ok(now() - first < 1_000);
});
