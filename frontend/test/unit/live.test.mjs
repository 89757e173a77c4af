import "./page.mjs";
import assert from "node:assert/strict";
import { test } from "node:test";
import { createLive } from "../../js/live.js";

/** A world in which the test is the network and the clock. */
function makeWorld(t) {
  t.mock.timers.enable({ apis: ["setTimeout", "setInterval"] });
  const world = { time: 1_000, lines: [], up: true, states: [], frames: [], refreshes: 0, answer: { cursor: "fresh" } };
  const open = (kind) => (url, handlers) => {
    const line = { kind, url, sent: [], open: true, ...handlers, send: (message) => line.sent.push(message), ping: () => line.sent.push({ type: "ping" }), close: () => (line.open = false) };
    world.lines.push(line);
    return line;
  };
  const live = createLive({
    address: "http://room.example/i/elena-26/live", cursor: "c1",
    handle: (frames) => world.frames.push(...frames),
    refresh: async () => {
      world.refreshes += 1;
      if (!world.answer) throw new Error("down");
      return world.answer;
    },
    show: ({ state }) => world.states.push(state),
    world: { openSocket: open("socket"), openStream: open("stream"), reachable: async () => world.up, now: () => world.time, random: () => 0.5 },
  });
  world.pass = async (milliseconds) => {
    for (let left = milliseconds; left > 0; left -= 100) {
      world.time += 100;
      t.mock.timers.tick(100);
      for (let turn = 0; turn < 8; turn += 1) await Promise.resolve();
    }
  };
  world.last = () => world.lines.at(-1);
  world.greet = (more = {}) => world.last().frame({ type: "hello", cursor: "c1", missed: 0, ...more });
  world.state = () => world.states.at(-1);
  return { world, live };
}

async function begin(t) {
  const { world, live } = makeWorld(t);
  live.start();
  await world.pass(100);
  return { world, live };
}

const change = (cursor, more = {}) => ({ type: "change", cursor, html: "", ...more });

test("opens one socket from the page's cursor, and is live after hello", async (t) => {
  const { world } = await begin(t);
  assert.equal(world.lines.length, 1);
  assert.equal(world.last().url, "http://room.example/i/elena-26/live?after=c1");
  assert.equal(world.state(), "connecting");
  world.greet();
  assert.equal(world.state(), "live");
});

test("resumes after the last change that is on the page", async (t) => {
  const { world } = await begin(t);
  world.greet({ missed: 2, cursor: "c9" });
  world.last().frame(change("c2"));
  await world.pass(100);
  world.last().frame(change("c3"));
  world.last().closed(1006); // c3 was not drawn yet
  assert.equal(world.state(), "reconnecting");
  await world.pass(1_000);
  assert.equal(world.lines.length, 2);
  assert.match(world.last().url, /after=c2$/);
});

test("asks every 4 s; a line that does not answer is lost within 10 s", async (t) => {
  const { world } = await begin(t);
  world.greet();
  await world.pass(4_500);
  assert.deepEqual(world.last().sent, [{ type: "ping" }]);
  world.last().frame({ type: "pong" });
  await world.pass(3_000);
  assert.equal(world.state(), "live");
  const dead = world.last();
  await world.pass(3_800);
  assert.equal(world.state(), "slow");
  await world.pass(3_200);
  assert.equal(world.state(), "reconnecting");
  assert.equal(dead.open, false);
});

test("after 10 s it says offline, and live again on return", async (t) => {
  const { world } = await begin(t);
  world.greet();
  world.up = false;
  world.last().closed(1006);
  await world.pass(11_500);
  assert.equal(world.state(), "offline");
  world.up = true;
  for (let waited = 0; waited < 31_000 && !world.last().open; waited += 100) await world.pass(100);
  assert.equal(world.last().kind, "socket", "a server that was away is no reason for a fallback");
  world.greet();
  assert.equal(world.state(), "live");
});

test("never two lines at once", async (t) => {
  const { world, live } = await begin(t);
  world.greet();
  live.check();
  live.check();
  world.last().closed(1006);
  live.check();
  live.check();
  await world.pass(5_000);
  assert.equal(world.lines.filter(({ open }) => open).length, 1);
});

test("sockets that fail while the server answers: a stream after three tries, the page itself after three more", async (t) => {
  const { world } = await begin(t);
  world.last().closed(1006);
  for (let tries = 0; tries < 12 && world.last().kind === "socket"; tries += 1) {
    await world.pass(20_000);
    if (world.last().open && world.last().kind === "socket") world.last().closed(1006);
  }
  assert.ok(world.lines.filter(({ kind }) => kind === "socket").length >= 3);
  assert.equal(world.last().kind, "stream");
  for (let tries = 0; tries < 8 && !world.refreshes; tries += 1) {
    if (world.last().open) world.last().closed(0);
    await world.pass(31_000);
  }
  assert.ok(world.refreshes > 0);
  assert.ok(world.states.includes("slow"));
});

test("resync draws the page anew over the same line", async (t) => {
  const { world, live } = await begin(t);
  world.greet();
  world.last().frame(change("c2"));
  world.last().frame({ type: "resync" });
  world.last().frame({ type: "presence" });
  await world.pass(200);
  assert.equal(world.refreshes, 1);
  assert.equal(live.cursor, "fresh");
  assert.equal(world.lines.length, 1);
  assert.deepEqual(world.frames.map(({ type }) => type), ["hello", "presence"]);
});

test("a page that cannot be drawn is tried again", async (t) => {
  const { world } = await begin(t);
  world.greet();
  world.answer = null;
  world.last().frame({ type: "resync" });
  await world.pass(2_000);
  world.answer = { cursor: "later" };
  await world.pass(31_000);
  assert.match(world.last().url, /after=later$/);
});

test("close codes", async (t) => {
  const { world } = await begin(t);
  world.greet();
  world.last().closed(4409);
  await world.pass(300);
  assert.match(world.last().url, /after=fresh$/);
  world.greet();
  world.last().closed(4429);
  const lines = world.lines.length;
  await world.pass(9_000);
  assert.equal(world.lines.length, lines, "too fast: not before 10 s");
  await world.pass(3_000);
  world.last().frame({ type: "close", code: 4401 });
  assert.equal(world.state(), "signed-out");
  await world.pass(60_000);
  assert.equal(world.lines.length, lines + 1);
});

test("no longer allowed ends it", async (t) => {
  const { world, live } = await begin(t);
  world.greet();
  world.last().closed(4403);
  live.check();
  await world.pass(60_000);
  assert.equal(world.state(), "no-access");
  assert.equal(world.lines.length, 1);
});

test("a flood is not kept: the page is drawn anew", async (t) => {
  const { world } = await begin(t);
  world.greet();
  for (let number = 0; number < 1_500; number += 1) world.last().frame(change(`c${number}`));
  await world.pass(200);
  assert.equal(world.refreshes, 1);
  assert.ok(world.frames.length < 1_000);
});
