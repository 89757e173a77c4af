import assert from "node:assert/strict";
import { test } from "node:test";
import "./page.mjs";

const { match } = await import("../../js/goto.js");

const choices = ["E-3 Deploy the team", "E-12 Fuel for the team", "Team leaders", "Playbooks"].map((text) => ({ text }));
const found = (question) => match(question, choices).map(({ text }) => text);

test("every word must be there, in any order and case", () => {
  assert.deepEqual(found("team FUEL"), ["E-12 Fuel for the team"]);
});

test("what begins with the question comes first", () => {
  assert.deepEqual(found("team"), ["Team leaders", "E-3 Deploy the team", "E-12 Fuel for the team"]);
});

test("a number leads to its task", () => {
  assert.deepEqual(found("e-12"), ["E-12 Fuel for the team"]);
});

test("an empty question finds nothing", () => {
  assert.deepEqual(found("  "), []);
});
