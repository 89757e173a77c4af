import { card, ids, lanes, setPage } from "./page.mjs";
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { emit } from "../../js/bus.js";
import { parse } from "../../js/dom.js";
import { setDragging } from "../../js/hold.js";
import { applyRegions, forgetWaiting, placeOwn, release, waiting } from "../../js/swap.js";

const $ = (selector) => document.querySelector(selector);
const take = (html, cause = {}) => applyRegions(parse(html), cause);

beforeEach(() => {
  setDragging(false);
  forgetWaiting();
  setPage(`${lanes({ todo: card("a") + card("b"), doing: card("c", { lane: "doing" }) })}<section><ol id="entries"><li id="entry-r-1" data-into="#entries" data-at-start>one</li></ol></section>`);
});

test("a region is replaced by id, and the element stays the same one", () => {
  const before = $("#task-a");
  const [{ kind }] = take(card("a", { rev: 2, inner: "<b>new</b>" }));
  assert.equal(kind, "changed");
  assert.equal($("#task-a"), before);
  assert.equal($("#task-a b").textContent, "new");
});

test("an older or repeated frame changes nothing", () => {
  take(card("a", { rev: 5, inner: "<b>five</b>" }));
  assert.deepEqual(take(card("a", { rev: 5, inner: "<b>again</b>" })), []);
  assert.deepEqual(take(card("a", { rev: 4, inner: "<b>four</b>" })), []);
  assert.equal($("#task-a b").textContent, "five");
});

test("a new card goes to its sorted place, an entry to the start", () => {
  take(card("d", { due: "2026-09-10T01:00:00Z" }));
  assert.deepEqual(ids("#cards-todo"), ["d", "a", "b"]);
  take('<li id="entry-r-2" data-into="#entries" data-at-start>two</li>');
  take('<li id="entry-r-2" data-into="#entries" data-at-start>two</li>');
  assert.deepEqual(ids("#entries"), ["r-2", "r-1"]);
});

test("a changed lane moves the card, a gone one leaves", () => {
  const [{ kind }] = take(card("a", { lane: "done", rev: 2 }));
  assert.equal(kind, "moved");
  assert.deepEqual(ids("#cards-done"), ["a"]);
  take('<template id="task-b" data-gone></template>');
  assert.deepEqual(ids("#cards-todo"), []);
  assert.deepEqual(take('<template id="task-zzz" data-gone></template>'), []);
});

test("a region whose place is not on this page is left out", () => {
  assert.deepEqual(take('<li id="item-1" data-into="#items-1">x</li>'), []);
});

test("typed text, caret and focus survive", () => {
  const form = (value) => `<form action="/i/elena-26/commands/edit-task"><input type="hidden" name="base.notes" value="${value}"><input id="n" name="set.notes" value="${value}"></form>`;
  take(card("a", { rev: 2, inner: form("old") }));
  const input = $("#n");
  input.focus();
  input.value = "typed";
  input.setSelectionRange(2, 3);
  take(card("a", { rev: 3, inner: form("theirs") }));
  assert.equal($("#n"), input);
  assert.equal(document.activeElement, input);
  assert.deepEqual([input.value, input.selectionStart, input.selectionEnd], ["typed", 2, 3]);
  input.blur();
  take(card("a", { rev: 4, inner: form("theirs") }));
  assert.equal(input.value, "typed");
  assert.equal($("[name='base.notes']").value, "old", "what the text was based on stays with it");
});

test("a form with the caret in it keeps what its text was based on", () => {
  const field = (text) => `<form><input type="hidden" name="base.notes" value="${text}"><textarea id="notes" name="set.notes">${text}</textarea></form>`;
  take(card("a", { rev: 2, inner: field("was") }));
  $("#notes").focus();
  take(card("a", { rev: 3, inner: field("theirs") }));
  assert.equal($("#notes").value, "was");
  assert.equal($("[name='base.notes']").value, "was");
  $("#notes").blur();
  take(card("a", { rev: 4, inner: field("theirs") }));
  assert.equal($("[name='base.notes']").value, "theirs");
});

test("a question on the card stays, with its answer and the focus", () => {
  $("#task-a").insertAdjacentHTML("beforeend", '<form class="ask" id="ask-task-a"><input name="reason"></form>');
  const input = $(".ask input");
  input.value = "no bar";
  input.focus();
  take(card("a", { rev: 2, inner: "<b>new</b>" }));
  assert.equal($("#task-a b").textContent, "new");
  assert.equal($(".ask input"), input);
  assert.equal(input.value, "no bar");
  assert.equal(document.activeElement, input);
});

test("an open details stays open", () => {
  take(card("a", { rev: 2, inner: "<details id='d'><summary>x</summary></details>" }));
  $("#d").open = true;
  take(card("a", { rev: 3, inner: "<details id='d'><summary>y</summary></details>" }));
  assert.ok($("#d").open);
  assert.equal($("#d summary").textContent, "y");
});

test("what the page keeps is not drawn over", () => {
  const run = (rev, title) => `<div id="run-r" data-rev="${rev}"><h3>${title}</h3><div id="phases-r" data-keep></div></div>`;
  document.body.insertAdjacentHTML("beforeend", run(1, "one"));
  $("#phases-r").innerHTML = "<p>item</p>";
  take(run(2, "two"));
  assert.equal($("#run-r h3").textContent, "two");
  assert.equal($("#phases-r").textContent, "item");
});

test("nothing changes place while a card is dragged; text does, and it all follows afterwards", () => {
  setDragging(true);
  take(card("a", { lane: "blocked", rev: 2, inner: "<b>blocked</b>" }));
  take(card("d", { lane: "doing" }));
  take('<template id="task-b" data-gone></template>');
  assert.deepEqual(ids("#cards-todo"), ["a", "b"]);
  assert.equal($("#task-a b").textContent, "blocked");
  assert.equal(waiting().length, 3);
  setDragging(false);
  emit("quiet");
  assert.deepEqual([ids("#cards-todo"), ids("#cards-blocked"), ids("#cards-doing")], [[], ["a"], ["c", "d"]]);
  assert.equal(waiting().length, 0);
});

test("a card that waits is replaced by its newer self, and comes once", () => {
  setDragging(true);
  take(card("d", { rev: 2 }));
  take(card("d", { rev: 3, inner: "<b>newer</b>" }));
  take(card("d", { rev: 2 }));
  setDragging(false);
  release();
  assert.equal(document.querySelectorAll("#task-d").length, 1);
  assert.equal($("#task-d b").textContent, "newer");
});

test("one's own change moves at once", () => {
  setDragging(true);
  take(card("a", { lane: "done", rev: 2 }), { own: true });
  assert.deepEqual(ids("#cards-done"), ["a"]);
  const shown = $("#task-b");
  shown.dataset.lane = "doing";
  shown.dataset.into = "#cards-doing";
  placeOwn(shown);
  assert.deepEqual(ids("#cards-doing"), ["b", "c"]);
});

test("when the focused card goes, focus goes to the next", () => {
  $("#task-a").focus();
  release();
  take('<template id="task-a" data-gone></template>', { own: true });
  assert.equal(document.activeElement?.id, "task-b");
});
