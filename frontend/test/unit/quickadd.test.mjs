import "./page.mjs";
import assert from "node:assert/strict";
import { test } from "node:test";
import { inWords, readDue, readQuick } from "../../js/quickadd.js";

const known = { t0: Date.parse("2026-09-10T02:30:00Z"), now: Date.parse("2026-09-10T16:12:07Z"), numbers: ["E-136"] };
const read = (text, more = {}) => readQuick(text, { ...known, ...more });

test("the example of the design", () => {
  const line = read("Two loaders to Hewanorra runway @CDEMA !critical due T+14:15 for E-136");
  assert.deepEqual({ ...line, due: new Date(line.due).toISOString() }, {
    title: "Two loaders to Hewanorra runway", agency: "CDEMA", priority: "critical", tlp: undefined, holdsUp: ["E-136"], due: "2026-09-10T16:45:00.000Z", errors: [],
  });
  assert.equal(inWords(line, "America/St_Lucia"), "Task · CDEMA · critical · due 16:45 UTC, 12:45 AST · for E-136");
});

test("due times", () => {
  const cases = {
    "T+14:15": "2026-09-10T16:45:00.000Z", "T−24:00": "2026-09-09T02:30:00.000Z", "T-24:00": "2026-09-09T02:30:00.000Z", "T+4d 00:10": "2026-09-14T02:40:00.000Z",
    "T+6h": "2026-09-10T08:30:00.000Z", "+2h": "2026-09-10T18:12:00.000Z", "+90min": "2026-09-10T17:42:00.000Z", "18:30 UTC": "2026-09-10T18:30:00.000Z", "18:30Z": "2026-09-10T18:30:00.000Z",
    "9:00 UTC": "2026-09-11T09:00:00.000Z", "2026-09-12 18:30 UTC": "2026-09-12T18:30:00.000Z", "2026-09-12T18:30:00Z": "2026-09-12T18:30:00.000Z", "2026-09-12T18:30:00-04:00": "2026-09-12T22:30:00.000Z",
  };
  for (const [text, expected] of Object.entries(cases)) {
    assert.equal(new Date(readDue(text, known)).toISOString(), expected, text);
    assert.equal(read(`x due ${text}`).title, "x", text);
  }
});

test("marks, low case and a bare title", () => {
  const line = read("Sortie !HIGH #tlp:amber+strict @rss");
  assert.deepEqual([line.title, line.priority, line.tlp, line.agency], ["Sortie", "high", "TLP:AMBER+STRICT", "RSS"]);
  assert.equal(inWords(read("Just a title"), ""), "Task");
});

test("words that only look like tokens stay in the title", () => {
  assert.equal(read("Report due soon for the minister").title, "Report due soon for the minister");
  assert.equal(read("mail jo@example.org").title, "mail jo@example.org");
});

test("an error names the token", () => {
  assert.match(read("x !urgent").errors[0], /^!urgent is no priority: use !critical, !high, !normal or !low$/);
  assert.match(read("x due 18:30").errors[0], /^due 18:30: write a time/);
  assert.match(read("x due yesterday").errors[0], /^due yesterday: write a time/);
  assert.match(read("x for E-999").errors[0], /^for E-999: there is no such task in this room$/);
  assert.match(read("x @NASA", { agencies: ["CDEMA"] }).errors[0], /^@NASA: there is no such agency/);
  assert.match(read("x #tlp:blue").errors[0], /#tlp:blue is no mark/);
  assert.match(read("x #red").errors[0], /“#red” is not understood/);
  assert.match(read("x due 25:00 UTC").errors[0], /does not exist/);
  assert.match(read("@CDEMA !high").errors[0], /no title/);
});

test("a due time that is past is taken, and said to be past", () => {
  const line = read("x due T+1:00");
  assert.deepEqual(line.errors, []);
  assert.equal(inWords(line, "", known.now), "Task · due 03:30 UTC, already past");
  assert.equal(inWords(read("x due +2h"), "", known.now), "Task · due 18:12 UTC");
});
