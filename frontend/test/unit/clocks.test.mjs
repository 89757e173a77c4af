import { setPage } from "./page.mjs";
import assert from "node:assert/strict";
import { test } from "node:test";
import { tickClocks } from "../../js/clocks.js";
import { setNow } from "../../js/time.js";

const says = (name) => document.querySelector(`[data-clock="${name}"]`).textContent;

test("a period ends, and the next begins, without the server", () => {
  setPage('<b data-clock="period-name"></b><b data-clock="period"></b><b data-clock="period-ends"></b>', { period: "43200" });
  setNow("2026-09-10T14:28:30Z");
  tickClocks();
  assert.deepEqual(["period-name", "period", "period-ends"].map(says), ["Period 1 ends in", "0:01", "at 14:30 UTC · 10:30 AST"]);
  setNow("2026-09-10T14:30:00Z");
  tickClocks();
  assert.deepEqual(["period-name", "period-ends"].map(says), ["Period 2 ends in", "at 02:30 UTC · 22:30 AST"]);
});
