// What depends on time: flashes, the digest for screen readers, undo.

import { card, lanes, setPage } from "./page.mjs";
import assert from "node:assert/strict";
import { test } from "node:test";
import { tell } from "../../js/announce.js";
import { emit } from "../../js/bus.js";
import { flash } from "../../js/flash.js";
import { foresee } from "../../js/optimism.js";
import { parse } from "../../js/dom.js";
import { applyRegions } from "../../js/swap.js";
import { startUndo, undoLast } from "../../js/undo.js";

const $ = (selector) => document.querySelector(selector);
const many = (count) => Array.from({ length: count }, (_, index) => card(`n${index}`)).join("");

startUndo();

test("five flashes at most; beyond that one line says how many came", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  setPage(`<div id="notices"></div>${lanes({ todo: many(9) })}`);
  flash([...document.querySelectorAll(".card")]);
  assert.equal(document.querySelectorAll(".flash").length, 5);
  assert.match($("#notice-burst").textContent, /^4 changes arrived\./);
});

test("many changes are said as one digest, not before 20 s", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  setPage('<p id="status"></p>');
  for (let i = 0; i < 60; i += 1) tell({ agency: i % 2 ? "RSS" : "CDEMA", mine: i ? "" : "E-1" });
  t.mock.timers.tick(19_999);
  assert.equal($("#status").textContent, "");
  t.mock.timers.tick(1);
  assert.equal($("#status").textContent, "Your task E-1 changed. 60 changes: 30 by CDEMA, 30 by RSS. 1 about your tasks.");
});

test("an action can be undone for 15 s", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  setPage(`<p id="status"></p>${lanes({ doing: card("a", { lane: "doing" }) })}`);
  const { undo } = foresee("move-task", { task: "a", lane: "done" });
  assert.equal(undo.fields.lane, "doing");
  emit("saved", { undo });
  assert.ok($("#task-a .undo"));
  t.mock.timers.tick(14_999);
  assert.ok($("#task-a .undo"));
  t.mock.timers.tick(1);
  assert.equal($("#task-a .undo"), null);
  assert.equal(undoLast(), false);
});

test("a refused move goes back, unless somebody else moved the card meanwhile", () => {
  setPage(lanes({ todo: card("a"), doing: "" }));
  foresee("move-task", { task: "a", lane: "done" }).revert();
  assert.equal($("#task-a").dataset.lane, "todo");
  const { revert } = foresee("move-task", { task: "a", lane: "done" });
  applyRegions(parse(card("a", { lane: "doing", rev: 7 })), {});
  revert();
  assert.equal($("#task-a").dataset.lane, "doing");
});
