import { card, ids, lanes, setPage } from "./page.mjs";
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { derive } from "../../js/derive.js";
import { passes, readFilter } from "../../js/filters.js";
import { compareCards, placeIn } from "../../js/order.js";
import { setNow } from "../../js/time.js";

const NOW = "2026-09-10T16:12:00Z";
const count = (name) => document.querySelector(`[data-count="${name}"]`).textContent;

beforeEach(() => {
  setNow(NOW);
  history.replaceState(null, "", "/i/elena-26");
});

test("overdue longest first, then due, then priority, then number", () => {
  const cards = [
    { number: "E-9", priority: "normal" },
    { number: "E-10", priority: "normal" },
    { number: "E-3", priority: "critical" },
    { number: "E-4", due: "2026-09-10T18:30:00Z", priority: "low" },
    { number: "E-5", due: "2026-09-10T14:30:00Z", priority: "normal" },
    { number: "E-6", due: "2026-09-10T15:30:00Z", priority: "critical" },
    { number: "E-7", due: "2026-09-10T18:30:00Z", priority: "high" },
  ];
  assert.deepEqual(cards.sort(compareCards).map(({ number }) => number), ["E-5", "E-6", "E-7", "E-4", "E-3", "E-9", "E-10"]);
});

test("a new card's place among others and among what is no card", () => {
  setPage(lanes({ todo: `${card("a", { due: "2026-09-10T14:00:00Z" })}<li>no card</li>${card("b")}` }));
  const fresh = document.createElement("li");
  Object.assign(fresh.dataset, { task: "c", due: "2026-09-10T20:00:00Z", number: "E-1" });
  assert.equal(placeIn(document.querySelector("#cards-todo"), fresh).id, "task-b");
});

test("overdue chips say how late, and recover when the time is changed", () => {
  setPage(lanes({ doing: card("a", { lane: "doing", due: "2026-09-10T14:30:00Z" }) + card("b", { lane: "doing", due: "2026-09-10T16:30:00Z" }) }));
  derive();
  const [late, soon] = document.querySelectorAll(".due");
  assert.equal(late.textContent, "Overdue 1:42");
  assert.ok(late.classList.contains("overdue"));
  assert.equal(document.querySelector("#task-a .was").textContent, "was T+12:00");
  assert.match(document.querySelector("#task-a").getAttribute("aria-label"), /overdue 1 hour 42 minutes/);
  assert.ok(soon.classList.contains("due-soon"));
  late.dataset.due = document.querySelector("#task-a").dataset.due = "2026-09-10T20:00:00Z";
  derive();
  assert.equal(late.textContent, "Due");
  assert.equal(document.querySelector("#task-a .was"), null);
});

test("counts by lane, mine and overdue; done is never late", () => {
  setPage(lanes({ todo: card("a", { assignee: "me" }), done: card("b", { lane: "done", due: "2026-09-10T01:00:00Z" }), doing: card("c", { lane: "doing", due: "2026-09-10T01:00:00Z" }) }) + '<b data-count="mine"></b><b data-count="overdue"></b>');
  derive();
  assert.deepEqual(["todo", "doing", "blocked", "done", "mine", "overdue"].map(count), ["1", "1", "0", "1", "1", "1"]);
});

test("phases and runs count what is settled and what is late", () => {
  const item = (id, state, due = "") => `<li id="item-${id}" class="item" data-item="${id}" data-run="r" data-phase="p" data-state="${state}" data-due="${due}"><span class="due" data-due="${due}">T+1</span></li>`;
  setPage(`<div id="run-r" class="run" data-run="r"><b data-count="run-done"></b><b data-count="run-all"></b><a data-count="run-late" hidden></a><details class="phase" id="phase-r-p" data-phase="p"><summary><b data-count="phase-late" hidden></b><b data-count="phase"></b></summary><ul class="items">${item(1, "open", "2026-09-10T14:30:00Z")}${item(2, "done")}${item(3, "skipped")}</ul></details></div>`);
  derive();
  assert.deepEqual([count("run-done"), count("run-all"), count("phase"), count("run-late")], ["2", "3", "2/3", "1 late"]);
  assert.equal(count("phase-late"), "1 late");
  assert.equal(document.querySelector("[data-count='run-late']").getAttribute("href"), "#item-1", "the number leads to the first of them");
  assert.equal(document.querySelector("#item-1 .due").textContent, "1:42 late");
});

test("filters come from the address and say how many they hide", () => {
  setPage(`${lanes({ todo: card("a", { agency: "RSS" }) + card("b", { agency: "CDEMA" }) + card("c", { agency: "IOM" }) })}<form class="filters"><button name="agency" value="RSS"></button><a class="hidden-by-filter" hidden></a></form>`);
  history.replaceState(null, "", "/i/elena-26?agency=RSS&agency=partners");
  derive();
  assert.deepEqual([...document.querySelectorAll(".card")].map(({ hidden }) => hidden), [false, true, false]);
  assert.equal(document.querySelector(".hidden-by-filter").textContent, "1 hidden by filter");
  assert.equal(document.querySelector(".hidden-by-filter").hidden, false);
  assert.equal(document.querySelector(".filters button").getAttribute("aria-pressed"), "true");
});

test("what each filter lets through", () => {
  const time = Date.parse(NOW);
  const pass = (card, search) => passes(card, readFilter(search), "me", time);
  assert.ok(pass({ agency: "RSS" }, "?agency=rss"));
  assert.ok(!pass({ agency: "RSS" }, "?mine=1"));
  assert.ok(pass({ assignee: "me" }, "?mine=1"));
  assert.ok(!pass({ lane: "todo" }, "?lane=blocked"));
  assert.ok(pass({ lane: "todo", due: "2026-09-10T01:00:00Z" }, "?overdue=1"));
  assert.ok(!pass({ lane: "done", due: "2026-09-10T01:00:00Z" }, "?overdue=1"));
  assert.ok(!pass({ agency: "" }, "?agency=partners"));
  assert.deepEqual(ids("#lanes").length > 0, true);
});
