import { setPage } from "./page.mjs";
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { emit } from "../../js/bus.js";
import { epochOf, forgetAtSignOut, startOffering } from "../../js/reoffer.js";

const [ROOM, RED] = ["01990000-0000-7000-8000-00000000000a", "01990000-0000-7000-8000-00000000000b"];
const cursor = (epoch) => btoa(JSON.stringify([epoch, {}])).replaceAll("=", "");
const START = 1_700_000_000_000;

let time = START;
let sent = [];
let answers = {};
Date.now = () => time;
globalThis.fetch = async (address, { body }) => {
  const key = new URLSearchParams(body).get("idempotency_key");
  sent.push({ address, key });
  const { status = 200, ...data } = answers[key] ?? { result: "repeated" };
  if (!status) throw new Error("no network");
  return { status, json: async () => data };
};

let begun = false;
let epochs = 0;

beforeEach(() => {
  localStorage.clear();
  time = START;
  sent = [];
  answers = {};
  epochs += 1;
  setPage('<div id="notices"></div><p id="status"></p><form action="/signout"></form>', { storable: ROOM, cursor: cursor(`old ${epochs}`) });
  if (!begun) {
    startOffering();
    forgetAtSignOut();
    begun = true;
  }
});

function save(key, { command = "write-entry", fields = { text: key }, room = ROOM, result = "applied" } = {}) {
  time += 1;
  const all = { ...fields, idempotency_key: key, next: "/i/elena-26" };
  emit("saved", { command, fields: all, body: new URLSearchParams(all), receipt: { result, room, seq: 1 } });
}

async function restored() {
  document.body.dataset.cursor = cursor(`new ${epochs}`);
  emit("drawn", []);
  await settled();
}

async function settled() {
  for (let turn = 0; turn < 200; turn += 1) await Promise.resolve();
}

const kept = () => Object.keys(localStorage).filter((name) => name.startsWith("kept "));
const said = () => document.querySelector("#notices").textContent;

test("the epoch is read out of a cursor, and none out of anything else", () => {
  assert.equal(epochOf(cursor("5eed")), "5eed");
  for (const text of ["", "x", "!!", undefined]) assert.equal(epochOf(text), "");
});

test("what was acknowledged is sent again in order with its keys when the epoch is new", async () => {
  answers = { b: { result: "applied" }, c: { result: "applied" } };
  for (const key of ["c", "b", "a"]) save(key);
  await restored();
  assert.deepEqual(sent.map(({ key }) => key), ["c", "b", "a"]);
  assert.equal(sent[0].address, "/i/elena-26/commands/write-entry");
  assert.match(said(), /2 changes that the restored copy did not have were sent again\./);
});

test("nothing is sent while the epoch is the same, and nothing twice", async () => {
  save("a");
  emit("drawn", []);
  await settled();
  assert.equal(sent.length, 0);
  await restored();
  emit("drawn", []);
  document.body.dataset.cursor = btoa(JSON.stringify([`new ${epochs}`, { x: 1 }]));
  emit("drawn", []);
  await settled();
  assert.equal(sent.length, 1);
});

test("what is refused is shown with its text until the reader discards it", async () => {
  answers = { a: { status: 404, detail: "There is nothing here." }, b: { status: 409, conflict: [{ field: "notes", theirs: "By road" }] } };
  save("a", { fields: { text: "Boat at 16:45" } });
  save("b", { command: "edit-task", fields: { "set.notes": "By barge", "base.notes": "" } });
  await restored();
  assert.match(said(), /write entry “Boat at 16:45”\. There is nothing here\./);
  assert.match(said(), /edit task “By barge”\. Somebody changed it meanwhile to “By road”\./);
  document.querySelector("#notice-lost-a button:last-of-type").click();
  assert.doesNotMatch(said(), /Boat/);
  assert.equal(kept().length, 1);
});

test("what was refused is tried again when others have sent theirs", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  answers = { a: { status: 404 } };
  save("a");
  await restored();
  answers = { a: { result: "applied" } };
  emit("changed", { ids: new Set() });
  t.mock.timers.tick(2_000);
  await settled();
  assert.equal(sent.length, 2);
  assert.doesNotMatch(said(), /Lost in the restore/);
});

test("without an answer the rest waits, and is sent later", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  answers = { a: { status: 503 } };
  save("a");
  save("b");
  await restored();
  assert.deepEqual(sent.map(({ key }) => key), ["a"]);
  answers = {};
  t.mock.timers.tick(5_000);
  await settled();
  assert.deepEqual(sent.map(({ key }) => key), ["a", "a", "b"]);
});

test("nothing of a room that is TLP:RED, or unknown, is kept", () => {
  save("a", { room: RED });
  save("b", { command: "open-room", fields: { name: "Two", tlp: "TLP:RED" }, room: RED });
  save("c", { result: "unchanged" });
  assert.deepEqual(kept(), []);
  save("d", { command: "open-room", fields: { name: "Two", tlp: "TLP:AMBER" }, room: RED });
  assert.equal(kept().length, 1);
});

test("what was kept goes when its reader signs out or is put out of the room, and after a week", () => {
  save("a");
  document.querySelector("form").dispatchEvent(new Event("submit", { bubbles: true }));
  assert.deepEqual(kept(), []);
  save("b");
  emit("ended", "signed-out");
  assert.equal(kept().length, 1);
  emit("ended", "no-access");
  assert.deepEqual(kept(), []);
  save("c");
  time += 8 * 24 * 3_600_000;
  save("d");
  assert.equal(kept().length, 1);
  document.body.dataset.storable = "";
  document.body.dataset.cursor = btoa(JSON.stringify([`old ${epochs}`, { x: 2 }]));
  emit("drawn", []);
  assert.deepEqual(kept(), []);
});

test("nobody sends what somebody else did on this device", async () => {
  save("a");
  document.body.dataset.me = "another";
  await restored();
  assert.equal(sent.length, 0);
  assert.equal(kept().length, 1);
});

test("the oldest go when there are too many or too long ones", () => {
  for (let n = 0; n < 510; n += 1) save(`k${n}`);
  assert.equal(kept().length, 500);
  assert.ok(!kept().some((name) => name.endsWith(" k9")));
  save("long", { fields: { text: "x".repeat(249_000) } });
  assert.ok(kept().length < 10);
});
