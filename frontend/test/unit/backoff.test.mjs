import assert from "node:assert/strict";
import { test } from "node:test";
import { wait } from "../../js/backoff.js";

test("doubles from one second to thirty, with full jitter", () => {
  const longest = [0, 1, 2, 3, 4, 5, 6, 40].map((failures) => wait(failures, () => 1));
  assert.deepEqual(longest, [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
  assert.equal(wait(3, () => 0.5), 4_000);
  assert.equal(wait(3, () => 0), 200);
});
